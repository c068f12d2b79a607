package report

import (
	"bufio"

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

// writeTable writes aligned columns of plain text, two spaces apart.
func writeTable(w *bufio.Writer, s *migration.Snapshot, fields []string) error {
	cols, err := columns.Choose(s.Move, fields, true)
	if err != nil {
		return err
	}
	headings := make([]heading, len(cols))
	for j, c := range cols {
		headings[j] = heading{c.Title, c.Right}
	}
	all := columns.Rows(s)
	lines := make([][]string, len(all))
	for i := range all {
		lines[i] = make([]string, len(cols))
		for j := range cols {
			cell := cols[j].Cell(&all[i])
			if lines[i][j] = cell.Short(); lines[i][j] == "" {
				lines[i][j] = "-"
			}
		}
	}
	grid(w, "", headings, lines)
	return nil
}

// printable is a foreign text as a terminal may show it, in one line of bounded length.
func printable(s string) string { return text.Shorten(text.Printable(s), mostShown) }

// mostShown is how many characters of a text a table shows: one of thousands makes every line as wide.
const mostShown = 200
