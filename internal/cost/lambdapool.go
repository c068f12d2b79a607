package cost

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// LambdaPool is what all shapes of one organization use of Lambda in a month. AWS counts the tiers of
// compute over each region and architecture, the tiers of logs over each region, and gives the free
// tier once. A shape's part of each tier and of the free tier is its part of the amount:
//
//	average(t) = pool * gbs(t)/sum gbs
//
// so that the parts add up to the bill. The zero value is empty.
type LambdaPool struct {
	compute map[migration.RegionArch]pooled // GB-seconds on demand
	logs    map[string]pooled               // GB by region
	// free is what the free tier can apply to, over all regions.
	freeCompute, freeLogs decimal.Decimal
	requests, stream      decimal.Decimal
}

// pooled is the amount of one tiered price, and how much of it the free tier can apply to.
type pooled struct{ all, free decimal.Decimal }

// Pool adds a shape to a pool. A shape that Lambda cannot run adds nothing.
func (p *Pricer) Pool(pool *LambdaPool, region string, l *LambdaShape) {
	if l.Runs == 0 || l.unsupported() != "" {
		return
	}
	d := p.lambdaDemand(region, l, decimal.NewFromInt(l.Runs))
	pool.add(region, l, &d)
}

func (pool *LambdaPool) add(region string, l *LambdaShape, d *lambdaDemand) {
	if pool.compute == nil {
		pool.compute, pool.logs = map[migration.RegionArch]pooled{}, map[string]pooled{}
	}
	place := migration.RegionArch{Region: region, Arch: l.Arch}
	compute, logs := pool.compute[place], pool.logs[region]
	compute.all, logs.all = compute.all.Add(d.gbs), logs.all.Add(d.logs)
	if l.FreeTier {
		compute.free, logs.free = compute.free.Add(d.gbs), logs.free.Add(d.logs)
		pool.freeCompute, pool.freeLogs = pool.freeCompute.Add(d.gbs), pool.freeLogs.Add(d.logs)
		pool.requests, pool.stream = pool.requests.Add(d.requests), pool.stream.Add(d.stream)
	}
	pool.compute[place], pool.logs[region] = compute, logs
}

// lambdaDemand is what a number of runs of a shape uses.
type lambdaDemand struct {
	runs, served, onDemand decimal.Decimal // served are those on provisioned concurrency
	perGB                  decimal.Decimal // GB-seconds of a run
	gbs                    decimal.Decimal // GB-seconds on demand
	requests               decimal.Decimal // of runs on demand
	streamed               decimal.Decimal // GB of a run that are billed
	stream                 decimal.Decimal // GB of runs on demand that are billed
	logs                   decimal.Decimal // GB
}

func (p *Pricer) lambdaDemand(region string, l *LambdaShape, runs decimal.Decimal) lambdaDemand {
	d := lambdaDemand{runs: runs, perGB: l.gb().Mul(l.Billed())}
	d.served = decimal.Min(runs, l.servable())
	// AWS gives no free tier to what runs on provisioned concurrency, but to the same
	// function's other runs: the "mobile application launch" of the AWS Lambda pricing page.
	d.onDemand = runs.Sub(d.served)
	d.gbs = d.perGB.Mul(d.onDemand)
	d.requests = d.onDemand.Mul(decimal.NewFromInt(l.requestsPerRun()))
	if l.Stream > 0 {
		if r, err := p.Rate("lambda.stream.free_per_request", region); err == nil {
			d.streamed = decimal.Max(exactGiB(l.Stream).Sub(r.Value.DivRound(kilo, Places)), decimal.Decimal{})
			d.stream = d.streamed.Mul(d.onDemand)
		}
	}
	d.logs = d.share(l, exactGiB(l.Logs)).Decimal()
	return d
}

// servable is how many runs provisioned concurrency serves at most.
func (l *LambdaShape) servable() decimal.Decimal {
	if l.Provisioned == 0 {
		return decimal.Decimal{}
	}
	fit := l.provisionedSeconds().DivRound(l.Billed(), 3).Floor()
	if n, stated := l.ProvisionedRuns.Get(); stated {
		fit = decimal.Min(fit, decimal.NewFromInt(n))
	}
	return fit
}

// perRun is an amount of each run, of all of them.
func (d *lambdaDemand) perRun(n int64) decimal.Decimal { return d.runs.Mul(decimal.NewFromInt(n)) }

// share is the part of these runs of an amount that is given for the shape's own number of them.
func (d *lambdaDemand) share(l *LambdaShape, amount decimal.Decimal) Fraction {
	all := decimal.NewFromInt(l.Runs)
	if d.runs.Equal(all) || all.IsZero() {
		return whole(amount)
	}
	return Fraction{amount.Mul(d.runs), all}
}

