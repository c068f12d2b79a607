package ui

import (
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
	"github.com/migtop/migtop/internal/ui/plot"
)

// card is one of the figures at the top, in the ways that it can be written, the
// fullest first: which one is taken depends on the room.
type card struct {
	titles  [2]string
	role    canvas.Role
	figures []cardFigure
	st      canvas.Style
	notes   [2]string
}

type cardFigure struct{ figure, unit string }

func (s *fleet) hero(f *frame, p canvas.Pane, roomy bool) {
	t := &f.snap.Totals
	routed, _ := t.Routed.Value.Get()
	cards := [...]card{
		f.moneyCard(strings.ToUpper(f.before().Label), "", lambda, t.Before.CostPerHour, f.data.denied.before),
		f.moneyCard(strings.ToUpper(f.after().Label), "", jobs, t.After.CostPerHour, f.data.denied.after),
		f.moneyCard("IDLE + PLATFORM", "IDLE+PLAT", idle, sumKnown(t.Idle, t.Platform), f.data.denied.nodes),
		f.moneyCard(f.allTogether(), "ALL", strong, f.total(), false),
	}
	share := card{titles: [2]string{"ROUTED TO " + strings.ToUpper(f.after().Label), "ROUTED"}, role: accent}
	figure, st := opt(f, t.Routed.Value, ink(accent).With(bold), f.data.denied.before, appendPercent)
	unit := " %"
	if !t.Routed.Value.Known() {
		unit = ""
	}
	share.st, share.figures = st, []cardFigure{{figure, unit}}
	width := p.W / 5
	brief, way := false, 0 // what one card has no room for, none writes in full
	for i := range cards {
		brief = brief || canvas.Cells(cards[i].notes[0]) > width-1
		way = max(way, cards[i].way(width-1, roomy))
	}
	for i := range cards {
		f.card(p.Sub(i*width, 0, width-1, p.H), &cards[i], way, brief, roomy) // a column stays free between two
	}
	last := p.Right(len(cards) * width)
	f.card(last, &share, 0, false, roomy)
	y := 2
	if roomy {
		y = 4
	}
	if t.Routed.Value.Known() {
		plot.Bar(last, 0, y, max(min(last.W-1, 24), 0), float64(routed), jobs, lambda, f.theme, f.g)
	}
	f.summaryLine(p.Sub(0, y+1, p.W, 1))
}

// allTogether names the sum of all costs, with the platforms that have no card of their
// own, so that the cards and these platforms add up to it.
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

func (f *frame) moneyCard(title, brief string, r canvas.Role, fig migration.Figure[migration.USD], forbidden bool) card {
	c := card{titles: [2]string{title, brief}, role: r}
	v, ok := fig.Value.Get()
	if !ok {
		figure, st := unknown(forbidden)
		c.figures, c.st = []cardFigure{{figure, ""}}, st
		return c
	}
	c.st = ink(r).With(bold)
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
		wide := canvas.Cells(way.figure)
		if roomy {
			wide = canvas.BigCells(way.figure) + 1
		}
		if wide+canvas.Cells(way.unit) <= room {
			return i
		}
	}
	return len(c.figures) - 1
}

func (f *frame) card(p canvas.Pane, c *card, way int, brief, roomy bool) {
	x := 0
	st := ink(c.role).With(bold)
	if !f.theme.Patterned && f.g != canvas.ASCII {
		x, st = p.Rune(0, 0, ink(c.role), '▌'), ink(dim)
	}
	title, note := c.titles[0], c.notes[0]
	if x+canvas.Cells(title) > p.W && c.titles[1] != "" {
		title = c.titles[1]
	}
	if brief {
		note = c.notes[1]
	}
	p.Text(x, 0, st, title)
	y := 1
	figure := c.figures[min(way, len(c.figures)-1)]
	if roomy {
		x = p.Big(0, y, c.st, figure.figure)
		y += 2
		x++
	} else {
		x = p.Text(0, y, c.st, figure.figure)
	}
	p.Text(x, y, ink(dim), figure.unit)
	p.Text(0, y+1, ink(dim), note)
}
