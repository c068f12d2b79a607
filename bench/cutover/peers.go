package main

import (
	"math"
	"slices"

	"github.com/migtop/migtop/internal/cutover"
)

// peer is a rule of another tool that looks at each minute and may abort.
type peer struct {
	name string
	make func() func(m *minute) (aborts bool)
}

// peers are the rules that their own documentation shows or sets by default.
//
// Argo Rollouts v1.10.0-rc1, docs/features/analysis.md: a success rate of at least 0.95; failureLimit is 0 by default, and 3
// in the example, which measures every 5 minutes. The query's irate takes the last two samples, so that a measurement is of
// about a minute. Without traffic there is no value and no failure here.
//
// Flagger v1.44.0, docs/gitbook/usage/metrics.md and its tutorials: a success rate of at least 99 % over 1 minute, and a
// threshold of 5 failed checks, which are never forgotten. Without traffic a check fails (pkg/controller).
//
// Kayenta v2.46.0, NetflixACAJudge: Mann-Whitney at a confidence of 0.98 with a tolerance of 0.25, here on the failure rate
// of each minute; with thresholds of 75 (marginal) and 95 (pass), one metric that is high fails.
func peers() []peer {
	success := func(m *minute) float64 {
		n := m.n[cutover.Green]
		if n == 0 {
			return math.NaN()
		}
		return 1 - float64(m.e[cutover.Green])/float64(n)
	}
	argo := func(every, limit int, least int64) func() func(*minute) bool {
		return func() func(*minute) bool {
			minutes, failed := 0, 0
			return func(m *minute) bool {
				minutes++
				if minutes%every == 0 && m.n[cutover.Green] >= max(least, 1) && success(m) < 0.95 {
					failed++
				}
				return failed > limit
			}
		}
	}
	return []peer{
		{"Argo: 95 %, each minute, failureLimit 0 (default)", argo(1, 0, 0)},
		{"Argo: 95 %, each minute, failureLimit 3", argo(1, 3, 0)},
		{"Argo: the same, failureLimit 0, 20 requests at least", argo(1, 0, 20)},
		{"Argo: its example, every 5 minutes, failureLimit 3", argo(5, 3, 0)},
		{"Flagger: 99 % each minute, threshold 5", func() func(*minute) bool {
			failed := 0
			return func(m *minute) bool {
				if !(success(m) >= 0.99) {
					failed++
				}
				return failed >= 5
			}
		}},
		{"Kayenta: judged every 30 minutes", kayenta(30)},
		{"Kayenta: judged once, after two hours", kayenta(minutesWatch)},
	}
}

// kayenta judges all minutes so far, every so many minutes.
func kayenta(every int) func() func(*minute) bool {
	return func() func(*minute) bool {
		var control, experiment []float64
		minutes := 0
		return func(m *minute) bool {
			for s, list := range [...]*[]float64{&control, &experiment} {
				if m.n[s] > 0 { // no value without requests
					*list = append(*list, float64(m.e[s])/float64(m.n[s]))
				}
			}
			minutes++
			return minutes%every == 0 && isHigh(control, experiment)
		}
	}
}

// isHigh reports whether the experiment is higher than the control by Mann-Whitney's test: whether the lower end of the
// confidence interval of their shift lies above a quarter of its estimate.
func isHigh(control, experiment []float64) bool {
	const (
		tolerance = 0.25
		quantile  = 2.326 // of a two-sided confidence of 0.98
	)
	if len(control) == 0 || len(experiment) == 0 {
		return false
	}
	a, b := slices.Sorted(slices.Values(control)), slices.Sorted(slices.Values(experiment))
	if slices.Equal(a, b) || a[0] == a[len(a)-1] && b[0] == b[len(b)-1] && a[0] == b[0] {
		return false
	}
	lower, ok1 := shift(a, b, quantile)
	estimate, ok2 := shift(a, b, 0)
	return ok1 && ok2 && lower > tolerance*math.Abs(estimate)
}

// shift is the shift of the experiment at which the standardized rank sum is a quantile. Both lists are sorted. Failure rates
// are mostly 0, and the rank sum jumps at a shift of 0: a root there is
// exactly 0, without the remainder of the bisection, whose sign would decide.
func shift(control, experiment []float64, quantile float64) (float64, bool) {
	low, high := experiment[0]-control[len(control)-1], experiment[len(experiment)-1]-control[0]
	at := func(mu float64) float64 { return standardized(control, experiment, mu) - quantile }
	first, last := at(low), at(high)
	switch {
	case math.IsNaN(first) || math.IsNaN(last):
		return 0, false
	case first <= 0:
		return low, true
	case last >= 0:
		return high, true
	}
	for range 60 {
		middle := (low + high) / 2
		if at(middle) > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	if low <= 0 && high >= 0 {
		return 0, true
	}
	return (low + high) / 2, true
}

// standardized is the rank sum of the experiment, shifted, less its mean and over its deviation, with the corrections for
// ties and continuity. It is NaN where all values are tied.
func standardized(control, experiment []float64, mu float64) float64 {
	nx, ny := float64(len(experiment)), float64(len(control))
	ranks, ties, rank := 0.0, 0.0, 0.0
	for i, j := 0, 0; i < len(experiment) || j < len(control); {
		value := math.Inf(1)
		if i < len(experiment) {
			value = experiment[i] - mu
		}
		if j < len(control) {
			value = min(value, control[j])
		}
		x, y := 0, 0
		for i+x < len(experiment) && experiment[i+x]-mu == value {
			x++
		}
		for j+y < len(control) && control[j+y] == value {
			y++
		}
		t := float64(x + y)
		ranks += float64(x) * (rank + (t+1)/2)
		ties += t*t*t - t
		rank += t
		i, j = i+x, j+y
	}
	d := ranks - nx*(nx+1)/2 - nx*ny/2
	variance := nx * ny / 12 * (nx + ny + 1 - ties/((nx+ny)*(nx+ny-1)))
	if variance <= 0 {
		return math.NaN()
	}
	correction := 0.5
	switch {
	case d == 0:
		correction = 0
	case d < 0:
		correction = -0.5
	}
	return (d - correction) / math.Sqrt(variance)
}
