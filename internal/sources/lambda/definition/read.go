package definition

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// Actions are the IAM actions that reading a function whole needs. Without any one
// but the first a part is missing.
var Actions = []string{
	"lambda:GetFunction",
	"lambda:GetFunctionConcurrency",
	"lambda:GetPolicy",
	"lambda:ListAliases",
	"lambda:ListEventSourceMappings",
	"lambda:ListFunctionEventInvokeConfigs",
	"lambda:ListFunctionUrlConfigs",
	"lambda:ListProvisionedConcurrencyConfigs",
	"lambda:ListVersionsByFunction",
	"iam:GetRole",
	"iam:ListAttachedRolePolicies",
	"iam:ListRolePolicies",
}

// lambdaReader is the part of the Lambda API that is used.
type lambdaReader interface {
	GetFunction(context.Context, *lambdaapi.GetFunctionInput, ...func(*lambdaapi.Options)) (*lambdaapi.GetFunctionOutput, error)
	GetFunctionConfiguration(context.Context, *lambdaapi.GetFunctionConfigurationInput,
		...func(*lambdaapi.Options)) (*lambdaapi.GetFunctionConfigurationOutput, error)
	GetFunctionConcurrency(context.Context, *lambdaapi.GetFunctionConcurrencyInput,
		...func(*lambdaapi.Options)) (*lambdaapi.GetFunctionConcurrencyOutput, error)
	GetPolicy(context.Context, *lambdaapi.GetPolicyInput, ...func(*lambdaapi.Options)) (*lambdaapi.GetPolicyOutput, error)
	lambdaapi.ListAliasesAPIClient
	lambdaapi.ListEventSourceMappingsAPIClient
	lambdaapi.ListFunctionEventInvokeConfigsAPIClient
	lambdaapi.ListFunctionUrlConfigsAPIClient
	lambdaapi.ListProvisionedConcurrencyConfigsAPIClient
	lambdaapi.ListVersionsByFunctionAPIClient
}

// iamReader is the part of the IAM API that is used.
type iamReader interface {
	GetRole(context.Context, *iam.GetRoleInput, ...func(*iam.Options)) (*iam.GetRoleOutput, error)
	iam.ListAttachedRolePoliciesAPIClient
	iam.ListRolePoliciesAPIClient
}

// reading is one function being read.
type reading struct {
	access *awsaccess.Config
	lambda lambdaReader
	iam    iamReader
	name   string // as it was given, without the qualifier
	out    *migration.Definition
	mu     sync.Mutex
	gaps   map[string]migration.Gap // by part
}

// Read reads one function by name or ARN, optionally with a version or an alias after a
// colon. The error is a [migration.Problem] that says why nothing could be read.
func Read(ctx context.Context, access *awsaccess.Config, function string) (*migration.Definition, error) {
	name, qualifier, err := parse(function, access.Region())
	if err != nil {
		return nil, err
	}
	r := &reading{
		access: access,
		lambda: lambdaapi.NewFromConfig(access.SDK(), func(o *lambdaapi.Options) { access.WithEndpoint(&o.BaseEndpoint) }),
		iam:    iam.NewFromConfig(access.SDK(), func(o *iam.Options) { access.WithEndpoint(&o.BaseEndpoint) }),
		name:   name,
		out:    &migration.Definition{Qualifier: qualifier},
		gaps:   map[string]migration.Gap{},
	}
	if err := r.configuration(ctx); err != nil {
		return nil, err
	}
	var parts sync.WaitGroup
	for _, part := range []func(context.Context){
		r.aliases, r.versions, r.urls, r.reserved, r.provisioned, r.async, r.role, r.attached, r.inline,
	} {
		parts.Go(func() { part(ctx) })
	}
	parts.Wait()
	for _, part := range partOrder {
		if gap, ok := r.gaps[part]; ok {
			r.out.Gaps = append(r.out.Gaps, gap)
		}
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return nil, ctx.Err()
	}
	return r.out, nil
}

// The parts of a definition, as shown to users.
const (
	partCode        = "the code's place and the tags"
	partEnvironment = "the environment variables"
	partImage       = "what the function overrides in its image"
	partMappings    = "event source mappings"
	partCallers     = "who may call it"
	partAliases     = "aliases, and what triggers them"
	partMoreAliases = "what triggers the aliases after the first 20"
	partVersions    = "published versions"
	partURLs        = "function URLs"
	partReserved    = "reserved concurrency"
	partProvisioned = "provisioned concurrency"
	partAsync       = "retries and destinations of asynchronous events"
	partRole        = "the role's trust policy"
	partAttached    = "managed policies of the role"
	partInline      = "the role's own policies"
)

