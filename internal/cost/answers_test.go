package cost

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

func some(t testing.TB, s string) migration.Opt[migration.USD] {
	t.Helper()
	return migration.Some(usd(t, s))
}

func TestBreakEven(t *testing.T) {
	for name, tc := range map[string]struct {
		lambda, job, fixed string
		want               string
		ok                 bool
	}{
		// 73 / (30.4375 * 0.01) = 239.8357289527...
		"a cluster alone": {"0.012", "0.002", "73", "239.835728952772073921971252566735", true},
		// 73 / (30.4375 * 2.4) = 0.9993...
		"dear runs":     {"2.5", "0.1", "73", "0.999315537303216974674880219028", true},
		"no fixed cost": {"0.012", "0.002", "0", "0", true},
		"the same":      {"0.002", "0.002", "73", "", false},
		// 3 s at 2 GB, see TestThreeSecondsAtTwoGB.
		"stay": {"0.0001002002", "0.000896917", "73", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := BreakEven(usd(t, tc.lambda), usd(t, tc.job), usd(t, tc.fixed))
			if ok != tc.ok || (ok && got.String() != tc.want) {
				t.Errorf("got %s, %v; want %s", got, ok, tc.want)
			}
		})
	}
}

func TestDoubleRun(t *testing.T) {
	// Both sides cost 10.00 for 1,000 runs that cost 0.008 each on Lambda: 2.00 too much.
	if got := DoubleRun(usd(t, "10"), usd(t, "0.008"), 1000); got.Cmp(usd(t, "2")) != 0 {
		t.Errorf("got %s", got)
	}
	if got := DoubleRun(usd(t, "7.5"), usd(t, "0.008"), 1000); got.String() != "-0.5" {
		t.Errorf("a saving is %s", got)
	}
}

func TestPer(t *testing.T) {
	if got, ok := PerRun(some(t, "1"), 8).Get(); !ok || got.String() != "0.125" {
		t.Errorf("per run: %s, %v", got, ok)
	}
	if PerRun(some(t, "1"), 0).Known() || PerRun(migration.None[migration.USD](), 8).Known() {
		t.Error("nothing is something per run")
	}
	if got, ok := PerHour(some(t, "1"), 90*time.Minute).Get(); !ok || got.Fixed(6) != "0.666667" {
		t.Errorf("per hour: %s, %v", got, ok)
	}
	if PerHour(some(t, "1"), 0).Known() || PerHour(migration.None[migration.USD](), time.Hour).Known() {
		t.Error("nothing is something per hour")
	}
}

