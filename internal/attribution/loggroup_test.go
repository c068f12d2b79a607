package attribution_test

import (
	"testing"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/migration"
)

// A log group is whose the configuration or its pattern says, and everybody's else:
// names within it tell nothing.
func TestLogGroups(t *testing.T) {
	a := attribution.New(attribution.Rules{
		Tenants:   []attribution.Names{{Name: "acme", Aliases: []string{"acme-inc"}}, {Name: "big-corp"}},
		Workloads: []attribution.Names{{Name: "thumbnails", Aliases: []string{"thumbs"}}},
	})
	for _, test := range []struct {
		pattern, name            string
		tenant, workload         string // given
		wantTenant, wantWorkload string
		no                       bool
	}{
		{pattern: "/eks/{tenant}", name: "/eks/acme-inc", wantTenant: "acme"},
		{pattern: "/eks/{tenant}/{workload}", name: "/eks/big-corp/thumbs", wantTenant: "big-corp", wantWorkload: "thumbnails"},
		{pattern: "/eks/{tenant}", name: "/other/acme", no: true},
		{pattern: "/eks/acme", name: "/eks/acme"},
		{pattern: "/eks/acme", name: "/eks/acme", tenant: "acme", workload: "thumbs", wantTenant: "acme", wantWorkload: "thumbnails"},
		{name: "/eks/acme", tenant: "acme", wantTenant: "acme"},
	} {
		var p attribution.Pattern
		if test.pattern != "" {
			p = pattern(test.pattern)
		}
		want := migration.Key{
			Platform: migration.Jobs, Tenant: migration.Tenant(test.wantTenant),
			Workload: migration.Workload(test.wantWorkload),
		}
		got, ok := a.LogGroup(p, test.name, migration.Tenant(test.tenant), migration.Workload(test.workload))
		if ok == test.no || (ok && got != want) {
			t.Errorf("%s of %s: %v %+v, want %+v", test.name, test.pattern, ok, got, want)
		}
	}
}
