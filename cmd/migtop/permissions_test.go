package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

var update = flag.Bool("update", false, "write the generated part of docs/permissions.md anew")

// The documented permissions are those that the sources register, and that doctor prints.
func TestPermissionsAreDocumented(t *testing.T) {
	const file, begin, end = "../../docs/permissions.md", "<!-- begin generated -->\n", "<!-- end generated -->\n"
	var table strings.Builder
	policy := policyOf()
	fmt.Fprintf(&table, "IAM:\n")
	for _, f := range append(awspoll.Features(), convertFeature) {
		var what []string
		for _, d := range sources.Registered() {
			if d.Permissions.Statement == f.Sid {
				what = append(what, d.Title)
			}
		}
		if f.Sid == convertFeature.Sid {
			what = []string{"`migtop convert`"}
		}
		fmt.Fprintf(&table, "\n`%s`: %s\n\n", f.Sid, strings.Join(what, ", "))
		for _, action := range slices.Sorted(slices.Values(f.Actions)) {
			fmt.Fprintf(&table, "- `%s`\n", action)
			if !strings.Contains(policy, `"`+action+`"`) {
				t.Errorf("doctor's policy lacks %s", action)
			}
		}
	}
	fmt.Fprintf(&table, "\nRBAC:\n")
	for _, d := range sources.Registered() {
		if len(d.Permissions.Rules) == 0 {
			continue
		}
		fmt.Fprintf(&table, "\n%s\n\n| API group | resources | verbs |\n|---|---|---|\n", d.Title)
		for _, r := range d.Permissions.Rules {
			group := cmp.Or(r.Group, "core")
			fmt.Fprintf(&table, "| %s | %s | %s |\n", group, strings.Join(r.Resources, ", "), strings.Join(r.Verbs, ", "))
			want := fmt.Sprintf("resources: [%s]\n  verbs: [%s]", strings.Join(r.Resources, ", "), strings.Join(r.Verbs, ", "))
			if !strings.Contains(rbacOf(), want) {
				t.Errorf("doctor's manifest lacks %s", want)
			}
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no generated part", file)
	}
	want := head + begin + table.String() + "\n" + end + tail
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(text) {
		t.Errorf("%s is not what the sources register; write it anew: go test ./cmd/migtop -run %s -update", file, t.Name())
	}
}

// Every source says what it needs and what its rows are.
func TestSourcesAreDescribed(t *testing.T) {
	for _, d := range sources.Registered() {
		p := d.Permissions
		iam, rbac := p.Statement != "" && len(p.Actions) > 0, len(p.Rules) > 0
		if d.Title == "" || (d.System == sources.AWS) != iam || (d.System == sources.Kubernetes) != rbac {
			t.Errorf("%s registers too little: %+v", d.Name, d)
		}
		s := d.Section
		if s != nil && (s.Name != d.Name || s.New == nil || (s.Key == "") != (s.Read == nil) || (s.Key == "") != (s.Write == nil)) {
			t.Errorf("%s has a section that cannot be read or written", d.Name)
		}
	}
}
