package profile

import (
	"math"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

const (
	leastDeadline = time.Minute
	// noEnd is the deadline of work that was never seen to end, because Lambda timed out.
	noEnd = 2 * time.Hour
	// defaultBackoff is Kubernetes' own, for Jobs of which nothing ran yet.
	defaultBackoff = 6
)

// A deadline must end runs that hang, and no others: one that is too long costs little, one
// that is too short ends good work. While few runs were seen, the longest of them says little
// about the longest to come, and the first to end are the shortest of those that began. So a
// deadline is k times the longest run, and at least some time, both by the number of runs n:
//
//	k = max(k_n, min(exp(2 sd), 10)),   sd the standard deviation of ln t
//
//	n          k_n   at least
//	under 20    10   1 h
//	under 100    5   30 min
//	from 100     3   1 min
//
// Where run times spread widely, the next long one may exceed the longest as much as that
// exceeds the usual one. The values were chosen on public workflow traces as a whole, so that
// at most 0.15 % of good runs are ended in any of them.
func slack(runs int, spread float64) (k float64, least time.Duration) {
	k, least = 3, leastDeadline
	switch {
	case runs < thinRuns:
		k, least = 10, time.Hour
	case runs < 100:
		k, least = 5, 30*time.Minute
	}
	return max(k, min(math.Exp(2*spread), 10)), least
}

// deadline sets what a run is given time for, and how often it is tried.
func (t *explanation) deadline() {
	p := t.p
	var longest, cut time.Duration
	runs, own, failed, evicted, ended := 0, 0, 0, 0, 0
	spread := 0.0
	for i, e := range t.evidences() {
		scale := 1.0
		if m := &t.machine; e.ranJobs.runs == 0 && t.machined && m.sure && len(e.lambdaSizes) > 0 {
			// The smallest size is where it took longest.
			was := m.time(coresOf(e.lambdaSizes[0].size))
			if r, ok := p.Base.CPURequest.Get(); ok && was > 0 {
				scale = m.time(r.Cores()) / was
			}
		}
		for _, x := range []struct {
			*times
			scale float64
		}{{&e.ranJobs, 1}, {&e.ranLambda, scale}} {
			if x.times == &e.ranLambda && e.ranJobs.runs >= lambdaFade {
				continue
			}
			if d := time.Duration(float64(x.longest) * x.scale); d > longest {
				longest, t.between = d, x.between
			}
			if i == 0 {
				spread = max(spread, x.spread())
			}
			if x.times == &e.ranLambda && e.ranJobs.longest <= x.timedOut {
				cut = max(cut, x.timedOut)
			}
			if i == 0 && t.l != nil {
				own += x.runs
			}
			if i == 0 && t.l != nil || t.class() != nil {
				runs += x.runs
			}
			if x.times == &e.ranJobs {
				failed += x.failed
				evicted += x.evicted
				ended += x.runs
			}
		}
	}
	// The failure policy of every export leaves evictions out of backoffLimit; they take
	// time all the same.
	p.BackoffLimit = backoff(failed, ended-evicted)
	attempts := backoff(failed+evicted, ended)
	if t.ask.Once {
		p.BackoffLimit, attempts = 0, 0
	}
	if longest == 0 {
		return
	}
	k, _ := slack(runs, spread)
	_, least := slack(own, spread) // a tenant of few runs may take longer than those it is pooled with
	attempt := time.Duration(min(k*float64(longest), float64(math.MaxInt64/16)))
	if attempt < least {
		attempt, t.leastTime = least, true
	}
	if c := t.class(); c != nil && attempt < c.leastDeadline {
		attempt, t.leastTime = c.leastDeadline, true
	}
	if cut > 0 {
		attempt = max(attempt, noEnd)
		p.Confidence = min(p.Confidence, LowConfidence)
		p.EndUnknown = true
	}
	if p.Learning { // the first runs to end are the shortest of those that began
		attempt = max(attempt, p.Now.Deadline.Or(noEnd))
	}
	p.AttemptDeadline = attempt.Truncate(time.Second) + whole(attempt)
	p.Deadline = total(p.AttemptDeadline, max(attempts, p.BackoffLimit), t.book.settings.startUp())
}

// whole is the second that a started one is rounded up by.
func whole(d time.Duration) time.Duration {
	if d%time.Second != 0 {
		return time.Second
	}
	return 0
}

// total is what activeDeadlineSeconds has to cover: every attempt with its start-up,
// and Kubernetes' waits between them, 10 s, 20 s and so on up to six minutes.
func total(attempt time.Duration, backoffLimit int32, startUp time.Duration) time.Duration {
	sum := attempt + startUp
	wait := 10 * time.Second
	for range backoffLimit {
		sum += wait + attempt + startUp
		wait = min(2*wait, 6*time.Minute)
	}
	return sum
}

// backoff is how often a failed attempt is tried again, so that one in a thousand
// runs at most fails by chance: clamp(ceil(ln 0.001 / ln p) - 1, 0, 6), with p the
// share of attempts that fail, half an attempt more than was seen.
func backoff(failed, ended int) int32 {
	if ended == 0 {
		return defaultBackoff
	}
	p := min((float64(failed)+0.5)/(float64(ended)+1), 0.999)
	return int32(min(max(math.Ceil(math.Log(0.001)/math.Log(p))-1, 0), 6))
}

// Load is how a workload is used, as far as that was measured.
type Load struct {
	// PeakRate is the most runs started a second, over some minutes. MeanRate is the
	// same on average over the time that was looked at.
	PeakRate, MeanRate migration.Opt[float64]
	// Concurrent is how many runs went on at the same time in 99 % of the time.
	Concurrent migration.Opt[int]
	// Scratch is the most ephemeral storage that a run used.
	Scratch migration.Opt[migration.Bytes]
	// Processor is the processor time of its invocations on Lambda, where Lambda Insights
	// adds it up; its zero value is nothing.
	Processor migration.ProcessorTime
}

const monthSeconds = 730 * 3600

// load sets what depends on how often it runs.
func (t *explanation) load() {
	p, s, load := t.p, &t.book.settings, &t.ask.Load
	poll := s.Poll
	if poll <= 0 {
		poll = time.Minute
	}
	// Five thousand finished Jobs are kept at most, for an hour at most.
	ttl := 3600.0
	if rate, ok := load.PeakRate.Get(); ok && rate > 0 {
		ttl = min(max(5000/rate, 300), 3600)
	}
	p.TTL = max(time.Duration(ttl)*time.Second, (4 * poll).Round(time.Second))

	if used, ok := load.Scratch.Get(); ok && used > 0 {
		p.EphemeralStorage = migration.Some(RoundUp(used + used/4))
	}
	mean, ok := t.meanRun()
	rate, known := load.PeakRate.Get()
	if !ok || !known || p.Base.MemoryRequest == 0 {
		return
	}
	n := math.Ceil(1.2*rate*mean.Seconds() - 1e-9)
	if c, ok := load.Concurrent.Get(); ok {
		n = min(n, float64(c))
	}
	if q, ok := s.Quota.Get(); ok {
		n = min(n, math.Floor(float64(q)/float64(p.Base.MemoryRequest)))
	}
	p.Parallelism = migration.Some(int32(min(max(n, 1), math.MaxInt32)))
}

// meanRun is how long a run takes as a Job, from Jobs or else from what Lambda says.
func (t *explanation) meanRun() (time.Duration, bool) {
	for _, e := range t.evidences() {
		if r := &e.ranJobs; r.runs > 0 && r.total > 0 {
			return r.total / time.Duration(r.runs), true
		}
		if t.machined {
			return time.Duration(t.machine.time(t.p.Base.CPURequest.Or(migration.Core).Cores()) * float64(time.Second)), true
		}
		if r := &e.ranLambda; r.runs > 0 && r.total > 0 {
			return r.total / time.Duration(r.runs), true
		}
	}
	return 0, false
}
