package attribution

import (
	"slices"
	"strings"
)

// Names is one name and the other spellings of it.
type Names struct {
	Name    string
	Aliases []string
}

// vocabulary maps known names to their meaning. It is immutable once it is in an
// Attributor. A nil one is empty.
type vocabulary struct {
	// canon maps every spelling, and the name itself, to the name.
	canon map[string]string
	// folded maps spellings in lower case, for finding them in other names.
	// Spellings that mean two different names in lower case are "" there.
	folded map[string]string
	// lengths are the different lengths of folded's keys, the greatest first.
	lengths []int
}

func newVocabulary(names []Names) *vocabulary {
	v := &vocabulary{canon: map[string]string{}, folded: map[string]string{}}
	for _, n := range names {
		v.add(n.Name, n.Name)
		for _, alias := range n.Aliases {
			v.add(alias, n.Name)
		}
	}
	v.measure()
	return v
}

// add makes spelling mean name, unless it means something already.
func (v *vocabulary) add(spelling, name string) {
	if spelling == "" || v.canon[spelling] != "" {
		return
	}
	v.canon[spelling] = name
	low := strings.ToLower(spelling)
	if old, ok := v.folded[low]; ok && old != name {
		v.folded[low] = ""
		return
	}
	v.folded[low] = name
}

// with returns a vocabulary that knows further names, each meaning itself.
func (v *vocabulary) with(names []string) *vocabulary {
	w := &vocabulary{canon: make(map[string]string, len(v.canon)+len(names)), folded: make(map[string]string, len(v.folded)+len(names))}
	for k, name := range v.canon {
		w.canon[k] = name
	}
	for k, name := range v.folded {
		w.folded[k] = name
	}
	for _, n := range names {
		w.add(n, n)
	}
	w.measure()
	return w
}

func (v *vocabulary) measure() {
	v.lengths = v.lengths[:0]
	for k, name := range v.folded {
		if name != "" && !slices.Contains(v.lengths, len(k)) {
			v.lengths = append(v.lengths, len(k))
		}
	}
	slices.Sort(v.lengths)
	slices.Reverse(v.lengths)
}

func (v *vocabulary) sizes() []int {
	if v == nil {
		return nil
	}
	return v.lengths
}

func (v *vocabulary) has(s string) bool {
	return v != nil && v.folded[strings.ToLower(s)] != ""
}

// name returns what a spelling means: itself where it is not known.
func (v *vocabulary) name(spelling string) string {
	if known := v.canon[spelling]; known != "" {
		return known
	}
	return spelling
}

// names returns the names, sorted, each once.
func (v *vocabulary) names() []string {
	out := make([]string, 0, len(v.canon))
	for spelling, name := range v.canon {
		if spelling == name {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// find searches s for a known name between separators: the longest one at the beginning,
// or else the longest at the end, or else the longest and leftmost within. It returns the
// meaning and the position.
func (v *vocabulary) find(s string) (name string, from, to int) {
	if v == nil || len(v.lengths) == 0 {
		return "", 0, 0
	}
	low := strings.ToLower(s)
	if len(low) != len(s) { // a letter whose lower case has another length
		return "", 0, 0
	}
	at := func(from, n int) bool {
		to := from + n
		if from < 0 || to > len(low) ||
			(from > 0 && !separator(low[from-1])) || (to < len(low) && !separator(low[to])) {
			return false
		}
		name = v.folded[low[from:to]]
		return name != ""
	}
	for _, n := range v.lengths {
		if at(0, n) {
			return name, 0, n
		}
	}
	for _, n := range v.lengths {
		if at(len(low)-n, n) {
			return name, len(low) - n, len(low)
		}
	}
	for _, n := range v.lengths {
		for from := 1; from+n < len(low); from++ {
			if at(from, n) {
				return name, from, from + n
			}
		}
	}
	return "", 0, 0
}

// separator reports whether b parts the words of a name.
func separator(b byte) bool {
	return b == '-' || b == '_' || b == '.' || b == '/' || b == ':'
}
