package report

import (
	"bufio"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/estimate"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// named is a platform's break-even with its key.
type named struct {
	key string
	of  *estimate.BreakEven
}

func breakEvensOf(all *estimate.BreakEvens) []named {
	if all == nil {
		return nil
	}
	return []named{
		{estimate.KeyEKSFargate, &all.EKSFargate}, {estimate.KeyECSFargate, &all.ECSFargate}, {estimate.KeyNodes, &all.Nodes},
	}
}

var breakEvenColumns = []heading{
	{"platform", false},
	{"fixed there", true},
	{"fixed on Lambda", true},
	{"run there", true},
	{"run on Lambda", true},
	{"cheaper at runs/day", true},
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
	for _, n := range breakEvensOf(all) {
		e := n.of
		usd := func(u migration.Opt[migration.USD]) string {
			d, ok := u.Get()
			if !ok {
				return "-"
			}
			s, _ := usdCell(d.Decimal())
			return s
		}
		span := "-"
		if e.Utilization.Known() {
			span = "never"
		}
		rows = append(rows, []string{
			platformTitles[n.key], usd(e.Fixed), usd(e.LambdaFixed), usd(e.JobRun), usd(e.LambdaRun), crossing(e),
			within(e.Duration, wallSeconds, 3, span), within(e.Memory, mostMB, 0, "-"), optional(e.Utilization, 4, "-"),
		})
	}
	grid(w, "  ", breakEvenColumns, rows)
	for _, n := range breakEvensOf(all) {
		wrapped(w, "  ", fmt.Sprintf("%s: %s: %s.", platformTitles[n.key], n.of.Verdict.Decision, sentence(n.of.Verdict.Reason)))
		if len(n.of.Turns) > 1 {
			wrapped(w, "    ", fmt.Sprintf("Both cost the same at %s runs a day.", turns(n.of.Turns)))
		}
	}
}

// crossing says at how many runs a day the platform is the cheaper one.
func crossing(e *estimate.BreakEven) string {
	switch word := e.Crossing.String(); word {
	case "":
		return "-"
	case "above", "below":
		return word + " " + runsADay(e.RunsPerDay.Or(decimal.Decimal{}))
	default:
		return word
	}
}

func turns(all []estimate.Turn) string {
	list := make([]string, len(all))
	for i, t := range all {
		list[i] = fmt.Sprintf("%s (above it %s costs less)", runsADay(t.RunsPerDay),
			map[string]string{"lambda": "Lambda", "jobs": "the platform"}[t.Above])
	}
	return strings.Join(list, ", ")
}

func runsADay(d decimal.Decimal) string {
	s, _ := sensible(d, 2, 0)
	return s
}

// Limits of Lambda: no function can have a break-even above them.
const (
	wallSeconds = int64(migration.LambdaWall / time.Second)
	mostMB      = int64(migration.MostLambdaMemory / migration.MiB)
)

// within is a figure, or "over 900" where it is over the most that Lambda allows.
func within(d migration.Opt[decimal.Decimal], most int64, places int32, unknown string) string {
	if v, ok := d.Get(); ok && v.GreaterThan(decimal.NewFromInt(most)) {
		return "over " + text.Grouped(most)
	}
	return optional(d, places, unknown)
}

var crossoverColumns = []heading{{"against", false}, {"cheaper from node in use", true}, {"pods at once", true}}

func crossoverTable(w *bufio.Writer, c *estimate.Crossovers) {
	if c == nil {
		return
	}
	fmt.Fprintf(w, "\nNodes (%s) against Fargate\n", c.NodeType)
	var rows [][]string
	all := []struct {
		key string
		of  *estimate.Crossover
	}{{estimate.KeyEKSFargate, &c.EKSFargate}, {estimate.KeyECSFargate, &c.ECSFargate}}
	for _, n := range all {
		use, pods := "never", "-"
		if u, ok := n.of.Utilization.Get(); ok {
			s, _ := sensible(u.Shift(2), 1, 0)
			use = s + " %"
		} else if n.of.Unknown {
			use = "-"
		}
		if p, ok := n.of.Pods.Get(); ok {
			pods = fmt.Sprintf("%s of %s", text.Grouped(p), text.Grouped(c.Fit))
		}
		rows = append(rows, []string{platformTitles[n.key], use, pods})
	}
	grid(w, "  ", crossoverColumns, rows)
	for _, n := range all {
		if p, ok := n.of.Pods.Get(); !ok || p > c.Fit {
			wrapped(w, "  ", sentence(capital(n.of.Reason))+".")
		}
	}
}
