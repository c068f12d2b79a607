// Package pricelist reads prices from the AWS Price List API: Lambda, Fargate, EKS clusters, EC2 instances on demand and
// CloudWatch's GetMetricData. It uses the names of the price book, and accepts only products whose name, unit and
// currency it recognizes.
//
// It calls GetProducts, which is free and returns one JSON document per product. Source: AWS Billing user guide, "Using
// the AWS Price List Query API".
package pricelist

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/pricing"
	"github.com/aws/aws-sdk-go-v2/service/pricing/types"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// Home is the region of the API endpoint, independent of the region of the prices: it has the prices of all regions, and
// few regions have an endpoint.
const Home = "us-east-1"

// Options say how to reach the API. The zero value is what every AWS tool does:
// environment, shared configuration, SSO, instance role.
type Options struct {
	Profile string // "" is AWS_PROFILE, or "default"
	// CallTimeout bounds one attempt of one call; 0 is 30 s. The SDK itself
	// waits forever.
	CallTimeout time.Duration
	// Attempts is how often one call is tried; 0 is 5.
	Attempts int
}

// Client is a way to the API that has credentials.
type Client struct {
	api    *pricing.Client
	access *awsaccess.Config
}

// Open finds credentials. Errors are [migration.Problem].
func Open(ctx context.Context, o Options) (*Client, error) {
	access, err := awsaccess.LoadConfig(ctx, awsaccess.Options{
		Profile: o.Profile, Region: Home,
		CallTimeout: cmp.Or(o.CallTimeout, 30*time.Second), Attempts: cmp.Or(o.Attempts, 5),
	})
	if err != nil {
		return nil, err
	}
	return &Client{pricing.NewFromConfig(access.SDK()), access}, nil
}

// Close drops the connections that are kept open.
func (c *Client) Close() { c.access.Close() }

// explain makes of an error of GetProducts a problem with its advice.
func (c *Client) explain(err error) error {
	if errors.Is(err, context.Canceled) {
		return &migration.Problem{What: "interrupted", Err: err}
	}
	p := c.access.Explain(action, err)
	if p.Fault == migration.FaultThrottled {
		p.Fix = "try again in a minute"
	}
	return p
}

// action is the only thing that is asked.
const action = "pricing:GetProducts"

// GetProducts returns at most pageSize products per page, and no service has more than mostPages pages per region for
// the filters of migtop.
const (
	pageSize  = 100
	mostPages = 200
)

// products gives every product document of a service that all filters match to take.
func (c *Client) products(ctx context.Context, service string, filters map[string]string, take func(document string) error) error {
	in := &pricing.GetProductsInput{
		ServiceCode: aws.String(service), FormatVersion: aws.String("aws_v1"), MaxResults: aws.Int32(pageSize),
	}
	for _, name := range sorted(filters) {
		in.Filters = append(in.Filters, types.Filter{
			Field: aws.String(name), Type: types.FilterTypeTermMatch, Value: aws.String(filters[name]),
		})
	}
	for page := 1; ; page++ {
		out, err := c.api.GetProducts(ctx, in)
		if err != nil {
			return c.explain(err)
		}
		for _, document := range out.PriceList {
			if err := take(document); err != nil {
				return err
			}
		}
		next := aws.ToString(out.NextToken)
		switch {
		case next == "":
			return nil
		case next == aws.ToString(in.NextToken), page == mostPages:
			return &migration.Problem{
				Fault: migration.FaultNotThatAPI,
				What:  fmt.Sprintf("the price list of %s has no end: page %d says that there are more", service, page),
				Fix:   "check AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_PRICING",
			}
		}
		in.NextToken = out.NextToken
	}
}
