package lambda

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

// A check asks every kind of question once and says what it found, in any
// partition.
func TestCheck(t *testing.T) {
	clock := awsaccesstest.NewHand(epoch)
	server, err := awsapi.New(awsapi.Config{Account: newFleet(1), Clock: clock, Region: "cn-north-1", Partition: "aws-cn"})
	if err != nil {
		t.Fatal(err)
	}
	url, err := server.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}()
	opts := awsaccesstest.Options(url)
	opts.Region = "cn-north-1"
	config, err := awsaccess.LoadConfig(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	defer config.Close()
	got := [][2]string{}
	for _, f := range config.Check(t.Context(), nil, Questions(epoch)...) {
		if f.Problem != nil {
			t.Errorf("%s: %v", f.Name, f.Problem)
		}
		got = append(got, [2]string{f.Name, f.Detail})
	}
	want := [][2]string{
		{"credentials", "from static credentials"},
		{"region", "cn-north-1"},
		{"identity", "arn:aws-cn:sts::123456789012:assumed-role/migration/engineer"},
		{"cloudwatch:GetMetricData", "permitted"},
		{"cloudwatch:ListMetrics", "permitted"},
		{"lambda:ListFunctions", "permitted"},
		{"clock", "within 30s of AWS's"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if billed := server.Billed(); billed.Low != 1 || billed.High != 1 {
		t.Errorf("a check is billed %+v, want one metric", billed)
	}
}

// A clock that is off is noticed by the Date of an answer.
func TestCheckNoticesSkew(t *testing.T) {
	_, url := awsaccesstest.Serve(t, newFleet(1), awsaccesstest.NewHand(epoch))
	config, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options(url))
	if err != nil {
		t.Fatal(err)
	}
	defer config.Close()
	for off, want := range map[time.Duration]string{
		10 * time.Minute: "this machine's clock is 10m", -2 * time.Minute: "this machine's clock is ",
	} {
		findings := config.Check(t.Context(), awsaccesstest.NewHand(time.Now().Truncate(time.Second).Add(off)))
		last := findings[len(findings)-1]
		if last.Problem == nil || last.Problem.Fault != migration.FaultConfig {
			t.Fatalf("off by %v: %+v", off, last)
		}
		// Seconds pass between the answer and the look at the clock.
		if got := last.Problem.What; !strings.HasPrefix(got, want) {
			t.Errorf("what = %q, want %q", got, want)
		}
	}
}

// The policy is valid JSON, allows exactly what is asked, and names no partition.
func TestPolicy(t *testing.T) {
	var got struct {
		Version   string
		Statement []struct {
			Effect, Resource string
			Action           []string
		}
	}
	if err := json.Unmarshal([]byte(awsaccess.Policy(Actions...)), &got); err != nil {
		t.Fatal(err)
	}
	if got.Version != "2012-10-17" || len(got.Statement) != 1 || got.Statement[0].Effect != "Allow" || got.Statement[0].Resource != "*" ||
		!slices.Equal(got.Statement[0].Action, Actions) {
		t.Errorf("policy = %s", awsaccess.Policy(Actions...))
	}
}
