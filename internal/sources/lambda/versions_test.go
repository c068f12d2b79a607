package lambda

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

// canary is an account of one function whose alias acme points to version 1, and for one
// invocation in four to version 2, which has half of the memory and runs on arm64: each
// minute three for 1 s and one for 8 s. Globex is pinned to version 2 and runs once.
type canary struct {
	*fleetAccount
	uncounted bool // CloudWatch tells nothing by version
}

func newCanary() *canary {
	a := &canary{fleetAccount: newFleet(1)}
	a.list[0].Name, a.list[0].MemoryMB = "shared-thumbs", 4096
	a.list[0].Detail = &awsapi.Detail{
		Versions: 2,
		Aliases:  []awsapi.Alias{{Name: "acme", Version: "1", Shares: map[string]float64{"2": 0.25}}, {Name: "globex", Version: "2"}},
		Published: map[string]awsapi.Published{
			"1": {MemoryMB: 1024, Timeout: 10 * time.Minute},
			"2": {MemoryMB: 512, Arch: "arm64", EphemeralMB: 1024},
		},
	}
	return a
}

func (a *canary) Invocations(name string, from, to time.Time) iter.Seq[awsapi.Invocation] {
	return func(yield func(awsapi.Invocation) bool) {
		for i := range a.fleetAccount.Invocations(name, from, to) {
			for _, one := range []awsapi.Invocation{
				{Start: i.Start, Duration: time.Second, Alias: "acme", Version: "1", Weight: 3},
				{Start: i.Start, Duration: 8 * time.Second, Alias: "acme", Version: "2"},
				{Start: i.Start, Duration: 2 * time.Second, Alias: "globex", Version: "2"},
			} {
				if a.uncounted {
					one.Version = ""
				}
				if !yield(one) {
					return
				}
			}
		}
	}
}

var x86, arm64 = migration.RegionArch{Region: region, Arch: migration.X86}, migration.RegionArch{Region: region, Arch: migration.Arm64}

// bills are what an activity billed, without the evidence.
func bills(a *migration.Activity) []migration.LambdaUsage {
	if a.Invoked == nil {
		return nil
	}
	out := append([]migration.LambdaUsage{*a.Invoked}, a.Elsewhere...)
	for i := range out {
		out[i].Known = migration.Provenance{}
	}
	return out
}

// Each version is billed with its own memory, storage and architecture: as CloudWatch
// counts it, or by the alias's weights where it does not. How a version is set up is
// asked once, and by version is asked only where that matters.
func TestVersionsAreBilledApart(t *testing.T) {
	for _, tt := range []struct {
		name      string
		uncounted bool
		how       pricedAt
		acme      []migration.LambdaUsage
	}{
		{"counted", false, atVersions, []migration.LambdaUsage{
			{Place: arm64, Requests: 1, Billed: 8000.5 * 512, Ephemeral: 8000.5 * 512},
			{Place: x86, Requests: 3, Billed: 3001.5 * 1024},
		}},
		{"by weights", true, byWeights, []migration.LambdaUsage{ // 11 s, three quarters of them at 1024 MB
			{Place: x86, Requests: 3, Billed: 8251.5 * 1024},
			{Place: arm64, Requests: 1, Billed: 2750.5 * 512, Ephemeral: 2750.5 * 512},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			account := newCanary()
			account.uncounted = tt.uncounted
			r := newRig(t, account, byAlias)
			var low, high int64
			all := store{}
			for range 3 {
				batch, err := r.Poll(t.Context(), sources.Focus{})
				if err != nil {
					t.Fatal(err)
				}
				all.absorb(batch)
				low, high = low+batch.AskedLow, high+batch.AskedHigh
				// Nine statistics of the function and of two aliases, two of two versions.
				if plan, _ := batch.PollRate.Get(); plan.High != 12*(3*9+2*2) || plan.Low != 12*(3*5+2) {
					t.Errorf("plan %+v", plan)
				}
				r.clock.Advance(time.Hour)
			}
			if billed := r.server.Billed(); billed.Low != low || billed.High != high {
				t.Errorf("counted %d to %d, billed %+v", low, high, billed)
			}
			if n := r.server.Calls("lambda:GetFunctionConfiguration"); n != 2 {
				t.Errorf("%d versions were looked up, want two, once each", n)
			}
			reported := minutes(all)
			if len(reported) < 250 {
				t.Errorf("%d minutes", len(reported))
			}
			for start, minute := range reported {
				acme, globex := minute["acme"], minute["globex"]
				if diff := cmp.Diff(tt.acme, bills(&acme)); diff != "" {
					t.Fatalf("%v: acme (-want +got):\n%s", start, diff)
				}
				if diff := cmp.Diff([]migration.LambdaUsage{{Place: arm64, Requests: 1, Billed: 2000.5 * 512, Ephemeral: 2000.5 * 512}},
					bills(&globex)); diff != "" {
					t.Fatalf("%v: globex (-want +got):\n%s", start, diff)
				}
				pinned := atVersion
				if start.Before(epoch) { // when the alias was first seen
					pinned = atFirst
				}
				if !strings.HasSuffix(acme.Invoked.Known.Note, pricedNotes[tt.how]) ||
					!strings.HasSuffix(globex.Invoked.Known.Note, pricedNotes[pinned]) {
					t.Errorf("%v: %q and %q", start, acme.Invoked.Known.Note, globex.Invoked.Known.Note)
				}
			}
		})
	}
}

