package profile

import (
	"math/bits"
	"slices"

	"github.com/migtop/migtop/internal/migration"
)

// id identifies the runs of a learner.
type id struct {
	workload migration.Workload
	tenant   migration.Tenant
}

// learner holds what is known of one tenant's runs of a workload.
type learner struct {
	id
	runStats
	versions, functions versions        // of the Jobs' image, and of the function
	given               migration.Given // what the latest run had
	sized               mainContainer   // the container of the latest Job run
	similar             *inputs         // nil where no run's input is known
	class               *classPool      // what it is pooled with before its workload, nil where there is none
	alone               bool            // it is pooled with nothing, for the time being

	held  float64 // the limit recommended last, in bytes; 0 before the first
	floor float64 // the limit before the code changed or a run was killed
	needs int     // how many runs of this code there must be until the floor no longer holds
	fresh bool    // the floor comes from older code
	only  bool    // and that code is a function's, before any Job ran
	less  int     // runs in a row since which a limit a little lower would do
	kills uint64  // one bit a run, the latest lowest: killed, or would have been at held

	advised advised // what advisers said last
}

// recentRuns is the number of latest runs in which kills count; carefulKills of them make
// a tenant careful.
const (
	recentRuns   = 50
	carefulKills = 2
)

// careful reports whether too many of the last runs were killed.
func (l *learner) careful() bool { return bits.OnesCount64(l.kills) >= carefulKills }

// The numbers of runs that decisions wait for.
const (
	learningRuns = 3    // before them nothing is lowered
	surerRuns    = 10   // of new code, before what well-known code needed is lowered
	thinRuns     = 20   // a tenant with as many runs is not pooled
	poolRuns     = 3    // how many runs those of its class, or of all tenants, together count as
	hysteresis   = 0.05 // what a lower limit has to save to be taken at once
	lessRuns     = 3    // how many runs in a row it has to be lower otherwise
)

// workload holds what is known of one workload over its tenants.
type workload struct {
	tenants             tenants
	pooled              *runStats // from the second tenant on
	versions, functions versions
}

// learner returns the learner of a tenant, and creates it the first time.
func (w *workload) learner(i id) *learner {
	if l := w.tenants.of(i.tenant); l != nil {
		return l
	}
	l := &learner{id: i}
	w.tenants.add(l)
	if first := w.tenants.only; first != l && w.pooled == nil {
		w.pooled = first.runStats.clone()
		w.versions, w.functions = first.versions.clone(), first.functions.clone()
	}
	return l
}

// versions detects runs of new code. Runs of the old code that end after the first run of
// the new code are not taken for a rollback.
type versions struct {
	current string
	seen    []string // before current, the latest last
	back    int      // runs of seen ones in a row
}

// maxVersions is how many old versions are remembered.
const maxVersions = 4

// backRuns of old code in a row mean that it was gone back to.
const backRuns = 3

// classifyVersion reports whether learning starts again with a run's version, and whether
// the run counts at all.
func (v *versions) classifyVersion(version string) (fresh, counts bool) {
	switch {
	case version == "" || version == v.current:
		v.back = 0
		return false, true
	case v.current == "":
		v.current = version
		return false, true
	case slices.Contains(v.seen, version):
		if v.back++; v.back < backRuns {
			return false, false
		}
	}
	v.back = 0
	v.seen = append(slices.DeleteFunc(v.seen, func(s string) bool { return s == version }), v.current)
	if len(v.seen) > maxVersions {
		v.seen = slices.Delete(v.seen, 0, 1)
	}
	v.current = version
	return true, true
}

func (v *versions) clone() versions { return versions{v.current, slices.Clone(v.seen), v.back} }

// startAfresh starts evidence anew for code that changed on one side: while both run, an
// image and a function have versions of their own. What was recommended holds until
// enough runs of the new code were seen to lower it.
func (l *learner) startAfresh(lambda bool) {
	l.class = nil
	if lambda && l.jobs.runs > 0 {
		l.forget(lambda) // Job runs are better data for Jobs
		return
	}
	l.floor, l.fresh, l.only = max(l.held, l.floor), true, lambda
	l.needs = surerRuns
	if confidence(l, nil) <= LowConfidence {
		l.needs = learningRuns
	}
	l.forget(lambda)
	if !lambda {
		l.similar = nil
		l.kills = 0
	}
}

