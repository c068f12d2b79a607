// Package loginsights manages the readings of Lambda's report lines: what is missing, the cost of a query, its results,
// and how they replace estimates from CloudWatch's metrics. Results are stored in a [History], and no time range is read
// twice. [Overlay] is pure.
package loginsights
