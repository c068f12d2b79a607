// Package timeseries keeps Activities, node time and the metrics of queues in memory, in
// packed buckets that late data repairs and that grow coarser with age, and says which time
// ranges of them count. It is pure: it has no clock and does no I/O.
package timeseries
