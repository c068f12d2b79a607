package cutover

import (
	"cmp"
	"math"
	"slices"
)

// Select returns which of several hypotheses are rejected so that the expected share of false ones among them is at most
// alpha, however the tenants depend on each other: the e-BH procedure. ln are the logarithms of e-values. Source: Wang and
// Ramdas, "False discovery rate control with e-values", JRSS B 2022.
func Select(ln []float64, alpha float64) []bool {
	order := make([]int, len(ln))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ln[b], ln[a]) })
	most := 0
	for k := 1; k <= len(order); k++ {
		if ln[order[k-1]] >= math.Log(float64(len(ln))/(float64(k)*alpha)) {
			most = k
		}
	}
	out := make([]bool, len(ln))
	for _, i := range order[:most] {
		out[i] = true
	}
	return out
}

// The shares of false ones that a wave's verdicts may have.
const (
	// WaveHarm is the share of false alarms among the tenants of a wave that are called harmed.
	WaveHarm = 0.05
	// WaveHealth is the share of tenants at the margin among those of a wave that are called healthy.
	WaveHealth = 0.05
)

// WaveVerdict is the evidence of a wave of tenants. Of 100 healthy tenants, one may reach [HarmE] by chance; what stands here
// has been corrected for their number.
type WaveVerdict struct {
	// Harmed and Healthy are by tenant, in the order of the verdicts.
	Harmed, Healthy []bool
	// Cohort is all tenants of the wave together, as one with their messages: for tenants with little traffic, whose own
	// evidence would take days.
	Cohort Cohort
}

// Cohort is the evidence of several tenants together.
type Cohort struct {
	Tenants            int
	Messages, Failures [2]int64
	// HarmE and HealthN are evidence as log10: products, since the tenants' messages are different ones.
	HarmE, HealthN float64
	// Promotes is set where the evidence is enough, with no tenant that should roll back or hold for something wrong.
	Promotes bool
}

// Wave judges the tenants of a wave together. Verdicts of tenants that are not between their steps do not count.
func Wave(verdicts []Verdict, limits *Limits) WaveVerdict {
	harm, health := make([]float64, len(verdicts)), make([]float64, len(verdicts))
	var c Cohort
	sound, runs, without := true, int64(0), 0.0
	for i := range verdicts {
		v := &verdicts[i]
		harm[i], health[i] = math.Inf(-1), math.Inf(-1)
		if v.Stage != Between {
			continue
		}
		harm[i], health[i] = v.HarmE*math.Ln10, v.HealthN*math.Ln10
		c.Tenants++
		for s := range c.Messages {
			c.Messages[s] += v.Messages[s]
			c.Failures[s] += v.Failures[s]
		}
		c.HarmE += v.HarmE
		c.HealthN += v.HealthN
		runs += v.Jobs
		without += float64(v.Messages[Green]) / max(v.Divisor, 1)
		sound = sound && v.Word != RollBack && v.Holds&wrong == 0 && v.Basis != Unresolved
	}
	enough := c.HealthN >= math.Log10(HealthE) ||
		c.Failures[Green] == 0 && without >= limits.zeroMessages(1)
	c.Promotes = c.Tenants > 0 && sound && enough && float64(runs) >= limits.at(MinRuns)
	return WaveVerdict{Harmed: Select(harm, WaveHarm), Healthy: Select(health, WaveHealth), Cohort: c}
}
