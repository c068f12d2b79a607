package assess

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/noise"
	"github.com/migtop/migtop/internal/text"
	"github.com/migtop/migtop/internal/timeseries"
)

// crowd is a pool that tenants share, with the streams of each.
type crowd struct {
	*builder
	pool    noise.Pool
	members []member
}

// member is what one tenant has in a crowd, by workload.
type member struct {
	tenant  migration.Tenant
	parts   *tenantParts
	streams []memberStream
}

type memberStream struct {
	workload migration.Workload
	*timeseries.Series
}

// noisy finds the tenants that overload the others, on each platform of the move that tenants share.
func (b *builder) noisy(fleet *migration.Totals) map[migration.Tenant][]migration.Noise {
	out := map[migration.Tenant][]migration.Noise{}
	for _, p := range b.Move.Sides() {
		caps := p.Caps()
		if !caps.Throttles && !caps.IdlePool { // tasks of Fargate share nothing that is known
			continue
		}
		for _, c := range b.crowds(p) {
			if caps.IdlePool {
				c.pool.LimitUsed = poolUsed(fleet)
			}
			for _, found := range c.pool.Judge() {
				m := &c.members[found.Index]
				found.Hold(c.means(m, found.Noise.Since))
				out[m.tenant] = append(out[m.tenant], found.Noise)
			}
		}
	}
	return out
}

// crowds are the pools of a platform: on Lambda the functions of one account and region share its concurrency, and Jobs share
// the cluster's nodes.
func (b *builder) crowds(p migration.Platform) []*crowd {
	byScope := map[string]*crowd{}
	for _, name := range slices.Sorted(maps.Keys(b.tenants)) {
		t := b.tenants[name]
		for _, w := range slices.Sorted(maps.Keys(t.parts[p])) {
			one := t.parts[p][w]
			for i, sr := range one.streams {
				scope := ""
				if i < len(one.scopes) && p.Caps().Functions {
					scope = one.scopes[i]
				}
				c := byScope[scope]
				if c == nil {
					c = &crowd{builder: b, pool: noise.Pool{Platform: p, Scope: scope, Unit: unitOf(p)}}
					byScope[scope] = c
				}
				if n := len(c.members); n == 0 || c.members[n-1].tenant != name {
					c.members = append(c.members, member{tenant: name, parts: t})
				}
				m := &c.members[len(c.members)-1]
				m.streams = append(m.streams, memberStream{w, sr})
			}
		}
	}
	out := sortedValues(byScope)
	for _, c := range out {
		c.count()
	}
	return out
}

func unitOf(p migration.Platform) string {
	if p.Caps().Functions {
		return "runs at once"
	}
	return "vCPU requested"
}

// count fills the pool: the time in which all minutes are final and none is part of a longer bucket, and the sums.
func (c *crowd) count() {
	watched := c.frame.Watched(c.pool.Platform)
	if watched.Unseen > 0 {
		watched.From, watched.Unseen = watched.From.Add(timeseries.FineSpan), 0
	}
	if earliest := watched.To.Add(-timeseries.KeepFine); watched.From.Before(earliest) {
		watched.From = earliest
	}
	from, to := watched.From.Unix(), watched.To.Unix()
	for i := range c.members {
		for _, sr := range c.members[i].streams {
			cells := sr.Within(timeseries.Range{From: watched.From.Add(-timeseries.LongestSpan), To: watched.To})
			for k := 0; k < len(cells) && int64(cells[k].Span) > minuteSeconds; k++ { // the coarse ones come first
				from = max(from, cells[k].Start+int64(cells[k].Span))
			}
		}
	}
	c.pool.From, c.pool.Minutes = time.Unix(from, 0).UTC(), int(max(to-from, 0)/minuteSeconds)
	c.pool.Of, c.pool.DayBefore, c.pool.Age = c.minutes, c.dayBefore, c.age
	recent := to - noise.Recent*minuteSeconds
	for i := range c.members {
		t := noise.Tenant{Tenant: c.members[i].tenant, Pending: c.waiting(c.members[i].parts)}
		for _, sr := range c.members[i].streams {
			cells := sr.Within(timeseries.Range{From: c.pool.From, To: watched.To})
			for k := range cells {
				into := &t.Past
				if cells[k].Start >= recent {
					into = &t.Now
				}
				c.add(into, &cells[k])
			}
		}
		c.pool.Tenants = append(c.pool.Tenants, t)
	}
}

