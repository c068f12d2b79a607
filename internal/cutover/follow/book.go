package follow

import (
	"time"

	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/cutover/plan"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// Every is how often tenants are judged at most while nothing changes that a verdict before the first share rests on.
const Every = 15 * time.Second

// Settings are what the configuration says.
type Settings struct {
	Plan *plan.Plan     // nil for none
	Move migration.Move // the zero value is migration.DefaultMove
}

// Book follows the cutover of all tenants. It is for one goroutine.
type Book struct {
	plan   *plan.Plan
	move   migration.Move
	words  func(string) string // puts a sentence into the words of the move
	sides  [2]migration.PlatformInfo
	wanted map[migration.Tenant]membership
	waves  []*waveOf
	// overrides are what people decided about each tenant.
	overrides map[migration.Tenant][]cutover.Override
	runs      runStore
	tenants   map[migration.Tenant]*tenant

	restored bool // what was kept of an earlier run is there, or there is none
	judgedAt time.Time
	cutovers []migration.CutoverWave
	changes  []migration.CutoverRecord // not kept yet
	keptTo   migration.Tenant          // where the next States begins
}

// membership is a tenant's place in the plan.
type membership struct {
	wave   *plan.Wave
	member *plan.Member
}

// New makes a Book. It judges nothing by minutes before [Book.Restore].
func New(s Settings) *Book {
	b := &Book{
		plan: s.Plan, move: s.Move.OrDefault(), sides: s.Move.Infos(), wanted: map[migration.Tenant]membership{},
		tenants: map[migration.Tenant]*tenant{}, overrides: map[migration.Tenant][]cutover.Override{},
	}
	b.words = words(b.move)
	if b.plan == nil {
		b.plan = &plan.Plan{}
	}
	for i := range b.plan.Waves {
		w := &b.plan.Waves[i]
		b.waves = append(b.waves, newWave(b.plan, w))
		for j := range w.Tenants {
			b.wanted[w.Tenants[j].Tenant] = membership{w, &w.Tenants[j]}
		}
	}
	for i := range b.plan.Decisions {
		d := &b.plan.Decisions[i]
		b.overrides[d.Tenant] = append(b.overrides[d.Tenant], d.Override())
	}
	return b
}

// Input is what is known at one moment. Judge reads it and changes the Snapshot alone.
type Input struct {
	// Snapshot is assessed already, with its profiles; its At is the moment.
	Snapshot *migration.Snapshot
	// Unread says why a side of a tenant was not read, by side; "" where it was.
	Unread func(*migration.TenantView) [2]string

	Store     *timeseries.Store
	Queues    *timeseries.QueueStore
	Arrivals  map[string][]migration.LogDelivery
	Functions []migration.Function
	// From is since when everything was seen of a platform; zero: unknown.
	From [migration.LastPlatform + 1]time.Time
	// Unheard is set while a source has no health row yet.
	Unheard bool
}

// AbsorbRuns takes over runs by the minute of their start.
func (b *Book) AbsorbRuns(from migration.Origin, p migration.RunMinutes) {
	b.runs.absorb(from, &p, b.touch)
}

// Touch says that a final Activity of a minute was stored.
func (b *Book) Touch(a *migration.Activity) {
	if a.Final && a.Platform == migration.Lambda && a.Span == timeseries.FineSpan && b.move.Has(migration.Lambda) {
		b.touch(a.Tenant, minuteOf(a.Start))
	}
}

// TouchQueues says that minutes of queues were stored.
func (b *Book) TouchQueues(queues []migration.Queue, from migration.Origin, p *migration.QueuePoll) {
	if len(p.Buckets) == 0 {
		return
	}
	of := map[string]migration.Tenant{}
	for i := range queues {
		if queues[i].Scope == from.Scope {
			of[queues[i].Name] = queues[i].Tenant
		}
	}
	for i := range p.Buckets {
		c := &p.Buckets[i]
		if tenant, ok := of[c.Queue]; ok && c.Final && c.Span == timeseries.FineSpan {
			b.touch(tenant, minuteOf(c.Start))
			b.touch(tenant, minuteOf(c.Start)-1) // the depth at its end
		}
	}
}

// touch has a minute of a tenant made again.
func (b *Book) touch(name migration.Tenant, at int32) {
	if name != migration.Unattributed {
		b.tenant(name).todo.add(at)
	}
}

// sideOf is the index of a platform's side, Blue for one that is none.
func (b *Book) sideOf(p migration.Platform) cutover.Side {
	if b.sides[cutover.Green].ID == p {
		return cutover.Green
	}
	return cutover.Blue
}

// streamsOf are what is kept of a tenant's runs on a platform.
func (b *Book) streamsOf(name migration.Tenant, p migration.Platform) []*runStream {
	all := b.runs.tenants[name]
	from := 0
	for from < len(all) && all[from].key.Platform < p {
		from++
	}
	to := from
	for to < len(all) && all[to].key.Platform == p {
		to++
	}
	return all[from:to]
}

// Judge writes the verdicts into a Snapshot.
func (b *Book) Judge(in *Input) {
	now := in.Snapshot.At
	full := b.judgedAt.IsZero() || minuteOf(now) != minuteOf(b.judgedAt) || now.Sub(b.judgedAt) >= Every || now.Before(b.judgedAt)
	var r *reading
	read := func() *reading {
		if r == nil {
			r = b.read(in)
		}
		return r
	}
	if full {
		b.judgedAt = now
		b.runs.age(minuteOf(now))
		read().profiles()
	}
	for i := range in.Snapshot.Tenants {
		view := &in.Snapshot.Tenants[i]
		if view.Tenant == migration.Unattributed {
			continue
		}
		t := b.tenant(view.Tenant)
		basis := basisOf(in, view)
		if full || t.basis != basis {
			t.basis = basis
			b.judge(read(), t, view)
		}
		view.Cutover = t.cut
	}
	if full {
		b.judgeWaves()
	}
	in.Snapshot.Cutovers = b.cutovers
}

// basis is what a verdict rests on in addition to minutes: if it changes, the tenant is judged at once.
type basis struct {
	cost   migration.Verdict
	unread [2]string
}

func basisOf(in *Input, view *migration.TenantView) basis {
	return basis{view.Verdict, in.Unread(view)}
}
