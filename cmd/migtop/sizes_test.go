package main

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// A size that no machine has is refused, by the flag's name, and none is taken for a
// smaller one.
func TestSizesOfFlags(t *testing.T) {
	for _, c := range []struct {
		flag, text, want string // what the message has in it; "" for accepted
	}{
		{"node-cpu", "15890m", ""},
		{"node-cpu", "1048576", ""},
		{"node-cpu", "1n", ""},
		{"node-cpu", "1048577", "at most 1048576 cores"},
		{"node-cpu", "10G", "at most 1048576 cores"},
		{"node-cpu", "100E", "at most 1048576 cores"},
		{"node-cpu", "9223372036854775808", "at most 1048576 cores"},
		{"node-cpu", "1e30", "at most 1048576 cores"},
		{"node-cpu", "0", "want CPU"},
		{"node-cpu", "-1", "want CPU"},
		{"node-cpu", "-100E", "want CPU"},
		{"node-cpu", "NaN", "want CPU"},
		{"node-memory", "61Gi", ""},
		{"node-memory", "1Pi", ""},
		{"node-memory", "1048577", ""},
		{"node-memory", "1Ei", "at most 1Pi"},
		{"node-memory", "100E", "at most 1Pi"},
		{"node-memory", "9223372036854775808", "at most 1Pi"},
		{"node-memory", "100m", "want memory"},
		{"node-memory", "-100E", "want memory"},
		{"memory-quota", "16Ei", "at most 1Pi"},
		{"memory-quota", "1Ki", "want memory"},
	} {
		f := profileFlags{mode: "normal"}
		switch c.flag {
		case "node-cpu":
			f.nodeCPU = c.text
		case "node-memory":
			f.nodeMemory = c.text
		case "memory-quota":
			f.quota = c.text
		}
		s, err := f.settings()
		switch {
		case c.want == "" && err != nil:
			t.Errorf("--%s %s: %v", c.flag, c.text, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "--"+c.flag)):
			t.Errorf("--%s %s: error %v, want %q", c.flag, c.text, err, c.want)
		case c.text == "1n" && s.Node.CPU != migration.Some(migration.Millicore):
			t.Errorf("--%s %s is %v, want a millicore", c.flag, c.text, s.Node.CPU)
		}
	}
}

// A greater quantity is never taken for a smaller one: it is refused, or as great.
func TestSizesOfFlagsAreMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) resource.Quantity {
			return resource.MustParse(fmt.Sprintf("%d%s", rapid.Int64Range(0, math.MaxInt64).Draw(t, name),
				rapid.SampledFrom([]string{"", "n", "m", "k", "M", "G", "E", "Ki", "Mi", "Gi", "Ei", "e18"}).Draw(t, name+" unit")))
		}
		a, b := draw("a"), draw("b")
		if a.Cmp(b) > 0 {
			a, b = b, a
		}
		if x, err := cpuFlag("f", a.String()); err == nil {
			if y, err := cpuFlag("f", b.String()); err == nil && y < x {
				t.Fatalf("CPU %s is %d, %s is %d", a.String(), x, b.String(), y)
			}
		}
		if x, err := memoryFlag("f", a.String()); err == nil {
			if y, err := memoryFlag("f", b.String()); err == nil && y < x {
				t.Fatalf("memory %s is %d, %s is %d", a.String(), x, b.String(), y)
			}
		}
	})
}
