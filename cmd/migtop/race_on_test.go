//go:build race

package main

// underRace says that the race detector is on, which takes several times the time: a table of whole demos
// runs one case of a kind then. Without it, all of them run.
const underRace = true
