package assess

import (
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// arrivals yields the log lines that arrived lately, source by source.
func (b *builder) arrivals(yield func(*migration.LogDelivery) bool) {
	for _, list := range sortedValues(b.Arrivals) {
		for i := range list {
			if !yield(&list[i]) {
				return
			}
		}
	}
}

// written is what arrived of one workload of a tenant on one side.
type written struct {
	migration.LogSide
	// doubt is set where lines may have arrived that nobody has counted, and quiet where
	// runs may write none: then it is not known that none arrive.
	doubt, quiet bool
}

// add counts one log group. The time is what all have in common.
func (w *written) add(a *migration.LogDelivery, shared bool) {
	if !slices.Contains(w.Groups, a.Group) {
		w.Groups = append(w.Groups, a.Group)
	}
	w.Shared = w.Shared || shared
	if a.To.IsZero() {
		w.doubt = true
		return
	}
	if w.From.IsZero() || a.From.After(w.From) {
		w.From = a.From
	}
	if w.To.IsZero() || a.To.Before(w.To) {
		w.To = a.To
	}
	w.Arrived = migration.Some(w.Arrived.Or(0) + a.Lines)
}

// seal says what is known of the lines, against the runs of a part; nil has none.
func (w *written) seal(p *part) migration.LogSide {
	slices.Sort(w.Groups)
	s := w.LogSide
	if (w.doubt || w.quiet) && s.Arrived == migration.Some[int64](0) {
		s.Arrived = migration.None[int64]()
	}
	n, known := s.Arrived.Get()
	if known && (n == 0 || !w.Shared) {
		s.Lines = s.Arrived
	}
	if !known {
		s.From, s.To = time.Time{}, time.Time{}
		return s
	}
	s.Evidence = migration.Provenance{Source: "cloudwatch", Method: migration.Measured, Coverage: 1, LowerBound: w.doubt, Note: noteArrived}
	switch {
	case w.Absent:
		s.Evidence.Note = noteAbsent
	case w.Shared:
		s.Evidence.Note += noteShared
	}
	if sure := (timeseries.Range{From: s.From.Add(migration.LogMargin), To: s.To.Add(-migration.LogMargin)}); !sure.Empty() {
		s.Runs = migration.Some[int64](0)
		if p != nil {
			s.Runs = migration.Some(p.runsIn(sure))
		}
	}
	return s
}

// The sentences that go with what arrived.
const (
	noteArrived = "IncomingLogEvents of the log groups; runs of the same time, five minutes at either end left out"
	noteShared  = "; others' lines go there too"
	noteAbsent  = "no log group of the tenant has such a name"
)

// logViews say of each workload of a tenant whether what its runs write arrives. Where
// nobody looks there are none.
func (b *builder) logViews(tenant migration.Tenant, p *tenantParts) []migration.LogView {
	var out []migration.LogView
	for _, w := range p.workloads(b.before().ID, b.after().ID) {
		before, after := p.parts[b.before().ID][w], p.parts[b.after().ID][w]
		v := migration.LogView{
			Workload: w, Before: b.written(b.before().ID, tenant, w, before).seal(before),
			After: b.written(b.after().ID, tenant, w, after).seal(after),
		}
		if len(v.Before.Groups) > 0 || len(v.After.Groups) > 0 {
			out = append(out, v)
		}
	}
	return out
}

// written is what arrived of a workload's lines on a platform: nothing where no log group is
// known to be that platform's.
func (b *builder) written(platform migration.Platform, tenant migration.Tenant, w migration.Workload, p *part) *written {
	switch platform {
	case migration.Lambda:
		return b.writtenOnLambda(p)
	case migration.Jobs:
		return b.writtenByJobs(tenant, w)
	}
	return &written{}
}

// writtenOnLambda is what arrived in the log groups of a workload's functions. Activity
// in an account in which none was asked about leaves a doubt.
func (b *builder) writtenOnLambda(p *part) *written {
	out := &written{}
	if p == nil {
		return out
	}
	// Those that work are asked about; what is idle writes nothing.
	counted := map[string]bool{} // by account and region
	for a := range b.arrivals {
		mine := slices.ContainsFunc(p.functions, func(fn migration.Function) bool {
			return fn.Scope == a.Scope && fn.Logs.Group == a.Group && slices.Contains(a.Of, fn.Key)
		})
		if mine {
			out.add(a, len(a.Of) > 1 || a.Shared)
			counted[a.Scope] = true
		}
	}
	for i := range p.functions {
		out.quiet = out.quiet || p.functions[i].Logs.Silent
	}
	for _, scope := range p.scopes {
		out.doubt = out.doubt || !counted[scope]
	}
	return out
}

// writtenByJobs is what arrived where the configuration says that the lines of a
// workload's Jobs go: into log groups that are the workload's or its tenant's, or else
// into everybody's. Where it gives a pattern, and no log group of the tenant has such
// a name, nothing did.
func (b *builder) writtenByJobs(tenant migration.Tenant, workload migration.Workload) *written {
	var own, all, absent written
	for a := range b.arrivals {
		switch {
		case a.Absent && tenant == migration.Unattributed:
		case a.Absent:
			absent.add(a, false)
			absent.Absent = true
			absent.doubt = absent.doubt || (a.AnyAccount && b.unanswered())
		case len(a.Of) == 0:
			all.add(a, true)
			all.doubt = all.doubt || (a.AnyAccount && b.unanswered())
		default:
			for _, key := range a.Of {
				if key.Platform == migration.Jobs && key.Tenant == tenant && (key.Workload == "" || key.Workload == workload) {
					own.add(a, key.Workload == "" && b.worksOnJobs(tenant) > 1)
					own.doubt = own.doubt || (a.AnyAccount && b.unanswered())
					break
				}
			}
		}
	}
	for _, w := range []*written{&own, &all, &absent} {
		if len(w.Groups) > 0 {
			return w
		}
	}
	return &own
}

// worksOnJobs counts a tenant's workloads on Jobs.
func (b *builder) worksOnJobs(tenant migration.Tenant) int {
	if p := b.tenants[tenant]; p != nil {
		return len(p.parts[migration.Jobs])
	}
	return 0
}

// logArrival is the row of what arrives of Jobs' lines, and what the names of its sources
// begin with.
const logArrival = "log arrival"

// unanswered reports whether an account or region cannot say what arrives in it, or has
// not answered yet.
func (b *builder) unanswered() bool {
	if slices.ContainsFunc(b.Unheard, func(name string) bool { return strings.HasPrefix(name, logArrival) }) {
		return true
	}
	for _, src := range b.Health {
		for i := range src.Rows {
			h := &src.Rows[i]
			if h.Source == logArrival && h.State != migration.HealthOK && h.State != migration.HealthOff {
				return true
			}
		}
	}
	return false
}
