package world

import (
	"math"
	"slices"
	"time"
)

// run is one unit of work, whichever side it is on.
type run struct {
	stream *stream
	key    key
	at     time.Time
	onJobs bool
	delivery
}

// Aspects of a run that are decided apart from each other.
const (
	aspectCount = iota + 1
	aspectSide
	aspectAt
	aspectSize
	aspectMemory
	aspectFate
	aspectFateAt
	aspectThrottle
	aspectStartUp
	aspectCPU
	aspectName
	aspectSpot
	aspectCold
	aspectInit
	aspectEnvironment
	aspectTenant
	aspectArrival
	aspectGarbled
	aspectVersion
	aspectHang
	aspectLost
	aspectTwice
	aspectDelivery
)

// eachRun yields the runs of a stream that begin in [from, to), in order.
// It stops when yield returns false.
func (w *World) eachRun(s *stream, from, to time.Time, yield func(run) bool) {
	if s.every > 0 {
		eachScheduled(s, from, to, yield)
		return
	}
	if s.receives > 0 {
		w.eachDelivered(s, from, to, yield)
		return
	}
	w.eachFirst(s, from, to, yield)
}

// eachFirst yields what eachRun does without the runs of messages that are delivered again: one for each message.
func (w *World) eachFirst(s *stream, from, to time.Time, yield func(run) bool) {
	first, last := floorMinute(from), floorMinute(to.Add(time.Minute-1))
	for minute := first; minute < last; minute++ {
		if !w.eachInMinute(s, minute, from, to, yield) {
			return
		}
	}
}

// eachDelivered yields the runs of a stream whose messages are delivered again when they fail.
func (w *World) eachDelivered(s *stream, from, to time.Time, yield func(run) bool) {
	var all []run
	w.eachFirst(s, from.Add(-s.lookBack()), to, func(r run) bool {
		for _, one := range r.deliveries() {
			if !one.at.Before(from) && one.at.Before(to) {
				all = append(all, one)
			}
		}
		return true
	})
	slices.SortStableFunc(all, func(a, b run) int { return a.at.Compare(b.at) })
	for _, r := range all {
		if !yield(r) {
			return
		}
	}
}

func floorMinute(t time.Time) int64 {
	s := t.Unix()
	m := s / 60
	if s%60 < 0 {
		m--
	}
	return m
}

// eachInMinute says whether yield wants more.
func (w *World) eachInMinute(s *stream, minute int64, from, to time.Time, yield func(run) bool) bool {
	start := time.Unix(minute*60, 0).UTC()
	share := s.shareAt(start.Sub(w.epoch))
	rate := s.perDay / (24 * 60) * w.weights.at(s.shape, minute) * s.busy(minute)
	// A larger cluster gets more runs; Lambda's part stays what it was.
	lambda, jobs := rate*(1-share), rate*share*w.factor
	rate = lambda + jobs
	of := s.key.with(uint64(minute))
	n := of.with(aspectCount).poisson(rate)
	m := s.mishapAt(start)
	for i := range n {
		k := of.with(uint64(i) + 1000)
		// One in each n-th of the minute: in order, and at no fixed rhythm.
		offset := time.Duration((float64(i) + k.with(aspectAt).uniform()) / float64(n) * float64(time.Minute))
		at := start.Add(offset.Truncate(time.Millisecond))
		if at.Before(from) {
			continue
		}
		if !at.Before(to) {
			return true
		}
		one := run{stream: s, key: k, at: at, onJobs: k.with(aspectSide).uniform()*rate < jobs}
		one.poison = m != nil && m.poison > 0 && i == 0 && minute%int64(m.poison/time.Minute) == 0
		if !yield(one) {
			return false
		}
	}
	return true
}

// eachScheduled yields the runs of a CronJob, which are all on Jobs.
func eachScheduled(s *stream, from, to time.Time, yield func(run) bool) {
	for at := from.Truncate(s.every); at.Before(to); at = at.Add(s.every) {
		if at.Before(from) {
			continue
		}
		k := s.key.with(uint64(at.Unix()))
		if !yield(run{stream: s, key: k, at: at, onJobs: true}) {
			return
		}
	}
}

// size is the standard normal number behind a run's work and memory.
func (r *run) size() float64 { return r.key.with(aspectSize).normal() }

// work is how long the run takes on Lambda if nothing cuts it off.
func (r *run) work() time.Duration {
	if r.hangs() {
		return 2 * max(r.stream.timeout, r.stream.deadline)
	}
	return time.Duration(float64(r.stream.median) * math.Exp(r.stream.spread*r.size()))
}

// peak is the greatest working set that the run wants, in bytes. Larger runs
// want more: half of the run's size goes into it.
func (r *run) peak() int64 {
	s := r.stream
	z := s.jitter*r.key.with(aspectMemory).normal() + 0.5*min(s.spread, 0.3)*r.size()
	return int64(float64(s.peak) * math.Exp(z) * (1 << 20))
}

