package awsapi

import "sync"

// statisticsPerMetric is how many statistics of one metric and period in one
// request are billed as one metric.
// Source: Amazon CloudWatch pricing, "GetMetricData".
const statisticsPerMetric = 5

// Billed counts the metrics that GetMetricData was billed for, and what Logs Insights
// scanned. A page is a
// request: what is asked again for the next page is billed again. A refused
// request costs nothing.
type Billed struct {
	// Low counts up to five statistics of one metric and period in one request
	// as one metric, as AWS's price page says.
	Low int64
	// High counts every query, as some bills read.
	High int64
	// Requests is how many requests were answered.
	Requests int64
	// Scanned is how many bytes queries of Logs Insights have scanned. A query is
	// billed when it starts, whether its results are read or not.
	Scanned int64
}

type bill struct {
	mu    sync.Mutex
	total Billed
}

func (b *bill) read() Billed {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.total
}

// scan bills what a query of Logs Insights scanned.
func (b *bill) scan(bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.total.Scanned += bytes
}

// add bills one answered request.
func (b *bill) add(queries []metricQuery) {
	type metric struct {
		account string
		id      metricID
		period  int64
	}
	statistics := make(map[metric]int64, len(queries)/statisticsPerMetric+1)
	for i := range queries {
		statistics[metric{queries[i].account, queries[i].metric, queries[i].period}]++
	}
	var low int64
	for _, n := range statistics {
		low += (n + statisticsPerMetric - 1) / statisticsPerMetric
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.total.Low += low
	b.total.High += int64(len(queries))
	b.total.Requests++
}
