package profile

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Mode says how often a run may be expected to be killed for memory.
type Mode uint8

// The modes. The zero value is normal.
const (
	Normal  Mode = iota // 1 % of runs
	Lean                // 2 %
	Careful             // 0.5 %
)

func (m Mode) share() float64 { return [...]float64{0.01, 0.02, 0.005}[min(m, Careful)] }

func (m Mode) String() string { return [...]string{"normal", "lean", "careful"}[min(m, Careful)] }

// ParseMode reads the name of a mode and reports whether it is one.
func ParseMode(s string) (Mode, bool) {
	for m := Normal; m <= Careful; m++ {
		if m.String() == s {
			return m, true
		}
	}
	return Normal, false
}

// Settings say what a book cannot learn from runs. The zero value is good.
type Settings struct {
	Mode Mode
	// Node is what the largest node can give to one pod. A larger profile is marked but
	// not reduced, since the run would be killed.
	Node migration.Resources
	// CPUToMemory is the price of a core relative to that of a GiB for the same time;
	// 0 is 9, the weight of AWS split cost allocation.
	CPUToMemory float64
	// Target is how long a run should take at most, where that matters.
	Target migration.Opt[time.Duration]
	// LimitCPU sets CPU limits, as a guard against noisy neighbours.
	LimitCPU bool
	// Poll is how often finished Jobs are looked at; their TTL leaves time for four
	// looks. 0 is a minute.
	Poll time.Duration
	// StartUp is how long a pod may take to be scheduled and started; 0 is a minute.
	StartUp time.Duration
	// Quota is the memory that all pods of a workload may hold together.
	Quota migration.Opt[migration.Bytes]
	// Pricer prices runs; nil leaves savings unknown.
	Pricer Pricer
}

func (s *Settings) startUp() time.Duration { return cmp.Or(s.StartUp, time.Minute) }

// Recommender learns from ended runs and recommends profiles. It is not safe for
// concurrent use.
type Recommender struct {
	settings  Settings
	workloads map[migration.Workload]*workload
	classes   map[id]membership
	priced    map[id]priced // of what was recommended last
	classed   []*learner    // those that are pooled with a class

	// What ended at the same instant is learnt from together, so that its order
	// does not matter.
	pending []migration.RunRecord
	at      time.Time

	// Scratch, kept so that recommending allocates little.
	points  [2][]point
	models  [2]model
	mixture mixture
	scratch []float64
}

// NewBook makes a book that has seen nothing.
func NewBook(s Settings) *Recommender {
	return &Recommender{settings: s, workloads: map[migration.Workload]*workload{}, classes: map[id]membership{}, priced: map[id]priced{}}
}

// Observe learns from one ended run, on Lambda or as an attempt of a Job. Pass runs in the
// order in which they ended; a run that ended earlier than the one before is learned when
// it is passed. The order of runs that ended at the same instant does not matter. Pass each
// run once.
func (b *Recommender) Observe(r migration.RunRecord) {
	if at := r.Started.Add(r.Duration); !at.Equal(b.at) {
		b.flush()
		b.at = at
	}
	b.pending = append(b.pending, r)
}

// flush learns from what ended at the same instant: all of it is judged by what was
// known before any of it.
func (b *Recommender) flush() {
	if len(b.pending) == 0 {
		return
	}
	slices.SortStableFunc(b.pending, order)
	before := make([]*advice, len(b.pending))
	for i := range b.pending {
		r := &b.pending[i]
		w := b.workload(r.Key.Workload)
		l := w.learner(id{r.Key.Workload, r.Key.Tenant})
		if r.Key.Platform == migration.Lambda {
			continue // no advice was for it
		}
		if a, ok := b.advise(l, w, r.InputSize); ok {
			before[i] = &a
		}
	}
	for i := range b.pending {
		r := &b.pending[i]
		w := b.workload(r.Key.Workload)
		b.learn(w.learner(id{r.Key.Workload, r.Key.Tenant}), w, r, before[i])
	}
	b.pending = b.pending[:0]
}

