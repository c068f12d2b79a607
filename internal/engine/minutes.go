package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/assess"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// Minutes keeps what was seen by the minute: both sides, queues, what was said of tenants, and when sources were watched. The
// same minutes come again while late data may change them, and from other programs that see the same.
type Minutes interface {
	KeepMinutes(ctx context.Context, m *timeseries.Minutes) error
}

const (
	// recordEvery is how often minutes are handed out.
	recordEvery = time.Minute
	// slept is the time between two of them, by the wall clock, after which the machine slept or the program stood still:
	// what a watch would have seen in between is unknown.
	slept = 3 * recordEvery
	// mostRecorded is how many buckets are handed out at once: some ten megabytes.
	mostRecorded = 50_000
	// pastRead is how far back a source of late data reads by itself when it begins.
	pastRead = 3 * time.Hour
)

// recorder notes what a poll changed, until it is handed out. A nil recorder notes nothing.
type recorder struct {
	changed map[timeseries.Stream]map[int64]bool // starts of buckets
	queues  map[queueName]map[int64]migration.QueueBucket
	last    *migration.Snapshot
	saidAt  time.Time            // the minute of the words that were handed out last
	read    map[string]time.Time // until when each source was watched
	at      time.Time            // of the last time, without a monotonic reading, which stands still while a machine sleeps
}

type queueName struct{ scope, name string }

func newRecorder() *recorder {
	return &recorder{
		changed: map[timeseries.Stream]map[int64]bool{},
		queues:  map[queueName]map[int64]migration.QueueBucket{},
		read:    map[string]time.Time{},
	}
}

// mark notes that an activity came, if the store took it.
func (r *recorder) mark(a *migration.Activity, taken bool) {
	if r == nil || !taken {
		return
	}
	of := timeseries.Stream{Key: a.Key, Scope: a.Scope}
	starts := r.changed[of]
	if starts == nil {
		starts = map[int64]bool{}
		r.changed[of] = starts
	}
	starts[a.Start.Unix()] = true
}

// queue notes the buckets of queues that a poll brought.
func (r *recorder) queue(from migration.Origin, p *migration.QueuePoll) {
	if r == nil {
		return
	}
	for _, b := range p.Buckets {
		name := queueName{from.Scope, b.Queue}
		if r.queues[name] == nil {
			r.queues[name] = map[int64]migration.QueueBucket{}
		}
		r.queues[name][b.Start.Unix()] = b
	}
}

// said notes the last Snapshot.
func (r *recorder) said(s *migration.Snapshot) {
	if r != nil {
		r.last = s
	}
}

// minutes hands out what is new, at most so much at once; more says whether there is more.
func (s *state) minutes(now time.Time) (m *timeseries.Minutes, more bool) {
	r := s.recorder
	now = now.Round(0)
	m = &timeseries.Minutes{At: now}
	left := mostRecorded
	for of, starts := range r.changed {
		if left <= 0 {
			return m, true
		}
		one := timeseries.StreamBuckets{Stream: of}
		for start := range starts {
			if b, ok := s.store.Find(of, start); ok {
				one.Buckets = append(one.Buckets, b)
			}
		}
		left -= len(starts)
		delete(r.changed, of)
		if len(one.Buckets) > 0 {
			m.Streams = append(m.Streams, one)
		}
	}
	for name, buckets := range r.queues {
		one := timeseries.QueueBuckets{Scope: name.scope, Name: name.name}
		for _, b := range buckets {
			one.Buckets = append(one.Buckets, b)
		}
		m.Queues = append(m.Queues, one)
		delete(r.queues, name)
	}
	m.Words = r.words(now)
	m.Watched = r.watched(s, now)
	sortMinutes(m)
	return m, false
}

// sortMinutes puts what comes out of maps in a fixed order.
func sortMinutes(m *timeseries.Minutes) {
	slices.SortFunc(m.Streams, func(a, b timeseries.StreamBuckets) int {
		return cmp.Or(cmp.Compare(a.Stream.Platform, b.Stream.Platform), cmp.Compare(a.Stream.Tenant, b.Stream.Tenant),
			cmp.Compare(a.Stream.Workload, b.Stream.Workload), cmp.Compare(a.Stream.Scope, b.Stream.Scope))
	})
	slices.SortFunc(m.Queues, func(a, b timeseries.QueueBuckets) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Name, b.Name))
	})
	slices.SortFunc(m.Watched, func(a, b timeseries.Watched) int { return cmp.Compare(a.Source, b.Source) })
}

