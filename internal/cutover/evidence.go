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

// minuteHealth is the most that one minute adds to the logarithm of N.
const minuteHealth = 1

// mostHealth is the most that N becomes: what a long time of health earned must not outweigh what is wrong now.
const mostHealth = 100 * HealthE

// lapseN is how far N may fall below the limit that it reached before health is no longer proven: the probability of ever reaching
// the limit by chance is bounded, and a word that comes and goes with each failure helps nobody.
const lapseN = 10

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

// plus adds up the bets of two times.
func (k *stakes) plus(o *stakes) {
	for i := range k {
		k[i] += o[i]
	}
}

// bets are the stakes of a step, with fresh ones every [freshAfter] minutes: what was lost in a long time of health would
// otherwise hide a regression for hours. The j-th fresh ones weigh 1/(2j(j+1)), half of the first ones in all, so that the
// probability of reaching a number by chance is at most 1.5 over that number, however long the step, and 1 over it in the
// first two hours. Only the two newest fresh ones are kept, which takes evidence away.
type bets struct {
	parts [3]part // the first ones, and the newest fresh ones before the one earlier
}

// part are stakes with what they were put on.
type part struct {
	number int32 // j; 0 for the first ones, and for none
	stakes stakes
	n, e   [2]int64
}

// freshAfter is how long the stakes are kept before fresh ones join them, in minutes.
const freshAfter = 120

// active yields the parts that there are, each with the logarithm of its weight.
func (b *bets) active(yield func(p *part, weight float64) bool) {
	for i := range b.parts {
		weight := 0.0
		if j := float64(b.parts[i].number); j > 0 {
			weight = -math.Log(2 * j * (j + 1))
		} else if i > 0 {
			continue
		}
		if !yield(&b.parts[i], weight) {
			return
		}
	}
}

// bet adds a minute, which is so many minutes after the evidence began.
func (b *bets) bet(n, e [2]int64, age int32) {
	if j := age / freshAfter; j > b.parts[1].number {
		b.parts[2], b.parts[1] = b.parts[1], part{number: j}
	}
	var now stakes
	now.bet(n, e)
	for i := range b.parts {
		p := &b.parts[i]
		if i > 0 && p.number == 0 {
			continue
		}
		p.stakes.plus(&now)
		for side := range n {
			p.n[side] += n[side]
			p.e[side] += e[side]
		}
	}
}

// reaches reports whether the evidence, with its counts divided, reaches a number given as a logarithm. Most often the
// greatest of the bets is too small.
func (b *bets) reaches(ln, divisor float64) bool {
	top := math.Inf(-1)
	for p := range b.active {
		top = max(top, slices.Max(p.stakes[:]))
	}
	return top >= (ln-math.Log(1.5))*divisor && b.ln(divisor) >= ln
}

// ln is the logarithm of the evidence.
func (b *bets) ln(divisor float64) float64 {
	sum := math.Inf(-1)
	for p, weight := range b.active {
		other := p.stakes.ln(divisor) + weight
		high, low := max(sum, other), min(sum, other)
		sum = high + math.Log1p(math.Exp(low-high))
	}
	return sum
}

// strongest is the part that gives most of the evidence.
func (b *bets) strongest(divisor float64) *part {
	best, top := &b.parts[0], math.Inf(-1)
	for p, weight := range b.active {
		if ln := p.stakes.ln(divisor) + weight; ln > top {
			best, top = p, ln
		}
	}
	return best
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
// as often, for one minute: the evidence N. One minute adds at most a limit, which is 0 for a burst: in an outage that hits
// both sides many messages fail alike, and in one on blue alone many fail there, which says nothing about the others. What a
// burst takes away counts. A limit from above leaves N valid, whatever the burst was.
func health(n, e [2]int64, margin, most float64) float64 {
	if n[Blue] <= 0 || n[Green] <= 0 || e[Blue]+e[Green] == 0 {
		return 0
	}
	s := float64(n[Green]) / float64(n[Green]+n[Blue])
	d := margin*s + 1 - s
	return min(float64(e[Green])*math.Log(d/margin)+float64(e[Blue])*math.Log(d), most)
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

// Dispersion is the variance of the failures of a minute over their mean, given its messages: 1 where they come alone, c where
// they come in clusters of c. Counts are divided by it from overdispersed on.
const overdispersed = 1.5

// minDispersion is the number of minutes with runs from which a dispersion is known.
const minDispersion = 30

// dispersion is Pearson's statistic of so many minutes over its degrees of freedom; 1 where it is not over [overdispersed] or
// unknown. squares is the sum of the squared failures of each minute over its messages: how many messages a minute has does
// not count, so that bursts of traffic are no clusters. It is a standard error higher than it was seen: too small a divisor
// makes false alarms.
func dispersion(minutes, n, e, squares float64) float64 {
	if minutes < minDispersion || e <= 0 {
		return 1
	}
	ratio := (squares*n/e - e) / (minutes - 1)
	if ratio <= overdispersed {
		return 1
	}
	return ratio * (1 + math.Sqrt(2/(minutes-1)))
}

// split is how the failures of a minute divide over the sides, of minutes with at least two. Clusters fall on one side as a
// whole; failures of an outage on both sides do not.
type split struct {
	minutes      int64
	green, all   float64
	squaredRatio float64 // sum of the squares of green's failures over all failures of the minute
}

// count adds a minute.
func (p *split) count(e [2]int64) {
	all := float64(e[Blue] + e[Green])
	if all < 2 {
		return
	}
	g := float64(e[Green])
	p.minutes++
	p.green += g
	p.all += all
	p.squaredRatio += g * g / all
}

// minSplit is the number of minutes from which a dispersion of the split is known.
const minSplit = 5

// most is the upper end of the one-sided 95 % interval of the dispersion of the split: Pearson's statistic over its degrees
// of freedom, by the chi-squared distribution in Wilson and Hilferty's approximation.
func (p *split) most() float64 {
	q := p.green / p.all
	if p.minutes < minSplit || !(q > 0 && q < 1) {
		return math.Inf(1)
	}
	k := float64(p.minutes - 1)
	squares := (p.squaredRatio - 2*q*p.green + q*q*p.all) / (q * (1 - q))
	root := 1 - 2/(9*k) - 1.645*math.Sqrt(2/(9*k))
	return max(squares, 0) / (k * root * root * root)
}

// upperRate is the upper end of the one-sided 95 % Wilson interval of a rate of k in n.
func upperRate(k, n float64) float64 {
	if n <= 0 {
		return 1
	}
	const z = 1.645
	p := k / n
	return min((p+z*z/(2*n)+z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n)))/(1+z*z/n), 1)
}

// rate is k over n, 0 for none.
func rate(k, n int64) float64 {
	if n <= 0 {
		return 0
	}
	return float64(k) / float64(n)
}
