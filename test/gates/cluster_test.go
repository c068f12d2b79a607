//go:build cluster

package gates

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

	argo "github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func kubectl(t *testing.T, stdin []byte, args ...string) (string, error) {
	t.Helper()
	config, program := os.Getenv("MIGTOP_TEST_KUBECONFIG"), os.Getenv("MIGTOP_TEST_KUBECTL")
	if config == "" || program == "" {
		t.Fatal(`MIGTOP_TEST_KUBECONFIG and MIGTOP_TEST_KUBECTL are not set: run make test, or: eval "$(go run -C test/cluster . env)"`)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append([]string{"--kubeconfig", config, "--cache-dir", t.TempDir()}, args...)...)
	var out, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, stderr.String())
	}
	return out.String(), nil
}

// made creates an object and deletes it at the end of the test.
func made(t *testing.T, args ...string) {
	t.Helper()
	if _, err := kubectl(t, nil, append([]string{"create"}, args...)...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := kubectl(t, nil, append([]string{"delete", "--wait=false"}, args...)...); err != nil {
			t.Error(err)
		}
	})
}

// An API server with the controllers' resources takes every object of the manifests without a warning: it validates strictly.
func TestClusterTakesTheManifests(t *testing.T) {
	for _, file := range crds(t) {
		made(t, "-f", file)
	}
	made(t, "namespace", "migtop")
	made(t, "namespace", "router")
	for _, file := range crds(t) {
		if _, err := kubectl(t, nil, "wait", "--for=condition=Established", "--timeout=50s", "-f", file); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"gate.yaml", "argo-rollouts.yaml", "argo-rollouts-job.yaml", "flagger.yaml"} {
		if _, err := kubectl(t, nil, "create", "--dry-run=server", "--validate=strict", "-f", filepath.Join(manifests, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The Job controller with the Job of the manifest: pods that end with HOLD, no data or a kill are replaced, and only ROLL BACK fails
// the Job.
func TestClusterFailsTheJobForRollBackAlone(t *testing.T) {
	made(t, "namespace", "gates")
	template := only[argo.AnalysisTemplate](t, "argo-rollouts-job.yaml", "AnalysisTemplate")[0]
	spec := template.Spec.Metrics[0].Provider.Job.Spec
	spec.Template.Spec.ServiceAccountName, spec.Template.Spec.Volumes, spec.Template.Spec.Containers[0].VolumeMounts = "", nil, nil
	const rollBack = "20"
	codes := []string{"10", "3", "2", "137", rollBack} // HOLD, no data, wrong use, a kill
	for _, code := range codes {
		job := batchv1.Job{
			TypeMeta:   metav1.TypeMeta{APIVersion: "batch/v1", Kind: "Job"},
			ObjectMeta: metav1.ObjectMeta{Name: "code-" + code, Namespace: "gates"}, Spec: *spec.DeepCopy(),
		}
		job.Spec.Template.Annotations = map[string]string{
			"test.migtop.dev/run-time": "100ms", "test.migtop.dev/start-delay": "10ms", "test.migtop.dev/outcome": "Error",
			"test.migtop.dev/exit-code": code,
		}
		object, err := json.Marshal(&job)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := kubectl(t, object, "create", "-f", "-"); err != nil {
			t.Fatal(err)
		}
	}
	for _, code := range codes {
		name := "code-" + code
		if code == rollBack {
			if _, err := kubectl(t, nil, "wait", "-n", "gates", "--for=condition=Failed", "--timeout=50s", "job/"+name); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		// A second pod says that the first one was ignored.
		seen := map[string]bool{}
		for end := time.Now().Add(time.Minute); len(seen) < 2; time.Sleep(200 * time.Millisecond) {
			out, err := kubectl(t, nil, "get", "pods", "-n", "gates", "-l", "job-name="+name, "-o", "jsonpath={.items[*].metadata.name}")
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range strings.Fields(out) {
				seen[p] = true
			}
			if time.Now().After(end) {
				t.Fatalf("%s: pods %v", name, seen)
			}
		}
		out, err := kubectl(t, nil, "get", "job", "-n", "gates", name, "-o", "jsonpath={.status.conditions[*].type}{.status.failed}")
		if err != nil || out != "" {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
}
