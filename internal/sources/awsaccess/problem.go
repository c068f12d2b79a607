package awsaccess

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// codeFaults says what the error codes of AWS mean. The same trouble has one
// name in CloudWatch and STS and another in Lambda.
var codeFaults = map[string]migration.Fault{
	"ExpiredToken":                migration.FaultExpired,
	"ExpiredTokenException":       migration.FaultExpired,
	"InvalidClientTokenId":        migration.FaultRejected,
	"UnrecognizedClientException": migration.FaultRejected,
	"InvalidAccessKeyId":          migration.FaultRejected,
	"SignatureDoesNotMatch":       migration.FaultRejected,
	"InvalidSignatureException":   migration.FaultRejected,
	"IncompleteSignature":         migration.FaultRejected,
	"MissingAuthenticationToken":  migration.FaultRejected,
	"AccessDenied":                migration.FaultDenied,
	"AccessDeniedException":       migration.FaultDenied,
	"UnauthorizedOperation":       migration.FaultDenied,
	"LimitExceeded":               migration.FaultThrottled,
	"LimitExceededException":      migration.FaultThrottled,
}

func faultOf(code string) migration.Fault {
	if fault, ok := codeFaults[code]; ok {
		return fault
	}
	if _, ok := retry.DefaultThrottleErrorCodes[code]; ok {
		return migration.FaultThrottled
	}
	return migration.FaultOther
}

// service is one of AWS's, by the prefix of its IAM actions.
type service struct {
	name     string // that people know it by
	variable string // that moves it elsewhere
}

func (s service) String() string { return s.name }

// endpoints are the settings that move the service elsewhere.
func (s service) endpoints() string {
	if s.variable == "" {
		return "AWS_ENDPOINT_URL"
	}
	return "AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_" + s.variable
}

// without says how to do without the service, behind another advice; "" where migtop
// cannot.
func (s service) without() string {
	if s.variable == "ECS" {
		return ", or set aws.ecs.read to off"
	}
	return ""
}

// services are those that sources ask. The variables are named by the SDK IDs.
// Source: AWS SDKs and Tools reference, "Service-specific endpoints".
var services = map[string]service{
	"cloudwatch":   {"CloudWatch", "CLOUDWATCH"},
	"ec2":          {"EC2", "EC2"},
	"ecs":          {"ECS", "ECS"},
	"iam":          {"IAM", "IAM"},
	"lambda":       {"Lambda", "LAMBDA"},
	"logs":         {"CloudWatch Logs", "CLOUDWATCH_LOGS"},
	"pricing":      {"the AWS Price List API", "PRICING"},
	"savingsplans": {"AWS Savings Plans", "SAVINGSPLANS"},
	"sqs":          {"SQS", "SQS"},
	"sts":          {"STS", "STS"},
	"tag":          {"the Resource Groups Tagging API", "RESOURCE_GROUPS_TAGGING_API"},
}

func serviceOf(action string) (_ service, operation string) {
	prefix, operation, _ := strings.Cut(action, ":")
	s, ok := services[prefix]
	if !ok {
		s = service{name: prefix}
	}
	return s, operation
}

// NotThatAPI is the error for a complete answer to an action such as "lambda:ListFunctions" without a field that the
// service always sends. how describes it: "HTTP 200 without functions".
func NotThatAPI(action, how string) *migration.Problem {
	s, _ := serviceOf(action)
	return &migration.Problem{
		Fault: migration.FaultNotThatAPI, What: fmt.Sprintf("endpoint did not answer as %s (%s)", s, how),
		Fix: "check " + s.endpoints(),
	}
}

// Unanswered is the problem of an answer of CloudWatch that leaves n of so many questions open.
func Unanswered(n, of int) *migration.Problem {
	return &migration.Problem{
		What: fmt.Sprintf("CloudWatch left %d of %d questions of a call unanswered", n, of),
		Fix:  "the next poll asks again",
	}
}

// HasFault reports whether err is a problem of one of some kinds.
func HasFault(err error, faults ...migration.Fault) bool {
	problem, ok := errors.AsType[*migration.Problem](err)
	return ok && slices.Contains(faults, problem.Fault)
}

// AccountWide reports whether all questions to AWS fail for the same reason: it
// is the credentials.
func AccountWide(err error) bool {
	return HasFault(err, migration.FaultExpired, migration.FaultRejected, migration.FaultNoCredentials)
}

