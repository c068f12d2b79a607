package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/estimate"
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
	Cluster struct {
		Total *string `json:"total_usd"`
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
			// A quantity that is a quotient is printed with 18 places, and the amount is not calculated from that.
			if quantity.Mul(rate).Sub(amount).Abs().GreaterThan(decimal.New(1, -16)) {
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
	// EKS: 25 h * (0.04048 + 3 * 0.004445) + 10 GB * 25 h * 0.000111.
	// ECS: the same with 2 GB.
	for platform, want := range map[string]string{"lambda": "2.733338", "eks_fargate": "1.373125", "ecs_fargate": "1.262"} {
		if got := e.total(platform); got != want {
			t.Errorf("%s: %s, want %s", platform, got, want)
		}
	}
	// Nodes: 25 h * 1000/3920 * 0.192 = 1.224489795918367..., and 30 GB for 25 of
	// 730 h at 0.08 = 0.082191780821917...
	if got := e.total("nodes"); !strings.HasPrefix(got, "1.306681576740285") {
		t.Errorf("nodes: %s", got)
	}
	// 150 Jobs do the work of 3 M invocations. One more of those costs 0.18 * 0.0000166667 + 0.0000002, and their Jobs
	// 1.373125/3,000,000. The cluster, and what the free tier saves: (73 + 6.66668 + 0.2) / 0.000002742297667 / 30.4375.
	if even := e.BreakEven["eks_fargate"].RunsPerDay; len(e.BreakEven) != 3 || even == nil || !strings.HasPrefix(*even, "956846.02") {
		t.Errorf("break-even: %+v", e.BreakEven)
	}
}

// The worked examples of AWS's pricing pages (July 2026; the second one is from 2020), all in us-east-1, through the
// command. Exact is calculated by hand. The page sums rounded parts, so its printed result may differ by a cent.
func TestPublishedExamples(t *testing.T) {
	isolate(t)
	for name, tc := range map[string]struct {
		commands         []string // their totals are summed: parts with shapes of their own
		platform         string
		exact, published string
	}{
		// 540,000 GB-s less 400,000 are 2.333338; 2 M requests 0.40.
		"Lambda, mobile backend": {[]string{"--runs 3000000 --duration 120ms --memory 1536MB"}, "lambda", "2.733338", "2.73"},
		// 512 MB are 0.5 GB: 1.1 M GB-s at 0.0000166667 are 18.33337; 0.40. The
		// page of 2020 has the rate as 0.00001667.
		"Lambda, 512 MB": {[]string{"--runs 3000000 --duration 1s --memory 0.5GB"}, "lambda", "18.73337", "18.74"},
		// 14.88 M GB-s are 248.000496; 7.44 M requests 1.488.
		"Lambda, telemetry": {[]string{"--runs 7440000 --duration 2s --memory 1GB --free-tier=false"}, "lambda", "249.488496", "249.49"},
		// 6,320,000 GB-s are 105.333544; 5 M requests 1; 1.5 GB of storage for
		// 1,680,000 s 0.077868.
		"Lambda, ephemeral storage": {
			[]string{"--runs 6000000 --duration 280ms --memory 4096MB --ephemeral 2048MB"},
			"lambda", "106.411412",
			"106.41",
		},
		// 8 h of 150 GB are 18.000144, 75,000 GB-s on it 0.729165, 0.5 M requests 0.10; outside of it 50,000 GB-s 0.833335 and
		// 1.5 M requests 0.30.
		"Lambda, mobile launch": {[]string{
			"--runs 500000 --duration 100ms --memory 1536MB --provisioned 100 --provisioned-hours 8",
			"--runs 2500000 --duration 120ms --memory 1536MB",
		}, "lambda", "19.962644", "19.96"},
		// 24 h of 28 GB are 10.08008064; 2.24 M GB-s on it 21.777728; 0.40.
		"Lambda, Cyber Monday": {
			[]string{"--runs 2000000 --duration 280ms --memory 4096MB --provisioned 7 --provisioned-hours 24"},
			"lambda",
			"32.25780864", "32.26",
		},
		// As the telemetry; 744 h of 1 GB kept are 4.02992064, and 74,400
		// restores of 1 GB 10.40110512.
		"Lambda, SnapStart": {[]string{"--runs 7440000 --duration 2s --memory 1GB --free-tier=false --snapstart-hours 744 " +
			"--snapstart-restores 74400"}, "lambda", "263.91952176", "263.92"},
		// 30 M GB-s are 500.001; requests 6; 8,000 hours of a poller 74.
		"Lambda, pollers of SQS": {
			[]string{"--runs 30000000 --duration 1s --memory 1GB --free-tier=false --sqs-pollers 10 --poller-hours 800"},
			"lambda", "580.001", "580.00",
		},
		// 20 M GB-s are 333.334; requests 2; 200,000 environments of 1 GB 33.3334. The
		// page prints 368.74, with 0.000167 in place of the price list's 0.000166667.
		"Lambda, tenant isolation": {
			[]string{"--runs 10000000 --duration 2s --memory 1GB --free-tier=false --tenants-created 200000"},
			"lambda",
			"368.6674", "368.67",
		},
		// Each claim is two invocations of 32 s together: 31.6 M GB-s on arm64
		// are 421.33544; 1 M requests 0.20; 4 M operations 32; 104 GB written 26,
		// 72.8 GB-months kept 10.92 (and a part of a byte).
		"Lambda, durable functions": {[]string{
			"--runs 2000000 --duration 16s --memory 1GB --arch arm64 --durable-operations 4000000 --durable-written 104GB --durable-retained 72.8GB",
		}, "lambda", "490.455440000111758708953857421875", "490.46"},
		// 9 of 10 minutes on 4 vCPU and 8 GB: 598.19904 and 158.40144; one on
		// 16 and 32: 265.86624 and 70.40064; 20,000 GB read 31, 2 GB kept 0.16.
		"Lambda MicroVMs, jobs": {[]string{
			"--runs 10000 --duration 9m --memory 8GB --arch arm64 --microvm-vcpu 4 --microvm-read 20000GB --microvm-kept 2GB",
			"--runs 10000 --duration 1m --memory 32GB --arch arm64 --microvm-vcpu 16",
		}, "lambda_microvms", "1124.02736", "1124.03"},
		// 25 h of 0.04048 and of 2 GB at 0.004445; 250 GB-hours 0.02775.
		"Fargate, x86": {
			[]string{"--job-runs 150 --job-cpu 1 --job-memory 2GB --job-duration 600s --job-storage 30GB"},
			"ecs_fargate", "1.262",
			"1.26",
		},
		// The same of 0.03238 and 0.00356.
		"Fargate, Arm": {
			[]string{"--job-runs 150 --job-cpu 1 --job-memory 2GB --job-duration 600s --job-storage 30GB --job-arch arm64"},
			"ecs_fargate", "1.01525", "1.02",
		},
		// 300 h of 0.25 vCPU and 1 GB are 3.036 and 1.3335: what the page gives
		// a pod is its size, which has 256 MiB more than its request.
		"Fargate, pods of EKS": {[]string{"--job-runs 300 --job-cpu 250m --job-memory 768Mi --job-duration 1h"}, "eks_fargate", "4.3695", "4.37"},
	} {
		var sum decimal.Decimal
		for _, command := range tc.commands {
			e := estimateJSON(t, append([]string{"--region", "us-east-1"}, strings.Fields(command)...)...)
			total, err := decimal.NewFromString(e.total(tc.platform))
			if err != nil {
				t.Fatalf("%s: %s is %s", name, tc.platform, e.total(tc.platform))
			}
			sum = sum.Add(total)
		}
		if sum.String() != tc.exact {
			t.Errorf("%s: %s, want %s", name, sum, tc.exact)
		}
		if off := sum.Sub(decimal.RequireFromString(tc.published)).Abs(); off.GreaterThanOrEqual(decimal.New(1, -2)) {
			t.Errorf("%s: %s, AWS prints %s", name, sum, tc.published)
		}
	}
}

// The mobile launch as one shape: the free tier applies to runs outside of provisioned concurrency only.
func TestFreeTierWithProvisionedConcurrency(t *testing.T) {
	isolate(t)
	e := estimateJSON(t, "--region", "us-east-1", "--runs", "3000000", "--duration", "120ms", "--memory", "1536MB",
		"--provisioned", "100", "--provisioned-hours", "8", "--provisioned-runs", "500000", "--job-runs", "0")
	// 18.000144; 90,000 GB-s on it 0.874998; 450,000 less 400,000 GB-s 0.833335;
	// 3 M requests less 1 M of the 2.5 M outside of it 0.40.
	if got := e.total("lambda"); got != "20.108477" {
		t.Errorf("got %s", got)
	}
	e = estimateJSON(t, "--region", "us-east-1", "--runs", "1200000", "--duration", "120ms", "--memory", "1536MB",
		"--provisioned", "100", "--provisioned-hours", "8", "--provisioned-runs", "500000", "--job-runs", "0")
	// 0.7 M runs outside of it: 126,000 GB-s and their requests are all free.
	if got := e.total("lambda"); got != "18.975142" {
		t.Errorf("got %s", got)
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
	if len(doc.Shapes) != 2 || doc.Shapes[0].total("lambda") != "2.733338" || doc.Shapes[1].total("ecs_fargate") != "0.2839" ||
		doc.Shapes[1].Name != "b" {
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
		{"--node-type m6i.giant", `--node-type: instance type "m6i.giant" is unknown; known of this family: m6i.12xlarge`},
		{"--managed-type q1 --managed-hours 1", `--managed-type: instance type "q1" is unknown; known families: a1`},
		{"--provisioned 5", "provisioned needs provisioned-hours"},
		{"-o toml", `unknown output format "toml" (use one of table, json, yaml, csv)`},
		{"--prices /none/prices.yaml", "read the price file: open /none/prices.yaml"},
		{"surplus", "takes no arguments"},
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

func TestEveryPropertyIsDocumented(t *testing.T) {
	data, err := os.ReadFile("../../docs/estimate.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range estimate.Fields() {
		if !strings.Contains(string(data), "`"+f.Name+"`") {
			t.Errorf("docs/estimate.md does not tell of %s", f.Name)
		}
	}
}
