// Package canvas is the grid of cells that a frame is drawn into, with what drawing needs:
// grapheme clusters, styles, themes, and sets of glyphs.
//
// A [Canvas] holds characters and roles, never escape sequences. [Canvas.String] writes the
// escape sequences of a [Theme] once, after everything has been drawn. Control characters in
// a text are not drawn, so that no name can reach the terminal as a command. A [Pane] is a
// rectangle of a canvas that clips what is drawn into it.
package canvas
