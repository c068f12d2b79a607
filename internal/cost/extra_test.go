package cost

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// What Lambda charges other than compute and requests. Amounts are recomputed by hand.
func TestLambdaBillsMoreThanCompute(t *testing.T) {
	gbs := func(n int64) migration.MBMillis { return migration.MBMillis(n * 1_024_000) }
	for name, tc := range map[string]struct {
		in   migration.LambdaUsage
		want string
	}{
		// 1,000 GB-s stood there: * 0.0000041667 = 0.0041667; 400 GB-s of them ran:
		// * 0.0000097222 = 0.00388888; 600 GB-s on demand: * 0.0000166667 = 0.01000002.
		"provisioned concurrency": {
			migration.LambdaUsage{Billed: gbs(1000), OnProvisioned: gbs(400), Provisioned: gbs(1000)},
			"0.0180556",
		},
		// 9,728 MB over 512 MB for 60 s are 9.5 * 60 = 570 GB-s: * 0.0000000309 = 0.000017613.
		"ephemeral storage": {migration.LambdaUsage{Ephemeral: gbs(570)}, "0.000017613"},
		// 3 GB of logs: * 0.50 = 1.50.
		"logs": {migration.LambdaUsage{Logs: 3 * migration.GiB}, "1.5"},
	} {
		t.Run(name, func(t *testing.T) {
			p := pricer(t)
			tc.in.Place = virginia
			one, err := p.Lambda(tc.in)
			if err != nil {
				t.Fatal(err)
			}
			l := p.Ledger()
			a := l.Usage()
			a.AddLambda(&tc.in)
			b := l.Close(time.Hour)
			for what, got := range map[string]migration.Opt[migration.USD]{
				"alone": migration.Some(one.Amount), "in the bill": b.Lambda(a).Value, "saved by leaving": b.Leaving(a).Value,
			} {
				if u, ok := got.Get(); !ok || !u.Decimal().Sub(decimal.RequireFromString(tc.want)).Abs().LessThan(tolerance) {
					t.Errorf("%s: got %s (known %t), want %s", what, u, ok, tc.want)
				}
			}
		})
	}
}

// Tokyo's provisioned arm64 rates are in no book: that is named, and no zero.
func TestWhatIsNotInTheBookIsNamed(t *testing.T) {
	_, err := pricer(t).Lambda(migration.LambdaUsage{
		Place: migration.RegionArch{Region: "ap-northeast-1", Arch: migration.Arm64}, Provisioned: 1,
	})
	if err == nil || !strings.Contains(err.Error(), "lambda.provisioned.idle.arm64") {
		t.Fatalf("got %v", err)
	}
}

// pool = tiered(...) * (1 - coverage*discount): 60 % of 12 % off is 7.2 %.
// 1,000,000 GB-s * 0.0000166667 = 16.6667; * 0.928 = 15.4666976; requests stay 0.20.
func TestASavingsPlanLowersComputeAlone(t *testing.T) {
	p := New(pricer(t).Book(), Options{Plan: SavingsPlanCoverage{Term: "1y", Coverage: decimal.New(6, -1)}})
	l := p.Ledger()
	a := l.Usage()
	a.AddLambda(&migration.LambdaUsage{Place: virginia, Requests: 1e6, Billed: mbms(1e6, time.Second, 1024)})
	b := l.Close(0)
	if got := b.Lambda(a); got.Value.Or(migration.USD{}).String() != "15.6666976" {
		t.Errorf("got %+v, want 15.6666976", got)
	}
	if got := b.Leaving(a); got.Value.Or(migration.USD{}).String() != "15.6666976" {
		t.Errorf("leaving saves %+v, want as much", got.Value)
	}
	if note := b.Lambda(a).Evidence.Note; !strings.Contains(note, "60 % of compute") {
		t.Errorf("the evidence says %q", note)
	}
	p = New(pricer(t).Book(), Options{Plan: SavingsPlanCoverage{Term: "9y", Coverage: one}})
	l = p.Ledger()
	a = l.Usage()
	a.AddLambda(&migration.LambdaUsage{Place: virginia, Billed: 1})
	if got := l.Close(0).Lambda(a); got.Value.Known() || !strings.Contains(got.Evidence.Note, "savings_plan.compute.lambda.9y") {
		t.Errorf("an unknown term gives %+v", got)
	}
}

// Provisioned compute is not in the tiers: 7e9 GB-s of which 2e9 ran on provisioned
// concurrency stay in the first tier of 6e9.
func TestProvisionedComputeIsNotTiered(t *testing.T) {
	l := pricer(t).Ledger()
	a := l.Usage()
	a.AddLambda(&migration.LambdaUsage{Place: virginia, Billed: 7e9 * 1_024_000, OnProvisioned: 2e9 * 1_024_000})
	// 5e9 * 0.0000166667 = 83,333.5; 2e9 * 0.0000097222 = 19,444.4.
	if got := l.Close(0).Lambda(a).Value.Or(migration.USD{}); got.String() != "102777.9" {
		t.Errorf("got %s, want 102777.9", got)
	}
}

