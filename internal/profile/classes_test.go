package profile

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// levelCost is what needs cost at levels that end there.
func levelCost(needs, weights []float64, ends []int) float64 {
	var sum float64
	from := 0
	for _, end := range ends {
		for i := from; i < end; i++ {
			sum += (needs[end-1] - needs[i]) * weights[i]
		}
		from = end
	}
	return sum
}

// Two levels of 1, 2, 10 and 11, each as heavy: 2 and 11 cost 1 + 1.
func TestLevelsByHand(t *testing.T) {
	needs, weights := []float64{1, 2, 10, 11}, []float64{1, 1, 1, 1}
	if ends := levels(needs, weights, 2); !slices.Equal(ends, []int{2, 4}) {
		t.Errorf("%v", ends)
	}
	// Where the 1 is heavy it has a level of its own: 11 for the others costs 10.
	weights[0] = 100
	if ends := levels(needs, weights, 2); !slices.Equal(ends, []int{1, 4}) {
		t.Errorf("%v", ends)
	}
	if ends := levels(needs, weights, 9); !slices.Equal(ends, []int{1, 2, 3, 4}) {
		t.Errorf("%v", ends)
	}
}

// No other way to cut costs less.
func TestLevelsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "n")
		needs, weights := make([]float64, n), make([]float64, n)
		at := 0.0
		for i := range needs {
			at += rapid.Float64Range(0.01, 10).Draw(t, "need")
			needs[i], weights[i] = at, rapid.Float64Range(0, 5).Draw(t, "weight")
		}
		k := rapid.IntRange(1, n).Draw(t, "k")
		got := levelCost(needs, weights, levels(needs, weights, k))
		least := math.Inf(1)
		for mask := range 1 << (n - 1) {
			var ends []int
			for i := range n - 1 {
				if mask>>i&1 == 1 {
					ends = append(ends, i+1)
				}
			}
			if ends = append(ends, n); len(ends) <= k {
				least = min(least, levelCost(needs, weights, ends))
			}
		}
		if got > least*(1+1e-9)+1e-9 {
			t.Fatalf("levels cost %v, and %v is possible", got, least)
		}
	})
}

// sized is a profile with data.
func sized(tenant string, memory migration.Bytes, cpu migration.CPU, deadline, ran time.Duration) Profile {
	p := Profile{
		Workload: "w", Tenant: migration.Tenant(tenant), Confidence: HighConfidence, AttemptDeadline: deadline, Deadline: 2 * deadline,
		RunTime: ran,
		Base:    Pod{CPURequest: migration.Some(cpu), MemoryRequest: memory, MemoryLimit: memory},
		Retry:   Pod{MemoryLimit: 2 * memory},
	}
	return p
}

func TestAsManyClassesAsPay(t *testing.T) {
	var all []Profile
	for i := range 30 {
		all = append(all, sized(fmt.Sprint("small", i), 256*mi, migration.Core/2, 5*time.Minute, time.Hour),
			sized(fmt.Sprint("large", i), 4*migration.GiB, migration.Core, 5*time.Minute, time.Hour))
	}
	all = append(all, sized("giant", 60*migration.GiB, 8*migration.Core, 5*time.Minute, 20*time.Hour),
		Profile{Workload: "w", Tenant: "nothing known"})
	c := NewBook(Settings{}).Classify(all, 0)
	if len(c.Classes) != 3 || c.Extra != 0 || c.Classes[0].Name != "S" || c.Classes[2].Name != "L" || c.Classes[0].Members != 30 {
		t.Fatalf("%+v", c)
	}
	if !slices.Equal(c.Outliers, []string{"w of giant"}) {
		t.Errorf("outliers %q", c.Outliers)
	}
	for i := range all {
		p := &all[i]
		want := map[byte]string{'s': "S", 'l': "M", 'g': "L", 'n': ""}[p.Tenant[0]]
		if p.Class != want || (want != "") != (p.WhyClass != "") {
			t.Errorf("%s is in %q: %s", p.Tenant, p.Class, p.WhyClass)
		}
	}
	// Asked for one, there is one, which holds all.
	one := NewBook(Settings{}).Classify(all, 1)
	if len(one.Classes) != 1 || one.Classes[0].Base.MemoryLimit != 60*migration.GiB || one.Extra <= 0 || one.ExtraMemory <= 0 {
		t.Errorf("%+v", one)
	}
	if none := NewBook(Settings{}).Classify(nil, 0); len(none.Classes) != 0 || !strings.Contains(none.Why[0], "Not enough data") {
		t.Errorf("%+v", none)
	}
}

