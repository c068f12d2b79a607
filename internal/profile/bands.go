package profile

import (
	"cmp"
	"math"
	"slices"
)

// bands is a second way to make classes, which is better where deadlines differ widely.
// Members are split into bands of deadlines that may share a class, each band is sorted
// by one need and cut exactly, and the classes are distributed to the bands where they
// save most.
type bands struct {
	members []member
	ratio   float64
	cut     []band
}

// band is one range of deadlines: cost[k] is what it costs in k classes, and at[k][j]
// where the last of k classes of its first j atoms begins.
type band struct {
	atoms []group
	cost  []float64
	at    [][]int
}

// bandAtoms bounds the atoms of a band; where there are more members, exact levels of
// the need put them together.
const bandAtoms = 128

// needsOf are the orders in which a band can be cut.
func needsOf(ratio float64) []func(*member) float64 {
	return []func(*member) float64{
		func(m *member) float64 { return m.memory },
		func(m *member) float64 { return m.memory + ratio*m.cpu },
		func(m *member) float64 { return m.cpu },
	}
}

// allBands prepares every way to part and to sort, for up to k classes.
func allBands(members []member, ratio float64, k int) []bands {
	shortest := math.Inf(1)
	for i := range members {
		shortest = min(shortest, members[i].deadline)
	}
	var all []bands
	for _, shift := range []float64{0, 0.25, 0.5, 0.75} {
		parted := map[int][]int{}
		last := 0
		for i := range members {
			at := int(math.Floor(math.Log(members[i].deadline/shortest)/math.Log(deadlineRatio) + shift + 1e-9))
			parted[at] = append(parted[at], i)
			last = max(last, at)
		}
		for _, need := range needsOf(ratio) {
			b := bands{members: members, ratio: ratio}
			for at := 0; at <= last; at++ {
				if in := parted[at]; len(in) > 0 {
					b.cut = append(b.cut, newBand(members, in, ratio, need, k))
				}
			}
			all = append(all, b)
		}
	}
	return all
}

func newBand(members []member, in []int, ratio float64, need func(*member) float64, k int) band {
	in = slices.Clone(in)
	slices.SortStableFunc(in, func(a, b int) int { return cmp.Compare(need(&members[a]), need(&members[b])) })
	own := make([]member, len(in))
	for i, m := range in {
		own[i] = members[m]
	}
	level := levelOf(own, bandAtoms, need)
	var b band
	for i, m := range in {
		one := members[m].alone(ratio)
		if n := len(b.atoms); n > 0 && level[i] == level[i-1] {
			held := append(b.atoms[n-1].members, m)
			b.atoms[n-1] = b.atoms[n-1].join(&one)
			b.atoms[n-1].members = held
			continue
		}
		one.members = []int{m}
		b.atoms = append(b.atoms, one)
	}
	n := len(b.atoms)
	k = min(k, n)
	before := make([]float64, n+1) // of the first j atoms in one class fewer
	for j := 1; j <= n; j++ {
		before[j] = math.Inf(1)
	}
	b.cost, b.at = []float64{math.Inf(1)}, [][]int{nil}
	for range k {
		now, at := make([]float64, n+1), make([]int, n+1)
		for j := 1; j <= n; j++ {
			now[j] = math.Inf(1)
			g := group{shortest: math.Inf(1)}
			for i := j - 1; i >= 0; i-- {
				g = g.join(&b.atoms[i])
				if c := before[i] + g.cost(ratio); c < now[j] {
					now[j], at[j] = c, i
				}
			}
		}
		now[0] = math.Inf(1)
		b.cost, b.at = append(b.cost, now[n]), append(b.at, at)
		before = now
	}
	return b
}

// into deals k classes out; where there are more bands than that, each has one.
func (b *bands) into(k int) []group {
	k = max(k, len(b.cut))
	best := make([]float64, k+1) // of the bands so far in so many classes
	for i := 1; i <= k; i++ {
		best[i] = math.Inf(1)
	}
	dealt := make([][]int, len(b.cut))
	for at := range b.cut {
		next, take := make([]float64, k+1), make([]int, k+1)
		for i := range next {
			next[i] = math.Inf(1)
			for n := 1; n <= i && n < len(b.cut[at].cost); n++ {
				if c := best[i-n] + b.cut[at].cost[n]; c < next[i] {
					next[i], take[i] = c, n
				}
			}
		}
		best, dealt[at] = next, take
	}
	left := 0
	for i := range best {
		if best[i] < best[left]*(1-1e-12) || math.IsInf(best[left], 1) {
			left = i
		}
	}
	var groups []group
	for at := len(b.cut) - 1; at >= 0; at-- {
		n := dealt[at][left]
		left -= n
		c := &b.cut[at]
		for end := len(c.atoms); n > 0; n-- {
			from := c.at[n][end]
			g := group{shortest: math.Inf(1)}
			var held []int
			for i := from; i < end; i++ {
				g = g.join(&c.atoms[i])
				held = append(held, c.atoms[i].members...)
			}
			g.members = held
			groups = append(groups, g)
			end = from
		}
	}
	return groups
}
