package awsapi

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// aliased is an account of one function that is called by its name, by an alias that
// shares its calls out between two versions, and by a version.
func aliased() *Fixed {
	account := one()
	account.List[0].Detail = &Detail{
		Versions: 3, Aliases: []Alias{{Name: "live", Version: "2", Shares: map[string]float64{"3": 0.1}}},
		Published: map[string]Published{"3": {MemoryMB: 4096, Arch: "arm64", Timeout: 70 * time.Second, EphemeralMB: 2048}},
	}
	at := noon.Add(-30 * time.Minute)
	account.Log = map[string][]Invocation{"f": {
		{Start: at, Duration: time.Second},
		{Start: at, Duration: 2 * time.Second, Alias: "live", Version: "2", Weight: 9},
		{Start: at, Duration: 3 * time.Second, Alias: "live", Version: "3"},
	}}
	return account
}

// What an alias did is there under its own dimensions, and under those of the versions
// behind it; dimensions that CloudWatch does not combine tell nothing.
func TestMetricsOfAliases(t *testing.T) {
	b := newBench(t, aliased())
	for _, tt := range []struct {
		name string
		dims []string
		want float64 // 0: no datapoint
	}{
		{"function", []string{"FunctionName", "f"}, 11},
		{"unqualified", []string{"FunctionName", "f", "Resource", "f"}, 1},
		{"alias", []string{"Resource", "f:live", "FunctionName", "f"}, 10},
		{"alias, version", []string{"FunctionName", "f", "Resource", "f:live", "ExecutedVersion", "2"}, 9},
		{"alias, the other version", []string{"FunctionName", "f", "Resource", "f:live", "ExecutedVersion", "3"}, 1},
		{"a version that did not run", []string{"FunctionName", "f", "Resource", "f:live", "ExecutedVersion", "1"}, 0},
		{"another alias", []string{"FunctionName", "f", "Resource", "f:dev"}, 0},
		{"another function's", []string{"FunctionName", "f", "Resource", "g:live"}, 0},
		{"version without alias", []string{"FunctionName", "f", "Resource", "f", "ExecutedVersion", "$LATEST"}, 0},
		{"version alone", []string{"FunctionName", "f", "ExecutedVersion", "2"}, 0},
	} {
		q := ask("q", "Invocations", "Sum", 60)
		q.MetricStat.Metric.Dimensions = nil
		for i := 0; i < len(tt.dims); i += 2 {
			q.MetricStat.Metric.Dimensions = append(q.MetricStat.Metric.Dimensions, cwtypes.Dimension{Name: &tt.dims[i], Value: &tt.dims[i+1]})
		}
		out, err := b.cloudwatch().GetMetricData(t.Context(), input(noon.Add(-time.Hour), noon, q))
		if err != nil {
			t.Fatal(err)
		}
		got := 0.0
		for _, v := range out.MetricDataResults[0].Values {
			got += v
		}
		if got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	sets := map[string]bool{}
	for pages := cloudwatch.NewListMetricsPaginator(b.cloudwatch(), &cloudwatch.ListMetricsInput{
		Namespace: aws.String("AWS/Lambda"), MetricName: aws.String("Invocations"),
		Dimensions: []cwtypes.DimensionFilter{{Name: aws.String("FunctionName")}},
	}); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.Metrics {
			set := ""
			for _, d := range m.Dimensions {
				set += *d.Name + "=" + *d.Value + " "
			}
			if sets[set] {
				t.Errorf("%s is listed twice", set)
			}
			sets[set] = true
		}
	}
	for _, set := range []string{
		"FunctionName=f ", "FunctionName=f Resource=f ", "FunctionName=f Resource=f:live ",
		"FunctionName=f Resource=f:live ExecutedVersion=2 ", "FunctionName=f Resource=f:live ExecutedVersion=3 ",
	} {
		if !sets[set] || len(sets) != 5 {
			t.Errorf("%q is not among the %d that are listed", set, len(sets))
		}
	}
}

// A version is set up as it was published.
func TestPublishedVersions(t *testing.T) {
	b := newBench(t, aliased())
	client := lambda.NewFromConfig(b.aws)
	for qualifier, want := range map[string]struct {
		version string
		memory  int32
	}{"": {"$LATEST", 256}, "2": {"2", 256}, "3": {"3", 4096}, "live": {"2", 256}} {
		in := &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("f")}
		if qualifier != "" {
			in.Qualifier = &qualifier
		}
		c, err := client.GetFunctionConfiguration(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if *c.Version != want.version || *c.MemorySize != want.memory {
			t.Errorf("%q: version %s with %d MB, want %+v", qualifier, *c.Version, *c.MemorySize, want)
		}
		if own := qualifier == "3"; own != (c.Architectures[0] == "arm64") || own != (*c.EphemeralStorage.Size == 2048) ||
			own != (*c.Timeout == 70) {
			t.Errorf("%q: %+v", qualifier, c)
		}
	}
	b.SetFaults(Faults{Throttled: []string{"lambda:ListAliases"}})
	if _, err := client.ListAliases(t.Context(), &lambda.ListAliasesInput{FunctionName: aws.String("f")}); err == nil {
		t.Error("ListAliases answers")
	} else if code, _ := refusal(t, err); code != "TooManyRequestsException" {
		t.Errorf("code %s", code)
	}
	if _, err := client.GetFunctionConfiguration(t.Context(),
		&lambda.GetFunctionConfigurationInput{FunctionName: aws.String("f")}); err != nil {
		t.Errorf("GetFunctionConfiguration: %v", err)
	}
}