// order sorts runs that ended at the same instant by what they are.
func order(a, b migration.RunRecord) int {
	return cmp.Or(
		cmp.Compare(a.Key.Workload, b.Key.Workload), cmp.Compare(a.Key.Tenant, b.Key.Tenant), cmp.Compare(a.Key.Platform, b.Key.Platform),
		cmp.Compare(a.ID, b.ID), a.Started.Compare(b.Started), cmp.Compare(a.Peak.Or(-1), b.Peak.Or(-1)), cmp.Compare(a.Version, b.Version),
		cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.PeakBound, b.PeakBound), cmp.Compare(a.CPUTime.Or(-1), b.CPUTime.Or(-1)),
	)
}

func (b *Recommender) workload(name migration.Workload) *workload {
	w := b.workloads[name]
	if w == nil {
		w = &workload{}
		b.workloads[name] = w
	}
	return w
}

// Ask names what a profile is for, and what is known of it in addition to its runs.
type Ask struct {
	Workload migration.Workload
	Tenant   migration.Tenant
	// Now is what runs have at present; where it says nothing it is what the latest
	// run had.
	Now migration.Given
	// RunCost is what one run costs at present, unknown where Pricer is to price
	// it from Now.
	RunCost migration.Opt[migration.USD]
	// Unpriced says why no price of where it runs is known, "" where one is: a price of other
	// nodes says nothing of its cost then.
	Unpriced string
	// Gap says why no saving is said: a side of the tenant's move was not read or has no price. "" where both were.
	Gap string
	// Load is how the workload is used, unknown in parts or as a whole.
	Load Load
	// Once is set where a run must not be tried a second time.
	Once bool
	// Input is the size of what the next run works on.
	Input migration.Opt[migration.Bytes]
	// UnderWay is the number of its runs in progress, without the one that the profile is
	// for. If unknown, nothing is lowered before the third run has ended.
	UnderWay migration.Opt[int]
}

// Profiles recommends a profile for each workload and tenant with at least one run, sorted
// by workload and tenant. complete adds facts to an Ask that runs do not show; nil adds
// nothing.
func (b *Recommender) Profiles(complete func(*Ask)) []Profile {
	b.flush()
	n := 0
	for _, w := range b.workloads {
		n += w.tenants.len()
	}
	all := make([]Profile, 0, n)
	for _, name := range slices.Sorted(maps.Keys(b.workloads)) {
		for _, tenant := range b.workloads[name].tenants.names() {
			ask := Ask{Workload: name, Tenant: tenant}
			if complete != nil {
				complete(&ask)
			}
			all = append(all, b.Profile(ask))
		}
	}
	return all
}

// Profile recommends the profile of one workload and tenant, of which no run need
// have been seen: then it rests on the workload's other tenants, or says that there
// is not enough data.
func (b *Recommender) Profile(ask Ask) Profile {
	b.flush()
	return b.profile(ask, false)
}

// profile makes one profile from what was learned so far, or only its sizes and deadlines,
// without expectations and reasons.
func (b *Recommender) profile(ask Ask, sizes bool) Profile {
	w := b.workloads[ask.Workload]
	if w == nil {
		w = &workload{}
	}
	l := w.tenants.of(ask.Tenant)
	p := Profile{Workload: ask.Workload, Tenant: ask.Tenant, Now: ask.Now, BackoffLimit: defaultBackoff}
	if l != nil && p.Now == (migration.Given{}) {
		p.Now = l.given
	}
	t := &explanation{book: b, ask: &ask, l: l, w: w, pool: w.pool(l), p: &p, sizes: sizes}
	t.container()
	t.memory()
	t.cpu()
	t.deadline()
	if sizes {
		return p
	}
	t.load()
	t.money()
	t.words()
	return p
}
