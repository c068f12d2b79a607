package engine

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// A source that returns an error and no rows does not stay ok: the rows of the poll before
// are there, failed, with the ages that they had.
func TestAFailedPollMarksItsRows(t *testing.T) {
	at := time.Date(2026, 11, 20, 14, 37, 0, 0, time.UTC)
	ok := []migration.Health{
		{Source: "cloudwatch", State: migration.HealthOK, LastSuccess: at, DataTo: at, FinalTo: at.Add(-3 * time.Minute), Errors: 2},
		{Source: "lambda", State: migration.HealthDegraded, LastSuccess: at},
	}
	denied := &migration.Problem{Fault: migration.FaultDenied, What: "not permitted", Fix: "permit it"}
	for _, c := range []struct {
		name     string
		had, got []migration.Health
		err      error
		want     migration.HealthState
		problem  string
	}{
		{"an error without rows", ok, nil, errors.New("connection reset"), migration.HealthFailed, "connection reset"},
		{"a problem without rows", ok, nil, denied, migration.HealthFailed, "not permitted"},
		{
			"rows say more than the error", ok,
			[]migration.Health{{Source: "cloudwatch", State: migration.HealthDegraded}},
			denied,
			migration.HealthDegraded, "",
		},
		{"the first poll", nil, nil, errors.New("connection reset"), migration.HealthFailed, "connection reset"},
		{"a poll that the end of the program cut off", ok, nil, context.Canceled, migration.HealthOK, ""},
		{"nothing new", ok, nil, nil, migration.HealthOK, ""},
	} {
		s := &state{}
		if c.had != nil {
			s.setHealth(pollResult{source: "aws", batch: migration.Batch{Health: c.had}})
		}
		s.setHealth(pollResult{source: "aws", batch: migration.Batch{Health: c.got}, err: c.err})
		if len(s.health) != 1 || len(s.health[0].Rows) == 0 {
			t.Fatalf("%s: %+v", c.name, s.health)
		}
		row := s.health[0].Rows[0]
		problem := ""
		if row.Problem != nil {
			problem = row.Problem.What
		}
		if row.State != c.want || problem != c.problem {
			t.Errorf("%s: %v %q, want %v %q", c.name, row.State, problem, c.want, c.problem)
		}
		if c.problem != "" && c.had != nil {
			if !row.LastSuccess.Equal(at) || !row.FinalTo.Equal(at.Add(-3*time.Minute)) || row.Errors != 3 || row.Problem.Fix == "" {
				t.Errorf("%s: %+v", c.name, row)
			}
			if len(s.health[0].Rows) != 2 || s.health[0].Rows[1].State != migration.HealthFailed {
				t.Errorf("%s: the second row is %+v", c.name, s.health[0].Rows)
			}
			if c.had[0].State != migration.HealthOK {
				t.Errorf("%s: the rows of the poll before were changed", c.name)
			}
		}
	}
}
