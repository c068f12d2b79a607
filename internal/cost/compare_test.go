package cost

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

func pace(n int64) migration.Opt[decimal.Decimal] { return migration.Some(decimal.NewFromInt(n)) }

// compared is the input of one comparison.
type compared struct {
	before, after SideMonth
	terms         Terms
}

func TestCompare(t *testing.T) {
	none := migration.None[migration.USD]()
	base := compared{
		before: SideMonth{
			Name: "Lambda", Limit: migration.LambdaWall, Runs: 100, Longest: migration.Some(5 * time.Minute),
			Run: some(t, "0.012"), Fixed: some(t, "0"),
		},
		after: SideMonth{Name: "Jobs", Runs: 50, Longest: migration.Some(4 * time.Minute), Run: some(t, "0.002"), Fixed: some(t, "73")},
		terms: Terms{RunsPerDay: pace(310)},
	}
	for name, tc := range map[string]struct {
		change func(*compared)
		word   migration.Decision
		reason string
		even   string // "" for none
		whole  string
	}{
		"move": {
			func(*compared) {}, migration.WorthMoving,
			"a run costs $0.012 on Lambda and $0.002 on Jobs (83 % less), and 310 runs a day are over the break-even of 240",
			"above 239.835728952772073921971252566735", "21.35625", // 310*30.4375*0.01 - 73
		},
		"too few runs to pay": {
			func(c *compared) { c.terms.RunsPerDay = pace(12) }, migration.Stay,
			"a run costs $0.012 on Lambda and $0.002 on Jobs (83 % less), and 12 runs a day are under the break-even of 240",
			"above 239.835728952772073921971252566735", "-69.3475",
		},
		"never pays": {
			func(c *compared) { c.before.Run, c.after.Run = some(t, "0.0001002002"), some(t, "0.000896916666") }, migration.Stay,
			"a run costs $0.0001002 on Lambda and $0.0008969 on Jobs (795 % more): moving never pays", "never", "-80.51751780450125",
		},
		"the same": {
			func(c *compared) { c.after.Run = c.before.Run }, migration.Stay,
			"a run costs $0.012 on Lambda and $0.012 on Jobs: moving never pays", "never", "-73",
		},
		"no fixed cost": {
			func(c *compared) { c.after.Fixed = some(t, "0") }, migration.WorthMoving,
			"a run costs $0.012 on Lambda and $0.002 on Jobs (83 % less), from the first run on", "at once 0", "94.35625",
		},
		// What a month of provisioned concurrency costs, whether anything runs or not.
		"provisioned concurrency": {
			func(c *compared) {
				c.before.Fixed, c.before.Run, c.after.Run = some(t, "438"), some(t, "0.001"), some(t, "0.011")
			},
			migration.WorthMoving,
			"a run costs $0.001 on Lambda and $0.011 on Jobs (1,000 % more), and before the first run a month costs $438.00 " +
				"on Lambda and $73.00 on Jobs: below 1,199 runs a day it is cheaper on Jobs, and there are 310",
			"below 1199.178644763860369609856262833676", "270.64375",
		},
		"stay above it": {
			func(c *compared) {
				c.before.Fixed, c.before.Run, c.after.Run = some(t, "438"), some(t, "0.001"), some(t, "0.011")
				c.terms.RunsPerDay = pace(2000)
			},
			migration.Stay, "", "below 1199.178644763860369609856262833676", "-243.75",
		},
		"the same run, less fixed": {
			func(c *compared) { c.before.Fixed, c.after.Run = some(t, "438"), c.before.Run }, migration.WorthMoving, "", "at once 0", "365",
		},
		// The free tier leaves nothing to pay: the list price of a run says move, the month says stay.
		"the free tier": {
			func(c *compared) { c.before.Month = some(t, "0") }, migration.Stay,
			"a month costs $0.00 on Lambda and $91.87 on Jobs, with fixed costs, tiers and the free tier; " +
				"a run costs $0.012 on Lambda and $0.002 on Jobs (83 % less)", "", "-91.87125",
		},
		"the caller's break-even": {
			func(c *compared) {
				c.before.Month = some(t, "0")
				c.terms.BreakEven = &BreakEvenPoint{Crossing: MoveAbove, RunsPerDay: pace(700)}
			},
			migration.Stay,
			"a run costs $0.012 on Lambda and $0.002 on Jobs (83 % less), and 310 runs a day are under the break-even of 700",
			"above 700", "-91.87125",
		},
		"leaving saves less than it costs": {
			func(c *compared) { c.before.Leaving = some(t, "80") }, migration.Stay,
			"leaving Lambda saves $80.00 of the $113.23 a month that it costs, and Jobs would cost $91.87", "", "-11.87125",
		},
		"calculated": {
			func(c *compared) { c.after.Runs, c.after.Calculated = 0, true }, migration.WorthMoving,
			"a run costs $0.012 on Lambda and about $0.002 on Jobs (83 % less), and 310 runs a day are over the break-even of 240",
			"above 239.835728952772073921971252566735", "21.35625",
		},
		"both calculated": {
			func(c *compared) {
				c.before.Runs, c.after.Runs, c.before.Calculated, c.after.Calculated = 1, 1, true, true
			}, migration.WorthMoving,
			"a run costs $0.012 on Lambda and $0.002 on Jobs (83 % less), and 310 runs a day are over the break-even of 240",
			"above 239.835728952772073921971252566735", "21.35625",
		},
		"moved, what it cost is unknown": {
			func(c *compared) { c.before.Runs, c.before.Run = 0, none }, migration.Moved,
			"nothing ran on Lambda in this window; 50 runs on Jobs at $0.002 each", "", "",
		},
		"moved": {
			func(c *compared) { c.before.Runs = 0; c.terms.Moved = one }, migration.Moved,
			"nothing ran on Lambda in this window; 50 runs on Jobs at $0.002 each",
			"above 239.835728952772073921971252566735", "21.35625",
		},
		"moved in this window": {
			func(c *compared) { c.terms.Moved = one }, migration.Moved,
			"nothing runs on Lambda any more; 50 runs on Jobs in this window at $0.002 each",
			"above 239.835728952772073921971252566735", "21.35625",
		},
		"moved, and costs more": {
			func(c *compared) { c.before.Runs, c.terms.Moved, c.terms.RunsPerDay = 0, one, pace(12) }, migration.Moved,
			"nothing ran on Lambda in this window; 50 runs on Jobs at $0.002 each; on Lambda they would cost $69.35 a month less",
			"above 239.835728952772073921971252566735", "-69.3475",
		},
		"thousands apart": {
			func(c *compared) {
				c.terms.RunsPerDay, c.after.Fixed = pace(1_464_020), some(t, "73000")
				c.before.Run, c.after.Run = some(t, "1234.5"), some(t, "1234.4")
			}, migration.WorthMoving,
			"a run costs $1,234.50 on Lambda and $1,234.40 on Jobs, and 1,464,020 runs a day are over the break-even of 23,984",
			"above 23983.572895277207392197125256673511", "4383110.875",
		},
		"timed out": {
			func(c *compared) { c.before.TimedOut, c.before.Longest = 2000, migration.Some(900*time.Second) }, migration.CannotStay,
			"2,000 runs were cut off at Lambda's wall of 15 min", "above 239.835728952772073921971252566735", "21.35625",
		},
		"close to the wall": {
			func(c *compared) { c.before.Longest = migration.Some(890 * time.Second) }, migration.CannotStay,
			"the longest run took 14m50 of the 15 min that Lambda allows", "above 239.835728952772073921971252566735", "21.35625",
		},
		"a shorter timeout is no wall": {
			func(c *compared) { c.before.TimedOut, c.before.Longest = 2, migration.Some(time.Minute) }, migration.WorthMoving, "",
			"above 239.835728952772073921971252566735", "21.35625",
		},
		"the wall needs no price": {
			func(c *compared) {
				c.after.Run, c.before.Runs, c.after.Longest = none, 1, migration.Some(2*time.Hour)
			}, migration.CannotStay, "the longest run on Jobs took 2h00, Lambda ends every run at 15 min", "", "",
		},
		"runs that do not fit have no cost before": {
			func(c *compared) { c.after.Longest = migration.Some(2 * time.Hour) }, migration.CannotStay,
			"the longest run on Jobs took 2h00, Lambda ends every run at 15 min", "", "",
		},
		"moved, and would not fit": {
			func(c *compared) { c.after.Longest, c.terms.Moved = migration.Some(2*time.Hour), one }, migration.Moved,
			"nothing runs on Lambda any more; 50 runs on Jobs in this window at $0.002 each", "", "",
		},
		"the wall needs one side": {
			func(c *compared) {
				c.before.Gap, c.before.Runs, c.after.Longest = "waiting for cloudwatch", 0, migration.Some(2*time.Hour)
			}, migration.CannotStay, "the longest run on Jobs took 2h00, Lambda ends every run at 15 min", "", "",
		},
		"nothing may run so long after the move": {
			func(c *compared) { c.after.Limit = time.Minute }, migration.Stay,
			"the longest run on Lambda took 5 min, Jobs ends every run at 1 min", "", "",
		},
		"nothing": {
			func(c *compared) { c.before.Runs, c.after.Runs = 0, 0 }, migration.NotEnoughData,
			"nothing ran on either side in this window", "", "",
		},
		"few before": {
			func(c *compared) { c.before.Runs = 1 }, migration.NotEnoughData, "only 1 run on Lambda in this window; 3 are needed", "", "",
		},
		"few after": {
			func(c *compared) { c.after.Runs = 2 }, migration.NotEnoughData, "only 2 runs on Jobs in this window; 3 are needed", "", "",
		},
		"not read": {
			func(c *compared) { c.before.Gap = "waiting for cloudwatch" }, migration.NotEnoughData, "waiting for cloudwatch", "", "",
		},
		"neither read": {
			func(c *compared) { c.before.Gap, c.after.Gap = "waiting for cloudwatch", "waiting for jobs" }, migration.NotEnoughData,
			"waiting for cloudwatch; waiting for jobs", "", "",
		},
		"not priced": {
			func(c *compared) { c.after.Gap = "no price for m9x.large in eu-west-1" }, migration.NotEnoughData,
			"no price for m9x.large in eu-west-1", "", "",
		},
		"not priced, and moved": {
			func(c *compared) { c.before.Runs, c.after.Gap = 0, "no price for m9x.large in eu-west-1" }, migration.NotEnoughData,
			"no price for m9x.large in eu-west-1", "", "",
		},
		"a run after": {func(c *compared) { c.after.Run = none }, migration.NotEnoughData, "what a run costs on Jobs is unknown", "", ""},
		"a run before": {
			func(c *compared) { c.before.Run = none }, migration.NotEnoughData, "what a run costs on Lambda is unknown", "", "",
		},
		"fixed": {
			func(c *compared) { c.after.Fixed = none }, migration.NotEnoughData, "the fixed monthly cost of Jobs is unknown", "", "",
		},
		"pace": {
			func(c *compared) { c.terms.RunsPerDay = migration.None[decimal.Decimal]() }, migration.NotEnoughData,
			"how many runs a day there are is unknown", "", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := base
			tc.change(&c)
			got := Compare(c.before, c.after, c.terms)
			if got.Verdict.Decision != tc.word || (tc.reason != "" && got.Verdict.Reason != tc.reason) || got.Verdict.Reason == "" {
				t.Errorf("got  %s: %s\nwant %s: %s", got.Verdict.Decision, got.Verdict.Reason, tc.word, tc.reason)
			}
			even := got.BreakEven.Crossing.String()
			if n, ok := got.BreakEven.RunsPerDay.Get(); ok {
				even += " " + n.String()
			}
			whole := ""
			if u, ok := got.Whole.Get(); ok {
				whole = u.String()
			}
			if even != tc.even || whole != tc.whole {
				t.Errorf("break-even %q, saving %q; want %q, %q", even, whole, tc.even, tc.whole)
			}
		})
	}
}

