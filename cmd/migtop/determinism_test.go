package main

import (
	"regexp"
	"testing"
)

// The same seed is the same story to the last byte, but for how long answers took.
func TestSameSeedPrintsTheSame(t *testing.T) {
	shared := demoAnswers
	demoAnswers = nil // each look computes all of it
	t.Cleanup(func() { demoAnswers = shared })
	latency := regexp.MustCompile(`"latency_seconds": [^,\n]+`)
	print := func(seed string) string {
		out, errOut, code := execute(t, "snapshot", "--demo", "--seed", seed, "-o", "json", "--series", "--strict")
		if code != exitOK || errOut != "" {
			t.Fatalf("code %d: %s", code, errOut)
		}
		return latency.ReplaceAllString(out, "")
	}
	first := print("5")
	again := 2
	few := testing.Short() || underRace
	if few {
		again = 1
	}
	for range again {
		if print("5") != first {
			t.Fatal("the same seed printed something else")
		}
	}
	if !few && print("6") == first {
		t.Error("another seed printed the same")
	}
}
