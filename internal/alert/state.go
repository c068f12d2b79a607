package alert

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Alert is what is remembered of a condition.
type Alert struct {
	Condition
	// Seen is when it was first seen, and Fired when that was told; zero where it was not.
	Seen  time.Time `json:"seen"`
	Fired time.Time `json:"fired,omitzero"`
	// Told is the severity that was told, the worst so far; Lower is since when the severity has been below that.
	Told  migration.Severity `json:"told,omitempty"`
	Lower time.Time          `json:"lower,omitzero"`
	// Unknown is when it was last known to stand, where that is not known now; zero where it is.
	Unknown time.Time `json:"unknown,omitzero"`
	// Ended is when it was first seen to have ended, EndedAfter when it was last seen to stand. Both are zero while it stands.
	Ended      time.Time `json:"ended,omitzero"`
	EndedAfter time.Time `json:"ended_after,omitzero"`
	// Resolved says that the end was told.
	Resolved bool `json:"resolved,omitempty"`
	// Times counts how often it began, with short pauses between.
	Times int `json:"times,omitempty"`
	// Window is the length of the window in which it was seen.
	Window time.Duration `json:"window,omitempty"`
}

// Stands reports whether it stands as far as is known.
func (a *Alert) Stands() bool { return a.Ended.IsZero() }

// State is what alerts remember from one Snapshot to the next. Its zero value remembers nothing.
type State struct {
	// At is the time of the last Snapshot.
	At     time.Time
	alerts map[string]*Alert
}

// All are the alerts in the order of their keys.
func (s *State) All() []*Alert {
	out := make([]*Alert, 0, len(s.alerts))
	for _, k := range slices.Sorted(maps.Keys(s.alerts)) {
		out = append(out, s.alerts[k])
	}
	return out
}

// Clone is a copy that changes for itself.
func (s *State) Clone() State {
	out := State{At: s.At, alerts: make(map[string]*Alert, len(s.alerts))}
	all := make([]Alert, 0, len(s.alerts))
	for k, a := range s.alerts {
		all = append(all, *a)
		out.alerts[k] = &all[len(all)-1]
	}
	return out
}

// Len is the number of alerts that are remembered.
func (s *State) Len() int { return len(s.alerts) }

// Row is an alert as it is stored.
type Row struct {
	Key  string
	Body []byte // JSON; nil to forget it
}

// Restore makes a State of what was stored.
func Restore(at time.Time, rows []Row) (State, error) {
	s := State{At: at, alerts: make(map[string]*Alert, len(rows))}
	for _, r := range rows {
		a := &Alert{}
		if err := json.Unmarshal(r.Body, a); err != nil {
			return State{}, fmt.Errorf("the alert %s: %w", r.Key, err)
		}
		s.alerts[r.Key] = a
	}
	return s, nil
}

// Rows are all alerts as they are stored.
func (s *State) Rows() []Row {
	out := make([]Row, 0, len(s.alerts))
	for _, a := range s.All() {
		out = append(out, a.row())
	}
	return out
}

func (a *Alert) row() Row {
	body, err := json.Marshal(a)
	if err != nil { // no field of it can fail
		panic("alert: " + err.Error())
	}
	return Row{a.Key, body}
}
