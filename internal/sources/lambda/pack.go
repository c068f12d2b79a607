package lambda

// The limits of one GetMetricData request.
// Source: CloudWatch API reference, GetMetricData.
const (
	maxQueries    = 500
	maxDatapoints = 100_800
)

// metricNamespace and functionDimension are where Lambda's metrics are. The other dimension
// sets of the namespace repeat the same data.
const (
	metricNamespace   = "AWS/Lambda"
	functionDimension = "FunctionName"
)

// statistic is one query about a function.
type statistic struct{ metric, stat string }

// The statistics that are read for every function, as indexes of [row].
const (
	invocationsSum = iota
	errorsSum
	throttlesSum
	concurrencyMax
	durationP50
	durationP95
	durationP99
	durationMax
	durationSum
	logsSum // of its log group
	statisticCount
)

var statistics = [statisticCount]statistic{
	invocationsSum: {"Invocations", "Sum"},
	errorsSum:      {"Errors", "Sum"},
	throttlesSum:   {"Throttles", "Sum"},
	concurrencyMax: {"ConcurrentExecutions", "Maximum"},
	durationP50:    {"Duration", "p50"},
	durationP95:    {"Duration", "p95"},
	durationP99:    {"Duration", "p99"},
	durationMax:    {"Duration", "Maximum"},
	durationSum:    {"Duration", "Sum"},
	logsSum:        {"IncomingBytes", "Sum"},
}

// metrics are the statistics of each metric, which stay in one request: up to
// five are billed as one metric. The largest comes first, so that the small
// ones can fill a request to the last query.
var metrics = [...][]int{
	{durationP50, durationP95, durationP99, durationMax, durationSum},
	{invocationsSum},
	{errorsSum},
	{throttlesSum},
	{concurrencyMax},
}

// query is one statistic of one function.
type query struct {
	unit *unit
	stat int
}

// call is one GetMetricData request.
type call struct {
	span    span
	queries []query
	metrics int64 // as they are billed
	// weights counts statistics by tenant: functions that are split alike ask for the same
	// metric, which is one in a request.
	weights map[weightOf]int
}

type weightOf struct {
	rule  *Embedded
	value string
}

// bill counts the statistics of one metric.
func (c *call) bill(queries []query) {
	u, before := queries[0].unit, 0
	if u.value != "" {
		if c.weights == nil {
			c.weights = make(map[weightOf]int)
		}
		of := weightOf{u.rule, u.value}
		before = c.weights[of]
		c.weights[of] += len(queries)
	}
	c.metrics += billedFor(before+len(queries)) - billedFor(before)
}

// pack puts questions into as few requests as there can be: every one but the
// last of its kind is full. Questions of one request share their periods and
// end, and are sorted by start, so that its window is hardly longer than each
// needs.
func pack(asks []*ask) []*call {
	var calls []*call
	var current *call
	room := 0
	var held [][]query // the statistics of metrics that did not fit any more
	open := func(u *unit) {
		current = &call{span: u.ask.span}
		calls = append(calls, current)
		room = capacity(u.ask.span)
	}
	put := func(queries []query) {
		current.queries = append(current.queries, queries...)
		current.bill(queries)
		room -= len(queries)
	}
	flush := func() {
		waiting := held
		held, room = nil, 0
		for _, queries := range waiting {
			if len(queries) > room {
				open(queries[0].unit)
			}
			put(queries)
		}
	}
	for i, a := range asks {
		if i > 0 && (a.span.period != asks[i-1].span.period || !a.span.end.Equal(asks[i-1].span.end)) {
			flush()
			room = 0
		}
		for u := range a.every {
			for _, metric := range u.groups {
				queries := make([]query, len(metric))
				for j, stat := range metric {
					queries[j] = query{u, stat}
				}
				if room == 0 {
					flush()
				}
				if room == 0 {
					open(u)
				}
				if len(queries) > room { // smaller ones will fill it up
					held = append(held, queries)
					continue
				}
				put(queries)
			}
		}
	}
	flush()
	return calls
}

// capacity is how many queries a request about a span may hold.
func capacity(s span) int {
	return max(min(maxQueries, maxDatapoints/max(s.periods(), 1)), statisticCount)
}
