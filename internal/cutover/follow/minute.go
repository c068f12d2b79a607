package follow

import (
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// minute makes a minute of a tenant.
func (r *reading) minute(t *tenant, view *migration.TenantView, at int32) cutover.Minute {
	m := cutover.Minute{Start: timeOf(at)}
	for _, s := range sides {
		out := &m.Blue
		if s == cutover.Green {
			out = &m.Green
		}
		if r.book.sides[s].ID == migration.Lambda {
			r.lambdaMinute(t, view, at, out)
		} else {
			r.runMinute(t, s, at, out)
		}
		if !out.Read {
			continue
		}
		p := r.book.sides[s].ID
		if p.Caps().LiveRuns {
			out.Pending, out.PendingP95 = pendingAt(view.Runs, p, timeOf(at+1))
		}
		out.LogLines = r.linesMinute(t.name, p, m.Start)
	}
	r.queueMinute(t, at, &m.Queue)
	return m
}

// lambdaMinute is a minute of CloudWatch's counts, which are by the start of an invocation.
func (r *reading) lambdaMinute(t *tenant, view *migration.TenantView, at int32, out *cutover.SideMinute) {
	streams := r.streams[t.name]
	if from := r.From[migration.Lambda]; !from.IsZero() && timeOf(at).Before(from.Truncate(time.Minute)) {
		return // not all of it was read
	}
	if len(streams) == 0 && view.Sides()[r.book.sideOf(migration.Lambda)].Runs.Or(0) > 0 {
		return // its invocations are known from logs alone
	}
	final := r.lambdaFinal(streams)
	out.Read, out.Final = final > 0, true
	var few [4]migration.Distribution[time.Duration]
	durations := few[:0]
	for i := range streams {
		c := bucketAt(streams[i].series, int64(at)*60)
		if c == nil {
			out.Final = out.Final && at < final
			continue
		}
		if time.Duration(c.Span)*time.Second != timeseries.FineSpan {
			out.Read = false
			return
		}
		out.Final = out.Final && (c.Final || at < final)
		addBucket(out, c)
		if d := c.Duration(); d.Count() > 0 {
			durations = append(durations, d)
			if longest, ok := c.Longest().Get(); ok {
				if limit := r.timeout(t.name, streams[i].workload); limit > 0 {
					used := migration.Ratio(longest.Seconds() / limit.Seconds())
					out.TimeoutRatio = migration.Larger(out.TimeoutRatio, migration.Some(used))
				}
			}
		}
	}
	if len(streams) == 0 {
		out.Final = at < final
	}
	out.Duration = merged(durations)
	out.Version = t.versions[r.book.sideOf(migration.Lambda)].at(at)
}

// addBucket adds the counts of a bucket.
func addBucket(out *cutover.SideMinute, c *timeseries.Bucket) {
	more := c.Rest()
	out.Runs += c.Runs
	out.Failures += c.Failures
	out.TimedOut = plus(out.TimedOut, more.TimedOut)
	out.OOMKilled = plus(out.OOMKilled, more.OOMKilled)
	out.Throttled = plus(out.Throttled, c.Optional(timeseries.KnowsThrottled, c.Throttled))
}

// plus adds what is known of a part to a sum.
func plus(sum, part migration.Opt[int64]) migration.Opt[int64] {
	n, ok := part.Get()
	if !ok {
		return sum
	}
	return migration.Some(sum.Or(0) + n)
}

// merged are several distributions as one.
func merged(of []migration.Distribution[time.Duration]) migration.Distribution[time.Duration] {
	switch len(of) {
	case 0:
		return migration.Distribution[time.Duration]{}
	case 1:
		return of[0]
	}
	return migration.Merge(of...)
}

// bucketAt is the bucket that a time lies in, nil for none. Most that is asked for is new.
func bucketAt(sr *timeseries.Series, at int64) *timeseries.Bucket {
	n := len(sr.Buckets)
	for i := n - 1; i >= 0 && i >= n-32; i-- {
		c := &sr.Buckets[i]
		if c.Start <= at {
			return within(c, at)
		}
	}
	i, found := slices.BinarySearchFunc(sr.Buckets, timeseries.Bucket{Start: at}, timeseries.CompareBuckets)
	if found {
		return &sr.Buckets[i]
	}
	if i == 0 {
		return nil
	}
	return within(&sr.Buckets[i-1], at)
}

func within(c *timeseries.Bucket, at int64) *timeseries.Bucket {
	if at >= c.Start+int64(c.Span) {
		return nil
	}
	return c
}

// timeout is what ends a run of a workload on Lambda: of several functions, the longest.
func (r *reading) timeout(tenant migration.Tenant, w migration.Workload) (limit time.Duration) {
	for _, f := range r.work[tenant] {
		if f.key.Workload == w {
			limit = max(limit, f.timeout)
		}
	}
	return limit
}

// functionVersions notes when functions of a tenant were changed. What they ran before that is not known, but that it was something
// else is; a change from before the minutes that are kept is none.
func (r *reading) functionVersions(t *tenant, v *versions) {
	for _, f := range r.work[t.name] {
		if f.fn.Linked {
			continue
		}
		if f.alias != nil { // an alias runs published versions, which change when it is pointed elsewhere
			routes := make([]string, len(f.alias.Routes))
			for i := range f.alias.Routes {
				routes[i] = f.alias.Routes[i].Version
			}
			slices.Sort(routes)
			if len(routes) > 0 {
				v.see(f.fn.Name+":"+f.alias.Name, strings.Join(routes, "+"), r.now)
			}
			continue
		}
		if at := minuteOf(f.fn.Modified) + 1; at >= r.oldest && at <= r.now { // the first whole minute
			v.change(at)
		}
	}
}

// openFor is how long a minute waits for runs that have not ended, in minutes: what comes later than two hours counts no more. A run
// that has lasted that long counts as one that has not failed so far.
const openFor = 100

// runMinute is a minute of runs by their start.
func (r *reading) runMinute(t *tenant, s cutover.Side, at int32, out *cutover.SideMinute) {
	platform := r.book.sides[s].ID
	streams := r.book.streamsOf(t.name, platform)
	from, to, ok := r.book.runs.cover(platform, streams)
	if !ok || at < from || at >= to {
		return
	}
	out.Read, out.Final = true, true
	var few, fewStarts [4]migration.Distribution[time.Duration]
	durations, starts := few[:0], fewStarts[:0]
	counts := [...]*migration.Opt[int64]{&out.TimedOut, &out.OOMKilled, &out.ImagePull, &out.Evicted, &out.Empty, &out.Dropped}
	for _, stream := range streams {
		x := stream.at(at)
		if x == nil {
			continue
		}
		out.Final = out.Final && (x.Final || x.Open > 0 && at < r.now-openFor)
		out.Runs += x.Runs
		out.Failures += x.Failures
		for i, n := range [...]migration.Opt[int64]{x.TimedOut, x.OOMKilled, x.ImagePull, x.Evicted, x.Empty, x.Dropped} {
			*counts[i] = plus(*counts[i], n)
		}
		if x.Duration.Count() > 0 {
			durations = append(durations, x.Duration)
		}
		if x.StartUp.Count() > 0 {
			starts = append(starts, x.StartUp)
		}
		out.TimeoutRatio = migration.Larger(out.TimeoutRatio, x.Deadline)
		out.MemoryRatio = migration.Larger(out.MemoryRatio, x.Memory)
		if x.Version != "" {
			t.versions[s].see(string(stream.key.Workload)+" "+stream.scope, x.Version, at)
		}
	}
	out.Duration, out.StartUp = merged(durations), merged(starts)
	if out.Runs > 0 {
		out.Version = t.versions[s].at(at)
	}
}

// pendingAt counts the runs that waited for their first start at a moment, and how long 95 % of them had waited at most.
func pendingAt(runs []migration.Run, platform migration.Platform, at time.Time) (n migration.Opt[int64], p95 migration.Opt[time.Duration]) {
	var waits []time.Duration
	for i := range runs {
		r := &runs[i]
		if r.Key.Platform != platform || r.Created.IsZero() || !r.Created.Before(at) || !waitedAt(r, at) {
			continue
		}
		waits = append(waits, at.Sub(r.Created))
	}
	if len(waits) == 0 {
		return migration.Some[int64](0), migration.Some[time.Duration](0)
	}
	slices.Sort(waits)
	rank := min((len(waits)*95+99)/100, len(waits))
	return migration.Some(int64(len(waits))), migration.Some(waits[rank-1])
}

// waitedAt reports whether a run that was created before a moment had not started by then. One whose start was not seen counts as
// started.
func waitedAt(r *migration.Run, at time.Time) bool {
	if ended, ok := r.Finished.Get(); ok && !ended.After(at) || r.State == migration.RunSuspended {
		return false
	}
	var first migration.Opt[time.Time]
	for i := range r.Attempts {
		if t, ok := r.Attempts[i].Started.Get(); ok && (!first.Known() || t.Before(first.Or(t))) {
			first = migration.Some(t)
		}
	}
	if t, ok := first.Get(); ok {
		return t.After(at)
	}
	return r.State == migration.RunPending
}
