package ui

import (
	"fmt"
	"math"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/assess"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/plot"
)

// at is the moment of all fixtures.
var at = time.Date(2026, 3, 14, 10, 34, 42, 0, time.UTC)

const span = 6 * time.Hour

func usd(s string) migration.USD { return migration.Dollars(decimal.RequireFromString(s)) }

func figure[T any](v T, k migration.Kind, m migration.Method) migration.Figure[T] {
	return migration.Figure[T]{Value: migration.Some(v), Kind: k, Evidence: migration.Provenance{Source: "test", Method: m, Coverage: 1}}
}

// story is what the fixture says of one tenant.
type story struct {
	name          string
	routed        float64 // now
	lambda, jobs  string  // dollars per hour; "" is not there
	delta         float64 // NaN unknown
	even          float64 // 0 unknown
	runs          int64   // in the window, both sides
	failL, failJ  float64
	p95L, p95J    time.Duration
	wall          float64 // 0 unknown
	word          migration.Decision
	reason        string
	notices       []migration.Notice
	provisional   bool
	loose         bool // bounds of p95 are wide
	running, pend int64
	oom           int64
	wave          float64 // when it moved, as a share of the window
}

var nan = math.NaN()

func stories() []story {
	crit := func(code, text string) []migration.Notice {
		return []migration.Notice{{Severity: migration.Critical, Code: code, Text: text}}
	}
	warning := func(code, text string) []migration.Notice {
		return []migration.Notice{{Severity: migration.Warning, Code: code, Text: text}}
	}
	s := []story{
		{
			"globex", 0.20, "0.4247", "1.2193", 1.87, 0, 9120, 0, 0.062, 3 * time.Second, 41 * time.Second, 0.01, migration.Stay,
			"Stay on Lambda: one run costs $0.0001002 there and $0.000897 on Jobs; no number of runs makes up for it.",
			crit("failing", "6.2 % of 1,824 runs on Jobs failed, 0.0 % on Lambda: 113 were OOMKilled at 512 MiB."), false, false, 3, 0, 113, 0.3,
		},
		{
			"acme", 0.88, "5.7675", "2.7414", -0.52, 136, 1210, 0.001, 0.001, 724 * time.Second, 680 * time.Second, 0.93, migration.CannotStay,
			"Cannot stay: the longest run took 13m57 of the 15m00 that Lambda allows.",
			crit("near_timeout", "The longest run on Lambda took 93 % of its timeout: 12 of 1,210 were cut off."), false, false, 6, 0, 0, 0.15,
		},
		{
			"wayne", 0.12, "3.2210", "0.3110", -0.41, 88, 640, 0.018, 0.004, 871 * time.Second, 7120 * time.Second, 0.97, migration.CannotStay,
			"Cannot stay: runs reach Lambda's 15m00; the same work takes 1h58 in one piece on Jobs.",
			crit("near_timeout", "The longest run on Lambda took 97 % of its timeout: 11 of 563 timed out."), true, true, 2, 1, 0, 0.8,
		},
		{
			"umbrella", 1, "", "0.5656", -0.61, 12, 36, nan, 0, 0, 7080 * time.Second, 0.41, migration.Moved,
			"Moved: nothing has run on Lambda for 19 h.",
			warning("pending", "2 Jobs have been Pending for 14 min: Insufficient memory on 5 of 5 nodes."), false, false, 4, 2, 0, 0.02,
		},
		{
			"hooli", 0.51, "1.6500", "1.3858", -0.16, 208, 18400, 0.002, 0.002, 271 * time.Second, 242 * time.Second, 0.31, migration.WorthMoving,
			"Move: one run costs $0.00214 on Jobs and $0.00255 on Lambda from 208 runs a day on; it runs 73,600.",
			nil, true, true, 11, 0, 0, 0.5,
		},
		{
			"initech", 0, "0.1211", "", nan, 41, 310, 0.003, nan, 130 * time.Second, 0, 0.15, migration.WorthMoving,
			"Move: from 41 runs a day on Jobs are cheaper; it runs 1,240.", nil, false, false, 0, 0, 0, 2,
		},
		{
			"stark", 0.74, "0.9120", "1.1010", -0.33, 95, 5230, 0.001, 0, 388 * time.Second, 402 * time.Second, 0.44, migration.WorthMoving,
			"Move: one run costs a third less on Jobs.", nil, false, false, 5, 0, 0, 0.45,
		},
		{
			"tyrell", 1, "", "0.3307", -0.44, 30, 220, nan, 0.004, 0, 3310 * time.Second, 0.2, migration.Moved,
			"Moved: nothing has run on Lambda for 3 d.", nil, false, false, 1, 0, 0, 0.01,
		},
		{
			"cyberdyne", 0.97, "0.0210", "0.2204", -0.27, 61, 2210, 0, 0.001, 95 * time.Second, 92 * time.Second, 0.11, migration.WorthMoving,
			"Move: Jobs are a quarter cheaper.", nil, false, false, 2, 0, 0, 0.25,
		},
		{
			"soylent", 0, "0.0004", "", nan, 0, 12, 0, nan, 340 * time.Millisecond, 0, 0.01, migration.NotEnoughData,
			"Not enough data: 12 runs in 6 h, 30 are needed.", nil, false, false, 0, 0, 0, 2,
		},
		{
			"wonka", 0, "0.0312", "", 4.2, 0, 40200, 0, nan, 900 * time.Millisecond, 0, 0.06, migration.Stay,
			"Stay on Lambda: runs of 0.9 s cost five times as much as pods.", nil, false, false, 0, 0, 0, 2,
		},
		{
			"oscorp", 0.66, "0.7734", "0.5120", -0.29, 77, 3900, 0.004, 0.003, 205 * time.Second, 199 * time.Second, 0.24, migration.WorthMoving,
			"Move: Jobs are cheaper from 77 runs a day on.", nil, true, false, 3, 0, 0, 0.4,
		},
	}
	more := []string{
		"aperture", "blackmesa", "bluthco", "dundermifflin", "gringotts", "krustykrab", "massive-dynamic", "monstersinc",
		"nakatomi", "pendant-publishing", "piedpiper", "vandelay", "weyland-yutani",
	}
	for i, n := range more {
		k := float64(i)
		st := story{
			name: n, routed: math.Mod(0.13*k+0.05, 1), lambda: fmt.Sprintf("%.4f", 0.91/(k+1.5)), jobs: fmt.Sprintf("%.4f", 0.52/(k+1.9)),
			delta: -0.4 + 0.045*k, even: 20 + 17*k, runs: int64(260 + 431*i),
			failL: 0.001 * math.Mod(k, 4), failJ: 0.001 * math.Mod(k, 3), p95L: time.Duration(8+31*i) * time.Second,
			p95J: time.Duration(9+28*i) * time.Second, wall: 0.04 + 0.05*k, word: migration.WorthMoving,
			reason: "Move: one run is cheaper on Jobs.", running: int64(i % 3), wave: 0.1 + 0.06*k,
		}
		if st.delta > 0 {
			st.word, st.even, st.reason = migration.Stay, 0, "Stay on Lambda: one run is cheaper there."
		}
		s = append(s, st)
	}
	return s
}

