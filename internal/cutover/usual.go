package cutover

import "math"

// usual is how often blue's messages fail in an ordinary minute, before the step and after it. A minute over its limit counts as
// one that is twice as bad as usual: outages change little, and a lasting change does in the end.
type usual struct {
	minutes, n, e, squares float64
}

// usualMinutes is how many minutes are remembered at full weight: then all count half.
const usualMinutes = 1440

// count adds a minute of blue.
func (u *usual) count(n, e int64) {
	if n <= 0 {
		return
	}
	if u.minutes >= usualMinutes {
		*u = usual{u.minutes / 2, u.n / 2, u.e / 2, u.squares / 2}
	}
	failed := float64(e)
	if most := u.most(float64(n)); failed > most {
		failed = min(most, max(2*float64(n)*u.e/u.n, 1))
	}
	u.minutes++
	u.n += float64(n)
	u.e += failed
	u.squares += failed * failed / float64(n)
}

// dispersion is that of the failures of ordinary minutes: the size of the clusters that they come in.
func (u *usual) dispersion() float64 { return dispersion(u.minutes, u.n, u.e, u.squares) }

// unusual is the probability with which an ordinary minute has more failures than its limit, at most.
const unusual = 0.005

// usualCluster is the largest cluster that an ordinary minute's limit allows for. Without it, a long outage looks like large
// clusters and becomes ordinary.
const usualCluster = 3

// most is the limit of an ordinary minute of n messages: the quantile of a Poisson distribution of clusters, at the upper bound
// of the usual rate, and at least one cluster. It is n as long as nothing is known.
func (u *usual) most(n float64) float64 {
	size := min(u.dispersion(), usualCluster)
	return min(size*max(poissonQuantile(n*upperRate(u.e, u.n)/size), 1), n)
}

// burst reports whether a minute has more failures than an ordinary one: on blue, or on both sides even if green fails
// margin times as often.
func (u *usual) burst(n, e [2]int64, margin float64) bool {
	return float64(e[Blue]) > u.most(float64(n[Blue])) ||
		float64(e[Blue]+e[Green]) > u.most(float64(n[Blue])+margin*float64(n[Green]))
}

// poissonQuantile is the least number that a Poisson variable exceeds with a probability of at most [unusual]. From a mean of
// 100 on it is that of the normal distribution.
func poissonQuantile(mean float64) float64 {
	if mean >= 100 {
		return math.Ceil(mean + 2.5758*math.Sqrt(mean))
	}
	k, p := 0.0, math.Exp(-mean)
	for over := 1 - p; over > unusual; over -= p {
		k++
		p *= mean / k
	}
	return k
}
