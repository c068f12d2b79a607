package profile

import (
	"testing"

	"github.com/migtop/migtop/internal/migration"
)

// No amount is written with an exponent, however small or large.
func TestGiBHours(t *testing.T) {
	for hours, want := range map[float64]string{
		0: "0 GiB h", 0.0000004: "under 0.001 GiB h", 0.00123: "0.00123 GiB h", 1.284: "1.28 GiB h", 39.7: "39.7 GiB h", 999.4: "999 GiB h",
		999.6: "1,000 GiB h", 1674: "1,674 GiB h", 1234567: "1,234,567 GiB h",
	} {
		if got := gibHours(hours * 3600 * gib); got != want {
			t.Errorf("%v: %q, want %q", hours, got, want)
		}
	}
}

func TestWhatClassesCost(t *testing.T) {
	for n, want := range map[int]string{1: "1 class pays: it costs", 4: "4 classes pay: they cost"} {
		if got := classesCost(n, " pays", " pay"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

// A kill at a limit, or a sample, says that the peak was that or more. What the rule allows
// for on top of it is no peak.
func TestALowerBoundIsShownAsItWasSeen(t *testing.T) {
	b := NewBook(Settings{})
	for i := range 8 {
		r := jobRun(i, 256*mi)
		r.PeakBound = migration.AtLeast
		b.Observe(r)
		if i > 4 {
			b.Observe(killedRun(i+100, 240*mi))
		}
	}
	if p := profileOf(b); !says(p, "The largest peak of 11 Job runs is 256 MiB or more") {
		t.Errorf("%q", p.Why)
	}
}