// newFixture is a fleet in the middle of its move, on which every state that a
// screen can draw occurs.
func newFixture() *migration.Snapshot {
	from := at.Add(-span)
	s := &migration.Snapshot{
		Version: 7, At: at,
		Scope:  migration.Scope{Name: "prod-eu", Region: "eu-west-1", Context: "eks/prod-1", Demo: true},
		Window: migration.Window{From: from, To: at, Span: span, FinalTo: at.Add(-4 * time.Minute), JobsFrom: from},
	}
	t := &s.Totals
	t.Before, t.After = newSide(), newSide()
	t.RoutedSeries = migration.NewSeries(from, time.Minute, 360, "ratio")
	for i, st := range stories() {
		s.Tenants = append(s.Tenants, newTenant(st, i))
	}
	rest := newTenant(story{name: "", lambda: "0.1316", jobs: "0.0192", delta: nan, routed: nan, failL: nan, failJ: nan, runs: 0, wave: 0.5},
		99)
	rest.Verdict.Reason = "Nobody's: 3 functions and 2 Jobs match no rule."
	s.Tenants = append(s.Tenants, rest)
	for i := range 360 {
		var l, j float64
		for k := range s.Tenants {
			for side, into := range [...]*migration.Series{&t.Before.CostSeries, &t.After.CostSeries} {
				v, ok := s.Tenants[k].Sides()[side].CostSeries.At(i)
				if !ok {
					continue
				}
				into.Add(i, v)
				if side == 0 {
					l += v
				} else {
					j += v
				}
			}
		}
		if i < 356 {
			t.RoutedSeries.Add(i, math.Min(j*0.5/(j*0.5+l), 1))
		}
	}
	t.Before.CostSeries.ProvisionalFrom, t.RoutedSeries.ProvisionalFrom = 356, 356
	t.IdleSeries, t.PlatformSeries = migration.NewSeries(from, time.Minute, 360, "usd/h"), migration.NewSeries(from, time.Minute, 360, "usd/h")
	for i := range 360 {
		t.IdleSeries.Add(i, 1.4+0.5*math.Sin(float64(i)/40))
		t.PlatformSeries.Add(i, 0.6)
	}
	withCutover(s)
	s.Waves = []migration.Wave{
		{Name: "wave 2", At: at.Add(-3 * time.Hour), Tenants: []migration.Tenant{"hooli", "stark"}},
		{Name: "wave 3", At: at.Add(50 * time.Hour), Tenants: []migration.Tenant{"initech", "soylent", "vandelay"}},
	}
	t.Forecast = migration.Forecast{
		Since: at.Add(-9 * 24 * time.Hour), DoubleRunSoFar: figure(usd("312.77"), migration.Billed, migration.Estimated),
		DoubleRunPerDay: figure(usd("34.75"), migration.Billed, migration.Estimated),
		Saving:          figure(usd("4120.5"), migration.Billed, migration.Estimated),
		Payback:         figure(1.3, migration.Counted, migration.Estimated),
		MonthToDate:     figure(usd("6120.4"), migration.Billed, migration.Estimated),
		MonthEnd:        figure(usd("12480.2"), migration.Billed, migration.Estimated),
		Stay:            figure(usd("16220.9"), migration.Billed, migration.Estimated),
	}
	ecs := newSide()
	ecs.Present, ecs.Runs, ecs.Failures, ecs.Running = true, migration.Some[int64](1240), migration.Some[int64](3), migration.Some[int64](4)
	ecs.CostPerHour, ecs.Duration = figure(usd("0.3116"), migration.Billed, migration.Derived),
		migration.Sample(38*time.Second, 41*time.Second)
	// nothing on Knative
	t.Services = []migration.ServiceView{{Platform: migration.ECS, Side: ecs}, {Platform: migration.Knative, Side: newSide()}}
	s.Tenants[1].Services = t.Services
	t.Tenants = len(stories())
	var l, j migration.USD
	for k := range s.Tenants {
		l = l.Add(s.Tenants[k].Before.CostPerHour.Value.Or(migration.USD{}))
		j = j.Add(s.Tenants[k].After.CostPerHour.Value.Or(migration.USD{}))
	}
	t.Before.CostPerHour, t.After.CostPerHour = figure(l, migration.Billed, migration.Estimated),
		figure(j, migration.Requested, migration.Derived)
	t.Idle, t.Platform = figure(usd("0.9120"), migration.Requested, migration.Derived),
		figure(usd("0.1000"), migration.Billed, migration.Derived)
	t.Total = figure(l.Add(j).Add(usd("1.0120")), migration.Billed, migration.Estimated)
	t.Routed, t.DoubleRun = figure(migration.Ratio(0.612), migration.Counted, migration.Measured),
		figure(usd("18.7731"), migration.Billed, migration.Estimated)
	t.Before.Runs, t.After.Runs = migration.Some[int64](71204), migration.Some[int64](41872)
	t.Before.Failures, t.After.Failures = migration.Some[int64](96), migration.Some[int64](181)
	t.Nodes = []migration.NodeView{
		{
			Host: migration.Host{Kind: migration.HostEC2, InstanceType: "m6i.xlarge"}, Nodes: 3,
			NodePrice: figure(usd("0.214"), migration.Billed, migration.Measured), Requested: migration.Some(migration.Ratio(0.71)),
		},
		{
			Host: migration.Host{Kind: migration.HostEC2, InstanceType: "c7g.2xlarge", Spot: true}, Nodes: 6,
			NodePrice: figure(usd("0.1384"), migration.Billed, migration.Estimated), Requested: migration.Some(migration.Ratio(0.48)),
		},
		{Host: migration.Host{Kind: migration.HostEC2, InstanceType: "x9.metal"}, Nodes: 1},
	}
	s.Cluster = &migration.Cluster{Name: "prod-1", Version: "v1.37.2", EKS: true, Region: "eu-west-1", Nodes: 10, Pods: 61, Pending: 3}
	s.Sources = []migration.Health{
		{
			Source: "cloudwatch", State: migration.HealthOK, LastSuccess: at.Add(-42 * time.Second), DataTo: at.Add(-time.Minute),
			FinalTo: at.Add(-4 * time.Minute), Cadence: time.Minute, Latency: 412 * time.Millisecond, Calls: 361, Objects: 148,
		},
		{
			Source: "lambda", State: migration.HealthOK, LastSuccess: at.Add(-3 * time.Minute), Cadence: 5 * time.Minute,
			Latency: 180 * time.Millisecond, Calls: 73, Objects: 31,
		},
		{
			Source: "jobs", State: migration.HealthOK, LastSuccess: at.Add(-2 * time.Second), DataTo: at.Add(-2 * time.Second),
			FinalTo: at.Add(-2 * time.Second), Latency: 9 * time.Millisecond, Calls: 14, Objects: 842,
		},
		{
			Source: "pods", State: migration.HealthOK, LastSuccess: at.Add(-2 * time.Second), Latency: 11 * time.Millisecond, Calls: 16, Errors: 1,
			Objects: 903, Note: "one disconnect, resumed without a gap",
		},
		{
			Source: "nodes", State: migration.HealthDegraded, LastSuccess: at.Add(-20 * time.Second), Latency: 8 * time.Millisecond, Calls: 12,
			Objects: 10, Problem: &migration.Problem{
				What: "no price is known for instance type x9.metal in eu-west-1",
				Fix:  "add it to a price overlay file",
			},
		},
		{
			Source: "metrics", State: migration.HealthFailed, LastSuccess: at.Add(-9 * time.Minute), Cadence: 15 * time.Second,
			Latency: 30 * time.Millisecond, Calls: 201, Errors: 36, Objects: 61, Problem: &migration.Problem{
				Fault: migration.FaultDenied, What: "cannot list PodMetrics in all namespaces: forbidden for user jane",
				Fix: "apply this ClusterRole and bind it to jane",
				Snippet: "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: migtop-metrics\nrules:\n- apiGroups: " +
					"[metrics.k8s.io]\n  resources: [pods]\n  verbs: [get, list]\n",
			},
		},
	}
	s.Spend = migration.Spend{
		Since: at.Add(-6 * time.Hour), MetricsLow: 20880, MetricsHigh: 33400, PerHourLow: migration.Some(usd("0.0348")),
		PerHourHigh: migration.Some(usd("0.0557")),
		PerMonthLow: migration.Some(usd("25.40")), PerMonthHigh: migration.Some(usd("40.66")), SoFarLow: migration.Some(usd("0.2088")),
		SoFarHigh:    migration.Some(usd("0.3340")),
		ThisMonthLow: migration.Some(usd("3.21")), ThisMonthHigh: migration.Some(usd("5.14")), BudgetMonth: migration.Some(usd("25")), Slower: 1,
	}
	s.Prices = migration.Prices{AsOf: "2025-11-28", AgeDays: 106, Certainty: "secondary", Unknown: []string{"ec2 x9.metal eu-west-1"}}
	assess.ApplyPrices(&s.Prices)
	return s
}

