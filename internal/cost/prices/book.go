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

// The tables are strings of the binary: nothing copies them, and the pages that nobody
// reads are never in memory.
var (
	//go:embed book/ec2-us-east-1.csv
	ec2Virginia string
	//go:embed book/ec2-2026-07-20.csv
	ec2Mid2026 string
	//go:embed book/ec2-2026.csv
	ec2In2026 string
	//go:embed book/ec2-2025-04-04.csv
	ec2Early2025 string
	//go:embed book/ec2-2026-derived.csv
	ec2Derived string
	//go:embed book/ec2-spot-2025-06-28.csv
	ec2Spot string
	//go:embed book/ec2-cn-2024-11-06.csv
	ec2China string
	//go:embed book/ec2-shapes.csv
	ec2Shapes string
)

// embeddedTables are the tables by the names that sheets give them.
var embeddedTables = map[string]*string{
	"ec2-us-east-1.csv": &ec2Virginia, "ec2-2026-07-20.csv": &ec2Mid2026, "ec2-2026.csv": &ec2In2026,
	"ec2-2025-04-04.csv": &ec2Early2025, "ec2-2026-derived.csv": &ec2Derived, "ec2-spot-2025-06-28.csv": &ec2Spot,
	"ec2-cn-2024-11-06.csv": &ec2China, "ec2-shapes.csv": &ec2Shapes,
}

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
	foreign   map[string]bool // regions that bill in another currency than USD
	instances map[string]Instance
	tables    []*priceTable // more prices, read line by line
	shapes    *shapeTable   // more instances
	sizes     []FargateSize
	// files opens the files that sheets name, while the embedded book is read.
	files map[string]*string
	base  *contents // while an overlay is read: the book that it is laid over
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
	c.files = embeddedTables
	for _, file := range files {
		data, err := embedded.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := c.read(file, data, nil); err != nil {
			return nil, err
		}
	}
	c.files = nil
	return c, nil
}

// bookOf is a book that has been read.
func bookOf(c *contents) *PriceBook { return &PriceBook{contents: func() *contents { return c }} }

func newContents() *contents {
	return &contents{
		units:     map[string]string{},
		rates:     map[string]map[string]Rate{},
		regions:   map[string]bool{},
		foreign:   map[string]bool{},
		instances: map[string]Instance{},
	}
}

// Find returns the price of an item in a region, and whether it is known.
func (b *PriceBook) Find(item, region string) (Rate, bool) { return b.contents().find(item, region) }

func (c *contents) find(item, region string) (Rate, bool) {
	if r, ok := c.rate(item, region); ok {
		return r, true
	}
	r, everywhere := c.rates[item][Everywhere]
	if !everywhere || !r.Origin.Overlay && (!c.regions[region] || c.foreign[region]) {
		return Rate{}, false
	}
	r.Region = region
	return r, true
}

// Rate is [PriceBook.Find] with an error that names what is known, an [*UnknownError].
func (b *PriceBook) Rate(item, region string) (Rate, error) {
	c := b.contents()
	if r, ok := c.find(item, region); ok {
		return r, nil
	}
	_, everywhere := c.rates[item][Everywhere]
	switch {
	case everywhere:
		return Rate{}, &UnknownError{Item: item, Region: region, Known: slices.Sorted(maps.Keys(c.regions)), ByRegion: true}
	case !c.has(item):
		// An item that only an overlay prices is known, and has no region.
		return Rate{}, &UnknownError{Item: item, Region: region, Known: c.siblings(item), ByRegion: c.units[item] != ""}
	}
	return Rate{}, &UnknownError{Item: item, Region: region, Known: b.Regions(item), ByRegion: true}
}

// has reports whether an item has a price anywhere.
func (c *contents) has(item string) bool {
	if _, ok := c.rates[item]; ok {
		return true
	}
	return slices.ContainsFunc(c.tables, func(t *priceTable) bool {
		typ, ok := strings.CutPrefix(item, t.prefix)
		return ok && t.line(typ) != ""
	})
}

// Regions lists the regions that have a price of their own for the item, sorted.
func (b *PriceBook) Regions(item string) []string {
	c := b.contents()
	out := slices.Collect(maps.Keys(c.rates[item]))
	if !slices.Contains(out, Everywhere) {
		for _, t := range c.tables {
			out = t.regions(item, out)
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(r string) bool { return r == Everywhere })
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
	for _, t := range c.tables {
		rest, within := strings.CutPrefix(prefix, t.prefix)
		if !within && !strings.HasPrefix(t.prefix, prefix) {
			continue
		}
		if !within {
			rest = ""
		}
		for _, typ := range t.types(rest) {
			out = append(out, t.prefix+typ)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Rates lists every rate of the items that start with a prefix, sorted by item
// and region.
func (b *PriceBook) Rates(prefix string) []Rate {
	var out []Rate
	c := b.contents()
	for _, item := range c.items(prefix) {
		byRegion := c.byRegion(item)
		for _, region := range slices.Sorted(maps.Keys(byRegion)) {
			out = append(out, byRegion[region])
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
	if i, ok := c.instances[typ]; ok || c.shapes == nil {
		return i, ok
	}
	return c.shapes.instance(typ)
}

// Instances lists the instance types whose shapes are known, sorted.
func (b *PriceBook) Instances() []Instance {
	c := b.contents()
	types := slices.Collect(maps.Keys(c.instances))
	if c.shapes != nil {
		types = append(types, c.shapes.types("")...)
	}
	slices.Sort(types)
	types = slices.Compact(types)
	out := make([]Instance, len(types))
	for i, typ := range types {
		out[i], _ = c.instance(typ)
	}
	return out
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
// parts, to be offered where it is unknown; none where they differ in all but the first,
// since that would be all types of instances.
func (c *contents) siblings(item string) []string {
	for at := strings.LastIndexByte(item, '.'); at > 0; at = strings.LastIndexByte(item[:at], '.') {
		if item[:at] == "ec2" {
			return nil
		}
		if known := c.items(item[:at+1]); len(known) > 0 {
			return known
		}
	}
	return nil
}
