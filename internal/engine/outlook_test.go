package engine

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/assess"
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// lambdaDay is a whole day of so many runs of 1 s at 512 MB, as CloudWatch tells it.
func lambdaDay(tenant migration.Tenant, day time.Time, runs int64) migration.Activity {
	return migration.Activity{
		Key:   migration.Key{Platform: migration.Lambda, Workload: "thumbnails", Tenant: tenant},
		Start: day, Span: migration.DayLength, Final: true, Runs: runs,
		Evidence: migration.Provenance{Source: "cloudwatch", Method: migration.Measured, Coverage: 1},
		Invoked: &migration.LambdaUsage{
			Place: migration.RegionArch{Region: "us-east-1", Arch: migration.X86}, Requests: runs,
			Billed: migration.MBMillis(runs * 512_000),
		},
	}
}

// watchedFrom is when CloudWatch's minutes begin.
var watchedFrom = migration.Some(noon.Add(-2 * time.Hour))

func date(day int) time.Time { return time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC) }

// Whole days before the minutes are priced as what they are.
func TestDaysBeforeTheMinutes(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	var past []migration.Activity
	for d := 1; d <= 19; d++ {
		past = append(past, lambdaDay("globex", date(d), 1000))
	}
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{Activities: past, CoverFrom: watchedFrom}})
	snap := s.snapshot(noon)
	v := tenant(t, snap, "acme")
	if v.Economics.MonthEnd.Evidence.Method != migration.Estimated {
		t.Errorf("a forecast is %v", v.Economics.MonthEnd.Evidence.Method)
	}
	// globex is no tenant of the window, but of the month's bill: one run of 1 s at
	// 0.5 GB is 0.00000833335 + 0.0000002.
	perRun := decimal.RequireFromString("0.00000853335")
	var got migration.USD
	for _, d := range s.days.view.List() {
		if td := assess.TenantOf(d, "globex"); td != nil {
			got = got.Add(td.Before.Or(migration.USD{}))
		}
	}
	if want := perRun.Mul(decimal.NewFromInt(19_000)); !got.Decimal().Equal(want) {
		t.Errorf("19 days cost %s, want %s", got, want)
	}
}

// One function of one name in two accounts: neither day replaces the other, and a day
// reported again replaces its own.
func TestDaysOfSeveralScopes(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	here, there := lambdaDay("globex", date(3), 1000), lambdaDay("globex", date(3), 50)
	here.Scope, there.Scope = "111111111111/eu-central-1", "222222222222/eu-central-1"
	for range 2 {
		s.absorb(pollResult{source: "lambda", batch: migration.Batch{Activities: []migration.Activity{here, there}, CoverFrom: watchedFrom}})
	}
	s.snapshot(noon)
	for _, d := range s.days.view.List() {
		if td := assess.TenantOf(d, "globex"); td != nil {
			want := decimal.RequireFromString("0.00000853335").Mul(decimal.NewFromInt(1050))
			if got := td.Before.Or(migration.USD{}); !got.Decimal().Equal(want) {
				t.Errorf("the day cost %s, want %s", got, want)
			}
			return
		}
	}
	t.Error("no day of globex")
}

// Week by weekday: a tenant with 700 runs on Saturdays and Sundays and 100 on others.
func TestForecastFollowsTheWeek(t *testing.T) {
	s := newTestState(noon, 24*time.Hour)
	var all []migration.Activity
	for d := date(20).AddDate(0, 0, -Days); d.Before(date(20)); d = d.AddDate(0, 0, 1) {
		runs := int64(100)
		if w := d.Weekday(); w == time.Saturday || w == time.Sunday {
			runs = 700
		}
		all = append(all, lambdaDay("acme", d, runs))
	}
	for at := noon.Add(-20 * time.Hour); at.Before(noon); at = at.Add(time.Hour) {
		a := minute(at, 10)
		a.Span = time.Hour
		all = append(all, a)
	}
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{
		Activities: all, CoverFrom: migration.Some(noon.Add(-20 * time.Hour)),
		Health: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK, FinalTo: noon.Add(-3 * time.Minute)}},
	}})
	snap := s.snapshot(noon)
	v := tenant(t, snap, "acme")
	// To date: 1..19 November are 14 weekdays (1,400) and 5 days of weekends (3,500);
	// today's hours from midnight to 11:00 brought 120, all of 1 s at 512 MB. Ahead: half
	// of today (50), then 21..30 November: 4 days of weekends (2,800) and 6 weekdays (600).
	runs := decimal.NewFromInt(1400 + 3500 + 120 + 50 + 2800 + 600)
	want := runs.Mul(decimal.RequireFromString("0.00000853335"))
	for name, f := range map[string]migration.Figure[migration.USD]{"with the plan": v.Economics.MonthEnd, "staying": v.Economics.Stay} {
		if got, ok := f.Value.Get(); !ok || !got.Decimal().Sub(want).Abs().LessThan(decimal.New(1, -20)) {
			t.Errorf("%s: %s (known %t), want %s", name, got, ok, want)
		}
	}
}