// withLogs gives a tenant a workload whose Jobs' lines do not arrive, one whose do in a log
// group of everybody's, one that has no log group, and two of which less is known.
func withLogs(t *migration.TenantView) {
	n := migration.Some[int64]
	side := func(runs, arrived, lines migration.Opt[int64], groups ...string) migration.LogSide {
		s := migration.LogSide{
			Groups: groups, Runs: runs, Arrived: arrived, Lines: lines, From: at.Add(-70 * time.Minute),
			To: at.Add(-10 * time.Minute),
		}
		if !arrived.Known() {
			s.From, s.To = time.Time{}, time.Time{}
		}
		return s
	}
	none := migration.None[int64]()
	t.Logs = []migration.LogView{
		{
			Workload: "orders", Before: side(n(412), n(2060), n(2060), "/aws/lambda/orders"),
			After: side(n(31), n(0), n(0), "/eks/prod/orders", "/eks/prod/orders-retry"),
		},
		{Workload: "invoices", Before: side(n(12), n(60), n(60), "/aws/lambda/invoices"), After: side(n(9), n(51200), none, "/eks/prod")},
		{Workload: "mails", Before: side(n(3), n(0), n(0), "/aws/lambda/mails"), After: side(n(2), n(0), n(0), "/eks/{tenant}")},
		{Workload: "reports", Before: side(n(0), n(0), n(0), "/aws/lambda/reports"), After: side(none, none, none, "/eks/prod/reports")},
		{Workload: "scores", Before: side(n(5), n(15), n(15), "/aws/lambda/scores")},
	}
	t.Logs[0].Before.Evidence.LowerBound = true
	t.Logs[1].After.Shared, t.Logs[2].After.Absent = true, true
	judge(t)
}

