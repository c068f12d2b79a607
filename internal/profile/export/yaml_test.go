package export

import (
	"strings"
	"testing"
	"unicode"

	"github.com/goccy/go-yaml"
	kyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// Two readers of YAML, of which one thinks of YAML 1.1, take every text as it was.
func FuzzYAMLText(f *testing.F) {
	for _, s := range nasty {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		if r := []rune(key); len(r) > 60 {
			key = string(r[:60]) // YAML allows keys 1024 bytes; names are shorter
		}
		var inner, doc object
		inner.set(key, value)
		f := doc.set("text", value)
		f.above, f.comment = []string{value, key}, value
		doc.set("list", list{value, inner})
		doc.set("object", inner)
		b := document([]string{value}, doc)
		key, value = valid(key), valid(value)
		check := func(reader string, err error, got map[string]any) {
			t.Helper()
			if err != nil {
				t.Fatalf("%s: %v:\n%s", reader, err, b)
			}
			l, _ := got["list"].([]any)
			o, _ := got["object"].(map[string]any)
			if len(got) != 3 || len(l) != 2 || got["text"] != value || l[0] != value || len(o) != 1 || o[key] != value {
				t.Fatalf("%s: %q became %#v:\n%s", reader, value, got, b)
			}
		}
		var got map[string]any
		check("kubernetes", kyaml.Unmarshal(b, &got), got)
		if strings.ContainsFunc(string(b), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
			t.Fatalf("something that is not to be seen: %q", b)
		}
		if strings.Contains(key+value, "\\") || strings.ContainsFunc(key+value, func(r rune) bool { return !unicode.IsPrint(r) }) {
			return // goccy/go-yaml reads fewer escapes than YAML has
		}
		got = nil
		check("goccy", yaml.Unmarshal(b, &got), got)
	})
}
