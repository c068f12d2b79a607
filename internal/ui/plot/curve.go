package plot

import (
	"math"
	"strconv"

	"github.com/migtop/migtop/internal/ui/canvas"
)

// DaysPerMonth is the month of a curve: 365.25 days over 12.
const DaysPerMonth = 30.4375

// Line is what a month costs on one side, in dollars, for drawing only.
type Line struct {
	Name   string
	Fixed  float64 // a month, whatever runs
	PerRun float64
}

func (l Line) at(runs float64) float64 { return l.Fixed + l.PerRun*runs*DaysPerMonth }

// Curve is the cost of a month against the number of runs a day, before and after a move:
// where the lines cross, and where the tenant is now.
type Curve struct {
	Before, After Line
	Now           *Line   // After without the scenario, nil where that is the same line
	Here          float64 // runs a day; NaN where unknown
	BreakEven     float64 // runs a day from which After is cheaper; NaN for never

	Dollars, Rate func([]byte, float64) []byte // write a label of the left axis, and a number of runs a day
}

// axis maps values to 0 to 1.
type axis struct {
	from, to float64
	log      bool
}

func (a axis) place(v float64) float64 {
	if a.log {
		return math.Log(v/a.from) / math.Log(a.to/a.from)
	}
	return (v - a.from) / (a.to - a.from)
}

func (a axis) value(at float64) float64 {
	if a.log {
		return a.from * math.Pow(a.to/a.from, at)
	}
	return a.from + (a.to-a.from)*at
}

// apart is from which ratio on two numbers of runs do not both show on a plain axis.
const apart = 12

// axes are chosen so that both where the lines cross and where the tenant is show
// at a distance from the edges.
func (c *Curve) axes() (x, y axis) {
	near, far := min(c.Here, c.BreakEven), max(c.Here, c.BreakEven)
	switch {
	case math.IsNaN(c.Here):
		near, far = c.BreakEven, c.BreakEven
	case math.IsNaN(c.BreakEven):
		near, far = c.Here, c.Here
	}
	if math.IsNaN(far) || far <= 0 {
		near, far = 100, 100
	}
	x = axis{to: roundUp(far * 1.5)}
	if near > 0 && far/near > apart {
		x = axis{near / 2.5, far * 2.5, true}
	}
	top := max(c.Before.at(x.to), c.After.at(x.to))
	y = axis{to: roundUp(top)}
	if x.log {
		low := min(c.Before.at(x.from), c.After.at(x.from))
		if low <= 0 {
			low = top / 1e4
		}
		y = axis{low / 1.3, top * 1.3, true}
	}
	return x, y
}

// decade is a power of ten within an axis of logarithms: the first, counted from 0, is
// the least that is not below its beginning.
func (a axis) decade(n int) float64 { return math.Pow(10, math.Ceil(math.Log10(a.from))+float64(n)) }

// Draw fills the pane: a legend above, the runs a day below.
func (c *Curve) Draw(p canvas.Pane, g *canvas.Glyphs, scratch *[]float64) {
	if p.W < Gutter+20 || p.H < 5 {
		return
	}
	x, y := c.axes()
	c.legend(p.Row(0), g, x.log)
	area := p.Sub(Gutter+1, 1, p.W-Gutter-1, p.H-2)
	c.scales(p.Below(1), g, area.W, area.H, x, y)
	column := func(runs float64) int { return min(int(x.place(runs)*float64(area.W)), area.W-1) }
	row := func(usd float64) int { return rowOf(y.place(usd), area.H, g) }
	here := -1
	if !math.IsNaN(c.Here) && c.Here >= x.from {
		here = column(c.Here)
		for r := range area.H {
			area.Rune(here, r, canvas.Ink(canvas.Accent), g.Moment)
		}
	}
	cols := area.W
	if g.Braille {
		cols *= 2
	}
	if cap(*scratch) < cols {
		*scratch = make([]float64, cols)
	}
	draw := func(l Line, r canvas.Role, glyph rune) {
		v := (*scratch)[:cols]
		for i := range v {
			v[i] = max(y.place(l.at(x.value((float64(i)+0.5)/float64(cols)))), 0)
			if v[i] > 1 || math.IsNaN(v[i]) {
				v[i] = math.NaN() // above the plot
			}
		}
		trace(area, g, v, 1, r, glyph)
	}
	if c.Now != nil {
		draw(*c.Now, canvas.Dim, '.')
	}
	draw(c.After, canvas.Jobs, '#')
	draw(c.Before, canvas.Lambda, '*')
	if here >= 0 {
		area.Rune(here, row(c.After.at(c.Here)), canvas.Ink(canvas.Jobs).With(canvas.Bold), g.OK)
		area.Rune(here, row(c.Before.at(c.Here)), canvas.Ink(canvas.Lambda).With(canvas.Bold), g.OK)
	}
	c.labels(area, g, here, column, row)
}