// The plan decides the side of the days ahead: with a run on Jobs that costs nothing like
// one on Lambda the month ends elsewhere.
func TestForecastFollowsThePlan(t *testing.T) {
	s := newTestState(noon, time.Hour)
	s.opts.Plan.Waves = []migration.Wave{{At: date(21), Tenants: []migration.Tenant{"acme"}}}
	absorbBoth(s, noon)
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{CoverFrom: watchedFrom}})
	snap := s.snapshot(noon)
	v := tenant(t, snap, "acme")
	if got, ok := v.Economics.Cutover.Get(); !ok || !got.Equal(date(21)) {
		t.Errorf("the cutover is %v", got)
	}
	// No whole day was seen: 15,840 runs a day at the present pace, 14,400 on Lambda and
	// 1,440 on Jobs. Half of today divided as it is, 1/11 on Jobs, then ten days on Jobs.
	lambda, job := decimal.RequireFromString("0.00000853335"), decimal.RequireFromString("0.0008")
	perDay := decimal.NewFromInt(15_840)
	soFar := lambda.Mul(decimal.NewFromInt(870)).Add(job.Mul(decimal.NewFromInt(89)))
	routed := decimal.NewFromFloat(float64(v.Routed.Value.Or(0)))
	blend := job.Mul(routed).Add(lambda.Mul(decimal.NewFromInt(1).Sub(routed)))
	want := soFar.Add(perDay.Mul(blend).Div(decimal.NewFromInt(2))).Add(perDay.Mul(job).Mul(decimal.NewFromInt(10)))
	if got, ok := v.Economics.MonthEnd.Value.Get(); !ok || !got.Decimal().Sub(want).Abs().LessThan(decimal.New(1, -10)) {
		t.Errorf("the month ends at %s (known %t), want %s", got, ok, want)
	}
	if v.Economics.MonthEnd.Evidence.Note == "" {
		t.Error("nothing says what was taken for every day")
	}
}

// Since the move began: 89 Jobs of $0.0008 less what Lambda would have charged, the idle
// three quarters of a node and the control plane over the minutes that were watched.
func TestDoubleRunSoFar(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	snap := s.snapshot(noon)
	o := snap.Totals.Forecast
	if !o.Since.Equal(date(20)) {
		t.Errorf("the move began on %s", o.Since)
	}
	// 89 minutes of nodes were reported, and 179 of the control plane were watched.
	want := decimal.RequireFromString("0.0008").Sub(decimal.RequireFromString("0.00000853335")).Mul(decimal.NewFromInt(89)).
		Add(decimal.RequireFromString("0.144").Mul(decimal.NewFromInt(89)).DivRound(decimal.NewFromInt(60), 30)).
		Add(decimal.RequireFromString("0.1").Mul(decimal.NewFromInt(179)).DivRound(decimal.NewFromInt(60), 30))
	got, ok := o.DoubleRunSoFar.Value.Get()
	if !ok || !got.Decimal().Sub(want).Abs().LessThan(decimal.New(1, -20)) {
		t.Errorf("running both cost %s (known %t), want %s", got, ok, want)
	}
	if !o.DoubleRunSoFar.Evidence.LowerBound || !strings.Contains(o.DoubleRunSoFar.Evidence.Note, "were watched") {
		t.Errorf("what was not watched is not reported: %+v", o.DoubleRunSoFar.Evidence)
	}
}

// days35 is a batch of days of an account, with the word that these are all.
func days35(source string, all bool, days ...migration.Activity) pollResult {
	b := migration.Batch{Activities: days, CoverFrom: watchedFrom}
	if all {
		b.Add(migration.DaysRead{From: date(20).AddDate(0, 0, -Days)})
	}
	return pollResult{source: source, batch: b}
}

