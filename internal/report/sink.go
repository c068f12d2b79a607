package report

import (
	"bufio"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/migtop/migtop/internal/text"
)

// sink receives a document as its smallest parts. Keys are "" within arrays. Writers keep their first error until they
// are flushed.
type sink interface {
	object(key string)
	array(key string)
	end()
	text(key, v string)
	// literal writes a number, true, false or null.
	literal(key string, v []byte)
}

// jsonSink writes JSON.
type jsonSink struct {
	w       *bufio.Writer
	compact bool
	stack   []jsonLevel
}

type jsonLevel struct {
	close byte
	any   bool
}

func (j *jsonSink) lead(key string) {
	if n := len(j.stack); n > 0 {
		level := &j.stack[n-1]
		if level.any {
			j.w.WriteByte(',')
		}
		level.any = true
		j.newline()
	}
	if key != "" {
		writeQuoted(j.w, key)
		j.w.WriteByte(':')
		if !j.compact {
			j.w.WriteByte(' ')
		}
	}
}

func (j *jsonSink) newline() {
	if j.compact {
		return
	}
	const line = "\n                                "
	j.w.WriteString(line[:min(1+2*len(j.stack), len(line))])
}

func (j *jsonSink) object(key string) {
	j.lead(key)
	j.w.WriteByte('{')
	j.stack = append(j.stack, jsonLevel{close: '}'})
}

func (j *jsonSink) array(key string) {
	j.lead(key)
	j.w.WriteByte('[')
	j.stack = append(j.stack, jsonLevel{close: ']'})
}

func (j *jsonSink) end() {
	level := j.stack[len(j.stack)-1]
	j.stack = j.stack[:len(j.stack)-1]
	if level.any {
		j.newline()
	}
	j.w.WriteByte(level.close)
	if len(j.stack) == 0 {
		j.w.WriteByte('\n')
	}
}

func (j *jsonSink) text(key, v string) {
	j.lead(key)
	writeQuoted(j.w, v)
}

func (j *jsonSink) literal(key string, v []byte) {
	j.lead(key)
	j.w.Write(v)
}

// writeQuoted writes a JSON string.
func writeQuoted(w *bufio.Writer, s string) { writeEscaped(w, s, text.EscapeJSON) }

// writeEscaped writes a JSON string, which YAML reads as a double-quoted one, with what JSON leaves as
// it is and a terminal would act on escaped in the way of either.
func writeEscaped(w *bufio.Writer, s string, escape func([]byte) []byte) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			quoted, err := json.Marshal(s)
			if err == nil { // a string always encodes
				w.Write(escape(quoted))
			}
			return
		}
	}
	w.WriteByte('"')
	w.WriteString(s)
	w.WriteByte('"')
}

// yamlSink writes YAML in block style.
type yamlSink struct {
	w     *bufio.Writer
	stack []yamlLevel
	// dash is set after "- ", where the first key goes into the same line.
	dash bool
}

type yamlLevel struct {
	array, any bool
	key        bool // follows a key, so an empty one needs brackets
	indent     int
}

func (y *yamlSink) lead(key string) {
	n := len(y.stack)
	if n == 0 {
		return
	}
	level := &y.stack[n-1]
	if !level.any && level.key {
		y.w.WriteByte('\n')
	}
	if y.dash {
		y.dash = false
	} else {
		for range level.indent {
			y.w.WriteByte(' ')
		}
	}
	level.any = true
	if level.array {
		y.w.WriteString("- ")
		return
	}
	y.w.WriteString(key)
	y.w.WriteByte(':')
}

func (y *yamlSink) open(key string, array bool) {
	y.lead(key)
	level := yamlLevel{array: array, key: key != ""}
	if n := len(y.stack); n > 0 {
		level.indent = y.stack[n-1].indent + 2
		y.dash = y.stack[n-1].array
	}
	y.stack = append(y.stack, level)
}

func (y *yamlSink) object(key string) { y.open(key, false) }
func (y *yamlSink) array(key string)  { y.open(key, true) }

func (y *yamlSink) end() {
	level := y.stack[len(y.stack)-1]
	y.stack = y.stack[:len(y.stack)-1]
	if level.any {
		return
	}
	empty := "{}\n"
	if level.array {
		empty = "[]\n"
	}
	if level.key {
		y.w.WriteByte(' ')
	}
	y.dash = false
	y.w.WriteString(empty)
}

func (y *yamlSink) text(key, v string) {
	y.lead(key)
	if key != "" {
		y.w.WriteByte(' ')
	}
	if plain(v) {
		y.w.WriteString(v)
	} else {
		writeEscaped(y.w, v, text.EscapeYAML)
	}
	y.w.WriteByte('\n')
}

func (y *yamlSink) literal(key string, v []byte) {
	y.lead(key)
	if key != "" {
		y.w.WriteByte(' ')
	}
	y.w.Write(v)
	y.w.WriteByte('\n')
}

// plain reports whether every YAML reader reads a text without quotes as that text: it begins with a letter, has no
// special characters, and is not a word that YAML 1.1 reads as a boolean or null.
func plain(s string) bool {
	if s == "" || !utf8.ValidString(s) || s[len(s)-1] == ' ' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
		if !letter && (i == 0 || !((c >= '0' && c <= '9') || strings.IndexByte("-_./ ", c) >= 0)) {
			return false
		}
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return false
	}
	return true
}
