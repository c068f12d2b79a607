package ui

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// ActSignals shows all signals of a tenant's cutover, or only those that need attention.
const ActSignals Action = "signals"

// cutoverText is a row of the panel: it draws itself into one line.
type cutoverText func(row canvas.Pane)

// hasCutover reports whether more is known of a tenant's next step than what the costs say.
func hasCutover(v *migration.TenantView) bool {
	d := &v.Cutover.Detail
	return d.Judged() || len(d.Checks) > 0 || len(d.Signals) > 0 || d.Share.Known()
}

// stepQuestion is what the verdict answers where a tenant stands.
func stepQuestion(s migration.CutoverStage) string {
	return [...]string{"Is it ready for its first share?", "May it take the next step?", "Did it work?"}[min(s, migration.StageAtEnd)]
}

// answer is a line of what is asked of a tenant: the question, the word and why.
type answer struct {
	question string
	glyph    rune
	look     canvas.Style
	word     string
	reason   []string
}

// questionColumn is the width of a question in front of its answer.
const questionColumn = 34

// indent is where the reason of one of several answers begins.
func (a *answer) indent(wide bool) int {
	if !wide {
		return 0
	}
	return questionColumn + canvas.Cells(a.word) + 4
}

// answers are both questions: whether it should move, and whether it may take its next step where that is known.
func (f *frame) answers(v *migration.TenantView, w int, wide bool) []answer {
	glyph, r, word := verdictSign(f.g, v.Verdict.Decision)
	cost := answer{"Should it move?", glyph, ink(r), word, nil}
	reason := v.Verdict.Reason
	if !hasCutover(v) {
		if reason = verdictReason(f.move(), v); reason == "" {
			reason = v.Verdict.Reason
		}
		cost.reason = canvas.Wrap(reason, w, 3)
		return []answer{cost}
	}
	glyph, st := tenantSign(f.g, v)
	step := answer{stepQuestion(v.Cutover.Detail.Stage), glyph, st.With(bold), verdictText(v), nil}
	step.reason = canvas.Wrap(verdictReason(f.move(), v), w-step.indent(wide), 3)
	cost.reason = canvas.Wrap(reason, w-cost.indent(wide), 3)
	if v.Cutover.Detail.Stage == migration.StageBefore {
		return []answer{cost, step}
	}
	return []answer{step, cost}
}

// cutoverTexts are the rows of the panel. all is set where every signal is shown.
func (f *frame) cutoverTexts(v *migration.TenantView, w int, all bool) []cutoverText {
	if !hasCutover(v) {
		return nil
	}
	d := &v.Cutover.Detail
	var out []cutoverText
	words := func(label string, r canvas.Role, s string, limit int) {
		indent := canvas.Cells(label)
		for i, l := range canvas.Wrap(s, w-indent, limit) {
			out = append(out, func(row canvas.Pane) {
				if i == 0 {
					row.Text(0, 0, ink(dim), label)
				}
				row.Fit(indent, 0, row.W-indent, ink(r), l, f.g)
			})
		}
	}
	if d.Judged() {
		out = append(out, func(row canvas.Pane) { f.evidenceLine(row, v) })
		words("counted  ", text, f.counted(d), 2)
	}
	if s := f.stepsOf(d); s != "" {
		words("steps    ", text, s, 2)
	}
	for _, o := range d.Others {
		words("also     ", text, o, 2)
	}
	for i, n := range furtherNeeds(&v.Cutover) {
		label := "         "
		if i == 0 {
			label = "needs    "
		}
		words(label, text, n, 2)
	}
	out = f.latchTexts(out, v, w, all)
	if len(out) > 0 && len(d.Signals)+len(d.Checks) > 0 {
		out = append(out, func(row canvas.Pane) { row.HLine(0, 0, row.W, ink(line), f.g.Horizontal) })
	}
	if d.Stage == migration.StageBefore {
		return f.checkTexts(out, d, all)
	}
	return f.signalTexts(out, d, w, all)
}

// evidenceLine is the bar from ROLL BACK to PROMOTE with the numbers behind it.
func (f *frame) evidenceLine(row canvas.Pane, v *migration.TenantView) {
	d := &v.Cutover.Detail
	x := row.Text(0, 0, ink(dim), "ROLL BACK ")
	x = row.Rune(x, 0, ink(dim), f.g.Less)
	w := 21
	if row.W >= 150 {
		w = 41
	} else if row.W < 90 {
		w = 15
	}
	f.evidenceBar(row, cutoverSlot{stepBar, x, w}, migration.Some(d.Bar), sideGap(f.move(), v) == "")
	x = row.Rune(x+w, 0, ink(dim), f.g.More)
	x = row.Text(x, 0, ink(dim), " PROMOTE")
	part := func(label, value string) {
		if x+3+canvas.Cells(label)+canvas.Cells(value) <= row.W {
			x = row.Text(x+3, 0, ink(dim), label)
			x = row.Text(x, 0, ink(text), value)
		}
	}
	harm, health := d.Limits()
	part("E ", oddsOf(d.HarmE)+" of "+formatCount(harm))
	part("N ", oddsOf(d.HealthN)+" of "+formatCount(health))
	part("slower E ", oddsOf(d.SlowerE)+" of 100")
}

