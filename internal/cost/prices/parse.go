package prices

import (
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/yamldoc"
)

// Format is the first line of every price file.
const Format = "migtop-price-book/1"

// Parse reads one file as a book of its own. Errors are [*yamldoc.Error].
func Parse(file string, data []byte) (*PriceBook, error) {
	c := newContents()
	if err := c.read(file, data, nil); err != nil {
		return nil, err
	}
	return bookOf(c), nil
}

// With returns the book with an overlay laid over it: the overlay's prices
// replace the book's, item by item and region by region. The overlay is a file
// of the same format. It must give each item the unit that the book has, and may
// not add items that no calculation uses. Errors are [*yamldoc.Error].
func (b *PriceBook) With(file string, overlay []byte) (*PriceBook, error) {
	base, over, out := b.contents(), newContents(), newContents()
	out.tables, out.shapes, out.foreign = base.tables, base.shapes, base.foreign
	if err := over.read(file, overlay, base); err != nil {
		return nil, err
	}
	for _, from := range [...]*contents{base, over} {
		for item, byRegion := range from.rates {
			if out.rates[item] == nil {
				out.rates[item] = make(map[string]Rate, len(byRegion))
			}
			if _, everywhere := byRegion[Everywhere]; everywhere && from == over {
				clear(out.rates[item]) // one price for every region leaves no other
			}
			maps.Copy(out.rates[item], byRegion)
		}
		maps.Copy(out.regions, from.regions)
		maps.Copy(out.instances, from.instances)
		maps.Copy(out.units, from.units)
		out.groups = append(out.groups, from.groups...)
	}
	out.sizes = base.sizes
	return bookOf(out), nil
}

// read adds one file. With base given, the file is an overlay of it.
func (c *contents) read(file string, data []byte, base *contents) error {
	c.base = base
	root, err := yamldoc.Parse(file, data)
	if err != nil {
		return err
	}
	known := []string{"format", "group", "about", "origins", "items", "sheets", "shapes", "fargate_sizes"}
	if c.files != nil {
		known = append(known, "shapes_file")
	}
	f, err := root.Fields("the price book", known...)
	if err != nil {
		return err
	}
	need := []string{"format", "group", "origins", "items", "sheets"}
	_, prices := f["sheets"]
	if _, shapes := f["shapes"]; shapes && !prices {
		need = need[:2] // of shapes alone
	}
	for _, name := range need {
		if _, ok := f[name]; !ok {
			return root.Errorf("%s is missing", name)
		}
	}
	if s, err := f["format"].Text("format"); err != nil || s != Format {
		return f["format"].Errorf("want format: %s", Format)
	}
	group := Group{File: file}
	if group.Name, err = f["group"].Text("group"); err != nil {
		return err
	}
	if about, ok := f["about"]; ok {
		if group.About, err = about.Text("about"); err != nil {
			return err
		}
	}
	c.groups = append(c.groups, group)
	if n, ok := f["shapes"]; ok {
		if err := c.readShapes(n); err != nil || !prices {
			return err
		}
	}
	origins, err := readOrigins(file, f["origins"], base != nil)
	if err != nil {
		return err
	}
	if err := c.readItems(f["items"], base); err != nil {
		return err
	}
	sheets, err := f["sheets"].Sequence("sheets")
	if err != nil {
		return err
	}
	for _, s := range sheets {
		if err := c.readSheet(s, origins); err != nil {
			return err
		}
	}
	if n, ok := f["shapes_file"]; ok {
		if err := c.readShapesFile(n); err != nil {
			return err
		}
	}
	if n, ok := f["fargate_sizes"]; ok {
		if base != nil {
			return n.Errorf("an overlay cannot change the sizes of Fargate")
		}
		return c.readSizes(n)
	}
	return nil
}

