package awsaccess_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/pricing"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/fxamacker/cbor/v2"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

// question is one operation of one client.
type question struct {
	action string
	// words are what an answer without any member lacks, "" where AWS answers so itself.
	words string
	ask   func(ctx context.Context, c aws.Config) error
}

func asking[I, O, P any](ask func(context.Context, *I, ...func(*P)) (*O, error), in *I) error {
	_, err := ask(context.Background(), in)
	return err
}

var name = aws.String("x")

// questions are all operations that migtop uses.
var questions = []question{
	{"cloudwatch:GetMetricData", "results", func(_ context.Context, c aws.Config) error {
		return asking(cloudwatch.NewFromConfig(c).GetMetricData, metricQuestion())
	}},
	{"cloudwatch:ListMetrics", "metrics", func(_ context.Context, c aws.Config) error {
		return asking(cloudwatch.NewFromConfig(c).ListMetrics, &cloudwatch.ListMetricsInput{})
	}},
	{"ecs:DescribeClusters", "clusters", func(_ context.Context, c aws.Config) error {
		return asking(ecs.NewFromConfig(c).DescribeClusters, &ecs.DescribeClustersInput{})
	}},
	{"ecs:DescribeContainerInstances", "container instances", func(_ context.Context, c aws.Config) error {
		return asking(ecs.NewFromConfig(c).DescribeContainerInstances, &ecs.DescribeContainerInstancesInput{ContainerInstances: []string{"x"}})
	}},
	{"ecs:DescribeServices", "services", func(_ context.Context, c aws.Config) error {
		return asking(ecs.NewFromConfig(c).DescribeServices, &ecs.DescribeServicesInput{Services: []string{"x"}})
	}},
	{"ecs:DescribeTaskDefinition", "a task definition", func(_ context.Context, c aws.Config) error {
		return asking(ecs.NewFromConfig(c).DescribeTaskDefinition, &ecs.DescribeTaskDefinitionInput{TaskDefinition: name})
	}},
	{"ecs:DescribeTasks", "tasks", func(_ context.Context, c aws.Config) error {
		return asking(ecs.NewFromConfig(c).DescribeTasks, &ecs.DescribeTasksInput{Tasks: []string{"x"}})
	}},
	{"ecs:ListClusters", "clusters", func(_ context.Context, c aws.Config) error {
		return asking(ecs.NewFromConfig(c).ListClusters, &ecs.ListClustersInput{})
	}},
	{"ecs:ListServices", "services", func(_ context.Context, c aws.Config) error {
		return asking(ecs.NewFromConfig(c).ListServices, &ecs.ListServicesInput{})
	}},
	{"ecs:ListTasks", "tasks", func(_ context.Context, c aws.Config) error {
		return asking(ecs.NewFromConfig(c).ListTasks, &ecs.ListTasksInput{})
	}},
	{"iam:GetRole", "a role", func(_ context.Context, c aws.Config) error {
		return asking(iam.NewFromConfig(c).GetRole, &iam.GetRoleInput{RoleName: name})
	}},
	{"iam:ListAttachedRolePolicies", "policies", func(_ context.Context, c aws.Config) error {
		return asking(iam.NewFromConfig(c).ListAttachedRolePolicies, &iam.ListAttachedRolePoliciesInput{RoleName: name})
	}},
	{"iam:ListRolePolicies", "policies", func(_ context.Context, c aws.Config) error {
		return asking(iam.NewFromConfig(c).ListRolePolicies, &iam.ListRolePoliciesInput{RoleName: name})
	}},
	{"lambda:GetFunction", "a configuration", func(_ context.Context, c aws.Config) error {
		return asking(lambda.NewFromConfig(c).GetFunction, &lambda.GetFunctionInput{FunctionName: name})
	}},
	{"lambda:GetFunctionConcurrency", "", func(_ context.Context, c aws.Config) error {
		return asking(lambda.NewFromConfig(c).GetFunctionConcurrency, &lambda.GetFunctionConcurrencyInput{FunctionName: name})
	}},
	{"lambda:GetFunctionConfiguration", "an ARN", func(_ context.Context, c aws.Config) error {
		return asking(lambda.NewFromConfig(c).GetFunctionConfiguration, &lambda.GetFunctionConfigurationInput{FunctionName: name})
	}},
	{"lambda:GetPolicy", "a policy", func(_ context.Context, c aws.Config) error {
		return asking(lambda.NewFromConfig(c).GetPolicy, &lambda.GetPolicyInput{FunctionName: name})
	}},
	{"lambda:ListAliases", "aliases", func(_ context.Context, c aws.Config) error {
		return asking(lambda.NewFromConfig(c).ListAliases, &lambda.ListAliasesInput{FunctionName: name})
	}},
	{"lambda:ListEventSourceMappings", "event source mappings", func(_ context.Context, c aws.Config) error {
		return asking(lambda.NewFromConfig(c).ListEventSourceMappings, &lambda.ListEventSourceMappingsInput{})
	}},
	{"lambda:ListFunctionEventInvokeConfigs", "configurations", func(_ context.Context, c aws.Config) error {
		return asking(lambda.NewFromConfig(c).ListFunctionEventInvokeConfigs, &lambda.ListFunctionEventInvokeConfigsInput{FunctionName: name})
	}},
	{"lambda:ListFunctionUrlConfigs", "URLs", func(_ context.Context, c aws.Config) error {
		return asking(lambda.NewFromConfig(c).ListFunctionUrlConfigs, &lambda.ListFunctionUrlConfigsInput{FunctionName: name})
	}},
	{"lambda:ListFunctions", "functions", func(_ context.Context, c aws.Config) error {
		return asking(lambda.NewFromConfig(c).ListFunctions, &lambda.ListFunctionsInput{})
	}},
	{"lambda:ListProvisionedConcurrencyConfigs", "configurations", func(_ context.Context, c aws.Config) error {
		return asking(lambda.NewFromConfig(c).ListProvisionedConcurrencyConfigs,
			&lambda.ListProvisionedConcurrencyConfigsInput{FunctionName: name})
	}},
	{"lambda:ListTags", "tags", func(_ context.Context, c aws.Config) error {
		return asking(lambda.NewFromConfig(c).ListTags, &lambda.ListTagsInput{Resource: name})
	}},
	{"lambda:ListVersionsByFunction", "versions", func(_ context.Context, c aws.Config) error {
		return asking(lambda.NewFromConfig(c).ListVersionsByFunction, &lambda.ListVersionsByFunctionInput{FunctionName: name})
	}},
	{"logs:DescribeLogGroups", "log groups", func(_ context.Context, c aws.Config) error {
		return asking(cloudwatchlogs.NewFromConfig(c).DescribeLogGroups, &cloudwatchlogs.DescribeLogGroupsInput{})
	}},
	{"logs:GetQueryResults", "a status", func(_ context.Context, c aws.Config) error {
		return asking(cloudwatchlogs.NewFromConfig(c).GetQueryResults, &cloudwatchlogs.GetQueryResultsInput{QueryId: name})
	}},
	{"logs:StartQuery", "the id of the query", func(_ context.Context, c aws.Config) error {
		return asking(cloudwatchlogs.NewFromConfig(c).StartQuery,
			&cloudwatchlogs.StartQueryInput{QueryString: name, StartTime: aws.Int64(0), EndTime: aws.Int64(1)})
	}},
	{"pricing:GetProducts", "products", func(_ context.Context, c aws.Config) error {
		return asking(pricing.NewFromConfig(c).GetProducts, &pricing.GetProductsInput{ServiceCode: name})
	}},
	{"sqs:GetQueueAttributes", "counts", func(_ context.Context, c aws.Config) error {
		return asking(sqs.NewFromConfig(c).GetQueueAttributes, &sqs.GetQueueAttributesInput{QueueUrl: name})
	}},
	{"sqs:GetQueueUrl", "a URL", func(_ context.Context, c aws.Config) error {
		return asking(sqs.NewFromConfig(c).GetQueueUrl, &sqs.GetQueueUrlInput{QueueName: name})
	}},
	{"sqs:ListQueues", "", func(_ context.Context, c aws.Config) error {
		return asking(sqs.NewFromConfig(c).ListQueues, &sqs.ListQueuesInput{})
	}},
	{"sts:GetCallerIdentity", "an ARN", func(_ context.Context, c aws.Config) error {
		return asking(sts.NewFromConfig(c).GetCallerIdentity, &sts.GetCallerIdentityInput{})
	}},
	{"tag:GetResources", "resources", func(_ context.Context, c aws.Config) error {
		return asking(tagging.NewFromConfig(c).GetResources, &tagging.GetResourcesInput{})
	}},
}