// A class holds each of its members, its deadlines lie at most eight times apart, and
// more classes never cost more.
func TestClassesHoldTheirMembers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		all := make([]Profile, n)
		for i := range all {
			all[i] = sized(fmt.Sprint(i), RoundUp(migration.Bytes(rapid.Int64Range(1<<20, 1<<35).Draw(t, "memory"))),
				migration.CPU(rapid.IntRange(1, 200).Draw(t, "CPU"))*50*migration.Millicore,
				time.Duration(rapid.IntRange(60, 1_000_000).Draw(t, "deadline"))*time.Second,
				time.Duration(rapid.IntRange(0, 1_000_000).Draw(t, "ran"))*time.Second)
		}
		k := rapid.IntRange(1, 8).Draw(t, "k")
		c := NewBook(Settings{}).Classify(all, k)
		shortest, longest := map[string]time.Duration{}, map[string]time.Duration{}
		by := map[string]Class{}
		for _, class := range c.Classes {
			by[class.Name] = class
			if strings.Trim(class.Name, "0123456789CSMLXculongpx-") != "" {
				t.Fatalf("class %q", class.Name)
			}
		}
		if len(by) != len(c.Classes) {
			t.Fatalf("%d names of %d classes", len(by), len(c.Classes))
		}
		for i := range all {
			p := &all[i]
			class, ok := by[p.Class]
			if !ok || class.Base.MemoryLimit < p.Base.MemoryLimit || class.Base.CPURequest.Or(0) < p.Base.CPURequest.Or(0) ||
				class.AttemptDeadline < p.AttemptDeadline {
				t.Fatalf("%s does not hold %+v", p.Class, p)
			}
			if s := shortest[p.Class]; s == 0 || p.AttemptDeadline < s {
				shortest[p.Class] = p.AttemptDeadline
			}
			longest[p.Class] = max(longest[p.Class], p.AttemptDeadline)
		}
		for name := range by {
			if longest[name] > 8*shortest[name] {
				t.Fatalf("%s has deadlines from %s to %s", name, shortest[name], longest[name])
			}
		}
		if c.Extra < 0 || c.Extra > c2(all, k-1).Extra+1e-9 && k > 1 && len(c.Classes) <= k {
			t.Fatalf("%d classes cost %v, %d %v", k, c.Extra, k-1, c2(all, k-1).Extra)
		}
		if again := encoded(t, NewBook(Settings{}).Classify(slices.Clone(all), k)); again != encoded(t, c) {
			t.Fatalf("twice:\n%s\n%s", again, encoded(t, c))
		}
	})
}

func c2(all []Profile, k int) Classes {
	if k < 1 {
		return Classes{Extra: migration.Ratio(math.Inf(1))}
	}
	return NewBook(Settings{}).Classify(slices.Clone(all), k)
}

// A tenant that shrinks stays for two recomputations, moves with the third, and at
// once where it no longer fits.
func TestATenantMovesForGoodReasonsOnly(t *testing.T) {
	b := NewBook(Settings{})
	classify := func(memory migration.Bytes) string {
		all := []Profile{sized("a", memory, migration.Core, time.Minute, time.Hour)}
		for i := range 9 {
			all = append(all, sized(fmt.Sprint("s", i), migration.GiB, migration.Core, time.Minute, time.Hour),
				sized(fmt.Sprint("l", i), 16*migration.GiB, migration.Core, time.Minute, time.Hour))
		}
		b.Classify(all, 2)
		return all[0].Class
	}
	if got := classify(16 * migration.GiB); got != "L" {
		t.Fatalf("begins in %s", got)
	}
	var went []string
	for range 4 {
		went = append(went, classify(migration.GiB))
	}
	if !slices.Equal(went, []string{"L", "L", "S", "S"}) {
		t.Errorf("went %v", went)
	}
	if got := classify(16 * migration.GiB); got != "L" {
		t.Errorf("grown, it stays in %s", got)
	}
}
