package ui

import (
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// frame is what a screen is drawn with: the data, the moment and the looks.
type frame struct {
	data  *arranged
	snap  *migration.Snapshot
	now   time.Time
	loc   *time.Location
	theme *canvas.Theme
	g     *canvas.Glyphs
	unit  unit
	keys  *Keymap

	// bounded is set once a figure of this frame was drawn as "at least".
	bounded bool

	buf     []byte    // for one figure at a time
	scratch []float64 // for one chart at a time
	memo    map[*migration.TenantView]rowMemo
}

// rowMemo holds the figures of a row that are expensive: quantiles walk a sketch.
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
func unknown(forbidden bool) (string, canvas.Style) {
	if forbidden {
		return "?", ink(warn)
	}
	return "-", ink(dim)
}

// mark is the character behind a figure that is not the last word.
func (f *frame) mark(e migration.Provenance) rune {
	switch {
	case e.Provisional:
		return f.g.NotFinal
	case e.Method == migration.Estimated:
		return f.g.Estimated
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
	return append(b, f.g.AtLeast...)
}

// amount writes money with the signs before and behind it that its evidence asks
// for.
func (f *frame) amount(b []byte, v migration.USD, e migration.Provenance, times int64,
	write func([]byte, migration.USD, int64) []byte,
) []byte {
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

// spareMark is the cell that a mark behind an amount would take, 0 where one is there: what fits into a line does not depend on
// whether its figures are final.
func (f *frame) spareMark(s string) int {
	if !strings.Contains(s, "$") || strings.ContainsRune(s, f.g.NotFinal) || strings.ContainsRune(s, f.g.Estimated) {
		return 0
	}
	return 1
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
	return migration.Figure[migration.USD]{
		Value: migration.AddUSD(a.Value, b.Value), Kind: a.Kind,
		Evidence: weigh(a.Evidence, b.Evidence),
	}
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
func opt[T any](f *frame, o migration.Opt[T], st canvas.Style, forbidden bool, write func([]byte, T) []byte) (string, canvas.Style) {
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

// troubleOf orders states by severity. A source that is off is no trouble.
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
		least = max(least, canvas.Cells(f.snap.Sources[i].Title()))
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

// move is the pair of sides, the default one before the first data.
func (f *frame) move() migration.Move {
	if f.snap == nil {
		return migration.DefaultMove
	}
	return f.snap.Move
}

// before and after describe the two sides of the move.
func (f *frame) before() migration.PlatformInfo { return f.move().Infos()[0] }
func (f *frame) after() migration.PlatformInfo  { return f.move().Infos()[1] }

// listed names the sides on which single runs are listed.
func (f *frame) listed() string {
	var names []string
	for _, side := range f.snap.Move.Infos() {
		if side.Caps.LiveRuns {
			names = append(names, side.Label)
		}
	}
	return strings.Join(names, " and ")
}

// listedRun is the word for a run in that list: "Job", "task", or "run" where it has both.
func (f *frame) listedRun() string {
	word := ""
	for _, side := range f.snap.Move.Infos() {
		switch {
		case !side.Caps.LiveRuns:
		case word == "":
			word = side.Run
		default:
			return "run"
		}
	}
	return word
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
			b = append(append(append(b, ' '), string(f.g.Separator)...), ' ')
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
func (f *frame) panel(p canvas.Pane, title, note string, active bool) canvas.Pane {
	edge := ink(line)
	if active {
		edge = ink(accent)
	}
	g := f.g
	if p.W < 4 || p.H < 2 {
		return p.Sub(0, 0, 0, 0)
	}
	p.HLine(1, 0, p.W-2, edge, g.Horizontal)
	p.HLine(1, p.H-1, p.W-2, edge, g.Horizontal)
	for y := 1; y < p.H-1; y++ {
		p.Rune(0, y, edge, g.Vertical)
		p.Rune(p.W-1, y, edge, g.Vertical)
	}
	p.Rune(0, 0, edge, g.TopLeft)
	p.Rune(p.W-1, 0, edge, g.TopRight)
	p.Rune(0, p.H-1, edge, g.BottomLeft)
	p.Rune(p.W-1, p.H-1, edge, g.BottomRight)
	x := 2
	if title != "" {
		inner := p.Sub(0, 0, p.W-2, 1)
		x = inner.Rune(x, 0, edge, ' ')
		x = inner.Text(x, 0, ink(strong), title)
		x = inner.Rune(x, 0, edge, ' ')
	}
	if n := canvas.Cells(note); note != "" && x+n+4 <= p.W {
		p.Text(p.W-3-n-1, 0, ink(dim), " "+note+" ")
	}
	return p.Sub(2, 1, p.W-4, p.H-2)
}

// paragraph draws a text in several lines and returns how many it took.
func (f *frame) paragraph(p canvas.Pane, x, y int, st canvas.Style, s string, limit int) int {
	lines := canvas.Wrap(s, p.W-x, limit)
	drawn := 0
	for i, l := range lines {
		drawn += len(l) + 1
		if i == limit-1 && drawn < len(s) {
			l += " " + s[min(drawn, len(s)):]
		}
		p.Fit(x, y+i, p.W-x, st, l, f.g)
	}
	return len(lines)
}
