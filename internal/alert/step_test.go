package alert_test

import (
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/alert"
	"github.com/migtop/migtop/internal/migration"
)

// expect checks the events of one look: "firing oom_killed", with the tenant where there is one.
func expect(t *testing.T, step string, got []alert.Event, want ...string) {
	t.Helper()
	var have []string
	for _, e := range got {
		have = append(have, e.Type+" "+e.Code)
	}
	if strings.Join(have, ", ") != strings.Join(want, ", ") {
		t.Errorf("%s: got %q, want %q", step, have, want)
	}
}

func TestAnAlertFiresOnceAndEnds(t *testing.T) {
	n := newNight()
	expect(t, "healthy", n.look(time.Minute))
	acme := n.tenants["acme"]
	acme.notices = map[string]migration.Severity{"oom_killed": migration.Warning}
	events := n.look(time.Minute)
	expect(t, "fires", events, "firing oom_killed")
	e := events[0]
	if want := "WARNING acme oom_killed: 5 attempts oom_killed (since 21:50 UTC)"; e.Text != want {
		t.Errorf("%q, want %q", e.Text, want)
	}
	if e.Tenant == nil || *e.Tenant != "acme" || *e.Wave != "pilot" || e.Owners[0] != "anna" || *e.Scope.Name != "prod" ||
		e.EndedAt != nil {
		t.Errorf("%+v", e)
	}
	for range 90 {
		expect(t, "stands", n.look(time.Minute))
	}
	acme.notices["oom_killed"] = migration.Critical
	events = n.look(time.Minute)
	expect(t, "worse", events, "changed oom_killed")
	if events[0].Was != migration.Warning || events[0].Severity != migration.Critical ||
		!strings.HasPrefix(events[0].Text, "NOW CRITICAL acme") {
		t.Errorf("%+v", events[0])
	}
	acme.notices["oom_killed"] = migration.Warning
	expect(t, "better", n.look(time.Minute))
	acme.notices["oom_killed"] = migration.Critical
	expect(t, "worse again, soon", n.look(time.Minute))
	acme.notices["oom_killed"] = migration.Warning
	expect(t, "better", n.look(time.Minute))
	expect(t, "better for long", n.look(11*time.Minute))
	acme.notices["oom_killed"] = migration.Critical
	expect(t, "worse again, later", n.look(time.Minute), "changed oom_killed")
	delete(acme.notices, "oom_killed")
	events = n.look(time.Minute)
	expect(t, "ends", events, "resolved oom_killed")
	if want := "ENDED acme oom_killed at 23:49 UTC, after 1h59: 5 attempts oom_killed"; events[0].Text != want {
		t.Errorf("%q, want %q", events[0].Text, want)
	}
	if s := *events[0].Stood; s != (119 * time.Minute).Seconds() {
		t.Errorf("stood %v s", s)
	}
	expect(t, "stays away", n.look(time.Hour))
	if n.state.Len() != 0 {
		t.Errorf("%d alerts are remembered", n.state.Len())
	}
}

// The figure of each code is lost in its own way, and none of them ends the alert.
func TestLostDataEndsNoAlert(t *testing.T) {
	for name, test := range map[string]struct {
		codes string
		lose  func(*night)
	}{
		"the source failed": {"oom_killed container_oom_killed pending", func(n *night) {
			n.sources["jobs"] = migration.HealthFailed
		}},
		"the source starts":       {"oom_killed pending", func(n *night) { n.sources["jobs"] = migration.HealthStarting }},
		"requests fail":           {"oom_killed pending", func(n *night) { n.sources["jobs"] = migration.HealthDegraded }},
		"details failed":          {"oom_killed", func(n *night) { n.sources["pods"] = migration.HealthFailed }},
		"CloudWatch failed":       {"throttled no_logs new_rule", func(n *night) { n.sources["cloudwatch"] = migration.HealthFailed }},
		"CloudWatch is not asked": {"throttled", func(n *night) { n.silent["cloudwatch"] = time.Hour }},
		"queues failed":           {"dead_letters", func(n *night) { n.sources["sqs"] = migration.HealthFailed }},
		"log groups failed":       {"no_logs", func(n *night) { n.sources["log arrival"] = migration.HealthFailed }},
		"the figure is unknown":   {"oom_killed", func(n *night) { n.tenants["acme"].unknown = true }},
		"a restart lost the Jobs": {"oom_killed", func(n *night) { n.jobsFrom = n.at }},
		"the window is shorter":   {"oom_killed throttled dead_letters", func(n *night) { n.span = 30 * time.Minute }},
		"part of the window":      {"throttled", func(n *night) { n.tenants["acme"].coverage = 0 }},
		"the tenant and its rows": {"oom_killed", func(n *night) {
			n.tenants["acme"].absent, n.sources["jobs"] = true, migration.HealthFailed
		}},
		"of a rule that is unknown": {"new_rule", func(n *night) { n.sources["jobs"] = migration.HealthFailed }},
	} {
		t.Run(name, func(t *testing.T) {
			for code := range strings.FieldsSeq(test.codes) {
				n := newNight()
				n.tenants["acme"].notices = map[string]migration.Severity{code: migration.Warning}
				expect(t, "fires", n.look(time.Minute), "firing "+code)
				n.tenants["acme"].notices = nil
				test.lose(n)
				for range 3 {
					for _, e := range n.look(time.Minute) {
						if e.Kind != alert.KindSource {
							t.Errorf("%s: %s", code, e.Text)
						}
					}
				}
				if a := n.state.All()[0]; a.Unknown != start.Add(time.Minute) {
					t.Errorf("%s is not marked: %+v", code, a)
				}
				// It is there again: what ended meanwhile ended between the two looks.
				fresh := newWorld()
				n.sources, n.silent, n.tenants, n.span = fresh.sources, fresh.silent, fresh.tenants, fresh.span
				n.jobsFrom = start.Add(-time.Hour)
				var ended []alert.Event
				for _, e := range n.look(20 * time.Minute) {
					if e.Kind != alert.KindSource {
						ended = append(ended, e)
					}
				}
				expect(t, "back", ended, "resolved "+code)
				if want := "between 22:01 UTC and 22:24 UTC, after 34 min"; len(ended) == 1 && !strings.Contains(ended[0].Text, want) {
					t.Errorf("%q, want %q", ended[0].Text, want)
				}
			}
		})
	}
}

