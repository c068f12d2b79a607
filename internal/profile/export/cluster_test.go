//go:build cluster

package export

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
)

// kubectl runs the test cluster's own as its administrator, and returns what it wrote
// and how it failed.
func kubectl(t *testing.T, stdin []byte, args ...string) ([]byte, error) {
	t.Helper()
	setting := func(name string) string {
		v := os.Getenv(name)
		if v == "" {
			t.Fatalf(`%s is not set: run make test, or: eval "$(go run -C test/cluster . env)"`, name)
		}
		return v
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, setting("MIGTOP_TEST_KUBECTL"),
		append([]string{"--kubeconfig", setting("MIGTOP_TEST_KUBECONFIG"), "--cache-dir", t.TempDir()}, args...)...)
	var out, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &stderr
	if err := cmd.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, stderr.String())
	}
	return out.Bytes(), nil
}

func must(t *testing.T, stdin []byte, args ...string) []byte {
	t.Helper()
	out, err := kubectl(t, stdin, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func namespace(t *testing.T) string {
	t.Helper()
	ns := fmt.Sprintf("migtop-export-%d", time.Now().UnixNano()%1e9)
	must(t, nil, "create", "namespace", ns)
	t.Cleanup(func() { must(t, nil, "delete", "namespace", ns, "--wait=false") })
	return ns
}

// everything are the mixed profiles and some of nasty names.
func everything() []profile.Profile {
	out := mixed()
	for i := 0; i+1 < len(nasty); i += 2 {
		p := full()
		p.Workload, p.Tenant = migration.Workload(fmt.Sprint(i, nasty[i])), migration.Tenant(nasty[i+1])
		p.Class, p.WhyClass, p.Evidence.Note, p.Why = nasty[i], nasty[i+1], nasty[i], nasty[i:i+2]
		out = append(out, p)
	}
	return out
}

// sent is what the API server would store of a manifest: it has validated it strictly
// and stored nothing.
func sent[T any](t *testing.T, ns, name string, manifest []byte) (out T) {
	t.Helper()
	got, err := kubectl(t, manifest, "create", "-n", ns, "--dry-run=server", "--validate=strict", "-o", "json", "-f", "-")
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, manifest)
		return out
	}
	if err := json.Unmarshal(got, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// ours is what a Job is decided by.
func ours(s *batchv1.JobSpec) string {
	c := s.Template.Spec.Containers[0]
	b, err := json.Marshal([]any{
		s.ActiveDeadlineSeconds, s.BackoffLimit, s.TTLSecondsAfterFinished, s.PodFailurePolicy,
		s.Template.Spec.RestartPolicy, c.Resources,
	})
	if err != nil {
		panic(err) // it was JSON before
	}
	return string(b)
}

func TestClusterTakesManifests(t *testing.T) {
	ns := namespace(t)
	o := allOptions()
	o.Namespace = ns
	for _, options := range []Options{{}, o, {ByClass: true}} {
		for _, f := range render(t, everything(), Job, options) {
			if strings.HasSuffix(f.Name, ".yaml") {
				job := sent[batchv1.Job](t, ns, f.Name, f.Data)
				local := decode[*batchv1.Job](t, f.Data)
				if diff := cmp.Diff(ours(&local.Spec), ours(&job.Spec)); diff != "" {
					t.Errorf("%s: the server made something else of it:\n%s", f.Name, diff)
				}
			}
		}
	}
	for _, options := range []Options{{}, o} {
		for _, f := range render(t, mixed(), CronJob, options) {
			if strings.HasSuffix(f.Name, ".yaml") {
				cron := sent[batchv1.CronJob](t, ns, f.Name, f.Data)
				if suspended := *cron.Spec.Suspend; suspended != (options.Schedule == "" || strings.HasPrefix(f.Name, "retry/")) {
					t.Errorf("%s: suspended %v", f.Name, suspended)
				}
			}
		}
	}
}

// theirs is a CronJob or Job of a user's, with limits of its own.
func theirs(kind string) []byte {
	job := `
template:
  spec:
    restartPolicy: OnFailure
    containers:
    - name: main
      image: example.invalid/theirs:1
      env: [{name: A, value: b}]
      resources: {limits: {cpu: 100m, memory: 4Gi}}
    - name: sidecar
      image: example.invalid/sidecar:1
`
	indent := func(s, by string) string { return strings.ReplaceAll(s, "\n", "\n"+by) }
	head := "apiVersion: batch/v1\nkind: " + kind + "\nmetadata: {name: theirs}\nspec:"
	if kind == "CronJob" {
		return []byte(head + "\n  schedule: \"0 * * * *\"\n  suspend: true\n  jobTemplate:\n    spec:" + indent(job, "      ") + "\n")
	}
	return []byte(head + "\n  suspend: true" + indent(job, "  ") + "\n")
}

// A patch makes a user's Job what the manifest of the profile is, and leaves the rest.
func TestClusterTakesPatches(t *testing.T) {
	ns := namespace(t)
	must(t, theirs("CronJob"), "create", "-n", ns, "-f", "-")
	manifest := filepath.Join(t.TempDir(), "theirs.yaml")
	if err := os.WriteFile(manifest, theirs("Job"), 0o600); err != nil {
		t.Fatal(err)
	}
	whole := render(t, mixed(), Job, Options{})
	check := func(name string, got *batchv1.JobSpec) {
		t.Helper()
		want := decode[*batchv1.Job](t, data(t, whole, name+".job.yaml"))
		c := got.Template.Spec.Containers
		if diff := cmp.Diff(ours(&want.Spec), ours(got)); diff != "" || len(c) != 2 || c[0].Image != "example.invalid/theirs:1" ||
			len(c[0].Env) != 1 {
			t.Errorf("%s: %+v\n%s", name, c, diff)
		}
	}
	var first string
	for _, f := range render(t, mixed(), Patch, Options{}) {
		path := filepath.Join(t.TempDir(), "patch.yaml")
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		if name, ok := strings.CutSuffix(f.Name, ".cronjob-patch.yaml"); ok {
			// The patch names an object of its own; it is applied to theirs.
			out := must(t, nil, "patch", "cronjob", "theirs", "-n", ns, "--type=strategic", "--dry-run=server", "-o", "json", "--patch",
				string(rename(t, f.Data)))
			var cron batchv1.CronJob
			if err := json.Unmarshal(out, &cron); err != nil {
				t.Fatal(err)
			}
			check(name, &cron.Spec.JobTemplate.Spec)
			continue
		}
		if name, ok := strings.CutSuffix(f.Name, ".job-patch.yaml"); ok {
			// A manifest is patched before it is sent.
			out := must(t, nil, "patch", "--local", "-f", manifest, "--type=strategic", "-o", "json", "--patch", string(rename(t, f.Data)))
			job := sent[batchv1.Job](t, ns, name, out)
			check(name, &job.Spec)
			first = string(rename(t, f.Data))
		}
	}
	must(t, theirs("Job"), "create", "-n", ns, "-f", "-")
	// Why it is the manifest that is patched: of a Job that is there the server refuses it.
	if _, err := kubectl(t, nil, "patch", "job", "theirs", "-n", ns, "--type=strategic", "--dry-run=server", "--patch", first); err == nil ||
		!strings.Contains(err.Error(), "immutable") {
		t.Errorf("a Job's template was changed: %v", err)
	}
}

// rename gives a patch the name of the user's object.
func rename(t *testing.T, patch []byte) []byte {
	t.Helper()
	before, after, found := bytes.Cut(patch, []byte("\n  name: "))
	_, after, ok := bytes.Cut(after, []byte("\n"))
	if !found || !ok {
		t.Fatalf("a patch without a name:\n%s", patch)
	}
	return fmt.Appendf(nil, "%s\n  name: theirs\n%s", before, after)
}

// jobName is what a manifest calls its Job.
func jobName(t *testing.T, manifest string) string {
	t.Helper()
	_, after, found := strings.Cut(manifest, "\n  name: ")
	name, _, ok := strings.Cut(after, "\n")
	if !found || !ok {
		t.Fatalf("a manifest without a name:\n%s", manifest)
	}
	return name
}

// The policy on the real Job controller: a run that is killed for memory fails its Job
// at once, whatever the backoff limit, and another failure is tried again.
func TestClusterFailsAtOnceForMemory(t *testing.T) {
	ns := namespace(t)
	p := full()
	p.EphemeralStorage = migration.None[migration.Bytes]()
	p.Parallelism = migration.None[int32]()
	p.BackoffLimit = 1
	for _, tt := range []struct {
		outcome, reason string
		attempts        int32
	}{{"OOMKilled", "PodFailurePolicy", 1}, {"Error", "BackoffLimitExceeded", 2}} {
		p.Tenant = migration.Tenant("t-" + strings.ToLower(tt.outcome))
		files := render(t, []profile.Profile{p}, Job, Options{})
		fate := fmt.Sprintf("    metadata:\n      annotations:\n        test.migtop.dev/outcome: %s\n        test.migtop.dev/run-time: 1s\n",
			tt.outcome)
		manifest := strings.Replace(string(files[0].Data), "    metadata:\n", fate, 1)
		must(t, []byte(manifest), "create", "-n", ns, "-f", "-")
		name := jobName(t, manifest)
		must(t, nil, "wait", "--for=condition=Failed", "--timeout=55s", "-n", ns, "job/"+name)
		var job batchv1.Job
		if err := json.Unmarshal(must(t, nil, "get", "job", name, "-n", ns, "-o", "json"), &job); err != nil {
			t.Fatal(err)
		}
		reason := ""
		for _, c := range job.Status.Conditions {
			if c.Type == batchv1.JobFailed {
				reason = c.Reason
			}
		}
		if reason != tt.reason || job.Status.Failed != tt.attempts {
			t.Errorf("%s: %s after %d attempts, want %s after %d", tt.outcome, reason, job.Status.Failed, tt.reason, tt.attempts)
		}
	}
}
