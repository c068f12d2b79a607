// Package convert makes Kubernetes Jobs of Lambda functions: manifests, the trust
// policy that lets the Job act as the function's role, and a report of what is
// carried over, what is not, and what is left for people to do.
//
// It is pure: no clock, no I/O, no goroutine, no logger. The same function gives
// the same bytes. Values of environment variables that look like secrets go
// nowhere: neither into a manifest nor into the report.
package convert
