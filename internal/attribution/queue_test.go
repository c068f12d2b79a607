package attribution_test

import (
	"testing"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/migration"
)

// A queue is whose the configuration says, else whose its name says.
func TestQueues(t *testing.T) {
	a := attribution.New(attribution.Rules{
		Tenants: []attribution.Names{{Name: "acme", Aliases: []string{"acme-inc"}}, {Name: "big-corp"}},
	})
	for _, test := range []struct {
		pattern, name                string
		tenant, workload             string // given
		wantTenant, wantWorkload, by string
		no                           bool
	}{
		{pattern: "{tenant}-{workload}-events", name: "big-corp-orders-events", wantTenant: "big-corp", wantWorkload: "orders", by: "queue name"},
		{pattern: "{tenant}-{workload}-events", name: "acme-inc-orders-events", wantTenant: "acme", wantWorkload: "orders", by: "queue name"},
		{pattern: "{tenant}-{workload}-events", name: "acme-orders-dlq", no: true},
		{pattern: "orders", name: "orders", tenant: "acme", wantTenant: "acme", wantWorkload: "orders", by: "configuration"},
		{pattern: "acme-orders", name: "acme-orders", wantTenant: "acme", wantWorkload: "orders", by: "queue name"},
		{pattern: "*-events", name: "shared-events", workload: "mail", wantWorkload: "mail"},
	} {
		got, ok := a.Queue(pattern(test.pattern), test.name, migration.Tenant(test.tenant), migration.Workload(test.workload))
		if ok == test.no || string(got.Tenant) != test.wantTenant || string(got.Workload) != test.wantWorkload || got.Evidence.Source != test.by {
			t.Errorf("%s of %s: %v %+v", test.name, test.pattern, ok, got)
		}
	}
	for text, want := range map[string]struct {
		literal bool
		prefix  string
	}{"orders": {true, "orders"}, "a-*": {false, "a-"}, "{tenant}-x": {}, "/a.*/": {}, `a\*`: {true, "a*"}} {
		p := pattern(text)
		name, ok := p.Literal()
		if ok != want.literal || p.Prefix() != want.prefix || (ok && name != want.prefix) {
			t.Errorf("%s: %q %v %q", text, name, ok, p.Prefix())
		}
	}
}
