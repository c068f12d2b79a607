package jobs

import (
	"cmp"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

const (
	minute = int64(60)
	hour   = int64(3600)
	// finalAfter is how long after its end a minute may still change: the
	// delay of a watch, the time a dead connection takes to be noticed (45 s
	// by client-go's HTTP/2 pings), and the next metrics.
	finalAfter = minute
	// keepFinal is how long a final minute is kept for late data.
	keepFinal = 10 * minute
	// minutesBack and hoursBack are how far back the first poll reports: minutes
	// for the longest window, before that hours, for as long as Jobs usually stay
	// in a cluster.
	minutesBack = 3 * hour
	hoursBack   = 48 * hour
)

// stream is what happened of one key.
type stream struct {
	key        migration.Key
	attributed migration.Provenance
	starts     map[int64]*startMinute // by their first second
	started    bool                   // a container of it has started
	minutes    map[int64]*bucket      // by their first second
	hours      map[int64]*bucket
	recent     *bucket // the minute asked for last, by far the likeliest
	recentAt   int64
	past       []*job // the last ended runs, oldest first
}

// bucket collects the values of one Activity.
type bucket struct {
	runs, failures, attempts, timedOut, oom int64
	durations, startUps                     []time.Duration
	peaks                                   []migration.Bytes
	concurrent                              int64
	held                                    []podUsage
	derived                                 bool // some durations come from Jobs, not from pods
	unheard                                 bool // some run's outcome was not seen
	between                                 bool // of some run's containers not every restart was seen
	undated                                 bool // nothing says when some pod ended
	skewed                                  bool // some pod's end is by a clock that differs

	dirty bool // changed since it was published
	final bool // published as final
}

// podUsage is a [migration.Held] in the making.
type podUsage struct {
	host                          *migration.Host
	seconds, short                int64
	milli, kib                    int64
	usedMilli, usedKiB, usedSince int64
	added                         int64 // seconds of nodes that were made for pods
}

func (k *bucket) on(h *migration.Host) *podUsage {
	k.dirty = true
	for i := range k.held {
		if k.held[i].host == h {
			return &k.held[i]
		}
	}
	k.held = append(k.held, podUsage{host: h})
	return &k.held[len(k.held)-1]
}

// books say which buckets there are.
type books struct {
	open bool // the first account was done
	// Before floor the past is published by the hour, from floor on by the minute.
	// Nothing before oldest is published.
	oldest, floor int64
	// began is the time of the first poll. Objects that were gone by then are unknown.
	began int64
	// Minutes before pruned were published as final and are dropped.
	pruned int64
	// hoursUntil is when the hours may be dropped: they were published and do not change.
	hoursUntil int64
	cover      int64 // since when every Job was seen; 0 for unknown
	nodesFrom  int64 // the first second whose node times are published again
	nodesHours bool  // the hours' node times were published
	// nodesPublished are the minutes of node time that were published and may still change.
	nodesPublished map[nodeKey]struct{}
	swept          int64 // when concurrency was last looked at
	edges          []edge
}

// openAt fixes where hours end and minutes begin.
func (b *books) openAt(now int64) {
	b.open, b.began = true, now
	b.floor = floorTo(now-minutesBack, hour)
	b.oldest = floorTo(now-hoursBack, hour)
	b.pruned = b.floor
	b.hoursUntil = now + keepFinal
	b.nodesFrom = b.floor
	b.nodesPublished = map[nodeKey]struct{}{}
}

func floorTo(at, span int64) int64 { return at - at%span }

// at returns the bucket of a time, nil where none is kept any more.
func (b *books) at(s *stream, at int64) *bucket {
	switch {
	case at >= b.floor:
		start := floorTo(at, minute)
		if s.recent != nil && s.recentAt == start {
			return s.recent
		}
		if start < b.pruned {
			return nil
		}
		s.recent, s.recentAt = into(s.minutes, start), start
		return s.recent
	case at >= b.oldest && b.hoursUntil > 0:
		return into(s.hours, floorTo(at, hour))
	}
	return nil
}

func into(m map[int64]*bucket, start int64) *bucket {
	k := m[start]
	if k == nil {
		k = &bucket{}
		m[start] = k
	}
	return k
}

// each splits a time range at bucket boundaries.
func (b *books) each(s *stream, from, to int64, f func(k *bucket, seconds int64)) {
	from = max(from, b.oldest)
	for from < to {
		span := minute
		if from < b.floor {
			span = hour
		}
		end := min(floorTo(from, span)+span, to)
		if k := b.at(s, from); k != nil {
			f(k, end-from)
		}
		from = end
	}
}

// publish returns activities for the buckets that changed or became final, and drops
// buckets that have been final for keepFinal. Everything before final is known.
func (b *books) publish(streams map[migration.Key]*stream, now, final int64, pods bool) []migration.Activity {
	var out []migration.Activity
	b.pruned = max(b.pruned, floorTo(final-keepFinal, minute))
	for _, s := range streams {
		for start, k := range s.minutes {
			isFinal := start+minute+finalAfter <= final
			if k.dirty || (isFinal && !k.final) {
				k.final = isFinal
				out = append(out, b.bounded(k.activity(s.key, start, minute, isFinal, pods)))
			}
			if start < b.pruned {
				delete(s.minutes, start)
			}
		}
		s.recent = nil // it may be deleted
		for start, k := range s.hours {
			if k.dirty {
				out = append(out, b.bounded(k.activity(s.key, start, hour, true, pods)))
			}
			if now > b.hoursUntil {
				delete(s.hours, start)
			}
		}
	}
	if now > b.hoursUntil {
		b.hoursUntil = 0
	}
	slices.SortFunc(out, func(x, y migration.Activity) int {
		return cmp.Or(x.Start.Compare(y.Start), cmp.Compare(x.Tenant, y.Tenant), cmp.Compare(x.Workload, y.Workload))
	})
	return out
}

// bounded marks a Knative service's past as a lower bound. A pod that was scaled down
// before the first poll is gone from the API and was not seen.
func (b *books) bounded(a migration.Activity) migration.Activity {
	if a.Platform == migration.Knative && a.Start.Unix() < b.began {
		a.Evidence.LowerBound = true
		a.Evidence.Note = "pods of services that were scaled down before migtop started are unknown"
	}
	return a
}

// activity copies a bucket. pods is false where pods cannot be read: then attempts
// are unknown.
func (k *bucket) activity(key migration.Key, start, span int64, final, pods bool) migration.Activity {
	k.dirty = false
	a := migration.Activity{
		Key: key, Start: time.Unix(start, 0).UTC(), Span: time.Duration(span) * time.Second, Final: final,
		Evidence: migration.Provenance{Source: "kubernetes", Method: migration.Measured, Coverage: 1, Provisional: !final},
		Runs:     k.runs, Failures: k.failures, TimedOut: migration.Some(k.timedOut),
		Duration: migration.Sample(k.durations...), StartUp: migration.Sample(k.startUps...),
		PeakMemory: migration.Sample(k.peaks...), MaxConcurrency: migration.Some(k.concurrent),
	}
	if pods || k.attempts > 0 {
		a.Attempts = migration.Some(k.attempts)
	}
	if pods {
		a.OOMKilled = migration.Some(k.oom)
	}
	if k.derived {
		a.Evidence.Method = migration.Derived
		a.Evidence.Note = "some pods were not seen: those durations are the Job's own, start-up included"
	}
	if k.between {
		a.Evidence = a.Evidence.And(migration.Provenance{
			Source: "kubernetes", Method: migration.Measured, Coverage: 1,
			Note: "how long some runs took is unknown: their containers were restarted more often than was seen",
		})
	}
	if k.undated {
		a.Evidence = a.Evidence.And(migration.Provenance{
			Source: "kubernetes", Method: migration.Estimated, Coverage: 1,
			Note: "nothing says when some pods ended: they are taken to have ended with their Jobs",
		})
	}
	if k.skewed {
		a.Evidence = a.Evidence.And(migration.Provenance{
			Source: "kubernetes", Method: migration.Estimated, Coverage: 1,
			Note: "the clock of a pod's node differs from the control plane's: when the pod ended is corrected by what is known of the difference",
		})
	}
	if k.unheard {
		a.Evidence.Method = migration.Estimated
		a.Evidence.Note = "some Jobs ended while the API server could not be reached: their outcome was not seen"
	}
	for _, h := range k.held {
		if h.seconds == 0 && h.short == 0 && h.added == 0 {
			continue // taken back, or less than a second
		}
		m := migration.ResourceUsage{
			Host: *h.host, PodSeconds: h.seconds, ShortOfMinute: h.short,
			CPU: migration.MilliCPUSeconds(h.milli), Memory: migration.KiBSeconds(h.kib),
			UsageSeconds:     min(h.usedSince, h.seconds), // some may have been taken back
			AddedNodeSeconds: h.added,
		}
		if h.usedSince > 0 {
			m.UsedCPU = migration.Some(migration.MilliCPUSeconds(h.usedMilli))
			m.UsedMemory = migration.Some(migration.KiBSeconds(h.usedKiB))
		}
		a.Usage = append(a.Usage, m)
	}
	return a
}
