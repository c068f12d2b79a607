package monitor

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// Days is how many whole days before today the figures of a month are learnt from: every
// weekday is there five times, and any month whole.
const Days = 35

const keepDays = Days + 1

// recount is how often days that still change are counted anew.
const recount = 5 * time.Minute

// Diary keeps whole days beyond the life of a program.
type Diary interface {
	// Days returns what was kept from a day on, in any order.
	Days(from time.Time) ([]migration.Day, error)
	// Keep keeps whole days; one that is there already is replaced.
	Keep(days []migration.Day) error
}

// days is what each day came to: those that the store can still tell are counted again
// and again, older ones stand.
type days struct {
	byDate map[int64]*migration.Day // by Unix time of the day's midnight
	// daily is what a source told of whole days that lie before its minutes.
	daily   map[int64]map[migration.Tenant][]told
	counted time.Time
	// kept is how much of both sides of a day was seen when it was kept last.
	kept map[int64]time.Duration
	// recalled are the days whose Lambda side was read whole by an earlier run: what is
	// told of them again, one workload after another, is less.
	recalled map[int64]bool
	// fresh are days of which something was told since they were counted.
	fresh map[int64]bool
	// readBy are the sources that have told all of their days, from which on; whole is
	// set once all have.
	readBy map[string]time.Time
	whole  bool
	// perRun is what a run cost on Lambda on the last day that it ran there.
	perRun map[migration.Tenant]migration.USD
}

// told is a day of one workload as a source told it.
type told struct {
	scope     string // account and region
	workload  migration.Workload
	runs      int64
	invoked   *migration.Invoked
	elsewhere []migration.Invoked
}

func newDays() *days {
	return &days{
		byDate: map[int64]*migration.Day{}, daily: map[int64]map[migration.Tenant][]told{},
		kept: map[int64]time.Duration{}, perRun: map[migration.Tenant]migration.USD{},
		recalled: map[int64]bool{}, fresh: map[int64]bool{}, readBy: map[string]time.Time{},
	}
}

func midnight(t time.Time) time.Time { return t.UTC().Truncate(migration.DayLength) }

// take takes a day's activity in; false where it is of minutes or hours.
func (d *days) take(a *migration.Activity) bool {
	if a.Span != migration.DayLength {
		return false
	}
	day := midnight(a.Start).Unix()
	if d.recalled[day] {
		return true
	}
	if d.daily[day] == nil {
		d.daily[day] = map[migration.Tenant][]told{}
	}
	of := d.daily[day][a.Tenant]
	one := told{a.Scope, a.Workload, a.Runs, a.Invoked, a.Elsewhere}
	if i := slices.IndexFunc(of, func(t told) bool { return t.scope == a.Scope && t.workload == a.Workload }); i >= 0 {
		of[i] = one
	} else {
		d.daily[day][a.Tenant] = append(of, one)
	}
	d.fresh[day], d.counted = true, time.Time{}
	return true
}

// toldBy notes that a source has told all of its days from one on. Once all sources have, a
// day of which none told anything is one on which nothing ran, and days may be kept as
// whole.
func (d *days) toldBy(source string, from, now time.Time, sources int) {
	if d.readBy[source] = from; d.whole || len(d.readBy) < sources {
		return
	}
	d.whole, d.counted = true, time.Time{}
	from = slices.MaxFunc(slices.Collect(maps.Values(d.readBy)), time.Time.Compare)
	for day := midnight(from); day.Before(midnight(now)); day = day.AddDate(0, 0, 1) {
		key := day.Unix()
		if d.daily[key] == nil && !d.recalled[key] {
			d.daily[key] = map[migration.Tenant][]told{}
		}
	}
	for key := range d.daily {
		d.fresh[key] = true
	}
}

// sorted are the days in order.
func (d *days) sorted() []*migration.Day {
	return sortedValues(d.byDate)
}

