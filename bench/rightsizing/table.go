package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/bench/rightsizing/score"
	"github.com/migtop/migtop/bench/rightsizing/trace"
)

// table is what a run of the benchmark prints.
type table struct {
	blocks []block
	price  decimal.Decimal // US dollars a GiB-hour
}

// block is what every strategy did to one trace in one order, or to one workload.
type block struct {
	order trace.Order
	name  string
	trace bool // counts into the totals
	rows  []row
}

type row struct {
	strategy string
	result   score.Result
}

var names = struct{ migtop, max128 string }{migtop: "migtop", max128: "max + 128 MiB"}

var header = []string{
	"order", "trace", "strategy", "runs", "wasted GiB h", "migtop / it", "OOM-killed", "given up",
	"memory cost", "deadline kills", "calibration",
}

// total adds a block for each order with the sum of its traces.
func (t *table) total() {
	var totals []block
	for i := range t.blocks {
		b := &t.blocks[i]
		if !b.trace {
			continue
		}
		if len(totals) == 0 || totals[len(totals)-1].order != b.order {
			totals = append(totals, block{order: b.order, name: "all", rows: make([]row, len(b.rows))})
		}
		sum := &totals[len(totals)-1]
		for j := range b.rows {
			sum.rows[j].strategy = b.rows[j].strategy
			sum.rows[j].result.Add(&b.rows[j].result)
		}
	}
	t.blocks = append(t.blocks, totals...)
}

const gibHour = 3600 * (1 << 30) // byte-seconds

// lines are the cells of a block. A ratio under 1 says that migtop wasted less.
func (t *table) lines(b *block) [][]string {
	var mine *score.Result
	for i := range b.rows {
		if b.rows[i].strategy == names.migtop {
			mine = &b.rows[i].result
		}
	}
	lines := make([][]string, 0, len(b.rows))
	for i := range b.rows {
		r := &b.rows[i].result
		ratio := "-"
		if mine != nil && r.Wasted > 0 {
			ratio = fmt.Sprintf("%.3f", mine.Wasted/r.Wasted)
		}
		deadline, calibration := "-", "-"
		if r.Deadlines > 0 {
			deadline = share(r.DeadlineKills, r.Deadlines)
		}
		if points, ok := r.Calibration.Points(); ok {
			calibration = fmt.Sprintf("%.2f points", points)
		}
		lines = append(lines, []string{
			string(b.order), b.name, b.rows[i].strategy, fmt.Sprint(r.Runs), fmt.Sprintf("%.3f", r.Wasted/gibHour), ratio,
			share(r.Killed, r.Runs), fmt.Sprint(r.GivenUp), "$" + t.cost(r).StringFixed(4), deadline, calibration,
		})
	}
	return lines
}

// cost is the memory held, all attempts included, at the price.
func (t *table) cost(r *score.Result) decimal.Decimal {
	return decimal.NewFromFloat(r.Held / gibHour).Mul(t.price)
}

func share(part, all int) string {
	return fmt.Sprintf("%.2f %%", 100*float64(part)/float64(max(1, all)))
}

func (t *table) write(w io.Writer, format string) error {
	switch format {
	case "csv":
		out := csv.NewWriter(w)
		rows := [][]string{header}
		for i := range t.blocks {
			rows = append(rows, t.lines(&t.blocks[i])...)
		}
		return out.WriteAll(rows)
	case "markdown":
		for i, cells := range append([][]string{header, rule()}, t.flat()...) {
			if _, err := fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")); err != nil {
				return fmt.Errorf("line %d of the table: %w", i+1, err)
			}
		}
		return nil
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, strings.Join(header, "\t"))
	for i := range t.blocks {
		fmt.Fprintln(out, strings.Repeat("\t", len(header)-1))
		for _, cells := range t.lines(&t.blocks[i]) {
			fmt.Fprintln(out, strings.Join(cells, "\t"))
		}
	}
	return out.Flush()
}

func (t *table) flat() (rows [][]string) {
	for i := range t.blocks {
		rows = append(rows, t.lines(&t.blocks[i])...)
	}
	return rows
}

func rule() []string {
	cells := make([]string, len(header))
	for i := range cells {
		cells[i] = "---"
	}
	return cells
}
