package assess

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

func deadLetters(r *rule, f *TenantFacts) []finding {
	var out []finding
	for i := range f.Flows {
		flow := &f.Flows[i]
		n := flow.DeadLetters.Or(0)
		span := migration.Brief(flow.To.Sub(flow.From))
		says := fmt.Sprintf("%s of %s moved to the dead-letter queue in %s", text.Plural(n, "message"), flow.Workload, span)
		for _, found := range one(r.at(float64(n)), says) {
			found.figures = append(found.figures, &flow.Severity.DeadLetters)
			found.since = f.inFlow(flow.Workload, func(s *FlowStep) (n, of int64) { return s.Dead, 0 }, func(n, _ int64) bool {
				return r.warning.reached(float64(n))
			})
			found.about = string(flow.Workload)
			out = append(out, found)
		}
	}
	return out
}

func conservation(r *rule, f *TenantFacts) []finding {
	unbalanced := func(rest, sent int64) bool {
		return float64(max(rest, -rest)) > max(leastLost, r.warning.from*float64(sent))
	}
	var out []finding
	for i := range f.Flows {
		flow := &f.Flows[i]
		rest, sent := flow.Residual.Or(0), flow.Sent.Or(0)
		if !unbalanced(rest, sent) {
			continue
		}
		span := migration.Brief(flow.To.Sub(flow.From))
		says := fmt.Sprintf("%d of %d messages of %s are unaccounted for in %s", rest, sent, flow.Workload, span)
		if rest < 0 {
			says = fmt.Sprintf("%d more messages of %s were deleted than sent in %s: processed twice?", -rest, flow.Workload, span)
		}
		out = append(out, finding{
			severity: migration.Warning, text: says, figures: []*migration.Severity{&flow.Severity.Residual}, about: string(flow.Workload),
			since: f.inFlow(flow.Workload, func(s *FlowStep) (n, of int64) { return s.Residual, s.Sent }, unbalanced),
		})
	}
	return out
}

// noLogs is about runs after the move of which no line arrives: those of the same log groups
// in one sentence.
func noLogs(r *rule, f *TenantFacts) []finding {
	var out []finding
	done := make([]bool, len(f.Logs))
	for i := range f.Logs {
		side := &f.Logs[i].After
		if done[i] || !side.Missing() {
			continue
		}
		var runs, runsBefore, linesBefore int64
		var works []string
		found := finding{}
		for j := i; j < len(f.Logs); j++ {
			v := &f.Logs[j]
			if !v.After.Missing() || !slices.Equal(v.After.Groups, side.Groups) ||
				!v.After.From.Equal(side.From) || !v.After.To.Equal(side.To) {
				continue
			}
			done[j] = true
			runs += v.After.Runs.Or(0)
			works = append(works, string(v.Workload))
			found.figures = append(found.figures, &v.After.Severity)
			if n, ok := v.Before.Arrived.Get(); ok {
				runsBefore, linesBefore = runsBefore+v.Before.Runs.Or(0), linesBefore+n
			}
		}
		found.severity, found.about = r.at(float64(runs)), strings.Join(side.Groups, " ")
		missing := "no log line arrived in"
		if side.Absent {
			missing = "the tenant has no log group"
		}
		before, after := f.sides()
		found.text = fmt.Sprintf("%s of %s ended %s, and %s %s",
			text.Plural(runs, after.Run), few(works), during(side), missing, few(side.Groups))
		if runsBefore > 0 && linesBefore > 0 {
			found.text += fmt.Sprintf("; on %s %s wrote %s", before.Label, text.Plural(runsBefore, "run"), text.Plural(linesBefore, "line"))
		}
		out = append(out, found)
	}
	return out
}

func noLogsBefore(r *rule, f *TenantFacts) []finding {
	before, _ := f.sides()
	var out []finding
	for i := range f.Logs {
		side := &f.Logs[i].Before
		if !side.Missing() {
			continue
		}
		n := side.Runs.Or(0)
		says := fmt.Sprintf("%s of %s began %s, and no log line arrived in %s",
			text.Plural(n, before.Run), f.Logs[i].Workload, during(side), few(side.Groups))
		out = append(out, finding{
			severity: r.at(float64(n)), text: says, figures: []*migration.Severity{&side.Severity}, about: string(f.Logs[i].Workload),
		})
	}
	return out
}

// during says in which time the runs of a side were counted.
func during(s *migration.LogSide) string {
	clock := func(t time.Time) string { return t.UTC().Format("15:04") }
	return fmt.Sprintf("from %s to %s UTC", clock(s.From.Add(migration.LogMargin)), clock(s.To.Add(-migration.LogMargin)))
}

// few are the first few of several names.
func few(names []string) string {
	const most = 2
	if len(names) > most+1 {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}
