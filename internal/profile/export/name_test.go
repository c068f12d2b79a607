package export

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
)

// of is an entry of a workload and a tenant, or of a class.
func of(workload, tenant, class string) entry {
	return entry{
		Profile: profile.Profile{Workload: migration.Workload(workload), Tenant: migration.Tenant(tenant), Class: class},
		isClass: class != "",
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct{ workload, tenant, class, want string }{
		{"etl", "acme", "", "etl-acme"},
		{"etl", "", "", "etl"},
		{"ml-score", "acme", "", "ml-score--acme"},
		{"ml", "score-acme", "", "ml--score-acme"},
		{"etl", "20241101", "", "etl-20241101"},
		{"", "", "M", "class-m"},
		{"", "", "M-cpu-long", "class-m-cpu-long"},
		{"", "", "C01", "class-c01"},
		// What is spelt otherwise has a hash of what it is.
		{"My_Func", "PROD.acme-", "", "my-func-prod-acme-#"},
		{"ETL", "acme", "", "etl-acme-#"},
		{"etl_acme", "", "", "etl-acme-#"},
		{"etl-acme", "", "", "etl-acme-#"}, // workload etl of tenant acme is "etl-acme"
		{"", "etl", "", "etl-#"},
		{"class", "m", "", "class-m-#"},
		{"etl", "retry", "", "etl-retry-#"}, // the object for retries of workload etl is "etl-retry"
		{"con", "", "", "con-#"},
		{"日本", "", "", "x-#"},
		{"", "", "", "x-#"},
		{"", "", "m", "class-m-#"},
		{strings.Repeat("long", 30), "", "", strings.Repeat("long", 9) + "l-#"},
	} {
		e := of(tt.workload, tt.tenant, tt.class)
		got := e.nameOf()
		if start, hashed := strings.CutSuffix(tt.want, "#"); got != tt.want &&
			(!hashed || !strings.HasPrefix(got, start) || len(got) != len(start)+8) {
			t.Errorf("%q, %q, %q: %q, want %q", tt.workload, tt.tenant, tt.class, got, tt.want)
		}
	}
}

// dns is a DNS-1123 label that leaves a CronJob room for its suffix and its Jobs' names.
var dns = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,44}[a-z0-9])?$`)

// Whatever tenants, workloads and classes are called: names are valid, no object has that of
// another, not even for a retry or in Terraform, and no name depends on who else is there.
func TestNamesAreValidAndDifferent(t *testing.T) {
	part := rapid.OneOf(
		rapid.String(), rapid.StringN(40, 300, -1),
		rapid.SampledFrom([]string{
			"", "a", "a-b", "b", "b-c", "c", "a.b", "a_b", "A", "A-B", "retry", "a-retry", "class", "class-m", "m", "x",
			"-", "_", "ａ", "İ", "ß", "con", "x-deadbeef", "a\x00b",
		}),
		rapid.StringMatching(`[a-z-]{0,6}(-retry)?`),
	)
	class := rapid.OneOf(rapid.SampledFrom([]string{"S", "M", "m", "M-cpu", "M-CPU", "C01", "m-cpu"}), part)
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) [3]string {
			if rapid.IntRange(0, 3).Draw(t, "kind") == 0 {
				if c := class.Draw(t, "class"); c != "" {
					return [3]string{"", "", c}
				}
			}
			return [3]string{part.Draw(t, "workload"), part.Draw(t, "tenant"), ""}
		}), 1, 30, rapid.ID).Draw(t, "keys")
		var entries []entry
		for _, k := range keys {
			entries = append(entries, of(k[0], k[1], k[2]))
		}
		named(entries)
		taken := map[string]bool{}
		for i := range entries {
			name := entries[i].name
			if !dns.MatchString(name) {
				t.Fatalf("%q is called %q", keys[i], name)
			}
			for _, n := range []string{name, name + retrySuffix, "tf " + identifier(name)} {
				if taken[n] {
					t.Fatalf("two objects are called %q: %q", n, keys)
				}
				taken[n] = true
			}
			alone := []entry{of(keys[i][0], keys[i][1], keys[i][2])}
			if named(alone); alone[0].name != name {
				t.Fatalf("%q is called %q alone and %q in company", keys[i], alone[0].name, name)
			}
		}
	})
}

func TestLabelValues(t *testing.T) {
	for s, want := range map[string]bool{
		"acme": true, "A_b.c-1": true, "": false, "-a": false, "a-": false, "a b": false, "ä": false, strings.Repeat("a", 63): true,
		strings.Repeat("a", 64): false,
	} {
		if got := isLabelValue(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
	for s, want := range map[string]bool{
		"main": true, "a-1": true, "": false, "A": false, "-a": false, "a-": false, "a.b": false,
		strings.Repeat("a", 64): false,
	} {
		if got := isLabel(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}
