package ui

import (
	"strings"

	"github.com/migtop/migtop/internal/columns"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// drawTenants lists what the scenario means for each, the greatest saving first.
func (s *whatIf) drawTenants(f *frame, p canvas.Pane) {
	w := s.answer
	in := f.panel(p, "All tenants under these assumptions", s.verdictCounts(f), false)
	before, target := w.Before, w.Scenario.Target
	name, money, even := 20, 12, 12
	if in.W < name+4*money+even+16 { // the verdict matters more than from when
		name, money, even = 14, 11, 0
	}
	cols := [...]struct {
		title string
		end   int
		r     canvas.Role
	}{
		{"TODAY $", name + money, dim},
		{placementTitle(before), name + 2*money, lambda},
		{"", name + 3*money, jobs},
		{"SAVES $", name + 4*money, dim},
		{"BREAK-EVEN", name + 4*money + even, dim},
	}
	cols[2].title = placementTitle(target)
	verdict := cols[len(cols)-1].end + 3
	for i, c := range cols {
		if i == 4 && even == 0 {
			break
		}
		in.TextRight(c.end, 0, ink(c.r), c.title)
	}
	in.Text(0, 0, ink(dim), "TENANT")
	in.Text(verdict, 0, ink(dim), "VERDICT")
	y := 1
	for _, i := range w.Order {
		if y >= in.H {
			break
		}
		v := &w.Tenants[i]
		if v.Tenant == migration.Unattributed {
			continue
		}
		row := in.Row(y)
		y++
		if s.one && v.Tenant == s.tenant {
			row.Fill(selected)
		}
		row.Fit(0, 0, name, ink(strong), v.Tenant.String(), f.g)
		for k, fig := range [...]*migration.Figure[migration.USD]{
			&v.Today, &v.On[before].Month, &v.On[target].Month,
			&v.Saving,
		} {
			st := ink([...]canvas.Role{text, lambda, jobs, good}[k])
			if u, ok := fig.Value.Get(); ok && k == 3 && u.Sign() < 0 {
				st = ink(bad)
			}
			m, st := opt(f, fig.Value, st, false, func(b []byte, u migration.USD) []byte {
				return appendFixed(f.bound(b, fig.Evidence), u.Decimal(), 1, 2)
			})
			row.TextRight(cols[k].end, 0, st, m)
		}
		if on := &v.On[target]; even > 0 {
			from, st := opt(f, on.BreakEven, ink(text), false, func(b []byte, _ float64) []byte { return appendEven(b, on) })
			if on.Never {
				from, st = "never", ink(dim)
			}
			row.TextRight(cols[4].end, 0, st, from)
		}
		s.drawVerdict(f, row, verdict, v)
	}
}

// verdictCounts says how many tenants have each verdict.
func (s *whatIf) verdictCounts(f *frame) string {
	b := f.buf[:0]
	for _, word := range [...]migration.Decision{
		migration.CannotStay, migration.WorthMoving, migration.Moved, migration.Stay,
		migration.NotEnoughData,
	} {
		if n := s.answer.Words[word]; n > 0 {
			if len(b) > 0 {
				b = append(append(append(b, ' '), string(f.g.Separator)...), ' ')
			}
			_, _, name := verdictSign(f.g, word)
			b = append(append(appendCount(b, int64(n)), ' '), name...)
		}
	}
	f.buf = b
	return string(b)
}

// drawVerdict is a tenant's verdict, and what it is without the scenario where that differs.
func (s *whatIf) drawVerdict(f *frame, row canvas.Pane, x int, v *migration.TenantScenario) {
	glyph, r, word := verdictSign(f.g, v.Verdict.Decision)
	row.Rune(x, 0, ink(r), glyph)
	x = row.Text(x+2, 0, ink(r), word)
	base := s.base
	if base == nil || !s.changed {
		return
	}
	if i, ok := f.data.byName[v.Tenant]; ok && i < len(base.Tenants) && base.Tenants[i].Tenant == v.Tenant &&
		base.Tenants[i].Verdict.Decision != v.Verdict.Decision {
		_, _, was := verdictSign(f.g, base.Tenants[i].Verdict.Decision)
		row.Text(x+2, 0, ink(accent), "was "+was)
	}
}

// placementTitle is the heading of a column of a placement's months.
func placementTitle(h migration.Placement) string {
	switch h {
	case migration.OnEKSFargate:
		return "EKS $"
	case migration.OnECSFargate:
		return "FARGATE $"
	case migration.OnLambda, migration.OnNodes, migration.OnECS, migration.NumPlacements:
	}
	return strings.ToUpper(h.String()) + " $"
}

// placementKeys are the placements in the names of a file's columns.
var placementKeys = [migration.NumPlacements]string{"lambda", "nodes", "eks_fargate", "ecs_fargate", "ecs"}

// whatIfTable is the answer with all digits; unknown is an empty cell, and so is a lower bound,
// whose problem has it.
func whatIfTable(w *migration.WhatIf) [][]string {
	head := []string{"tenant", "runs_per_day", "today_usd_month"}
	for _, h := range w.Shown {
		key := placementKeys[h]
		head = append(head, key+"_usd_month", key+"_usd_per_run", key+"_problem", key+"_remedy")
		if h != w.Before {
			head = append(head, key+"_break_even_runs_per_day", key+"_break_even_seconds", key+"_break_even_utilization")
		}
	}
	head = append(head, "before", "target", "saving_usd_month", "saved_usd_month", "payback_months", "verdict", "reason")
	out := [][]string{head}
	number := func(o migration.Opt[float64]) string { return columns.Opt(o, columns.Number) }
	usd := func(f migration.Figure[migration.USD]) string { return columns.Opt(f.Value, columns.USD) }
	for _, i := range w.Order {
		v := &w.Tenants[i]
		row := []string{columns.Text(v.Tenant.String()), number(v.RunsPerDay), usd(v.Today)}
		for _, h := range w.Shown {
			l := &v.On[h]
			month, problem := usd(l.Month), l.Problem
			if l.Month.Evidence.LowerBound && month != "" {
				month, problem = "", "at least "+month+": "+problem
			}
			row = append(row, month, usd(l.Run), columns.Text(problem), columns.Text(l.Remedy))
			if h != w.Before {
				row = append(row, number(l.BreakEven), columns.Opt(l.Duration, columns.Seconds), columns.Opt(l.Busy, columns.Number))
			}
		}
		out = append(out, append(row, w.Before.String(), w.Scenario.Target.String(), usd(v.Saving), usd(v.Saved), number(v.Payback.Value),
			v.Verdict.Decision.String(), columns.Text(v.Verdict.Reason)))
	}
	return out
}
