package profile

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

const (
	mostClasses   = 8
	enoughExtra   = 0.04 // most that classes may cost in addition to one profile each
	worthAClass   = 0.02 // what one more class has to save, of what a profile each costs
	deadlineRatio = 8    // longest over shortest deadline within a class
	moveSaving    = 0.05 // what a move to another class has to save
	moveWaits     = 3    // for how many recomputations in a row
)

// membership is the class that a tenant was put into, and how often another would have been
// cheaper since.
type membership struct {
	class string
	waits int
}

// Classify assigns classes to the profiles that have data, and writes the class into each.
// want is the number of classes, 0 for as many as save money; there are more where
// deadlines differ too much. One call is one recomputation: a tenant moves to another class
// only if that saves over 5 % three times in a row, if its runs were killed for memory, or
// if the old class is now too small.
func (b *Recommender) Classify(profiles []Profile, want int) Classes {
	return b.classify(profiles, want, func(*Profile) {})
}

// classify has thin tenants sized again once it is known what they are pooled with.
func (b *Recommender) classify(profiles []Profile, want int, again func(*Profile)) Classes {
	var members []member
	for i := range profiles {
		p := &profiles[i]
		p.Class, p.WhyClass, p.ClassSaving = "", "", migration.None[migration.USD]()
		if p.Confidence != NoConfidence && p.Base.MemoryLimit > 0 {
			members = append(members, b.memberOf(p))
		}
	}
	if len(members) == 0 {
		b.classes = map[id]membership{}
		b.pools(nil)
		return Classes{Classes: []Class{}, Outliers: []string{}, Why: []string{"Not enough data: no profile can be put into a class."}}
	}
	slices.SortFunc(members, func(x, y member) int {
		return cmp.Or(cmp.Compare(x.memory, y.memory), cmp.Compare(x.cpu, y.cpu), cmp.Compare(x.deadline, y.deadline),
			cmp.Compare(x.p.Workload, y.p.Workload), cmp.Compare(x.p.Tenant, y.p.Tenant))
	})
	ratio := cmp.Or(b.settings.CPUToMemory, defaultCPUToMemory)
	groups, story := partition(members, ratio, want)
	nameClasses(groups)
	b.assign(members, groups, ratio)
	b.pools(members)
	for i := range members {
		if members[i].thin {
			again(members[i].p)
		}
	}
	return b.buildClasses(members, groups, ratio, story)
}

// member is a profile as far as classes look at it.
type member struct {
	p                   *Profile
	memory, cpu, weight float64 // GiB, cores, seconds of runs
	deadline            float64 // seconds
	thin                bool    // what it needs is said by its own runs alone, and not by the profile
	group               *group
}

func (b *Recommender) memberOf(p *Profile) member {
	m := member{p: p, weight: max(p.RunTime.Seconds(), 1)}
	if l := b.like(p); l != nil {
		own := b.standing(l, p)
		p, m.thin = &own, true
	}
	m.memory, m.cpu = float64(p.Base.MemoryLimit)/gib, p.Base.CPURequest.Or(0).Cores()
	if m.deadline = p.AttemptDeadline.Seconds(); m.deadline == 0 {
		m.deadline = noEnd.Seconds()
	}
	return m
}

// group is a class while it is made.
type group struct {
	name             string
	size, cpus, long int     // what its name says: see [nameClasses]
	memory, cpu      float64 // the most of its members
	shortest, longer float64 // deadlines
	weight           float64
	used             float64 // what its members would cost each for itself
	members          []int
	alive            bool
}

// cost is what its members cost with the class' profile.
func (g *group) cost(ratio float64) float64 { return g.weight * (g.memory + ratio*g.cpu) }

func (g *group) join(o *group) group {
	return group{
		memory: max(g.memory, o.memory), cpu: max(g.cpu, o.cpu), shortest: min(g.shortest, o.shortest), longer: max(g.longer, o.longer),
		weight: g.weight + o.weight, used: g.used + o.used, alive: true,
	}
}

