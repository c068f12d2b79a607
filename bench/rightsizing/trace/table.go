package trace

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// table reads a CSV file by the names in its header.
type table struct {
	csv    *csv.Reader
	column map[string]int
	row    []string
	line   int
	err    error
}

func newTable(r io.Reader) (*table, error) {
	t := &table{csv: csv.NewReader(r), column: map[string]int{}}
	t.csv.ReuseRecord = true
	header, err := t.csv.Read()
	if err != nil {
		return nil, fmt.Errorf("read the header: %w", err)
	}
	for i, name := range header {
		t.column[strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))] = i
	}
	return t, nil
}

// has says whether the header has all of the names.
func (t *table) has(names ...string) bool {
	for _, name := range names {
		if _, ok := t.column[name]; !ok {
			return false
		}
	}
	return true
}

// next reads the next row; false at the end and at an error, which err keeps.
func (t *table) next() bool {
	row, err := t.csv.Read()
	if err != nil {
		if !errors.Is(err, io.EOF) {
			t.err = err
		}
		return false
	}
	t.row = row
	t.line, _ = t.csv.FieldPos(0)
	return true
}

// text returns a field unchanged; "-" and a missing column are empty: Nextflow writes "-" for unknown values.
func (t *table) text(name string) string {
	i, ok := t.column[name]
	if !ok || i >= len(t.row) || t.row[i] == "-" {
		return ""
	}
	return t.row[i]
}

// number is a field's value and whether it has one. What is no number is an error.
func (t *table) number(name string) (float64, bool) {
	text := t.text(name)
	if text == "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) {
		t.fail(name, "not a number")
		return 0, false
	}
	return v, true
}

// span is a field's value as a duration; 0 where it has none.
func (t *table) span(name string, unit time.Duration) time.Duration {
	v, _ := t.number(name)
	if v *= float64(unit); v < 0 || v >= century {
		t.fail(name, "not a duration that a run can have")
		return 0
	}
	return time.Duration(v)
}

// bytes is a field's value as an amount of memory; 0 where it has none.
func (t *table) bytes(name string, unit int64) int64 {
	v, _ := t.number(name)
	if v *= float64(unit); v < 0 || v >= 1<<50 {
		t.fail(name, "not an amount of memory that a run can have")
		return 0
	}
	return int64(v)
}

// century is 100 years: more is another unit, or no number at all.
const century = 100 * 365 * 24 * float64(time.Hour)

// fail keeps the first thing that is wrong.
func (t *table) fail(name, what string) {
	if t.err == nil {
		t.err = fmt.Errorf("line %d: %s is %q, %s", t.line, name, t.text(name), what)
	}
}
