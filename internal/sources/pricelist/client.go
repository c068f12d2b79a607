// Package pricelist reads prices from the AWS Price List API: those of Lambda,
// Fargate, EKS clusters, EC2 instances on demand and CloudWatch's GetMetricData. It
// names them as the price book does, and takes nothing that it does not recognize in
// full: by its name, its unit and its currency.
//
// The API is asked by GetProducts, which costs nothing, and answers with one JSON
// document a product. Source: AWS Billing user guide, "Using the AWS Price List Query
// API".
package pricelist

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/pricing"
	"github.com/aws/aws-sdk-go-v2/service/pricing/types"
	"github.com/aws/smithy-go/logging"

	"github.com/migtop/migtop/internal/migration"
)

// Home is the region of the API that is asked, whatever region prices are of: it has
// those of all regions, and few regions have an endpoint.
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
	api     *pricing.Client
	http    *http.Client
	profile string
}

// credentialsTimeout bounds the search for credentials, which may ask an SSO
// endpoint or the instance metadata service.
const credentialsTimeout = 20 * time.Second

// Open finds credentials. Errors are [migration.Problem].
func Open(ctx context.Context, o Options) (*Client, error) {
	ctx, cancel := context.WithTimeout(ctx, credentialsTimeout)
	defer cancel()
	c := &Client{profile: firstOf(o.Profile, os.Getenv("AWS_PROFILE"), os.Getenv("AWS_DEFAULT_PROFILE"), "default")}
	load := []func(*config.LoadOptions) error{config.WithLogger(logging.Nop{}), config.WithRegion(Home)}
	if o.Profile != "" {
		load = append(load, config.WithSharedConfigProfile(o.Profile))
	}
	loaded, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, c.unloadable(err)
	}
	if _, err := loaded.Credentials.Retrieve(ctx); err != nil {
		return nil, c.withoutCredentials(err)
	}
	c.http = httpClient(&loaded, o.CallTimeout)
	loaded.HTTPClient = c.http
	loaded.Logger = logging.Nop{} // the SDK's own goes to the screen
	loaded.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(r *retry.StandardOptions) {
			if r.MaxAttempts = o.Attempts; r.MaxAttempts <= 0 {
				r.MaxAttempts = 5
			}
			r.MaxBackoff = 5 * time.Second
		})
	}
	c.api = pricing.NewFromConfig(loaded)
	return c, nil
}

// httpClient keeps the transport that the shared configuration asked for (a custom
// CA bundle), bounds every attempt and follows no redirect: AWS sends none, a login
// page of a proxy does.
func httpClient(loaded *aws.Config, timeout time.Duration) *http.Client {
	buildable, ok := loaded.HTTPClient.(*awshttp.BuildableClient)
	if !ok {
		buildable = awshttp.NewBuildableClient()
	}
	if timeout <= 0 {
		timeout = 30 * time.Second
	}
	return &http.Client{
		Transport:     buildable.GetTransport(),
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Close drops the connections that are kept open.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// GetProducts gives at most pageSize products at a time, and no service has more
// than mostPages of them in one region that migtop asks for.
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

func (c *Client) unloadable(err error) error {
	var absent config.SharedConfigProfileNotExistError
	if errors.As(err, &absent) {
		return &migration.Problem{
			Fault: migration.FaultConfig, What: fmt.Sprintf("AWS profile %q does not exist", absent.Profile),
			Fix: "list those there are: aws configure list-profiles", Err: err,
		}
	}
	return &migration.Problem{
		Fault: migration.FaultConfig, What: "cannot read the AWS configuration: " + firstLine(err),
		Fix: "check the files of the AWS configuration and the AWS_ variables", Err: err,
	}
}
