package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/assess"
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// absorbTasks brings an hour and a half of a task on ECS Fargate.
func absorbTasks(s *state, now time.Time) {
	var tasks []migration.Activity
	for at := now.Add(-90 * time.Minute); at.Before(now); at = at.Add(time.Minute) {
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
}

// Services and the free tier are there whether anything moves or not: they are no part of
// what running both sides costs, and stand in both ends of the month.
func TestServicesAndCreditAreNoPartOfTheMove(t *testing.T) {
	plain := newTestState(noon, time.Hour)
	absorbBoth(plain, noon)
	with := newState(Options{
		Clock: still(noon), Window: time.Hour, Scope: migration.Scope{Region: "us-east-1"},
		Cost: cost.New(testPricer().Book(), cost.Options{FreeTier: true}),
	})
	absorbBoth(with, noon)
	absorbTasks(with, noon)
	for _, s := range [...]*state{plain, with} {
		s.absorb(pollResult{source: "lambda", batch: migration.Batch{CoverFrom: watchedFrom}})
	}
	before, after := &plain.snapshot(noon).Totals.Forecast, &with.snapshot(noon).Totals.Forecast
	if x, y := before.DoubleRunSoFar.Value, after.DoubleRunSoFar.Value; !x.Known() || x.Or(migration.USD{}).Cmp(y.Or(migration.USD{})) != 0 {
		t.Errorf("running both cost %v, with services and a free tier %v", x, y)
	}
	saves := func(o *migration.Forecast) migration.USD {
		return o.Stay.Value.Or(migration.USD{}).Sub(o.MonthEnd.Value.Or(migration.USD{}))
	}
	if x, y := saves(before), saves(after); x.Sign() == 0 || x.Cmp(y) != 0 {
		t.Errorf("the plan saves %s, with services and a free tier %s", x, y)
	}
	// 90 minutes of the task, and half of today and ten days at 0.04937 an hour.
	tasks := decimal.RequireFromString("0.04937").Mul(decimal.RequireFromString("253.5"))
	least := before.Stay.Value.Or(migration.USD{}).Decimal()
	if got := after.Stay.Value.Or(migration.USD{}).Decimal().Sub(least); got.GreaterThan(tasks) || got.LessThan(tasks.Sub(least)) {
		t.Errorf("services and credit bring %s, want %s less a credit of %s at most", got, tasks, least)
	}
}

// What a control plane costs that is unknown is no 0: no verdict rests on the rest of the
// platform, sums say that they are lower bounds, and where the month ends is compared with nothing.
func TestAPlatformInPartsJudgesNobody(t *testing.T) {
	s := newState(Options{
		Clock: still(noon), Window: time.Hour, Scope: migration.Scope{Region: "us-east-1"}, Cost: testPricer(),
		Platform: assess.Platform{Stated: []cost.Stated{{Name: "NAT gateway", Item: "nat.hour", Quantity: decimal.NewFromInt(730)}}},
	})
	absorbBoth(s, noon)
	s.cluster = &migration.Cluster{Name: "prod", Region: "us-east-1"} // not Amazon EKS
	snap := s.snapshot(noon)
	if f := snap.Totals.Platform; !f.Value.Known() || !f.Evidence.LowerBound {
		t.Fatalf("the platform is %+v", f)
	}
	if f := tenant(t, snap, "acme").Economics.Fixed; f.Value.Known() {
		t.Errorf("a part of the platform is taken for all of it: %+v", f)
	}
	o := &snap.Totals.Forecast
	for name, f := range map[string]migration.Figure[migration.USD]{
		"month to date": o.MonthToDate, "double run": o.DoubleRunSoFar,
	} {
		if !f.Value.Known() || !f.Evidence.LowerBound {
			t.Errorf("%s is no lower bound: %+v", name, f)
		}
	}
	for name, f := range map[string]migration.Figure[migration.USD]{"month end": o.MonthEnd, "staying": o.Stay, "saving": o.Saving} {
		if f.Value.Known() || !strings.Contains(f.Evidence.Note, "set prices.cluster_hour") {
			t.Errorf("%s is %+v", name, f)
		}
	}
}

// The store of a large fleet reaches back a day and two hours: what it has dropped of
// yesterday is not taken for nothing.
func TestYesterdayOfALargeFleetStands(t *testing.T) {
	s := newTestState(noon, time.Hour)
	for i := range timeseries.LargeFleet + 1 {
		a := minute(noon.Add(-time.Minute), 1)
		a.Workload = migration.Workload(fmt.Sprint("w", i))
		s.store.Upsert(&a)
	}
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{
		Health: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK, FinalTo: noon.Add(-3 * time.Minute)}},
	}})
	yesterday := migration.Day{
		Day: date(19), BeforeSeen: migration.DayLength,
		Tenants: []migration.TenantDay{{
			Day: date(19), Tenant: "acme", BeforeRuns: migration.Some[int64](99),
			Before: migration.Some(migration.USD{}),
		}},
	}
	s.days.recall([]migration.Day{yesterday})
	s.snapshot(noon)
	if got := assess.TenantOf(s.days.byDate[date(19).Unix()], "acme"); got == nil || got.BeforeRuns.Or(0) != 99 {
		t.Errorf("yesterday became %+v", got)
	}
}

// A day that was kept when half of it was known is kept again with all of it.
func TestADayIsKeptAgainWhenMoreIsKnown(t *testing.T) {
	d := &diary{}
	s := recalled(Options{Clock: still(noon), Cost: testPricer(), Window: time.Hour, History: d, Scope: migration.Scope{Region: "us-east-1"}})
	absorbBoth(s, noon)
	tomorrow := noon.Add(24 * time.Hour)
	s.snapshot(tomorrow)
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{
		Activities: []migration.Activity{lambdaDay("acme", date(20), 5000)}, CoverFrom: migration.Some(tomorrow),
		Payloads: []migration.Payload{migration.DaysRead{From: date(20)}},
	}})
	s.snapshot(tomorrow)
	if len(d.kept) != 2 {
		t.Fatalf("kept %d times", len(d.kept))
	}
	if got := assess.TenantOf(&d.kept[1], "acme"); got.BeforeRuns.Or(0) != 5000 || got.AfterRuns.Or(0) != 90 {
		t.Errorf("kept %+v", got)
	}
	s.days.counted = time.Time{}
	if s.snapshot(tomorrow); len(d.kept) != 2 {
		t.Error("the same day is kept again and again")
	}
}
