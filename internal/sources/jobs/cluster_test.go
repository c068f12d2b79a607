//go:build cluster

package jobs

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/migtop/migtop/internal/migration"
)

// TestClusterFates runs Jobs of every fate on the real control plane, and holds
// what the source tells against what kubectl says.
func TestClusterFates(t *testing.T) {
	ns := namespace(t)
	var docs strings.Builder
	for _, w := range []work{
		{name: "short", tenant: "short", annotations: annotated("run-time", "3s")},
		{name: "long", tenant: "long", annotations: annotated("cpu", "400m", "memory", "100Mi")},
		{name: "oom", tenant: "oom", spec: "backoffLimit: 0", annotations: annotated("run-time", "2s", "outcome", "OOMKilled")},
		{name: "oom-again", tenant: "again", restart: "OnFailure", annotations: annotated("run-time", "4s", "outcome", "OOMRestart")},
		{name: "late", tenant: "late", spec: "activeDeadlineSeconds: 4", annotations: annotated()},
		{name: "pending", tenant: "pending", cpu: "500", memory: "1Gi", annotations: annotated()},
		{name: "no-image", tenant: "noimage", annotations: annotated("outcome", "NoImage")},
		{name: "ttl", tenant: "ttl", spec: "ttlSecondsAfterFinished: 0", annotations: annotated("run-time", "2s")},
		{name: "retry", tenant: "retry", spec: "backoffLimit: 1", annotations: annotated("run-time", "1s", "outcome", "Error", "exit-code", "3")},
	} {
		docs.WriteString(w.yaml())
	}
	s := connected(t, "MIGTOP_TEST_VIEWER_KUBECONFIG", Options{Namespaces: []string{ns}})
	defer s.Close()
	w := &watched{world: newWorld(t, time.Now())}
	w.poll(t, s)
	kubectl(t, docs.String(), "apply", "-n", ns, "-f", "-")

	ended := func() bool {
		w.poll(t, s)
		for _, tenant := range []migration.Tenant{"short", "oom", "again", "late", "ttl", "retry"} {
			if total, _ := w.of(t, tenant); total.Runs == 0 {
				return false
			}
		}
		return w.run(t, "long").State == migration.RunRunning && w.run(t, "pending").Reason != "" && w.run(t, "no-image").Reason != ""
	}
	for end := time.Now().Add(2 * time.Minute); !ended(); time.Sleep(time.Second) {
		if time.Now().After(end) {
			t.Fatalf("after two minutes: %+v", w.last.Runs)
		}
	}
	w.poll(t, s)

	for _, tt := range []struct {
		name, tenant    string
		state           migration.RunState
		reason          string
		failures        int64
		timedOut, oom   int64
		attempts        int64
		least, most     time.Duration // run time
		stillThere      bool
		attemptRestarts int32
	}{
		{
			name: "short", tenant: "short", state: migration.RunSucceeded, attempts: 1, least: 3 * time.Second, most: 6 * time.Second,
			stillThere: true,
		},
		{
			name: "oom", tenant: "oom", state: migration.RunFailed, reason: "OOMKilled", failures: 1, oom: 1, attempts: 1, least: 2 * time.Second,
			most: 5 * time.Second, stillThere: true,
		},
		{
			name: "oom-again", tenant: "again", state: migration.RunSucceeded, oom: 1, attempts: 1, least: 8 * time.Second, most: 12 * time.Second,
			stillThere: true, attemptRestarts: 1,
		},
		{
			name: "late", tenant: "late", state: migration.RunFailed, reason: "DeadlineExceeded", failures: 1, timedOut: 1, attempts: 1,
			least: time.Second, most: 6 * time.Second, stillThere: true,
		},
		{name: "ttl", tenant: "ttl", state: migration.RunSucceeded, attempts: 1, least: 2 * time.Second, most: 5 * time.Second},
		{
			name: "retry", tenant: "retry", state: migration.RunFailed, reason: "BackoffLimitExceeded", failures: 1, attempts: 2,
			least: 2 * time.Second, most: 6 * time.Second, stillThere: true,
		},
	} {
		total, held := w.of(t, migration.Tenant(tt.tenant))
		if total.Runs != 1 || total.Failures != tt.failures || total.TimedOut.Or(0) != tt.timedOut ||
			total.OOMKilled.Or(0) != tt.oom || total.Attempts.Or(0) != tt.attempts {
			t.Errorf("%s: runs %d, failures %d, timed out %v, killed %v, attempts %v", tt.name,
				total.Runs, total.Failures, total.TimedOut, total.OOMKilled, total.Attempts)
		}
		if d := total.Duration.Max().Or(0); d < tt.least || d > tt.most || total.Duration.Count() != 1 {
			t.Errorf("%s: ran %v, want %v to %v", tt.name, d, tt.least, tt.most)
		}
		run := w.run(t, tt.name)
		if run.State != tt.state || run.Reason != tt.reason {
			t.Errorf("%s: %v, %q, want %v, %q", tt.name, run.State, run.Reason, tt.state, tt.reason)
		}
		if held.PodSeconds == 0 || int64(held.CPU) != held.PodSeconds*250 || int64(held.Memory) != held.PodSeconds*128*1024 {
			t.Errorf("%s: held %+v", tt.name, held)
		}
		if tt.attemptRestarts > 0 && run.Attempts[0].Restarts != tt.attemptRestarts {
			t.Errorf("%s: attempts %+v", tt.name, run.Attempts)
		}
		if tt.stillThere {
			compareWithKubectl(t, ns, run)
		}
	}
	for name, reason := range map[string]string{"pending": "Unschedulable", "no-image": "ImagePullBackOff"} {
		if r := w.run(t, name); r.State != migration.RunPending || r.Reason != reason || r.Message == "" {
			t.Errorf("%s: %v, %q, %q", name, r.State, r.Reason, r.Message)
		}
	}
	if _, held := w.of(t, "pending"); held.PodSeconds != 0 {
		t.Errorf("a pod without a node holds %d s", held.PodSeconds)
	}
	if _, held := w.of(t, "noimage"); held.PodSeconds == 0 {
		t.Error("a pod that waits on its node for an image holds nothing")
	}
	if w.last.Cluster.Pending != 2 {
		t.Errorf("%d pending pods, want 2", w.last.Cluster.Pending)
	}
	checkUsage(t, ns, s, w)
	checkEvents(t, ns, s, w.run(t, "late"), w.run(t, "oom"))
	checkRecords(t, s, w)
}

