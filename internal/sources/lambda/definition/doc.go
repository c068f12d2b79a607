// Package definition reads one Lambda function whole, once: its code and
// configuration, what triggers it, what limits it, and the role that it acts as.
// Each part may be forbidden for itself; it is then a gap that names the missing
// action, and the rest is read.
//
// It asks through interfaces that have nothing but questions in them, so that no
// code here can change anything.
package definition
