package prices

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/yamldoc"
)

// Encode writes rates as a price file that [Parse], [PriceBook.With] and
// [PriceBook.Update] read. The group needs a name, and no two of the rates may be of the same item and
// region. Shapes are those of instance types that the book lacks, at most one of a type; their
// allocatable amounts are not written, since the reader derives them. The same rates and shapes
// give the same bytes in whatever order they come.
func Encode(group, about string, rates []Rate, shapes ...Instance) []byte {
	rates = slices.SortedFunc(slices.Values(rates), func(x, y Rate) int {
		return cmp.Or(cmp.Compare(x.Region, y.Region), cmp.Compare(x.Item, y.Item))
	})
	var origins []Origin
	units := map[string]string{}
	for _, r := range rates {
		if o := asStated(r.Origin); !slices.Contains(origins, o) {
			origins = append(origins, o)
		}
		units[r.Item] = r.Unit
	}
	var b strings.Builder
	fmt.Fprintf(&b, "format: %s\ngroup: %s\n", Format, yamldoc.Quote(group))
	if about != "" {
		fmt.Fprintf(&b, "about: %s\n", yamldoc.Quote(about))
	}
	b.WriteString("origins:\n")
	for i, o := range origins {
		fmt.Fprintf(&b, "  o%d:\n    source: %s\n    certainty: %s\n", i+1, yamldoc.Quote(o.Source), o.Certainty)
		for _, field := range [...]struct{ key, text string }{{"as_of", o.AsOf}, {"note", o.Note}} {
			if field.text != "" {
				fmt.Fprintf(&b, "    %s: %s\n", field.key, yamldoc.Quote(field.text))
			}
		}
	}
	b.WriteString("items:\n")
	for _, item := range slices.Sorted(maps.Keys(units)) {
		fmt.Fprintf(&b, "  %s: %s\n", item, yamldoc.Quote(units[item]))
	}
	if len(shapes) > 0 {
		encodeShapes(&b, shapes)
	}
	b.WriteString("sheets:\n")
	for i, o := range origins {
		region := ""
		for _, r := range rates {
			if asStated(r.Origin) != o {
				continue
			}
			if r.Region != region {
				region = r.Region
				fmt.Fprintf(&b, "- origin: o%d\n  region: %s\n  prices:\n", i+1, yamldoc.Quote(region))
			}
			fmt.Fprintf(&b, "    %s: %q\n", r.Item, r.Value)
		}
	}
	return []byte(b.String())
}

// asStated is an origin as a file states it.
func asStated(o Origin) Origin {
	o.File, o.Overlay = "", false
	return o
}