func TestAnAlertOfAShorterWindowEndsAfterItsOwnWindow(t *testing.T) {
	n := newNight()
	n.span = 6 * time.Hour
	n.tenants["acme"].notices = map[string]migration.Severity{"throttled": migration.Warning}
	expect(t, "fires", n.look(time.Minute), "firing throttled")
	n.tenants["acme"].notices, n.span = nil, time.Hour
	for range 5 {
		expect(t, "a shorter window", n.look(time.Hour))
	}
	expect(t, "six hours later", n.look(time.Hour), "resolved throttled")
}

// A restart with data from then on only: what is counted over the window is known once the window has passed.
func TestJobsOfARestart(t *testing.T) {
	n := newNight()
	n.tenants["acme"].notices = map[string]migration.Severity{"oom_killed": migration.Warning, "pending": migration.Warning}
	expect(t, "fires", n.look(time.Minute), "firing oom_killed", "firing pending")
	n.tenants["acme"].notices = nil
	n.jobsFrom = n.at.Add(10 * time.Minute)
	expect(t, "what waits now is known", n.look(11*time.Minute), "resolved pending")
	expect(t, "half of the window", n.look(30*time.Minute))
	expect(t, "the window", n.look(30*time.Minute), "resolved oom_killed")
}

func TestALostSourceIsOneMessage(t *testing.T) {
	n := newNight()
	for _, tenant := range n.tenants {
		tenant.notices = map[string]migration.Severity{"oom_killed": migration.Warning}
		tenant.word, tenant.holds = migration.VerdictHold, []string{"oom_killed"}
	}
	expect(t, "fires", n.look(time.Minute), "firing oom_killed", "firing oom_killed", "firing hold", "firing hold")
	for _, tenant := range n.tenants {
		tenant.notices, tenant.holds = nil, []string{"green_unread"}
	}
	n.sources["jobs"], n.sources["pods"] = migration.HealthFailed, migration.HealthFailed
	expect(t, "one failed poll", n.look(time.Minute))
	expect(t, "lost", n.look(2*time.Minute), "firing lost")
	expect(t, "stays lost", n.look(10*time.Minute))
	n.sources["jobs"] = migration.HealthOK
	expect(t, "pods are still lost", n.look(time.Minute))
	delete(n.sources, "pods")
	for _, tenant := range n.tenants {
		tenant.word, tenant.holds = migration.VerdictPromote, nil
	}
	expect(t, "back", n.look(time.Minute), "firing promote", "firing promote", "resolved oom_killed", "resolved oom_killed",
		"resolved lost", "resolved hold", "resolved hold")
	if n.state.Len() == 0 {
		t.Error("nothing is remembered")
	}
}

func TestOneFailedPollIsNotTold(t *testing.T) {
	n := newNight()
	for range 20 {
		n.sources["cloudwatch"] = migration.HealthFailed
		expect(t, "failed", n.look(time.Minute))
		delete(n.sources, "cloudwatch")
		expect(t, "answered", n.look(time.Minute))
	}
}

