// Package profile recommends Job resource profiles: what one workload of one tenant
// should request, be limited to and be given time for, so that it wastes little
// and fails rarely, and why. It learns from ended runs on either platform.
//
// The package is pure: no clock, no I/O, no goroutine, no logger. The same runs in the
// same order give the same profiles.
package profile
