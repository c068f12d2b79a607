package profile

import (
	"math"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// classPool is what those tenants of one workload ran that are in one class, as it was
// when they were put into it.
type classPool struct {
	runStats
	class   string
	tenants int
	// leastDeadline keeps a member's attempt deadline within deadlineRatio of the class'
	// longest, also where pooling shortens it.
	leastDeadline time.Duration
}

// pool is what a tenant is pooled with: the workload's tenants of its class, else all of
// them. It is nil where the tenant has enough runs, or where no other tenant has run the
// workload.
func (w *workload) pool(l *learner) *runStats {
	switch {
	case l != nil && (l.alone || l.weight() >= thinRuns):
		return nil
	case l != nil && l.class != nil:
		return &l.class.runStats
	case w.pooled != nil && w.pooled.weight() > 0:
		return w.pooled
	case l == nil && w.tenants.only != nil && w.pooled == nil && w.tenants.only.weight() > 0:
		return &w.tenants.only.runStats
	}
	return nil
}

// unclass forgets the classes of all tenants, which were of older code.
func (w *workload) unclass() {
	for l := range w.tenants.all() {
		l.class = nil
	}
}

// like is the tenant of a profile where it is thin, but has run often enough to say by
// itself which of the workload's tenants it is like; otherwise nil.
func (b *Recommender) like(p *Profile) *learner {
	w := b.workloads[p.Workload]
	if w == nil || w.pooled == nil {
		return nil
	}
	l := w.tenants.of(p.Tenant)
	if l == nil || l.weight() >= thinRuns || l.runStats.runs() < learningRuns {
		return nil
	}
	return l
}

// standing is the profile that a tenant would have by its own runs alone. A thin tenant
// is put into a class by it: by its pooled profile it would be in a class since it was
// pooled with it, and the two would chase each other.
func (b *Recommender) standing(l *learner, p *Profile) Profile {
	was, known := b.priced[l.id]
	l.alone = true
	defer func() {
		l.alone = false
		if delete(b.priced, l.id); known {
			b.priced[l.id] = was
		}
	}()
	return b.Profile(Ask{Workload: p.Workload, Tenant: p.Tenant, Now: p.Now})
}

// pools rebuilds the pools of classes: for each workload and class the runs of its members.
// A class with one member has no pool, nor has one with too few runs.
func (b *Recommender) pools(members []member) {
	for _, l := range b.classed {
		l.class = nil
	}
	b.classed = b.classed[:0]
	type key struct {
		workload migration.Workload
		class    string
	}
	in := map[key][]*learner{}
	thin, longest := map[key]bool{}, map[key]float64{}
	for i := range members {
		p := members[i].p
		w := b.workloads[p.Workload]
		if w == nil || w.pooled == nil {
			continue
		}
		if l := w.tenants.of(p.Tenant); l != nil && l.runStats.runs() > 0 && l.versions.current == w.versions.current &&
			l.functions.current == w.functions.current {
			k := key{p.Workload, p.Class}
			in[k] = append(in[k], l)
			thin[k] = thin[k] || members[i].thin
			longest[k] = members[i].group.longer
		}
	}
	for k, ls := range in {
		if len(ls) < 2 || !thin[k] {
			continue
		}
		pool := &classPool{
			class: k.class, tenants: len(ls),
			leastDeadline: time.Duration(math.Ceil(longest[k]/deadlineRatio)) * time.Second,
		}
		for _, l := range ls { // in the order of members
			pool.merge(&l.runStats)
		}
		if pool.runs() < thinRuns {
			continue
		}
		for _, l := range ls {
			if l.weight() < thinRuns && l.runStats.runs() >= learningRuns {
				l.class = pool
				b.classed = append(b.classed, l)
			}
		}
	}
}

// Recommend is [Book.Profiles] and [Book.Classify] in one recomputation, in which thin
// tenants are pooled with the class that they come to be in.
func (b *Recommender) Recommend(complete func(*Ask), want int) ([]Profile, Classes) {
	all := b.Profiles(complete)
	return all, b.classify(all, want, func(p *Profile) {
		ask := Ask{Workload: p.Workload, Tenant: p.Tenant}
		if complete != nil {
			complete(&ask)
		}
		class, why := p.Class, p.WhyClass
		*p = b.Profile(ask)
		p.Class, p.WhyClass = class, why
	})
}

// merge adds the statistics of other runs.
func (e *runStats) merge(o *runStats) {
	e.revision++
	e.jobs.merge(&o.jobs)
	e.lambda.merge(&o.lambda)
	e.ranJobs.merge(&o.ranJobs)
	e.ranLambda.merge(&o.ranLambda)
	for _, s := range o.lambdaSizes {
		e.ranIn(s)
	}
	e.enforced.merge(&o.enforced)
	e.sizes.merge(&o.sizes)
	e.censored = e.censored || o.censored
	e.charged.merge(&o.charged)
	e.tellSource(o.source)
}

func (t *times) merge(o *times) {
	t.runs += o.runs
	t.failed += o.failed
	t.evicted += o.evicted
	if o.longest > t.longest {
		t.longest, t.between = o.longest, o.between
	}
	t.total += o.total
	t.timed, t.logs, t.squares = t.timed+o.timed, t.logs+o.logs, t.squares+o.squares
	t.timedOut = max(t.timedOut, o.timedOut)
	t.cpuRuns += o.cpuRuns
	t.cpuTime += o.cpuTime
	t.cpuWall += o.cpuWall
	t.mostCPU = max(t.mostCPU, o.mostCPU)
}

func (s *sketch) merge(o *sketch) {
	s.exact = join(s.exact, o.exact, maxBuckets)
	s.over = join(s.over, o.over, maxBounds)
	s.under = join(s.under, o.under, maxBounds)
	if s.smallest == 0 || o.smallest > 0 && o.smallest < s.smallest {
		s.smallest = o.smallest
	}
	s.largest = max(s.largest, o.largest)
	s.largestOver = max(s.largestOver, o.largestOver)
	s.killed = max(s.killed, o.killed)
	s.runs += o.runs
	s.completed += o.completed
	s.kills += o.kills
	s.ended += o.ended
	s.seconds += o.seconds
}

func (c *charges) merge(o *charges) {
	c.runs += o.runs
	for i := range c.of {
		c.of[i].waste += o.of[i].waste
		c.of[i].kills += o.of[i].kills
		c.of[i].missed += o.of[i].missed
	}
}
