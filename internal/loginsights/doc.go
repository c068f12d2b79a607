// Package loginsights reads the lines in which Lambda reports invocations: what is missing,
// what a query for it costs, what came of it, and how that replaces what CloudWatch's metrics
// only estimate. What was read is kept in a [History] and never read twice. [Overlay] is pure.
package loginsights
