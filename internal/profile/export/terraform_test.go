package export

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/profile"
)

// These are the arguments of kubernetes_job_v1 that are written, as the provider's
// documentation has them. Decoding is strict: one that is not here is an error.
type (
	tfFile struct {
		Variables []tfVariable `hcl:"variable,block"`
		Locals    []struct {
			Body hcl.Body `hcl:",remain"`
		} `hcl:"locals,block"`
		Resources []tfResource `hcl:"resource,block"`
	}
	tfVariable struct {
		Name        string         `hcl:"name,label"`
		Type        hcl.Expression `hcl:"type"`
		Description string         `hcl:"description"`
		Default     *string        `hcl:"default"`
		Validation  *struct {
			Condition    hcl.Expression `hcl:"condition"`
			ErrorMessage string         `hcl:"error_message"`
		} `hcl:"validation,block"`
	}
	tfResource struct {
		Type string `hcl:"type,label"`
		Name string `hcl:"name,label"`
		Meta tfMeta `hcl:"metadata,block"`
		Spec tfSpec `hcl:"spec,block"`
		Wait bool   `hcl:"wait_for_completion"`
	}
	tfMeta struct {
		Name        string            `hcl:"name,optional"`
		Namespace   string            `hcl:"namespace,optional"`
		Labels      map[string]string `hcl:"labels,optional"`
		Annotations map[string]string `hcl:"annotations,optional"`
	}
	tfSpec struct {
		Deadline    *int64  `hcl:"active_deadline_seconds"`
		Backoff     int64   `hcl:"backoff_limit"`
		TTL         *string `hcl:"ttl_seconds_after_finished"`
		Completions *int64  `hcl:"completions"`
		Parallelism *int64  `hcl:"parallelism"`
		Policy      struct {
			Rules []tfRule `hcl:"rule,block"`
		} `hcl:"pod_failure_policy,block"`
		Template struct {
			Meta tfMeta `hcl:"metadata,block"`
			Spec struct {
				Restart   string `hcl:"restart_policy"`
				Links     bool   `hcl:"enable_service_links"`
				Container struct {
					Name      string   `hcl:"name"`
					Image     string   `hcl:"image"`
					Command   []string `hcl:"command,optional"`
					Resources struct {
						Requests map[string]string `hcl:"requests"`
						Limits   map[string]string `hcl:"limits"`
					} `hcl:"resources,block"`
				} `hcl:"container,block"`
			} `hcl:"spec,block"`
		} `hcl:"template,block"`
	}
	tfRule struct {
		Action string `hcl:"action"`
		Codes  *struct {
			Operator string  `hcl:"operator"`
			Values   []int64 `hcl:"values"`
		} `hcl:"on_exit_codes,block"`
		Condition *struct {
			Type   string `hcl:"type"`
			Status string `hcl:"status"`
		} `hcl:"on_pod_condition,block"`
	}
)

// parsed reads a file back with the variable set to an attempt.
func parsed(t failer, src []byte, attempt string) tfFile {
	t.Helper()
	file, diags := hclparse.NewParser().ParseHCL(src, "x.tf")
	if diags.HasErrors() {
		t.Fatalf("%v:\n%s", diags, src)
	}
	// Variables and locals first: the resource speaks of them.
	content, diags := file.Body.Content(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
		{Type: "variable", LabelNames: []string{"name"}}, {Type: "locals"}, {Type: "resource", LabelNames: []string{"type", "name"}},
	}})
	if diags.HasErrors() {
		t.Fatalf("%v:\n%s", diags, src)
	}
	vars, locals := map[string]cty.Value{}, map[string]cty.Value{}
	for _, b := range content.Blocks {
		switch b.Type {
		case "variable":
			vars[b.Labels[0]] = cty.StringVal("given")
			if strings.HasSuffix(b.Labels[0], "_profile") {
				vars[b.Labels[0]] = cty.StringVal(attempt)
			}
		case "locals":
			attributes, diags := b.Body.JustAttributes()
			if diags.HasErrors() {
				t.Fatalf("%v:\n%s", diags, src)
			}
			for name, a := range attributes {
				v, diags := a.Expr.Value(nil)
				if diags.HasErrors() {
					t.Fatalf("%v:\n%s", diags, src)
				}
				locals[name] = v
			}
		}
	}
	ctx := &hcl.EvalContext{
		Variables: map[string]cty.Value{"var": cty.ObjectVal(vars), "local": cty.ObjectVal(locals)},
		Functions: map[string]function.Function{"contains": stdlib.ContainsFunc},
	}
	var out tfFile
	if diags := gohcl.DecodeBody(file.Body, ctx, &out); diags.HasErrors() {
		t.Fatalf("%v:\n%s", diags, src)
	}
	if len(out.Resources) != 1 || out.Resources[0].Type != "kubernetes_job_v1" {
		t.Fatalf("%d resources:\n%s", len(out.Resources), src)
	}
	for _, v := range out.Variables {
		if v.Validation == nil {
			continue
		}
		if ok, diags := v.Validation.Condition.Value(ctx); diags.HasErrors() || ok.True() != (attempt == "base" || attempt == "retry") {
			t.Fatalf("%s = %s: %v, %v", v.Name, attempt, ok, diags)
		}
	}
	return out
}

