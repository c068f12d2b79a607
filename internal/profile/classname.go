package profile

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// sizeNames are the names of one to eight sizes, the smallest first.
var sizeNames = [...][]string{
	{"M"},
	{"S", "L"},
	{"S", "M", "L"},
	{"S", "M", "L", "XL"},
	{"XS", "S", "M", "L", "XL"},
	{"XS", "S", "M", "L", "XL", "2XL"},
	{"XS", "S", "M", "L", "XL", "2XL", "3XL"},
	{"2XS", "XS", "S", "M", "L", "XL", "2XL", "3XL"},
}

// Classes of about the same memory have the same size name where something else separates
// them: CPU, or deadlines that must not share a class.
const (
	sameSize  = 1.5 // memory of one size differs by less than this factor
	moreCPU   = 1.5 // factor in CPU that separates two classes
	muchLater = 2   // factor in deadlines that separates two classes
)

// apartFrom reports whether CPU or deadlines separate two groups of about the same memory.
func (g *group) apartFrom(o *group) bool {
	return muchMore(min(g.cpu, o.cpu), max(g.cpu, o.cpu), moreCPU) ||
		!g.mayJoin(o) && muchMore(min(g.longer, o.longer), max(g.longer, o.longer), muchLater)
}

func muchMore(than, v, times float64) bool { return v > than && v >= times*than }

// nameClasses names groups and sorts them by their names' meaning. The letter is the memory:
// S, M, L; where several share it, more CPU is M-cpu, a longer deadline M-long, and both
// M-cpu-long; still more is M-xcpu or M-xlong. Names hold in Kubernetes and in files once they are
// written in small letters.
func nameClasses(groups []group) {
	slices.SortFunc(groups, func(a, b group) int {
		return cmp.Or(cmp.Compare(a.memory, b.memory), cmp.Compare(a.cpu, b.cpu), cmp.Compare(a.longer, b.longer),
			cmp.Compare(a.shortest, b.shortest))
	})
	var sizes [][]*group
	for i := range groups {
		g := &groups[i]
		if n := len(sizes); n > 0 && g.memory < sameSize*sizes[n-1][0].memory &&
			!slices.ContainsFunc(sizes[n-1], func(o *group) bool { return !g.apartFrom(o) }) {
			sizes[n-1] = append(sizes[n-1], g)
			continue
		}
		sizes = append(sizes, []*group{g})
	}
	named := make([]group, 0, len(groups))
	for i, size := range sizes {
		letter := fmt.Sprintf("C%02d", i+1)
		if len(sizes) <= len(sizeNames) {
			letter = sizeNames[len(sizes)-1][i]
		}
		for cpus, same := range degrees(size, moreCPU, func(g *group) float64 { return g.cpu }) {
			for long, gs := range degrees(same, muchLater, func(g *group) float64 { return g.longer }) {
				for _, g := range gs { // one only: others would not differ from it
					g.size, g.cpus, g.long = i, cpus, long
					g.name = letter + degree(cpus, "cpu") + degree(long, "long")
					named = append(named, *g)
				}
			}
		}
	}
	copy(groups, named)
}

// degrees parts groups by how much they have of something, the least first: a degree
// begins at that many times what the one before begins at.
func degrees(groups []*group, times float64, of func(*group) float64) [][]*group {
	groups = slices.Clone(groups)
	slices.SortStableFunc(groups, func(a, b *group) int { return cmp.Compare(of(a), of(b)) })
	var out [][]*group
	for _, g := range groups {
		if n := len(out); n == 0 || muchMore(of(out[n-1][0]), of(g), times) {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], g)
	}
	return out
}

// degree is the end of a name: nothing, -long, -xlong, -2xlong.
func degree(n int, word string) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "-" + word
	case 2:
		return "-x" + word
	}
	return "-" + strconv.Itoa(n-1) + "x" + word
}
