// Package report reads the lines in which AWS Lambda reports an invocation: REPORT
// in functions that log as text, platform.report in those that log as JSON. They
// know what no metric does: memory used, billed time, INIT, and in tenant isolation
// mode the tenant.
//
// It is pure: text in, values out. A line that cannot be read says why, so that
// whoever counts lines can show what was not understood.
package report
