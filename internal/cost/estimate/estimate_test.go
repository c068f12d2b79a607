package estimate

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

var november = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

// shape reads "name=value" properties.
func shape(t testing.TB, properties ...string) Shape {
	t.Helper()
	s := New()
	for _, p := range properties {
		name, value, _ := strings.Cut(p, "=")
		found := false
		for _, f := range Fields() {
			if f.Name == name {
				found = true
				if err := f.Set(&s, value); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !found {
			t.Fatalf("no property %q", name)
		}
	}
	return s
}

func estimated(t testing.TB, properties ...string) Result {
	t.Helper()
	s := shape(t, properties...)
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	return Estimate(cost.New(prices.Default(), cost.Options{}), s, november)
}

func total(p *Platform) string {
	if p == nil {
		return "absent"
	}
	u, ok := p.Total.Get()
	if !ok {
		return "- " + p.Problem
	}
	return u.String()
}

func quantities(p *Platform) string {
	var out []string
	for _, l := range p.Lines {
		out = append(out, l.Item+" "+l.Quantity.String()+" "+l.Unit+" x "+l.Rate.String()+" = "+l.Amount.String())
	}
	return strings.Join(out, "\n")
}

// The examples that AWS publishes on its Lambda pricing page, recomputed. What the
// page prints is next to each.
func TestPublishedLambdaExamples(t *testing.T) {
	for name, tc := range map[string]struct {
		properties []string
		lines      string
		total      string
		published  string
		places     int32
	}{
		// 3 M * 0.12 s * 1.5 GB = 540,000 GB-s, of which 140,000 are billed:
		// 2.333338; 2 M requests: 0.40. AWS prints $2.33 + $0.40 = $2.73.
		"mobile backend": {
			[]string{"region=us-east-1", "runs=3000000", "duration=120ms", "memory=1536MB"},
			"compute 540000 GB-second x 0.0000166667 = 9.000018\n" +
				"free tier: compute -400000 GB-second x 0.0000166667 = -6.66668\n" +
				"requests 3 million-requests x 0.2 = 0.6\n" +
				"free tier: requests -1 million-requests x 0.2 = -0.2",
			"2.733338", "2.73", 2,
		},
		// 3 M * 1 s * 0.5 GB = 1,500,000 GB-s, 1,100,000 billed: 18.33337, and
		// 0.40. AWS prints $18.74: its page of 2020 rounds the rate to
		// $0.00001667 and so gets $18.34 of compute.
		"512 MB, one second": {
			[]string{"region=us-east-1", "runs=3000000", "duration=1s", "memory=512MB"}, "", "18.73337", "18.7", 1,
		},
		// 30 M * 0.2 s * 0.125 GB = 750,000 GB-s, 350,000 billed: 5.833345;
		// 29 M requests: 5.80. AWS prints $5.83 + $5.80 = $11.63.
		"128 MB, 30 million": {
			[]string{"region=us-east-1", "runs=30000000", "duration=200ms", "memory=128MB"}, "", "11.633345", "11.63", 2,
		},
		// 1,000 * 7,200 s * 1 GB = 7.2 M GB-s idle: 30.00024; 1.2 M GB-s run:
		// 11.66664; 1.2 M requests without a free tier: 0.24. AWS prints
		// $30 + $11.67 + $0.24 = $41.91.
		"provisioned concurrency": {
			[]string{"region=us-east-1", "runs=1200000", "duration=1s", "memory=1024MB", "provisioned=1000", "provisioned-hours=2"},
			"provisioned concurrency 7200000 GB-second x 0.0000041667 = 30.00024\n" +
				"compute on provisioned concurrency 1200000 GB-second x 0.0000097222 = 11.66664\n" +
				"requests 1.2 million-requests x 0.2 = 0.24",
			"41.90688", "41.91", 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := estimated(t, append(tc.properties, "job-runs=0")...)
			if got := total(r.Platforms.Lambda); got != tc.total {
				t.Errorf("total %s, want %s", got, tc.total)
			}
			if u, _ := r.Platforms.Lambda.Total.Get(); u.Fixed(tc.places) != tc.published {
				t.Errorf("prints %s, AWS prints %s", u.Fixed(tc.places), tc.published)
			}
			if got := quantities(r.Platforms.Lambda); tc.lines != "" && got != tc.lines {
				t.Errorf("lines:\n%s\nwant:\n%s", got, tc.lines)
			}
			if r.Platforms.EKSFargate != nil || r.BreakEven != nil || r.Cluster != nil {
				t.Error("a side without runs")
			}
		})
	}
}

func TestLambdaLines(t *testing.T) {
	base := []string{"region=us-east-1", "runs=1000000", "duration=1s", "memory=1024MB", "free-tier=false", "job-runs=0"}
	for name, tc := range map[string]struct {
		more []string
		line string // one of them
	}{
		// 300 KB are 256 KB and one started 64 KB: two requests each.
		"payload":    {[]string{"payload=300KB"}, "requests 2 million-requests x 0.2 = 0.4"},
		"to a KB":    {[]string{"payload=320KB"}, "requests 2 million-requests x 0.2 = 0.4"},
		"over a KB":  {[]string{"payload=321KB"}, "requests 3 million-requests x 0.2 = 0.6"},
		"small":      {[]string{"payload=256KB"}, "requests 1 million-requests x 0.2 = 0.2"},
		"rounded up": {[]string{"duration=1000001us"}, "compute 1001000 GB-second x 0.0000166667 = 16.6833667"},
		// 10,240 - 512 MB = 9.5 GB for 1 M seconds.
		"ephemeral": {[]string{"ephemeral=10240MB"}, "ephemeral storage over 512 MB 9500000 GB-second x 0.0000000309 = 0.29355"},
		"arm64":     {[]string{"arch=arm64"}, "compute 1000000 GB-second x 0.0000133334 = 13.3334"},
		// 61 minutes are 65: 10 * 3,900 s.
		"five minutes": {
			[]string{"provisioned=10", "provisioned-hours=1.01666666"},
			"provisioned concurrency 39000 GB-second x 0.0000041667 = 0.1625013",
		},
		"beyond it": {[]string{"provisioned=10", "provisioned-hours=1"}, "compute 964000 GB-second x 0.0000166667 = 16.0666988"},
		"served": {
			[]string{"provisioned=10", "provisioned-hours=1"},
			"compute on provisioned concurrency 36000 GB-second x 0.0000097222 = 0.3499992",
		},
		"arm64 on standby": {
			[]string{"arch=arm64", "provisioned=10", "provisioned-hours=1"},
			"provisioned concurrency 36000 GB-second x 0.0000033334 = 0.1200024",
		},
		// A snapshot kept for 1 h is billed for 3: 10,800 s of 1 GB.
		"SnapStart": {
			[]string{"snapstart-hours=1", "snapstart-restores=1000"},
			"SnapStart cache 10800 GB-second x 0.0000015046 = 0.01624968",
		},
		"restores":       {[]string{"snapstart-hours=1", "snapstart-restores=1000"}, "SnapStart restores 1000 GB x 0.0001397998 = 0.1397998"},
		"streaming":      {[]string{"stream=1030MB", "runs=1000"}, "response streaming 1000 GB x 0.008 = 8"},
		"SQS pollers":    {[]string{"sqs-pollers=2", "poller-hours=730"}, "SQS pollers 1460 unit-hour x 0.00925 = 13.505"},
		"Kafka pollers":  {[]string{"kafka-pollers=1", "poller-hours=730"}, "Kafka pollers 730 unit-hour x 0.185 = 135.05"},
		"isolation":      {[]string{"tenants-created=5000"}, "tenant isolation 5000 GB-created x 0.000166667 = 0.833335"},
		"durable":        {[]string{"durable-operations=2500000"}, "durable operations 2.5 million-operations x 8 = 20"},
		"durable data":   {[]string{"durable-written=2GB"}, "durable data written 2 GB x 0.25 = 0.5"},
		"durable months": {[]string{"durable-retained=2GB"}, "durable data retained 2 GB-month x 0.15 = 0.3"},
		"logs":           {[]string{"logs=12GB"}, "logs ingested 12 GB x 0.5 = 6"},
		// 40 % of 16.6667 at 17 % off.
		"Savings Plan": {
			[]string{"savings-plan=3y", "coverage=0.4"},
			"Compute Savings Plan, 3y -6.66668 USD of compute x 0.12 = -0.8000016",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := estimated(t, append(append([]string{}, base...), tc.more...)...)
			if got := quantities(r.Platforms.Lambda); !strings.Contains("\n"+got+"\n", "\n"+tc.line+"\n") {
				t.Errorf("no line %s among\n%s", tc.line, got)
			}
		})
	}
}

