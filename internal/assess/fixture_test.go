package assess

import (
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

var (
	noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	acme = migration.Key{Platform: migration.Lambda, Workload: "thumbnails", Tenant: "acme"}
)

func minute(at time.Time, runs int64) migration.Activity {
	return migration.Activity{
		Key: acme, Start: at, Span: time.Minute, Final: true, Runs: runs,
		Evidence: migration.Provenance{Source: "cloudwatch", Method: migration.Measured, Coverage: 1},
		Duration: migration.Summarized(migration.Points[time.Duration]{
			Count: runs, Sum: time.Duration(runs) * time.Second, P50: time.Second, P95: time.Second, P99: time.Second, Max: time.Second,
		}),
		Invoked: &migration.LambdaUsage{
			Place: migration.RegionArch{Region: "us-east-1", Arch: migration.X86}, Requests: runs,
			Billed: migration.MBMillis(runs * 512_000),
		},
	}
}

// pollResult is what a poll of a source brings.
type pollResult struct {
	source string
	batch  migration.Batch
}

// state gathers Facts from what polls bring, as the engine does.
type state struct {
	opts      Facts
	store     *timeseries.Store
	queues    timeseries.QueueStore
	functions []migration.Function
	runs      []migration.Run
	from      [migration.LastPlatform + 1]time.Time
}

func (s *state) absorb(a pollResult) {
	b, f := &a.batch, &s.opts
	for i := range b.Activities {
		s.store.Upsert(&b.Activities[i])
	}
	for _, n := range b.NodeTimes {
		s.store.UpsertNode(n)
	}
	if b.Functions != nil {
		f.BySource[a.source] = b.Functions
		s.functions = slices.Concat(sortedValues(f.BySource)...)
	}
	if b.Runs != nil {
		s.runs, f.Listed[migration.Jobs] = b.Runs, true
	}
	if b.Cluster != nil {
		f.Cluster, f.Listed[migration.Jobs] = b.Cluster, true
	}
	if from, ok := b.CoverFrom.Get(); ok {
		if b.Cluster != nil || b.Runs != nil {
			s.from[migration.Jobs] = from
		} else {
			s.from[migration.Lambda] = from
		}
	}
	for _, p := range b.Payloads {
		switch p := p.(type) {
		case migration.QueuePoll:
			s.queues.Absorb(migration.Origin{Source: a.source, Scope: b.Scope}, p)
		case migration.LogDeliveries:
			f.Arrivals[a.source] = p
		}
	}
	i := slices.IndexFunc(f.Health, func(h SourceHealth) bool { return h.Source == a.source })
	switch {
	case i < 0:
		f.Health = append(f.Health, SourceHealth{a.source, b.Health})
	case len(b.Health) > 0:
		f.Health[i].Rows = b.Health
	}
	f.Unheard = slices.DeleteFunc(f.Unheard, func(name string) bool { return name == a.source })
}

func (s *state) facts(now time.Time) *Facts {
	f := s.opts
	f.Now, f.Store, f.Queues, f.Functions, f.Runs, f.From = now, s.store, &s.queues, s.functions, s.runs, s.from
	return &f
}

func (s *state) snapshot(now time.Time) *migration.Snapshot {
	v := Assess(s.facts(now))
	s.opts.Noticed = v.Noticed
	return v.Snapshot
}

func testPricer() *cost.Pricer { return cost.New(prices.Default(), cost.Options{}) }

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

func newTestState(_ time.Time, window time.Duration) *state {
	return &state{
		opts: Facts{
			Cost: testPricer(), Window: window, Scope: migration.Scope{Region: "us-east-1"},
			BySource: map[string][]migration.Function{}, Arrivals: map[string][]migration.LogDelivery{},
		},
		store: timeseries.NewStore(), queues: timeseries.NewQueueStore(),
	}
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
		Functions: []migration.Function{{
			Key: acme, Name: "acme-thumbnails", ARN: "arn:aws-cn:lambda:cn-north-1:123456789012:function:x",
			MemorySize: 512 * migration.MiB, Timeout: 10 * time.Second,
		}},
		Health: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK, FinalTo: now.Add(-3 * time.Minute)}},
	}})
	s.absorb(pollResult{source: "jobs", batch: migration.Batch{
		Activities: jobs, NodeTimes: nodes, Cluster: &migration.Cluster{Name: "prod", EKS: true, Region: "us-east-1"},
		Runs:      []migration.Run{},
		CoverFrom: migration.Some(now.Add(-3 * time.Hour)),
		Health:    []migration.Health{{Source: "jobs", State: migration.HealthOK}},
	}})
}

// fillNodes leaves nothing of the pool idle: its one pod takes a quarter of a node, and the node stands for as long.
func fillNodes(s *state) {
	var full []migration.NodeTime
	for n := range s.store.SortedNodes() {
		n.NodeSeconds = 15
		full = append(full, n)
	}
	for _, n := range full {
		s.store.UpsertNode(n)
	}
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

// delivered are payloads of log delivery.
func delivered(d ...migration.LogDelivery) []migration.Payload {
	return []migration.Payload{migration.LogDeliveries(d)}
}
