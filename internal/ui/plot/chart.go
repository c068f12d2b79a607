package plot

import (
	"math"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
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

// Layer is one series of a chart.
type Layer struct {
	Series *migration.Series
	Role   canvas.Role
	Glyph  rune // its fill in themes without colours
}

// Chart draws series over time, with an axis on the left and one below.
type Chart struct {
	Layers   []Layer
	From, To time.Time
	Stacked  bool // areas on top of each other; else lines over each other
	Greatest bool // of the steps in one column the greatest counts, not the mean
	Top      float64
	Location *time.Location
	Label    func([]byte, float64) []byte
	Round    func(float64) float64 // the round value above a peak, roundUp if nil
	NoTimes  bool
	Marks    []Mark // moments, the earliest first
}

// Gutter is the width of the left axis' labels.
const Gutter = 7

// Draw fills the pane. The lowest row carries the times.
func (ch *Chart) Draw(p canvas.Pane, s *canvas.Theme, g *canvas.Glyphs, scratch *[]float64) {
	h := p.H - 1
	if ch.NoTimes {
		h = p.H
	}
	w := p.W - Gutter - 1
	if w < 8 || h < 1 {
		return
	}
	need := w * 2 * len(ch.Layers)
	if cap(*scratch) < need {
		*scratch = make([]float64, need)
	}
	cols := w
	if !ch.Stacked && g.Braille {
		cols = 2 * w
	}
	values := make([][]float64, 0, 4)
	for i := range ch.Layers {
		v := (*scratch)[i*cols : (i+1)*cols : (i+1)*cols]
		sample(v, ch.Layers[i].Series, ch.From, ch.To, ch.Greatest)
		values = append(values, v)
	}
	if ch.Stacked {
		ch.endWhereFinal(values)
	}
	top := ch.Top
	if top == 0 {
		top = ch.peak(values)
		if ch.Round == nil {
			top = roundUp(top)
		} else {
			top = ch.Round(top)
		}
	}
	area := p.Sub(Gutter+1, 0, w, h)
	known := false
	for _, v := range values {
		for _, x := range v {
			known = known || !math.IsNaN(x)
		}
	}
	if !known {
		area.Text(max((w-20)/2, 0), (h-1)/2, canvas.Ink(canvas.Dim), "nothing measured yet")
	} else if ch.axis(p, h, top); ch.Stacked {
		ch.stack(area, s, g, values, top)
	} else {
		ch.lines(area, g, values, top)
	}
	axis := canvas.Pane{}
	if !ch.NoTimes {
		axis = p.Sub(Gutter+1, h, w, 1)
		ch.times(axis, g)
	}
	ch.drawMarks(area, axis, s, g)
}

// late is the first of n columns that late data may still change.
func (ch *Chart) late(n int) int {
	late := n
	for i := range ch.Layers {
		late = min(late, provisionalAt(ch.Layers[i].Series, ch.From, ch.To, n))
	}
	return late
}

// endWhereFinal ends areas where one of them is not final yet: without the part that is
// still to come the rest would look like a drop. The gap is marked below; where nothing is
// final there is no gap, and the areas are drawn as they are.
func (ch *Chart) endWhereFinal(values [][]float64) {
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

func (ch *Chart) peak(values [][]float64) float64 {
	peak := 0.0
	for i := range values[0] {
		sum := 0.0
		for _, v := range values {
			if math.IsNaN(v[i]) {
				continue
			}
			if ch.Stacked {
				sum += v[i]
			} else {
				sum = max(sum, v[i])
			}
		}
		peak = max(peak, sum)
	}
	return peak
}

// roundUp is the least 1, 1.5, 2, 3, 4, 5, 6 or 8 times a power of ten that is
// not below v.
func roundUp(v float64) float64 {
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

// RoundSeconds is roundUp for times: a round number of seconds, minutes or hours.
func RoundSeconds(v float64) float64 {
	for _, unit := range [...]float64{1, 60, 3600} {
		for _, m := range [...]float64{1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 40} {
			if m*unit >= v {
				if unit == 1 && v < 1 {
					return roundUp(v)
				}
				return m * unit
			}
		}
	}
	return roundUp(v/86400) * 86400
}

// RoundBytes is roundUp for memory: a power of two, or half as much again.
func RoundBytes(v float64) float64 {
	top := float64(migration.MiB)
	for top < v {
		if top*1.5 >= v {
			return top * 1.5
		}
		top *= 2
	}
	return top
}

func (ch *Chart) axis(p canvas.Pane, h int, top float64) {
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
		p.BytesRight(Gutter, y, canvas.Ink(canvas.Dim), ch.Label(buf[:0], top*float64(i)/float64(steps)))
	}
}

// times writes clock times under the columns, at round moments.
func (ch *Chart) times(p canvas.Pane, g *canvas.Glyphs) {
	span := ch.To.Sub(ch.From)
	if span <= 0 || p.W < 12 {
		return
	}
	step := 24 * time.Hour
	for _, s := range [...]time.Duration{
		10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour,
		4 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	} {
		if int(span/s)*11 <= p.W {
			step = s
			break
		}
	}
	var buf [8]byte
	for at := ch.From.In(ch.Location).Truncate(step).Add(step); !at.After(ch.To); at = at.Add(step) {
		x := int(float64(at.Sub(ch.From)) / float64(span) * float64(p.W))
		label := at.AppendFormat(buf[:0], "15:04")
		if x-2 < 0 || x+3 > p.W {
			continue
		}
		p.Bytes(x-2, 0, canvas.Ink(canvas.Dim), label)
	}
	late := ch.late(p.W) // what late data may still change is marked
	p.HLine(late, 0, p.W-late, canvas.Ink(canvas.Dim), g.NotFinal)
}

// stack draws areas on top of each other, to an eighth of a row.
func (ch *Chart) stack(p canvas.Pane, s *canvas.Theme, g *canvas.Glyphs, values [][]float64, top float64) {
	n := len(g.Partial) - 1
	scale := float64(p.H*n) / top
	for y := range p.H { // a faint grid behind
		if y == 0 || (p.H >= 7 && y == (p.H-1)/2) {
			p.HLine(0, y, p.W, canvas.Ink(canvas.Track), g.Tick)
		}
	}
	plain := s.Patterned || g == canvas.ASCII
	for x := range p.W {
		from, sum, below := 0, 0.0, 0
		for i := range ch.Layers {
			v := values[i][x]
			if math.IsNaN(v) || v <= 0 {
				continue
			}
			sum += v
			to := min(int(math.Round(sum*scale)), p.H*n)
			if to == 0 && i == len(ch.Layers)-1 {
				to = 1 // it is not nothing
			}
			l := ch.Layers[i]
			full := g.Full
			if plain {
				from, to = (from+n/2)/n*n, (to+n/2)/n*n
				full = l.Glyph
			}
			for row := from / n; row*n < to; row++ {
				y := p.H - 1 - row
				upper := to - row*n
				switch {
				case upper >= n && from <= row*n:
					st := canvas.Ink(l.Role)
					if !plain { // no gaps where a font's full block is not
						st = st.On(l.Role)
					}
					p.Rune(x, y, st, full)
				case upper >= n: // the lower part belongs to the layer below
					p.Rune(x, y, canvas.Ink(ch.Layers[below].Role).On(l.Role), g.Partial[from-row*n])
				case from <= row*n:
					p.Rune(x, y, canvas.Ink(l.Role), g.Partial[upper])
				case upper-(from-row*n) >= n/4: // both end in this cell: the thinner one is drawn to the cell's top
					p.Rune(x, y, canvas.Ink(ch.Layers[below].Role).On(l.Role), g.Partial[from-row*n])
				}
			}
			from, below = to, i
		}
	}
}

// lines draws series over each other, as dots in a finer grid where the font
// has one.
func (ch *Chart) lines(p canvas.Pane, g *canvas.Glyphs, values [][]float64, top float64) {
	if p.H >= 7 {
		p.HLine(0, (p.H-1)/2, p.W, canvas.Ink(canvas.Track), g.Tick)
	}
	for i, l := range ch.Layers {
		trace(p, g, values[i], top, l.Role, l.Glyph)
	}
}

// trace draws one line: two values a column where the font has dots, else one, a
// glyph each; NaN is a gap. What lies above top is drawn at it.
func trace(p canvas.Pane, g *canvas.Glyphs, values []float64, top float64, r canvas.Role, glyph rune) {
	if !g.Braille {
		for x, v := range values {
			if !math.IsNaN(v) {
				p.Rune(x, p.H-1-min(int(v/top*float64(p.H)), p.H-1), canvas.Ink(r), glyph)
			}
		}
		return
	}
	dots := p.H * 4
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
			p.Dot(k/2, p.H-1-d/4, k%2, d%4, r)
		}
	}
}
