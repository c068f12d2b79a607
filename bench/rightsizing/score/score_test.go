package score

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/bench/rightsizing/trace"
)

// fixed gives every run the same size, and records the calls.
type fixed struct {
	size     int64
	reported []string
}

func (*fixed) Name() string { return "fixed" }
func (f *fixed) Size(r *trace.Run) (int64, bool) {
	f.say("size", r, r.Start)
	return f.size, f.size > 0
}

func (f *fixed) Ended(r *trace.Run, at time.Time) {
	f.say("ended", r, at)
}

func (f *fixed) Killed(r *trace.Run, limit int64, at time.Time) {
	f.say(fmt.Sprintf("killed at %d", limit), r, at)
}

func (f *fixed) say(what string, r *trace.Run, at time.Time) {
	f.reported = append(f.reported, fmt.Sprintf("%s %s %v", r.ID, what, at.Sub(trace.Epoch)))
}

// careful adds what only some strategies have.
type careful struct {
	fixed
	deadline time.Duration
}

func (c *careful) Deadline(*trace.Run) (time.Duration, bool) { return c.deadline, c.deadline > 0 }
func (c *careful) Retry(_ *trace.Run, limit int64) int64     { return limit + 25 }
func at(id string, start, long int, peak, declared int64) trace.Run {
	return trace.Run{
		Workload: "w", ID: id, Start: trace.Epoch.Add(time.Duration(start) * time.Second),
		Duration: time.Duration(long) * time.Second, Peak: peak, Declared: declared,
	}
}

