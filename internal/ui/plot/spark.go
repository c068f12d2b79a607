package plot

import (
	"math"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// Sparkline draws a series in one row, full height at top.
func Sparkline(p canvas.Pane, x, y, w int, s *migration.Series, from, to time.Time, top float64, r canvas.Role, g *canvas.Glyphs,
	scratch *[]float64,
) {
	if cap(*scratch) < w {
		*scratch = make([]float64, w)
	}
	v := (*scratch)[:w]
	sample(v, s, from, to, true)
	n := len(g.Partial) - 2 // a full block would run into the row above
	for i, f := range v {
		switch {
		case math.IsNaN(f):
			p.Rune(x+i, y, canvas.Ink(canvas.Track), g.Dot)
		case top == 0:
			p.Rune(x+i, y, canvas.Ink(r), g.Partial[1])
		default:
			p.Rune(x+i, y, canvas.Ink(r), g.Partial[min(max(int(math.Ceil(f/top*float64(n))), 1), n)])
		}
	}
}

// Bar draws a share of w columns in one role and the rest in another, half a
// column exact.
func Bar(p canvas.Pane, x, y, w int, share float64, r, rest canvas.Role, s *canvas.Theme, g *canvas.Glyphs) {
	halves := int(math.Round(min(max(share, 0), 1) * float64(2*w)))
	switch { // a little is not nothing, and nearly all is not all
	case share > 0 && halves == 0:
		halves = 1
	case share < 1 && halves == 2*w:
		halves--
	}
	empty := g.Empty
	if s.Patterned {
		empty = g.Thin
	}
	for i := range w {
		switch left := halves - 2*i; {
		case left >= 2:
			p.Rune(x+i, y, canvas.Ink(r), g.Bar)
		case left == 1:
			p.Rune(x+i, y, canvas.Ink(r), g.HalfBar)
		default:
			p.Rune(x+i, y, canvas.Ink(rest), empty)
		}
	}
}

// LevelGlyph is one character for how full something is.
func LevelGlyph(share float64, g *canvas.Glyphs) rune {
	n := len(g.Partial) - 1
	return g.Partial[min(max(int(math.Ceil(share*float64(n))), 1), n-1)] // a full one would run into the row above
}
