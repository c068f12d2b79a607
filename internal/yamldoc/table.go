package yamldoc

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
	"github.com/shopspring/decimal"
)

// Cell is one word of a table, with its place.
type Cell struct {
	Text         string
	file         string
	line, column int
}

// Errorf makes an [*Error] at the cell.
func (c Cell) Errorf(format string, args ...any) error {
	return &Error{File: c.file, Line: c.line, Column: c.column, Message: fmt.Sprintf(format, args...)}
}

// Table reads a literal block of words in rows: a head and at least one row, of which none
// is empty. Spaces separate columns. People and the parser read a table faster than the same
// prices as mappings.
func (n Node) Table(what string) ([][]Cell, error) {
	lit, ok := n.ast.(*ast.LiteralNode)
	if !ok || lit.Start.Type != token.LiteralType || lit.Start.Position == nil {
		return nil, n.Errorf("want %s as a block of lines after |, got %s", what, n.kind())
	}
	var rows [][]Cell
	first := lit.Start.Position.Line // the line after it, counted from 0
	for i, line := range strings.Split(lit.Value.Value, "\n") {
		indent := 0
		if first+i < len(n.lines) {
			indent = max(strings.Index(n.lines[first+i], line), 0)
		}
		var row []Cell
		for at := 0; at < len(line); {
			if line[at] == ' ' || line[at] == '\t' || line[at] == '\r' {
				at++
				continue
			}
			end := at + 1
			for end < len(line) && line[end] != ' ' && line[end] != '\t' && line[end] != '\r' {
				end++
			}
			row = append(row, Cell{line[at:end], n.file, first + i + 1, indent + at + 1})
			at = end
		}
		if row != nil {
			rows = append(rows, row)
		}
	}
	if len(rows) < 2 {
		return nil, n.Errorf("want %s with a head and at least one row", what)
	}
	return rows, nil
}

// Number returns the cell as an exact decimal without sign or exponent.
func (c Cell) Number(what string) (decimal.Decimal, error) { return exact(c, what, c.Text) }

// Integer reads a whole number from least to most.
func (c Cell) Integer(what string, least, most int64) (int64, error) {
	i, err := strconv.ParseInt(c.Text, 10, 64)
	if err != nil || i < least || i > most {
		return 0, c.Errorf("want %s as a whole number from %d to %d, got %q", what, least, most, c.Text)
	}
	return i, nil
}

// Numbers are between 0 and 1e15 with at most 30 places: wide enough
// for every price and every tier, narrow enough that no sum runs away.
const maxDigits, maxPlaces = 15, 30

// exact reads a decimal without sign or exponent.
func exact(at Place, what, s string) (decimal.Decimal, error) {
	whole, places, point := strings.Cut(s, ".")
	if digits(whole) && len(whole) > maxDigits {
		return decimal.Decimal{}, at.Errorf("want %s below 1e%d, got %q", what, maxDigits, s)
	}
	if !digits(whole) || len(whole) > maxDigits || (point && !digits(places)) || len(places) > maxPlaces {
		return decimal.Decimal{}, at.Errorf(`want %s as a decimal like "0.0416" without sign or exponent, got %q`, what, s)
	}
	d, err := decimal.NewFromString(s)
	if err != nil {
		return decimal.Decimal{}, at.Errorf("want %s as a decimal, got %q", what, s)
	}
	return d, nil
}

func digits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}
