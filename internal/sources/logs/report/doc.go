// Package report parses the lines in which AWS Lambda reports an invocation: REPORT in functions that log text,
// platform.report in functions that log JSON. They contain what no metric has: used memory, billed duration, INIT, and in
// tenant isolation mode the tenant.
//
// It is pure: text in, values out. A line that cannot be parsed has a reason, so that callers can count such lines.
package report
