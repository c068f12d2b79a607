package engine

import (
	"maps"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/assess"
	"github.com/migtop/migtop/internal/migration"
)

// Days is how many whole days before today the figures of a month are learnt from: every
// weekday is there five times, and any month whole.
const Days = 35

const keepDays = Days + 1

// recount is how often days that still change are counted anew.
const recount = 5 * time.Minute

// days is what each day came to: those that the store can still tell are counted again
// and again, older ones stand.
type days struct {
	of     migration.Platform       // the side before the move, whose whole days a source may bring
	byDate map[int64]*migration.Day // by Unix time of the day's midnight
	// daily is what a source reported of whole days that lie before its minutes.
	daily   map[int64]map[migration.Tenant][]assess.DailyUsage
	counted time.Time
	// kept is how much of both sides of a day was seen when it was kept last.
	kept map[int64]time.Duration
	// recalled are the days whose Lambda side was read whole by an earlier run: what is
	// reported again, one workload after another, is less.
	recalled map[int64]bool
	// fresh are days of which something was reported since they were counted.
	fresh map[int64]bool
	// readBy are the sources that have reported all of their days, from which on; whole is
	// set once all have.
	readBy map[string]time.Time
	whole  bool
	// view is all of them as the assessment reads them, as of the last count.
	view assess.WholeDays
	// unkept are days to be kept on disk, where keeps says that anything is.
	keeps  bool
	unkept []migration.Day
	// While waiting, the days of earlier runs are still read, and waited is what came meanwhile.
	waiting bool
	waited  []func()
}

func newDays(of migration.Platform) *days {
	return &days{
		of:     of,
		byDate: map[int64]*migration.Day{}, daily: map[int64]map[migration.Tenant][]assess.DailyUsage{},
		kept:     map[int64]time.Duration{},
		recalled: map[int64]bool{}, fresh: map[int64]bool{}, readBy: map[string]time.Time{},
	}
}

// take takes a day's activity in; false where it is of minutes or hours.
func (d *days) take(a *migration.Activity) bool {
	if a.Span != migration.DayLength {
		return false
	}
	if a.Platform != d.of {
		return true
	}
	if d.waiting {
		one := *a
		d.waited = append(d.waited, func() { d.take(&one) })
		return true
	}
	day := assess.Midnight(a.Start).Unix()
	if d.recalled[day] {
		return true
	}
	if d.daily[day] == nil {
		d.daily[day] = map[migration.Tenant][]assess.DailyUsage{}
	}
	of := d.daily[day][a.Tenant]
	one := assess.DailyUsage{Scope: a.Scope, Workload: a.Workload, Runs: a.Runs, Invoked: a.Invoked, Elsewhere: a.Elsewhere}
	if i := slices.IndexFunc(of, func(t assess.DailyUsage) bool { return t.Scope == a.Scope && t.Workload == a.Workload }); i >= 0 {
		of[i] = one
	} else {
		d.daily[day][a.Tenant] = append(of, one)
	}
	d.fresh[day], d.counted = true, time.Time{}
	return true
}

// recordCoverage notes that a source has reported all of its days from one on. Once all sources have, a
// day of which none reported anything is one on which nothing ran, and days may be kept as
// whole.
func (d *days) recordCoverage(source string, from, now time.Time, sources int) {
	if d.waiting {
		d.waited = append(d.waited, func() { d.recordCoverage(source, from, now, sources) })
		return
	}
	if d.readBy[source] = from; d.whole || len(d.readBy) < sources {
		return
	}
	d.whole, d.counted = true, time.Time{}
	from = slices.MaxFunc(slices.Collect(maps.Values(d.readBy)), time.Time.Compare)
	for day := assess.Midnight(from); day.Before(assess.Midnight(now)); day = day.AddDate(0, 0, 1) {
		key := day.Unix()
		if d.daily[key] == nil && !d.recalled[key] {
			d.daily[key] = map[migration.Tenant][]assess.DailyUsage{}
		}
	}
	for key := range d.daily {
		d.fresh[key] = true
	}
}

// absorbDays notes that a source has brought all of its days. Each account has a source of them.
func (s *state) absorbDays(from migration.Origin, p migration.DaysRead) {
	s.days.recordCoverage(from.Source, p.From, s.opts.Clock.Now(), max(len(s.opts.Scope.Accounts), 1))
}

// count brings the days up to date with the facts, and reports whether anything was counted.
func (d *days) count(f *assess.Facts) bool {
	now := f.Now
	if d.waiting {
		return false
	}
	if !d.counted.IsZero() && now.Sub(d.counted) < recount && !now.Before(d.counted) {
		return false
	}
	d.counted = now
	today := assess.Midnight(now)
	for day := today.AddDate(0, 0, 1-keepDays); !day.After(today); day = day.AddDate(0, 0, 1) {
		key := day.Unix()
		live := day.After(now.Add(-f.Store.Keeps())) // all of it is in the store
		old := d.byDate[key]
		if !live && (d.daily[key] == nil || !d.fresh[key] && old != nil && old.BeforeSeen >= migration.DayLength) {
			continue
		}
		delete(d.fresh, key)
		counted := assess.CountDay(f, day, live, d.daily[key])
		if counted == nil {
			continue
		}
		if old != nil {
			counted = assess.JoinDays(counted, old)
		}
		d.byDate[key] = counted
		if d.daily[key] != nil && !d.whole {
			counted = assess.WithoutBefore(counted) // what is kept is what is whole
		}
		seen := counted.BeforeSeen + counted.AfterSeen
		if end := day.Add(migration.DayLength); d.kept[key] < seen && now.Sub(end) > migration.LambdaWall+5*time.Minute {
			d.kept[key] = seen
			if d.keeps {
				d.unkept = append(d.unkept, *counted)
			}
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
	d.view = assess.NewWholeDays(sortedValues(d.byDate))
	return true
}

// recall takes in what an earlier run of the program kept, and then what waited for it.
func (d *days) recall(from []migration.Day) {
	defer func() {
		waited := d.waited
		d.waiting, d.waited = false, nil
		for _, take := range waited {
			take()
		}
	}()
	for i := range from {
		key := assess.Midnight(from[i].Day).Unix()
		if old := d.byDate[key]; old == nil || old.AfterSeen <= from[i].AfterSeen {
			d.byDate[key], d.kept[key] = &from[i], from[i].BeforeSeen+from[i].AfterSeen
			d.recalled[key] = from[i].BeforeSeen >= migration.DayLength
		}
	}
}