func TestWordsThatNeedAPerson(t *testing.T) {
	n := newNight()
	acme := n.tenants["acme"]
	say := func(w migration.VerdictWord, holds ...string) []alert.Event {
		acme.word, acme.holds = w, holds
		return n.look(time.Minute)
	}
	expect(t, "before", say(migration.VerdictMove))
	expect(t, "too few runs", say(migration.VerdictHold, "need_runs", "need_minutes"))
	expect(t, "frozen", say(migration.VerdictHold, "frozen"))
	expect(t, "PROMOTE", say(migration.VerdictPromote), "firing promote")
	events := say(migration.VerdictHold, "slower", "need_evidence")
	expect(t, "HOLD", events, "firing hold", "resolved promote")
	if want := "ENDED acme PROMOTE at 22:05 UTC, after 1 min, now HOLD: because of 5 of 100 messages"; events[1].Text != want {
		t.Errorf("%q, want %q", events[1].Text, want)
	}
	expect(t, "loses messages", say(migration.VerdictHold, "loss"), "changed hold")
	events = say(migration.VerdictRollBack)
	expect(t, "ROLL BACK", events, "firing roll_back", "resolved hold")
	if events[0].Severity != migration.Critical || !strings.HasPrefix(events[0].Text, "ROLL BACK acme: ") {
		t.Errorf("%+v", events[0])
	}
	expect(t, "no verdict", say(migration.VerdictNone))
	expect(t, "moved", say(migration.VerdictMoved), "resolved roll_back")
}

func TestAnAlertThatComesAndGoes(t *testing.T) {
	n := newNight()
	acme := n.tenants["acme"]
	on := map[string]migration.Severity{"throttled": migration.Warning}
	set := func(to map[string]migration.Severity) []alert.Event { acme.notices = to; return n.look(time.Minute) }
	expect(t, "1", set(on), "firing throttled")
	expect(t, "1 ends", set(nil), "resolved throttled")
	events := set(on)
	expect(t, "2", events, "firing throttled")
	if events[0].Times != 2 || !strings.HasSuffix(events[0].Text, "; it began 2 times with short pauses") {
		t.Errorf("%+v", events[0])
	}
	for range 10 {
		expect(t, "goes", set(nil))
		expect(t, "comes", set(on))
	}
	gone := n.at.Add(time.Minute)
	for range 10 {
		expect(t, "away", set(nil))
	}
	events = set(nil)
	expect(t, "away for long", events, "resolved throttled")
	if e := events[0]; !e.EndedAt.Equal(gone) || e.Times != 12 {
		t.Errorf("ended at %v, %d times; want %v, 12", e.EndedAt, e.Times, gone)
	}
	expect(t, "later", n.look(time.Hour))
	events = set(on)
	expect(t, "much later", events, "firing throttled")
	if events[0].Times != 1 {
		t.Errorf("%d times", events[0].Times)
	}
}

// Before both sides have answered, a notice may look worse than it is: jobs that fail as much as before the move do.
func TestNothingIsToldBeforeBothSidesAnswer(t *testing.T) {
	n := newNight()
	n.tenants["acme"].notices = map[string]migration.Severity{"oom_killed": migration.Critical}
	n.sources["cloudwatch"] = migration.HealthStarting
	expect(t, "CloudWatch starts", n.look(time.Minute))
	n.tenants["acme"].notices["oom_killed"] = migration.Warning
	delete(n.sources, "cloudwatch")
	expect(t, "it answers", n.look(time.Minute), "firing oom_killed")
	n.tenants["acme"].notices["oom_killed"] = migration.Critical
	n.sources["jobs"] = migration.HealthStarting
	expect(t, "Jobs start", n.look(time.Minute))
	delete(n.sources, "jobs")
	expect(t, "they answer", n.look(time.Minute), "changed oom_killed")
}

func TestWhatIsNeverReadAgainIsDropped(t *testing.T) {
	n := newNight()
	n.tenants["acme"].notices = map[string]migration.Severity{"dead_letters": migration.Warning}
	expect(t, "fires", n.look(time.Minute), "firing dead_letters")
	n.tenants["acme"].notices = nil
	n.sources["sqs"] = migration.HealthOff
	for range 34 {
		expect(t, "unknown", n.look(24*time.Hour))
	}
	expect(t, "dropped", n.look(24*time.Hour), "dropped dead_letters")
	expect(t, "over", n.look(24*time.Hour))
}

// What is not wanted is not told, neither when it begins nor when it ends; a setting that changes repeats nothing.
func TestSettingsDecideWhatIsTold(t *testing.T) {
	n := newNight()
	n.rules = (&alert.Settings{}).Rules()
	acme := n.tenants["acme"]
	acme.notices = map[string]migration.Severity{"throttled": migration.Info, "oom_killed": migration.Warning}
	expect(t, "from warning on", n.look(time.Minute), "firing oom_killed")
	n.rules = (&alert.Settings{Severity: migration.Info}).Rules()
	expect(t, "from info on", n.look(time.Minute), "firing throttled")
	n.rules = (&alert.Settings{Severity: migration.Critical}).Rules()
	expect(t, "from critical on", n.look(time.Minute))
	acme.notices = nil
	expect(t, "both end", n.look(time.Minute), "resolved oom_killed", "resolved throttled")
}

func TestASnapshotThatIsNotNewerChangesNothing(t *testing.T) {
	n := newNight()
	n.tenants["acme"].notices = map[string]migration.Severity{"oom_killed": migration.Warning}
	expect(t, "fires", n.look(time.Minute), "firing oom_killed")
	n.tenants["acme"].notices = nil
	expect(t, "an older one", n.look(-30*time.Second))
	expect(t, "the same time", n.look(30*time.Second))
	expect(t, "a newer one", n.look(time.Second), "resolved oom_killed")
}
