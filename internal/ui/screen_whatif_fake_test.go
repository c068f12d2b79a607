package ui

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/plot"
)

// fakeScenarios answers by a rule of its own that is simple enough for a test to
// know: Lambda's month is its hour's, nodes cost Packed percent of half of that the
// less, Fargate the double, and the platform $73.
type fakeScenarios struct {
	mu    sync.Mutex
	asked []*migration.Scenario
	err   error
	note  string // in place of what was assumed, and of what is wrong with Fargate
	ecs   bool   // the work comes from ECS, and costs there what it does on Lambda
}

func (s *fakeScenarios) Ask(_ context.Context, snap *migration.Snapshot, k *migration.Scenario) (*migration.WhatIf, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, k)
	if s.err != nil {
		return nil, s.err
	}
	now := migration.Scenario{Target: migration.OnNodes, NodeType: "m6i.xlarge", Arch: migration.X86, Spot: 25, Packed: 62}
	w := &migration.WhatIf{
		Version: snap.Version, Scenario: now, AsNow: now, Before: migration.OnLambda,
		Shown: []migration.Placement{migration.OnLambda, migration.OnNodes, migration.OnEKSFargate, migration.OnECSFargate},
		Pool:  []string{"m6i.xlarge"},
		Notes: []string{"months are of 730 h", "Lambda is priced without the free tier, and nodes by each pod's dominant share of one"},
	}
	if k != nil {
		w.Scenario = *k
	}
	if s.note != "" {
		w.Notes = []string{s.note}
	}
	if s.ecs {
		w.Before, w.Shown = migration.OnECS, append([]migration.Placement{migration.OnECS}, append(w.Shown[1:], migration.OnLambda)...)
	}
	for i, n := range []string{
		"c7g.large", "c7g.xlarge", "m6i.large", "m6i.xlarge", "m6i.2xlarge", "m7g.large", "m7g.xlarge", "m7i.xlarge",
	} {
		arch, cpu := migration.X86, 4*migration.Core
		if n[2] == 'g' {
			arch = migration.Arm64
		}
		if strings.HasSuffix(n, ".large") {
			cpu = 2 * migration.Core
		} else if strings.HasSuffix(n, ".2xlarge") {
			cpu = 8 * migration.Core
		}
		w.Nodes = append(w.Nodes, migration.NodeChoice{
			Type: n, Arch: arch, CPU: cpu, Memory: 16 * migration.GiB,
			Hourly: figure(migration.Dollars(decimal.New(int64(100+i), -3)), migration.Billed, migration.Measured),
		})
	}
	var runs float64
	var lambda migration.USD
	for i := range snap.Tenants {
		t := &snap.Tenants[i]
		n := float64(migration.Plus(t.Before.Runs, t.After.Runs).Or(0)) * 4
		month := t.Before.CostPerHour.Value.Or(t.After.CostPerHour.Value.Or(migration.USD{})).Mul(decimal.New(730, 0))
		p := s.prospect(&w.Scenario, month, n, 25)
		p.Tenant = t.Tenant
		if t.Verdict.Decision == migration.CannotStay {
			p.Verdict = t.Verdict
			p.On[migration.OnLambda] = migration.PlatformCost{Problem: "runs take up to 1h58, and Lambda ends every run at 15 min"}
			p.Saving, p.On[migration.OnNodes].BreakEven = migration.Figure[migration.USD]{}, migration.None[float64]()
		} else {
			runs, lambda = runs+n, lambda.Add(month)
		}
		w.Tenants = append(w.Tenants, p)
		w.Order = append(w.Order, i)
		w.Words[p.Verdict.Decision]++
	}
	w.Fleet = s.prospect(&w.Scenario, lambda, runs, 1)
	w.LeftOut = []migration.LeftOut{{Tenants: 2, Reason: "runs take up to 1h58, and Lambda ends every run at 15 min"}}
	w.Rest = figure(migration.Dollars(decimal.New(128, 0)), migration.Billed, migration.Estimated)
	w.LeftOutToday = figure(migration.Dollars(decimal.New(512, 0)), migration.Billed, migration.Estimated)
	return w, nil
}