// Days are kept as whole once every account has reported all of its own. One that comes later is
// added to those that were counted before it came.
func TestDaysAreKeptOnceAllHaveReported(t *testing.T) {
	d := &diary{}
	s := recalled(Options{Clock: still(noon), Cost: testPricer(), Window: time.Hour, History: d, Scope: migration.Scope{
		Accounts: []migration.AccountScope{{Name: "a", Region: "us-east-1"}, {Name: "b", Region: "us-east-1"}},
	}})
	absorbBoth(s, noon)
	one := func(scope string, day int, runs int64) migration.Activity {
		a := lambdaDay("globex", date(day), runs)
		a.Scope = scope
		return a
	}
	spent := func(day int) migration.USD {
		t.Helper()
		of := s.days.byDate[date(day).Unix()]
		if of == nil || assess.TenantOf(of, "globex") == nil {
			return migration.USD{}
		}
		return assess.TenantOf(of, "globex").Before.Or(migration.USD{})
	}
	perRun := migration.Dollars(decimal.RequireFromString("0.00000853335"))
	s.absorb(days35("lambda a", true, one("a", 3, 1000)))
	s.snapshot(noon)
	if got := spent(3); got.Cmp(perRun.Mul(decimal.NewFromInt(1000))) != 0 {
		t.Errorf("with one account the day cost %s", got)
	}
	s.absorb(days35("lambda b", false, one("b", 3, 50)))
	s.snapshot(noon)
	if got := spent(3); got.Cmp(perRun.Mul(decimal.NewFromInt(1050))) != 0 {
		t.Errorf("with both accounts the day cost %s", got)
	}
	if len(d.kept) != 0 {
		t.Errorf("kept before everyone had reported: %+v", d.kept)
	}
	s.absorb(days35("lambda b", true, one("b", 4, 7)))
	s.snapshot(noon)
	if len(d.kept) != Days {
		t.Fatalf("%d days are kept, want %d", len(d.kept), Days)
	}
	for i := range d.kept {
		k := &d.kept[i]
		ran := k.Day.Equal(date(3)) || k.Day.Equal(date(4))
		if k.BeforeSeen != migration.DayLength || (assess.TenantOf(k, "globex") != nil) != ran {
			t.Errorf("kept %+v", k)
		}
	}
	// Another run recalls them, and one workload that is reported again replaces none of it.
	second := recalled(Options{Clock: still(noon), Cost: testPricer(), Window: time.Hour, History: d, Scope: s.opts.Scope})
	absorbBoth(second, noon)
	s = second
	s.absorb(days35("lambda b", true, one("b", 3, 1)))
	s.snapshot(noon)
	if got := spent(3); got.Cmp(perRun.Mul(decimal.NewFromInt(1050))) != 0 {
		t.Errorf("recalled and reported in part the day cost %s", got)
	}
}

// diary is one that can be made to fail.
type diary struct {
	kept []migration.Day
	err  error
}

func (d *diary) Days(time.Time) ([]migration.Day, error) { return d.kept, d.err }

func (d *diary) Runs() ([]migration.RunRecord, error) { return nil, d.err }

func (d *diary) KeepRuns([]migration.RunRecord) error { return d.err }

func (d *diary) KeepDays(days []migration.Day) error {
	d.kept = append(d.kept, days...)
	return d.err
}

// What was watched yesterday is known today, also by another program; a diary that cannot
// be read or written stops nothing.
func TestDaysOutliveTheProgram(t *testing.T) {
	d := &diary{}
	first := recalled(Options{
		Clock: still(noon), Cost: testPricer(), Window: time.Hour, History: d,
		Scope: migration.Scope{Region: "us-east-1"},
	})
	absorbBoth(first, noon)
	tomorrow := noon.Add(24 * time.Hour)
	first.snapshot(tomorrow)
	if len(d.kept) != 1 || !d.kept[0].Day.Equal(date(20)) || assess.TenantOf(&d.kept[0], "acme").AfterRuns.Or(0) != 90 {
		t.Fatalf("kept %+v", d.kept)
	}
	second := recalled(Options{Clock: still(tomorrow), Cost: testPricer(), Window: time.Hour, History: d})
	if got := second.days.byDate[date(20).Unix()]; got == nil || assess.TenantOf(got, "acme").AfterRuns.Or(0) != 90 {
		t.Errorf("recalled %+v", got)
	}
	broken := recalled(Options{Clock: still(noon), Cost: testPricer(), Window: time.Hour, History: &diary{err: errors.New("disk full")}})
	absorbBoth(broken, noon)
	if broken.snapshot(noon) == nil {
		t.Error("no snapshot")
	}
}