// withQueues gives a tenant the queues of a cutover that loses messages.
func withQueues(t *migration.TenantView) {
	n := migration.Some[int64]
	queue := func(name string, role migration.QueueRole, sent, deleted, visible, notVisible int64, oldest time.Duration) {
		q := migration.QueueView{
			Queue: migration.Queue{
				Name: name, Role: role, Tenant: t.Tenant, Workload: "orders", At: at,
				Depth: migration.QueueDepth{Visible: n(visible), NotVisible: n(notVisible), Delayed: n(0), OldestAge: migration.Some(oldest)},
			},
			Sent: n(sent), Received: n(deleted + 3), Deleted: n(deleted),
			DepthSeries: migration.NewSeries(at.Add(-span), time.Minute, 360, "messages"),
		}
		for i := range 360 {
			q.DepthSeries.Add(i, float64(visible+notVisible)*(1+math.Sin(float64(i)/30)))
		}
		t.Queues = append(t.Queues, q)
	}
	if w := t.Workloads; len(w) > 0 && len(w[0].Functions) > 0 {
		config := func(memory migration.Bytes, arch migration.Arch) migration.Opt[migration.VersionConfig] {
			return migration.Some(migration.VersionConfig{MemorySize: memory, Place: migration.RegionArch{Arch: arch}})
		}
		mine := migration.Key{Platform: migration.Lambda, Tenant: t.Tenant}
		w[0].Functions[0].Alias = "orders"
		w[0].Functions[0].Aliases = migration.Some([]migration.Alias{
			{Name: "orders", Key: mine, Routes: []migration.Route{
				{Version: "42", Weight: 0.9, Config: config(1769*migration.MiB, migration.X86)},
				{Version: "43", Weight: 0.1, Config: config(migration.GiB, migration.Arm64)},
			}},
			{Name: "bulk", Key: mine, Routes: []migration.Route{{Version: "41", Weight: 1}}},
			{Name: "theirs", Routes: []migration.Route{{Version: "41", Weight: 1}}},
		})
		w[0].Functions[0].EventSources = migration.Some([]migration.EventSource{
			{ARN: "arn:aws:sqs:eu-west-1:123456789012:orders-events", Enabled: true, BatchSize: 10, MaxConcurrency: migration.Some[int32](20)},
			{ARN: "arn:aws:kinesis:eu-west-1:123456789012:stream/orders", BatchSize: 100, Filtered: true},
		})
	}
	queue("orders-events", migration.QueueBlue, 4210, 4188, 2, 11, 34*time.Second)
	queue("orders-jobs", migration.QueueGreen, 1204, 1011, 18, 22, 9*time.Minute)
	queue("orders-dlq", migration.QueueDeadLetter, 0, 0, 131, 0, 5*time.Hour)
	t.Queues = append(t.Queues, migration.QueueView{Queue: migration.Queue{
		Name: "orders-old", Role: migration.QueueBlue, Tenant: t.Tenant,
		Workload: "orders-v1", Idle: true,
	}})
	t.Flows = []migration.QueueFlow{
		{
			Workload: "orders", From: at.Add(-3 * time.Hour), To: at.Add(-6 * time.Minute), Sent: n(2707), DeletedBlue: n(2094),
			DeletedGreen: n(505),
			DepthChange:  n(-12), DeadLetters: n(66), Residual: n(54),
		},
		{Workload: "orders-v1"},
	}
	judge(t)
}

