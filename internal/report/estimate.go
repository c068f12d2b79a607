package report

import (
	"bufio"
	"fmt"
	"io"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/estimate"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// WriteEstimate writes the estimate of one shape.
func WriteEstimate(w io.Writer, r *estimate.Result, f Format) error {
	if f == JSON {
		return writeJSON(w, r)
	}
	return estimates(w, []estimate.Result{*r}, f)
}

// WriteEstimates writes the estimates of several shapes; JSON is an object with the list "shapes".
func WriteEstimates(w io.Writer, rs []estimate.Result, f Format) error {
	if f == JSON {
		return writeJSON(w, struct {
			Shapes []estimate.Result `json:"shapes"`
		}{rs})
	}
	return estimates(w, rs, f)
}

func estimates(w io.Writer, rs []estimate.Result, f Format) error {
	if f == CSV {
		return csvRows(w, estimateColumns, estimateRows(rs))
	}
	return write(w, func(out *bufio.Writer) error {
		for i := range rs {
			if i > 0 {
				out.WriteString("\n")
			}
			estimateTable(out, &rs[i])
		}
		return nil
	})
}

// block is one part of an estimate: a platform under its key in JSON.
type block struct {
	key, title string
	*estimate.Platform
}

// blocks lists what a result has, in the order of printing.
func blocks(r *estimate.Result) []block {
	p := &r.Platforms
	all := []block{
		{"lambda", "Lambda", p.Lambda},
		{"lambda_managed_instances", "Lambda Managed Instances", p.Managed},
		{"lambda_microvms", "Lambda MicroVMs", p.MicroVMs},
		{"eks_fargate", "EKS Fargate", p.EKSFargate},
		{"ecs_fargate", "ECS Fargate", p.ECSFargate},
		{"nodes", "Nodes", p.Nodes},
		{"cluster", "EKS cluster, in no total above: the fixed cost of EKS Fargate and nodes", r.Cluster},
	}
	out := all[:0]
	for _, b := range all {
		if b.Platform != nil {
			out = append(out, b)
		}
	}
	return out
}

var estimateColumns = []string{
	"shape", "region", "platform", "row", "item", "quantity", "unit", "rate_usd", "amount_usd", "price_as_of", "price_certainty", "problem",
}

// estimateRows are the lines, and one row of kind total a platform. An unknown total
// is empty.
func estimateRows(rs []estimate.Result) [][]string {
	var rows [][]string
	for i := range rs {
		r := &rs[i]
		for _, b := range blocks(r) {
			for _, l := range b.Lines {
				rows = append(rows, []string{
					text.CSVCell(r.Name), r.Region, b.key, "line", l.Item, l.Quantity.String(), l.Unit, l.Rate.String(), l.Amount.String(),
					l.AsOf, l.Certainty.String(), "",
				})
			}
			total := ""
			if u, ok := b.Total.Get(); ok {
				total = u.String()
			}
			rows = append(rows, []string{text.CSVCell(r.Name), r.Region, b.key, "total", "", "", "", "", total, "", "", b.Problem})
		}
		rows = append(rows, breakEvenRows(r)...)
	}
	return rows
}

// breakEvenRows are one row of kind break_even a figure and platform, named as in JSON; an
// unknown figure is empty. The verdict's word is a unit, its reason a problem.
func breakEvenRows(r *estimate.Result) [][]string {
	if r.BreakEven == nil {
		return nil
	}
	var rows [][]string
	for _, n := range []struct {
		key string
		of  *estimate.BreakEven
	}{{"eks_fargate", &r.BreakEven.EKSFargate}, {"ecs_fargate", &r.BreakEven.ECSFargate}, {"nodes", &r.BreakEven.Nodes}} {
		add := func(item, quantity, unit, problem string) {
			rows = append(rows, []string{text.CSVCell(r.Name), r.Region, n.key, "break_even", item, quantity, unit, "", "", "", "", problem})
		}
		add("lambda_run_usd", spelt(n.of.LambdaRun), "USD/run", "")
		add("job_run_usd", spelt(n.of.JobRun), "USD/run", "")
		add("fixed_month_usd", spelt(n.of.Fixed), "USD/month", "")
		add("runs_per_day", spelt(n.of.RunsPerDay), "runs/day", "")
		add("duration_seconds", spelt(n.of.Duration), "seconds", "")
		add("memory_mb", spelt(n.of.Memory), "MB", "")
		add("utilization", spelt(n.of.Utilization), "share", "")
		add("verdict", "", n.of.Verdict.Decision.String(), n.of.Verdict.Reason)
	}
	return rows
}

var lineColumns = []heading{
	{"item", false}, {"quantity", true}, {"unit", false}, {"rate USD", true}, {"amount USD", true}, {"price of", false}, {"certainty", false},
}

func estimateTable(w *bufio.Writer, r *estimate.Result) {
	title := r.Region
	if r.Name != "" {
		title = r.Name + ", " + r.Region
	}
	fmt.Fprintf(w, "%s: one month, amounts as given\n", sentence(title))
	rounded := false
	for _, b := range blocks(r) {
		fmt.Fprintf(w, "\n%s\n", b.title)
		var rows [][]string
		for _, l := range b.Lines {
			quantity, cut1 := shown(l.Quantity)
			rate, cut2 := shown(l.Rate.Decimal())
			amount, cut3 := shown(l.Amount.Decimal())
			rounded = rounded || contains(cut1, cut2, cut3)
			asOf := l.AsOf
			if asOf == "" {
				asOf = "-"
			}
			rows = append(rows, []string{l.Item, quantity, l.Unit, rate, amount, asOf, l.Certainty.String()})
		}
		if u, ok := b.Total.Get(); ok {
			total, cut := shown(u.Decimal())
			rounded = rounded || cut
			rows = append(rows, []string{"total", "", "", "", total, "", ""})
		}
		if len(rows) > 0 {
			grid(w, "  ", lineColumns, rows)
		}
		if !b.Total.Known() {
			fmt.Fprintf(w, "  total unknown: %s\n", sentence(b.Problem))
		}
		for _, n := range b.Notes {
			fmt.Fprintf(w, "  note: %s\n", sentence(n))
		}
	}
	breakEvenTable(w, r.BreakEven)
	priceLine(w, &r.Prices)
	if rounded {
		fmt.Fprintf(w, "Numbers are rounded to %d places here; totals are of the exact ones, which json and csv have.\n", tablePlaces)
	}
}

var breakEvenColumns = []heading{
	{"platform", false},
	{"run there USD", true},
	{"run on Lambda USD", true},
	{"fixed USD/month", true},
	{"from runs/day", true},
	{"from seconds/run", true},
	{"from MB", true},
	{"busy share", true},
}

func breakEvenTable(w *bufio.Writer, all *estimate.BreakEvens) {
	if all == nil {
		return
	}
	w.WriteString("\nBreak-even with Lambda\n")
	var rows [][]string
	named := []struct {
		name string
		of   *estimate.BreakEven
	}{{"EKS Fargate", &all.EKSFargate}, {"ECS Fargate", &all.ECSFargate}, {"Nodes", &all.Nodes}}
	for _, n := range named {
		e := n.of
		dollars := func(u migration.Opt[migration.USD]) string {
			return optional(migration.Map(u, migration.USD.Decimal), 10, "-")
		}
		runs, span := "-", "-"
		if e.LambdaRun.Known() && e.JobRun.Known() && e.Fixed.Known() {
			runs = "never"
		}
		if e.Utilization.Known() {
			span = "never"
		}
		rows = append(rows, []string{
			n.name, dollars(e.JobRun), dollars(e.LambdaRun), dollars(e.Fixed),
			optional(e.RunsPerDay, 2, runs), within(e.Duration, wallSeconds, 3, span), within(e.Memory, mostMB, 0, "-"),
			optional(e.Utilization, 4, "-"),
		})
	}
	grid(w, "  ", breakEvenColumns, rows)
	for _, n := range named {
		fmt.Fprintf(w, "  %s: %s: %s\n", n.name, n.of.Verdict.Decision, sentence(n.of.Verdict.Reason))
	}
}

// Limits of Lambda: no function can have a break-even above them.
const (
	wallSeconds = int64(migration.LambdaWall / time.Second)
	mostMB      = int64(migration.MostLambdaMemory / migration.MiB)
)

// within is a figure, or "over 900" where it is over the most that Lambda allows.
func within(d migration.Opt[decimal.Decimal], most int64, places int32, unknown string) string {
	if v, ok := d.Get(); ok && v.GreaterThan(decimal.NewFromInt(most)) {
		return fmt.Sprintf("over %d", most)
	}
	return optional(d, places, unknown)
}

// priceLine says how old and how sure the prices are that a result rests on.
func priceLine(w *bufio.Writer, p *migration.Prices) {
	w.WriteString("\n")
	if p.AsOf != "" {
		fmt.Fprintf(w, "Prices: the oldest is from %s, %s old", p.AsOf, text.Plural(p.AgeDays, "day"))
		if p.AgeDays > prices.StaleDays {
			w.WriteString(": migtop prices refresh reads today's prices")
		}
		w.WriteString(".\n")
	}
	if p.Certainty != "" && p.Certainty != prices.Primary.String() {
		fmt.Fprintf(w, "The least certain price is %s.\n", p.Certainty)
	}
}
