package ui

import (
	"strconv"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// tenantRow is a tenant with its step, its evidence and what its next step needs.
func (s *cutover) tenantRow(f *frame, p canvas.Pane, t *migration.TenantView) {
	d := &t.Cutover.Detail
	glyph, st := tenantSign(f.g, t)
	p.Rune(1, 0, st, glyph)
	for _, c := range s.places {
		end := c.x + c.w
		switch c.id {
		case stepTenant:
			p.Fit(c.x, 0, c.w, ink(strong), t.Tenant.String(), f.g)
		case stepShare:
			put, st := opt(f, d.Share, ink(text), false, func(b []byte, r migration.Ratio) []byte { return append(b, percentOf(r)...) })
			if d.ShareFrom == "seen" {
				st = ink(dim)
			}
			p.TextRight(end, 0, st, put)
		case stepSeen:
			put, st := opt(f, d.Observed, ink(signalRole(d, "routed_share", text)), false, appendSeen)
			p.TextRight(end, 0, st, put)
		case stepSince:
			put, st := "-", ink(dim)
			if !d.StepAt.IsZero() {
				put, st = formatDuration(max(f.now.Sub(d.StepAt), 0).Truncate(time.Minute)), ink(text)
			}
			p.TextRight(end, 0, st, put)
		case stepBar:
			bar := migration.None[float64]()
			if d.Judged() {
				bar = migration.Some(d.Bar)
			}
			f.evidenceBar(p, c, bar, sideGap(f.move(), t) == "")
		case stepMessages:
			s.messages(f, p, c, comparedSide(d, &d.Before), comparedSide(d, &d.After))
		case stepFailed:
			s.failed(f, p, c, comparedSide(d, &d.Before), comparedSide(d, &d.After))
		case stepEven:
			s.even(f, p, c, d)
		case stepVerdict:
			words := verdictText(t)
			if canvas.Cells(words) > c.w {
				words = briefVerdict(&t.Cutover)
			}
			p.Fit(c.x, 0, c.w, st, words, f.g)
		case stepNext:
			p.Fit(c.x, 0, c.w, ink(text), nextNeeds(t), f.g)
		case stepColumns:
		}
	}
}

// appendSeen writes a share that was observed, to a tenth of a point.
func appendSeen(b []byte, r migration.Ratio) []byte {
	return append(strconv.AppendFloat(b, float64(r)*100, 'f', 1, 64), '%')
}

// comparedSide is what is compared of a side, nil before the first share.
func comparedSide(d *migration.CutoverDetail, s *migration.CutoverSide) *migration.CutoverSide {
	if !d.Judged() {
		return nil
	}
	return s
}

// messages draws what is compared of both sides.
func (s *cutover) messages(f *frame, p canvas.Pane, c cutoverSlot, before, after *migration.CutoverSide) {
	s.pair(f, p, c, before, after, func(b []byte, n *migration.CutoverSide) []byte { return appendCount(b, n.Messages) })
}

// failed draws which share of it failed; unknown where nothing ran.
func (s *cutover) failed(f *frame, p canvas.Pane, c cutoverSlot, before, after *migration.CutoverSide) {
	s.pair(f, p, c, before, after, func(b []byte, n *migration.CutoverSide) []byte {
		if n.Messages == 0 {
			return append(b, '-')
		}
		return appendPercent(b, migration.Ratio(float64(n.Failures)/float64(n.Messages)))
	})
}

func (s *cutover) pair(f *frame, p canvas.Pane, c cutoverSlot, before, after *migration.CutoverSide,
	write func([]byte, *migration.CutoverSide) []byte,
) {
	mid := c.x + c.w - (c.w-1)/2 - 1
	p.Rune(mid, 0, ink(line), '/')
	for i, n := range [...]*migration.CutoverSide{before, after} {
		end := [...]int{mid - 1, c.x + c.w}[i]
		if n == nil {
			p.TextRight(end, 0, ink(dim), "-")
			continue
		}
		f.buf = write(f.buf[:0], n)
		p.BytesRight(end, 0, ink(text), f.buf)
	}
}

// even says whether as many messages came out as went in.
func (s *cutover) even(f *frame, p canvas.Pane, c cutoverSlot, d *migration.CutoverDetail) {
	signal := signalOf(d, "conservation")
	if signal == nil || signal.State == migration.SignalNotYet {
		p.Text(c.x, 0, ink(dim), "-")
		return
	}
	glyph, st, word := signalSign(f.g, signal.State)
	if signal.State == migration.SignalFine {
		word = "even"
	}
	p.Rune(c.x, 0, st, glyph)
	p.Fit(c.x+2, 0, c.w-2, st, word, f.g)
}