func newSide() migration.Side {
	from := at.Add(-span)
	return migration.Side{
		CostSeries: migration.NewSeries(from, time.Minute, 360, "usd/h"), RunsSeries: migration.NewSeries(from, time.Minute, 360, "runs"),
		DurationSeries: migration.NewSeries(from, time.Minute, 360, "seconds"),
		MemorySeries:   migration.NewSeries(from, time.Minute, 360, "bytes"),
		Activity:       migration.Provenance{Source: "test", Method: migration.Measured, Coverage: 1},
	}
}

func newTenant(st story, n int) migration.TenantView {
	v := migration.TenantView{
		Tenant: migration.Tenant(st.name), Before: newSide(), After: newSide(), Verdict: migration.Verdict{Decision: st.word, Reason: st.reason},
		Cutover:      migration.CutoverOf(migration.Verdict{Decision: st.word, Reason: st.reason}),
		Notices:      st.notices,
		AttributedBy: migration.Provenance{Source: "label tenant", Method: migration.Measured, Coverage: 1},
	}
	if !math.IsNaN(st.routed) {
		v.Routed = figure(migration.Ratio(st.routed), migration.Counted, migration.Measured)
	}
	if !math.IsNaN(st.delta) {
		v.Delta = figure(migration.Ratio(st.delta), migration.Billed, migration.Derived)
	}
	if st.even > 0 {
		v.BreakEven, v.Crossing = figure(st.even, migration.Billed, migration.Derived), crossesAbove
	}
	for i, side := range [...]*migration.Side{&v.Before, &v.After} {
		cost, fail, p95, method, kind := st.lambda, st.failL, st.p95L, migration.Estimated, migration.Billed
		share := 1 - st.routed
		if i == 1 {
			cost, fail, p95, method, kind = st.jobs, st.failJ, st.p95J, migration.Derived, migration.Requested
			share = st.routed
		}
		if cost == "" {
			continue
		}
		side.Present = true
		side.CostPerHour, side.Cost = figure(usd(cost), kind, method), figure(usd(cost).Mul(decimal.NewFromInt(6)), kind, method)
		side.CostPerHour.Evidence.Provisional = st.provisional && i == 0
		if st.runs > 0 && !math.IsNaN(share) {
			runs := max(int64(float64(st.runs)*share), 1)
			side.Runs = migration.Some(runs)
			side.CostPerRun = figure(migration.Dollars(usd(cost).Decimal().Mul(decimal.NewFromInt(6)).DivRound(decimal.NewFromInt(runs), 9)), kind,
				method)
			if !math.IsNaN(fail) {
				side.Failures, side.FailureRate = migration.Some(int64(float64(runs)*fail)), migration.Some(migration.Ratio(fail))
			}
		}
		if i == 0 {
			side.Throttled, side.TimedOut = migration.Some(int64(n%3)), migration.Some[int64](0)
		} else {
			side.OOMKilled, side.TimedOut = migration.Some(st.oom), migration.Some[int64](0)
			side.Running, side.Pending = migration.Some(st.running), migration.Some(st.pend)
			side.StartUp = migration.Sample(1900*time.Millisecond, 2400*time.Millisecond, 6100*time.Millisecond)
		}
		if p95 > 0 {
			side.Duration = migration.Sample(p95/2, p95*6/10, p95*7/10, p95)
			if st.loose && i == 0 {
				side.Duration = migration.Merge(
					migration.Summarized(migration.Points[time.Duration]{
						Count: 40, Sum: 40 * p95 / 2, P50: p95 / 2, P95: p95 * 8 / 10, P99: p95 * 9 / 10,
						Max: p95,
					}),
					migration.Summarized(migration.Points[time.Duration]{
						Count: 9, Sum: 9 * p95 / 3, P50: p95 / 3, P95: p95 / 2, P99: p95 * 6 / 10,
						Max: p95 * 7 / 10,
					}))
			}
		}
		if st.wall > 0 && i == 0 {
			side.TimeoutRatio = migration.Some(migration.Ratio(st.wall))
		}
		if st.name != "" {
			side.MemoryLimit = migration.Some(1769 * migration.MiB)
			if i == 1 {
				side.MemoryLimit, side.PeakMemory = migration.Some(512*migration.MiB),
					migration.Sample(280*migration.MiB, 390*migration.MiB, 471*migration.MiB)
			}
		}
		fillSeries(side, st, i, n)
	}
	fillAnswers(&v, st)
	v.Workloads = []migration.WorkloadView{{
		Workload: "nightly-report", Before: v.Before, After: v.After,
		Functions: []migration.Function{{Name: st.name + "-nightly-report", MemorySize: 1769 * migration.MiB, Timeout: 900 * time.Second}},
	}}
	if n%4 == 0 {
		v.Workloads = append(v.Workloads, migration.WorkloadView{Workload: "thumbnails", Before: newSide(), After: v.After})
	}
	if v.After.Present {
		v.Runs = newRuns(st)
	}
	judge(&v)
	return v
}

