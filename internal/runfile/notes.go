package runfile

import (
	"fmt"
	"strings"

	"github.com/migtop/migtop/internal/text"
)

// finishNotes says what was converted, left out and taken as unknown.
func (f *File) finishNotes() {
	if len(f.converted) > 0 {
		f.Notes = append(f.Notes, f.name+": converted "+strings.Join(f.converted, ", "))
	}
	if len(f.words) > 0 {
		f.Notes = append(f.Notes, f.name+": took as unknown: status "+counted(f.words, "run"))
	}
	if len(f.leftOut) > 0 {
		f.Notes = append(f.Notes, f.name+": left out what is no ended run: status "+counted(f.leftOut, "line"))
	}
	f.noteLongNames()
	f.noteEarly()
}

// longName is how many bytes a name may have before it is worth a word.
const longName = 256

// noteLongNames says that names are longer than people read: tables show their beginning.
func (f *File) noteLongNames() {
	n, longest, first := 0, 0, -1
	for at := range f.keys.all {
		k := &f.keys.all[at]
		if most := max(len(k.Workload), len(k.Tenant)); most > longName {
			n++
			longest = max(longest, most)
			if first < 0 {
				first = at
			}
		}
	}
	if n == 0 {
		return
	}
	line := 0
	for i := range f.Len() {
		if f.whose.at(i) == int32(first) {
			line = f.Line(i)
			break
		}
	}
	f.Notes = append(f.Notes, fmt.Sprintf("%s:%d: a name of a workload or tenant has over %d bytes, here and %d times more; the longest "+
		"has %d: tables show its beginning only",
		f.name, line, longName, n-1, longest))
}

// early is the start of 2000 in Unix seconds. Nothing that is to be sized ran before.
const early = 946_684_800

// noteEarly notes times too early for any run: dates such as 20260701, read as Unix seconds, are in 1970.
func (f *File) noteEarly() {
	n, first := 0, 0
	for i := range f.Len() {
		if f.HasStart(i) && f.starts.at(i) < early {
			if n++; n == 1 {
				first = i
			}
		}
	}
	if n > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("%s:%d: started_at: %s before 2000, the first in %s: are these dates without hyphens, or "+
			"seconds since something else than 1970?",
			f.name, f.Line(first), text.Plural(n, "run")+" started", f.Start(first).Format("2006-01-02")))
	}
}
