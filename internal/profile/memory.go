package profile

import (
	"math"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// explanation builds one profile.
type explanation struct {
	book *Recommender
	ask  *Ask
	l    *learner // nil where no run was seen
	w    *workload
	pool *runStats // nil where the tenant is not pooled
	p    *Profile
	// sizes skips expectations and reasons, where nothing shows them.
	sizes bool

	by        adviser   // the adviser that gave the limit
	most      float64   // the largest peak
	leastTime bool      // an attempt has more than the longest run calls for, since few were seen
	ceilingOf *runStats // the runs that prove the ceiling, nil for none
	machine   machine
	machined  bool             // machine is known
	between   time.Duration    // where the longest run is a bound: the least that it took
	sizedAs   migration.Tenant // the tenant whose container is sized, where it is another one
}

// evidences are the tenant's own and the pool's, those that there are.
func (t *explanation) evidences() []*runStats {
	var all []*runStats
	if t.l != nil {
		all = append(all, &t.l.runStats)
	}
	if t.pool != nil {
		all = append(all, t.pool)
	}
	return all
}

// class is the class that the tenant is pooled with, nil where it is pooled with all
// or with none.
func (t *explanation) class() *classPool {
	if t.pool == nil || t.l == nil || t.l.class == nil || t.pool != &t.l.class.runStats {
		return nil
	}
	return t.l.class
}

func (t *explanation) memory() {
	p, b := t.p, t.book
	if t.l != nil {
		p.JobRuns, p.LambdaRuns = t.l.ranJobs.runs, t.l.ranLambda.runs
		p.RunTime = t.l.ranJobs.total + t.l.ranLambda.total
		p.Evidence = t.l.source
	} else if t.pool != nil {
		p.Evidence = t.pool.source
	}
	p.Confidence = confidence(t.l, t.pool)
	p.Learning = t.w.runs(t.l) < learningRuns
	t.unmeasured()
	limit, by, _ := b.limit(t.l, t.w, question{p.Now.Request.Memory, t.ask.Input, t.ask.UnderWay})
	t.by = by
	if limit <= 0 {
		return
	}
	p.Base.MemoryRequest = migration.Bytes(limit)
	p.Base.MemoryLimit = p.Base.MemoryRequest
	retry := retryOfBase * limit
	if t.sizes {
		if a, ok := b.adviseAny(t.l, t.w); ok {
			t.most, retry = a.most, max(retryOfMax*a.most, retry)
		}
	} else if b.mix(t.l, t.w) {
		x := &b.mixture
		t.most = x.most
		retry = x.retry(limit)
		if t.measured() {
			p.FailureRate = migration.Some(migration.Ratio(t.failureRate(x, limit)))
			p.Waste = migration.Some(migration.KiBSeconds(math.Ceil(x.waste(limit) / 1024)))
		}
	}
	ceiling, of := t.w.ceiling(t.l)
	if !math.IsInf(ceiling, 1) {
		p.Ceiling, t.ceilingOf = migration.Some(migration.Bytes(ceiling)), of
	}
	p.Retry.MemoryRequest = RoundUp(migration.Bytes(math.Ceil(min(retry, 1<<60))))
	if limit < ceiling {
		p.Retry.MemoryRequest = migration.Bytes(min(float64(p.Retry.MemoryRequest), ceiling))
	}
	p.Retry.MemoryLimit = p.Retry.MemoryRequest
	if node, ok := b.settings.Node.Memory.Get(); ok && WholePod(p, p.Base).MemoryRequest > node {
		p.BeyondNode = true
	}
}

// failureRate is P(X > a), but for a limit that no run exceeded at most 3/(n + 1), the
// rule of three: 95 % certain where none of n runs did. Where peaks are close together the
// kernels alone would claim too much.
func (t *explanation) failureRate(x *mixture, limit float64) float64 {
	rate := x.over(limit)
	if limit >= x.most && t.pool == nil && t.l != nil {
		rate = min(rate, 3/(t.l.weight()+1))
	}
	return rate
}

// waste is what a run at limit a holds on average and does not need, in byte-seconds:
// a kill wastes everything held, and its retry what it holds above the peak.
func (x *mixture) waste(a float64) float64 {
	var total float64
	for _, p := range x.parts {
		var used float64
		for i := range p.points {
			used += p.points[i].x * p.points[i].wt
		}
		_, seconds := p.model.over(a)
		total += p.share * (a*p.seconds/p.weight - used/p.weight + seconds*x.retry(a))
	}
	return max(total, 0)
}

// confidence grades what a recommendation rests on: exact peaks of Jobs count most,
// Lambda's half, and a pool or mere bounds never more than low.
func confidence(l *learner, pool *runStats) Confidence {
	if l == nil || l.runStats.runs() == 0 {
		if pool != nil && pool.runs() >= learningRuns {
			return LowConfidence
		}
		return NoConfidence
	}
	var exact float64
	for i := range l.jobs.exact {
		exact += float64(l.jobs.exact[i].runs)
	}
	for i := range l.lambda.exact {
		exact += lambdaWeight * float64(l.lambda.exact[i].runs)
	}
	switch {
	case l.jobs.runs >= 50 && exact >= 50 && !l.careful():
		return HighConfidence
	case exact >= 10 && l.runStats.runs() >= 10:
		return MediumConfidence
	}
	return LowConfidence
}

// RetryAfter is the limit for a run that was killed at a limit, for schedulers that use a
// profile: the retry profile first, then twice as much, up to the proven ceiling if that is
// more, then up to the node's size. It reports false where no larger limit is possible.
func RetryAfter(p *Profile, killed migration.Bytes, node migration.Opt[migration.Bytes]) (migration.Bytes, bool) {
	next := RoundUp(2 * killed)
	if killed < p.Retry.MemoryLimit {
		next = p.Retry.MemoryLimit
	} else if ceiling, ok := p.Ceiling.Get(); ok && killed < ceiling {
		next = min(next, RoundUp(ceiling))
	}
	if most, ok := node.Get(); ok {
		if killed >= most {
			return 0, false
		}
		next = min(next, most)
	}
	return next, true
}
