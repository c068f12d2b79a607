//go:build cluster

// Package e2e runs the real binary against the real control plane and holds what
// it prints and draws against what kubectl says. Its tests wait for minutes to end, and
// do so side by side.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/simcloud"
)

// fate is one Job, of a tenant of its own. See test/cluster/README.md for what
// the notes do.
type fate struct {
	tenant, spec, cpu string
	notes             map[string]string
}

var fates = []fate{
	{tenant: "short", notes: map[string]string{"run-time": "3s"}},
	{tenant: "long", notes: map[string]string{"cpu": "400m", "memory": "100Mi"}},
	{tenant: "oom", spec: "backoffLimit: 0", notes: map[string]string{"run-time": "2s", "outcome": "OOMKilled"}},
	{tenant: "late", spec: "activeDeadlineSeconds: 4", notes: map[string]string{}},
	{tenant: "stuck", cpu: "500", notes: map[string]string{}},
}

func (f fate) yaml() string {
	notes := map[string]string{}
	for k, v := range f.notes {
		notes["test.migtop.dev/"+k] = v
	}
	encoded, _ := json.Marshal(notes) // strings always encode
	cpu := f.cpu
	if cpu == "" {
		cpu = "250m"
	}
	return fmt.Sprintf(`---
apiVersion: batch/v1
kind: Job
metadata: {name: %s-run}
spec:
  %s
  template:
    metadata:
      labels: {tenant: %s, workload: etl}
      annotations: %s
    spec:
      restartPolicy: Never
      containers:
      - name: main
        image: example.invalid/etl:1
        resources: {requests: {cpu: %q, memory: 128Mi}, limits: {memory: 128Mi}}
`, f.tenant, f.spec, f.tenant, encoded, cpu)
}

// rig is a namespace of the cluster, a simulated AWS with real time, and the binary.
type rig struct {
	t         *testing.T
	cluster   settings
	binary    string
	namespace string
	env       []string
}

// settings are the variables of a control plane, as the test cluster's env verb
// exports them.
type settings func(name string) string

func (s settings) get(t *testing.T, name string) string {
	t.Helper()
	v := s(name)
	if v == "" {
		t.Fatalf(`%s is not set: run make test, or: eval "$(go run -C test/cluster . env)"`, name)
	}
	return v
}

func newRig(t *testing.T, cluster settings) *rig {
	t.Helper()
	r := &rig{
		t: t, cluster: cluster, binary: filepath.Join(t.TempDir(), "migtop"),
		namespace: fmt.Sprintf("e2e-%d", time.Now().UnixNano()%1e9),
	}
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", r.binary,
		"github.com/migtop/migtop/cmd/migtop").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	cloud, err := simcloud.Start(t.Context(), simcloud.Options{Seed: 1, Speed: 1, Epoch: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cloud.Close(); err != nil {
			t.Error(err)
		}
	})
	key, secret := cloud.Credentials()
	// What any AWS tool and kubectl would go by: no flag of migtop's own.
	r.env = append(os.Environ(),
		"AWS_ENDPOINT_URL="+cloud.AWSEndpoint(), "AWS_REGION="+cloud.Region(), "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID="+key, "AWS_SECRET_ACCESS_KEY="+secret, "AWS_SESSION_TOKEN=", "AWS_PROFILE=",
		"AWS_CONFIG_FILE="+filepath.Join(t.TempDir(), "none"), "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(t.TempDir(), "none"),
		"KUBECONFIG="+cluster.get(t, "MIGTOP_TEST_VIEWER_KUBECONFIG"),
		"XDG_CONFIG_HOME="+t.TempDir(), "XDG_STATE_HOME="+t.TempDir(),
	)
	r.kubectl("", "create", "namespace", r.namespace)
	t.Cleanup(func() { r.kubectl("", "delete", "namespace", r.namespace, "--wait=false") })
	return r
}

// kubectl runs the cluster's own as its administrator.
func (r *rig) kubectl(stdin string, args ...string) string {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, r.cluster.get(r.t, "MIGTOP_TEST_KUBECTL"),
		append([]string{"--kubeconfig", r.cluster.get(r.t, "MIGTOP_TEST_KUBECONFIG")}, args...)...)
	var out, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &stderr
	if err := cmd.Run(); err != nil {
		r.t.Fatalf("kubectl %s: %v: %s", strings.Join(args, " "), err, stderr.String())
	}
	return out.String()
}

// document is what the test reads of snapshot -o json; docs/snapshot.md has all.
type document struct {
	Tenants []row `json:"tenants"`
}

