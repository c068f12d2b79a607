package assess

import (
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

func noticeOf(t *testing.T, v *migration.TenantView, code string) migration.Notice {
	t.Helper()
	for _, n := range v.Notices {
		if n.Code == code {
			return n
		}
	}
	t.Fatalf("no notice %s in %+v", code, v.Notices)
	return migration.Notice{}
}

// Notices are dated by the buckets that are kept, also of hours before the window.
func TestNoticesAreDatedByTheBuckets(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	var bad []migration.Activity
	for _, ago := range []time.Duration{80 * time.Minute, 40 * time.Minute, 10 * time.Minute} {
		a := jobMinute("acme", noon.Add(-ago), 1, 1)
		a.OOMKilled = migration.Some[int64](1)
		bad = append(bad, a)
	}
	slow := minute(noon.Add(-20*time.Minute), 1)
	slow.Duration = migration.Sample(9 * time.Second)
	throttled := minute(noon.Add(-15*time.Minute), 1)
	throttled.Throttled = migration.Some[int64](3)
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{Activities: append(bad, slow, throttled)}})
	v := tenant(t, s.snapshot(noon), "acme")
	for code, ago := range map[string]time.Duration{
		"oom_killed": 80 * time.Minute, "near_timeout": 20 * time.Minute, "throttled": 15 * time.Minute,
	} {
		n := noticeOf(t, v, code)
		if want := noon.Add(-ago); !n.Since.Or(time.Time{}).Equal(want) || n.SinceBasis != migration.SinceData {
			t.Errorf("%s since %v (%v), want %v", code, n.Since, n.SinceBasis, want)
		}
	}
	if v.After.Severity.OOMKilled == 0 || v.Before.Severity.TimeoutRatio != migration.Warning ||
		v.Before.Severity.Throttled != migration.Warning {
		t.Errorf("the figures are %+v and %+v", v.Before.Severity, v.After.Severity)
	}
}

// What no bucket dates is dated by the Snapshot that had it first, for as long as every one
// has it.
func TestNoticesAreDatedByWhenTheyWereSeen(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	jobs := migration.Key{Platform: migration.Jobs, Tenant: "acme", Workload: acme.Workload}
	arrive := func(lines int64) {
		s.absorb(pollResult{source: "log arrival", batch: migration.Batch{Payloads: delivered(came("/jobs", lines, 0, jobs))}})
	}
	since := func(at time.Time) time.Time {
		n := noticeOf(t, tenant(t, s.snapshot(at), "acme"), "no_logs")
		if n.SinceBasis != migration.SinceFirstSeen {
			t.Errorf("known by %v", n.SinceBasis)
		}
		return n.Since.Or(time.Time{})
	}
	arrive(0)
	for _, at := range []time.Time{noon, noon.Add(time.Minute), noon.Add(2 * time.Minute)} {
		if got := since(at); !got.Equal(noon) {
			t.Errorf("at %v it is seen since %v", at, got)
		}
	}
	arrive(7)
	s.snapshot(noon.Add(3 * time.Minute))
	arrive(0)
	if got, want := since(noon.Add(4*time.Minute)), noon.Add(4*time.Minute); !got.Equal(want) {
		t.Errorf("after a break it is seen since %v, want %v", got, want)
	}
}

// Lost messages are dated by the minute in which their queues stopped adding up.
func TestQueueNoticesAreDated(t *testing.T) {
	at := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	queue := migration.Queue{Name: "b", Role: migration.QueueBlue, Tenant: "acme", Workload: "w"}
	poll := migration.QueuePoll{Queues: []migration.Queue{queue}}
	for m := 90; m > 0; m-- {
		b := migration.QueueBucket{
			Queue: "b", Start: at.Add(-time.Duration(m) * time.Minute), Span: time.Minute, Sent: some64(10), Deleted: some64(10),
			Depth: migration.QueueDepth{Visible: some64(0), NotVisible: some64(0), Delayed: some64(0)},
		}
		if m <= 30 {
			b.Deleted = some64(7)
		}
		poll.Buckets = append(poll.Buckets, b)
	}
	s := newTestState(at, time.Hour)
	s.absorb(pollResult{source: "sqs", batch: migration.Batch{Payloads: []migration.Payload{poll}}})
	n := noticeOf(t, tenant(t, s.snapshot(at), "acme"), "conservation")
	// Three are lost a minute: more than ten after four minutes, from 11:30 on.
	if want := at.Add(-27 * time.Minute); !n.Since.Or(time.Time{}).Equal(want) || n.SinceBasis != migration.SinceData {
		t.Errorf("since %v (%v), want %v", n.Since, n.SinceBasis, want)
	}
}