func metricQuestion() *cloudwatch.GetMetricDataInput {
	return &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(time.Unix(0, 0)), EndTime: aws.Time(time.Unix(60, 0)),
		MetricDataQueries: []cwtypes.MetricDataQuery{{Id: aws.String("q0"), MetricStat: &cwtypes.MetricStat{
			Period: aws.Int32(60), Stat: aws.String("Sum"), Metric: &cwtypes.Metric{Namespace: name, MetricName: name},
		}}},
	}
}

// stranger answers every question alike, in the form of the service that is asked.
type stranger struct {
	status     int
	json, xml  string
	cbor       any // "" is an empty body
	mediaTypes bool
}

func (s *stranger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, media := []byte(s.json), "application/x-amz-json-1.1"
	switch {
	case r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor":
		w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
		media = "application/cbor"
		switch v := s.cbor.(type) {
		case string:
			body = []byte(v)
		default:
			body, _ = cbor.Marshal(v)
		}
	case r.Header.Get("X-Amz-Target") == "" && r.URL.Path == "/" && r.Method == http.MethodPost:
		body, media = []byte(s.xml), "text/xml"
	}
	if !s.mediaTypes {
		media = "text/html"
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(s.status)
	_, _ = w.Write(body)
}

// What answers and is not AWS is said so, for every operation that migtop uses: nothing is
// taken for an account in which there is nothing.
func TestStrangersAnswers(t *testing.T) {
	const page = "<!DOCTYPE html><html><body>Sign in</body></html>"
	for _, test := range []struct {
		name string
		stranger
		how  string // "%s" is what the operation's answer lacks
		may  bool   // fine for an operation without required members
		what string // instead of "endpoint did not answer as"
	}{
		{"empty body", stranger{http.StatusOK, "", "", "", true}, "HTTP 200 with", false, ""},
		{"no content", stranger{http.StatusNoContent, "", "", "", true}, "HTTP 204 with an empty body", false, ""},
		{"empty object", stranger{http.StatusOK, "{}", "<x></x>", map[string]any{}, true}, "HTTP 200", true, ""},
		{"null", stranger{http.StatusOK, "null", "<x/>", nil, true}, "HTTP 200", true, ""},
		{"another object", stranger{http.StatusOK, `{"ok":true}`, "<ok>true</ok>", map[string]any{"ok": true}, true}, "HTTP 200", true, ""},
		{"list", stranger{http.StatusOK, "[]", "[]", []any{}, true}, "HTTP 200", false, ""},
		{"page", stranger{http.StatusOK, page, page, page, false}, "HTTP 200", false, ""},
		{"page that is not found", stranger{http.StatusNotFound, page, page, page, false}, "HTTP 404", false, ""},
		{"redirection", stranger{http.StatusFound, "", "", "", false}, "HTTP 302", false, ""},
		{"teapot", stranger{http.StatusTeapot, "{}", "<x/>", map[string]any{}, true}, "HTTP 418", false, ""},
		{"not implemented", stranger{
			http.StatusNotImplemented, `{"__type":"InternalFailure","message":"pro feature"}`, "<x/>",
			map[string]any{},
			true,
		}, "HTTP 501", false, "endpoint does not implement"},
		{"page of a gateway", stranger{http.StatusBadGateway, page, page, page, false}, "HTTP 502", false, "("},
		{"status of nobody", stranger{599, "", "", "", false}, "HTTP 599", false, "("},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(&test.stranger)
			t.Cleanup(server.Close)
			access, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options(server.URL))
			if err != nil {
				t.Fatal(err)
			}
			defer access.Close()
			for _, q := range questions {
				err := q.ask(t.Context(), access.SDK())
				if q.words == "" && test.may {
					if err != nil && !strings.Contains(test.name, "null") {
						t.Errorf("%s: %v", q.action, err)
					}
					continue
				}
				if err == nil {
					t.Errorf("%s: taken for an answer", q.action)
					continue
				}
				p := access.Explain(q.action, err)
				if awsaccess.NotFound(err) {
					t.Errorf("%s: taken for AWS's word that it does not exist", q.action)
				}
				what := test.what
				fault := migration.FaultNotThatAPI
				if what == "" {
					what = "endpoint did not answer as"
				}
				if what == "(" && p.Fault == migration.FaultUnreachable { // both are true of a gateway's page
					fault = p.Fault
				}
				if p.Fault != fault || p.Fix == "" || !strings.Contains(p.What, what) || !strings.Contains(p.What, test.how) ||
					strings.Contains(p.Error(), "\n") {
					t.Errorf("%s: %v: %s (%s)", q.action, p.Fault, p.What, p.Fix)
				}
				if test.name == "empty object" && q.words != "" && q.action != "iam:GetRole" &&
					!strings.Contains(p.What, "HTTP 200 without "+q.words) &&
					!strings.HasPrefix(q.action, "iam:") && !strings.HasPrefix(q.action, "sts:") {
					t.Errorf("%s: %s", q.action, p.What)
				}
			}
		})
	}
}

