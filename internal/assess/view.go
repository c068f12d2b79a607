package assess

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/loginsights"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// View is an assessment: the Snapshot, and what the next one may reuse.
type View struct {
	Snapshot  *migration.Snapshot
	Forecasts *Forecasts
	// Noticed is when conditions of the Snapshot were first seen, where the data do not say when
	// they began.
	Noticed map[Condition]time.Time

	builder   *builder
	ownPrices bool // the settings of the profiles say what runs cost
}

// Assess prices, compares, judges and sorts what is known. The same Facts give the same
// Snapshot, which shares nothing that will change.
func Assess(f *Facts) *View {
	b := &builder{
		Facts:   f,
		frame:   f.windows(),
		rates:   newRates(f.Cost),
		ledger:  f.Cost.Ledger(),
		tenants: map[migration.Tenant]*tenantParts{},
		packer:  f.Store.Scratch(),
		seen:    map[Condition]time.Time{},
		gap:     map[migration.Tenant]string{},
	}
	for i, side := range [...]migration.PlatformInfo{b.before(), b.after()} {
		if side.Caps.LateData {
			_, b.silent[i] = f.final(side.Source)
		}
	}
	b.collect()
	control := b.controlPlane()
	b.bill = b.ledger.Close(b.frame.Of(migration.Lambda).Span())

	snap := &migration.Snapshot{
		Version: f.Version,
		At:      f.Now,
		Scope:   f.scope(),
		Window: migration.Window{
			From: b.frame.ChartFrom, To: f.Now, Span: f.Window, FinalTo: f.finalTo(), JobsFrom: f.From[migration.Jobs],
		},
		Move:    migration.Move{Before: b.before().ID, After: b.after().ID},
		Cluster: f.Cluster,
		Waves:   f.Plan.Waves,
		Spend:   f.Spend,
		Prices:  b.bill.Prices(f.Now),
	}
	for _, name := range slices.Sorted(maps.Keys(b.tenants)) {
		p := b.tenants[name]
		snap.Tenants = append(snap.Tenants, b.tenantView(name, p))
	}
	snap.Totals = b.totals(control, snap.Tenants)
	b.fleetGaps(&snap.Totals)
	platform := b.platformMonth(&snap.Totals)
	noisy := b.noisy(&snap.Totals)
	for i := range snap.Tenants {
		snap.Tenants[i].Noise = noisy[snap.Tenants[i].Tenant]
		b.assessTenant(&snap.Tenants[i], &snap.Totals, &platform)
	}
	ApplyTotals(&snap.Totals, snap.Tenants)
	ApplyPrices(&snap.Prices)
	snap.Prices.Spot = f.Spot
	v := &View{Snapshot: snap, Forecasts: b.forecasts(snap), Noticed: b.seen, builder: b}
	slices.SortFunc(snap.Tenants, compareTenants)
	for _, src := range f.Health {
		snap.Sources = append(snap.Sources, src.Rows...)
	}
	return v
}

// compareTenants orders by need of a person, then by cost, then by name; what
// belongs to nobody comes last.
func compareTenants(a, b migration.TenantView) int {
	if (a.Tenant == migration.Unattributed) != (b.Tenant == migration.Unattributed) {
		if a.Tenant == migration.Unattributed {
			return 1
		}
		return -1
	}
	perHour := func(t *migration.TenantView) float64 {
		return t.Before.CostPerHour.Value.Or(migration.USD{}).Float() + t.After.CostPerHour.Value.Or(migration.USD{}).Float()
	}
	return cmp.Or(
		cmp.Compare(migration.Worst(b.Notices), migration.Worst(a.Notices)),
		cmp.Compare(perHour(&b), perHour(&a)),
		cmp.Compare(a.Tenant, b.Tenant),
	)
}

// sortedValues are a map's values in the order of its keys.
func sortedValues[K cmp.Ordered, V any](m map[K]V) []V {
	out := make([]V, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[k])
	}
	return out
}

