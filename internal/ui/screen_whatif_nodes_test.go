package ui

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// nodeTypes are types of 4 CPUs for "xlarge" and 16 for "4xlarge", with 4 GiB each (2 of kind
// c, 8 of kind r); those that end in "?" have no price.
func nodeTypes(names ...string) []migration.NodeChoice {
	var out []migration.NodeChoice
	for _, name := range names {
		typ, unpriced := strings.CutSuffix(name, "?")
		n := migration.NodeChoice{Type: typ, Arch: migration.X86, CPU: 4 * migration.Core}
		kind, _, _ := family(typ)
		fam, size, _ := strings.Cut(typ, ".")
		if size == "4xlarge" {
			n.CPU *= 4
		}
		if strings.ContainsRune(fam[1:], 'g') {
			n.Arch = migration.Arm64
		}
		n.Memory = migration.Bytes(map[string]int64{"c": 2, "r": 8}[kind]) * migration.GiB * migration.Bytes(n.CPU/migration.Core)
		if n.Memory == 0 {
			n.Memory = 4 * migration.GiB * migration.Bytes(n.CPU/migration.Core)
		}
		if !unpriced {
			n.Hourly = figure(migration.Dollars(decimal.New(1, -1)), migration.Billed, migration.Measured)
		}
		out = append(out, n)
	}
	return out
}

// Another architecture begins with what the pool has of it, else with the nearest type to the
// one that the pool runs.
func TestAnotherArchitectureStartsWithWhatThePoolRuns(t *testing.T) {
	all := []string{
		"c6g.xlarge", "c7g.xlarge", "c7i.xlarge", "m6g.4xlarge", "m6g.xlarge", "m6gd.xlarge", "m6i.4xlarge", "m6i.xlarge", "m6id.xlarge",
		"m7g.xlarge", "m7i.xlarge", "m8g.xlarge", "r6g.xlarge", "t4g.xlarge",
	}
	without := func(types ...string) []string {
		var out []string
		for _, typ := range all {
			for _, w := range types {
				if typ == w {
					typ += "?"
				}
			}
			out = append(out, typ)
		}
		return out
	}
	for _, c := range []struct {
		name, like, want string
		pool, types      []string
		arch             migration.Arch
	}{
		{"the same family", "m6i.xlarge", "m6g.xlarge", []string{"m6i.xlarge"}, all, migration.Arm64},
		{"the same size", "m6i.4xlarge", "m6g.4xlarge", []string{"m6i.4xlarge"}, all, migration.Arm64},
		{"the next generation", "m6i.xlarge", "m7g.xlarge", []string{"m6i.xlarge"}, without("m6g.xlarge"), migration.Arm64},
		{"disks stay disks", "m6id.xlarge", "m6gd.xlarge", []string{"m6i.xlarge"}, all, migration.Arm64},
		{"another chosen type", "c7i.xlarge", "c7g.xlarge", []string{"m6i.xlarge", "m8g.xlarge"}, all, migration.Arm64},
		{"the pool's own", "m6i.xlarge", "m8g.xlarge", []string{"m6i.xlarge", "m8g.xlarge"}, all, migration.Arm64},
		{"and back", "m8g.xlarge", "m6i.xlarge", []string{"m6i.xlarge", "m8g.xlarge"}, all, migration.X86},
		{"back from the nearest", "m6g.xlarge", "m6i.xlarge", []string{"m6i.xlarge"}, all, migration.X86},
		{"from another type", "m7g.xlarge", "m7i.xlarge", []string{"m6i.xlarge"}, all, migration.X86},
		{"none has a price", "m6i.xlarge", "m6g.xlarge", []string{"m6i.xlarge"}, without(all...), migration.Arm64},
		{"there is none", "m6i.xlarge", "", []string{"m6i.xlarge"}, []string{"m6i.xlarge"}, migration.Arm64},
	} {
		now := migration.Scenario{NodeType: c.pool[0], Arch: migration.X86}
		w := &migration.WhatIf{Pool: c.pool, Nodes: nodeTypes(c.types...), AsNow: now}
		if got := counterpart(w, c.like, c.arch); got != c.want {
			t.Errorf("%s: %s becomes %q, want %q", c.name, c.like, got, c.want)
		}
	}
}
