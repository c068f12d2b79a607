package prices

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/shopspring/decimal"
)

//go:embed book/*.yaml
var embedded embed.FS

// PriceBook is a set of prices. It is immutable and safe for concurrent use.
type PriceBook struct {
	// contents reads the book on first use, so that the first screen does not wait for
	// prices.
	contents func() *contents
}

// contents are the contents of a book's files.
type contents struct {
	groups    []Group
	units     map[string]string          // item or wildcard ("ec2.on_demand.*") -> unit
	rates     map[string]map[string]Rate // item -> region -> rate
	regions   map[string]bool
	instances map[string]Instance
	sizes     []FargateSize
	base      *contents // while an overlay is read: the book that it is laid over
}

// Group is one file of the book.
type Group struct {
	Name  string `json:"name"`
	About string `json:"about"`
	File  string `json:"file"`
}

// FargateSize is one number of vCPUs and the amounts of memory to be had with it.
type FargateSize struct {
	VCPU    decimal.Decimal
	GB      []decimal.Decimal // ascending; 1 GB is 1024^3 bytes
	ECSOnly bool
}

// Default returns the embedded book, always the same one.
func Default() *PriceBook { return embeddedBook }

var embeddedBook = &PriceBook{contents: sync.OnceValue(func() *contents {
	c, err := load()
	if err != nil {
		// The files are part of the program, and its tests read them all.
		panic(fmt.Sprintf("embedded price book: %v", err))
	}
	return c
})}

func load() (*contents, error) {
	files, err := fs.Glob(embedded, "book/*.yaml")
	if err != nil {
		return nil, err
	}
	c := newContents()
	for _, file := range files {
		data, err := embedded.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := c.read(file, data, nil); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// bookOf is a book that has been read.
func bookOf(c *contents) *PriceBook { return &PriceBook{contents: func() *contents { return c }} }

func newContents() *contents {
	return &contents{
		units:     map[string]string{},
		rates:     map[string]map[string]Rate{},
		regions:   map[string]bool{},
		instances: map[string]Instance{},
	}
}

// Rate returns the price of an item in a region; the error is an [*UnknownError].
func (b *PriceBook) Rate(item, region string) (Rate, error) {
	c := b.contents()
	byRegion, ok := c.rates[item]
	if !ok {
		// An item that only an overlay prices is known, and has no region.
		return Rate{}, &UnknownError{Item: item, Region: region, Known: c.siblings(item), ByRegion: c.units[item] != ""}
	}
	if r, ok := byRegion[region]; ok && region != Everywhere {
		return r, nil
	}
	if r, ok := byRegion[Everywhere]; ok && (c.regions[region] || region == Everywhere || r.Origin.Overlay) {
		r.Region = region
		return r, nil
	}
	known := b.Regions(item)
	if _, ok := byRegion[Everywhere]; ok {
		known = slices.Sorted(maps.Keys(c.regions))
	}
	return Rate{}, &UnknownError{Item: item, Region: region, Known: known, ByRegion: true}
}

// Regions lists the regions that have a price of their own for the item, sorted.
func (b *PriceBook) Regions(item string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(b.contents().rates[item])), func(r string) bool { return r == Everywhere })
}

// Items lists the items that start with a prefix, sorted.
func (b *PriceBook) Items(prefix string) []string { return b.contents().items(prefix) }

func (c *contents) items(prefix string) []string {
	var out []string
	for item := range c.rates {
		if strings.HasPrefix(item, prefix) {
			out = append(out, item)
		}
	}
	slices.Sort(out)
	return out
}

// Rates lists every rate of the items that start with a prefix, sorted by item
// and region.
func (b *PriceBook) Rates(prefix string) []Rate {
	var out []Rate
	c := b.contents()
	for _, item := range c.items(prefix) {
		for _, region := range slices.Sorted(maps.Keys(c.rates[item])) {
			out = append(out, c.rates[item][region])
		}
	}
	return out
}

// Groups lists the files of the book by name.
func (b *PriceBook) Groups() []Group { return slices.Clone(b.contents().groups) }

// Instance returns the shape of an EC2 instance type and whether it is known.
func (b *PriceBook) Instance(typ string) (Instance, bool) {
	return b.contents().instance(typ)
}

func (c *contents) instance(typ string) (Instance, bool) {
	i, ok := c.instances[typ]
	return i, ok
}

// Instances lists the instance types whose shapes are known, sorted.
func (b *PriceBook) Instances() []Instance {
	return slices.SortedFunc(maps.Values(b.contents().instances), func(x, y Instance) int { return strings.Compare(x.Type, y.Type) })
}

// FargateSizes lists the sizes of Fargate by ascending vCPU.
func (b *PriceBook) FargateSizes() []FargateSize { return slices.Clone(b.contents().sizes) }

// unit returns the unit that an item has by its own name or by a wildcard.
func (c *contents) unit(item string) (string, bool) {
	if u, ok := c.units[item]; ok {
		return u, true
	}
	for at := strings.LastIndexByte(item, '.'); at > 0; at = strings.LastIndexByte(item[:at], '.') {
		if u, ok := c.units[item[:at]+".*"]; ok {
			return u, true
		}
	}
	return "", false
}

// siblings lists the items whose names differ from this one in the fewest last
// parts, to be offered where it is unknown.
func (c *contents) siblings(item string) []string {
	for at := strings.LastIndexByte(item, '.'); at > 0; at = strings.LastIndexByte(item[:at], '.') {
		if known := c.items(item[:at+1]); len(known) > 0 {
			return known
		}
	}
	return nil
}
