package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
)

// estimated is what programs read of migtop estimate -o json.
type estimated struct {
	Name      string
	Region    string
	Platforms map[string]struct {
		Total *string `json:"total_usd"`
		Lines []struct {
			Item     string
			Quantity string
			Unit     string
			Rate     string `json:"rate_usd"`
			Amount   string `json:"amount_usd"`
			AsOf     string `json:"price_as_of"`
		}
	}
	BreakEven map[string]struct {
		RunsPerDay *string `json:"runs_per_day"`
	} `json:"break_even"`
}

func (e *estimated) total(platform string) string {
	p, ok := e.Platforms[platform]
	switch {
	case !ok:
		return "absent"
	case p.Total == nil:
		return "unknown"
	}
	return *p.Total
}

func estimateJSON(t *testing.T, args ...string) *estimated {
	t.Helper()
	var e estimated
	if err := json.Unmarshal([]byte(ok(t, append([]string{"estimate", "-o", "json"}, args...)...)), &e); err != nil {
		t.Fatal(err)
	}
	for name, p := range e.Platforms {
		if p.Total == nil {
			continue
		}
		var sum decimal.Decimal
		for _, l := range p.Lines {
			quantity, rate, amount := decimal.RequireFromString(l.Quantity), decimal.RequireFromString(l.Rate), decimal.RequireFromString(l.Amount)
			if !quantity.Mul(rate).Equal(amount) {
				t.Errorf("%s, %s: %s * %s is not %s", name, l.Item, quantity, rate, amount)
			}
			sum = sum.Add(amount)
		}
		if !sum.Equal(decimal.RequireFromString(*p.Total)) {
			t.Errorf("%s: lines sum to %s, total %s", name, sum, *p.Total)
		}
	}
	return &e
}

// The whole command line as users type it, every flag once.
func TestEstimate(t *testing.T) {
	isolate(t)
	e := estimateJSON(
		t, "--region", "us-east-1", "--runs", "3000000", "--duration", "120ms", "--memory", "1536MB", "--arch", "x86_64",
		"--ephemeral", "512MB", "--free-tier=true", "--job-runs", "150", "--job-cpu", "1", "--job-memory", "2Gi", "--job-duration", "10m",
		"--job-storage", "30Gi", "--job-arch", "x86_64", "--node-type", "m6i.xlarge", "--spot", "0",
	)
	// Lambda: 140,000 GB-s * 0.0000166667 = 2.333338 and 2 M requests = 0.40.
	// EKS: 25 h * (0.04048 + 3 * 0.004445) + 10 GB * 90,000 s * 0.0000000308.
	// ECS: the same with 2 GB.
	for platform, want := range map[string]string{"lambda": "2.733338", "eks_fargate": "1.373095", "ecs_fargate": "1.26197"} {
		if got := e.total(platform); got != want {
			t.Errorf("%s: %s, want %s", platform, got, want)
		}
	}
	// Nodes: 25 h * 1000/3920 * 0.192 = 1.224489795918367..., and 30 GB for 25 of
	// 730 h at 0.08 = 0.082191780821917...
	if got := e.total("nodes"); !strings.HasPrefix(got, "1.306681576740285") {
		t.Errorf("nodes: %s", got)
	}
	if len(e.BreakEven) != 3 || e.BreakEven["eks_fargate"].RunsPerDay != nil {
		t.Errorf("break-even: %+v", e.BreakEven)
	}
}

