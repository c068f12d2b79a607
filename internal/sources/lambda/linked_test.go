package lambda

import (
	"context"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

// While it is not known which accounts are read otherwise, every poll says so, and
// this account is read as if there were no other.
func TestLinkedWait(t *testing.T) {
	why := &migration.Problem{Fault: migration.FaultConfig, What: "who gone is cannot be told"}
	known := false
	r := newRig(t, newFleet(2), func(s *Settings) {
		s.Linked = func(context.Context) (string, []string, error) {
			if known {
				return "123456789012", nil, nil
			}
			return "", nil, why
		}
	})
	poll := func() (migration.Health, int) {
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		return batch.Health[0], len(batch.Activities)
	}
	for i := range 2 {
		h, n := poll()
		if h.Problem != why || h.State != migration.HealthDegraded || h.Objects != 2 || (i == 0 && n == 0) {
			t.Errorf("poll %d: %v, %v, %d functions, %d activities", i, h.State, h.Problem, h.Objects, n)
		}
		r.clock.Advance(time.Minute)
	}
	known = true
	r.clock.Advance(everyActive)
	if h, _ := poll(); h.Problem != nil || h.Objects != 2 {
		t.Errorf("known: %v, %d functions", h.Problem, h.Objects)
	}
}
