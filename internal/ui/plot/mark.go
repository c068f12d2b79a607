package plot

import (
	"time"

	"github.com/migtop/migtop/internal/ui/canvas"
)

// Mark is a moment on a chart: a thin line from top to bottom with a word next to it. It hides no data.
type Mark struct {
	At   time.Time
	Name string
}

// nameRows is in how many rows from the top a mark's name may stand.
const nameRows = 3

// drawMarks draws a line at each moment that the chart shows, on the axis too, and its name where there is room for it: at best
// where nothing is drawn, else on an area, which keeps its colour below it. A line leaves the ends of areas and the dots of lines
// alone, and where areas are told apart by their fill, also that.
func (ch *Chart) drawMarks(p, axis canvas.Pane, s *canvas.Theme, g *canvas.Glyphs) {
	fills := !s.Patterned && g != canvas.ASCII
	st := canvas.Ink(canvas.Strong)
	for _, m := range ch.Marks {
		x, shown := ch.column(&m, p.W)
		if !shown {
			continue
		}
		for y := range p.H {
			if r := p.At(x, y); free(r, g) || fills && ch.filled(r, g) {
				p.Rune(x, y, st, g.Moment)
			}
		}
		if axis.At(x, 0) == ' ' {
			axis.Rune(x, 0, st, g.Moment)
		}
	}
	for _, m := range ch.Marks { // behind all lines, which would cross them
		if x, shown := ch.column(&m, p.W); shown {
			ch.name(p, x, m.Name, g)
		}
	}
}

// column is where a mark stands in w columns, false where the chart does not show its moment.
func (ch *Chart) column(m *Mark, w int) (x int, shown bool) {
	if m.At.Before(ch.From) || !m.At.Before(ch.To) {
		return 0, false
	}
	return int(float64(m.At.Sub(ch.From)) / float64(ch.To.Sub(ch.From)) * float64(w)), true
}

// free reports whether nothing but the grid is drawn at a place.
func free(r rune, g *canvas.Glyphs) bool { return r == ' ' || r == g.Tick }

// filled reports whether a place is within an area.
func (ch *Chart) filled(r rune, g *canvas.Glyphs) bool {
	if !ch.Stacked {
		return false
	}
	for i := range ch.Layers {
		if r == g.Full || r == ch.Layers[i].Glyph {
			return true
		}
	}
	return false
}

// cover is what a name may be written over, apart from the grid.
type cover uint8

const (
	overNothing cover = iota
	overLines         // of other marks
	overAreas         // and areas
)

// name writes the name of a mark next to its line, right of it if there is room.
func (ch *Chart) name(p canvas.Pane, x int, name string, g *canvas.Glyphs) {
	n := canvas.Cells(name)
	for _, over := range [...]cover{overNothing, overLines, overAreas} {
		for y := range min(p.H, nameRows) {
			for _, at := range [...]int{x + 1, x - n} {
				if ch.hasRoom(p, at, y, n, over, g) {
					p.Text(at, y, canvas.Ink(canvas.Strong), name)
					return
				}
			}
		}
	}
}

// hasRoom reports whether a name of n cells hides nothing at a place, and touches no other name.
func (ch *Chart) hasRoom(p canvas.Pane, at, y, n int, over cover, g *canvas.Glyphs) bool {
	if at < 0 || at+n > p.W {
		return false
	}
	for x := at; x < at+n; x++ {
		switch r := p.At(x, y); {
		case free(r, g), over >= overLines && r == g.Moment, over >= overAreas && ch.filled(r, g):
		default:
			return false
		}
	}
	letter := func(r rune) bool { return r != 0 && r != g.Moment && !free(r, g) && !ch.filled(r, g) && !partial(r, g) }
	return !letter(p.At(at-1, y)) && !letter(p.At(at+n, y))
}

// partial reports whether an area ends at a place, or a dot of a line is there.
func partial(r rune, g *canvas.Glyphs) bool {
	for _, part := range g.Partial {
		if r == part {
			return true
		}
	}
	return r >= 0x2800 && r < 0x2900
}
