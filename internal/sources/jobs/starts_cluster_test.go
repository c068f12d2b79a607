//go:build cluster

package jobs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
)

// TestClusterStarts has the real Job controller run Jobs of every fate, and holds that each is in the minute in which it
// started, once, with what became of it; and that the real quota controller's counts are read with the documented rights.
func TestClusterStarts(t *testing.T) {
	ns := namespace(t)
	kubectl(t, `apiVersion: v1
kind: ResourceQuota
metadata: {name: room}
spec: {hard: {requests.cpu: "20", limits.memory: 20Gi, count/jobs.batch: "12"}}
`, "apply", "-n", ns, "-f", "-")
	var docs strings.Builder
	brief, forever := annotated("run-time", "3s"), annotated()
	for _, w := range []work{
		{name: "good", tenant: "good", annotations: brief},
		{name: "indexed", tenant: "indexed", spec: "parallelism: 3\n  completions: 3\n  completionMode: Indexed", annotations: brief},
		{name: "retried", tenant: "retried", spec: "backoffLimit: 1", annotations: annotated("run-time", "2s", "outcome", "Error")},
		{name: "killed", tenant: "killed", spec: "backoffLimit: 0", annotations: annotated("run-time", "2s", "outcome", "OOMKilled")},
		{name: "late", tenant: "late", spec: "activeDeadlineSeconds: 6", annotations: forever},
		{name: "image", tenant: "image", annotations: annotated("outcome", "NoImage")},
		{name: "short", tenant: "short", spec: "ttlSecondsAfterFinished: 1", annotations: brief},
		{name: "removed", tenant: "removed", annotations: forever},
		{name: "held", tenant: "held", spec: "suspend: true", annotations: brief},
	} {
		docs.WriteString(w.yaml())
	}
	s := connected(t, "MIGTOP_TEST_VIEWER_KUBECONFIG", Options{Namespaces: []string{ns}, Clock: hasty{clock.System()}})
	defer s.Close()
	w := &watched{world: newWorld(t, time.Now())}
	w.poll(t, s)
	kubectl(t, docs.String(), "apply", "-n", ns, "-f", "-")

	of := func(tenant migration.Tenant) (sum migration.RunMinute) {
		for k, v := range w.starts {
			if k.key.Tenant != tenant {
				continue
			}
			sum.Runs, sum.Failures = sum.Runs+v.Runs, sum.Failures+v.Failures
			sum.Open, sum.Attempts = sum.Open+v.Open, sum.Attempts+v.Attempts
			for _, add := range []struct{ to, n *migration.Opt[int64] }{
				{&sum.TimedOut, &v.TimedOut}, {&sum.OOMKilled, &v.OOMKilled}, {&sum.ImagePull, &v.ImagePull}, {&sum.Dropped, &v.Dropped},
			} {
				*add.to = migration.Plus(*add.to, *add.n)
			}
			sum.Duration, sum.StartUp = migration.Merge(sum.Duration, v.Duration), migration.Merge(sum.StartUp, v.StartUp)
			sum.Deadline = migration.Larger(sum.Deadline, v.Deadline)
		}
		return sum
	}
	until := func(what string, good func() bool) {
		t.Helper()
		for end := time.Now().Add(2 * time.Minute); ; time.Sleep(500 * time.Millisecond) {
			if w.poll(t, s); good() {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("never: %s: %+v", what, w.starts)
			}
		}
	}
	until("the one to remove runs", func() bool { return of("removed").StartUp.Count() == 1 })
	kubectl(t, "", "delete", "job", "removed", "-n", ns, "--wait=false")
	ended := func(tenants ...migration.Tenant) func() bool {
		return func() bool {
			for _, tenant := range tenants {
				if v := of(tenant); v.Runs != 1 || v.Open != 0 {
					return false
				}
			}
			return true
		}
	}
	until("all ended but one", ended("good", "indexed", "retried", "killed", "late", "short"))
	until("the image is waited for, and the removed one is none", func() bool {
		return of("image").ImagePull == migration.Some[int64](1) && of("removed").Runs == 0
	})
	for tenant, want := range map[migration.Tenant]string{
		"good":    "1 runs, 0 failed, 1 attempts, 0 timed out, 0 killed, 0 pulls, 1 took, 1 began",
		"indexed": "1 runs, 0 failed, 3 attempts, 0 timed out, 0 killed, 0 pulls, 1 took, 1 began",
		"retried": "1 runs, 1 failed, 2 attempts, 0 timed out, 0 killed, 0 pulls, 1 took, 1 began",
		"killed":  "1 runs, 1 failed, 1 attempts, 0 timed out, 1 killed, 0 pulls, 1 took, 1 began",
		"late":    "1 runs, 1 failed, 1 attempts, 1 timed out, 0 killed, 0 pulls, 1 took, 1 began",
		"short":   "1 runs, 0 failed, 1 attempts, 0 timed out, 0 killed, 0 pulls, 1 took, 1 began",
		"image":   "1 runs, 0 failed, 0 attempts, 0 timed out, 0 killed, 1 pulls, 0 took, 0 began",
		"held":    "0 runs, 0 failed, 0 attempts, 0 timed out, 0 killed, 0 pulls, 0 took, 0 began",
		"removed": "0 runs, 0 failed, 0 attempts, 0 timed out, 0 killed, 0 pulls, 0 took, 0 began",
	} {
		v := of(tenant)
		got := fmt.Sprintf("%d runs, %d failed, %d attempts, %d timed out, %d killed, %d pulls, %d took, %d began",
			v.Runs, v.Failures, v.Attempts, v.TimedOut.Or(0), v.OOMKilled.Or(0), v.ImagePull.Or(0), v.Duration.Count(), v.StartUp.Count())
		if got != want || v.Dropped.Or(0) != 0 {
			t.Errorf("%s: %s, want %s", tenant, got, want)
		}
	}
	if d, ok := of("late").Deadline.Get(); !ok || d < 1 || d > 3 {
		t.Errorf("the deadline is %v of the longest run", d)
	}
	// The suspended Job starts, and is a run.
	kubectl(t, "", "patch", "job", "held", "-n", ns, "-p", `{"spec":{"suspend":false}}`)
	until("the suspended Job ran", ended("held"))

	var q migration.Quota
	until("the Jobs count against the quota", func() bool {
		quotas := w.last.Cluster.Room.Quotas.Or(nil)
		if len(quotas) == 1 {
			q = quotas[0]
		}
		return len(quotas) == 1 && q.Jobs.Or(12) < 12
	})
	if left, _ := q.Jobs.Get(); q.Namespace != ns || left < 12-9 || !q.Requests.CPU.Known() || !q.Limits.Memory.Known() || q.Pods.Known() {
		t.Errorf("quota %+v", q)
	}
	if r := w.last.Cluster.Room; !r.Free.CPU.Known() || !r.Largest.Memory.Known() || len(r.Started.Or(nil)) < 6 {
		t.Errorf("room %+v", r)
	}
}