// tenantOf finds a tenant's part of a day, nil where nothing of it ran.
func tenantOf(d *migration.Day, name migration.Tenant) *migration.TenantDay {
	i, ok := slices.BinarySearchFunc(d.Tenants, name, func(t migration.TenantDay, n migration.Tenant) int {
		return strings.Compare(string(t.Tenant), string(n))
	})
	if !ok {
		return nil
	}
	return &d.Tenants[i]
}

// lambdaRun is what a run of a tenant cost on Lambda when it last ran there.
func (d *days) lambdaRun(t migration.Tenant) migration.Opt[migration.USD] {
	if u, ok := d.perRun[t]; ok {
		return migration.Some(u)
	}
	return migration.None[migration.USD]()
}

// countDays brings the days up to date. It reports whether anything was counted.
func (b *builder) countDays() bool {
	d, now := b.days, b.frame.now
	if !d.counted.IsZero() && now.Sub(d.counted) < recount && !now.Before(d.counted) {
		return false
	}
	d.counted = now
	today := midnight(now)
	var whole []migration.Day
	for day := today.AddDate(0, 0, 1-keepDays); !day.After(today); day = day.AddDate(0, 0, 1) {
		key := day.Unix()
		live := day.After(now.Add(-b.store.keeps())) // all of it is in the store
		old := d.byDate[key]
		if !live && (d.daily[key] == nil || !d.fresh[key] && old != nil && old.LambdaSeen >= migration.DayLength) {
			continue
		}
		delete(d.fresh, key)
		counted := b.countDay(day, live)
		if counted == nil {
			continue
		}
		if old != nil {
			counted = joinDays(counted, old)
		}
		d.byDate[key] = counted
		if d.daily[key] != nil && !d.whole {
			counted = withoutLambda(counted) // what is kept is what is whole
		}
		seen := counted.LambdaSeen + counted.JobsSeen
		if end := day.Add(migration.DayLength); d.kept[key] < seen && now.Sub(end) > migration.LambdaWall+5*time.Minute {
			d.kept[key] = seen
			whole = append(whole, *counted)
		}
	}
	for key := range d.byDate {
		if time.Unix(key, 0).Before(today.AddDate(0, 0, -keepDays)) {
			delete(d.byDate, key)
			delete(d.daily, key)
			delete(d.kept, key)
			delete(d.recalled, key)
			delete(d.fresh, key)
		}
	}
	clear(d.perRun)
	for _, day := range d.sorted() {
		for i := range day.Tenants {
			t := &day.Tenants[i]
			if u, ok := cost.PerRun(t.Lambda, t.LambdaRuns.Or(0)).Get(); ok {
				d.perRun[t.Tenant] = u
			}
		}
	}
	if b.opts.Diary != nil && len(whole) > 0 {
		if err := b.opts.Diary.Keep(whole); err != nil && b.opts.Logger != nil {
			b.opts.Logger.Warn("keep days", "error", err)
		}
	}
	return true
}