// TestClusterContainers has one of two containers killed for memory, and the real control
// plane say so: what is true of one is not said of the other.
func TestClusterContainers(t *testing.T) {
	ns := namespace(t)
	var docs strings.Builder
	for _, w := range []work{
		{
			name: "main-killed", tenant: "main", spec: "backoffLimit: 0", log: "4Gi",
			annotations: annotated("run-time", "2s", "outcome", "OOMKilled", "container", "main"),
		},
		{
			name: "log-killed", tenant: "log", spec: "backoffLimit: 0", log: "64Mi",
			annotations: annotated("run-time", "2s", "outcome", "OOMKilled", "container", "log"),
		},
		{
			name: "log-restarted", tenant: "restarted", restart: "OnFailure", log: "64Mi",
			annotations: annotated("run-time", "2s", "outcome", "OOMRestart", "container", "log"),
		},
	} {
		docs.WriteString(w.yaml())
	}
	s := connected(t, "MIGTOP_TEST_VIEWER_KUBECONFIG", Options{Namespaces: []string{ns}})
	defer s.Close()
	w := &watched{world: newWorld(t, time.Now())}
	w.poll(t, s)
	kubectl(t, docs.String(), "apply", "-n", ns, "-f", "-")
	for end := time.Now().Add(time.Minute); len(w.records) < 3; time.Sleep(time.Second) {
		if time.Now().After(end) {
			t.Fatalf("after a minute: %+v", w.last.Runs)
		}
		w.poll(t, s)
	}
	byTenant := map[migration.Tenant]migration.RunRecord{}
	for _, r := range w.records {
		byTenant[r.Key.Tenant] = r
	}
	const mib = migration.MiB
	for _, tt := range []struct {
		name, tenant string
		outcome      migration.Outcome
		at           migration.Opt[migration.Bytes]
		oom          int64
		killed       string
	}{
		{"main-killed", "main", migration.OutcomeOOMKilled, migration.Some(128 * mib), 1, "main"},
		{"log-killed", "log", migration.OutcomeFailed, migration.None[migration.Bytes](), 0, "log"},
		{"log-restarted", "restarted", migration.OutcomeSucceeded, migration.None[migration.Bytes](), 0, "log"},
	} {
		r := byTenant[migration.Tenant(tt.tenant)]
		if r.Outcome != tt.outcome || r.KilledAt != tt.at || r.Given.Limit.Memory != migration.Some(128*mib) || r.Container != "main" ||
			r.Others.Names != "log" {
			t.Errorf("%s: %+v", tt.name, r)
		}
		if total, _ := w.of(t, migration.Tenant(tt.tenant)); total.OOMKilled.Or(0) != tt.oom {
			t.Errorf("%s: %v kills of the work, want %d", tt.name, total.OOMKilled, tt.oom)
		}
		var killed []string
		for _, c := range w.run(t, tt.name).Attempts[0].Containers {
			if c.OOMKilled > 0 {
				killed = append(killed, c.Name)
			}
		}
		if strings.Join(killed, " ") != tt.killed {
			t.Errorf("%s: killed were %q, want %q", tt.name, killed, tt.killed)
		}
	}
}

