package whatif

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

var update = flag.Bool("update", false, "write testdata anew")

// TestScenariosKeepTheirFigures compares every figure of 1,000 random scenarios, to the
// last digit, with figures that were recorded before the price paths were joined. Each
// line of the file is the fleet's saving and a hash of all figures.
func TestScenariosKeepTheirFigures(t *testing.T) {
	const file = "testdata/scenarios.txt"
	var got strings.Builder
	for i := range uint64(1000) {
		saving, sum := "-", sha256.New()
		out, err := randomAnswer(i)
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := out.Fleet.Saving.Value.Get(); ok {
			saving = v.Decimal().String()
		}
		writeFigures(sum, out)
		fmt.Fprintf(&got, "%d %s %x\n", i, saving, sum.Sum(nil)[:8])
	}
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(string(data), "\n")
	for i, line := range strings.Split(got.String(), "\n") {
		if i >= len(want) || line != want[i] {
			t.Fatalf("scenario %s, want %s", line, want[min(i, len(want)-1)])
		}
	}
}

// discounted is a book with what the embedded one does not have: Spot prices of Fargate,
// and negotiated prices.
const discounted = `format: migtop-price-book/1
group: contract
origins:
  contract: {source: contract, as_of: "2026-01", certainty: secondary}
items:
  discount.lambda: fraction
  discount.fargate: fraction
  discount.ec2: fraction
  fargate.spot.vcpu.x86_64: USD/vCPU-hour
  fargate.spot.memory.x86_64: USD/GB-hour
  fargate.spot.vcpu.arm64: USD/vCPU-hour
  ec2.spot.rate.*: USD/hour
sheets:
- origin: contract
  region: us-east-1
  prices:
    discount.lambda: "0.07"
    discount.fargate: "0.113"
    discount.ec2: "0.21"
    fargate.spot.vcpu.x86_64: "0.01334053"
    fargate.spot.memory.x86_64: "0.00146489"
    fargate.spot.vcpu.arm64: "0.01"
    ec2.spot.rate.m7g.xlarge: "0.0717"
`

// nodesOf are the choices of nodes by the embedded book and by the discounted one.
var (
	nodesOnce sync.Mutex
	nodesOf   = map[bool]map[string][]migration.NodeChoice{true: {}, false: {}}
)

// randomAnswer asks about a random fleet under a random scenario; the same seed gives the
// same question.
func randomAnswer(seed uint64) (*migration.WhatIf, error) {
	p, snap, s, err := randomQuestion(seed)
	if err != nil {
		return nil, err
	}
	// The types of nodes and their prices are those of every engine of a book: reading all
	// of them anew would take most of the test's time.
	a := New(p)
	nodesOnce.Lock()
	a.nodes = nodesOf[p.Book() == prices.Default()]
	nodesOnce.Unlock()
	ctx := context.Background()
	if seed%10 == 9 {
		return a.Ask(ctx, snap, nil)
	}
	return a.Ask(ctx, snap, s)
}

