package awsapi

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"
)

// MetricAccount is an [Account] that has metrics outside AWS/Lambda. What
// holds for Account holds for it: safe for concurrent use, the same answer to the
// same question.
type MetricAccount interface {
	// Metrics are the metrics that exist at a moment, in any order. A metric
	// exists once for each set of dimensions it is published under.
	Metrics(now time.Time) []Metric
	// Samples yields what was published about one of them at moments in
	// [from, to), the future included: the server hides what CloudWatch could
	// not know yet.
	Samples(m Metric, from, to time.Time) iter.Seq[Sample]
}

// Metric is one metric under one exact set of dimensions.
type Metric struct {
	Namespace, Name string
	Dimensions      []Dimension // in any order
	Unit            string      // "Count", "Percent"; questions may ask for it by this
}

// Dimension is a name with its value.
type Dimension struct{ Name, Value string }

// Sample is a value that was published, or Weight alike ones.
type Sample struct {
	At     time.Time // it becomes visible the server's latency later
	Value  float64
	Weight int64 // 0 is 1
}

// id is how questions name the metric.
func (m *Metric) id() metricID {
	lines := make([]string, len(m.Dimensions))
	for i, d := range m.Dimensions {
		lines[i] = d.Name + "=" + d.Value
	}
	slices.Sort(lines)
	return metricID{m.Namespace, m.Name, strings.Join(lines, "\n")}
}

// otherMetrics are the account's metrics outside AWS/Lambda, sorted by what they
// are called, so that pages of them have an order.
func (s *Server) otherMetrics(now time.Time) []Metric {
	metrics := s.groupMetrics(now)
	if account, ok := s.cfg.Account.(MetricAccount); ok {
		metrics = append(metrics, account.Metrics(now)...)
	}
	slices.SortFunc(metrics, func(a, b Metric) int {
		x, y := a.id(), b.id()
		return cmp.Or(cmp.Compare(x.namespace, y.namespace), cmp.Compare(x.dimensions, y.dimensions), cmp.Compare(x.name, y.name))
	})
	return metrics
}

// samples are what was published of a metric and is visible.
func (s *Server) samples(m Metric, from, to time.Time, seen view) iter.Seq[Sample] {
	return func(yield func(Sample) bool) {
		if m.Namespace == logsNamespace {
			s.groupSamples(&m, from, to, seen)(yield)
			return
		}
		account, ok := s.cfg.Account.(MetricAccount)
		if !ok || !from.Before(to) {
			return
		}
		for sample := range account.Samples(m, from, to) {
			if seen.has(sample.At) && !yield(sample) {
				return
			}
		}
	}
}

// computeSamples adds the passes that answer the questions about other namespaces. Statistics of one
// metric and period are computed in one pass over its samples. lines are the metrics of log groups that are
// counted with the tables of their functions instead, and finish writes the answers once all passes have ended.
func (s *Server) computeSamples(passes *passes, tables map[tableKey]map[subject]*table, queries []metricQuery, answers []series,
	start, end, now time.Time,
) (lines map[tableKey][]*tally, finish []func()) {
	lines = make(map[tableKey][]*tally)
	type subject struct {
		id     metricID
		period int64
	}
	byID := make(map[metricID]Metric)
	asked := make(map[subject][]int)
	for i := range queries {
		q := &queries[i]
		if _, own := metricNamed(q.metric.name); (own && q.metric.namespace == "AWS/Lambda") || q.silent {
			continue
		}
		if len(byID) == 0 {
			for _, m := range s.otherMetrics(now) {
				byID[m.id()] = m
			}
		}
		m, ok := byID[q.metric]
		if !ok || (q.unit != "" && q.unit != m.Unit) {
			continue // no such metric is no error: there are no data
		}
		key := subject{q.metric, q.period}
		asked[key] = append(asked[key], i)
	}
	if now.Before(end) {
		end = now
	}
	seen := s.view(now)
	for key, at := range asked {
		kept := retention(key.period)
		if kept == 0 {
			continue
		}
		m, from := byID[key.id], firstKept(start, now, kept, key.period)
		span := time.Duration(key.period) * time.Second
		n := int((end.Sub(from) + span - 1) / span)
		if n <= 0 {
			continue
		}
		t := &tally{
			of: m, from: from, span: span, periods: make([]period, n),
			keep: slices.ContainsFunc(at, func(i int) bool { return queries[i].stat.kind == percentile }),
		}
		// What a function wrote is counted in the pass over its invocations.
		if of := (tableKey{m.loggedFunction(), key.period}); of.function != "" && tables[of] != nil && s.sizes() != nil {
			lines[of] = append(lines[of], t)
		} else {
			passes.add(func() {
				for sample := range s.samples(m, from, end, seen) {
					t.add(sample)
				}
			})
		}
		finish = append(finish, func() { t.answer(queries, answers, at) })
	}
	return lines, finish
}

// tally is one metric outside AWS/Lambda in periods of one length.
type tally struct {
	of      Metric
	from    time.Time
	span    time.Duration
	periods []period
	keep    bool // a percentile is asked for
}

func (t *tally) add(sample Sample) {
	if i := int(sample.At.Sub(t.from) / t.span); i >= 0 && i < len(t.periods) {
		t.periods[i].add(sample.Value, max(sample.Weight, 1), t.keep)
	}
}

// answer writes the answers of the queries at some indexes.
func (t *tally) answer(queries []metricQuery, answers []series, at []int) {
	for _, i := range at {
		for j := range t.periods {
			if p := &t.periods[j]; p.count > 0 {
				answers[i].at = append(answers[i].at, t.from.Add(time.Duration(j)*t.span))
				answers[i].values = append(answers[i].values, p.statistic(queries[i].stat))
			}
		}
	}
}

// firstKept is the start of the first period since start that is still kept:
// those that are gone are gone whole. In seconds, since a Duration does not reach
// over 292 years.
func firstKept(start, now time.Time, kept time.Duration, seconds int64) time.Time {
	oldest := now.Add(-kept)
	if !oldest.After(start) {
		return start
	}
	periods := (oldest.Unix() - start.Unix() + seconds - 1) / seconds
	return time.Unix(start.Unix()+periods*seconds, 0)
}

// has reports whether what was published at a moment is there.
func (v view) has(at time.Time) bool {
	due := at.Add(Latency)
	if !v.late.IsZero() && !at.Before(v.late) {
		due = due.Add(lateness)
	}
	return !due.After(v.now)
}
