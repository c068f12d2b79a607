package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// ranAt is what one minute holds: runs by how many seconds each took, at 512 MB.
type ranAt map[int][]int

// second512 is a second of 512 MB.
const second512 = migration.MBMillis(512_000)

// watchedPool is a state with what CloudWatch counted of the pool function in the hour from
// eleven o'clock, minute by minute.
func watchedPool(counted ranAt, functions ...migration.Function) *state {
	s := newTestState(noon, time.Hour)
	var all []migration.Activity
	for at, seconds := range counted {
		a := minute(noon.Add(time.Duration(at-60)*time.Minute), int64(len(seconds)))
		a.Key, a.Invoked.Billed = pooled.Key, 0
		a.Invoked.Known = migration.Provenance{Source: "cloudwatch", Method: migration.Estimated, Coverage: 1}
		for _, one := range seconds {
			a.Invoked.Billed += second512 * migration.MBMillis(one)
		}
		all = append(all, a)
	}
	if functions == nil {
		functions = []migration.Function{pooled}
	}
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{
		Activities: all, Functions: functions,
		Health: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK, FinalTo: noon.Add(-3 * time.Minute)}},
	}})
	return s
}

// reportedPool is the log of the function over the same hour and a half: runs by the minute
// that their report puts their beginning in, each with an INIT of a second.
func reportedPool(group, function, tenant string, lines ranAt) *migration.LogAnswer {
	a := &migration.LogAnswer{
		Group: group, From: noon.Add(-90 * time.Minute), To: noon.Add(30 * time.Minute),
		FinalTo: noon.Add(25 * time.Minute),
	}
	for at, seconds := range lines {
		began := noon.Add(time.Duration(at-60) * time.Minute)
		r := migration.LoggedRuns{Began: began.Truncate(migration.LogSpan), Tenant: tenant}
		for _, one := range seconds {
			r.Runs++
			r.Billed += second512 * migration.MBMillis(one+1)
			r.Estimated += second512 * migration.MBMillis(one)
			r.Duration.Add(time.Duration(one) * time.Second)
			r.Peak.Add(100 * migration.MiB)
		}
		a.Segments = append(a.Segments, migration.LogSegment{Function: function, Start: r.Began, Final: true, Runs: []migration.LoggedRuns{r}})
	}
	return a
}

// every is the same runs every five minutes of the hour.
func every(seconds ...int) ranAt {
	out := ranAt{}
	for at := 0; at < 50; at += 5 {
		out[at] = seconds
	}
	return out
}

// and puts runs of several minutes together.
func (r ranAt) and(o ranAt) ranAt {
	out := ranAt{}
	for _, from := range [...]ranAt{r, o} {
		for at, seconds := range from {
			out[at] = append(out[at], seconds...)
		}
	}
	return out
}

