package profile

import (
	"math"
	"slices"
)

// levels finds the k levels that a sorted list of needs is put up to at least cost,
// exactly: what i to j cost at the level of j is sum (need_j - need) weight. It
// returns where each level ends, the last at the end of the list; fewer where fewer
// do. needs are sorted and distinct, weights not negative.
//
// The best end of a level does not go back as the list grows, which lets the search
// be halved: O(k n log n).
func levels(needs, weights []float64, k int) []int {
	n := len(needs)
	k = min(k, n)
	weight, used := make([]float64, n+1), make([]float64, n+1)
	for i := range needs {
		weight[i+1] = weight[i] + weights[i]
		used[i+1] = used[i] + weights[i]*needs[i]
	}
	// cost puts needs[from:to] up to needs[to-1].
	cost := func(from, to int) float64 { return needs[to-1]*(weight[to]-weight[from]) - (used[to] - used[from]) }

	best := make([]float64, n+1) // of the first j needs with the levels so far
	for j := 1; j <= n; j++ {
		best[j] = cost(0, j)
	}
	cuts := make([][]int32, 1, k+1)
	cuts = append(cuts, make([]int32, n+1))
	for level := 2; level <= k; level++ {
		next, cut := make([]float64, n+1), make([]int32, n+1)
		var search func(lo, hi, from, to int)
		search = func(lo, hi, from, to int) {
			if lo > hi {
				return
			}
			j := (lo + hi) / 2
			next[j] = math.Inf(1)
			at := from
			for i := max(from, level-1); i <= min(to, j-1); i++ {
				if c := best[i] + cost(i, j); c < next[j] {
					next[j], at = c, i
				}
			}
			cut[j] = int32(at)
			search(lo, j-1, from, at)
			search(j+1, hi, at, to)
		}
		search(level, n, level-1, n-1)
		best = next
		cuts = append(cuts, cut)
	}
	ends := make([]int, 0, k)
	for level, j := k, n; level >= 1; level-- {
		ends = append(ends, j)
		j = int(cuts[level][j])
	}
	slices.Reverse(ends)
	return ends
}
