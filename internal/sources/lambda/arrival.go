package lambda

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsmetrics"
)

// logGroup is one log group of functions that are active. Several may share one.
type logGroup struct {
	name   string
	of     []migration.Key
	shared bool          // functions of other tenants, known by a metric or the log, write to it too
	every  time.Duration // how often to ask, at the usual pace
	asked  time.Time
	// lines delivered in the time range read last; its To is zero before the first read.
	arrived migration.LogDelivery
}

func (g *logGroup) metrics() []awsmetrics.Metric {
	return []awsmetrics.Metric{awsmetrics.IncomingLogEvents(g.name)}
}

// layLogGroups lists the log groups of the functions that are active. Who falls
// asleep has no log group any more, and is not asked about.
func (p *poll) layLogGroups(focus sources.Focus) []*logGroup {
	groups := make(map[string]*logGroup)
	for _, g := range p.order {
		for _, fn := range g.active {
			name := fn.Logs.Group
			if !fn.found || name == "" {
				continue
			}
			one := groups[name]
			if one == nil {
				one = &logGroup{name: name}
				if known := p.logGroups[name]; known != nil {
					one.asked, one.arrived = known.asked, known.arrived
				}
				one.every = sources.LogsOther
				groups[name] = one
			}
			one.shared = one.shared || fn.Logs.Isolated || p.embeddedOf(fn.Name) != nil
			for _, key := range fn.owners() {
				one.every = min(one.every, focus.LogInterval(key.Tenant))
				if !slices.Contains(one.of, key) {
					one.of = append(one.of, key)
				}
			}
		}
	}
	p.logGroups = groups
	order := make([]*logGroup, 0, len(groups))
	for _, g := range groups {
		order = append(order, g)
	}
	slices.SortFunc(order, func(a, b *logGroup) int { // who is looked at first, then who waited longest
		return cmp.Or(cmp.Compare(a.every, b.every), a.asked.Compare(b.asked), cmp.Compare(a.name, b.name))
	})
	return order
}

// owners are the tenants whose work a function does: its own, and those of its aliases.
func (f *function) owners() []migration.Key {
	out := []migration.Key{f.Key}
	for _, a := range f.shown().Or(nil) {
		if !slices.Contains(out, a.Key) {
			out = append(out, a.Key)
		}
	}
	return out
}

// readArrival reads how many lines were delivered to the log groups that are due, unless
// earlier queries failed. A group that cannot be read is missing and does not affect the
// others.
func (p *poll) readArrival(ctx context.Context, focus sources.Focus, failed error) {
	if !p.Arrival {
		return
	}
	var due []*logGroup
	for _, g := range p.layLogGroups(focus) {
		every := max(g.every, p.Settings.Cadence)
		p.plan.add(1, 1, every)
		if p.Due(g.asked, every) {
			due = append(due, g)
		}
	}
	if failed != nil || p.throttled {
		return
	}
	room := migration.Map(p.Focus.Pace.Allow, func(n int64) int64 { return max(n-p.Batch.AskedHigh, 0) })
	if due = awsmetrics.Allowed(room, due, (*logGroup).metrics); len(due) == 0 {
		return
	}
	names := make([]string, len(due))
	for i, g := range due {
		names[i] = g.name
	}
	counts, err := p.Arrived(ctx, names)
	if err != nil {
		p.Row.Degrade(err)
	}
	p.throttled = p.throttled || p.Row.Met(migration.FaultThrottled)
	for i, g := range due {
		if n, ok := counts[i].Lines.Get(); ok {
			g.asked = p.Now
			g.arrived = migration.LogDelivery{From: counts[i].From, To: counts[i].To, Lines: n, Minutes: counts[i].Minutes}
		}
	}
}

// arrivals is the delivery of all log groups.
func (s *Source) arrivals() migration.LogDeliveries {
	out := make(migration.LogDeliveries, 0, len(s.logGroups))
	for _, g := range s.logGroups {
		one := g.arrived
		one.Group, one.Of, one.Shared = g.name, slices.Clone(g.of), g.shared
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b migration.LogDelivery) int { return cmp.Compare(a.Group, b.Group) })
	return out
}
