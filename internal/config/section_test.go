package config

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/yamldoc"
)

// readWidgets is a section that another package reads.
func readWidgets(n yamldoc.Node) (any, error) {
	fields, err := n.Fields("widgets", "prefix", "most")
	if err != nil {
		return nil, err
	}
	prefix, ok := fields["prefix"]
	if !ok {
		return nil, errors.New("no prefix: every widget would be read")
	}
	return prefix.Text("prefix")
}

func loadWidgets(t *testing.T, text string) (*Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(Options{
		File: path, Env: func(string) (string, bool) { return "", false },
		Sections: map[string]SectionReader{"widgets": readWidgets},
	})
}

// A section that another package registered is read strictly, validated by it, and printed.
func TestSectionOfAnother(t *testing.T) {
	c, err := loadWidgets(t, "window: 1h\nwidgets:\n  prefix: acme-\n  most: 3\n")
	if err != nil {
		t.Fatal(err)
	}
	if c.Section("widgets") != "acme-" {
		t.Errorf("%+v", c.Section("widgets"))
	}
	var out bytes.Buffer
	if err := c.Write(&out, false); err != nil || !strings.Contains(out.String(), "widgets:\n  prefix: acme-\n  most: 3\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
	out.Reset()
	if c, err = loadWidgets(t, "widgets: {prefix: acme-}\n"); err != nil {
		t.Fatal(err)
	}
	if err := c.Write(&out, false); err != nil {
		t.Fatal(err)
	}
	if c, err = loadWidgets(t, out.String()); err != nil || c.Section("widgets") != "acme-" {
		t.Errorf("what was printed does not load: %v\n%s", err, out.String())
	}
	if c, err := loadWidgets(t, "window: 1h\n"); err != nil || c.Section("widgets") != nil {
		t.Errorf("without the section: %v, %v", c, err)
	}
	for text, line := range map[string]int{
		"window: 1h\nwidgets:\n  prefix: acme-\n  mots: 3\n": 4,
		"window: 1h\nwidgets:\n  prefix: 3\n":                3,
		"window: 1h\nwidgets:\n  most: 3\n":                  2,
		"window: 1h\nwidgets: [a]\n":                         2,
	} {
		_, err := loadWidgets(t, text)
		var issues *Error
		if !errors.As(err, &issues) || len(issues.Issues) != 1 || issues.Issues[0].Origin.Line != line || issues.Issues[0].Path != "widgets" {
			t.Errorf("%q: %v, want one issue at line %d", text, err, line)
		}
	}
}