// joinDays takes each side of a day from whichever count saw more of it, of equals from a.
func joinDays(a, b *migration.Day) *migration.Day {
	lambda, jobs := a, a
	if b.LambdaSeen > a.LambdaSeen {
		lambda = b
	}
	if b.JobsSeen > a.JobsSeen {
		jobs = b
	}
	if lambda == jobs {
		return lambda
	}
	out := &migration.Day{
		Day: a.Day, Overhead: jobs.Overhead, Services: jobs.Services, Credit: lambda.Credit,
		LambdaSeen: lambda.LambdaSeen, JobsSeen: jobs.JobsSeen,
	}
	names := map[migration.Tenant]bool{}
	for _, d := range [...]*migration.Day{lambda, jobs} {
		for i := range d.Tenants {
			names[d.Tenants[i].Tenant] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		t := migration.TenantDay{Day: a.Day, Tenant: name}
		if l := tenantOf(lambda, name); l != nil {
			t.LambdaRuns, t.Lambda = l.LambdaRuns, l.Lambda
		} else {
			t.LambdaRuns, t.Lambda = nothingRan(lambda.LambdaSeen)
		}
		if j := tenantOf(jobs, name); j != nil {
			t.JobRuns, t.Jobs = j.JobRuns, j.Jobs
		} else {
			t.JobRuns, t.Jobs = nothingRan(jobs.JobsSeen)
		}
		out.Tenants = append(out.Tenants, t)
	}
	return out
}

// withoutLambda is a day as if Lambda had not been looked at.
func withoutLambda(d *migration.Day) *migration.Day {
	out := *d
	out.LambdaSeen, out.Credit, out.Tenants = 0, migration.None[migration.USD](), slices.Clone(d.Tenants)
	for i := range out.Tenants {
		t := &out.Tenants[i]
		t.LambdaRuns, t.Lambda = nothingRan(0)
	}
	return &out
}

// nothingRan is a side of a tenant that is not in a day's count: nothing where that was
// watched, else unknown.
func nothingRan(seen time.Duration) (migration.Opt[int64], migration.Opt[migration.USD]) {
	if seen == 0 {
		return migration.None[int64](), migration.None[migration.USD]()
	}
	return migration.Some[int64](0), migration.Some(migration.USD{})
}

// recall takes in what an earlier run of the program kept.
func (d *days) recall(from []migration.Day) {
	for i := range from {
		key := midnight(from[i].Day).Unix()
		if old := d.byDate[key]; old == nil || old.JobsSeen <= from[i].JobsSeen {
			d.byDate[key], d.kept[key] = &from[i], from[i].LambdaSeen+from[i].JobsSeen
			d.recalled[key] = from[i].LambdaSeen >= migration.DayLength
		}
	}
}

// dayTenant is a tenant's part of a day in the making.
type dayTenant struct {
	lambda, jobs         *cost.Account
	lambdaRuns, jobsRuns int64
	lambdaHole           bool // the cost of some runs is unknown
}

// countDay prices what a day's buckets hold, or what a source told of the day as a
// whole. nil where nothing is known of it.
func (b *builder) countDay(day time.Time, live bool) *migration.Day {
	out := &migration.Day{Day: day}
	whole := stretch{from: day, to: day.Add(migration.DayLength)}
	lambda, jobs := b.watched(whole, migration.Lambda), b.watched(whole, migration.Jobs)
	daily := b.days.daily[day.Unix()]
	if !live || (lambda.span() < migration.DayLength && daily != nil && day.Add(migration.DayLength).Before(b.frame.now)) {
		lambda = stretch{}
	} else {
		daily = nil
	}
	if !live {
		jobs = stretch{}
	}
	ledger := b.opts.Cost.Ledger()
	tenants := map[migration.Tenant]*dayTenant{}
	of := func(name migration.Tenant) *dayTenant {
		if tenants[name] == nil {
			tenants[name] = &dayTenant{lambda: ledger.Account(), jobs: ledger.Account()}
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
				t.lambda.Invoked(in)
				for j := range daily[name][i].elsewhere {
					t.lambda.Invoked(&daily[name][i].elsewhere[j])
				}
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
func (c *cell) enter(a *cost.Account) {
	for i := range c.invoked {
		in := c.invoked[i].unpack()
		a.Invoked(&in)
	}
	for _, held := range c.held() {
		h := held.unpack()
		a.Held(&h)
	}
}

// enterPlatform adds nodes and what is there whoever uses it, for a part of a day.
func (b *builder) enterPlatform(l *cost.Ledger, s stretch) {
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
func (b *builder) watched(s stretch, p migration.Platform) stretch {
	return s.intersect(b.frame.watchedTo(p))
}

func (t *dayTenant) close(name migration.Tenant, bill *cost.Bill, d *migration.Day) migration.TenantDay {
	out := migration.TenantDay{Day: d.Day, Tenant: name}
	known := func(a *cost.Account, f migration.Figure[migration.USD]) migration.Opt[migration.USD] {
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
		case f.Evidence != (migration.Evidence{}): // there, and without a price
			return migration.None[migration.USD]()
		}
	}
	return migration.Some(sum)
}
