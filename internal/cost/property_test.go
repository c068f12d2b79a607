package cost

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// tolerance is what quotients of Places places may differ by, summed up.
var tolerance = decimal.New(1, -25)

func same(a, b decimal.Decimal) bool { return a.Sub(b).Abs().LessThanOrEqual(tolerance) }

var nodeTypes = []string{"m5.xlarge", "c6i.2xlarge", "r6i.large", "m7g.4xlarge", "t3.medium"}

func drawHost(t *rapid.T) migration.Host {
	h := ec2(rapid.SampledFrom(nodeTypes).Draw(t, "type"), "us-east-1")
	if rapid.Bool().Draw(t, "live") {
		h.NodeCPU = migration.CPU(rapid.Int64Range(1, 64).Draw(t, "vcpu")) * migration.Core
		h.NodeMemory = migration.Bytes(rapid.Int64Range(1<<30, 1<<38).Draw(t, "memory"))
	}
	return h
}

func drawInvoked(t *rapid.T) *migration.LambdaUsage {
	billed := rapid.Int64Range(0, 1e17).Draw(t, "billed")
	in := &migration.LambdaUsage{Place: virginia, Requests: rapid.Int64Range(0, 1e9).Draw(t, "requests"), Billed: migration.MBMillis(billed)}
	if rapid.Bool().Draw(t, "more than compute") {
		in.OnProvisioned = migration.MBMillis(rapid.Int64Range(0, billed).Draw(t, "on provisioned"))
		in.Provisioned = migration.MBMillis(rapid.Int64Range(0, 1e15).Draw(t, "provisioned"))
		in.Ephemeral = migration.MBMillis(rapid.Int64Range(0, 1e15).Draw(t, "ephemeral"))
		in.Logs = migration.Bytes(rapid.Int64Range(0, 1e12).Draw(t, "logs"))
	}
	return in
}

