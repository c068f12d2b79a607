package engine

import (
	"maps"
	"slices"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/loginsights"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/spend"
)

// metricsItem is the price of 1,000 metrics of GetMetricData.
const metricsItem = "cloudwatch.get_metric_data"

// rateTable is what CloudWatch asks in the regions that are read. What is asked is counted
// together, whatever the region, and priced by the most expensive of them: a budget must hold
// wherever it was asked. A region that the price book does not know has no part in it:
// what is asked there is counted apart.
type rateTable struct {
	cost    *cost.Pricer
	regions map[string]bool
}

func newTariff(opts Options) rateTable {
	t := rateTable{cost: opts.Cost, regions: map[string]bool{}}
	t.add(opts.Scope.Region)
	for _, a := range opts.Scope.Accounts {
		t.add(a.Region)
	}
	return t
}

// add gets to know a region; "" is none.
func (t *rateTable) add(region string) {
	if region != "" {
		t.regions[region] = true
	}
}

// highest is the price of an item in the most expensive region that has one; the one that holds
// nearly everywhere while no region is known.
func (t *rateTable) highest(item string) (most migration.Opt[migration.USD]) {
	if len(t.regions) == 0 {
		return t.at(item, cost.Everywhere)
	}
	for region := range t.regions {
		if usd, ok := t.at(item, region).Get(); ok && usd.Cmp(most.Or(migration.USD{})) >= 0 {
			most = migration.Some(usd)
		}
	}
	return most
}

func (t *rateTable) at(item, region string) migration.Opt[migration.USD] {
	r, err := t.cost.Book().Rate(item, region)
	if err != nil {
		return migration.None[migration.USD]()
	}
	return migration.Some(migration.Dollars(r.Value))
}

// without are the regions in which an item has no price, while others have one.
func (t *rateTable) without(item string) (out []string) {
	for _, region := range slices.Sorted(maps.Keys(t.regions)) {
		if !t.at(item, region).Known() {
			out = append(out, region)
		}
	}
	return out
}

// apart moves what was asked in a region without its price to where it is counted apart.
// Where the region is not known it has the price of the others.
func (t *rateTable) apart(region string, c spend.Count) spend.Count {
	if region == "" {
		return c
	}
	if !t.at(metricsItem, region).Known() {
		c.UnpricedLow, c.UnpricedHigh, c.Low, c.High = c.UnpricedLow+c.Low, c.UnpricedHigh+c.High, 0, 0
	}
	if !t.at(loginsights.ScanItem, region).Known() {
		c.UnpricedScanned, c.Scanned = c.UnpricedScanned+c.Scanned, 0
	}
	return c
}
