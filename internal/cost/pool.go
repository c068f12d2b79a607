package cost

import (
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// placeBill is Lambda in one region on one architecture, over which tiers count. Tiers and
// the free tier apply to the month.
type placeBill struct {
	place  migration.RegionArch
	window time.Duration
	sum    lambdaSum
	rate   lambdaRate
	extra  extraRates
	logs   *logBill // of its region; nil where nothing was written
	// keep is what a Compute Savings Plan leaves of a dollar of compute.
	keep  decimal.Decimal
	tiers []Tier
	month decimal.Decimal // on-demand GB-seconds of the month
	calls decimal.Decimal // requests of the month
	// tiered is set where the month reaches beyond the first tier; then an
	// account pays its part of pool: average(t) = pool * gbs(t)/sum gbs.
	tiered bool
	pool   decimal.Decimal
	// free is this place's part of the free tier.
	free struct{ gbs, requests decimal.Decimal }
	err  error
}

func (b *placeBill) price(p *Pricer, used *usedPrices, window time.Duration) {
	if b.rate, b.err = p.lambdaRate(b.place); b.err == nil {
		b.extra, b.err = p.extraRates(b.place, &b.sum.extra)
	}
	if b.err != nil {
		used.miss(b.err)
		return
	}
	used.pay(decimal.NewFromInt(b.sum.requests).Mul(b.rate.perRequest), &b.rate.rates[1])
	b.extra.pay(used)
	if len(b.extra.rates) > 0 {
		b.rate.evidence = evidenceOf(append(slices.Clone(b.rate.rates), b.extra.rates...)...)
	}
	b.window = window
	b.month = monthly(b.sum.onDemand().GBSeconds(), window)
	b.calls = monthly(decimal.NewFromInt(b.sum.requests), window)
	b.cover(p, used)
	var err error
	if b.tiers, err = p.LambdaTiers(b.place); err != nil {
		b.tiers = []Tier{{Rate: b.rate.rates[0]}} // a book without tiers: its one rate holds
	}
	if upTo, ok := b.tiers[0].UpTo.Get(); !ok || !b.month.GreaterThan(upTo) {
		used.pay(decimal.NewFromInt(int64(b.sum.onDemand())).Mul(b.rate.compute), &b.rate.rates[0])
		return
	}
	b.tiered, b.pool = true, Tiered(b.tiers, b.month)
	reached := []prices.Rate{b.rate.rates[1]}
	for _, s := range Segments(b.tiers, decimal.Decimal{}, b.month) {
		reached = append(reached, s.Rate)
		used.pay(windowly(s.Quantity.Mul(s.Rate.Value), window), &s.Rate)
	}
	b.rate.evidence = noted(evidenceOf(append(reached, b.extra.rates...)...), migration.Derived,
		"average rate over Lambda's tiers at this month's pace")
	b.cover(p, used)
}

// cost is an account's part of the pool by GB-seconds, and its requests.
//
//	cost = pool * gbs / sum gbs * (1 - coverage*discount) + requests + what else it bills
func (b *placeBill) cost(s *lambdaSum) decimal.Decimal {
	compute := b.compute(s)
	requests := decimal.NewFromInt(s.requests).Mul(b.rate.perRequest)
	if s.extra == (lambdaExtra{}) {
		return b.kept(compute).Add(requests)
	}
	return b.kept(compute.Add(b.extra.provisioned(&s.extra))).Add(requests).Add(b.uncovered(&s.extra))
}

// uncovered is what no Savings Plan covers: storage over 512 MB, and logs.
func (b *placeBill) uncovered(e *lambdaExtra) decimal.Decimal {
	sum := b.extra.storage(e)
	if b.logs != nil {
		sum = sum.Add(b.logs.cost(e.logs))
	}
	return sum
}

// evidence is what an account's part rests on.
func (b *placeBill) evidence(s *lambdaSum) migration.Provenance {
	if b.logs == nil || s.extra.logs == 0 {
		return b.rate.evidence
	}
	return b.rate.evidence.And(b.logs.evidence)
}

// compute is an account's part of the pool alone, on demand.
func (b *placeBill) compute(s *lambdaSum) decimal.Decimal {
	if b.tiered {
		return b.pool.Mul(s.onDemand().GBSeconds()).DivRound(b.month, Places)
	}
	return decimal.NewFromInt(int64(s.onDemand())).Mul(b.rate.compute)
}

// kept is what a Compute Savings Plan leaves of an amount of compute.
func (b *placeBill) kept(compute decimal.Decimal) decimal.Decimal {
	if b.keep.Equal(one) {
		return compute
	}
	return compute.Mul(b.keep)
}

// monthCost is what an amount of one month costs after the free tier.
func (b *placeBill) monthCost(gbs, requests decimal.Decimal) decimal.Decimal {
	var zero decimal.Decimal
	return b.kept(Tiered(b.tiers, decimal.Max(zero, gbs.Sub(b.free.gbs)))).
		Add(decimal.Max(zero, requests.Sub(b.free.requests)).Mul(b.rate.perRequest))
}

// leaving is what a month costs less without an account, over this window:
//
//	marginal(t) = tiered(G) - tiered(G - gbs(t))
//
// the same of logs, and all of its own provisioned concurrency and storage.
func (b *placeBill) leaving(s *lambdaSum) decimal.Decimal {
	gbs := monthly(s.onDemand().GBSeconds(), b.window)
	requests := monthly(decimal.NewFromInt(s.requests), b.window)
	saved := b.monthCost(b.month, b.calls).Sub(b.monthCost(b.month.Sub(gbs), b.calls.Sub(requests)))
	saved = windowly(saved, b.window).Add(b.kept(b.extra.provisioned(&s.extra))).Add(b.extra.storage(&s.extra))
	if b.logs != nil {
		saved = saved.Add(b.logs.leaving(s.extra.logs))
	}
	return saved
}

// monthly scales an amount of the window to a month; a window of 0 is a month.
func monthly(amount decimal.Decimal, window time.Duration) decimal.Decimal {
	if window <= 0 {
		return amount
	}
	return amount.Mul(monthLength).DivRound(decimal.NewFromInt(int64(window)), Places)
}

// windowly scales an amount of a month to the window.
func windowly(amount decimal.Decimal, window time.Duration) decimal.Decimal {
	if window <= 0 {
		return amount
	}
	return amount.Mul(decimal.NewFromInt(int64(window))).DivRound(monthLength, Places)
}

// monthLength is the calendar month that tiers and the free tier apply to, on average: [DaysPerMonth].
var monthLength = DaysPerMonth.Mul(decimal.NewFromInt(int64(24 * time.Hour)))

// Leaving is what the bill would be less in this window if an account's invocations
// ended: the marginal price, which every saving of a migration uses. It is below
// [Bill.Lambda] where the month reaches a cheaper tier or the free one.
func (b *Bill) Leaving(a *UsageLedger) migration.Figure[migration.USD] {
	var s sum
	for i := range a.lambda.keys {
		pb := b.place(&a.lambda.keys[i])
		if pb.err != nil {
			s.miss(pb.err)
			continue
		}
		s.add(pb.leaving(&a.lambda.values[i]), pb.evidence(&a.lambda.values[i]))
	}
	return s.figure(migration.Billed)
}

// closeFreeTier spreads the free tier of the month over the places by what they
// used, and books it as one credit: AWS gives it to an account and not to a tenant.
func (b *Bill) closeFreeTier() {
	var gbs, calls decimal.Decimal
	for i := range b.lambda.values {
		if pb := &b.lambda.values[i]; pb.err == nil {
			gbs, calls = gbs.Add(pb.month), calls.Add(pb.calls)
		}
	}
	for i := range b.lambda.values {
		pb := &b.lambda.values[i]
		if pb.err != nil {
			continue
		}
		free, err1 := b.p.Rate("lambda.free.compute", pb.place.Region)
		requests, err2 := b.p.Rate("lambda.free.requests", pb.place.Region)
		if err1 != nil || err2 != nil {
			continue
		}
		b.used.use(free, requests)
		before := pb.monthCost(pb.month, pb.calls)
		pb.free.gbs, pb.free.requests = portionOf(free.Value, pb.month, gbs), portionOf(requests.Value, pb.calls, calls)
		credit := pb.monthCost(pb.month, pb.calls).Sub(before)
		b.credit.add(windowly(credit, pb.window), noted(evidenceOf(free, requests), migration.Derived,
			fmt.Sprintf("free tier of %s GB-seconds and %s requests a month, over this window's pace", free.Value, requests.Value)))
	}
}

// portionOf is amount * part/whole.
func portionOf(amount, part, whole decimal.Decimal) decimal.Decimal {
	if !whole.IsPositive() {
		return amount
	}
	return amount.Mul(part).DivRound(whole, Places)
}

// Credit is what the free tier takes off the bill: negative, and unknown where the
// pricer's options do not count on it.
func (b *Bill) Credit() migration.Figure[migration.USD] { return b.credit.figure(migration.Billed) }
