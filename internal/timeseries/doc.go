// Package timeseries stores Activities, node time and queue metrics in memory, in packed buckets. Late data replaces
// buckets, and older buckets are coarser. The package also selects the time ranges of figures. It is pure: it has no clock and
// does no I/O.
package timeseries
