package follow

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/cutover/plan"
)

// recorded are the steps that the plan says a tenant has taken, in order: those of its wave that started, and the share that is
// written for the wave or the tenant where it has a time. Such a share replaces what the wave would do after that time.
func recorded(p *plan.Plan, w *plan.Wave, m *plan.Member) []cutover.Step {
	if w == nil {
		return nil
	}
	var out []cutover.Step
	add := func(share plan.Share, at time.Time) {
		if at.IsZero() {
			return
		}
		// Two that begin in one minute are one step: what is written for fewer tenants counts.
		out = slices.DeleteFunc(out, func(s cutover.Step) bool { return !s.At.Before(at.Truncate(time.Minute)) })
		out = append(out, cutover.Step{Share: float64(share) / float64(plan.Whole), At: at.UTC()})
	}
	for _, s := range p.Started(w) {
		add(s.Share, s.Started)
	}
	if share, ok := w.Share.Get(); ok {
		add(share, w.Started)
	}
	if share, ok := m.Share.Get(); ok {
		add(share, m.Started)
	}
	return slices.CompactFunc(out, func(a, b cutover.Step) bool { return a.Share == b.Share })
}
