package simcloud

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/simcloud/kubeapi"
)

func TestParseFaults(t *testing.T) {
	f, err := ParseFaults(" throttle, no-metrics,forbidden:pods ,denied:lambda:ListFunctions")
	if err != nil {
		t.Fatal(err)
	}
	want := Faults{
		AWS:   awsapi.Faults{Throttle: true, Denied: []string{"lambda:ListFunctions"}},
		Kube:  kubeapi.Faults{NoMetrics: true, Forbidden: []string{"pods"}},
		names: []string{"throttle", "no-metrics", "forbidden:pods", "denied:lambda:ListFunctions"},
	}
	if diff := cmp.Diff(want, f, cmp.AllowUnexported(Faults{})); diff != "" {
		t.Error(diff)
	}
	if f, err := ParseFaults(""); err != nil || f.String() != "" || f.AWS.Throttle {
		t.Errorf("no faults are %v, %v", f, err)
	}
	for _, name := range FaultNames() {
		if _, err := ParseFaults(name); err != nil {
			t.Errorf("%s is named and refused: %v", name, err)
		}
	}
	for _, list := range []string{"thrtle", "no-metrics:x", "forbidden:", "kube-offline,late:5"} {
		_, err := ParseFaults(list)
		if err == nil {
			t.Errorf("%q is taken", list)
		}
	}
	_, err = ParseFaults("thrtle")
	if err == nil || !strings.Contains(err.Error(), `"thrtle"`) || !strings.Contains(err.Error(), "kube-offline, no-metrics, forbidden") {
		t.Errorf("the error is %v", err)
	}
}

func FuzzParseFaults(f *testing.F) {
	f.Add("throttle,late")
	f.Add("forbidden:,denied:::")
	f.Fuzz(func(t *testing.T, list string) {
		faults, err := ParseFaults(list)
		if err != nil {
			return
		}
		again, err := ParseFaults(faults.String())
		if diff := cmp.Diff(faults, again, cmp.AllowUnexported(Faults{}), cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("%q and %q are not the same faults: %v\n%s", list, faults, err, diff)
		}
	})
}

func TestAliases(t *testing.T) {
	c := startCloud(t, Options{Seed: 1})
	if diff := cmp.Diff(map[string]string{"umbrella-corp": "umbrella"}, c.Aliases()); diff != "" {
		t.Error(diff)
	}
}

// Faults come and go while it runs, each on its own side.
func TestSetFaults(t *testing.T) {
	c := startCloud(t, Options{Seed: 1})
	k := kubeClient(t, c.RESTConfig())
	lambdas := lambda.NewFromConfig(awsConfig(c), func(o *lambda.Options) { o.RetryMaxAttempts = 1 })
	aws := func() error {
		_, err := lambdas.ListFunctions(t.Context(), &lambda.ListFunctionsInput{})
		return err
	}
	nodes := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err := k.CoreV1().Nodes().List(ctx, metav1.ListOptions{Limit: 1})
		return err
	}
	for _, tt := range []struct {
		faults    string
		aws, kube bool // works
	}{
		{"", true, true},
		{"expired", false, true},
		{"throttle", false, true},
		{"offline", false, true},
		{"kube-offline", true, false},
		{"forbidden", true, false},
		{"no-metrics,late,partial", true, true},
		{"", true, true},
	} {
		f, err := ParseFaults(tt.faults)
		if err != nil {
			t.Fatal(err)
		}
		c.SetFaults(f)
		if err := aws(); (err == nil) != tt.aws {
			t.Errorf("with %q AWS answers %v", tt.faults, err)
		}
		if err := nodes(); (err == nil) != tt.kube {
			t.Errorf("with %q the cluster answers %v", tt.faults, err)
		}
	}
}
