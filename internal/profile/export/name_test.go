package export

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNames(t *testing.T) {
	for _, tt := range []struct{ wishes, want []string }{
		{[]string{"etl-acme", "etl-globex"}, []string{"etl-acme", "etl-globex"}},
		{[]string{"My_Func--PROD.acme-"}, []string{"my-func-prod-acme"}},
		{[]string{"日本", "-"}, []string{"x-dfb9c70e", "x-5a73e4d8"}},
		{[]string{"a.b", "a-b", "c"}, []string{"a-b-dfba8007", "a-b-f4c1681b", "c"}},
		// The object for retries of one is not the object of another.
		{[]string{"a", "a-retry", "b"}, []string{"a-b0e8de8d", "a-retry", "b"}},
		{[]string{strings.Repeat("long", 30)}, []string{"longlonglonglonglonglonglonglonglongl-9b07b7d1"}},
	} {
		var wishes []wish
		for _, w := range tt.wishes {
			wishes = append(wishes, wish{w, w})
		}
		if diff := cmp.Diff(tt.want, names(wishes)); diff != "" {
			t.Errorf("%q:\n%s", tt.wishes, diff)
		}
	}
}

// dns is a DNS-1123 label that leaves a CronJob room for its suffix and its Jobs' names.
var dns = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,44}[a-z0-9])?$`)

// Whatever tenants and workloads are called: names are valid, and no object has that
// of another, not even for a retry.
func TestNamesAreValidAndDifferent(t *testing.T) {
	part := rapid.OneOf(
		rapid.String(), rapid.StringN(40, 300, -1), rapid.SampledFrom([]string{"", "a", "a-b", "b", "a.b", "A", "retry", "a-retry", "x", "-", "_", "ａ", "İ", "ß"}),
		rapid.StringMatching(`[a-z-]{0,6}(-retry)?`),
	)
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) [2]string {
			return [2]string{part.Draw(t, "workload"), part.Draw(t, "tenant")}
		}), 1, 30, rapid.ID).Draw(t, "keys")
		var wishes []wish
		for _, k := range keys {
			wishes = append(wishes, wish{k[0] + "-" + k[1], k[0] + "\x00" + k[1]})
		}
		got := names(wishes)
		taken := map[string]bool{}
		for i, name := range got {
			if !dns.MatchString(name) {
				t.Fatalf("%q is called %q", keys[i], name)
			}
			for _, n := range []string{name, name + retrySuffix} {
				if taken[n] {
					t.Fatalf("two objects are called %q: %q of %q", n, got, keys)
				}
				taken[n] = true
			}
		}
		// Who else is there, and in which order, changes no name but for a clash.
		slices.Reverse(wishes)
		again := names(wishes)
		slices.Reverse(again)
		if diff := cmp.Diff(got, again); diff != "" {
			t.Fatalf("in another order:\n%s", diff)
		}
	})
}

// Somebody may be called as the hash of somebody else ends.
func TestNamesThatLookLikeHashes(t *testing.T) {
	first := names([]wish{{"a.b", "1"}, {"a-b", "2"}})
	got := names([]wish{{"a.b", "1"}, {"a-b", "2"}, {first[0], "3"}, {first[1] + retrySuffix, "4"}})
	seen := map[string]bool{}
	for _, n := range got {
		if seen[n] || seen[n+retrySuffix] || !dns.MatchString(n) {
			t.Errorf("%q", got)
		}
		seen[n], seen[n+retrySuffix] = true, true
	}
	if got[2] != first[0] {
		t.Errorf("%q lost its name to a hash: %q", first[0], got)
	}
}

func TestLabelValues(t *testing.T) {
	for s, want := range map[string]bool{
		"acme": true, "A_b.c-1": true, "": false, "-a": false, "a-": false, "a b": false, "ä": false, strings.Repeat("a", 63): true, strings.Repeat("a", 64): false,
	} {
		if got := isLabelValue(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
	for s, want := range map[string]bool{"main": true, "a-1": true, "": false, "A": false, "-a": false, "a-": false, "a.b": false, strings.Repeat("a", 64): false} {
		if got := isLabel(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}