type row struct {
	Tenant string `json:"tenant"`
	Jobs   struct {
		Present     bool    `json:"present"`
		Runs        *int64  `json:"runs"`
		Failures    *int64  `json:"failures"`
		OOMKilled   *int64  `json:"oom_killed"`
		TimedOut    *int64  `json:"timed_out"`
		Running     *int64  `json:"running"`
		Pending     *int64  `json:"pending"`
		CostPerHour *string `json:"cost_per_hour_usd"`
		Duration    *struct {
			Max float64 `json:"max"`
		} `json:"duration_seconds"`
	} `json:"jobs"`
	Lambda struct {
		Runs *int64 `json:"runs"`
	} `json:"lambda"`
	Runs []struct {
		Name     string   `json:"name"`
		State    string   `json:"state"`
		Reason   string   `json:"reason"`
		Duration *float64 `json:"duration_seconds"`
		Attempts []struct {
			Pod    string   `json:"pod"`
			CPU    *float64 `json:"cpu_cores"`
			Memory *int64   `json:"memory_bytes"`
		} `json:"attempts"`
	} `json:"runs"`
}

func (r *rig) snapshot() document {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, r.binary, "snapshot", "-o", "json", "--namespace", r.namespace, "--window", "1h")
	var out, stderr bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = r.env, &out, &stderr
	if err := cmd.Run(); err != nil {
		r.t.Fatalf("snapshot: %v\n%s", err, stderr.String())
	}
	var d document
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		r.t.Fatal(err)
	}
	return d
}

func (d document) of(t *testing.T, tenant string) row {
	t.Helper()
	for _, row := range d.Tenants {
		if row.Tenant == tenant {
			return row
		}
	}
	t.Fatalf("no tenant %s in the snapshot", tenant)
	return row{}
}

type job struct {
	Metadata struct{ Name string }
	Status   struct {
		Active, Failed, Succeeded int64
		Conditions                []struct {
			Type, Status, Reason string
			LastTransitionTime   time.Time
		}
	}
}

func (r *rig) jobs() map[string]job {
	r.t.Helper()
	var list struct{ Items []job }
	if err := json.Unmarshal([]byte(r.kubectl("", "get", "jobs", "-n", r.namespace, "-o", "json")), &list); err != nil {
		r.t.Fatal(err)
	}
	out := map[string]job{}
	for _, j := range list.Items {
		out[strings.TrimSuffix(j.Metadata.Name, "-run")] = j
	}
	return out
}

// ended is when a Job completed or failed, false while it has not.
func (j job) ended() (at time.Time, failed bool, reason string, ok bool) {
	for _, c := range j.Status.Conditions {
		if c.Status == "True" && (c.Type == "Complete" || c.Type == "Failed") {
			return c.LastTransitionTime, c.Type == "Failed", c.Reason, true
		}
	}
	return time.Time{}, false, "", false
}

// The rights that everything here runs with are those that migtop prints, so that a
// right too few fails these tests.
func TestViewerHasWhatIsPrinted(t *testing.T) {
	t.Parallel()
	r := newRig(t, os.Getenv)
	printed, err := exec.Command(r.binary, "doctor", "--rbac").Output()
	if err != nil {
		t.Fatal(err)
	}
	rules := func(role string) any {
		var v struct{ Rules any }
		if err := json.Unmarshal([]byte(role), &v); err != nil {
			t.Fatal(err)
		}
		return v.Rules
	}
	first, _, _ := strings.Cut(string(printed), "---")
	want := rules(r.kubectl(first, "create", "--dry-run=client", "-o", "json", "-f", "-"))
	got := rules(r.kubectl("", "get", "clusterrole", "migtop-viewer", "-o", "json"))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the viewer's rights (-printed +of the test cluster):\n%s", diff)
	}
}

