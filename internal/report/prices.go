package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// price is a rate as it is written.
type price struct {
	Item   string          `json:"item"`
	Region string          `json:"region"`
	Price  decimal.Decimal `json:"price"`
	Unit   string          `json:"unit"`
	// AsOf is null without a date; the age is counted from the first day that
	// the date may mean.
	AsOf      *string `json:"as_of"`
	AgeDays   *int    `json:"age_days"`
	Certainty string  `json:"certainty"`
	Source    string  `json:"source"`
	Note      string  `json:"note,omitempty"`
	File      string  `json:"file"`
	Overlay   bool    `json:"overlay"`
}

func priceOf(r prices.Rate, at time.Time) price {
	p := price{
		Item: r.Item, Region: r.Region, Price: r.Value, Unit: r.Unit, Certainty: r.Origin.Certainty.String(),
		Source: r.Origin.Source, Note: r.Origin.Note, File: r.Origin.File, Overlay: r.Origin.Overlay,
	}
	if since, ok := r.Origin.Since(); ok {
		age := max(int(at.Sub(since)/(24*time.Hour)), 0)
		p.AsOf, p.AgeDays = &r.Origin.AsOf, &age
	}
	return p
}

func (p *price) asOf() string {
	if p.AsOf == nil {
		return "-"
	}
	return *p.AsOf
}

func (p *price) age(unknown string) string {
	if p.AgeDays == nil {
		return unknown
	}
	return strconv.Itoa(*p.AgeDays)
}

func pricesOf(rates []prices.Rate, at time.Time) []price {
	out := make([]price, len(rates))
	for i, r := range rates {
		out[i] = priceOf(r, at)
	}
	return out
}

// WritePrices writes rates with their age at a moment; JSON is an object with the list
// "prices".
func WritePrices(w io.Writer, rates []prices.Rate, at time.Time, f Format) error {
	all := pricesOf(rates, at)
	switch f {
	case JSON:
		return writeJSON(w, struct {
			Prices []price `json:"prices"`
		}{all})
	case CSV:
		rows := make([][]string, len(all))
		for i := range all {
			p := &all[i]
			asOf := ""
			if p.AsOf != nil {
				asOf = *p.AsOf
			}
			rows[i] = []string{
				p.Item, p.Region, p.Price.String(), p.Unit, asOf, p.age(""), p.Certainty, text.CSVCell(p.Source), text.CSVCell(p.Note),
				text.CSVCell(p.File), strconv.FormatBool(p.Overlay),
			}
		}
		return csvRows(w, []string{"item", "region", "price", "unit", "as_of", "age_days", "certainty", "source", "note", "file", "overlay"},
			rows)
	case Table:
	}
	return write(w, func(out *bufio.Writer) error {
		priceTable(out, all)
		return nil
	})
}

var priceColumns = []heading{
	{"item", false},
	{"region", false},
	{"price", true},
	{"unit", false},
	{"as of", false},
	{"days old", true},
	{"certainty", false},
	{"source", false},
}

func priceTable(w *bufio.Writer, all []price) {
	rows := make([][]string, len(all))
	stale, undated := 0, 0
	for i := range all {
		p := &all[i]
		rows[i] = []string{p.Item, p.Region, p.Price.String(), p.Unit, p.asOf(), p.age("-"), p.Certainty, p.Source}
		switch {
		case p.AgeDays == nil:
			undated++
		case *p.AgeDays > prices.StaleDays:
			stale++
		}
	}
	grid(w, "", priceColumns, rows)
	fmt.Fprintf(w, "\n%s", text.Plural(len(all), "price"))
	if stale > 0 {
		fmt.Fprintf(w, ", %d older than %d days", stale, prices.StaleDays)
	}
	if undated > 0 {
		fmt.Fprintf(w, ", %d without a date", undated)
	}
	w.WriteString(".\n")
	if stale+undated > 0 {
		w.WriteString("migtop prices refresh reads what AWS lists today.\n")
	}
}