func TestPaybackOfAComparison(t *testing.T) {
	before := SideMonth{Name: "Lambda", Calculated: true, Run: some(t, "0.02"), Fixed: some(t, "0")}
	after := SideMonth{Name: "Jobs", Calculated: true, Run: some(t, "0.01"), Fixed: some(t, "4.375")}
	terms := Terms{RunsPerDay: pace(100), Moved: decimal.New(25, -2), Extra: some(t, "13"), OneOff: usd(t, "39")}
	got := Compare(before, after, terms) // 30.4375 - 4.375 = 26.0625 a month
	if m, ok := got.Payback.Get(); !ok || m.StringFixed(6) != "1.995204" {
		t.Errorf("paid back after %s months", m)
	}
	if saved, _ := got.Saved.Get(); saved.String() != "6.515625" {
		t.Errorf("saved so far: %s", saved)
	}
	terms.Extra = migration.None[migration.USD]()
	if Compare(before, after, terms).Payback.Known() {
		t.Error("a payback without knowing what running both sides costs")
	}
	terms.Extra, after.Run = some(t, "13"), some(t, "0.03")
	if Compare(before, after, terms).Payback.Known() {
		t.Error("a payback of a move that costs more")
	}
}

func drawUSD(t *rapid.T, name string, most int64, places int32) migration.Opt[migration.USD] {
	return migration.Some(migration.Dollars(decimal.New(rapid.Int64Range(0, most).Draw(t, name), -places)))
}

