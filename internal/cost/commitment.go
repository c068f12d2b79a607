package cost

import (
	"slices"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// Usage is what one service costs in one hour at on-demand rates, and what a Compute
// Savings Plan takes off it, as a fraction.
type Usage struct {
	OnDemand migration.USD
	Discount decimal.Decimal
}

// Committed is an hour under a Compute Savings Plan.
type Committed struct {
	// Total is the commitment and what it did not cover, at on-demand rates.
	Total migration.USD
	// Unused is the part of the commitment that nothing used: it is paid for.
	Unused migration.USD
}

// Commit spends an hour's commitment on an hour's usage. A plan applies to what it
// discounts most first, pays the discounted rate, and what is left over by the end
// of the hour is lost. Source: AWS, "Understanding how Savings Plans apply to your
// usage". Discounts are 0 to below 1.
func Commit(hourly migration.USD, usage []Usage) Committed {
	sorted := slices.Clone(usage)
	slices.SortStableFunc(sorted, func(x, y Usage) int { return y.Discount.Cmp(x.Discount) })
	left, total := hourly.Decimal(), hourly.Decimal()
	for _, u := range sorted {
		pays := one.Sub(u.Discount) // of a dollar on demand
		spends := decimal.Min(left, u.OnDemand.Decimal().Mul(pays))
		left = left.Sub(spends)
		covered := u.OnDemand.Decimal()
		if spends.LessThan(covered.Mul(pays)) {
			covered = spends.DivRound(pays, Places)
		}
		total = total.Add(u.OnDemand.Decimal().Sub(covered))
	}
	return Committed{Total: migration.Dollars(total), Unused: migration.Dollars(left)}
}

// Payback is after how many months what a migration cost is earned back: what
// running both sides cost beyond one, and one-off costs, over what a month costs
// less. The saving is the marginal one ([Bill.Leaving]) after commitments: what a
// [Commit] leaves of it. It is false where there is no saving.
func Payback(extra, oneOff, monthlySaving migration.USD) (months decimal.Decimal, ok bool) {
	if monthlySaving.Sign() <= 0 {
		return decimal.Decimal{}, false
	}
	spent := decimal.Max(extra.Add(oneOff).Decimal(), decimal.Decimal{})
	return spent.DivRound(monthlySaving.Decimal(), Places), true
}