// The worked examples of AWS's pricing pages, through the command. The exact value
// stands beside what the page prints.
func TestPublishedExamples(t *testing.T) {
	isolate(t)
	for name, tc := range map[string]struct{ args, platform, exact, published string }{
		// Lambda pricing, "mobile application backend": 540,000 GB-s, less
		// 400,000: $2.33; 2 M requests: $0.40.
		"mobile backend": {"--runs 3000000 --duration 120ms --memory 1536MB", "lambda", "2.733338", "2.73"},
		// "Processing large data": 512 MB is 0.5 GB, not 0.512:
		// 1.5 M GB-s less 0.4 M at 0.0000166667, and $0.40.
		"half a gigabyte": {"--runs 3000000 --duration 1s --memory 512MB", "lambda", "18.73337", "18.73"},
		"0.5 GB is it":    {"--runs 3000000 --duration 1s --memory 0.5GB", "lambda", "18.73337", "18.73"},
		// "Provisioned concurrency": $30 + $11.67 + $0.24, no free tier.
		"provisioned": {"--runs 1200000 --duration 1s --memory 1024MB --provisioned 1000 --provisioned-hours 2", "lambda", "41.90688", "41.91"},
		// "Ephemeral storage" (page of 2022): 1.5 M runs of 120 s of 5 GB of
		// memory and 10,240 MB of storage; storage: 1.5 M * 120 s * 9.5 GB =
		// 1,710,000,000 GB-s * 0.0000000309 = 52.839; compute 900,000,000 less
		// 400,000 GB-s: 14,993.36332; requests 0.10.
		"storage": {"--runs 1500000 --duration 120s --memory 5120MB --ephemeral 10240MB", "lambda", "15046.30232", "15046.30"},
		// Fargate pricing: 1 vCPU, 2 GB, 10 min on each of 30 days:
		// 5 h * (0.04048 + 2 * 0.004445).
		"Fargate task": {"--job-runs 30 --job-cpu 1 --job-memory 2GB --job-duration 10m", "ecs_fargate", "0.24685", "0.25"},
	} {
		e := estimateJSON(t, append([]string{"--region", "us-east-1"}, strings.Fields(tc.args)...)...)
		got := e.total(tc.platform)
		if got != tc.exact {
			t.Errorf("%s: %s, want %s", name, got, tc.exact)
			continue
		}
		if cents := decimal.RequireFromString(got).StringFixed(2); cents != tc.published {
			t.Errorf("%s: prints %s, AWS %s", name, cents, tc.published)
		}
	}
}

func TestEitherSideMayBeAbsent(t *testing.T) {
	isolate(t)
	e := estimateJSON(t, "--region", "us-east-1", "--job-runs", "150", "--job-cpu", "1", "--job-memory", "2Gi", "--job-duration", "10m")
	if e.total("lambda") != "absent" || e.total("eks_fargate") != "1.345375" || e.BreakEven != nil {
		t.Errorf("Jobs alone: %+v", e)
	}
	e = estimateJSON(t, "--region", "us-east-1", "--runs", "1000", "--duration", "1s", "--memory", "128MB", "--job-runs", "0")
	if e.total("lambda") != "0" || len(e.Platforms) != 1 || e.BreakEven != nil {
		t.Errorf("Lambda alone: %+v", e)
	}
	// What is not said of Jobs is as on Lambda: 1,000 min of 0.25 vCPU, 0.5 GB.
	e = estimateJSON(t, "--region", "us-east-1", "--runs", "1000", "--duration", "1s", "--memory", "128MB")
	if got := e.total("eks_fargate"); got != "0.20570833333333333" && !strings.HasPrefix(got, "0.2057083333333333") {
		t.Errorf("as on Lambda: %s", got)
	}
}

func TestEstimateFile(t *testing.T) {
	isolate(t)
	file := filepath.Join(t.TempDir(), "shapes.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("shapes:\n- {name: a, region: us-east-1, runs: 3000000, duration: 120ms, memory: 1536MB, job-runs: 0}\n" +
		"- name: b\n  region: eu-central-1\n  job-runs: 30\n  job-cpu: 1\n  job-memory: 2GB\n  job-duration: 600s\n")
	var doc struct{ Shapes []estimated }
	if err := json.Unmarshal([]byte(ok(t, "estimate", "--file", file, "-o", "json")), &doc); err != nil {
		t.Fatal(err)
	}
	// 5 h * (0.04656 + 2 * 0.00511) = 0.2839 in Frankfurt.
	if len(doc.Shapes) != 2 || doc.Shapes[0].total("lambda") != "2.733338" || doc.Shapes[1].total("ecs_fargate") != "0.2839" || doc.Shapes[1].Name != "b" {
		t.Errorf("%+v", doc)
	}
	if out := ok(t, "estimate", "--file", file); !strings.Contains(out, "a, us-east-1: ") || !strings.Contains(out, "\nb, eu-central-1: ") {
		t.Errorf("table:\n%s", out)
	}
	if out := ok(t, "estimate", "--file", file, "-o", "csv"); !strings.Contains(out, "\na,us-east-1,lambda,total,,,,,2.733338,,,\n") {
		t.Errorf("csv:\n%s", out)
	}
	refused(t, "--file and --runs do not go together", "estimate", "--file", file, "--runs", "1")
	refused(t, "no such file", "estimate", "--file", file+".none")
	write("shapes:\n- region: us-east-1\n  runs: -3\n")
	refused(t, file+":3:9: runs: want a whole number from 0 to 1000000000000, got", "estimate", "--file", file)
	write("shapes:\n- region: us-west-9\n  runs: 3\n  duration: 1s\n  memory: 1GB\n")
	refused(t, file+`:2:11: region: region "us-west-9" is unknown; known: af-south-1`, "estimate", "--file", file)
}

