package engine

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

// deaf is a source whose polls, or whose end, no context reaches.
type deaf struct {
	release chan struct{}
	closing bool // it polls well, and does not close
}

func (d *deaf) Name() string           { return "kubernetes" }
func (d *deaf) Cadence() time.Duration { return time.Minute }

func (d *deaf) Poll(context.Context, sources.Focus) (migration.Batch, error) {
	if !d.closing {
		<-d.release
	}
	return migration.Batch{Health: []migration.Health{{Source: "pods", State: migration.HealthOK}}}, nil
}

func (d *deaf) Close() error {
	if d.closing {
		<-d.release
	}
	return nil
}

func (d *deaf) Starting() []migration.Health {
	return []migration.Health{{Source: "jobs"}, {Source: "pods"}}
}

func rowOf(s *migration.Snapshot, name string) migration.Health {
	i := slices.IndexFunc(s.Sources, func(h migration.Health) bool { return h.Source == name })
	if i < 0 {
		return migration.Health{State: 99}
	}
	return s.Sources[i]
}

// One source that answers nobody holds no other up: one look ends soon after its
// context, has what the others brought, and says of it that it did not answer.
func TestOnceWithADeafSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &deaf{release: make(chan struct{})}
		good := newScripted(time.Minute, healthy)
		m := newEngine(t, d, good)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		snap, err := m.Once(ctx)
		if took := time.Since(began); took > time.Minute+pollGrace+closeGrace {
			t.Errorf("it took %v", took)
		}
		if err == nil || !strings.Contains(err.Error(), "kubernetes did not answer in time") {
			t.Errorf("error %v", err)
		}
		for _, name := range []string{"jobs", "pods"} {
			if h := rowOf(snap, name); h.State != migration.HealthFailed || h.Problem == nil || h.Problem.Fix == "" {
				t.Errorf("%s: %+v", name, h)
			}
		}
		if h := rowOf(snap, "cloudwatch"); h.State != migration.HealthOK {
			t.Errorf("the other source: %+v", h)
		}
		if good.closed.Load() != 1 {
			t.Error("the other source was not closed")
		}
		close(d.release)
		synctest.Wait()
	})
}

// A source that is not heard of is listed as starting from the first Snapshot on, and
// does not keep the program from ending.
func TestRunWithADeafSource(t *testing.T) {
	for name, d := range map[string]*deaf{"polling": {}, "closing": {closing: true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d.release = make(chan struct{})
				good := newScripted(time.Minute, healthy)
				m := newEngine(t, d, good)
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- m.Run(ctx) }()
				snap := <-m.Snapshots()
				if h := rowOf(snap, "jobs"); !d.closing && h.State != migration.HealthStarting {
					t.Errorf("a source that was not heard of is %+v", h)
				}
				cancel()
				began := time.Now()
				if err := <-ended; err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took > pollGrace+closeGrace {
					t.Errorf("it ended after %v", took)
				}
				if good.closed.Load() != 1 {
					t.Error("the other source was not closed")
				}
				close(d.release)
				synctest.Wait()
			})
		})
	}
}
