package cost

import (
	"fmt"
	"math"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// Budget is what migtop's own questions may cost in a calendar hour, day and month
// in UTC, by which AWS counts too. What is unknown is not limited.
type Budget struct {
	Hour, Day, Month migration.Opt[migration.USD]
}

// Empty reports whether nothing is limited.
func (b Budget) Empty() bool { return !b.Hour.Known() && !b.Day.Known() && !b.Month.Known() }

// Asked is what was spent so far in the present hour, day and month, and what the
// usual cadence costs an hour, unknown before there is a pace.
type Asked struct {
	Hour, Day, Month migration.USD
	PerHour          migration.Opt[migration.USD]
}

// Pacing is how much slower than usual to ask, so that a budget is not crossed.
type Pacing struct {
	// Slower is how many times longer the time between two questions is; 1 is
	// as usual. It goes by quarters, so that it does not tremble.
	Slower float64
	// Hold is until when nothing may be asked at all; zero: asking goes on.
	Hold time.Time
	// Left is what may still be spent now, unknown without a budget: no single
	// poll may cost more.
	Left migration.Opt[migration.USD]
	// Budget and Per name the limit that binds: "$25", "month". Empty where none
	// slows anything.
	Budget, Per string
}

// Pace weighs what was spent against a budget. What is left until the end of each
// period is spread evenly over the time that it still has: where the usual cadence
// would cost more than that, it gets longer by as much, and where nothing is left,
// asking ends until the next period. The strictest limit binds.
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

// plainMoney is an amount as it was written: without zeros that say nothing.
func plainMoney(u migration.USD) string {
	if d := u.Decimal(); !d.Equal(d.Truncate(0)) && d.Equal(d.Truncate(2)) {
		return d.StringFixed(2)
	}
	return u.String()
}

// Why is the reason for it in words, "" where nothing is slowed: "to stay within
// $25/month".
func (p Pacing) Why() string {
	switch {
	case p.Budget == "":
		return ""
	case !p.Hold.IsZero():
		return fmt.Sprintf("nothing is asked until %s: the budget of %s/%s is spent", p.Hold.Format("2 Jan 15:04 MST"), p.Budget, p.Per)
	}
	return fmt.Sprintf("to stay within %s/%s", p.Budget, p.Per)
}
