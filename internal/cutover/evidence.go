package cutover

import (
	"math"
	"slices"
)

// alternatives are the ratios of green's failure rate to blue's that the evidence of harm bets on, a fifth of the stake each.
// The smallest is the smallest harm worth finding, and the largest is found at the first look.
var alternatives = [...]float64{1.5, 2, 3, 5, 10}

// The limits of evidence. A test martingale reaches 1/alpha with a probability of at most alpha, whatever the number of
// looks (Ville's inequality). Source of the method: Lindon, Sanden, Shirikian, "Rapid Regression Detection in Software
// Deployments through Sequential Testing", KDD 2022.
const (
	// HarmE is the evidence of harm that rolls back: a false alarm in at most 1 of 100 watches.
	HarmE = 100
	// DoubtE is the evidence of harm that holds.
	DoubtE = 20
	// AttemptE replaces HarmE where attempts could not be resolved to messages: retries of one message fail together and
	// count as several.
	AttemptE = 1000
	// HealthE is the evidence of health that promotes: at the margin, false in at most 1 of 20 watches.
	HealthE = 20
)

// firstLook is the number of final minutes before the evidence is looked at.
const firstLook = 5

// stakes are the logarithms of the bets against one null hypothesis, in nats.
type stakes [len(alternatives)]float64

// bet adds a minute in which blue had n[Blue] messages of which e[Blue] failed, and green n[Green] and e[Green]. Given that
// a message failed, it was green's with the probability of green's share s, if both fail at the same rate, and
// q = ts/(ts+1-s), if green fails t times as often. Rates are compared within the minute: an outage that hits both sides
// changes nothing.
func (k *stakes) bet(n, e [2]int64) {
	if n[Blue] <= 0 || n[Green] <= 0 || e[Blue]+e[Green] == 0 {
		return
	}
	s := float64(n[Green]) / float64(n[Green]+n[Blue])
	eb, eg := float64(e[Blue]), float64(e[Green])
	for i, t := range alternatives {
		d := t*s + 1 - s // q/s = t/d, (1-q)/(1-s) = 1/d
		k[i] += eg*math.Log(t/d) + eb*math.Log(1/d)
	}
}

// ln is the logarithm of the evidence: the mean of the bets, each with its counts divided by a divisor of at least 1.
func (k *stakes) ln(divisor float64) float64 {
	top := slices.Max(k[:]) / divisor
	sum := 0.0
	for _, v := range k {
		sum += math.Exp(v/divisor - top)
	}
	return top + math.Log(sum/float64(len(k)))
}

// health is the logarithm of the likelihood that both sides fail at the same rate over that of green failing margin times
// as often, for one minute: the evidence N.
func health(n, e [2]int64, margin float64) float64 {
	if n[Blue] <= 0 || n[Green] <= 0 || e[Blue]+e[Green] == 0 {
		return 0
	}
	s := float64(n[Green]) / float64(n[Green]+n[Blue])
	d := margin*s + 1 - s
	return float64(e[Green])*math.Log(d/margin) + float64(e[Blue])*math.Log(d)
}

// exceeded is the logarithm of the evidence that more than a share p0 of events happen, where k of n did. With p0 known
// beforehand this is a test martingale over any order of the events, and depends on the sums alone.
func exceeded(k, n int64, p0 float64, divisor float64) float64 {
	if n <= 0 || p0 <= 0 {
		return math.Inf(-1)
	}
	var bets stakes
	for i, t := range alternatives {
		p := min(t*p0, 0.5+p0/2)
		bets[i] = float64(k)*math.Log(p/p0) + float64(n-k)*math.Log((1-p)/(1-p0))
	}
	return bets.ln(divisor)
}

// The tails of run time that are watched: at most this share of runs is longer than blue's own percentile.
const (
	tail95 = 0.05
	tail99 = 0.01
)

// minBaseline is the number of run times from which blue's own percentiles are taken as the line.
const minBaseline = 100

// Dispersion is the variance of failures a minute over their mean: 1 where they come alone, c where they come in clusters
// of c. Counts are divided by it from overdispersed on.
const overdispersed = 1.5

// minDispersion is the number of minutes with runs from which a dispersion is known.
const minDispersion = 30

// dispersion is the variance of a count a minute over its mean, of minutes of which the sum and the sum of squares are
// known; 1 where it is not over [overdispersed] or unknown.
func dispersion(minutes, sum, squares int64) float64 {
	if minutes < minDispersion || sum == 0 {
		return 1
	}
	n := float64(minutes)
	mean := float64(sum) / n
	variance := (float64(squares) - n*mean*mean) / (n - 1)
	if ratio := variance / mean; ratio > overdispersed {
		return ratio
	}
	return 1
}

// upperRate is the upper end of the one-sided 95 % Wilson interval of a rate of k in n.
func upperRate(k, n int64) float64 {
	if n <= 0 {
		return 1
	}
	const z = 1.645
	p, m := float64(k)/float64(n), float64(n)
	return min((p+z*z/(2*m)+z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m)))/(1+z*z/m), 1)
}

// rate is k over n, 0 for none.
func rate(k, n int64) float64 {
	if n <= 0 {
		return 0
	}
	return float64(k) / float64(n)
}
