package awsapi

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// stat is a statistic of CloudWatch: a basic one, or a percentile.
type stat struct {
	kind       statKind
	percentile float64 // 0 to 100, with kind percentile
}

type statKind uint8

const (
	sampleCount statKind = iota + 1
	average
	sum
	minimum
	maximum
	percentile
)

var basicStats = map[string]statKind{
	"SampleCount": sampleCount, "Average": average, "Sum": sum, "Minimum": minimum, "Maximum": maximum,
}

// parseStat reads "Sum" or "p99.9". The trimmed statistics of CloudWatch are
// not simulated, and not valid here.
func parseStat(s string) (stat, bool) {
	if kind, ok := basicStats[s]; ok {
		return stat{kind: kind}, true
	}
	digits, ok := strings.CutPrefix(s, "p")
	if !ok || digits == "" || strings.Trim(digits, "0123456789.") != "" {
		return stat{}, false
	}
	p, err := strconv.ParseFloat(digits, 64)
	return stat{percentile, p}, err == nil && p <= 100
}

// metric is one of the metrics that Lambda publishes.
type metric uint8

const (
	invocations metric = iota
	failures
	throttles
	duration
	concurrency
	metricCount
)

var metricNames = [metricCount]string{"Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"}

var metricUnits = [metricCount]string{"Count", "Count", "Count", "Milliseconds", "Count"}

// metricNamed finds a metric by its name in the namespace AWS/Lambda.
func metricNamed(name string) (metric, bool) {
	i := slices.Index(metricNames[:], name)
	return metric(max(i, 0)), i >= 0
}

// weighted is a value that was seen so many times.
type weighted struct {
	value float64
	times int64
}

// period is what one metric did in one period.
type period struct {
	count         int64
	sum, min, max float64
	values        []weighted // kept where a percentile is asked for
	sorted        bool
}

func (p *period) add(value float64, times int64, keep bool) {
	if p.count == 0 {
		p.min, p.max = value, value
	}
	p.count += times
	p.sum += value * float64(times)
	p.min, p.max = min(p.min, value), max(p.max, value)
	if keep {
		p.values = append(p.values, weighted{value, times})
	}
}

// statistic is the value of s; there must be data in the period.
func (p *period) statistic(s stat) float64 {
	switch s.kind {
	case sampleCount:
		return float64(p.count)
	case average:
		return p.sum / float64(p.count)
	case sum:
		return p.sum
	case minimum:
		return p.min
	case maximum:
		return p.max
	}
	return p.quantile(s.percentile / 100)
}

// quantile is the nearest rank: the smallest value with at least a share q of
// all values at or below it.
func (p *period) quantile(q float64) float64 {
	if !p.sorted {
		slices.SortFunc(p.values, func(a, b weighted) int {
			switch {
			case a.value < b.value:
				return -1
			case a.value > b.value:
				return 1
			}
			return 0
		})
		p.sorted = true
	}
	rank := max(int64(math.Ceil(q*float64(p.count))), 1)
	for _, v := range p.values {
		if rank -= v.times; rank <= 0 {
			return v.value
		}
	}
	return p.max
}

// table is what one function, or the account as a whole, did in a row of
// periods: one metric after the other.
type table struct {
	start   time.Time
	period  time.Duration
	metrics [metricCount][]period // nil where not asked for
	keep    [metricCount]bool     // a percentile is asked for
}

// want prepares the table for n periods of one metric.
func (t *table) want(m metric, n int, s stat) {
	if t.metrics[m] == nil {
		t.metrics[m] = make([]period, n)
	}
	t.keep[m] = t.keep[m] || s.kind == percentile
}

// add counts one invocation that is visible.
func (t *table) add(i *Invocation) {
	at, times := int(i.Start.Sub(t.start)/t.period), i.weight()
	put := func(m metric, value float64) {
		if periods := t.metrics[m]; at < len(periods) {
			periods[at].add(value, times, t.keep[m])
		}
	}
	if i.Throttled {
		put(throttles, 1)
		return
	}
	failed := 0.0
	if i.Failed {
		failed = 1
	}
	put(invocations, 1)
	put(failures, failed)
	put(throttles, 0)
	put(duration, float64(i.Duration)/float64(time.Millisecond))
	put(concurrency, float64(max(i.Concurrency, 1)))
}
