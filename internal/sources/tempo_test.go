package sources

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// Throttling doubles the time between polls up to four times, and is over after two
// polls that succeed; the budget lengthens all of it.
func TestTempo(t *testing.T) {
	tempo := Tempo{Every: time.Minute}
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
	tempo.Keep(Pace{Slower: 1.5})
	want("throttled, on a budget", 6*time.Minute, 90*time.Second)
	tempo.Throttled(false)
	want("one poll later", 3*time.Minute, 90*time.Second)
	tempo.Throttled(false)
	want("two polls later", 90*time.Second, 90*time.Second)
	tempo.Throttled(false)
	tempo.Keep(Pace{})
	want("with room again", time.Minute, time.Minute)
}

// However polls end, the time between two lies from the usual one to four times that,
// and is the usual one after two that succeed.
func TestTempoRecovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tempo := Tempo{Every: time.Duration(rapid.IntRange(10, 3600).Draw(t, "seconds")) * time.Second}
		for _, throttled := range rapid.SliceOf(rapid.Bool()).Draw(t, "polls") {
			tempo.Keep(Pace{Slower: rapid.Float64Range(0, 50).Draw(t, "slower")})
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
	tempo := Tempo{Every: time.Minute}
	tempo.Throttled(true)
	throttled := &migration.Problem{Fault: migration.FaultThrottled, What: "SQS throttles ListQueues", Fix: "wait"}
	if got, want := tempo.Explain(throttled).Fix, "asking every 2m0s now, every 1m0s again when it ends"; got != want || throttled.Fix != "wait" {
		t.Errorf("fix %q, want %q; the original has %q", got, want, throttled.Fix)
	}
	denied := &migration.Problem{Fault: migration.FaultDenied}
	if tempo.Explain(nil) != nil || tempo.Explain(denied) != denied {
		t.Error("what is no throttling was changed")
	}
}
