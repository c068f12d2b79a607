package awspoll

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/sources/awsaccess"
)

func TestRegister(t *testing.T) {
	before := registered
	registered = nil
	t.Cleanup(func() { registered = before })
	Register(Descriptor{Name: "late", Statement: "B", Actions: []string{"b:1"}})
	Register(Descriptor{Name: "second", Order: 2, Statement: "A", Actions: []string{"a:2"}})
	Register(Descriptor{Name: "first", Order: 1, Rows: []string{"x", "y"}, Statement: "A", Actions: []string{"a:1"}})
	var names []string
	for _, d := range Registered() {
		names = append(names, d.Name+" "+d.Rows[0])
	}
	if want := []string{"first x", "second second", "late late"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	want := []awsaccess.Feature{{Sid: "A", Actions: []string{"a:1", "a:2"}}, {Sid: "B", Actions: []string{"b:1"}}}
	if diff := cmp.Diff(want, Features()); diff != "" {
		t.Error(diff)
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
