package ui

import (
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

// card is one of the figures at the top, in the ways that it can be written, the
// fullest first: which one is taken depends on the room.
type card struct {
	titles  [2]string
	role    role
	figures []cardFigure
	st      style
	notes   [2]string
}

type cardFigure struct{ figure, unit string }

func (s *fleet) hero(f *frame, p pane, roomy bool) {
	t := &f.snap.Totals
	routed, _ := t.Routed.Value.Get()
	cards := [...]card{
		f.moneyCard("LAMBDA", "", lambda, t.Before.CostPerHour, f.data.denied.before),
		f.moneyCard("JOBS", "", jobs, t.After.CostPerHour, f.data.denied.after),
		f.moneyCard("IDLE + PLATFORM", "IDLE+PLAT", idle, sumKnown(t.Idle, t.Platform), f.data.denied.nodes),
		f.moneyCard(f.allTogether(), "ALL", strong, f.total(), false),
	}
	share := card{titles: [2]string{"ROUTED TO JOBS", "ROUTED"}, role: accent}
	figure, st := opt(f, t.Routed.Value, ink(accent).with(bold), f.data.denied.before, appendPercent)
	unit := " %"
	if !t.Routed.Value.Known() {
		unit = ""
	}
	share.st, share.figures = st, []cardFigure{{figure, unit}}
	width := p.w / 5
	brief, way := false, 0 // what one card has no room for, none writes in full
	for i := range cards {
		brief = brief || cells(cards[i].notes[0]) > width-1
		way = max(way, cards[i].way(width-1, roomy))
	}
	for i := range cards {
		f.card(p.sub(i*width, 0, width-1, p.h), &cards[i], way, brief, roomy) // a column stays free between two
	}
	last := p.right(len(cards) * width)
	f.card(last, &share, 0, false, roomy)
	y := 2
	if roomy {
		y = 4
	}
	if t.Routed.Value.Known() {
		bar(last, 0, y, max(min(last.w-1, 24), 0), float64(routed), jobs, lambda, f.st, f.g)
	}
	f.summaryLine(p.sub(0, y+1, p.w, 1))
}

// allTogether names what the sum of all has beside the cards that stand before it, so
// that whoever adds these up knows where the rest is.
func (f *frame) allTogether() string {
	var more []string
	for _, v := range f.snap.Totals.Services {
		more = append(more, strings.ToUpper(v.Platform.String()))
	}
	if len(more) == 0 {
		return "ALL TOGETHER"
	}
	return "ALL + " + strings.Join(more, " + ")
}

func (f *frame) moneyCard(title, brief string, r role, fig migration.Figure[migration.USD], forbidden bool) card {
	c := card{titles: [2]string{title, brief}, role: r}
	v, ok := fig.Value.Get()
	if !ok {
		figure, st := unknown(forbidden)
		c.figures, c.st = []cardFigure{{figure, ""}}, st
		return c
	}
	c.st = ink(r).with(bold)
	write := func(u unit, how func([]byte, migration.USD, int64) []byte) string {
		f.buf = f.amount(f.buf[:0], v, fig.Evidence, u.hours(), how)
		return string(f.buf)
	}
	mark := string(f.marked(nil, fig.Evidence))
	full, short := write(f.unit, appendRound), write(f.unit, appendShort)
	c.figures = []cardFigure{{full, f.unit.short() + mark}, {short, f.unit.short() + mark}, {short, mark}}
	other, word := perMonth, " a month"
	if f.unit == perMonth {
		other, word = perHour, " an hour"
	}
	c.notes = [2]string{write(other, appendRound) + word, write(other, appendShort) + other.short()}
	return c
}

// way is the first of the card's figures that fits.
func (c *card) way(room int, roomy bool) int {
	for i, way := range c.figures {
		wide := cells(way.figure)
		if roomy {
			wide = bigCells(way.figure) + 1
		}
		if wide+cells(way.unit) <= room {
			return i
		}
	}
	return len(c.figures) - 1
}

func (f *frame) card(p pane, c *card, way int, brief, roomy bool) {
	x := 0
	st := ink(c.role).with(bold)
	if !f.st.Patterned && f.g != asciiGlyphs {
		x, st = p.rune(0, 0, ink(c.role), '▌'), ink(dim)
	}
	title, note := c.titles[0], c.notes[0]
	if x+cells(title) > p.w && c.titles[1] != "" {
		title = c.titles[1]
	}
	if brief {
		note = c.notes[1]
	}
	p.text(x, 0, st, title)
	y := 1
	figure := c.figures[min(way, len(c.figures)-1)]
	if roomy {
		x = f.big(p, 0, y, c.st, figure.figure)
		y += 2
		x++
	} else {
		x = p.text(0, y, c.st, figure.figure)
	}
	p.text(x, y, ink(dim), figure.unit)
	p.text(0, y+1, ink(dim), note)
}
