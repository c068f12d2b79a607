package ui

import (
	"strconv"

	"github.com/migtop/migtop/internal/columns"
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
func moneyWidth(greatest float64, bounded bool, g *glyphs) int {
	var b [32]byte
	n := len(appendThousands(b[:0], uint64(greatest+0.5))) + 1 + moneyPlaces(greatest) + 1
	if bounded {
		n += cells(g.atLeast)
	}
	return n
}

func (s *tenants) drawTable(f *frame, p pane) {
	hours := float64(f.unit.hours())
	maxLambda, maxJobs := f.data.maxLambda*hours, f.data.maxJobs*hours
	var dropped int
	s.places, dropped = layout(s.places[:0], &s.columns, p.w, f.data.longest,
		moneyWidth(maxLambda, f.data.boundLambda, f.g), moneyWidth(maxJobs, f.data.boundJobs, f.g), f.g)
	s.head(f, p, dropped)
	rows := p.below(2)
	if len(f.data.rows) == 0 {
		rows.text(4, 1, ink(text), "No tenant matches the filter.")
		x := rows.text(4, 2, ink(accent), f.keys.key(ActBack))
		rows.text(x+1, 2, ink(dim), "clears it")
		return
	}
	from, to := s.list.window(len(f.data.rows), rows.h)
	r := rowDrawer{f: f, lambdaPlaces: moneyPlaces(maxLambda), jobsPlaces: moneyPlaces(maxJobs)}
	for i := from; i < to; i++ {
		line := rows.row(i - from)
		if i == s.list.cursor {
			line.fill(selected)
			line.rune(0, 0, ink(accent), f.g.cursor)
		}
		r.row(line, &f.snap.Tenants[f.data.rows[i]], s.places)
	}
	if len(f.data.rows) > rows.h && rows.h > 2 { // where in the whole
		n, h := len(f.data.rows), rows.h
		size := max(h*h/n, 1)
		at := 0
		if n > h {
			at = from * (h - size) / (n - h)
		}
		for y := range h {
			st, glyph := ink(track), f.g.v
			if y >= at && y < at+size {
				st, glyph = ink(dim), f.g.full
				if f.g.big {
					glyph = '┃'
				}
			}
			rows.rune(rows.w-1, y, st, glyph)
		}
	}
}

func (s *tenants) head(f *frame, p pane, dropped int) {
	q := f.data.query
	for _, c := range s.places {
		st := ink(dim)
		switch c.id {
		case colLambda, colLambdaSpark:
			st = ink(lambda)
		case colJobs, colJobsSpark:
			st = ink(jobs)
		}
		title := c.id.title(c.w, f.g)
		arrow := rune(0)
		if q.sort == c.id {
			st = ink(accent).with(bold)
			arrow = f.g.up
			if tableColumns[c.id].Ascending == q.turned {
				arrow = f.g.down
			}
		}
		n := cells(title)
		x := c.x
		if c.id.rightAligned() {
			x = c.x + c.w - n
			switch c.id { // the mark behind the figure has a column of its own
			case colLambda, colJobs, colDelta, colMonthEnd, colSaving:
				x--
			case colBreakEven: // so has the tick
				x -= 2
			}
		}
		p.text(x, 0, st, title)
		switch {
		case arrow == 0:
		case c.id.rightAligned():
			p.rune(x-1, 0, st, arrow)
		default:
			p.rune(x+n, 0, st, arrow)
		}
	}
	p.hline(1, 1, p.w-2, ink(line), f.g.h)
	note := ""
	switch {
	case f.data.orderKept:
		note = " rows hold still " + string(f.g.separator) + " " + f.keys.key(ActRefresh) + " sorts anew "
	case dropped > 0:
		note = " " + strconv.Itoa(dropped) + " more columns in a wider window "
		if dropped == 1 {
			note = " 1 more column in a wider window "
		}
	}
	p.textRight(p.w-3, 1, ink(dim), note)
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
