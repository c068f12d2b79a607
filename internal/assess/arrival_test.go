package assess

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/migration"
)

// logsOf is what a Snapshot says of acme's thumbnails after both sides worked for an
// hour and a half, and these lines arrived.
func logsOf(t *testing.T, lambda, jobs []migration.LogDelivery, rows ...migration.Health) (migration.LogView, []string) {
	t.Helper()
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{
		Functions: []migration.Function{{Key: acme, Name: "acme-thumbnails", Logs: migration.Logs{Group: "/aws/lambda/acme-thumbnails"}}},
		Payloads:  delivered(lambda...),
	}})
	s.absorb(pollResult{source: "log arrival", batch: migration.Batch{Payloads: delivered(jobs...), Health: rows}})
	v := tenant(t, s.snapshot(noon), "acme")
	var notices []string
	for _, n := range v.Notices {
		if n.Code == "no_logs" || n.Code == "no_lambda_logs" {
			notices = append(notices, n.Severity.String()+": "+n.Text)
		}
	}
	if len(v.Logs) == 0 {
		return migration.LogView{}, notices
	}
	if len(v.Logs) != 1 || v.Logs[0].Workload != acme.Workload {
		t.Fatalf("%+v", v.Logs)
	}
	return v.Logs[0], notices
}

// came is so many lines of an hour that ended five minutes before back.
func came(group string, lines int64, back time.Duration, of ...migration.Key) migration.LogDelivery {
	return migration.LogDelivery{
		Group: group, Of: of, From: noon.Add(-65*time.Minute - back), To: noon.Add(-5*time.Minute - back),
		Lines: lines,
	}
}

func changed(a migration.LogDelivery, change func(*migration.LogDelivery)) []migration.LogDelivery {
	change(&a)
	return []migration.LogDelivery{a}
}