// judge gives the figures of a tenant their severities. Its notices stay those of the story.
func judge(v *migration.TenantView) {
	notices := v.Notices
	assess.Apply(assess.TenantFacts{TenantView: v, At: at})
	v.Notices = notices
}

// fillAnswers says what follows from the costs, as the engine would.
func fillAnswers(v *migration.TenantView, st story) {
	if st.name == "" || st.runs == 0 {
		return
	}
	a := &v.Economics
	a.BeforeRun, a.AfterRun = v.Before.CostPerRun, v.After.CostPerRun
	l, _ := usdOf(a.BeforeRun.Value)
	if l > 0 && !math.IsNaN(st.delta) {
		a.AfterRun = figure(migration.Dollars(decimal.NewFromFloat(l*(1+st.delta))), migration.Requested, migration.Estimated)
	}
	a.Fixed = figure(usd("2.92"), migration.Billed, migration.Derived)
	a.RunsPerDay = migration.Some(float64(st.runs) * 4)
	if j, ok := usdOf(a.AfterRun.Value); ok && l > j {
		v.BreakEven, v.Crossing = figure(2.92/(l-j)/plot.DaysPerMonth, migration.Counted, migration.Derived), crossesAbove
		a.Duration, a.Memory = figure(2800*time.Millisecond, migration.Used, migration.Derived),
			figure(420*migration.MiB, migration.Requested, migration.Derived)
		a.Utilization = figure(migration.Ratio(0.31), migration.Used, migration.Derived)
		a.Saving = figure(usd("312.40"), migration.Billed, migration.Estimated)
		a.Saved = figure(usd("55.13"), migration.Billed, migration.Estimated)
	} else if ok && a.BeforeRun.Value.Known() {
		v.BreakEven, v.Crossing = migration.Figure[float64]{}, crossesNever
		a.Saving = figure(usd("-20.93"), migration.Billed, migration.Estimated)
		a.Saved = figure(usd("-1.1"), migration.Billed, migration.Estimated)
	}
	a.BeforeMonth, a.AfterMonth = figure(usd("1842.52"), migration.Billed, migration.Estimated),
		figure(usd("1475.02"), migration.Billed, migration.Estimated)
	a.MonthEnd, a.Stay = figure(usd("1530.12"), migration.Billed, migration.Estimated),
		figure(usd("1842.52"), migration.Billed, migration.Estimated)
	if st.wave > 1 {
		a.Cutover = migration.Some(at.Add(62 * time.Hour))
	}
}