func TestLambdaVariants(t *testing.T) {
	base := []string{"region=us-east-1", "runs=1000000", "duration=100ms", "memory=2GB", "arch=arm64", "job-runs=0"}
	with := func(more ...string) Platforms {
		return estimated(t, append(append([]string{}, base...), more...)...).Platforms
	}
	// 2 instances for 730 h at 0.1632, 15 % of that, and a million requests.
	p := with("managed-type=m7g.xlarge", "managed-hours=1460")
	if got, want := quantities(p.Managed), "m7g.xlarge 1460 instance-hour x 0.1632 = 238.272\n"+
		"management fee of 15 % 1460 instance-hour x 0.02448 = 35.7408\nrequests 1 million-requests x 0.2 = 0.2"; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if p.MicroVMs != nil || p.Lambda == nil {
		t.Error("a platform without runs, or Lambda missing")
	}
	// 100,000 s of 2 vCPU and 2 GB.
	p = with("microvm-vcpu=2", "microvm-written=10GB", "microvm-read=100GB", "microvm-kept=10GB")
	if got, want := quantities(p.MicroVMs), "vCPU 200000 vCPU-second x 0.0000276944 = 5.53888\n"+
		"memory 200000 GB-second x 0.0000036667 = 0.73334\nsnapshots written 10 GB x 0.0038 = 0.038\n"+
		"snapshots read 100 GB x 0.00155 = 0.155\nsnapshots kept 10 GB-month x 0.08 = 0.8"; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got := total(with("microvm-vcpu=2", "arch=x86_64").MicroVMs); got != "- Lambda MicroVMs are arm64" {
		t.Errorf("x86_64: %s", got)
	}
	if got := total(with("managed-type=x9.huge", "managed-hours=1").Managed); !strings.HasPrefix(got,
		"- the price book does not know ec2.on_demand.x9.huge") {
		t.Errorf("unknown type: %s", got)
	}
}

