package cost

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// Ten runs of 3 s at 2 GB, four of them on provisioned concurrency, with 9.5 GB of storage
// beyond what is free and 1 GB of logs. By hand, of all ten:
//
//	on demand       36 GB-s * 0.0000166667            = 0.0006000012
//	on provisioned  24 GB-s * 0.0000097222            = 0.0002333328
//	standing       100 GB-s * 0.0000041667            = 0.00041667
//	storage        9.5 GB * 30 s * 0.0000000309       = 0.0000088065
//	requests        10 * 0.0000002                    = 0.000002
//	logs             1 GB * 0.50                      = 0.5
func TestWhatGrowsWithTimeAndWhatWithMemory(t *testing.T) {
	gbs := func(n float64) migration.MBMillis { return migration.MBMillis(n * 1_024_000) }
	l := pricer(t).Ledger()
	a := l.Usage()
	a.AddLambda(&migration.LambdaUsage{
		Place: virginia, Requests: 10, Billed: gbs(60), OnProvisioned: gbs(24), Provisioned: gbs(100), Ephemeral: gbs(285), Logs: migration.GiB,
	})
	line, ok := l.Close(time.Hour).LambdaLine(a, 10, decimal.New(30, 0))
	if !ok {
		t.Fatal("no line")
	}
	for what, tc := range map[string]struct {
		got  decimal.Decimal
		want string
	}{
		"a second":           {line.PerSecond, "0.00002807135"},   // (on demand + on provisioned + storage) / 30
		"whatever the time":  {line.DurationFixed, "0.050041867"}, // (requests + logs + standing) / 10
		"a GB":               {line.PerGB, "0.0000625002"},        // (on demand + on provisioned + standing) / 10 / 2
		"fixed over memory":  {line.MemoryFixed, "0.05000108065"}, // (requests + logs + storage) / 10
		"the memory that is": {line.Memory(usd(t, "0.05012608105")).Or(decimal.Decimal{}), "2048"},
	} {
		if !tc.got.Sub(decimal.RequireFromString(tc.want)).Abs().LessThan(tolerance) {
			t.Errorf("%s: %s, want %s", what, tc.got, tc.want)
		}
	}
}

// Both lines go through what a run costs: at its own length, and at its own memory.
func TestLambdaLinesMeetTheBill(t *testing.T) {
	p := New(pricer(t).Book(), Options{Plan: SavingsPlanCoverage{Term: "1y", Coverage: dec("0.6")}})
	rapid.Check(t, func(t *rapid.T) {
		amount := func(name string, from int64) int64 { return rapid.Int64Range(from, 1e9).Draw(t, name) }
		runs, memory, millis := rapid.Int64Range(1, 1000).Draw(t, "runs"), rapid.Int64Range(128, 10240).Draw(t, "memory"),
			rapid.Int64Range(1, 900_000).Draw(t, "ms")
		billed := migration.MBMillis(runs * memory * millis)
		in := migration.LambdaUsage{
			Place: virginia, Requests: amount("requests", 0), Billed: billed, OnProvisioned: billed / migration.MBMillis(amount("part", 1)),
			Provisioned: migration.MBMillis(amount("standing", 0)), Ephemeral: migration.MBMillis(amount("storage", 0)),
			Logs: migration.Bytes(amount("logs", 0)),
		}
		l := p.Ledger()
		a := l.Usage()
		a.AddLambda(&in)
		b := l.Close(0)
		n, took := decimal.NewFromInt(runs), decimal.New(runs*millis, -3)
		line, ok := b.LambdaLine(a, runs, took)
		each := Per(b.Lambda(a).Value.Or(migration.USD{}), n).Decimal()
		length := took.DivRound(n, Places)
		gb := decimal.NewFromInt(memory).DivRound(decimal.New(1024, 0), Places)
		for what, got := range map[string]decimal.Decimal{
			"length": line.DurationFixed.Add(line.PerSecond.Mul(length)), "memory": line.MemoryFixed.Add(line.PerGB.Mul(gb)),
		} {
			if !ok || got.Sub(each).Abs().GreaterThan(decimal.New(1, -12)) {
				t.Fatalf("at its %s a run costs %s, want %s", what, got, each)
			}
		}
	})
}

// At the break-even of duration both sides cost the same, whatever a Job holds its host for
// before its run and bills at least; and there is one wherever a second of it is cheaper.
func TestAtTheBreakEvenOfDurationBothSidesCostTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := func(name string, most int64) decimal.Decimal {
			return decimal.New(rapid.Int64Range(0, most).Draw(t, name), -9)
		}
		line, job, start := LambdaLine{PerSecond: d("lambda", 1_000_000), DurationFixed: d("request", 1_000)}, d("job", 1_000_000),
			d("start", 100_000_000_000)
		least := time.Duration(rapid.SampledFrom([]int{0, 60}).Draw(t, "least")) * time.Second
		at, ok := line.Duration(job, start, least).Get()
		if line.PerSecond.GreaterThan(job) != ok && !line.PerSecond.Equal(job) {
			t.Fatalf("found %v", ok)
		}
		if !ok {
			return
		}
		cheaper := func(at decimal.Decimal) decimal.Decimal { // on Jobs, by so much
			return line.DurationFixed.Add(at.Mul(line.PerSecond)).Sub(decimal.Max(decimal.New(int64(least), -9), at.Add(start)).Mul(job))
		}
		if got := cheaper(at); got.Abs().GreaterThan(decimal.New(1, -12)) && (!at.IsZero() || got.IsNegative()) {
			t.Fatalf("at %s s a Job is cheaper by %s", at, got)
		}
		if got := cheaper(at.Add(decimal.New(1000, 0))); got.LessThan(decimal.New(-1, -12)) {
			t.Fatalf("beyond %s s a Job is cheaper by %s", at, got)
		}
	})
}

// A run of 2 s at $0.00000833335 a second costs less than a Job that holds its node for 5 s
// at half of that, however cheap its seconds are: it pays from a length of 3 s.
func TestStartingUpCountsIntoTheLengthThatPays(t *testing.T) {
	line := LambdaLine{PerSecond: dec("0.00000833335"), DurationFixed: dec("0.0000002")}
	half := dec("0.000004166675")
	// (3 * 0.000004166675 - 0.0000002) / (0.00000833335 - 0.000004166675) = 2.952000...
	if d, ok := line.Duration(half, dec("3"), 0).Get(); !ok || d.StringFixed(4) != "2.9520" {
		t.Errorf("pays from %s s (known %t)", d, ok)
	}
	if d, ok := line.Duration(half, decimal.Decimal{}, 0).Get(); !ok || !d.IsZero() {
		t.Errorf("with nothing to start it pays from %s s (known %t), want any", d, ok)
	}
	if d, ok := line.Duration(line.PerSecond, dec("3"), 0).Get(); ok {
		t.Errorf("with seconds at the same price it pays from %s s, want never", d)
	}
}
