package sources

import (
	"slices"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/config/section"
)

func TestRegister(t *testing.T) {
	before := registry.all
	registry.all = nil
	t.Cleanup(func() { registry.all = before })
	Register(Descriptor{Name: "late", Section: &section.Section{Key: "late"}})
	Register(Descriptor{Name: "second", Order: 2, System: Kubernetes})
	Register(Descriptor{Name: "first", Order: 1, Rows: []string{"x", "y"}})
	var names []string
	for _, d := range Registered() {
		names = append(names, d.Name+" "+d.Rows[0])
	}
	if want := []string{"first x", "second second", "late late"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	if s := Sections(); len(s) != 1 || s[0].Name != "late" {
		t.Errorf("sections %+v", s)
	}
	for _, name := range []string{"", "late"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q was registered", name)
				}
			}()
			Register(Descriptor{Name: name})
		}()
	}
}

func TestRBAC(t *testing.T) {
	got := RBAC(
		Rule{Resources: []string{"pods", "nodes"}, Verbs: []string{"list", "watch"}},
		Rule{Group: "batch", Resources: []string{"jobs"}, Verbs: []string{"list"}},
	)
	const want = `rules:
- apiGroups: [""]
  resources: [pods, nodes]
  verbs: [list, watch]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [list]
---
`
	if !strings.Contains(got, want) {
		t.Errorf("%s", got)
	}
}