func readOrigins(file string, n yamldoc.Node, overlay bool) (map[string]Origin, error) {
	entries, err := n.Mapping("origins")
	if err != nil {
		return nil, err
	}
	out := make(map[string]Origin, len(entries))
	for _, e := range entries {
		f, err := e.Value.Fields("origin "+e.Key, "source", "as_of", "certainty", "note")
		if err != nil {
			return nil, err
		}
		o := Origin{File: file, Overlay: overlay}
		for name, into := range map[string]*string{"source": &o.Source, "as_of": &o.AsOf, "note": &o.Note} {
			v, ok := f[name]
			if !ok {
				continue
			}
			if *into, err = v.Text(name); err != nil {
				return nil, err
			}
		}
		if o.Source == "" {
			return nil, e.At.Errorf("origin %s has no source", e.Key)
		}
		if _, err := parseDate(o.AsOf); o.AsOf != "" && err != nil {
			return nil, f["as_of"].Errorf(`want as_of as a quoted date like "2026-07-20", "2026-07" or "2026", got %q`, o.AsOf)
		}
		word, ok := f["certainty"]
		if !ok {
			return nil, e.At.Errorf("origin %s has no certainty: primary, secondary, derived or assumed", e.Key)
		}
		s, err := word.Text("certainty")
		if err != nil {
			return nil, err
		}
		i := slices.Index(certaintyNames[:], s)
		if i < int(Primary) {
			return nil, word.Errorf("want certainty as primary, secondary, derived or assumed, got %q", s)
		}
		o.Certainty = Certainty(i) //nolint:gosec // an index of five names
		out[e.Key] = o
	}
	return out, nil
}

// readItems reads the units of the file's items, as a mapping or as a table, and
// checks them against the book's where the file is an overlay.
func (c *contents) readItems(n yamldoc.Node, base *contents) error {
	if m, err := n.Mapping("items"); err == nil {
		for _, e := range m {
			unit, err := e.Value.Text("the unit of " + e.Key)
			if err != nil {
				return err
			}
			if err := c.addItem(e.At, e.Value, e.Key, unit, base); err != nil {
				return err
			}
		}
		return nil
	}
	rows, err := n.Table("items")
	if err != nil {
		return err
	}
	if err := head(rows[0], "item", "unit"); err != nil {
		return err
	}
	for _, row := range rows[1:] {
		if len(row) != 2 {
			return row[0].Errorf("want an item and its unit")
		}
		if err := c.addItem(row[0], row[1], row[0].Text, row[1].Text, base); err != nil {
			return err
		}
	}
	return nil
}

func (c *contents) addItem(at, value yamldoc.Place, item, unit string, base *contents) error {
	if _, twice := c.units[item]; twice {
		return at.Errorf("%s is here twice", item)
	}
	if base != nil {
		want, ok := base.units[item]
		if !ok {
			want, ok = base.unit(item)
		}
		switch {
		case !ok:
			return at.Errorf("%v", &UnknownError{Item: item, Known: base.siblings(item)})
		case want != unit:
			return value.Errorf("%s is priced in %s, not in %s", item, want, unit)
		}
	}
	c.units[item] = unit
	return nil
}

// readSheet reads prices of one origin: a table, or one region with a list.
func (c *contents) readSheet(n yamldoc.Node, origins map[string]Origin) error {
	known := []string{"origin", "table", "region", "prices"}
	if c.files != nil {
		known = append(known, "item", "file")
	}
	f, err := n.Fields("a sheet", known...)
	if err != nil {
		return err
	}
	on, ok := f["origin"]
	if !ok {
		return n.Errorf("the sheet has no origin")
	}
	name, err := on.Text("origin")
	if err != nil {
		return err
	}
	origin, ok := origins[name]
	if !ok {
		return on.Errorf("origin %q is not among the origins of this file", name)
	}
	if t, ok := f["table"]; ok && len(f) == 2 {
		return c.readTable(t, origin)
	}
	if file, ok := f["file"]; ok && len(f) == 3 {
		return c.readFile(f["item"], file, origin)
	}
	region, ok1 := f["region"]
	list, ok2 := f["prices"]
	if !ok1 || !ok2 || len(f) != 3 {
		return n.Errorf("want a sheet with origin and table, or with origin, region and prices")
	}
	r, err := region.Text("region")
	if err != nil {
		return err
	}
	entries, err := list.Mapping("prices")
	if err != nil {
		return err
	}
	for _, e := range entries {
		d, err := e.Value.Number("the price of " + e.Key)
		if err != nil {
			return err
		}
		if err := c.add(e.At, e.Value, e.Key, r, d, origin); err != nil {
			return err
		}
	}
	return nil
}

