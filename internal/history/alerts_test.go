package history_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/history"
)

var night = time.Date(2026, 12, 1, 22, 0, 0, 0, time.UTC)

// alertStore is a store that is closed after the test; in memory without a path.
func alertStore(t *testing.T, path string) *history.Store {
	t.Helper()
	s := history.New(path, history.Options{})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func event(id string) history.AlertEvent {
	return history.AlertEvent{ID: id, At: night, Body: []byte(`{"id":"` + id + `"}`)}
}

// put stores rows and events without a look at what is there.
func put(t *testing.T, s *history.Store, version int64, at time.Time, rows []history.AlertRow, events ...history.AlertEvent) int64 {
	t.Helper()
	next, err := s.StepAlerts(t.Context(), "prod", version, func(*history.AlertBase, bool) (history.AlertChange, error) {
		return history.AlertChange{At: at, Rows: rows, Events: events, Outputs: []string{"hook"}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func TestAlertsAreThereAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	s := history.New(path, history.Options{})
	v := put(t, s, 0, night, []history.AlertRow{{Key: "a", Body: []byte("1")}, {Key: "b", Body: []byte("2")}}, event("x"))
	v = put(t, s, v, night.Add(time.Minute), []history.AlertRow{{Key: "a"}, {Key: "c", Body: []byte("3")}})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = alertStore(t, path)
	var got *history.AlertBase
	again, err := s.StepAlerts(t.Context(), "prod", 0, func(base *history.AlertBase, whole bool) (history.AlertChange, error) {
		got = base
		if whole {
			t.Error("the file has everything")
		}
		return history.AlertChange{}, nil
	})
	if err != nil || again != v || got == nil || !got.At.Equal(night.Add(time.Minute)) || fmt.Sprintf("%s", got.Rows) != "[{b 2} {c 3}]" {
		t.Errorf("%v: version %d of %d, %+v", err, again, v, got)
	}
	if _, err := s.StepAlerts(t.Context(), "prod", v, func(base *history.AlertBase, _ bool) (history.AlertChange, error) {
		if base != nil {
			t.Error("read again although nothing has changed")
		}
		return history.AlertChange{}, nil
	}); err != nil {
		t.Error(err)
	}
	if _, err := s.StepAlerts(t.Context(), "test", 0, func(base *history.AlertBase, _ bool) (history.AlertChange, error) {
		if len(base.Rows) > 0 || !base.At.IsZero() {
			t.Errorf("of another scope: %+v", base)
		}
		return history.AlertChange{}, nil
	}); err != nil {
		t.Error(err)
	}
}

// A file that was put away while migtop runs is written anew, with all that is in memory.
func TestAlertsOfAFileThatIsGone(t *testing.T) {
	s := alertStore(t, "")
	called := false
	v, err := s.StepAlerts(t.Context(), "prod", 7, func(base *history.AlertBase, whole bool) (history.AlertChange, error) {
		called = base == nil && whole
		return history.AlertChange{At: night, Rows: []history.AlertRow{{Key: "a", Body: []byte("1")}}}, nil
	})
	if err != nil || !called || v != 8 {
		t.Errorf("%v, %v, version %d", err, called, v)
	}
}

func TestAStepThatFailsChangesNothing(t *testing.T) {
	s := alertStore(t, "")
	v := put(t, s, 0, night, []history.AlertRow{{Key: "a", Body: []byte("1")}})
	failed := errors.New("failed")
	got, err := s.StepAlerts(t.Context(), "prod", v, func(*history.AlertBase, bool) (history.AlertChange, error) {
		return history.AlertChange{}, failed
	})
	if !errors.Is(err, failed) || got != v {
		t.Errorf("%v, version %d of %d", err, got, v)
	}
}

// Two migtops on one file: each event is stored by one of them, and sent by one.
func TestTwoStoresClaimEachEventOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	stores := []*history.Store{alertStore(t, path), alertStore(t, path)}
	var mu sync.Mutex
	sent := map[string]int{}
	var wg sync.WaitGroup
	for _, s := range stores {
		wg.Go(func() {
			for i := range 20 {
				if _, err := s.StepAlerts(t.Context(), "prod", 0, func(*history.AlertBase, bool) (history.AlertChange, error) {
					events := []history.AlertEvent{event(fmt.Sprint(i))}
					return history.AlertChange{At: night, Events: events, Outputs: []string{"hook"}}, nil
				}); err != nil {
					t.Error(err)
				}
				d, _, err := s.NextDelivery(t.Context(), "hook", night, time.Minute)
				if err != nil {
					t.Error(err)
				}
				if d == nil {
					continue
				}
				mu.Lock()
				sent[d.ID]++
				mu.Unlock()
				if err := s.Delivered(t.Context(), "hook", d.Seq); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for { // what the other one had taken
		d, _, err := stores[0].NextDelivery(t.Context(), "hook", night.Add(time.Hour), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if d == nil {
			break
		}
		sent[d.ID]++
		if err := stores[0].Delivered(t.Context(), "hook", d.Seq); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 20 {
		if sent[fmt.Sprint(i)] != 1 {
			t.Errorf("event %d was sent %d times", i, sent[fmt.Sprint(i)])
		}
	}
	events, err := stores[1].AlertEvents(t.Context(), "prod", 0, 100)
	if err != nil || len(events) != 20 {
		t.Errorf("%v: %d events", err, len(events))
	}
	last, err := stores[1].LastAlert(t.Context(), "prod")
	if err != nil || last != events[19].Seq {
		t.Errorf("%v: the last is %d of %d", err, last, events[19].Seq)
	}
	if some, err := stores[0].AlertEvents(t.Context(), "prod", 0, -3); err != nil || len(some) != 3 || some[2].Seq != last {
		t.Errorf("%v: the newest are %+v", err, some)
	}
}

func TestDeliveriesWaitTheirTurn(t *testing.T) {
	s := alertStore(t, "")
	put(t, s, 0, night, nil, event("x"), event("y"))
	next := func(at time.Time) (*history.Delivery, time.Time) {
		t.Helper()
		d, due, err := s.NextDelivery(t.Context(), "hook", at, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return d, due
	}
	d, _ := next(night)
	if d == nil || d.ID != "x" || d.Attempts != 0 {
		t.Fatalf("%+v", d)
	}
	if d, due := next(night.Add(time.Second)); d != nil || !due.Equal(night.Add(time.Minute)) {
		t.Errorf("taken twice: %+v, due %v", d, due)
	}
	if err := s.Postpone(t.Context(), "hook", d.Seq, 1, night.Add(10*time.Second)); err != nil {
		t.Fatal(err)
	}
	if d, due := next(night.Add(9 * time.Second)); d != nil || !due.Equal(night.Add(10*time.Second)) {
		t.Errorf("too early: %+v, due %v", d, due)
	}
	d, _ = next(night.Add(10 * time.Second))
	if d == nil || d.ID != "x" || d.Attempts != 1 {
		t.Fatalf("%+v", d)
	}
	// Whoever took it died: it is there again after a minute.
	d, _ = next(night.Add(2 * time.Minute))
	if d == nil || d.ID != "x" {
		t.Fatalf("%+v", d)
	}
	if err := s.Delivered(t.Context(), "hook", d.Seq); err != nil {
		t.Fatal(err)
	}
	if d, _ = next(night.Add(2 * time.Minute)); d == nil || d.ID != "y" {
		t.Errorf("%+v", d)
	}
	if d, due, err := s.NextDelivery(t.Context(), "other", night, time.Minute); d != nil || !due.IsZero() || err != nil {
		t.Errorf("of another output: %+v, %v, %v", d, due, err)
	}
}

func TestAFullQueueGivesUpTheOldest(t *testing.T) {
	s := alertStore(t, "")
	var events []history.AlertEvent
	for i := range 1003 {
		events = append(events, event(fmt.Sprint(i)))
	}
	put(t, s, 0, night, nil, events...)
	if waiting, dropped, err := s.Waiting(t.Context(), "hook"); err != nil || waiting != 1000 || dropped != 3 {
		t.Errorf("%v: %d wait, %d dropped", err, waiting, dropped)
	}
	if d, _, err := s.NextDelivery(t.Context(), "hook", night, time.Minute); err != nil || d == nil || d.ID != "3" {
		t.Errorf("%v: %+v", err, d)
	}
	if waiting, dropped, err := s.Waiting(t.Context(), "hook"); err != nil || waiting != 1000 || dropped != 0 {
		t.Errorf("%v: %d wait, %d dropped", err, waiting, dropped)
	}
}

func TestOldEventsAreForgotten(t *testing.T) {
	s := alertStore(t, "")
	put(t, s, 0, night, nil, event("old"), event("old too"))
	later := event("new")
	later.At = night.Add(36 * 24 * time.Hour)
	put(t, s, 1, later.At, nil, later)
	events, err := s.AlertEvents(t.Context(), "prod", 0, 100)
	if err != nil || len(events) != 1 || events[0].ID != "new" {
		t.Errorf("%v: %+v", err, events)
	}
	// Nor do they wait for an output that nobody has any more.
	if d, _, err := s.NextDelivery(t.Context(), "hook", later.At, time.Minute); err != nil || d == nil || d.ID != "new" {
		t.Errorf("%v: %+v", err, d)
	}
}
