package main

import (
	"encoding/csv"
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// wordsFlag is a flag of words that are separated by commas, with quotes as in CSV; given more
// than once, the words are added. pflag's own slice ends at a line break, without a word.
type wordsFlag struct {
	words *[]string
	set   bool
}

var _ pflag.Value = (*wordsFlag)(nil)

// lineBreak replaces a line break while a value is split. No argument of a process contains it.
const lineBreak = "\x00"

// Set adds the words of one value.
func (f *wordsFlag) Set(value string) error {
	var words []string
	if value != "" {
		r := csv.NewReader(strings.NewReader(strings.ReplaceAll(value, "\n", lineBreak)))
		var err error
		if words, err = r.Read(); err != nil {
			return fmt.Errorf("words are separated by commas; put one that has a comma or a double quote into double quotes, and double those "+
				"within: %w", err)
		}
	}
	for i := range words {
		words[i] = strings.ReplaceAll(words[i], lineBreak, "\n")
	}
	if !f.set {
		*f.words, f.set = nil, true
	}
	*f.words = append(*f.words, words...)
	return nil
}

// String is the words as one value.
func (f *wordsFlag) String() string {
	if f.words == nil {
		return ""
	}
	return strings.Join(*f.words, ",")
}

// Type is the kind of value, for help.
func (f *wordsFlag) Type() string { return "strings" }
