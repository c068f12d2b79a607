package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func TestMistypedNames(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"snapshop", `unknown command "snapshop" for "migtop"; did you mean snapshot? (run: migtop --help)`},
		{"snapshot --windw 1h", "unknown flag --windw; did you mean --window? (run: migtop snapshot --help)"},
		{"snapshot --xyzzyx", "unknown flag --xyzzyx (run: migtop snapshot --help)"},
		{"prices lst", `unknown command "lst" for "migtop prices"; did you mean list? (run: migtop prices --help)`},
		{"config sho", "did you mean show?"},
		{"qwertz", `unknown command "qwertz" for "migtop" (run: migtop --help)`},
		{"demo now", `migtop demo takes no arguments, got "now" (run: migtop demo --help)`},
		{"convert -z", "unknown flag -z (run: migtop convert --help)"},
	} {
		out, errs, code := execute(t, strings.Fields(c.line)...)
		if code != exitUsage || out != "" || !strings.Contains(errs, c.want) || strings.Count(errs, "(run: ") > 1 {
			t.Errorf("migtop %s: %q, %q, %d; want %q", c.line, out, errs, code, c.want)
		}
	}
}

// The help of a command has its own flags and none of the others' but those that are about what it does.
func TestHelpShowsOwnFlags(t *testing.T) {
	root := newRoot()
	global := map[string]bool{}
	root.PersistentFlags().VisitAll(func(f *pflag.Flag) { global[f.Name] = true })
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
		if cmd == root || !cmd.Runnable() || cmd.Name() == "help" || cmd.Name() == "completion" {
			return
		}
		out, errs, code := execute(t, append(strings.Fields(cmd.CommandPath())[1:], "--help")...)
		if code != exitOK {
			t.Errorf("%s: %s", cmd.CommandPath(), errs)
		}
		cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && !strings.Contains(out, "--"+f.Name) {
				t.Errorf("the help of %s lacks --%s", cmd.CommandPath(), f.Name)
			}
		})
		for name := range global {
			own := cmd.LocalNonPersistentFlags().Lookup(name) != nil
			if !own && !shownWith(cmd, name) && strings.Contains(out, "    --"+name+" ") {
				t.Errorf("the help of %s has --%s", cmd.CommandPath(), name)
			}
		}
	}
	walk(root)
	if out, _, _ := execute(t, "--help"); !strings.Contains(out, "--kubeconfig") {
		t.Error("the help of migtop lacks the flags of all commands")
	}
}

func TestInfo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte("name: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, code := execute(t, "info", "-o", "json", "--config", path)
	var got info
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitOK {
		t.Fatalf("%v, %d, %s", err, code, errs)
	}
	names := map[string]place{}
	for _, f := range got.Files {
		if !filepath.IsAbs(f.Path) {
			t.Errorf("%s is %q", f.Name, f.Path)
		}
		names[f.Name] = f
	}
	if c := names["configuration"]; c.Path != path || c.Bytes == nil || *c.Bytes != 8 {
		t.Errorf("the configuration is %+v", c)
	}
	for _, name := range []string{"history", "spend", "log", "prices"} {
		if names[name].Path == "" {
			t.Errorf("no %s in %s", name, out)
		}
	}
	if out, _, code := execute(t, "info", "--config", path); code != exitOK || !strings.Contains(out, path) {
		t.Errorf("the table lacks %s:\n%s", path, out)
	}
}

func TestWatchRefuses(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"--watch 10ms", "want 1s or more"},
		{"--watch -5s", "want 1s or more"},
		{"--watch soon", "a time such as 90s"},
		{"--watch 5s -o csv", "--watch goes with -o table and -o json"},
		{"--watch 5s --strict", "--strict is about one snapshot"},
	} {
		_, errs, code := execute(t, append([]string{"snapshot", "--demo"}, strings.Fields(c.line)...)...)
		if code != exitUsage || !strings.Contains(errs, c.want) {
			t.Errorf("%s: %q, %d; want %q", c.line, errs, code, c.want)
		}
	}
}
