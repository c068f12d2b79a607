package assess

import (
	"cmp"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

// nodesRow is the health row of the cluster's nodes.
const nodesRow = "nodes"

// absent reports whether a side is not there by intent: nothing is configured that would read it, or it is
// switched off, or there is no cluster yet. What it would cost is then calculated; nothing is missing.
func (f *Facts) absent(side migration.PlatformInfo) bool {
	rows := f.rowsOf(side.Source)
	if len(rows) == 0 {
		return len(f.Unheard) == 0 && !f.answered(side)
	}
	return !slices.ContainsFunc(rows, func(h *migration.Health) bool {
		none := h.Problem != nil && h.Problem.Fault == migration.FaultAbsent
		switch h.State {
		case migration.HealthOff:
			return h.Problem != nil && !none
		case migration.HealthFailed:
			return !none || !side.Caps.IdlePool
		}
		return true
	})
}

// answered reports whether a side was read at least once.
func (f *Facts) answered(side migration.PlatformInfo) bool {
	return f.Listed[side.ID] || !f.From[side.ID].IsZero()
}

// rowsOf are the health rows of a reading, of all accounts and regions.
func (f *Facts) rowsOf(source string) []*migration.Health {
	var rows []*migration.Health
	for _, src := range f.Health {
		for i := range src.Rows {
			if src.Rows[i].Source == source {
				rows = append(rows, &src.Rows[i])
			}
		}
	}
	return rows
}

// problemOf is what keeps a reading from being complete, "" for nothing.
func (f *Facts) problemOf(source string) string {
	for _, h := range f.rowsOf(source) {
		if h.Problem != nil && h.State != migration.HealthOK && h.State != migration.HealthStarting {
			return h.Problem.What
		}
	}
	return ""
}

// refused reports whether the reading that counts a side's runs failed from the start, while others of the same system
// answer: pods may be read where Jobs may not.
func (f *Facts) refused(side migration.PlatformInfo) bool {
	rows := f.rowsOf(side.Source)
	return len(rows) > 0 && !slices.ContainsFunc(rows, func(h *migration.Health) bool {
		return h.State != migration.HealthFailed || !h.LastSuccess.IsZero() || !h.FinalTo.IsZero()
	})
}

// unread says why nothing is known of a side over the window; "" where something is, or the side is absent
// by intent.
func (b *builder) unread(side migration.PlatformInfo) string {
	if r := b.frame.Of(side.ID); !r.Empty() && !b.refused(side) || b.absent(side) {
		return ""
	}
	if what := cmp.Or(b.problemOf(side.Source), b.problemOf(side.DetailSource)); what != "" {
		return side.Label + " could not be read: " + what
	}
	return "waiting for " + side.Source
}

// gaps says of each side why it was not read, or has no price.
func (b *builder) gaps(v *migration.TenantView) {
	for i, info := range [...]migration.PlatformInfo{b.before(), b.after()} {
		s := v.Sides()[i]
		s.Gap = cmp.Or(b.unread(info), b.silence(i, v.Tenant), b.unpricedSide(info, s, v.Tenant))
	}
}

// Unread says why a side of a tenant was not read, by side; "" where it was, or is absent by intent.
func (v *View) Unread(t *migration.TenantView) (out [2]string) {
	b := v.builder
	for i, info := range [...]migration.PlatformInfo{b.before(), b.after()} {
		out[i] = cmp.Or(b.unread(info), b.silence(i, t.Tenant))
	}
	return out
}

// fleetGaps says of each side why the fleet's sums lack it, or a part of it.
func (b *builder) fleetGaps(t *migration.Totals) {
	for i, info := range [...]migration.PlatformInfo{b.before(), b.after()} {
		s := [...]*migration.Side{&t.Before, &t.After}[i]
		if s.Gap = b.unread(info); s.Gap == "" && len(b.silent[i]) > 0 {
			s.Gap = noAnswer(b.silent[i])
		}
	}
}

func noAnswer(scopes []string) string { return strings.Join(scopes, ", ") + " does not answer" }

// silence says which accounts and regions do not answer where a tenant may have work on a side: those that it is known
// to be in, and any of them where it is known to be in none.
func (b *builder) silence(side int, name migration.Tenant) string {
	silent := b.silent[side]
	if len(silent) == 0 {
		return ""
	}
	var known, of []string
	for _, p := range sortedValues(b.tenants[name].parts[b.Move.Sides()[side]]) {
		known = append(known, p.scopes...)
	}
	for _, scope := range silent {
		if len(known) == 0 || slices.Contains(known, scope) {
			of = append(of, scope)
		}
	}
	if len(of) == 0 {
		return ""
	}
	return noAnswer(of)
}

// unpricedSide says which price of a side's runs is missing.
func (b *builder) unpricedSide(info migration.PlatformInfo, s *migration.Side, name migration.Tenant) string {
	if s.Runs.Or(0) == 0 || s.Cost.Value.Known() && !s.Cost.Evidence.LowerBound {
		return ""
	}
	if info.Caps.IdlePool {
		if what := b.problemOf(nodesRow); what != "" {
			return "nodes could not be read: " + what
		}
	}
	if what := b.problemOf(info.DetailSource); what != "" && info.Caps.Functions {
		return "functions could not be read: " + what
	}
	return cmp.Or(b.lacking(info, name), s.Cost.Evidence.Note, "what a run costs on "+info.Label+" is unknown")
}

// lacking names the prices that a tenant's runs on a side lack, in one order for all tenants, so that those who lack
// the same are counted together.
func (b *builder) lacking(info migration.PlatformInfo, name migration.Tenant) string {
	var out []string
	for _, p := range b.tenants[name].parts[info.ID] {
		if !p.account.Empty() {
			out = append(out, b.bill.Unpriced(p.account)...)
		}
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), "; ")
}

// poolGap says why there is no node to price on what has not run on the cluster yet: nodes are there, and none of
// them has a type that is known.
func (b *builder) poolGap(t *migration.Totals) string {
	if what := b.problemOf(nodesRow); what != "" && len(b.rowsOf(nodesRow)) > 0 && !b.absent(migration.Jobs.Info()) {
		return "nodes could not be read: " + what
	}
	for i := range t.Nodes {
		if n := &t.Nodes[i]; n.Host.Kind == migration.HostEC2 {
			return cmp.Or(n.NodePrice.Evidence.Note, "no price for "+cmp.Or(n.Host.InstanceType, "the cluster's nodes"))
		}
	}
	return ""
}
