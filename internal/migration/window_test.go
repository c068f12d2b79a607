package migration

import (
	"slices"
	"testing"
	"time"
)

func TestWindows(t *testing.T) {
	if !slices.Contains(WindowSpans(), DefaultWindow) || !slices.IsSorted(WindowSpans()) {
		t.Errorf("windows %v, default %v", WindowSpans(), DefaultWindow)
	}
	for i, name := range WindowNames() {
		if d, ok := ParseWindow(name); !ok || d != WindowSpans()[i] {
			t.Errorf("%s is read as %v", name, d)
		}
	}
	if got := WindowChoice(); got != "1h, 6h or 24h" {
		t.Errorf("the choice is %q", got)
	}
	for s, want := range map[string]time.Duration{"360m": 6 * time.Hour, "2h": 0, "": 0, "6": 0} {
		if d, ok := ParseWindow(s); ok != (want > 0) || ok && d != want {
			t.Errorf("%q is read as %v %v", s, d, ok)
		}
	}
}
