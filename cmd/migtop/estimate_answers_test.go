package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/shopspring/decimal"
)

func written(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// What the configuration and the overlay say holds in an estimate as in the live view.
func TestTheConfigurationHoldsInAnEstimate(t *testing.T) {
	isolate(t)
	config := written(t, "config.yaml", "prices: {free_tier: false, savings_plan: {term: 3y, coverage: 1}, cluster_hour: 0.25,"+
		" platform: [{name: NAT gateways, item: nat.hour, quantity: 1460}, {name: logging, month: 240}]}\n"+
		"kubernetes: {extended_support: true}\n")
	args := []string{"--region", "us-east-1", "--runs", "900000", "--duration", "400ms", "--memory", "1024MB"}
	e := estimateJSON(t, append(args, "--config", config)...)
	// 360,000 GB-s are 6.000012, less 12 %; 0.9 M requests 0.18.
	if got := e.total("lambda"); got != "5.46001056" {
		t.Errorf("Lambda: %s", got)
	}
	// 730 * 0.25; 1,460 * 0.045; 240. The configured fee is final, as in the live view.
	if got := e.Cluster.Total; got == nil || *got != "488.2" {
		t.Errorf("cluster: %v", got)
	}
	// What the command line says comes first.
	e = estimateJSON(t, append(args, "--config", config, "--free-tier=true", "--coverage", "0")...)
	if got := e.total("lambda"); got != "0" {
		t.Errorf("with the free tier: %s", got)
	}
	// A longer month has more hours of the cluster; the configuration's amounts are of 730 h.
	e = estimateJSON(t, append(args, "--config", config, "--month-hours", "744")...)
	if got := e.Cluster.Total; got == nil || !strings.HasPrefix(*got, "497.562739726027397") {
		t.Errorf("744 hours: %v", *got)
	}
	fee := written(t, "fee.yaml", "format: migtop-price-book/1\ngroup: contract\n"+
		"origins: {o: {source: contract, as_of: \"2026-10\", certainty: primary}}\n"+
		"items: {cluster.fee: USD/cluster-hour}\nsheets: [{origin: o, region: us-east-1, prices: {cluster.fee: \"0.25\"}}]\n")
	if got := estimateJSON(t, append(args, "--prices", fee)...).Cluster.Total; got == nil || *got != "182.5" {
		t.Errorf("overlay: %v", got)
	}
	if got := estimateJSON(t, args...).Cluster.Total; got == nil || *got != "73" {
		t.Errorf("without both: %v", got)
	}
	noCoverage := written(t, "plan.yaml", "prices: {savings_plan: {term: 1y}}\n")
	refused(t, "prices.savings_plan.term: a Savings Plan of 1y that covers nothing; expected coverage, the share of Lambda's compute",
		append([]string{"estimate", "--config", noCoverage}, args...)...)
}

func TestASavingsPlanAsksForItsCoverage(t *testing.T) {
	isolate(t)
	args := []string{"estimate", "--region", "us-east-1", "--runs", "10000000", "--duration", "1s", "--memory", "2048MB", "--job-runs", "0"}
	refused(t, "--savings-plan: 1y without coverage, the share of Lambda's compute that the plan covers: write --coverage 1",
		append(args, "--savings-plan", "1y")...)
	refused(t, "coverage needs savings-plan: 1y or 3y", append(args, "--coverage", "0.5")...)
	// 19.6 M GB-s at 0.0000166667, less 12 %; 9 M requests.
	if got := estimateJSON(t, append(args[1:], "--savings-plan", "1y", "--coverage", "1")...).total("lambda"); got != "289.2672416" {
		t.Errorf("got %s", got)
	}
	file := written(t, "shapes.yaml", "shapes:\n- region: us-east-1\n  runs: 3\n  duration: 1s\n  memory: 1GB\n  savings-plan: 1y\n")
	refused(t, file+":6:17: savings-plan: 1y without coverage", "estimate", "--file", file)
}

// Tiers and the free tier are those of the organization, whatever the number of its shapes.
func TestShapesOfAFileShareTiersAndFreeTier(t *testing.T) {
	isolate(t)
	for name, tc := range map[string]struct{ shape, region, want string }{
		// 1.08 M GB-s less 0.4 M, 2.7 M requests less 1 M.
		"free tier": {"runs: 900000, duration: 400ms, memory: 1024MB", "us-east-1", "11.673356"},
		// 12 G GB-s: 6 G at 0.0000166667 and 6 G at 0.000015, of which 0.4 M are free; 11,999 M requests.
		"tiers": {"runs: 4000000000, duration: 1s, memory: 1024MB", "us-east-1", "192394"},
		// Tiers count over each region: 4 G there are in the first one. The free tier is given once: 400,000 GB-s in proportion,
		// 266,666.67 of them at 0.000015 and the rest at 0.0000166667.
		"regions": {"runs: 4000000000, duration: 1s, memory: 1024MB", "eu-west-1", "199060.57777333"},
		// 75 TB of logs: 10,240 GB at 0.50, 20,480 at 0.25, 20,480 at 0.10 and 25,600 at 0.05, of which 5 GB are free.
		"logs": {"runs: 1, duration: 1ms, memory: 128MB, logs: 25TB", "us-east-1", "13567.75"},
	} {
		line := "- {region: us-east-1, " + tc.shape + ", job-runs: 0}\n"
		file := written(t, "shapes.yaml", "shapes:\n"+line+line+strings.Replace(line, "us-east-1", tc.region, 1))
		var doc struct {
			Shapes []estimated
			Sum    struct {
				Lambda struct {
					Total string `json:"total_usd"`
				}
			}
		}
		for format, read := range map[string]func([]byte, any) error{"json": json.Unmarshal, "yaml": fromYAML} {
			if err := read([]byte(ok(t, "estimate", "--file", file, "-o", format)), &doc); err != nil {
				t.Fatal(err)
			}
			var sum decimal.Decimal
			for i := range doc.Shapes {
				sum = sum.Add(decimal.RequireFromString(doc.Shapes[i].total("lambda")))
			}
			if got := doc.Sum.Lambda.Total; !strings.HasPrefix(got, tc.want) || sum.String() != got {
				t.Errorf("%s, %s: sum %s, shapes %s, want %s", name, format, got, sum, tc.want)
			}
		}
		if out := ok(t, "estimate", "--file", file, "-o", "csv"); !strings.Contains(out, "\n,,lambda,sum,,3,shapes,,"+tc.want) {
			t.Errorf("%s, csv: %s", name, out)
		}
	}
}

// fromYAML reads YAML through JSON, so that the tags of JSON hold.
func fromYAML(data []byte, into any) error {
	var v any
	if err := yaml.Unmarshal(data, &v); err != nil {
		return err
	}
	again, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return json.Unmarshal(again, into)
}

// Lambda's logs are vended logs. The 60 TB are the worked example of the CloudWatch pricing page, $12,800.
func TestLogTiers(t *testing.T) {
	isolate(t)
	for size, want := range map[string]string{
		"10TB": "5120", "25TB": "8960", "30TB": "10240", "50TB": "12288", "60TB": "12800", "1GB": "0.5",
	} {
		e := estimateJSON(t, "--region", "us-east-1", "--runs", "1", "--duration", "1s", "--memory", "128MB", "--job-runs", "0",
			"--free-tier=false", "--logs", size)
		got := decimal.RequireFromString(e.total("lambda"))
		// A second of 0.125 GB and a request are in it, too.
		if got = got.Sub(decimal.RequireFromString("0.0000022833375")); got.String() != want {
			t.Errorf("%s: %s, want %s", size, got, want)
		}
	}
}

// The tiers of the Lambda pricing page in us-east-1: 6 and 9 billion GB-seconds on x86, 7.5 and 11.25 billion on arm64, each at
// 10 % less than the one before, of what was published; the page has no worked example of them.
func TestComputeTiers(t *testing.T) {
	isolate(t)
	for name, tc := range map[string]struct{ runs, arch, want string }{
		// 6 G * 0.0000166667, 9 G * 0.000015, 5 G * 0.0000133334; 20,000 M requests.
		"x86":               {"20000000000", "x86_64", "305667.2"},
		"first tier of x86": {"6000000000", "x86_64", "101200.2"},
		// 7.5 G * 0.0000133334, 11.25 G * 0.0000120001, 1.25 G * 0.0000106667.
		"arm64": {"20000000000", "arm64", "252335"},
	} {
		e := estimateJSON(t, "--region", "us-east-1", "--runs", tc.runs, "--duration", "1s", "--memory", "1GB", "--arch", tc.arch,
			"--job-runs", "0", "--free-tier=false")
		if got := e.total("lambda"); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

// An amount has the digits of its exact value and none of a quotient that was rounded before it was multiplied.
func TestAmountsAreMultipliedBeforeTheyAreDivided(t *testing.T) {
	isolate(t)
	e := estimateJSON(t, "--region", "us-east-1", "--runs", "50000000", "--duration", "300ms", "--memory", "2048MB")
	// 50 M minutes of 2 vCPU and 4 GB: 833,333.33... h * (2*0.04048 + 4*0.004445).
	if got := e.total("ecs_fargate"); got != "82283.333333333333333333333333" {
		t.Errorf("ECS Fargate: %s", got)
	}
	// 1,000 runs of 7 min on 0.25 vCPU and 1 GB are 116.66... h: 7000/60 * (0.01012 + 0.004445) = 1.69925.
	e = estimateJSON(t, "--region", "us-east-1", "--job-runs", "1000", "--job-cpu", "250m", "--job-memory", "1GB", "--job-duration", "7m")
	if got := e.total("ecs_fargate"); got != "1.69925" {
		t.Errorf("ECS Fargate: %s", got)
	}
}