// The expected figures are calculated by hand in each case.
func TestReplay(t *testing.T) {
	tests := map[string]struct {
		runs []trace.Run
		size int64
		rule Retry
		want Result
	}{
		"fits": {
			// 100 x 10 s held, 40 x 10 s of it unused.
			runs: []trace.Run{at("a", 0, 10, 60, 0)}, size: 100, rule: Double,
			want: Result{Runs: 1, Held: 1000, Wasted: 400},
		},
		"fits exactly": {
			runs: []trace.Run{at("a", 0, 10, 100, 0)}, size: 100, rule: Double,
			want: Result{Runs: 1, Held: 1000},
		},
		"nothing known: what was declared": {
			runs: []trace.Run{at("a", 0, 10, 60, 80)}, rule: Double,
			want: Result{Runs: 1, Held: 800, Wasted: 200},
		},
		"nothing known, nothing declared": {
			runs: []trace.Run{at("a", 0, 1, 1<<30, 0)}, rule: Double,
			want: Result{Runs: 1, Held: 2 << 30, Wasted: 1 << 30},
		},
		"killed once, doubled": {
			// 100 x 10 s burnt; then 200 x 10 s held with 50 x 10 s unused.
			runs: []trace.Run{at("a", 0, 10, 150, 0)}, size: 100, rule: Double,
			want: Result{Runs: 1, Held: 3000, Wasted: 1500, Killed: 1},
		},
		"killed twice is one run killed": {
			// 100 + 200 burnt, 400 held with 100 unused, each for 2 s.
			runs: []trace.Run{at("a", 0, 2, 300, 0)}, size: 100, rule: Double,
			want: Result{Runs: 1, Held: 1400, Wasted: 800, Killed: 1},
		},
		"profile, nothing known: 1.3 times": {
			// 100 burnt, 130 held with 10 unused, each for 10 s.
			runs: []trace.Run{at("a", 0, 10, 120, 0)}, size: 100, rule: Profile,
			want: Result{Runs: 1, Held: 2300, Wasted: 1100, Killed: 1},
		},
		"profile, by the greatest peak, then doubled": {
			// b burns 100 x 1 s and 130 x 1 s and then holds 260 x 1 s with 110
			// unused; it ends at 23. c burns 100 x 1 s, then holds
			// 1.10 x 150 = 165 x 1 s with 55 unused.
			runs: []trace.Run{at("b", 20, 1, 150, 0), at("c", 30, 1, 110, 0)}, size: 100, rule: Profile,
			want: Result{Runs: 2, Held: 100 + 130 + 260 + 100 + 165, Wasted: 100 + 130 + 110 + 100 + 55, Killed: 2},
		},
		"given up after seven attempts": {
			// 1 + 2 + 4 + ... + 64 for 1 s, all burnt.
			runs: []trace.Run{at("a", 0, 1, 65, 0)}, size: 1, rule: Double,
			want: Result{Runs: 1, Held: 127, Wasted: 127, Killed: 1, GivenUp: 1},
		},
		"the seventh attempt counts": {
			runs: []trace.Run{at("a", 0, 1, 64, 0)}, size: 1, rule: Double,
			want: Result{Runs: 1, Held: 127, Wasted: 63, Killed: 1},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := Replay(test.runs, &fixed{size: test.size}, test.rule)["w"]
			if diff := cmp.Diff(&test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A strategy learns of a run when its last attempt has ended, not when it starts;
// what ends at the moment of a start is known to it.
func TestReplayLearnsOnlyFromWhatEnded(t *testing.T) {
	f := &fixed{size: 100}
	Replay([]trace.Run{
		at("a", 0, 10, 150, 0), // killed at 10, ends at 20
		at("b", 10, 5, 50, 0),  // ends at 15
		at("c", 19, 1, 50, 0),  // ends at 20, filed after a's retry
		at("d", 20, 1, 50, 0),
	}, f, Double)
	want := []string{
		"a size 0s", "a killed at 100 10s", "b size 10s", "b ended 15s", "c size 19s",
		"a ended 20s", "c ended 20s", "d size 20s", "d ended 21s",
	}
	if diff := cmp.Diff(want, f.reported); diff != "" {
		t.Error(diff)
	}
}

func TestReplayOwnRetry(t *testing.T) {
	// 100 and 125 burnt, 150 held with none unused, each for 1 s.
	got := Replay([]trace.Run{at("a", 0, 1, 150, 0)}, &careful{fixed: fixed{size: 100}}, Own)["w"]
	if got.Held != 375 || got.Wasted != 225 {
		t.Errorf("held %v, wasted %v; want 375, 225", got.Held, got.Wasted)
	}
	// A strategy without a rule of its own gets the profile's: 130, 260.
	got = Replay([]trace.Run{at("a", 0, 1, 150, 0)}, &fixed{size: 100}, Own)["w"]
	if got.Held != 490 || got.Wasted != 340 {
		t.Errorf("held %v, wasted %v; want 490, 340", got.Held, got.Wasted)
	}
}

func TestReplayDeadlines(t *testing.T) {
	c := &careful{fixed: fixed{size: 100}, deadline: 10 * time.Second}
	got := Replay([]trace.Run{at("a", 0, 10, 1, 0), at("b", 0, 11, 1, 0)}, c, Double)["w"]
	if got.Deadlines != 2 || got.DeadlineKills != 1 {
		t.Errorf("%d of %d runs were ended by the deadline, want 1 of 2", got.DeadlineKills, got.Deadlines)
	}
}

// Workloads are scored for themselves, and their sum is the whole.
func TestReplayPerWorkload(t *testing.T) {
	a, b := at("a", 0, 1, 50, 0), at("b", 0, 1, 150, 0)
	b.Workload = "v"
	got := Replay([]trace.Run{a, b}, &fixed{size: 100}, Double)
	if got["w"].Wasted != 50 || got["v"].Wasted != 150 {
		t.Errorf("w wasted %v, v %v; want 50, 150", got["w"].Wasted, got["v"].Wasted)
	}
	var sum Result
	sum.Add(got["w"])
	sum.Add(got["v"])
	if want := (Result{Runs: 2, Held: 400, Wasted: 200, Killed: 1}); sum != want {
		t.Errorf("the sum is %+v, want %+v", sum, want)
	}
}
