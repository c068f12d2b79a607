// Package text has the few text helpers that several packages need: counts with their noun, percentages,
// one-line and printable forms, CSV cells, and the masking of secrets in foreign output.
//
// It is a leaf: it imports the standard library only, holds no state and does no I/O.
package text
