// Package runfile reads ended runs from a file, without any cloud: CSV with one line
// a run, or OpenMetrics with a few samples a run. What a file does not say is
// unknown; what it says wrongly is an error with its line.
package runfile
