package awsapi

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
)

func TestListMetrics(t *testing.T) {
	account := many(120)
	account.Log["f0001"] = []Invocation{{Start: noon.Add(-4 * time.Hour), Duration: time.Second}}       // not recently
	account.Log["f0002"] = []Invocation{{Start: noon.Add(-15 * 24 * time.Hour), Duration: time.Second}} // too old to be listed
	account.Log["f0003"] = []Invocation{{Start: noon.Add(-time.Minute), Duration: time.Second}}         // not visible yet
	account.Log["f0004"] = []Invocation{{Start: noon.Add(-time.Hour), Throttled: true}}                 // never got to run
	account.List[5].Deleted = true                                                                      // its metrics stay
	b := newBench(t, account)
	count := func(in *cloudwatch.ListMetricsInput) (names map[string]int, metrics, pages int) {
		t.Helper()
		names = make(map[string]int)
		p := cloudwatch.NewListMetricsPaginator(b.cloudwatch(), in)
		for p.HasMorePages() {
			page, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			pages++
			if len(page.Metrics) > metricsPerPage {
				t.Errorf("%d metrics on a page", len(page.Metrics))
			}
			for _, m := range page.Metrics {
				metrics++
				if len(m.Dimensions) == 1 {
					names[*m.Dimensions[0].Value]++
				}
			}
		}
		return names, metrics, pages
	}
	invocations := &cloudwatch.ListMetricsInput{
		Namespace: aws.String("AWS/Lambda"), MetricName: aws.String("Invocations"),
		Dimensions: []cwtypes.DimensionFilter{{Name: aws.String("FunctionName")}},
	}
	// {FunctionName} and {FunctionName, Resource} of each: 120 less three without data.
	if names, metrics, _ := count(invocations); len(names) != 117 || metrics != 2*117 || names["f0005"] != 1 || names["f0004"] != 0 {
		t.Errorf("invocations: %d functions, %d metrics", len(names), metrics)
	}
	invocations.RecentlyActive = cwtypes.RecentlyActivePt3h
	if names, _, _ := count(invocations); len(names) != 116 || names["f0001"] != 0 {
		t.Errorf("recently active: %d functions", len(names))
	}
	// Five metrics twice, one of throttles twice, and the account's five.
	if _, metrics, pages := count(&cloudwatch.ListMetricsInput{}); metrics != 117*10+2+5 || pages < 3 {
		t.Errorf("everything: %d metrics on %d pages", metrics, pages)
	}
	if names, metrics, _ := count(&cloudwatch.ListMetricsInput{Dimensions: []cwtypes.DimensionFilter{{
		Name:  aws.String("FunctionName"),
		Value: aws.String("f0007"),
	}}}); len(names) != 1 || metrics != 10 {
		t.Errorf("one function: %v, %d metrics", names, metrics)
	}
	if _, metrics, _ := count(&cloudwatch.ListMetricsInput{Namespace: aws.String("AWS/SQS")}); metrics != 0 {
		t.Errorf("another namespace: %d metrics", metrics)
	}
	for _, in := range []*cloudwatch.ListMetricsInput{{RecentlyActive: "PT1H"}, {NextToken: aws.String("x")}} {
		_, err := b.cloudwatch().ListMetrics(t.Context(), in)
		if err == nil {
			t.Fatalf("%+v was accepted", in)
		}
		if code, _ := refusal(t, err); code != "InvalidParameterValue" {
			t.Errorf("code = %s, want InvalidParameterValue", code)
		}
	}
}

func TestLambda(t *testing.T) {
	account := many(120)
	account.List[3] = Function{
		Name: "f0003", MemoryMB: 2048, Timeout: 15 * time.Minute, EphemeralMB: 1024, Arch: "arm64", PackageType: "Image",
		Runtime: "ignored", Modified: noon, Tags: map[string]string{"tenant": "acme"},
	}
	account.List[4].Deleted = true
	b := newBench(t, account)
	client := lambda.NewFromConfig(b.aws)
	var names []string
	pages := lambda.NewListFunctionsPaginator(client, &lambda.ListFunctionsInput{MaxItems: aws.Int32(1000)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Functions) > 50 {
			t.Errorf("%d functions on a page, want 50 at most", len(page.Functions))
		}
		for _, f := range page.Functions {
			names = append(names, *f.FunctionName)
		}
	}
	if len(names) != 119 || names[4] != "f0005" {
		t.Errorf("%d functions", len(names))
	}
	f, err := client.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("f0003")})
	if err != nil {
		t.Fatal(err)
	}
	got := []any{
		*f.FunctionArn, *f.MemorySize, *f.Timeout, *f.EphemeralStorage.Size, string(f.Architectures[0]), string(f.PackageType),
		string(f.Runtime), *f.LastModified,
	}
	want := []any{
		"arn:aws:lambda:eu-west-1:123456789012:function:f0003", int32(2048), int32(900), int32(1024), "arm64", "Image", "",
		"2026-03-10T12:00:00.000+0000",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
	tags, err := client.ListTags(t.Context(), &lambda.ListTagsInput{Resource: f.FunctionArn})
	if err != nil || tags.Tags["tenant"] != "acme" {
		t.Errorf("tags = %v, %v", tags, err)
	}
	for what, ask := range map[string]func() error{
		"ResourceNotFoundException": func() error {
			_, err := client.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("f0004")})
			return err
		},
		"InvalidParameterValueException": func() error {
			_, err := client.ListTags(t.Context(), &lambda.ListTagsInput{Resource: aws.String("f0003")})
			return err
		},
	} {
		err := ask()
		if err == nil {
			t.Errorf("no %s", what)
			continue
		}
		if code, _ := refusal(t, err); code != what {
			t.Errorf("code = %s, want %s", code, what)
		}
	}
}