// Tenants, unattributed, services, idle and platform are the bill, to the last digit.
func TestEverythingAddsUpToTheBill(t *testing.T) {
	book := pricer(t).Book()
	rapid.Check(t, func(t *rapid.T) {
		options := Options{FreeTier: rapid.Bool().Draw(t, "free tier")}
		if rapid.Bool().Draw(t, "Savings Plan") {
			options.Plan = SavingsPlanCoverage{Term: "1y", Coverage: decimal.New(rapid.Int64Range(0, 100).Draw(t, "covered"), -2)}
		}
		p := New(book, options)
		l := p.Ledger()
		hosts := rapid.SliceOfN(rapid.Custom(drawHost), 1, 4).Draw(t, "hosts")
		accounts := make([]*UsageLedger, rapid.IntRange(1, 6).Draw(t, "accounts"))
		for i := range accounts {
			accounts[i] = l.Usage()
			for range rapid.IntRange(0, 5).Draw(t, "buckets") {
				h := rapid.SampledFrom(hosts).Draw(t, "host")
				seconds := rapid.Int64Range(1, 3600).Draw(t, "seconds")
				held := &migration.ResourceUsage{
					Host: h, PodSeconds: seconds,
					CPU:    migration.MilliCPUSeconds(seconds * rapid.Int64Range(0, 8000).Draw(t, "cpu")),
					Memory: migration.KiBSeconds(seconds * rapid.Int64Range(0, 1<<24).Draw(t, "memory")),
				}
				if rapid.Bool().Draw(t, "seen") {
					held.UsedCPU = migration.Some(migration.MilliCPUSeconds(seconds * rapid.Int64Range(0, 16000).Draw(t, "used")))
					held.UsageSeconds = rapid.Int64Range(0, seconds).Draw(t, "seen for")
				}
				accounts[i].AddUsage(held)
				accounts[i].AddLambda(drawInvoked(t))
			}
		}
		service := l.ServiceAccount()
		service.AddUsage(&migration.ResourceUsage{
			Host:       migration.Host{Kind: migration.HostECSFargate, Place: virginia, RequestCPU: migration.Core, RequestMemory: migration.GiB},
			PodSeconds: rapid.Int64Range(0, 1e6).Draw(t, "task seconds"),
		})
		whole := decimal.Decimal{}
		for _, h := range hosts {
			seconds := rapid.Int64Range(0, 1e5).Draw(t, "node seconds")
			l.Nodes(&migration.NodeTime{
				Host: h, NodeSeconds: seconds,
				DaemonCPU:    migration.MilliCPUSeconds(seconds * rapid.Int64Range(0, 500).Draw(t, "daemons")),
				DaemonMemory: migration.KiBSeconds(seconds * rapid.Int64Range(0, 1<<20).Draw(t, "daemons' memory")),
			})
			node, err := p.Node(h)
			if err != nil {
				t.Fatal(err)
			}
			whole = whole.Add(node.Amount.Decimal().Mul(decimal.NewFromInt(seconds)).DivRound(secondsPerHour, Places))
		}
		l.Nodes(&migration.NodeTime{
			Host: ec2("m5.large", "us-east-1"), System: true,
			NodeSeconds: rapid.Int64Range(0, 1e5).Draw(t, "system seconds"),
		})
		l.Cluster("us-east-1", ExtendedSupport, rapid.Int64Range(0, 1e6).Draw(t, "cluster seconds"))
		l.Stated(Stated{
			Name: "NAT", Month: migration.Some(migration.Dollars(decimal.New(rapid.Int64Range(0, 1e6).Draw(t, "NAT"), -2))),
			Seconds: 3600,
		})
		b := l.Close(time.Duration(rapid.Int64Range(0, int64(1000*time.Hour)).Draw(t, "window")))

		var lambda, jobs decimal.Decimal
		for _, a := range accounts {
			if u, ok := b.Lambda(a).Value.Get(); ok {
				lambda = lambda.Add(u.Decimal())
			}
			if u, ok := b.Jobs(a).Value.Get(); ok {
				jobs = jobs.Add(u.Decimal())
			}
		}
		idle, _ := b.Idle().Value.Get()
		platform, _ := b.Platform().Value.Get()
		total, ok := b.Total().Value.Get()
		services, _ := b.ServicesTotal().Value.Get()
		credit, credited := b.Credit().Value.Get()
		if credit.Sign() > 0 || credited && !options.FreeTier || lambda.Add(credit.Decimal()).LessThan(tolerance.Neg()) {
			t.Fatalf("of %s on Lambda the free tier takes %s off", lambda, credit)
		}
		sum := lambda.Add(credit.Decimal()).Add(jobs).Add(services.Decimal()).Add(idle.Decimal()).Add(platform.Decimal())
		var parts, daemons decimal.Decimal
		for _, part := range b.PlatformParts() {
			u, _ := part.Cost.Value.Get()
			parts = parts.Add(u.Decimal())
			if part.Name == PartDaemonSets {
				daemons = u.Decimal()
			}
		}
		if !parts.Equal(platform.Decimal()) {
			t.Fatalf("the platform is %s, its parts are %s", platform, parts)
		}
		if !ok || !total.Decimal().Equal(sum) {
			t.Fatalf("the bill is %s, its parts are %s", total, sum)
		}
		// What pods, DaemonSets and idle time cost is what the nodes cost.
		if nodes := jobs.Add(daemons).Add(idle.Decimal()); !same(nodes, whole) {
			t.Fatalf("pods, DaemonSets and idle cost %s, nodes cost %s", nodes, whole)
		}
		// Shared out, idle time is not more than there is.
		var shared decimal.Decimal
		for _, a := range accounts {
			if u, ok := b.IdleShare(a).Value.Get(); ok {
				if u.Decimal().LessThan(tolerance.Neg()) {
					t.Fatalf("a share of idle time is %s", u)
				}
				shared = shared.Add(u.Decimal())
			}
		}
		if idle.Sign() >= 0 && shared.GreaterThan(idle.Decimal().Add(tolerance)) && allIdle(b) {
			t.Fatalf("idle is %s, and %s is shared out", idle, shared)
		}
		if idle.Sign() < 0 && b.Idle().Evidence.Method != migration.Estimated {
			t.Fatalf("idle is %s and says %+v", idle, b.Idle().Evidence)
		}
	})
}

