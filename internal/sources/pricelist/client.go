// Package pricelist reads prices from the AWS Price List API: Lambda with all its features, Fargate on demand and on Spot, EKS,
// EC2 instances on demand with their sizes, NAT gateways, gp3 volumes, logs, and CloudWatch's GetMetricData; and the discounts of
// Savings Plans from their own API. It uses the names of the price book, and accepts only products whose name, unit and
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
	"github.com/aws/aws-sdk-go-v2/service/savingsplans"

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
	// Sessions hold credentials that the user gave a code for, nil for none. Role and ExternalID are the role to assume, "" for none.
	Sessions         *awsaccess.Sessions
	Role, ExternalID string
	// CallTimeout bounds one attempt of one call; 0 is 30 s. The SDK itself
	// waits forever.
	CallTimeout time.Duration
	// Attempts is how often one call is tried; 0 is 5.
	Attempts int
}

// Client is a way to the API that has credentials.
type Client struct {
	api    *pricing.Client
	plans  *savingsplans.Client
	access *awsaccess.Config
}

// Open finds credentials. Errors are [migration.Problem].
func Open(ctx context.Context, o Options) (*Client, error) {
	access, err := awsaccess.LoadConfig(ctx, awsaccess.Options{
		Profile: o.Profile, Region: Home, Sessions: o.Sessions, Role: o.Role, ExternalID: o.ExternalID,
		CallTimeout: cmp.Or(o.CallTimeout, 30*time.Second), Attempts: cmp.Or(o.Attempts, 5),
	})
	if err != nil {
		return nil, err
	}
	return &Client{pricing.NewFromConfig(access.SDK()), savingsplans.NewFromConfig(access.SDK()), access}, nil
}

// Close drops the connections that are kept open.
func (c *Client) Close() { c.access.Close() }

// explain makes of an error of an action a problem with its advice.
func (c *Client) explain(action string, err error) error {
	if errors.Is(err, context.Canceled) {
		return &migration.Problem{What: "interrupted", Err: err}
	}
	p := c.access.Explain(action, err)
	if p.Fault == migration.FaultThrottled {
		p.Fix = "try again in a minute"
	}
	return p
}

// All that is asked.
const (
	productsAction = "pricing:GetProducts"
	ratesAction    = "savingsplans:DescribeSavingsPlansOfferingRates"
)

// Actions are the IAM actions that reading prices needs. Without the second one, the discounts of Savings Plans stay as they are.
var Actions = []string{productsAction, ratesAction}

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
			return c.explain(productsAction, err)
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
			return endless("the price list of "+service, page)
		}
		in.NextToken = out.NextToken
	}
}

// endless is the problem of an answer that goes on and on.
func endless(what string, page int) error {
	return &migration.Problem{
		Fault: migration.FaultNotThatAPI,
		What:  fmt.Sprintf("%s has no end: page %d says that there are more", what, page),
		Fix:   "check AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_PRICING",
	}
}