// fitting is the number of runs of the code version that may lower the floor.
func (l *learner) fitting() int {
	if l.only && l.jobs.runs == 0 {
		return l.lambda.runs
	}
	return l.jobs.runs
}

// side are the versions that a run's is one of.
func side(r *migration.RunRecord, jobs, functions *versions) (of *versions, lambda bool) {
	if r.Key.Platform == migration.Lambda {
		return functions, true
	}
	return jobs, false
}

// learn learns from one run, of which a was the advice before it, nil where there was
// none, and remembers what is recommended from now on.
func (b *Recommender) learn(l *learner, w *workload, r *migration.RunRecord, a *advice) {
	if w.pooled != nil {
		versions, lambda := side(r, &w.versions, &w.functions)
		fresh, counts := versions.classifyVersion(r.Version)
		if fresh {
			w.pooled.forget(lambda)
			w.unclass()
		}
		if counts {
			absorb(w.pooled, r, a)
		}
	}
	versions, lambda := side(r, &l.versions, &l.functions)
	fresh, counts := versions.classifyVersion(r.Version)
	if !counts {
		return
	}
	if fresh {
		l.startAfresh(lambda)
		a = nil
	}
	absorb(&l.runStats, r, a)
	if l.fitting() >= l.needs {
		l.floor, l.fresh = 0, false
	}
	if r.Key.Platform != migration.Lambda {
		l.given = r.Given
		l.sized = mainContainer{r.Container, r.ContainerWhy, r.Others}
		l.remember(r)
	} else if l.ranJobs.runs == 0 {
		l.given = r.Given
	}
	var waits bool
	if l.held, _, waits = b.limit(l, w, question{declared: r.Given.Request.Memory}); waits {
		l.less++
	} else {
		l.less = 0
	}
}

// absorb charges the advice and learns from the run.
func absorb(e *runStats, r *migration.RunRecord, a *advice) {
	if x, seconds, ok := needed(r); ok && a != nil && r.Key.Platform != migration.Lambda {
		e.charged.add(a, x, seconds, limitOfKill(r))
	}
	e.observe(r)
}

// remember keeps whether the run was killed or would have been at the limit
// recommended before it, and its input.
func (l *learner) remember(r *migration.RunRecord) {
	l.kills = l.kills << 1 & (1<<recentRuns - 1)
	x, seconds, ok := needed(r)
	if r.Outcome == migration.OutcomeOOMKilled || ok && l.held > 0 && x > l.held {
		l.kills |= 1
		// Whoever would have burned least in a kill is no reason to give less.
		l.floor, l.needs, l.only = max(l.floor, l.held), max(l.needs, l.jobs.runs+learningRuns), false
	}
	if input, known := r.InputSize.Get(); known && ok {
		if l.similar == nil {
			l.similar = &inputs{}
		}
		l.similar.add(input, x, seconds)
	}
}

// limitOfKill is the limit at which a run was killed, 0 for a run that was not.
func limitOfKill(r *migration.RunRecord) float64 {
	if r.Outcome != migration.OutcomeOOMKilled {
		return 0
	}
	limit, _ := killedAt(r)
	return float64(limit)
}

// needed is what a run turned out to need and for how long: its peak, or after a kill
// at a limit what it would be retried with.
func needed(r *migration.RunRecord) (x, seconds float64, ok bool) {
	seconds = max(r.Duration.Seconds(), 0)
	if r.Outcome == migration.OutcomeOOMKilled {
		if limit, ok := killedAt(r); ok {
			return max(retryOfBase*float64(limit), float64(r.Peak.Or(0))), seconds, true
		}
	}
	peak, ok := r.Peak.Get()
	if r.Outcome == migration.OutcomeEvicted || r.Outcome == migration.OutcomeStopped || peak <= 0 {
		return 0, 0, false
	}
	return float64(peak), seconds, ok
}

