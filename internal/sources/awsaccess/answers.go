package awsaccess

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// answer is what every answer of an operation has. The SDK takes one without it for an
// answer that is empty, which a fleet without functions, metrics or tasks looks like.
type answer struct {
	member string // of the output: "Functions"
	each   string // member that every entry of a list has, "" for none
	words  string // what is missing, for people
}

// answers are the operations that migtop uses, by the SDK's names of service and operation.
// Not among them is what AWS leaves out itself: sqs:ListQueues has no list where there is
// no queue, lambda:GetFunctionConcurrency nothing where none is reserved.
// Source: the services' API references, response elements.
var answers = map[string]map[string]answer{
	"CloudWatch": {
		"GetMetricData": {"MetricDataResults", "Id", "results"},
		"ListMetrics":   {"Metrics", "MetricName", "metrics"},
	},
	"CloudWatch Logs": {
		"DescribeLogGroups": {"LogGroups", "LogGroupName", "log groups"},
		"GetQueryResults":   {"Status", "", "a status"},
		"StartQuery":        {"QueryId", "", "the id of the query"},
	},
	"ECS": {
		"DescribeClusters":           {"Clusters", "ClusterArn", "clusters"},
		"DescribeContainerInstances": {"ContainerInstances", "ContainerInstanceArn", "container instances"},
		"DescribeServices":           {"Services", "ServiceName", "services"},
		"DescribeTaskDefinition":     {"TaskDefinition", "", "a task definition"},
		"DescribeTasks":              {"Tasks", "TaskArn", "tasks"},
		"ListClusters":               {"ClusterArns", "", "clusters"},
		"ListServices":               {"ServiceArns", "", "services"},
		"ListTasks":                  {"TaskArns", "", "tasks"},
	},
	"IAM": {
		"GetRole":                  {"Role", "", "a role"},
		"ListAttachedRolePolicies": {"AttachedPolicies", "PolicyArn", "policies"},
		"ListRolePolicies":         {"PolicyNames", "", "policies"},
	},
	"Lambda": {
		"GetFunction":                       {"Configuration", "", "a configuration"},
		"GetFunctionConfiguration":          {"FunctionArn", "", "an ARN"},
		"GetPolicy":                         {"Policy", "", "a policy"},
		"ListAliases":                       {"Aliases", "Name", "aliases"},
		"ListEventSourceMappings":           {"EventSourceMappings", "UUID", "event source mappings"},
		"ListFunctionEventInvokeConfigs":    {"FunctionEventInvokeConfigs", "", "configurations"},
		"ListFunctionUrlConfigs":            {"FunctionUrlConfigs", "", "URLs"},
		"ListFunctions":                     {"Functions", "FunctionName", "functions"},
		"ListProvisionedConcurrencyConfigs": {"ProvisionedConcurrencyConfigs", "", "configurations"},
		"ListTags":                          {"Tags", "", "tags"},
		"ListVersionsByFunction":            {"Versions", "Version", "versions"},
	},
	"Pricing": {
		"GetProducts": {"PriceList", "", "products"},
	},
	"Resource Groups Tagging API": {
		"GetResources": {"ResourceTagMappingList", "ResourceARN", "resources"},
	},
	"SQS": {
		"GetQueueAttributes": {"Attributes", "", "counts"},
		"GetQueueUrl":        {"QueueUrl", "", "a URL"},
	},
	"STS": {
		"AssumeRole":                {"Credentials", "", "credentials"},
		"AssumeRoleWithWebIdentity": {"Credentials", "", "credentials"},
		"GetCallerIdentity":         {"Arn", "", "an ARN"},
	},
}

// prefixes are the prefixes of the services' IAM actions, by the SDK's names.
var prefixes = map[string]string{
	"CloudWatch": "cloudwatch", "CloudWatch Logs": "logs", "ECS": "ecs", "IAM": "iam", "Lambda": "lambda", "Pricing": "pricing",
	"savingsplans":                "savingsplans",
	"Resource Groups Tagging API": "tag", "SQS": "sqs", "STS": "sts",
}

// strict makes a client refuse answers that lack what the service always sends.
func strict(stack *middleware.Stack) error {
	return errors.Join(
		stack.Initialize.Add(middleware.InitializeMiddlewareFunc("migtop:answers",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
				middleware.InitializeOutput, middleware.Metadata, error,
			) {
				out, metadata, err := next.HandleInitialize(ctx, in)
				if err == nil {
					err = lacking(awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx), out.Result)
				}
				if err == nil {
					err = unasked(in.Parameters, out.Result)
				}
				return out, metadata, err
			}), middleware.After),
		stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("migtop:body",
			func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
				middleware.DeserializeOutput, middleware.Metadata, error,
			) {
				out, metadata, err := next.HandleDeserialize(ctx, in)
				response, ok := out.RawResponse.(*smithyhttp.Response)
				if err != nil || !ok || response.StatusCode < http.StatusOK || response.StatusCode >= http.StatusMultipleChoices {
					return out, metadata, err
				}
				_, ruled := answers[awsmiddleware.GetServiceID(ctx)][awsmiddleware.GetOperationName(ctx)]
				if ruled && response.StatusCode == http.StatusOK { // what it lacks is said below
					return out, metadata, nil
				}
				if empty(response) {
					err = notThat(ctx, fmt.Sprintf("HTTP %d with an empty body", response.StatusCode))
				}
				return out, metadata, err
			}), middleware.After),
	)
}

