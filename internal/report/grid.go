package report

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// write runs one of the writers on a buffer and flushes it.
func write(w io.Writer, by func(*bufio.Writer) error) error {
	out := bufio.NewWriter(w)
	if err := by(out); err != nil {
		return err
	}
	return out.Flush()
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(harmlessJSON{w})
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// harmlessJSON escapes what encoders of JSON leave as it is and a terminal would act on. Each write is
// of whole characters.
type harmlessJSON struct{ io.Writer }

func (h harmlessJSON) Write(p []byte) (int, error) {
	if _, err := h.Writer.Write(text.EscapeJSON(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// csvRows writes one line of names and one a row (RFC 4180, with \n).
func csvRows(w io.Writer, head []string, rows [][]string) error {
	out := csv.NewWriter(w)
	if err := out.WriteAll(append([][]string{head}, rows...)); err != nil {
		return err
	}
	return out.Error()
}

// sentence is a foreign text below a table, as a terminal may show it: in one line of bounded length.
func sentence(s string) string { return text.Shorten(text.Printable(s), longestSentence) }

const longestSentence = 1000

// lineWidth is where sentences below a table are wrapped.
const lineWidth = 120

// wrapped writes a sentence in lines of [lineWidth], all but the first one two columns further in. It breaks at spaces
// only: names such as ap-southeast-5 stay whole.
func wrapped(w *bufio.Writer, indent, s string) {
	column := 0
	for i, word := range strings.Fields(s) {
		width := ansi.StringWidth(word)
		switch {
		case i == 0:
			w.WriteString(indent)
			column = len(indent)
		case column+1+width > lineWidth:
			w.WriteString("\n" + indent + "  ")
			column = len(indent) + 2
		default:
			w.WriteString(" ")
			column++
		}
		w.WriteString(word)
		column += width
	}
	w.WriteString("\n")
}

// heading is a column of a grid: its title, and whether its texts are numbers.
type heading struct {
	title string
	right bool
}

// grid writes aligned columns, two spaces apart, each line after an indent. It makes the texts of rows printable.
func grid(w *bufio.Writer, indent string, columns []heading, rows [][]string) {
	head := make([]string, len(columns))
	for i, c := range columns {
		head[i] = c.title
	}
	lines := append([][]string{head}, rows...)
	widths := make([]int, len(columns))
	for _, line := range lines {
		for i, text := range line {
			line[i] = printable(text)
			widths[i] = max(widths[i], ansi.StringWidth(line[i]))
		}
	}
	var out []byte
	for _, line := range lines {
		out = append(out[:0], indent...)
		for i, text := range line {
			if i > 0 {
				out = append(out, "  "...)
			}
			blanks := widths[i] - ansi.StringWidth(text)
			if !columns[i].right {
				out = append(out, text...)
			}
			for range blanks {
				out = append(out, ' ')
			}
			if columns[i].right {
				out = append(out, text...)
			}
		}
		w.Write(append(bytes.TrimRight(out, " "), '\n'))
	}
}

// tablePlaces is how many places after the point a table shows.
const tablePlaces = 12

// shown prints a number for a table, and whether digits were left out.
func shown(d decimal.Decimal) (text string, rounded bool) {
	r := d.Round(tablePlaces)
	return r.String(), !r.Equal(d)
}

// optional prints a number that may be unknown, rounded to a few places but never
// to 0.
func optional(v migration.Opt[decimal.Decimal], places int32, unknown string) string {
	d, ok := v.Get()
	if !ok {
		return unknown
	}
	for ; places < tablePlaces; places++ {
		if r := d.Round(places); !r.IsZero() || d.IsZero() {
			return r.String()
		}
	}
	return d.Round(places).String()
}

// contains reports whether any of the flags is set.
func contains(flags ...bool) bool { return slices.Contains(flags, true) }
