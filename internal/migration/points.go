package migration

// Points are the statistics that CloudWatch gives of the values in one period.
// They cannot be averaged over periods; [Merge] turns them into bounds instead.
type Points[T ~int64] struct {
	Count              int64 // values that are meant: all of the period, unless Part is set
	Sum                T     // of the values that are meant
	P50, P95, P99, Max T     // of all values of the period
	// Part is set where the values that are meant are a part of the period's.
	Part *Part
}

// Part describes values that are a subset of a period's values: the size of the subset is known, and its members are
// not.
type Part struct {
	// Of is how many values the period has.
	Of int64
	// Share is set where a rule gives out a share of all values, between 0 and 1: the part
	// spreads as the whole does. 0 is some of the values, whichever.
	Share float64
}

// fits reports whether a number of values can be the part; nil stands for the whole.
func (p *Part) fits(count int64) bool {
	switch {
	case p == nil:
		return count > 0
	case p.Share > 0:
		return count >= 0 && p.Of > 0 && p.Share <= 1
	}
	return count > 0 && p.Of >= count
}

// weight is how much the values count when they are merged with others.
func (p *Points[T]) weight() float64 {
	if p.Part != nil && p.Part.Share > 0 {
		return p.Part.Share * float64(p.Part.Of)
	}
	return float64(p.Count)
}

// step is so many values of about the same size.
type step[T ~int64] struct {
	value T
	n     float64
}

// steps bound values from one side, from the lowest to the highest.
type steps[T ~int64] [5]step[T]

// bounds are values that bound the period's from below and from above, rank by rank.
//
// How CloudWatch interpolates between few values is not documented. By any usual rule the
// q-quantile of n values has at least floor(nq) values at or below it and floor(n(1-q)) at or
// above; the maximum is one of the values.
func (p *Points[T]) bounds() (low, high steps[T]) {
	n := p.Count
	if p.Part != nil {
		n = p.Part.Of
	}
	atLeast := func(share int64) int64 { return max(n*share/100, 1) } // and the maximum is above
	p99, p95, p50 := atLeast(1), atLeast(5), atLeast(50)
	low = steps[T]{{0, float64(n - p50)}, {p.P50, float64(p50 - p95)}, {p.P95, float64(p95 - p99)}, {p.P99, float64(p99 - 1)}, {p.Max, 1}}
	upTo := func(share int64) int64 { return n * share / 100 }
	high = steps[T]{
		{p.P50, float64(upTo(50))}, {p.P95, float64(upTo(95) - upTo(50))}, {p.P99, float64(upTo(99) - upTo(95))}, {p.Max, float64(n - upTo(99))},
	}
	switch {
	case p.Part == nil:
	case p.Part.Share > 0:
		for i := range low {
			low[i].n *= p.Part.Share
			high[i].n *= p.Part.Share
		}
	default: // the lowest, and the highest, that the part can have
		leave := float64(n - p.Count)
		for i := range high {
			cut := min(high[i].n, leave)
			high[i].n, leave = high[i].n-cut, leave-cut
		}
		leave = float64(n - p.Count)
		for i := len(low) - 1; i >= 0; i-- {
			cut := min(low[i].n, leave)
			low[i].n, leave = low[i].n-cut, leave-cut
		}
	}
	return low, high
}

// ranks returns the ranks between which the q-quantile of n values lies. A value is a lower bound if the weight up to it
// is above the first, and an upper bound if that weight reaches the second. Nearest rank is ceil(nq); interpolation uses
// neighbours of (n-1)q + 1 or of (n+1)q.
func ranks(q, n float64) (above, upTo float64) {
	d := max(q, 1-q)
	return n*q - d, min(n*q+d, n)
}

// quantile bounds a quantile by rank.
func (p *Points[T]) quantile(q float64) Bounds[T] {
	low, high := p.bounds()
	above, upTo := ranks(q, p.weight())
	out := Bounds[T]{High: p.Max}
	sum := 0.0
	for _, s := range low {
		if sum += s.n; s.n > 0 && sum > above+hair {
			out.Low = s.value
			break
		}
	}
	sum = 0
	for _, s := range high {
		if sum += s.n; s.n > 0 && sum >= upTo*(1-hair) {
			out.High = s.value
			break
		}
	}
	return Bounds[T]{min(out.Low, out.High), out.High}
}

// above is how many of the values are greater than limit.
func above[T ~int64](list steps[T], limit T) (n float64) {
	for _, s := range list {
		if s.value > limit {
			n += max(s.n, 0)
		}
	}
	return n
}
