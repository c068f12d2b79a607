package engine

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/timeseries"
)

// shelf keeps minutes in memory.
type shelf struct{ kept []*timeseries.Minutes }

func (k *shelf) KeepMinutes(_ context.Context, m *timeseries.Minutes) error {
	k.kept = append(k.kept, m)
	return nil
}

func recording(now time.Time) *state {
	return newState(Options{Clock: still(now), Cost: testPricer(), Window: time.Hour, Minutes: &shelf{}})
}

func TestMinutesAreHandedOutOnce(t *testing.T) {
	s := recording(noon)
	late := minute(noon.Add(-2*time.Minute), 7)
	late.Final = false
	queue := migration.QueueBucket{Queue: "q", Start: noon.Add(-time.Minute), Span: time.Minute, Sent: migration.Some[int64](3)}
	s.absorb(pollResult{source: "cloudwatch", batch: migration.Batch{
		Scope: "prod", Activities: []migration.Activity{minute(noon.Add(-3*time.Minute), 5), late},
		Payloads: []migration.Payload{migration.QueuePoll{
			Queues:  []migration.Queue{{Name: "q"}},
			Buckets: []migration.QueueBucket{queue},
		}},
	}})
	jobs := []migration.Activity{jobMinute("acme", noon.Add(-3*time.Minute), 2, 1)}
	s.absorb(pollResult{source: "jobs", batch: migration.Batch{Activities: jobs}})
	s.view(noon)
	m, more := s.minutes(noon)
	if more || len(m.Streams) != 2 || len(m.Streams[0].Buckets) != 2 || m.Streams[0].Stream.Scope != "prod" || len(m.Queues) != 1 ||
		m.Queues[0].Scope != "prod" || m.Queues[0].Buckets[0].Sent != migration.Some[int64](3) {
		t.Fatalf("%v, %+v", more, m)
	}
	if len(m.Words) == 0 || m.Words[0].Tenant != "acme" || !m.Words[0].At.Equal(noon) {
		t.Errorf("words %+v", m.Words)
	}
	if m, _ = s.minutes(noon.Add(time.Minute)); len(m.Streams)+len(m.Queues)+len(m.Words) > 0 {
		t.Errorf("again %+v", m)
	}
	late.Runs, late.Final = 9, true // late data
	s.absorb(pollResult{source: "cloudwatch", batch: migration.Batch{Scope: "prod", Activities: []migration.Activity{late}}})
	if m, _ = s.minutes(noon.Add(2 * time.Minute)); len(m.Streams) != 1 || m.Streams[0].Buckets[0].Runs != 9 {
		t.Errorf("late data: %+v", m)
	}
}

// A machine that slept has a gap in what only a watch sees. A source of late data reads again what it missed.
func TestSleepIsAGap(t *testing.T) {
	s := recording(noon)
	poll := func(now time.Time) []timeseries.Watched {
		s.absorb(pollResult{source: "all", batch: migration.Batch{Health: []migration.Health{
			{Source: "cloudwatch", State: migration.HealthOK, LastSuccess: now, FinalTo: now.Add(-18 * time.Minute), Cadence: time.Minute},
			{Source: "jobs", State: migration.HealthOK, LastSuccess: now},
			{Source: "metrics", State: migration.HealthFailed, LastSuccess: now.Add(-time.Hour)},
		}}})
		m, _ := s.minutes(now)
		return m.Watched
	}
	poll(noon)
	next := poll(noon.Add(time.Minute))
	want := []timeseries.Watched{
		{Source: "cloudwatch", From: noon.Add(-18 * time.Minute), To: noon.Add(-17 * time.Minute)},
		{Source: "jobs", From: noon, To: noon.Add(time.Minute)},
	}
	if len(next) != 2 || next[0] != want[0] || next[1] != want[1] {
		t.Errorf("%+v, want %+v", next, want)
	}
	wake := noon.Add(3 * time.Hour)
	next = poll(wake)
	if len(next) != 2 || !next[0].From.Equal(noon.Add(-17*time.Minute)) || !next[0].To.Equal(wake.Add(-18*time.Minute)) {
		t.Errorf("cloudwatch after a sleep: %+v", next)
	}
	if !next[1].From.Equal(wake.Add(-time.Minute)) || !next[1].To.Equal(wake) {
		t.Errorf("the watch after a sleep: %+v", next[1])
	}
}

func TestTheEngineKeepsMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := &shelf{}
		m, err := New(Options{
			Sources: []sources.Source{&minuteSource{}}, Clock: clock.System(), Cost: testPricer(), Minutes: kept,
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Second)
		defer cancel()
		done := make(chan error)
		go func() { done <- m.Run(ctx) }()
		for range m.Snapshots() { // until it ends
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		runs := map[int64]int64{}
		for _, one := range kept.kept {
			for _, s := range one.Streams {
				for _, b := range s.Buckets {
					runs[b.Start] = b.Runs
				}
			}
		}
		// Polls at 0, 30, ... 150 s; the last ones are kept as it ends.
		if len(kept.kept) < 3 || len(runs) < 5 {
			t.Errorf("%d times, %v", len(kept.kept), runs)
		}
	})
}

func TestAHistoryThatFailsIsShown(t *testing.T) {
	s := recording(noon)
	s.minutesHealth(nil)
	rows := len(s.health)
	p := &migration.Problem{What: "the disk is full", Fix: "free some"}
	s.minutesHealth(p)
	if len(s.health) != rows+1 || s.health[rows].Rows[0].Problem != p || s.health[rows].Rows[0].State != migration.HealthDegraded {
		t.Errorf("%+v", s.health)
	}
	s.minutesHealth(nil)
	if s.health[rows].Rows[0].State != migration.HealthOK || s.health[rows].Rows[0].Problem != nil {
		t.Errorf("%+v", s.health)
	}
}

// minuteSource brings another minute with each poll.
type minuteSource struct{ polls int }

func (*minuteSource) Name() string           { return "cloudwatch" }
func (*minuteSource) Cadence() time.Duration { return 30 * time.Second }
func (*minuteSource) Close() error           { return nil }

func (m *minuteSource) Poll(context.Context, sources.Focus) (migration.Batch, error) {
	m.polls++
	return migration.Batch{Activities: []migration.Activity{minute(noon.Add(time.Duration(m.polls)*time.Minute), int64(m.polls))}}, nil
}

// What a poll of 1,000 keys costs with and without minutes kept.
func BenchmarkAbsorbAThousandKeys(b *testing.B) {
	for name, opts := range map[string]Options{"kept": {Minutes: &shelf{}}, "forgotten": {}} {
		b.Run(name, func(b *testing.B) {
			opts.Clock, opts.Cost, opts.Window = still(noon), testPricer(), time.Hour
			s := newState(opts)
			var batches [2]migration.Batch
			for n := range batches {
				for i := range 1000 {
					a := minute(noon.Add(time.Duration(n)*time.Minute), 5)
					a.Tenant = migration.Tenant(fmt.Sprint(i))
					batches[n].Activities = append(batches[n].Activities, a)
				}
			}
			for i := 0; b.Loop(); i++ {
				s.absorb(pollResult{source: "cloudwatch", batch: batches[i%2]})
				if s.recorder != nil {
					s.minutes(noon)
				}
			}
		})
	}
}
