package assess

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// WholeDays are what whole days came to, in order. They do not change.
type WholeDays struct {
	list []*migration.Day
	// perRun is what a run cost before the move on the last day that it ran there.
	perRun map[migration.Tenant]migration.USD
}

// NewWholeDays makes WholeDays of days in order, which must not change any more.
func NewWholeDays(list []*migration.Day) WholeDays {
	d := WholeDays{list: list, perRun: map[migration.Tenant]migration.USD{}}
	for _, day := range list {
		for i := range day.Tenants {
			t := &day.Tenants[i]
			if u, ok := cost.PerRun(t.Before, t.BeforeRuns.Or(0)).Get(); ok {
				d.perRun[t.Tenant] = u
			}
		}
	}
	return d
}

// List are the days in order.
func (d *WholeDays) List() []*migration.Day { return d.list }

// runBefore is what a run of a tenant cost before the move when it last ran there.
func (d *WholeDays) runBefore(t migration.Tenant) migration.Opt[migration.USD] {
	if u, ok := d.perRun[t]; ok {
		return migration.Some(u)
	}
	return migration.None[migration.USD]()
}

// Midnight is the beginning of the day of t, in UTC.
func Midnight(t time.Time) time.Time { return t.UTC().Truncate(migration.DayLength) }

// TenantOf is a tenant's part of a day, nil where nothing of it ran.
func TenantOf(d *migration.Day, name migration.Tenant) *migration.TenantDay {
	i, ok := slices.BinarySearchFunc(d.Tenants, name, func(t migration.TenantDay, n migration.Tenant) int {
		return strings.Compare(string(t.Tenant), string(n))
	})
	if !ok {
		return nil
	}
	return &d.Tenants[i]
}

// JoinDays takes each side of a day from whichever count saw more of it, of equals from a.
func JoinDays(a, b *migration.Day) *migration.Day {
	before, after := a, a
	if b.BeforeSeen > a.BeforeSeen {
		before = b
	}
	if b.AfterSeen > a.AfterSeen {
		after = b
	}
	if before == after {
		return before
	}
	out := &migration.Day{
		Day: a.Day, Overhead: after.Overhead, Services: after.Services, Credit: before.Credit,
		BeforeSeen: before.BeforeSeen, AfterSeen: after.AfterSeen,
	}
	names := map[migration.Tenant]bool{}
	for _, d := range [...]*migration.Day{before, after} {
		for i := range d.Tenants {
			names[d.Tenants[i].Tenant] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		t := migration.TenantDay{Day: a.Day, Tenant: name}
		if l := TenantOf(before, name); l != nil {
			t.BeforeRuns, t.Before = l.BeforeRuns, l.Before
		} else {
			t.BeforeRuns, t.Before = nothingRan(before.BeforeSeen)
		}
		if j := TenantOf(after, name); j != nil {
			t.AfterRuns, t.After = j.AfterRuns, j.After
		} else {
			t.AfterRuns, t.After = nothingRan(after.AfterSeen)
		}
		out.Tenants = append(out.Tenants, t)
	}
	return out
}

// WithoutBefore is a day as if the side before the move had not been watched.
func WithoutBefore(d *migration.Day) *migration.Day {
	out := *d
	out.BeforeSeen, out.Credit, out.Tenants = 0, migration.None[migration.USD](), slices.Clone(d.Tenants)
	for i := range out.Tenants {
		t := &out.Tenants[i]
		t.BeforeRuns, t.Before = nothingRan(0)
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
