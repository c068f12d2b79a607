package cost

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// SavingsPlanCoverage is how much of Lambda a Compute Savings Plan covers.
type SavingsPlanCoverage struct {
	// Term is "1y" or "3y": what the price book knows a discount for.
	Term string
	// Coverage is the share of compute that the plan pays for, 0 to 1. Provisioned
	// concurrency is covered too; requests, storage and logs are not.
	Coverage decimal.Decimal
}

// lambdaExtra is what Lambda charges other than on-demand compute and requests.
type lambdaExtra struct {
	onProvisioned, standing, ephemeral migration.MBMillis
	logs                               migration.Bytes
}

func (e *lambdaExtra) add(o *lambdaExtra) {
	e.onProvisioned += o.onProvisioned
	e.standing += o.standing
	e.ephemeral += o.ephemeral
	e.logs += o.logs
}

// onDemand is what the tiers count; runs on provisioned concurrency have a price of their
// own.
func (s *lambdaSum) onDemand() migration.MBMillis { return s.billed - s.extra.onProvisioned }

// extraRates are the prices of what a place charges other than on-demand compute,
// requests and logs; zero where nothing of it is charged.
type extraRates struct {
	run, standing, ephemeral decimal.Decimal // per GB-second
	rates                    []prices.Rate
	amounts                  []migration.MBMillis // what the rates are for, in the same order
}

// pay notes what is paid at each of the prices.
func (r *extraRates) pay(used *usedPrices) {
	for i := range r.rates {
		used.pay(r.amounts[i].GBSeconds().Mul(r.rates[i].Value), &r.rates[i])
	}
}

// extraRates looks up only what a sum needs, so that a price that is not needed is not
// reported as missing.
func (p *Pricer) extraRates(place migration.RegionArch, e *lambdaExtra) (extraRates, error) {
	var out extraRates
	for _, part := range [...]struct {
		amount migration.MBMillis
		item   string
		into   *decimal.Decimal
	}{
		{e.onProvisioned, "lambda.provisioned.run." + string(place.Arch), &out.run},
		{e.standing, "lambda.provisioned.idle." + string(place.Arch), &out.standing},
		{e.ephemeral, "lambda.ephemeral", &out.ephemeral},
	} {
		if part.amount == 0 {
			continue
		}
		r, err := p.Rate(part.item, place.Region)
		if err != nil {
			return out, fmt.Errorf("cannot price what Lambda charges other than compute and requests: %w", err)
		}
		*part.into = r.Value
		out.rates, out.amounts = append(out.rates, r), append(out.amounts, part.amount)
	}
	return out, nil
}

// provisioned is what provisioned concurrency costs, idle and running.
// Source: AWS Lambda pricing page, "Provisioned Concurrency".
func (r *extraRates) provisioned(e *lambdaExtra) decimal.Decimal {
	return e.onProvisioned.GBSeconds().Mul(r.run).Add(e.standing.GBSeconds().Mul(r.standing))
}

// storage is what storage over 512 MB costs.
func (r *extraRates) storage(e *lambdaExtra) decimal.Decimal {
	return e.ephemeral.GBSeconds().Mul(r.ephemeral)
}

// Kept is what the pricer's Savings Plan leaves of a dollar of Lambda's compute in a
// region, 1 without a plan:
//
//	pool = tiered(...) * (1 - coverage*discount)
//
// It returns the discount where one went into it.
func (p *Pricer) Kept(region string) (decimal.Decimal, []prices.Rate, error) {
	if p.plan.Term == "" || !p.plan.Coverage.IsPositive() {
		return one, nil, nil
	}
	discount, err := p.Rate("savings_plan.compute.lambda."+p.plan.Term, region)
	if err != nil {
		return one, nil, fmt.Errorf("cannot price the Savings Plan over Lambda: %w", err)
	}
	return one.Sub(p.plan.Coverage.Mul(discount.Value)), []prices.Rate{discount}, nil
}

// cover sets what the pricer's Savings Plan leaves of a dollar of compute.
func (b *placeBill) cover(p *Pricer, used *usedPrices) {
	keep, rates, err := p.Kept(b.place.Region)
	b.keep = keep
	if err != nil {
		b.err = err
		used.miss(b.err)
		return
	}
	if used.use(rates...); len(rates) > 0 {
		b.rate.evidence = noted(b.rate.evidence, migration.Derived, fmt.Sprintf(
			"a Compute Savings Plan of %s covers %s %% of compute", p.plan.Term, p.plan.Coverage.Shift(2)))
	}
}