// An alias is final when its slowest version is, which may run longer than the function;
// so is what is left of the function.
func TestVersionsAreFinalLate(t *testing.T) {
	r := newRig(t, newCanary(), byAlias, func(s *Settings) { s.History = -1 })
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range batch.Activities {
		wait := 13 * time.Minute
		if a.Tenant == "globex" {
			wait = 5 * time.Minute
		}
		if a.Final == a.Start.Add(time.Minute+wait).After(r.clock.Now()) {
			t.Errorf("%s at %v: final %v", a.Tenant, a.Start, a.Final)
		}
	}
}

// What is shown of an alias is where it points and how the versions are set up; when it
// moves, what ran before stays billed as it was.
func TestAliasMoves(t *testing.T) {
	account := newCanary()
	account.uncounted = true
	r := newRig(t, account, byAlias)
	all := store{}
	var functions []migration.Function
	poll := func() {
		t.Helper()
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		all.absorb(batch)
		if batch.Functions != nil {
			functions = batch.Functions
		}
	}
	poll()
	one := migration.VersionConfig{MemorySize: migration.GiB, Timeout: 10 * time.Minute, Ephemeral: 512 * migration.MiB, Place: x86}
	two := migration.VersionConfig{MemorySize: 512 * migration.MiB, Timeout: 30 * time.Second, Ephemeral: migration.GiB, Place: arm64}
	want := []migration.Route{
		{Version: "1", Weight: 0.75, Config: migration.Some(one)},
		{Version: "2", Weight: 0.25, Config: migration.Some(two)},
	}
	aliases, known := functions[0].Aliases.Get()
	if !known || len(aliases) != 2 || aliases[0].Name != "acme" || aliases[0].Key.Tenant != "acme" || !functions[0].Split() {
		t.Fatalf("aliases %+v", aliases)
	}
	if !slices.Equal(aliases[0].Routes, want) {
		t.Errorf("routes %+v", aliases[0].Routes)
	}
	if under := functions[0].Under(&aliases[0]); under.MemorySize != migration.GiB || under.Timeout != 10*time.Minute ||
		under.Key.Tenant != "acme" || under.Alias != "acme" {
		t.Errorf("under the alias: %+v", under)
	}
	account.list[0].Detail.Aliases = []awsapi.Alias{{Name: "acme", Version: "2"}, account.list[0].Detail.Aliases[1]}
	moved := r.clock.Now().Add(time.Hour)
	r.clock.Advance(time.Hour)
	poll()
	r.clock.Advance(15 * time.Minute)
	poll()
	if aliases := functions[0].Aliases.Or(nil); len(aliases) != 2 ||
		!slices.Equal(aliases[0].Routes, []migration.Route{{Version: "2", Weight: 1, Config: migration.Some(two)}}) {
		t.Errorf("aliases %+v", aliases)
	}
	before, after := 0, 0
	for start, minute := range minutes(all) {
		acme := minute["acme"]
		switch n := len(bills(&acme)); {
		case start.Before(moved) && n == 2:
			before++
		case !start.Before(moved) && n == 1 && acme.Invoked.Place == arm64:
			after++
		default:
			t.Errorf("%v: billed in %d places", start, n)
		}
	}
	if before < 200 || after < 10 {
		t.Errorf("%d minutes before, %d after", before, after)
	}
}

