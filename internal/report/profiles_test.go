package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
)

// The table writes neither what is unknown nor what is rare as none.
func TestProfilesTableDoesNotLieWithZeros(t *testing.T) {
	size := profile.Pod{MemoryRequest: migration.GiB, MemoryLimit: migration.GiB}
	profiles := []profile.Profile{
		{Workload: "unknown", Base: size, Retry: size, Saving: migration.Some(migration.USD{}), Learning: true},
		{
			Workload: "rare", Base: size, Retry: size, Saving: migration.Some(migration.USD{}), Confidence: migration.HighConfidence,
			FailureRate: migration.Some[migration.Ratio](0.00001),
		},
		{
			Workload: "new", Base: size, Retry: size, Confidence: migration.LowConfidence, Learning: true,
			FailureRate: migration.Some[migration.Ratio](0.01),
		},
		{Workload: "never", Base: size, Retry: size, Confidence: migration.HighConfidence, FailureRate: migration.Some[migration.Ratio](0)},
		{Workload: "unsaid", Base: size, Retry: size, Confidence: migration.LowConfidence},
		{
			Workload: "costlier", Base: size, Retry: size, Saving: migration.Some(migration.Dollars(decimal.RequireFromString("-87.854"))),
			Confidence: migration.HighConfidence, FailureRate: migration.Some[migration.Ratio](0),
		},
		{Workload: "seldom", Base: size, Retry: size, Confidence: migration.HighConfidence, FailureRate: migration.Some[migration.Ratio](0.0042)},
	}
	var out bytes.Buffer
	if err := WriteProfiles(&out, profiles, &profile.Classes{}, Table); err != nil {
		t.Fatal(err)
	}
	for workload, want := range map[string]string{
		"unknown": "- - - - - - 0 - - no data", "rare": "0 <0.01 % $0.00 high", "never": "0 0.00 % - high", "unsaid": "0 - - low",
		"costlier": "0 0.00 % -$87.85 high", "seldom": "0 0.42 % - high", "new": "0 1.00 % - learning",
	} {
		found := false
		for line := range strings.Lines(out.String()) {
			if words := strings.Join(strings.Fields(line), " "); strings.HasPrefix(words, workload+" (unattributed)") ||
				strings.HasPrefix(words, workload+" -") {
				found = found || strings.HasSuffix(words, want)
			}
		}
		if !found {
			t.Errorf("no line of %s ends with %q:\n%s", workload, want, out.String())
		}
	}
}