// An answer of CloudWatch that is about something else than was asked is said so.
func TestCloudWatchAnswersSomethingElse(t *testing.T) {
	dimensions := func(names ...string) (out []any) {
		for _, n := range names {
			out = append(out, map[string]any{"Name": n, "Value": "f"})
		}
		return out
	}
	metric := func(over map[string]any) map[string]any {
		m := map[string]any{"Namespace": "AWS/Lambda", "MetricName": "Invocations", "Dimensions": dimensions("FunctionName")}
		for k, v := range over {
			m[k] = v
		}
		return map[string]any{"Metrics": []any{m}}
	}
	result := func(over map[string]any) map[string]any {
		r := map[string]any{"Id": "q0", "StatusCode": "Complete", "Timestamps": []any{}, "Values": []any{}}
		for k, v := range over {
			r[k] = v
		}
		return map[string]any{"MetricDataResults": []any{r}}
	}
	for _, test := range []struct {
		name   string
		answer any
		data   bool // of GetMetricData
		how    string
	}{
		{"fine", metric(nil), false, ""},
		{"more dimensions", metric(map[string]any{"Dimensions": dimensions("FunctionName", "Resource")}), false, ""},
		{"no metric", map[string]any{"Metrics": []any{}}, false, ""},
		{"no dimension", metric(map[string]any{"Dimensions": dimensions()}), false, "metrics of which one has no dimension FunctionName"},
		{
			"another dimension", metric(map[string]any{"Dimensions": dimensions("Resource")}), false,
			"metrics of which one has no dimension FunctionName",
		},
		{
			"dimension without value", metric(map[string]any{"Dimensions": []any{map[string]any{"Name": "FunctionName"}}}), false,
			"metrics of which one has no dimension FunctionName",
		},
		{"another metric", metric(map[string]any{"MetricName": "Errors"}), false, "metrics of another name than Invocations"},
		{"another namespace", metric(map[string]any{"Namespace": "AWS/S3"}), false, "metrics of another namespace than AWS/Lambda"},
		{"metric without name", metric(map[string]any{"MetricName": ""}), false, "metrics of which one has no MetricName"},
		{"fine result", result(nil), true, ""},
		{"no result", map[string]any{"MetricDataResults": []any{}}, true, "without results"},
		{"result without id", result(map[string]any{"Id": ""}), true, "results of which one has no Id"},
		{"another result", result(map[string]any{"Id": "q7"}), true, "a result that was not asked for"},
		{"unknown status", result(map[string]any{"StatusCode": "Sure"}), true, `a result of status "Sure"`},
		{"no status", result(map[string]any{"StatusCode": ""}), true, `a result of status ""`},
		{"values without times", result(map[string]any{"Values": []any{1.5}}), true, "0 times for 1 values"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(&stranger{http.StatusOK, "", "", test.answer, true})
			t.Cleanup(server.Close)
			access, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options(server.URL))
			if err != nil {
				t.Fatal(err)
			}
			defer access.Close()
			client, action := cloudwatch.NewFromConfig(access.SDK()), "cloudwatch:ListMetrics"
			if test.data {
				action = "cloudwatch:GetMetricData"
				err = asking(client.GetMetricData, metricQuestion())
			} else {
				err = asking(client.ListMetrics, &cloudwatch.ListMetricsInput{
					Namespace: aws.String("AWS/Lambda"), MetricName: aws.String("Invocations"),
					Dimensions: []cwtypes.DimensionFilter{{Name: aws.String("FunctionName")}},
				})
			}
			switch {
			case test.how == "" && err != nil:
				t.Error(err)
			case test.how != "" && err == nil:
				t.Error("taken for an answer")
			case err != nil:
				p := access.Explain(action, err)
				if p.Fault != migration.FaultNotThatAPI || !strings.HasPrefix(p.What, "endpoint did not answer as CloudWatch (HTTP 200 with") ||
					!strings.Contains(p.What, test.how) {
					t.Errorf("got %v: %s", p.Fault, p.What)
				}
			}
		})
	}
}

// A refusal has advice, whatever its code.
func TestRefusalsHaveARemedy(t *testing.T) {
	for code, fix := range map[string]string{
		"ClusterNotFoundException": "migtop asks again; if it goes on, check the region and AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_ECS, or " +
			"set aws.ecs.read to off",
		"OptInRequired":  "the account does not have ECS in eu-west-1: enable it, or use another region, or set aws.ecs.read to off",
		"RequestExpired": "set this machine's clock, or set aws.ecs.read to off",
	} {
		server := httptest.NewServer(&stranger{http.StatusBadRequest, fmt.Sprintf(`{"__type":%q,"message":"no"}`, code), "", "", true})
		t.Cleanup(server.Close)
		access, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options(server.URL))
		if err != nil {
			t.Fatal(err)
		}
		defer access.Close()
		err = asking(ecs.NewFromConfig(access.SDK()).ListClusters, &ecs.ListClustersInput{})
		if p := access.Explain("ecs:ListClusters", err); p.What != "ECS refused ListClusters: "+code+": no" || p.Fix != fix {
			t.Errorf("%s: %s\n-> %s", code, p.What, p.Fix)
		}
	}
}
