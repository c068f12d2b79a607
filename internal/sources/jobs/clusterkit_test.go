//go:build cluster

package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

// setting is a variable that the test cluster's env verb exports.
func setting(tb testing.TB, name string) string {
	tb.Helper()
	v := os.Getenv(name)
	if v == "" {
		tb.Fatalf(`%s is not set: run make test, or: eval "$(go run -C test/cluster . env)"`, name)
	}
	return v
}

func connected(tb testing.TB, kubeconfig string, o Options) *Source {
	tb.Helper()
	c, err := Connect(setting(tb, kubeconfig), "")
	if err != nil {
		tb.Fatal(err)
	}
	o.Connection, o.Attribute = c, byTenant
	s, err := New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// kubectl runs the cluster's own as its administrator.
func kubectl(tb testing.TB, stdin string, args ...string) string {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, setting(tb, "MIGTOP_TEST_KUBECTL"),
		append([]string{"--kubeconfig", setting(tb, "MIGTOP_TEST_KUBECONFIG"), "--cache-dir", tb.TempDir()}, args...)...)
	var out, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &stderr
	if err := cmd.Run(); err != nil {
		tb.Fatalf("kubectl %s: %v: %s", strings.Join(args, " "), err, stderr.String())
	}
	return out.String()
}

// namespace makes one for a test and deletes it after.
func namespace(t *testing.T) string {
	t.Helper()
	ns := fmt.Sprintf("migtop-%s-%d", strings.ToLower(strings.ReplaceAll(t.Name(), "_", "-")), time.Now().UnixNano()%1e9)
	kubectl(t, "", "create", "namespace", ns)
	t.Cleanup(func() { kubectl(t, "", "delete", "namespace", ns, "--wait=false") })
	return ns
}

// work is a Job of the test cluster; see test/cluster/README.md for annotations.
type work struct {
	name, tenant string
	spec         string // further fields of the Job's spec, in YAML's flow style
	restart      string
	cpu, memory  string // requests
	log          string // memory limit of a second container, "" for none
	annotations  map[string]string
}

func (w work) yaml() string {
	if w.restart == "" {
		w.restart = "Never"
	}
	if w.cpu == "" {
		w.cpu, w.memory = "250m", "128Mi"
	}
	notes, _ := json.Marshal(w.annotations)
	var log string
	if w.log != "" {
		log = fmt.Sprintf("      - {name: log, image: \"example.invalid/log:1\", resources: {requests: {cpu: 10m, memory: 16Mi}, "+
			"limits: {memory: %s}}}\n", w.log)
	}
	return fmt.Sprintf(`---
apiVersion: batch/v1
kind: Job
metadata: {name: %s}
spec:
  %s
  template:
    metadata:
      labels: {tenant: %s, workload: etl}
      annotations: %s
    spec:
      restartPolicy: %s
      containers:
      - name: main
        image: example.invalid/etl:1
        resources: {requests: {cpu: %q, memory: %s}, limits: {memory: %s}}
`, w.name, w.spec, w.tenant, notes, w.restart, w.cpu, w.memory, w.memory) + log
}

// annotated gives a pod its fate.
func annotated(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m["test.migtop.dev/"+pairs[i]] = pairs[i+1]
	}
	return m
}

// watched is what a source reported over time, as the engine keeps it.
type watched struct {
	*world
	last migration.Batch
}

func (w *watched) poll(t *testing.T, s *Source) {
	t.Helper()
	b, err := s.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range b.Activities {
		w.reported[tellKey{a.Key, a.Start, a.Span}] = a
	}
	for _, r := range migration.PayloadOf[migration.RunRecords](b) {
		if _, twice := w.records[r.ID]; twice {
			t.Errorf("%s of %s is recorded twice", r.ID, r.Key.Tenant)
		}
		w.records[r.ID] = r
	}
	w.takeStarts(migration.PayloadOf[migration.RunMinutes](b))
	w.last = b
}

// of adds up what one tenant has.
func (w *watched) of(t *testing.T, tenant migration.Tenant) (migration.Activity, migration.ResourceUsage) {
	one := world{t: t, reported: map[tellKey]migration.Activity{}}
	for k, a := range w.reported {
		if k.key.Tenant == tenant {
			one.reported[k] = a
		}
	}
	return one.sum()
}

func (w *watched) run(t *testing.T, name string) migration.Run {
	t.Helper()
	for _, r := range w.last.Runs {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("no run %s among %d", name, len(w.last.Runs))
	return migration.Run{}
}
