package world

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Everybody who moves has a log group; into it come the lines of each Job, but for the
// tenant whose lines are lost, and one whose pods find no node.
func TestJobsWriteLines(t *testing.T) {
	w := New(Options{Seed: 1})
	groups := w.JobLogGroups()
	if !slices.IsSorted(groups) || !slices.Contains(groups, "/eks/demo/umbrella-corp") || slices.Contains(groups, "/eks/demo/") {
		t.Fatalf("log groups %q", groups)
	}
	from, to := w.Epoch().Add(-time.Hour), w.Epoch()
	for _, group := range groups {
		n := 0
		w.EachJobLogEvent(group, from, to, func(e LogEvent) bool {
			if e.At.Before(from) || !e.At.Before(to) || e.Arrived.Before(e.At) ||
				!strings.HasPrefix(e.Stream, strings.TrimPrefix(group, "/eks/demo/")) {
				t.Fatalf("%s: %+v", group, e)
			}
			n++
			return true
		})
		runs := 0
		for _, s := range w.Streams() {
			if "/eks/demo/"+s.Label == group {
				runs += w.Count(s.Tenant, s.Workload, from, to.Add(-5*time.Minute)).Jobs
			}
		}
		if group == "/eks/demo/fennick" {
			runs = 1 // most of its pods find no node
		}
		if mute := group == "/eks/demo/kestrel"; mute && (n > 0 || runs == 0) || !mute && n < runs {
			t.Errorf("%s: %d lines of %d runs", group, n, runs)
		}
	}
}

func TestLinesOfJobsInWindowsAddUp(t *testing.T) {
	w := New(Options{Seed: 1})
	rapid.Check(t, func(t *rapid.T) {
		group := rapid.SampledFrom(w.JobLogGroups()).Draw(t, "group")
		at := func(name string) time.Time {
			return w.Epoch().Add(-time.Duration(rapid.Int64Range(0, int64(3*time.Hour)).Draw(t, name)))
		}
		ends := []time.Time{at("a"), at("b"), at("c")}
		slices.SortFunc(ends, time.Time.Compare)
		count := func(from, to time.Time) (n int) {
			w.EachJobLogEvent(group, from, to, func(LogEvent) bool { n++; return true })
			return n
		}
		if parts, whole := count(ends[0], ends[1])+count(ends[1], ends[2]), count(ends[0], ends[2]); parts != whole {
			t.Fatalf("%s: %d lines in two windows, %d in both together", group, parts, whole)
		}
	})
}
