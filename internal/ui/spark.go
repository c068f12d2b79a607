package ui

import (
	"math"
	"strconv"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// sparkline draws a series in one row, full height at top.
func sparkline(p pane, x, y, w int, s *migration.Series, from, to time.Time, top float64, r role, g *glyphs, scratch *[]float64) {
	if cap(*scratch) < w {
		*scratch = make([]float64, w)
	}
	v := (*scratch)[:w]
	sample(v, s, from, to, true)
	n := len(g.partial) - 2 // a full block would run into the row above
	for i, f := range v {
		switch {
		case math.IsNaN(f):
			p.rune(x+i, y, ink(track), g.dot)
		case top == 0:
			p.rune(x+i, y, ink(r), g.partial[1])
		default:
			p.rune(x+i, y, ink(r), g.partial[min(max(int(math.Ceil(f/top*float64(n))), 1), n)])
		}
	}
}

// bar draws a share of w columns in one role and the rest in another, half a
// column exact.
func bar(p pane, x, y, w int, share float64, r, rest role, s *Styles, g *glyphs) {
	halves := int(math.Round(min(max(share, 0), 1) * float64(2*w)))
	switch { // a little is not nothing, and nearly all is not all
	case share > 0 && halves == 0:
		halves = 1
	case share < 1 && halves == 2*w:
		halves--
	}
	empty := g.empty
	if s.Patterned {
		empty = g.thin
	}
	for i := range w {
		switch left := halves - 2*i; {
		case left >= 2:
			p.rune(x+i, y, ink(r), g.bar)
		case left == 1:
			p.rune(x+i, y, ink(r), g.halfBar)
		default:
			p.rune(x+i, y, ink(rest), empty)
		}
	}
}

// levelGlyph is one character for how full something is.
func levelGlyph(share float64, g *glyphs) rune {
	n := len(g.partial) - 1
	return g.partial[min(max(int(math.Ceil(share*float64(n))), 1), n-1)] // a full one would run into the row above
}

// labels of axes.

func axisMoney(u unit) func([]byte, float64) []byte {
	return func(b []byte, v float64) []byte {
		v *= float64(u.hours())
		if v < 0 {
			b, v = append(b, '-'), -v
		}
		b = append(b, '$')
		switch {
		case v == 0:
			return append(b, '0')
		case v >= 10000:
			return append(strconv.AppendFloat(b, v/1000, 'f', 0, 64), 'k')
		case v >= 1000:
			return append(strconv.AppendFloat(b, v/1000, 'f', 1, 64), 'k')
		case v >= 10:
			return strconv.AppendFloat(b, v, 'f', 0, 64)
		case v >= 0.1:
			return strconv.AppendFloat(b, v, 'f', 2, 64)
		}
		return strconv.AppendFloat(b, v, 'f', 4, 64)
	}
}

func axisPercent(b []byte, v float64) []byte {
	return append(strconv.AppendFloat(b, v*100, 'f', 0, 64), " %"...)
}

func axisCount(b []byte, v float64) []byte {
	if v < 10 && v != math.Trunc(v) {
		return strconv.AppendFloat(b, v, 'f', 1, 64)
	}
	return appendCount(b, int64(math.Round(v)))
}

func axisSeconds(b []byte, v float64) []byte {
	if v == 0 {
		return append(b, '0')
	}
	return appendDuration(b, time.Duration(v*float64(time.Second)))
}

func axisBytes(b []byte, v float64) []byte {
	if v == 0 {
		return append(b, '0')
	}
	gib := v / float64(migration.GiB)
	if gib >= 1 {
		return append(strconv.AppendFloat(b, math.Round(gib*10)/10, 'f', -1, 64), " Gi"...)
	}
	return append(strconv.AppendFloat(b, v/float64(migration.MiB), 'f', 0, 64), " Mi"...)
}
