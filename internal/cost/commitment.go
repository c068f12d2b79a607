package cost

import (
	"fmt"
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

// PlanKind says what a Savings Plan applies to.
type PlanKind uint8

// The kinds of plans. SageMaker Savings Plans cover nothing here.
const (
	ComputePlan PlanKind = iota // EC2 of any type, Fargate and Lambda
	EC2Plan                     // an EC2 Instance Savings Plan: EC2 alone
)

// Commitment is an hourly commitment of a Savings Plan; none where Hourly is zero.
type Commitment struct {
	Kind   PlanKind
	Hourly migration.USD
	Term   string // "1y" or "3y": what the price book knows discounts for
}

// Demand is an hour's usage of what Savings Plans can cover, at on-demand rates.
type Demand struct{ Lambda, Fargate, EC2 migration.USD }

// Wasted is how much more of a commitment an hour leaves unused after a change of usage
// than before it. A saving shrinks by it, since it is paid all the same. Each service has a
// discount of its own; an EC2 Instance Savings Plan covers neither Fargate nor Lambda. A
// discount that the book does not have counts as none, and the evidence says so.
func (p *Pricer) Wasted(c Commitment, region string, before, after Demand) (migration.USD, migration.Provenance) {
	if c.Hourly.Sign() <= 0 {
		return migration.USD{}, migration.Provenance{Method: migration.Measured, Coverage: 1}
	}
	evidence := migration.Provenance{Source: "configuration", Method: migration.Derived, Coverage: 1}
	spend := func(d Demand) migration.USD {
		var usage []Usage
		onDemand := sumDemand(d)
		for _, part := range c.covers(d) {
			if part.amount.Sign() <= 0 {
				continue
			}
			r, err := p.Rate(part.item+"."+c.Term, region)
			if err != nil {
				evidence = noted(evidence, migration.Estimated,
					fmt.Sprintf("the Savings Plan's discount on %s is in no price list and counted as none", part.service))
				continue
			}
			usage = append(usage, Usage{OnDemand: part.amount, Discount: r.Value})
		}
		covered := Commit(c.Hourly, usage)
		for _, u := range usage {
			onDemand = onDemand.Sub(u.OnDemand)
		}
		return covered.Total.Add(onDemand)
	}
	listSaving := sumDemand(before).Sub(sumDemand(after))
	return listSaving.Sub(spend(before).Sub(spend(after))), evidence
}

// Positive is an amount, or 0 where it is negative.
func Positive(u migration.USD) migration.USD {
	if u.Sign() < 0 {
		return migration.USD{}
	}
	return u
}

// coverable is one service of a [Demand] that a plan applies to.
type coverable struct {
	service, item string // item of the price book, without the term
	amount        migration.USD
}

// covers lists what of a demand a plan applies to. Source: AWS Savings Plans user guide,
// "Savings Plans types".
func (c Commitment) covers(d Demand) []coverable {
	if c.Kind == EC2Plan {
		return []coverable{{"EC2", "savings_plan.ec2", d.EC2}}
	}
	return []coverable{
		{"EC2", "savings_plan.compute.ec2", d.EC2},
		{"Fargate", "savings_plan.compute.fargate", d.Fargate},
		{"Lambda", "savings_plan.compute.lambda", d.Lambda},
	}
}

// Plus adds another hour's demand.
func (d Demand) Plus(o Demand) Demand {
	return Demand{d.Lambda.Add(o.Lambda), d.Fargate.Add(o.Fargate), d.EC2.Add(o.EC2)}
}

// Minus subtracts another hour's demand; no service goes below 0.
func (d Demand) Minus(o Demand) Demand {
	return Demand{Positive(d.Lambda.Sub(o.Lambda)), Positive(d.Fargate.Sub(o.Fargate)), Positive(d.EC2.Sub(o.EC2))}
}

// Times multiplies each service's part.
func (d Demand) Times(n decimal.Decimal) Demand {
	return Demand{d.Lambda.Mul(n), d.Fargate.Mul(n), d.EC2.Mul(n)}
}

func sumDemand(d Demand) migration.USD { return d.Lambda.Add(d.Fargate).Add(d.EC2) }

// Payback is after how many months a migration has paid for itself: the extra cost of
// running both sides, and one-off costs, over what a month costs less. The saving is the
// marginal one ([Bill.Leaving]) after commitments: what a [Commit] leaves of it. It is false
// where there is no saving.
func Payback(extra, oneOff, monthlySaving migration.USD) (months decimal.Decimal, ok bool) {
	if monthlySaving.Sign() <= 0 {
		return decimal.Decimal{}, false
	}
	spent := decimal.Max(extra.Add(oneOff).Decimal(), decimal.Decimal{})
	return spent.DivRound(monthlySaving.Decimal(), Places), true
}
