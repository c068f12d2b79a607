package ui

import (
	"slices"
	"strconv"
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// wordSign is the glyph and the looks of a word of the VERDICT column.
func wordSign(g *canvas.Glyphs, w migration.VerdictWord) (rune, canvas.Style) {
	switch w {
	case migration.VerdictRollBack:
		return g.Failed, ink(bad).With(bold)
	case migration.VerdictPromote:
		return g.Check, ink(good).With(bold)
	case migration.VerdictHold:
		return g.Hold, ink(warn)
	case migration.VerdictMovedCostsMore:
		return g.Check, ink(warn)
	case migration.VerdictMove:
		return g.Arrow, ink(jobs)
	case migration.VerdictStay:
		return g.Same, ink(lambda)
	case migration.VerdictCannotStay:
		return g.Failed, ink(bad)
	case migration.VerdictMoved:
		return g.Check, ink(good)
	case migration.VerdictNone:
	}
	return g.Dot, ink(dim)
}

// tenantSign is the glyph and the looks of a tenant's word. Where a side was not read or has no price, no word is green.
func tenantSign(g *canvas.Glyphs, t *migration.TenantView) (rune, canvas.Style) {
	glyph, st := wordSign(g, t.Cutover.Word)
	if st.FG == good && sideGap(migration.Move{}, t) != "" {
		return g.Warning, ink(warn)
	}
	return glyph, st
}

// sideGap says which side of a tenant was not read or has no price, and why; "" where both were.
func sideGap(move migration.Move, t *migration.TenantView) string {
	labels := move.Infos()
	for i, side := range t.Sides() {
		if side.Gap != "" {
			return labels[i].Label + ": " + side.Gap
		}
	}
	return ""
}

// verdictText is the verdict in the words of the VERDICT column.
func verdictText(t *migration.TenantView) string {
	if t.Cutover.Text != "" {
		return t.Cutover.Text
	}
	return t.Cutover.Word.String()
}

// verdictReason is why the verdict is what it is. A good word of which a side was not read says so first.
func verdictReason(move migration.Move, t *migration.TenantView) string {
	if _, st := wordSign(canvas.Unicode, t.Cutover.Word); st.FG == good {
		if gap := sideGap(move, t); gap != "" {
			return "Not certain, " + gap + ". " + t.Cutover.Reason
		}
	}
	return t.Cutover.Reason
}

// verdictForCopy is the verdict for a message to others: what to do and why, and what the costs say where that is another
// question.
func verdictForCopy(move migration.Move, t *migration.TenantView) string {
	s := t.Tenant.String() + ": " + verdictText(t) + ". " + verdictReason(move, t)
	if t.Cutover.Detail.Stage != migration.StageBefore && t.Verdict.Reason != "" && t.Verdict.Reason != t.Cutover.Reason {
		s += "\nCost: " + t.Verdict.Decision.String() + ". " + t.Verdict.Reason
	}
	return s
}

// verdict draws a tenant's verdict with its glyph into w columns, and returns the column after it.
func (f *frame) verdict(p canvas.Pane, x, y, w int, t *migration.TenantView) int {
	glyph, st := tenantSign(f.g, t)
	words := verdictText(t)
	if canvas.Cells(words)+2 > w {
		words = briefVerdict(&t.Cutover)
	}
	p.Rune(x, y, st, glyph)
	p.Fit(x+2, y, w-2, st, words, f.g)
	return x + 2 + min(canvas.Cells(words), w-2)
}

// briefVerdict is the verdict in at most 11 cells: the step that PROMOTE allows, and whether a tenant is ready; the glyph
// before it says what the costs say.
func briefVerdict(c *migration.Cutover) string {
	switch next, ok := c.Detail.Next.Get(); {
	case c.Word == migration.VerdictPromote && next == 1:
		return c.Word.String() + " all"
	case c.Word == migration.VerdictPromote && ok:
		return c.Word.String() + " " + percentOf(next)
	case c.Word == migration.VerdictMovedCostsMore:
		return "costs more"
	case strings.HasSuffix(c.Text, "(not ready)"):
		return "not ready"
	}
	return c.Word.String()
}

// percentOf writes a share that people set: "5%", "12.5%".
func percentOf(r migration.Ratio) string {
	return strings.TrimSuffix(strconv.FormatFloat(float64(r)*100, 'f', 1, 64), ".0") + "%"
}

// inPercent is percentOf in a sentence: "5 %".
func inPercent(r migration.Ratio) string { return strings.TrimSuffix(percentOf(r), "%") + " %" }

// saysVerdict reports whether a text in lower case is a part of what the VERDICT column says; spaces do not count.
func saysVerdict(t *migration.TenantView, lower string) bool {
	text := verdictText(t)
	return containsFold(text, lower) || containsFold(strings.ReplaceAll(text, " ", ""), lower)
}

// matchesWord reports whether a term asks for a word. "move" is the whole word, or "moved" would be one too.
func (t *condition) matchesWord(w migration.VerdictWord) bool {
	switch {
	case w == migration.VerdictNone:
		return strings.HasPrefix("unknown", t.value)
	case t.value == "move":
		return w == migration.VerdictMove
	case strings.HasPrefix("costs", t.value):
		return w == migration.VerdictMovedCostsMore
	}
	return strings.HasPrefix(strings.ToLower(strings.ReplaceAll(w.String(), " ", "")), strings.ReplaceAll(t.value, " ", ""))
}

// verdictCounts is how many tenants have each word.
type verdictCounts [migration.VerdictMovedCostsMore + 1]int

// count adds a tenant. Work that belongs to none has no verdict.
func (c *verdictCounts) count(t *migration.TenantView) {
	if t.Tenant != migration.Unattributed {
		c[min(t.Cutover.Word, migration.VerdictMovedCostsMore)]++
	}
}

// steps is how many tenants have a word about their next step.
func (c *verdictCounts) steps() int {
	return c[migration.VerdictRollBack] + c[migration.VerdictPromote] + c[migration.VerdictHold]
}

// verdictCounts draws how many tenants are to be rolled back, may be promoted and hold, the most urgent first: "2 ROLL BACK,
// 1 PROMOTE, 4 HOLD". It draws nothing where there are none, and else gap first. It returns the column after it.
func (f *frame) verdictCounts(p canvas.Pane, x, y int, c *verdictCounts, gap func(int) int) int {
	if c.steps() == 0 {
		return x
	}
	first := true
	for _, w := range migration.VerdictWords() {
		if !w.Steps() || c[w] == 0 {
			continue
		}
		words := formatCount(int64(c[w])) + " " + w.String()
		if x+5+canvas.Cells(words) > p.W {
			return x
		}
		if first {
			x = gap(x)
		} else {
			x = p.Text(x, y, ink(dim), ", ")
		}
		_, st := wordSign(f.g, w)
		x, first = p.Text(x, y, st, words), false
	}
	return x
}

// need is a tenant and the worst of what it should be looked at for: one of its notices, or with a notice of -1 its verdict.
type need struct {
	tenant, notice int
	rank           int // orders needs, the most urgent has the highest
}

// needOf is what a tenant should be looked at for, false for nothing. ROLL BACK comes before every notice; a HOLD for
// something that is wrong is as urgent as a warning and says more; PROMOTE, which waits for a person, comes last.
func needOf(i int, t *migration.TenantView) (need, bool) {
	n := need{tenant: i, notice: -1}
	worst := migration.Worst(t.Notices)
	switch {
	case t.Cutover.Word == migration.VerdictRollBack:
		n.rank = 4
	case worst >= migration.Critical:
		n.rank = 3
	case t.Cutover.Word == migration.VerdictHold && holdsForWrong(&t.Cutover.Detail):
		n.rank = 2
	case worst >= migration.Warning:
		n.rank = 2
	case t.Cutover.Word == migration.VerdictPromote:
		n.rank = 1
	default:
		return n, false
	}
	if n.rank == 3 || n.rank == 2 && (t.Cutover.Word != migration.VerdictHold || !holdsForWrong(&t.Cutover.Detail)) {
		n.notice = slices.IndexFunc(t.Notices, func(n migration.Notice) bool { return n.Severity == worst })
	}
	return n, true
}

// holdsForWrong reports whether a HOLD has a signal that is wrong, and does not wait for time and traffic alone.
func holdsForWrong(d *migration.CutoverDetail) bool {
	return slices.ContainsFunc(d.Signals, func(s migration.CutoverSignal) bool {
		return s.State == migration.SignalHolds || s.State == migration.SignalRollsBack || s.State == migration.SignalUnread
	})
}

// needWords are the glyph, the looks, the word and the sentence of a need.
func (f *frame) needWords(t *migration.TenantView, n need) (glyph rune, st canvas.Style, word, why string) {
	if n.notice < 0 {
		glyph, st = tenantSign(f.g, t)
		word = verdictText(t)
		if canvas.Cells(word) > 11 {
			word = briefVerdict(&t.Cutover)
		}
		return glyph, st, word, verdictReason(f.move(), t)
	}
	note := &t.Notices[n.notice]
	glyph, r, word := severitySign(f.g, note.Severity)
	return glyph, ink(r), word, note.Text
}
