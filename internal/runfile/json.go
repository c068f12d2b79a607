package runfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// lists are the names under which a document has its runs.
var lists = []string{"runs", "items", "records", "data"}

// jsonReader reads objects, each a run with the fields that CSV has as columns.
type jsonReader struct {
	*File
	*json.Decoder
	lines   *lineCounter
	names   map[string]csvColumn // fields by the names that were met
	unknown map[string]int       // names that are no field, and the line of the first
}

// readJSON reads an array of runs, an object that has one, or runs one after the other.
func (f *File) readJSON(in io.Reader) error {
	lines := &lineCounter{in: in, line: 1}
	r := &jsonReader{File: f, Decoder: json.NewDecoder(lines), lines: lines, names: map[string]csvColumn{}, unknown: map[string]int{}}
	r.UseNumber()
	for {
		token, err := r.Token()
		if errors.Is(err, io.EOF) {
			return r.finishJSON()
		}
		if err != nil {
			return r.fail(err)
		}
		switch token {
		case json.Delim('['):
			err = r.array()
		case json.Delim('{'):
			err = r.object(true)
		default:
			err = &Error{f.name, r.at(), "want an object for each run"}
		}
		if err != nil {
			return err
		}
	}
}

// finishJSON says which names meant nothing.
func (r *jsonReader) finishJSON() error {
	has := func(name string) bool {
		for _, c := range r.names {
			if c.name == name {
				return true
			}
		}
		return false
	}
	names := slices.SortedFunc(maps.Keys(r.unknown), func(a, b string) int { return strings.Compare(a, b) })
	line := 1
	for _, name := range names {
		if slices.Contains(essential, similarField(name, has)) {
			line = r.unknown[name]
			break
		}
	}
	return r.unknownNames("field", names, line, has)
}

func (r *jsonReader) at() int { return r.lines.lineAt(r.InputOffset()) }

func (r *jsonReader) fail(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return &Error{r.name, r.lines.lineAt(syntax.Offset), "this is no JSON: " + strings.TrimPrefix(syntax.Error(), "json: ")}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return &Error{r.name, r.lines.last(), "the JSON ends in the middle of a value: the file was not written whole"}
	}
	var said *Error
	if errors.As(err, &said) {
		return said
	}
	if strings.HasPrefix(err.Error(), "cannot read") {
		return err
	}
	return readError(r.name, r.at(), err)
}

// array reads runs up to its end.
func (r *jsonReader) array() error {
	for r.More() {
		token, err := r.Token()
		if err != nil {
			return r.fail(err)
		}
		if token != json.Delim('{') {
			return &Error{r.name, r.at(), "want an object for each run, {\"workload\": ..., \"peak_memory_bytes\": ...}"}
		}
		if err := r.object(false); err != nil {
			return err
		}
	}
	return r.end()
}

func (r *jsonReader) end() error {
	if _, err := r.Token(); err != nil {
		return r.fail(err)
	}
	return nil
}

// object reads one run after its opening brace. The outermost object may instead be a document with a list of runs.
func (r *jsonReader) object(outermost bool) error {
	run, boundGiven, listed := newRun(r.at()), false, false
	said := map[string]bool{}
	for r.More() {
		token, err := r.Token()
		if err != nil {
			return r.fail(err)
		}
		key, _ := token.(string) // a name: the decoder checks that
		value, err := r.value(outermost && slices.Contains(lists, strings.ToLower(key)))
		if err != nil {
			return err
		}
		if value == listRead {
			listed = true
			continue
		}
		column, err := r.column(key)
		if err != nil {
			return err
		}
		if column.set == nil {
			continue
		}
		if said[column.name] {
			return &Error{r.name, r.at(), fmt.Sprintf("%s occurs twice in one run", column.name)}
		}
		said[column.name] = true
		text, err := r.plain(column.name, value)
		if err != nil {
			return err
		}
		if text == "" {
			continue
		}
		boundGiven = boundGiven || column.name == "peak_bound"
		if err := r.set(&run, column.field, text, column.unit); err != nil {
			return err
		}
	}
	if err := r.end(); err != nil {
		return err
	}
	if listed {
		return nil // the rest of a document is not part of a run
	}
	if run.Record.Key.Workload == "" {
		if err := r.finishJSON(); err != nil { // it may say what is meant for it
			return err
		}
	}
	return r.keep(&run, boundGiven)
}

// Values that are no text and no number.
type jsonMark uint8

const (
	listRead jsonMark = iota + 1
	nested
)

// value reads the value of a name. It reads a list of runs as runs and skips other nested values.
func (r *jsonReader) value(list bool) (any, error) {
	token, err := r.Token()
	if err != nil {
		return nil, r.fail(err)
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if list && delim == '[' {
		return listRead, r.array()
	}
	for depth := 1; depth > 0; {
		if token, err = r.Token(); err != nil {
			return nil, r.fail(err)
		}
		switch token {
		case json.Delim('['), json.Delim('{'):
			depth++
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
	}
	return nested, nil
}

// plain is a value as a column of CSV has it, empty where it is null.
func (r *jsonReader) plain(name string, value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		return strings.TrimSpace(v), nil
	case json.Number:
		return v.String(), nil
	}
	return "", &Error{r.name, r.at(), name + ": want a text or a number"}
}

// column finds the field of a name, which may be in camel case.
func (r *jsonReader) column(key string) (csvColumn, error) {
	if c, ok := r.names[key]; ok {
		return c, nil
	}
	name := snake(key)
	field, unit, ok, err := r.fieldNamed(name)
	if err != nil {
		return csvColumn{}, &Error{r.name, r.at(), err.Error()}
	}
	if !ok {
		if _, again := r.unknown[key]; !again && len(r.unknown) < mostKept {
			r.unknown[key] = r.at()
		}
		return csvColumn{}, nil
	}
	c := csvColumn{field, unit}
	r.names[key] = c
	return c, nil
}

// snake writes peakMemoryBytes as peak_memory_bytes.
func snake(s string) string {
	var b strings.Builder
	lower := false
	for _, c := range strings.TrimSpace(s) {
		if unicode.IsUpper(c) && lower {
			b.WriteByte('_')
		}
		lower = unicode.IsLower(c) || unicode.IsDigit(c)
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// lineCounter says on which line an offset lies that a reader ahead of it has reached.
type lineCounter struct {
	in     io.Reader
	offset int64
	ends   []int64 // of lines read and not yet passed by a lookup
	line   int     // the line after the last one that a lookup passed
}

func (l *lineCounter) Read(p []byte) (int, error) {
	n, err := l.in.Read(p)
	for i, c := range p[:n] {
		if c == '\n' {
			l.ends = append(l.ends, l.offset+int64(i))
		}
	}
	l.offset += int64(n)
	return n, err
}

// lineAt is the line of the byte before an offset. Offsets are asked for from the first on.
func (l *lineCounter) lineAt(offset int64) int {
	n := 0
	for n < len(l.ends) && l.ends[n] < offset-1 {
		n++
	}
	l.line += n
	l.ends = l.ends[n:]
	return l.line
}

func (l *lineCounter) last() int { return l.line + len(l.ends) }
