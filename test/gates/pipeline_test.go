package gates

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The script of the documentation moves traffic for PROMOTE, back for ROLL BACK, and not at all for everything else.
func TestPipelineMovesForAWordAlone(t *testing.T) {
	script, err := filepath.Abs(filepath.Join(manifests, "pipeline.sh"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"migtop": `#!/bin/sh` + "\n" + `echo "$@" >>asked; exit "$CODE"`,
		"route":  `#!/bin/sh` + "\n" + `echo "$@" >>routed`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	routes := map[string]string{"0": "acme 25%\n", "20": "acme 0\n", "10": "", "3": "", "2": "", "1": "", "130": "", "127": ""}
	for code, want := range routes {
		folder := t.TempDir()
		cmd := exec.CommandContext(t.Context(), "/bin/sh", script, "acme", "5%", "25%")
		cmd.Dir, cmd.Env = folder, []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "CODE=" + code}
		err := cmd.Run()
		var exit *exec.ExitError
		if ended := "0"; errors.As(err, &exit) || err == nil {
			if exit != nil {
				ended = strings.TrimPrefix(exit.Error(), "exit status ")
			}
			if ended != code {
				t.Errorf("code %s ends the step with %s", code, ended)
			}
		} else {
			t.Error(err)
		}
		routed, _ := os.ReadFile(filepath.Join(folder, "routed"))
		asked, _ := os.ReadFile(filepath.Join(folder, "asked"))
		if string(routed) != want || string(asked) != "verdict acme --share 5% --wait 5h\n" {
			t.Errorf("code %s: routed %q, asked %q", code, routed, asked)
		}
	}
}
