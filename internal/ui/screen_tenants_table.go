package ui

import (
	"strconv"

	"github.com/migtop/migtop/internal/columns"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// moneyPlaces is how many places a money column has, one number for all of its
// rows so that they stand on the point: as many as leave its greatest three or
// four digits.
func moneyPlaces(greatest float64) int {
	switch {
	case greatest >= 100:
		return 2
	case greatest >= 10:
		return 3
	}
	return 4
}

// moneyWidth is the column's width, the mark behind the figure included, and the
// sign before it where there is one in any row.
func moneyWidth(greatest float64, bounded bool, g *canvas.Glyphs) int {
	var b [32]byte
	n := len(appendThousands(b[:0], uint64(greatest+0.5))) + 1 + moneyPlaces(greatest) + 1
	if bounded {
		n += canvas.Cells(g.AtLeast)
	}
	return n
}

func (s *tenants) drawTable(f *frame, p canvas.Pane) {
	hours := float64(f.unit.hours())
	maxLambda, maxJobs := f.data.maxLambda*hours, f.data.maxJobs*hours
	var dropped int
	s.places, dropped = layout(s.places[:0], &s.columns, p.W, f.data.longest, f.data.longestVerdict,
		moneyWidth(maxLambda, f.data.boundLambda, f.g), moneyWidth(maxJobs, f.data.boundJobs, f.g), f.g)
	s.head(f, p, dropped)
	rows := p.Below(2)
	if len(f.data.rows) == 0 {
		rows.Text(4, 1, ink(text), "No tenant matches the filter.")
		x := rows.Text(4, 2, ink(accent), f.keys.key(ActBack))
		rows.Text(x+1, 2, ink(dim), "clears it")
		return
	}
	from, to := s.list.window(len(f.data.rows), rows.H)
	r := rowDrawer{f: f, lambdaPlaces: moneyPlaces(maxLambda), jobsPlaces: moneyPlaces(maxJobs)}
	for i := from; i < to; i++ {
		line := rows.Row(i - from)
		if i == s.list.cursor {
			line.Fill(selected)
			line.Rune(0, 0, ink(accent), f.g.Cursor)
		}
		r.row(line, &f.snap.Tenants[f.data.rows[i]], s.places)
	}
	f.scrollBar(rows, from, len(f.data.rows))
}

// scrollBar shows at the right edge where in n lines the visible ones are, where not all are.
func (f *frame) scrollBar(p canvas.Pane, from, n int) {
	h := p.H
	if n <= h || h <= 2 {
		return
	}
	size := max(h*h/n, 1)
	at := from * (h - size) / (n - h)
	for y := range h {
		st, glyph := ink(track), f.g.Vertical
		if y >= at && y < at+size {
			st, glyph = ink(dim), f.g.Full
			if f.g.BigDigits {
				glyph = '┃'
			}
		}
		p.Rune(p.W-1, y, st, glyph)
	}
}

func (s *tenants) head(f *frame, p canvas.Pane, dropped int) {
	q := f.data.query
	for _, c := range s.places {
		st := ink(dim)
		switch c.id {
		case colLambda, colLambdaSpark:
			st = ink(lambda)
		case colJobs, colJobsSpark:
			st = ink(jobs)
		}
		title := c.id.title(c.w, f.move())
		arrow := rune(0)
		if q.sort == c.id {
			st = ink(accent).With(bold)
			arrow = f.g.Up
			if tableColumns[c.id].Ascending == q.turned {
				arrow = f.g.Down
			}
		}
		n := canvas.Cells(title)
		x := c.x
		if c.id.rightAligned() {
			x = c.x + c.w - n
			switch c.id { // the mark behind the figure has a column of its own
			case colLambda, colJobs, colDelta, colMonthEnd, colSaving:
				x--
			case colBreakEven: // so has the tick
				x -= min(2, c.w-n)
			}
		}
		p.Text(x, 0, st, title)
		switch {
		case arrow == 0:
		case c.id.rightAligned():
			p.Rune(x-1, 0, st, arrow)
		default:
			p.Rune(x+n, 0, st, arrow)
		}
	}
	p.HLine(1, 1, p.W-2, ink(line), f.g.Horizontal)
	note := ""
	switch {
	case f.data.orderKept:
		note = " order kept " + string(f.g.Separator) + " " + f.keys.key(ActRefresh) + " sorts again "
	case dropped > 0:
		note = " " + strconv.Itoa(dropped) + " more columns in a wider window "
		if dropped == 1 {
			note = " 1 more column in a wider window "
		}
	}
	p.TextRight(p.W-3, 1, ink(dim), note)
}

// tenantsTable is the table as it is filtered and ordered, with every exported column.
func tenantsTable(a *arranged) [][]string {
	fields := columns.Fields(a.snap.Move)
	out := [][]string{columns.Names(fields)}
	for _, i := range a.rows {
		row := columns.Of(&a.snap.Tenants[i], a.snap.Move)
		out = append(out, columns.Record(nil, fields, &row))
	}
	return out
}
