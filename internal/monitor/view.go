package monitor

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/assess"
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// snapshot assesses everything that is known: it prices, compares, judges and
// sorts. The result shares nothing that will change.
func (s *state) snapshot(now time.Time) *migration.Snapshot {
	s.version++
	finalTo, silent := s.final()
	b := &builder{
		state:   s,
		frame:   newFrame(now, s.window, finalTo, s),
		ledger:  s.opts.Cost.Ledger(),
		tenants: map[migration.Tenant]*tenantParts{},
		silent:  silent,
		seen:    map[assess.Condition]time.Time{},
	}
	b.collect()
	control := b.controlPlane()
	b.bill = b.ledger.Close(b.frame.lambda.span())

	snap := &migration.Snapshot{
		Version: s.version,
		At:      now,
		Scope:   s.scope(),
		Window: migration.Window{
			From: b.frame.chartFrom, To: now, Span: s.window, FinalTo: finalTo, JobsFrom: s.jobsFrom,
		},
		Move:    s.opts.Move,
		Cluster: s.cluster,
		Waves:   s.opts.Plan.Waves,
		Spend:   s.spent.view(now),
		Prices:  b.bill.Prices(now),
	}
	recounted := b.countDays()
	for _, name := range slices.Sorted(maps.Keys(b.tenants)) {
		p := b.tenants[name]
		snap.Tenants = append(snap.Tenants, b.tenantView(name, p))
	}
	snap.Totals = b.totals(control, snap.Tenants)
	fixed := fixedShare(&snap.Totals)
	for i := range snap.Tenants {
		b.assessTenant(&snap.Tenants[i], &snap.Totals, fixed)
	}
	assess.ApplyTotals(&snap.Totals, snap.Tenants)
	assess.ApplyPrices(&snap.Prices)
	b.outlook(snap, recounted)
	b.size(snap)
	s.noticed = b.seen
	slices.SortFunc(snap.Tenants, compareTenants)
	for _, src := range s.health {
		snap.Sources = append(snap.Sources, src.rows...)
	}
	return snap
}

func (s *state) scope() migration.Scope {
	scope := s.opts.Scope
	if len(scope.Accounts) == 0 {
		for i := range s.functions {
			if scope.Account == "" && !s.functions[i].Linked {
				scope.Account = s.functions[i].Account()
			}
		}
		return scope
	}
	scope.Accounts = slices.Clone(scope.Accounts) // a Snapshot shares nothing that changes
	for i := range scope.Accounts {
		a := &scope.Accounts[i]
		for source, functions := range s.bySource {
			if f := migration.Described(functions); a.Account == "" && f != nil && strings.HasSuffix(source, " "+a.Scope()) {
				a.Account = f.Account()
			}
		}
	}
	return scope
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

func compareKeys(a, b migration.Key) int {
	return cmp.Or(cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Workload, b.Workload))
}

func compareNodeKeys(a, b nodeKey) int {
	return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.span, b.span), boolFirst(b.system, a.system), compareHosts(a.host, b.host))
}

// compareHosts orders kinds of hosts, alike ones only as equal.
func compareHosts(a, b migration.Host) int {
	return cmp.Or(
		cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.InstanceType, b.InstanceType), boolFirst(b.Spot, a.Spot), boolFirst(b.AutoMode, a.AutoMode),
		cmp.Compare(a.Place.Region, b.Place.Region), cmp.Compare(a.Place.Arch, b.Place.Arch),
		cmp.Compare(a.NodeCPU, b.NodeCPU), cmp.Compare(a.NodeMemory, b.NodeMemory),
		cmp.Compare(a.FargateCPU, b.FargateCPU), cmp.Compare(a.FargateMemory, b.FargateMemory),
		cmp.Compare(a.RequestCPU, b.RequestCPU), cmp.Compare(a.RequestMemory, b.RequestMemory),
		cmp.Compare(a.OS, b.OS), cmp.Compare(a.Tenancy, b.Tenancy), cmp.Compare(a.Capacity, b.Capacity),
		cmp.Compare(a.Accelerators, b.Accelerators), cmp.Compare(a.Note, b.Note),
	)
}

// sortedKeys are the keys of the streams in a fixed order.
func sortedKeys(m map[stream]*series) []stream {
	return slices.SortedFunc(maps.Keys(m), func(a, b stream) int {
		return cmp.Or(compareKeys(a.Key, b.Key), cmp.Compare(a.scope, b.scope))
	})
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
	*state
	frame   windows
	ledger  *cost.Ledger
	bill    *cost.Bill
	tenants map[migration.Tenant]*tenantParts
	silent  []string // scopes that do not answer, while others do
	// seen is when conditions were first seen of which the data do not say when they began.
	seen map[assess.Condition]time.Time
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
	streams   []*series
	scopes    []string        // of the streams
	sum       *bucket         // over the window; nil where nothing happened
	charts    *migration.Side // its series; nil before addUp
	account   *cost.UsageLedger
	functions []migration.Function
	runs      []migration.Run
}

