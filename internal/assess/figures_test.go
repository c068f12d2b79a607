package assess

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

func TestFiguresByHand(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	snap := s.snapshot(noon)
	v := tenant(t, snap, "acme")

	// The window's end is where CloudWatch is final, 11:57, its start the
	// quarter of an hour at or before 10:57: 72 minutes of 10 runs.
	if n := v.Before.Runs.Or(-1); n != 720 {
		t.Errorf("%d runs on Lambda, want 720", n)
	}
	// 10 x 1 s x 0.5 GB = 5 GB-s a minute, 300 an hour, at $0.0000166667: $0.00500001;
	// 600 requests at $0.20 a million: $0.00012.
	wantUSD(t, "Lambda an hour", v.Before.CostPerHour, "0.00512001")
	wantUSD(t, "Lambda a run", v.Before.CostPerRun, "0.00000853335")
	wantUSD(t, "Jobs an hour", v.After.CostPerHour, "0.048")
	wantUSD(t, "Jobs a run", v.After.CostPerRun, "0.0008")
	// A platform of $0.1 an hour, and three quarters of a node that are idle, for 730 h.
	wantUSD(t, "a month on Jobs at no run", v.Economics.Fixed, "178.12")
	if d, _ := v.Delta.Value.Get(); d < 92.74 || d > 92.75 { // 0.0008 / 0.00000853335 - 1
		t.Errorf("delta is %v", d)
	}
	if v.Verdict.Decision != migration.Stay {
		t.Errorf("verdict %v: %s", v.Verdict.Decision, v.Verdict.Reason)
	}
	if r, _ := v.Routed.Value.Get(); r < 0.0909 || r > 0.091 {
		t.Errorf("routed %v, want 1 run in 11", r)
	}
	wantUSD(t, "idle", snap.Totals.Idle, "0.144") // three quarters of the node
	wantUSD(t, "platform", snap.Totals.Platform, "0.1")
	wantUSD(t, "the total", snap.Totals.Total, "0.29712001")
	if got := snap.Scope.Account; got != "123456789012" {
		t.Errorf("account %q", got)
	}
	if v.BreakEven.Value.Known() {
		t.Error("Jobs that cost more have a break-even")
	}
}

// A tenant that has no Job yet is judged by what its runs would cost there, and the
// figure says that it is an estimate.
func TestTenantsWithoutJobsAreEstimated(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	var runs []migration.Activity
	key := migration.Key{Platform: migration.Lambda, Workload: "etl", Tenant: "initech"}
	for at := noon.Add(-75 * time.Minute); at.Before(noon); at = at.Add(time.Minute) {
		a := minute(at, 1)
		a.Key = key
		a.Duration = migration.Sample(600 * time.Second)
		a.Invoked.Billed = 1769 * 600_000
		runs = append(runs, a)
	}
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{Activities: runs, Functions: []migration.Function{
		{Key: key, Name: "initech-etl", MemorySize: 1769 * migration.MiB, Timeout: 900 * time.Second},
	}}})
	fillNodes(s)
	v := tenant(t, s.snapshot(noon), "initech")
	// 1,769 MB is 1 vCPU, of 3.92 allocatable: 600 s of 0.192/3.92 an hour is
	// $0.00816; Lambda asks 1,036.5 GB-s, $0.01728.
	if v.Delta.Evidence.Method != migration.Estimated || v.Verdict.Decision != migration.WorthMoving {
		t.Errorf("delta %+v, verdict %v: %s", v.Delta, v.Verdict.Decision, v.Verdict.Reason)
	}
	if d, _ := v.Delta.Value.Get(); d < -0.53 || d > -0.52 {
		t.Errorf("delta %v, want -52.8 %%", d)
	}
	if !strings.Contains(v.Verdict.Reason, "about $0.008") {
		t.Errorf("the sentence is %q", v.Verdict.Reason)
	}
	if v.After.CostPerRun.Value.Known() {
		t.Error("an estimate stands where a cost that was seen belongs")
	}
}

