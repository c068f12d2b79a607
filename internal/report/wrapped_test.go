package report

import (
	"bufio"
	"strings"
	"testing"
)

func TestSentencesWrapAtSpaces(t *testing.T) {
	var b strings.Builder
	w := bufio.NewWriter(&b)
	words := strings.Repeat("ap-southeast-5 ", 20)
	wrapped(w, "  ", words)
	w.Flush()
	for i, line := range strings.Split(strings.TrimRight(b.String(), "\n"), "\n") {
		indent := "    "
		if i == 0 {
			indent = "  "
		}
		if len(line) > lineWidth || !strings.HasPrefix(line, indent+"ap-southeast-5") || !strings.HasSuffix(line, "ap-southeast-5") {
			t.Errorf("line %d: %q", i, line)
		}
	}
	if got := strings.Join(strings.Fields(b.String()), " "); got != strings.TrimSpace(words) {
		t.Errorf("words were lost: %q", got)
	}
}