func (g *group) mayJoin(o *group) bool {
	return max(g.longer, o.longer) <= deadlineRatio*min(g.shortest, o.shortest)
}

// partition tries numbers of classes up from one, and keeps the first that costs little
// enough and to which one more would add little.
func partition(members []member, ratio float64, want int) ([]group, []string) {
	var own float64
	for i := range members {
		own += members[i].weight * (members[i].memory + ratio*members[i].cpu)
	}
	extra := func(gs []group) float64 {
		var sum float64
		for i := range gs {
			sum += gs[i].cost(ratio) - gs[i].used
		}
		return max(sum/own, 0)
	}
	ways := allBands(members, ratio, max(want, mostClasses))
	if want > 0 {
		// Each number of classes up to that is tried: more never cost more then.
		var gs []group
		least := math.Inf(1)
		for k := 1; k <= min(want, len(members)); k++ {
			if next := groupInto(members, ways, ratio, k); extra(next) < least || len(gs) == 0 {
				gs, least = next, extra(next)
			}
		}
		var story []string
		if len(gs) > want {
			story = append(story, fmt.Sprintf("%d classes, not %d: deadlines within one lie at most %d times apart.", len(gs), want, deadlineRatio))
		}
		return gs, story
	}
	now := groupInto(members, ways, ratio, 1)
	for k := 2; k <= mostClasses; k++ {
		next := groupInto(members, ways, ratio, k)
		if len(next) <= len(now) {
			if extra(next) < extra(now) {
				now = next
			}
			continue
		}
		if e := extra(now); e <= enoughExtra && e-extra(next) < worthAClass {
			return now, []string{fmt.Sprintf("%s %s more than a profile each, and one more would save %s.", classesCost(len(now), " pays", " pay"),
				text.Percent(migration.Ratio(e)), text.Percent(migration.Ratio(e-extra(next))))}
		}
		now = next
	}
	return now, []string{fmt.Sprintf("%s %s more than a profile each.", classesCost(len(now), "", ""),
		text.Percent(migration.Ratio(extra(now))))}
}

// classesCost begins the sentence on what so many classes cost.
func classesCost(n int, one, more string) string {
	if n == 1 {
		return text.Plural(n, "class") + one + ": it costs"
	}
	return text.Plural(n, "class") + more + ": they cost"
}

// groupInto makes k classes: levels of memory and of CPU, exactly, then merged by least
// added cost; or bands of deadlines, each cut exactly. Members then move to where they fit
// best, and the cheapest result is kept.
func groupInto(members []member, ways []bands, ratio float64, k int) []group {
	var best []group
	least := math.Inf(1)
	keep := func(gs []group) {
		gs = improve(members, gs, ratio)
		var sum float64
		for i := range gs {
			sum += gs[i].cost(ratio)
		}
		if len(best) == 0 || len(gs) > k && len(gs) < len(best) || (len(gs) <= k || len(gs) == len(best)) && sum < least*(1-1e-12) {
			best, least = gs, sum
		}
	}
	for i := range ways {
		keep(ways[i].into(k))
	}
	for _, start := range [][2]int{{k, 4}, {2 * k, 8}} {
		keep(merge(atoms(members, ratio, start[0], start[1]), ratio, k))
	}
	return best
}

// atoms are the groups to begin with: of one level of memory, one of CPU and deadlines
// that lie close enough.
func atoms(members []member, ratio float64, memoryLevels, cpuLevels int) []group {
	memory := levelOf(members, memoryLevels, func(m *member) float64 { return m.memory })
	cpu := levelOf(members, cpuLevels, func(m *member) float64 { return m.cpu })
	type key struct{ memory, cpu, octave int }
	by := map[key]*group{}
	for i := range members {
		m := &members[i]
		k := key{memory[i], cpu[i], int(math.Floor(math.Log(m.deadline/leastDeadline.Seconds()) / math.Log(deadlineRatio)))}
		one := m.alone(ratio)
		g := by[k]
		if g == nil {
			g = &group{members: nil, shortest: math.Inf(1)}
			by[k] = g
		}
		in := append(g.members, i)
		*g = g.join(&one)
		g.members = in
	}
	keys := slices.SortedFunc(maps.Keys(by), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.memory, b.memory), cmp.Compare(a.cpu, b.cpu), cmp.Compare(a.octave, b.octave))
	})
	all := make([]group, len(keys))
	for i, k := range keys {
		all[i] = *by[k]
	}
	return all
}

