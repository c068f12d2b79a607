package assess

import (
	"fmt"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

func deadLetters(r *rule, f *Facts) []finding {
	var out []finding
	for i := range f.Flows {
		flow := &f.Flows[i]
		n := flow.DeadLetters.Or(0)
		span := migration.Brief(flow.To.Sub(flow.From))
		text := fmt.Sprintf("%d message%s of %s became dead letters within %s", n, plural(n), flow.Workload, span)
		for _, found := range one(r.at(float64(n)), text) {
			found.figures = append(found.figures, &flow.Severity.DeadLetters)
			out = append(out, found)
		}
	}
	return out
}

func conservation(r *rule, f *Facts) []finding {
	var out []finding
	for i := range f.Flows {
		flow := &f.Flows[i]
		rest, sent := flow.Residual.Or(0), flow.Sent.Or(0)
		if float64(max(rest, -rest)) <= max(leastLost, r.warning.from*float64(sent)) {
			continue
		}
		span := migration.Brief(flow.To.Sub(flow.From))
		text := fmt.Sprintf("%d of %d messages of %s are unaccounted for within %s", rest, sent, flow.Workload, span)
		if rest < 0 {
			text = fmt.Sprintf("%d messages of %s more were deleted than sent within %s: processed twice?", -rest, flow.Workload, span)
		}
		out = append(out, finding{severity: migration.Warning, text: text, figures: []*migration.Severity{&flow.Severity.Residual}})
	}
	return out
}

// noLogs is about Jobs of which nothing arrives: those of the same log groups in one
// sentence.
func noLogs(r *rule, f *Facts) []finding {
	var out []finding
	done := make([]bool, len(f.Logs))
	for i := range f.Logs {
		side := &f.Logs[i].After
		if done[i] || !side.Missing() {
			continue
		}
		var runs, lambdaRuns, lambdaLines int64
		var works []string
		found := finding{}
		for j := i; j < len(f.Logs); j++ {
			v := &f.Logs[j]
			if !v.After.Missing() || !slices.Equal(v.After.Groups, side.Groups) || !v.After.From.Equal(side.From) || !v.After.To.Equal(side.To) {
				continue
			}
			done[j] = true
			runs += v.After.Runs.Or(0)
			works = append(works, string(v.Workload))
			found.figures = append(found.figures, &v.After.Severity)
			if n, ok := v.Before.Arrived.Get(); ok {
				lambdaRuns, lambdaLines = lambdaRuns+v.Before.Runs.Or(0), lambdaLines+n
			}
		}
		found.severity = r.at(float64(runs))
		found.text = fmt.Sprintf("%d Job%s of %s ended %s, and no line arrived in %s", runs, plural(runs), few(works), during(side), few(side.Groups))
		if side.Absent {
			found.text = fmt.Sprintf("%d Job%s of %s ended %s, and of their tenant there is no log group %s", runs, plural(runs), few(works), during(side), few(side.Groups))
		}
		if lambdaRuns > 0 && lambdaLines > 0 {
			found.text += fmt.Sprintf("; on Lambda %d line%s of %d run%s did", lambdaLines, plural(lambdaLines), lambdaRuns, plural(lambdaRuns))
		}
		out = append(out, found)
	}
	return out
}

func noLambdaLogs(r *rule, f *Facts) []finding {
	var out []finding
	for i := range f.Logs {
		side := &f.Logs[i].Before
		if !side.Missing() {
			continue
		}
		n := side.Runs.Or(0)
		text := fmt.Sprintf("%d invocation%s of %s began %s, and no line arrived in %s", n, plural(n), f.Logs[i].Workload, during(side), few(side.Groups))
		out = append(out, finding{severity: r.at(float64(n)), text: text, figures: []*migration.Severity{&side.Severity}})
	}
	return out
}

// during says in which time the runs of a side were counted.
func during(s *migration.LogSide) string {
	return fmt.Sprintf("from %s to %s UTC", s.From.Add(migration.LogMargin).UTC().Format("15:04"), s.To.Add(-migration.LogMargin).UTC().Format("15:04"))
}

// few are the first few of several names.
func few(names []string) string {
	const most = 2
	if len(names) > most+1 {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}