// Another partition is in every ARN.
func TestPartition(t *testing.T) {
	s, err := New(Config{Account: one(), Clock: &hand{now: noon}, Region: "cn-north-1", Partition: "aws-cn"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.arn("f"), "arn:aws-cn:lambda:cn-north-1:123456789012:function:f"; got != want {
		t.Errorf("arn = %s, want %s", got, want)
	}
	if got, want := s.caller(), "arn:aws-cn:sts::123456789012:assumed-role/migration/engineer"; got != want {
		t.Errorf("caller = %s, want %s", got, want)
	}
}

func TestIdentity(t *testing.T) {
	b := newBench(t, one())
	out, err := sts.NewFromConfig(b.aws).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	if *out.Account != "123456789012" || *out.Arn != "arn:aws:sts::123456789012:assumed-role/migration/engineer" {
		t.Errorf("identity = %s %s", *out.Account, *out.Arn)
	}
}

// A signature must be there, and be about this region, service and key.
func TestSignatures(t *testing.T) {
	b := newBench(t, one())
	list := func(change func(*aws.Config)) error {
		cfg := b.aws.Copy()
		change(&cfg)
		_, err := cloudwatch.NewFromConfig(cfg).ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{})
		return err
	}
	for _, test := range []struct {
		name, code string
		change     func(*aws.Config)
	}{
		{"anonymous", "MissingAuthenticationToken", func(c *aws.Config) { c.Credentials = aws.AnonymousCredentials{} }},
		{"another region", "SignatureDoesNotMatch", func(c *aws.Config) { c.Region = "us-east-1" }},
		{"another key", "InvalidClientTokenId", func(c *aws.Config) {
			c.Credentials = credentials.NewStaticCredentialsProvider("AKIDOTHER", "secret", "")
		}},
	} {
		err := list(test.change)
		if err == nil {
			t.Errorf("%s: accepted", test.name)
			continue
		}
		if code, _ := refusal(t, err); code != test.code {
			t.Errorf("%s: %s, want %s", test.name, code, test.code)
		}
	}
	if err := list(func(*aws.Config) {}); err != nil {
		t.Errorf("the right one: %v", err)
	}
	if b.Calls("cloudwatch:ListMetrics") != 4 {
		t.Errorf("%d calls, want 4: refused ones count too", b.Calls("cloudwatch:ListMetrics"))
	}
}

// Faults can be switched while the server runs.
func TestFaults(t *testing.T) {
	b := newBench(t, one())
	ask := func() error {
		_, err := b.cloudwatch().ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{})
		return err
	}
	for word, code := range map[string]string{
		"throttle": "Throttling", "expired": "ExpiredToken", "rejected": "InvalidClientTokenId",
		"denied": "AccessDenied", "denied:cloudwatch:ListMetrics": "AccessDenied",
		"html": "", "offline": "", "late": "ok", "partial": "ok", "denied:lambda:ListFunctions": "ok",
	} {
		faults, err := ParseFaults(word)
		if err != nil {
			t.Fatal(err)
		}
		b.SetFaults(faults)
		err = ask()
		switch {
		case code == "ok" && err != nil, code != "ok" && err == nil:
			t.Errorf("%s: %v", word, err)
		case code != "ok" && code != "":
			if got, _ := refusal(t, err); got != code {
				t.Errorf("%s: %s, want %s", word, got, code)
			}
		}
		b.SetFaults(Faults{})
		if err := ask(); err != nil {
			t.Errorf("after %s: %v", word, err)
		}
	}
	for _, word := range []string{"slow", "late:5", ""} {
		if _, err := ParseFaults(word); err == nil {
			t.Errorf("fault %q was accepted", word)
		}
	}
}

// What is no request of the SDK is refused and does not crash the server.
func TestStrayRequests(t *testing.T) {
	s, err := New(Config{Account: one(), Clock: &hand{now: noon}, Region: region})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{
		"/favicon.ico":                   http.StatusNotFound,
		servicePath + "GetMetricData":    http.StatusForbidden, // not signed
		servicePath + "PutMetricData":    http.StatusForbidden,
		"/2015-03-31/functions/":         http.StatusForbidden,
		"/2017-03-31/tags/arn%3Aaws%3Ax": http.StatusForbidden,
		"/":                              http.StatusForbidden,
	} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader("x")))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

func TestStartAndClose(t *testing.T) {
	s, err := New(Config{Account: one(), Clock: &hand{now: noon}, Region: region})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing what was not started: %v", err)
	}
	if _, err := s.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Start(context.Background()); err == nil {
		t.Error("started twice")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for _, bad := range []Config{{}, {Account: one()}, {Account: one(), Clock: &hand{}}} {
		if _, err := New(bad); err == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
}