// What no report tells of keeps its estimate and is said, however little it is: a report
// that is in the next five minutes, where CloudWatch counts one run less, is not missing.
func TestMissingReportsReplaceNothing(t *testing.T) {
	silent := pooled
	silent.Name, silent.Logs.Group = "silent", "/aws/lambda/silent"
	silent.ARN = "arn:aws:lambda:us-east-1:123456789012:function:silent"
	for name, test := range map[string]struct {
		counted, lines ranAt
		functions      []migration.Function
		seconds        int64 // billed at 512 MB
		runs           int64
		note           string // "" for none
	}{
		"no line at all":      {every(10), nil, nil, 100, 10, "10 of 10 invocations have no report line; estimated from Duration"},
		"no line of two runs": {every(10, 2), nil, nil, 120, 20, "20 of 20 invocations have no report line; estimated from Duration"},
		"no line of many":     {every(1, 1, 1, 1, 1, 1), nil, nil, 60, 60, "60 of 60 invocations"},
		"one of two":          {every(3, 3), every(3), nil, 40 + 30, 20, "10 of 20 invocations have no report line"},
		"the long one of two": {every(1, 9), every(1), nil, 20 + 90, 20, "10 of 20 invocations have no report line"},
		"one of a hundred": {
			every(10).and(every(slices.Repeat([]int{1}, 99)...)), every(slices.Repeat([]int{1}, 99)...), nil, 1980 + 100, 1000,
			"10 of 1000 invocations",
		},
		"the log group came late": {
			every(4), ranAt{25: {4}, 30: {4}, 35: {4}, 40: {4}, 45: {4}}, nil, 20 + 25, 10, "5 of 10 invocations",
		},
		"deleted meanwhile":               {every(4), ranAt{0: {4}, 5: {4}}, nil, 10 + 32, 10, "8 of 10 invocations"},
		"all are there":                   {every(4), every(4), nil, 50, 10, ""},
		"a report five minutes later":     {ranAt{4: {7}}, ranAt{5: {7}}, nil, 8, 1, ""},
		"a report five minutes earlier":   {ranAt{5: {7}}, ranAt{4: {7}}, nil, 8, 1, ""},
		"ten minutes later is another":    {ranAt{4: {7}}, ranAt{10: {7}}, nil, 8 + 7, 2, "1 of 2 invocations"},
		"one surplus is no excuse for 2":  {ranAt{4: {7}, 9: {3}, 14: {7}}, ranAt{9: {3, 7}}, nil, 4 + 8 + 7, 3, "1 of 3 invocations"},
		"a surplus beyond a full slot":    {ranAt{4: {7}, 9: {3}}, ranAt{9: {3, 7}}, nil, 4 + 8, 2, ""},
		"one function of two is silent":   {every(1, 10), every(1), []migration.Function{pooled, silent}, 20 + 100, 20, "10 of 20 invocations"},
		"the sampled tenth of a function": {every(2, 2, 2, 2, 2, 2, 2, 2, 2, 2), every(2), nil, 30 + 180, 100, "90 of 100 invocations"},
	} {
		t.Run(name, func(t *testing.T) {
			s := watchedPool(test.counted, test.functions...)
			withLogs(t, s, reportedPool("/aws/lambda/pool", "pool", "", test.lines), reportedPool("/aws/lambda/silent", "silent", "", nil))
			v := tenant(t, s.snapshot(noon), migration.Unattributed).Before
			if v.Runs != migration.Some(test.runs) {
				t.Errorf("%v runs, want %d", v.Runs, test.runs)
			}
			if got := v.Parts.OnDemand; got != second512*migration.MBMillis(test.seconds) {
				t.Errorf("billed %v s, want %d", float64(got)/float64(second512), test.seconds)
			}
			note := v.Cost.Evidence.Note
			if test.note == "" && strings.Contains(note, "no report line") || !strings.Contains(note, test.note) {
				t.Errorf("the note is %q, want %q in it", note, test.note)
			}
			if test.note != "" && v.Cost.Evidence.Method != migration.Estimated {
				t.Errorf("it is %s", v.Cost.Evidence.Method)
			}
			// Nobody can say of runs without a report that none timed out.
			if complete := test.note == ""; v.TimedOut.Known() != complete || v.OOMKilled.Known() != complete {
				t.Errorf("timed out %v, killed %v", v.TimedOut, v.OOMKilled)
			}
		})
	}
}

// A run whose report another five minutes have, and that a tenant is charged there, is not
// counted again as nobody's.
func TestARunIsOneAcrossSlots(t *testing.T) {
	for name, counted := range map[string]ranAt{"nothing there": {4: {7}}, "others there": {4: {7}, 9: {3}}} {
		t.Run(name, func(t *testing.T) {
			lines := ranAt{9: {7}}
			if counted[9] != nil {
				lines[9] = []int{3, 7}
			}
			s := watchedPool(counted)
			withLogs(t, s, reportedPool("/aws/lambda/pool", "pool", "acme", lines))
			snap := s.snapshot(noon)
			if got := tenant(t, snap, "acme").Before.Runs; got != migration.Some(int64(len(lines[9]))) {
				t.Errorf("acme has %v runs", got)
			}
			if got := snap.Totals.Before.Runs; got != migration.Some(int64(len(lines[9]))) {
				t.Errorf("%v runs in all", got)
			}
		})
	}
}

// A count of how runs ended is not 0 where some of them are unreported, and stands where
// it is above.
func TestOutcomesOfSomeAreNotOfAll(t *testing.T) {
	s := watchedPool(every(4, 4))
	a := reportedPool("/aws/lambda/pool", "pool", "", every(4))
	a.Segments[3].Runs[0].TimedOut = 1
	withLogs(t, s, a)
	v := tenant(t, s.snapshot(noon), migration.Unattributed).Before
	if v.TimedOut != migration.Some[int64](1) || v.OOMKilled.Known() {
		t.Errorf("timed out %v, killed %v", v.TimedOut, v.OOMKilled)
	}
}