// WritePrice writes all details of one rate; JSON has the form of [WritePrices].
func WritePrice(w io.Writer, r prices.Rate, at time.Time, f Format) error {
	if f != Table {
		return WritePrices(w, []prices.Rate{r}, at, f)
	}
	return write(w, func(out *bufio.Writer) error {
		p := priceOf(r, at)
		from := p.File
		if !p.Overlay && strings.HasPrefix(from, "book/") {
			from = "the book that is built in"
		}
		age := "unknown"
		if p.AgeDays != nil {
			if age = *p.AsOf + ", " + text.Plural(*p.AgeDays, "day") + " old"; *p.AgeDays > prices.StaleDays {
				age += ": migtop prices refresh reads what AWS lists today"
			}
		}
		for _, line := range [...]struct{ name, text string }{
			{"item", p.Item},
			{"region", p.Region},
			{"price", p.Price.String() + " " + p.Unit},
			{"as of", age},
			{"certainty", p.Certainty},
			{"source", p.Source},
			{"note", p.Note},
			{"from", from},
		} {
			if line.text != "" {
				fmt.Fprintf(out, "%-10s %s\n", line.name, sentence(line.text))
			}
		}
		return nil
	})
}

// change is one price that is different.
type change struct {
	Item   string                         `json:"item"`
	Region string                         `json:"region"`
	Unit   string                         `json:"unit"`
	Before migration.Opt[decimal.Decimal] `json:"before"`
	After  migration.Opt[decimal.Decimal] `json:"after"`
	// Percent is after over before less 100 %, null without either.
	Percent migration.Opt[decimal.Decimal] `json:"change_percent"`
	Source  string                         `json:"source,omitempty"`
}

func changeOf(c *prices.Change) change {
	value := func(r prices.Rate) decimal.Decimal { return r.Value }
	out := change{Item: c.Item, Region: c.Region, Unit: c.Unit, Before: migration.Map(c.Before, value), After: migration.Map(c.After, value)}
	if after, ok := c.After.Get(); ok {
		out.Source = after.Origin.Source
		if before, known := c.Before.Get(); known && before.Value.IsPositive() {
			out.Percent = migration.Some(after.Value.Sub(before.Value).Shift(2).DivRound(before.Value, 2))
		}
	}
	return out
}

// WriteChanges writes the prices that are different; JSON is an object with the list
// "changes".
func WriteChanges(w io.Writer, all []prices.Change, f Format) error {
	list := make([]change, len(all))
	rows := make([][]string, len(all))
	unknown := "-"
	if f == CSV {
		unknown = ""
	}
	for i := range all {
		c := changeOf(&all[i])
		list[i] = c
		percent := unknown
		if d, ok := c.Percent.Get(); ok {
			percent = d.StringFixed(2)
			if d.IsPositive() && f == Table {
				percent = "+" + percent
			}
		}
		rows[i] = []string{c.Item, c.Region, c.Unit, decimalText(c.Before, unknown), decimalText(c.After, unknown), percent, c.Source}
	}
	switch f {
	case JSON:
		return writeJSON(w, struct {
			Changes []change `json:"changes"`
		}{list})
	case CSV:
		for _, r := range rows {
			r[len(r)-1] = text.CSVCell(r[len(r)-1])
		}
		return csvRows(w, []string{"item", "region", "unit", "before", "after", "change_percent", "source"}, rows)
	case Table:
	}
	return write(w, func(out *bufio.Writer) error {
		if len(rows) > 0 {
			grid(out, "", changeColumns, rows)
			out.WriteString("\n")
		}
		fmt.Fprintf(out, "%s.\n", text.PluralOf(len(rows), "price changes", "prices change"))
		return nil
	})
}

var changeColumns = []heading{
	{"item", false},
	{"region", false},
	{"unit", false},
	{"before", true},
	{"after", true},
	{"%", true},
	{"source", false},
}

func decimalText(d migration.Opt[decimal.Decimal], unknown string) string {
	if v, ok := d.Get(); ok {
		return v.String()
	}
	return unknown
}
