package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/estimate"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// WriteEstimate writes the estimate of one shape.
func WriteEstimate(w io.Writer, r *estimate.Result, f Format) error {
	switch f {
	case JSON:
		return writeJSON(w, r)
	case YAML:
		return writeYAML(w, r)
	case CSV:
		return csvRows(w, estimateColumns, estimateRows([]estimate.Result{*r}))
	}
	return write(w, func(out *bufio.Writer) error {
		endTable(out, estimateTable(out, r), r.Missing, &r.Prices)
		return nil
	})
}

// WriteEstimates writes the estimates of several shapes and their sum; JSON and YAML are an object with the list
// "shapes" and "sum".
func WriteEstimates(w io.Writer, d *estimate.Document, f Format) error {
	switch f {
	case JSON:
		return writeJSON(w, d)
	case YAML:
		return writeYAML(w, d)
	case CSV:
		return csvRows(w, estimateColumns, append(estimateRows(d.Shapes), sumRows(&d.Sum)...))
	}
	return write(w, func(out *bufio.Writer) error {
		cut := sumTable(out, d)
		for i := range d.Shapes {
			out.WriteString("\n")
			cut = estimateTable(out, &d.Shapes[i]) || cut
		}
		endTable(out, cut, d.Missing, &d.Prices)
		return nil
	})
}

// platformTitles are what platforms are called, by their keys.
var platformTitles = map[string]string{
	estimate.KeyLambda: "Lambda", estimate.KeyManaged: "Lambda Managed Instances", estimate.KeyMicroVMs: "Lambda MicroVMs",
	estimate.KeyEKSFargate: "EKS Fargate", estimate.KeyECSFargate: "ECS Fargate", estimate.KeyNodes: "Nodes",
	estimate.KeyCluster: "Cluster",
}

// block is one part of an estimate: a platform under its key in JSON.
type block struct {
	key string
	*estimate.Platform
}

// blocks lists what a result has, in the order of printing.
func blocks(r *estimate.Result) []block {
	p := &r.Platforms
	all := []block{
		{estimate.KeyLambda, p.Lambda},
		{estimate.KeyManaged, p.Managed},
		{estimate.KeyMicroVMs, p.MicroVMs},
		{estimate.KeyEKSFargate, p.EKSFargate},
		{estimate.KeyECSFargate, p.ECSFargate},
		{estimate.KeyNodes, p.Nodes},
		{estimate.KeyCluster, r.Cluster},
	}
	out := all[:0]
	for _, b := range all {
		if b.Platform != nil {
			out = append(out, b)
		}
	}
	return out
}

var lineColumns = []heading{
	{"item", false},
	{"quantity", true},
	{"unit", false},
	{"rate USD", true},
	{"amount USD", true},
	{"price of", false},
	{"certainty", false},
}

// estimateTable prints one shape, and says whether digits were left out.
func estimateTable(w *bufio.Writer, r *estimate.Result) (cut bool) {
	title := r.Region
	if r.Name != "" {
		title = r.Name + ", " + r.Region
	}
	fmt.Fprintf(w, "%s: one month of %d hours\n\n", sentence(title), r.MonthHours)
	cut = monthsTable(w, r)
	for _, b := range blocks(r) {
		cut = platformTable(w, &b) || cut
	}
	breakEvenTable(w, r.BreakEven)
	crossoverTable(w, r.Crossover)
	return cut
}

// endTable says once what holds for all tables.
func endTable(w *bufio.Writer, cut bool, missing []estimate.MissingPrice, p *migration.Prices) {
	missingPrices(w, missing)
	priceLine(w, p)
	if cut {
		w.WriteString("Amounts are rounded here; json, yaml and csv have all digits.\n")
	}
}

var monthColumns = []heading{{"platform", false}, {"USD/month", true}, {"against Lambda", false}}

