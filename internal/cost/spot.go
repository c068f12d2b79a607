package cost

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// spotKey is what has one Spot price: an instance type in a place.
type spotKey struct{ typ, place string }

// WithSpot returns a Pricer that prices Spot nodes by what EC2 publishes: the mean of the zones in which the cluster has nodes of
// the type, by their number, or the highest price where the zones of its nodes are not known, so that a move is never made to look
// cheaper than it is. What an overlay states of a Spot price stays in force. It is p itself where there are no prices.
func (p *Pricer) WithSpot(published []migration.SpotPrice) *Pricer {
	if len(published) == 0 {
		return p
	}
	byKey := map[spotKey][]migration.SpotPrice{}
	for _, one := range published {
		k := spotKey{one.InstanceType, one.Region}
		byKey[k] = append(byKey[k], one)
	}
	out := *p
	out.published = make(map[spotKey]Priced, len(byKey))
	for k, zones := range byKey {
		out.published[k] = meanOf(k, zones)
	}
	return &out
}

// meanOf is the price of one type in a place, of the prices of its zones.
func meanOf(k spotKey, zones []migration.SpotPrice) Priced {
	zones = slices.SortedFunc(slices.Values(zones), func(a, b migration.SpotPrice) int { return strings.Compare(a.Zone, b.Zone) })
	var sum, nodes decimal.Decimal
	highest, oldest := zones[0], zones[0].Since
	var said []string
	for _, z := range zones {
		n := decimal.NewFromInt(int64(z.Nodes))
		sum, nodes = sum.Add(n.Mul(z.Hourly.Decimal())), nodes.Add(n)
		if z.Hourly.Cmp(highest.Hourly) > 0 {
			highest = z
		}
		if z.Since.Before(oldest) {
			oldest = z.Since
		}
		said = append(said, fmt.Sprintf("%s $%s since %s", z.Zone, z.Hourly, z.Since.Format("2006-01-02 15:04")))
	}
	amount, how := highest.Hourly.Decimal(), "the highest of its zones"
	if nodes.IsPositive() {
		amount, how = sum.DivRound(nodes, Places), "the mean of its nodes' zones"
	}
	if len(zones) == 1 {
		how = "its zone's"
	}
	const source = "EC2's Spot price"
	return Priced{
		Amount: migration.Dollars(amount),
		Evidence: migration.Provenance{
			Source: source, Method: migration.Derived, Coverage: 1,
			Note: fmt.Sprintf("%s of %s now, %s: %s", source, k.typ, how, strings.Join(said, ", ")),
		},
		Rates: []prices.Rate{{
			Item: "ec2.spot.rate." + k.typ, Region: k.place, Value: amount, Unit: "USD/hour",
			Origin: prices.Origin{Source: source, AsOf: oldest.Format(time.DateOnly), Certainty: prices.Primary},
		}},
	}
}
