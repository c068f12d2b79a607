// Package logs reads what Lambda functions write into CloudWatch Logs, by queries
// of Logs Insights. A query is billed by the bytes that it scans, so nothing is
// asked per poll: whoever reads first has an estimate, which CloudWatch's metrics of
// the log groups give, and what was read once is not asked for again.
//
// Lines are fetched as they are and read here instead of being summed up by Insights:
// the scan costs the same, every line that is not understood can be counted, and single
// runs with their memory come out, which sums have lost. One query takes up to 50 log
// groups and 100,000 rows; what would have more is asked for in shorter stretches.
package logs
