package cost

import (
	"cmp"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// SideMonth is one side of a comparison: what a month of the same runs costs on one platform.
// All amounts of both sides include the same things: Savings Plans, the free tier, idle nodes
// and the platform are in both, or in neither.
type SideMonth struct {
	// Name is what sentences call the side: "Lambda", "Jobs", "nodes".
	Name string
	// Limit is the time at which the platform ends every run; 0 for none.
	Limit time.Duration
	// Gap says in words why the side was not read, or has no price: "waiting for cloudwatch",
	// "no price for m9x.large in eu-west-1". Empty where it was read and priced. A side that is
	// absent by intent has none: its costs are Calculated.
	Gap string

	// Fixed is what the month costs at no run: provisioned concurrency, SnapStart's cache and
	// pollers on Lambda; the share of the platform, of idle nodes and fixed monthly parts elsewhere.
	Fixed migration.Opt[migration.USD]
	// Run is what one run more costs. It may be unknown where nothing ran.
	Run migration.Opt[migration.USD]
	// Month is the whole month, Fixed in it. Unknown stands for
	//
	//	Fixed + Run * runs a day * 30.4375
	//
	// so that only a side whose cost is not linear in runs (tiers, the free tier) needs it.
	Month migration.Opt[migration.USD]
	// Leaving is what of Month is no longer paid once the runs are gone, which is what a move
	// saves: at Lambda's marginal price, after commitments. Unknown stands for Month. It is never
	// above Month.
	Leaving migration.Opt[migration.USD]

	// Calculated says that the costs come from a shape and not from runs that were seen, so that
	// their number does not matter.
	Calculated bool
	// Runs that were seen on the side, the longest of them, and how many a time limit ended.
	Runs     int64
	Longest  migration.Opt[time.Duration]
	TimedOut int64
}

// Terms are what a comparison needs to know in addition to its two sides.
type Terms struct {
	// RunsPerDay is on both sides together, unknown without covered time.
	RunsPerDay migration.Opt[decimal.Decimal]
	// Moved is the share of the runs, 0 to 1, that are on the side after the move already.
	Moved decimal.Decimal
	// BreakEven is the caller's own, for sides that are not linear in runs; nil has it solved
	// from Fixed and Run.
	BreakEven *BreakEvenPoint
	// Extra is what running both sides cost so far beyond one side alone, and OneOff what the move
	// costs once. With Extra unknown there is no payback.
	Extra  migration.Opt[migration.USD]
	OneOff migration.USD
}

// Comparison is what follows from two sides. Where Gap is set, nothing else is known but for two
// verdicts: [migration.CannotStay], which one side shows alone, and [migration.Moved] of work that has no
// cost before the move: it was never seen, or its runs do not fit there.
type Comparison struct {
	// Gap is why nothing is compared, or empty.
	Gap     string
	Verdict migration.Verdict
	// Delta is the cost of a run after the move over the cost before it, minus 1.
	Delta migration.Opt[decimal.Decimal]
	// BreakEven is left out (NoBreakEven) where it would contradict the months.
	BreakEven BreakEvenPoint
	// Before and After are the whole months compared.
	Before, After migration.Opt[migration.USD]
	// Whole is what a month costs less with all runs after the move than with all before it.
	// Saved is the part of the runs that have moved, and Saving what is still to be saved: the
	// two add up to Whole. Negative where the move costs more.
	Whole, Saved, Saving migration.Opt[migration.USD]
	// Payback is after how many months Whole has earned the move back; unknown where it never does.
	Payback migration.Opt[decimal.Decimal]
}

// Compare compares a month on the side before a move with the month after it.
//
// The verdict follows from the whole months, so that it cannot contradict them: move where leaving
// saves more than the other side costs. Where a side has a gap, or too few runs were seen, the result
// says that and nothing else.
func Compare(before, after SideMonth, terms Terms) Comparison {
	c := comparing{before: before, after: after, terms: terms}
	out := c.compare()
	if reason, over := c.wall(); over {
		out.Verdict = migration.Verdict{Decision: migration.CannotStay, Reason: reason}
	}
	return out
}

// comparing is one comparison under way.
type comparing struct {
	before, after SideMonth
	terms         Terms

	out          Comparison
	perDay       decimal.Decimal
	leaving      migration.USD
	runBefore    migration.USD
	runAfter     migration.USD
	moves, ended bool // ended: nothing runs on the side before the move any more
}

func (c *comparing) compare() Comparison {
	left := c.before.Runs == 0 && !c.before.Calculated || c.terms.Moved.GreaterThanOrEqual(one)
	c.ended = left && c.before.Gap == "" && c.after.Runs > 0
	if gap := bothGaps(c.before.Gap, c.after.Gap); gap != "" {
		return withGap(gap)
	}
	reason, over := c.tooLong()
	if over && !c.ended {
		return Comparison{Verdict: migration.Verdict{Decision: migration.Stay, Reason: reason}}
	}
	gap := cmp.Or(c.unfit(), c.lacking())
	if gap == "" {
		c.amounts()
	}
	switch {
	case c.ended:
		// That the work has moved is seen; what the move saves may not be.
		c.out.Gap, c.out.Verdict = gap, migration.Verdict{Decision: migration.Moved, Reason: c.movedReason()}
		return c.out
	case gap != "":
		return withGap(gap)
	}
	c.out.Verdict = c.verdict()
	return c.out
}

// withGap is a comparison that has not been made.
func withGap(gap string) Comparison {
	return Comparison{Gap: gap, Verdict: migration.Verdict{Decision: migration.NotEnoughData, Reason: gap}}
}

// bothGaps joins the gaps of two sides, each said once.
func bothGaps(a, b string) string {
	if a == "" || b == "" || a == b {
		return cmp.Or(a, b)
	}
	return a + "; " + b
}

// unfit says that the runs after the move are longer than the side before it allows: what a run cost there is of other
// runs, and says nothing of these.
func (c *comparing) unfit() string {
	if d, ok := c.after.Longest.Get(); ok && c.before.Limit > 0 && d > c.before.Limit {
		return fmt.Sprintf("runs on %s take longer than the %s that %s allows, and have no cost there", c.after.Name,
			migration.Brief(c.before.Limit), c.before.Name)
	}
	return ""
}

// lacking says what of two sides that were read is not known well enough to compare them.
func (c *comparing) lacking() string {
	b, a := &c.before, &c.after
	switch {
	case c.ended && !b.Run.Known():
		return "what a run cost on " + b.Name + " is unknown"
	case c.ended:
	case b.Runs == 0 && a.Runs == 0 && !b.Calculated:
		return "nothing ran on either side in this window"
	case b.Runs < LeastRuns && !b.Calculated:
		return fmt.Sprintf("only %s on %s in this window; %d are needed", runs(b.Runs), b.Name, LeastRuns)
	case a.Runs > 0 && a.Runs < LeastRuns && !a.Calculated:
		return fmt.Sprintf("only %s on %s in this window; %d are needed", runs(a.Runs), a.Name, LeastRuns)
	}
	for _, s := range [...]*SideMonth{b, a} {
		switch {
		case !s.Run.Known():
			return "what a run costs on " + s.Name + " is unknown"
		case !s.Fixed.Known():
			return "the fixed monthly cost of " + s.Name + " is unknown"
		}
	}
	if !c.terms.RunsPerDay.Known() {
		return "how many runs a day there are is unknown"
	}
	return ""
}

// amounts fills in what both sides cost and what follows from it.
func (c *comparing) amounts() {
	c.perDay, _ = c.terms.RunsPerDay.Get()
	before, after := c.before.month(c.perDay), c.after.month(c.perDay)
	c.leaving = c.before.Leaving.Or(before)
	if c.leaving.Cmp(before) > 0 {
		c.leaving = before
	}
	c.runBefore, _ = c.before.Run.Get()
	c.runAfter, _ = c.after.Run.Get()
	c.out.Before, c.out.After = migration.Some(before), migration.Some(after)
	if c.runBefore.Sign() > 0 {
		c.out.Delta = migration.Some(c.runAfter.Sub(c.runBefore).Decimal().DivRound(c.runBefore.Decimal(), Places))
	}
	whole := c.leaving.Sub(after).Round(Places)
	saved := whole.Mul(c.terms.Moved).Round(Places)
	c.out.Whole, c.out.Saved, c.out.Saving = migration.Some(whole), migration.Some(saved), migration.Some(whole.Sub(saved))
	c.moves = whole.Decimal().Round(comparedPlaces).IsPositive()
	if extra, ok := c.terms.Extra.Get(); ok && c.moves {
		if months, pays := Payback(extra, c.terms.OneOff, whole); pays {
			c.out.Payback = migration.Some(months)
		}
	}
	even := c.terms.BreakEven
	if even == nil {
		solved := SolveBreakEven(c.before, c.after)
		even = &solved
	}
	if even.Moves(c.perDay) == c.moves {
		c.out.BreakEven = *even
	}
}

// comparedPlaces is how many decimal places of a month's cost, in USD, decide. What is below is the rounding of quotients.
const comparedPlaces = 18

// month is the whole month at a pace.
func (s *SideMonth) month(perDay decimal.Decimal) migration.USD {
	if m, ok := s.Month.Get(); ok {
		return m
	}
	run, _ := s.Run.Get()
	fixed, _ := s.Fixed.Get()
	return fixed.Add(run.Mul(perDay).Mul(DaysPerMonth)).Round(Places)
}

// wall finds out whether runs do not fit into what the side before the move allows a run.
func (c *comparing) wall() (string, bool) {
	b, a := &c.before, &c.after
	if b.Limit == 0 || c.ended {
		return "", false
	}
	cut := time.Duration(float64(b.Limit) * float64(CutOff))
	if d, ok := a.Longest.Get(); ok && d > b.Limit {
		return fmt.Sprintf("the longest run on %s took %s, %s ends every run at %s", a.Name, migration.Brief(d), b.Name,
			migration.Brief(b.Limit)), true
	}
	longest, ok := b.Longest.Get()
	if b.TimedOut > 0 && (!ok || longest >= cut) {
		return fmt.Sprintf("%s cut off at %s's wall of %s", countOf(b.TimedOut, "run was", "runs were"), b.Name,
			migration.Brief(b.Limit)), true
	}
	if ok && longest >= cut {
		return fmt.Sprintf("the longest run took %s of the %s that %s allows", migration.Brief(longest), migration.Brief(b.Limit),
			b.Name), true
	}
	return "", false
}

// tooLong finds out whether runs do not fit into what the side after the move allows a run.
func (c *comparing) tooLong() (string, bool) {
	if d, ok := c.before.Longest.Get(); ok && c.after.Limit > 0 && d > c.after.Limit {
		return fmt.Sprintf("the longest run on %s took %s, %s ends every run at %s", c.before.Name, migration.Brief(d), c.after.Name,
			migration.Brief(c.after.Limit)), true
	}
	return "", false
}
