package ui

import (
	"cmp"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/plot"
)

// tenantMarks are the steps of a tenant, for its charts.
func tenantMarks(d *migration.CutoverDetail) []plot.Mark {
	marks := make([]plot.Mark, len(d.Steps))
	for i, s := range d.Steps {
		marks[i] = plot.Mark{At: s.At, Name: inPercent(s.Share)}
	}
	return marks
}

// fleetMarks are the steps of the waves, the earliest first: a wave takes a step when the first of its tenants does. A wave of
// which no step is recorded is marked at the time of the plan. That one tenant was rolled back is no step of its wave.
func fleetMarks(s *migration.Snapshot) []plot.Mark {
	rows := make(map[migration.Tenant]*migration.TenantView, len(s.Tenants))
	for i := range s.Tenants {
		if t := &s.Tenants[i]; len(t.Cutover.Detail.Steps) > 0 {
			rows[t.Tenant] = t
		}
	}
	var marks []plot.Mark
	begun := map[string]bool{}
	for i := range s.Cutovers {
		w := &s.Cutovers[i]
		first := map[migration.Ratio]time.Time{}
		for _, name := range w.Tenants {
			t := rows[name]
			if t == nil {
				continue
			}
			for _, step := range t.Cutover.Detail.Steps {
				if at, ok := first[step.Share]; step.Share > 0 && (!ok || step.At.Before(at)) {
					first[step.Share] = step.At
				}
			}
		}
		begun[w.Name] = len(first) > 0
		for share, at := range first {
			marks = append(marks, plot.Mark{At: at, Name: w.Name + " " + inPercent(share)})
		}
	}
	for _, w := range s.Waves {
		if !begun[w.Name] {
			marks = append(marks, plot.Mark{At: w.At, Name: w.Name})
		}
	}
	slices.SortFunc(marks, func(a, b plot.Mark) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Name, b.Name)) })
	return marks
}
