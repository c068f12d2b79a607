package config_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/sources"
	_ "github.com/migtop/migtop/internal/sources/ecs" // The tests read whole files, with the sections of sources.
	_ "github.com/migtop/migtop/internal/sources/joblogs"
	_ "github.com/migtop/migtop/internal/sources/sqs"
	"github.com/migtop/migtop/internal/yamldoc"
)

// widget is what a section of another package says.
type widget struct {
	prefix string
	colour string
}

// widgets is the section of a source that no other test has.
func widgets() *section.Section {
	return &section.Section{
		Name: "widgets", Key: "widgets", New: func() any { return &widget{colour: "red"} },
		Read: func(r *section.Reader, n yamldoc.Node, into any) {
			w := into.(*widget)
			r.Fields(n, "widgets", map[string]func(section.Entry){
				"prefix":  func(e section.Entry) { w.prefix, _ = r.Text(e.Value, "widgets.prefix") },
				"account": func(e section.Entry) { r.Account(e, "widgets.account") },
			})
			if w.prefix == "" && len(r.Issues) == 0 {
				r.Add(r.At(n), "widgets", "no prefix: every widget would be read", "", "")
			}
		},
		Write: func(v any, line func(text, origin string)) {
			if w := v.(*widget); w.prefix != "" {
				line("widgets: {prefix: "+yamldoc.Quote(w.prefix)+"}", "")
			}
		},
		Settings: []section.Setting{{
			Path: "aws.widgets.colour", Kind: section.KindText, Help: "the colour of widgets",
			Apply: func(into any, v section.Value) error {
				if v.Text != "red" && v.Text != "blue" {
					return section.OneOf(v.Text, []string{"red", "blue"})
				}
				into.(*widget).colour = v.Text
				return nil
			},
			Show: func(v any) string { return v.(*widget).colour },
		}},
	}
}

func loadWidgets(t *testing.T, text string, env map[string]string) (*config.Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Load(config.Options{
		File: path, Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Sections: append(sources.Sections(), widgets()),
	})
}

// A section that a source registered is read strictly, validated by it, set by its variables, and printed.
func TestSectionOfAnother(t *testing.T) {
	text := "aws: {widgets: {colour: blue}}\nwidgets:\n  prefix: acme-\n"
	for range 2 {
		c, err := loadWidgets(t, text, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := *c.Section("widgets").(*widget); got != (widget{"acme-", "blue"}) {
			t.Errorf("%+v", got)
		}
		var out bytes.Buffer
		if err := c.Write(&out, false); err != nil {
			t.Fatal(err)
		}
		text = out.String() // what was printed says the same
	}
	c, err := loadWidgets(t, "window: 1h\n", map[string]string{"MIGTOP_AWS_WIDGETS_COLOUR": "blue"})
	if err != nil || *c.Section("widgets").(*widget) != (widget{"", "blue"}) {
		t.Errorf("without the section: %v", err)
	}
	c, err = loadWidgets(t, "window: 1h\n", nil)
	if err != nil || *c.Section("widgets").(*widget) != (widget{"", "red"}) || c.Section("other") != nil {
		t.Errorf("by default: %v", err)
	}
	for text, want := range map[string]string{
		"window: 1h\nwidgets:\n  prefix: acme-\n  prefx: a\n":       `config.yaml:4:3: widgets: unknown key "prefx"; did you mean prefix?`,
		"window: 1h\nwidgets:\n  prefix: 3\n":                       `config.yaml:3:11: widgets.prefix: the number 3; expected text`,
		"widgets: {}\n":                                             "config.yaml:1:10: widgets: no prefix: every widget would be read",
		"widgets: {prefix: a, account: b}\n":                        `config.yaml:1:31: widgets.account: the account "b"`,
		"aws: {widgets: {colour: bleu}}\n":                          `the text "bleu"; expected red or blue; did you mean blue?`,
		"aws: {widgets: {colour: blue}, widgets: {colour: blue}}\n": "widgets\" again",
	} {
		_, err := loadWidgets(t, text, nil)
		var issues *config.Error
		if !errors.As(err, &issues) || len(issues.Issues) != 1 || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
