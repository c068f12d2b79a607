package cost

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// BreakEven is from how many runs a day the side after the move is cheaper:
//
//	fixed / (30.4375 * (before - after))
//
// with what one run costs on either side and the fixed monthly share of the
// platform. It is false where a run costs no less after the move: then moving never pays.
func BreakEven(before, after, fixed migration.USD) (runsPerDay decimal.Decimal, ok bool) {
	saving := before.Sub(after)
	if saving.Sign() <= 0 {
		return decimal.Decimal{}, false
	}
	if fixed.Sign() <= 0 {
		return decimal.Decimal{}, true
	}
	return fixed.Decimal().DivRound(DaysPerMonth.Mul(saving.Decimal()), Places), true
}

// DoubleRun is what both sides cost together beyond what the side before the move alone would
// have cost for the same runs. Negative where the move already saves.
func DoubleRun(both, perRunBefore migration.USD, runs int64) migration.USD {
	return both.Sub(perRunBefore.Mul(decimal.NewFromInt(runs)))
}

// PerRun is an amount over runs; unknown without runs.
func PerRun(amount migration.Opt[migration.USD], runs int64) migration.Opt[migration.USD] {
	a, ok := amount.Get()
	if !ok || runs <= 0 {
		return migration.None[migration.USD]()
	}
	return migration.Some(Per(a, decimal.NewFromInt(runs)))
}

// PerHour is an amount over time; unknown where no time was covered.
func PerHour(amount migration.Opt[migration.USD], over time.Duration) migration.Opt[migration.USD] {
	a, ok := amount.Get()
	if !ok || over <= 0 {
		return migration.None[migration.USD]()
	}
	hour := decimal.NewFromInt(int64(time.Hour))
	return migration.Some(migration.Dollars(a.Decimal().Mul(hour).DivRound(decimal.NewFromInt(int64(over)), Places)))
}

// Per divides an amount by a number that is not zero, to [Places].
func Per(amount migration.USD, by decimal.Decimal) migration.USD {
	return migration.Dollars(amount.Decimal().DivRound(by, Places))
}

// LeastRuns is how many runs a side must show before its cost per run is judged.
const LeastRuns = 3

// CutOff is from which share of a hard timeout on a run counts as cut off by it.
const CutOff migration.Ratio = 0.98

// Case is what a cost verdict on one tenant is made from. Costs are of the same
// window as runs.
type Case struct {
	// Move is which platforms are compared; the zero value is Lambda to Jobs.
	Move migration.Move

	LambdaRuns, JobRuns int64
	// LambdaUnknown and JobsUnknown are set where a side could not be read: then the
	// counts above are no zeros.
	LambdaUnknown, JobsUnknown bool
	// Lambda and Job are what one run costs; unknown without runs or price.
	// Job may be estimated from the shape that runs have before the move, then
	// JobEstimated is set and JobRuns does not matter.
	Lambda, Job  migration.Opt[migration.USD]
	JobEstimated bool
	// Fixed is the tenant's monthly share of the platform, unknown where its
	// price is.
	Fixed migration.Opt[migration.USD]
	// RunsPerDay is on both sides together, unknown without covered time.
	RunsPerDay migration.Opt[decimal.Decimal]
	// LongestLambda and LongestJob are the longest runs seen; TimedOut counts
	// the runs before the move that were cut off by a time limit.
	LongestLambda, LongestJob migration.Opt[time.Duration]
	TimedOut                  int64
	// Missing says which price is missing, or is empty.
	Missing string
	// Certain says that the costs of a run are not from observation, so that a
	// few runs are as good as many.
	Certain bool
}

// Judge says on which side a tenant is cheaper, and why.
func Judge(c Case) migration.Verdict {
	lambda, lambdaKnown := c.Lambda.Get()
	job, jobKnown := c.Job.Get()
	if c.LambdaUnknown || c.JobsUnknown {
		return c.half()
	}
	before, after := c.labels()
	if c.LambdaRuns == 0 && c.JobRuns > 0 {
		reason := fmt.Sprintf("nothing ran on %s in this window; %s on %s", before, runs(c.JobRuns), after)
		if jobKnown && !c.JobEstimated {
			reason += fmt.Sprintf(" at %s each", Money(job))
		}
		return migration.Verdict{Decision: migration.Moved, Reason: reason}
	}
	if reason, over := c.wall(); over {
		return migration.Verdict{Decision: migration.CannotStay, Reason: reason}
	}
	if reason, over := c.tooLong(); over {
		return migration.Verdict{Decision: migration.Stay, Reason: reason}
	}
	switch {
	case c.LambdaRuns == 0 && c.JobRuns == 0:
		return notEnough("nothing ran on either side in this window")
	case c.LambdaRuns < LeastRuns && !c.Certain:
		return notEnough("only %s on %s in this window; %d are needed", runs(c.LambdaRuns), before, LeastRuns)
	case !c.JobEstimated && c.JobRuns > 0 && c.JobRuns < LeastRuns:
		return notEnough("only %s on %s in this window; %d are needed", runs(c.JobRuns), after, LeastRuns)
	case !lambdaKnown && c.Missing != "", !jobKnown && c.Missing != "":
		return notEnough("%s", c.Missing)
	case !lambdaKnown:
		return notEnough("what a run costs on %s is unknown", before)
	case !jobKnown:
		return notEnough("what a run costs on %s is unknown", after)
	}
	return c.compare(lambda, job)
}

// labels name both sides.
func (c Case) labels() (before, after string) {
	sides := c.Move.Infos()
	return sides[0].Label, sides[1].Label
}

