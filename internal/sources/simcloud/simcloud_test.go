package simcloud

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"go.uber.org/goleak"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	metricsclient "k8s.io/metrics/pkg/client/clientset/versioned"

	"github.com/migtop/migtop/internal/sources/simcloud/world"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// startCloud runs a simulation whose clock stands still at the epoch.
func startCloud(t testing.TB, o Options) *Cloud {
	t.Helper()
	c, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return c
}

func awsConfig(c *Cloud) aws.Config {
	id, secret := c.Credentials()
	return aws.Config{
		Region:       c.Region(),
		BaseEndpoint: aws.String(c.AWSEndpoint()),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}, nil
		}),
		RetryMaxAttempts: 1,
	}
}

// functions lists all functions through the SDK.
func functions(t testing.TB, c *Cloud) []string {
	t.Helper()
	var names []string
	pages := lambda.NewListFunctionsPaginator(lambda.NewFromConfig(awsConfig(c)), &lambda.ListFunctionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range page.Functions {
			names = append(names, aws.ToString(f.FunctionName))
		}
	}
	return names
}

// statistic asks CloudWatch for one statistic of one metric of many functions,
// and returns its sum over the window per function.
func statistic(t testing.TB, c *Cloud, names []string, metric, stat string, from, to time.Time, period int32) map[string]float64 {
	t.Helper()
	in := &cloudwatch.GetMetricDataInput{StartTime: &from, EndTime: &to}
	for i, name := range names {
		in.MetricDataQueries = append(in.MetricDataQueries, types.MetricDataQuery{
			Id:    aws.String("m" + string(rune('a'+i/26)) + string(rune('a'+i%26))),
			Label: aws.String(name),
			MetricStat: &types.MetricStat{
				Metric: &types.Metric{
					Namespace: aws.String("AWS/Lambda"), MetricName: &metric,
					Dimensions: []types.Dimension{{Name: aws.String("FunctionName"), Value: aws.String(name)}},
				},
				Period: &period, Stat: &stat,
			},
		})
	}
	sums := make(map[string]float64)
	pages := cloudwatch.NewGetMetricDataPaginator(cloudwatch.NewFromConfig(awsConfig(c)), in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.MetricDataResults {
			for _, v := range r.Values {
				sums[aws.ToString(r.Label)] += v
			}
		}
	}
	return sums
}

func TestCloudWatchCountsWhatHappened(t *testing.T) {
	c := startCloud(t, Options{Seed: 1})
	names := functions(t, c)
	if len(names) < 50 {
		t.Fatalf("%d functions, want at least 50", len(names))
	}
	epoch := c.World().Epoch()
	// A window in which everything has arrived: Timeout + 3 min before the epoch.
	from, to := epoch.Add(-26*time.Hour).Truncate(time.Hour), epoch.Add(-time.Hour).Truncate(time.Hour)
	sums := statistic(t, c, names, "Invocations", "Sum", from, to, 3600)
	seen := 0
	for _, s := range c.World().Streams() {
		want := c.World().Count(s.Tenant, s.Workload, from, to).Lambda
		name := s.Tenant + "-" + s.Workload + "-prod"
		if got := sums[name]; got != float64(want) {
			t.Errorf("CloudWatch counts %v invocations of %s, the world %d", got, name, want)
		}
		if want > 0 {
			seen++
		}
	}
	if seen < 20 {
		t.Errorf("only %d workloads ran on Lambda", seen)
	}
}

func TestClusterAnswersClientGo(t *testing.T) {
	c := startCloud(t, Options{Seed: 1})
	config := c.RESTConfig()
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	k, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	m, err := metricsclient.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	pods, err := k.CoreV1().Pods("").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("pods %d in %v", len(pods.Items), time.Since(start))
	start = time.Now()
	jobs, err := k.BatchV1().Jobs("").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("jobs %d in %v", len(jobs.Items), time.Since(start))
	start = time.Now()
	pm, err := m.MetricsV1beta1().PodMetricses("").List(t.Context(), metav1.ListOptions{LabelSelector: "tenant=umbrella-corp"})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("metrics %d in %v", len(pm.Items), time.Since(start))
	v, err := k.Discovery().ServerVersion()
	t.Log(v, err)
	g, rs, err := k.Discovery().ServerGroupsAndResources()
	t.Log(len(g), len(rs), err)
	_ = world.Region
	t.Logf("%+v", pm.Items[0])
}
