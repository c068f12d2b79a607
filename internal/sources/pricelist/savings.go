package pricelist

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/savingsplans"
	"github.com/aws/aws-sdk-go-v2/service/savingsplans/types"
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// plan is a discount of Compute Savings Plans as the price book names it, and the usage that it is taken off.
type plan struct {
	item string // followed by the term
	is   func(*attributes) bool
	unit types.SavingsPlanRateUnit
}

var plans = []plan{
	{"savings_plan.compute.lambda.", ofUsage("Lambda-GB-Second", "Lambda-GB-Second-ARM"), types.SavingsPlanRateUnitLambdaGbSecond},
	{
		"savings_plan.compute.fargate.",
		ofUsage("Fargate-vCPU-Hours:perCPU", "Fargate-GB-Hours", "Fargate-ARM-vCPU-Hours:perCPU", "Fargate-ARM-GB-Hours"),
		types.SavingsPlanRateUnitHours,
	},
}

// terms are the terms of Savings Plans by their length: a year has 365 days there.
var terms = map[time.Duration]string{365 * 24 * time.Hour: "1y", 3 * 365 * 24 * time.Hour: "3y"}

// sharePlaces is how exactly a discount is kept: AWS rounds the rates that it is computed from to about as many digits.
const sharePlaces = 4

// savings reads the discounts of Compute Savings Plans without payment in advance: 1 less the plan's rate over the price on demand,
// the smallest of all usage of an item. It needs a permission of its own, without which the discounts stay as they are.
func (c *Client) savings(ctx context.Context, r *reading) error {
	in := &savingsplans.DescribeSavingsPlansOfferingRatesInput{
		SavingsPlanTypes:          []types.SavingsPlanType{types.SavingsPlanTypeCompute},
		SavingsPlanPaymentOptions: []types.SavingsPlanPaymentOption{types.SavingsPlanPaymentOptionNoUpfront},
		Products:                  []types.SavingsPlanProductType{types.SavingsPlanProductTypeFargate, types.SavingsPlanProductTypeLambda},
		Filters: []types.SavingsPlanOfferingRateFilterElement{
			{Name: types.SavingsPlanRateFilterAttributeRegion, Values: []string{r.region}},
		},
		MaxResults: mostRates,
	}
	for page := 1; ; page++ {
		out, err := c.plans.DescribeSavingsPlansOfferingRates(ctx, in)
		if err != nil {
			return c.withoutPlans(r, err)
		}
		for i := range out.SearchResults {
			if err := r.rate(&out.SearchResults[i]); err != nil {
				return err
			}
		}
		next := aws.ToString(out.NextToken)
		switch {
		case next == "":
			r.noPlans("not among the rates of Savings Plans")
			return nil
		case next == aws.ToString(in.NextToken), page == mostPages:
			return endless("the rates of Savings Plans", page)
		}
		in.NextToken = out.NextToken
	}
}

// mostRates is how many rates one answer may have. Source: Savings Plans API reference, DescribeSavingsPlansOfferingRates.
const mostRates = 1000

// withoutPlans goes on without the discounts where they are not permitted.
func (c *Client) withoutPlans(r *reading, err error) error {
	explained := c.explain(ratesAction, err)
	if p, ok := errors.AsType[*migration.Problem](explained); ok && p.Fault == migration.FaultDenied {
		r.noPlans(p.What)
		return nil
	}
	return explained
}

// noPlans says why the discounts that were not found are missing.
func (r *reading) noPlans(why string) {
	for _, p := range plans {
		for _, term := range terms {
			if _, ok := r.found[p.item+term]; !ok {
				r.missing[p.item+term] = why
			}
		}
	}
}

// rate takes one rate of a plan, if it is wanted.
func (r *reading) rate(o *types.SavingsPlanOfferingRate) error {
	usage := aws.ToString(o.UsageType)
	at := slices.IndexFunc(plans, func(p plan) bool { return p.is(&attributes{UsageType: usage}) })
	if at < 0 || o.SavingsPlanOffering == nil {
		return nil
	}
	term, known := terms[time.Duration(o.SavingsPlanOffering.DurationSeconds)*time.Second]
	price, listed := r.usage[usage]
	if !known || !listed {
		return nil
	}
	item := plans[at].item + term
	refuse := func(why string, args ...any) error {
		return r.doubt(item, aws.ToString(o.SavingsPlanOffering.OfferingId), string(o.ServiceCode), fmt.Errorf(why, args...))
	}
	rate, err := exact(aws.ToString(o.Rate))
	switch {
	case err != nil:
		return refuse("%w", err)
	case o.SavingsPlanOffering.Currency != types.CurrencyCodeUsd:
		return refuse("it is priced in %s, not in USD", o.SavingsPlanOffering.Currency)
	case o.Unit != plans[at].unit:
		return refuse("it is priced per %q, want %s", o.Unit, plans[at].unit)
	case !rate.IsPositive() || rate.GreaterThan(price):
		return refuse("%s a %s of %s under a plan, and %s on demand", rate, o.Unit, usage, price)
	}
	share := decimal.NewFromInt(1).Sub(rate.Div(price)).Round(sharePlaces)
	if before, ok := r.found[item]; ok && !share.LessThan(before.Value) {
		return nil
	}
	r.found[item] = &Price{
		Item: item, Region: r.region, Unit: "fraction", Value: share, Service: "Savings Plans",
		Derived: fmt.Sprintf("1 less %s over %s, the rate and the price of %s", rate, price, usage),
	}
	return nil
}
