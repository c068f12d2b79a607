package follow

import (
	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/cutover/plan"
	"github.com/migtop/migtop/internal/migration"
)

// waveOf is a wave of the plan with its thresholds.
type waveOf struct {
	*plan.Wave
	limits cutover.Limits
}

func newWave(p *plan.Plan, w *plan.Wave) *waveOf {
	l, _ := limits([]originSLOs{{cutover.FromPlan, p.SLOs}, {cutover.FromWave, w.SLOs}})
	return &waveOf{w, l}
}

// judgeWaves judges the tenants of each wave together.
func (b *Book) judgeWaves() {
	b.cutovers = make([]migration.CutoverWave, 0, len(b.waves))
	for _, w := range b.waves {
		out := migration.CutoverWave{Name: w.Title(b.plan.Zone), Owners: b.plan.OwnersOf(w.Wave, nil)}
		verdicts := make([]cutover.Verdict, len(w.Tenants))
		for i := range w.Tenants {
			out.Tenants = append(out.Tenants, w.Tenants[i].Tenant)
			if t := b.tenants[w.Tenants[i].Tenant]; t != nil {
				verdicts[i] = t.verdict
			}
		}
		all := cutover.Wave(verdicts, &w.limits)
		for i := range w.Tenants {
			if all.Harmed[i] {
				out.Harmed = append(out.Harmed, w.Tenants[i].Tenant)
			}
			if all.Healthy[i] {
				out.Healthy = append(out.Healthy, w.Tenants[i].Tenant)
			}
		}
		c := &all.Cohort
		out.Cohort = migration.CutoverCohort{
			Tenants: c.Tenants, HarmE: finite(c.HarmE), HealthN: finite(c.HealthN), Promotes: c.Promotes,
			Before: migration.CutoverSide{Messages: c.Messages[cutover.Blue], Failures: c.Failures[cutover.Blue]},
			After:  migration.CutoverSide{Messages: c.Messages[cutover.Green], Failures: c.Failures[cutover.Green]},
		}
		if s, ok := b.plan.NextStep(w.Wave); ok {
			out.Next, out.NextAt = migration.Some(s.Share.Ratio()), s.At
		}
		b.cutovers = append(b.cutovers, out)
	}
}
