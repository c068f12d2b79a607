package alert_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/alert"
	"github.com/migtop/migtop/internal/migration"
)

// change changes the world a little.
func (w *world) change(t *rapid.T) {
	codes := []string{"oom_killed", "throttled", "dead_letters", "no_logs", "pending", "container_oom_killed", "new_rule"}
	name := rapid.SampledFrom([]migration.Tenant{"acme", "globex"}).Draw(t, "tenant")
	of := w.tenants[name]
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	case 0, 1, 2:
		if of.notices == nil {
			of.notices = map[string]migration.Severity{}
		}
		code := rapid.SampledFrom(codes).Draw(t, "code")
		severities := []migration.Severity{0, migration.Info, migration.Warning, migration.Critical}
		if s := rapid.SampledFrom(severities).Draw(t, "severity"); s == 0 {
			delete(of.notices, code)
		} else {
			of.notices[code] = s
		}
	case 3:
		of.word = migration.VerdictWord(rapid.IntRange(0, 8).Draw(t, "word"))
		of.holds = []string{rapid.SampledFrom([]string{"loss", "slower", "green_unread", "need_runs", "frozen"}).Draw(t, "hold")}
	case 4:
		w.sources[rapid.SampledFrom(rows).Draw(t, "row")] = migration.HealthState(rapid.IntRange(0, 4).Draw(t, "state"))
	case 5:
		w.sources = map[string]migration.HealthState{}
	case 6:
		of.unknown = rapid.Bool().Draw(t, "unknown")
	case 7:
		of.absent = rapid.Bool().Draw(t, "absent")
	case 8:
		w.span = rapid.SampledFrom([]time.Duration{time.Hour, 6 * time.Hour}).Draw(t, "span")
	case 9:
		w.jobsFrom = w.at
	}
}

func after(t *rapid.T) time.Duration {
	return rapid.SampledFrom([]time.Duration{time.Second, time.Minute, 7 * time.Minute, time.Hour, 20 * 24 * time.Hour}).Draw(t, "after")
}

// Of each alert, what fires and what ends alternate; nothing repeats while it stands; each end lies between two looks; and where the
// source of its figure does not answer, nothing ends.
func TestFiringAndResolvedAlternate(tb *testing.T) {
	rapid.Check(tb, func(t *rapid.T) {
		n := newNight()
		standing, severity, ids := map[string]bool{}, map[string]migration.Severity{}, map[string]bool{}
		for range rapid.IntRange(1, 60).Draw(t, "looks") {
			n.change(t)
			for _, e := range n.look(after(t)) {
				if ids[e.ID] {
					t.Fatalf("the id of %s is not its own", e.Text)
				}
				ids[e.ID] = true
				switch e.Type {
				case alert.Firing:
					if standing[e.Alert] {
						t.Fatalf("repeated: %s", e.Text)
					}
					standing[e.Alert], severity[e.Alert] = true, e.Severity
				case alert.Changed:
					if !standing[e.Alert] || e.Severity <= e.Was {
						t.Fatalf("not worse: %s", e.Text)
					}
				case alert.Resolved, alert.Dropped:
					if !standing[e.Alert] {
						t.Fatalf("ended twice: %s", e.Text)
					}
					delete(standing, e.Alert)
				default:
					t.Fatalf("an event %q", e.Type)
				}
				if e.Type != alert.Resolved {
					continue
				}
				if e.EndedAt == nil || e.EndedAfter == nil || e.EndedAfter.After(*e.EndedAt) || e.EndedAt.After(e.At) || *e.Stood < 0 {
					t.Fatalf("%+v", e)
				}
				for _, row := range needs[e.Code] {
					if s, lost := n.sources[row]; lost && s != migration.HealthOK {
						t.Fatalf("%s is %v: %s", row, s, e.Text)
					}
				}
			}
		}
		for _, a := range n.state.All() {
			if told := !a.Fired.IsZero() && !a.Resolved; told != standing[a.Key] {
				t.Fatalf("%s: told %v, standing %v", a.Key, told, standing[a.Key])
			}
		}
	})
}

// needs are the rows without which an alert cannot end, by code.
var needs = map[string][]string{
	"oom_killed": {"jobs", "pods"}, "pending": {"jobs", "pods"}, "container_oom_killed": {"jobs", "pods"},
	"throttled": {"cloudwatch", "lambda"}, "dead_letters": {"sqs"}, "no_logs": {"log arrival", "jobs", "cloudwatch"},
	"new_rule": {"jobs", "cloudwatch"}, "promote": {"jobs", "cloudwatch"}, "hold": {"jobs", "cloudwatch"},
	"roll_back": {"jobs", "cloudwatch"},
}

// Whatever is lost at once, nothing but the lost sources is told from then on, and nothing ends.
func TestLosingEverythingResolvesNothing(tb *testing.T) {
	rapid.Check(tb, func(t *rapid.T) {
		n := newNight()
		for range rapid.IntRange(1, 20).Draw(t, "looks") {
			n.change(t)
			n.look(after(t))
		}
		for _, row := range rows {
			n.sources[row] = rapid.SampledFrom([]migration.HealthState{
				migration.HealthFailed, migration.HealthStarting, migration.HealthDegraded,
			}).Draw(t, row)
		}
		for _, tenant := range n.tenants {
			tenant.notices, tenant.absent, tenant.word = nil, true, 0
		}
		for range rapid.IntRange(1, 20).Draw(t, "lost looks") {
			for _, e := range n.look(time.Minute) {
				if e.Kind != alert.KindSource {
					t.Fatalf("%s", e.Text)
				}
			}
		}
	})
}

// A restart at any point changes no event: what is stored, all at once or change by change, is all that is remembered.
func TestARestartRepeatsAndSwallowsNothing(tb *testing.T) {
	rapid.Check(tb, func(t *rapid.T) {
		n := newNight()
		var restarted alert.State
		stored := map[string]alert.Row{}
		for range rapid.IntRange(1, 40).Draw(t, "looks") {
			n.change(t)
			n.at = n.at.Add(after(t))
			want := n.state.Step(n.snapshot(), n.rules)
			got := restarted.Step(n.snapshot(), n.rules)
			if diff := cmp.Diff(encoded(t, want.Events), encoded(t, got.Events)); diff != "" {
				t.Fatalf("after a restart other events (-want +got):\n%s", diff)
			}
			for _, r := range got.Rows {
				if stored[r.Key] = r; r.Body == nil {
					delete(stored, r.Key)
				}
			}
			if !rapid.Bool().Draw(t, "restart") {
				continue
			}
			list := []alert.Row{}
			for _, r := range stored {
				list = append(list, r)
			}
			slices.SortFunc(list, func(a, b alert.Row) int { return strings.Compare(a.Key, b.Key) })
			if diff := cmp.Diff(restarted.Rows(), list); diff != "" {
				t.Fatalf("the changes do not come to what is remembered:\n%s", diff)
			}
			var err error
			if restarted, err = alert.Restore(restarted.At, list); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func encoded(t *rapid.T, events []alert.Event) []string {
	var out []string
	for _, e := range events {
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var again alert.Event
		if err := json.Unmarshal(b, &again); err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	return out
}
