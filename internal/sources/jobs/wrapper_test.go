package jobs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/profile/export"
)

// What the wrapper of exports writes at the end of a container is what is read of it.
func TestReportsOfTheWrapperAreRead(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "termination-log")
	for name, content := range map[string]string{
		"memory.peak": "440401920\n", "cpu.stat": "usage_usec 4210000\nuser_usec 4000000\nsystem_usec 210000\n",
		"wrapper": strings.NewReplacer("/sys/fs/cgroup", dir, "/dev/termination-log", log).Replace(export.Wrapper),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "/bin/sh", filepath.Join(dir, "wrapper"), "/bin/sh", "-c", `printf 'three orders done' >"$1"`, "x",
		log)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
	message, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if r := parseReport(string(message)); !r.hasPeak || r.peak != 440401920 || !r.hasCPU || r.cpu != 4210000 || r.text != "three orders done" {
		t.Errorf("of %q: %+v", message, r)
	}
}
