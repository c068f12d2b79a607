package cost

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// logBill is what functions wrote into CloudWatch Logs in one region, over which the tiers of
// vended logs count. Like GB-seconds it is one pool of the month at this window's pace: an
// account pays its part by bytes, and what leaving saves is marginal. The accounts that are
// read count as one.
type logBill struct {
	region string
	bytes  migration.Bytes
	window time.Duration
	tiers  []Tier
	month  decimal.Decimal // GB
	tiered bool            // the month reaches beyond the first tier
	pool   decimal.Decimal // what the month costs then
	free   decimal.Decimal // GB of the free tier
	rates  []prices.Rate   // those that the month reaches
	// evidence is that of the price; err is why there is none. Without a price the logs are
	// left out, and what they belong to is a lower bound.
	evidence migration.Provenance
	err      error
}

func (b *logBill) price(p *Pricer, used *usedPrices, window time.Duration) {
	if b.tiers, b.err = p.LogTiers(b.region); b.err != nil {
		used.miss(b.err)
		b.evidence = migration.Provenance{
			Source: "price book", Method: migration.Estimated, Coverage: 1, LowerBound: true, Note: "logs are left out: " + b.err.Error(),
		}
		return
	}
	b.window, b.month = window, monthly(exactGiB(b.bytes), window)
	for _, s := range Segments(b.tiers, decimal.Decimal{}, b.month) {
		b.rates = append(b.rates, s.Rate)
		used.pay(windowly(s.Quantity.Mul(s.Rate.Value), window), &s.Rate)
	}
	b.evidence = evidenceOf(b.rates...)
	if upTo, ok := b.tiers[0].UpTo.Get(); ok && b.month.GreaterThan(upTo) {
		b.tiered, b.pool = true, Tiered(b.tiers, b.month)
		b.evidence = noted(b.evidence, migration.Derived, "average rate over the tiers of logs at this month's pace")
	}
}

// cost is an account's part of the pool: average(t) = pool * bytes(t)/sum bytes.
func (b *logBill) cost(bytes migration.Bytes) decimal.Decimal {
	switch {
	case bytes == 0 || b.err != nil:
		return decimal.Decimal{}
	case b.tiered:
		return b.pool.Mul(exactGiB(bytes)).DivRound(b.month, Places)
	}
	return exactGiB(bytes).Mul(b.tiers[0].Rate.Value)
}

// monthCost is what GB of one month cost after the free tier.
func (b *logBill) monthCost(gb decimal.Decimal) decimal.Decimal {
	return Tiered(b.tiers, decimal.Max(decimal.Decimal{}, gb.Sub(b.free)))
}

// leaving is what the window costs less without an account:
//
//	marginal(t) = tiered(G) - tiered(G - gb(t))
func (b *logBill) leaving(bytes migration.Bytes) decimal.Decimal {
	if bytes == 0 || b.err != nil {
		return decimal.Decimal{}
	}
	return windowly(b.monthCost(b.month).Sub(b.monthCost(b.month.Sub(monthly(exactGiB(bytes), b.window)))), b.window)
}

// closeLogs adds up what was written by region, and prices it.
func (b *Bill) closeLogs(window time.Duration) {
	for i := range b.lambda.values {
		pb := &b.lambda.values[i]
		if pb.sum.extra.logs == 0 {
			continue
		}
		one, added := b.logs.at(&pb.place.Region)
		if added {
			one.region = pb.place.Region
		}
		one.bytes += pb.sum.extra.logs
	}
	for i := range b.logs.values {
		b.logs.values[i].price(b.p, &b.used, window)
	}
	for i := range b.lambda.values {
		pb := &b.lambda.values[i]
		if pb.sum.extra.logs > 0 {
			pb.logs, _ = b.logs.at(&pb.place.Region)
		}
	}
}

// creditLogs takes the free tier of logs off, by region in proportion to their volume.
func (b *Bill) creditLogs() {
	var all decimal.Decimal
	for i := range b.logs.values {
		all = all.Add(b.logs.values[i].month)
	}
	for i := range b.logs.values {
		one := &b.logs.values[i]
		free, ok := b.p.find("cloudwatch.logs.free", one.region)
		if one.err != nil || !ok {
			continue
		}
		b.used.use(free)
		before := one.monthCost(one.month)
		one.free = portionOf(free.Value, one.month, all)
		b.credit.add(windowly(one.monthCost(one.month).Sub(before), one.window), noted(evidenceOf(free), migration.Derived,
			fmt.Sprintf("free tier of %s GB of logs a month, over this window's pace", free.Value)))
	}
}

// Logs is what an account's functions wrote into CloudWatch Logs and what that costs, part
// of [Bill.Lambda]. The bytes are unknown where nothing says that any were written, and the
// cost also where it has no price.
func (b *Bill) Logs(a *UsageLedger) (migration.Opt[migration.Bytes], migration.Figure[migration.USD]) {
	var s sum
	var bytes migration.Bytes
	for i := range a.lambda.keys {
		pb, extra := b.place(&a.lambda.keys[i]), &a.lambda.values[i].extra
		if extra.logs == 0 || pb.logs == nil {
			continue
		}
		if bytes += extra.logs; pb.logs.err != nil {
			s.miss(pb.logs.err)
		} else {
			s.add(pb.logs.cost(extra.logs), pb.logs.evidence)
		}
	}
	if s.parts == 0 {
		return migration.None[migration.Bytes](), s.figure(migration.Billed)
	}
	return migration.Some(bytes), s.figure(migration.Billed)
}