// half judges where one side could not be looked at. That runs do not fit into an
// invocation is seen on either side; all else needs both.
func (c Case) half() migration.Verdict {
	if reason, over := c.wall(); over {
		return migration.Verdict{Decision: migration.CannotStay, Reason: reason}
	}
	unseen, after := c.labels()
	if !c.LambdaUnknown {
		unseen = after
	}
	return notEnough("what runs on %s could not be read", unseen)
}

func notEnough(format string, args ...any) migration.Verdict {
	return migration.Verdict{Decision: migration.NotEnoughData, Reason: fmt.Sprintf(format, args...)}
}

// wall finds out whether runs do not fit into what the side before the move allows a run.
func (c Case) wall() (string, bool) {
	sides := c.Move.Infos()
	before, after, limit := sides[0].Label, sides[1].Label, sides[0].Caps.HardTimeout
	if limit == 0 {
		return "", false
	}
	cut := time.Duration(float64(limit) * float64(CutOff))
	if d, ok := c.LongestJob.Get(); ok && d > limit {
		return fmt.Sprintf("the longest run on %s took %s, %s ends every run at %s", after, migration.Brief(d), before, migration.Brief(limit)),
			true
	}
	longest, ok := c.LongestLambda.Get()
	if c.TimedOut > 0 && (!ok || longest >= cut) {
		return fmt.Sprintf("%s cut off at %s's wall of %s", was(c.TimedOut), before, migration.Brief(limit)), true
	}
	if ok && longest >= cut {
		return fmt.Sprintf("the longest run took %s of the %s that %s allows", migration.Brief(longest), migration.Brief(limit), before), true
	}
	return "", false
}

// tooLong finds out whether runs do not fit into what the side after the move allows a run.
func (c Case) tooLong() (string, bool) {
	sides := c.Move.Infos()
	limit := sides[1].Caps.HardTimeout
	if d, ok := c.LongestLambda.Get(); ok && limit > 0 && d > limit {
		return fmt.Sprintf("the longest run on %s took %s, %s ends every run at %s", sides[0].Label, migration.Brief(d), sides[1].Label,
			migration.Brief(limit)), true
	}
	return "", false
}

func (c Case) compare(lambda, job migration.USD) migration.Verdict {
	about := ""
	if c.JobEstimated {
		about = "about "
	}
	before, after := c.labels()
	each := fmt.Sprintf("a run costs %s on %s and %s%s on %s", Money(lambda), before, about, Money(job), after)
	if lambda.Sign() > 0 {
		change := job.Decimal().Sub(lambda.Decimal()).Shift(2).DivRound(lambda.Decimal(), 0)
		switch change.Sign() {
		case 1:
			each += fmt.Sprintf(" (%s %% more)", grouped(change.String()))
		case -1:
			each += fmt.Sprintf(" (%s %% less)", change.Neg())
		}
	}
	if lambda.Cmp(job) <= 0 {
		return migration.Verdict{Decision: migration.Stay, Reason: each + ": moving never pays"}
	}
	fixed, ok1 := c.Fixed.Get()
	perDay, ok2 := c.RunsPerDay.Get()
	if !ok1 {
		return notEnough("%s, but the platform's fixed share is unknown", each)
	}
	even, _ := BreakEven(lambda, job, fixed)
	if !ok2 {
		return notEnough("%s; it pays from %s runs a day, and how many there are is unknown", each, number(even))
	}
	if even.IsZero() {
		return migration.Verdict{Decision: migration.WorthMoving, Reason: each + ", from the first run on"}
	}
	word, than := migration.WorthMoving, "over"
	if perDay.LessThan(even) {
		word, than = migration.Stay, "under"
	}
	return migration.Verdict{Decision: word, Reason: fmt.Sprintf(
		"%s, and %s runs a day are %s the break-even of %s", each, number(perDay), than, number(even))}
}

func runs(n int64) string {
	if n == 1 {
		return "1 run"
	}
	return grouped(strconv.FormatInt(n, 10)) + " runs"
}

func was(n int64) string {
	if n == 1 {
		return "1 run was"
	}
	return grouped(strconv.FormatInt(n, 10)) + " runs were"
}

// number prints a count for a sentence: whole where it is large, else with enough
// digits not to become 0.
func number(d decimal.Decimal) string {
	if d.GreaterThanOrEqual(decimal.NewFromInt(10)) || d.IsZero() {
		return grouped(d.StringFixed(0))
	}
	return significant(d, 2)
}

// grouped sets the thousands of a number without a sign apart.
func grouped(s string) string {
	whole, rest, cut := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if cut {
		whole += "." + rest
	}
	return whole
}

// Money prints an amount for a sentence: cents from a dollar on, and below that
// four significant digits, so that a cheap run does not become $0.00.
func Money(u migration.USD) string {
	d := u.Decimal()
	sign := ""
	if d.IsNegative() {
		sign, d = "-", d.Neg()
	}
	if d.IsZero() || d.GreaterThanOrEqual(one) {
		return sign + "$" + grouped(d.StringFixed(2))
	}
	short := significant(d, 4)
	if _, places, _ := strings.Cut(short, "."); len(places) < 2 {
		short = d.StringFixed(2)
	}
	return sign + "$" + short
}

// significant prints a positive number below 10 with n significant digits.
func significant(d decimal.Decimal, n int32) string {
	digits := int32(d.NumDigits()) //nolint:gosec // far below 2^31
	places := n - (digits + d.Exponent())
	return d.Round(max(places, 0)).String()
}
