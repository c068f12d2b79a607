package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// The record of the screen has the changes that are kept; a history that cannot be read is said, and what is known is written.
func TestTheRecordOfTheCutoverHasItsChanges(t *testing.T) {
	at := time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
	changes := []migration.CutoverRecord{
		{Tenant: "acme", At: at.Add(-time.Hour), Word: migration.VerdictRollBack, Text: "ROLL BACK", Reason: "green fails more"},
	}
	for _, problem := range []error{nil, errors.New("the history is locked")} {
		r := cutoverRecord{func(from time.Time) ([]migration.CutoverRecord, error) {
			if !from.IsZero() {
				t.Errorf("asked for changes from %s on only", from)
			}
			return changes, problem
		}}
		data, ticket, err := r.Documents(t.Context(), &migration.Snapshot{At: at})
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Missing *string
			Tenants []struct {
				Tenant   string
				Timeline []struct{ Verdict string }
			}
		}
		if err := json.Unmarshal(data, &doc); err != nil {
			t.Fatal(err)
		}
		if len(doc.Tenants) != 1 || doc.Tenants[0].Timeline[0].Verdict != "ROLL BACK" || !strings.Contains(string(ticket),
			"| ROLL BACK | green fails more |") {
			t.Errorf("the changes are %+v, and the ticket says\n%s", doc.Tenants, ticket)
		}
		if (doc.Missing != nil) != (problem != nil) || strings.Contains(string(ticket), "the history is locked") != (problem != nil) {
			t.Errorf("with the error %v, missing is %v and the ticket says\n%s", problem, doc.Missing, ticket)
		}
	}
}