// Lines arrive or they do not, and where that is not known nothing is said.
func TestLogsArriveOnBothSides(t *testing.T) {
	jobs := migration.Key{Platform: migration.Jobs, Tenant: "acme", Workload: acme.Workload}
	whole := migration.Key{Platform: migration.Jobs, Tenant: "acme"}
	globex := migration.Key{Platform: migration.Jobs, Tenant: "globex"}
	ok := migration.Health{Source: "log arrival", State: migration.HealthOK}
	failed := migration.Health{Source: "log arrival", Scope: "prod us-east-1", State: migration.HealthFailed}
	lambda := []migration.LogDelivery{came("/aws/lambda/acme-thumbnails", 1500, 0, acme)}
	const night = "warning: 50 Jobs of thumbnails ended from 11:00 to 11:50 UTC, and no log line arrived in /jobs"
	anyAccount := func(a *migration.LogDelivery) { a.AnyAccount = true }
	for _, test := range []struct {
		name                string
		lambda, jobs        []migration.LogDelivery
		rows                []migration.Health
		lambdaLines, lines  migration.Opt[int64]
		lambdaRuns, runs    migration.Opt[int64]
		shared, lowerBound  bool
		notices             []string
		nothing, noEvidence bool
	}{
		{name: "nobody looks", nothing: true},
		{
			name: "both arrive", lambda: lambda, jobs: []migration.LogDelivery{came("/jobs", 70, 0, jobs)},
			lambdaLines: some64(1500), lambdaRuns: some64(500), lines: some64(70), runs: some64(50),
		},
		{
			name: "the bad night", lambda: lambda, jobs: []migration.LogDelivery{came("/jobs", 0, 0, jobs)},
			lambdaLines: some64(1500), lambdaRuns: some64(500), lines: some64(0), runs: some64(50),
			notices: []string{night + "; on Lambda 500 runs wrote 1500 lines"},
		},
		{
			name: "Jobs alone are watched", jobs: []migration.LogDelivery{came("/jobs", 0, 0, whole)},
			lines: some64(0), runs: some64(50), notices: []string{night},
		},
		{
			name: "Lambda's are lost", lambda: []migration.LogDelivery{came("/aws/lambda/acme-thumbnails", 0, 0, acme)},
			lambdaLines: some64(0), lambdaRuns: some64(500),
			notices: []string{"info: 500 invocations of thumbnails began from 11:00 to 11:50 UTC, and no log line arrived in " +
				"/aws/lambda/acme-thumbnails"},
		},
		{
			name: "everybody's lines", jobs: []migration.LogDelivery{came("/jobs", 9000, 0)},
			runs: some64(50), shared: true,
		},
		{
			name: "nobody's lines", jobs: []migration.LogDelivery{came("/jobs", 0, 0)},
			lines: some64(0), runs: some64(50), shared: true, notices: []string{night},
		},
		{
			name: "its own before everybody's", jobs: []migration.LogDelivery{
				came("/all", 9000, 0), came("/jobs", 0, 0, jobs),
				came("/globex", 5, 0, globex),
			},
			lines: some64(0), runs: some64(50), notices: []string{night},
		},
		{
			name: "no such log group", jobs: changed(came("/eks/{tenant}", 0, 0), func(a *migration.LogDelivery) { a.Absent = true }),
			lines: some64(0), runs: some64(50),
			notices: []string{"warning: 50 Jobs of thumbnails ended from 11:00 to 11:50 UTC, and the tenant has no log group /eks/{tenant}"},
		},
		{
			name: "no such log group, but its own", jobs: append(changed(came("/eks/{tenant}", 0, 0),
				func(a *migration.LogDelivery) { a.Absent = true }), came("/eks/acme", 3, 0, whole)),
			lines: some64(3), runs: some64(50),
		},
		{name: "not answered yet", jobs: []migration.LogDelivery{{Group: "/jobs", Of: []migration.Key{jobs}}}, noEvidence: true},
		{
			name: "one of two has not answered", jobs: []migration.LogDelivery{
				came("/jobs", 0, 0, jobs),
				{Group: "/jobs/b", Of: []migration.Key{jobs}},
			}, noEvidence: true,
		},
		{
			name: "one of two has not answered, and lines came", jobs: []migration.LogDelivery{
				came("/jobs", 4, 0, jobs),
				{Group: "/jobs/b", Of: []migration.Key{jobs}},
			},
			lines: some64(4), runs: some64(50), lowerBound: true,
		},
		{
			name: "the other account does not answer", jobs: changed(came("/jobs", 0, 0, jobs), anyAccount),
			rows:       []migration.Health{ok, failed},
			noEvidence: true,
		},
		{
			name: "the other account does not matter", jobs: []migration.LogDelivery{came("/jobs", 0, 0, jobs)},
			rows:  []migration.Health{ok, failed},
			lines: some64(0), runs: some64(50), notices: []string{night},
		},
		{
			name: "nothing ran then", jobs: []migration.LogDelivery{came("/jobs", 0, 10*time.Hour, jobs)},
			lines: some64(0), runs: some64(0),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			v, notices := logsOf(t, test.lambda, test.jobs, test.rows...)
			if diff := cmp.Diff(test.notices, notices); diff != "" {
				t.Errorf("notices (-want +got):\n%s", diff)
			}
			if test.nothing {
				if len(v.After.Groups)+len(v.Before.Groups) > 0 {
					t.Errorf("%+v", v)
				}
				return
			}
			if v.Before.Lines != test.lambdaLines || v.Before.Runs != test.lambdaRuns {
				t.Errorf("Lambda: %+v", v.Before)
			}
			if v.After.Lines != test.lines || v.After.Runs != test.runs || v.After.Shared != test.shared ||
				v.After.Evidence.LowerBound != test.lowerBound {
				t.Errorf("Jobs: %+v", v.After)
			}
			if known := v.After.Evidence.Source != ""; known == (test.noEvidence || len(test.jobs) == 0) || known != !v.After.To.IsZero() {
				t.Errorf("evidence %+v from %v to %v", v.After.Evidence, v.After.From, v.After.To)
			}
		})
	}
}

