package profile

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// The letter tells memory alone; what else keeps classes of a size apart is said after
// it.
func TestClassNames(t *testing.T) {
	const hour = 3600.0
	of := func(memory, cpu, deadline float64) group {
		return group{memory: memory, cpu: cpu, shortest: deadline, longer: deadline}
	}
	for _, c := range []struct {
		say    string
		groups []group
		want   string
	}{
		{"one", []group{of(1, 1, hour)}, "M"},
		{"by memory", []group{of(16, 1, hour), of(1, 1, hour), of(4, 1, hour)}, "S M L"},
		{"memory close together, and nothing else", []group{of(1, 1, hour), of(1.2, 1.1, 2*hour)}, "S L"},
		{"a longer deadline, though less memory", []group{of(0.3, 0.1, 120), of(6, 2, 10*hour), of(7, 2, 0.5*hour)}, "S L L-long"},
		{"more CPU", []group{of(7, 4, hour), of(7, 2, hour), of(0.5, 1, hour)}, "S L L-cpu"},
		{"both", []group{of(7, 4, 20*hour), of(7, 4, hour), of(7, 2, hour), of(7, 2, 20*hour)}, "M M-long M-cpu M-cpu-long"},
		{
			"three deadlines, four CPUs",
			[]group{of(1, 1, 60), of(1, 1, 600), of(1, 1, 6000), of(1, 2, 60), of(1, 4, 60), of(1, 8, 60)},
			"M M-long M-xlong M-cpu M-xcpu M-2xcpu",
		},
		{"deadlines far apart in sizes of their own", []group{of(1, 1, 60), of(8, 1, 10*hour)}, "S L"},
		{"no CPU known", []group{of(1, 0, 60), of(1.1, 0, hour)}, "M M-long"},
		{"more sizes than letters", []group{
			of(1, 1, 1), of(2, 1, 1), of(4, 1, 1), of(8, 1, 1), of(16, 1, 1), of(32, 1, 1), of(64, 1, 1), of(128, 1, 1), of(256, 1, 1),
			of(256, 4, 1),
		}, "C01 C02 C03 C04 C05 C06 C07 C08 C09 C09-cpu"},
	} {
		t.Run(c.say, func(t *testing.T) {
			for range 2 { // whatever the order
				slices.Reverse(c.groups)
				groups := slices.Clone(c.groups)
				nameClasses(groups)
				var got []string
				for _, g := range groups {
					got = append(got, g.name)
				}
				if strings.Join(got, " ") != c.want {
					t.Errorf("%q, want %q", got, c.want)
				}
			}
		})
	}
}

// A profile in an expensive class says why it is in no cheaper one, and what that costs a month:
// its saving is that of the profile alone.
func TestWhyInThatClass(t *testing.T) {
	all := []Profile{
		sized("tiny", 256*mi, migration.Core/2, 5*time.Minute, 200*time.Hour),
		sized("small", 512*mi, migration.Core, 30*time.Minute, time.Minute),
		sized("large", 6*migration.GiB, migration.Core, 30*time.Minute, 300*time.Hour),
		sized("other", 6*migration.GiB, migration.Core, 30*time.Minute, 300*time.Hour),
		sized("night", 6*migration.GiB, migration.Core, 10*time.Hour, 900*time.Hour),
	}
	b := NewBook(Settings{Pricer: perGiB{}})
	for i := range all {
		all[i].Saving = migration.Some(migration.USD{})
		b.priced[id{"w", all[i].Tenant}] = priced{now: perGiB{}.Quote(all[i].Base, 0).Cost.Or(migration.USD{}), runs: ten, mean: time.Minute}
	}
	c := b.Classify(all, 3)
	by := map[migration.Tenant]*Profile{}
	for i := range all {
		by[all[i].Tenant] = &all[i]
	}
	for tenant, want := range map[migration.Tenant]string{"tiny": "S", "small": "L", "large": "L", "other": "L", "night": "L-long"} {
		if got := by[tenant].Class; got != want {
			t.Errorf("%s is in %s, want %s", tenant, got, want)
		}
	}
	if got, want := by["small"].WhyClass, "Alone it needs 512 MiB and 1000m; L gives 6 GiB and 1000m, at 1.6 times its price. S, the next "+
		"cheaper, has 500m."+
		" With L a month costs $55.00 more than now; with a profile of its own it costs the same as now."; got != want {
		t.Errorf("small:\n%s\nwant\n%s", got, want)
	}
	if got, want := by["small"].ClassSaving.Or(migration.USD{}).Fixed(2), "-55.00"; got != want {
		t.Errorf("small costs %s in its class, want %s", got, want)
	}
	if got, want := by["large"].WhyClass, "Alone it needs 6 GiB and 1000m; L gives 6 GiB and 1000m."; got != want {
		t.Errorf("large:\n%s\nwant\n%s", got, want)
	}
	if got, want := by["night"].WhyClass, "It has L-long for itself, which pays: apart from L, since its attempts may take 10h00, not 30 "+
		"min, and deadlines within a class lie at most 8 times apart."; got != want {
		t.Errorf("night:\n%s\nwant\n%s", got, want)
	}
	if got, want := c.Why[len(c.Why)-1], "Of the 5 profiles priced, a month costs $55.00 more than now with classes, and costs the same "+
		"as now with a profile each."; got != want {
		t.Errorf("together:\n%s\nwant\n%s", got, want)
	}
	if got, want := c.Classes[2].Why, "w of night, 6 GiB and 1000m, has a class of its own, which pays: apart from L, since its attempts "+
		"may take 10h00, not 30 min, and deadlines within a class lie at most 8 times apart."; got != want {
		t.Errorf("class:\n%s\nwant\n%s", got, want)
	}
}

// ten runs a month, each at a dollar a GiB.
var ten = decimal.NewFromInt(10)

type perGiB struct{}

func (perGiB) Quote(p Pod, _ time.Duration) Quote {
	return Quote{Cost: migration.Some(migration.Dollars(p.MemoryLimit.GiB()))}
}

// A retry that no node holds is not above node size unnoticed, though the base fits.
func TestRetryBeyondTheNodeIsSaid(t *testing.T) {
	b := NewBook(Settings{Node: migration.Resources{Memory: migration.Some(16 * migration.GiB)}})
	for i := range 1000 {
		peak := 500 * mi
		if i == 500 {
			peak = 38 * migration.GiB
		}
		b.Observe(jobRun(i, peak))
	}
	p := profileOf(b)
	if p.BeyondNode || p.Base.MemoryLimit > migration.GiB || !says(p, "No node is large enough for the retry of a killed run: it would have") {
		t.Errorf("%d MiB, %q", p.Base.MemoryLimit/mi, p.Why)
	}
}

// The deadline of the first runs does not claim to come from them.
func TestDeadlineWhileLearning(t *testing.T) {
	b := NewBook(Settings{})
	b.Observe(jobRun(1, 500*mi))
	if p := profileOf(b); p.AttemptDeadline != noEnd ||
		!says(p, "An attempt has 2h00, while it is learning, since the first runs to end are the shortest") {
		t.Errorf("%s: %q", p.AttemptDeadline, p.Why)
	}
}
