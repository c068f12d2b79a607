package cost

import (
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

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

// runs is a number of runs for a sentence: "1 run", "12,345 runs".
func runs(n int64) string { return countOf(n, "run", "runs") }

// countOf is a number with thousands set apart, and one of two words.
func countOf(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return text.Grouped(n) + " " + many
}

// number prints a count for a sentence: whole where it is large, else with enough
// digits not to become 0.
func number(d decimal.Decimal) string {
	if d.GreaterThanOrEqual(decimal.NewFromInt(10)) || d.IsZero() {
		return text.GroupDigits(d.StringFixed(0))
	}
	return significant(d, 2)
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
		return sign + "$" + text.GroupDigits(d.StringFixed(2))
	}
	short := significant(d, 4)
	if _, places, _ := strings.Cut(short, "."); len(places) < 2 {
		short = d.StringFixed(2)
	}
	return sign + "$" + short
}

// significant prints a positive number below 10 with n significant digits.
func significant(d decimal.Decimal, n int32) string {
	return d.Round(max(migration.SignificantPlaces(d, n), 0)).String()
}
