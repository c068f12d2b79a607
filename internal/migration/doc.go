// Package migration defines the data types of migtop: tenants, workloads, their activity on each platform, the provenance
// of figures, and the immutable Snapshot from which every screen and export is produced.
//
// It is a leaf: it imports the standard library, the decimal library for money and the sketch library for distributions,
// and no other package of migtop. It has no clock, no I/O and no goroutine.
//
// Every type follows three rules:
//
// - Unknown is a separate value ([Opt]), never 0.
// - A figure carries its [Evidence].
// - Money, bytes, CPU and time have types; no bare number crosses a package boundary.
package migration