func randomQuestion(seed uint64) (*cost.Pricer, *migration.Snapshot, *migration.Scenario, error) {
	r := rand.New(rand.NewPCG(seed, 41)) //nolint:gosec // the same numbers every time
	book, options := prices.Default(), cost.Options{}
	if r.IntN(2) == 0 {
		var err error
		if book, err = book.With("contract.yaml", []byte(discounted)); err != nil {
			return nil, nil, nil, err
		}
	}
	if r.IntN(3) == 0 {
		options.Plan = cost.SavingsPlanCoverage{Term: "1y", Coverage: decimal.New(int64(r.IntN(101)), -2)}
	}
	specs := make([]spec, 1+r.IntN(6))
	for i := range specs {
		specs[i] = spec{
			name: fmt.Sprintf("tenant-%d", i), memory: migration.Bytes(128+r.IntN(10_113)) * migration.MiB,
			lambda: int64(r.IntN(1000)), jobs: int64(r.IntN(200)), took: time.Duration(1+r.IntN(700_000)) * time.Millisecond,
			cpu: migration.CPU(1+r.IntN(6000)) * migration.Millicore, request: migration.Bytes(1+r.IntN(20_000)) * migration.MiB,
			start: time.Duration(r.IntN(90_000)) * time.Millisecond, noFunction: r.IntN(8) == 0,
		}
		if r.IntN(6) == 0 {
			specs[i].lambda = int64(r.IntN(9_000_000)) // reaches the lower tiers
		}
		if r.IntN(4) == 0 {
			specs[i].jobs = 0
		}
	}
	snap := fleetOf(specs...)
	for i := range snap.Tenants {
		v := &snap.Tenants[i].Workloads[0]
		l := &v.Before
		if r.IntN(3) == 0 {
			l.Parts.Provisioned, l.Parts.Uncovered = migration.Dollars(decimal.New(int64(r.IntN(999_999)), -5)),
				migration.Dollars(decimal.New(int64(r.IntN(9999)), -4))
		}
		if r.IntN(3) == 0 && len(v.Functions) > 0 {
			v.Functions[0].Place.Arch = migration.Arm64
		}
		for k := range snap.Tenants[i].Runs {
			snap.Tenants[i].Runs[k].Parallel = r.Int32N(4)
		}
		if r.IntN(9) == 0 {
			snap.Tenants[i].Tenant = migration.Unattributed
		}
	}
	snap.Cluster.Region = []string{region, region, region, "eu-west-1", "sa-east-1", "eu-north-9"}[r.IntN(6)]
	if r.IntN(12) == 0 {
		snap.Totals.Platform.Value = migration.None[migration.USD]()
	}
	s := &migration.Scenario{
		Target: migration.Placement(1 + r.IntN(3)), NodeType: []string{
			"m6i.xlarge", "m6i.4xlarge", "c7i.2xlarge", "t3.medium",
			"x9.huge",
		}[r.IntN(5)], Arch: migration.X86,
		Spot: r.IntN(101), Packed: 1 + r.IntN(100), NodeDiscount: r.IntN(67), FargateDiscount: r.IntN(51),
		OneOff: migration.Dollars(decimal.New(int64(r.IntN(99_999)), -1)),
	}
	switch r.IntN(5) {
	case 0:
		s.Arch, s.NodeType = migration.Arm64, "m7g.xlarge"
	case 1:
		s.Spot = 0
	case 2:
		s.Spot = 100
	}
	s.LambdaArch = []migration.Arch{"", "", migration.X86, migration.Arm64}[r.IntN(4)]
	if s.Plan = []string{"", "1y", "3y"}[r.IntN(3)]; s.Plan != "" {
		s.Commitment = migration.Dollars(decimal.New(int64(r.IntN(50_000)), -3))
	}
	if r.IntN(3) == 0 {
		s.Share = migration.Some(r.IntN(101))
	}
	return cost.New(book, options), snap, s, nil
}

// writeFigures writes every figure of an answer with all its digits, and no words.
func writeFigures(w io.Writer, out *migration.WhatIf) {
	money := func(v migration.Opt[migration.USD]) {
		if u, ok := v.Get(); ok {
			fmt.Fprintf(w, "%s\n", u.Decimal())
		} else {
			fmt.Fprintln(w, "unknown")
		}
	}
	figure := func(f *migration.Figure[migration.USD]) {
		money(f.Value)
		fmt.Fprintln(w, f.Kind, f.Evidence.Method, f.Evidence.Coverage, f.Evidence.Provisional, f.Evidence.LowerBound)
	}
	scenario := func(p *migration.TenantScenario) {
		fmt.Fprintln(w, p.Tenant, p.RunsPerDay, p.Payback.Value, p.Verdict.Decision)
		figure(&p.Today)
		figure(&p.Saving)
		for h := range p.On {
			on := &p.On[h]
			figure(&on.Month)
			figure(&on.Run)
			money(on.Fixed)
			fmt.Fprintln(w, on.BreakEven, on.Duration, on.Busy, on.Problem != "")
		}
	}
	scenario(&out.Fleet)
	for i := range out.Tenants {
		scenario(&out.Tenants[i])
	}
	for i := range out.Nodes {
		fmt.Fprintln(w, out.Nodes[i].Type)
		figure(&out.Nodes[i].Hourly)
	}
	fmt.Fprintln(w, out.Order, out.Words, out.AsNow.Spot, out.AsNow.Packed, out.AsNow.FargateDiscount, out.AsNow.NodeType)
}
