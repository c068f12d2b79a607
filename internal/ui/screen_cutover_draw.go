package ui

import (
	"strconv"
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// cutoverRowsTop is the line of the first row: below the summary, a gap and the head.
const cutoverRowsTop = 4

func (s *cutover) draw(m *model, p canvas.Pane) {
	f := &m.frame
	c := &f.data.cutover
	s.drawnFrom = s.drawnFrom[:0]
	if !c.began {
		s.drawEmpty(f, p)
		return
	}
	s.summary(f, p.Row(0))
	detail := 0
	switch {
	case p.H >= 40:
		detail = 8
	case p.H >= 28:
		detail = 7
	case p.H >= 18:
		detail = 4
	case p.H >= 14:
		detail = 2
	}
	s.places = cutoverLayout(s.places[:0], p.W, f.data.longest)
	s.head(f, p.Sub(0, 2, p.W, 2))
	rows := p.Sub(0, cutoverRowsTop, p.W, p.H-cutoverRowsTop-detail)
	if len(c.tenants) == 0 && len(c.lines) == 0 {
		rows.Text(4, 1, ink(text), "No tenant matches the filter.")
		x := rows.Text(4, 2, ink(accent), f.keys.key(ActBack))
		rows.Text(x+1, 2, ink(dim), "clears it")
		return
	}
	s.drawRows(f, rows)
	if detail > 0 {
		s.detail(f, p.Below(p.H-detail))
	}
}

// drawEmpty says what to do where there is no plan and nothing has moved.
func (s *cutover) drawEmpty(f *frame, p canvas.Pane) {
	f.message(p, "No cutover yet", dim, []paragraph{
		{glyph: ' ', look: text, text: "There is no plan, and no tenant has a share on " + f.after().Label + "."},
		{glyph: ' ', look: strong, text: "migtop plan --suggest"},
		{glyph: ' ', look: text, text: "suggests waves and steps from what was measured, as YAML for the configuration."},
		{glyph: ' ', look: text, text: "A tenant also appears here as soon as runs of it are seen on " + f.after().Label + "."},
	})
}

// summary is how far the cutover is, in one line.
func (s *cutover) summary(f *frame, p canvas.Pane) {
	c := &f.data.cutover
	x := 2
	gap := func(x int) int {
		if x == 2 {
			return x
		}
		return x + 3
	}
	part := func(st canvas.Style, words string) {
		if gap(x)+canvas.Cells(words) < p.W-1 {
			x = p.Text(gap(x), 0, st, words)
		}
	}
	if n := len(f.snap.Cutovers); n > 0 {
		part(ink(strong), plural(n, "wave", "waves")+", "+plural(c.inWaves, "tenant", "tenants"))
	}
	x = f.verdictCounts(p.Left(p.W-1), x, 0, &f.data.words, gap)
	if n := f.data.words[migration.VerdictMoved] + f.data.words[migration.VerdictMovedCostsMore]; n > 0 {
		part(ink(text), formatCount(int64(n))+" moved")
	}
	if rest := len(c.tenants) - c.inWaves; rest > 0 {
		part(ink(dim), plural(rest, "tenant", "tenants")+" in no wave")
	}
	var next *migration.CutoverWave
	for i := range f.snap.Cutovers {
		w := &f.snap.Cutovers[i]
		if w.Next.Known() && !w.NextAt.IsZero() && (next == nil || w.NextAt.Before(next.NextAt)) {
			next = w
		}
	}
	if next != nil {
		part(ink(dim), "next: "+next.Name+" "+f.planned(next))
	}
}

// plural counts things.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return formatCount(int64(n)) + " " + many
}

// planned is the next step of a wave and when it is planned.
func (f *frame) planned(w *migration.CutoverWave) string {
	next, ok := w.Next.Get()
	if !ok {
		return "all steps have begun"
	}
	b := append(append(f.buf[:0], f.g.To...), ' ')
	b = append(b, inPercent(next)...)
	if !w.NextAt.IsZero() {
		b = f.clockTime(append(b, ' '), w.NextAt)
		if d := w.NextAt.Sub(f.now); d < 0 {
			b = append(appendAge(append(b, ", "...), -d), " late"...)
		}
	}
	f.buf = b
	return string(b)
}

// window is which lines are visible in h rows: the first ones, without the wave that stays on top while its tenants scroll.
func (s *cutover) window(c *cutoverRows, h int) (from, to int, sticky bool) {
	s.list.clamp(len(c.tenants))
	l := list{offset: s.list.offset}
	if len(c.tenants) > 0 {
		l.cursor = c.tenants[s.list.cursor]
		first := l.cursor // or that of the wave above it
		for first > 0 && c.lines[first-1].tenant < 0 {
			first--
		}
		if first < l.offset {
			l.offset = first
		}
	}
	from, to = l.window(len(c.lines), h)
	if c.lines[from].tenant != waveHead && h > 3 { // its wave takes the first row
		from, to = l.window(len(c.lines), h-1)
		if sticky = c.lines[from].tenant != waveHead; !sticky {
			to = min(from+h, len(c.lines))
		}
	}
	s.list.offset, s.list.page = l.offset, h
	return from, to, sticky
}