// partOrder is the order in which gaps are listed.
var partOrder = []string{
	partCode, partEnvironment, partImage, partMappings, partCallers, partAliases, partMoreAliases, partVersions,
	partURLs, partReserved, partProvisioned, partAsync, partRole, partAttached, partInline,
}

// gap records that a part could not be read.
func (r *reading) gap(part, action string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gaps[part] = migration.Gap{Part: part, Action: action, Problem: r.access.Explain(action, err)}
}

// namePattern is the names that Lambda takes.
// Source: Lambda API reference, GetFunction, "FunctionName" and "Qualifier".
var namePattern = regexp.MustCompile(`^(arn:[a-z-]+:lambda:([a-z0-9-]+):\d{12}:function:` +
	`|\d{12}:function:)?([a-zA-Z0-9_-]{1,140})(?::(\$LATEST|[a-zA-Z0-9_-]{1,128}))?$`)

// parse splits a name into function name and qualifier.
func parse(function, region string) (name, qualifier string, err error) {
	match := namePattern.FindStringSubmatch(function)
	if match == nil {
		return "", "", &migration.Problem{
			Fault: migration.FaultConfig, What: fmt.Sprintf("%q is no name of a function", function),
			Fix: "give NAME, NAME:ALIAS, NAME:VERSION or the function's ARN",
		}
	}
	if in := match[2]; in != "" && in != region {
		return "", "", &migration.Problem{
			Fault: migration.FaultConfig, What: fmt.Sprintf("%s is in %s, and %s is read", match[3], in, region), Fix: "add --region " + in,
		}
	}
	return match[1] + match[3], match[4], nil
}

// configuration reads what the function is. Where its code may not be asked for,
// its configuration is enough to go on.
func (r *reading) configuration(ctx context.Context) error {
	qualifier := optional(r.out.Qualifier)
	whole, err := r.lambda.GetFunction(ctx, &lambdaapi.GetFunctionInput{FunctionName: &r.name, Qualifier: qualifier})
	if err == nil {
		if whole.Configuration == nil {
			return awsaccess.NotThatAPI("lambda:GetFunction", "without a configuration")
		}
		r.describe(whole.Configuration)
		r.out.Tags = whole.Tags
		if whole.Code != nil && aws.ToString(whole.Code.ImageUri) != "" {
			r.out.Image = migration.Some(*whole.Code.ImageUri)
		}
		reserved := migration.ReservedConcurrency{}
		if whole.Concurrency != nil && whole.Concurrency.ReservedConcurrentExecutions != nil {
			reserved = migration.ReservedConcurrency{Set: true, Count: *whole.Concurrency.ReservedConcurrentExecutions}
		}
		r.out.Reserved = migration.Some(reserved)
		return nil
	}
	if awsaccess.NotFound(err) {
		return r.absent(err)
	}
	problem := r.access.Explain("lambda:GetFunction", err)
	if problem.Fault != migration.FaultDenied {
		return problem
	}
	c, err := r.lambda.GetFunctionConfiguration(ctx, &lambdaapi.GetFunctionConfigurationInput{FunctionName: &r.name, Qualifier: qualifier})
	switch {
	case err != nil && awsaccess.NotFound(err):
		return r.absent(err)
	case err != nil:
		return problem // of the action that gives everything
	}
	r.gaps[partCode] = migration.Gap{Part: partCode, Action: "lambda:GetFunction", Problem: problem}
	r.describe(sameConfiguration(c))
	return nil
}

// absent reports that the function does not exist.
func (r *reading) absent(err error) error {
	what := "there is no Lambda function " + r.name
	if r.out.Qualifier != "" {
		what += " with a version or alias " + r.out.Qualifier
	}
	return &migration.Problem{
		Fault: migration.FaultAbsent, What: what + " in " + r.access.Region(),
		Fix: "check the name, --profile and --region; aws lambda list-functions has the names", Err: err,
	}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// errPartly is the cause of a gap that Lambda itself reports within an answer.
var errPartly = errors.New("Lambda left it out of its answer")

// qualifierOf is what an ARN of a function, alias or version ends with, "" for the
// function's own.
func qualifierOf(arn string) string {
	_, resource, _ := strings.Cut(arn, ":function:")
	_, qualifier, _ := strings.Cut(resource, ":")
	return qualifier
}