func TestTerraformIsReadBack(t *testing.T) {
	src := data(t, render(t, []profile.Profile{full()}, Terraform, allOptions()), "etl-acme.tf")
	for attempt, want := range map[string]struct{ name, memory string }{"base": {"etl-acme", "448Mi"}, "retry": {"etl-acme-retry", "640Mi"}} {
		r := parsed(t, src, attempt).Resources[0]
		if r.Name != "etl_acme" || r.Wait || r.Meta.Name != want.name || r.Meta.Namespace != "batch" ||
			r.Meta.Annotations["migtop.dev/confidence"] != "high" {
			t.Errorf("%+v", r)
		}
		s := r.Spec
		if *s.Deadline != 1020 || s.Backoff != 2 || *s.TTL != "600" || *s.Parallelism != 12 || *s.Completions != 1 {
			t.Errorf("%+v", s)
		}
		rules := s.Policy.Rules
		if len(rules) != 3 || rules[0].Action != "Ignore" || rules[0].Condition.Type != "DisruptionTarget" || rules[1].Action != "FailJob" ||
			rules[1].Codes.Operator != "In" || rules[1].Codes.Values[0] != 137 || rules[2].Action != "Count" {
			t.Errorf("%+v", rules)
		}
		c := s.Template.Spec.Container
		if s.Template.Spec.Restart != "Never" || c.Name != "worker" || c.Image != "registry.example/etl@sha256:0a1b" ||
			strings.Join(c.Command[4:], " ") != "python -m etl --since=$${DATE}" || s.Template.Spec.Links {
			t.Errorf("%+v", s.Template)
		}
		resources := map[string]string{"cpu": "500m", "memory": want.memory, "ephemeral-storage": "2Gi"}
		if diff := cmp.Diff(resources, c.Resources.Requests); diff != "" {
			t.Errorf("%s", diff)
		}
		delete(resources, "cpu")
		if diff := cmp.Diff(resources, c.Resources.Limits); diff != "" {
			t.Errorf("%s", diff)
		}
	}
	parsed(t, data(t, render(t, mixed(), Terraform, Options{}), "thumbnails.tf"), "base")
}

// Whatever texts are, the file is one resource with the same arguments.
func TestHostileTextsInTerraform(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		word := anyText().Filter(func(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) })
		o := Options{Image: "a", Command: rapid.SliceOfN(word, 0, 2).Draw(t, "command")}
		files, err := Render([]profile.Profile{p}, Terraform, o)
		if err != nil {
			t.Fatalf("%v", err)
		}
		got := parsed(t, files[0].Data, "retry").Resources[0]
		if diff := cmp.Diff(asHCL(literals(o.Command)), got.Spec.Template.Spec.Container.Command); diff != "" {
			t.Fatalf("%s\n%s", diff, files[0].Data)
		}
		if said, ok := got.Meta.Annotations["tenant"]; ok && said != asHCL([]string{cut(string(p.Tenant))})[0] {
			t.Fatalf("tenant %q is said to be %q", p.Tenant, said)
		}
		if said := got.Meta.Labels["tenant"]; said != "" && said != string(p.Tenant) {
			t.Fatalf("tenant %q is said to be %q", p.Tenant, said)
		}
		files, err = Render([]profile.Profile{bare(p)}, Terraform, o)
		if err != nil {
			t.Fatalf("%v", err)
		}
		want := parsed(t, files[0].Data, "retry").Resources[0]
		got.Name, got.Meta, got.Spec.Template.Meta = want.Name, want.Meta, want.Spec.Template.Meta
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("texts changed more than texts:\n%s", diff)
		}
	})
}

// literals are words as Kubernetes' expansion has to find them.
func literals(words []string) []string {
	var out []string
	for _, w := range words {
		out = append(out, literal(w))
	}
	return out
}

// asHCL are texts as HCL keeps them: valid, and in Unicode's normal form C.
func asHCL(texts []string) []string {
	var out []string
	for _, s := range texts {
		out = append(out, cty.StringVal(valid(s)).AsString())
	}
	return out
}

// Identifiers are Terraform's and different where names are.
func TestTerraformIdentifiers(t *testing.T) {
	got := map[string]bool{}
	for _, name := range []string{"a-b", "1a", "x-1a", "a", "1-a"} {
		id := identifier(name)
		if got[id] || strings.Trim(id[:1], "abcdefghijklmnopqrstuvwxyz_") != "" {
			t.Errorf("%s is %s", name, id)
		}
		got[id] = true
	}
}
