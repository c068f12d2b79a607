package runfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// The longest line, and the most that may lie between two quotes: what is longer is no run, and would
// be kept whole until it ends.
const (
	mostLine   = 8 << 20
	mostQuoted = 1 << 20
)

// textReader makes lines of UTF-8 out of what people save: a byte that is no UTF-8 is one of
// Windows-1252, and a carriage return alone ends a line outside of quotes, as old spreadsheets
// write it. It counts lines, and remembers where quotes opened.
type textReader struct {
	name string
	in   *bufio.Reader
	// quotes is set where quotes may hold line ends, longLines where lines may be of any length.
	quotes, longLines bool

	out  []byte // what is yet to be given
	kept []byte // out's memory
	err  error

	lines   int // ends of lines seen
	length  int // of the line so far
	quoted  int // bytes since the quote that is open, 0 where none is
	opened  int // the line on which it was
	closed  []span
	foreign int // the first line that was no UTF-8, and how many there are
	// foreignLines counts them, lastForeign is the latest.
	foreignLines, lastForeign int
}

// span are the lines of a quoted value that goes over several.
type span struct{ from, to int }

func (t *textReader) Read(p []byte) (int, error) {
	for len(t.out) == 0 {
		if t.err != nil {
			return 0, t.err
		}
		t.fill()
	}
	n := copy(p, t.out)
	t.out = t.out[n:]
	return n, nil
}

// fill decodes the buffer into text. An incomplete character at its end waits for the rest.
func (t *textReader) fill() {
	if _, err := t.in.Peek(1); err != nil {
		t.err = err
		return
	}
	buffered, _ := t.in.Peek(t.in.Buffered())
	out := t.kept[:0]
	i := 0
	for i < len(buffered) {
		c := buffered[i]
		switch {
		case c >= utf8.RuneSelf:
			if !utf8.FullRune(buffered[i:]) {
				if i > 0 {
					goto done // it begins the next part
				}
				buffered, _ = t.in.Peek(utf8.UTFMax)
			}
			r, size := utf8.DecodeRune(buffered[i:])
			if r == utf8.RuneError && size == 1 {
				t.note()
				r = charmap.Windows1252.DecodeByte(c)
				if r == utf8.RuneError { // not in use there: as ISO 8859-1 has it
					r = rune(c)
				}
			}
			out = utf8.AppendRune(out, r)
			t.count(size)
			i += size
			continue
		case c == '"' && t.quotes:
			t.quote()
		case c == '\n':
			t.line()
		case c == '\r' && t.quoted == 0:
			if i+1 == len(buffered) {
				if i > 0 {
					goto done
				}
				buffered, _ = t.in.Peek(2)
			}
			if i+1 < len(buffered) && buffered[i+1] == '\n' {
				i++
			}
			c = '\n'
			t.line()
		}
		out = append(out, c)
		t.count(1)
		i++
		if t.err != nil {
			break
		}
	}
done:
	_, _ = t.in.Discard(i)
	t.out, t.kept = out, out
}

func (t *textReader) count(n int) {
	if t.quoted > 0 {
		if t.quoted += n; t.quoted > mostQuoted {
			t.err = &Error{t.name, t.opened, "a quote opens on this line and is not closed within 1 MiB: close it, or write it as \"\""}
		}
	}
	if t.length += n; t.length > mostLine && !t.longLines {
		t.err = &Error{t.name, t.lines + 1, fmt.Sprintf("this line is longer than %d MiB: want one line a run", mostLine>>20)}
	}
}

func (t *textReader) line() {
	t.lines++
	t.length = 0
}

func (t *textReader) quote() {
	if t.quoted == 0 {
		t.quoted, t.opened = 1, t.lines+1
		return
	}
	if t.opened != t.lines+1 && len(t.closed) < 1000 {
		t.closed = append(t.closed, span{t.opened, t.lines + 1})
	}
	t.quoted = 0
}

func (t *textReader) note() {
	if t.lastForeign == t.lines+1 {
		return
	}
	t.lastForeign = t.lines + 1
	t.foreignLines++
	if t.foreign == 0 {
		t.foreign = t.lastForeign
	}
}

// openedAt returns the line where the quote opened that the reader rejected on a later line, and whether it was closed.
// record is the first line of the record.
func (t *textReader) openedAt(record, line int) (at int, closed bool) {
	if errors.Is(t.err, io.EOF) && t.quoted > 0 && t.opened >= record && t.lines <= line {
		return t.opened, false
	}
	for _, s := range t.closed {
		if s.to == line && s.from >= record {
			return s.from, true
		}
	}
	return record, true
}