func drawSide(t *rapid.T, name string) SideMonth {
	s := SideMonth{
		Name: name, Runs: rapid.Int64Range(0, 10).Draw(t, name+" runs"), Calculated: rapid.Bool().Draw(t, name+" calculated"),
		Fixed: drawUSD(t, name+" fixed", 1e6, 3), Run: drawUSD(t, name+" run", 1e6, 7),
	}
	if rapid.Bool().Draw(t, name+" stated") {
		s.Month = drawUSD(t, name+" month", 1e9, 4)
		if m, _ := s.Month.Get(); rapid.Bool().Draw(t, name+" leaving") {
			s.Leaving = migration.Some(m.Mul(decimal.New(rapid.Int64Range(0, 100).Draw(t, name+" share"), -2)))
		}
	}
	return s
}

func drawTerms(t *rapid.T) Terms {
	return Terms{
		RunsPerDay: migration.Some(decimal.New(rapid.Int64Range(0, 1e9).Draw(t, "runs a day"), -3)),
		Moved:      decimal.New(rapid.Int64Range(0, 100).Draw(t, "moved"), -2), Extra: drawUSD(t, "extra", 1e6, 2),
	}
}

func TestBothCostTheSameAtTheBreakEven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := drawSide(t, "Lambda"), drawSide(t, "Jobs")
		even := SolveBreakEven(before, after)
		n, ok := even.RunsPerDay.Get()
		if !ok || even.Crossing == MoveAtOnce {
			return
		}
		if n.Sign() < 0 {
			t.Fatalf("a break-even of %s runs", n)
		}
		before.Month, after.Month = migration.None[migration.USD](), migration.None[migration.USD]()
		at := before.month(n).Sub(after.month(n)).Decimal()
		if at.Abs().GreaterThan(decimal.New(1, -20)) {
			t.Fatalf("at %s runs a day the months differ by %s", n, at)
		}
		// And on either side of it one of them is cheaper.
		more, less := n.Mul(decimal.New(11, -1)), n.Mul(decimal.New(9, -1))
		if n.IsZero() {
			return
		}
		if (before.month(more).Cmp(after.month(more)) > 0) != even.Moves(more) ||
			(before.month(less).Cmp(after.month(less)) > 0) != even.Moves(less) {
			t.Fatalf("moves %s %s, but the months do not", even.Crossing, n)
		}
	})
}

