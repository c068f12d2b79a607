package assess

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// wantGap checks that a tenant, and the fleet with it, compares nothing, and says why.
func wantGap(t *testing.T, snap *migration.Snapshot, name migration.Tenant, reason string) {
	t.Helper()
	v := tenant(t, snap, name)
	a, o := &v.Economics, &snap.Totals.Forecast
	if a.Gap != reason || v.Verdict.Decision != migration.CannotStay && v.Verdict.Reason != reason {
		t.Errorf("%s: gap %q, verdict %s: %q; want %q", name, a.Gap, v.Verdict.Decision, v.Verdict.Reason, reason)
	}
	if d := v.Verdict.Decision; d != migration.NotEnoughData && d != migration.CannotStay {
		t.Errorf("%s: the verdict is %s", name, d)
	}
	for what, known := range map[string]bool{
		"saving": a.Saving.Value.Known(), "saved": a.Saved.Value.Known(),
		"break-even": v.BreakEven.Value.Known(), "delta": v.Delta.Value.Known(),
		"pace":     a.RunsPerDay.Known() && !(v.Before.Runs.Known() && v.After.Runs.Known()),
		"crossing": v.Crossing != "", "break-even duration": a.Duration.Value.Known(), "month on Lambda": a.BeforeMonth.Value.Known(),
		"the fleet's saving": o.Saving.Value.Known(), "payback": o.Payback.Value.Known(),
	} {
		if known {
			t.Errorf("%s: there is a %s", name, what)
		}
	}
	if o.Gap == "" {
		t.Error("the fleet does not say why nothing is compared")
	}
}