// An ECS task is as large as its own size, arm64 and Spot exist, and Spot without a
// price is unknown.
func TestTasksOnFargate(t *testing.T) {
	task := func(region string, arch migration.Arch, spot bool) migration.ResourceUsage {
		return migration.ResourceUsage{
			Host: migration.Host{
				Kind: migration.HostECSFargate, Place: migration.RegionArch{Region: region, Arch: arch}, Spot: spot,
				RequestCPU: migration.Core, RequestMemory: 2 * migration.GiB,
			},
			PodSeconds: 3600,
		}
	}
	for name, tc := range map[string]struct {
		held migration.ResourceUsage
		want string
	}{
		"x86":  {task("us-east-1", migration.X86, false), "0.04937"},                                     // 0.04048 + 2*0.004445
		"arm":  {task("us-east-1", migration.Arm64, false), "0.0395"},                                    // 0.03238 + 2*0.00356
		"spot": {task("sa-east-1", migration.X86, true), "0.02847418"},                                   // 0.02337032 + 2*0.00255193
		"EKS":  {task("us-east-1", migration.X86, false), "0.04937"},                                     // 2 GiB and no 256 MiB on top
		"min":  {shortTask(task("us-east-1", migration.X86, false)), "0.000822833333333333333333333333"}, // 3 s pay 60
	} {
		t.Run(name, func(t *testing.T) {
			got, err := pricer(t).Pods(tc.held)
			if err != nil {
				t.Fatal(err)
			}
			if got.Amount.String() != tc.want {
				t.Errorf("got %s, want %s", got.Amount, tc.want)
			}
		})
	}
	_, err := pricer(t).Pods(task("eu-north-1", migration.X86, true))
	if _, ok := errors.AsType[*prices.UnknownError](err); !ok {
		t.Errorf("Spot without a price: got %v, want an unknown price", err)
	}
}

func shortTask(h migration.ResourceUsage) migration.ResourceUsage {
	h.PodSeconds, h.ShortOfMinute = 3, 57
	return h
}

// EKS Auto Mode is 12 % of on demand rounded to five places, on Spot too. The published
// samples: m6i.large 0.01152, m7i.large 0.01210 (0.1008 * 0.12 = 0.012096).
func TestAutoModeCostsTheSameOnSpot(t *testing.T) {
	for _, tc := range []struct {
		instance string
		spot     bool
		want     string
	}{
		{"m6i.large", false, "0.01152"},
		{"m6i.large", true, "0.01152"},
		{"m7i.large", false, "0.0121"},
		{"m7g.large", false, "0.00979"},
	} {
		l := pricer(t).Ledger()
		h := ec2(tc.instance, "us-east-1")
		h.Spot, h.AutoMode = tc.spot, true
		l.Nodes(&migration.NodeTime{Host: h, NodeSeconds: 3600})
		b := l.Close(time.Hour)
		if got := partOf(b, PartAutoMode); got.Value.Or(migration.USD{}).String() != tc.want {
			t.Errorf("%s, Spot %t: got %+v, want %s", tc.instance, tc.spot, got, tc.want)
		}
	}
}

func partOf(b *Bill, name string) (f migration.Figure[migration.USD]) {
	for _, p := range b.PlatformParts() {
		if p.Name == name {
			f = p.Cost
		}
	}
	return f
}

// A NAT gateway of the price book for a whole month, 730 h * 0.045 = 32.85, is 0.045 in
// an hour; $73 of logs a month are $0.10.
func TestWhatIsStatedBelongsToThePlatform(t *testing.T) {
	l := pricer(t).Ledger()
	l.Stated(Stated{Name: "NAT gateway", Item: "nat.hour", Region: "us-east-1", Quantity: decimal.New(730, 0), Seconds: 3600})
	l.Stated(Stated{Name: "logs", Month: migration.Some(migration.Dollars(decimal.New(73, 0))), Seconds: 3600})
	l.Stated(Stated{Name: "moon", Item: "moon.hour", Region: "us-east-1", Quantity: one, Seconds: 3600})
	b := l.Close(time.Hour)
	for name, want := range map[string]string{"NAT gateway": "0.045", "logs": "0.1"} {
		if got := partOf(b, name); got.Value.Or(migration.USD{}).String() != want {
			t.Errorf("%s: got %+v, want %s", name, got, want)
		}
	}
	if got := partOf(b, "moon"); got.Value.Known() || !strings.Contains(got.Evidence.Note, "moon.hour") {
		t.Errorf("without a price: %+v", got)
	}
	if b.Platform().Value.Known() {
		t.Error("a platform with an unknown part is known")
	}
}

// A pod for which a node was made carries the node from its creation to the pod's end;
// one that found room carries nothing.
func TestMarginalIsWhatThePoolGrewBy(t *testing.T) {
	l := pricer(t).Ledger()
	first, second := l.Usage(), l.Usage()
	h := ec2("m6i.xlarge", "us-east-1")
	first.AddUsage(&migration.ResourceUsage{Host: h, PodSeconds: 600, CPU: 600_000, Memory: 1, AddedNodeSeconds: 700})
	second.AddUsage(&migration.ResourceUsage{Host: h, PodSeconds: 600, CPU: 600_000, Memory: 1})
	l.Nodes(&migration.NodeTime{Host: h, NodeSeconds: 3600})
	b := l.Close(time.Hour)
	// 700 s of 0.192 an hour.
	if got := b.Marginal(first).Value.Or(migration.USD{}); got.String() != "0.037333333333333333333333333333" {
		t.Errorf("the first: got %s", got)
	}
	if got := b.Marginal(second).Value; !got.Known() || got.Or(migration.USD{}).Sign() != 0 {
		t.Errorf("the second: got %+v, want a known 0", got)
	}
}