// Invocation is one execution of a Lambda function.
type Invocation struct {
	Start    time.Time
	Duration time.Duration
	Failed   bool
	// TimedOut is set where the function's Timeout cut the run off.
	TimedOut bool
	// Throttled is a refusal for concurrency: it ran not at all.
	Throttled bool
	// Concurrency is how many executions of the function there were at Start,
	// this one included.
	Concurrency int
	// Peak is the greatest working set of the run, in bytes, at most its memory.
	Peak int64
	// CPU is the processor time that it used, with all its threads.
	CPU time.Duration
	// Alias is what it was called by and Version what ran, "" for $LATEST.
	Alias, Version string
	// OutOfMemory is set where it was killed for memory.
	OutOfMemory bool
	// Run names the run: everything else about it follows from that.
	Run uint64
}

// EachInvocation yields, in order of their start, the executions of a function
// that began in [from, to). It stops when yield returns false.
func (w *World) EachInvocation(function string, from, to time.Time, yield func(Invocation) bool) {
	f := w.byName[function]
	if f == nil || !from.Before(to) {
		return
	}
	running := heap[time.Time]{less: time.Time.Before}
	// What began up to one Timeout before counts for the concurrency.
	w.eachOf(f, from.Add(-f.Timeout), to, func(r *run) bool {
		for running.len() > 0 && !running.first().After(r.at) {
			running.pop()
		}
		one := f.invoke(r)
		running.push(r.at.Add(one.Duration))
		if r.at.Before(from) {
			return true
		}
		one.Concurrency = running.len()
		for range w.refusals(r) {
			if !yield(Invocation{Start: r.at, Throttled: true, Concurrency: one.Concurrency}) {
				return false
			}
		}
		return yield(one)
	})
}

// eachOf yields the runs of a function, those on the other side left out.
func (w *World) eachOf(f *Function, from, to time.Time, yield func(*run) bool) {
	if len(f.pooled) > 0 {
		w.eachPooled(f, from, to, yield)
		return
	}
	if f.stream == nil || f.stream.jobsOnly {
		return
	}
	w.eachRun(f.stream, from, to, func(r run) bool { return r.onJobs || yield(&r) })
}

// invoke decides how an execution goes.
func (f *Function) invoke(r *run) Invocation {
	one := Invocation{
		Start: r.at, Duration: max(r.work(), time.Millisecond),
		Peak: r.peak(), Run: uint64(r.key),
	}
	if r.stream.alias.Name != "" {
		one.Alias, one.Version = r.stream.alias.Name, r.stream.alias.version(r)
	}
	memory := f.memory(one.Version)
	limit := int64(memory) << 20
	if one.Peak > limit { // Runtime.ExitError: signal: killed
		one.Failed, one.OutOfMemory, one.Peak = true, true, limit
		one.Duration = time.Duration(float64(one.Duration) * 0.6)
	}
	if r.poison || r.key.with(aspectFate).chance(r.stream.errors) {
		one.Failed = true
		one.Duration = time.Duration(float64(one.Duration) * r.key.with(aspectFateAt).uniform())
	}
	if one.Duration >= f.Timeout {
		// Cut off. Lambda reports the timeout itself as the duration.
		one.Duration, one.Failed, one.TimedOut = f.Timeout, true, true
	}
	one.CPU = time.Duration(min(r.stream.cores, float64(memory)/vCPUSize) * float64(one.Duration))
	return one
}

// vCPUSize is the memory size, in MB, with which Lambda gives a whole processor.
const vCPUSize = 1769

// refusals is how often an execution was refused before it was accepted: only
// in the hours in which traffic is above its mean.
func (w *World) refusals(r *run) int {
	if r.stream.throttled == 0 {
		return 0
	}
	weight := w.weights.at(r.stream.shape, r.at.Unix()/60)
	if weight < 1.3 {
		return 0
	}
	return r.key.with(aspectThrottle).poisson(r.stream.throttled)
}

// Side counts the runs that a workload of a tenant began on each side.
type Side struct{ Lambda, Jobs int }

// Count counts the runs of a tenant's workload that began in [from, to). The
// tenant goes by its name on Lambda.
func (w *World) Count(tenant, workload string, from, to time.Time) (n Side) {
	for _, s := range w.streams {
		if s.tenant != tenant || s.name != workload {
			continue
		}
		w.eachRun(s, from, to, func(r run) bool {
			if r.onJobs {
				n.Jobs++
			} else {
				n.Lambda++
			}
			return true
		})
	}
	return n
}

// Stream names one workload of one tenant.
type Stream struct {
	Tenant   string // in function names and tags; "" for the cluster's own chores
	Label    string // in Kubernetes labels
	Workload string
	// Function carries it on Lambda, "" for none, called by Alias, "" for by its name.
	Function, Alias string
	// Share is the part of its runs that goes to Jobs at the epoch.
	Share float64
}

// Streams lists what there is, in the story's order.
func (w *World) Streams() []Stream {
	out := make([]Stream, len(w.streams))
	for i, s := range w.streams {
		out[i] = Stream{Tenant: s.tenant, Label: s.label, Workload: s.name, Alias: s.alias.Name, Share: s.shareAt(0)}
		if s.function != nil {
			out[i].Function = s.function.Name
		}
	}
	return out
}