// runs is the number of runs behind a recommendation, the pool's included.
func (w *workload) runs(l *learner) int {
	n := 0
	if l != nil {
		n = l.runStats.runs()
	}
	if pool := w.pool(l); pool != nil {
		n = max(n, pool.runs())
	}
	return n
}

// question is what is known of the next run when a limit is recommended for it.
type question struct {
	declared migration.Opt[migration.Bytes] // what runs request now
	input    migration.Opt[migration.Bytes] // how large its input is
	underWay migration.Opt[int]             // runs of it that go on, itself left out
}

// limit recommends a memory limit in bytes, 0 where nothing is known, with the adviser that
// gave it, and whether a slightly lower limit waits for more runs. It never exceeds what every
// run is proven to fit into, whatever was recommended before.
func (b *Recommender) limit(l *learner, w *workload, q question) (limit float64, by adviser, waits bool) {
	limit, by, waits = b.unbounded(l, w, q)
	ceiling, _ := w.ceiling(l)
	return min(limit, ceiling), by, waits
}

// unbounded is limit without the ceiling over what held before.
func (b *Recommender) unbounded(l *learner, w *workload, q question) (limit float64, by adviser, waits bool) {
	now := float64(max(q.declared.Or(0), 0))
	a, ok := b.advise(l, w, q.input)
	if !ok {
		if l != nil {
			now = max(now, l.held, l.floor)
		}
		return now, advisers, false
	}
	var own, pooled *charges
	if l != nil {
		own = &l.charged
	}
	if pool := w.pool(l); pool != nil {
		pooled = &pool.charged
	}
	by = cheapest(&a, own, pooled)
	if w.runs(l) < learningRuns {
		by = ruleNormal
	}
	least := ruleNormal
	if b.settings.Mode == Careful || l != nil && l.careful() {
		least = ruleCareful
	}
	if least == ruleCareful && a.limit[ruleCareful] > a.limit[by] {
		by = ruleCareful
	}
	if l != nil && l.sampled() && a.limit[by] < min(now, a.limit[least]) {
		by = least // it was charged by peaks that may have been larger
	}
	limit = a.limit[by]
	if more := min(now, a.limit[maxAnd128]); w.bursts(l, q) && limit < more {
		limit, by = more, maxAnd128
	}
	held := now
	if l != nil && l.held > 0 {
		held = l.held
	}
	switch {
	case w.runs(l) < learningRuns && held >= a.limit[maxAnd32]:
		limit = held // it was enough so far: nothing says that it is too little
		if first, ok := w.first(l, a.most, q); ok && first < held {
			limit, by = first, firstRuns
		}
	case w.runs(l) < learningRuns:
		limit = max(limit, held)
	case l != nil && l.fitting() < l.needs:
		limit = max(limit, l.floor)
	case l != nil && l.held > limit && limit > l.held*(1-hysteresis) && l.less < lessRuns:
		return l.held, by, true
	}
	return limit, by, false
}

// sampled reports whether no peak is known but as a lower bound.
func (l *learner) sampled() bool {
	return l.runStats.runs() > 0 && len(l.jobs.exact) == 0 && len(l.lambda.exact) == 0
}

// mix builds the mixture of a tenant and, where it is thin, of its workload, and
// reports whether there is anything in it.
func (b *Recommender) mix(l *learner, w *workload) bool {
	x := &b.mixture
	x.reset()
	own := 0.0
	if l != nil {
		own = l.weight()
	}
	share := 1.0
	if pool := w.pool(l); pool != nil {
		b.points[1] = pool.appendPoints(b.points[1][:0])
		b.models[1].fit(b.points[1])
		share = own / (own + poolRuns)
		x.add(&b.models[1], 1-share)
	}
	if own > 0 {
		b.points[0] = l.appendPoints(b.points[0][:0])
		b.models[0].fit(b.points[0])
		x.add(&b.models[0], share)
	}
	return len(x.parts) > 0
}

