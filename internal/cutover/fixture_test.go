package cutover

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// noon is the minute in which the tests' step begins.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// at is a minute after noon.
func at(minute int) time.Time { return noon.Add(time.Duration(minute) * time.Minute) }

// one is how a run takes one message, once.
var one = Intake{Batch: 1}

// minuteOfRuns is a minute in which both sides are read and final.
func minuteOfRuns(minute int, blue, blueFailed, green, greenFailed int64) *Minute {
	return &Minute{
		Start: at(minute),
		Blue:  SideMinute{Read: true, Final: true, Runs: blue, Failures: blueFailed},
		Green: SideMinute{Read: true, Final: true, Runs: green, Failures: greenFailed},
	}
}

// newWatch is a watch of a tenant that takes a share at noon.
func newWatch(tb testing.TB, share float64) *Watch {
	tb.Helper()
	w := NewWatch()
	for _, s := range [...]Side{Blue, Green} {
		w.SetIntake(s, one)
	}
	if share > 0 {
		if _, err := w.SetSteps([]Step{{Share: share, At: noon}}); err != nil {
			tb.Fatal(err)
		}
	}
	return w
}

// facts are those of a tenant of which all is known and right, at the end of a minute.
func facts(minute int) *Facts {
	return &Facts{
		Now: at(minute + 1), Next: migration.Some(0.5),
		Cost: CostFacts{
			PerThousand: [2]migration.Opt[migration.USD]{migration.Some(migration.USD{}), migration.Some(migration.USD{})},
			Messages:    [2]int64{5000, 5000}, Decision: migration.WorthMoving,
		},
		Ready: []Check{{Name: "profile", State: Passed}},
	}
}

// healthy adds minutes in which one message fails on each side.
func healthy(w *Watch, from, to int) {
	for m := from; m < to; m++ {
		w.Add(minuteOfRuns(m, 30, 1, 30, 1))
	}
}

// binomial counts how many of n happen.
func binomial(r *rand.Rand, n int64, p float64) (k int64) {
	for range n {
		if r.Float64() < p {
			k++
		}
	}
	return k
}
