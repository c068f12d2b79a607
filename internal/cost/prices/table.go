package prices

import (
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/yamldoc"
)

// table is a CSV file of the embedded book: a head, then one line a type of instance, sorted
// by it. It stays text. A question for a price finds its line by halving and reads that line
// alone, so that 16,000 prices cost nothing until one of them is asked for, and then no
// memory. Tests read every cell.
type table struct {
	columns []string // after the first
	lines   string   // after the head
}

func newTable(text string) table {
	head, lines, _ := strings.Cut(text, "\n")
	return table{strings.Split(head, ",")[1:], lines}
}

// line returns the cells of a type, "" where there is no such line. The type is not in them.
func (t *table) line(typ string) string {
	for low, high := 0, len(t.lines); low < high; {
		// The line in which the middle lies.
		start := strings.LastIndexByte(t.lines[low:(low+high)/2], '\n') + 1 + low
		end := strings.IndexByte(t.lines[start:], '\n') + start
		key, cells, _ := strings.Cut(t.lines[start:end], ",")
		switch strings.Compare(typ, key) {
		case 0:
			return cells
		case 1:
			low = end + 1
		default:
			high = start
		}
	}
	return ""
}

// cell is the cell of a column in a line, "" where it is empty.
func cell(line string, column int) string {
	for range column {
		_, rest, ok := strings.Cut(line, ",")
		if !ok {
			return ""
		}
		line = rest
	}
	value, _, _ := strings.Cut(line, ",")
	return value
}

// types lists the first cells that begin with a prefix, in order.
func (t *table) types(prefix string) []string {
	var out []string
	for line := range strings.Lines(t.lines) {
		if typ, _, _ := strings.Cut(line, ","); strings.HasPrefix(typ, prefix) {
			out = append(out, typ)
		}
	}
	return out
}

// priceTable is a table of prices of one kind of item by region, all of one origin.
type priceTable struct {
	table
	prefix string // of the items: "ec2.on_demand."
	unit   string
	origin Origin
}

// rate returns the price of an item in a region.
func (t *priceTable) rate(item, region string) (Rate, bool) {
	typ, ok := strings.CutPrefix(item, t.prefix)
	column := slices.Index(t.columns, region)
	if !ok || column < 0 {
		return Rate{}, false
	}
	return t.at(item, region, cell(t.line(typ), column))
}

func (t *priceTable) at(item, region, text string) (Rate, bool) {
	if text == "" {
		return Rate{}, false
	}
	d, err := decimal.NewFromString(text)
	if err != nil {
		return Rate{}, false // no cell is so: a test reads them all
	}
	return Rate{Item: item, Region: region, Value: d, Unit: t.unit, Origin: t.origin}, true
}

// regions appends the regions that have a price of an item.
func (t *priceTable) regions(item string, out []string) []string {
	typ, ok := strings.CutPrefix(item, t.prefix)
	if !ok {
		return out
	}
	line := t.line(typ)
	for _, region := range t.columns {
		text, rest, _ := strings.Cut(line, ",")
		if line = rest; text != "" {
			out = append(out, region)
		}
	}
	return out
}

// rates adds the prices of an item by region, where there is none from another file.
func (t *priceTable) rates(item string, into map[string]Rate) {
	typ, ok := strings.CutPrefix(item, t.prefix)
	if !ok {
		return
	}
	line := t.line(typ)
	for _, region := range t.columns {
		text, rest, _ := strings.Cut(line, ",")
		if _, other := into[region]; !other {
			if r, ok := t.at(item, region, text); ok {
				into[region] = r
			}
		}
		line = rest
	}
}

// readFile reads what a sheet says of a table in a file of its own: the item, which ends
// in .*, and the file's name.
func (c *contents) readFile(item, file yamldoc.Node, origin Origin) error {
	pattern, err := item.Text("item")
	if err != nil {
		return err
	}
	name, err := file.Text("file")
	if err != nil {
		return err
	}
	prefix, wild := strings.CutSuffix(pattern, "*")
	unit, ok := c.units[pattern]
	if !wild || !ok {
		return item.Errorf("want one of the items of this file that end in .*, got %q", pattern)
	}
	text, ok := c.files[name]
	if !ok {
		return file.Errorf("%s is not embedded", name)
	}
	t := &priceTable{newTable(*text), prefix, unit, origin}
	t.origin.File = "book/" + name
	for _, region := range t.columns {
		c.regions[region] = true
		c.foreign[region] = strings.HasPrefix(unit, "CNY/")
	}
	c.tables = append(c.tables, t)
	return nil
}

// rate finds a price: in what was read, else in the tables, of which an earlier one comes
// first. A price for everywhere leaves no others.
func (c *contents) rate(item, region string) (Rate, bool) {
	byRegion := c.rates[item]
	if r, ok := byRegion[region]; ok {
		return r, true
	}
	if _, everywhere := byRegion[Everywhere]; everywhere {
		return Rate{}, false
	}
	for _, t := range c.tables {
		if r, ok := t.rate(item, region); ok {
			return r, true
		}
	}
	return Rate{}, false
}

// byRegion returns all prices of an item, also those of tables. It may be the book's own
// map.
func (c *contents) byRegion(item string) map[string]Rate {
	byRegion := c.rates[item]
	if _, everywhere := byRegion[Everywhere]; everywhere {
		return byRegion
	}
	var all map[string]Rate
	for _, t := range c.tables {
		if !strings.HasPrefix(item, t.prefix) {
			continue
		}
		if all == nil {
			if all = maps.Clone(byRegion); all == nil {
				all = make(map[string]Rate, len(t.columns))
			}
		}
		t.rates(item, all)
	}
	if len(all) == 0 {
		return byRegion
	}
	return all
}

// shapeTable is a table of shapes.
type shapeTable struct {
	table
	columns []shapeColumn
}

// readShapesFile reads the name of a table of shapes.
func (c *contents) readShapesFile(n yamldoc.Node) error {
	name, err := n.Text("shapes_file")
	if err != nil {
		return err
	}
	text, ok := c.files[name]
	if !ok {
		return n.Errorf("%s is not embedded", name)
	}
	t := &shapeTable{table: newTable(*text)}
	for _, name := range t.table.columns {
		at := slices.IndexFunc(shapeColumns, func(c shapeColumn) bool { return c.name == name })
		if at < 0 {
			return n.Errorf("%s is no column of shapes", name)
		}
		t.columns = append(t.columns, shapeColumns[at])
	}
	c.shapes = t
	return nil
}

// instance returns the shape of a type.
func (t *shapeTable) instance(typ string) (Instance, bool) {
	line := t.line(typ)
	if line == "" {
		return Instance{}, false
	}
	i := Instance{Type: typ}
	for _, column := range t.columns {
		text, rest, _ := strings.Cut(line, ",")
		if line = rest; text == "" {
			continue
		}
		if err := column.set(&i, yamldoc.Cell{Text: text}); err != nil {
			return Instance{}, false // no cell is so: a test reads them all
		}
	}
	i.reserve()
	return i, true
}
