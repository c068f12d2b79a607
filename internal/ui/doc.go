// Package ui is the terminal interface of migtop, and the only place that knows
// Bubble Tea. It draws immutable Snapshots of package migration and nothing
// else: it reads no system, prices nothing and compares nothing.
//
// There is one Bubble Tea model. Screens and dialogs are plain structs that draw
// themselves into a pane, a clipped rectangle of one grid of cells; the grid is
// turned into a string once, after everything has been drawn. Text therefore
// never carries escape sequences inside the program, control characters in names
// or messages of a cluster cannot reach the terminal, and panels side by side
// cost no string handling.
//
// Files are named by screen: screen_fleet*.go and so on. The list in screens.go says which
// screens there are and in what order; tabs, keys, commands and start names come from it. A new
// screen is a file screen_NAME.go, with a screenInfo and a type that is a screen, and one
// entry in the list.
//
// What runs where:
//
//   - Update changes state and starts commands. It does no I/O, formats nothing
//     and sorts nothing.
//   - Commands do the rest: filtering and ordering of the table, events of a
//     Job, files. They end with the program, which waits for them.
//   - View draws what is visible, and only when something visible has changed.
//
// Unknown is drawn "-", not permitted "?", not final yet a trailing "~", and an
// estimate carries a trailing "≈". State is always a glyph or a word, with a
// colour on top.
package ui
