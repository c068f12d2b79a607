package world

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Every run has one report, and the lines of windows that touch are those of the whole.
func TestEveryRunReportsOnce(t *testing.T) {
	w := New(Options{Seed: 3})
	from := w.Epoch().Add(-2 * time.Hour)
	to := w.Epoch().Add(-20 * time.Minute)
	reports, garbled := 0, 0
	for _, f := range w.Functions() {
		runs := 0
		w.EachInvocation(f.Name, from, to, func(i Invocation) bool {
			if !i.Throttled {
				runs++
			}
			return true
		})
		found := 0
		// An hour more than any run takes.
		w.EachLogEvent(f.Name, from, to.Add(time.Hour), func(e LogEvent) bool {
			if e.Arrived.Before(e.At) {
				t.Fatalf("%s arrived before it was written: %+v", f.Name, e)
			}
			switch {
			case strings.HasPrefix(e.Message, "REPORT") && f.JSON, strings.HasPrefix(e.Message, "{") && !f.JSON:
				t.Fatalf("%s writes the other format: %s", f.Name, e.Message)
			case strings.HasPrefix(e.Message, "REPORT") && !strings.Contains(e.Message, "Max Memory Used"):
				garbled++
			}
			if strings.HasPrefix(e.Message, "REPORT") || strings.Contains(e.Message, "platform.report") {
				found++
			}
			return true
		})
		if found < runs {
			t.Errorf("%s: %d reports of %d runs", f.Name, found, runs)
		}
		reports += found
	}
	if reports == 0 || garbled*100 > reports {
		t.Errorf("%d reports, %d of them garbled", reports, garbled)
	}
}

func TestLinesOfWindowsAddUp(t *testing.T) {
	w := New(Options{Seed: 1})
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(w.Functions()).Draw(t, "function")
		at := func(name string) time.Time {
			return w.Epoch().Add(-time.Duration(rapid.Int64Range(0, int64(3*time.Hour)).Draw(t, name)))
		}
		a, b, c := at("a"), at("b"), at("c")
		if b.Before(a) {
			a, b = b, a
		}
		if c.Before(b) {
			b, c = c, b
		}
		if b.Before(a) {
			a, b = b, a
		}
		count := func(from, to time.Time) (n int) {
			w.EachLogEvent(f.Name, from, to, func(e LogEvent) bool {
				if e.At.Before(from) || !e.At.Before(to) {
					t.Fatalf("%v is not in [%v, %v)", e.At, from, to)
				}
				n++
				return true
			})
			return n
		}
		if whole, left, right := count(a, c), count(a, b), count(b, c); whole != left+right {
			t.Fatalf("%d lines, and %d + %d in its parts", whole, left, right)
		}
	})
}

func TestSharedFunctionsSayWhoseRunsTheyAre(t *testing.T) {
	w := New(Options{Seed: 1})
	for name, says := range map[string]string{"log_shipper": `"tenantId":"nordhavn"`, "LegacyCronRunner": "tenant=acme"} {
		found := false
		w.EachLogEvent(name, w.Epoch().Add(-6*time.Hour), w.Epoch(), func(e LogEvent) bool {
			found = strings.Contains(e.Message, says)
			return !found
		})
		if !found {
			t.Errorf("%s never says %s", name, says)
		}
	}
}

// The sizes of lines, which a month is counted by, are those of the lines.
func TestSizesAreThoseOfTheLines(t *testing.T) {
	w := New(Options{Seed: 1})
	lines := 0
	for _, f := range w.Functions() {
		from, to := w.Epoch().Add(-7*time.Hour), w.Epoch()
		var want, got []LogSize
		w.EachLogEvent(f.Name, from, to, func(e LogEvent) bool {
			want = append(want, LogSize{e.At, e.Arrived, len(e.Message)})
			return len(want) < 3000
		})
		w.EachLogSize(f.Name, from, to, func(e LogSize) bool {
			got = append(got, e)
			return len(got) < 3000
		})
		if !slices.Equal(want, got) {
			t.Errorf("%s: the sizes differ", f.Name)
		}
		lines += len(want)
	}
	if lines < 5000 {
		t.Errorf("only %d lines", lines)
	}
}

// One pass over runs and lines says what the two passes say.
func TestEachLoggedIsBothPasses(t *testing.T) {
	w := New(Options{Seed: 1})
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(w.Functions()).Draw(t, "function")
		to := w.Epoch().Add(-time.Duration(rapid.Int64Range(0, int64(3*time.Hour)).Draw(t, "to")))
		from := to.Add(-time.Duration(rapid.Int64Range(1, int64(2*time.Hour)).Draw(t, "span")))
		var wantRuns, runs []Invocation
		var wantLines, lines []LogSize
		w.EachInvocation(f.Name, from, to, func(i Invocation) bool { wantRuns = append(wantRuns, i); return true })
		w.EachLogSize(f.Name, from, to, func(e LogSize) bool { wantLines = append(wantLines, e); return true })
		w.EachLogged(f.Name, from, to,
			func(i Invocation) bool { runs = append(runs, i); return true },
			func(e LogSize) bool { lines = append(lines, e); return true })
		if !slices.Equal(runs, wantRuns) {
			t.Fatalf("%d runs of %s, want %d", len(runs), f.Name, len(wantRuns))
		}
		if !slices.Equal(lines, wantLines) {
			t.Fatalf("%d lines of %s, want %d", len(lines), f.Name, len(wantLines))
		}
	})
}