// allIdle reports whether no kind of node makes up for another's missing time.
func allIdle(b *Bill) bool {
	for _, n := range b.Nodes() {
		if u, ok := n.Idle.Value.Get(); ok && u.Sign() < 0 {
			return false
		}
	}
	return true
}

// Pods that share a node's time out among themselves cost what the node costs.
func TestPodsOfANodeSumToTheNode(t *testing.T) {
	p := pricer(t)
	rapid.Check(t, func(t *rapid.T) {
		h := drawHost(t)
		q := New(prices.Default(), Options{SplitWeight: decimal.New(rapid.Int64Range(1, 200_000).Draw(t, "weight"), -4)})
		r, err := q.nodeRate(h)
		if err != nil {
			t.Fatal(err)
		}
		cpu := migration.MilliCPUSeconds(r.vcpu.Mul(decimal.NewFromInt(3600_000)).IntPart())
		memory := migration.KiBSeconds(r.gib.Mul(migration.GiBHourUnit).IntPart())
		var sum decimal.Decimal
		for cpu > 0 || memory > 0 {
			c := migration.MilliCPUSeconds(rapid.Int64Range(0, int64(cpu)).Draw(t, "cpu"))
			m := migration.KiBSeconds(rapid.Int64Range(0, int64(memory)).Draw(t, "memory"))
			if rapid.Bool().Draw(t, "last") {
				c, m = cpu, memory
			}
			sum = sum.Add(r.share(c, m))
			cpu, memory = cpu-c, memory-m
		}
		node, err := p.Node(h)
		// Memory that is no whole number of KiB is cut off above: up to one
		// KiB of the node.
		if err != nil || sum.Sub(node.Amount.Decimal()).Abs().GreaterThan(decimal.New(1, -5)) {
			t.Fatalf("pods cost %s, their node %s (%v)", sum, node.Amount, err)
		}
		if h.NodeMemory%migration.KiB == 0 && !same(sum, node.Amount.Decimal()) {
			t.Fatalf("pods cost %s, their node %s", sum, node.Amount)
		}
	})
}

func TestTiersAreContinuousAndFall(t *testing.T) {
	tiers, err := pricer(t).LambdaTiers(virginia)
	if err != nil {
		t.Fatal(err)
	}
	for _, tier := range tiers {
		edge, ok := tier.UpTo.Get()
		if !ok {
			continue
		}
		step := decimal.New(1, -6)
		below, at, above := Tiered(tiers, edge.Sub(step)), Tiered(tiers, edge), Tiered(tiers, edge.Add(step))
		most := step.Mul(tiers[0].Rate.Value)
		if at.Sub(below).GreaterThan(most) || above.Sub(at).GreaterThan(most) || !below.LessThan(at) || !at.LessThan(above) {
			t.Errorf("a jump at %s: %s, %s, %s", edge, below, at, above)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		g := decimal.NewFromInt(rapid.Int64Range(1, 4e10).Draw(t, "GB-s"))
		part := decimal.Min(g, decimal.NewFromInt(rapid.Int64Range(1, 4e10).Draw(t, "part")))
		total := Tiered(tiers, g)
		average := total.Mul(part).DivRound(g, Places)
		marginal := total.Sub(Tiered(tiers, g.Sub(part)))
		if average.Add(tolerance).LessThan(marginal) {
			t.Fatalf("of %s GB-s, %s cost %s on average and %s at the margin", g, part, average, marginal)
		}
		if more := Tiered(tiers, g.Add(one)); !more.GreaterThan(total) {
			t.Fatalf("one more than %s GB-s costs %s after %s", g, more, total)
		}
	})
}

func TestCostIsMonotone(t *testing.T) {
	p := pricer(t)
	rapid.Check(t, func(t *rapid.T) {
		runs := rapid.Int64Range(0, 1e6).Draw(t, "runs")
		ms := rapid.Int64Range(1, 900_000).Draw(t, "ms")
		mb := rapid.Int64Range(128, 10240).Draw(t, "MB")
		price := func(runs, ms, mb int64) decimal.Decimal {
			got, err := p.Lambda(migration.LambdaUsage{Place: virginia, Requests: runs, Billed: migration.MBMillis(runs * ms * mb)})
			if err != nil {
				t.Fatal(err)
			}
			return got.Amount.Decimal()
		}
		at := price(runs, ms, mb)
		for what, more := range map[string]decimal.Decimal{
			"runs": price(runs+1, ms, mb), "duration": price(runs, ms+1, mb),
			"memory": price(runs, ms, mb+1),
		} {
			if more.LessThan(at) {
				t.Fatalf("more %s costs less: %s after %s", what, more, at)
			}
		}
	})
}