// add adds a bucket to a minute.
func (c *crowd) add(into *noise.Minute, cell *timeseries.Bucket) {
	into.Runs += cell.Runs
	into.Throttled += cell.Optional(timeseries.KnowsThrottled, cell.Throttled).Or(0)
	if c.pool.Platform.Caps().Functions {
		took := cell.Duration().Sum().Or(0)
		into.Load += took.Milliseconds()
		into.AtOnce += cell.Optional(timeseries.KnowsConcurrency, cell.Concurrency).Or(int64(math.Ceil(took.Minutes())))
		return
	}
	for _, u := range cell.Usage() {
		into.Load += int64(u.CPU)
		into.AtOnce += (u.PodSeconds + minuteSeconds - 1) / minuteSeconds
	}
}

// minutes writes what a tenant did in each minute.
func (c *crowd) minutes(tenant int, into []noise.Minute) {
	for _, sr := range c.members[tenant].streams {
		c.minutesOf(sr.Series, into)
	}
}

func (c *crowd) minutesOf(sr *timeseries.Series, into []noise.Minute) {
	from := c.pool.From.Unix()
	cells := sr.Within(timeseries.Range{From: c.pool.From, To: c.pool.From.Add(time.Duration(len(into)) * timeseries.FineSpan)})
	for k := range cells {
		c.add(&into[(cells[k].Start-from)/minuteSeconds], &cells[k])
	}
}

// dayBefore is the mean load of a minute at the time of the present one day before, over whole buckets.
func (c *crowd) dayBefore(tenant int) migration.Opt[float64] {
	edge := c.Store.Edge()
	end := c.pool.From.Add(time.Duration(c.pool.Minutes) * timeseries.FineSpan).Add(-24 * time.Hour)
	span := timeseries.Range{From: end.Add(-noise.Recent * timeseries.FineSpan).Truncate(edge), To: end.Truncate(edge).Add(edge)}
	if kept := c.frame.Watched(c.pool.Platform); kept.From.After(span.From) {
		return migration.None[float64]()
	}
	var sum noise.Minute
	for _, sr := range c.members[tenant].streams {
		cells := sr.Within(span)
		for k := range cells {
			c.add(&sum, &cells[k])
		}
	}
	return migration.Some(float64(sum.Load) / span.To.Sub(span.From).Minutes())
}

// forCapacity are the reasons of a Pending Job that waits for what others may hold.
var forCapacity = map[string]bool{"": true, "Unschedulable": true, "FailedCreate": true, "SchedulerError": true}

// waiting is when the Jobs of a tenant were created that have waited for capacity for long.
func (c *crowd) waiting(t *tenantParts) []time.Time {
	var out []time.Time
	for i := range t.runs {
		r := &t.runs[i]
		if r.Key.Platform == c.pool.Platform && r.State == migration.RunPending && forCapacity[r.Reason] &&
			c.Now.Sub(r.Created) >= noise.Waiting {
			out = append(out, r.Created)
		}
	}
	return out
}

// age is the age of the oldest message that waits for a tenant's runs on the platform, and the greatest in the hour before the
// present.
func (c *crowd) age(tenant int) (now, past migration.Opt[time.Duration]) {
	role := migration.QueueBlue
	if c.pool.Platform == c.after().ID {
		role = migration.QueueGreen
	}
	for _, q := range c.Queues.Of(c.members[tenant].tenant) {
		if q.Role != role {
			continue
		}
		now = migration.Larger(now, q.Depth.OldestAge)
		to := c.pool.From.Add(time.Duration(c.pool.Minutes-noise.Recent) * timeseries.FineSpan)
		list := c.Queues.Within(&q, to.Add(-time.Hour), to)
		for i := range list {
			past = migration.Larger(past, list[i].Depth.OldestAge)
		}
	}
	return now, past
}

// poolUsed is how much of the job pool's CPU and memory pods request, by what the nodes have.
func poolUsed(fleet *migration.Totals) migration.Opt[migration.Ratio] {
	var cores, used float64
	for i := range fleet.Nodes {
		n := &fleet.Nodes[i]
		if share, ok := n.Requested.Get(); ok && n.Host.Kind == migration.HostEC2 {
			have := n.Host.NodeCPU.Cores() * float64(n.Nodes)
			cores, used = cores+have, used+have*float64(share)
		}
	}
	if cores <= 0 {
		return migration.None[migration.Ratio]()
	}
	return migration.Some(migration.Ratio(used / cores))
}

