package estimate

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// Sum is what all shapes cost together. The parts of the shapes add up to it.
type Sum struct {
	// Shapes is how many there are.
	Shapes     int     `json:"shapes"`
	Lambda     *SumOf  `json:"lambda,omitempty"`
	Managed    *SumOf  `json:"lambda_managed_instances,omitempty"`
	MicroVMs   *SumOf  `json:"lambda_microvms,omitempty"`
	EKSFargate *SumOf  `json:"eks_fargate,omitempty"`
	ECSFargate *SumOf  `json:"ecs_fargate,omitempty"`
	Nodes      *SumOf  `json:"nodes,omitempty"`
	Cluster    *SumOf  `json:"cluster,omitempty"`
	Compared   []Moved `json:"compared,omitempty"`
}

// SumOf is the total of one platform over the shapes that are on it.
type SumOf struct {
	// Total is unknown where a shape's is.
	Total migration.Opt[migration.USD] `json:"total_usd"`
	// Known is the total of the shapes that have one: Total, or less than it.
	Known migration.USD `json:"known_usd"`
	// Month and KnownMonth are the same with the clusters that the platform needs.
	Month      migration.Opt[migration.USD] `json:"month_usd"`
	KnownMonth migration.USD                `json:"known_month_usd"`
	// Shapes is how many are on the platform, and LeftOut which of them are not in Known.
	Shapes  int       `json:"shapes"`
	LeftOut []LeftOut `json:"left_out,omitempty"`
}

// LeftOut is a shape that has no total, and why.
type LeftOut struct {
	Shape  string `json:"shape"`
	Reason string `json:"reason"`
}

// Moved compares the shapes of which both sides are known: the same ones on either side, with the
// clusters that they need.
type Moved struct {
	Platform string        `json:"platform"`
	Shapes   int           `json:"shapes"`
	Lambda   migration.USD `json:"lambda_month_usd"`
	Jobs     migration.USD `json:"job_month_usd"`
	// Verdict is "move" or "stay" for all of them together.
	Verdict migration.Verdict `json:"verdict"`
	LeftOut []LeftOut         `json:"left_out,omitempty"`
}

// label is what a shape is called among others.
func (w *work) label(i int) string {
	if w.Name != "" {
		return w.Name
	}
	return fmt.Sprintf("shape %d", i+1)
}

// exactTotal is a month's total before it was rounded.
func exactTotal(m *cost.Month) decimal.Decimal { return cost.Sum(m.Lines).Decimal() }

func sum(all []work) Sum {
	out := Sum{Shapes: len(all)}
	for _, part := range [...]struct {
		into  **SumOf
		month func(*work) *cost.Month
	}{
		{&out.Lambda, func(w *work) *cost.Month { return w.lambda }},
		{&out.Managed, func(w *work) *cost.Month { return w.managed }},
		{&out.MicroVMs, func(w *work) *cost.Month { return w.microVMs }},
		{&out.EKSFargate, func(w *work) *cost.Month { return w.eks }},
		{&out.ECSFargate, func(w *work) *cost.Month { return w.ecs }},
		{&out.Nodes, func(w *work) *cost.Month { return w.nodes }},
		{&out.Cluster, func(w *work) *cost.Month { return w.cluster }},
	} {
		*part.into = sumOf(all, part.month)
	}
	for _, of := range [...]*SumOf{out.Lambda, out.Managed, out.MicroVMs, out.EKSFargate, out.ECSFargate, out.Nodes, out.Cluster} {
		if of != nil {
			of.Month, of.KnownMonth = of.Total, of.Known
		}
	}
	if c := out.Cluster; c != nil {
		for _, of := range [...]*SumOf{out.EKSFargate, out.Nodes} {
			of.Month, of.KnownMonth = migration.AddUSD(of.Total, c.Total), of.Known.Add(c.Known)
		}
	}
	for _, side := range [...]struct {
		key     string
		month   func(*work) *cost.Month
		cluster bool
	}{
		{KeyEKSFargate, func(w *work) *cost.Month { return w.eks }, true},
		{KeyECSFargate, func(w *work) *cost.Month { return w.ecs }, false},
		{KeyNodes, func(w *work) *cost.Month { return w.nodes }, true},
	} {
		if m, ok := compared(all, side.key, side.month, side.cluster); ok {
			out.Compared = append(out.Compared, m)
		}
	}
	return out
}

