package runfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
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
