// Package migration is the vocabulary of migtop: tenants, workloads, what
// happened to them on each platform, what that is known from, and the immutable
// Snapshot that everything on a screen or in an export is drawn from.
//
// It is a leaf. It imports the standard library, the decimal library that money
// is kept in and the sketch library that distributions are kept in, and no
// other package of migtop. It holds no clock, does no I/O and starts no
// goroutine.
//
// Three rules run through every type here:
//
//   - Unknown is a value of its own ([Opt]), never 0.
//   - A figure travels with its [Evidence].
//   - Money, bytes, CPU and time are typed; none of them crosses a package
//     border as a bare number.
package migration
