package profile

import "testing"

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