// words are what the last Snapshot says of tenants, once a minute.
func (r *recorder) words(now time.Time) []timeseries.TenantWord {
	if r.last == nil {
		return nil
	}
	at := r.last.At.Truncate(timeseries.FineSpan)
	if at.Equal(r.saidAt) || now.Sub(at) > slept {
		return nil
	}
	r.saidAt = at
	out := make([]timeseries.TenantWord, 0, len(r.last.Tenants))
	for i := range r.last.Tenants {
		t := &r.last.Tenants[i]
		w := timeseries.TenantWord{Tenant: t.Tenant, At: at, Word: t.Cutover.Word, Cost: t.Verdict.Decision}
		for k := range t.Notices {
			n := &t.Notices[k]
			w.Notices = append(w.Notices, timeseries.NoticeMark{Severity: n.Severity, Code: n.Code, About: n.About})
		}
		out = append(out, w)
	}
	return out
}

// watched are the ranges since the last time in which sources were watched. A source of late data reads again from where it
// ended, so that nothing is missing until its data are final. Any other misses what happened while the machine slept, which
// the wall clock shows.
func (r *recorder) watched(s *state, now time.Time) (out []timeseries.Watched) {
	gap := !r.at.IsZero() && (now.Sub(r.at) > slept || now.Before(r.at))
	r.at = now
	for i := range s.health {
		for k := range s.health[i].Rows {
			h := &s.health[i].Rows[k]
			if h.Source == historySource || h.LastSuccess.IsZero() || h.State != migration.HealthOK && h.State != migration.HealthDegraded {
				continue
			}
			from, to := r.read[h.Title()], now
			switch {
			case !h.FinalTo.IsZero():
				if to = h.FinalTo; from.IsZero() {
					from = to.Add(-pastRead)
				}
			case h.LastSuccess.Before(now.Add(-slept)) && h.Cadence > 0:
				continue // it answered, but not lately
			case from.IsZero() || gap || now.Sub(from) > slept:
				from = now.Add(-recordEvery)
			}
			if to.After(from) {
				out = append(out, timeseries.Watched{Source: h.Title(), From: from, To: to})
				r.read[h.Title()] = to
			}
		}
	}
	return out
}

// keepMinutes has minutes kept until ctx ends. The state waits for no disk.
func (m *Engine) keepMinutes(ctx context.Context) {
	for m.pause(ctx, recordEvery) {
		for more := true; more && ctx.Err() == nil; {
			var minutes *timeseries.Minutes
			m.ask(ctx, func(s *state) { minutes, more = s.minutes(m.opts.Clock.Now()) })
			if minutes != nil {
				err := m.opts.keepMinutes(ctx, minutes)
				m.ask(ctx, func(s *state) { s.minutesHealth(err) })
			}
		}
	}
}

// keepRest has kept what is left at the end.
func (o *Options) keepRest(s *state) {
	for more := s.recorder != nil; more; {
		var minutes *timeseries.Minutes
		minutes, more = s.minutes(o.Clock.Now())
		_ = o.keepMinutes(context.Background(), minutes) // it was logged
	}
}

func (o *Options) keepMinutes(ctx context.Context, m *timeseries.Minutes) error {
	if m.Empty() {
		return nil
	}
	err := o.Minutes.KeepMinutes(ctx, m)
	if err != nil && ctx.Err() == nil {
		o.Logger.Warn("keep minutes", "error", err)
		return err
	}
	return nil
}

// historySource is the name of the history among the sources. It is among them only once something was wrong with it.
const historySource = "history"

// minutesHealth shows what is wrong with the history. Everything else goes on.
func (s *state) minutesHealth(err error) {
	known := slices.ContainsFunc(s.health, func(h assess.SourceHealth) bool { return h.Source == historySource })
	if err == nil && !known {
		return
	}
	row := migration.Health{Source: historySource, State: migration.HealthOK, LastSuccess: s.opts.Clock.Now()}
	if err != nil {
		row.State, row.LastSuccess = migration.HealthDegraded, time.Time{}
		var ok bool
		if row.Problem, ok = errors.AsType[*migration.Problem](err); !ok {
			row.Problem = &migration.Problem{What: err.Error(), Fix: "see the log for more; migtop tries again every minute", Err: err}
		}
	}
	s.setHealth(pollResult{source: historySource, batch: migration.Batch{Health: []migration.Health{row}}})
}
