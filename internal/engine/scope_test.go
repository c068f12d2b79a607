package engine

import (
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// The engine adds the scope of a poll to what it keeps. The source goes on reading its own
// rows in its own goroutine, so they must not change.
func TestTheScopeIsAddedToCopies(t *testing.T) {
	s := newTestState(time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC), time.Hour)
	batch := migration.Batch{
		Scope:     "prod eu-west-1",
		Health:    []migration.Health{{Source: "lambda"}},
		Functions: []migration.Function{{Name: "thumbs"}},
		Payloads:  []migration.Payload{migration.LogDeliveries{{Group: "/aws/lambda/thumbs"}}},
	}
	s.absorb(pollResult{source: "lambda", batch: batch})
	if got := s.health[0].Rows[0].Scope; got != batch.Scope {
		t.Errorf("the kept row has the scope %q", got)
	}
	if got := s.functions[0].Scope; got != batch.Scope {
		t.Errorf("the kept function has the scope %q", got)
	}
	if batch.Health[0].Scope != "" || batch.Functions[0].Scope != "" || batch.Payloads[0].(migration.LogDeliveries)[0].Scope != "" {
		t.Error("what the source delivered was changed")
	}
}
