package cost

import (
	"fmt"
	"math"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// Budget limits what migtop's own requests cost in a calendar hour, day and month in UTC,
// as AWS counts. An unknown limit is none.
type Budget struct {
	Hour, Day, Month migration.Opt[migration.USD]
}

// Empty reports whether nothing is limited.
func (b Budget) Empty() bool { return !b.Hour.Known() && !b.Day.Known() && !b.Month.Known() }

// Asked is what was spent so far in the present hour, day and month, and what the
// usual interval costs an hour, unknown before it was measured.
type Asked struct {
	Hour, Day, Month migration.USD
	PerHour          migration.Opt[migration.USD]
}

// Pacing is how much slower than usual to poll, so that a budget is kept.
type Pacing struct {
	// Slower is the factor on the time between two polls; 1 is as usual. It goes in
	// quarters, so that it does not change with every poll.
	Slower float64
	// Hold is until when no request may be made; zero for no hold.
	Hold time.Time
	// Left is what may still be spent now, unknown without a budget: no single
	// poll may cost more.
	Left migration.Opt[migration.USD]
	// Budget and Per name the limit that binds: "$25", "month". Empty where none does.
	Budget, Per string
}

// Pace compares what was spent with a budget. What is left of each period is spread evenly
// over the time that remains: where the usual interval costs more, it gets longer by as
// much, and where nothing is left, polling stops until the next period. The strictest limit
// binds.
func Pace(now time.Time, asked Asked, budget Budget) Pacing {
	now = now.UTC()
	hour := now.Truncate(time.Hour)
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	out := Pacing{Slower: 1}
	for _, p := range [...]struct {
		per   string
		limit migration.Opt[migration.USD]
		spent migration.USD
		end   time.Time
	}{
		{"hour", budget.Hour, asked.Hour, hour.Add(time.Hour)},
		{"day", budget.Day, asked.Day, day.AddDate(0, 0, 1)},
		{"month", budget.Month, asked.Month, time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		limit, ok := p.limit.Get()
		if !ok {
			continue
		}
		left := limit.Sub(p.spent)
		if left.Sign() < 0 {
			left = migration.USD{}
		}
		if before, known := out.Left.Get(); !known || left.Cmp(before) < 0 {
			out.Left = migration.Some(left)
		}
		if left.Sign() == 0 {
			if p.end.After(out.Hold) {
				out.Hold, out.Budget, out.Per = p.end, "$"+plainMoney(limit), p.per
			}
			continue
		}
		perHour, known := asked.PerHour.Get()
		if !known || perHour.Sign() <= 0 {
			continue
		}
		wanted := perHour.Mul(decimal.NewFromInt(int64(p.end.Sub(now)))).Decimal()
		allowed := left.Mul(decimal.NewFromInt(int64(time.Hour))).Decimal()
		slower := math.Ceil(wanted.DivRound(allowed, 12).InexactFloat64()*4) / 4
		if slower > out.Slower {
			out.Slower = slower
			if out.Hold.IsZero() {
				out.Budget, out.Per = "$"+plainMoney(limit), p.per
			}
		}
	}
	return out
}

// plainMoney is an amount without trailing zeros, or with two places.
func plainMoney(u migration.USD) string {
	if d := u.Decimal(); !d.Equal(d.Truncate(0)) && d.Equal(d.Truncate(2)) {
		return d.StringFixed(2)
	}
	return u.String()
}

// Why is the reason in words, such as "to stay within $25/month", or "" where nothing is
// slowed.
func (p Pacing) Why() string {
	switch {
	case p.Budget == "":
		return ""
	case !p.Hold.IsZero():
		return fmt.Sprintf("nothing is asked until %s: the budget of %s/%s is spent", p.Hold.Format("2 Jan 15:04 MST"), p.Budget, p.Per)
	}
	return fmt.Sprintf("to stay within %s/%s", p.Budget, p.Per)
}
