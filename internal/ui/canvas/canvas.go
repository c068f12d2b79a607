package canvas

import (
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Attr is a set of text attributes, drawn in every theme.
type Attr uint8

// The attributes.
const (
	Bold Attr = 1 << iota // SGR 1
)

// Style is how a cell looks: the role of its ink, the role of what is under it
// (none keeps what is there) and attributes.
type Style struct {
	FG, BG Role
	Attr   Attr
}

// Ink is the style of a role's ink on what is there.
func Ink(fg Role) Style { return Style{FG: fg} }

// On is the style on another background.
func (s Style) On(bg Role) Style { s.BG = bg; return s }

// With is the style with further attributes.
func (s Style) With(a Attr) Style { s.Attr |= a; return s }

// cell is one place on the screen. A wide character is followed by cells whose rune is
// 0. A negative rune stands for a cluster: its complement is the place in
// canvas.clusters.
type cell struct {
	r      rune
	fg, bg Role
	attr   Attr
}

var blank = cell{r: ' '}

// Canvas is the grid that a frame is drawn into.
type Canvas struct {
	w, h     int
	cells    []cell
	clusters []cluster // of this frame
	out      []byte
}

// Reset makes the canvas w by h blank cells.
func (c *Canvas) Reset(w, h int) {
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

// Pane is the whole canvas.
func (c *Canvas) Pane() Pane { return Pane{c: c, W: c.w, H: c.h} }

// put draws one character of width n at a place inside the grid. What it covers in part
// is removed whole.
func (c *Canvas) put(x, y int, st Style, r rune, n int) {
	row := c.cells[y*c.w : (y+1)*c.w]
	bg := st.BG
	if bg == None {
		bg = row[x].bg
	}
	if row[x].r == 0 { // within a wide one: remove that one
		for i := x - 1; i >= 0; i-- {
			begins := row[i].r != 0
			row[i].r = ' '
			if begins {
				break
			}
		}
	}
	row[x] = cell{r, st.FG, bg, st.Attr}
	for i := x + 1; i < x+n; i++ {
		row[i] = cell{0, st.FG, bg, st.Attr}
	}
	for i := x + n; i < c.w && row[i].r == 0; i++ {
		row[i].r = ' '
	}
}

// String encodes the grid with the styles' escape sequences. It is the only
// place that writes one. graphemes says how the terminal moves on after a cluster.
func (c *Canvas) String(s *Theme, graphemes bool) string {
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

// RuneWidth is the number of cells that a character takes: 0 for what must not
// be drawn at all (control characters, direction marks, combining ones).
func RuneWidth(r rune) int {
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

// Pane is a rectangle of a canvas that clips what is drawn into it. Places are
// relative to its upper left corner.
type Pane struct {
	c          *Canvas
	x, y, W, H int
}

// Sub is a rectangle inside the pane, cut to it.
func (p Pane) Sub(x, y, w, h int) Pane {
	x0, y0 := max(x, 0), max(y, 0)
	w, h = min(x+w, p.W)-x0, min(y+h, p.H)-y0
	return Pane{c: p.c, x: p.x + x0, y: p.y + y0, W: max(w, 0), H: max(h, 0)}
}

// Top is the first n rows.
func (p Pane) Top(n int) Pane { return p.Sub(0, 0, p.W, n) }

// Below is what is below the first n rows.
func (p Pane) Below(n int) Pane { return p.Sub(0, n, p.W, p.H-n) }

// Left is the first n columns.
func (p Pane) Left(n int) Pane { return p.Sub(0, 0, n, p.H) }

// Right is what is right of the first n columns.
func (p Pane) Right(n int) Pane { return p.Sub(n, 0, p.W-n, p.H) }

// Row is one line of the pane.
func (p Pane) Row(y int) Pane { return p.Sub(0, y, p.W, 1) }

// Rune draws one character and returns the column after it.
func (p Pane) Rune(x, y int, st Style, r rune) int {
	n := RuneWidth(r)
	if n > 0 && x >= 0 && y >= 0 && y < p.H && x+n <= p.W {
		p.c.put(p.x+x, p.y+y, st, r, n)
	}
	return x + n
}

// Text draws a text, cut at the pane's edge, and returns the column after it.
func (p Pane) Text(x, y int, st Style, s string) int {
	if y < 0 || y >= p.H {
		return x + Cells(s)
	}
	for len(s) > 0 {
		x, s = p.character(x, y, st, s)
	}
	return x
}

// Bytes is text for a scratch buffer.
func (p Pane) Bytes(x, y int, st Style, b []byte) int {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		x = p.Rune(x, y, st, r)
		b = b[n:]
	}
	return x
}

// Fit draws a text into w columns and marks what was cut with an ellipsis. It
// returns x + w.
func (p Pane) Fit(x, y, w int, st Style, s string, g *Glyphs) int {
	if Cells(s) <= w {
		p.Text(x, y, st, s)
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
		p.Rune(x, y, st, g.Ellipsis)
	}
	return end + 1
}

// TextRight draws a text that ends before column x.
func (p Pane) TextRight(x, y int, st Style, s string) {
	p.Text(x-Cells(s), y, st, s)
}

// BytesRight is TextRight for a scratch buffer.
func (p Pane) BytesRight(x, y int, st Style, b []byte) {
	n := 0
	for rest := b; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		n += RuneWidth(r)
		rest = rest[size:]
	}
	p.Bytes(x-n, y, st, b)
}

// Fill gives the pane's cells an under-colour and takes what was on them.
func (p Pane) Fill(bg Role) {
	for y := range p.H {
		for x := range p.W {
			p.c.put(p.x+x, p.y+y, Style{BG: bg}, ' ', 1)
		}
	}
}

// HLine draws a character n times.
func (p Pane) HLine(x, y, n int, st Style, r rune) {
	for i := range n {
		p.Rune(x+i, y, st, r)
	}
}

// Blit copies the rows of another canvas from row `from` on into the pane.
func (p Pane) Blit(src *Canvas, from int) {
	moved := rune(len(p.c.clusters))
	p.c.clusters = append(p.c.clusters, src.clusters...)
	for y := range min(p.H, src.h-from) {
		row := p.c.cells[(p.y+y)*p.c.w+p.x:][:min(p.W, src.w)]
		copy(row, src.cells[(from+y)*src.w:])
		for i := range row {
			if row[i].r < 0 {
				row[i].r -= moved
			}
		}
	}
}

// At is the character at a place: 0 outside the pane and within a wide character, negative for a cluster.
func (p Pane) At(x, y int) rune {
	if x < 0 || x >= p.W || y < 0 || y >= p.H {
		return 0
	}
	return p.c.cells[(p.y+y)*p.c.w+p.x+x].r
}

// Dot sets one dot of a braille character; d counts from the bottom.
func (p Pane) Dot(x, y, side, d int, r Role) {
	if x < 0 || x >= p.W || y < 0 || y >= p.H {
		return
	}
	at := &p.c.cells[(p.y+y)*p.c.w+p.x+x]
	bit := [2][4]rune{{0x40, 0x04, 0x02, 0x01}, {0x80, 0x20, 0x10, 0x08}}[side][d]
	if at.r < 0x2800 || at.r > 0x28ff {
		at.r = 0x2800
	}
	at.r |= bit
	at.fg = r
}
