package sources

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

type opened struct{ closed int }

func (o *opened) Name() string           { return "cloudwatch" }
func (o *opened) Cadence() time.Duration { return time.Minute }
func (o *opened) Close() error           { o.closed++; return nil }

func (o *opened) Poll(context.Context, Focus) (migration.Batch, error) {
	return migration.Batch{AskedLow: 7}, nil
}

func TestLateOpensWhenItCan(t *testing.T) {
	expired := &migration.Problem{Fault: migration.FaultExpired, What: "expired", Fix: "run: aws sso login"}
	tries := 0
	src := &opened{}
	late := &Lazy{Title: "lambda", Rows: []string{"cloudwatch", "functions"}, Open: func(context.Context) (Source, error) {
		if tries++; tries < 3 {
			return nil, expired
		}
		return src, nil
	}}
	for try := range 2 {
		batch, err := late.Poll(t.Context(), Focus{})
		if !errors.Is(err, expired) {
			t.Fatalf("try %d: error %v", try, err)
		}
		if len(batch.Health) != 2 || batch.Health[1].Problem != expired || batch.Health[0].State != migration.HealthFailed {
			t.Fatalf("try %d: health %+v", try, batch.Health)
		}
		if late.Cadence() != 15*time.Second {
			t.Errorf("cadence %v while it is not open", late.Cadence())
		}
	}
	for range 2 {
		batch, err := late.Poll(t.Context(), Focus{})
		if err != nil || batch.AskedLow != 7 {
			t.Fatalf("got %+v, %v", batch, err)
		}
	}
	if tries != 3 || late.Cadence() != time.Minute || late.Opened() != src {
		t.Errorf("opened %d times, cadence %v", tries, late.Cadence())
	}
	if err := late.Close(); err != nil || src.closed != 1 {
		t.Errorf("closed %d times, %v", src.closed, err)
	}
}

func TestLateIsNotOpenedAfterClose(t *testing.T) {
	src := &opened{}
	var late *Lazy
	late = &Lazy{Title: "x", Rows: []string{"x"}, Open: func(context.Context) (Source, error) {
		if err := late.Close(); err != nil { // while it is being opened
			return nil, err
		}
		return src, nil
	}}
	if _, err := late.Poll(t.Context(), Focus{}); err == nil || src.closed != 1 {
		t.Errorf("a source opened after Close is left open: %v, closed %d times", err, src.closed)
	}
}

func TestLateExplainsAnyError(t *testing.T) {
	late := &Lazy{Title: "x", Rows: []string{"x"}, Retry: time.Second, Open: func(context.Context) (Source, error) {
		return nil, errors.New("no such thing")
	}}
	batch, _ := late.Poll(t.Context(), Focus{})
	if p := batch.Health[0].Problem; p == nil || p.What != "no such thing" {
		t.Errorf("problem %+v", p)
	}
}

// What was not heard of is listed by the rows that it will have.
func TestLateIsStarting(t *testing.T) {
	l := &Lazy{Title: "kubernetes", Scope: "prod", Rows: []string{"jobs", "pods"}}
	rows := l.Starting()
	if len(rows) != 2 || rows[0].Source != "jobs" || rows[1].Source != "pods" {
		t.Fatalf("rows %+v", rows)
	}
	for _, h := range rows {
		if h.State != migration.HealthStarting || h.Scope != "prod" || h.Problem != nil {
			t.Errorf("row %+v", h)
		}
	}
}

// streaming is a source that delivers a part before the rest.
type streaming struct{ opened }

func (s *streaming) Stream(_ context.Context, _ Focus, deliver func(migration.Batch)) (migration.Batch, error) {
	deliver(migration.Batch{AskedLow: 1})
	return migration.Batch{AskedLow: 2}, nil
}

// Every batch has the scope of its source, also a part and one of a source that did not open.
func TestLazySetsTheScope(t *testing.T) {
	fails := true
	l := &Lazy{Title: "lambda", Scope: "prod eu-west-1", Rows: []string{"cloudwatch"}, Open: func(context.Context) (Source, error) {
		if fails {
			return nil, errors.New("offline")
		}
		return &streaming{}, nil
	}}
	var batches []migration.Batch
	collect := func(b migration.Batch) { batches = append(batches, b) }
	for _, fails = range []bool{true, false} {
		b, err := l.Poll(t.Context(), Focus{})
		if (err != nil) != fails {
			t.Fatal(err)
		}
		collect(b)
		if b, err = l.Stream(t.Context(), Focus{}, collect); (err != nil) != fails {
			t.Fatal(err)
		}
		collect(b)
	}
	if len(batches) != 5 {
		t.Fatalf("%d batches", len(batches))
	}
	for i, b := range batches {
		if b.Scope != "prod eu-west-1" {
			t.Errorf("batch %d has scope %q", i, b.Scope)
		}
	}
}