func (p *part) runsIn(s timeRange) (runs int64) {
	for _, sr := range p.streams {
		runs += sr.runsIn(s)
	}
	return runs
}

// within are the cells of all streams that begin in a stretch, stream by stream.
func (p *part) within(s timeRange) []bucket {
	if len(p.streams) == 1 {
		return p.streams[0].within(s)
	}
	var all []bucket
	for _, sr := range p.streams {
		all = append(all, sr.within(s)...)
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
		if !b.opts.Move.Has(k.Platform) {
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
	logs := b.newSplits()
	for _, key := range sortedKeys(b.store.series) {
		sr := logs.of(key, b.store.series[key])
		p := b.part(key.Key)
		p.streams, p.scopes = append(p.streams, sr), append(p.scopes, key.scope)
		for _, c := range sr.within(b.frame.of(key.Platform)) {
			c.enter(p.account)
		}
	}
	logs.enter()
	for i := range b.queues.queues {
		b.tenant(b.queues.queues[i].Tenant)
	}
	for i := range b.functions {
		fn := &b.functions[i]
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
	for i := range b.runs {
		key := b.runs[i].Key
		p := b.part(key)
		p.runs = append(p.runs, b.runs[i])
		b.tenants[key.Tenant].runs = append(b.tenants[key.Tenant].runs, b.runs[i])
	}
	for _, key := range slices.SortedFunc(maps.Keys(b.store.nodes), compareNodeKeys) {
		n := b.store.nodes[key]
		if !n.Start.Before(b.frame.jobs.from) && n.Start.Before(b.frame.jobs.to) {
			b.ledger.Nodes(&n)
		}
	}
}

func (b *builder) tenantView(name migration.Tenant, p *tenantParts) migration.TenantView {
	slices.SortFunc(p.runs, func(x, y migration.Run) int {
		return cmp.Or(y.Created.Compare(x.Created), cmp.Compare(x.UID, y.UID))
	})
	v := migration.TenantView{Tenant: name, Runs: p.runs}
	for _, w := range p.workloads() {
		view := migration.WorkloadView{
			Workload: w,
			Before:   b.side(migration.Lambda, p.parts[migration.Lambda][w]),
			After:    b.side(migration.Jobs, p.parts[migration.Jobs][w]),
		}
		if l := p.parts[migration.Lambda][w]; l != nil {
			view.Functions = l.functions
		}
		v.Workloads = append(v.Workloads, view)
	}
	sides := v.Sides()
	for i, platform := range b.opts.Move.Sides() {
		*sides[i] = b.side(platform, sortedValues(p.parts[platform])...)
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
func (p *tenantParts) workloads() []migration.Workload {
	names := slices.Collect(maps.Keys(p.parts[migration.Lambda]))
	for w := range p.parts[migration.Jobs] {
		if p.parts[migration.Lambda][w] == nil {
			names = append(names, w)
		}
	}
	slices.Sort(names)
	return names
}

// fewRouted is below how many runs an hour says nothing about a share.
const fewRouted = 20

// routed is the share of runs that ended on Jobs: over the last hour that is
// final on both sides, or over the whole window where that hour has few.
func (b *builder) routed(ps ...*tenantParts) migration.Figure[migration.Ratio] {
	count := func(s timeRange) (lambda, jobs int64) {
		for _, p := range ps {
			for _, l := range p.parts[migration.Lambda] {
				lambda += l.runsIn(s)
			}
			for _, j := range p.parts[migration.Jobs] {
				jobs += j.runsIn(s)
			}
		}
		return lambda, jobs
	}
	lambda, jobs := count(b.frame.routed)
	note := "share of runs that ended in the last final hour"
	if lambda+jobs < fewRouted {
		lambda, jobs = count(b.frame.both)
		note = "share of runs that ended in the window; the last hour has few"
	}
	fig := migration.Figure[migration.Ratio]{
		Kind:     migration.Counted,
		Evidence: migration.Provenance{Source: "cloudwatch + kubernetes", Method: migration.Measured, Coverage: 1, Note: note},
	}
	// Without both sides in view the share would be 0 or 1 by blindness.
	if b.frame.lambda.empty() || b.frame.jobs.empty() || b.frame.both.empty() || lambda+jobs == 0 {
		return fig
	}
	fig.Value = migration.Some(migration.Ratio(float64(jobs) / float64(lambda+jobs)))
	return fig
}