// builder makes one Snapshot.
type builder struct {
	*Facts
	rates   *rates
	frame   timeseries.Windows
	ledger  *cost.Ledger
	bill    *cost.Bill
	tenants map[migration.Tenant]*tenantParts
	silent  [2][]string // of either side: scopes that do not answer, while others do
	packer  *timeseries.Packer
	counted []int64 // runs by minute, of the workload that is being counted
	// seen is when conditions were first seen of which the data do not say when they began.
	seen map[Condition]time.Time
	// gap is why a tenant's sides were not both read and priced, "" where they were.
	gap map[migration.Tenant]string
	// cutovers is when the plan moves whom; nil before anybody asked.
	cutovers map[migration.Tenant]time.Time
}

// tenantParts is what belongs to one tenant.
type tenantParts struct {
	parts [migration.LastPlatform + 1]map[migration.Workload]*part
	runs  []migration.Run
}

// part is what one workload of a tenant did on one platform: its streams of
// activity, one an account and region in which anything happened, where that comes
// from, and its account.
type part struct {
	streams   []*timeseries.Series
	scopes    []string           // of the streams
	sum       *timeseries.Bucket // over the window; nil where nothing happened
	charts    *migration.Side    // its series; nil before addUp
	account   *cost.UsageLedger
	functions []migration.Function
	runs      []migration.Run
}

func (p *part) runsIn(s timeseries.Range) (runs int64) {
	for _, sr := range p.streams {
		runs += sr.RunsIn(s)
	}
	return runs
}

// within are the cells of all streams that begin in a stretch, stream by stream.
func (p *part) within(s timeseries.Range) []timeseries.Bucket {
	if len(p.streams) == 1 {
		return p.streams[0].Within(s)
	}
	var all []timeseries.Bucket
	for _, sr := range p.streams {
		all = append(all, sr.Within(s)...)
	}
	return all
}

func (b *builder) tenant(name migration.Tenant) *tenantParts {
	t := b.tenants[name]
	if t == nil {
		t = &tenantParts{}
		for p := migration.Lambda; p <= migration.LastPlatform; p++ {
			t.parts[p] = map[migration.Workload]*part{}
		}
		b.tenants[name] = t
	}
	return t
}

func (b *builder) part(k migration.Key) *part {
	t := b.tenant(k.Tenant)
	p := t.parts[k.Platform][k.Workload]
	if p == nil {
		p = &part{account: b.ledger.Usage()}
		if !b.Move.Has(k.Platform) {
			p.account = b.ledger.ServiceAccount()
		}
		t.parts[k.Platform][k.Workload] = p
	}
	return p
}

// collect brings together what belongs together, and enters into the ledger what
// the window holds.
func (b *builder) collect() {
	// In a fixed order, so that the same facts give the same bytes: evidence is
	// joined in the order in which it is met.
	logs := loginsights.NewOverlay(b.Logs, b.Functions, &b.frame, b.packer)
	for _, key := range timeseries.SortedStreams(b.Store.Series) {
		sr := logs.Of(key, b.Store.Series[key])
		p := b.part(key.Key)
		p.streams, p.scopes = append(p.streams, sr), append(p.scopes, key.Scope)
		for _, c := range sr.Within(b.frame.Of(key.Platform)) {
			enter(p.account, &c)
		}
	}
	b.enterOthers(logs)
	for i := range b.Queues.Queues {
		b.tenant(b.Queues.Queues[i].Tenant)
	}
	for i := range b.Functions {
		fn := &b.Functions[i]
		p := b.part(fn.Key)
		p.functions = append(p.functions, *fn)
		aliases := fn.Aliases.Or(nil)
		for j := range aliases {
			if aliases[j].Key != fn.Key {
				p := b.part(aliases[j].Key)
				p.functions = append(p.functions, fn.Under(&aliases[j]))
			}
		}
	}
	for i := range b.Runs {
		key := b.Runs[i].Key
		p := b.part(key)
		p.runs = append(p.runs, b.Runs[i])
		b.tenants[key.Tenant].runs = append(b.tenants[key.Tenant].runs, b.Runs[i])
	}
	for n := range b.Store.SortedNodes() {
		if pool := b.frame.Of(migration.Jobs); !n.Start.Before(pool.From) && n.Start.Before(pool.To) {
			b.ledger.Nodes(&n)
		}
	}
}