// The numbers of the screen, of snapshot -o json and of kubectl are the same ones.
func TestScreenSnapshotAndKubectlAgree(t *testing.T) {
	t.Parallel()
	r := newRig(t, os.Getenv)
	var docs strings.Builder
	for _, f := range fates {
		docs.WriteString(f.yaml())
	}
	r.kubectl(docs.String(), "apply", "-n", r.namespace, "-f", "-")

	// Three Jobs end; figures have them when the minute after theirs is over.
	var last time.Time
	wait(t, 2*time.Minute, "three Jobs to end", func() bool {
		done := 0
		for _, j := range r.jobs() {
			if at, _, _, ok := j.ended(); ok {
				done++
				if at.After(last) {
					last = at
				}
			}
		}
		return done == 3
	})
	time.Sleep(time.Until(last.Truncate(time.Minute).Add(2*time.Minute + time.Second)))

	d := r.snapshot()
	for tenant, j := range r.jobs() {
		got := d.of(t, tenant)
		_, failed, reason, ended := j.ended()
		want := map[string]int64{"runs": 0, "failures": 0, "oom": 0, "late": 0, "running": 0, "pending": 0}
		switch {
		case ended && failed:
			want["runs"], want["failures"] = 1, 1
		case ended:
			want["runs"] = 1
		case tenant == "stuck": // kubectl calls it active; its pod has no node
			want["pending"] = j.Status.Active
		default:
			want["running"] = j.Status.Active
		}
		if reason == "DeadlineExceeded" {
			want["late"] = 1
		}
		if tenant == "oom" {
			want["oom"] = 1
		}
		for what, p := range map[string]*int64{
			"runs": got.Jobs.Runs, "failures": got.Jobs.Failures, "oom": got.Jobs.OOMKilled,
			"late": got.Jobs.TimedOut, "running": got.Jobs.Running, "pending": got.Jobs.Pending,
		} {
			if p == nil || *p != want[what] {
				t.Errorf("%s: %s is %s, kubectl says %d (%+v)", tenant, what, number(p), want[what], j.Status)
			}
		}
	}
	if dur := d.of(t, "short").Jobs.Duration; dur == nil || dur.Max < 3 || dur.Max > 6 {
		t.Errorf("the run of 3 s took %+v", dur)
	}
	if c := d.of(t, "stuck").Jobs.CostPerHour; c == nil || *c != "0" {
		t.Errorf("a pod without a node costs %v", c)
	}
	if c := d.of(t, "long").Jobs.CostPerHour; c == nil || *c == "0" {
		t.Errorf("a pod on a node costs %v", c)
	}
	if n := d.of(t, "acme").Lambda.Runs; n == nil {
		t.Error("the Lambda side was not read next to the cluster")
	}
	if t.Failed() {
		t.FailNow() // the rest reads the same figures
	}
	r.agreeWithTop()
	r.agreeWithScreen(d)
}

// agreeWithTop holds usage against kubectl top, which reads the same samples.
func (r *rig) agreeWithTop() {
	r.t.Helper()
	pod := strings.TrimPrefix(strings.TrimSpace(r.kubectl("", "get", "pods", "-n", r.namespace, "-l", "tenant=long", "-o", "name")), "pod/")
	var top []string
	wait(r.t, 90*time.Second, "usage", func() bool {
		attempts := r.snapshot().of(r.t, "long").Runs[0].Attempts
		if len(attempts) != 1 || attempts[0].CPU == nil || *attempts[0].CPU < 0.3 {
			return false
		}
		top = strings.Fields(r.kubectl("", "top", "pod", pod, "-n", r.namespace, "--no-headers"))
		milli, err := strconv.ParseFloat(strings.TrimSuffix(top[1], "m"), 64)
		if err != nil {
			r.t.Fatal(err)
		}
		a := attempts[0]
		// A scrape may come in between; the load is steady, the memory constant.
		if cpu := *a.CPU * 1000; cpu < milli*0.9-5 || cpu > milli*1.1+5 {
			r.t.Errorf("CPU %.0fm, kubectl top: %v", cpu, top)
		}
		if got := fmt.Sprintf("%dMi", *a.Memory>>20); a.Pod != pod || got != top[2] {
			r.t.Errorf("pod %s, memory %s, kubectl top: %v", a.Pod, got, top)
		}
		return true
	})
}

// agreeWithScreen reads the rows of the Tenants screen in a real terminal.
func (r *rig) agreeWithScreen(d document) {
	t := r.t
	t.Helper()
	socket := filepath.Join(t.TempDir(), "tmux")
	tmux := func(args ...string) string {
		cmd := exec.Command("tmux", append([]string{"-S", socket, "-f", "/dev/null"}, args...)...)
		cmd.Env = r.env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("tmux %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	tmux("new-session", "-d", "-x", "180", "-y", "60", r.binary, "--namespace", r.namespace, "--window", "1h", "--ascii")
	defer func() { _ = exec.Command("tmux", "-S", socket, "kill-server").Run() }()
	// The two columns at the right end: runs on both sides, running and pending.
	for _, tenant := range []string{"short", "long", "oom", "late", "stuck"} {
		jobs := d.of(t, tenant).Jobs
		want := fmt.Sprintf("- / %d %d / %d", *jobs.Runs, *jobs.Running, *jobs.Pending)
		var line string
		wait(t, 30*time.Second, "the row of "+tenant, func() bool {
			tmux("send-keys", "2")
			for _, l := range strings.Split(tmux("capture-pane", "-p"), "\n") {
				if strings.Contains(l, " "+tenant+" ") && strings.Contains(l, " / ") {
					line = strings.Join(strings.Fields(l), " ")
					return strings.Contains(line, want) || strings.Contains(line, strings.Replace(want, "- / ", "0 / ", 1))
				}
			}
			return false
		})
		if *jobs.Failures > 0 && !strings.Contains(line, "/ 100") {
			t.Errorf("%s: all runs failed, the row says %q", tenant, line)
		}
	}
	tmux("send-keys", "q")
}

func wait(t *testing.T, limit time.Duration, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !done(); time.Sleep(time.Second) {
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s in vain", limit, what)
		}
	}
}

func number(p *int64) string {
	if p == nil {
		return "unknown"
	}
	return strconv.FormatInt(*p, 10)
}