// checkRecords sees to it that each pod that ended is recorded once, and how it ended.
func checkRecords(t *testing.T, s *Source, w *watched) {
	t.Helper()
	want := map[migration.Tenant][]migration.Outcome{
		"short": {migration.OutcomeSucceeded}, "oom": {migration.OutcomeOOMKilled}, "again": {migration.OutcomeSucceeded},
		"late": {migration.OutcomeTimedOut}, "ttl": {migration.OutcomeSucceeded},
		"retry": {migration.OutcomeFailed, migration.OutcomeFailed},
	}
	for end := time.Now().Add(20 * time.Second); len(w.records) < 7 && time.Now().Before(end); time.Sleep(time.Second) {
		w.poll(t, s)
	}
	got := map[migration.Tenant][]migration.Outcome{}
	for _, r := range w.records {
		got[r.Key.Tenant] = append(got[r.Key.Tenant], r.Outcome)
		limit := migration.Some(128 * migration.MiB)
		if r.Given.Limit.Memory != limit {
			t.Errorf("%s: limit %v, want %v", r.Key.Tenant, r.Given.Limit.Memory, limit)
		}
		killed := r.Key.Tenant == "oom" || r.Key.Tenant == "again"
		if killed && (r.Peak.Or(0) < 128*migration.MiB || r.PeakBound != migration.AtLeast) {
			t.Errorf("%s was killed for memory: peak %v %v, want at least %v", r.Key.Tenant, r.PeakBound, r.Peak, limit)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes: %s", diff)
	}
}

// compareWithKubectl holds a run against the Job and pods that kubectl gets.
func compareWithKubectl(t *testing.T, ns string, run migration.Run) {
	t.Helper()
	var j batchv1.Job
	if err := json.Unmarshal([]byte(kubectl(t, "", "get", "job", run.Name, "-n", ns, "-o", "json")), &j); err != nil {
		t.Fatal(err)
	}
	if string(j.UID) != run.UID || !j.CreationTimestamp.Time.Equal(run.Created) ||
		!j.Status.StartTime.Time.Equal(run.Started.Or(time.Time{})) {
		t.Errorf("%s: uid %s, created %v, started %v; kubectl: %s, %v, %v", run.Name, run.UID, run.Created, run.Started,
			j.UID, j.CreationTimestamp, j.Status.StartTime)
	}
	if done := j.Status.CompletionTime; done != nil && !done.Time.Equal(run.Finished.Or(time.Time{})) {
		t.Errorf("%s: finished %v, kubectl: %v", run.Name, run.Finished, done)
	}
	if j.Status.Failed != run.Failed {
		t.Errorf("%s: %d failed attempts, kubectl: %d", run.Name, run.Failed, j.Status.Failed)
	}
	var pods corev1.PodList
	if err := json.Unmarshal([]byte(kubectl(t, "", "get", "pods", "-n", ns, "-l", jobNameLabel+"="+run.Name, "-o", "json")),
		&pods); err != nil {
		t.Fatal(err)
	}
	for _, p := range pods.Items {
		found := false
		for _, a := range run.Attempts {
			if a.Pod != p.Name {
				continue
			}
			found = true
			state := p.Status.ContainerStatuses[0].State.Terminated
			if a.Node != p.Spec.NodeName || a.ExitCode != migration.Some(state.ExitCode) ||
				!state.FinishedAt.Time.Equal(a.Finished.Or(time.Time{})) {
				t.Errorf("%s: attempt %+v, kubectl: node %s, %+v", run.Name, a, p.Spec.NodeName, state)
			}
		}
		if !found {
			t.Errorf("%s: pod %s is not among the attempts", run.Name, p.Name)
		}
	}
}

// checkUsage holds usage against kubectl top, which reads the same samples.
func checkUsage(t *testing.T, ns string, s *Source, w *watched) {
	t.Helper()
	for end := time.Now().Add(90 * time.Second); ; time.Sleep(time.Second) {
		w.poll(t, s)
		a := w.run(t, "long").Attempts
		if len(a) == 1 && a[0].CPU.Known() && a[0].CPU.Or(0) > 300*migration.Millicore {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("no usage after 90 s: %+v, health %+v", a, healthOf(w.last, "metrics"))
		}
	}
	a := w.run(t, "long").Attempts[0]
	top := strings.Fields(kubectl(t, "", "top", "pod", a.Pod, "-n", ns, "--no-headers"))
	milli, err := strconv.ParseInt(strings.TrimSuffix(top[1], "m"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	// A scrape may have come in between; the load is steady.
	if got := a.CPU.Or(0).Milli(); got < milli*9/10-5 || got > milli*11/10+5 {
		t.Errorf("CPU %d m, kubectl top: %v", got, top)
	}
	if want := strconv.FormatInt(int64(a.Memory.Or(0)/migration.MiB), 10) + "Mi"; want != top[2] || a.PeakMemory.Or(0) < a.Memory.Or(0) {
		t.Errorf("memory %s (peak %v), kubectl top: %v", want, a.PeakMemory, top)
	}
	_, held := w.of(t, "long")
	if held.UsageSeconds == 0 || held.UsageSeconds > held.PodSeconds {
		t.Errorf("usage of %d s in %d s", held.UsageSeconds, held.PodSeconds)
	}
	if mean := int64(held.UsedCPU.Or(0)) / held.UsageSeconds; mean < 200 || mean > 440 {
		t.Errorf("mean CPU %d m, it runs with 400", mean)
	}
	h := w.reported[tellKey{w.run(t, "long").Key, time.Now().UTC().Truncate(time.Minute), time.Minute}].Usage
	if len(h) > 0 && (h[0].Host.Kind != migration.HostEC2 || !strings.HasPrefix(h[0].Host.InstanceType, "m6i.") ||
		h[0].Host.Place.Region != "us-east-1") {
		t.Errorf("host %+v", h[0].Host)
	}
	if len(w.last.NodeTimes) == 0 {
		t.Error("no node times, with pods on nodes")
	}
}

func checkEvents(t *testing.T, ns string, s *Source, late, oom migration.Run) {
	t.Helper()
	events, err := s.Events(t.Context(), ns, late.Name, late.UID)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, e := range events {
		seen[e.Object[:3]+" "+e.Reason] = true
	}
	if !seen["job DeadlineExceeded"] || !seen["job SuccessfulCreate"] || !seen["pod Scheduled"] {
		t.Errorf("events: %+v", events)
	}
	if _, err := s.Events(t.Context(), ns, oom.Name, oom.UID); err != nil {
		t.Error(err)
	}
}
