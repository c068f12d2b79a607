package cost

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// published is a Spot price in a zone of us-east-1.
func published(typ, zone, price string, nodes int) migration.SpotPrice {
	return migration.SpotPrice{
		InstanceType: typ, Region: "us-east-1", Zone: "us-east-1" + zone,
		Hourly: migration.Dollars(decimal.RequireFromString(price)), Nodes: nodes,
		Since: time.Date(2026, 11, 29, 10, 5, 0, 0, time.UTC),
	}
}

// A Spot node costs the mean of the zones that the cluster's nodes are in, or the highest price where that is not known. An
// overlay's price goes before it, and nodes of other terms do not have it.
func TestPublishedSpotPrices(t *testing.T) {
	spot := migration.Host{
		Kind: migration.HostEC2, Spot: true, InstanceType: "m6i.xlarge", OS: migration.Linux,
		Place: migration.RegionArch{Region: "us-east-1", Arch: migration.X86},
	}
	with := func(all ...migration.SpotPrice) *Pricer { return New(prices.Default(), Options{}).WithSpot(all) }
	for name, tc := range map[string]struct {
		p          *Pricer
		want, says string
	}{
		"one zone": {with(published("m6i.xlarge", "a", "0.07", 3)), "0.07", "its zone's: us-east-1a $0.07 since 2026-11-29 10:05"},
		"by nodes": { // (0.07 + 2 * 0.10) / 3
			with(published("m6i.xlarge", "b", "0.10", 2), published("m6i.xlarge", "a", "0.07", 1)), "0.09",
			"the mean of its nodes' zones: us-east-1a $0.07 since 2026-11-29 10:05, us-east-1b $0.1 since 2026-11-29 10:05",
		},
		"unknown zones": {
			with(published("m6i.xlarge", "b", "0.10", 0), published("m6i.xlarge", "a", "0.07", 0)), "0.1",
			"the highest of its zones",
		},
	} {
		got, err := tc.p.Node(spot)
		if err != nil || got.Amount.String() != tc.want || !strings.Contains(got.Evidence.Note, tc.says) ||
			got.Evidence.Source != "EC2's Spot price" {
			t.Errorf("%s: %v %+v, %v", name, got.Amount, got.Evidence, err)
		}
	}
	p := with(published("m6i.xlarge", "a", "0.07", 1))
	for name, change := range map[string]func(*migration.Host){
		"on demand":    func(h *migration.Host) { h.Spot = false },
		"windows":      func(h *migration.Host) { h.OS = migration.Windows },
		"dedicated":    func(h *migration.Host) { h.Tenancy = migration.TenancyDedicated },
		"another type": func(h *migration.Host) { h.InstanceType = "m6i.2xlarge" },
		"elsewhere":    func(h *migration.Host) { h.Place.Region = "eu-west-1" },
	} {
		h := spot
		change(&h)
		got, err := p.Node(h)
		plain, plainErr := New(prices.Default(), Options{}).Node(h)
		if (err == nil) != (plainErr == nil) || got.Amount.Cmp(plain.Amount) != 0 {
			t.Errorf("%s: %v, %v; without the price %v, %v", name, got.Amount, err, plain.Amount, plainErr)
		}
	}
	overlay, err := prices.Default().With("contract.yaml", []byte(`format: migtop-price-book/1
group: contract
origins: {o: {source: contract, certainty: primary}}
items: {ec2.spot.rate.m6i.xlarge: USD/hour}
sheets: [{origin: o, region: us-east-1, prices: {ec2.spot.rate.m6i.xlarge: "0.05"}}]
`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := New(overlay, Options{}).WithSpot([]migration.SpotPrice{published("m6i.xlarge", "a", "0.07", 1)}).Node(spot)
	if err != nil || got.Amount.String() != "0.05" {
		t.Errorf("with an overlay: %v, %v", got.Amount, err)
	}
	if plain := New(prices.Default(), Options{}); plain.WithSpot(nil) != plain {
		t.Error("no prices make another pricer")
	}
}
