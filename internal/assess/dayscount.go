package assess

import (
	"maps"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// dayTenant is a tenant's part of a day in the making.
type dayTenant struct {
	before, after         *cost.UsageLedger
	beforeRuns, afterRuns int64
	beforeHole            bool // the cost of some runs is unknown
}

// DailyUsage is a day of one workload as a source gives it.
type DailyUsage struct {
	Scope     string // account and region
	Workload  migration.Workload
	Runs      int64
	Invoked   *migration.LambdaUsage
	Elsewhere []migration.LambdaUsage
}

// CountDay prices a day: what its buckets hold where it is live, which means that all of it is
// in the store, or else daily, what the sources gave of the day as a whole, nil for nothing.
// It is nil where nothing is known of the day.
func CountDay(f *Facts, day time.Time, live bool, daily map[migration.Tenant][]DailyUsage) *migration.Day {
	b := &builder{Facts: f, frame: f.windows()}
	out := &migration.Day{Day: day}
	whole := timeseries.Range{From: day, To: day.Add(migration.DayLength)}
	before, after := b.watched(whole, b.before().ID), b.watched(whole, b.after().ID)
	if !live || (before.Span() < migration.DayLength && daily != nil && day.Add(migration.DayLength).Before(b.frame.Now)) {
		before = timeseries.Range{}
	} else {
		daily = nil
	}
	if !live {
		after = timeseries.Range{}
	}
	ledger := b.Cost.Ledger()
	tenants := map[migration.Tenant]*dayTenant{}
	of := func(name migration.Tenant) *dayTenant {
		if tenants[name] == nil {
			tenants[name] = &dayTenant{before: ledger.Usage(), after: ledger.Usage()}
		}
		return tenants[name]
	}
	services := ledger.ServiceAccount()
	for _, key := range timeseries.SortedStreams(b.Store.Series) {
		sr := b.Store.Series[key]
		switch key.Platform {
		case b.before().ID:
			for _, c := range sr.Within(before) {
				t := of(key.Tenant)
				t.beforeRuns += c.Runs
				t.beforeHole = t.beforeHole || c.Have&timeseries.CostUnknown != 0
				enter(t.before, &c)
			}
		case b.after().ID:
			for _, c := range sr.Within(after) {
				t := of(key.Tenant)
				t.afterRuns += c.Runs
				enter(t.after, &c)
			}
		default:
			for _, c := range sr.Within(whole.Intersect(b.frame.Watched(key.Platform))) {
				enter(services, &c)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(daily)) {
		t := of(name)
		for i := range daily[name] {
			t.beforeRuns += daily[name][i].Runs
			if in := daily[name][i].Invoked; in != nil {
				t.before.AddLambda(in)
				for j := range daily[name][i].Elsewhere {
					t.before.AddLambda(&daily[name][i].Elsewhere[j])
				}
				t.beforeHole = t.beforeHole || in.Known.LowerBound
			} else if daily[name][i].Runs > 0 {
				t.beforeHole = true
			}
		}
	}
	pool := after
	if b.before().Caps.IdlePool {
		pool = before
	}
	b.enterPlatform(ledger, pool)
	if out.BeforeSeen = before.Span(); daily != nil {
		out.BeforeSeen = migration.DayLength
	}
	out.AfterSeen = after.Span()
	if out.BeforeSeen == 0 && out.AfterSeen == 0 {
		return nil
	}
	bill := ledger.Close(max(out.BeforeSeen, time.Minute))
	for _, name := range slices.Sorted(maps.Keys(tenants)) {
		out.Tenants = append(out.Tenants, b.closeDay(tenants[name], name, bill, out))
	}
	if pool.Span() > 0 {
		out.Overhead = booked(bill.Idle(), bill.Platform())
	}
	if live {
		out.Services = booked(bill.ServicesTotal())
	}
	if out.BeforeSeen > 0 {
		out.Credit = booked(bill.Credit())
	}
	return out
}

// enter adds what a bucket costs to an account.
func enter(a *cost.UsageLedger, c *timeseries.Bucket) {
	for i := range c.Invoked {
		in := c.Invoked[i].Unpack()
		a.AddLambda(&in)
	}
	for _, held := range c.Usage() {
		h := held.Unpack()
		a.AddUsage(&h)
	}
}

// enterPlatform adds nodes and what is there whoever uses it, for a part of a day.
func (b *builder) enterPlatform(l *cost.Ledger, s timeseries.Range) {
	if s.Empty() {
		return
	}
	for n := range b.Store.SortedNodes() {
		if !n.Start.Before(s.From) && n.Start.Before(s.To) {
			l.Nodes(&n)
		}
	}
	seconds := int64(s.Span() / time.Second)
	for _, stated := range b.Platform.Stated {
		stated.Seconds = seconds
		if stated.Region == "" {
			stated.Region = b.region()
		}
		l.Stated(stated)
	}
	switch fee, stated := b.Platform.ClusterHour.Get(); {
	case stated:
		l.Stated(cost.Stated{Name: cost.PartControlPlane, Month: migration.Some(fee.Mul(hoursPerMonth)), Seconds: seconds})
	case b.Cluster != nil && b.Cluster.EKS:
		l.Cluster(b.region(), b.Platform.Support, seconds)
	}
}

// watched is the part of a stretch that a side was watched for and that is settled.
func (b *builder) watched(s timeseries.Range, p migration.Platform) timeseries.Range {
	return s.Intersect(b.frame.Watched(p))
}

func (b *builder) closeDay(t *dayTenant, name migration.Tenant, bill *cost.Bill, d *migration.Day) migration.TenantDay {
	out := migration.TenantDay{Day: d.Day, Tenant: name}
	known := func(a *cost.UsageLedger, f migration.Figure[migration.USD]) migration.Opt[migration.USD] {
		if a.Empty() {
			return migration.Some(migration.USD{})
		}
		return f.Value
	}
	if d.BeforeSeen > 0 {
		out.BeforeRuns, out.Before = migration.Some(t.beforeRuns), known(t.before, costOf(bill, b.before().ID, t.before))
		if t.beforeHole {
			out.Before = migration.None[migration.USD]()
		}
	}
	if d.AfterSeen > 0 {
		out.AfterRuns, out.After = migration.Some(t.afterRuns), known(t.after, costOf(bill, b.after().ID, t.after))
	}
	return out
}

// booked adds parts of a bill that hold what belongs to no tenant; unknown where one of
// them is there and has no price.
func booked(parts ...migration.Figure[migration.USD]) migration.Opt[migration.USD] {
	sum := migration.USD{}
	for _, f := range parts {
		u, ok := f.Value.Get()
		switch {
		case ok:
			sum = sum.Add(u)
		case f.Evidence != (migration.Provenance{}): // there, and without a price
			return migration.None[migration.USD]()
		}
	}
	return migration.Some(sum)
}
