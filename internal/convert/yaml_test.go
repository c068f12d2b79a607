package convert

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/yaml"
	"pgregory.net/rapid"
)

// Whatever is written as YAML is read back the same by Kubernetes' own reader.
func TestYAMLArrivesUnchanged(t *testing.T) {
	word := rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`[-?:,\[\]{}#&*!|>'"%@\x60=~<. a-z0-9\n\t]{0,12}`),
		rapid.SampledFrom([]string{
			"yes", "No", "ON", "off", "y", "null", "NULL", "~", "0x1F", "0o17", "012", "1_000", "1e3", ".5", ".inf",
			".NaN", "1:30:00", "2001-01-01", "---", "...", "- a", "a: b", "a #b", "<<", "=", "\u0085", "\u2028", "\ufeff", "\U0001F511", "\x7f", "",
		}),
	).Filter(func(s string) bool { return utf8.ValidString(s) && len(s) < 400 })
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfNDistinct(word, 1, 4, strings.ToLower).Draw(t, "keys")
		o := object{}
		for _, k := range keys {
			v := word.Draw(t, "value")
			o = append(o, member{k, []any{object{{"a", v}, {"list", []any{v, []any{}, object{}}}}, v, true, int64(7), nil}})
		}
		var out strings.Builder
		writeYAML(&out, o, 0)
		got, err := yaml.ToJSON([]byte(out.String()))
		if err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
		var want, read any
		if err := json.Unmarshal([]byte(indented(o)), &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(got, &read); err != nil {
			t.Fatal(err)
		}
		if a, b := indented(want), indented(read); a != b {
			t.Fatalf("written\n%s\nread\n%s", a, b)
		}
	})
}
