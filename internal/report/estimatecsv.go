package report

import (
	"strconv"

	"github.com/migtop/migtop/internal/cost/estimate"
	"github.com/migtop/migtop/internal/text"
)

var estimateColumns = []string{
	"shape", "region", "platform", "row", "item", "quantity", "unit", "rate_usd", "amount_usd", "price_as_of", "price_certainty", "problem",
}

// csvRow is one row of an estimate; what is empty has no value.
type csvRow struct{ shape, region, platform, kind, item, quantity, unit, rate, amount, asOf, certainty, problem string }

func (c csvRow) cells() []string {
	return []string{
		text.CSVCell(c.shape), c.region, c.platform, c.kind, c.item, c.quantity, c.unit, c.rate, c.amount, c.asOf, c.certainty, c.problem,
	}
}

// estimateRows are the lines, one row of kind total a platform, and one of kind month for each total with the cluster in
// it. An unknown total is empty.
func estimateRows(rs []estimate.Result) [][]string {
	var rows [][]string
	for i := range rs {
		r := &rs[i]
		for _, b := range blocks(r) {
			for _, l := range b.Lines {
				rows = append(rows, csvRow{
					shape: r.Name, region: r.Region, platform: b.key, kind: "line", item: text.CSVCell(l.Item),
					quantity: l.Quantity.String(), unit: l.Unit, rate: l.Rate.String(), amount: l.Amount.String(),
					asOf: l.AsOf, certainty: l.Certainty.String(),
				}.cells())
			}
			rows = append(rows, csvRow{
				shape: r.Name, region: r.Region, platform: b.key, kind: "total", amount: spelt(b.Total), problem: b.Problem,
			}.cells())
		}
		for _, m := range r.Months.List() {
			rows = append(rows, csvRow{
				shape: r.Name, region: r.Region, platform: m.Key, kind: "month", amount: spelt(m.Total), problem: m.Problem,
			}.cells())
		}
		rows = append(rows, breakEvenRows(r)...)
		rows = append(rows, crossoverRows(r)...)
	}
	return rows
}

// breakEvenRows are one row of kind break_even a figure and platform, named as in JSON; an
// unknown figure is empty. The verdict's word and the crossing are units, the reason a problem.
func breakEvenRows(r *estimate.Result) [][]string {
	var rows [][]string
	for _, n := range breakEvensOf(r.BreakEven) {
		add := func(item, quantity, unit, problem string) {
			rows = append(rows, csvRow{
				shape: r.Name, region: r.Region, platform: n.key, kind: "break_even",
				item: item, quantity: quantity, unit: unit, problem: problem,
			}.cells())
		}
		add("lambda_run_usd", spelt(n.of.LambdaRun), "USD/run", "")
		add("job_run_usd", spelt(n.of.JobRun), "USD/run", "")
		add("lambda_fixed_month_usd", spelt(n.of.LambdaFixed), "USD/month", "")
		add("fixed_month_usd", spelt(n.of.Fixed), "USD/month", "")
		add("crossing", "", n.of.Crossing.String(), "")
		add("runs_per_day", spelt(n.of.RunsPerDay), "runs/day", "")
		add("duration_seconds", spelt(n.of.Duration), "seconds", "")
		add("memory_mb", spelt(n.of.Memory), "MB", "")
		add("utilization", spelt(n.of.Utilization), "share", "")
		add("verdict", "", n.of.Verdict.Decision.String(), n.of.Verdict.Reason)
	}
	return rows
}

// crossoverRows are where nodes are cheaper than each kind of Fargate.
func crossoverRows(r *estimate.Result) [][]string {
	if r.Crossover == nil {
		return nil
	}
	var rows [][]string
	for _, n := range []struct {
		key string
		of  *estimate.Crossover
	}{{estimate.KeyEKSFargate, &r.Crossover.EKSFargate}, {estimate.KeyECSFargate, &r.Crossover.ECSFargate}} {
		pods := ""
		if p, ok := n.of.Pods.Get(); ok {
			pods = strconv.FormatInt(p, 10)
		}
		row := csvRow{shape: r.Name, region: r.Region, platform: n.key, kind: "crossover"}
		row.item, row.quantity, row.unit, row.problem = "utilization", spelt(n.of.Utilization), "share", n.of.Reason
		rows = append(rows, row.cells())
		row.item, row.quantity, row.unit, row.problem = "pods_per_node", pods, "pods", ""
		rows = append(rows, row.cells())
	}
	return rows
}

// sumRows are one row of kind sum a platform over all shapes, and of kind compared for both sides of the shapes
// that have a total on both.
func sumRows(s *estimate.Sum) [][]string {
	var rows [][]string
	for _, b := range sumBlocks(s) {
		rows = append(rows, csvRow{
			platform: b.key, kind: "sum", quantity: strconv.Itoa(b.Shapes), unit: "shapes", amount: spelt(b.Total),
			problem: leftOutCell(b.LeftOut),
		}.cells())
	}
	for _, c := range s.Compared {
		row := csvRow{platform: c.Platform, kind: "compared", quantity: strconv.Itoa(c.Shapes), unit: "shapes"}
		row.problem = leftOutCell(c.LeftOut)
		row.item, row.amount = "lambda_month_usd", c.Lambda.String()
		rows = append(rows, row.cells())
		row.item, row.amount = "job_month_usd", c.Jobs.String()
		rows = append(rows, row.cells())
	}
	return rows
}

func leftOutCell(shapes []estimate.LeftOut) string {
	out := ""
	for i, s := range shapes {
		if i > 0 {
			out += "; "
		}
		out += s.Shape + ": " + s.Reason
	}
	return text.CSVCell(out)
}
