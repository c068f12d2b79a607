package writers

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kube-openapi/pkg/validation/strfmt"
	"k8s.io/kube-openapi/pkg/validation/validate"
	"sigs.k8s.io/yaml"

	// The module is asked for its folder, in which KEDA's resources are published.
	_ "github.com/kedacore/keda/v2/version"

	"github.com/migtop/migtop/internal/profile/export"
)

// kedaCRD is the file of the ScaledJob resource in KEDA's own module, at the version of
// go.mod.
func kedaCRD(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/kedacore/keda/v2").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "config", "crd", "bases", "keda.sh_scaledjobs.yaml")
}

// kedaSchema returns KEDA's schema of a ScaledJob.
func kedaSchema(t *testing.T) *spec.Schema {
	t.Helper()
	data, err := os.ReadFile(kedaCRD(t))
	if err != nil {
		t.Fatal(err)
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.Unmarshal(data, &crd); err != nil {
		t.Fatal(err)
	}
	if crd.Name != "scaledjobs.keda.sh" || crd.Spec.Versions[0].Name != "v1alpha1" {
		t.Fatalf("%s, %s", crd.Name, crd.Spec.Versions[0].Name)
	}
	var schema spec.Schema
	if err := schema.UnmarshalJSON([]byte(text(t, crd.Spec.Versions[0].Schema.OpenAPIV3Schema))); err != nil {
		t.Fatal(err)
	}
	return &schema
}

// unknown lists fields that the schema does not have, which the API server refuses with
// fieldValidation=Strict and drops without.
func unknown(schema *spec.Schema, value any, path string) []string {
	if keep, _ := schema.Extensions.GetBool("x-kubernetes-preserve-unknown-fields"); keep {
		return nil
	}
	var out []string
	switch v := value.(type) {
	case map[string]any:
		for key, item := range v {
			if p, ok := schema.Properties[key]; ok {
				out = append(out, unknown(&p, item, path+"."+key)...)
			} else if a := schema.AdditionalProperties; a != nil && a.Schema != nil {
				out = append(out, unknown(a.Schema, item, path+"."+key)...)
			} else if len(schema.Properties) > 0 {
				out = append(out, path+"."+key)
			}
		}
	case []any:
		for _, item := range v {
			out = append(out, unknown(schema.Items.Schema, item, path+"[]")...)
		}
	}
	return out
}

func TestKEDATakesScaledJobs(t *testing.T) {
	schema := kedaSchema(t)
	validator := validate.NewSchemaValidator(schema, nil, "", strfmt.Default)
	every := export.Options{
		Container: "main", Image: "a", Command: []string{"x"}, Wrap: true,
		QueueURL: "https://sqs.eu-west-1.amazonaws.com/1/q", Region: "eu-west-1", Namespace: "n",
	}
	for _, o := range []export.Options{{}, every, {ByClass: true}} {
		n := 0
		for name, data := range render(t, export.KEDA, o) {
			if !strings.HasSuffix(name, ".scaledjob.yaml") {
				continue
			}
			n++
			object := decode[map[string]any](t, data)
			if r := validator.Validate(object); !r.IsValid() {
				t.Errorf("%s: %v\n%s", name, r.AsError(), data)
			}
			if fields := unknown(schema, object, ""); len(fields) > 0 {
				t.Errorf("%s: KEDA does not know %q", name, fields)
			}
		}
		if n != 2*len(profiles()) {
			t.Errorf("%d ScaledJobs", n)
		}
	}
	// The validator does find what is wrong.
	if validator.Validate(map[string]any{"spec": map[string]any{"maxReplicaCount": "many"}}).IsValid() {
		t.Error("everything is valid")
	}
	if got := unknown(schema, map[string]any{"spec": map[string]any{"jobTargetRef": map[string]any{"backofLimit": 1}}}, ""); len(got) != 1 {
		t.Errorf("a misspelt field is not found: %q", got)
	}
}

// What a ScaledJob starts is the Job of the manifest; how many run at once is KEDA's.
func TestKEDAStartsTheSameJob(t *testing.T) {
	want := jobs(t, export.Options{})
	for name, data := range render(t, export.KEDA, export.Options{}) {
		key, ok := strings.CutSuffix(name, ".scaledjob.yaml")
		if !ok {
			continue
		}
		got := decode[struct {
			Spec struct {
				JobTargetRef    batchv1.JobSpec `json:"jobTargetRef"`
				MaxReplicaCount *int32          `json:"maxReplicaCount"`
				Triggers        []any           `json:"triggers"`
			} `json:"spec"`
			APIVersion string         `json:"apiVersion"`
			Kind       string         `json:"kind"`
			Metadata   map[string]any `json:"metadata"`
		}](t, data).Spec
		job := want[key]
		sameBounds(t, key, &job.Spec, &got.JobTargetRef)
		if p := got.JobTargetRef.Parallelism; p != nil && *p != 1 {
			t.Errorf("%s: each message starts %d pods", key, *p)
		}
		if text(t, got.MaxReplicaCount) != text(t, job.Spec.Parallelism) || len(got.Triggers) != 1 {
			t.Errorf("%s: at most %s Jobs, want %s", key, text(t, got.MaxReplicaCount), text(t, job.Spec.Parallelism))
		}
	}
}