// levelOf puts each member on one of k levels of something.
func levelOf(members []member, k int, of func(*member) float64) []int {
	weight := map[float64]float64{}
	for i := range members {
		weight[of(&members[i])] += members[i].weight
	}
	needs := slices.Sorted(maps.Keys(weight))
	weights := make([]float64, len(needs))
	for i, n := range needs {
		weights[i] = weight[n]
	}
	ends := levels(needs, weights, k)
	out := make([]int, len(members))
	for i := range members {
		at, _ := slices.BinarySearch(needs, of(&members[i]))
		out[i], _ = slices.BinarySearch(ends, at+1)
	}
	return out
}

// merge joins the two groups that add the least cost together, until there are k or no
// further merge is allowed.
func merge(all []group, ratio float64, k int) []group {
	type pair struct {
		with  int
		added float64
	}
	nearest := func(i int) pair {
		p := pair{-1, math.Inf(1)}
		for j := range all {
			if j == i || !all[j].alive || !all[i].mayJoin(&all[j]) {
				continue
			}
			joined := all[i].join(&all[j])
			if added := joined.cost(ratio) - all[i].cost(ratio) - all[j].cost(ratio); added < p.added {
				p = pair{j, added}
			}
		}
		return p
	}
	near := make([]pair, len(all))
	for i := range all {
		near[i] = nearest(i)
	}
	for left := len(all); left > k; left-- {
		at := -1
		for i := range all {
			if all[i].alive && near[i].with >= 0 && (at < 0 || near[i].added < near[at].added) {
				at = i
			}
		}
		if at < 0 {
			break
		}
		with := near[at].with
		joined := all[at].join(&all[with])
		joined.members = append(all[at].members, all[with].members...)
		all[at] = joined
		all[with].alive = false
		near[at] = nearest(at)
		for i := range all {
			if !all[i].alive || i == at {
				continue
			}
			if w := near[i].with; w == at || w == with {
				near[i] = nearest(i)
			} else if all[i].mayJoin(&all[at]) {
				j := all[i].join(&all[at])
				if added := j.cost(ratio) - all[i].cost(ratio) - all[at].cost(ratio); added < near[i].added {
					near[i] = pair{at, added}
				}
			}
		}
	}
	return slices.DeleteFunc(all, func(g group) bool { return !g.alive })
}

// rounds is how often members are moved at most; few suffice.
const rounds = 8

// improve moves each member to the cheapest group that can hold it, and narrows the groups
// to their members, while that reduces the cost.
func improve(members []member, groups []group, ratio float64) []group {
	for range rounds {
		moved := make([]group, len(groups))
		changed := false
		for at := range groups {
			for _, i := range groups[at].members {
				m := &members[i]
				to := at
				for g := range groups {
					if groups[g].holds(m) && groups[g].memory+ratio*groups[g].cpu < groups[to].memory+ratio*groups[to].cpu {
						to = g
					}
				}
				changed = changed || to != at
				g, one := &moved[to], m.alone(ratio)
				in := append(g.members, i)
				if g.alive {
					one = g.join(&one)
				}
				*g = one
				g.members = in
			}
		}
		if !changed {
			break
		}
		groups = slices.DeleteFunc(moved, func(g group) bool { return !g.alive })
	}
	return groups
}

// alone is the group of one member.
func (m *member) alone(ratio float64) group {
	return group{
		memory: m.memory, cpu: m.cpu, shortest: m.deadline, longer: m.deadline,
		weight: m.weight, used: m.weight * (m.memory + ratio*m.cpu), alive: true,
	}
}
