package ui

import (
	"math"
	"strconv"
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// waveHead is a wave in the columns of its tenants: name, next step, the evidence of all its tenants together, and their words.
func (s *cutover) waveHead(f *frame, p canvas.Pane, wave int) {
	left := p.W
	for _, c := range s.places {
		if c.id == stepBar {
			left = c.x - 1
		}
	}
	if wave == noWave {
		x := p.Text(1, 0, ink(strong), "no wave")
		if p.W-x > 60 && len(f.snap.Cutovers) > 0 {
			x = p.Text(x+2, 0, ink(dim), "steps as they are seen, or none yet")
		}
		p.HLine(x+1, 0, p.W-3-x, ink(line), f.g.Horizontal)
		s.waveWords(f, p, wave)
		return
	}
	w := &f.snap.Cutovers[wave]
	x := p.Left(left).Fit(1, 0, min(canvas.Cells(w.Name), left-1), ink(strong), w.Name, f.g)
	if planned := f.planned(w); x+2+canvas.Cells(planned) <= left {
		st := ink(accent)
		if !w.Next.Known() {
			st = ink(dim)
		} else if !w.NextAt.IsZero() && w.NextAt.Before(f.now) {
			st = ink(warn)
		}
		x = p.Text(x+2, 0, st, planned)
	}
	if count := plural(len(w.Tenants), "tenant", "tenants"); x+2+canvas.Cells(count) <= left {
		x = p.Text(x+2, 0, ink(dim), count)
	}
	p.HLine(x+1, 0, p.W-3-x, ink(line), f.g.Horizontal)
	s.waveWords(f, p, wave)
	if w.Cohort.Tenants == 0 {
		return
	}
	for _, c := range s.places {
		switch c.id {
		case stepBar:
			f.clear(p, c)
			f.evidenceBar(p, c, migration.Some(cohortBar(&w.Cohort)), true)
		case stepMessages:
			f.clear(p, c)
			s.messages(f, p, c, &w.Cohort.Before, &w.Cohort.After)
		case stepFailed:
			f.clear(p, c)
			s.failed(f, p, c, &w.Cohort.Before, &w.Cohort.After)
		case stepTenant, stepShare, stepSeen, stepSince, stepEven, stepVerdict, stepNext, stepColumns:
		}
	}
}

// waveWords counts the words of a wave's tenants, from the column of verdicts on.
func (s *cutover) waveWords(f *frame, p canvas.Pane, wave int) {
	at := wave
	if wave == noWave {
		at = len(f.snap.Cutovers)
	}
	for _, c := range s.places {
		if c.id == stepVerdict {
			x := f.verdictCounts(p.Left(p.W-1), c.x, 0, &f.data.cutover.words[at], func(x int) int {
				return p.Text(x-1, 0, ink(none),
					" ")
			})
			if x > c.x {
				p.Rune(x, 0, ink(none), ' ')
			}
		}
	}
}

// clear takes the rule away where a figure stands.
func (f *frame) clear(p canvas.Pane, c cutoverSlot) { p.HLine(c.x-1, 0, c.w+2, ink(none), ' ') }

// cohortBar is where the evidence of a wave stands, by the measure of a tenant's.
func cohortBar(c *migration.CutoverCohort) float64 {
	harm, health := c.Limits()
	part := func(v float64, of int64) float64 { return min(max(v, 0)/math.Log10(float64(of)), 1) }
	return part(c.HealthN, health) - part(c.HarmE, harm)
}

// waveNote is what is known of a wave as a whole.
func (s *cutover) waveNote(f *frame, p canvas.Pane, w *migration.CutoverWave) {
	x := cutoverMargin
	part := func(label, words string, r canvas.Role) {
		if words == "" || x+canvas.Cells(label)+4 > p.W-2 {
			return
		}
		if x > cutoverMargin {
			x = p.Text(x, 0, ink(line), "  "+string(f.g.Separator)+"  ")
		}
		x = p.Text(x, 0, ink(dim), label)
		room := p.W - 2 - x
		x = p.Fit(x, 0, min(canvas.Cells(words), room), ink(r), words, f.g)
	}
	part("", strings.Join(w.Owners, ", "), dim)
	if c := &w.Cohort; c.Tenants > 0 {
		harm, health := c.Limits()
		words := "E " + oddsOf(c.HarmE) + " of " + formatCount(harm) + ", N " + oddsOf(c.HealthN) + " of " + formatCount(health)
		if c.Promotes {
			part("cohort ", words+": promotes", good)
		} else {
			part("cohort ", words, text)
		}
	}
	part("harmed (e-BH) ", namesOf(w.Harmed), bad)
	part("healthy (e-BH) ", namesOf(w.Healthy), good)
	if x == cutoverMargin {
		p.Text(x, 0, ink(dim), "no evidence yet")
	}
}

// namesOf joins the names of tenants.
func namesOf(ts []migration.Tenant) string {
	names := make([]string, 0, min(len(ts), 6))
	for i, t := range ts {
		if i == 5 && len(ts) > 6 {
			names = append(names, "and "+strconv.Itoa(len(ts)-i)+" more")
			break
		}
		names = append(names, t.String())
	}
	return strings.Join(names, ", ")
}

// oddsOf writes evidence that is given as log10.
func oddsOf(log10 float64) string {
	switch v := math.Pow(10, log10); {
	case v >= 1e6:
		return strconv.FormatFloat(v, 'e', 1, 64)
	case v >= 10:
		return formatCount(int64(v + 0.5))
	default:
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
}
