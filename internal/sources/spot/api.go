package spot

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// The SDK's package for EC2 has 700 operations, of which one is wanted: it would add a third to the program. What follows is that
// one operation of EC2's query protocol, signed by the SDK.

// version is that of the EC2 API.
const version = "2016-11-15"

// linux is the product of plain Linux nodes.
const linux = "Linux/UNIX"

// The most prices of an answer, and the most answers to one question.
const (
	perPage   = 1000
	mostPages = 50
)

// mostBody bounds an answer: a thousand prices take about 300 KiB.
const mostBody = 8 << 20

// client asks EC2 in one region.
type client struct {
	access   *awsaccess.Config
	endpoint string
}

func newClient(access *awsaccess.Config) *client {
	c := &client{access: access}
	var override *string
	access.WithEndpoint(&override)
	switch {
	case override != nil:
		c.endpoint = *override
	case os.Getenv("AWS_ENDPOINT_URL_EC2") != "":
		c.endpoint = os.Getenv("AWS_ENDPOINT_URL_EC2")
	case access.SDK().BaseEndpoint != nil:
		c.endpoint = *access.SDK().BaseEndpoint
	default:
		c.endpoint = "https://ec2." + access.Region() + "." + suffix(access.Partition())
	}
	return c
}

// suffix is the domain of a partition. Source: aws-sdk-go-v2, internal/endpoints/awsrulesfn, partitions.
func suffix(partition string) string {
	switch partition {
	case "aws-cn":
		return "amazonaws.com.cn"
	case "aws-iso":
		return "c2s.ic.gov"
	case "aws-iso-b":
		return "sc2s.sgov.gov"
	case "aws-iso-e":
		return "cloud.adc-e.uk"
	case "aws-iso-f":
		return "csp.hci.ic.gov"
	case "aws-eusc":
		return "amazonaws.eu"
	}
	return "amazonaws.com"
}

// answer is an answer to DescribeSpotPriceHistory.
type answer struct {
	XMLName xml.Name `xml:"DescribeSpotPriceHistoryResponse"`
	Items   []item   `xml:"spotPriceHistorySet>item"`
	Next    string   `xml:"nextToken"`
}

// item is one change of a Spot price.
type item struct {
	Type      string `xml:"instanceType"`
	Product   string `xml:"productDescription"`
	Price     string `xml:"spotPrice"`
	Timestamp string `xml:"timestamp"`
	Zone      string `xml:"availabilityZone"`
}

// refusal is an answer of EC2 that says no.
type refusal struct {
	XMLName xml.Name `xml:"Response"`
	Code    string   `xml:"Errors>Error>Code"`
	Message string   `xml:"Errors>Error>Message"`
}

// codes are what other services call EC2's own codes. Source: Amazon EC2 API reference, "Error codes".
var codes = map[string]string{"RequestExpired": "ExpiredToken", "AuthFailure": "InvalidClientTokenId"}

// history asks for one page: the prices of types at a moment.
func (c *client) history(ctx context.Context, types []string, at time.Time, most int, next string) (*answer, error) {
	form := url.Values{
		"Action": {"DescribeSpotPriceHistory"}, "Version": {version}, "ProductDescription.1": {linux},
		"StartTime": {at.UTC().Format(time.RFC3339)}, "EndTime": {at.UTC().Format(time.RFC3339)}, "MaxResults": {strconv.Itoa(most)},
	}
	for i, t := range types {
		form.Set("InstanceType."+strconv.Itoa(i+1), t)
	}
	if next != "" {
		form.Set("NextToken", next)
	}
	body := []byte(form.Encode())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.endpoint, "/")+"/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	sdk := c.access.SDK()
	credentials, err := sdk.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	// AWS refuses signatures of any other time than its own, also where the source asks about a simulated one.
	err = v4.NewSigner().SignHTTP(ctx, credentials, request, hex.EncodeToString(sum[:]), "ec2", c.access.Region(), clock.System().Now())
	if err != nil {
		return nil, err
	}
	response, err := sdk.HTTPClient.Do(request)
	if err != nil {
		return nil, &smithy.OperationError{
			ServiceID: "EC2", OperationName: "DescribeSpotPriceHistory", Err: &smithyhttp.RequestSendError{Err: err},
		}
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, mostBody))
	if err != nil {
		return nil, err
	}
	return read(response, data)
}

// read reads an answer. Its errors are those of the SDK's own operations.
func read(response *http.Response, data []byte) (*answer, error) {
	failed := func(err error) error {
		return &smithy.OperationError{
			ServiceID: "EC2", OperationName: "DescribeSpotPriceHistory",
			Err: &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: response}, Err: err},
		}
	}
	if response.StatusCode != http.StatusOK {
		var no refusal
		if err := xml.Unmarshal(data, &no); err != nil || no.Code == "" {
			return nil, failed(&smithy.GenericAPIError{Code: "UnknownError", Message: response.Status})
		}
		return nil, failed(&smithy.GenericAPIError{Code: cmp.Or(codes[no.Code], no.Code), Message: no.Message})
	}
	out := &answer{}
	if err := xml.Unmarshal(data, out); err != nil {
		return nil, awsaccess.NotThatAPI(action, fmt.Sprintf("HTTP %d without Spot prices", response.StatusCode))
	}
	return out, nil
}

// all asks for all pages. It calls ask for each, which counts it.
func (c *client) all(
	ctx context.Context, types []string, at time.Time, ask func(func() (*answer, error)) (*answer, error),
) ([]item, error) {
	var out []item
	next := ""
	for range mostPages {
		page, err := ask(func() (*answer, error) { return c.history(ctx, types, at, perPage, next) })
		if err != nil {
			return out, err
		}
		out = append(out, page.Items...)
		if page.Next == "" {
			return out, nil
		}
		if page.Next == next {
			break
		}
		next = page.Next
	}
	return out, awsaccess.NotThatAPI(action, "the list of Spot prices has no end")
}
