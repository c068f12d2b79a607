package simcloud

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
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

// awsConfig leaves the SDK's retries on: it closes the body of a request as soon
// as the answer begins, and on a busy machine the connection may fall to that.
func awsConfig(c *Cloud) aws.Config {
	id, secret := c.Credentials()
	return aws.Config{
		Region:       c.Region(),
		BaseEndpoint: aws.String(c.AWSEndpoint()),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}, nil
		}),
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
	wanted := make(map[string]int)
	for _, s := range c.World().Streams() {
		if s.Function != "" {
			wanted[s.Function] += c.World().Count(s.Tenant, s.Workload, from, to).Lambda
		}
	}
	for name, want := range wanted {
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

// The two sides tell of the same tenants at the same time.
func TestBothSidesTellOneStory(t *testing.T) {
	c := startCloud(t, Options{Seed: 1})
	k := kubeClient(t, c.RESTConfig())
	jobs, err := k.BatchV1().Jobs("").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	epoch := c.World().Epoch()
	from := epoch.Add(-20 * time.Hour)
	created := make(map[string]int)
	for i := range jobs.Items {
		j := &jobs.Items[i]
		if !j.CreationTimestamp.Time.Before(from) {
			created[j.Labels["tenant"]+"/"+j.Labels["workload"]]++
		}
	}
	compared := 0
	for _, s := range c.World().Streams() {
		if s.Label == "" || s.Label == "silverlake" { // its CronJob deletes Jobs earlier
			continue
		}
		want := c.World().Count(s.Tenant, s.Workload, from, epoch).Jobs
		if got := created[s.Label+"/"+s.Workload]; got != want {
			t.Errorf("%s/%s: the API server shows %d Jobs, the world made %d", s.Label, s.Workload, got, want)
		}
		compared += want
	}
	if compared < 4000 {
		t.Errorf("only %d Jobs in 20 hours", compared)
	}
}

func kubeClient(t testing.TB, config *rest.Config) *kubernetes.Clientset {
	t.Helper()
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.QPS = -1
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(httpClient.CloseIdleConnections)
	k, err := kubernetes.NewForConfigAndClient(config, httpClient)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// The kubeconfig on disk reaches the cluster, and nobody else may read it.
func TestKubeconfig(t *testing.T) {
	c := startCloud(t, Options{Seed: 3})
	path, err := c.WriteKubeconfig(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, %v", info.Mode(), err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		t.Fatal(err)
	}
	v, err := kubeClient(t, config).Discovery().ServerVersion()
	if err != nil || !strings.Contains(v.GitVersion, "-eks-") {
		t.Errorf("version %v, %v", v, err)
	}
	if _, err := c.WriteKubeconfig("/nowhere"); err == nil || !strings.Contains(err.Error(), "cannot write the kubeconfig") {
		t.Errorf("a directory that is not there gives %v", err)
	}
}

// The whole of what can be read is the same for the same seed: two runs, two
// ports, one story.
func TestSameSeedSameAnswers(t *testing.T) {
	one, two, other := startCloud(t, Options{Seed: 5}), startCloud(t, Options{Seed: 5}), startCloud(t, Options{Seed: 6})
	read := func(c *Cloud) string {
		names := functions(t, c)
		epoch := c.World().Epoch()
		out := fmt.Sprint(names)
		for _, metric := range [][2]string{{"Invocations", "Sum"}, {"Errors", "Sum"}, {"Duration", "p95"}, {"ConcurrentExecutions", "Maximum"}} {
			out += fmt.Sprint(statistic(t, c, names, metric[0], metric[1], epoch.Add(-6*time.Hour), epoch, 300))
		}
		jobs, err := kubeClient(t, c.RESTConfig()).BatchV1().Jobs("").List(t.Context(), metav1.ListOptions{LabelSelector: "tenant=garnet"})
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(jobs)
		if err != nil {
			t.Fatal(err)
		}
		return out + string(b)
	}
	a, b, d := read(one), read(two), read(other)
	if a != b {
		t.Errorf("the same seed gives two answers:\n%s", cmp.Diff(a, b))
	}
	if a == d {
		t.Error("another seed gives the same answers")
	}
}

// At a speed the simulation moves, and both sides move together.
func TestTimeGoesOn(t *testing.T) {
	c := startCloud(t, Options{Seed: 1, Speed: 3600})
	k := kubeClient(t, c.RESTConfig())
	w, err := k.BatchV1().Jobs("").Watch(t.Context(), metav1.ListOptions{ResourceVersion: "", LabelSelector: "tenant=umbrella-corp"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	epoch := c.World().Epoch()
	timeout := time.After(30 * time.Second)
	for finished := 0; finished < 5; {
		select {
		case e, ok := <-w.ResultChan():
			if !ok {
				t.Fatal("the watch ended")
			}
			j, ok := e.Object.(*batchv1.Job)
			if !ok {
				t.Fatalf("got %T", e.Object)
			}
			if done := j.Status.CompletionTime; done != nil && done.After(epoch) {
				finished++
			}
		case <-timeout:
			t.Fatalf("no Jobs ended until %v", c.Clock().Now())
		}
	}
	now := c.Clock().Now()
	sums := statistic(t, c, []string{"ironbark-ml-score-prod"}, "Invocations", "Sum", epoch, now, 60)
	if now.Sub(epoch) > 10*time.Minute && sums["ironbark-ml-score-prod"] == 0 {
		t.Errorf("nothing ran on Lambda between %v and %v", epoch, now)
	}
}