func TestNothingIsComparedBeforeBothSidesWereRead(t *testing.T) {
	expired := &migration.Problem{Fault: migration.FaultExpired, What: "the AWS credentials have expired"}
	for name, tc := range map[string]struct {
		health []migration.Health // of the side that was not read
		after  bool               // that is Jobs
		want   string
	}{
		"at the start":       {[]migration.Health{{Source: "cloudwatch"}}, false, "waiting for cloudwatch"},
		"the cluster starts": {[]migration.Health{{Source: "jobs"}}, true, "waiting for jobs"},
		"expired": {
			[]migration.Health{{Source: "cloudwatch", State: migration.HealthFailed, Problem: expired}},
			false,
			"Lambda could not be read: the AWS credentials have expired",
		},
		"functions are throttled": {
			[]migration.Health{
				{Source: "cloudwatch", State: migration.HealthOK},
				{Source: "lambda", State: migration.HealthFailed, Problem: &migration.Problem{What: "Lambda throttles ListFunctions"}},
			}, false, "Lambda could not be read: Lambda throttles ListFunctions",
		},
		"the cluster is offline": {
			[]migration.Health{{Source: "jobs", State: migration.HealthFailed, Problem: &migration.Problem{What: "cannot list jobs"}}},
			true,
			"Jobs could not be read: cannot list jobs",
		},
		"a kubeconfig that is wrong": {
			[]migration.Health{{
				Source: "jobs", State: migration.HealthFailed,
				Problem: &migration.Problem{Fault: migration.FaultConfig, What: `the kubeconfig has no context "prdo"`},
			}}, true, `Jobs could not be read: the kubeconfig has no context "prdo"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := oneSide(tc.after)
			s.absorb(pollResult{source: "the other", batch: migration.Batch{Health: tc.health}})
			wantGap(t, s.snapshot(noon), "acme", tc.want)
		})
	}
}

// Pods may be read where Jobs may not: that they are seen does not make what did not run known.
func TestJobsThatMayNotBeListedAreAGap(t *testing.T) {
	s := oneSide(true)
	s.absorb(pollResult{source: "kubernetes", batch: migration.Batch{
		Cluster: &migration.Cluster{Name: "prod", EKS: true, Region: "us-east-1"}, CoverFrom: migration.Some(noon.Add(-3 * time.Hour)),
		Health: []migration.Health{
			{Source: "jobs", State: migration.HealthFailed, Problem: &migration.Problem{What: "cannot list jobs: forbidden"}},
			{Source: "pods", State: migration.HealthOK, LastSuccess: noon},
		},
	}})
	wantGap(t, s.snapshot(noon), "acme", "Jobs could not be read: cannot list jobs: forbidden")
}

// oneSide has read Lambda, or Jobs without after.
func oneSide(after bool) *state {
	s := newTestState(noon, time.Hour)
	if after {
		var lambda []migration.Activity
		for at := noon.Add(-90 * time.Minute); at.Before(noon); at = at.Add(time.Minute) {
			lambda = append(lambda, minute(at, 10))
		}
		s.absorb(pollResult{source: "lambda", batch: migration.Batch{
			Activities: lambda,
			Functions: []migration.Function{{
				Key: acme, Name: "acme-thumbnails", MemorySize: 512 * migration.MiB, Timeout: 10 * time.Second,
				Place: migration.RegionArch{Region: "us-east-1", Arch: migration.X86},
			}},
			Health: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK, FinalTo: noon.Add(-3 * time.Minute)}},
		}})
		return s
	}
	var jobs []migration.Activity
	for at := noon.Add(-90 * time.Minute); at.Before(noon); at = at.Add(time.Minute) {
		jobs = append(jobs, jobMinute("acme", at, 1, 0))
	}
	s.absorb(pollResult{source: "jobs", batch: migration.Batch{
		Activities: jobs, Cluster: &migration.Cluster{Name: "prod", EKS: true, Region: "us-east-1"},
		CoverFrom: migration.Some(noon.Add(-3 * time.Hour)),
		Health:    []migration.Health{{Source: "jobs", State: migration.HealthOK}},
	}})
	return s
}

// A cluster that is not there by intent is no gap: what Jobs would cost is calculated, on a node that is named.
func TestACompanyWithoutAClusterYetGetsAnAnswer(t *testing.T) {
	for name, health := range map[string][]migration.Health{
		"no source": nil,
		"off":       {{Source: "jobs", State: migration.HealthOff}},
		"no kubeconfig": {{
			Source: "jobs", State: migration.HealthFailed,
			Problem: &migration.Problem{Fault: migration.FaultAbsent, What: "no kubeconfig: looked at ~/.kube/config"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := oneSide(true)
			s.absorb(pollResult{source: "kubernetes", batch: migration.Batch{Health: health}})
			snap := s.snapshot(noon)
			v := tenant(t, snap, "acme")
			a := &v.Economics
			if a.Gap != "" || v.Verdict.Decision != migration.Stay || !strings.Contains(v.Verdict.Reason, "about $") {
				t.Fatalf("gap %q, %s: %s", a.Gap, v.Verdict.Decision, v.Verdict.Reason)
			}
			if note := a.AfterRun.Evidence.Note; !strings.Contains(note, "on m6i.xlarge nodes (assumed: no node was seen)") {
				t.Errorf("the assumption is not named: %q", note)
			}
			wantUSD(t, "the platform to come", a.Fixed, "73") // an EKS control plane for 730 h
			if f := snap.Totals.Total; f.Evidence.LowerBound || !f.Value.Known() {
				t.Errorf("what is not there makes the total a bound: %+v", f)
			}
			wantUSD(t, "the platform now", snap.Totals.Platform, "0")
		})
	}
}

// Of several accounts one does not answer: what has work there, or may have, is not compared; the rest is, and the fleet
// is not.
func TestAnAccountThatDoesNotAnswerIsAGap(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	var jobs []migration.Activity
	for at := noon.Add(-80 * time.Minute); at.Before(noon); at = at.Add(time.Minute) {
		jobs = append(jobs, jobMinute("globex", at, 1, 0)) // on Lambda it may be in any account
	}
	s.absorb(pollResult{source: "jobs", batch: migration.Batch{Activities: jobs}})
	s.absorb(pollResult{source: "lambda old", batch: migration.Batch{Health: []migration.Health{{
		Source: "cloudwatch", Scope: "old us-east-1", State: migration.HealthFailed, Problem: &migration.Problem{What: "expired"},
	}}}})
	snap := s.snapshot(noon)
	wantGap(t, snap, "globex", "old us-east-1 does not answer")
	if got := snap.Totals.Forecast.Gap; got != "old us-east-1 does not answer" {
		t.Errorf("the fleet says %q", got)
	}
	if f := snap.Totals.Forecast; f.MonthEnd.Value.Known() || f.Stay.Value.Known() {
		t.Errorf("the fleet's month ends are compared without an account: %+v", f.MonthEnd)
	}
}

// Nodes of a kind that has no price leave a gap that names it, also for what has not run on them yet.
func TestNodesWithoutAPriceAreAGap(t *testing.T) {
	s := oneSide(true)
	var lambda, jobs []migration.Activity
	var nodes []migration.NodeTime
	strange := node
	strange.InstanceType = "m9x.large"
	key := migration.Key{Platform: migration.Lambda, Workload: "etl", Tenant: "initech"}
	for at := noon.Add(-90 * time.Minute); at.Before(noon); at = at.Add(time.Minute) {
		m := minute(at, 3)
		m.Key = key
		j := jobMinute("acme", at, 1, 0)
		j.Usage[0].Host = strange
		lambda, jobs = append(lambda, m), append(jobs, j)
		nodes = append(nodes, migration.NodeTime{Host: strange, Start: at, Span: time.Minute, NodeSeconds: 60, Nodes: 1})
	}
	s.absorb(pollResult{source: "lambda too", batch: migration.Batch{Activities: lambda, Functions: []migration.Function{{
		Key: key, Name: "initech-etl", MemorySize: 512 * migration.MiB, Timeout: time.Minute,
		Place: migration.RegionArch{Region: "us-east-1", Arch: migration.X86},
	}}}})
	s.absorb(pollResult{source: "jobs", batch: migration.Batch{
		Activities: jobs, NodeTimes: nodes, Cluster: &migration.Cluster{Name: "prod", EKS: true, Region: "us-east-1"},
		CoverFrom: migration.Some(noon.Add(-3 * time.Hour)), Health: []migration.Health{{Source: "jobs", State: migration.HealthOK}},
	}})
	snap := s.snapshot(noon)
	for _, name := range []migration.Tenant{"acme", "initech"} {
		gap := tenant(t, snap, name).Economics.Gap
		if !strings.Contains(gap, "m9x.large") {
			t.Errorf("%s: the gap is %q", name, gap)
		}
		wantGap(t, snap, name, gap)
	}
	left := snap.Totals.Forecast.LeftOut
	if n := left[0].Tenants; len(left) != 1 || n != 2 {
		t.Errorf("left out: %+v", left)
	}
}

// A gap names what is missing and nothing else: not how the parts that have a price were priced. Tenants that lack the
// same are one row, in whatever order their pods came.
func TestAGapNamesOnlyWhatIsMissing(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	var jobs []migration.Activity
	for at := noon.Add(-90 * time.Minute); at.Before(noon); at = at.Add(time.Minute) {
		for i, name := range []migration.Tenant{"globex", "initech"} {
			priced, gone := jobMinute(name, at, 1, 0), jobMinute(name, at, 1, 0)
			gone.Usage[0].Host = migration.Host{}
			priced.Usage = append(priced.Usage, gone.Usage...)
			if i == 1 {
				slices.Reverse(priced.Usage)
			}
			jobs = append(jobs, priced)
		}
	}
	s.absorb(pollResult{source: "jobs", batch: migration.Batch{Activities: jobs}})
	snap := s.snapshot(noon)
	const want = "cannot price a node that was not read: it went before migtop saw it, or nodes may not be listed"
	for _, name := range []migration.Tenant{"globex", "initech"} {
		if got := tenant(t, snap, name).Economics.Gap; got != want {
			t.Errorf("%s: the gap is %q", name, got)
		}
	}
	left := snap.Totals.Forecast.LeftOut
	if len(left) != 1 || left[0].Tenants != 2 || left[0].Reason != want {
		t.Errorf("left out: %+v", left)
	}
}
