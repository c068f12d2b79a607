package report

import (
	"bufio"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/migtop/migtop/internal/columns"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// writeCSV writes one line of names and one a row (RFC 4180, with \n).
func writeCSV(w *bufio.Writer, s *migration.Snapshot, fields []string) error {
	cols, err := columns.Choose(s.Move, fields, false)
	if err != nil {
		return err
	}
	return columns.WriteCSV(w, cols, columns.Rows(s))
}

// writeTable writes columns of plain text, aligned, two blanks apart.
func writeTable(w *bufio.Writer, s *migration.Snapshot, fields []string) error {
	cols, err := columns.Choose(s.Move, fields, true)
	if err != nil {
		return err
	}
	all := columns.Rows(s)
	lines := make([][]string, 0, len(all)+1)
	head := make([]string, len(cols))
	for j, c := range cols {
		head[j] = c.Title
	}
	lines = append(lines, head)
	for i := range all {
		line := make([]string, len(cols))
		for j := range cols {
			if line[j] = printable(cols[j].Cell(&all[i]).Short); line[j] == "" {
				line[j] = "-"
			}
		}
		lines = append(lines, line)
	}
	widths := make([]int, len(cols))
	for _, line := range lines {
		for j, text := range line {
			widths[j] = max(widths[j], ansi.StringWidth(text))
		}
	}
	for _, line := range lines {
		for j, text := range line {
			if j > 0 {
				w.WriteString("  ")
			}
			blanks := strings.Repeat(" ", widths[j]-ansi.StringWidth(text))
			switch {
			case cols[j].Right:
				w.WriteString(blanks + text)
			case j == len(line)-1:
				w.WriteString(text)
			default:
				w.WriteString(text + blanks)
			}
		}
		w.WriteByte('\n')
	}
	return nil
}

// printable is a foreign text as a terminal may show it, in one line of bounded length.
func printable(s string) string { return text.Shorten(text.Printable(s), mostShown) }

// mostShown is how many characters of a text a table shows: one of thousands makes every line as wide.
const mostShown = 200