// monthsTable prints the totals that are compared, and what follows from them.
func monthsTable(w *bufio.Writer, r *estimate.Result) (cut bool) {
	all := breakEvensOf(r.BreakEven)
	list := r.Months.List()
	for _, extra := range [...]block{{estimate.KeyManaged, r.Platforms.Managed}, {estimate.KeyMicroVMs, r.Platforms.MicroVMs}} {
		if p := extra.Platform; p != nil {
			list = append(list, estimate.NamedMonth{Key: extra.key, Month: &estimate.Month{Total: p.Total, Cannot: p.Cannot}})
		}
	}
	var known []decimal.Decimal
	for _, m := range list {
		known = append(known, m.Total.Or(migration.USD{}).Decimal())
	}
	amounts, cut := usdColumn(known...)
	var rows [][]string
	onCluster := false
	for i, m := range list {
		row := []string{platformTitles[m.Key], amounts[i]}
		switch {
		case m.Cannot:
			row[1] = "cannot run"
		case !m.Total.Known():
			row[1] = "unknown"
		case m.Cluster.Or(migration.USD{}).Sign() > 0:
			onCluster = true
		}
		if all != nil {
			against := ""
			for _, b := range all {
				if b.key == m.Key {
					against = b.of.Verdict.Decision.String() + difference(b.of)
				}
			}
			row = append(row, against)
		}
		rows = append(rows, row)
	}
	columns := monthColumns
	if all == nil {
		columns = columns[:2]
	}
	grid(w, "  ", columns, rows)
	w.WriteString("\n")
	if key := r.Months.Cheapest; key != "" {
		name := platformTitles[key]
		if key == estimate.KeyNodes {
			name = "nodes"
		}
		fmt.Fprintf(w, "  The cheapest is %s.\n", name)
	}
	if c := r.Cluster; c != nil && onCluster {
		if u, ok := c.Total.Get(); ok {
			amount, _ := usdCell(u.Decimal())
			fmt.Fprintf(w, "  EKS Fargate and nodes include %s for the cluster.\n", amount)
			for _, n := range c.Notes {
				fmt.Fprintf(w, "  %s.\n", sentence(capital(n)))
			}
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintf(w, "  %s.\n", sentence(capital(n)))
	}
	return cut
}

// difference is what a month costs less or more than on Lambda.
func difference(b *estimate.BreakEven) string {
	lambda, ok1 := b.LambdaMonth.Get()
	jobs, ok2 := b.JobMonth.Get()
	if !ok1 || !ok2 {
		return ""
	}
	by := jobs.Sub(lambda)
	amount, _ := usdCell(by.Decimal().Abs())
	switch by.Sign() {
	case -1:
		return ", " + amount + " less"
	case 1:
		return ", " + amount + " more"
	}
	return ", the same"
}

// capital begins a sentence.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// platformTable prints the lines of one platform.
func platformTable(w *bufio.Writer, b *block) (cut bool) {
	title := platformTitles[b.key]
	if b.key == estimate.KeyEKSFargate || b.key == estimate.KeyNodes {
		title += " without the cluster"
	}
	if u, ok := b.Total.Get(); ok {
		amount, c := usdCell(u.Decimal())
		title, cut = title+": "+amount, cut || c
	}
	fmt.Fprintf(w, "\n%s\n", title)
	var of []decimal.Decimal
	for _, l := range b.Lines {
		of = append(of, l.Amount.Decimal())
	}
	amounts, c := usdColumn(of...)
	cut = cut || c
	var rows [][]string
	for i, l := range b.Lines {
		many, cut1 := quantity(l.Quantity)
		rate, cut2 := shown(l.Rate.Decimal())
		cut = cut || contains(cut1, cut2)
		rows = append(rows, []string{l.Item, many, l.Unit, text.GroupDigits(rate), amounts[i], cmp.Or(l.AsOf, "-"), l.Certainty.String()})
	}
	if len(rows) > 0 {
		grid(w, "  ", lineColumns, rows)
	}
	switch {
	case b.Cannot:
		fmt.Fprintf(w, "  cannot run: %s\n", sentence(b.Problem))
	case !b.Total.Known():
		fmt.Fprintf(w, "  total unknown: %s\n", sentence(b.Problem))
	}
	for _, n := range b.Notes {
		wrapped(w, "  ", "note: "+sentence(n))
	}
	return cut
}

// mostKnown is how many regions are listed where a price is missing.
const mostKnown = 12

// missingPrices lists the prices that the book does not have, each once, and what to do.
func missingPrices(w *bufio.Writer, missing []estimate.MissingPrice) {
	if len(missing) == 0 {
		return
	}
	w.WriteString("\nPrices that are missing\n")
	for _, m := range missing {
		line := sentence(m.Item) + " in " + sentence(m.Region)
		if n := len(m.Known); n > 0 {
			line += "; known: " + sentence(strings.Join(m.Known[:min(n, mostKnown)], ", "))
			if n > mostKnown {
				line += fmt.Sprintf(" and %d more", n-mostKnown)
			}
		}
		wrapped(w, "  ", line)
	}
	w.WriteString("  Read them with migtop prices refresh, or state them in a price file: --prices FILE, see docs/prices.md.\n")
}

// priceLine says how old and how sure the prices are that a result rests on.
func priceLine(w *bufio.Writer, p *migration.Prices) {
	w.WriteString("\n")
	if p.AsOf != "" {
		fmt.Fprintf(w, "Prices: %s old, each weighted by what is paid at it; the oldest is from %s", text.Plural(p.AgeDays, "day"), p.AsOf)
		if p.Undated > 0 {
			fmt.Fprintf(w, "; %s of the cost is at prices without a date", text.Percent(float64(p.Undated)))
		}
		if p.AgeDays > prices.StaleDays {
			w.WriteString(": migtop prices refresh reads today's prices")
		}
		w.WriteString(".\n")
	}
	if p.Certainty != "" && p.Certainty != prices.Primary.String() {
		fmt.Fprintf(w, "The least certain price is %s.\n", p.Certainty)
	}
}
