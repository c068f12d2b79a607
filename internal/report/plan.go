package report

import (
	"bufio"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/cutover/plan"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// PlanSchema names the form of the JSON and YAML document of a plan.
const PlanSchema = "migtop.plan/v1"

// WritePlan writes a plan with its dates.
func WritePlan(w io.Writer, o *plan.Overview, f Format) error {
	return write(w, func(out *bufio.Writer) error {
		switch f {
		case JSON:
			writePlanDocument(&jsonSink{w: out}, o)
		case YAML:
			writePlanDocument(&yamlSink{w: out}, o)
		default:
			planTable(out, o)
		}
		return nil
	})
}

func writePlanDocument(to sink, o *plan.Overview) {
	e := &encoder{sink: to, at: o.At}
	e.object("")
	e.text("schema", PlanSchema)
	e.fields(reflect.ValueOf(o).Elem(), wireFields(reflect.TypeFor[plan.Overview]()))
	e.end()
}

const planTime = "2 Jan 15:04"

// planTable writes a plan for people.
func planTable(w *bufio.Writer, o *plan.Overview) {
	at := func(t time.Time, unknown string) string {
		if t.IsZero() {
			return unknown
		}
		return o.In(t).Format(planTime)
	}
	fmt.Fprintf(w, "The plan on %s; times are in %s.\n", o.In(o.At).Format("2 Jan 2006 15:04"), o.Zone)
	if u, ok := o.OneOff.Get(); ok {
		fmt.Fprintf(w, "The move costs %s once.\n", dollars(u))
	}
	if len(o.Waves) > 0 {
		planPace(w, o)
	}
	if o.Success != nil {
		writeSuccess(w, o.Success)
	}
	for i := range o.Waves {
		planWave(w, &o.Waves[i], at)
	}
	if len(o.Freezes) > 0 {
		w.WriteString("\nNo step begins in these freezes:\n")
		var rows [][]string
		for _, f := range o.Freezes {
			next := at(f.From, "past")
			if !f.From.IsZero() {
				next += " to " + at(f.To, "")
			}
			if f.Active {
				next = "now, to " + at(f.To, "")
			}
			rows = append(rows, []string{f.Name, f.Window, f.Zone, next})
		}
		grid(w, "  ", []heading{{title: "FREEZE"}, {title: "WINDOW"}, {title: "ZONE"}, {title: "NEXT"}}, rows)
	}
	if s := objectivesLine(o.SLOs); s != "" {
		fmt.Fprintf(w, "\nObjectives: %s\n", sentence(s))
	}
	planFindings(w, o)
}

// planPace says what the dates rest on.
func planPace(w *bufio.Writer, o *plan.Overview) {
	p := &o.Pace
	factor := func(f migration.Opt[float64]) string { return fmt.Sprintf("%.1f", f.Or(0)) }
	switch {
	case !p.Likely.Known():
		w.WriteString("Pace: no step is recorded, so dates are the plan's own. Moves take longer than planned by a factor; " +
			"started_at at the steps shows yours.\n")
	case !p.Early.Known():
		fmt.Fprintf(w, "Pace: %s times as long as planned, from one step; one says nothing of the spread.\n", factor(p.Likely))
	default:
		fmt.Fprintf(w, "Pace: %s times as long as planned at the median of %d steps and gaps between waves, %s to %s times as the "+
			"spread.\n",
			factor(p.Likely), p.Samples, factor(p.Early), factor(p.Late))
	}
	if p.Open > 0 {
		fmt.Fprintf(w, "      %d of these %s not over, and longer than usual already.\n", p.Open, map[bool]string{
			true:  "is",
			false: "are",
		}[p.Open == 1])
	}
	switch e := &o.End; {
	case !e.Started.IsZero():
		fmt.Fprintf(w, "The last step started on %s.\n", o.In(e.Started).Format(planTime))
	case e.Likely.IsZero():
		w.WriteString("The freezes leave no date for the last step within two years.\n")
	case e.Late.IsZero():
		fmt.Fprintf(w, "The last step is planned for %s, and likely on %s.\n", o.In(e.Planned).Format(planTime),
			o.In(e.Likely).Format(planTime))
	default:
		fmt.Fprintf(w, "The last step is planned for %s, and likely on %s: %s at the fast pace, %s at the slow one.\n",
			o.In(e.Planned).Format(planTime), o.In(e.Likely).Format(planTime), o.In(e.Early).Format(planTime),
			o.In(e.Late).Format(planTime))
	}
}

// objectivesLine are objectives in one line, "" without one.
func objectivesLine(slos []plan.SLOView) string {
	parts := make([]string, len(slos))
	for i, s := range slos {
		parts[i] = s.Signal + " at most " + s.Most
	}
	return strings.Join(parts, ", ")
}

// planWave writes a wave: its steps, then its tenants.
func planWave(w *bufio.Writer, v *plan.WaveView, at func(t time.Time, unknown string) string) {
	facts := []string{v.Name}
	switch {
	case v.Done:
		facts = append(facts, "done")
	case v.Share.Known():
		facts = append(facts, "at "+percentText(v.Share))
	}
	if len(v.Owners) > 0 {
		facts = append(facts, "owned by "+strings.Join(v.Owners, ", "))
	}
	if u, ok := v.OneOff.Get(); ok {
		facts = append(facts, dollars(u)+" once")
	}
	if s := objectivesLine(v.SLOs); s != "" {
		facts = append(facts, s)
	}
	fmt.Fprintf(w, "\n%s\n", sentence(strings.Join(facts, " · ")))
	const unknown = "-"
	var rows [][]string
	for _, s := range v.Steps {
		d := &s.Dates
		rows = append(rows, []string{
			percentText(migration.Some(s.Share)), at(d.Planned, "never"), at(d.Started, unknown), at(d.Early, unknown), at(d.Likely,
				unknown),
			at(d.Late, unknown),
		})
	}
	grid(w, "  ", []heading{
		{"STEP", true}, {"PLANNED", true}, {"STARTED", true}, {"EARLY", true}, {"LIKELY", true}, {"LATE", true},
	}, rows)
	rows = nil
	for i := range v.Tenants {
		m := &v.Tenants[i]
		routed := unknown
		if r, ok := m.Routed.Get(); ok {
			routed = text.Percent(r)
		}
		own := objectivesLine(m.SLOs)
		if strings.Join(m.Owners, ",") != strings.Join(v.Owners, ",") {
			own = strings.TrimPrefix(own+" · owned by "+strings.Join(m.Owners, ", "), " · ")
		}
		rows = append(rows, []string{
			m.Tenant.String(), percentText(m.Share), at(m.Since, unknown), routed, percentText(m.Next), own,
		})
	}
	grid(w, "  ", []heading{
		{title: "TENANT"}, {"INTENDED", true}, {"SINCE", true}, {"ROUTED", true}, {"NEXT", true}, {title: ""},
	}, rows)
}

// percentText is a share of a step: "25 %", "0.5 %".
func percentText(f migration.Opt[migration.Ratio]) string {
	v, ok := f.Get()
	if !ok {
		return "-"
	}
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", 100*v), "0"), ".") + " %"
}

// WritePlanCheck writes only what is wrong with a plan, one line each, and what was checked.
func WritePlanCheck(w io.Writer, o *plan.Overview) error {
	return write(w, func(out *bufio.Writer) error {
		for i := range o.Findings {
			fmt.Fprintln(out, findingLine(&o.Findings[i]))
		}
		tenants, errors := 0, 0
		for i := range o.Waves {
			tenants += len(o.Waves[i].Tenants)
		}
		for i := range o.Findings {
			if o.Findings[i].Level == plan.Error {
				errors++
			}
		}
		fmt.Fprintf(out, "%s of %s: %s, %s", text.Plural(len(o.Waves), "wave"), text.Plural(tenants, "tenant"), text.Plural(errors,
			"error"),
			text.Plural(len(o.Findings)-errors, "warning"))
		if !o.Compared {
			out.WriteString("; tenants were not compared with what is there")
		}
		return out.WriteByte('\n')
	})
}

// findingLine is what is wrong in one line.
func findingLine(f *plan.FindingView) string {
	at := ""
	if f.Place != "" {
		at = f.Place + ": "
	}
	return f.Level.String() + ": " + sentence(at+f.Field+": "+f.Text+"; "+f.Fix)
}

// planFindings writes what is wrong.
func planFindings(w *bufio.Writer, o *plan.Overview) {
	if len(o.Findings) == 0 {
		return
	}
	w.WriteString("\n")
	for i := range o.Findings {
		fmt.Fprintln(w, findingLine(&o.Findings[i]))
	}
}
