package profile

import (
	"math"
	"slices"
)

// The constants of the memory rule. They are the same for every workload: they were
// chosen on public workflow traces as a whole.
const (
	prior       = 0.3  // kappa: the weight in runs of the smooth tail above the largest peak
	priorSpread = 0.35 // ln: how far one run may lie from the next before anything is known
	killCost    = 1000 * gib
	retryOfMax  = 1.10
	retryOfBase = 1.3

	gib = float64(1 << 30)
	mib = float64(1 << 20)
)

// point is a number of runs w of one peak x, in bytes, and the sum of what each took
// in seconds.
type point struct {
	x, ln, w, wt float64
	h            float64 // width of its kernel in ln x
}

// model is the probability that a run needs more than a limit:
//
//	P(X > a) = [sum w_i Q((ln a - ln x_i)/h_i) + kappa Q((ln a - mu)/s)] / (W + kappa)
//
// with Q the normal distribution's tail. Kernels widen each run by the distance of its
// neighbours; the last term keeps a tail where nothing was seen yet.
type model struct {
	points  []point // by x
	above   []point // above[i] sums w and wt of points[i:]
	weight  float64 // W
	seconds float64 // sum of wt
	mu, s   float64
	most    float64 // largest x
	widest  float64 // largest h
}

// fit takes points sorted by x, and prepares.
func (m *model) fit(points []point) {
	m.points, m.weight, m.seconds, m.most = points, 0, 0, 0
	var sum, squares float64
	for i := range points {
		p := &points[i]
		m.weight += p.w
		m.seconds += p.wt
		sum += p.w * p.ln
	}
	if m.weight <= 0 {
		return
	}
	m.mu = sum / m.weight
	for i := range points {
		d := points[i].ln - m.mu
		squares += points[i].w * d * d
	}
	sd := math.Sqrt(squares / m.weight)
	m.s = math.Sqrt(sd*sd + priorSpread*priorSpread/m.weight)
	m.most = points[len(points)-1].x

	m.above = slices.Grow(m.above[:0], len(points)+1)[:len(points)+1]
	m.above[len(points)] = point{}
	for i := len(points) - 1; i >= 0; i-- {
		m.above[i] = point{w: m.above[i+1].w + points[i].w, wt: m.above[i+1].wt + points[i].wt}
	}
	m.kernels(sd)
}

// kernels sets the width of each point's kernel:
//
//	h_i = clamp(0.5 d_i, 0.01, max(0.01, 0.5 min(sd, IQR/1.349) W^-0.2))
//
// where d_i is the log distance to the 0.25 sqrt(W)-th nearest run.
func (m *model) kernels(sd float64) {
	points := m.points
	iqr := m.quantile(0.75) - m.quantile(0.25)
	most := max(0.01, 0.5*min(sd, iqr/1.349)*math.Pow(m.weight, -0.2))
	near := 0.25 * math.Sqrt(m.weight)
	m.widest = 0.01
	for i := range points {
		p := &points[i]
		have, d := p.w-1, 0.0
		for lo, hi := i-1, i+1; have < near && (lo >= 0 || hi < len(points)); {
			below, over := math.Inf(1), math.Inf(1)
			if lo >= 0 {
				below = p.ln - points[lo].ln
			}
			if hi < len(points) {
				over = points[hi].ln - p.ln
			}
			if below <= over {
				d = below
				have += points[lo].w
				lo--
			} else {
				d = over
				have += points[hi].w
				hi++
			}
			if 0.5*d >= most {
				break
			}
		}
		p.h = min(max(0.5*d, 0.01), most)
		m.widest = max(m.widest, p.h)
	}
}

// quantile is the ln x that a share q of the weight lies at or below.
func (m *model) quantile(q float64) float64 {
	left := q * m.weight
	for i := range m.points {
		if left -= m.points[i].w; left <= 0 {
			return m.points[i].ln
		}
	}
	return m.points[len(m.points)-1].ln
}

// normalTail is Q: the probability that a standard normal value is above z.
func normalTail(z float64) float64 { return 0.5 * math.Erfc(z/math.Sqrt2) }

// reach is the number of widths that a kernel covers; outside, its tail is under 1e-9.
const reach = 6

