package follow

import (
	"slices"
	"testing"

	"github.com/migtop/migtop/internal/migration"
)

// lines is what CloudWatch counted of a log group until a minute: n in each of the minutes before.
func lines(of migration.Key, to int, minutes int, n int64) migration.LogDelivery {
	return migration.LogDelivery{
		Group: "/x", Of: []migration.Key{of}, From: at(to - minutes), To: at(to), Minutes: slices.Repeat([]int64{n}, minutes),
	}
}

// Jobs that run without a line hold the step; lines that are counted an hour later repair the minutes.
func TestJobsWithoutLogLinesHold(t *testing.T) {
	b := newBench(t, stepAtNoon(5000))
	b.run(40, never, never, nil)
	if c := b.judge(41, 36); slices.Contains(c.Detail.Holds, "no_green_logs") {
		t.Errorf("lines that were not counted hold: %v", c.Detail.Holds)
	}
	b.arrivals = map[string][]migration.LogDelivery{
		"a": {lines(lambdaKey("acme"), 40, 60, 100)}, "b": {lines(jobsKey("acme"), 40, 60, 0)},
	}
	c := b.judge(42, 37)
	if !slices.Contains(c.Detail.Holds, "no_green_logs") || slices.Contains(c.Detail.Holds, "no_blue_logs") {
		t.Errorf("holds %v", c.Detail.Holds)
	}
	b.arrivals["b"] = []migration.LogDelivery{lines(jobsKey("acme"), 42, 60, 1)}
	if c = b.judge(43, 38); slices.Contains(c.Detail.Holds, "no_green_logs") {
		t.Errorf("lines that came hold: %v", c.Detail.Holds)
	}
}

// Lines of a log group that others write to are not the tenant's; that none arrive is.
func TestLinesOfSharedLogGroups(t *testing.T) {
	globex := jobsKey("globex")
	for _, test := range []struct {
		of     []migration.Key
		n      int64
		shared bool
		want   migration.Opt[int64]
	}{
		{[]migration.Key{jobsKey("acme")}, 7, false, migration.Some[int64](7)},
		{[]migration.Key{jobsKey("acme"), globex}, 7, false, migration.None[int64]()},
		{[]migration.Key{jobsKey("acme"), globex}, 0, false, migration.Some[int64](0)},
		{nil, 7, false, migration.None[int64]()},
		{nil, 0, false, migration.Some[int64](0)},
		{[]migration.Key{jobsKey("acme")}, 7, true, migration.None[int64]()},
		{[]migration.Key{globex}, 7, false, migration.None[int64]()},
	} {
		d := lines(jobsKey("acme"), 10, 10, test.n)
		d.Of, d.Shared = test.of, test.shared
		r := &reading{Input: &Input{Arrivals: map[string][]migration.LogDelivery{"a": {d}}}}
		if got := r.linesMinute("acme", migration.Jobs, at(5)); got != test.want {
			t.Errorf("%v, %d lines: %v, want %v", test.of, test.n, got, test.want)
		}
	}
}
