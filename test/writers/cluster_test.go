//go:build cluster

package writers

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/profile/export"
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

// An API server with KEDA's ScaledJob accepts every exported ScaledJob without a warning: it validates strictly.
func TestClusterTakesScaledJobs(t *testing.T) {
	if _, err := kubectl(t, nil, "create", "-f", kedaCRD(t)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := kubectl(t, nil, "delete", "crd", "scaledjobs.keda.sh"); err != nil {
			t.Error(err)
		}
	})
	for end := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		// While the resource has no conditions, waiting for one fails at once.
		_, err := kubectl(t, nil, "wait", "--for=condition=Established", "--timeout=50s", "crd/scaledjobs.keda.sh")
		if err == nil {
			break
		}
		if !strings.Contains(err.Error(), ".status.conditions accessor error") || time.Now().After(end) {
			t.Fatal(err)
		}
	}
	create := func(data []byte) error {
		_, err := kubectl(t, data, "create", "--dry-run=server", "--validate=strict", "-f", "-")
		return err
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(500 * time.Millisecond) { // until its schema is published
		err := create([]byte("apiVersion: keda.sh/v1alpha1\nkind: ScaledJob\nmetadata: {name: a}\nspec: {jobTargetRef: {backofLimit: 1}, " +
			"triggers: []}\n"))
		if err != nil && strings.Contains(err.Error(), "backofLimit") {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("a misspelt field is not refused: %v", err)
		}
	}
	n := 0
	for _, o := range []export.Options{
		{},
		{ByClass: true},
		{QueueURL: "https://sqs.eu-west-1.amazonaws.com/1/q", Region: "eu-west-1", Command: []string{"x"}, Wrap: true},
	} {
		for name, data := range render(t, export.KEDA, o) {
			if !strings.HasSuffix(name, ".scaledjob.yaml") {
				continue
			}
			n++
			if err := create(data); err != nil {
				t.Errorf("%s: %v\n%s", name, err, data)
			}
		}
	}
	if n != 3*2*len(profiles()) {
		t.Errorf("%d ScaledJobs", n)
	}
}