// Of two counts of a day each side is taken from the one that saw more of it, whatever
// their order.
func TestJoinDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) *migration.Day {
			d := &migration.Day{
				Day:        date(1),
				BeforeSeen: time.Duration(rapid.IntRange(0, 24).Draw(t, name+" lambda seen")) * time.Hour,
				AfterSeen:  time.Duration(rapid.IntRange(0, 24).Draw(t, name+" jobs seen")) * time.Hour,
			}
			for _, tenant := range []migration.Tenant{"a", "b", "c"} {
				if rapid.Bool().Draw(t, string(tenant)) {
					td := migration.TenantDay{Day: d.Day, Tenant: tenant}
					if d.BeforeSeen > 0 {
						td.BeforeRuns = migration.Some(rapid.Int64Range(1, 9).Draw(t, "runs"))
					}
					if d.AfterSeen > 0 {
						td.AfterRuns = migration.Some(rapid.Int64Range(1, 9).Draw(t, "jobs"))
					}
					d.Tenants = append(d.Tenants, td)
				}
			}
			return d
		}
		a, b := draw("a"), draw("b")
		got := assess.JoinDays(a, b)
		if got.BeforeSeen != max(a.BeforeSeen, b.BeforeSeen) || got.AfterSeen != max(a.AfterSeen, b.AfterSeen) {
			t.Fatalf("saw %v and %v", got.BeforeSeen, got.AfterSeen)
		}
		lambda := a
		if b.BeforeSeen > a.BeforeSeen {
			lambda = b
		}
		for _, tenant := range []migration.Tenant{"a", "b", "c"} {
			var want, have int64
			if td := assess.TenantOf(lambda, tenant); td != nil {
				want = td.BeforeRuns.Or(0)
			}
			if td := assess.TenantOf(got, tenant); td != nil {
				have = td.BeforeRuns.Or(0)
			}
			if have != want {
				t.Fatalf("%s ran %d times on Lambda, want %d", tenant, have, want)
			}
		}
	})
}

// Services belong to the bill and to no side; so do the platform's parts and the free
// tier's credit.
func TestServicesCreditAndPlatformAreRows(t *testing.T) {
	s := newState(Options{
		Clock: still(noon), Window: time.Hour, Scope: migration.Scope{Region: "us-east-1"},
		Cost: cost.New(testPricer().Book(), cost.Options{FreeTier: true}),
		Platform: assess.Platform{Support: cost.ExtendedSupport, Stated: []cost.Stated{{
			Name: "NAT gateway", Item: "nat.hour", Quantity: decimal.NewFromInt(730),
		}}},
	})
	absorbBoth(s, noon)
	var tasks []migration.Activity
	for at := noon.Add(-90 * time.Minute); at.Before(noon); at = at.Add(time.Minute) {
		tasks = append(tasks, migration.Activity{
			Key: migration.Key{Platform: migration.ECS, Workload: "api", Tenant: "acme"}, Start: at, Span: time.Minute, Final: true,
			Evidence: migration.Provenance{Source: "ecs", Method: migration.Measured, Coverage: 1},
			Usage: []migration.ResourceUsage{{Host: migration.Host{
				Kind: migration.HostECSFargate, Place: migration.RegionArch{Region: "us-east-1", Arch: migration.X86},
				FargateCPU: migration.Core, FargateMemory: 2 * migration.GiB,
			}, PodSeconds: 60}},
		})
	}
	s.absorb(pollResult{source: "ecs", batch: migration.Batch{Activities: tasks}})
	snap := s.snapshot(noon)
	v := tenant(t, snap, "acme")
	if len(v.Services) != 1 || v.Services[0].Platform != migration.ECS {
		t.Fatalf("services %+v", v.Services)
	}
	wantUSD(t, "ECS an hour", v.Services[0].Side.CostPerHour, "0.04937")
	wantUSD(t, "Jobs an hour", v.After.CostPerHour, "0.048")
	// 0.10 + 0.50 for the control plane, 0.045 for the NAT gateway.
	wantUSD(t, "platform", snap.Totals.Platform, "0.645")
	if n := len(snap.Totals.PlatformParts); n != 2 {
		t.Errorf("%d parts of the platform", n)
	}
	// All of Lambda's compute and requests is within the free tier.
	wantUSD(t, "credit", snap.Totals.Credit, "-0.00512001")
	wantUSD(t, "total", snap.Totals.Total, "0.88637") // 0.048 + 0.04937 + idle 0.144 + 0.645
}
