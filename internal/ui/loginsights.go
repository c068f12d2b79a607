package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// LogInsights reads from Lambda's logs what no metric has. A reading costs money, so
// that it is quoted first. The methods are called from commands, one at a time.
type LogInsights interface {
	// Quote is the cost of reading what is missing.
	Quote(ctx context.Context) (Quote, error)
}

// Quote is what a reading would take.
type Quote struct {
	Text string // what is to be scanned, and what that costs
	// Nothing is set where there is nothing to read.
	Nothing bool
	// Read reads it, and returns the result as a sentence.
	Read func(ctx context.Context) (string, error)
}

// quoting is the dialog that shows the cost and asks for confirmation.
type quoting struct {
	quote Quote
	known bool
	err   error
}

type quoteMsg struct {
	of    *quoting
	quote Quote
	err   error
}

type evidenceMsg struct {
	text string
	err  error
}

// askEvidence opens the dialog and asks for the cost.
func (m *model) askEvidence() tea.Cmd {
	if m.opts.Evidence == nil {
		m.say(dim, "reading logs is not available")
		return nil
	}
	if m.reading {
		m.say(dim, "the logs are being read already")
		return nil
	}
	d := &quoting{}
	m.dialog = d
	return m.tasks.do(func(ctx context.Context) tea.Msg {
		q, err := m.opts.Evidence.Quote(ctx)
		return quoteMsg{d, q, err}
	})
}

// quoted takes the answer, unless the dialog was left meanwhile.
func (m *model) quoted(msg quoteMsg) {
	msg.of.quote, msg.of.err, msg.of.known = msg.quote, msg.err, true
	m.touch()
}

// readEvidence reads what was quoted.
func (m *model) readEvidence(q Quote) tea.Cmd {
	m.reading = true
	m.say(dim, "reading the logs")
	return m.tasks.do(func(ctx context.Context) tea.Msg {
		text, err := q.Read(ctx)
		return evidenceMsg{text, err}
	})
}

func (m *model) evidenceRead(msg evidenceMsg) {
	m.reading = false
	switch {
	case errors.Is(msg.err, context.Canceled):
	case msg.err != nil:
		m.say(bad, "the logs: "+strings.Join(strings.Fields(msg.err.Error()), " "))
	default:
		m.say(good, msg.text)
	}
}

func (d *quoting) press(m *model, k tea.KeyPressMsg) tea.Cmd {
	switch key := k.String(); {
	case key == "esc" || key == "n" || key == "q":
		m.dialog = nil
	case (key == "y" || key == "enter") && d.known && d.err == nil && !d.quote.Nothing:
		m.dialog = nil
		return m.readEvidence(d.quote)
	case (key == "y" || key == "enter") && d.known:
		m.dialog = nil
	}
	return nil
}

func (d *quoting) draw(m *model, p canvas.Pane) {
	f := &m.frame
	note := "esc cancels"
	var says string
	as := text
	switch {
	case !d.known:
		says, as = "Asking CloudWatch how much the logs hold.", dim
	case d.err != nil:
		says, as = strings.Join(strings.Fields(d.err.Error()), " "), bad
	case d.quote.Nothing:
		says = d.quote.Text
	default:
		says, note = d.quote.Text, "y reads, esc cancels"
	}
	lines := canvas.Wrap(says, 68, 12)
	in := f.box(p, 74, len(lines)+5, "Read Lambda's logs", note)
	for i, line := range lines {
		in.Fit(0, i, in.W, ink(as), line, f.g)
	}
	in.Fit(0, in.H-1, in.W, ink(dim), "Results are kept. The same logs are never read twice.", f.g)
}

// megabytes writes an amount that was scanned, in AWS's units of 1,024.
func megabytes(n int64) string {
	if n >= int64(migration.GiB) {
		return fmt.Sprintf("%.1f GB", float64(n)/float64(migration.GiB))
	}
	return fmt.Sprintf("%.1f MB", float64(n)/float64(migration.MiB))
}
