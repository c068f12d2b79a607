package follow

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// linesMinute is how many log lines of a tenant arrived from a side in a minute. Of log groups that others write to as well, it
// is known only that no line arrived at all. It is unknown where no log group is known, or one of them was not read.
func (r *reading) linesMinute(name migration.Tenant, side migration.Platform, at time.Time) (lines migration.Opt[int64]) {
	shared := false
	for _, d := range r.groups(name, side) {
		n, ok := d.Minute(at).Get()
		if !ok {
			return migration.None[int64]()
		}
		lines = migration.Some(lines.Or(0) + n)
		shared = shared || d.Shared || d.AnyAccount || slices.ContainsFunc(d.Of, func(k migration.Key) bool { return k.Tenant != name }) ||
			len(d.Of) == 0
	}
	if shared && lines.Or(0) > 0 {
		return migration.None[int64]()
	}
	return lines
}

// groups are the log groups that the lines of a tenant on a side go to: its own, or else those of everybody.
func (r *reading) groups(name migration.Tenant, side migration.Platform) []*migration.LogDelivery {
	if r.groupsOf == nil {
		r.groupsOf = map[migration.Key][]*migration.LogDelivery{}
		for _, list := range r.Arrivals {
			for i := range list {
				r.addGroup(&list[i])
			}
		}
	}
	key := migration.Key{Platform: side, Tenant: name}
	if own := r.groupsOf[key]; len(own) > 0 {
		return own
	}
	key.Tenant = migration.Unattributed
	return r.groupsOf[key]
}

// addGroup lists a log group under the tenants that write to it.
func (r *reading) addGroup(d *migration.LogDelivery) {
	if d.To.IsZero() && len(d.Minutes) == 0 && !d.Absent {
		return // CloudWatch has not answered yet
	}
	if len(d.Of) == 0 { // all workloads on Jobs
		key := migration.Key{Platform: migration.Jobs}
		r.groupsOf[key] = append(r.groupsOf[key], d)
		return
	}
	for i, k := range d.Of {
		key := migration.Key{Platform: k.Platform, Tenant: k.Tenant}
		if k.Tenant == migration.Unattributed || slices.ContainsFunc(d.Of[:i], func(o migration.Key) bool {
			return o.Platform == k.Platform && o.Tenant == k.Tenant
		}) {
			continue
		}
		r.groupsOf[key] = append(r.groupsOf[key], d)
	}
}
