// Package folder writes files into a user's folder in two steps: a [WritePlan] says which
// files are new, unchanged or changed, with a diff; [WritePlan.Write] writes them. It never
// overwrites a file without force, writes nothing if a path is blocked, and leaves each
// file complete or unchanged.
package folder
