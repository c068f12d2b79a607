//go:build cluster

package jobs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// TestClusterStops has the real Job controller, and an administrator, end pods in all
// the ways that are no failure of theirs, and holds that none of the Jobs shows one.
func TestClusterStops(t *testing.T) {
	ns := namespace(t)
	var docs strings.Builder
	forever, brief := annotated(), annotated("run-time", "25s")
	for _, w := range []work{
		{name: "suspend", tenant: "suspend", annotations: brief},
		{name: "scale", tenant: "scale", spec: "parallelism: 3\n  completions: 3", annotations: brief},
		{name: "delete", tenant: "delete", annotations: brief},
		{name: "force", tenant: "force", annotations: brief},
		{
			name: "policy", tenant: "policy",
			spec:        "parallelism: 3\n  completions: 3\n  completionMode: Indexed\n  successPolicy: {rules: [{succeededCount: 1}]}",
			annotations: brief,
		},
		{name: "backoff", tenant: "backoff", spec: "parallelism: 3\n  completions: 3\n  backoffLimit: 0", annotations: forever},
	} {
		docs.WriteString(w.yaml())
	}
	s := connected(t, "MIGTOP_TEST_VIEWER_KUBECONFIG", Options{Namespaces: []string{ns}})
	defer s.Close()
	w := &watched{world: newWorld(t, time.Now())}
	w.poll(t, s)
	kubectl(t, docs.String(), "apply", "-n", ns, "-f", "-")

	until := func(what string, good func() bool) {
		t.Helper()
		for end := time.Now().Add(2 * time.Minute); ; time.Sleep(500 * time.Millisecond) {
			w.poll(t, s)
			if good() {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("never: %s: %+v", what, w.last.Runs)
			}
		}
	}
	running := func(name string, n int) bool {
		i := slices.IndexFunc(w.last.Runs, func(r migration.Run) bool { return r.Name == name })
		if i < 0 {
			return false
		}
		for _, a := range w.last.Runs[i].Attempts {
			if a.State == migration.RunRunning {
				n--
			}
		}
		return n <= 0
	}
	until("all run", func() bool {
		for name, n := range map[string]int{"suspend": 1, "scale": 3, "delete": 1, "force": 1, "policy": 3, "backoff": 3} {
			if !running(name, n) {
				return false
			}
		}
		return true
	})
	pod := func(job string) string {
		return strings.Fields(kubectl(t, "", "get", "pods", "-n", ns, "-l", jobNameLabel+"="+job, "-o", "name"))[0]
	}
	kubectl(t, "", "patch", "job", "suspend", "-n", ns, "-p", `{"spec":{"suspend":true}}`)
	kubectl(t, "", "patch", "job", "scale", "-n", ns, "-p", `{"spec":{"parallelism":1}}`)
	kubectl(t, "", "delete", "-n", ns, "--wait=false", pod("delete"))
	kubectl(t, "", "delete", "-n", ns, "--force", "--grace-period=0", pod("force"))
	// One pod of each of the last two ends by itself: well, and not.
	for job, phase := range map[string]string{"policy": "Succeeded", "backoff": "Failed"} {
		kubectl(t, "", "patch", "-n", ns, "--subresource=status", pod(job), "-p", fmt.Sprintf(`{"status":{"phase":%q}}`, phase))
	}
	until("the suspended Job has no pod", func() bool { return w.run(t, "suspend").State == migration.RunSuspended })
	kubectl(t, "", "patch", "job", "suspend", "-n", ns, "-p", `{"spec":{"suspend":false}}`)
	until("all have ended", func() bool {
		for _, tenant := range []migration.Tenant{"suspend", "scale", "delete", "force", "policy", "backoff"} {
			if total, _ := w.of(t, tenant); total.Runs == 0 {
				return false
			}
		}
		return true
	})
	w.poll(t, s)

	for name, want := range map[string]struct {
		state   migration.RunState
		failed  int32
		stopped int // at least
		reason  string
	}{
		"suspend": {migration.RunSucceeded, 0, 1, reasonSuspended},
		"scale":   {migration.RunSucceeded, 0, 2, reasonScaledDown},
		"delete":  {migration.RunSucceeded, 0, 1, reasonDeleted},
		"force":   {migration.RunSucceeded, 0, 1, reasonDeleted},
		"policy":  {migration.RunSucceeded, 0, 2, "SuccessCriteriaMet"},
		"backoff": {migration.RunFailed, 1, 2, reasonBackoff},
	} {
		r := w.run(t, name)
		if r.State != want.state || r.Failed != want.failed {
			t.Errorf("%s: %v with %d failed attempts, want %v with %d", name, r.State, r.Failed, want.state, want.failed)
		}
		stopped, failed := 0, int32(0)
		for _, a := range r.Attempts {
			switch a.State {
			case migration.RunStopped:
				stopped++
				if a.Reason != want.reason {
					t.Errorf("%s: %s was ended for %q (%s), want %q", name, a.Pod, a.Reason, a.Message, want.reason)
				}
			case migration.RunFailed:
				failed++
			}
		}
		if stopped < want.stopped || failed != want.failed {
			t.Errorf("%s: %d attempts stopped and %d failed: %+v", name, stopped, failed, r.Attempts)
		}
		total, _ := w.of(t, migration.Tenant(name))
		if name != "backoff" && total.Failures != 0 {
			t.Errorf("%s: %d of %d runs failed", name, total.Failures, total.Runs)
		}
		t.Logf("%s: Job says failed=%s", name, kubectl(t, "", "get", "job", name, "-n", ns, "-o", "jsonpath={.status.failed}"))
	}
}
