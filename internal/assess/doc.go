// Package assess judges what was measured: it has the rules by which a figure needs
// attention, each with its thresholds, and the notices that say so. It is pure: it has no
// clock, no I/O and no logger, and the same facts give the same notices.
//
// The rules are one table, in rules.go. A notice and the severity of the figure that it is
// about come from the same rule, so that they agree. docs/notices.md is written from the
// table.
package assess