// enterOthers adds the streams of tenants that share functions, as the logs divide them.
func (b *builder) enterOthers(o *loginsights.Overlay) {
	for _, key := range timeseries.SortedStreams(o.Others) {
		sr := o.Others[key]
		p := b.part(key.Key)
		p.streams = append(p.streams, sr)
		for _, c := range sr.Within(b.frame.Of(key.Platform)) {
			enter(p.account, &c)
		}
		p.functions = append(p.functions, o.Shared[key]...)
	}
}

func (b *builder) tenantView(name migration.Tenant, p *tenantParts) migration.TenantView {
	slices.SortFunc(p.runs, func(x, y migration.Run) int {
		return cmp.Or(y.Created.Compare(x.Created), cmp.Compare(x.UID, y.UID))
	})
	v := migration.TenantView{Tenant: name, Runs: p.runs}
	for _, w := range p.workloads(b.before().ID, b.after().ID) {
		view := migration.WorkloadView{
			Workload: w,
			Before:   b.side(b.before().ID, p.parts[b.before().ID][w]),
			After:    b.side(b.after().ID, p.parts[b.after().ID][w]),
			Traffic:  b.traffic(p.parts[b.before().ID][w], p.parts[b.after().ID][w]),
		}
		if l := p.parts[migration.Lambda][w]; l != nil {
			view.Functions = l.functions
		}
		v.Workloads = append(v.Workloads, view)
	}
	sides := v.Sides()
	for i, side := range [...]migration.PlatformInfo{b.before(), b.after()} {
		*sides[i] = b.side(side.ID, sortedValues(p.parts[side.ID])...)
	}
	v.Services = b.services(p)
	v.Queues, v.Flows = b.queueViews(name), b.flows(name)
	v.Logs = b.logViews(name, p)
	v.Routed = b.routed(p)
	v.AttributedBy = p.attributedBy()
	return v
}

// attributedBy is how the tenant of all this is known: no better than of any part.
func (p *tenantParts) attributedBy() migration.Provenance {
	var all migration.Provenance
	add := func(e migration.Provenance) {
		if all == (migration.Provenance{}) {
			all = e
		} else if all != e {
			all = all.And(e)
		}
	}
	for _, l := range sortedValues(p.parts[migration.Lambda]) {
		for i := range l.functions {
			add(l.functions[i].AttributedBy)
		}
	}
	for i := range p.runs {
		add(p.runs[i].AttributedBy)
	}
	return all
}

// workloads lists what a tenant has on either side, by name.
func (p *tenantParts) workloads(before, after migration.Platform) []migration.Workload {
	names := slices.Collect(maps.Keys(p.parts[before]))
	for w := range p.parts[after] {
		if p.parts[before][w] == nil {
			names = append(names, w)
		}
	}
	slices.Sort(names)
	return names
}

// fewRouted is below how many runs an hour says nothing about a share.
const fewRouted = 20

// routed is the share of runs that ended on the side after the move: over the last hour that is
// final on both sides, or over the whole window where that hour has few.
func (b *builder) routed(ps ...*tenantParts) migration.Figure[migration.Ratio] {
	count := func(s timeseries.Range) (before, after int64) {
		for _, p := range ps {
			for _, one := range p.parts[b.before().ID] {
				before += one.runsIn(s)
			}
			for _, one := range p.parts[b.after().ID] {
				after += one.runsIn(s)
			}
		}
		return before, after
	}
	before, after := count(b.frame.Routed)
	note := "share of runs that ended in the last final hour"
	if before+after < fewRouted {
		before, after = count(b.frame.Both)
		note = "share of runs that ended in the window; the last hour has few"
	}
	fig := migration.Figure[migration.Ratio]{
		Kind:     migration.Counted,
		Evidence: migration.Provenance{Source: b.before().System + " + " + b.after().System, Method: migration.Measured, Coverage: 1, Note: note},
	}
	// Without both sides in view the share would be 0 or 1 by blindness.
	if b.frame.Before.Empty() || b.frame.After.Empty() || b.frame.Both.Empty() || before+after == 0 {
		return fig
	}
	fig.Value = migration.Some(migration.Ratio(float64(after) / float64(before+after)))
	return fig
}
