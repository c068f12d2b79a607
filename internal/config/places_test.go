package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

func TestALaterPlaceWins(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte("window: 1h\nname: from-file\naws:\n  region: eu-west-1\n  profile: p\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{
		"MIGTOP_CONFIG": file, "MIGTOP_AWS_REGION": "us-east-1", "MIGTOP_WINDOW": "24h",
		"MIGTOP_KUBERNETES_NAMESPACES": "a, b",
	}
	c, err := config.Load(config.Options{
		Env:   func(k string) (string, bool) { v, ok := env[k]; return v, ok },
		Flags: map[string]string{"window": "6h", "ui.ascii": "true"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{
		"window": c.Window.String(), "name": c.Name, "aws.region": c.AWS.Region, "ui.ascii": fmt.Sprint(c.UI.ASCII),
		"kubernetes.namespaces": strings.Join(c.Kubernetes.Namespaces, "|"), "ui.theme": string(c.UI.Theme),
	}
	want := map[string]string{
		"window": "6h0m0s", "name": "from-file", "aws.region": "us-east-1", "ui.ascii": "true",
		"kubernetes.namespaces": "a|b", "ui.theme": "auto",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for path, want := range map[string]string{
		"window": "--window", "name": file + ":2:7", "aws.region": "MIGTOP_AWS_REGION", "aws.profile": file + ":5:12",
		"ui.ascii": "--ascii", "ui.theme": "default",
	} {
		if got := c.Origin(path).String(); got != want {
			t.Errorf("origin of %s is %s, want %s", path, got, want)
		}
	}
}

func TestBadEnvironmentAndFlags(t *testing.T) {
	env := map[string]string{"MIGTOP_UI_THEME": "blue", "MIGTOP_REFRESH_KUBERNETES": "0s"}
	_, err := config.Load(config.Options{
		NoFile: true,
		Env:    func(k string) (string, bool) { v, ok := env[k]; return v, ok },
		Flags:  map[string]string{"window": "1d"},
	})
	want := `MIGTOP_REFRESH_KUBERNETES: refresh.kubernetes: the value "0s"; expected a time from 1s to 24h, such as 4s
MIGTOP_UI_THEME: ui.theme: the value "blue"; expected auto, dark, light, ansi16, high-contrast or mono
--window: window: the value "1d"; expected 1h, 6h or 24h`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestFiles(t *testing.T) {
	none := func(string) (string, bool) { return "", false }
	c, err := config.Load(config.Options{Env: none, Find: func() (string, bool) { return "", false }})
	if err != nil || c.File != "" {
		t.Errorf("without a file: %v, %v", c, err)
	}
	c, err = config.Load(config.Options{Env: none, Find: func() (string, bool) { return filepath.Join(t.TempDir(), "gone"), true }})
	if err != nil || c.File != "" {
		t.Errorf("a default file that vanished: %v, %v", c, err)
	}
	for _, path := range []string{filepath.Join(t.TempDir(), "absent.yaml"), t.TempDir()} {
		_, err = config.Load(config.Options{Env: none, File: path})
		var p *migration.Problem
		if !errors.As(err, &p) || p.Fault != migration.FaultConfig || !strings.Contains(p.What, path) || p.Fix == "" {
			t.Errorf("%s: %v", path, err)
		}
	}
	big := filepath.Join(t.TempDir(), "big.yaml")
	if err := os.WriteFile(big, []byte(strings.Repeat("# filler\n", 200_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = config.Load(config.Options{Env: none, File: big}); err == nil || !strings.Contains(err.Error(), "at most 1 MiB") {
		t.Errorf("a file too large: %v", err)
	}
}

func TestFurtherChecks(t *testing.T) {
	check := map[string]func(string) error{"kubernetes.selector": func(s string) error {
		if strings.Contains(s, "==") {
			return nil
		}
		return errors.New("unable to parse\nrequirement")
	}}
	if _, err := config.Parse("c.yaml", []byte("kubernetes:\n  selector: a==b\n"), config.Options{Check: check}); err != nil {
		t.Error(err)
	}
	_, err := config.Parse("c.yaml", []byte("kubernetes:\n  selector: a=!b\n"), config.Options{Check: check})
	const want = `c.yaml:2:13: kubernetes.selector: the text "a=!b"; unable to parse requirement`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestEverySettingHasItsOwnVariableAndFlag(t *testing.T) {
	seen := map[string]string{}
	for _, s := range config.Settings(sources.Sections()...) {
		if s.Help == "" {
			t.Errorf("%s has no help", s.Path)
		}
		if other := seen[s.Env]; other != "" {
			t.Errorf("%s and %s share %s", s.Path, other, s.Env)
		}
		seen[s.Env] = s.Path
	}
	for _, f := range config.Flags(sources.Sections()...) {
		if other := seen[f.Name]; other != "" || f.Help == "" {
			t.Errorf("--%s has no help, or is that of %s", f.Name, other)
		}
		seen[f.Name] = f.Paths[0]
		if len(f.Paths) > 1 && f.Name != "move" {
			t.Errorf("%v share --%s", f.Paths, f.Name)
		}
	}
}
