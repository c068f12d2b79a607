// Package follow feeds the judge of package cutover with what the sources said: it makes the minutes of each tenant from the
// stores, takes its steps from the plan or from what is seen, collects the facts of the moment, and writes the verdicts into a
// Snapshot.
//
// It has no clock and does no I/O: the time is that of the Snapshot, and what must survive a restart is handed out and taken
// back as bytes.
package follow
