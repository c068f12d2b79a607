package runfile

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// readCSV reads a line of names and one line a run. Columns may stand in any order;
// an empty value is unknown.
func readCSV(name string, in io.Reader) (*File, error) {
	c := csv.NewReader(in)
	c.ReuseRecord = true
	head, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, &Error{name, 1, "the file is empty: want a line with the names of columns, workload,tenant,run_id,started_at,duration_s,peak_memory_bytes,..."}
	}
	if err != nil {
		return nil, csvError(name, err)
	}
	columns, f, err := columnsOf(name, head)
	if err != nil {
		return nil, err
	}
	seen := map[[3]string]int{}
	words := map[string]int{}
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, csvError(name, err)
		}
		line, _ := c.FieldPos(0)
		run, boundGiven := newRun(line), false
		for i, text := range row {
			text = strings.TrimSpace(text)
			if columns[i].set == nil || text == "" {
				continue
			}
			boundGiven = boundGiven || columns[i].name == "peak_bound"
			var word *errUnknownWord
			if err := columns[i].set(&run, strings.Clone(text)); errors.As(err, &word) {
				words[columns[i].name+" "+fmt.Sprintf("%q", short(word.word))]++
			} else if err != nil {
				return nil, &Error{name, line, fmt.Sprintf("%s: %v", columns[i].name, err)}
			}
		}
		if run.Record.Key.Workload == "" {
			return nil, &Error{name, line, "workload: is empty: a run belongs to one"}
		}
		if err := finish(&run, boundGiven); err != nil {
			return nil, &Error{name, line, err.Error()}
		}
		if id := run.Record.ID; id != "" {
			key := [3]string{string(run.Record.Key.Workload), string(run.Record.Key.Tenant), id}
			if first, again := seen[key]; again {
				return nil, &Error{name, line, fmt.Sprintf("run_id: %q of this workload and tenant stands on line %d already: each attempt needs an id of its own", short(id), first)}
			}
			seen[key] = line
		}
		f.Runs = append(f.Runs, run)
	}
	f.note(words)
	return f, nil
}

// columnsOf finds the field of each column.
func columnsOf(name string, head []string) ([]field, *File, error) {
	f := &File{}
	columns := make([]field, len(head))
	at := map[string]int{}
	var ignored []string
	for i, text := range head {
		text = strings.ToLower(strings.TrimSpace(text))
		if first, again := at[text]; again && text != "" {
			return nil, nil, &Error{name, 1, fmt.Sprintf("column %q stands there twice, as number %d and %d", text, first+1, i+1)}
		}
		at[text] = i
		if field, ok := fieldOf(text); ok {
			columns[i] = field
		} else {
			ignored = append(ignored, fmt.Sprintf("%q", short(text)))
		}
	}
	if _, ok := at["workload"]; !ok {
		text := "there is no column workload: want a line with the names of columns, workload,tenant,run_id,started_at,duration_s,peak_memory_bytes,..."
		if len(head) == 1 && strings.ContainsAny(head[0], ";\t") {
			text = "want columns separated by commas"
		}
		return nil, nil, &Error{name, 1, text}
	}
	if len(ignored) > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("%s: ignored the unknown %s %s", name, map[bool]string{true: "column", false: "columns"}[len(ignored) == 1], strings.Join(ignored, ", ")))
	}
	return columns, f, nil
}

func csvError(name string, err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		text := parse.Err.Error()
		if errors.Is(parse.Err, csv.ErrFieldCount) {
			text = "this line has another number of values than the first line has names"
		}
		return &Error{name, parse.Line, text}
	}
	return fmt.Errorf("cannot read %s: %w", name, err)
}
