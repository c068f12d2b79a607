package prices

import (
	"cmp"
	"slices"

	"github.com/migtop/migtop/internal/migration"
)

// Change is one price that differs between two books.
type Change struct {
	Item   string `json:"item"`
	Region string `json:"region"`
	Unit   string `json:"unit"`
	// Before and After are unknown where that book has no such price.
	Before migration.Opt[Rate] `json:"before"`
	After  migration.Opt[Rate] `json:"after"`
}

// Diff lists what is different in after, sorted by item and region. The same value from
// another origin is no change.
func Diff(before, after *PriceBook) []Change {
	var out []Change
	for _, r := range before.Rates("") {
		other, ok := after.contents().rate(r.Item, r.Region)
		switch {
		case !ok:
			out = append(out, Change{Item: r.Item, Region: r.Region, Unit: r.Unit, Before: migration.Some(r)})
		case !other.Value.Equal(r.Value):
			out = append(out, Change{Item: r.Item, Region: r.Region, Unit: r.Unit, Before: migration.Some(r), After: migration.Some(other)})
		}
	}
	for _, r := range after.Rates("") {
		if _, ok := before.contents().rate(r.Item, r.Region); !ok {
			out = append(out, Change{Item: r.Item, Region: r.Region, Unit: r.Unit, After: migration.Some(r)})
		}
	}
	slices.SortFunc(out, func(x, y Change) int {
		return cmp.Or(cmp.Compare(x.Item, y.Item), cmp.Compare(x.Region, y.Region))
	})
	return out
}
