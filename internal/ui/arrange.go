package ui

import (
	"cmp"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
	"github.com/migtop/migtop/internal/ui/plot"
)

// query is which tenants are shown, and in which order.
type query struct {
	seq    int // grows with each request; an older answer is dropped
	filter filter
	sort   columnID // byNeed is the snapshot's own order
	turned bool     // against the column's usual direction
	// keepOrder keeps the order of the table before, so that rows stay where the
	// eye has them while a cursor rests on one.
	keepOrder bool
}

// arranged is a snapshot with the rows, sums and indexes that screens derive from it.
// It is made in a command and not changed any more.
type arranged struct {
	snap      *migration.Snapshot
	query     query
	rows      []int // into snap.Tenants, as shown
	orderKept bool  // the order is that of the table before, not the sort's

	byName map[migration.Tenant]int
	needs  []need
	// profiles are rows into snap.Profiles, what saves most first.
	profiles []int
	// topCosts are the tenants that cost the most on both sides together.
	topCosts []int

	maxLambda, maxJobs float64 // of cost per hour among the rows
	longest            int     // name, in cells
	longestVerdict     int     // in cells, with its glyph
	named, shown       int     // tenants with a name: all of them, and among the rows
	// sums are the rows' costs per hour, only with a filter: without one the
	// fleet's totals are more exact. boundLambda and boundJobs say whether a
	// row's cost leaves something out.
	sums                   [2]migration.Figure[migration.USD]
	boundLambda, boundJobs bool
	denied                 denied
	// words count the verdicts of the rows, allWords those of all tenants.
	words, allWords verdictCounts
	cutover         cutoverRows
	// marks are the steps of the waves, and the waves of the plan that have not begun, for charts of the fleet.
	marks []plot.Mark
}

// denied says which sources are forbidden, so that a figure that is not permitted differs
// from an unknown one.
type denied struct {
	before, after        bool // what the runs of either side are read from
	config, usage, nodes bool
}

func deniedSources(hs []migration.Health, move migration.Move) (d denied) {
	sides := move.Infos()
	for i := range hs {
		h := &hs[i]
		if h.Problem == nil || h.Problem.Fault != migration.FaultDenied || !h.LastSuccess.IsZero() {
			continue
		}
		for i, denied := range [...]*bool{&d.before, &d.after} {
			switch {
			case h.Source == sides[i].Source, h.Source == sides[i].DetailSource && sides[i].Caps.LiveRuns:
				*denied = true
			case h.Source == sides[i].DetailSource:
				d.config = true
			}
		}
		switch h.Source {
		case "metrics":
			d.usage = true
		case "nodes":
			d.nodes = true
		}
	}
	return d
}

// arrange filters and orders a snapshot's tenants. before may be nil. It is pure.
func arrange(snap *migration.Snapshot, q query, before *arranged) *arranged {
	a := &arranged{
		snap: snap, query: q, denied: deniedSources(snap.Sources, snap.Move),
		byName: make(map[migration.Tenant]int, len(snap.Tenants)),
		rows:   make([]int, 0, len(snap.Tenants)),
	}
	for i := range snap.Tenants {
		t := &snap.Tenants[i]
		a.byName[t.Tenant] = i
		if t.Tenant != migration.Unattributed {
			a.named++
		}
		a.allWords.count(t)
		if n, ok := needOf(i, t); ok {
			a.needs = append(a.needs, n)
		}
		if !q.filter.matches(t) {
			continue
		}
		a.rows = append(a.rows, i)
		a.count(t)
		l, _ := usdOf(t.Before.CostPerHour.Value)
		j, _ := usdOf(t.After.CostPerHour.Value)
		a.maxLambda, a.maxJobs = max(a.maxLambda, l), max(a.maxJobs, j)
		a.longest = max(a.longest, canvas.Cells(t.Tenant.String()))
		a.longestVerdict = max(a.longestVerdict, 2+canvas.Cells(verdictText(t)))
	}
	slices.SortStableFunc(a.needs, func(x, y need) int {
		return cmp.Compare(y.rank, x.rank)
	})
	a.findTopCosts()
	a.orderProfiles()
	a.order(q, before)
	a.arrangeCutover(before)
	a.marks = fleetMarks(snap)
	return a
}

