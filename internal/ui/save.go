package ui

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// copy puts what the cursor is on into the clipboard of the terminal (OSC 52).
func (m *model) copy() tea.Cmd {
	if m.data == nil {
		return nil
	}
	what, content := m.current().clipboard(m)
	if content == "" {
		m.say(dim, "nothing here to copy")
		return nil
	}
	m.say(dim, "copied "+what+", if the terminal allows it")
	return tea.SetClipboard(content)
}

// save writes the open table to a new file.
func (m *model) save() tea.Cmd {
	if m.data == nil {
		return nil
	}
	table := m.current().table(m)
	if table == nil {
		return nil
	}
	base := m.fileBase(table.name)
	return m.tasks.do(func(context.Context) tea.Msg {
		rows := table.rows()
		path, err := writeNew(base, ".csv", func(w io.Writer) error {
			c := csv.NewWriter(w)
			_ = c.WriteAll(rows) // its error is the writer's, read below
			return c.Error()
		})
		return savedMsg{path: path, rows: len(rows) - 1, err: err}
	})
}

// fileBase is the name of a file to save, without its ending.
func (m *model) fileBase(name string) string {
	return filepath.Join(m.opts.SaveDir, "migtop-"+name+"-"+m.opts.Now().In(m.opts.Location).Format("20060102-150405"))
}

func writing(data []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}
}

// fileName takes out of a name what a file's name should not have.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '-'
	}, s)
}

// writeNew writes a file that was not there before; where it was, a number is
// added to its name. Nothing half written is left behind.
func writeNew(base, ext string, write func(io.Writer) error) (string, error) {
	for n := 1; n < 1000; n++ {
		path := base + ext
		if n > 1 {
			path = base + "-" + strconv.Itoa(n) + ext
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return path, fmt.Errorf("cannot save: %w", err)
		}
		err = errors.Join(write(f), f.Close())
		if err != nil {
			_ = os.Remove(path) // half a table is worse than none
			return path, fmt.Errorf("cannot save: %w", err)
		}
		return path, nil
	}
	return base, fmt.Errorf("cannot save: a thousand files %s-* are there already", base)
}
