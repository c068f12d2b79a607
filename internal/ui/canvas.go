package ui

import (
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// attr is a set of text attributes, drawn in every theme.
type attr uint8

const (
	bold attr = 1 << iota
	italic
	underline
)

// style is how a cell looks: the role of its ink, the role of what is under it
// (none keeps what is there) and attributes.
type style struct {
	fg, bg role
	attr   attr
}

func ink(fg role) style           { return style{fg: fg} }
func (s style) on(bg role) style  { s.bg = bg; return s }
func (s style) with(a attr) style { s.attr |= a; return s }

// cell is one place on the screen. A wide character is followed by cells whose rune is
// 0. A negative rune stands for a cluster: its complement is the place in
// canvas.clusters.
type cell struct {
	r      rune
	fg, bg role
	attr   attr
}

var blank = cell{r: ' '}

// canvas is the grid that a frame is drawn into.
type canvas struct {
	w, h     int
	cells    []cell
	clusters []cluster // of this frame
	out      []byte
}

// reset makes the canvas w by h blank cells.
func (c *canvas) reset(w, h int) {
	c.w, c.h = w, h
	c.clusters = c.clusters[:0]
	if cap(c.cells) < w*h {
		c.cells = make([]cell, w*h)
	}
	c.cells = c.cells[:w*h]
	for i := range c.cells {
		c.cells[i] = blank
	}
}

func (c *canvas) pane() pane { return pane{c: c, w: c.w, h: c.h} }

// put draws one character of width n at a place inside the grid. What it covers in part
// is taken away whole.
func (c *canvas) put(x, y int, st style, r rune, n int) {
	row := c.cells[y*c.w : (y+1)*c.w]
	bg := st.bg
	if bg == none {
		bg = row[x].bg
	}
	if row[x].r == 0 { // within a wide one: it goes from where it begins
		for i := x - 1; i >= 0; i-- {
			begins := row[i].r != 0
			row[i].r = ' '
			if begins {
				break
			}
		}
	}
	row[x] = cell{r, st.fg, bg, st.attr}
	for i := x + 1; i < x+n; i++ {
		row[i] = cell{0, st.fg, bg, st.attr}
	}
	for i := x + n; i < c.w && row[i].r == 0; i++ {
		row[i].r = ' '
	}
}

// String encodes the grid with the styles' escape sequences. It is the only
// place that writes one. graphemes says how the terminal moves on after a cluster.
func (c *canvas) String(s *Styles, graphemes bool) string {
	out := c.out[:0]
	for y := range c.h {
		if y > 0 {
			out = append(out, '\n')
		}
		row := c.cells[y*c.w : (y+1)*c.w]
		var last cell
		for i := range row {
			at := &row[i]
			if at.r == 0 {
				continue
			}
			if i == 0 || at.fg != last.fg || at.bg != last.bg || at.attr != last.attr {
				out = s.appendSGR(out, at.fg, at.bg, at.attr)
				last = *at
			}
			switch {
			case at.r < 0:
				one := &c.clusters[^at.r]
				out = append(out, one.text...)
				for range one.pad(graphemes) {
					out = append(out, ' ')
				}
			case at.r < utf8.RuneSelf:
				out = append(out, byte(at.r))
			default:
				out = utf8.AppendRune(out, at.r)
			}
		}
		out = append(out, "\x1b[m"...)
	}
	c.out = out
	return string(out)
}

// runeWidth is the number of cells that a character takes: 0 for what must not
// be drawn at all (control characters, direction marks, combining ones).
func runeWidth(r rune) int {
	switch {
	case r >= ' ' && r < 0x7f:
		return 1
	case r < 0xa0:
		return 0
	case r == 0xad:
		return 0
	case r < 0x300:
		return 1
	case r >= 0x2500 && r < 0x25fd, r >= 0x2800 && r < 0x2900: // boxes, blocks, braille
		return 1
	}
	return min(ansi.StringWidth(string(r)), 2)
}

// pane is a rectangle of a canvas that clips what is drawn into it. Places are
// relative to its upper left corner.
type pane struct {
	c          *canvas
	x, y, w, h int
}

// sub is a rectangle inside the pane, cut to it.
func (p pane) sub(x, y, w, h int) pane {
	x0, y0 := max(x, 0), max(y, 0)
	w, h = min(x+w, p.w)-x0, min(y+h, p.h)-y0
	return pane{c: p.c, x: p.x + x0, y: p.y + y0, w: max(w, 0), h: max(h, 0)}
}

// top and rest split the pane after n rows; left and right after n columns.
func (p pane) top(n int) pane   { return p.sub(0, 0, p.w, n) }
func (p pane) below(n int) pane { return p.sub(0, n, p.w, p.h-n) }
func (p pane) left(n int) pane  { return p.sub(0, 0, n, p.h) }
func (p pane) right(n int) pane { return p.sub(n, 0, p.w-n, p.h) }

// row is one line of the pane.
func (p pane) row(y int) pane { return p.sub(0, y, p.w, 1) }

// rune draws one character and returns the column after it.
func (p pane) rune(x, y int, st style, r rune) int {
	n := runeWidth(r)
	if n > 0 && x >= 0 && y >= 0 && y < p.h && x+n <= p.w {
		p.c.put(p.x+x, p.y+y, st, r, n)
	}
	return x + n
}

// text draws a text, cut at the pane's edge, and returns the column after it.
func (p pane) text(x, y int, st style, s string) int {
	if y < 0 || y >= p.h {
		return x + cells(s)
	}
	for len(s) > 0 {
		x, s = p.character(x, y, st, s)
	}
	return x
}

// bytes is text for a scratch buffer.
func (p pane) bytes(x, y int, st style, b []byte) int {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		x = p.rune(x, y, st, r)
		b = b[n:]
	}
	return x
}

