// Package logs reads the CloudWatch Logs of Lambda functions with Logs Insights queries. A query is billed by the bytes
// that it scans, so polls do not query. The user first sees an estimate, from CloudWatch's metrics of the log groups, and
// a time range is read only once.
//
// Queries return the lines, and this package parses them, instead of aggregating in Logs Insights. The scan costs the
// same, every line that cannot be parsed is counted, and single runs with their memory are known, which aggregates lose.
// A query covers up to 50 log groups and 100,000 rows; larger results are queried in shorter time ranges.
package logs
