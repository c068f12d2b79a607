package gates

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	argo "github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	flagger "github.com/fluxcd/flagger/pkg/apis/flagger/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kube-openapi/pkg/validation/strfmt"
	"k8s.io/kube-openapi/pkg/validation/validate"
	"sigs.k8s.io/yaml"
)

// crds are the files of the resources in the controllers' own modules, by the kind of an object.
func crds(t *testing.T) map[string]string {
	t.Helper()
	rollouts := filepath.Join(module(t, "github.com/argoproj/argo-rollouts"), "manifests", "crds")
	return map[string]string{
		"AnalysisTemplate": filepath.Join(rollouts, "analysis-template-crd.yaml"),
		"Rollout":          filepath.Join(rollouts, "rollout-crd.yaml"),
		"Canary":           filepath.Join(module(t, "github.com/fluxcd/flagger"), "artifacts", "flagger", "crd.yaml"),
	}
}

// schemas are the schemas of the resources.
func schemas(t *testing.T) map[string]*spec.Schema {
	t.Helper()
	out := map[string]*spec.Schema{}
	for kind, file := range crds(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range splitYAML(t, data) {
			var crd apiextensionsv1.CustomResourceDefinition
			if err := yaml.Unmarshal(document, &crd); err != nil {
				t.Fatal(err)
			}
			if crd.Spec.Names.Kind != kind {
				continue
			}
			text, err := json.Marshal(crd.Spec.Versions[0].Schema.OpenAPIV3Schema)
			if err != nil {
				t.Fatal(err)
			}
			out[kind] = &spec.Schema{}
			if err := out[kind].UnmarshalJSON(text); err != nil {
				t.Fatal(err)
			}
		}
		if out[kind] == nil {
			t.Fatalf("%s has no %s", file, kind)
		}
	}
	return out
}

// unknown lists fields that the schema does not have, which an API server refuses when it validates strictly.
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

// Every object of the manifests is valid in the schema of the controller's own release, and has no field that it does not know.
func TestManifestsAreValid(t *testing.T) {
	seen := map[string]int{}
	all := schemas(t)
	for _, name := range []string{"argo-rollouts.yaml", "argo-rollouts-job.yaml", "flagger.yaml"} {
		for _, object := range documents(t, name) {
			of := kind(t, object)
			seen[of]++
			var value map[string]any
			if err := json.Unmarshal(object, &value); err != nil {
				t.Fatal(err)
			}
			if r := validate.NewSchemaValidator(all[of], nil, "", strfmt.Default).Validate(value); !r.IsValid() {
				t.Errorf("%s: %s: %v", name, of, r.AsError())
			}
			if fields := unknown(all[of], value, ""); len(fields) > 0 {
				t.Errorf("%s: %s does not know %q", name, of, fields)
			}
			switch of { // the schemas leave parts open, which the types do not
			case "AnalysisTemplate":
				strict[argo.AnalysisTemplate](t, object)
			case "Rollout":
				strict[argo.Rollout](t, object)
			case "Canary":
				strict[flagger.Canary](t, object)
			}
		}
	}
	if seen["AnalysisTemplate"] != 3 || seen["Rollout"] != 1 || seen["Canary"] != 1 {
		t.Errorf("%v", seen)
	}
	// The schemas do find what is wrong.
	wrong := map[string]any{"spec": map[string]any{"metrics": []any{map[string]any{"name": 1, "intervall": "1m"}}}}
	if validate.NewSchemaValidator(all["AnalysisTemplate"], nil, "", strfmt.Default).Validate(wrong).IsValid() {
		t.Error("everything is valid")
	}
	if len(unknown(all["AnalysisTemplate"], wrong, "")) != 1 {
		t.Error("a misspelt field is not found")
	}
}

// Each analysis of the Rollout names a template of the manifest, with its arguments, and each step asks for the share before it.
func TestTheRolloutNamesItsTemplates(t *testing.T) {
	r := only[argo.Rollout](t, "argo-rollouts.yaml", "Rollout")[0]
	known := map[string]*argo.AnalysisTemplate{}
	for _, a := range only[argo.AnalysisTemplate](t, "argo-rollouts.yaml", "AnalysisTemplate") {
		known[a.Name] = a
	}
	used := []argo.RolloutAnalysis{r.Spec.Strategy.Canary.Analysis.RolloutAnalysis}
	weight := int32(0)
	for _, s := range r.Spec.Strategy.Canary.Steps {
		if s.SetWeight != nil {
			weight = *s.SetWeight
			continue
		}
		used = append(used, *s.Analysis)
		if share := s.Analysis.Args[1]; share.Name != "share" || share.Value != strconv.Itoa(int(weight)) {
			t.Errorf("at a weight of %d it asks for %+v", weight, share)
		}
	}
	if weight == 0 || len(used) != 5 {
		t.Errorf("a weight of %d and %d analyses", weight, len(used))
	}
	for _, u := range used {
		template := known[u.Templates[0].TemplateName]
		if template == nil || len(template.Spec.Args) != len(u.Args) {
			t.Errorf("%+v is of no template", u)
		}
	}
}

func TestTheDeploymentIsOfKubernetes(t *testing.T) {
	seen := 0
	for _, object := range documents(t, "gate.yaml") {
		seen++
		switch of := kind(t, object); of {
		case "ServiceAccount":
			strict[corev1.ServiceAccount](t, object)
		case "ConfigMap":
			strict[corev1.ConfigMap](t, object)
		case "PersistentVolumeClaim":
			strict[corev1.PersistentVolumeClaim](t, object)
		case "Service":
			strict[corev1.Service](t, object)
		case "ClusterRoleBinding":
			strict[rbacv1.ClusterRoleBinding](t, object)
		case "NetworkPolicy":
			strict[networkingv1.NetworkPolicy](t, object)
		case "Deployment":
			strict[appsv1.Deployment](t, object)
		default:
			t.Errorf("a %s is not checked", of)
		}
	}
	if seen != 7 {
		t.Errorf("%d objects", seen)
	}
}

// splitYAML are the documents of a file.
func splitYAML(t *testing.T, data []byte) [][]byte {
	t.Helper()
	var out [][]byte
	for r := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data))); ; {
		one, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, one)
	}
}
