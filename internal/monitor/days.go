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

// DayStore keeps whole days beyond the life of a program.
type DayStore interface {
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
	daily   map[int64]map[migration.Tenant][]dailyUsage
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

// dailyUsage is a day of one workload as a source told it.
type dailyUsage struct {
	scope     string // account and region
	workload  migration.Workload
	runs      int64
	invoked   *migration.LambdaUsage
	elsewhere []migration.LambdaUsage
}

func newDays() *days {
	return &days{
		byDate: map[int64]*migration.Day{}, daily: map[int64]map[migration.Tenant][]dailyUsage{},
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
		d.daily[day] = map[migration.Tenant][]dailyUsage{}
	}
	of := d.daily[day][a.Tenant]
	one := dailyUsage{a.Scope, a.Workload, a.Runs, a.Invoked, a.Elsewhere}
	if i := slices.IndexFunc(of, func(t dailyUsage) bool { return t.scope == a.Scope && t.workload == a.Workload }); i >= 0 {
		of[i] = one
	} else {
		d.daily[day][a.Tenant] = append(of, one)
	}
	d.fresh[day], d.counted = true, time.Time{}
	return true
}

// recordCoverage notes that a source has told all of its days from one on. Once all sources have, a
// day of which none told anything is one on which nothing ran, and days may be kept as
// whole.
func (d *days) recordCoverage(source string, from, now time.Time, sources int) {
	if d.readBy[source] = from; d.whole || len(d.readBy) < sources {
		return
	}
	d.whole, d.counted = true, time.Time{}
	from = slices.MaxFunc(slices.Collect(maps.Values(d.readBy)), time.Time.Compare)
	for day := midnight(from); day.Before(midnight(now)); day = day.AddDate(0, 0, 1) {
		key := day.Unix()
		if d.daily[key] == nil && !d.recalled[key] {
			d.daily[key] = map[migration.Tenant][]dailyUsage{}
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
