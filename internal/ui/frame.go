package ui

import (
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// frame is what a screen is drawn with: the data, the moment and the looks.
type frame struct {
	data *arranged
	snap *migration.Snapshot
	now  time.Time
	loc  *time.Location
	st   *Styles
	g    *glyphs
	unit unit
	keys *Keymap

	// bounded is set once a figure of this frame was drawn as "at least".
	bounded bool

	buf     []byte    // for one figure at a time
	scratch []float64 // for one chart at a time
	memo    map[*migration.TenantView]rowMemo
}

// rowMemo holds what is dear to work out of a row: quantiles walk a sketch.
type rowMemo struct {
	lambdaP95, jobsP95     migration.Opt[migration.Bounds[time.Duration]]
	lambdaStart, jobsStart migration.Opt[migration.Bounds[time.Duration]]
	top                    float64 // of the cost of either side: one scale for both sparklines
}

func (f *frame) rowMemo(t *migration.TenantView) rowMemo {
	m, ok := f.memo[t]
	if !ok {
		m = rowMemo{
			t.Before.Duration.Quantile(0.95), t.After.Duration.Quantile(0.95),
			t.Before.StartUp.Quantile(0.95), t.After.StartUp.Quantile(0.95),
			max(t.Before.CostSeries.Max().Or(0), t.After.CostSeries.Max().Or(0)),
		}
		f.memo[t] = m
	}
	return m
}

// unknown is how a figure that is not known is drawn.
func unknown(forbidden bool) (string, style) {
	if forbidden {
		return "?", ink(warn)
	}
	return "-", ink(dim)
}

// mark is the character behind a figure that is not the last word.
func (f *frame) mark(e migration.Provenance) rune {
	switch {
	case e.Provisional:
		return f.g.notFinal
	case e.Method == migration.Estimated:
		return f.g.estimated
	}
	return ' '
}

// bound writes the sign before a figure that leaves something out: the true one
// is this or more.
func (f *frame) bound(b []byte, e migration.Provenance) []byte {
	if !e.LowerBound {
		return b
	}
	f.bounded = true
	return append(b, f.g.atLeast...)
}

// amount writes money with the signs before and behind it that its evidence asks
// for.
func (f *frame) amount(b []byte, v migration.USD, e migration.Provenance, times int64, write func([]byte, migration.USD, int64) []byte) []byte {
	if e.LowerBound && v.Sign() >= 0 && v.Float()*float64(times) < smallest {
		v = migration.USD{} // at least less than something says nothing: at least 0 does
	}
	return dollars(f.bound(b, e), v, times, write)
}

// marked adds the mark of an evidence, where it has one.
func (f *frame) marked(b []byte, e migration.Provenance) []byte {
	if m := f.mark(e); m != ' ' {
		b = appendGlyph(b, m)
	}
	return b
}

// weigh joins what two figures of a sum rest on, without their words.
func weigh(a, b migration.Provenance) migration.Provenance {
	return migration.Provenance{
		Method: migration.Weaker(a.Method, b.Method), Coverage: min(a.Coverage, b.Coverage),
		Provisional: a.Provisional || b.Provisional, LowerBound: a.LowerBound || b.LowerBound,
	}
}

// sumKnown adds two figures up. Where only one is known, the sum is at least that.
func sumKnown(a, b migration.Figure[migration.USD]) migration.Figure[migration.USD] {
	switch {
	case !a.Value.Known() && !b.Value.Known():
		return a
	case !b.Value.Known():
		a.Evidence.LowerBound = true
		return a
	case !a.Value.Known():
		b.Evidence.LowerBound = true
		return b
	}
	return migration.Figure[migration.USD]{Value: migration.AddUSD(a.Value, b.Value), Kind: a.Kind, Evidence: weigh(a.Evidence, b.Evidence)}
}

// total is the fleet's sum; without a side whose reading failed it is at least
// that.
func (f *frame) total() migration.Figure[migration.USD] {
	t := &f.snap.Totals
	sum := t.Total
	sides := f.snap.Move.Infos()
	for _, part := range [...]struct {
		source string
		value  migration.Opt[migration.USD]
	}{{sides[0].Source, t.Before.CostPerHour.Value}, {sides[1].Source, t.After.CostPerHour.Value}, {"nodes", t.Idle.Value}} {
		if h := f.source(part.source); h != nil && h.State == migration.HealthFailed && !part.value.Known() {
			sum.Evidence.LowerBound = true
		}
	}
	return sum
}

// opt writes a figure, or how an unknown one is drawn.
func opt[T any](f *frame, o migration.Opt[T], st style, forbidden bool, write func([]byte, T) []byte) (string, style) {
	v, ok := o.Get()
	if !ok {
		return unknown(forbidden)
	}
	f.buf = write(f.buf[:0], v)
	return string(f.buf), st
}

// source is the health of a reading, nil where there is none of that name; of
// several accounts and regions, of the one that does worst, and of those the one that
// answered last the longest ago.
func (f *frame) source(name string) *migration.Health {
	var worst *migration.Health
	for i := range f.snap.Sources {
		h := &f.snap.Sources[i]
		if h.Source != name {
			continue
		}
		if worst == nil || troubleOf(h.State) > troubleOf(worst.State) ||
			(troubleOf(h.State) == troubleOf(worst.State) && h.LastSuccess.Before(worst.LastSuccess)) {
			worst = h
		}
	}
	return worst
}

// troubleOf orders states: what is not asked for is no trouble.
func troubleOf(s migration.HealthState) int {
	switch s {
	case migration.HealthFailed:
		return 3
	case migration.HealthDegraded:
		return 2
	case migration.HealthStarting:
		return 1
	}
	return 0
}

// titles is how wide the sources' names are, at least and at most so many cells.
func (f *frame) titles(least, most int) int {
	for i := range f.snap.Sources {
		least = max(least, cells(f.snap.Sources[i].Title()))
	}
	return min(least, most)
}

// clockTime writes a moment as hours and minutes, with the day where it is not
// today's.
func (f *frame) clockTime(b []byte, at time.Time) []byte {
	if at.IsZero() {
		return append(b, '-')
	}
	at, now := at.In(f.loc), f.now.In(f.loc)
	if at.YearDay() != now.YearDay() || at.Year() != now.Year() {
		return at.AppendFormat(b, "01-02 15:04")
	}
	return at.AppendFormat(b, "15:04")
}

// freshness says how old a reading is and up to when it is final:
// "cloudwatch 42 s, final to 10:31".
func (f *frame) freshness(b []byte, h *migration.Health, final bool) []byte {
	b = append(b, h.Source...)
	b = append(b, ' ')
	switch {
	case h.State == migration.HealthOff:
		return append(b, "off"...)
	case h.LastSuccess.IsZero() && h.State == migration.HealthFailed:
		return append(b, "failed"...)
	case h.LastSuccess.IsZero():
		return append(b, "waiting"...)
	}
	b = appendAge(b, f.now.Sub(h.LastSuccess))
	if final && !h.FinalTo.IsZero() {
		b = append(b, "  final to "...)
		b = f.clockTime(b, h.FinalTo)
	}
	return b
}

// sideAges is freshness of the readings that both sides depend on.
func (f *frame) sideAges() string {
	sides := f.snap.Move.Infos()
	return f.ages(sides[0].Source, sides[1].Source)
}

// ages is freshness of several readings for the edge of a panel.
func (f *frame) ages(names ...string) string {
	b := f.buf[:0]
	for _, name := range names {
		h := f.source(name)
		if h == nil {
			continue
		}
		if len(b) > 0 {
			b = append(append(append(b, ' '), string(f.g.separator)...), ' ')
		}
		b = f.freshness(b, h, f.lateData(name))
	}
	f.buf = b
	return string(b)
}

// lateData reports whether a reading is that of a side whose figures are final only later.
func (f *frame) lateData(source string) bool {
	for _, side := range f.snap.Move.Infos() {
		if side.Source == source {
			return side.Caps.LateData
		}
	}
	return false
}

// ageKey changes when the text of any age on the screen does.
func ageKey(snap *migration.Snapshot, now time.Time) uint64 {
	key := uint64(14695981039346656037)
	for i := range snap.Sources {
		n, unit := ageOf(now.Sub(snap.Sources[i].LastSuccess))
		key = (key ^ uint64(n) ^ uint64(len(unit))<<32 ^ uint64(unit[1])<<40) * 1099511628211
	}
	return key
}

// panel draws a border with a title on the left and a note on the right, and
// returns the inside.
func (f *frame) panel(p pane, title, note string, active bool) pane {
	edge := ink(line)
	if active {
		edge = ink(accent)
	}
	g := f.g
	if p.w < 4 || p.h < 2 {
		return p.sub(0, 0, 0, 0)
	}
	p.hline(1, 0, p.w-2, edge, g.h)
	p.hline(1, p.h-1, p.w-2, edge, g.h)
	for y := 1; y < p.h-1; y++ {
		p.rune(0, y, edge, g.v)
		p.rune(p.w-1, y, edge, g.v)
	}
	p.rune(0, 0, edge, g.topLeft)
	p.rune(p.w-1, 0, edge, g.topRight)
	p.rune(0, p.h-1, edge, g.bottomLeft)
	p.rune(p.w-1, p.h-1, edge, g.bottomRight)
	x := 2
	if title != "" {
		inner := p.sub(0, 0, p.w-2, 1)
		x = inner.rune(x, 0, edge, ' ')
		x = inner.text(x, 0, ink(strong), title)
		x = inner.rune(x, 0, edge, ' ')
	}
	if n := cells(note); note != "" && x+n+4 <= p.w {
		p.text(p.w-3-n-1, 0, ink(dim), " "+note+" ")
	}
	return p.sub(2, 1, p.w-4, p.h-2)
}

// wrap breaks a text into lines of at most w cells, at spaces where it can.
func wrap(s string, w, limit int) []string {
	var lines []string
	for len(s) > 0 && w > 0 && len(lines) < limit {
		n, cut, space := 0, len(s), -1
		for i := 0; i < len(s); {
			if s[i] == '\n' {
				cut, space = i, i
				break
			}
			if s[i] == ' ' {
				space = i
			}
			_, _, width, size, _ := nextCharacter(s[i:])
			if n += width; n > w {
				cut = i
				break
			}
			i += size
		}
		if cut < len(s) && space > 0 && space <= cut {
			lines = append(lines, s[:space])
			s = s[space+1:]
			continue
		}
		if cut == 0 { // a character wider than the line
			break
		}
		lines = append(lines, s[:cut])
		s = s[cut:]
	}
	return lines
}

// paragraph draws a text in several lines and returns how many it took.
func (f *frame) paragraph(p pane, x, y int, st style, s string, limit int) int {
	lines := wrap(s, p.w-x, limit)
	drawn := 0
	for i, l := range lines {
		drawn += len(l) + 1
		if i == limit-1 && drawn < len(s) {
			l += " " + s[min(drawn, len(s)):]
		}
		p.fit(x, y+i, p.w-x, st, l, f.g)
	}
	return len(lines)
}

// big draws a figure three rows high and returns the column after it; other
// characters than digits, point and dash are drawn small.
func (f *frame) big(p pane, x, y int, st style, s string) int {
	for _, r := range s {
		d, ok := bigDigits[r]
		if !ok {
			x = p.rune(x, y, st, r)
			continue
		}
		for i, row := range d {
			p.text(x, y+i, st, row)
		}
		x += cells(d[0])
	}
	return x
}

// bigCells is how many columns big takes.
func bigCells(s string) int {
	n := 0
	for _, r := range s {
		if d, ok := bigDigits[r]; ok {
			n += cells(d[0])
		} else {
			n += runeWidth(r)
		}
	}
	return n
}

// bigDigits are figures drawn from box characters.
var bigDigits = map[rune][3]string{
	'0': {"┏━┓", "┃ ┃", "┗━┛"},
	'1': {"╺┓ ", " ┃ ", "╺┻╸"},
	'2': {"╺━┓", "┏━┛", "┗━╸"},
	'3': {"╺━┓", "╺━┫", "╺━┛"},
	'4': {"╻ ╻", "┗━┫", "  ╹"},
	'5': {"┏━╸", "┗━┓", "╺━┛"},
	'6': {"┏━╸", "┣━┓", "┗━┛"},
	'7': {"╺━┓", "  ┃", "  ╹"},
	'8': {"┏━┓", "┣━┫", "┗━┛"},
	'9': {"┏━┓", "┗━┫", "╺━┛"},
	'.': {" ", " ", "•"},
	',': {" ", " ", ","},
	'-': {"   ", "╺━╸", "   "},
	'?': {"╺━┓", " ┏┛", " ╹ "},
}