// counted says what is compared, on both sides, and since when.
func (f *frame) counted(d *migration.CutoverDetail) string {
	what := d.Basis
	if what == "" {
		what = "runs"
	}
	side := func(b []byte, label string, s *migration.CutoverSide) []byte {
		b = append(append(b, label...), ' ')
		b = append(append(append(appendCount(b, s.Messages), ' '), what...), ", "...)
		return append(appendCount(b, s.Failures), " failed"...)
	}
	b := side(f.buf[:0], f.before().Label, &d.Before)
	b = side(append(b, "; "...), f.after().Label, &d.After)
	b = f.clockTime(append(b, "; since "...), d.Since)
	if !d.StepAt.IsZero() && d.Since.After(d.StepAt) {
		b = append(b, ", when a new version began"...)
	}
	if !d.FinalTo.IsZero() {
		b = f.clockTime(append(b, ", final to "...), d.FinalTo)
	}
	if d.Divisor > 1 {
		b = append(b, "; both counts divided by "...)
		b = strconv.AppendFloat(b, d.Divisor, 'f', 1, 64)
	}
	f.buf = b
	return string(b)
}

// stepsOf is the way of a tenant: shares and when they began, what is seen, and what comes next.
func (f *frame) stepsOf(d *migration.CutoverDetail) string {
	b := f.buf[:0]
	for i, s := range d.Steps {
		if i > 0 {
			b = append(append(append(b, ' '), f.g.To...), ' ')
		}
		b = f.clockTime(append(append(b, inPercent(s.Share)...), " since "...), s.At)
	}
	if !d.StepAt.IsZero() {
		b = appendDuration(append(b, ", for "...), max(f.now.Sub(d.StepAt), 0).Truncate(time.Minute))
	}
	join := func() {
		if len(b) > 0 {
			b = append(b, "; "...)
		}
	}
	if seen, ok := d.Observed.Get(); ok {
		join()
		b = append(append(b, inPercent(migration.Ratio(math.Round(float64(seen)*1000)/1000))...), " observed"...)
	}
	if d.ShareFrom == "seen" {
		join()
		b = append(b, "the plan has no step for it"...)
	}
	if next, ok := d.Next.Get(); ok {
		join()
		b = append(append(b, "next "...), inPercent(next)...)
	}
	if d.Wave != "" {
		join()
		b = append(b, d.Wave...)
	}
	if len(d.Owners) > 0 {
		join()
		b = append(append(b, "owners "...), strings.Join(d.Owners, ", ")...)
	}
	f.buf = b
	return string(b)
}

// latchTexts are the rule of a ROLL BACK and since when it applies, what people decided, and the lines of the configuration
// that would clear or overrule it.
func (f *frame) latchTexts(out []cutoverText, v *migration.TenantView, w int, all bool) []cutoverText {
	d := &v.Cutover.Detail
	if d.Rule == "" && len(d.Decisions) == 0 {
		return out
	}
	out = append(out, func(row canvas.Pane) { row.HLine(0, 0, row.W, ink(line), f.g.Horizontal) })
	add := func(r canvas.Role, s string, indent int) {
		for _, l := range canvas.Wrap(s, w-indent, 3) {
			out = append(out, func(row canvas.Pane) { row.Fit(indent, 0, row.W-indent, ink(r), l, f.g) })
		}
	}
	if d.Rule != "" {
		add(bad, "ROLL BACK by the rule "+strings.ReplaceAll(d.Rule, "_", " ")+" since "+string(f.clockTime(nil, d.RuleSince))+
			". It stands until the share is 0 or a person decides.", 0)
	}
	for i := range d.Decisions {
		add(text, f.decisionWords(&d.Decisions[i]), 2)
	}
	if d.Rule == "" {
		return out
	}
	if !all {
		add(dim, f.keys.key(ActCopy)+" copies the lines of the configuration that clear or overrule it, "+f.keys.key(ActSignals)+" "+
			"shows them.", 2)
		return out
	}
	add(dim, "To decide, put one of these into the configuration; "+f.keys.key(ActCopy)+" copies them:", 0)
	for _, l := range strings.Split(strings.TrimRight(migration.DecisionLines(v.Tenant, f.now), "\n"), "\n") {
		out = append(out, func(row canvas.Pane) { row.Fit(2, 0, row.W-2, ink(accent), l, f.g) })
	}
	return out
}

// decisionWords is what a person decided: who, why, when, and until when.
func (f *frame) decisionWords(c *migration.CutoverDecision) string {
	kind := map[string]string{"clear": "cleared", "overrule": "overruled"}[c.Kind]
	if kind == "" {
		kind = c.Kind
	}
	s := kind + " by " + c.Who + " at " + string(f.clockTime(nil, c.At))
	if !c.Until.IsZero() {
		s += " until " + string(f.clockTime(nil, c.Until))
		if c.Until.Before(f.now) {
			s += ", which is over"
		}
	}
	return s + ": " + c.Why
}

// answer draws one question with its answer and returns the row below. A question that is the only one needs neither name nor
// word, which stand above it.
func (f *frame) answer(p canvas.Pane, y int, a *answer, several, wide bool) int {
	x := 1
	if several {
		p.Text(1, y, ink(dim), a.question)
		at := 1 + questionColumn
		if !wide {
			at = 1 + canvas.Cells(a.question) + 2
		}
		at = p.Rune(at, y, a.look, a.glyph)
		p.Text(at+1, y, a.look, a.word)
		x += a.indent(wide)
		if !wide {
			y++
		}
	}
	for _, l := range a.reason {
		p.Text(x, y, ink(text), l)
		y++
	}
	if len(a.reason) == 0 && wide {
		y++
	}
	return y
}
