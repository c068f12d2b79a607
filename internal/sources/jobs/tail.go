package jobs

import (
	"io"
	"strings"
	"unicode"
)

// tail keeps the end of what is written to it, or notes that it is over.
type tail struct {
	most int
	kept []byte
	over bool
}

var _ io.Writer = (*tail)(nil)

// Write takes everything.
func (t *tail) Write(b []byte) (int, error) {
	t.kept = append(t.kept, b...)
	if n := len(t.kept) - t.most; n > 0 {
		t.kept, t.over = append(t.kept[:0], t.kept[n:]...), true
	}
	return len(b), nil
}

func (t *tail) lines() string { return strings.TrimSpace(string(t.kept)) }

// last is the last line that says something, without what a terminal would act on.
func (t *tail) last() string {
	lines := strings.FieldsFunc(t.lines(), func(r rune) bool { return r == '\n' || r == '\r' })
	for i := len(lines) - 1; i >= 0; i-- {
		if line := clean(lines[i]); line != "" {
			return line
		}
	}
	return ""
}

// clean is a text in one line of printable characters, at most 200 of them.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, s)
	runes := []rune(strings.Join(strings.Fields(s), " "))
	return string(runes[:min(len(runes), 200)])
}
