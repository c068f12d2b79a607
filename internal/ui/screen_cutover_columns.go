package ui

import (
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// cutoverColumn is a column of the Cutover screen.
type cutoverColumn uint8

const (
	stepTenant cutoverColumn = iota
	stepShare
	stepSeen
	stepSince
	stepBar
	stepMessages
	stepFailed
	stepEven
	stepVerdict
	stepNext
	stepColumns
)

// cutoverColumns are the columns in their order: title, widths, which column of the Tenants table sorts them, and the rank by
// which they get room. The four of rank 0 are always there.
var cutoverColumns = [stepColumns]struct {
	title     string
	min, rank int
	right     bool
	sort      columnID
}{
	stepTenant:   {"TENANT", 12, 0, false, colTenant},
	stepShare:    {"STEP", 5, 0, true, colStep},
	stepSeen:     {"SEEN", 6, 2, true, colObserved},
	stepSince:    {"SINCE", 6, 1, true, byNeed},
	stepBar:      {"EVIDENCE", 11, 0, false, colEvidence},
	stepMessages: {"MESSAGES {before.short}/{after.short}", 15, 6, true, byNeed},
	stepFailed:   {"FAIL% {before.short}/{after.short}", 11, 3, true, byNeed},
	stepEven:     {"IN=OUT", 8, 4, false, byNeed},
	stepVerdict:  {"VERDICT", 11, 0, false, colVerdict},
	stepNext:     {"NEXT STEP NEEDS", 24, 5, false, byNeed},
}

// cutoverSlot is a column with its place and width.
type cutoverSlot struct {
	id   cutoverColumn
	x, w int
}

// The widths to which columns grow where there is room.
const (
	barRoomy, barWide = 21, 33
	verdictWide       = 22
	cutoverMargin     = 3 // cursor, glyph and a space
	cutoverGap        = 2
	keptForScroll     = 2
)

// cutoverLayout places the columns into a width; longest is that of the tenants' names.
func cutoverLayout(dst []cutoverSlot, width, longest int) []cutoverSlot {
	var w [stepColumns]int
	room := width - cutoverMargin - keptForScroll + cutoverGap
	for rank := range int(stepColumns) {
		for id, c := range cutoverColumns {
			if c.rank == rank && (rank == 0 || c.min+cutoverGap <= room) {
				w[id], room = c.min, room-c.min-cutoverGap
			}
		}
	}
	grow := func(id cutoverColumn, upTo int) {
		if n := min(max(upTo-w[id], 0), max(room, 0)); w[id] > 0 {
			w[id], room = w[id]+n, room-n
		}
	}
	grow(stepBar, barRoomy)
	grow(stepTenant, min(longest, 18))
	grow(stepNext, 40)
	grow(stepVerdict, verdictWide)
	grow(stepTenant, min(longest, 30))
	grow(stepBar, barWide)
	grow(stepNext, width)
	if w[stepBar]%2 == 0 { // there is a middle
		w[stepBar]--
	}
	x := cutoverMargin
	for id := range stepColumns {
		if w[id] > 0 {
			dst = append(dst, cutoverSlot{id, x, w[id]})
			x += w[id] + cutoverGap
		}
	}
	return dst
}

// cutoverSorts are the orders of the Cutover screen: by urgency, and by the columns on screen that can be sorted by.
func (s *cutover) sorts() []columnID {
	out := []columnID{byNeed}
	for _, c := range s.places {
		if id := cutoverColumns[c.id].sort; id != byNeed {
			out = append(out, id)
		}
	}
	return out
}

// head draws the titles, and below them where the bar begins, has its middle and ends.
func (s *cutover) head(f *frame, p canvas.Pane) {
	q := f.data.query
	p.HLine(1, 1, p.W-2, ink(line), f.g.Horizontal)
	for _, c := range s.places {
		col := &cutoverColumns[c.id]
		st, arrow := ink(dim), rune(0)
		if col.sort != byNeed && q.sort == col.sort {
			st, arrow = ink(accent).With(bold), f.g.Up
			if tableColumns[col.sort].Ascending == q.turned {
				arrow = f.g.Down
			}
		}
		title := f.move().Fill(col.title)
		if c.id == stepBar && arrow == 0 {
			s.barHead(f, p, c)
			continue
		}
		n := canvas.Cells(title)
		x := c.x
		if col.right {
			x = c.x + c.w - n
		}
		p.Fit(x, 0, max(c.w, n), st, title, f.g)
		switch {
		case arrow == 0:
		case col.right:
			p.Rune(x-1, 0, st, arrow)
		default:
			p.Rune(x+n, 0, st, arrow)
		}
	}
	if f.data.orderKept {
		p.TextRight(p.W-3, 1, ink(dim), " order kept "+string(f.g.Separator)+" "+f.keys.key(ActRefresh)+" sorts again ")
	}
}

// barHead says which end of the evidence bar is which.
func (s *cutover) barHead(f *frame, p canvas.Pane, c cutoverSlot) {
	mid := c.x + c.w/2
	back, on := "ROLL BACK", "PROMOTE"
	if c.w/2 < len(back)+2 {
		back, on = "BACK", "NEXT"
	}
	p.Text(c.x, 0, ink(dim), back)
	p.TextRight(c.x+c.w, 0, ink(dim), on)
	for x := c.x + len(back) + 1; x < c.x+c.w-len(on)-1; x++ {
		p.Rune(x, 0, ink(line), f.g.Horizontal)
	}
	p.Rune(c.x+len(back)+1, 0, ink(dim), f.g.Less)
	p.Rune(c.x+c.w-len(on)-2, 0, ink(dim), f.g.More)
	p.Rune(mid, 0, ink(dim), f.g.Vertical)
}

// evidenceBar draws where evidence stands between ROLL BACK on the left and PROMOTE on the right: filled from the middle to a
// marker. Good evidence is green only where both sides were read.
func (f *frame) evidenceBar(p canvas.Pane, c cutoverSlot, value migration.Opt[float64], read bool) {
	mid, half := c.x+c.w/2, c.w/2
	v, ok := value.Get()
	if !ok {
		p.Rune(mid, 0, ink(dim), '-')
		return
	}
	p.HLine(c.x, 0, c.w, ink(track), f.g.Dot)
	p.Rune(mid, 0, ink(line), f.g.Vertical)
	r, step := good, 1
	switch {
	case v == 0: // evidence of neither
		r = text
	case v < 0:
		r, step = bad, -1
	case !read:
		r = warn
	}
	n := int(min(max(v, -v), 1)*float64(half) + 0.5)
	if v != 0 { // a little is not nothing
		n = max(n, 1)
	}
	for i := 1; i < n; i++ {
		p.Rune(mid+step*i, 0, ink(r), f.g.Partial[len(f.g.Partial)-2])
	}
	p.Rune(mid+step*n, 0, ink(r).With(bold), f.g.Cross)
}
