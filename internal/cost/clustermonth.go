package cost

import (
	"cmp"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// ClusterShape is what a cluster costs a month whether any run uses it or not.
type ClusterShape struct {
	Support Support
	// Hour is the hourly fee of the control plane from the configuration; unknown leaves it to the
	// price book.
	Hour migration.Opt[migration.USD]
	// Stated are the other costs of the platform from the configuration.
	Stated []Stated
	// Sharing is how many shapes share the cluster in equal parts; 0 is one.
	Sharing int64
}

// Cluster adds a cluster, or a part of it. The fee is the first known of: the one of the configuration,
// cluster.fee of an overlay, Amazon EKS's. It is the same as that of [Pricer.Cluster] for an hour.
func (m *Month) Cluster(c ClusterShape) {
	first := len(m.Lines)
	part := Fraction{m.hours, decimal.NewFromInt(max(c.Sharing, 1))}
	switch hourly, stated := c.Hour.Get(); {
	case stated:
		rate := statedRate("prices.cluster_hour", m.region, "USD/cluster-hour", hourly)
		m.at(PartControlPlane, part, "cluster-hour", rate, hourly.Decimal())
	case m.has("cluster.fee"):
		m.part("cluster fee", part, "cluster.fee")
	default:
		m.part("EKS control plane", part, "eks.cluster")
		if c.Support == ExtendedSupport {
			m.part("extended support", part, "eks.extended_support")
		}
	}
	for i := range c.Stated {
		m.Stated(c.Stated[i], part)
	}
	for i := first; i < len(m.Lines); i++ {
		m.Lines[i].Fixed = true
	}
}

// Stated adds a cost of the configuration for so many hours: it is stated for a month of
// [HoursPerMonth], as the live view takes it.
func (m *Month) Stated(s Stated, on Fraction) {
	part := Fraction{on.Of, on.Whole.Mul(hoursPerMonth)}
	if on.Of.Equal(hoursPerMonth) {
		part = Fraction{one, on.Whole}
	}
	if amount, ok := s.Month.Get(); ok {
		m.at(s.Name, part, "month", statedRate("prices.platform", m.region, "USD/month", amount), amount.Decimal())
		return
	}
	l, err := m.p.line(s.Name, part.Times(s.Quantity), s.Item, cmp.Or(s.Region, m.region))
	if err != nil {
		m.fail(err)
		return
	}
	m.add(l)
}

// has reports whether an item has a price here.
func (m *Month) has(item string) bool {
	_, err := m.p.Rate(item, m.region)
	return err == nil
}

// statedRate is a price from the configuration or from a shape, and not from the book.
func statedRate(item, region, unit string, value migration.USD) *prices.Rate {
	return &prices.Rate{
		Item: item, Region: region, Value: value.Decimal(), Unit: unit,
		Origin: prices.Origin{Source: "stated", Certainty: prices.Primary},
	}
}

// FixedPart is a monthly cost of a shape that does not depend on its runs, such as of a NAT gateway.
type FixedPart struct {
	Name string
	// Month is the amount of the month; unknown where Item says it.
	Month migration.Opt[migration.USD]
	// Item is of the price book, and Quantity how much of its unit the month has; unknown is one for
	// all hours of the month.
	Item     string
	Quantity migration.Opt[decimal.Decimal]
}

// Fixed adds a monthly cost of a shape as it is given: it is not scaled to the month's length.
func (m *Month) Fixed(f FixedPart) {
	first := len(m.Lines)
	if amount, ok := f.Month.Get(); ok {
		m.at(f.Name, whole(one), "month", statedRate("fixed", m.region, "USD/month", amount), amount.Decimal())
	} else {
		m.line(f.Name, f.Quantity.Or(m.hours), f.Item)
	}
	for i := first; i < len(m.Lines); i++ {
		m.Lines[i].Fixed = true
	}
}
