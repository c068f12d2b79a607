package monitor

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

func testPricer() *cost.Pricer { return cost.New(prices.Default(), cost.Options{}) }

// still is a clock that stands.
type still time.Time

func (s still) Now() time.Time                                 { return time.Time(s) }
func (s still) After(time.Duration) (<-chan time.Time, func()) { return nil, func() {} }

// node is an m6i.xlarge: $0.192 an hour for 4 vCPU and 16 GiB. At a weight of 9 a
// pod of 1 vCPU and 4 GiB is (9+4)/(36+16), a quarter of it: $0.048 an hour.
var node = migration.Host{
	Kind: migration.HostEC2, Place: migration.RegionArch{Region: "us-east-1", Arch: migration.X86}, InstanceType: "m6i.xlarge",
	NodeCPU: 4 * migration.Core, NodeMemory: 16 * migration.GiB,
}

// jobMinute is a minute in which one pod of 1 vCPU and 4 GiB ran.
func jobMinute(tenant migration.Tenant, at time.Time, runs, failures int64) migration.Activity {
	return migration.Activity{
		Key:   migration.Key{Platform: migration.Jobs, Workload: "thumbnails", Tenant: tenant},
		Start: at, Span: time.Minute, Final: true, Runs: runs, Failures: failures,
		OOMKilled: migration.Some[int64](0), TimedOut: migration.Some[int64](0),
		Evidence: migration.Provenance{Source: "kubernetes", Method: migration.Measured, Coverage: 1},
		Usage:    []migration.ResourceUsage{{Host: node, PodSeconds: 60, CPU: 60_000, Memory: 60 * 4 << 20}},
	}
}

func newTestState(now time.Time, window time.Duration) *state {
	return newState(Options{
		Clock: still(now), Cost: testPricer(), Window: window, Scope: migration.Scope{Region: "us-east-1"},
	})
}

// absorbBoth brings an hour and a half of both sides: Lambda runs ten times a
// minute for a second at 512 MB, Jobs once a minute.
func absorbBoth(s *state, now time.Time) {
	var lambda, jobs []migration.Activity
	var nodes []migration.NodeTime
	for at := now.Add(-90 * time.Minute); at.Before(now); at = at.Add(time.Minute) {
		m := minute(at, 10)
		m.Final = at.Before(now.Add(-3 * time.Minute))
		lambda = append(lambda, m)
		jobs = append(jobs, jobMinute("acme", at, 1, 0))
		nodes = append(nodes, migration.NodeTime{Host: node, Start: at, Span: time.Minute, NodeSeconds: 60, Nodes: 1})
	}
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{
		Activities: lambda,
		Functions:  []migration.Function{{Key: acme, Name: "acme-thumbnails", ARN: "arn:aws-cn:lambda:cn-north-1:123456789012:function:x", MemorySize: 512 * migration.MiB, Timeout: 10 * time.Second}},
		Health:     []migration.Health{{Source: "cloudwatch", State: migration.HealthOK, FinalTo: now.Add(-3 * time.Minute)}},
	}})
	s.absorb(pollResult{source: "jobs", batch: migration.Batch{
		Activities: jobs, NodeTimes: nodes, Cluster: &migration.Cluster{Name: "prod", EKS: true, Region: "us-east-1"},
		Runs:      []migration.Run{},
		CoverFrom: migration.Some(now.Add(-3 * time.Hour)),
		Health:    []migration.Health{{Source: "jobs", State: migration.HealthOK}},
	}})
}

func tenant(t *testing.T, snap *migration.Snapshot, name migration.Tenant) *migration.TenantView {
	t.Helper()
	for i := range snap.Tenants {
		if snap.Tenants[i].Tenant == name {
			return &snap.Tenants[i]
		}
	}
	t.Fatalf("no tenant %q in the snapshot", name)
	return nil
}

func wantUSD(t *testing.T, what string, f migration.Figure[migration.USD], want string) {
	t.Helper()
	got, ok := f.Value.Get()
	if !ok || !got.Decimal().Round(20).Equal(decimal.RequireFromString(want)) {
		t.Errorf("%s is %v (known %v), want %s", what, got, ok, want)
	}
}

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
		t.Error("Jobs that are dearer have a break-even")
	}
}

// A tenant that has no Job yet is judged by what its runs would cost there, and the
// figure says that it is an estimate.
func TestTenantsWithoutJobsAreReckoned(t *testing.T) {
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
	s.jobsFrom = noon.Add(-21 * time.Minute)
	v := tenant(t, s.snapshot(noon), "acme")
	wantUSD(t, "Jobs an hour", v.After.CostPerHour, "0.048")
	if n := v.After.Runs.Or(-1); n != 20 {
		t.Errorf("%d runs, want the 20 of the minutes from 11:39 to 11:58", n)
	}
	if c := v.After.CostPerHour.Evidence.Coverage; c < 0.33 || c > 0.34 {
		t.Errorf("coverage %v, want 20 minutes of 60", c)
	}

	// The minute in which watching began counts for its watched part.
	s.jobsFrom = noon.Add(-90 * time.Second)
	v = tenant(t, s.snapshot(noon), "acme")
	wantUSD(t, "Jobs an hour, of half a minute", v.After.CostPerHour, "0.096") // a whole minute's pod in it
	if c := v.After.CostPerHour.Evidence.Coverage; c < 0.0083 || c > 0.0084 {
		t.Errorf("coverage %v, want 30 s of an hour", c)
	}

	s.jobsFrom = noon // nothing seen yet
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

func TestSpendIsWhatWasAsked(t *testing.T) {
	s := newTestState(noon, time.Hour)
	at := noon
	for range 3 { // 500 metrics a minute
		s.opts.Clock = still(at)
		s.absorb(pollResult{source: "lambda", batch: migration.Batch{AskedLow: 500, AskedHigh: 1250}})
		at = at.Add(time.Minute)
	}
	got := s.spent.view(at)
	for what, c := range map[string]struct {
		got  migration.Opt[migration.USD]
		want string
	}{
		"so far, low":   {got.SoFarLow, "0.015"},   // 1,500 at $0.01 a thousand
		"so far, high":  {got.SoFarHigh, "0.0375"}, // 3,750
		"an hour, low":  {got.PerHourLow, "0.3"},   // 30,000
		"a month, high": {got.PerMonthHigh, "547.5"},
	} {
		if u, ok := c.got.Get(); !ok || !u.Decimal().Round(12).Equal(decimal.RequireFromString(c.want)) {
			t.Errorf("%s: %v, want %s", what, u, c.want)
		}
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
	s.runs = []migration.Run{{Key: migration.Key{Platform: migration.Jobs, Workload: "thumbnails", Tenant: "acme"}, UID: "u", AttributedBy: label}}
	got := tenant(t, s.snapshot(noon), "acme").AttributedBy
	if got.Method != migration.Derived || got.Source != "function name + label tenant" {
		t.Errorf("attributed by %+v", got)
	}
}
