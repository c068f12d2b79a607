package ui

import (
	"math"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// sample reads a series at a resolution of n columns over a stretch of time: the
// greatest step of each column, or their mean. Columns without a value stay NaN.
func sample(dst []float64, s *migration.Series, from, to time.Time, greatest bool) {
	n := len(dst)
	for i := range dst {
		dst[i] = math.NaN()
	}
	if s.Len() == 0 || s.Step <= 0 || !to.After(from) {
		return
	}
	width := float64(to.Sub(from)) / float64(n)
	for i := range dst {
		a := float64(from.Sub(s.Start)) + float64(i)*width
		first := int(math.Floor(a / float64(s.Step)))
		last := int(math.Ceil((a+width)/float64(s.Step))) - 1
		sum, count := 0.0, 0
		for k := first; k <= last; k++ {
			v, ok := s.At(k)
			if !ok {
				continue
			}
			if greatest && count > 0 {
				sum = max(sum, v)
				continue
			}
			sum += v
			count++
		}
		if count > 0 {
			dst[i] = sum / float64(count)
		}
	}
}

// provisionalAt is the column from which on a series may still change.
func provisionalAt(s *migration.Series, from, to time.Time, n int) int {
	if s.ProvisionalFrom >= s.Len() || s.Step <= 0 || !to.After(from) {
		return n
	}
	at := s.Start.Add(time.Duration(s.ProvisionalFrom) * s.Step)
	return min(max(int(float64(at.Sub(from))/float64(to.Sub(from))*float64(n)), 0), n)
}

// layer is one series of a chart.
type layer struct {
	series *migration.Series
	role   role
	glyph  rune // its fill where colours do not tell
}

// chart draws series over time, with an axis on the left and one below.
type chart struct {
	layers   []layer
	from, to time.Time
	stacked  bool // areas on top of each other; else lines over each other
	greatest bool // of the steps in one column the greatest counts, not the mean
	top      float64
	loc      *time.Location
	label    func([]byte, float64) []byte
	nice     func(float64) float64 // the round value above a peak, niceTop if nil
	noTimes  bool
	marks    []mark // moments, the earliest first
}

// mark is a moment on a chart: a line from top to bottom with a word beside it.
type mark struct {
	at   time.Time
	name string
}

// gutter is the width of the left axis' labels.
const gutter = 7

// draw fills the pane. The lowest row carries the times.
func (ch *chart) draw(p pane, s *Styles, g *glyphs, scratch *[]float64) {
	h := p.h - 1
	if ch.noTimes {
		h = p.h
	}
	w := p.w - gutter - 1
	if w < 8 || h < 1 {
		return
	}
	need := w * 2 * len(ch.layers)
	if cap(*scratch) < need {
		*scratch = make([]float64, need)
	}
	cols := w
	if !ch.stacked && g.braille {
		cols = 2 * w
	}
	values := make([][]float64, 0, 4)
	for i := range ch.layers {
		v := (*scratch)[i*cols : (i+1)*cols : (i+1)*cols]
		sample(v, ch.layers[i].series, ch.from, ch.to, ch.greatest)
		values = append(values, v)
	}
	if ch.stacked {
		ch.endWhereFinal(values)
	}
	top := ch.top
	if top == 0 {
		top = ch.peak(values)
		if ch.nice == nil {
			top = niceTop(top)
		} else {
			top = ch.nice(top)
		}
	}
	area := p.sub(gutter+1, 0, w, h)
	known := false
	for _, v := range values {
		for _, x := range v {
			known = known || !math.IsNaN(x)
		}
	}
	if !known {
		area.text(max((w-20)/2, 0), (h-1)/2, ink(dim), "nothing measured yet")
	} else if ch.axis(p, h, top); ch.stacked {
		ch.stack(area, s, g, values, top)
	} else {
		ch.lines(area, g, values, top)
	}
	ch.drawMarks(area, g)
	if !ch.noTimes {
		ch.times(p.sub(gutter+1, h, w, 1), g)
	}
}

// late is the first of n columns that late data may still change.
func (ch *chart) late(n int) int {
	late := n
	for i := range ch.layers {
		late = min(late, provisionalAt(ch.layers[i].series, ch.from, ch.to, n))
	}
	return late
}

// endWhereFinal ends areas where one of them is not final yet: without the part that is
// still to come the rest would look like a drop. The gap is marked below; where nothing is
// final there is no gap to be seen, and what is known stands.
func (ch *chart) endWhereFinal(values [][]float64) {
	n := len(values[0])
	late := ch.late(n)
	known := false
	for _, v := range values {
		for _, x := range v[:late] {
			known = known || !math.IsNaN(x)
		}
	}
	if !known {
		return
	}
	for _, v := range values {
		for x := late; x < n; x++ {
			v[x] = math.NaN()
		}
	}
}

// drawMarks draws a line at each moment that the chart shows, and its name on the
// top row where the next one leaves room.
func (ch *chart) drawMarks(p pane, g *glyphs) {
	from := -1
	for _, m := range ch.marks {
		if m.at.Before(ch.from) || !m.at.Before(ch.to) {
			continue
		}
		x := int(float64(m.at.Sub(ch.from)) / float64(ch.to.Sub(ch.from)) * float64(p.w))
		for y := range p.h {
			p.rune(x, y, ink(strong), g.plumb)
		}
		at := x + 1
		if at+cells(m.name) > p.w {
			at = x - cells(m.name)
		}
		if at > from {
			from = p.text(at, 0, ink(strong), m.name)
		}
	}
}

func (ch *chart) peak(values [][]float64) float64 {
	peak := 0.0
	for i := range values[0] {
		sum := 0.0
		for _, v := range values {
			if math.IsNaN(v[i]) {
				continue
			}
			if ch.stacked {
				sum += v[i]
			} else {
				sum = max(sum, v[i])
			}
		}
		peak = max(peak, sum)
	}
	return peak
}

// niceTop is the least 1, 1.5, 2, 3, 4, 5, 6 or 8 times a power of ten that is
// not below v.
func niceTop(v float64) float64 {
	if v <= 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range [...]float64{1, 1.5, 2, 3, 4, 5, 6, 8} {
		if m*power >= v {
			return m * power
		}
	}
	return 10 * power
}

// niceSeconds is niceTop for times: a round number of seconds, minutes or hours.
func niceSeconds(v float64) float64 {
	for _, unit := range [...]float64{1, 60, 3600} {
		for _, m := range [...]float64{1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 40} {
			if m*unit >= v {
				if unit == 1 && v < 1 {
					return niceTop(v)
				}
				return m * unit
			}
		}
	}
	return niceTop(v/86400) * 86400
}

// niceBytes is niceTop for memory: a power of two, or half as much again.
func niceBytes(v float64) float64 {
	top := float64(migration.MiB)
	for top < v {
		if top*1.5 >= v {
			return top * 1.5
		}
		top *= 2
	}
	return top
}

func (ch *chart) axis(p pane, h int, top float64) {
	var buf [24]byte
	steps := 1
	if h >= 7 {
		steps = 2
	}
	for i := 0; i <= steps; i++ {
		if i == 0 && h < 3 {
			continue
		}
		y := h - 1 - (h-1)*i/steps
		p.bytesRight(gutter, y, ink(dim), ch.label(buf[:0], top*float64(i)/float64(steps)))
	}
}

// times writes clock times under the columns, at round moments.
func (ch *chart) times(p pane, g *glyphs) {
	span := ch.to.Sub(ch.from)
	if span <= 0 || p.w < 12 {
		return
	}
	step := 24 * time.Hour
	for _, s := range [...]time.Duration{10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 4 * time.Hour, 6 * time.Hour, 12 * time.Hour} {
		if int(span/s)*11 <= p.w {
			step = s
			break
		}
	}
	var buf [8]byte
	for at := ch.from.In(ch.loc).Truncate(step).Add(step); !at.After(ch.to); at = at.Add(step) {
		x := int(float64(at.Sub(ch.from)) / float64(span) * float64(p.w))
		label := at.AppendFormat(buf[:0], "15:04")
		if x-2 < 0 || x+3 > p.w {
			continue
		}
		p.bytes(x-2, 0, ink(dim), label)
	}
	late := ch.late(p.w) // what late data may still change is marked
	p.hline(late, 0, p.w-late, ink(dim), g.notFinal)
}

// stack draws areas on top of each other, to an eighth of a row.
func (ch *chart) stack(p pane, s *Styles, g *glyphs, values [][]float64, top float64) {
	n := len(g.partial) - 1
	scale := float64(p.h*n) / top
	for y := range p.h { // a faint grid behind
		if y == 0 || (p.h >= 7 && y == (p.h-1)/2) {
			p.hline(0, y, p.w, ink(track), g.tick)
		}
	}
	plain := s.Patterned || g == asciiGlyphs
	for x := range p.w {
		from, sum, below := 0, 0.0, 0
		for i := range ch.layers {
			v := values[i][x]
			if math.IsNaN(v) || v <= 0 {
				continue
			}
			sum += v
			to := min(int(math.Round(sum*scale)), p.h*n)
			if to == 0 && i == len(ch.layers)-1 {
				to = 1 // it is not nothing
			}
			l := ch.layers[i]
			full := g.full
			if plain {
				from, to = (from+n/2)/n*n, (to+n/2)/n*n
				full = l.glyph
			}
			for row := from / n; row*n < to; row++ {
				y := p.h - 1 - row
				upper := to - row*n
				switch {
				case upper >= n && from <= row*n:
					st := ink(l.role)
					if !plain { // no gaps where a font's full block is not
						st = st.on(l.role)
					}
					p.rune(x, y, st, full)
				case upper >= n: // the lower part belongs to the layer below
					p.rune(x, y, ink(ch.layers[below].role).on(l.role), g.partial[from-row*n])
				case from <= row*n:
					p.rune(x, y, ink(l.role), g.partial[upper])
				case upper-(from-row*n) >= n/4: // both end in this cell: the thinner one is drawn to the cell's top
					p.rune(x, y, ink(ch.layers[below].role).on(l.role), g.partial[from-row*n])
				}
			}
			from, below = to, i
		}
	}
}

// lines draws series over each other, as dots in a finer grid where the font
// has one.
func (ch *chart) lines(p pane, g *glyphs, values [][]float64, top float64) {
	if p.h >= 7 {
		p.hline(0, (p.h-1)/2, p.w, ink(track), g.tick)
	}
	for i, l := range ch.layers {
		p.trace(g, values[i], top, l.role, l.glyph)
	}
}

// trace draws one line: two values a column where the font has dots, else one, a
// glyph each; NaN is a gap. What lies above top is drawn at it.
func (p pane) trace(g *glyphs, values []float64, top float64, r role, glyph rune) {
	if !g.braille {
		for x, v := range values {
			if !math.IsNaN(v) {
				p.rune(x, p.h-1-min(int(v/top*float64(p.h)), p.h-1), ink(r), glyph)
			}
		}
		return
	}
	dots := p.h * 4
	level := func(v float64) int { return min(int(math.Round(v/top*float64(dots-1))), dots-1) }
	for k, v := range values {
		if math.IsNaN(v) {
			continue
		}
		from, to := level(v), level(v)
		if k > 0 && !math.IsNaN(values[k-1]) { // join it to the step before
			prev := level(values[k-1])
			from, to = min(from, prev), max(to, prev)
		}
		for d := from; d <= to; d++ {
			p.dot(k/2, p.h-1-d/4, k%2, d%4, r)
		}
	}
}

// dot sets one dot of a braille character; d counts from the bottom.
func (p pane) dot(x, y, side, d int, r role) {
	if x < 0 || x >= p.w || y < 0 || y >= p.h {
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