// over returns P(X > a), and the seconds per run that runs above a take.
func (m *model) over(a float64) (share, seconds float64) {
	ln := math.Log(a)
	edge := reach * m.widest
	var w, wt float64
	i := search(m.points, ln-edge)
	for ; i < len(m.points) && m.points[i].ln <= ln+edge; i++ {
		q := normalTail((ln - m.points[i].ln) / m.points[i].h)
		w += q * m.points[i].w
		wt += q * m.points[i].wt
	}
	w += m.above[i].w
	wt += m.above[i].wt
	q := prior * normalTail((ln-m.mu)/m.s)
	w += q
	wt += q * m.seconds / m.weight
	return w / (m.weight + prior), wt / m.weight
}

// mixture is the model of a tenant, or one of it and of those that it is pooled
// with, each with its share; the shares sum to 1.
type mixture struct {
	parts []part
	most  float64 // largest peak of all parts
	mean  float64 // seconds of a run
	// at are the limits that were looked at already: two shares of kills ask for mostly the same.
	at map[float64]outcome
}

// outcome is what is expected of a limit: P(X > a), and what a run costs on average.
type outcome struct{ over, cost float64 }

// reset empties the mixture.
func (x *mixture) reset() {
	x.parts, x.most, x.mean = x.parts[:0], 0, 0
	clear(x.at)
}

type part struct {
	*model
	share float64
}

func (x *mixture) add(m *model, share float64) {
	clear(x.at)
	x.parts = append(x.parts, part{m, share})
	x.most = max(x.most, m.most)
	x.mean += share * m.seconds / m.weight
}

// over is P(X > a).
func (x *mixture) over(a float64) float64 {
	var sum float64
	for _, p := range x.parts {
		share, _ := p.model.over(a)
		sum += p.share * share
	}
	return sum
}

// retry is what a run that was killed at a is tried with next.
func (x *mixture) retry(a float64) float64 { return max(retryOfMax*x.most, retryOfBase*a) }

// expect says what is expected of limit a. What a run costs at it is in byte-seconds: what it holds,
// what its retry holds, and killCost for a kill.
func (x *mixture) expect(a float64) outcome {
	if known, ok := x.at[a]; ok {
		return known
	}
	b := x.retry(a)
	o := outcome{cost: a * x.mean}
	for _, p := range x.parts {
		share, seconds := p.model.over(a)
		o.over += p.share * share
		o.cost += p.share * (seconds*b + killCost*share*(p.weight+prior)/p.weight)
	}
	if x.at == nil {
		x.at = map[float64]outcome{}
	}
	x.at[a] = o
	return o
}

// The candidates for a limit: each peak and some widths of its kernel above it, and
// multiples of the largest.
var (
	widths    = [...]float64{0, 0.5, 1, 1.5, 2, 2.5, 3}
	multiples = [...]float64{1.02, 1.05, 1.1, 1.15, 1.2, 1.3, 1.4, 1.5, 1.75, 2, 2.5, 3, 4}
)

// best is the candidate of least cost among those that at most a share eps of runs
// is expected to exceed. Scratch is reused.
func (x *mixture) best(eps float64, scratch *[]float64) float64 {
	// The least limit that is allowed, to a tenth of a percent.
	lo, hi := math.Log(x.least()), math.Log(4*x.most)
	for hi-lo > 0.001 {
		if mid := (lo + hi) / 2; x.expect(math.Exp(mid)).over <= eps {
			hi = mid
		} else {
			lo = mid
		}
	}
	least := math.Exp(lo)
	all := (*scratch)[:0]
	for _, p := range x.parts {
		edge := math.Log(least) - widths[len(widths)-1]*p.widest
		for i := len(p.points) - 1; i >= 0 && p.points[i].ln >= edge; i-- {
			for _, z := range widths {
				// Where peaks differ by many powers of ten a kernel covers values outside float64.
				if a := p.points[i].x * math.Exp(z*p.points[i].h); a >= least && a <= 4*x.most {
					all = append(all, a)
				}
			}
		}
	}
	for _, k := range multiples {
		if a := k * x.most; a >= least {
			all = append(all, a)
		}
	}
	*scratch = all
	slices.Sort(all)
	found, cheapest := 4*x.most, math.Inf(1)
	for i, a := range all {
		if i > 0 && a == all[i-1] {
			continue
		}
		if a*x.mean >= cheapest {
			break // holding that much costs more already
		}
		if o := x.expect(a); o.over <= eps && o.cost < cheapest {
			found, cheapest = a, o.cost
		}
	}
	return found
}

// least is the smallest peak of all.
func (x *mixture) least() float64 {
	least := math.Inf(1)
	for _, p := range x.parts {
		least = min(least, p.points[0].x)
	}
	return least
}