// proportion is part/all, exactly 1 where both are equal.
func proportion(part, all decimal.Decimal) Fraction {
	if part.Equal(all) {
		return whole(one)
	}
	return Fraction{part, all}
}

// freeOf is how much of a free amount falls on a part: all of it where the free amount is enough, else
// in proportion.
func freeOf(free, part, all decimal.Decimal) decimal.Decimal {
	switch {
	case all.LessThanOrEqual(free):
		return part
	case part.Equal(all):
		return free
	}
	return free.Mul(part).DivRound(all, Places)
}

// pooledCompute adds on-demand compute through the pool's tiers. The free tier is taken off the last
// tier that is reached.
func (m *Month) pooledCompute(l *LambdaShape, d *lambdaDemand, tiers []Tier, pool *LambdaPool) {
	if d.gbs.IsZero() {
		return
	}
	in := pool.compute[migration.RegionArch{Region: m.region, Arch: l.Arch}]
	m.tiered(itemCompute, tiers, decimal.Decimal{}, in.all, proportion(d.gbs, in.all), false)
	if !l.FreeTier {
		return
	}
	if r, ok := m.rate("lambda.free.compute"); ok {
		free := freeOf(r.Value, in.free, pool.freeCompute)
		m.tiered("free tier: compute", tiers, in.all.Sub(free), in.all, proportion(d.gbs, in.free), true)
	}
}

// pooledCredit credits an amount's part of what is free of the pool; the rate is per ten to the power
// of -shift of it.
func (m *Month) pooledCredit(label string, amount, all decimal.Decimal, freeItem string, shift int32, item string) {
	if amount.IsZero() {
		return
	}
	if r, ok := m.rate(freeItem); ok {
		m.part(label, proportion(amount, all).Times(decimal.Min(all, r.Value).Shift(shift).Neg()), item)
	}
}

// pooledLogs adds ingested logs through the tiers of the region.
func (m *Month) pooledLogs(l *LambdaShape, d *lambdaDemand, pool *LambdaPool) {
	if d.logs.IsZero() {
		return
	}
	tiers, err := m.p.LogTiers(m.region)
	if err != nil {
		m.fail(err)
		return
	}
	in := pool.logs[m.region]
	m.tiered("logs ingested", tiers, decimal.Decimal{}, in.all, proportion(d.logs, in.all), false)
	if upTo, more := tiers[0].UpTo.Get(); more && in.all.GreaterThan(upTo) {
		m.Note("tiers of logs count over the account's logs of the region; 1 TB is taken as 1,024 GB")
	}
	if !l.FreeTier {
		return
	}
	if r, ok := m.rate("cloudwatch.logs.free"); ok {
		free := freeOf(r.Value, in.free, pool.freeLogs)
		m.tiered("free tier: logs", tiers, in.all.Sub(free), in.all, proportion(d.logs, in.free), true)
	}
}

// logTiers is how many prices vended logs have.
const logTiers = 4

// LogTiers are the tiers of Lambda's logs in a region, in GB: vended logs are graduated by the volume of
// the account in the region and month. Regions whose tiers are not known have the price of
// other logs. Source: Amazon CloudWatch pricing page; 1 TB is taken as 1,024 GB.
func (p *Pricer) LogTiers(region string) ([]Tier, error) {
	flat, flatErr := p.Rate("cloudwatch.logs.ingest", region)
	first, firstErr := p.Rate("cloudwatch.logs.vended.tier1", region)
	tiered, single := firstErr == nil, flatErr == nil
	switch {
	case !tiered && !single:
		return nil, fmt.Errorf("cannot price logs: %w", flatErr)
	case !tiered, single && flat.Origin.Overlay && !first.Origin.Overlay:
		return []Tier{{Rate: flat}}, nil
	}
	var upTo decimal.Decimal
	tiers := []Tier{{Rate: first}}
	for i := 1; i < logTiers; i++ {
		size, err := p.logTierSize(i, region)
		if err != nil {
			return nil, fmt.Errorf("cannot price logs: %w", err)
		}
		next, err := p.Rate(fmt.Sprintf("cloudwatch.logs.vended.tier%d", i+1), region)
		if err != nil {
			return nil, fmt.Errorf("cannot price logs: %w", err)
		}
		upTo = upTo.Add(size.Value.Mul(kilo))
		tiers[i-1].UpTo = migration.Some(upTo)
		tiers = append(tiers, Tier{Rate: next})
	}
	return tiers, nil
}

// logTierSize is the size of a tier in TB. It is the same in all regions.
func (p *Pricer) logTierSize(tier int, region string) (prices.Rate, error) {
	item := fmt.Sprintf("cloudwatch.logs.vended.tier%d.size", tier)
	if r, err := p.Rate(item, region); err == nil {
		return r, nil
	}
	return p.Rate(item, "us-east-1")
}