// What no function has has no price there, and its work cannot stay on Lambda.
func TestWhatNoFunctionHas(t *testing.T) {
	for more, want := range map[string]string{
		"ephemeral=11GB": "a function has at most 10240 MB of ephemeral storage, not 11264",
		"payload=1025KB": "an asynchronous event has at most 1024 KB, not 1025",
		"memory=11GB":    "a function has at most 10240 MB, not 11264",
		"duration=16m":   "a run of 16m0s is no Lambda invocation: those end at 15m0s",
	} {
		r := estimated(t, "region=us-east-1", "runs=10", "duration=1s", "memory=1GB", "job-cpu=1", more)
		if got := total(r.Platforms.Lambda); got != "- "+want {
			t.Errorf("%s: %s", more, got)
		}
		if v := r.BreakEven.Nodes.Verdict; v.Decision != migration.CannotStay || v.Reason != want {
			t.Errorf("%s: %+v", more, v)
		}
	}
	for _, more := range []string{"ephemeral=10240MB", "payload=1MB"} {
		if r := estimated(t, "region=us-east-1", "runs=10", "duration=1s", "memory=1GB", more); !r.Platforms.Lambda.Total.Known() {
			t.Errorf("%s: %s", more, r.Platforms.Lambda.Problem)
		}
	}
}