func TestEstimateSaysWhatIsWrong(t *testing.T) {
	isolate(t)
	base := []string{"estimate", "--region", "us-east-1", "--runs", "10", "--duration", "1s", "--memory", "1GB"}
	for _, tc := range []struct{ args, want string }{
		{"--runs -5", `--runs: want a whole number from 0 to 1000000000000, got "-5"`},
		{"--runs 1e99", "--runs: want a whole number"},
		{"--runs 99999999999999999999", "--runs: want a whole number"},
		{"--duration 0s", `--duration: want a duration such as 120ms, 3s or 10m, at most a year, got "0s"`},
		{"--duration 120", "--duration: want a duration"},
		{"--memory 512M", `--memory: want a size with its unit, such as 512MB or 2Gi, got "512M"`},
		{"--memory 64MB", "--memory: want 128 MB or more"},
		{"--memory -1GB", "--memory: want a size"},
		{"--memory 99999999999TB", "is more than there is"},
		{"--arch arm", `--arch: want x86_64 or arm64, got "arm"`},
		{"--spot 1.5", `--spot: want a share from 0 to 1, got "1.5"`},
		{"--free-tier=perhaps", "--free-tier: want true or false"},
		{"--region us-east-9", `--region: region "us-east-9" is unknown; known: af-south-1, ap-east-1,`},
		{"--region Ireland", "a region code such as eu-west-1"},
		{"--node-type m6i.giant", `--node-type: instance type "m6i.giant" is unknown; known of this family: m6i.2xlarge`},
		{"--managed-type q1 --managed-hours 1", `--managed-type: instance type "q1" is unknown; known families: c5`},
		{"--provisioned 5", "provisioned needs provisioned-hours"},
		{"-o yaml", `unknown output format "yaml" (use one of table, json, csv)`},
		{"--prices /none/prices.yaml", "read the price file: open /none/prices.yaml"},
		{"surplus", "unknown command"},
	} {
		refused(t, tc.want, append(append([]string{}, base...), strings.Fields(tc.args)...)...)
	}
	refused(t, "region is missing", "estimate", "--runs", "1", "--duration", "1s", "--memory", "1GB")
	refused(t, "runs is missing", "estimate", "--region", "us-east-1")
	refused(t, "runs on Lambda need duration and memory", "estimate", "--region", "us-east-1", "--runs", "5")
}

// A region that was not typed as a flag is not blamed on one.
func TestTheRegionOfTheEnvironment(t *testing.T) {
	isolate(t)
	args := []string{"estimate", "--runs", "10", "--duration", "1s", "--memory", "1GB", "--job-runs", "0"}
	t.Setenv("AWS_REGION", "eu-central-1")
	if e := estimateJSON(t, args[1:]...); e.Region != "eu-central-1" {
		t.Errorf("region %q", e.Region)
	}
	t.Setenv("AWS_REGION", "eu-central-9")
	if r := migtop(t, args...); r.code != exitUsage || !strings.HasPrefix(r.failure.Error(), "region: region") {
		t.Errorf("%v", r.failure)
	}
}

func TestAnOverlayHoldsInAnEstimate(t *testing.T) {
	isolate(t)
	file := filepath.Join(t.TempDir(), "contract.yaml")
	text := "format: migtop-price-book/1\ngroup: contract\norigins: {o: {source: contract, as_of: \"2026-10\", certainty: primary}}\n" +
		"items: {discount.fargate: fraction}\nsheets: [{origin: o, region: everywhere, prices: {discount.fargate: \"0.5\"}}]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"--region", "us-east-1", "--job-runs", "30", "--job-cpu", "1", "--job-memory", "2GB", "--job-duration", "10m"}
	if got := estimateJSON(t, append(args, "--prices", file)...).total("ecs_fargate"); got != "0.123425" {
		t.Errorf("half of 0.24685 is %s", got)
	}
	t.Setenv("MIGTOP_PRICES_OVERLAY", file)
	if got := estimateJSON(t, args...).total("ecs_fargate"); got != "0.123425" {
		t.Errorf("from the environment: %s", got)
	}
	for mistake, want := range map[string]string{
		`{discount.fargate: 0.5}`:   file + ":5:69: want the price of discount.fargate as a quoted decimal",
		`{discount.fargate: "1.5"}`: "discount.fargate is a fraction: want 0 to 1",
		`{eks.cluster: "1"}`:        "eks.cluster has no unit: name it under items",
	} {
		wrong := strings.Replace(text, `{discount.fargate: "0.5"}`, mistake, 1)
		if err := os.WriteFile(file, []byte(wrong), 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, want, append([]string{"estimate"}, args...)...)
	}
}
