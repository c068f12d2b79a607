package follow

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/cutover/plan"
	"github.com/migtop/migtop/internal/migration"
)

// factsOf is what is known of a tenant at the moment.
func (b *Book) factsOf(r *reading, t *tenant, view *migration.TenantView) cutover.Facts {
	now := r.Snapshot.At
	f := cutover.Facts{
		Now: now, Unread: t.basis.unread, Missing: r.missing(t.name), Cost: r.cost(t, view),
	}
	share := 0.0
	if t.watch != nil {
		share = shareAt(t.watch.Steps(), now)
	}
	if w := t.in.wave; w != nil {
		if next, ok := b.plan.Next(w, plan.Share(share*float64(plan.Whole)+0.5)); ok {
			f.Next = migration.Some(float64(next.Share.Ratio()))
		}
	}
	if fr := b.plan.Freezes.At(now); fr != nil {
		f.Frozen = fr.Title()
		f.FrozenUntil, _ = b.plan.Freezes.Free(now)
	}
	if t.watch == nil || share == 0 {
		f.Ready = r.ready(t, view)
		return f
	}
	f.Open = r.openSince(t)
	if r.now >= t.peakDue {
		t.peakDue = t.nextTurn(r.now, peakEvery)
		r.peaks(t)
	}
	f.Peak = b.peakOf(t, now)
	if r.now >= t.p95Due {
		t.p95Due = t.nextTurn(r.now, p95Every)
		step := minuteOf(stepAt(t.watch.Steps(), now))
		for _, s := range sides {
			t.facts.P95[s], t.facts.Timed[s] = r.p95(t.name, s, max(step, r.oldest, r.now-p95Span))
		}
	}
	f.P95, f.Timed = t.facts.P95, t.facts.Timed
	return f
}

// shareAt is the share of the step that a moment is in.
func shareAt(steps []cutover.Step, now time.Time) (share float64) {
	for _, s := range steps {
		if !s.At.After(now) {
			share = s.Share
		}
	}
	return share
}

// stepAt is when the step began that a moment is in.
func stepAt(steps []cutover.Step, now time.Time) (at time.Time) {
	for _, s := range steps {
		if !s.At.After(now) {
			at = s.At
		}
	}
	return at
}

// The 95th percentiles since the step rest on the last two hours at most, and are made every ten minutes: the evidence of slower
// runs looks at every run.
const (
	p95Every = 10
	p95Span  = 120
)

// p95 is the 95th percentile of run times on a side since a minute, of timed runs in final minutes.
func (r *reading) p95(name migration.Tenant, s cutover.Side, from int32) (p95 migration.Opt[migration.Bounds[time.Duration]], timed int64) {
	var all []migration.Distribution[time.Duration]
	add := func(d migration.Distribution[time.Duration]) {
		if n := d.Count(); n > 0 {
			all, timed = append(all, d), timed+n
		}
	}
	if p := r.book.sides[s].ID; p == migration.Lambda {
		for _, stream := range r.streams[name] {
			list := stream.series.Buckets
			for i := len(list) - 1; i >= 0 && list[i].Start >= int64(from)*60; i-- {
				if list[i].Final {
					add(list[i].Duration())
				}
			}
		}
	} else {
		for _, stream := range r.book.streamsOf(name, p) {
			at, _ := stream.search(from)
			for i := at; i < len(stream.minutes); i++ {
				if stream.minutes[i].Final {
					add(stream.minutes[i].Duration)
				}
			}
		}
	}
	if timed < leastTimed {
		return p95, timed // fewer say nothing of a percentile
	}
	return merged(all).Quantile(0.95), timed
}

// leastTimed is the number of runs from which percentiles of both sides are compared.
const leastTimed = 200

// missing are the permissions that the readings of a tenant lack.
func (r *reading) missing(name migration.Tenant) (out []string) {
	for i := range r.Snapshot.Sources {
		h := &r.Snapshot.Sources[i]
		if h.Problem == nil || h.Problem.Fault != migration.FaultDenied || h.State == migration.HealthOff {
			continue
		}
		mine := h.Source == "nodes" || h.Source == "sqs" && len(r.ofQueue[name]) > 0
		for _, side := range r.book.sides {
			mine = mine || h.Source == side.Source || h.Source == side.DetailSource || h.Source == side.UsageSource
		}
		if mine && !slices.Contains(out, h.Problem.What) {
			out = append(out, h.Problem.What)
		}
	}
	return out
}

// cost is what package cost says of a tenant. A run counts as a message where nothing says that it takes several.
func (r *reading) cost(t *tenant, view *migration.TenantView) cutover.CostFacts {
	f := cutover.CostFacts{
		Decision: view.Verdict.Decision, Reason: view.Verdict.Reason, Objective: t.most, Delta: view.Delta.Value,
	}
	if view.Economics.Gap != "" {
		f.Delta = migration.None[migration.Ratio]()
	}
	for s, side := range view.Sides() {
		per := side.CostPerRun
		if per.Evidence.LowerBound || side.Gap != "" || r.intake(t.name, side.Platform).Batch > 1 {
			continue
		}
		f.Messages[s] = side.Runs.Or(0)
		f.PerThousand[s] = migration.Map(per.Value, func(u migration.USD) migration.USD {
			return migration.Dollars(u.Decimal().Mul(decimal.NewFromInt(1000)))
		})
	}
	return f
}

// high is the upper bound.
func high(b migration.Bounds[time.Duration]) time.Duration { return b.High }
