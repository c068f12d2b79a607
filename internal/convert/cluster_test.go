//go:build cluster

package convert

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// kubectl runs the test cluster's own as its administrator.
func kubectl(t *testing.T, stdin string, args ...string) string {
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
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("kubectl %s: %v: %s\n%s", strings.Join(args, " "), err, stderr.String(), stdin)
	}
	return out.String()
}

// hostile is a function whose variables are as bad as they can be.
func hostile() *migration.Definition {
	d := nightly()
	d.Name = "Über_Function-" + strings.Repeat("x", 60)
	d.Environment = hide(map[string]string{
		"YES": "yes", "OCTAL": "012", "NULL": "null", "LINES": "a\nb: c\r\n# d\t", "QUOTES": `"'\`, "UNICODE": "ключ🔑\u2028\ufeff",
		"CONTROL": "\x01\x1b[31m\u0085", "EMPTY": "",
		"TEMPLATE": "{{ x }} $(Y) ${Z}", "1ST": "left out", "WITH.DOT": "left out", "DB_PASSWORD": "hunter2",
	})
	d.Subnets, d.VPC = []string{"subnet-1"}, "vpc-1"
	return d
}

// The real API server takes what is written: strictly, and without storing it.
func TestServerTakesTheManifests(t *testing.T) {
	ns := fmt.Sprintf("migtop-convert-%d", time.Now().UnixNano()%1e9)
	kubectl(t, "", "create", "namespace", ns)
	t.Cleanup(func() { kubectl(t, "", "delete", "namespace", ns, "--wait=false") })
	withoutQueue := thumbnails()
	withoutQueue.EventSources = migration.Some([]migration.EventSource(nil))
	for name, d := range map[string]*migration.Definition{
		"thumbnails": withoutQueue, "nightly": nightly(), "forbidden": forbidden(),
		"hostile": hostile(),
	} {
		for _, id := range []Identity{{}, {PodIdentity: true}, {Provider: provider}} {
			p := converted(t, d, Options{Namespace: ns, Tenant: "acme", Workload: "w", Identity: id, Command: []string{"run", "$(X)", "yes"}})
			got := kubectl(t, p.YAML(), "create", "--dry-run=server", "--validate=strict", "-o", "name", "-f", "-")
			if n := strings.Count(got, "\n"); n != len(p.Manifests) || !strings.Contains(got, "job.batch/"+p.Name) {
				t.Errorf("%s: the server took %d of %d objects:\n%s", name, n, len(p.Manifests), got)
			}
		}
	}
	// What is stored is what was meant, to the byte.
	p := converted(t, hostile(), Options{Namespace: ns})
	kubectl(t, p.YAML(), "apply", "--dry-run=server", "--validate=strict", "-f", "-")
	var config string
	for _, m := range p.Manifests {
		if m.Kind == "ConfigMap" {
			config = m.YAML()
		}
	}
	kubectl(t, config, "create", "-f", "-")
	for name, value := range hostile().Environment.Or(nil) {
		if !variable.MatchString(name) || name == "DB_PASSWORD" {
			continue
		}
		if got := kubectl(t, "", "get", "configmap", "-n", ns, p.Name+"-env", "-o", "jsonpath={.data."+name+"}"); got != value.Reveal() {
			t.Errorf("%s=%q is stored as %q", name, value.Reveal(), got)
		}
	}
	// A template that a queue would start Jobs of is taken as a Job too.
	p = converted(t, thumbnails(), Options{Namespace: ns})
	for _, m := range p.Manifests {
		if m.Kind == "ScaledJob" {
			value, _ := m.body.get("spec")
			target, _ := value.(object).get("jobTargetRef")
			job := indented(object{
				{"apiVersion", "batch/v1"},
				{"kind", "Job"},
				{"metadata", object{{"name", "x"}, {"namespace", ns}}},
				{"spec", target},
			})
			kubectl(t, job, "create", "--dry-run=server", "--validate=strict", "-f", "-")
		}
	}
}
