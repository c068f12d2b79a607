package main

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
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
	mean  bool // the geometric mean of traces: it has ratios and nothing else
}

type row struct {
	strategy string
	result   score.Result
	ratio    float64 // of a mean: migtop's waste over the strategy's
}

var names = struct{ migtop, max128, declared string }{migtop: "migtop", max128: "max + 128 MiB", declared: "declared"}

var header = []string{
	"order", "trace", "strategy", "runs", "wasted GiB h", "migtop / it", "kills", "OOM-killed", "given up",
	"memory cost", "deadline kills", "calibration",
}

// total adds for each order the sum of its traces, the sum without the trace with the most waste, since one large
// workflow dominates the sum, and the geometric mean of the ratios, in which all traces have the same weight.
func (t *table) total() {
	var totals []block
	for first := 0; first < len(t.blocks); {
		var traces []*block
		last := first
		for ; last < len(t.blocks) && t.blocks[last].order == t.blocks[first].order; last++ {
			if t.blocks[last].trace {
				traces = append(traces, &t.blocks[last])
			}
		}
		totals = append(totals, sum("all", traces))
		if len(traces) > 1 {
			largest := slices.MaxFunc(traces, func(a, b *block) int { return cmp.Compare(a.compared(), b.compared()) })
			rest := slices.DeleteFunc(slices.Clone(traces), func(b *block) bool { return b == largest })
			totals = append(totals, sum("all but "+largest.name, rest), mean(traces))
		}
		first = last
	}
	t.blocks = append(t.blocks, totals...)
}

// compared returns the total waste of the strategies that migtop is compared with, without the sizes declared by owners.
func (b *block) compared() (sum float64) {
	for i := range b.rows {
		if s := b.rows[i].strategy; s != names.migtop && s != names.declared {
			sum += b.rows[i].result.Wasted
		}
	}
	return sum
}

func sum(name string, traces []*block) block {
	b := block{order: traces[0].order, name: name, rows: make([]row, len(traces[0].rows))}
	for _, one := range traces {
		for j := range one.rows {
			b.rows[j].strategy = one.rows[j].strategy
			b.rows[j].result.Add(&one.rows[j].result)
		}
	}
	return b
}

// mean is the geometric mean over traces of migtop's waste over each strategy's.
func mean(traces []*block) block {
	b := block{order: traces[0].order, name: "geometric mean", mean: true, rows: make([]row, len(traces[0].rows))}
	for j := range b.rows {
		logs, n := 0.0, 0
		for _, one := range traces {
			b.rows[j].strategy = one.rows[j].strategy
			if ratio, ok := one.ratio(&one.rows[j].result); ok && ratio > 0 {
				logs += math.Log(ratio)
				n++
			}
		}
		if n > 0 {
			b.rows[j].ratio = math.Exp(logs / float64(n))
		}
	}
	return b
}

// ratio is migtop's waste over another's; a ratio under 1 says that migtop wasted less.
func (b *block) ratio(r *score.Result) (float64, bool) {
	for i := range b.rows {
		if b.rows[i].strategy == names.migtop && r.Wasted > 0 {
			return b.rows[i].result.Wasted / r.Wasted, true
		}
	}
	return 0, false
}

const gibHour = 3600 * (1 << 30) // byte-seconds

// lines are the cells of a block.
func (t *table) lines(b *block) [][]string {
	lines := make([][]string, 0, len(b.rows))
	for i := range b.rows {
		r := &b.rows[i].result
		ratio := "-"
		if v, ok := b.ratio(r); ok {
			ratio = fmt.Sprintf("%.3f", v)
		}
		if b.mean {
			if v := b.rows[i].ratio; v > 0 {
				ratio = fmt.Sprintf("%.3f", v)
			}
			lines = append(lines, []string{string(b.order), b.name, b.rows[i].strategy, "-", "-", ratio, "-", "-", "-", "-", "-", "-"})
			continue
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
			fmt.Sprint(r.Killed), share(r.Killed, r.Runs), fmt.Sprint(r.GivenUp), "$" + t.cost(r).StringFixed(4), deadline, calibration,
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
