package report

import (
	"bufio"
	"fmt"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// writeSuccess writes how the move itself goes: a line for each figure, with its number of cases.
func writeSuccess(w *bufio.Writer, s *migration.MoveSuccess) {
	if s.From.IsZero() {
		return
	}
	fmt.Fprintf(w, "Success of the move, %s since %s:\n", text.PluralOf(s.Steps, "step of a tenant", "steps of tenants"),
		s.From.UTC().Format("2 Jan 2006"))
	for _, l := range SuccessLines(s) {
		fmt.Fprintf(w, "  %-20s %s\n", l.Name, l.Text)
	}
}

// SuccessLine is one figure of the success of the move.
type SuccessLine struct{ Name, Text string }

// SuccessLines are the figures of the success of the move in words.
func SuccessLines(s *migration.MoveSuccess) []SuccessLine {
	few := func(n int, what string) string {
		return fmt.Sprintf("too few to say: %s, of at least %d", text.PluralOf(n, what, what+"s"), migration.FewestToSay)
	}
	under := func(n int, what string) string {
		if n == 0 {
			return ""
		}
		return fmt.Sprintf("; %d %s", n, what)
	}
	out := []SuccessLine{
		{"change failure rate", few(s.ChangeFailure.N, "ended step") + under(s.ChangeFailure.Open, "not ended")},
		{"time to restore", few(s.Restore.N, "ROLL BACK") + under(s.Restore.Open, "not over")},
		{"steps a week", few(s.Weekly.N, "step")},
		{"lead time of a step", few(s.Lead.N, "step") + " after another"},
	}
	if r, ok := s.ChangeFailure.Ratio.Get(); ok {
		out[0].Text = fmt.Sprintf("%s: %d of %d ended steps ended in ROLL BACK or a smaller share%s", text.Percent(r),
			s.ChangeFailure.Failed, s.ChangeFailure.N, under(s.ChangeFailure.Open, "not ended"))
	}
	if d, ok := s.Restore.Median.Get(); ok {
		out[1].Text = fmt.Sprintf("%s from ROLL BACK to a smaller share, or until it was cleared: median of %d%s", brief(d), s.Restore.N,
			under(s.Restore.Open, "not over"))
	}
	if r, ok := s.Weekly.Rate.Get(); ok {
		out[2].Text = fmt.Sprintf("%.1f: %d in %s", r, s.Weekly.N, brief(s.Weekly.Span))
	}
	if d, ok := s.Lead.Median.Get(); ok {
		out[3].Text = fmt.Sprintf("%s from one step to the next: median of %d", brief(d), s.Lead.N)
		if p, ok := s.Lead.Planned.Get(); ok {
			out[3].Text += fmt.Sprintf("; %.1f times the %s planned, of %d", s.Lead.Factor.Or(0), brief(p), s.Lead.PlannedN)
		}
	}
	return out
}

// brief is a time in days from two days on.
func brief(d time.Duration) string {
	if d >= 48*time.Hour {
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	}
	return migration.Brief(d.Round(time.Minute))
}
