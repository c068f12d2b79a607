// Package assess makes a Snapshot of Facts: it adds up, prices, compares the two sides, looks
// back over whole days and ahead to the month's end, and judges what needs attention. It is
// pure: it has no clock, no I/O and no logger, it writes to nothing that it reads, and the
// same Facts give the same Snapshot.
//
// The rules by which a figure needs attention are one table, in rules.go, each with its
// thresholds. A notice and the severity of the figure that it is about come from the same
// rule, so that they agree. docs/notices.md is written from the table.
package assess
