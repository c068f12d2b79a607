package writers

import (
	"bytes"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	batchv1 "k8s.io/api/batch/v1"

	"github.com/migtop/migtop/internal/profile/export"
)

// helmTemplate is helm template with a values file.
func helmTemplate(t *testing.T, values []byte, attempt string) []byte {
	t.Helper()
	chart, err := loader.LoadDir("testdata/chart")
	if err != nil {
		t.Fatal(err)
	}
	v, err := loader.LoadValues(bytes.NewReader(values))
	if err != nil {
		t.Fatalf("%v:\n%s", err, values)
	}
	v["attempt"] = attempt
	all, err := util.ToRenderValues(chart, v, common.ReleaseOptions{Name: "r", Namespace: "n"}, common.DefaultCapabilities)
	if err != nil {
		t.Fatal(err)
	}
	out, err := engine.Render(chart, all)
	if err != nil {
		t.Fatalf("helm template: %v", err)
	}
	return []byte(out["work/templates/job.yaml"])
}

// A chart that takes Jobs from the values makes what the Job manifests are.
func TestHelmRendersTheValues(t *testing.T) {
	want := jobs(t, export.Options{})
	values := render(t, export.Helm, export.Options{})["migtop-values.yaml"]
	for attempt, prefix := range map[string]string{"base": "", "retry": "retry/"} {
		docs := strings.Split(string(helmTemplate(t, values, attempt)), "\n---\n")[1:]
		if len(docs) != len(profiles()) {
			t.Fatalf("%d objects:\n%s", len(docs), docs)
		}
		for _, doc := range docs {
			job := decode[batchv1.Job](t, []byte(doc))
			manifest, ok := want[prefix+job.Name]
			if !ok {
				t.Fatalf("there is no manifest of %q", job.Name)
			}
			sameBounds(t, prefix+job.Name, &manifest.Spec, &job.Spec)
			if text(t, job.Labels) != text(t, manifest.Labels) ||
				job.Annotations["migtop.dev/evidence"] != manifest.Annotations["migtop.dev/evidence"] {
				t.Errorf("%s: %+v", job.Name, job.ObjectMeta)
			}
			if text(t, job.Spec.Parallelism) != text(t, manifest.Spec.Parallelism) ||
				text(t, job.Spec.Completions) != text(t, manifest.Spec.Completions) {
				t.Errorf("%s: parallelism %v", job.Name, job.Spec.Parallelism)
			}
		}
	}
}

// Names of workloads and tenants reach the chart as they are, but for what is no text.
func TestHelmHasTheNames(t *testing.T) {
	v, err := loader.LoadValues(bytes.NewReader(render(t, export.Helm, export.Options{})["migtop-values.yaml"]))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, p := range v["migtop"].(map[string]any)["profiles"].(map[string]any) {
		p := p.(map[string]any)
		found = found || p["tenant"] == string(profiles()[2].Tenant) && p["workload"] == string(profiles()[2].Workload)
	}
	if !found {
		t.Errorf("%v", v)
	}
}