// advise asks every adviser.
func (b *Recommender) advise(l *learner, w *workload, input migration.Opt[migration.Bytes]) (advice, bool) {
	a, ok := b.adviseAny(l, w)
	if size, known := input.Get(); known && l != nil && l.similar != nil {
		if b.points[0] = l.similar.appendPoints(b.points[0][:0], size); len(b.points[0]) >= learningRuns {
			b.mixture.reset()
			b.models[0].fit(b.points[0])
			b.mixture.add(&b.models[0], 1)
			similar := round(spared(b.mixture.best(b.settings.Mode.share(), &b.scratch)))
			ceiling, _ := w.ceiling(l)
			a.limit[ruleSimilar] = min(similar, ceiling)
		}
	}
	return a, ok
}

// advised is what the advisers said last that need no input, and what they knew then.
// Most evidence is asked about more than once before it changes: when a run starts, when
// one ends, and after it was learnt from.
type advised struct {
	advice
	known, ok bool
	own, more uint64 // revisions of the tenant's evidence and of the pool's
	pool      *runStats
}

// adviseAny asks the advisers that do not use a run's input. The result depends only on the
// settings, on the tenant's runs and on those of its pool.
func (b *Recommender) adviseAny(l *learner, w *workload) (advice, bool) {
	now := advised{known: true, pool: w.pool(l)}
	if now.pool != nil {
		now.more = now.pool.revision
	}
	if l == nil {
		now.advice, now.ok = b.computeAdvice(l, w)
		return now.advice, now.ok
	}
	now.own = l.revision
	if last := &l.advised; !last.known || last.own != now.own || last.more != now.more || last.pool != now.pool {
		now.advice, now.ok = b.computeAdvice(l, w)
		*last = now
	}
	return l.advised.advice, l.advised.ok
}

func (b *Recommender) computeAdvice(l *learner, w *workload) (advice, bool) {
	var a advice
	if !b.mix(l, w) {
		return a, false
	}
	x := &b.mixture
	a.most = x.most
	for _, of := range []struct {
		adviser
		limit float64
	}{
		{ruleNormal, spared(x.best(b.settings.Mode.share(), &b.scratch))},
		{ruleCareful, spared(x.best(Careful.share(), &b.scratch))},
		{maxAnd32, x.most + 32*mib},
		{maxAnd128, x.most + 128*mib},
		{maxTimes105, max(1.05*x.most, x.most+8*mib)},
	} {
		a.limit[of.adviser] = round(of.limit)
	}
	ceiling, _ := w.ceiling(l)
	for i := range a.limit {
		a.limit[i] = min(a.limit[i], ceiling)
	}
	return a, true
}

// bursts reports whether more runs are under way than have ended. Those that ended are
// then the shortest, which often are the smallest, and the rules believe too much: a limit is lowered to
// the largest peak + 128 MiB at most.
func (w *workload) bursts(l *learner, q question) bool {
	underWay, known := q.underWay.Get()
	return known && underWay > w.runs(l)
}

// first is the limit after the first run and after the second, before any rule has enough
// data: twice the largest peak, one and a half times after two, and 128 MiB. It is not used
// in a burst of runs or where that is unknown, where peaks were sampled, or where the code
// has changed or a run was killed.
func (w *workload) first(l *learner, most float64, q question) (limit float64, ok bool) {
	ended := w.runs(l)
	if !q.underWay.Known() || w.bursts(l, q) || l == nil || l.fitting() < l.needs || l.enforced.killed > 0 {
		return 0, false
	}
	for _, e := range []*runStats{&l.runStats, w.pool(l)} {
		if e != nil && len(e.jobs.over)+len(e.lambda.over) > 0 {
			return 0, false
		}
	}
	ceiling, _ := w.ceiling(l)
	return min(round(firstFactor[ended]*most+128*mib), ceiling), true
}

// firstFactor is by how much the largest peak is multiplied after so many runs.
var firstFactor = [learningRuns]float64{1: 2, 2: 1.5}

// spared adds to what the rule finds for what no peak of one run shows: a quarter, 32 MiB
// at most.
func spared(limit float64) float64 { return limit + min(limit/4, 32*mib) }
