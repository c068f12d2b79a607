package report

import (
	"bufio"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/gate"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// VerdictSchema names the form of the JSON and YAML document of verdicts. The keys of a tenant are those of the Snapshot.
const VerdictSchema = "migtop.verdict/v1"

// WriteVerdicts writes the answer of a gate: a table of several tenants, or all about one.
func WriteVerdicts(w io.Writer, r *gate.Result, f Format) error {
	return write(w, func(out *bufio.Writer) error {
		switch {
		case f == JSON:
			writeVerdictDocument(&jsonSink{w: out}, r)
		case f == YAML:
			writeVerdictDocument(&yamlSink{w: out}, r)
		case len(r.Tenants) == 1:
			verdictPage(out, r)
		default:
			verdictTable(out, r)
		}
		return nil
	})
}

func writeVerdictDocument(to sink, r *gate.Result) {
	e := &encoder{sink: to, at: r.At, move: r.Move.OrDefault()}
	e.object("")
	e.text("schema", VerdictSchema)
	e.fields(reflect.ValueOf(r).Elem(), wireFields(reflect.TypeFor[gate.Result]()))
	e.end()
}

// verdictTime is how times are shown, in UTC.
const verdictTime = "2 Jan 15:04"

func utc(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(verdictTime)
}

// verdictHead says since when there is data: a gate that starts fresh knows what it has kept.
func verdictHead(w *bufio.Writer, r *gate.Result) {
	m := r.Move.OrDefault()
	fmt.Fprintf(w, "At %s UTC; %s is final to %s, every run on %s since %s was seen; times are in UTC.\n", utc(r.At),
		m.Before.Info().Label, utc(r.Window.FinalTo), m.After.Info().Label, utc(r.Window.JobsFrom))
	if !r.Complete {
		w.WriteString("Not every source answered.\n")
	}
}

// gateLine is the answer of the gate.
func gateLine(w *bufio.Writer, r *gate.Result) {
	wrapped(w, "", fmt.Sprintf("Gate: %s (exit code %d): %s", GateWord(r.Gate), r.ExitCode, sentence(r.Reason)))
}

// GateWord is the answer of a gate in words: "roll back".
func GateWord(a gate.Answer) string { return strings.ReplaceAll(a.String(), "_", " ") }

// verdictTable writes a row a tenant.
func verdictTable(w *bufio.Writer, r *gate.Result) {
	verdictHead(w, r)
	m := r.Move.OrDefault()
	rows := make([][]string, 0, len(r.Tenants))
	for i := range r.Tenants {
		v := &r.Tenants[i]
		d := &v.Cutover.Detail
		cells := []string{v.Tenant.String(), v.Cutover.Text, GateWord(v.Gate), percentText(d.Share), percentText(d.Next), utc(d.Since)}
		for _, s := range []migration.CutoverSide{d.Before, d.After} {
			if d.Basis == "" { // no evidence: nothing was counted
				cells = append(cells, "-", "-")
				continue
			}
			cells = append(cells, text.Grouped(s.Messages), text.Grouped(s.Failures))
		}
		rows = append(rows, append(cells, v.Reason))
	}
	grid(w, "", []heading{
		{title: "TENANT"},
		{title: "VERDICT"},
		{title: "GATE"},
		{"SHARE", true},
		{"NEXT", true},
		{"SINCE", true},
		{"MESSAGES " + m.Before.Info().Short, true},
		{"FAILED", true},
		{"MESSAGES " + m.After.Info().Short, true},
		{"FAILED", true},
		{title: "REASON"},
	}, rows)
	for i := range r.Waves {
		verdictWave(w, r, &r.Waves[i])
	}
	w.WriteString("\n")
	gateLine(w, r)
}

// verdictWave is the evidence of the tenants of a wave together.
func verdictWave(w *bufio.Writer, r *gate.Result, v *migration.CutoverWave) {
	facts := []string{v.Name + ": " + text.Plural(len(v.Tenants), "tenant")}
	if len(v.Owners) > 0 {
		facts = append(facts, "owned by "+strings.Join(v.Owners, ", "))
	}
	if v.Next.Known() {
		next := "next step " + percentText(v.Next)
		if !v.NextAt.IsZero() {
			next += " on " + utc(v.NextAt)
		}
		facts = append(facts, next)
	}
	if c := &v.Cohort; c.Tenants > 0 {
		m := r.Move.OrDefault()
		harm, health := c.Limits()
		facts = append(facts, fmt.Sprintf("together %s of %s on %s and %s of %s on %s failed, evidence of health %s, of harm %s",
			text.Grouped(c.Before.Failures), text.Grouped(c.Before.Messages), m.Before.Info().Label,
			text.Grouped(c.After.Failures), text.Grouped(c.After.Messages), m.After.Info().Label,
			oddsText(c.HealthN, health), oddsText(c.HarmE, harm)))
		if c.Promotes {
			facts = append(facts, "enough to promote with the cohort")
		}
	}
	if len(v.Harmed) > 0 {
		facts = append(facts, "harmed after correction for the number of tenants: "+tenantNames(v.Harmed))
	}
	w.WriteString("\n")
	wrapped(w, "", sentence(strings.Join(facts, " · ")))
}

func tenantNames(tenants []migration.Tenant) string {
	out := make([]string, len(tenants))
	for i, t := range tenants {
		out[i] = t.String()
	}
	return strings.Join(out, ", ")
}

// The questions of the stages.
var stageQuestions = map[migration.CutoverStage]string{
	migration.StageBefore: "Is it ready for its first share?", migration.StageBetween: "May it take the next step?",
	migration.StageAtEnd: "Did it work?",
}

// verdictPage writes all about one tenant.
func verdictPage(w *bufio.Writer, r *gate.Result) {
	v := &r.Tenants[0]
	c, d := &v.Cutover, &v.Cutover.Detail
	verdictHead(w, r)
	fmt.Fprintf(w, "\n%s: %s\n", printable(v.Tenant.String()), printable(c.Text))
	wrapped(w, "  ", sentence(c.Reason))
	for _, o := range d.Others {
		wrapped(w, "  ", sentence("also: "+o))
	}
	for _, n := range d.Needs {
		if strings.HasPrefix(c.Reason, n) { // said already
			continue
		}
		wrapped(w, "  ", sentence("needs: "+n))
	}
	w.WriteString("\n" + stageQuestions[d.Stage] + "\n")
	verdictStep(w, d)
	if d.Basis != "" {
		verdictEvidence(w, r, d)
	}
	verdictLists(w, d)
	w.WriteString("\nShould it move?\n")
	wrapped(w, "  ", sentence(strings.TrimSuffix(v.Cost.Decision.String()+": "+v.Cost.Reason, ": ")))
	for i := range r.Waves {
		verdictWave(w, r, &r.Waves[i])
	}
	w.WriteString("\n")
	gateLine(w, r)
}

// verdictStep says where the tenant stands.
func verdictStep(w *bufio.Writer, d *migration.CutoverDetail) {
	var facts []string
	if d.Share.Known() {
		share := "share " + percentText(d.Share)
		if d.ShareFrom != "" {
			share += map[string]string{"plan": " (of the plan)", "seen": " (as seen)"}[d.ShareFrom]
		}
		if !d.StepAt.IsZero() {
			share += " since " + utc(d.StepAt)
		}
		facts = append(facts, share)
	}
	if o, ok := d.Observed.Get(); ok {
		facts = append(facts, "observed "+text.Percent(o))
	}
	if d.Next.Known() {
		facts = append(facts, "next step "+percentText(d.Next))
	}
	if d.Wave != "" {
		facts = append(facts, "in "+strconv.Quote(d.Wave))
	}
	if len(d.Owners) > 0 {
		facts = append(facts, "owned by "+strings.Join(d.Owners, ", "))
	}
	if len(facts) > 0 {
		wrapped(w, "  ", sentence(strings.Join(facts, " · ")))
	}
	if len(d.Steps) > 1 {
		steps := make([]string, len(d.Steps))
		for i, s := range d.Steps {
			steps[i] = percentText(migration.Some(s.Share)) + " on " + utc(s.At)
		}
		wrapped(w, "  ", sentence("steps: "+strings.Join(steps, ", ")))
	}
	if d.Rule != "" {
		wrapped(w, "  ", sentence(fmt.Sprintf("rule of the ROLL BACK: %s, since %s", d.Rule, utc(d.RuleSince))))
	}
}

// verdictEvidence writes what is compared and what it weighs.
func verdictEvidence(w *bufio.Writer, r *gate.Result, d *migration.CutoverDetail) {
	wrapped(w, "  ", sentence(fmt.Sprintf("evidence since %s, final to %s, counted in %s", utc(d.Since), utc(d.FinalTo), d.Basis)))
	m := r.Move.OrDefault()
	var rows [][]string
	for _, s := range []struct {
		label string
		side  migration.CutoverSide
	}{{m.Before.Info().Label, d.Before}, {m.After.Info().Label, d.After}} {
		rate := "-"
		if s.side.Messages > 0 {
			rate = text.Percent(float64(s.side.Failures) / float64(s.side.Messages))
		}
		rows = append(rows, []string{s.label, text.Grouped(s.side.Messages), text.Grouped(s.side.Failures), rate})
	}
	grid(w, "  ", []heading{{title: "SIDE"}, {"COUNT", true}, {"FAILED", true}, {"RATE", true}}, rows)
	harm, health := d.Limits()
	weighs := fmt.Sprintf("evidence of harm %s (then ROLL BACK), of health %s (then PROMOTE), of slower runs %s (then HOLD)",
		oddsText(d.HarmE, harm), oddsText(d.HealthN, health), oddsText(d.SlowerE, 20))
	if d.Divisor > 1 {
		weighs += fmt.Sprintf("; counts divided by %s", strconv.FormatFloat(d.Divisor, 'f', 1, 64))
	}
	wrapped(w, "  ", weighs)
}

// verdictLists writes the signals with their thresholds, the checks and the decisions.
func verdictLists(w *bufio.Writer, d *migration.CutoverDetail) {
	var rows [][]string
	for i := range d.Signals {
		s := &d.Signals[i]
		rows = append(rows, []string{s.Signal, strings.ReplaceAll(s.State.String(), "_", " "), s.Value, thresholds(s.Thresholds)})
	}
	section := func(head ...string) {
		if len(rows) == 0 {
			return
		}
		w.WriteString("\n")
		headings := make([]heading, len(head))
		for i, h := range head {
			headings[i] = heading{title: h}
		}
		grid(w, "  ", headings, rows)
		rows = nil
	}
	section("SIGNAL", "STATE", "VALUE", "THRESHOLDS")
	for i := range d.Checks {
		rows = append(rows, []string{d.Checks[i].Name, d.Checks[i].State.String(), d.Checks[i].Detail})
	}
	section("CHECK", "RESULT", "DETAIL")
	for i := range d.Decisions {
		x := &d.Decisions[i]
		until := "no end"
		if !x.Until.IsZero() {
			until = utc(x.Until)
		}
		rows = append(rows, []string{x.Kind, x.Who, utc(x.At), until, x.Why})
	}
	section("DECISION", "BY", "AT", "UNTIL", "WHY")
}

// thresholds are thresholds with where each was set.
func thresholds(all []migration.CutoverThreshold) string {
	parts := make([]string, len(all))
	for i := range all {
		t := &all[i]
		from := t.From
		if t.Place != "" {
			from += ", " + t.Place
		}
		parts[i] = fmt.Sprintf("%s %s (%s)", t.Name, t.Value, from)
	}
	return strings.Join(parts, "; ")
}