func fillSeries(side *migration.Side, st story, platform, n int) {
	cost, _ := usdOf(side.CostPerHour.Value)
	for i := range 360 {
		x := float64(i) / 360
		wave := 1 / (1 + math.Exp(-(x-st.wave)*30)) // the share on Jobs at that moment
		if platform == 0 {
			wave = 1 - wave
		}
		level := 0.25 + 1.25*wave + 0.12*math.Sin(x*19+float64(n)) + 0.05*math.Sin(x*97+float64(3*n))
		if n == 5 && i > 120 && i < 150 || level < 0.2 {
			continue // a gap
		}
		side.CostSeries.Add(i, cost*level)
		side.RunsSeries.Add(i, math.Round(float64(st.runs)/360*level))
		if p := [...]time.Duration{st.p95L, st.p95J}[platform]; p > 0 {
			side.DurationSeries.Add(i, p.Seconds()*(0.8+0.15*math.Sin(x*31+float64(n))))
		}
		if platform == 1 {
			side.MemorySeries.Add(i, float64(390*migration.MiB)+float64(70*migration.MiB)*math.Sin(x*23))
		}
	}
	if platform == 0 {
		side.CostSeries.ProvisionalFrom, side.RunsSeries.ProvisionalFrom = 356, 356
	}
}

