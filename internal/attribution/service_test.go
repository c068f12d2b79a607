package attribution_test

import (
	"testing"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/migration"
)

// Services of ECS go by rules of their own, by tags, and by names as functions do.
func TestServices(t *testing.T) {
	const m, d = migration.Measured, migration.Derived
	a := attribution.New(attribution.Rules{
		Tenants: []attribution.Names{{Name: "acme"}},
		Rules: []attribution.Rule{
			{Service: pattern("{tenant}-{workload}-svc")},
			{Tags: []attribution.Condition{{Key: "customer", Value: pattern("{tenant}")}}},
			{Function: pattern("{workload}-of-{tenant}")},
		},
	})
	check(t, a, id{Platform: migration.ECS, Name: "globex-search-svc"}, "globex", "search", "service name", d)
	check(t, a, id{Platform: migration.ECS, Name: "web", Tags: kv{"customer": "acme"}}, "acme", "web", "tag customer", m)
	check(t, a, id{Platform: migration.ECS, Name: "web-acme"}, "acme", "web", "service name", d)
	check(t, a, id{Platform: migration.ECS, Name: "web-of-x"}, "", "web-of-x", "", 0) // a rule about functions
	check(t, a, id{Platform: migration.Lambda, Name: "globex-search-svc"}, "", "globex-search-svc", "", 0)
	for _, r := range []attribution.Rule{
		{Service: pattern("{tenant}"), Job: pattern("x")},
		{Service: pattern("{tenant}"), Platform: migration.Lambda},
		{Function: pattern("{tenant}"), Platform: migration.ECS},
	} {
		if r.Check() == nil {
			t.Errorf("%+v is no contradiction", r)
		}
	}
}
