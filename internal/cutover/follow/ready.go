package follow

import (
	"math"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/cutover/plan"
	"github.com/migtop/migtop/internal/migration"
)

// profiles finds the profiles of each tenant.
func (r *reading) profiles() {
	if r.profilesOf != nil {
		return
	}
	r.profilesOf = map[migration.Tenant][]*migration.Profile{}
	for i := range r.Snapshot.Profiles {
		p := &r.Snapshot.Profiles[i]
		r.profilesOf[p.Tenant] = append(r.profilesOf[p.Tenant], p)
	}
}

// ready are the checks before the first share. What no source says is unknown, and not ready.
func (r *reading) ready(t *tenant, view *migration.TenantView) []cutover.Check {
	r.profiles()
	f := cutover.ReadyFacts{FirstJobs: 1, Missing: r.missing(t.name), Permissions: migration.Some(true)}
	if len(r.Snapshot.Profiles) > 0 {
		f.Profile = migration.Some(len(r.profilesOf[t.name]) > 0)
	}
	for _, p := range r.profilesOf[t.name] {
		if p.Confidence == migration.NoConfidence {
			f.Profile = migration.Some(false)
			continue
		}
		f.Request.CPU = migration.Larger(f.Request.CPU, p.Base.CPURequest)
		f.Request.Memory = migration.Larger(f.Request.Memory, migration.Some(p.Base.MemoryRequest))
	}
	for s, side := range view.Sides() {
		f.Unpriced[s] = side.Gap
		if side.Gap == "" && view.Sides()[1-s].Gap == "" && !only(view) {
			f.Unpriced[s] = view.Economics.Gap
		}
		f.Priced[s] = f.Unpriced[s] == ""
	}
	green := r.book.sides[cutover.Green].ID
	for i := range view.Logs {
		if n, ok := view.Logs[i].Side(green).Lines.Get(); ok {
			f.LogsArrive = migration.Some(f.LogsArrive.Or(false) || n > 0)
		}
	}
	visibility(&f, r.ofQueue[t.name])
	f.P99 = migration.Map(view.Before.Duration.Quantile(0.99), high)
	f.Start = migration.Map(view.After.StartUp.Quantile(0.95), high)
	f.FirstJobs = firstJobs(r.book.plan, t, view)
	if green != migration.Jobs { // these checks are of a cluster
		checks := f.Checks()
		for i := range checks {
			if c := &checks[i]; c.Name == "quota" || c.Name == "pool" || c.Name == "image" {
				c.State, c.Detail = cutover.DoesNotApply, ""
			}
		}
		return checks
	}
	if c := r.Snapshot.Cluster; c != nil {
		room(&f, &c.Room, t.name)
	}
	return f.Checks()
}

// only reports whether a tenant's runs can be on the side after the move alone, which has a price: there is nothing to compare then.
func only(view *migration.TenantView) bool {
	return view.Verdict.Decision == migration.CannotStay && view.Economics.AfterRun.Value.Known()
}

// mostFits bounds the number of Jobs that are tried on the nodes.
const mostFits = 10_000

// room is what the cluster has for the tenant.
func room(f *cutover.ReadyFacts, room *migration.Room, name migration.Tenant) {
	f.Node, f.Grows, f.Fits = room.Largest, room.Grew.Known(), room.Fit(f.Request, mostFits)
	var left migration.Quota
	left, f.HasQuota = room.QuotaOf(name)
	f.Quota, f.QuotaJobs = left.Requests, left.Jobs
	if pods, ok := left.Pods.Get(); ok && pods < f.QuotaJobs.Or(pods+1) {
		f.QuotaJobs = left.Pods
	}
	f.ImagePulled = migration.Map(room.Started, func(of []migration.Key) bool {
		return slices.ContainsFunc(of, func(k migration.Key) bool { return k.Tenant == name })
	})
}

// firstJobs is how many Jobs of the first share run at once on average: the rate of runs times their mean run time (Little's law).
func firstJobs(p *plan.Plan, t *tenant, view *migration.TenantView) int64 {
	first := plan.DefaultSteps[0]
	if t.in.wave != nil {
		first = p.StepsOf(t.in.wave)[0].Share
	}
	mean := view.Before.Duration.Mean().Or(0)
	at := view.Economics.RunsPerDay.Or(0) / (24 * 3600) * mean.Seconds() * float64(first.Ratio())
	return max(int64(math.Ceil(at)), 1)
}

// visibility are the settings of the queues that green takes messages from: its own, or else the one that both sides share.
func visibility(f *cutover.ReadyFacts, queues []migration.Queue) {
	role := migration.QueueBlue
	for i := range queues {
		if queues[i].Role == migration.QueueGreen {
			role = migration.QueueGreen
		}
	}
	for i := range queues {
		q := &queues[i]
		f.FIFO = f.FIFO || q.FIFO && q.Role != migration.QueueDeadLetter
		if q.Role != role {
			continue
		}
		least, known := f.Visibility.Get()
		switch timeout, ok := q.Visibility.Get(); {
		case !ok:
			f.HasQueue, f.Visibility = true, migration.None[time.Duration]()
			return // one that is not known may be the shortest
		case !f.HasQueue || known && timeout < least:
			f.HasQueue, f.Visibility = true, q.Visibility
		}
	}
}