// rowOf is the row of h that a trace is drawn in at a place from 0 to 1.
func rowOf(at float64, h int, g *canvas.Glyphs) int {
	at = min(max(at, 0), 1)
	if !g.Braille {
		return h - 1 - min(int(at*float64(h)), h-1)
	}
	return h - 1 - int(math.Round(at*float64(4*h-1)))/4
}

// labels mark where the tenant is and where the lines cross.
func (c *Curve) labels(area canvas.Pane, g *canvas.Glyphs, here int, column func(float64) int, row func(float64) int) {
	var buf [48]byte
	if here >= 0 {
		label := append(c.Rate(append(buf[:0], " here "...), c.Here), "/day "...)
		writeAt(area, here, 0, canvas.Ink(canvas.Accent).With(canvas.Bold), label)
	}
	if math.IsNaN(c.BreakEven) {
		return
	}
	at, y := column(c.BreakEven), row(c.Before.at(c.BreakEven))
	area.Rune(at, y, canvas.Ink(canvas.Strong), g.Cross)
	label := append(c.Rate(append(buf[:0], " break-even "...), c.BreakEven), "/day "...)
	y++ // under the lines on their right, where they have parted; never on the other label
	if y >= area.H {
		y = max(y-2, 1)
	}
	writeAt(area, at, y, canvas.Ink(canvas.Strong), label)
}

// writeAt writes a text right of a column, or left of it where there is no room.
func writeAt(area canvas.Pane, column, y int, st canvas.Style, b []byte) {
	if column+1+len(b) > area.W && column-len(b) >= 0 {
		area.Bytes(column-len(b), y, st, b)
		return
	}
	area.Bytes(column+1, y, st, b)
}

func (c *Curve) legend(p canvas.Pane, g *canvas.Glyphs, log bool) {
	line := func(x int, r canvas.Role, glyph rune, name string) int {
		if g.Braille {
			glyph = '━'
		}
		x = p.Rune(x, 0, canvas.Ink(r), glyph)
		return p.Text(x+1, 0, canvas.Ink(canvas.Dim), name) + 2
	}
	x := line(Gutter+1, canvas.Lambda, '*', c.Before.Name)
	x = line(x, canvas.Jobs, '#', c.After.Name)
	if c.Now != nil {
		x = line(x, canvas.Dim, '.', c.Now.Name)
	}
	if math.IsNaN(c.BreakEven) {
		x = p.Text(x, 0, canvas.Ink(canvas.Lambda).With(canvas.Bold), "no break-even") + 2
	}
	if note := "log scales"; log && x+canvas.Cells(note) <= p.W {
		p.TextRight(p.W, 0, canvas.Ink(canvas.Dim), note)
	}
}

// scales draw the dollars on the left and the runs below; p's last row is theirs.
func (c *Curve) scales(p canvas.Pane, g *canvas.Glyphs, w, h int, x, y axis) {
	var buf [24]byte
	if y.log {
		last := h
		for i := 0; y.decade(i) <= y.to; i++ {
			if row := rowOf(y.place(y.decade(i)), h, g); row < last { // where there is no room, fewer
				p.BytesRight(Gutter, row, canvas.Ink(canvas.Dim), c.Dollars(buf[:0], y.decade(i)))
				last = row
			}
		}
	} else {
		steps := 1
		if h >= 7 {
			steps = 2
		}
		for i := range steps + 1 {
			p.BytesRight(Gutter, h-1-(h-1)*i/steps, canvas.Ink(canvas.Dim), c.Dollars(buf[:0], y.to*float64(i)/float64(steps)))
		}
	}
	under := p.Sub(Gutter+1, h, w, 1)
	last := -1
	tick := func(v float64) {
		var label []byte
		if v >= 10_000 {
			label = append(strconv.AppendFloat(buf[:0], v/1000, 'f', -1, 64), 'k')
		} else {
			label = strconv.AppendFloat(buf[:0], v, 'f', -1, 64)
		}
		at := min(max(int(x.place(v)*float64(w))-len(label)/2, 0), w-len(label))
		if at > last {
			last = under.Bytes(at, 0, canvas.Ink(canvas.Dim), label) + 1
		}
	}
	if x.log {
		for i := 0; x.decade(i) <= x.to; i++ {
			tick(x.decade(i))
		}
		return
	}
	for i := range 5 {
		tick(x.to * float64(i) / 4)
	}
}
