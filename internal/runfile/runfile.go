package runfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Run is one line of a file: a run, and what is known of its time.
type Run struct {
	Line   int // where it stands, from 1
	Record migration.RunRecord
	// HasStart and HasDuration say whether Record's Started and Duration are known.
	HasStart, HasDuration bool
}

// Ended is when the run ended; unknown where its start or its duration is.
func (r *Run) Ended() (time.Time, bool) {
	return r.Record.Started.Add(r.Record.Duration), r.HasStart && r.HasDuration
}

// File is what a file says.
type File struct {
	Runs []Run // as they stand in the file
	// Notes are sentences about what was ignored.
	Notes []string
}

// Error is a mistake in a file, with its place.
type Error struct {
	File string
	Line int
	Text string
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text) }

// Read reads a file of either format, which it tells apart by its beginning: what
// begins with a comment or with a metric is OpenMetrics, all else is CSV. name is for
// messages. Errors of what the file says are of type [*Error].
func Read(name string, r io.Reader) (*File, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	head, err := in.Peek(4 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) { // a byte order mark, as spreadsheets write it
		_, _ = in.Discard(3)
		head = head[3:]
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return nil, &Error{name, 1, "this is UTF-16: save it as UTF-8"}
	}
	read := func() (*File, error) { return readCSV(name, in) }
	if isMetrics(string(head)) {
		read = func() (*File, error) { return readMetrics(name, in) }
	}
	f, err := read()
	if err != nil {
		return nil, err
	}
	f.doubt(name)
	return f, nil
}

// isMetrics looks at the first line that says something.
func isMetrics(head string) bool {
	for line := range strings.Lines(head) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		brace := strings.IndexByte(line, '{')
		comma := strings.IndexByte(line, ',')
		return line[0] == '#' || brace > 0 && (comma < 0 || brace < comma)
	}
	return false
}

// plural counts things in words.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
