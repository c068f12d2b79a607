package runfile

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

const wantHeader = "want a line with the names of columns, workload,tenant,run_id,started_at,duration_s,peak_memory_bytes,..."

// csvColumn is a column of the file: the field that it is, and its unit, 0 where that is the name's.
type csvColumn struct {
	field
	unit float64
}

// readCSV reads a header line and one line per run. Columns may be in any order; an empty value is unknown.
func (f *File) readCSV(in *textReader) error {
	c := csv.NewReader(in)
	c.ReuseRecord = true
	head, err := c.Read()
	if errors.Is(err, io.EOF) {
		return &Error{f.name, 1, "the file is empty: " + wantHeader}
	}
	if err != nil {
		return f.csvError(in, err)
	}
	line, _ := c.FieldPos(0) // blank lines may precede it
	columns, err := f.columnsOf(head, line)
	if err != nil {
		return err
	}
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return f.csvError(in, err)
		}
		line, _ := c.FieldPos(0)
		run, boundGiven := newRun(line), false
		for i, text := range row {
			text = strings.TrimSpace(text)
			if columns[i].set == nil || text == "" {
				continue
			}
			boundGiven = boundGiven || columns[i].name == "peak_bound"
			if err := f.set(&run, columns[i].field, text, columns[i].unit); err != nil {
				return err
			}
		}
		if err := f.keep(&run, boundGiven); err != nil {
			return err
		}
	}
}

// set takes one value of a run. A word that says nothing to us is noted.
func (f *File) set(run *Run, field field, text string, unit float64) error {
	err := field.set(run, text, unit)
	var unknown *errUnknownWord
	switch {
	case err == nil:
		if field.name == "status" && run.Record.Outcome >= notRun {
			count(f.leftOut, text, run.Line)
		}
	case errors.As(err, &unknown):
		count(f.words, unknown.word, run.Line)
	default:
		return &Error{f.name, run.Line, fmt.Sprintf("%s: %v", field.name, err)}
	}
	return nil
}

// keep takes a run, of which all values were read.
func (f *File) keep(run *Run, boundGiven bool) error {
	if run.Record.Key.Workload == "" {
		return &Error{f.name, run.Line, "workload: is empty: a run belongs to one"}
	}
	if run.Record.Outcome >= notRun {
		return nil // counted already
	}
	if err := finish(run, boundGiven); err != nil {
		return &Error{f.name, run.Line, err.Error()}
	}
	if first := f.add(run); first != 0 {
		return &Error{f.name, run.Line, fmt.Sprintf("run_id: %q of this workload and tenant is already on line %d: each attempt needs its own id",
			short(run.Record.ID), first)}
	}
	return nil
}

// columnsOf finds the field of each column.
func (f *File) columnsOf(head []string, line int) ([]csvColumn, error) {
	columns := make([]csvColumn, len(head))
	at, of := map[string]int{}, map[string]int{}
	var unknown []string
	for i, text := range head {
		text = strings.ToLower(strings.TrimSpace(text))
		if first, again := at[text]; again && text != "" {
			return nil, &Error{f.name, line, fmt.Sprintf("column %q occurs twice, as number %d and %d", short(text), first+1, i+1)}
		}
		at[text] = i
		field, unit, ok, err := f.fieldNamed(text)
		if err != nil {
			return nil, &Error{f.name, line, err.Error()}
		}
		if !ok {
			if text != "" { // one without a name is the index of a data frame, or a comma at the end
				unknown = append(unknown, text)
			}
			continue
		}
		if first, again := of[field.name]; again {
			return nil, &Error{f.name, line, fmt.Sprintf("columns %q and %q, number %d and %d, are both %s: keep one", short(head[first]),
				short(head[i]), first+1, i+1, field.name)}
		}
		of[field.name] = i
		columns[i] = csvColumn{field, unit}
	}
	has := func(name string) bool { _, ok := of[name]; return ok }
	if !has("workload") && len(head) == 1 {
		for mark, name := range map[string]string{";": "semicolons", "\t": "tabs", "|": "bars"} {
			if strings.Contains(head[0], mark) {
				return nil, &Error{f.name, line, "want columns separated by commas: these are separated by " + name}
			}
		}
	}
	if err := f.unknownNames("column", unknown, line, has); err != nil {
		return nil, err
	}
	if !has("workload") {
		return nil, &Error{f.name, line, "there is no column workload: " + wantHeader}
	}
	return columns, nil
}

// fieldNamed finds the field of a name, which may say another unit, and that unit. What the user
// states goes before the name's own unit and must not contradict another.
func (f *File) fieldNamed(name string) (field, float64, bool, error) {
	field, ok := fieldOf(name)
	var unit Unit
	if !ok {
		var target string
		if target, unit, ok = unitOf(name); ok {
			field, ok = fieldOf(target)
		}
	}
	if !ok {
		return field, 0, false, nil
	}
	if given, is := f.options.Units[field.name]; is {
		if unit.Name != "" && unit.factor != given.factor {
			return field, 0, false, fmt.Errorf("column %q says another unit than %s", short(name), given.Name)
		}
		unit = given
	}
	if unit.Name != "" && unit.factor != 1 {
		f.converted = append(f.converted, fmt.Sprintf("%s from %s", field.name, unit.Name))
	}
	if unit.factor == 1 && field.name != "started_at" {
		return field, 0, true, nil
	}
	return field, unit.factor, true, nil
}

func (f *File) csvError(in *textReader, err error) error {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return readError(f.name, in.lines+1, err)
	}
	switch {
	case errors.Is(parse.Err, csv.ErrFieldCount):
		return &Error{f.name, parse.Line, "this line has another number of values than the first line has names"}
	case errors.Is(parse.Err, csv.ErrQuote):
		at, closed := in.openedAt(parse.StartLine, parse.Line)
		if !closed {
			return &Error{f.name, at, `a quote opens on this line and is not closed: close it, or write it as ""`}
		}
		if at != parse.Line {
			return &Error{f.name, at, fmt.Sprintf(`a quote opens on this line and ends on line %d within a value: close it `+
				`before, or write it as ""`, parse.Line)}
		}
		return &Error{f.name, at, `a value goes on behind its closing quote: write a quote within a value as "" and put the value into quotes`}
	case errors.Is(parse.Err, csv.ErrBareQuote):
		return &Error{f.name, parse.Line, `a quote stands within a value that does not begin with one: write it as "" and ` +
			`put the value into quotes`}
	}
	return &Error{f.name, parse.Line, parse.Err.Error()}
}