func TestJudge(t *testing.T) {
	perDay := func(n int64) migration.Opt[decimal.Decimal] { return migration.Some(decimal.NewFromInt(n)) }
	base := Case{
		LambdaRuns: 100, JobRuns: 50, RunsPerDay: perDay(310),
		Lambda: some(t, "0.012"), Job: some(t, "0.002"), Fixed: some(t, "73"),
		LongestLambda: migration.Some(5 * time.Minute), LongestJob: migration.Some(4 * time.Minute),
	}
	for name, tc := range map[string]struct {
		change func(*Case)
		word   migration.Decision
		reason string
	}{
		"move": {
			func(*Case) {}, migration.WorthMoving,
			"a run costs $0.012 on Lambda and $0.002 on Jobs (83 % less), and 310 runs a day are over the break-even of 240",
		},
		"too few runs to pay": {
			func(c *Case) { c.RunsPerDay = perDay(12) }, migration.Stay,
			"a run costs $0.012 on Lambda and $0.002 on Jobs (83 % less), and 12 runs a day are under the break-even of 240",
		},
		"never pays": {
			func(c *Case) { c.Lambda, c.Job = some(t, "0.0001002002"), some(t, "0.000896916666") }, migration.Stay,
			"a run costs $0.0001002 on Lambda and $0.0008969 on Jobs (795 % more): moving never pays",
		},
		"the same": {
			func(c *Case) { c.Job = c.Lambda }, migration.Stay,
			"a run costs $0.012 on Lambda and $0.012 on Jobs: moving never pays",
		},
		"estimated": {
			func(c *Case) { c.JobRuns, c.JobEstimated = 0, true }, migration.WorthMoving,
			"a run costs $0.012 on Lambda and about $0.002 on Jobs (83 % less), and 310 runs a day are over the break-even of 240",
		},
		"moved": {
			func(c *Case) { c.LambdaRuns, c.Lambda = 0, migration.None[migration.USD]() }, migration.Moved,
			"nothing ran on Lambda in this window; 50 runs on Jobs at $0.002 each",
		},
		"thousands apart": {
			func(c *Case) {
				c.RunsPerDay, c.Lambda, c.Job, c.Fixed = perDay(1_464_020), some(t, "1234.5"), some(t, "1234.4"), some(t, "73000")
			}, migration.WorthMoving,
			"a run costs $1,234.50 on Lambda and $1,234.40 on Jobs, and 1,464,020 runs a day are over the break-even of 23,984",
		},
		"many have moved": {
			func(c *Case) { c.LambdaRuns, c.JobRuns = 0, 146_402 }, migration.Moved,
			"nothing ran on Lambda in this window; 146,402 runs on Jobs at $0.002 each",
		},
		"many more": {
			func(c *Case) { c.Lambda, c.Job = some(t, "0.0001"), some(t, "0.0123") }, migration.Stay,
			"a run costs $0.0001 on Lambda and $0.0123 on Jobs (12,200 % more): moving never pays",
		},
		"many timed out": {
			func(c *Case) { c.TimedOut, c.LongestLambda = 2000, migration.Some(900*time.Second) }, migration.CannotStay,
			"2,000 runs were cut off at Lambda's wall of 15 min",
		},
		"moved, one run": {
			func(c *Case) { c.LambdaRuns, c.JobRuns, c.Job = 0, 1, migration.None[migration.USD]() }, migration.Moved,
			"nothing ran on Lambda in this window; 1 run on Jobs",
		},
		"timed out": {
			func(c *Case) { c.TimedOut, c.LongestLambda = 2, migration.Some(900*time.Second) }, migration.CannotStay,
			"2 runs were cut off at Lambda's wall of 15 min",
		},
		"close to the wall": {
			func(c *Case) { c.LongestLambda = migration.Some(890 * time.Second) }, migration.CannotStay,
			"the longest run took 14m50 of the 15 min that Lambda allows",
		},
		"a shorter timeout is no wall": {
			func(c *Case) { c.TimedOut, c.LongestLambda = 2, migration.Some(60*time.Second) },
			migration.WorthMoving, "",
		},
		"two hours": {
			func(c *Case) { c.LongestJob = migration.Some(2 * time.Hour) }, migration.CannotStay,
			"the longest run on Jobs took 2h00, Lambda ends every run at 15 min",
		},
		"the wall needs no price": {func(c *Case) {
			c.Job, c.LambdaRuns, c.LongestJob = migration.None[migration.USD](), 1, migration.Some(2*time.Hour)
		}, migration.CannotStay, ""},
		"nothing":       {func(c *Case) { c.LambdaRuns, c.JobRuns = 0, 0 }, migration.NotEnoughData, "nothing ran on either side in this window"},
		"few on Lambda": {func(c *Case) { c.LambdaRuns = 1 }, migration.NotEnoughData, "only 1 run on Lambda in this window; 3 are needed"},
		"few on Jobs":   {func(c *Case) { c.JobRuns = 2 }, migration.NotEnoughData, "only 2 runs on Jobs in this window; 3 are needed"},
		"no price": {
			func(c *Case) {
				c.Job, c.Missing = migration.None[migration.USD](), "region eu-north-9 has no price of fargate.vcpu.x86_64"
			}, migration.NotEnoughData,
			"region eu-north-9 has no price of fargate.vcpu.x86_64",
		},
		"no price, no reason": {
			func(c *Case) { c.Job = migration.None[migration.USD]() }, migration.NotEnoughData,
			"what a run costs on Jobs is unknown",
		},
		"no Lambda price": {
			func(c *Case) { c.Lambda = migration.None[migration.USD]() }, migration.NotEnoughData,
			"what a run costs on Lambda is unknown",
		},
		"no platform price": {
			func(c *Case) { c.Fixed = migration.None[migration.USD]() }, migration.NotEnoughData,
			"a run costs $0.012 on Lambda and $0.002 on Jobs (83 % less), but the platform's fixed share is unknown",
		},
		"no pace": {
			func(c *Case) { c.RunsPerDay = migration.None[decimal.Decimal]() }, migration.NotEnoughData,
			"a run costs $0.012 on Lambda and $0.002 on Jobs (83 % less); it pays from 240 runs a day, and how many there are is unknown",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := base
			tc.change(&c)
			got := Judge(c)
			if got.Decision != tc.word || (tc.reason != "" && got.Reason != tc.reason) || got.Reason == "" {
				t.Errorf("got  %s: %s\nwant %s: %s", got.Decision, got.Reason, tc.word, tc.reason)
			}
		})
	}
}

func TestMoney(t *testing.T) {
	for in, want := range map[string]string{
		"0": "$0.00", "1": "$1.00", "1234.565": "$1,234.57", "0.5": "$0.50", "0.0001002002": "$0.0001002",
		"0.00000000208333": "$0.000000002083", "-0.5": "-$0.50", "-12": "-$12.00", "0.99999": "$1.00", "0.012": "$0.012",
	} {
		if got := Money(usd(t, in)); got != want {
			t.Errorf("%s prints as %s, want %s", in, got, want)
		}
	}
}

func TestEvidenceIsSaidOnce(t *testing.T) {
	p := pricer(t)
	got, err := p.Pods(*podHours(migration.Host{Kind: migration.HostFargate, Place: migration.RegionArch{
		Region: "us-west-1",
		Arch:   migration.X86,
	}}, 1000, 1024, 1))
	if err != nil {
		t.Fatal(err)
	}
	if got.Evidence.Method != migration.Estimated || !strings.Contains(got.Evidence.Note, "secondary") {
		t.Errorf("%+v", got.Evidence)
	}
	if f := got.Figure(migration.Billed, migration.Provenance{
		Source: "kubernetes", Method: migration.Measured,
		Coverage: 0.5,
	}); f.Evidence.Coverage != 0.5 || f.Evidence.Method != migration.Estimated ||
		f.Evidence.Source != "kubernetes + price book 2026-09-11" {
		t.Errorf("%+v", f.Evidence)
	}
}
