package ui

import (
	"math"
	"strconv"

	"github.com/migtop/migtop/internal/migration"
)

// daysPerMonth is the month that break-evens are reckoned with: 365.25 days over 12.
const daysPerMonth = 30.4375

// costLine is what a month costs with so many runs a day: in dollars, for drawing.
type costLine struct{ fixed, perRun float64 }

func (l costLine) at(runs float64) float64 { return l.fixed + l.perRun*runs*daysPerMonth }

// curve is what a month costs against how many runs a day there are, on Lambda and
// elsewhere: where the lines cross, and where the tenant stands.
type curve struct {
	lambda, other costLine
	name          string    // of the other side
	was           *costLine // the other side as things stand, where that is another line
	wasName       string
	here, even    float64 // runs a day; NaN where unknown, or never
}

// newCurve is the curve of two amounts a run and a fixed share; false where one of
// them is unknown.
func newCurve(lambda, other, fixed migration.Opt[migration.USD], here, even migration.Opt[float64], name string) (curve, bool) {
	l, ok1 := usdOf(lambda)
	o, ok2 := usdOf(other)
	f, ok3 := usdOf(fixed)
	return curve{
		lambda: costLine{perRun: l}, other: costLine{f, o}, name: name,
		here: here.Or(math.NaN()), even: even.Or(math.NaN()),
	}, ok1 && ok2 && ok3
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

// axes are chosen so that both where the lines cross and where the tenant stands show
// at a distance from the edges.
func (c *curve) axes() (x, y axis) {
	near, far := min(c.here, c.even), max(c.here, c.even)
	switch {
	case math.IsNaN(c.here):
		near, far = c.even, c.even
	case math.IsNaN(c.even):
		near, far = c.here, c.here
	}
	if math.IsNaN(far) || far <= 0 {
		near, far = 100, 100
	}
	x = axis{to: niceTop(far * 1.5)}
	if near > 0 && far/near > apart {
		x = axis{near / 2.5, far * 2.5, true}
	}
	top := max(c.lambda.at(x.to), c.other.at(x.to))
	y = axis{to: niceTop(top)}
	if x.log {
		low := min(c.lambda.at(x.from), c.other.at(x.from))
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

// draw fills the pane: a legend above, the runs a day below.
func (c *curve) draw(f *frame, p pane) {
	if p.w < gutter+20 || p.h < 5 {
		return
	}
	x, y := c.axes()
	c.legend(f, p.row(0), x.log)
	area := p.sub(gutter+1, 1, p.w-gutter-1, p.h-2)
	c.scales(f, p.below(1), area.w, area.h, x, y)
	column := func(runs float64) int { return min(int(x.place(runs)*float64(area.w)), area.w-1) }
	row := func(usd float64) int { return rowOf(y.place(usd), area.h, f.g) }
	here := -1
	if !math.IsNaN(c.here) && c.here >= x.from {
		here = column(c.here)
		for r := range area.h {
			area.rune(here, r, ink(accent), f.g.plumb)
		}
	}
	cols := area.w
	if f.g.braille {
		cols *= 2
	}
	if cap(f.scratch) < cols {
		f.scratch = make([]float64, cols)
	}
	trace := func(l costLine, r role, glyph rune) {
		v := f.scratch[:cols]
		for i := range v {
			v[i] = max(y.place(l.at(x.value((float64(i)+0.5)/float64(cols)))), 0)
			if v[i] > 1 || math.IsNaN(v[i]) {
				v[i] = math.NaN() // above the plot
			}
		}
		area.trace(f.g, v, 1, r, glyph)
	}
	if c.was != nil {
		trace(*c.was, dim, '.')
	}
	trace(c.other, jobs, '#')
	trace(c.lambda, lambda, '*')
	if here >= 0 {
		area.rune(here, row(c.other.at(c.here)), ink(jobs).with(bold), f.g.ok)
		area.rune(here, row(c.lambda.at(c.here)), ink(lambda).with(bold), f.g.ok)
	}
	c.labels(f, area, here, column, row)
}

// rowOf is the row of h that a trace is drawn in at a place from 0 to 1.
func rowOf(at float64, h int, g *glyphs) int {
	at = min(max(at, 0), 1)
	if !g.braille {
		return h - 1 - min(int(at*float64(h)), h-1)
	}
	return h - 1 - int(math.Round(at*float64(4*h-1)))/4
}

// labels say where the tenant stands and where the lines cross.
func (c *curve) labels(f *frame, area pane, here int, column func(float64) int, row func(float64) int) {
	if here >= 0 {
		f.buf = append(appendRate(append(f.buf[:0], " here "...), c.here), "/day "...)
		c.beside(area, here, 0, ink(accent).with(bold))(f.buf)
	}
	if math.IsNaN(c.even) {
		return
	}
	at, y := column(c.even), row(c.lambda.at(c.even))
	area.rune(at, y, ink(strong), f.g.cross)
	f.buf = append(appendRate(append(f.buf[:0], " pays from "...), c.even), "/day "...)
	y++ // under the lines on their right, where they have parted; never on the other label
	if y >= area.h {
		y = max(y-2, 1)
	}
	c.beside(area, at, y, ink(strong))(f.buf)
}

// beside writes a text right of a column, or left of it where there is no room.
func (c *curve) beside(area pane, at, y int, st style) func([]byte) {
	return func(b []byte) {
		if at+1+len(b) > area.w && at-len(b) >= 0 {
			area.bytes(at-len(b), y, st, b)
			return
		}
		area.bytes(at+1, y, st, b)
	}
}

func (c *curve) legend(f *frame, p pane, log bool) {
	line := func(x int, r role, glyph rune, name string) int {
		if f.g.braille {
			glyph = '━'
		}
		x = p.rune(x, 0, ink(r), glyph)
		return p.text(x+1, 0, ink(dim), name) + 2
	}
	x := line(gutter+1, lambda, '*', "Lambda")
	x = line(x, jobs, '#', c.name)
	if c.was != nil {
		x = line(x, dim, '.', c.wasName)
	}
	if math.IsNaN(c.even) {
		x = p.text(x, 0, ink(lambda).with(bold), "never: stay") + 2
	}
	if note := "log scales"; log && x+cells(note) <= p.w {
		p.textRight(p.w, 0, ink(dim), note)
	}
}

// scales draw the dollars on the left and the runs below; p's last row is theirs.
func (c *curve) scales(f *frame, p pane, w, h int, x, y axis) {
	dollars := axisMoney(perHour) // the amounts are months already
	var buf [24]byte
	if y.log {
		last := h
		for i := 0; y.decade(i) <= y.to; i++ {
			if row := rowOf(y.place(y.decade(i)), h, f.g); row < last { // where there is no room, fewer
				p.bytesRight(gutter, row, ink(dim), dollars(buf[:0], y.decade(i)))
				last = row
			}
		}
	} else {
		steps := 1
		if h >= 7 {
			steps = 2
		}
		for i := range steps + 1 {
			p.bytesRight(gutter, h-1-(h-1)*i/steps, ink(dim), dollars(buf[:0], y.to*float64(i)/float64(steps)))
		}
	}
	under := p.sub(gutter+1, h, w, 1)
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
			last = under.bytes(at, 0, ink(dim), label) + 1
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
