package cost

import (
	"cmp"
	"slices"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// Changes lists the prices that two Pricers charge differently, sorted by item and
// region: also those that change because a discount was negotiated, which
// [prices.Diff] shows as one line. Each region is listed, also where the price of one of
// the books holds everywhere.
func Changes(before, after *Pricer) []prices.Change {
	type key struct{ item, region string }
	keys := map[key]string{} // -> unit
	for _, p := range [...]*Pricer{before, after} {
		for _, r := range p.book.Rates("") {
			keys[key{r.Item, r.Region}] = r.Unit
		}
	}
	var out []prices.Change
	for k, unit := range keys {
		c := prices.Change{Item: k.item, Region: k.region, Unit: unit}
		b, err1 := before.Rate(k.item, k.region)
		a, err2 := after.Rate(k.item, k.region)
		if err1 == nil && err2 == nil && b.Value.Equal(a.Value) {
			continue
		}
		if err1 == nil {
			c.Before = migration.Some(b)
		}
		if err2 == nil {
			c.After = migration.Some(a)
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(x, y prices.Change) int {
		return cmp.Or(cmp.Compare(x.Item, y.Item), cmp.Compare(x.Region, y.Region))
	})
	return out
}
