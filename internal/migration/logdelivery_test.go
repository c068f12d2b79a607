package migration

import (
	"testing"
	"time"
)

// Log groups that several workloads share are counted once. The totals are unknown if no workload has known log delivery.
func TestLogTotals(t *testing.T) {
	side := func(runs, arrived Opt[int64], groups ...string) LogSide {
		s := LogSide{Groups: groups, Runs: runs, Arrived: arrived}
		if arrived == Some[int64](0) {
			s.Lines = arrived
		}
		return s
	}
	n, none := Some[int64], None[int64]()
	for name, test := range map[string]struct {
		sides         []LogSide
		lines, silent Opt[int64]
	}{
		"nothing is known":     {[]LogSide{side(none, none), side(n(3), none, "/a")}, none, none},
		"one group, two works": {[]LogSide{side(n(3), n(70), "/a"), side(n(4), n(70), "/a")}, n(70), n(0)},
		"two groups":           {[]LogSide{side(n(3), n(70), "/a"), side(n(4), n(0), "/b")}, n(70), n(4)},
		"silence of both":      {[]LogSide{side(n(3), n(0), "/a"), side(n(4), n(0), "/a"), side(none, none)}, n(0), n(7)},
		"nothing ran":          {[]LogSide{side(n(0), n(0), "/a")}, n(0), n(0)},
	} {
		var v TenantView
		for _, s := range test.sides {
			v.Logs = append(v.Logs, LogView{After: s})
		}
		if lines, silent := v.LogTotals(Jobs); lines != test.lines || silent != test.silent {
			t.Errorf("%s: %v lines, %v silent; want %v and %v", name, lines, silent, test.lines, test.silent)
		}
		if lines, _ := v.LogTotals(Lambda); lines.Known() {
			t.Errorf("%s: %v lines on Lambda", name, lines)
		}
	}
}

// A minute without a line has 0; one that CloudWatch was not asked about is unknown.
func TestLinesOfAMinute(t *testing.T) {
	to := time.Date(2026, 3, 10, 12, 15, 0, 0, time.UTC)
	d := LogDelivery{From: to.Add(-2 * time.Minute), To: to, Lines: 5, Minutes: []int64{7, 0, 5}}
	absent := LogDelivery{Absent: true, From: d.From, To: to}
	unread := LogDelivery{}
	for _, test := range []struct {
		of      *LogDelivery
		minutes int // after To
		want    Opt[int64]
	}{
		{&d, -1, Some[int64](5)},
		{&d, -2, Some[int64](0)},
		{&d, -3, Some[int64](7)},
		{&d, -4, None[int64]()},
		{&d, 0, None[int64]()},
		{&d, 1, None[int64]()},
		{&absent, -1, Some[int64](0)},
		{&absent, -3, None[int64]()},
		{&absent, 0, None[int64]()},
		{&unread, -1, None[int64]()},
	} {
		if got := test.of.Minute(to.Add(time.Duration(test.minutes) * time.Minute)); got != test.want {
			t.Errorf("%+v at %d: %v, want %v", test.of, test.minutes, got, test.want)
		}
	}
}