// Where versions may not be looked up, they are billed as the function, and every poll
// says so; nothing else is missing.
func TestVersionsForbidden(t *testing.T) {
	r := newRig(t, newCanary(), byAlias)
	r.server.SetFaults(awsapi.Faults{Denied: []string{"lambda:GetFunctionConfiguration"}})
	for range 2 {
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		if h := awsaccesstest.Health(t, batch, "lambda"); h.State != migration.HealthDegraded || h.Problem == nil ||
			!strings.Contains(h.Problem.Snippet, "lambda:GetFunctionConfiguration") {
			t.Errorf("health %+v", h)
		}
		for _, a := range batch.Activities {
			if a.Tenant == "acme" && a.Span == time.Minute &&
				(a.Invoked.Billed != 11002*4096 || !strings.Contains(a.Invoked.Known.Note, pricedNotes[atGuess])) {
				t.Fatalf("billed %d, %q", a.Invoked.Billed, a.Invoked.Known.Note)
			}
		}
		r.clock.Advance(15 * time.Minute)
	}
	if n := r.server.Calls("lambda:GetFunctionConfiguration"); n != 1 {
		t.Errorf("%d calls", n)
	}
}

// many is an account of one function with so many aliases, each of which runs once a
// minute for a second, and of some functions without.
type many struct {
	*fleetAccount
	aliases int
}

func newMany(aliases, others int) *many {
	a := &many{newFleet(1 + others), aliases}
	a.list[0].Name = "shared-all" // sorts before the others
	d := &awsapi.Detail{Versions: 1}
	for i := range aliases {
		d.Aliases = append(d.Aliases, awsapi.Alias{Name: fmt.Sprintf("a%04d", i), Version: "1"})
	}
	a.list[0].Detail = d
	return a
}

func (a *many) Invocations(name string, from, to time.Time) iter.Seq[awsapi.Invocation] {
	return func(yield func(awsapi.Invocation) bool) {
		for i := range a.fleetAccount.Invocations(name, from, to) {
			if name != a.list[0].Name {
				if !yield(i) {
					return
				}
				continue
			}
			for _, one := range a.list[0].Detail.Aliases {
				if !yield(awsapi.Invocation{Start: i.Start, Duration: time.Second, Alias: one.Name, Version: one.Version}) {
					return
				}
			}
		}
	}
}

func anyAlias(s *Settings) {
	rules := attribution.Rules{Discover: attribution.DiscoverNone, Rules: []attribution.Rule{
		{Function: attribution.MustParsePattern("shared-*"), Alias: attribution.MustParsePattern("{tenant}"), Workload: "all"},
		{Function: attribution.MustParsePattern("{workload}-{tenant}")},
	}}
	s.Attribute, s.Aliases = attribution.New(rules).Attribute, rules.Aliased
}

// Aliases are listed page by page, and asked about in as few requests as there can be,
// together with everything else, however many there are.
func TestAliasesArePacked(t *testing.T) {
	sizes := []int{1, 10, 120, 1500}
	if testing.Short() {
		sizes = sizes[:3]
	}
	for _, n := range sizes {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			account := newMany(n, 40)
			slices.SortFunc(account.list, func(a, b awsapi.Function) int { return strings.Compare(a.Name, b.Name) })
			r := newRig(t, account, anyAlias, func(s *Settings) { s.History = -1 })
			batch, err := r.Poll(t.Context(), sources.Focus{})
			if err != nil {
				t.Fatal(err)
			}
			queries := int64(9 * (n + 41))
			billed := r.server.Billed()
			if want := (queries + maxQueries - 1) / maxQueries; billed.High != queries || billed.Requests != want {
				t.Errorf("%d queries in %d requests, want %d in %d", billed.High, billed.Requests, queries, want)
			}
			if batch.AskedLow != billed.Low || batch.AskedHigh != billed.High {
				t.Errorf("counted %d to %d, billed %+v", batch.AskedLow, batch.AskedHigh, billed)
			}
			if calls, want := r.server.Calls("lambda:ListAliases"), int64(n+49)/50; calls != want {
				t.Errorf("%d calls of ListAliases, want %d", calls, want)
			}
			tenants := map[migration.Tenant]bool{}
			for _, a := range batch.Activities {
				if tenants[a.Tenant] = true; a.Runs != 1 {
					t.Fatalf("%s: %d runs", a.Tenant, a.Runs)
				}
			}
			if len(tenants) != n+40 {
				t.Errorf("%d tenants", len(tenants))
			}
		})
	}
}
