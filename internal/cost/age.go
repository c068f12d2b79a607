package cost

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// Use is a price, and the dollars that were paid at it.
type Use struct {
	Rate    prices.Rate
	Dollars decimal.Decimal
}

// usedPrices collects which prices went into a bill and which were missing.
type usedPrices struct {
	at      map[rateKey]int // index in uses
	uses    []Use
	missing map[string]bool
}

type rateKey struct{ item, region string }

func newUsedPrices() usedPrices {
	return usedPrices{at: map[rateKey]int{}, missing: map[string]bool{}}
}

// use notes prices that nothing is paid at by itself, such as discounts.
func (u *usedPrices) use(rates ...prices.Rate) {
	for i := range rates {
		u.pay(decimal.Decimal{}, &rates[i])
	}
}

// pay notes a price and what was paid at it.
func (u *usedPrices) pay(dollars decimal.Decimal, r *prices.Rate) {
	k := rateKey{r.Item, r.Region}
	at, known := u.at[k]
	if !known {
		at = len(u.uses)
		u.at[k], u.uses = at, append(u.uses, Use{Rate: *r})
	}
	u.uses[at].Dollars = u.uses[at].Dollars.Add(dollars)
}

// node notes the prices of a node and what was paid for it: at those of its resources by
// how much of each it has, at what is left by the hour.
func (u *usedPrices) node(dollars decimal.Decimal, r *nodeRate) {
	left := r.hourly
	parts := make([]decimal.Decimal, len(r.rates))
	for i := range r.rates {
		switch r.rates[i].Unit {
		case "USD/vCPU-hour":
			parts[i] = r.rates[i].Value.Mul(r.vcpu)
		case "USD/GiB-hour":
			parts[i] = r.rates[i].Value.Mul(r.gib)
		}
		left = left.Sub(parts[i])
	}
	for i := range r.rates {
		if r.rates[i].Unit == "USD/hour" {
			parts[i], left = left, decimal.Decimal{}
		}
		if !r.hourly.IsPositive() {
			u.use(r.rates[i])
			continue
		}
		u.pay(dollars.Mul(parts[i]).DivRound(r.hourly, Places), &r.rates[i])
	}
}

// miss notes what has no price: "fargate.vcpu.arm64 in eu-north-9".
func (u *usedPrices) miss(err error) {
	what := err.Error()
	if e, ok := errors.AsType[*prices.UnknownError](err); ok {
		what = e.Item
		if e.Region != "" {
			what += " in " + e.Region
		}
	}
	u.missing[what] = true
}

// Prices is the age and the certainty of this bill's prices at a moment.
func (b *Bill) Prices(at time.Time) migration.Prices {
	out := Age(b.used.uses, at)
	out.Unknown = slices.Sorted(maps.Keys(b.used.missing))
	return out
}

// Age is the age and the certainty of some prices at a moment. The age is that of the average
// dollar, in whole days:
//
//	age = sum(dollars * days) / sum(dollars)
//
// so that old prices of what hardly anything is paid for do not count more than they cost. A
// date that is a month or a year counts from its first day. Prices without a date are left
// out of it, and their part of the dollars is stated. Where nothing was paid, every price
// counts the same. Also the date of the oldest of the prices that count, and the weakest
// certainty of all.
func Age(uses []Use, at time.Time) migration.Prices {
	// A credit of the free tier is at the price that it comes off.
	used := newUsedPrices()
	for i := range uses {
		used.pay(uses[i].Dollars, &uses[i].Rate)
	}
	uses = used.uses
	var out migration.Prices
	var weakest prices.Certainty
	var oldest time.Time
	var all decimal.Decimal
	for i := range uses {
		weakest = max(weakest, uses[i].Rate.Origin.Certainty)
		all = all.Add(uses[i].Dollars.Abs())
	}
	var dated, dollarDays decimal.Decimal
	for i := range uses {
		dollars := uses[i].Dollars.Abs()
		if all.IsZero() {
			dollars = one
		}
		since, ok := uses[i].Rate.Origin.Since()
		if !ok || dollars.IsZero() {
			continue
		}
		if oldest.IsZero() || since.Before(oldest) {
			oldest, out.AsOf = since, uses[i].Rate.Origin.AsOf
		}
		days := max(int64(at.Sub(since)/(24*time.Hour)), 0)
		dated, dollarDays = dated.Add(dollars), dollarDays.Add(dollars.Mul(decimal.NewFromInt(days)))
	}
	if dated.IsPositive() {
		days, _ := dollarDays.QuoRem(dated, 0)
		out.AgeDays = int(days.IntPart())
	}
	if all.IsPositive() {
		out.Undated = migration.Ratio(all.Sub(dated).DivRound(all, Places).InexactFloat64())
	}
	if weakest > 0 {
		out.Certainty = weakest.String()
	}
	return out
}
