package estimate

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// drawShape draws a shape by its notation, as the command and its file give it.
func drawShape(t *rapid.T) Shape {
	s := New()
	set := func(name string, value any) {
		for _, f := range fields {
			if f.Name == name {
				if err := f.Set(&s, fmt.Sprint(value)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	int64s := func(name string, most int64) { set(name, rapid.Int64Range(0, most).Draw(t, name)) }
	arch := rapid.SampledFrom([]string{"x86_64", "arm64"})
	set("region", rapid.SampledFrom([]string{"us-east-1", "eu-west-1", "sa-east-1", "ap-south-1", "eu-north-9"}).Draw(t, "region"))
	int64s("runs", 1e11)
	set("duration", time.Duration(rapid.Int64Range(1, int64(2000*time.Second)).Draw(t, "duration")))
	set("memory", fmt.Sprintf("%dMB", rapid.Int64Range(128, 12000).Draw(t, "memory")))
	set("arch", arch.Draw(t, "arch"))
	set("ephemeral", fmt.Sprintf("%dMB", rapid.Int64Range(512, 10240).Draw(t, "ephemeral")))
	set("free-tier", rapid.Bool().Draw(t, "free tier"))
	set("payload", fmt.Sprintf("%dKB", rapid.Int64Range(0, 1024).Draw(t, "payload")))
	if rapid.Bool().Draw(t, "provisioned") {
		set("provisioned", rapid.Int64Range(1, 10000).Draw(t, "concurrency"))
		set("provisioned-hours", rapid.Int64Range(1, 744).Draw(t, "hours"))
	}
	if rapid.Bool().Draw(t, "variants") {
		set("managed-type", "m7g.xlarge")
		set("managed-hours", rapid.Int64Range(1, 8784).Draw(t, "managed hours"))
		set("microvm-vcpu", rapid.Int64Range(1, 16).Draw(t, "vCPU"))
	}
	if rapid.Bool().Draw(t, "plan") {
		set("savings-plan", rapid.SampledFrom([]string{"1y", "3y"}).Draw(t, "term"))
		set("coverage", decimal.New(rapid.Int64Range(0, 100).Draw(t, "coverage"), -2))
	}
	int64s("job-runs", 1e11)
	set("job-cpu", fmt.Sprintf("%dm", rapid.Int64Range(1, 20000).Draw(t, "job CPU")))
	set("job-memory", fmt.Sprintf("%dMi", rapid.Int64Range(1, 140000).Draw(t, "job memory")))
	set("job-duration", time.Duration(rapid.Int64Range(1, int64(100*time.Hour)).Draw(t, "job duration")))
	set("job-storage", fmt.Sprintf("%dGi", rapid.Int64Range(0, 210).Draw(t, "storage")))
	set("job-arch", arch.Draw(t, "job arch"))
	set("node-type", rapid.SampledFrom([]string{"m6i.xlarge", "m7g.2xlarge", "c6i.8xlarge", "t3.small", "x9.huge"}).Draw(t, "node"))
	set("spot", decimal.New(rapid.Int64Range(0, 10).Draw(t, "spot"), -1))
	set("auto-mode", rapid.Bool().Draw(t, "auto mode"))
	if rapid.Bool().Draw(t, "extras") {
		set("logs", fmt.Sprintf("%dGB", rapid.Int64Range(0, 100_000).Draw(t, "logs")))
		set("stream", fmt.Sprintf("%dMB", rapid.Int64Range(0, 200).Draw(t, "stream")))
		set("snapstart-hours", rapid.Int64Range(0, 744).Draw(t, "snapshot"))
		set("tenants-created", rapid.Int64Range(0, 1e6).Draw(t, "tenants"))
		set("fixed", fmt.Sprintf("NAT gateway=nat.hour, proxy=%d@lambda, load balancer=%d@all",
			rapid.Int64Range(0, 500).Draw(t, "proxy"), rapid.Int64Range(0, 50).Draw(t, "balancer")))
		set("month-hours", rapid.SampledFrom([]int{672, 720, 730, 744}).Draw(t, "month"))
	}
	return s
}

func (p Platforms) all() map[string]*Platform {
	return map[string]*Platform{
		"lambda": p.Lambda, "managed": p.Managed, "microvms": p.MicroVMs, "eks_fargate": p.EKSFargate,
		"ecs_fargate": p.ECSFargate, "nodes": p.Nodes,
	}
}

func TestLinesSumToTheTotal(t *testing.T) {
	p := cost.New(prices.Default(), cost.Options{})
	rapid.Check(t, func(t *rapid.T) {
		s := drawShape(t)
		if s.Check() != nil {
			return
		}
		r := Estimate(p, s, november)
		for name, platform := range r.Platforms.all() {
			if platform == nil {
				continue
			}
			var sum decimal.Decimal
			for _, l := range platform.Lines {
				if off := l.Quantity.Mul(l.Rate.Decimal()).Sub(l.Amount.Decimal()); off.Abs().GreaterThan(nearly(l)) {
					t.Fatalf("%s, %s: %s * %s is not %s", name, l.Item, l.Quantity, l.Rate, l.Amount)
				}
				if l.Certainty == 0 || l.Unit == "" || l.Quantity.IsZero() {
					t.Fatalf("%s: a line that says nothing: %+v", name, l)
				}
				sum = sum.Add(l.Amount.Decimal())
			}
			u, ok := platform.Total.Get()
			if ok != (platform.Problem == "") {
				t.Fatalf("%s: total %s, %v, problem %q", name, u, ok, platform.Problem)
			}
			if ok && (!u.Decimal().Equal(sum) || u.Sign() < 0) {
				t.Fatalf("%s: total %s, lines %s", name, u, sum)
			}
			if ok && u.Sign() == 0 && name != "lambda" {
				t.Fatalf("%s costs nothing", name)
			}
		}
		if strings.HasPrefix(s.Region, "eu-north") {
			for name, platform := range r.Platforms.all() {
				if platform != nil && platform.Total.Known() {
					t.Fatalf("%s has a price in a region that is unknown", name)
				}
			}
		}
	})
}

// nearly is how far an amount may be from the product that is shown: what a rounded quantity misses.
func nearly(l Line) decimal.Decimal {
	return l.Rate.Decimal().Shift(-cost.QuantityPlaces).Add(decimal.New(1, -migration.WirePlaces+1))
}

func TestMoreCostsMore(t *testing.T) {
	p := cost.New(prices.Default(), cost.Options{})
	rapid.Check(t, func(t *rapid.T) {
		s := drawShape(t)
		// Runs that move onto provisioned concurrency as they get shorter or
		// fewer change their price: that is not this property.
		s.Region, s.Lambda.Provisioned = "us-east-1", 0
		if s.Check() != nil {
			return
		}
		more := s
		switch rapid.IntRange(0, 5).Draw(t, "what") {
		case 0:
			more.Lambda.Runs++
		case 1:
			more.Lambda.Duration += time.Second
		case 2:
			more.Lambda.Memory += 64 * migration.MiB
		case 3:
			more.Job.Runs = migration.Some(s.Job.Runs.Or(0) + 1)
		case 4:
			more.Job.Duration += time.Second
		case 5:
			more.Job.Memory += 64 * migration.MiB
		}
		before, after := Estimate(p, s, november).Platforms.all(), Estimate(p, more, november).Platforms.all()
		for name := range before {
			if before[name] == nil || after[name] == nil {
				continue
			}
			x, ok1 := before[name].Total.Get()
			y, ok2 := after[name].Total.Get()
			if ok1 && ok2 && y.Cmp(x) < 0 {
				t.Fatalf("%s: more costs less, %s after %s", name, y, x)
			}
		}
	})
}

// A function of the break-even memory costs what the Job does, and a run of the
// break-even duration costs what Fargate's minute does.
func TestBreakEvenOfMemoryAndDuration(t *testing.T) {
	r := estimated(t, "region=us-east-1", "runs=1000", "duration=3s", "memory=2048MB", "job-cpu=1", "job-memory=2Gi")
	e := r.BreakEven.EKSFargate
	// The Job's minute costs 0.053815/60 = 0.000896916..., a request 0.0000002;
	// a second of 2 GB 0.0000333334: (0.000896916 - 0.0000002)/0.0000333334 = 26.9014...
	if d, ok := e.Duration.Get(); !ok || d.StringFixed(4) != "26.9014" {
		t.Errorf("duration: %s, %v", d, ok)
	}
	// 3 s of m MB: m/1024 * 3 * 0.0000166667 = 0.000896716666...: 18,364.72 MB.
	if m, ok := e.Memory.Get(); !ok || m.StringFixed(2) != "18364.72" {
		t.Errorf("memory: %s, %v", m, ok)
	}
	// (0.053815/3600) / 0.0000333334 = 0.0000149486111/0.0000333334 = 0.448457...
	if u, ok := e.Utilization.Get(); !ok || u.StringFixed(6) != "0.448457" {
		t.Errorf("utilization: %s, %v", u, ok)
	}
	if e.Verdict.Decision != migration.Stay || !strings.Contains(e.Verdict.Reason, "$0.0001002 on Lambda and $0.0008969 on EKS Fargate") {
		t.Errorf("%+v", e.Verdict)
	}
}

// Storage is billed by the second and not by the function's memory: a larger function does
// not have more of it.
func TestBreakEvenOfMemoryLeavesStorageAside(t *testing.T) {
	r := estimated(t, "region=us-east-1", "runs=1000", "duration=3s", "memory=2048MB", "ephemeral=10240MB", "job-cpu=1", "job-memory=2Gi")
	e := r.BreakEven.EKSFargate
	// 0.0000002 + 9.5 GB * 3 s * 0.0000000309 + m/1024 * 3 * 0.0000166667 = 0.053815/60: 18,346.68 MB.
	if m, ok := e.Memory.Get(); !ok || m.StringFixed(2) != "18346.68" {
		t.Errorf("memory: %s, %v", m, ok)
	}
}
