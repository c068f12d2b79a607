package runfile

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// mostLayers is how many compressions may lie around a file.
const mostLayers = 2

// open takes compression and byte order marks away, and names what is no text.
func open(name string, r io.Reader) (*bufio.Reader, []string, error) {
	var notes []string
	in := bufio.NewReaderSize(r, 64<<10)
	for layer := 0; ; layer++ {
		head, err := in.Peek(512)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, nil, readError(name, 1, err)
		}
		var expanded io.Reader
		switch {
		case bytes.HasPrefix(head, []byte("\x1f\x8b")):
			if expanded, err = gzip.NewReader(in); err != nil {
				return nil, nil, readError(name, 1, err)
			}
		case len(head) >= 10 && bytes.HasPrefix(head, []byte("BZh")) &&
			(string(head[4:10]) == "1AY&SY" || string(head[4:10]) == "\x17\x72\x45\x38\x50\x90"):
			expanded = bzip2.NewReader(in)
		default:
			text, note, err := decoded(name, in, head)
			if note != "" {
				notes = append(notes, note)
			}
			return text, notes, err
		}
		if layer == mostLayers {
			return nil, nil, &Error{name, 1, "this is compressed more than twice: expand it first"}
		}
		in = bufio.NewReaderSize(expanded, 64<<10)
	}
}

// decoded is a text as UTF-8, as far as its first bytes say what it is.
func decoded(name string, in *bufio.Reader, head []byte) (*bufio.Reader, string, error) {
	for _, m := range magic {
		if bytes.HasPrefix(head, []byte(m.begin)) {
			return nil, "", &Error{name, 1, "this is " + m.what}
		}
	}
	if isTar(head) {
		return nil, "", &Error{name, 1, "this is a tar archive: unpack it and give the file with the runs"}
	}
	as := func(what string, t transform.Transformer) (*bufio.Reader, string, error) {
		return bufio.NewReaderSize(transform.NewReader(in, t), 64<<10), name + ": read as " + what, nil
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")): // as spreadsheets write it
		_, _ = in.Discard(3)
	case bytes.HasPrefix(head, []byte("\xff\xfe\x00\x00")):
		return as("UTF-32", utf32.UTF32(utf32.LittleEndian, utf32.UseBOM).NewDecoder())
	case bytes.HasPrefix(head, []byte("\x00\x00\xfe\xff")):
		return as("UTF-32", utf32.UTF32(utf32.BigEndian, utf32.UseBOM).NewDecoder())
	case bytes.HasPrefix(head, []byte("\xff\xfe")) || wide(head, 1):
		return as("UTF-16", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	case bytes.HasPrefix(head, []byte("\xfe\xff")) || wide(head, 0):
		return as("UTF-16", unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder())
	}
	return in, "", nil
}

// wide reports whether most characters of a text have a zero byte at the same one of two positions, as in UTF-16 without
// a byte order mark.
func wide(head []byte, zero int) bool {
	n := len(head) / 2
	if n < 4 {
		return false
	}
	zeros := 0
	for i := range n {
		if head[2*i+zero] == 0 && head[2*i+1-zero] != 0 {
			zeros++
		}
	}
	return zeros*10 >= n*9
}

// readError reports that reading failed, with the line if the file has lines.
func readError(name string, line int, err error) error {
	var corrupt flate.CorruptInputError
	var bad bzip2.StructuralError
	var said *Error
	switch {
	case errors.As(err, &said):
		return said
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{name, line, "the compressed data end in the middle: the file was not copied or written whole"}
	case errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, &corrupt) || errors.As(err, &bad):
		return &Error{name, line, "the compressed data are damaged: copy the file again (" + err.Error() + ")"}
	}
	// The system names the path again.
	return fmt.Errorf("cannot read %s: %s", name, strings.TrimPrefix(err.Error(), "read "+name+": "))
}
