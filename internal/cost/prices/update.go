package prices

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// StaleDays is the age in days from which prices are reported as old.
const StaleDays = 90

// Update returns the book with newer list prices: a file of the same format, of
// which each price replaces the book's in its region, unless the book's is younger. It
// differs from [PriceBook.With] in that its prices are list prices, to which negotiated
// discounts apply, and that an old file cannot undo a newer book. Errors are [*yamldoc.Error].
func (b *PriceBook) Update(file string, data []byte) (*PriceBook, error) {
	base, news := b.contents(), newContents()
	if err := news.read(file, data, base); err != nil {
		return nil, err
	}
	instances := maps.Clone(base.instances)
	maps.Copy(instances, news.instances)
	out := &contents{
		groups: append(slices.Clone(base.groups), news.groups...), units: base.units,
		rates: maps.Clone(base.rates), regions: maps.Clone(base.regions), instances: instances, sizes: base.sizes,
		tables: base.tables, shapes: base.shapes, foreign: base.foreign,
	}
	for item, byRegion := range news.rates {
		merged := maps.Clone(base.rates[item])
		if merged == nil {
			merged = make(map[string]Rate, len(byRegion))
		}
		for region, r := range byRegion {
			if old, err := b.Rate(item, region); err == nil && newer(old, r) {
				continue
			}
			r.Origin.Overlay = false
			merged[region] = r
			if region != Everywhere {
				out.regions[region] = true
			}
		}
		out.rates[item] = merged
	}
	return bookOf(out), nil
}

// Lazy is a book that is opened once, when the first price is read, so that the first
// screen does not wait for files of prices.
func Lazy(open func() *PriceBook) *PriceBook {
	return &PriceBook{contents: sync.OnceValue(func() *contents { return open().contents() })}
}

// newer reports whether a is certainly of a later date than b.
func newer(a, b Rate) bool {
	at, ok := a.Origin.Since()
	bt, dated := b.Origin.Since()
	return ok && (!dated || at.After(bt))
}

// KnownRegions lists the regions that have a price of their own for anything,
// sorted.
func (b *PriceBook) KnownRegions() []string { return slices.Sorted(maps.Keys(b.contents().regions)) }

// UnitOf returns the unit in which an item is priced, and false where no calculation uses
// such an item.
func (b *PriceBook) UnitOf(item string) (string, bool) { return b.contents().unit(item) }

// Abbreviated joins names for one line of a message: the first dozen, and how many
// more there are.
func Abbreviated(names []string) string { return strings.Join(abbreviate(names), ", ") }

// UnknownRegionError says that a book has no price in a region.
type UnknownRegionError struct {
	Region string
	Known  []string // sorted
}

// Error names the region, all those that are known, and the command that looks for its prices.
func (e *UnknownRegionError) Error() string {
	return fmt.Sprintf("region %q is unknown; known: %s; migtop prices refresh %[1]s looks for its prices", e.Region,
		strings.Join(e.Known, ", "))
}

// CheckRegion returns an [*UnknownRegionError] for a region of which the book has no
// price at all.
func (b *PriceBook) CheckRegion(region string) error {
	if b.contents().regions[region] {
		return nil
	}
	return &UnknownRegionError{Region: region, Known: b.KnownRegions()}
}