// means are what a tenant's limits would be set on. Its load rose at a time: what was before is its past.
func (c *crowd) means(m *member, rose time.Time) *noise.Means {
	out := &noise.Means{}
	past := min(int(rose.Sub(c.pool.From)/timeseries.FineSpan), c.pool.Minutes-noise.Recent)
	for _, sr := range m.streams {
		if !slices.Contains(out.Workloads, sr.workload) {
			out.Workloads = append(out.Workloads, sr.workload)
		}
		if !c.pool.Platform.Caps().Functions {
			continue
		}
		list := make([]noise.Minute, c.pool.Minutes)
		c.minutesOf(sr.Series, list)
		var most int64
		for _, minute := range list[:past] {
			most = max(most, minute.AtOnce)
		}
		functions := m.parts.parts[c.pool.Platform][sr.workload].functions
		for i := range functions {
			fn := &functions[i]
			if c.pool.Scope != "" && fn.Stream() != c.pool.Scope {
				continue
			}
			out.Functions = append(out.Functions, noise.Function{
				Name: fn.Name, Region: fn.Place.Region, AtOnce: most, Shared: fn.Alias != "" || fn.Split(),
			})
		}
	}
	if c.pool.Platform.Caps().Functions {
		return out
	}
	for i := range m.parts.runs {
		r := &m.parts.runs[i]
		if r.Key.Platform != c.pool.Platform {
			continue
		}
		out.Parallel, out.Memory = max(out.Parallel, r.Parallel), max(out.Memory, r.Request.Memory.Or(0))
		if !slices.ContainsFunc(out.Namespaces, func(n noise.Namespace) bool { return n.Name == r.Namespace }) {
			out.Namespaces = append(out.Namespaces,
				noise.Namespace{Name: r.Namespace, Shared: c.shared(r.Namespace, m.tenant), Queue: r.Queue})
		}
	}
	slices.SortFunc(out.Namespaces, func(a, b noise.Namespace) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// shared reports whether other tenants have Jobs in a namespace.
func (c *crowd) shared(namespace string, tenant migration.Tenant) bool {
	for i := range c.members {
		if c.members[i].tenant == tenant {
			continue
		}
		if slices.ContainsFunc(c.members[i].parts.runs, func(r migration.Run) bool { return r.Namespace == namespace }) {
			return true
		}
	}
	return false
}

// loud finds where a tenant overloads the others.
func loud(_ *rule, f *TenantFacts) []finding {
	var out []finding
	for i := range f.Noise {
		n := &f.Noise[i]
		out = append(out, finding{
			severity: n.Severity, text: noiseText(n), about: n.Platform.String() + " " + n.Scope,
			since: since{at: n.Since, basis: migration.SinceData},
		})
	}
	return out
}

// noiseText says in one sentence what a tenant takes, against its past, and who suffers.
func noiseText(n *migration.Noise) string {
	info := n.Platform.Info()
	says := fmt.Sprintf("takes %s of the load on %s", text.Percent(n.LoadShare), info.Label)
	if growth, ok := n.Growth.Get(); ok {
		says += fmt.Sprintf(", %.1f times its past", growth)
		if others, ok := n.OthersGrowth.Get(); ok {
			says += fmt.Sprintf(" (the others %.1f)", others)
		}
	} else {
		says += ", where it had none"
	}
	says += fmt.Sprintf(": %.3g %s", n.Load, n.Unit)
	var harm []string
	if k := n.OthersThrottled.Or(0); k > 0 {
		harm = append(harm, text.Plural(k, info.Run)+" throttled")
	}
	if k := n.OthersPending.Or(0); k > 0 {
		harm = append(harm, text.Plural(k, info.Run)+" Pending")
	}
	if age, ok := n.OthersOldest.Get(); ok {
		harm = append(harm, "messages that wait for "+migration.Brief(age))
	}
	switch used, ok := n.LimitUsed.Get(); {
	case len(harm) > 0 && len(n.Others) == 1:
		says += fmt.Sprintf("; %s has %s", n.Others[0].Tenant, listOf(harm))
	case len(harm) > 0:
		says += fmt.Sprintf("; %s have %s", text.Plural(len(n.Others), "other tenant"), listOf(harm))
	case ok:
		says += fmt.Sprintf("; %s of what all share is in use", text.Percent(used))
	}
	if n.Limit != "" {
		says += "; " + n.Limit + " would hold it"
	}
	return says
}

func listOf(parts []string) string {
	if len(parts) < 2 {
		return parts[0]
	}
	out := parts[0]
	for i, p := range parts[1:] {
		if i == len(parts)-2 {
			return out + " and " + p
		}
		out += ", " + p
	}
	return out
}
