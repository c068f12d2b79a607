package pricelist

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/migtop/migtop/internal/migration"
)

// Policy is the least IAM policy that reading the price list needs.
const Policy = `{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "pricing:GetProducts", "Resource": "*"}
  ]
}`

// codeFaults says what the error codes mean that this API answers with.
var codeFaults = map[string]migration.Fault{
	"ExpiredToken":                migration.FaultExpired,
	"ExpiredTokenException":       migration.FaultExpired,
	"UnrecognizedClientException": migration.FaultRejected,
	"InvalidClientTokenId":        migration.FaultRejected,
	"InvalidSignatureException":   migration.FaultRejected,
	"SignatureDoesNotMatch":       migration.FaultRejected,
	"IncompleteSignature":         migration.FaultRejected,
	"MissingAuthenticationToken":  migration.FaultRejected,
	"AccessDenied":                migration.FaultDenied,
	"AccessDeniedException":       migration.FaultDenied,
}

// explain makes of an error of GetProducts a problem with its advice.
func (c *Client) explain(err error) error {
	p := &migration.Problem{Err: err}
	if c.lostLogin(p, err) {
		return p
	}
	api, ok := errors.AsType[smithy.APIError](err)
	answer, answered := errors.AsType[*smithyhttp.ResponseError](err)
	_, unsent := errors.AsType[*smithyhttp.RequestSendError](err)
	unknown := !ok || api.ErrorCode() == "" || api.ErrorCode() == "UnknownError"
	switch {
	case unsent:
		unreachable(p, err)
	case !unknown:
		c.refused(p, api)
	case answered && answer.HTTPStatusCode() >= http.StatusInternalServerError:
		p.Fault, p.What, p.Fix = migration.FaultUnreachable, fmt.Sprintf("the AWS Price List API has trouble of its own (HTTP %d)", answer.HTTPStatusCode()), "try again later"
	case answered:
		p.Fault, p.What = migration.FaultNotThatAPI, fmt.Sprintf("the endpoint did not answer as the AWS Price List API (HTTP %d)", answer.HTTPStatusCode())
		p.Fix = "check AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_PRICING, HTTPS_PROXY and whether a login page is in between"
	default:
		unreachable(p, err)
	}
	return p
}

// refused explains an answer of the API that is an error.
func (c *Client) refused(p *migration.Problem, api smithy.APIError) {
	fault, known := codeFaults[api.ErrorCode()]
	if _, throttled := retry.DefaultThrottleErrorCodes[api.ErrorCode()]; throttled {
		fault, known = migration.FaultThrottled, true
	}
	p.Fault = fault
	switch {
	case !known:
		message, _, _ := strings.Cut(api.ErrorMessage(), "\n")
		p.What = fmt.Sprintf("the AWS Price List API refused GetProducts: %s: %s", api.ErrorCode(), message)
	case fault == migration.FaultExpired:
		p.What, p.Fix = "the AWS credentials have expired", c.login()
	case fault == migration.FaultRejected:
		p.What = fmt.Sprintf("AWS does not accept the credentials (%s)", api.ErrorCode())
		p.Fix = "correct them in profile " + c.profile + " or in the AWS_ variables"
	case fault == migration.FaultDenied:
		p.What, p.Fix, p.Snippet = "not permitted: pricing:GetProducts", "allow the action to this identity with the IAM statement below", Policy
	default:
		p.What, p.Fix = "the AWS Price List API throttles GetProducts", "try again in a minute"
	}
}

// unreachable explains a call that nobody answered.
func unreachable(p *migration.Problem, err error) {
	p.Fault, p.Fix = migration.FaultUnreachable, "check the network, a VPN, HTTPS_PROXY and AWS_ENDPOINT_URL_PRICING"
	netErr, isNet := errors.AsType[net.Error](err)
	switch {
	case isNet && netErr.Timeout(), errors.Is(err, context.DeadlineExceeded):
		p.What = "the AWS Price List API did not answer in time"
	case errors.Is(err, context.Canceled):
		p.What, p.Fix = "interrupted", ""
	default:
		p.What = "cannot ask the AWS Price List API: " + innermost(err)
	}
}

// lostLogin explains an SSO session that has ended.
func (c *Client) lostLogin(p *migration.Problem, err error) bool {
	_, invalid := errors.AsType[*ssocreds.InvalidTokenError](err)
	if !invalid && !strings.Contains(strings.ToLower(err.Error()), "cached sso token is expired") {
		return false
	}
	p.Fault, p.What, p.Fix = migration.FaultExpired, "the SSO session of profile "+c.profile+" has expired", c.login()
	return true
}

func (c *Client) withoutCredentials(err error) error {
	p := &migration.Problem{Err: err}
	if !c.lostLogin(p, err) {
		p.Fault, p.What = migration.FaultNoCredentials, "no AWS credentials were found: the price list is public, but its API asks for some"
		p.Fix = "run: aws configure sso, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
	}
	return p
}

func (c *Client) login() string {
	if c.profile == "default" {
		return "run: aws sso login, or renew AWS_SESSION_TOKEN"
	}
	return "run: aws sso login --profile " + c.profile
}

func firstOf(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// innermost is the cause that people know: "connection refused", "no such host".
func innermost(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return firstLine(err)
		}
		err = inner
	}
}
