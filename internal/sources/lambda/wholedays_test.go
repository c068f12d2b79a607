package lambda

import (
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

// Whole days are asked for where they are not kept, and cost nothing where all are. What the
// account is billed for tells, and it is what the source says that it asked. Three functions
// have so many queries of a day each, of any number of days.
func TestOnlyDaysThatAreNotKeptAreAskedFor(t *testing.T) {
	queries, billed := size(metrics[:])
	midnight := epoch.Truncate(migration.DayLength)
	first := func(kept func(time.Time) bool, days int) (low, high int64, reported map[time.Time]int) {
		t.Helper()
		r := newRig(t, newFleet(3), func(s *Settings) { s.History, s.Days, s.Kept = -1, days, kept })
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		got := r.server.Billed()
		if got.Low != batch.AskedLow || got.High != batch.AskedHigh {
			t.Errorf("billed %+v, reported %d to %d", got, batch.AskedLow, batch.AskedHigh)
		}
		if from := migration.PayloadOf[migration.DaysRead](batch).From; days > 0 && !from.Equal(midnight.AddDate(0, 0, -days)) {
			t.Errorf("days are reported from %v", from)
		}
		reported = map[time.Time]int{}
		for _, a := range batch.Activities {
			if a.Span == migration.DayLength {
				reported[a.Start]++
			}
		}
		// Later polls ask for no day again.
		before := r.server.Billed()
		r.clock.Advance(time.Minute)
		if batch, err = r.Poll(t.Context(), sources.Focus{}); err != nil {
			t.Fatal(err)
		}
		for _, a := range batch.Activities {
			if a.Span == migration.DayLength {
				t.Errorf("the day %s is reported again", a.Start)
			}
		}
		if r.server.Billed().High-before.High != batch.AskedHigh {
			t.Error("what is billed is not what is reported")
		}
		return got.Low, got.High, reported
	}
	low, high, _ := first(nil, 0)
	for name, tc := range map[string]struct {
		kept  func(time.Time) bool
		days  int // that are reported
		asked int64
	}{
		"none is kept":     {nil, 35, 3},
		"all are kept":     {func(time.Time) bool { return true }, 0, 0},
		"yesterday is not": {func(day time.Time) bool { return day.Before(midnight.AddDate(0, 0, -1)) }, 1, 3},
		// From the first to the last that is missing: what is between costs nothing.
		"some are not": {func(day time.Time) bool {
			return !day.Equal(midnight.AddDate(0, 0, -9)) && !day.Equal(midnight.AddDate(0, 0, -5))
		}, 5, 3},
	} {
		t.Run(name, func(t *testing.T) {
			gotLow, gotHigh, reported := first(tc.kept, 35)
			if gotLow-low != tc.asked*billed || gotHigh-high != tc.asked*int64(queries) {
				t.Errorf("days cost %d to %d metrics, want %d to %d", gotLow-low, gotHigh-high, tc.asked*billed, tc.asked*int64(queries))
			}
			if len(reported) != tc.days {
				t.Errorf("%d days are reported, want %d", len(reported), tc.days)
			}
		})
	}
}
