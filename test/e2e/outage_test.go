//go:build cluster

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ownCluster starts a control plane for this test only. It returns a function that runs the test cluster's verbs on it,
// and its settings. Its name derives from the cluster that make test started, so that make test can stop it if the test
// cannot.
func ownCluster(t *testing.T) (run func(verb ...string) string, _ settings) {
	t.Helper()
	name := os.Getenv("MIGTOP_CLUSTER_NAME") + "-outage"
	if name == "-outage" {
		name = fmt.Sprintf("outage-%d", os.Getpid())
	}
	run = func(verb ...string) string {
		cmd := exec.Command("go", append([]string{"run", "-C", filepath.Join("..", "cluster"), "."}, verb...)...)
		cmd.Env = append(os.Environ(), "MIGTOP_CLUSTER_NAME="+name)
		var errs strings.Builder
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("test/cluster %v: %v\n%s", verb, err, errs.String())
		}
		return string(out)
	}
	t.Cleanup(func() { run("down") })
	run("up")
	exported := map[string]string{}
	for line := range strings.Lines(run("env")) {
		if key, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "="); ok {
			exported[key] = strings.Trim(value, `'"`)
		}
	}
	return run, func(name string) string { return exported[name] }
}

// The API server is gone for a minute. What was there stays on the screen with its
// age, the trouble is named, and afterwards the Job that ended meanwhile is there,
// once.
func TestAPIServerGoneForAMinute(t *testing.T) {
	t.Parallel()
	cluster, settings := ownCluster(t)
	r := newRig(t, settings)
	r.kubectl(fate{tenant: "steady", notes: map[string]string{}}.yaml()+
		fate{tenant: "ending", notes: map[string]string{"run-time": "30s"}}.yaml(), "apply", "-n", r.namespace, "-f", "-")

	socket := filepath.Join(t.TempDir(), "tmux")
	tmux := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("tmux", append([]string{"-S", socket, "-f", "/dev/null"}, args...)...)
		cmd.Env = r.env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("tmux %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	line := func(screen, start string) string { // the row of a source or a tenant
		tmux("send-keys", screen)
		time.Sleep(300 * time.Millisecond)
		lines := strings.Split(tmux("capture-pane", "-p"), "\n")
		for _, l := range lines[1:] { // the header names what fails too
			if strings.Contains(l, " "+start+" ") {
				return strings.Join(strings.Fields(l), " ")
			}
		}
		return ""
	}
	tmux("new-session", "-d", "-x", "180", "-y", "50", r.binary, "--namespace", r.namespace, "--window", "1h", "--ascii")
	defer func() {
		if t.Failed() {
			t.Logf("the screen at the end:\n%s", tmux("capture-pane", "-p"))
		}
		_ = exec.Command("tmux", "-S", socket, "kill-server").Run()
	}()
	wait(t, time.Minute, "both tenants", func() bool {
		return strings.Contains(line("9", "jobs"), " ok ") && line("2", "steady") != "" && line("2", "ending") != ""
	})

	cluster("stop", "kube-apiserver")
	gone := time.Now()
	wait(t, 2*time.Minute, "the outage on the screen", func() bool {
		return strings.Contains(line("9", "jobs"), " failed ") && strings.Contains(line("9", "pods"), " failed ")
	})
	if row := line("2", "steady"); row == "" {
		t.Error("what was known is gone from the screen")
	}
	time.Sleep(time.Until(gone.Add(time.Minute)))
	if row := line("9", "jobs"); !strings.Contains(row, " failed ") || !strings.Contains(row, "min") && !strings.Contains(row, " s ") {
		t.Errorf("after a minute the row of jobs is %q, want it failed, with its age", row)
	}

	cluster("up")
	wait(t, time.Minute, "recovery without help", func() bool { return strings.Contains(line("9", "jobs"), " ok ") })
	wait(t, time.Minute, "the Job that was under way to end", func() bool {
		_, _, _, ok := r.jobs()["ending"].ended()
		return ok
	})
	wait(t, 3*time.Minute, "the Job that was under way, once", func() bool {
		return strings.Contains(line("2", "ending"), " / 1 ")
	})
	tmux("send-keys", "q")
}