// count adds a row to the sums.
func (a *arranged) count(t *migration.TenantView) {
	if t.Tenant != migration.Unattributed {
		a.shown++
	}
	a.words.count(t)
	a.boundLambda = a.boundLambda || t.Before.CostPerHour.Evidence.LowerBound
	a.boundJobs = a.boundJobs || t.After.CostPerHour.Evidence.LowerBound
	if len(a.query.filter.terms) == 0 {
		return
	}
	for i, side := range t.Sides() {
		switch sum := &a.sums[i]; {
		case !side.CostPerHour.Value.Known() && !side.Present: // nothing that costs
		case !sum.Value.Known():
			*sum = sumKnown(side.CostPerHour, *sum)
			sum.Evidence.LowerBound = side.CostPerHour.Evidence.LowerBound
		default:
			*sum = sumKnown(*sum, side.CostPerHour)
		}
	}
}

// topCostsKept is how many of the tenants that cost the most a screen has room for.
const topCostsKept = 20

func (a *arranged) findTopCosts() {
	type keyed struct {
		tenant int
		cost   float64
	}
	all := make([]keyed, 0, len(a.snap.Tenants))
	for i := range a.snap.Tenants {
		if cost, ok := bothCost(&a.snap.Tenants[i]); ok && cost > 0 {
			all = append(all, keyed{i, cost})
		}
	}
	slices.SortStableFunc(all, func(x, y keyed) int { return cmp.Compare(y.cost, x.cost) })
	for _, k := range all[:min(len(all), topCostsKept)] {
		a.topCosts = append(a.topCosts, k.tenant)
	}
}

func (a *arranged) order(q query, before *arranged) {
	a.sort(q)
	if !q.keepOrder || before == nil {
		return
	}
	sorted := slices.Clone(a.rows)
	place := make(map[migration.Tenant]int, len(before.rows))
	for i, row := range before.rows {
		place[before.snap.Tenants[row].Tenant] = i
	}
	at := func(row int) int { // new rows come after those that were there
		if p, ok := place[a.snap.Tenants[row].Tenant]; ok {
			return p
		}
		return len(place)
	}
	slices.SortStableFunc(a.rows, func(x, y int) int { return cmp.Compare(at(x), at(y)) })
	a.orderKept = !slices.Equal(sorted, a.rows)
}

func (a *arranged) sort(q query) {
	ts := a.snap.Tenants
	switch {
	case q.sort == byNeed && q.turned:
		slices.Reverse(a.rows)
	case q.sort == byNeed:
	case tableColumns[q.sort].Key == nil:
		slices.SortStableFunc(a.rows, func(x, y int) int {
			c := strings.Compare(string(ts[x].Tenant), string(ts[y].Tenant))
			if q.turned {
				return -c
			}
			return c
		})
	default:
		type keyed struct {
			row   int
			value float64
			known bool
		}
		keys := make([]keyed, len(a.rows))
		for i, row := range a.rows {
			v, ok := tableColumns[q.sort].Key(&ts[row])
			keys[i] = keyed{row, v, ok}
		}
		desc := tableColumns[q.sort].Ascending == q.turned
		slices.SortStableFunc(keys, func(x, y keyed) int {
			switch {
			case x.known != y.known: // unknown last, either way
				if x.known {
					return -1
				}
				return 1
			case desc:
				return cmp.Compare(y.value, x.value)
			}
			return cmp.Compare(x.value, y.value)
		})
		for i, k := range keys {
			a.rows[i] = k.row
		}
	}
}

// tenant finds a tenant's view, nil where it is not in the snapshot.
func (a *arranged) tenant(t migration.Tenant) *migration.TenantView {
	if i, ok := a.byName[t]; ok {
		return &a.snap.Tenants[i]
	}
	return nil
}

// row is the position of a tenant among the rows, -1 for none.
func (a *arranged) row(t migration.Tenant) int {
	i, ok := a.byName[t]
	if !ok {
		return -1
	}
	return slices.Index(a.rows, i)
}

// orderProfiles takes those that the filter lets through, and puts what saves most first, then what is not known to save, then what
// costs more.
func (a *arranged) orderProfiles() {
	a.profiles = make([]int, 0, len(a.snap.Profiles))
	for i := range a.snap.Profiles {
		if p := &a.snap.Profiles[i]; a.query.filter.matchesProfile(p, a.tenant(p.Tenant)) {
			a.profiles = append(a.profiles, i)
		}
	}
	slices.SortStableFunc(a.profiles, func(x, y int) int {
		p, _ := usdOf(a.snap.Profiles[x].Saving)
		q, _ := usdOf(a.snap.Profiles[y].Saving)
		return cmp.Compare(q, p)
	})
}
