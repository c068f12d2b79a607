package cost

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// gbPerMBMilli is one GB-second over one MB-millisecond, 1/1,024,000: exact.
var gbPerMBMilli = decimal.RequireFromString("0.0000009765625")

// MBPerVCPU is the memory at which a Lambda function has one vCPU; CPU grows in
// proportion. Source: AWS Lambda developer guide, "Configure Lambda function memory".
const MBPerVCPU = 1769

// LambdaCPU is the CPU that a function of this memory has, to the millicore.
func LambdaCPU(memory migration.Bytes) migration.CPU {
	return migration.CPU(int64(memory/migration.MiB)*1000/MBPerVCPU) * migration.Millicore
}

// Tier is a step of Lambda's compute price.
type Tier struct {
	// UpTo is the last GB-second of a month that the rate holds for, exclusive
	// of those before; unknown for the last tier.
	UpTo migration.Opt[decimal.Decimal]
	Rate prices.Rate
}

// LambdaTiers returns the compute tiers of a place, from the highest rate to the lowest.
// Regions without prices of the higher tiers get the announced multipliers, with their
// certainty.
func (p *Pricer) LambdaTiers(place migration.RegionArch) ([]Tier, error) {
	item := "lambda.compute." + string(place.Arch)
	first, err := p.Rate(item, place.Region)
	if err != nil {
		return nil, fmt.Errorf("cannot price Lambda: %w", err)
	}
	tiers := []Tier{{Rate: first}}
	for i := 1; i <= 2; i++ {
		upTo, err := p.Rate(fmt.Sprintf("%s.tier%d.up_to", item, i), place.Region)
		if err != nil {
			return nil, fmt.Errorf("cannot price Lambda: %w", err)
		}
		tiers[i-1].UpTo = migration.Some(upTo.Value)
		name := fmt.Sprintf("%s.tier%d", item, i+1)
		rate, err := p.Rate(name, place.Region)
		if err != nil {
			by, err := p.Rate(name+".multiplier", place.Region)
			if err != nil {
				return nil, fmt.Errorf("cannot price Lambda: %w", err)
			}
			rate = prices.Rate{Item: name, Region: place.Region, Unit: first.Unit, Value: first.Value.Mul(by.Value), Origin: by.Origin}
		}
		tiers = append(tiers, Tier{Rate: rate})
	}
	return tiers, nil
}

// Tiered returns what an amount of GB-seconds of one month costs through tiers.
func Tiered(tiers []Tier, gbs decimal.Decimal) decimal.Decimal {
	var sum decimal.Decimal
	for _, s := range Segments(tiers, decimal.Decimal{}, gbs) {
		sum = sum.Add(s.Quantity.Mul(s.Rate.Value))
	}
	return sum
}

// Segment is a part of an amount that one tier prices.
type Segment struct {
	Quantity decimal.Decimal // GB-seconds
	Rate     prices.Rate
}

// Segments cuts the GB-seconds from one mark of the month to another by tiers.
func Segments(tiers []Tier, from, to decimal.Decimal) []Segment {
	var out []Segment
	for _, t := range tiers {
		end := to
		if upTo, ok := t.UpTo.Get(); ok {
			end = decimal.Min(to, upTo)
		}
		if end.GreaterThan(from) {
			out = append(out, Segment{end.Sub(from), t.Rate})
			from = end
		}
	}
	return out
}

// LambdaRates are Lambda's prices in one place, read once: what a month of one account costs
// there.
type LambdaRates struct {
	tiers      []Tier
	perRequest decimal.Decimal
}

// LambdaRates reads the prices of requests and of compute.
func (p *Pricer) LambdaRates(place migration.RegionArch) (*LambdaRates, error) {
	requests, err := p.Rate("lambda.requests", place.Region)
	if err != nil {
		return nil, err
	}
	tiers, err := p.LambdaTiers(place)
	if err != nil {
		return nil, err
	}
	return &LambdaRates{tiers, requests.Value.Shift(-6)}, nil
}

// Compute is what on-demand GB-seconds of a month cost through the tiers, in USD.
func (r *LambdaRates) Compute(gbs decimal.Decimal) decimal.Decimal { return Tiered(r.tiers, gbs) }

// Requests is what a number of requests costs, in USD.
func (r *LambdaRates) Requests(n decimal.Decimal) decimal.Decimal { return r.perRequest.Mul(n) }

// Note is what is not certain about the price of compute, or empty.
func (r *LambdaRates) Note() string { return r.tiers[0].Rate.Note() }

// Lambda prices what invocations of one place billed: compute at the first tier's
// rate, requests, and what else they billed, without the free tier and Savings Plans. Logs
// without a price are left out, and the amount is a lower bound then. A
// [Ledger] knows the whole account's amount and applies the tiers.
func (p *Pricer) Lambda(in migration.LambdaUsage) (Priced, error) {
	r, err := p.lambdaRate(in.Place)
	if err != nil {
		return Priced{}, err
	}
	e := lambdaExtra{in.OnProvisioned, in.Provisioned, in.Ephemeral, in.Logs}
	extra, err := p.extraRates(in.Place, &e)
	if err != nil {
		return Priced{}, err
	}
	amount := r.cost(in.Requests, in.Billed-in.OnProvisioned).Add(extra.provisioned(&e)).Add(extra.storage(&e))
	rates := append(r.rates, extra.rates...)
	if in.Logs == 0 {
		return Priced{migration.Dollars(amount), evidenceOf(rates...), rates}, nil
	}
	tiers, missing := p.LogTiers(in.Place.Region)
	return withLogs(amount, rates, in.Logs, tiers, missing), nil
}

// withLogs adds logs at their first tier to an amount. Where they have no price, missing says why.
func withLogs(amount decimal.Decimal, rates []prices.Rate, logs migration.Bytes, tiers []Tier, missing error) Priced {
	if missing != nil {
		out := Priced{migration.Dollars(amount), evidenceOf(rates...), rates}
		out.Evidence = noted(out.Evidence, migration.Estimated, "logs are left out: "+missing.Error())
		out.Evidence.LowerBound = true
		return out
	}
	rates = append(rates, tiers[0].Rate)
	return Priced{migration.Dollars(amount.Add(exactGiB(logs).Mul(tiers[0].Rate.Value))), evidenceOf(rates...), rates}
}

// lambdaRate is what one place's invocations cost at present.
type lambdaRate struct {
	compute    decimal.Decimal // USD per MB-millisecond, exact
	perRequest decimal.Decimal
	evidence   migration.Provenance
	rates      []prices.Rate
}

func (p *Pricer) lambdaRate(place migration.RegionArch) (lambdaRate, error) {
	compute, err := p.Rate("lambda.compute."+string(place.Arch), place.Region)
	if err != nil {
		return lambdaRate{}, fmt.Errorf("cannot price Lambda: %w", err)
	}
	requests, err := p.Rate("lambda.requests", place.Region)
	if err != nil {
		return lambdaRate{}, fmt.Errorf("cannot price Lambda requests: %w", err)
	}
	return lambdaRate{
		compute:    compute.Value.Mul(gbPerMBMilli),
		perRequest: requests.Value.Shift(-6),
		evidence:   evidenceOf(compute, requests),
		rates:      []prices.Rate{compute, requests},
	}, nil
}

func (r *lambdaRate) cost(requests int64, billed migration.MBMillis) decimal.Decimal {
	return decimal.NewFromInt(int64(billed)).Mul(r.compute).Add(decimal.NewFromInt(requests).Mul(r.perRequest))
}