// Where both months are known the verdict is never "move" to the one that costs more, nor "stay" next to a
// cheaper one without a sentence that says why.
func TestTheVerdictNeverContradictsTheMonths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after, terms := drawSide(t, "Lambda"), drawSide(t, "Jobs"), drawTerms(t)
		got := Compare(before, after, terms)
		whole, ok := got.Whole.Get()
		if !ok {
			if got.Verdict.Decision == migration.WorthMoving || got.Verdict.Decision == migration.Stay {
				t.Fatalf("%+v without a saving", got.Verdict)
			}
			return
		}
		b, _ := got.Before.Get()
		a, _ := got.After.Get()
		gain := b.Sub(a).Decimal().Round(comparedPlaces)
		switch got.Verdict.Decision {
		case migration.WorthMoving:
			if gain.Sign() <= 0 || whole.Sign() <= 0 {
				t.Fatalf("move from %s to %s, saves %s", b, a, whole)
			}
		case migration.Stay:
			if gain.Sign() > 0 && !strings.Contains(got.Verdict.Reason, "leaving Lambda saves") {
				t.Fatalf("stay at %s next to %s: %s", b, a, got.Verdict.Reason)
			}
			if got.Payback.Known() {
				t.Fatal("a move that does not pay has a payback")
			}
		}
		perDay, _ := terms.RunsPerDay.Get()
		pays := whole.Decimal().Round(comparedPlaces).IsPositive()
		if k := got.BreakEven.Crossing; k != NoBreakEven && got.BreakEven.Moves(perDay) != pays {
			t.Fatalf("break-even %s and a saving of %s", k, whole)
		}
		saved, _ := got.Saved.Get()
		saving, _ := got.Saving.Get()
		if !saved.Add(saving).Decimal().Equal(whole.Decimal()) {
			t.Fatalf("%s saved and %s to save are not %s", saved, saving, whole)
		}
	})
}

func TestAGapLeavesNothingToCompare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := drawSide(t, "Lambda"), drawSide(t, "Jobs")
		before.Limit = migration.LambdaWall
		side := rapid.SampledFrom([]*SideMonth{&before, &after}).Draw(t, "side")
		side.Gap = "waiting for cloudwatch"
		if rapid.Bool().Draw(t, "long") {
			after.Longest = migration.Some(time.Hour)
		}
		got := Compare(before, after, drawTerms(t))
		word := got.Verdict.Decision
		if got.Gap == "" || word != migration.NotEnoughData && word != migration.CannotStay {
			t.Fatalf("%+v", got)
		}
		if word == migration.NotEnoughData && got.Verdict.Reason != "waiting for cloudwatch" {
			t.Fatalf("the reason is %q", got.Verdict.Reason)
		}
		got.Gap, got.Verdict = "", migration.Verdict{}
		if got != (Comparison{}) {
			t.Fatalf("behind a gap stands %+v", got)
		}
	})
}