func some64(n int64) migration.Opt[int64] { return migration.Some(n) }

// A function that is set to log little may write nothing, and activity in an account
// whose log groups nobody counts may have written somewhere.
func TestSilenceOnLambdaMayBeMeant(t *testing.T) {
	none := came("/aws/lambda/acme-thumbnails", 0, 0, acme)
	for name, change := range map[string]func(*state){
		"set to log little": func(s *state) { s.functions[0].Logs.Silent = true },
		"active elsewhere": func(s *state) {
			m := minute(noon.Add(-30*time.Minute), 10)
			m.Scope = "prod us-east-1"
			s.store.Upsert(&m)
		},
	} {
		s := newTestState(noon, time.Hour)
		absorbBoth(s, noon)
		s.absorb(pollResult{source: "lambda", batch: migration.Batch{
			Functions: []migration.Function{{Key: acme, Name: "acme-thumbnails", Logs: migration.Logs{Group: none.Group}}},
			Payloads:  delivered(none),
		}})
		change(s)
		v := tenant(t, s.snapshot(noon), "acme")
		if side := v.Logs[0].Before; side.Lines.Known() || side.Missing() {
			t.Errorf("%s: %+v", name, side)
		}
	}
}

// Log groups that two workloads share tell of neither alone, and one notice tells of
// both.
func TestSharedLogGroups(t *testing.T) {
	reports := migration.Key{Platform: migration.Jobs, Tenant: "acme", Workload: "reports"}
	for _, lines := range []int64{0, 12} {
		s := newTestState(noon, time.Hour)
		absorbBoth(s, noon)
		var more []migration.Activity
		for at := noon.Add(-90 * time.Minute); at.Before(noon); at = at.Add(time.Minute) {
			m := jobMinute("acme", at, 2, 0)
			m.Key = reports
			more = append(more, m)
		}
		s.absorb(pollResult{source: "jobs", batch: migration.Batch{Activities: more}})
		s.absorb(pollResult{source: "log arrival", batch: migration.Batch{
			Payloads: delivered(came("/eks/acme", lines, 0, migration.Key{Platform: migration.Jobs, Tenant: "acme"})),
		}})
		v := tenant(t, s.snapshot(noon), "acme")
		if len(v.Logs) != 2 {
			t.Fatalf("%+v", v.Logs)
		}
		for _, l := range v.Logs {
			if !l.After.Shared || l.After.Arrived != some64(lines) || l.After.Lines.Known() != (lines == 0) {
				t.Errorf("%d lines: %+v", lines, l.After)
			}
		}
		var texts []string
		for _, n := range v.Notices {
			if n.Code == "no_logs" {
				texts = append(texts, n.Text)
			}
		}
		want := []string{"150 Jobs of reports, thumbnails ended from 11:00 to 11:50 UTC, and no log line arrived in /eks/acme"}
		if lines > 0 {
			want = nil
		}
		if diff := cmp.Diff(want, texts); diff != "" {
			t.Errorf("%d lines (-want +got):\n%s", lines, diff)
		}
	}
}

// An account that has not answered for the first time may have what another has not.
func TestSilenceWaitsForAllAccounts(t *testing.T) {
	s := newTestState(noon, time.Hour)
	s.opts.Unheard = []string{"log arrival ops eu-west-1", "log arrival prod eu-west-1"}
	absorbBoth(s, noon)
	for i, scope := range []string{"ops eu-west-1", "prod eu-west-1"} {
		none := came("/eks/{tenant}", 0, 0)
		none.Scope, none.AnyAccount, none.Absent = scope, true, true
		s.absorb(pollResult{source: "log arrival " + scope, batch: migration.Batch{
			Payloads: delivered(none),
			Health:   []migration.Health{{Source: "log arrival", Scope: scope, State: migration.HealthOK}},
		}})
		if side := tenant(t, s.snapshot(noon), "acme").Logs[0].After; side.Missing() != (i == 1) {
			t.Errorf("after %d of 2 accounts: %+v", i+1, side)
		}
	}
}
