package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scripted is a source that answers what its script says.
type scripted struct {
	name    string
	cadence atomic.Int64
	poll    func(n int, focus sources.Focus) (migration.Batch, error)

	mu     sync.Mutex
	polled []time.Time
	inside atomic.Int32
	closed atomic.Int32
	takes  time.Duration
}

func (s *scripted) Name() string           { return s.name }
func (s *scripted) Cadence() time.Duration { return time.Duration(s.cadence.Load()) }
func (s *scripted) Close() error           { s.closed.Add(1); return nil }

func (s *scripted) Poll(ctx context.Context, focus sources.Focus) (migration.Batch, error) {
	if s.inside.Add(1) > 1 {
		panic("two polls at once")
	}
	defer s.inside.Add(-1)
	s.mu.Lock()
	s.polled = append(s.polled, time.Now())
	n := len(s.polled)
	s.mu.Unlock()
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return migration.Batch{}, ctx.Err()
	}
	return s.poll(n, focus)
}

func (s *scripted) times() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []time.Duration
	for _, t := range s.polled {
		out = append(out, t.Sub(s.polled[0]).Round(time.Second))
	}
	return out
}

func newScripted(cadence time.Duration, poll func(n int, focus sources.Focus) (migration.Batch, error)) *scripted {
	s := &scripted{name: "cloudwatch", poll: poll}
	s.cadence.Store(int64(cadence))
	return s
}

func healthy(n int, _ sources.Focus) (migration.Batch, error) {
	return migration.Batch{Health: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK, Calls: int64(n)}}}, nil
}

func newEngine(t *testing.T, srcs ...sources.Source) *Engine {
	t.Helper()
	m, err := New(Options{
		Sources: srcs, Clock: clock.System(), Cost: testPricer(), Random: func() float64 { return 0.5 },
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// within runs a Engine for a while, on time that passes by itself.
func within(t *testing.T, d time.Duration, m *Engine, during func(ctx context.Context)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	done := make(chan error)
	go func() { done <- m.Run(ctx) }()
	if during != nil {
		during(ctx)
	}
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestPollsAtTheCadence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newScripted(time.Minute, healthy)
		within(t, 5*time.Minute-time.Second, newEngine(t, src), nil)
		if got := src.times(); len(got) != 5 || got[4] != 4*time.Minute {
			t.Errorf("polled at %v, want once a minute", got)
		}
		if src.closed.Load() != 1 {
			t.Errorf("closed %d times", src.closed.Load())
		}
	})
}

// A poll that takes longer than the cadence drops what was due meanwhile: it is
// neither repeated at once nor run twice at a time.
func TestDropsWhatFallsDueMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newScripted(10*time.Second, healthy)
		src.takes = 25 * time.Second
		within(t, 100*time.Second, newEngine(t, src), nil)
		got := src.times()
		for i := 1; i < len(got); i++ {
			if d := got[i] - got[i-1]; d != 26*time.Second {
				t.Errorf("polled at %v: a pause of %v, want the poll and a second", got, d)
			}
		}
	})
}

func TestBacksOffWhileFailing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newScripted(30*time.Second, func(n int, f sources.Focus) (migration.Batch, error) {
			if n >= 2 && n <= 6 {
				return migration.Batch{}, errors.New("offline")
			}
			return healthy(n, f)
		})
		within(t, 30*time.Minute, newEngine(t, src), nil)
		got := src.times()
		want := []time.Duration{
			0, 30 * time.Second, // the second one fails
			30*time.Second + time.Minute, 30*time.Second + 3*time.Minute,
			30*time.Second + 7*time.Minute, 30*time.Second + 12*time.Minute, 30*time.Second + 17*time.Minute, // it is well again
			18 * time.Minute,
		}
		for i, w := range want {
			if i >= len(got) || got[i] != w {
				t.Fatalf("polled at %v, want %v", got, want)
			}
		}
	})
}

func TestThrottlingIsLeftToTheSource(t *testing.T) {
	throttled := &migration.Problem{Fault: migration.FaultThrottled}
	if got := backoff(2*time.Minute, 3, throttled); got != 2*time.Minute {
		t.Errorf("got %v: the source's own cadence is slowed twice", got)
	}
	if got := backoff(time.Hour, 1, errors.New("x")); got != time.Hour {
		t.Errorf("got %v: failing must not make a slow source faster", got)
	}
}

// Throttled for five minutes, with somebody who opens one tenant after another and asks
// for more all the time: one poll at a time, a quarter of the usual rate at most, and
// two polls after the end everything is as before.
func TestThrottledSourceIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const from, to = 10 * time.Minute, 15 * time.Minute
		began := time.Now()
		var src *scripted
		src = newScripted(time.Minute, func(n int, f sources.Focus) (migration.Batch, error) {
			batch, err := healthy(n, f)
			if since := time.Since(began); since < from || since > to+src.takes {
				src.cadence.Store(int64(max(src.Cadence()/2, time.Minute)))
				return batch, err
			}
			src.cadence.Store(int64(min(src.Cadence()*2, 4*time.Minute)))
			batch.Health[0].State, batch.Health[0].Problem = migration.HealthDegraded, &migration.Problem{Fault: migration.FaultThrottled}
			return batch, err
		})
		src.takes = 50 * time.Second // it tries again within the poll, up to its deadline
		m := newEngine(t, src)
		within(t, 40*time.Minute, m, func(ctx context.Context) {
			time.Sleep(from + src.takes + time.Second) // until it is known
			for i := 0; time.Since(began) < to; i++ {
				m.Refresh()
				m.SetFocus(sources.Focus{Open: true, Tenant: migration.Tenant(fmt.Sprint(i))})
				time.Sleep(5 * time.Second)
			}
		})
		// scripted panics where two polls are under way. The first poll finds out, the
		// second is two minutes later and the third four; two polls after the end it is over.
		var got []time.Duration
		for _, at := range src.times() {
			if at >= from && at < 22*time.Minute {
				got = append(got, at-from)
			}
		}
		want := []time.Duration{0, 2 * time.Minute, 6 * time.Minute, 8 * time.Minute, 9 * time.Minute, 10 * time.Minute, 11 * time.Minute}
		if !slices.Equal(got, want) {
			t.Errorf("polled at %v after the throttling began, want %v", got, want)
		}
	})
}

func TestRefreshWakesAWaitingSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newScripted(10*time.Minute, healthy)
		m := newEngine(t, src)
		within(t, 2*time.Minute, m, func(context.Context) {
			time.Sleep(30 * time.Second)
			m.Refresh()
			m.Refresh() // once is enough
			time.Sleep(time.Second)
			m.SetFocus(sources.Focus{Open: true, Tenant: "acme"})
		})
		if got := src.times(); len(got) != 3 || got[1] != 30*time.Second || got[2] != 31*time.Second {
			t.Errorf("polled at %v, want at 0 s, on refresh at 30 s and on opening a tenant at 31 s", got)
		}
	})
}

func TestLatestSnapshotWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newScripted(time.Minute, healthy)
		m := newEngine(t, src)
		within(t, 10*time.Minute, m, func(context.Context) {
			time.Sleep(5*time.Minute + 30*time.Second) // nobody reads
			snap := <-m.Snapshots()
			if calls := snap.Sources[0].Calls; calls != 6 || snap.Version != 6 {
				t.Errorf("got version %d with %d calls, want the latest, 6", snap.Version, calls)
			}
		})
		for range m.Snapshots() { // closed after Run
		}
	})
}

func TestWindowChangesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newScripted(time.Hour, healthy)
		m := newEngine(t, src)
		within(t, time.Minute, m, func(ctx context.Context) {
			if got := (<-m.Snapshots()).Window.Span; got != migration.DefaultWindow {
				t.Errorf("window %v, want %v", got, migration.DefaultWindow)
			}
			m.SetWindow(ctx, 7*time.Minute) // no window: ignored
			m.SetWindow(ctx, time.Hour)
			if got := (<-m.Snapshots()).Window.Span; got != time.Hour {
				t.Errorf("window %v, want 1h", got)
			}
		})
	})
}

func TestOnceTellsWhatFailed(t *testing.T) {
	good := newScripted(time.Minute, healthy)
	bad := newScripted(time.Minute, func(int, sources.Focus) (migration.Batch, error) {
		p := &migration.Problem{Fault: migration.FaultUnreachable, What: "nothing listens on 127.0.0.1:1", Fix: "start it"}
		return migration.Batch{Health: []migration.Health{{Source: "jobs", State: migration.HealthFailed, Problem: p}}}, p
	})
	bad.name = "jobs"
	snap, err := newEngine(t, good, bad).Once(t.Context())
	var p *migration.Problem
	if !errors.As(err, &p) || p.Fault != migration.FaultUnreachable {
		t.Errorf("error %v", err)
	}
	if snap == nil || len(snap.Sources) != 2 || snap.Sources[1].Problem == nil {
		t.Fatalf("snapshot %+v", snap)
	}
	if good.closed.Load() != 1 || bad.closed.Load() != 1 {
		t.Error("a source was not closed")
	}
}

func TestUnknownWindowIsRefused(t *testing.T) {
	if _, err := New(Options{Clock: clock.System(), Cost: testPricer(), Window: 7 * time.Minute}); err == nil {
		t.Error("a window of 7 minutes was taken")
	}
}

// parted hands its activities over one by one.
type parted struct{ scripted }

func (p *parted) Stream(ctx context.Context, f sources.Focus, deliver func(migration.Batch)) (migration.Batch, error) {
	batch, err := p.Poll(ctx, f)
	for _, a := range batch.Activities {
		deliver(migration.Batch{Activities: []migration.Activity{a}})
	}
	batch.Activities = nil
	return batch, err
}

// What comes in parts is the same as what comes at once, and is published with the rest of
// its poll: there is one Snapshot.
func TestPartsMakeOneSnapshot(t *testing.T) {
	script := func(int, sources.Focus) (migration.Batch, error) {
		b := migration.Batch{Health: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK, FinalTo: time.Now()}}}
		for i := range 20 {
			b.Activities = append(b.Activities, minute(time.Now().Truncate(time.Minute).Add(time.Duration(i-25)*time.Minute), 3))
		}
		return b, nil
	}
	synctest.Test(t, func(t *testing.T) {
		whole := &scripted{name: "lambda", poll: script}
		want, err := newEngine(t, whole).Once(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		src := &parted{scripted{name: "lambda", poll: script}}
		src.cadence.Store(int64(time.Hour))
		m := newEngine(t, src)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- m.Run(ctx) }()
		snap := <-m.Snapshots()
		time.Sleep(time.Minute)
		select {
		case again := <-m.Snapshots():
			t.Errorf("a second snapshot, %d after %d", again.Version, snap.Version)
		default:
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got, runs := snap.Totals.Before.Runs, want.Totals.Before.Runs; got != runs || runs.Or(0) != 60 {
			t.Errorf("runs in parts %v, at once %v, want 60", got, runs)
		}
	})
}