func TestTheFreeTierComesOffTheLastTier(t *testing.T) {
	// 6,000,100,000 GB-s: 100,000 in the second tier; the free 400,000 are
	// those 100,000 at 0.000015 and 300,000 at 0.0000166667.
	r := estimated(t, "region=us-east-1", "runs=6000100000", "duration=1s", "memory=1GB", "job-runs=0")
	got := quantities(r.Platforms.Lambda)
	for _, want := range []string{
		"compute at $0.0000166667 6000000000 GB-second", "compute at $0.000015 100000 GB-second",
		"free tier: compute at $0.0000166667 -300000 GB-second", "free tier: compute at $0.000015 -100000 GB-second",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

func TestJobs(t *testing.T) {
	r := estimated(t, "region=us-east-1", "job-runs=150", "job-cpu=1", "job-memory=2Gi", "job-duration=10m", "job-storage=30Gi",
		"job-arch=x86_64", "node-type=m6i.xlarge", "spot=0")
	// 150 * 600 s = 90,000 s = 25 h. 2 GiB and 256 MiB make 3 GB.
	if got, want := quantities(r.Platforms.EKSFargate),
		"vCPU 25 vCPU-hour x 0.04048 = 1.012\nmemory 75 GB-hour x 0.004445 = 0.333375\n"+
			"storage over 20 GB 250 GB-hour x 0.000111 = 0.02775"; got != want {
		t.Errorf("EKS Fargate:\n%s\nwant:\n%s", got, want)
	}
	if got := total(r.Platforms.EKSFargate); got != "1.373125" {
		t.Errorf("EKS Fargate: %s", got)
	}
	// 2 GB of 25 h: 50 * 0.004445 = 0.22225.
	if got := total(r.Platforms.ECSFargate); got != "1.262" {
		t.Errorf("ECS Fargate: %s", got)
	}
	// 1,000 of 3,920 millicores dominate: 25 h * 1000/3920 node-hours, 30 GB for
	// 25 of 730 h.
	if got, want := quantities(r.Platforms.Nodes),
		"m6i.xlarge 6.377551020408163265 node-hour x 0.192 = 1.224489795918367346938776\n"+
			"gp3 storage 1.027397260273972603 GB-month x 0.08 = 0.082191780821917808219178"; got != want {
		t.Errorf("nodes:\n%s\nwant:\n%s", got, want)
	}
	if got := total(r.Cluster); got != "73" {
		t.Errorf("cluster: %s", got)
	}
	if r.Platforms.Lambda != nil || r.BreakEven != nil {
		t.Error("a side without runs")
	}
	if r.Prices.Certainty != "primary" || r.Prices.AsOf != "2026-07-20" || r.Prices.AgeDays != 55 || len(r.Prices.Unknown) != 0 {
		t.Errorf("prices: %+v", r.Prices)
	}
}

// AWS Fargate pricing page: 1 task of 1 vCPU and 2 GB for 10 minutes on 30 days, at
// $0.000011244 a vCPU-second and $0.000001235 a GB-second, which are 0.04048 and
// 0.004445 an hour rounded. 5 h: 5 * 0.04048 + 10 * 0.004445 = 0.24685.
func TestPublishedFargateExample(t *testing.T) {
	r := estimated(t, "region=us-east-1", "job-runs=30", "job-cpu=1", "job-memory=2GB", "job-duration=600s")
	if got := total(r.Platforms.ECSFargate); got != "0.24685" {
		t.Errorf("got %s", got)
	}
	for hourly, published := range map[string]string{"0.04048": "0.000011244", "0.004445": "0.000001235"} {
		if got := decimal.RequireFromString(hourly).DivRound(decimal.New(3600, 0), 9).String(); got != published {
			t.Errorf("%s an hour is %s a second, AWS prints %s", hourly, got, published)
		}
	}
}

func TestJobVariants(t *testing.T) {
	job := []string{"job-runs=3600", "job-cpu=1", "job-memory=8Gi", "job-duration=1s"}
	for name, tc := range map[string]struct {
		more            []string
		eks, ecs, nodes string
	}{
		// A second is billed as a minute: 60 h. EKS falls to 2 vCPU / 9 GB:
		// 60*(0.08096+0.040005) = 7.2579; ECS stays at 1/8: 60*(0.04048+0.03556).
		// Node-hours: 1 h * 8192/14162 = 0.57844937..., at 0.192 each.
		"cliff": {[]string{"region=us-east-1"}, "7.2579", "4.5624", "0.1110622"},
		"arm64": {[]string{"region=us-east-1", "job-arch=arm64"}, "- EKS Fargate has no arm64", "3.6516", "0.0947978"},
		// Nodes there: half at 0.306 and half 65 % below it, 0.20655 * 8192/14162.
		// São Paulo knows Spot: half of 60 h at 0.0696+8*0.0076 = 0.1304 and half
		// at 0.02337032+8*0.00255193 = 0.04378576.
		// EKS: 60*(2*0.0696 + 9*0.0076) = 12.456.
		"ECS Spot": {[]string{"region=sa-east-1", "spot=0.5"}, "12.456", "5.2255728", "0.1194787"},
		"no ECS Spot price": {
			// EKS: 60*(2*0.04656 + 9*0.00511) = 8.3466.
			[]string{"region=eu-central-1", "spot=0.5"},
			"8.3466", "- region eu-central-1 has no price of fargate.spot.vcpu.x86_64",
			// Half at 0.23, half at the upper end 0.1037: 0.16685 * 8192/14162.
			"0.0965142",
		},
		"another type": {[]string{"region=us-east-1", "node-type=t3.xlarge"}, "7.2579", "4.5624", "0.0962539"},
		"wrong arch": {
			[]string{"region=us-east-1", "node-type=m7g.xlarge"},
			"7.2579", "4.5624",
			"- m7g.xlarge is arm64, and the Job wants x86_64",
		},
		"unknown type": {
			[]string{"region=us-east-1", "node-type=x9.huge"},
			"7.2579", "4.5624",
			"- cannot price a run on x9.huge: the node's CPU and memory are unknown",
		},
		"unknown region": {
			[]string{"region=eu-north-9"},
			"- region eu-north-9 has no price of fargate.vcpu.x86_64",
			"- region eu-north-9", "- region eu-north-9 has no price of ec2.on_demand.m6i.xlarge",
		},
		// ECS alone has 32 vCPU / 244 GB: 60*(1.29536 + 1.08458).
		"too large": {
			[]string{"region=us-east-1", "job-memory=121GiB", "node-type=r5.8xlarge"},
			"- no Fargate size has 1 vCPU and 121.25 GB", "142.7964", "1.0427313",
		},
		"storage": {
			[]string{"region=us-east-1", "job-storage=180GiB"},
			"- a pod on EKS Fargate has at most 175 GB of storage, not 180", "5.628", "",
		},
		// 0.12 * 0.192 = 0.02304 on 1 h * 8192/14162.
		"Auto Mode": {[]string{"region=us-east-1", "auto-mode=true"}, "7.2579", "4.5624", "0.1243897"},
	} {
		t.Run(name, func(t *testing.T) {
			p := estimated(t, append(append([]string{}, job...), tc.more...)...).Platforms
			for _, side := range []struct{ what, got, want string }{
				{"EKS Fargate", total(p.EKSFargate), tc.eks}, {"ECS Fargate", total(p.ECSFargate), tc.ecs}, {"nodes", total(p.Nodes), tc.nodes},
			} {
				if !strings.HasPrefix(side.got, side.want) {
					t.Errorf("%s: %s, want %s", side.what, side.got, side.want)
				}
			}
		})
	}
}

// AWS publishes the hourly fee of Auto Mode for some types; the rule of 12 % rounded
// to five places gives the same.
func TestAutoModeFees(t *testing.T) {
	for typ, want := range map[string]string{"t4g.medium": "0.00403", "m7g.large": "0.00979", "m7i.large": "0.0121", "m6i.large": "0.01152"} {
		arch := "x86_64"
		if strings.Contains(typ, "g.") {
			arch = "arm64"
		}
		r := estimated(t, "region=us-east-1", "job-runs=1", "job-cpu=1", "job-memory=1GiB", "job-duration=1h", "job-arch="+arch,
			"node-type="+typ, "auto-mode=true")
		if l := r.Platforms.Nodes.Lines[1]; l.Item != "EKS Auto Mode" || l.Rate.String() != want {
			t.Errorf("%s: %s at %s, want %s", typ, l.Item, l.Rate, want)
		}
	}
	if r := estimated(t, "region=us-east-1", "job-runs=1", "job-cpu=1", "job-memory=1GiB", "job-duration=1h",
		"extended-support=true"); total(r.Cluster) != "438" { // 730 * 0.60
		t.Errorf("extended support: %s", total(r.Cluster))
	}
}

func TestJobDefaultsFollowLambda(t *testing.T) {
	s := shape(t, "region=us-east-1", "runs=1000", "duration=3s", "memory=1769MB", "arch=arm64").Completed()
	if s.Job.Runs.Or(0) != 1000 || s.Job.CPU != migration.Core || s.Job.Memory != 1769*migration.MiB || s.Job.Duration != 3*time.Second ||
		s.Job.Arch != migration.Arm64 || s.Job.NodeType != "m7g.xlarge" {
		t.Errorf("%+v", s.Job)
	}
}

func TestJSON(t *testing.T) {
	b, err := json.Marshal(estimated(t, "region=us-east-1", "runs=3000000", "duration=120ms", "memory=1536MB"))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Platforms map[string]struct {
			Total string `json:"total_usd"`
			Lines []struct {
				Item     string `json:"item"`
				Quantity string `json:"quantity"`
				Unit     string `json:"unit"`
				Rate     string `json:"rate_usd"`
				Amount   string `json:"amount_usd"`
				AsOf     string `json:"price_as_of"`
			} `json:"lines"`
		} `json:"platforms"`
		BreakEven map[string]struct {
			Runs    *string `json:"runs_per_day"`
			Verdict struct {
				Word string `json:"word"`
			} `json:"verdict"`
		} `json:"break_even"`
	}
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	l := got.Platforms["lambda"]
	if l.Total != "2.733338" || l.Lines[0].Rate != "0.0000166667" || l.Lines[0].Quantity != "540000" || l.Lines[0].AsOf != "2026-07" {
		t.Errorf("%+v", l)
	}
	if len(got.Platforms) != 4 || len(got.BreakEven) != 3 || got.BreakEven["eks_fargate"].Verdict.Word != "stay" ||
		got.BreakEven["eks_fargate"].Runs != nil {
		t.Errorf("%s", b)
	}
}
