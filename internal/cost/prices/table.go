package prices

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
	"github.com/shopspring/decimal"
)

// cell is one word of a table, with its place.
type cell struct {
	text         string
	file         string
	line, column int
}

func (c cell) errorf(format string, args ...any) error {
	return &ParseError{File: c.file, Line: c.line, Column: c.column, Message: fmt.Sprintf(format, args...)}
}

// table reads a literal block of words in rows. There is a head and a row at
// least, and no row is empty. Columns stand apart by spaces: a table is quicker to
// read, for people and for the parser, than the same prices as a mapping each.
func (n node) table(what string) ([][]cell, error) {
	lit, ok := n.ast.(*ast.LiteralNode)
	if !ok || lit.Start.Type != token.LiteralType || lit.Start.Position == nil {
		return nil, n.errorf("want %s as a block of lines after |, got %s", what, n.kind())
	}
	var rows [][]cell
	first := lit.Start.Position.Line // the line after it, counted from 0
	for i, line := range strings.Split(lit.Value.Value, "\n") {
		indent := 0
		if first+i < len(n.lines) {
			indent = max(strings.Index(n.lines[first+i], line), 0)
		}
		var row []cell
		for at := 0; at < len(line); {
			if line[at] == ' ' || line[at] == '\t' || line[at] == '\r' {
				at++
				continue
			}
			end := at + 1
			for end < len(line) && line[end] != ' ' && line[end] != '\t' && line[end] != '\r' {
				end++
			}
			row = append(row, cell{line[at:end], n.file, first + i + 1, indent + at + 1})
			at = end
		}
		if row != nil {
			rows = append(rows, row)
		}
	}
	if len(rows) < 2 {
		return nil, n.errorf("want %s with a head and at least one row", what)
	}
	return rows, nil
}

func (c cell) number(what string) (decimal.Decimal, error) { return exact(c, what, c.text) }

// integer reads a whole number from least to most.
func (c cell) integer(what string, least, most int64) (int64, error) {
	i, err := strconv.ParseInt(c.text, 10, 64)
	if err != nil || i < least || i > most {
		return 0, c.errorf("want %s as a whole number from %d to %d, got %q", what, least, most, c.text)
	}
	return i, nil
}

// Numbers of the book are between 0 and 1e15 with at most 30 places: wide enough
// for every price and every tier, narrow enough that no sum runs away.
const maxDigits, maxPlaces = 15, 30

// exact reads a decimal without sign or exponent.
func exact(at place, what, s string) (decimal.Decimal, error) {
	whole, places, point := strings.Cut(s, ".")
	if !digits(whole) || len(whole) > maxDigits || (point && !digits(places)) || len(places) > maxPlaces {
		return decimal.Decimal{}, at.errorf(`want %s as a decimal like "0.0416" without sign or exponent, got %q`, what, s)
	}
	d, err := decimal.NewFromString(s)
	if err != nil {
		return decimal.Decimal{}, at.errorf("want %s as a decimal, got %q", what, s)
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
