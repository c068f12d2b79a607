package ui

import (
	"testing"

	"github.com/migtop/migtop/internal/migration"
)

// Calls that failed are a part of those that were made.
func TestCallsOf(t *testing.T) {
	for _, test := range []struct {
		calls, errors int64
		want          string
		failed        bool
	}{
		{0, 0, "0, none failed", false},
		{12, 0, "12, none failed", false},
		{12, 3, "12, of which 3 failed", true},
		{1, 1, "1, of which 1 failed", true},
		{0, 1, "none: 1 attempt to connect failed", true},
		{0, 2, "none: 2 attempts to connect failed", true},
	} {
		got, failed := callsOf(&migration.Health{Calls: test.calls, Errors: test.errors})
		if got != test.want || failed != test.failed {
			t.Errorf("%d calls, %d errors: %q, %v; want %q, %v", test.calls, test.errors, got, failed, test.want, test.failed)
		}
	}
}
