package report

import (
	"bufio"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/estimate"
	"github.com/migtop/migtop/internal/text"
)

// sumBlock is the sum of one platform under its key in JSON.
type sumBlock struct {
	key string
	*estimate.SumOf
}

func sumBlocks(s *estimate.Sum) []sumBlock {
	all := []sumBlock{
		{estimate.KeyLambda, s.Lambda},
		{estimate.KeyManaged, s.Managed},
		{estimate.KeyMicroVMs, s.MicroVMs},
		{estimate.KeyEKSFargate, s.EKSFargate},
		{estimate.KeyECSFargate, s.ECSFargate},
		{estimate.KeyNodes, s.Nodes},
		{estimate.KeyCluster, s.Cluster},
	}
	out := all[:0]
	for _, b := range all {
		if b.SumOf != nil {
			out = append(out, b)
		}
	}
	return out
}

var (
	sumColumns      = []heading{{"platform", false}, {"USD/month", true}, {"shapes", true}, {"", false}}
	comparedColumns = []heading{{"platform", false}, {"shapes", true}, {"Lambda", true}, {"there", true}, {"", false}}
)

// sumTable prints the sum over all shapes of a file, and says whether digits were left out.
func sumTable(w *bufio.Writer, d *estimate.Document) (cut bool) {
	fmt.Fprintf(w, "%s: one month of %d hours\n\n", text.Plural(d.Sum.Shapes, "shape"), d.Shapes[0].MonthHours)
	rows := make([][]string, 0, len(sumBlocks(&d.Sum)))
	var known []decimal.Decimal
	for _, b := range sumBlocks(&d.Sum) {
		known = append(known, b.KnownMonth.Decimal())
	}
	amounts, cut := usdColumn(known...)
	for i, b := range sumBlocks(&d.Sum) {
		amount, note := amounts[i], ""
		if !b.Month.Known() {
			amount = ">= " + amount
			note = fmt.Sprintf("without %s", text.Plural(len(b.LeftOut), "shape"))
		}
		rows = append(rows, []string{platformTitles[b.key], amount, text.Grouped(b.Shapes), note})
	}
	grid(w, "  ", sumColumns, rows)
	w.WriteString("\n")
	if d.Sum.Cluster != nil {
		w.WriteString("  EKS Fargate and nodes include the clusters.\n")
	}
	w.WriteString("  Tiers, the free tier and clusters are counted once over all shapes.\n")
	for _, b := range sumBlocks(&d.Sum) {
		leftOut(w, "in "+platformTitles[b.key], b.LeftOut)
	}
	if len(d.Sum.Compared) == 0 {
		return cut
	}
	w.WriteString("\nLambda against Jobs, of the shapes that have a total on both sides, with their clusters\n")
	rows = nil
	for _, c := range d.Sum.Compared {
		lambda, _ := usdCell(c.Lambda.Decimal())
		jobs, _ := usdCell(c.Jobs.Decimal())
		rows = append(rows, []string{platformTitles[c.Platform], text.Grouped(c.Shapes), lambda, jobs, c.Verdict.Decision.String()})
	}
	grid(w, "  ", comparedColumns, rows)
	return cut
}

// mostLeftOut is how many shapes are named that are not in a sum.
const mostLeftOut = 10

func leftOut(w *bufio.Writer, where string, shapes []estimate.LeftOut) {
	for i, s := range shapes {
		if i == mostLeftOut {
			fmt.Fprintf(w, "  not %s: %d more\n", where, len(shapes)-i)
			return
		}
		fmt.Fprintf(w, "  not %s: %s: %s\n", where, sentence(s.Shape), sentence(s.Reason))
	}
}
