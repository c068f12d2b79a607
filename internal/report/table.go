package report

import (
	"bufio"
	"encoding/csv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// writeCSV writes one line of names and one a row (RFC 4180, with \n). Numbers
// have all their digits.
func writeCSV(w *bufio.Writer, s *migration.Snapshot, fields []string) error {
	cols, err := chosen(fields, true)
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	record := make([]string, len(cols))
	for i, c := range cols {
		record[i] = c.name
	}
	if err := out.Write(record); err != nil {
		return err
	}
	all := rows(s)
	for i := range all {
		for j, c := range cols {
			record[j] = c.value(&all[i]).exact
			if c.text {
				record[j] = text.CSVCell(record[j])
			}
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// writeTable writes columns of plain text, aligned, two blanks apart.
func writeTable(w *bufio.Writer, s *migration.Snapshot, fields []string) error {
	cols, err := chosen(fields, false)
	if err != nil {
		return err
	}
	all := rows(s)
	lines := make([][]string, 0, len(all)+1)
	head := make([]string, len(cols))
	for j, c := range cols {
		head[j] = c.title
	}
	lines = append(lines, head)
	for i := range all {
		line := make([]string, len(cols))
		for j, c := range cols {
			if line[j] = printable(c.value(&all[i]).short); line[j] == "" {
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
			case cols[j].right:
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