// Tenants, what is nobody's, idle and platform are the bill, to the last digit.
func TestThePartsAreTheTotal(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	var more []migration.Activity
	for i, name := range []migration.Tenant{"globex", "initech", migration.Unattributed} {
		for at := noon.Add(-80 * time.Minute); at.Before(noon); at = at.Add(time.Duration(i+1) * time.Minute) {
			j := jobMinute(name, at, 1, 0)
			j.Usage[0].CPU, j.Usage[0].Memory = migration.MilliCPUSeconds(7_777+i), migration.KiBSeconds(9_999_991*(i+1))
			l := minute(at, int64(3+i))
			l.Tenant = name
			more = append(more, j, l)
		}
	}
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{Activities: more}})
	snap := s.snapshot(noon)
	var sum migration.USD
	for i := range snap.Tenants {
		for _, side := range snap.Tenants[i].Sides() {
			sum = sum.Add(side.CostPerHour.Value.Or(migration.USD{}))
		}
	}
	sum = sum.Add(snap.Totals.Idle.Value.Or(migration.USD{})).Add(snap.Totals.Platform.Value.Or(migration.USD{}))
	total, ok := snap.Totals.Total.Value.Get()
	if diff := sum.Sub(total).Decimal().Abs(); !ok || diff.GreaterThan(decimal.New(1, -24)) {
		t.Errorf("parts are %s, the total is %s", sum, total)
	}
	if last := snap.Tenants[len(snap.Tenants)-1].Tenant; last != migration.Unattributed {
		t.Errorf("the last row is %v, want what is nobody's", last)
	}
}

func TestUnknownStaysUnknown(t *testing.T) {
	s := newTestState(noon, time.Hour)
	strange := jobMinute("acme", noon.Add(-10*time.Minute), 1, 0)
	strange.Usage[0].Host.InstanceType = "x9.mystery"
	dear := jobMinute("globex", noon.Add(-10*time.Minute), 1, 0)
	odd := dear
	odd.Usage = append([]migration.ResourceUsage{}, dear.Usage[0], strange.Usage[0])
	s.absorb(pollResult{source: "jobs", batch: migration.Batch{
		Activities: []migration.Activity{strange, odd}, Runs: []migration.Run{},
		Cluster: &migration.Cluster{Name: "kind"}, CoverFrom: migration.Some(noon.Add(-2 * time.Hour)),
	}})
	snap := s.snapshot(noon)

	v := tenant(t, snap, "acme")
	if v.After.CostPerHour.Value.Known() {
		t.Errorf("pods on a node without a price cost %v", v.After.CostPerHour.Value)
	}
	if !strings.Contains(v.After.CostPerHour.Evidence.Note, "x9.mystery") || len(snap.Prices.Unknown) != 1 {
		t.Errorf("nothing names the price that is missing: %q, %q", v.After.CostPerHour.Evidence.Note, snap.Prices.Unknown)
	}
	if v.Before.Runs.Known() || v.Before.CostPerHour.Value.Known() || v.Before.Present {
		t.Errorf("Lambda was never read and says %+v", v.Before)
	}
	if v.Routed.Value.Known() {
		t.Errorf("routed %v although Lambda was never seen", v.Routed.Value)
	}
	if !snap.Totals.Total.Evidence.LowerBound {
		t.Error("a total without Lambda, idle nodes and the platform says that it is all")
	}
	if snap.Totals.Platform.Value.Known() {
		t.Error("a cluster that is not EKS has EKS's fee")
	}
	if v.Verdict.Decision != migration.Moved && v.Verdict.Decision != migration.NotEnoughData {
		t.Errorf("verdict %v without any price", v.Verdict.Decision)
	}
}

// Right after the start only part of the window was watched on the Kubernetes
// side: rates are of that part, and say so.
func TestJobsAreCountedFromWhenTheyWereSeen(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	s.from[migration.Jobs] = noon.Add(-21 * time.Minute)
	v := tenant(t, s.snapshot(noon), "acme")
	wantUSD(t, "Jobs an hour", v.After.CostPerHour, "0.048")
	if n := v.After.Runs.Or(-1); n != 20 {
		t.Errorf("%d runs, want the 20 of the minutes from 11:39 to 11:58", n)
	}
	if c := v.After.CostPerHour.Evidence.Coverage; c < 0.33 || c > 0.34 {
		t.Errorf("coverage %v, want 20 minutes of 60", c)
	}

	// The minute in which watching began counts for its watched part.
	s.from[migration.Jobs] = noon.Add(-90 * time.Second)
	v = tenant(t, s.snapshot(noon), "acme")
	wantUSD(t, "Jobs an hour, of half a minute", v.After.CostPerHour, "0.096") // a whole minute's pod in it
	if c := v.After.CostPerHour.Evidence.Coverage; c < 0.0083 || c > 0.0084 {
		t.Errorf("coverage %v, want 30 s of an hour", c)
	}

	s.from[migration.Jobs] = noon // nothing seen yet
	v = tenant(t, s.snapshot(noon), "acme")
	if v.After.CostPerHour.Value.Known() || v.After.Runs.Known() {
		t.Errorf("without a minute watched Jobs have %v runs at %v", v.After.Runs, v.After.CostPerHour.Value)
	}
}

