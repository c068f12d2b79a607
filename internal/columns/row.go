package columns

import "github.com/migtop/migtop/internal/migration"

// Row is one line of a table: a tenant, work that belongs to none, or a row of the whole fleet. Fields that do not
// apply are nil.
type Row struct {
	Kind    string // tenant, unattributed, ecs, knative, credit, idle, platform, total
	Tenant  *migration.TenantView
	Sides   [2]*migration.Side
	Routed  migration.Opt[migration.Ratio]
	PerHour migration.Figure[migration.USD] // of both sides
	Move    migration.Move
}

// Of returns the row of a tenant.
func Of(t *migration.TenantView, move migration.Move) Row {
	r := Row{Kind: "tenant", Tenant: t, Sides: t.Sides(), Routed: t.Routed.Value, Move: move}
	if t.Tenant == migration.Unattributed {
		r.Kind = "unattributed"
	}
	r.PerHour = sum(r.Sides[0], r.Sides[1])
	return r
}

// Rows lists the tenants in the snapshot's order, then services, the free tier's credit where it is counted, idle
// nodes, the platform and the total: the costs per hour of all but the last add up to the last.
func Rows(s *migration.Snapshot) []Row {
	out := make([]Row, 0, len(s.Tenants)+4)
	for i := range s.Tenants {
		out = append(out, Of(&s.Tenants[i], s.Move))
	}
	fleet := func(kind string, perHour migration.Figure[migration.USD]) {
		out = append(out, Row{Kind: kind, PerHour: perHour, Move: s.Move})
	}
	for i := range s.Totals.Services {
		fleet(s.Totals.Services[i].Platform.String(), s.Totals.Services[i].Side.CostPerHour)
	}
	if s.Totals.Credit.Value.Known() {
		fleet("credit", s.Totals.Credit)
	}
	fleet("idle", s.Totals.Idle)
	fleet("platform", s.Totals.Platform)
	fleet("total", s.Totals.Total)
	total := &out[len(out)-1]
	total.Sides, total.Routed = [2]*migration.Side{&s.Totals.Before, &s.Totals.After}, s.Totals.Routed.Value
	return out
}

// sum returns the cost of a tenant on both sides. A side without activity costs nothing; a side with an unknown price,
// or that was not read, makes the sum unknown.
func sum(a, b *migration.Side) migration.Figure[migration.USD] {
	switch {
	case a.Gap != "" && !a.Present, b.Gap != "" && !b.Present:
	case a.Present && b.Present:
		return migration.Figure[migration.USD]{
			Value:    migration.AddUSD(a.CostPerHour.Value, b.CostPerHour.Value),
			Evidence: a.CostPerHour.Evidence.And(b.CostPerHour.Evidence),
		}
	case a.Present:
		return a.CostPerHour
	case b.Present:
		return b.CostPerHour
	}
	return migration.Figure[migration.USD]{}
}