func (s *cutover) drawRows(f *frame, p canvas.Pane) {
	c := &f.data.cutover
	if p.H < 1 {
		return
	}
	from, to, sticky := s.window(c, p.H)
	y := 0
	if sticky {
		s.waveHead(f, p.Row(0), c.lines[from].wave)
		s.drawnFrom = append(s.drawnFrom, -1)
		y = 1
	}
	under := -1
	if len(c.tenants) > 0 {
		under = c.tenants[s.list.cursor]
	}
	for i := from; i < to; i++ {
		row, l := p.Row(y), c.lines[i]
		s.drawnFrom = append(s.drawnFrom, i)
		y++
		switch l.tenant {
		case waveHead:
			s.waveHead(f, row, l.wave)
		case waveNote:
			s.waveNote(f, row, &f.snap.Cutovers[l.wave])
		default:
			if i == under {
				row.Fill(selected)
				row.Rune(0, 0, ink(accent), f.g.Cursor)
			}
			s.tenantRow(f, row, &f.snap.Tenants[l.tenant])
		}
	}
	f.scrollBar(p, from, len(c.lines))
}

// nextNeeds is what a tenant's next step needs, or what a person has to do.
func nextNeeds(t *migration.TenantView) string {
	d := &t.Cutover.Detail
	next, known := d.Next.Get()
	switch {
	case t.Cutover.Word == migration.VerdictPromote && known:
		return "raise the share to " + inPercent(next)
	case t.Cutover.Word == migration.VerdictRollBack:
		return "share to 0 %: " + t.Cutover.Reason
	case d.Stage == migration.StageBefore:
		return firstShareNeeds(d, t.Cutover.Reason)
	case len(d.Needs) > 0 && !holdsForWrong(d):
		return d.Needs[0]
	}
	return t.Cutover.Reason
}

// firstShareNeeds is what is not ready, or that all is.
func firstShareNeeds(d *migration.CutoverDetail, reason string) string {
	for _, want := range [...]migration.CheckState{migration.CheckFailed, migration.CheckUnknown} {
		for i := range d.Checks {
			if c := &d.Checks[i]; c.State == want {
				return c.Name + ": " + c.Detail
			}
		}
	}
	if ready, ok := d.Ready.Get(); ok && ready {
		if next, known := d.Next.Get(); known {
			return "ready: the first share is " + inPercent(next)
		}
		return "ready for its first share"
	}
	return reason
}

// detail is the tenant under the cursor in words: the verdict, its reasons, what the next step needs.
func (s *cutover) detail(f *frame, p canvas.Pane) {
	t := s.under(f.data)
	if t == nil {
		return
	}
	d := &t.Cutover.Detail
	if p.H > 2 {
		p.HLine(1, 0, p.W-2, ink(line), f.g.Horizontal)
		p = p.Below(1)
	}
	x := p.Text(2, 0, ink(strong), t.Tenant.String())
	x = f.verdict(p, x+2, 0, p.W, t)
	for _, w := range cutoverFacts(f, d) {
		if x+3+canvas.Cells(w) < p.W {
			x = p.Text(x+3, 0, ink(dim), w)
		}
	}
	y := 1
	add := func(label string, r canvas.Role, words string, limit int) {
		if words == "" || y >= p.H {
			return
		}
		x := p.Text(2, y, ink(dim), label)
		y += max(f.paragraph(p.Left(p.W-1), x, y, ink(r), words, min(limit, p.H-y)), 1)
	}
	add("", text, verdictReason(f.move(), t), min(max(p.H-3, 1), 2))
	for _, o := range d.Others {
		add("also: ", text, o, 1)
	}
	if needs := furtherNeeds(&t.Cutover); len(needs) > 0 {
		add("next step needs: ", text, strings.Join(needs, "; "), 2)
	} else if d.Stage == migration.StageBefore && len(d.Checks) > 0 {
		add("next step needs: ", text, firstShareNeeds(d, ""), 2)
	}
	if n := len(t.Notices); n > 0 && y < p.H {
		add("", dim, t.Notices[0].Text, 1)
	}
}

// cutoverFacts are the short facts behind a tenant's name.
func cutoverFacts(f *frame, d *migration.CutoverDetail) []string {
	var out []string
	if d.Rule != "" {
		out = append(out, "rule "+strings.ReplaceAll(d.Rule, "_", " ")+" since "+string(f.clockTime(nil, d.RuleSince)))
	}
	if d.Judged() {
		harm, health := d.Limits()
		out = append(out, "E "+oddsOf(d.HarmE)+" of "+formatCount(harm), "N "+oddsOf(d.HealthN)+" of "+formatCount(health))
		if d.Divisor > 1 {
			out = append(out, "counts divided by "+strconv.FormatFloat(d.Divisor, 'f', 1, 64))
		}
	}
	if !d.FinalTo.IsZero() {
		out = append(out, "final to "+string(f.clockTime(nil, d.FinalTo)))
	}
	if len(d.Owners) > 0 {
		out = append(out, strings.Join(d.Owners, ", "))
	}
	return out
}

// furtherNeeds are the needs that the reason does not name already.
func furtherNeeds(c *migration.Cutover) []string {
	needs := c.Detail.Needs
	if len(needs) > 0 && strings.HasPrefix(c.Reason, needs[0]) {
		return needs[1:]
	}
	return needs
}