func newRuns(st story) []migration.Run {
	key := migration.Key{Platform: migration.Jobs, Workload: "nightly-report", Tenant: migration.Tenant(st.name)}
	req := migration.Resources{CPU: migration.Some(500 * migration.Millicore), Memory: migration.Some(256 * migration.MiB)}
	limit := migration.Resources{Memory: migration.Some(512 * migration.MiB)}
	pod := func(name string, state migration.RunState, reason string, exit int32, ago, took time.Duration) migration.Attempt {
		a := migration.Attempt{
			Pod: name, Node: "ip-10-0-3-41.eu-west-1.compute.internal", State: state, Reason: reason,
			Scheduled: migration.Some(at.Add(-ago)), Started: migration.Some(at.Add(-ago + 2*time.Second)),
			PeakMemory: migration.Some(471 * migration.MiB), CPU: migration.Some(312 * migration.Millicore),
			Memory: migration.Some(390 * migration.MiB),
		}
		if state.Done() {
			a.Finished, a.ExitCode = migration.Some(at.Add(-ago+took)), migration.Some(exit)
		}
		return a
	}
	runs := []migration.Run{
		{
			Key: key, UID: st.name + "-1", Namespace: "batch", Name: st.name + "-nightly-report-29381", State: migration.RunRunning,
			Created: at.Add(-19 * time.Minute), Started: migration.Some(at.Add(-19*time.Minute + 3*time.Second)),
			Deadline: migration.Some(2 * time.Hour), Parallel: 1, Request: req, Limit: limit,
			Attempts: []migration.Attempt{pod(st.name+"-nightly-report-29381-x7k2p", migration.RunRunning, "", 0, 19*time.Minute, 0)},
		},
		{
			Key: key, UID: st.name + "-2", Namespace: "batch", Name: st.name + "-nightly-report-29380", State: migration.RunFailed,
			Reason: "OOMKilled", Message: "Job has reached the specified backoff limit", Created: at.Add(-64 * time.Minute),
			Started: migration.Some(at.Add(-63 * time.Minute)), Finished: migration.Some(at.Add(-50 * time.Minute)), Parallel: 1, Failed: 2,
			Request: req, Limit: limit,
			Attempts: []migration.Attempt{pod(st.name+"-nightly-report-29380-8qq4z", migration.RunFailed, "OOMKilled", 137, 63*time.Minute,
				5*time.Minute), pod(st.name+"-nightly-report-29380-m2c9d", migration.RunFailed, "OOMKilled", 137, 57*time.Minute, 6*time.Minute)},
		},
		{
			Key: key, UID: st.name + "-3", Namespace: "batch", Name: st.name + "-nightly-report-29379", State: migration.RunSucceeded,
			Created: at.Add(-124 * time.Minute), Started: migration.Some(at.Add(-123 * time.Minute)),
			Finished: migration.Some(at.Add(-110 * time.Minute)), Parallel: 1, Request: req, Limit: limit,
			Attempts: []migration.Attempt{pod(st.name+"-nightly-report-29379-z5v7n", migration.RunSucceeded, "", 0, 123*time.Minute,
				13*time.Minute)},
		},
	}
	if st.pend > 0 {
		runs = append([]migration.Run{{
			Key: key, UID: st.name + "-0", Namespace: "batch", Name: st.name + "-nightly-report-29382",
			State: migration.RunPending, Reason: "Unschedulable", Message: "0/5 nodes are available: 5 Insufficient memory",
			Created: at.Add(-14 * time.Minute), Parallel: 1, Request: req, Limit: limit,
		}}, runs...)
	}
	return runs
}
