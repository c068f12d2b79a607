package matrix

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the generated part of docs/matrix.md anew")

// The documentation has the weights and the scales of the code.
func TestDocumentationHasEveryRule(t *testing.T) {
	const (
		file  = "../../docs/matrix.md"
		begin = "<!-- rules: generated; go test ./internal/matrix -update -->\n"
		end   = "<!-- end of rules -->\n"
	)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no part between the marks for rules", file)
	}
	want := before + begin + Rules() + end + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("docs/matrix.md is not what the code says; run go test ./internal/matrix -update\n%s", diff)
	}
}
