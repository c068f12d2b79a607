package runfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/migtop/migtop/internal/text"
)

// Options say what a file itself does not.
type Options struct {
	// Units are the units of fields whose columns are not in the units of their names. A field listed here is not checked
	// for a wrong unit.
	Units Units
	// Read is called from time to time with the number of runs read so far, to show progress; it may be nil.
	Read func(runs int)
}

// Error is a mistake in a file, with its place.
type Error struct {
	File string
	Line int
	Text string
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text) }

// Read reads runs: CSV, OpenMetrics, or JSON as an array, as an object with an array "runs", or as one object per line.
// It detects the format from the beginning. It expands gzip and bzip2, and decodes UTF-16 and, if the text is not UTF-8,
// Windows-1252, with a note. name is used in messages. Errors in the content have type [*Error]; an unsupported kind of
// file is named in its error.
func Read(name string, r io.Reader, o Options) (*File, error) {
	raw, notes, err := open(name, r)
	if err != nil {
		return nil, err
	}
	head, err := raw.Peek(4 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, readError(name, 1, err)
	}
	f := newFile(name, o)
	f.Notes = notes
	in := &textReader{name: name, in: raw}
	switch kind := kindOf(head); kind {
	case "json":
		in.longLines = true
		err = f.readJSON(in)
	case "metrics":
		err = f.readMetrics(bufio.NewReaderSize(in, 64<<10))
	case "csv":
		in.quotes = true
		err = f.readCSV(in)
	default:
		return nil, &Error{name, 1, kind}
	}
	if err != nil {
		return nil, err
	}
	f.seen = nil
	if in.foreign > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("%s:%d: %s no UTF-8 and read as Windows-1252: save the file as UTF-8 if names look wrong",
			name, in.foreign, map[bool]string{
				true:  "this line is",
				false: fmt.Sprintf("this line and %s are", text.PluralOf(in.foreignLines-1, "more", "more")),
			}[in.foreignLines == 1]))
	}
	f.finishNotes()
	return f, f.doubt()
}

// kindOf detects the format from the first line with content. Anything else is CSV, whose header check then reports what
// is missing. A page of HTML has its own error.
func kindOf(head []byte) string {
	for line := range strings.Lines(strings.ReplaceAll(string(head), "\r", "\n")) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		lower := strings.ToLower(line)
		if strings.HasPrefix(lower, "<!doctype") || strings.HasPrefix(lower, "<html") || strings.HasPrefix(lower, "<?xml") {
			return "this is HTML or XML, such as a page that asks to sign in: want CSV, JSON or OpenMetrics"
		}
		brace := strings.IndexByte(line, '{')
		comma := strings.IndexByte(line, ',')
		switch {
		case line[0] == '{' || line[0] == '[':
			return "json"
		case line[0] == '#' || brace > 0 && (comma < 0 || brace < comma):
			return "metrics"
		}
		return "csv"
	}
	return "csv"
}

// magic are the first bytes of files that are no text, and what they are.
var magic = []struct{ begin, what string }{
	{"PK\x03\x04", "a ZIP archive or an Excel workbook (.xlsx): save the sheet as CSV (UTF-8), or unpack it"},
	{"\xd0\xcf\x11\xe0", "an Excel workbook (.xls): save the sheet as CSV (UTF-8)"},
	{"PAR1", "Parquet: export it as CSV, for instance with duckdb -csv -c \"select * from 'FILE'\""},
	{"ARROW1", "Arrow: export it as CSV"},
	{"FEA1", "Feather: export it as CSV"},
	{"ORC", "ORC: export it as CSV"},
	{"Obj\x01", "Avro: export it as CSV or JSON lines"},
	{"SQLite format 3\x00", "an SQLite database: export the table as CSV"},
	{"\x28\xb5\x2f\xfd", "compressed with zstd: expand it with zstd -dc FILE | migtop profiles --from -"},
	{"\xfd7zXZ\x00", "compressed with xz: expand it with xz -dc FILE | migtop profiles --from -"},
	{"\x04\x22\x4d\x18", "compressed with lz4: expand it with lz4 -dc FILE | migtop profiles --from -"},
	{"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it"},
	{"%PDF-", "a PDF: want CSV, JSON or OpenMetrics"},
}

// isTar looks for the mark that every archive of tar has since POSIX.1-1988.
func isTar(head []byte) bool { return len(head) >= 262 && bytes.Equal(head[257:262], []byte("ustar")) }
