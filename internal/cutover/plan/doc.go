// Package plan is the plan of a cutover: waves of tenants, the steps in which their share of the work moves, service level
// objectives, owners, and the windows in which nothing may change. It reads the plan strictly, checks it, suggests one from
// a Snapshot, and calculates its dates from the pace so far.
//
// It is pure: the time is an argument, and so is the lookup of time zones.
package plan
