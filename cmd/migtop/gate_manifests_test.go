package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// What the manifests of docs/gates start is there, with its flags, and their configuration has no error.
func TestManifestsOfGatesStartWhatIsThere(t *testing.T) {
	type container struct{ Args []string }
	type pod struct {
		Spec struct{ Containers []container }
	}
	var object struct {
		Kind string
		Data map[string]string
		Spec struct {
			Template pod
			Metrics  []struct {
				Provider struct {
					Job struct {
						Spec struct{ Template pod }
					}
				}
			}
		}
	}
	started, configured := 0, 0
	for _, name := range []string{"gate.yaml", "argo-rollouts-job.yaml"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "docs", "gates", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range strings.Split(string(data), "\n---\n") {
			o := object
			if err := yaml.Unmarshal([]byte(document), &o); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			pods := []pod{o.Spec.Template}
			for _, m := range o.Spec.Metrics {
				pods = append(pods, m.Provider.Job.Spec.Template)
			}
			for _, p := range pods {
				for _, c := range p.Spec.Containers {
					started++
					filled := strings.NewReplacer("{{args.tenant}}", "acme", "{{args.share}}", "5")
					args := strings.Split(filled.Replace(strings.Join(c.Args, "\n")), "\n")
					cmd, rest, err := newRoot().Find(args)
					if err != nil || cmd.Parent() == nil {
						t.Fatalf("%s: %q: %v", name, args, err)
					}
					if err := cmd.ParseFlags(rest); err != nil {
						t.Errorf("%s: %q: %v", name, args, err)
					}
					if f := (&verdictFlags{}); cmd.Name() == "verdict" {
						f.format, f.until = "table", "promote"
						f.wait, _ = cmd.Flags().GetDuration("wait")
						f.share, _ = cmd.Flags().GetString("share")
						if _, err := f.parse(cmd, cmd.Flags().Args()); err != nil {
							t.Errorf("%s: %q: %v", name, args, err)
						}
					}
				}
			}
			if text, ok := o.Data["config.yaml"]; ok {
				configured++
				file := filepath.Join(t.TempDir(), "config.yaml")
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				if out, errOut, code := execute(t, "plan", "--offline", "--check", "--config", file); code != exitOK {
					t.Errorf("code %d: %s%s", code, out, errOut)
				}
			}
		}
	}
	if started != 2 || configured != 1 {
		t.Errorf("%d containers and %d configurations", started, configured)
	}
}
