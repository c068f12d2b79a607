package monitor

import (
	"maps"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// dayTenant is a tenant's part of a day in the making.
type dayTenant struct {
	lambda, jobs         *cost.UsageLedger
	lambdaRuns, jobsRuns int64
	lambdaHole           bool // the cost of some runs is unknown
}

// countDay prices what a day's buckets hold, or what a source told of the day as a
// whole. nil where nothing is known of it.
func (b *builder) countDay(day time.Time, live bool) *migration.Day {
	out := &migration.Day{Day: day}
	whole := timeRange{from: day, to: day.Add(migration.DayLength)}
	lambda, jobs := b.watched(whole, migration.Lambda), b.watched(whole, migration.Jobs)
	daily := b.days.daily[day.Unix()]
	if !live || (lambda.span() < migration.DayLength && daily != nil && day.Add(migration.DayLength).Before(b.frame.now)) {
		lambda = timeRange{}
	} else {
		daily = nil
	}
	if !live {
		jobs = timeRange{}
	}
	ledger := b.opts.Cost.Ledger()
	tenants := map[migration.Tenant]*dayTenant{}
	of := func(name migration.Tenant) *dayTenant {
		if tenants[name] == nil {
			tenants[name] = &dayTenant{lambda: ledger.Usage(), jobs: ledger.Usage()}
		}
		return tenants[name]
	}
	services := ledger.ServiceAccount()
	for _, key := range sortedKeys(b.store.series) {
		sr := b.store.series[key]
		switch key.Platform {
		case migration.Lambda:
			for _, c := range sr.within(lambda) {
				t := of(key.Tenant)
				t.lambdaRuns += c.runs
				t.lambdaHole = t.lambdaHole || c.have&costUnknown != 0
				c.enter(t.lambda)
			}
		case migration.Jobs:
			for _, c := range sr.within(jobs) {
				t := of(key.Tenant)
				t.jobsRuns += c.runs
				c.enter(t.jobs)
			}
		default:
			for _, c := range sr.within(whole.intersect(b.frame.watchedTo(key.Platform))) {
				c.enter(services)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(daily)) {
		t := of(name)
		for i := range daily[name] {
			t.lambdaRuns += daily[name][i].runs
			if in := daily[name][i].invoked; in != nil {
				t.lambda.AddLambda(in)
				for j := range daily[name][i].elsewhere {
					t.lambda.AddLambda(&daily[name][i].elsewhere[j])
				}
				t.lambdaHole = t.lambdaHole || in.Known.LowerBound
			} else if daily[name][i].runs > 0 {
				t.lambdaHole = true
			}
		}
	}
	b.enterPlatform(ledger, jobs)
	if out.LambdaSeen = lambda.span(); daily != nil {
		out.LambdaSeen = migration.DayLength
	}
	out.JobsSeen = jobs.span()
	if out.LambdaSeen == 0 && out.JobsSeen == 0 {
		return nil
	}
	bill := ledger.Close(max(out.LambdaSeen, time.Minute))
	for _, name := range slices.Sorted(maps.Keys(tenants)) {
		out.Tenants = append(out.Tenants, tenants[name].close(name, bill, out))
	}
	if out.JobsSeen > 0 {
		out.Overhead = booked(bill.Idle(), bill.Platform())
	}
	if live {
		out.Services = booked(bill.ServicesTotal())
	}
	if out.LambdaSeen > 0 {
		out.Credit = booked(bill.Credit())
	}
	return out
}

// enter adds what a cell costs to an account.
func (c *bucket) enter(a *cost.UsageLedger) {
	for i := range c.invoked {
		in := c.invoked[i].unpack()
		a.AddLambda(&in)
	}
	for _, held := range c.held() {
		h := held.unpack()
		a.AddUsage(&h)
	}
}

// enterPlatform adds nodes and what is there whoever uses it, for a part of a day.
func (b *builder) enterPlatform(l *cost.Ledger, s timeRange) {
	if s.empty() {
		return
	}
	for _, key := range slices.SortedFunc(maps.Keys(b.store.nodes), compareNodeKeys) {
		if n := b.store.nodes[key]; !n.Start.Before(s.from) && n.Start.Before(s.to) {
			l.Nodes(&n)
		}
	}
	seconds := int64(s.span() / time.Second)
	for _, stated := range b.opts.Platform.Stated {
		stated.Seconds = seconds
		if stated.Region == "" {
			stated.Region = b.region()
		}
		l.Stated(stated)
	}
	switch fee, stated := b.opts.Platform.ClusterHour.Get(); {
	case stated:
		l.Stated(cost.Stated{Name: cost.PartControlPlane, Month: migration.Some(fee.Mul(hoursPerMonth)), Seconds: seconds})
	case b.cluster != nil && b.cluster.EKS:
		l.Cluster(b.region(), b.opts.Platform.Support, seconds)
	}
}

// watched is the part of a stretch that a side was watched for and that is settled.
func (b *builder) watched(s timeRange, p migration.Platform) timeRange {
	return s.intersect(b.frame.watchedTo(p))
}

func (t *dayTenant) close(name migration.Tenant, bill *cost.Bill, d *migration.Day) migration.TenantDay {
	out := migration.TenantDay{Day: d.Day, Tenant: name}
	known := func(a *cost.UsageLedger, f migration.Figure[migration.USD]) migration.Opt[migration.USD] {
		if a.Empty() {
			return migration.Some(migration.USD{})
		}
		return f.Value
	}
	if d.LambdaSeen > 0 {
		out.LambdaRuns, out.Lambda = migration.Some(t.lambdaRuns), known(t.lambda, bill.Lambda(t.lambda))
		if t.lambdaHole {
			out.Lambda = migration.None[migration.USD]()
		}
	}
	if d.JobsSeen > 0 {
		out.JobRuns, out.Jobs = migration.Some(t.jobsRuns), known(t.jobs, bill.Jobs(t.jobs))
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
