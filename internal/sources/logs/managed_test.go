package logs

import (
	"fmt"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources/logs/report"
)

// A run on a managed instance counts with its duration: it was not cut, and neither its bill
// nor its memory is 0.
func TestCountsRunsOnManagedInstances(t *testing.T) {
	line := func(minute float64, n int, status string) awsapi.LogEvent {
		return awsapi.LogEvent{At: at(minute), Stream: "2026/03/10/[1]aa", Message: fmt.Sprintf(
			`{"time":%q,"type":"platform.report","record":{"requestId":%q,"status":%q,"metrics":{"durationMs":1500},"spans":[]}}`,
			at(minute).Format(time.RFC3339Nano), id(n), status)}
	}
	b := newBench(t, map[string][]awsapi.LogEvent{group("f"): {
		line(40, 1, "success"), line(39, 2, "error"), line(38, 3, "timeout"), ran(at(20), 4, time.Second, ""),
	}}, nil)
	answers, _, err := b.read(t, hour("f"))
	if err != nil {
		t.Fatal(err)
	}
	runs, unread := all(answers[group("f")], "")
	if unread != (migration.Unread{}) || runs.Runs != 4 || runs.Unbilled != 3 || runs.Billed != 128*1000 || runs.Failures != 2 ||
		runs.TimedOut != 1 || runs.OOMKilled != 0 {
		t.Errorf("%+v, unread %+v", runs, unread)
	}
	if d := runs.Duration.Distribution(); d.Count() != 4 || d.Max() != migration.Some(1500*time.Millisecond) || runs.Peak.Total() != 1 {
		t.Errorf("durations %v, peaks %v", d, runs.Peak)
	}
	for _, r := range answers[group("f")].Runs {
		managed := r.Record.Duration != time.Second
		if r.Record.Peak.Known() == managed || r.Record.Given.Limit.Memory.Known() == managed || (r.Record.Evidence == noteManaged) != managed {
			t.Errorf("%+v", r.Record)
		}
	}
}

// A tenant is found in any line that has the pattern, whatever it begins with.
func TestJoinsTenantsInAnyLine(t *testing.T) {
	join, err := report.NewJoin("", "tenant={tenant}")
	if err != nil {
		t.Fatal(err)
	}
	for i, format := range []string{
		"%s tenant=acme", "{tenant=acme} %s", "[%s] tenant=acme", "\ufeff%s tenant=acme", "REPORT card %s tenant=acme",
		"REPORT RequestId: %s tenant=acme",
		`{"requestId":"%s","message":"tenant=acme"}`, "%s\nat line 3\n  tenant=acme\n", `{"requestId":"%s","message":"tenant=acme`,
		"<tenant=acme> %s",
	} {
		said := awsapi.LogEvent{At: at(31), Stream: "2026/03/10/[$LATEST]aa", Message: fmt.Sprintf(format, id(i))}
		b := newBench(t, map[string][]awsapi.LogEvent{group("f"): {said, ran(at(30), i, time.Second, "")}},
			func(string) report.Join { return join })
		answers, _, err := b.read(t, hour("f"))
		if err != nil {
			t.Fatal(err)
		}
		if runs, unread := all(answers[group("f")], "acme"); runs.Runs != 1 || unread != (migration.Unread{}) {
			t.Errorf("%s: %d runs of acme, unread %+v", format, runs.Runs, unread)
		}
	}
}
