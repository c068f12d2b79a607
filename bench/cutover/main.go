// Command cutover measures how often package cutover is wrong, and how long it takes to be right, on simulated watches of two
// hours, against the default rules of other tools on the same minutes.
//
//	go run ./bench/cutover                   the whole, some minutes of two cores
//	go run ./bench/cutover -watches 200      a quick look
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

func main() {
	seed := flag.Uint64("seed", 1, "seed of the simulation: the same seed gives the same report")
	watches := flag.Int("watches", 10_000, "watches of each healthy tenant; a tenth of it for the others")
	only := flag.String("only", "", "only scenarios whose name contains this text")
	flag.Parse()
	if flag.NArg() > 0 || *watches < 1 {
		flag.Usage()
		os.Exit(2)
	}
	report(os.Stdout, *seed, *watches, *only)
}

// report writes all tables as Markdown.
func report(out io.Writer, seed uint64, watches int, only string) {
	for _, g := range groups() {
		g.scenarios = slices.DeleteFunc(g.scenarios, func(s scenario) bool { return !strings.Contains(s.name, only) })
		if len(g.scenarios) == 0 {
			continue
		}
		n := max(watches/10, 1)
		if g.full {
			n = watches
		}
		fmt.Fprintf(out, "## %s\n\n", g.title)
		fmt.Fprintf(out, "%d watches of two hours each, after two hours of blue alone; seed %d.\n\n", n, seed)
		head := []string{"scenario", "ROLL BACK", "PROMOTE", "SLOWER"}
		if g.peers {
			for _, p := range peers() {
				head = append(head, p.name)
			}
		}
		fmt.Fprintf(out, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
		for i := range g.scenarios {
			s := &g.scenarios[i]
			r := study(s, seed, n, g.peers)
			cells := []string{s.name, r.cell(r.rollBack), r.cell(r.promote), r.cell(r.slower)}
			for _, p := range r.peers {
				cells = append(cells, r.cell(p))
			}
			fmt.Fprintf(out, "| %s |\n", strings.Join(cells, " | "))
		}
		fmt.Fprintln(out)
	}
}

// cell writes a share of watches, and the median minute.
func (r *result) cell(s said) string {
	share := fmt.Sprintf("%.2f %%", 100*float64(s.watches)/float64(r.watches))
	if s.median == never {
		return share
	}
	return fmt.Sprintf("%s @%d", share, s.median)
}