func (s *fakeScenarios) prospect(k *migration.Scenario, month migration.USD, runs float64, parts int64) migration.TenantScenario {
	p := migration.TenantScenario{
		RunsPerDay: migration.Some(runs),
		Today:      figure(month.Mul(decimal.RequireFromString("1.2")), migration.Billed, migration.Estimated),
	}
	a := decimal.NewFromFloat(max(runs, 1)).Mul(decimal.RequireFromString("30.4375"))
	platform := migration.Dollars(decimal.New(73, 0).DivRound(decimal.NewFromInt(parts), 9))
	for _, h := range [...]migration.Placement{migration.OnLambda, migration.OnNodes, migration.OnEKSFargate, migration.OnECSFargate} {
		times := [...]decimal.Decimal{
			decimal.New(1, 0), decimal.New(31, 0).DivRound(decimal.New(int64(k.Packed), 0), 9), decimal.New(2, 0),
			decimal.RequireFromString("0.7"),
		}[h]
		l := &p.On[h]
		l.Run = figure(migration.Dollars(month.Mul(times).Decimal().DivRound(a, 12)), migration.Requested, migration.Estimated)
		l.Fixed = migration.Some(platform)
		if h == migration.OnLambda || h == migration.OnECSFargate {
			l.Fixed = migration.Some(migration.USD{})
		}
		l.Month = figure(month.Mul(times).Add(l.Fixed.Or(migration.USD{})), migration.Requested, migration.Estimated)
		if v := p.On[migration.OnLambda].Run.Value.Or(migration.USD{}).Sub(l.Run.Value.Or(migration.USD{})); h != migration.OnLambda &&
			v.Sign() > 0 {
			l.BreakEven = migration.Some(l.Fixed.Or(migration.USD{}).Float() / v.Float() / plot.DaysPerMonth)
			l.Duration, l.Busy = migration.Some(2800*time.Millisecond), migration.Some(migration.Ratio(0.29))
		} else {
			l.Never = h != migration.OnLambda
		}
	}
	if k.Arch == migration.Arm64 {
		p.On[migration.OnEKSFargate] = migration.PlatformCost{Problem: "EKS Fargate has no arm64"}
		on := &p.On[migration.OnNodes]
		on.Problem = "no price of ec2.spot.rate." + k.NodeType + " in eu-west-1"
		on.Remedy = "migtop prices refresh eu-west-1, or in prices.overlay: ec2.spot.rate." + k.NodeType + `: "USD/hour"`
		on.Month.Evidence.LowerBound, on.BreakEven, on.Run = true, migration.None[float64](), migration.Figure[migration.USD]{}
	}
	if s.note != "" {
		p.On[migration.OnEKSFargate], p.On[migration.OnECSFargate].Problem = migration.PlatformCost{Problem: s.note}, s.note
	}
	p.On[migration.OnECS] = p.On[migration.OnLambda]
	on := &p.On[k.Target]
	if m, ok := on.Month.Value.Get(); ok && !on.Month.Evidence.LowerBound {
		saving := month.Sub(m)
		p.Saving = figure(saving, migration.Requested, migration.Estimated)
		p.Verdict = migration.Verdict{Decision: migration.Stay, Reason: "a run costs less on Lambda: moving never pays"}
		if saving.Sign() > 0 {
			p.Verdict = migration.Verdict{
				Decision: migration.WorthMoving,
				Reason:   "a run costs half as much on Jobs as on Lambda, and there are more runs a day than the break-even",
			}
			p.Payback = figure(k.OneOff.Float()/saving.Float(), migration.Counted, migration.Estimated)
		}
	} else {
		p.Verdict = migration.Verdict{Reason: on.Problem}
	}
	return p
}

func (s *fakeScenarios) Document(_ *migration.Snapshot, k *migration.Scenario, t migration.Opt[migration.Tenant]) ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	return []byte("shapes: # " + k.NodeType + " " + string(t.Or("everybody")) + "\n"), nil
}

// last is what was asked last.
func (s *fakeScenarios) last() migration.Scenario {
	if k := s.asked[len(s.asked)-1]; k != nil {
		return *k
	}
	return migration.Scenario{}
}
