package follow

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cutover/plan"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// noon is when the tests' step begins.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// at is a minute after noon.
func at(minute int) time.Time { return noon.Add(time.Duration(minute) * time.Minute) }

// bench is a Book with the stores that feed it.
type bench struct {
	tb     testing.TB
	book   *Book
	store  *timeseries.Store
	queues timeseries.QueueStore
	// functions, health and views are what the next Snapshot has.
	functions []migration.Function
	health    []migration.Health
	views     []migration.TenantView
	unread    map[migration.Tenant][2]string
	change    func(*migration.Snapshot) // nil for nothing
	arrivals  map[string][]migration.LogDelivery
	from      int // since when starts of Jobs were seen
}

// newBench is a Book of a plan, nothing kept, of which both sources answer.
func newBench(tb testing.TB, p *plan.Plan) *bench {
	tb.Helper()
	b := &bench{
		tb: tb, book: New(Settings{Plan: p}), store: timeseries.NewStore(), queues: timeseries.NewQueueStore(),
		unread: map[migration.Tenant][2]string{},
	}
	if err := b.book.Restore(nil); err != nil {
		tb.Fatal(err)
	}
	b.health = []migration.Health{{Source: "cloudwatch", State: migration.HealthOK}, {Source: "jobs", State: migration.HealthOK}}
	b.function("acme", 1)
	return b
}

// function adds a function of a tenant whose queue hands it batches of a size, with all of its facts.
func (b *bench) function(tenant migration.Tenant, batch int32) {
	b.functions = append(b.functions, migration.Function{
		Key: lambdaKey(tenant), Name: string(tenant) + "-resize", Timeout: time.Minute, Modified: at(-100_000),
		EventSources: migration.Some([]migration.EventSource{{Enabled: true, BatchSize: batch}}),
	})
	usd := migration.Figure[migration.USD]{Value: migration.Some(migration.Dollars(decimal.New(2, -4)))}
	b.views = append(b.views, migration.TenantView{
		Tenant:  tenant,
		Before:  migration.Side{Platform: migration.Lambda, CostPerRun: usd, Runs: migration.Some[int64](5000)},
		After:   migration.Side{Platform: migration.Jobs, CostPerRun: usd, Runs: migration.Some[int64](5000)},
		Verdict: migration.Verdict{Decision: migration.WorthMoving, Reason: "Jobs cost less"},
	})
}

func lambdaKey(tenant migration.Tenant) migration.Key {
	return migration.Key{Platform: migration.Lambda, Tenant: tenant, Workload: "resize"}
}

func jobsKey(tenant migration.Tenant) migration.Key {
	return migration.Key{Platform: migration.Jobs, Tenant: tenant, Workload: "resize"}
}

// blue stores a final minute of Lambda.
func (b *bench) blue(tenant migration.Tenant, minute int, runs, failures int64) {
	a := migration.Activity{
		Key: lambdaKey(tenant), Start: at(minute), Span: time.Minute, Final: true, Runs: runs, Failures: failures,
		Throttled: migration.Some[int64](0),
		Duration: migration.Summarized(migration.Points[time.Duration]{
			Count: runs, Sum: time.Duration(runs) * time.Second, P50: time.Second, P95: 2 * time.Second, P99: 3 * time.Second,
			Max: 4 * time.Second,
		}),
	}
	if runs == 0 {
		return
	}
	b.store.Upsert(&a)
	b.book.Touch(&a)
}

// green delivers a minute of Jobs' starts, and that all of them were seen from a minute to before another.
func (b *bench) green(from, to int, minutes ...migration.RunMinute) {
	b.book.AbsorbRuns(migration.Origin{Source: "jobs"}, migration.RunMinutes{
		Platform: migration.Jobs, From: at(from), To: at(to), Minutes: minutes,
	})
}

// jobs is a final minute of Jobs.
func jobs(tenant migration.Tenant, minute int, runs, failures int64) migration.RunMinute {
	return migration.RunMinute{
		Key: jobsKey(tenant), Start: at(minute), Final: true, Runs: runs, Failures: failures, Attempts: runs,
		TimedOut: migration.Some[int64](0), OOMKilled: migration.Some[int64](0), ImagePull: migration.Some[int64](0),
		Evicted: migration.Some[int64](0), Dropped: migration.Some[int64](0), Version: "v1",
		Duration: migration.Sample(time.Second), StartUp: migration.Sample(2 * time.Second),
	}
}

// judge makes a Snapshot in a minute, in which CloudWatch is final until another, and returns the verdict of acme.
func (b *bench) judge(minute, final int) *migration.Cutover {
	s := b.snapshot(minute, final)
	for i := range s.Tenants {
		if s.Tenants[i].Tenant == "acme" {
			return &s.Tenants[i].Cutover
		}
	}
	b.tb.Fatal("no acme")
	return nil
}

func (b *bench) snapshot(minute, final int) *migration.Snapshot {
	in := b.input(minute, final)
	b.book.Judge(in)
	return in.Snapshot
}

// input is what is known in a minute where Lambda is final to another one.
func (b *bench) input(minute, final int) *Input {
	s := &migration.Snapshot{At: at(minute).Add(30 * time.Second)}
	s.Sources = append(s.Sources, b.health...)
	for i := range s.Sources {
		if s.Sources[i].Source == "cloudwatch" && s.Sources[i].State == migration.HealthOK {
			s.Sources[i].FinalTo = at(final)
		}
	}
	s.Tenants = append(s.Tenants, b.views...)
	if b.change != nil {
		b.change(s)
	}
	return &Input{
		Snapshot: s, Unread: func(v *migration.TenantView) [2]string { return b.unread[v.Tenant] }, Store: b.store, Queues: &b.queues,
		Functions: b.functions, Arrivals: b.arrivals,
	}
}

// stepAtNoon is a plan in which acme took a share at noon.
func stepAtNoon(share plan.Share) *plan.Plan {
	return &plan.Plan{Waves: []plan.Wave{{
		Name: "pilot", At: noon, Tenants: plan.Members("acme"), Owners: []string{"anna"},
		Steps: []plan.Step{{Share: share, At: noon, Started: noon}, {Share: plan.Whole}},
	}}}
}