func TestFargateIsMonotone(t *testing.T) {
	p := pricer(t)
	rapid.Check(t, func(t *rapid.T) {
		cpu := migration.CPU(rapid.Int64Range(0, 16_000).Draw(t, "milli")) * migration.Millicore
		memory := migration.Bytes(rapid.Int64Range(0, 119*1024).Draw(t, "MiB")) * migration.MiB
		moreCPU := cpu + migration.CPU(rapid.Int64Range(0, int64(16*migration.Core-cpu)).Draw(t, "more CPU"))
		moreMemory := memory + migration.Bytes(rapid.Int64Range(0, int64(119*migration.GiB-memory)).Draw(t, "more memory"))
		size := func(c migration.CPU, m migration.Bytes) Size {
			s, err := p.EKSFargateSize(c, m)
			if err != nil {
				t.Fatal(err)
			}
			if s.VCPU.LessThan(decimal.NewFromInt(int64(c)).Mul(nano)) || s.GB.LessThan(exactGiB(m+FargateOverhead)) {
				t.Fatalf("%s is too small for %d and %d", s, c, m)
			}
			return s
		}
		small, large := size(cpu, memory), size(moreCPU, moreMemory)
		if large.VCPU.LessThan(small.VCPU) || large.GB.LessThan(small.GB) {
			t.Fatalf("%s is smaller than %s", large, small)
		}
		price := func(s Size) decimal.Decimal {
			r, err := p.fargateSizeRate("us-east-1", "", migration.X86, s)
			if err != nil {
				t.Fatal(err)
			}
			return r.hourly
		}
		if price(large).LessThan(price(small)) {
			t.Fatalf("%s is cheaper than %s", large, small)
		}
	})
}

func TestUnknownNeverBecomesZero(t *testing.T) {
	p := pricer(t)
	rapid.Check(t, func(t *rapid.T) {
		h := migration.Host{
			Kind: migration.HostKind(rapid.IntRange(0, 2).Draw(t, "kind")),
			Place: migration.RegionArch{Region: rapid.SampledFrom([]string{"", "us-east-1", "eu-north-9", "sa-east-1", "moon"}).Draw(t,
				"region"), Arch: rapid.SampledFrom([]migration.Arch{"", migration.X86, migration.Arm64, "riscv"}).Draw(t, "arch")},
			InstanceType: rapid.SampledFrom([]string{"", "m6i.xlarge", "m6i.large", "x9.huge", "m7g.xlarge"}).Draw(t, "type"),
			Spot:         rapid.Bool().Draw(t, "spot"),
		}
		held := migration.ResourceUsage{Host: h, PodSeconds: 60, CPU: 60_000, Memory: 60 << 20}
		l := p.Ledger()
		a := l.Usage()
		a.AddUsage(&held)
		a.AddLambda(&migration.LambdaUsage{Place: h.Place, Requests: 1, Billed: 1000})
		l.Nodes(&migration.NodeTime{Host: h, NodeSeconds: 60, Nodes: 1})
		b := l.Close(time.Minute)
		for what, f := range map[string]migration.Figure[migration.USD]{"lambda": b.Lambda(a), "jobs": b.Jobs(a), "total": b.Total()} {
			if u, ok := f.Value.Get(); ok && u.Sign() <= 0 {
				t.Fatalf("%s of %+v costs %s", what, h, u)
			}
			if !f.Value.Known() && f.Evidence.Note == "" && what != "total" {
				t.Fatalf("%s of %+v is unknown without a word", what, h)
			}
		}
		if _, err := p.Pods(held); (err == nil) != b.Jobs(a).Value.Known() {
			t.Fatalf("alone %v, in a bill %+v", err, b.Jobs(a))
		}
	})
}