func sumOf(all []work, month func(*work) *cost.Month) *SumOf {
	var out SumOf
	var total decimal.Decimal
	for i := range all {
		m := month(&all[i])
		if m == nil {
			continue
		}
		out.Shapes++
		if !m.Known() {
			out.LeftOut = append(out.LeftOut, LeftOut{all[i].label(i), problemOf(m)})
			continue
		}
		total = total.Add(exactTotal(m))
	}
	if out.Shapes == 0 {
		return nil
	}
	out.Known = migration.Dollars(migration.RoundQuotient(total))
	if len(out.LeftOut) == 0 {
		out.Total = migration.Some(out.Known)
	}
	return &out
}

// compared adds up the shapes that are known on both sides.
func compared(all []work, key string, month func(*work) *cost.Month, cluster bool) (Moved, bool) {
	out := Moved{Platform: key}
	var lambda, jobs decimal.Decimal
	for i := range all {
		w := &all[i]
		m := month(w)
		if w.lambda == nil || m == nil {
			continue
		}
		before, problem := exactTotal(w.lambda), problemOf(w.lambda)
		after := exactTotal(m)
		if problem == "" {
			problem = problemOf(m)
		}
		if cluster {
			after = after.Add(exactTotal(w.cluster))
			if problem == "" {
				problem = problemOf(w.cluster)
			}
		}
		if problem != "" {
			out.LeftOut = append(out.LeftOut, LeftOut{w.label(i), problem})
			continue
		}
		out.Shapes++
		lambda, jobs = lambda.Add(before), jobs.Add(after)
	}
	if out.Shapes == 0 {
		return out, false
	}
	out.Lambda, out.Jobs = migration.Dollars(migration.RoundQuotient(lambda)), migration.Dollars(migration.RoundQuotient(jobs))
	out.Verdict.Decision = migration.Stay
	if jobs.LessThan(lambda) {
		out.Verdict.Decision = migration.WorthMoving
	}
	out.Verdict.Reason = fmt.Sprintf("a month of all of them costs %s on Lambda and %s there", cost.Money(out.Lambda), cost.Money(out.Jobs))
	return out, true
}

// settle puts what the rounded totals of shapes miss of a sum into the largest of them, so that they
// add up to it in all digits.
func settle(sum *Sum, all []work) {
	for _, part := range [...]struct {
		sum      *SumOf
		platform func(*Result) *Platform
	}{
		{sum.Lambda, func(r *Result) *Platform { return r.Platforms.Lambda }},
		{sum.Managed, func(r *Result) *Platform { return r.Platforms.Managed }},
		{sum.MicroVMs, func(r *Result) *Platform { return r.Platforms.MicroVMs }},
		{sum.EKSFargate, func(r *Result) *Platform { return r.Platforms.EKSFargate }},
		{sum.ECSFargate, func(r *Result) *Platform { return r.Platforms.ECSFargate }},
		{sum.Nodes, func(r *Result) *Platform { return r.Platforms.Nodes }},
		{sum.Cluster, func(r *Result) *Platform { return r.Cluster }},
	} {
		if part.sum == nil || len(all) == 1 {
			continue
		}
		rest, largest := part.sum.Known, (*Platform)(nil)
		for i := range all {
			p := part.platform(&all[i].out)
			if p == nil {
				continue
			}
			total, ok := p.Total.Get()
			rest = rest.Sub(total)
			larger := largest == nil || total.Cmp(largest.Total.Or(migration.USD{})) > 0
			if ok && larger && p.largestRounded() >= 0 {
				largest = p
			}
		}
		if rest.Sign() != 0 && largest != nil {
			largest.give(rest)
		}
	}
}
