package follow

import (
	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/cutover/plan"
	"github.com/migtop/migtop/internal/migration"
)

// limitsOf are the thresholds of a tenant: the plan's, its wave's and its own.
func limitsOf(p *plan.Plan, name migration.Tenant) (l cutover.Limits, most migration.Opt[migration.USD]) {
	w, m := p.Find(name)
	lists := []originSLOs{{cutover.FromPlan, p.SLOs}}
	if w != nil {
		lists = append(lists, originSLOs{cutover.FromWave, w.SLOs}, originSLOs{cutover.FromTenant, m.SLOs})
	}
	return limits(lists)
}

// originSLOs are objectives, and for whom they are set.
type originSLOs struct {
	from cutover.Origin
	of   []plan.SLO
}

// limits takes objectives over, those for all tenants first.
func limits(lists []originSLOs) (l cutover.Limits, most migration.Opt[migration.USD]) {
	for _, list := range lists {
		for _, slo := range list.of {
			if slo.Signal == plan.Cost {
				most = migration.Some(slo.USD())
				continue
			}
			// What is out of range was refused when the plan was read.
			_ = l.Set(cutover.Setting{Name: string(slo.Signal), Value: slo.Limit(), From: list.from, Place: placeText(slo.Place)})
		}
	}
	return l, most
}

// placeText is where something is written, "" where it is not from a file.
func placeText(o section.Origin) string {
	if o.Kind == section.FromDefault {
		return ""
	}
	return o.String()
}
