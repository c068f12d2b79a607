package writers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kube-openapi/pkg/validation/strfmt"
	"k8s.io/kube-openapi/pkg/validation/validate"
	"sigs.k8s.io/yaml"

	"github.com/migtop/migtop/internal/convert"
	"github.com/migtop/migtop/internal/migration"
)

// authenticationSchema returns KEDA's schema of a TriggerAuthentication.
func authenticationSchema(t *testing.T) *spec.Schema {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(filepath.Dir(kedaCRD(t)), "keda.sh_triggerauthentications.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.Unmarshal(data, &crd); err != nil {
		t.Fatal(err)
	}
	var schema spec.Schema
	if err := schema.UnmarshalJSON([]byte(text(t, crd.Spec.Versions[0].Schema.OpenAPIV3Schema))); err != nil {
		t.Fatal(err)
	}
	return &schema
}

// What migtop convert writes for a function with queues is what KEDA takes.
func TestKEDATakesConvertedFunctions(t *testing.T) {
	schemas := map[string]*spec.Schema{"ScaledJob": kedaSchema(t), "TriggerAuthentication": authenticationSchema(t)}
	d := &migration.Definition{
		Name: "thumbs", ARN: "arn:aws:lambda:eu-west-1:123456789012:function:thumbs", PackageType: "Image",
		Image: migration.Some("registry.example/thumbs:1"),
		Arch:  migration.Arm64, Memory: migration.GiB, Timeout: time.Minute,
		Environment: migration.Some(map[string]migration.Hidden{"STAGE": migration.Hide("yes"), "PASSWORD": migration.Hide("x")}),
		Role:        migration.FunctionRole{ARN: "arn:aws:iam::123456789012:role/r", Name: "r"},
		EventSources: migration.Some([]migration.EventSource{
			{ID: "1", ARN: "arn:aws:sqs:eu-west-1:123456789012:one", Enabled: true, BatchSize: 10, MaxConcurrency: migration.Some(int32(7))},
			{ID: "2", ARN: "arn:aws-cn:sqs:cn-north-1:123456789012:two.fifo", Enabled: true},
		}),
	}
	plan, err := convert.Convert(d, convert.Options{Namespace: "batch", Tenant: "acme", Identity: convert.Identity{PodIdentity: true}})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, m := range plan.Manifests {
		schema, ok := schemas[m.Kind]
		if !ok {
			continue
		}
		seen[m.Kind]++
		object := decode[map[string]any](t, []byte(m.YAML()))
		if r := validate.NewSchemaValidator(schema, nil, "", strfmt.Default).Validate(object); !r.IsValid() {
			t.Errorf("%s: %v\n%s", m.File, r.AsError(), m.YAML())
		}
		if fields := unknown(schema, object, ""); len(fields) > 0 {
			t.Errorf("%s: KEDA does not know %q", m.File, fields)
		}
		if m.Kind == "ScaledJob" && !strings.Contains(m.YAML(), "type: aws-sqs-queue") {
			t.Errorf("%s starts no Jobs of a queue", m.File)
		}
	}
	if seen["ScaledJob"] != 2 || seen["TriggerAuthentication"] != 1 {
		t.Errorf("%v", seen)
	}
}