// Stops reports whether the next call to the same service would probably fail with this error too.
func Stops(err error) bool {
	return AccountWide(err) || HasFault(err,
		migration.FaultDenied, migration.FaultThrottled, migration.FaultUnreachable, migration.FaultNotThatAPI)
}

// NotFound reports whether AWS answered that a resource does not exist. A web page that is not found has no error code,
// and says nothing about the resource.
func NotFound(err error) bool {
	answer, ok := errors.AsType[*smithyhttp.ResponseError](err)
	api, coded := errors.AsType[smithy.APIError](err)
	return ok && answer.HTTPStatusCode() == http.StatusNotFound && coded && known(api)
}

// Explain turns the error of an action, such as "cloudwatch:GetMetricData", into a problem with advice.
func (c *Config) Explain(action string, err error) *migration.Problem {
	if already, ok := errors.AsType[*migration.Problem](err); ok {
		return already
	}
	if p := c.credentialProblem(err); p != nil {
		return p
	}
	return c.explain(action, err)
}

// explain is [Config.Explain] for an error that is not of the credentials.
func (c *Config) explain(action string, err error) *migration.Problem {
	service, operation := serviceOf(action)
	p := &migration.Problem{Err: err}
	if own(err) {
		c.transport(p, action, service, err)
		return p
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok && known(api) {
		p.Fault = faultOf(api.ErrorCode())
		if offClock(api) {
			p.Fault = migration.FaultOther
		}
		switch p.Fault {
		case migration.FaultExpired:
			p.What, p.Fix = "the AWS credentials have expired", c.renew()
		case migration.FaultRejected:
			p.What = fmt.Sprintf("AWS does not accept the credentials (%s)", api.ErrorCode())
			p.Fix = "they came from " + c.origin() + ": correct or remove them there"
		case migration.FaultDenied:
			p.What = "not permitted: " + action
			p.Fix = "allow the action to this identity with the IAM statement below"
			p.Snippet = Policy(action)
		case migration.FaultThrottled:
			p.What = service.name + " throttles " + operation
			p.Fix = "migtop asks less often until it stops"
		default:
			p.What = fmt.Sprintf("%s refused %s: %s: %s", service, operation, api.ErrorCode(), firstLine(api.ErrorMessage()))
			switch code := api.ErrorCode(); {
			case offClock(api):
				p.Fix = "set this machine's clock"
			case code == "RegionDisabledException":
				p.Fix = "activate STS for " + c.Region() + " in the account settings of IAM, or use another region"
			case code == "OptInRequired", code == "SubscriptionRequiredException":
				p.Fix = "the account does not have " + service.name + " in " + c.Region() + ": enable it, or use another region"
			default:
				p.Fix = "migtop asks again; if it goes on, check the region and " + service.endpoints()
			}
			p.Fix += service.without()
		}
		return p
	}
	if !c.transport(p, action, service, err) {
		p.What = "cannot ask " + service.name + ": " + text.Redact(err.Error(), 2*maxQuote)
		p.Fix = "check the region and " + service.endpoints() + service.without()
	}
	return p
}

// offClock reports whether a service refused a call for the time that it was signed at. STS
// and others have no code of its own for that. Source: IAM user guide, "Troubleshoot signed
// requests for AWS APIs".
func offClock(api smithy.APIError) bool {
	switch api.ErrorCode() {
	case "RequestTimeTooSkewed", "RequestExpired":
		return true
	case "SignatureDoesNotMatch", "InvalidSignatureException":
		return strings.HasPrefix(api.ErrorMessage(), "Signature expired") || strings.HasPrefix(api.ErrorMessage(), "Signature not yet current")
	}
	return false
}

// own reports whether a service answered that the trouble is its own, with whatever code.
func own(err error) bool {
	answer, ok := errors.AsType[*smithyhttp.ResponseError](err)
	api, coded := errors.AsType[smithy.APIError](err)
	return ok && coded && answer.HTTPStatusCode() >= http.StatusInternalServerError && faultOf(api.ErrorCode()) == migration.FaultOther
}

// known reports whether an API error came from AWS. The SDK makes one of every
// answer with a bad status, "UnknownError" where it found no code in it.
func known(api smithy.APIError) bool {
	return api.ErrorCode() != "" && api.ErrorCode() != "UnknownError"
}

// page reports whether an answer is a web page: a proxy wrote it, not an API.
func page(answer *smithyhttp.ResponseError) bool {
	return answer.Response != nil && answer.Response.Response != nil &&
		strings.Contains(strings.ToLower(answer.Response.Header.Get("Content-Type")), "html")
}

// transport explains an error that is no answer of the service.
func (c *Config) transport(p *migration.Problem, action string, service service, err error) bool {
	answer, answered := errors.AsType[*smithyhttp.ResponseError](err)
	_, garbled := errors.AsType[*smithy.DeserializationError](err)
	api, coded := errors.AsType[smithy.APIError](err)
	netErr, isNet := errors.AsType[net.Error](err)
	_, unsent := errors.AsType[*smithyhttp.RequestSendError](err)
	where := c.host(err)
	_, operation := serviceOf(action)
	switch {
	case answered && answer.HTTPStatusCode() == http.StatusNotImplemented: // AWS never answers so
		p.Fault = migration.FaultNotThatAPI
		p.What = fmt.Sprintf("endpoint does not implement %s of %s (HTTP 501)", operation, service)
		p.Fix = "check " + service.endpoints() + service.without()
	case answered && answer.HTTPStatusCode() >= http.StatusInternalServerError && !page(answer): // a body that says why or none
		p.Fault = migration.FaultUnreachable
		p.What = fmt.Sprintf("%s reports an internal error (HTTP %d)", service, answer.HTTPStatusCode())
		p.Fix = "migtop asks again" + service.without()
	case isNet && netErr.Timeout(), errors.Is(err, context.DeadlineExceeded):
		p.Fault = migration.FaultUnreachable
		p.What = fmt.Sprintf("%s at %s did not answer in time", service, where)
		p.Fix = "check the network, a VPN or HTTPS_PROXY"
	case isNet, unsent, errors.Is(err, io.ErrUnexpectedEOF):
		p.Fault = migration.FaultUnreachable
		p.What = fmt.Sprintf("cannot reach %s at %s: %s", service, where, reason(err))
		p.Fix = "check the network, a VPN, HTTPS_PROXY and " + service.endpoints()
	case answered && (garbled || (coded && !known(api))):
		p.Fault = migration.FaultNotThatAPI
		p.What = fmt.Sprintf("endpoint did not answer as %s (HTTP %d)", service, answer.HTTPStatusCode())
		p.Fix = "check " + service.endpoints() + ", HTTPS_PROXY and whether a login page is in between"
	default:
		return false
	}
	return true
}

// host returns the host:port of a call, as far as the error contains it.
func (c *Config) host(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Addr != nil {
		return op.Addr.String()
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		if parsed, perr := url.Parse(u.URL); perr == nil && parsed.Host != "" {
			return parsed.Host
		}
	}
	return "its endpoint in " + c.Region()
}

// reason returns the innermost cause, which users recognize: "connection refused", "no such host".
func reason(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return dns.Err
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return firstLine(err.Error())
		}
		err = inner
	}
}

// renew says how to get fresh credentials of the kind that expired.
func (c *Config) renew() string {
	switch c.chain.origin() {
	case fromEnvironment:
		if c.opts.Static == nil {
			return "renew AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or unset them and run: aws sso login" + c.profileFlag()
		}
	case fromKeys:
		return "renew them in " + strings.Join(sharedFiles(), " or ") + forProfile(c.firstProfile())
	case fromLogin:
		return "run: aws login" + profileFlag(c.firstProfile())
	case fromProcess:
		return "renew what credential_process of profile " + c.chain.last().Profile + " prints; it runs again at the next poll"
	case fromTokenFile, fromMetadata, fromContainer, fromDefaults:
		return "they are renewed where they come from: " + c.origin()
	}
	return "run: aws sso login" + profileFlag(c.firstProfile())
}

// origin names the profile or the variables that supplied the credentials.
func (c *Config) origin() string {
	if c.provider == "EnvConfigCredentials" || c.profile == "" {
		return c.Supplier()
	}
	if c.provider == "" { // a role was not given out, with whatever the profile has
		return "profile " + c.profile
	}
	return "profile " + c.profile + " (" + c.Supplier() + ")"
}