// fit draws a text into w columns and marks what was cut with an ellipsis. It
// returns x + w.
func (p pane) fit(x, y, w int, st style, s string, g *glyphs) int {
	if cells(s) <= w {
		p.text(x, y, st, s)
		return x + w
	}
	end := x + w - 1
	for len(s) > 0 {
		if _, _, n, _, _ := nextCharacter(s); x+n > end {
			break
		}
		x, s = p.character(x, y, st, s)
	}
	if w > 0 {
		p.rune(x, y, st, g.ellipsis)
	}
	return end + 1
}

// textRight draws a text that ends before column x.
func (p pane) textRight(x, y int, st style, s string) {
	p.text(x-cells(s), y, st, s)
}

// bytesRight is textRight for a scratch buffer.
func (p pane) bytesRight(x, y int, st style, b []byte) {
	n := 0
	for rest := b; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		n += runeWidth(r)
		rest = rest[size:]
	}
	p.bytes(x-n, y, st, b)
}

// fill gives the pane's cells an under-colour and takes what was on them.
func (p pane) fill(bg role) {
	for y := range p.h {
		for x := range p.w {
			p.c.put(p.x+x, p.y+y, style{bg: bg}, ' ', 1)
		}
	}
}

// hline draws a character n times.
func (p pane) hline(x, y, n int, st style, r rune) {
	for i := range n {
		p.rune(x+i, y, st, r)
	}
}

// blit copies the rows of another canvas from row `from` on into the pane.
func (p pane) blit(src *canvas, from int) {
	moved := rune(len(p.c.clusters))
	p.c.clusters = append(p.c.clusters, src.clusters...)
	for y := range min(p.h, src.h-from) {
		row := p.c.cells[(p.y+y)*p.c.w+p.x:][:min(p.w, src.w)]
		copy(row, src.cells[(from+y)*src.w:])
		for i := range row {
			if row[i].r < 0 {
				row[i].r -= moved
			}
		}
	}
}
