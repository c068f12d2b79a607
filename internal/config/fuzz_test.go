package config_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/sources"
)

// FuzzParse holds the loader to what it promises of any bytes: no panic, every
// issue one line with a place inside the file, and what was accepted can be
// written and loads to the same again.
func FuzzParse(f *testing.F) {
	example, err := os.ReadFile("testdata/example.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example)
	for _, s := range []string{
		"", "a: [", "- - -", "? a\n: b", "&a [*a]", "ui: {keys: {quit: q}}", "rules:\n- {job: /a/, tenant: x}", "\"\\x00\": 1", "a: |\n b\n",
		"!!map {}",
		"tenants: [{name: a, aliases: [b]}, {name: b}]", "<<: *x", "name: \"\\u2028\"", "%YAML 1.1\n---\nname: a", "name: a\r\nwindow: 1h\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse("c.yaml", data, config.Options{Keys: actions, Sections: sources.Sections()})
		if err != nil {
			var all *config.Error
			if !errors.As(err, &all) || len(all.Issues) == 0 {
				t.Fatalf("not a config.Error: %v", err)
			}
			lines := bytes.Count(data, []byte("\n")) + bytes.Count(data, []byte("\r")) + 1
			for _, i := range all.Issues {
				if i.Origin.Line < 1 || i.Origin.Line > lines || i.Origin.Column < 1 || strings.ContainsAny(i.String(), "\n\r") {
					t.Fatalf("bad issue %+v", i)
				}
			}
			return
		}
		var b bytes.Buffer
		if err := c.Write(&b, true); err != nil {
			t.Fatal(err)
		}
		again, err := config.Parse("shown.yaml", b.Bytes(), config.Options{Keys: actions, Sections: sources.Sections()})
		if err != nil {
			t.Fatalf("what was shown does not load: %v\n%s", err, &b)
		}
		if diff := cmp.Diff(c, again, same); diff != "" {
			t.Fatalf("%s\n%s", diff, &b)
		}
	})
}
