package runfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

// mostWords is how many unknown words a note names.
const mostWords = 5

// note says which words meant nothing, how often.
func (f *File) note(words map[string]int) {
	if len(words) == 0 {
		return
	}
	var named []string
	for _, w := range slices.Sorted(maps.Keys(words)) {
		if len(named) == mostWords {
			named = append(named, fmt.Sprintf("and %d more", len(words)-mostWords))
			break
		}
		named = append(named, fmt.Sprintf("%s (%s)", w, plural(words[w], "run")))
	}
	f.Notes = append(f.Notes, "took as unknown: "+strings.Join(named, ", "))
}

// farApart is how many times less than what was requested, or than the largest peak of the
// same work, a peak may be until it is doubted: 1,024 is the wrong unit.
const farApart = 500

// doubt says how many peaks may be in another unit than bytes. They are taken as they
// stand: some work needs next to nothing of what it requests.
func (f *File) doubt(name string) {
	largest := map[migration.Key]migration.Bytes{}
	for i := range f.Runs {
		r := &f.Runs[i].Record
		largest[r.Key] = max(largest[r.Key], r.Peak.Or(0), r.Given.Request.Memory.Or(0))
	}
	n, first := 0, 0
	for i := range f.Runs {
		r := &f.Runs[i].Record
		if peak, ok := r.Peak.Get(); ok && peak > 0 && peak < largest[r.Key]/farApart {
			if n++; n == 1 {
				first = f.Runs[i].Line
			}
		}
	}
	if n > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("%s:%d: peak memory: of %s it is under a %dth of what was requested or of the largest peak beside it: are these in KiB or MiB? They are taken as bytes",
			name, first, plural(n, "run"), farApart))
	}
}
