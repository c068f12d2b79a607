package ui

import (
	"context"
	"errors"
	"path/filepath"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
)

// CutoverRecord writes the record of a cutover: who stood where, when, on which numbers. It is called from commands and may take
// its time.
type CutoverRecord interface {
	// Documents are the record as JSON and as Markdown, up to a Snapshot.
	Documents(context.Context, *migration.Snapshot) (json, markdown []byte, err error)
}

// export writes the record of the cutover as new files.
func (s *cutover) export(m *model) tea.Cmd {
	switch {
	case m.opts.Record == nil:
		m.say(dim, "the record of the cutover is not available")
		return nil
	case m.data == nil:
		return nil
	case !m.data.cutover.began:
		m.say(dim, "there is no cutover to record yet")
		return nil
	}
	snap, record, base := m.data.snap, m.opts.Record, m.fileBase("cutover")
	m.say(dim, "writing the record of the cutover")
	return m.tasks.do(func(ctx context.Context) tea.Msg {
		json, markdown, err := record.Documents(ctx, snap)
		if err != nil {
			return savedMsg{err: err}
		}
		first, err := writeNew(base, ".json", writing(json))
		if err != nil {
			return savedMsg{err: err}
		}
		second, err := writeNew(base, ".md", writing(markdown))
		if err != nil {
			return savedMsg{err: errors.Join(err, errors.New("the JSON is in "+absolute(first)))}
		}
		return savedMsg{path: absolute(first), what: "and " + absolute(second)}
	})
}

// absolute is a path that means the same in every folder.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
