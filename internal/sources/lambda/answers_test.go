package lambda

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

// An answer that is empty, or lacks what it should have, is in the row of its service, with
// advice, and in what the checks find: it is never an account in which nothing happens.
func TestEmptyAnswers(t *testing.T) {
	bytes := func(v any) string {
		b, err := cbor.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, test := range []struct {
		name   string
		path   string // what its path ends with
		status int
		body   string
		row    string
		what   string
		check  string // the check that finds it too, "" for none that asks
	}{
		{
			"no body of ListMetrics", "/ListMetrics", http.StatusOK, "", "cloudwatch",
			"endpoint did not answer as CloudWatch (HTTP 200 without metrics)", "cloudwatch:ListMetrics",
		},
		{
			"ListMetrics without metrics", "/ListMetrics", http.StatusOK, bytes(map[string]any{}), "cloudwatch",
			"endpoint did not answer as CloudWatch (HTTP 200 without metrics)", "cloudwatch:ListMetrics",
		},
		{
			"a metric without its dimension", "/ListMetrics", http.StatusOK,
			bytes(map[string]any{"Metrics": []any{map[string]any{"Namespace": "AWS/Lambda", "MetricName": "Invocations"}}}),
			"cloudwatch", "endpoint did not answer as CloudWatch (HTTP 200 with metrics of which one has no dimension FunctionName)",
			"cloudwatch:ListMetrics",
		},
		{
			"no body of GetMetricData", "/GetMetricData", http.StatusOK, "", "cloudwatch",
			"endpoint did not answer as CloudWatch (HTTP 200 without results)", "cloudwatch:GetMetricData",
		},
		{
			"GetMetricData is not implemented", "/GetMetricData", http.StatusNotImplemented, "", "cloudwatch",
			"endpoint does not implement GetMetricData of CloudWatch (HTTP 501)", "cloudwatch:GetMetricData",
		},
		{
			"a result that CloudWatch failed at", "/GetMetricData", http.StatusOK,
			bytes(map[string]any{"MetricDataResults": []any{map[string]any{
				"Id": "q0", "StatusCode": "InternalError", "Timestamps": []any{},
				"Values": []any{},
			}}}),
			"cloudwatch", "CloudWatch left ", "",
		},
		{
			"no body of ListFunctions", "/functions", http.StatusOK, "", "lambda", "endpoint did not answer as Lambda (HTTP 200 without functions)",
			"lambda:ListFunctions",
		},
		{
			"ListFunctions is not implemented", "/functions", http.StatusNotImplemented, "{}", "lambda",
			"endpoint does not implement ListFunctions of Lambda (HTTP 501)", "lambda:ListFunctions",
		},
		{
			"a function without a name", "/functions", http.StatusOK, `{"Functions":[{"Runtime":"python3.13"}]}`, "lambda",
			"endpoint did not answer as Lambda (HTTP 200 with functions of which one has no FunctionName)", "lambda:ListFunctions",
		},
		{"no body of ListTags", "/tags/", http.StatusOK, "", "lambda", "endpoint did not answer as Lambda (HTTP 200 without tags)", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			clock := awsaccesstest.NewHand(epoch)
			aws, err := awsapi.New(awsapi.Config{Account: newFleet(1), Clock: clock, Region: region, AccessKeyID: awsaccesstest.KeyID})
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				path := strings.TrimSuffix(r.URL.Path, "/")
				if !strings.HasSuffix(path, test.path) && !(strings.HasSuffix(test.path, "/") && strings.Contains(r.URL.Path, test.path)) {
					aws.ServeHTTP(w, r)
					return
				}
				w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}))
			t.Cleanup(server.Close)
			access, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options(server.URL))
			if err != nil {
				t.Fatal(err)
			}
			source, err := New(access, Settings{Attribute: byName, Timing: awspoll.Timing{Clock: clock, Timeout: time.Minute}, Tags: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = source.Close() })
			batch, _ := source.Poll(t.Context(), sources.Focus{})
			h := awsaccesstest.Health(t, batch, test.row)
			if h.State == migration.HealthOK || h.Problem == nil || !strings.HasPrefix(h.Problem.What, test.what) || h.Problem.Fix == "" {
				t.Errorf("health %v: %v", h.State, h.Problem)
			}
			for _, f := range access.Check(t.Context(), clock, Questions(epoch)...) {
				if f.Name == test.check && (f.Problem == nil || !strings.HasPrefix(f.Problem.What, test.what)) {
					t.Errorf("%s: %s, %v", f.Name, f.Detail, f.Problem)
				}
			}
		})
	}
}
