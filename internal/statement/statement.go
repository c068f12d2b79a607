// Package statement writes estimates and prices for people and programs: as
// tables, as JSON and as CSV. It computes nothing but how a number is shown; JSON
// and CSV have all digits of every number.
package statement

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// Format is a way to write.
type Format string

// The formats.
const (
	Table Format = "table"
	JSON  Format = "json"
	CSV   Format = "csv"
)

// ParseFormat reads the name of a format. The error names those there are.
func ParseFormat(s string) (Format, error) {
	if f := Format(s); f == Table || f == JSON || f == CSV {
		return f, nil
	}
	return "", &migration.Problem{
		Fault: migration.FaultConfig,
		What:  fmt.Sprintf("unknown output format %q", s),
		Fix:   "use one of table, json, csv",
	}
}

// write runs one of the writers on a buffer and flushes it.
func write(w io.Writer, by func(*bufio.Writer) error) error {
	out := bufio.NewWriter(w)
	if err := by(out); err != nil {
		return err
	}
	return out.Flush()
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// writeCSV writes one line of names and one a row (RFC 4180, with \n).
func writeCSV(w io.Writer, head []string, rows [][]string) error {
	out := csv.NewWriter(w)
	if err := out.WriteAll(append([][]string{head}, rows...)); err != nil {
		return err
	}
	return out.Error()
}

// harmless puts an apostrophe before a text that a spreadsheet would take for a
// formula: shapes and overlays are named by others. Source: OWASP, "CSV Injection".
func harmless(s string) string {
	if s != "" && strings.IndexByte("=+-@\t\r\n", s[0]) >= 0 {
		return "'" + s
	}
	return s
}

// printable replaces what would move the cursor or change colours.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar {
			return '?'
		}
		return r
	}, s)
}

// column is a heading and whether what stands under it are numbers.
type column struct {
	title string
	right bool
}

// grid writes aligned columns, two blanks apart, each line behind an indent.
func grid(w *bufio.Writer, indent string, columns []column, rows [][]string) {
	head := make([]string, len(columns))
	for i, c := range columns {
		head[i] = c.title
	}
	lines := append([][]string{head}, rows...)
	widths := make([]int, len(columns))
	for _, line := range lines {
		for i, text := range line {
			widths[i] = max(widths[i], ansi.StringWidth(printable(text)))
		}
	}
	for _, line := range lines {
		var b strings.Builder
		for i, text := range line {
			text = printable(text)
			blanks := strings.Repeat(" ", widths[i]-ansi.StringWidth(text))
			if i > 0 {
				b.WriteString("  ")
			}
			if columns[i].right {
				b.WriteString(blanks + text)
			} else {
				b.WriteString(text + blanks)
			}
		}
		w.WriteString(indent + strings.TrimRight(b.String(), " ") + "\n")
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
