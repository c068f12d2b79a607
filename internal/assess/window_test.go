package assess

import (
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// The window in the Snapshot is that of the figures, at any minute of the hour and for each
// length: both sides begin where it does, and rates are of what lies between that and their
// ends.
func TestFiguresBeginWhereTheWindowDoes(t *testing.T) {
	for _, window := range migration.WindowSpans() {
		for past := time.Duration(0); past < 35*time.Minute; past += time.Minute {
			now := noon.Add(past + 34*time.Second)
			for name, lag := range map[string]time.Duration{"at once": 3 * time.Minute, "after a long run": 18 * time.Minute} {
				s := newTestState(now, window)
				absorbBoth(s, now.Truncate(time.Minute))
				var all []migration.Activity
				for at := now.Truncate(time.Minute).Add(-26 * time.Hour); at.Before(now.Add(-90 * time.Minute)); at = at.Add(time.Minute) {
					all = append(all, minute(at, 10))
				}
				finalTo := now.Truncate(time.Minute).Add(-lag)
				s.absorb(pollResult{source: "lambda", batch: migration.Batch{
					Activities: all, Health: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK, FinalTo: finalTo}},
				}})
				snap := s.snapshot(now)
				f := s.facts(now).windowsTo(finalTo)
				from := snap.Window.From // Jobs are watched for three hours here
				if !f.Before.From.Equal(from) || (window == time.Hour && !f.After.From.Equal(from)) || snap.Totals.Before.RunsSeries.Start.After(from) {
					t.Fatalf("%s, %v past, %s: the window begins at %v, the figures at %v and %v", name, past, window, from, f.Before.From, f.After.From)
				}
				covered := finalTo.Sub(from)
				if covered < window || covered >= window+15*time.Minute+lag {
					t.Fatalf("%s, %v past: %v are covered of %v", name, past, covered, window)
				}
				// Ten runs a minute.
				if runs := snap.Totals.Before.Runs; runs != migration.Some(10*int64(covered/time.Minute)) {
					t.Fatalf("%s, %v past: %v runs in %v", name, past, runs, covered)
				}
			}
		}
	}
}

// A CloudWatch that has not answered for long holds the other side back no further.
func TestAStaleSideHasAWindowOfItsOwn(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	f := s.facts(noon).windowsTo(noon.Add(-3 * time.Hour))
	if want := noon.Add(-75 * time.Minute); !f.After.From.Equal(want) || !f.ChartFrom.Equal(want) {
		t.Errorf("the Jobs begin at %v, the window at %v", f.After.From, f.ChartFrom)
	}
	if f.Before.Span() != time.Hour {
		t.Errorf("Lambda's figures are of %v", f.Before.Span())
	}
}
