package engine

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

func spotAt(typ, zone string, nodes int, cents int64) migration.SpotPrice {
	return migration.SpotPrice{
		InstanceType: typ, Region: "us-east-1", Zone: zone, Nodes: nodes, Hourly: migration.Dollars(decimal.New(cents, -2)), Since: noon,
	}
}

// What EC2 publishes reaches the bill of a Spot node, in the zones where the cluster has nodes of the type, and the Snapshot says
// which prices they are. What the engine wants to know is what the cluster has.
func TestSpotPricesReachTheBill(t *testing.T) {
	s := newTestState(noon, time.Hour)
	spot := node
	spot.Spot = true
	run := jobMinute("acme", noon.Add(-30*time.Minute), 1, 0)
	run.Usage[0].Host = spot
	s.absorb(pollResult{source: "kubernetes", batch: migration.Batch{
		Activities: []migration.Activity{run}, Cluster: &migration.Cluster{Name: "prod", EKS: true, Region: "us-east-1"},
		CoverFrom: migration.Some(noon.Add(-3 * time.Hour)),
		Payloads: []migration.Payload{migration.SpotNodes{
			spotAt("m6i.xlarge", "us-east-1a", 1, 0), spotAt("m6i.xlarge", "us-east-1b", 3, 0), spotAt("m7g.xlarge", "", 1, 0),
		}},
	}})
	if got := s.spot.wanted(); len(got) != 3 {
		t.Errorf("wanted %v", got)
	}
	before := tenant(t, s.view(noon), "acme").After.Cost
	s.absorb(pollResult{source: "spot prices", batch: migration.Batch{Payloads: []migration.Payload{migration.SpotPrices{
		spotAt("m6i.xlarge", "us-east-1a", 0, 12), spotAt("m6i.xlarge", "us-east-1b", 0, 8), spotAt("m6i.xlarge", "us-east-1c", 0, 1),
		spotAt("m7g.xlarge", "us-east-1c", 0, 7), spotAt("m5.large", "us-east-1a", 0, 5),
	}}}})
	snap := s.view(noon)
	var got []string
	for _, p := range snap.Prices.Spot {
		got = append(got, fmt.Sprintf("%s %s %s %d", p.InstanceType, p.Zone, p.Hourly, p.Nodes))
	}
	// A zone without nodes of the type has no part in its price, unless the zone of some node is not known.
	want := []string{"m6i.xlarge us-east-1a 0.12 1", "m6i.xlarge us-east-1b 0.08 3", "m7g.xlarge us-east-1c 0.07 0"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	// A quarter of a node for a minute at (0.12 + 3 * 0.08) / 4 = 0.09 an hour.
	after := tenant(t, snap, "acme").After.Cost
	if v := after.Value.Or(migration.USD{}); !v.Decimal().Equal(decimal.RequireFromString("0.000375")) {
		t.Errorf("%s, %+v; before %+v", v, after.Evidence, before)
	}
	// The source's own slice is its own, and a poll without nodes takes the prices away.
	s.absorb(pollResult{source: "kubernetes", batch: migration.Batch{Payloads: []migration.Payload{migration.SpotNodes{}}}})
	if snap = s.view(noon); len(snap.Prices.Spot) != 0 || len(s.spot.wanted()) != 0 {
		t.Errorf("%v", snap.Prices.Spot)
	}
}
