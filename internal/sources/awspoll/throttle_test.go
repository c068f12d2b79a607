package awspoll

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// Throttling doubles the time between polls up to four times, and is over after two
// polls that succeed; the budget lengthens all of it.
func TestTempo(t *testing.T) {
	tempo := Throttle{Every: time.Minute}
	want := func(when string, cadence, usual time.Duration) {
		t.Helper()
		if tempo.Cadence() != cadence || tempo.Usual() != usual {
			t.Errorf("%s: every %v, usually %v; want %v and %v", when, tempo.Cadence(), tempo.Usual(), cadence, usual)
		}
	}
	want("before the first poll", time.Minute, time.Minute)
	for _, cadence := range []time.Duration{2, 4, 4, 4} {
		tempo.Throttled(true)
		want("throttled", cadence*time.Minute, time.Minute)
	}
	tempo.Keep(sources.Pace{Slower: 1.5})
	want("throttled, on a budget", 6*time.Minute, 90*time.Second)
	tempo.Throttled(false)
	want("one poll later", 3*time.Minute, 90*time.Second)
	tempo.Throttled(false)
	want("two polls later", 90*time.Second, 90*time.Second)
	tempo.Throttled(false)
	tempo.Keep(sources.Pace{})
	want("with room again", time.Minute, time.Minute)
}

// However polls end, the time between two lies from the usual one to four times that,
// and is the usual one after two that succeed.
func TestTempoRecovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tempo := Throttle{Every: time.Duration(rapid.IntRange(10, 3600).Draw(t, "seconds")) * time.Second}
		for _, throttled := range rapid.SliceOf(rapid.Bool()).Draw(t, "polls") {
			tempo.Keep(sources.Pace{Slower: rapid.Float64Range(0, 50).Draw(t, "slower")})
			tempo.Throttled(throttled)
			if c, u := tempo.Cadence(), tempo.Usual(); c < u || c > maxSlowdown*u || u < tempo.Every {
				t.Fatalf("every %v, usually %v, set to %v", c, u, tempo.Every)
			}
		}
		tempo.Throttled(false)
		tempo.Throttled(false)
		if tempo.Cadence() != tempo.Usual() {
			t.Fatalf("every %v, usually %v", tempo.Cadence(), tempo.Usual())
		}
	})
}

// Throttling is explained by what is done about it, anything else is left alone.
func TestTempoExplains(t *testing.T) {
	tempo := Throttle{Every: time.Minute}
	tempo.Throttled(true)
	throttled := &migration.Problem{Fault: migration.FaultThrottled, What: "SQS throttles ListQueues", Fix: "wait"}
	if got, want := tempo.Explain(throttled).Fix, "asking every 2m0s now, every 1m0s again when it ends"; got != want ||
		throttled.Fix != "wait" {
		t.Errorf("fix %q, want %q; the original has %q", got, want, throttled.Fix)
	}
	denied := &migration.Problem{Fault: migration.FaultDenied}
	if tempo.Explain(nil) != nil || tempo.Explain(denied) != denied {
		t.Error("what is no throttling was changed")
	}
}

// A poll that was throttled, as a whole or in a part, slows the next one and is no error;
// any other error stays one.
func TestTempoEnds(t *testing.T) {
	throttled := &migration.Problem{Fault: migration.FaultThrottled}
	denied := &migration.Problem{Fault: migration.FaultDenied, Fix: "allow it"}
	for name, test := range map[string]struct {
		err, want error
		met       *migration.Problem
		cadence   time.Duration
		fix       string
	}{
		"well":                {cadence: time.Minute},
		"throttled":           {err: throttled, cadence: 2 * time.Minute, fix: "asking every 2m0s now, every 1m0s again when it ends"},
		"throttled in a part": {met: throttled, cadence: 2 * time.Minute, fix: "asking every 2m0s now, every 1m0s again when it ends"},
		"denied":              {err: denied, want: denied, cadence: time.Minute, fix: "allow it"},
		"denied in a part":    {met: denied, cadence: time.Minute, fix: "allow it"},
	} {
		tempo, row := Throttle{Every: time.Minute}, awsaccess.HealthTracker{}
		row.Called(time.Second, test.met != nil)
		if test.met != nil {
			row.Degrade(test.met)
		}
		if got := tempo.Ended(test.err, &row); !errors.Is(got, test.want) || tempo.Cadence() != test.cadence {
			t.Errorf("%s: error %v, every %v", name, got, tempo.Cadence())
		}
		if failed := row.Health(time.Time{}).State == migration.HealthFailed; failed != (test.err != nil) {
			t.Errorf("%s: the row failed: %v, the poll ended with %v", name, failed, test.err)
		}
		if p := row.Problem(); (p == nil) != (test.fix == "") || (p != nil && p.Fix != test.fix) {
			t.Errorf("%s: problem %v, want the fix %q", name, p, test.fix)
		}
	}
}

// What a source's settings leave out is a minute between polls by the machine's clocks,
// with time left before the next one.
func TestTimingDefaults(t *testing.T) {
	one := Timing{}.WithDefaults()
	if one.Clock == nil || one.Wall == nil || one.Cadence != time.Minute || one.Timeout != 50*time.Second {
		t.Errorf("%+v", one)
	}
	if six := (Timing{Cadence: 6 * time.Minute}).WithDefaults(); six.Cadence != 6*time.Minute || six.Timeout != 5*time.Minute {
		t.Errorf("%+v", six)
	}
}
