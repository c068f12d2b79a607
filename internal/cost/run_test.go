package cost

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// A run costs the same to the last digit by its lines, by JobRun and, on a machine of its
// own, in a bill.
func TestARunCostsTheSameOnEveryPath(t *testing.T) {
	p := negotiated(t, Options{})
	rapid.Check(t, func(t *rapid.T) {
		h := ec2("m6i.xlarge", rapid.SampledFrom([]string{"us-east-1", "eu-west-1"}).Draw(t, "region"))
		h.Kind = rapid.SampledFrom([]migration.HostKind{migration.HostEC2, migration.HostFargate, migration.HostECSFargate}).Draw(t, "kind")
		s := Shape{
			CPU:      migration.CPU(rapid.IntRange(1, 3920).Draw(t, "CPU")) * migration.Millicore,
			Memory:   migration.Bytes(rapid.IntRange(1, 14_000).Draw(t, "memory")) * migration.MiB,
			Duration: time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "duration")),
		}
		lines, err := p.PriceRun(h, s)
		if err != nil {
			t.Fatal(err)
		}
		sum := Sum(lines)
		want := sum.Of.DivRound(sum.Whole, Places)
		run, err := p.JobRun(h, s)
		if err != nil || !run.Amount.Decimal().Equal(want) {
			t.Fatalf("as a run %s, %v; its lines %s", run.Amount, err, want)
		}
		if !h.Kind.Fargate() {
			return
		}
		h.RequestCPU, h.RequestMemory = s.CPU, s.Memory
		l := p.Ledger()
		a := l.Usage()
		a.AddUsage(&migration.ResourceUsage{Host: h, PodSeconds: FargateSeconds(s.Duration).IntPart()})
		if got := l.Close(time.Hour).Jobs(a).Value.Or(migration.USD{}); !got.Decimal().Equal(want) {
			t.Fatalf("in a bill %s; its lines %s", got, want)
		}
	})
}

// A month on Lambda costs the same as lines and in a bill, through all tiers.
func TestAMonthOnLambdaCostsTheSameOnEveryPath(t *testing.T) {
	p := negotiated(t, Options{})
	rapid.Check(t, func(t *rapid.T) {
		shape := LambdaShape{
			Runs:     rapid.Int64Range(1, 1e9).Draw(t, "runs"),
			Duration: time.Duration(rapid.Int64Range(1, 900_000).Draw(t, "ms")) * time.Millisecond,
			Memory:   migration.Bytes(rapid.IntRange(128, 10_240).Draw(t, "MB")) * migration.MiB,
			Arch:     rapid.SampledFrom([]migration.Arch{migration.X86, migration.Arm64}).Draw(t, "arch"),
		}
		total, ok := p.LambdaMonth("us-east-1", &shape).Total().Get()
		if !ok {
			t.Fatal("a month without a total")
		}
		l := p.Ledger()
		a := l.Usage()
		billed := int64(shape.Memory/migration.MiB) * shape.Duration.Milliseconds()
		a.AddLambda(&migration.LambdaUsage{
			Place: migration.RegionArch{Region: "us-east-1", Arch: shape.Arch}, Requests: shape.Runs,
			Billed: migration.MBMillis(billed * shape.Runs),
		})
		got := l.Close(0).Lambda(a).Value.Or(migration.USD{})
		if got.Sub(total).Decimal().Abs().GreaterThan(decimal.New(1, -20)) {
			t.Fatalf("in a bill %s; as lines %s", got, total)
		}
	})
}

// A missing price leaves the lines that have one, and its name.
func TestAMissingPriceLeavesTheOtherLines(t *testing.T) {
	p := pricer(t)
	h := migration.Host{Kind: migration.HostECSFargate, Place: migration.RegionArch{Region: "eu-north-1", Arch: migration.X86}}
	r, err := p.RunRates(h, dec("0.25"))
	if err == nil {
		t.Fatal("the book has no Spot price of Fargate there")
	}
	lines, again := r.Price(nil, Shape{CPU: migration.Core, Memory: 2 * migration.GiB, Duration: time.Hour})
	if len(lines) != 2 || again == nil || again.Error() != err.Error() {
		t.Fatalf("%d lines, %v; want 2 and %v", len(lines), again, err)
	}
	if got := lines[0].Quantity(); !got.Equal(dec("0.75")) {
		t.Errorf("%s vCPU-hours on demand, want 0.75", got)
	}
	m := p.Month("eu-north-1")
	m.Runs(10, lines, again)
	if m.Missing != err.Error() || m.Total().Known() || !m.Lines[0].Quantity().Equal(dec("7.5")) {
		t.Errorf("month %+v", m)
	}
}