// readTable reads a table whose head is "region" and items, or "item" and regions.
func (c *contents) readTable(n yamldoc.Node, origin Origin) error {
	rows, err := n.Table("a table of prices")
	if err != nil {
		return err
	}
	head := rows[0]
	if head[0].Text != "region" && head[0].Text != "item" {
		return head[0].Errorf(`want a table to begin with "region" or "item", got %q`, head[0].Text)
	}
	for _, row := range rows[1:] {
		if len(row) != len(head) {
			return row[0].Errorf("%s has %d prices under %d headings; a missing price is -", row[0].Text, len(row)-1, len(head)-1)
		}
		for i := 1; i < len(row); i++ {
			if row[i].Text == "-" {
				continue
			}
			item, region := head[i], row[0]
			if head[0].Text == "item" {
				item, region = region, item
			}
			d, err := row[i].Number("the price of " + item.Text)
			if err != nil {
				return err
			}
			if err := c.add(item, row[i], item.Text, region.Text, d, origin); err != nil {
				return err
			}
		}
	}
	return nil
}

// add puts one price into the book: at is where the item is named, value where its
// price is.
func (c *contents) add(at, value yamldoc.Place, item, region string, d decimal.Decimal, origin Origin) error {
	unit, ok := c.unit(item)
	if !ok || strings.HasSuffix(item, "*") {
		return at.Errorf("%s has no unit: name it under items", item)
	}
	if unit == "fraction" && d.GreaterThan(decimal.NewFromInt(1)) {
		return value.Errorf("%s is a fraction: want 0 to 1, got %s", item, d)
	}
	if err := c.plausible(at, value, item, unit, d); err != nil {
		return err
	}
	byRegion := c.rates[item]
	if byRegion == nil {
		byRegion = map[string]Rate{}
		c.rates[item] = byRegion
	}
	if _, twice := byRegion[region]; twice {
		return value.Errorf("%s has two prices in %s", item, region)
	}
	byRegion[region] = Rate{Item: item, Region: region, Value: d, Unit: unit, Origin: origin}
	if region != Everywhere {
		c.regions[region] = true
	}
	return nil
}

// maxHourly is the price of an hour above which a price is taken for a mistake: more than
// twice that of the largest instance type that AWS lists, u7in-32tb.224xlarge. tooMany is how
// many times the book's own highest price of an item a price may not reach: prices by the
// month are 730 times those by the hour.
var maxHourly, tooMany = decimal.NewFromInt(1000), decimal.NewFromInt(100)

// plausible returns an error for a price that cannot be meant, or that nothing could be
// calculated with.
func (c *contents) plausible(at, value yamldoc.Place, item, unit string, d decimal.Decimal) error {
	if strings.HasPrefix(unit, "USD/") && strings.HasSuffix(unit, "hour") && d.GreaterThan(maxHourly) {
		return value.Errorf("%s costs %s %s: want at most %s; is it a price of a month?", item, d, unit, maxHourly)
	}
	if c.base == nil {
		return nil
	}
	typ := c.base.instanceType(item)
	if typ != "" {
		_, known := c.base.instance(typ)
		if _, here := c.instances[typ]; !known && !here {
			return at.Errorf("nothing states the size of %s: add a table of shapes with a line like \"%s 4 16384 x86_64\" under \"%s\"",
				typ, typ, strings.Join(shapeNames(neededColumns), " "))
		}
	}
	if !strings.HasPrefix(unit, "USD/") {
		return nil
	}
	var highest decimal.Decimal
	for _, r := range c.base.byRegion(item) {
		highest = decimal.Max(highest, r.Value)
	}
	if d.IsZero() && (highest.IsPositive() || typ != "") {
		service, _, _ := strings.Cut(item, ".")
		free := ""
		if _, ok := c.base.unit("discount." + service); ok {
			free = "; where it is free, state discount." + service + ": \"1\""
		}
		return value.Errorf("%s costs 0 %s: want a price above 0%s", item, unit, free)
	}
	if highest.IsPositive() && d.GreaterThanOrEqual(highest.Mul(tooMany)) {
		return value.Errorf("%s costs %s %s, and at most %s in the price book: is it per %s?", item, d, unit, highest,
			strings.TrimPrefix(unit, "USD/"))
	}
	return nil
}