// empty reports whether a response has no body. What was read of it is put back.
func empty(r *smithyhttp.Response) bool {
	if r.Body == nil {
		return true
	}
	first := make([]byte, 1)
	n, err := io.ReadFull(r.Body, first)
	if n == 0 {
		return errors.Is(err, io.EOF) // any other error is the deserializer's to meet
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(first), r.Body), r.Body}
	return false
}

func notThat(ctx context.Context, how string) *migration.Problem {
	prefix, ok := prefixes[awsmiddleware.GetServiceID(ctx)]
	if !ok {
		prefix = awsmiddleware.GetServiceID(ctx)
	}
	return NotThatAPI(prefix+":"+awsmiddleware.GetOperationName(ctx), how)
}

// lacking explains an output without what the operation always answers; nil where it is in
// order.
func lacking(service, operation string, output any) error {
	want, ok := answers[service][operation]
	if !ok || output == nil {
		return nil
	}
	action := prefixes[service] + ":" + operation
	member := reflect.Indirect(reflect.ValueOf(output)).FieldByName(want.member)
	switch member.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if member.IsNil() {
			return NotThatAPI(action, "HTTP 200 without "+want.words)
		}
	case reflect.String:
		if member.Len() == 0 {
			return NotThatAPI(action, "HTTP 200 without "+want.words)
		}
	}
	if names, ok := member.Interface().([]string); ok && slices.Contains(names, "") {
		return NotThatAPI(action, fmt.Sprintf("HTTP 200 with %s of which one has no name", want.words))
	}
	if want.each == "" {
		return nil
	}
	for i := range member.Len() {
		if name := member.Index(i).FieldByName(want.each); name.IsNil() || name.Elem().Len() == 0 {
			return NotThatAPI(action, fmt.Sprintf("HTTP 200 with %s of which one has no %s", want.words, want.each))
		}
	}
	return nil
}

// unasked returns an error if an answer of CloudWatch does not match its request: data that was not requested would be
// dropped silently.
func unasked(input, output any) error {
	switch in := input.(type) {
	case *cloudwatch.ListMetricsInput:
		if out, ok := output.(*cloudwatch.ListMetricsOutput); ok {
			return otherMetrics(in, out)
		}
	case *cloudwatch.GetMetricDataInput:
		if out, ok := output.(*cloudwatch.GetMetricDataOutput); ok {
			return otherResults(in, out)
		}
	}
	return nil
}

func otherMetrics(in *cloudwatch.ListMetricsInput, out *cloudwatch.ListMetricsOutput) error {
	const action = "cloudwatch:ListMetrics"
	for i := range out.Metrics {
		m := &out.Metrics[i]
		switch {
		case in.MetricName != nil && aws.ToString(m.MetricName) != *in.MetricName:
			return NotThatAPI(action, "HTTP 200 with metrics of another name than "+*in.MetricName)
		case in.Namespace != nil && aws.ToString(m.Namespace) != *in.Namespace:
			return NotThatAPI(action, "HTTP 200 with metrics of another namespace than "+*in.Namespace)
		}
		for _, filter := range in.Dimensions {
			name := aws.ToString(filter.Name)
			has := slices.ContainsFunc(m.Dimensions, func(d types.Dimension) bool {
				return aws.ToString(d.Name) == name && aws.ToString(d.Value) != ""
			})
			if !has {
				return NotThatAPI(action, "HTTP 200 with metrics of which one has no dimension "+name)
			}
		}
	}
	return nil
}

func otherResults(in *cloudwatch.GetMetricDataInput, out *cloudwatch.GetMetricDataOutput) error {
	const action = "cloudwatch:GetMetricData"
	asked := make(map[string]bool, len(in.MetricDataQueries))
	for i := range in.MetricDataQueries {
		asked[aws.ToString(in.MetricDataQueries[i].Id)] = true
	}
	if in.NextToken == nil && out.NextToken == nil && len(asked) > 0 && len(out.MetricDataResults) == 0 {
		return NotThatAPI(action, "HTTP 200 without results")
	}
	for i := range out.MetricDataResults {
		r := &out.MetricDataResults[i]
		switch {
		case !asked[aws.ToString(r.Id)]:
			return NotThatAPI(action, "HTTP 200 with a result that was not asked for")
		case len(r.Timestamps) != len(r.Values):
			return NotThatAPI(action, fmt.Sprintf("HTTP 200 with %d times for %d values", len(r.Timestamps), len(r.Values)))
		case !slices.Contains(r.StatusCode.Values(), r.StatusCode):
			return NotThatAPI(action, "HTTP 200 with a result of status "+text.Redact(fmt.Sprintf("%q", r.StatusCode), maxQuote))
		}
	}
	return nil
}
