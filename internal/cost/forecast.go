package cost

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// Week is what a whole day costs, by weekday; unknown where no such day was seen.
type Week [7]migration.Opt[migration.USD]

// Forecast is the input of one tenant's month-end forecast.
type Forecast struct {
	SoFar migration.USD // from the month's beginning to From
	// From is now; its location decides where days and the month end.
	From time.Time
	// Lambda and Jobs are the tenant's days when all of it runs there.
	Lambda, Jobs Week
	// Cutover is when the tenant's work moves to Jobs; unknown for never.
	Cutover migration.Opt[time.Time]
}

// MonthEnd is what the month will have cost: so far, and the days that remain, each
// as its weekday, on the side where the plan puts the tenant. A day that is cut by
// From or by the cutover counts in parts. It is unknown where a weekday that is
// needed was never seen.
func (f Forecast) MonthEnd() migration.Opt[migration.USD] {
	year, month, day := f.From.Date()
	end := time.Date(year, month+1, 1, 0, 0, 0, 0, f.From.Location())
	sum := f.SoFar
	for ; ; day++ {
		begin := time.Date(year, month, day, 0, 0, 0, 0, f.From.Location())
		if !begin.Before(end) {
			return migration.Some(sum)
		}
		next := time.Date(year, month, day+1, 0, 0, 0, 0, f.From.Location())
		from, cut := begin, next
		if f.From.After(from) {
			from = f.From
		}
		if c, ok := f.Cutover.Get(); ok {
			cut = earlier(later(c, from), next)
		}
		for _, part := range [...]struct {
			week Week
			span time.Duration
		}{{f.Lambda, cut.Sub(from)}, {f.Jobs, next.Sub(cut)}} {
			if part.span <= 0 {
				continue
			}
			perDay, ok := part.week[begin.Weekday()].Get()
			if !ok {
				return migration.None[migration.USD]()
			}
			share := perDay.Decimal().Mul(decimal.NewFromInt(int64(part.span))).DivRound(decimal.NewFromInt(int64(next.Sub(begin))), Places)
			sum = sum.Add(migration.Dollars(share))
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