// A minute that CloudWatch may still change is charted as provisional and is in
// no figure; when it comes again with more, the chart follows.
func TestProvisionalMinutesRepairThemselves(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	before := tenant(t, s.snapshot(noon), "acme").Before
	late := minute(noon.Add(-2*time.Minute), 500)
	late.Final = false
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{Activities: []migration.Activity{late}}})
	after := tenant(t, s.snapshot(noon), "acme").Before
	if before.Runs != after.Runs {
		t.Errorf("a provisional minute changed the figures: %v, %v", before.Runs, after.Runs)
	}
	i := after.RunsSeries.Index(noon.Add(-2 * time.Minute))
	if v, _ := after.RunsSeries.At(i); v != 500 {
		t.Errorf("the chart has %v runs in the minute that came again, want 500", v)
	}
	if after.RunsSeries.ProvisionalFrom > i {
		t.Errorf("step %d is not marked provisional: from %d", i, after.RunsSeries.ProvisionalFrom)
	}
}

// An hour of history that began before the chart is drawn where it reaches into it.
func TestChartsBeginWithTheBucketThatReachesIn(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	h := jobMinute("globex", noon.Add(-2*time.Hour), 60, 0)
	h.Span = time.Hour
	s.absorb(pollResult{source: "jobs", batch: migration.Batch{Activities: []migration.Activity{h}}})
	runs := tenant(t, s.snapshot(noon.Add(-20*time.Minute)), "globex").After.RunsSeries // from 10:30
	for _, i := range []int{0, 29} {
		if v, ok := runs.At(i); !ok || v != 1 {
			t.Errorf("step %d has %v runs (known %v), want a sixtieth of the hour's", i, v, ok)
		}
	}
	if v, ok := runs.At(30); ok {
		t.Errorf("the step after the hour has %v runs", v)
	}
}

func TestNotices(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	var bad []migration.Activity
	for i := range 20 {
		a := jobMinute("acme", noon.Add(-time.Duration(i+2)*time.Minute), 1, int64(i%2))
		a.OOMKilled = migration.Some(int64(i % 2))
		bad = append(bad, a)
	}
	wall := minute(noon.Add(-10*time.Minute), 2)
	wall.Tenant = "globex"
	wall.Duration = migration.Sample(899 * time.Second)
	s.absorb(pollResult{source: "jobs", batch: migration.Batch{
		Activities: append(bad, wall),
		Functions:  []migration.Function{{Key: wall.Key, Name: "globex-thumbnails", Timeout: 900 * time.Second}},
		Runs: []migration.Run{{
			Key: migration.Key{Platform: migration.Jobs, Workload: "etl", Tenant: "initech"}, UID: "u1", Name: "etl-1",
			State: migration.RunPending, Reason: "Unschedulable", Created: noon.Add(-10 * time.Minute),
		}},
	}})
	snap := s.snapshot(noon)
	for name, want := range map[migration.Tenant]string{"acme": "failing", "globex": "at_wall", "initech": "pending"} {
		v := tenant(t, snap, name)
		if len(v.Notices) == 0 || v.Notices[0].Code != want {
			t.Errorf("%s: notices %+v, want %s first", name, v.Notices, want)
		}
	}
	if w := tenant(t, snap, "globex").Verdict.Decision; w != migration.CannotStay {
		t.Errorf("a tenant at the wall: verdict %v", w)
	}
	if first := snap.Tenants[0]; migration.Worst(first.Notices) != migration.Critical {
		t.Errorf("the first row is %s, which needs nobody", first.Tenant)
	}
}

// What is billed may be known less well than what was counted; the cost says so
// and the counts do not.
func TestCostRestsOnItsWeakestInput(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	a := minute(noon.Add(-20*time.Minute), 10)
	a.Invoked.Known = migration.Provenance{Source: "cloudwatch", Method: migration.Estimated, Coverage: 1, Note: "INIT is unknown"}
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{Activities: []migration.Activity{a}}})
	l := tenant(t, s.snapshot(noon), "acme").Before
	if e := l.CostPerRun.Evidence; e.Method != migration.Estimated || !strings.Contains(e.Note, "INIT is unknown") {
		t.Errorf("the cost rests on %+v", e)
	}
	if l.Activity.Method != migration.Measured {
		t.Errorf("the counts rest on %v", l.Activity.Method)
	}
}

func TestTenantsAreAttributedByTheirWeakestEvidence(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	label := migration.Provenance{Source: "label tenant", Method: migration.Measured, Coverage: 1}
	name := migration.Provenance{Source: "function name", Method: migration.Derived, Coverage: 1}
	s.functions[0].AttributedBy = name
	s.runs = []migration.Run{{
		Key: migration.Key{Platform: migration.Jobs, Workload: "thumbnails", Tenant: "acme"}, UID: "u",
		AttributedBy: label,
	}}
	got := tenant(t, s.snapshot(noon), "acme").AttributedBy
	if got.Method != migration.Derived || got.Source != "function name + label tenant" {
		t.Errorf("attributed by %+v", got)
	}
}
