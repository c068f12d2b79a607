package plan

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

func TestSuggestOrdersByPain(t *testing.T) {
	p := mustParse(t, `plan:
  zone: Europe/Zurich
  key_tenants: [key]
  freezes: [{name: stop, from: 2026-12-16, to: 2026-12-17}]
  waves:
    - {name: pilot, at: 2026-12-01, share: 100, started_at: 2026-12-04, tenants: [done]}
    - {name: old, at: 2026-12-20, tenants: [cheap]}
`)
	all := []Candidate{
		candidate("done", 9), candidate("cheap", 1), candidate("key", 2), candidate("timeout", 3), candidate("costly", 8),
		candidate("refused", 4),
		candidate("stay", 5), candidate("blind", 6), candidate("keyed", 7), candidate("half", 2),
	}
	all[3].TimeoutRatio = migration.Some(migration.Ratio(0.97))
	all[5].Throttled = migration.Some(int64(900))
	all[6].Decision = migration.Stay
	all[7].Missing = "no run was seen"
	all[8].Decision, all[8].Routed = migration.Moved, migration.Some(migration.Ratio(1))
	all[9].Routed = migration.Some(migration.Ratio(0.4))
	s, err := p.Suggest(at(t, "2026-12-10T12:00"), all, 3)
	if err != nil {
		t.Fatal(err)
	}
	var waves []string
	for i := range s.Plan.Waves {
		w := &s.Plan.Waves[i]
		waves = append(waves, fmt.Sprintf("%s %s %v", w.Name, w.At.In(p.Zone.Location()).Format("Mon 02 15:04"), w.names()))
	}
	// The pilot had one tenant, so two come next, then three at most. Friday 11:00 on the 11th, four steps take four days at the
	// plan's pace, the 16th is frozen.
	want := []string{
		"pilot Tue 01 00:00 [done]", "wave 2 Fri 11 10:00 [key refused]", "wave 3 Tue 15 10:00 [timeout half costly]",
		"wave 4 Mon 21 10:00 [cheap]",
	}
	if diff := cmp.Diff(want, waves); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]LeftOut{
		{"stay", "it costs less where it is"}, {"blind", "no evidence: no run was seen"}, {"keyed", "moved"},
	}, s.LeftOut); diff != "" {
		t.Error(diff)
	}
	if s.Kept != 1 || s.Notes["timeout"] != "longest run 97 % of the timeout, $3.0000 an hour, 100 runs in the window" ||
		!strings.HasPrefix(s.Notes["key"], "key tenant, ") {
		t.Errorf("%d kept, %v", s.Kept, s.Notes)
	}
}

// What is suggested can be pasted: it is read without an issue and checked without an error, whatever the tenants; the
// largest are not in the last of several waves, and nobody is without evidence or in two waves.
func TestSuggestionsAreGoodPlans(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 200 {
		p := randomPlan(t, r)
		now := p.Waves[0].At
		for i := range p.Waves {
			for _, s := range p.Waves[i].Steps {
				now = later(now, s.Started)
			}
		}
		var all []Candidate
		for i := range 1 + r.IntN(40) {
			c := candidate(fmt.Sprintf("t %d", i), int64(r.IntN(50)))
			if i < len(p.Waves) {
				c.Tenant = p.Waves[i].Tenants[0].Tenant
			}
			c.Runs = migration.Some(int64(r.IntN(1000)))
			c.PerHour = migration.Some(migration.Dollars(decimal.New(int64(r.IntN(1e6)), -4)))
			c.Decision = migration.Decision(r.IntN(4))
			if c.Decision == migration.NotEnoughData {
				c.Missing = "no \"run\"\nwas seen"
			}
			if r.IntN(3) == 0 {
				c.Routed = migration.Some(migration.Ratio(r.Float64()))
			}
			all = append(all, c)
			if r.IntN(4) == 0 {
				p.KeyTenants = append(p.KeyTenants, c.Tenant)
			}
		}
		for i := len(all); i < len(p.Waves); i++ { // every tenant of the plan exists
			c := candidate(string(p.Waves[i].Tenants[0].Tenant), 1)
			all = append(all, c)
		}
		s, err := p.Suggest(now, all, 1+r.IntN(10))
		if err != nil {
			continue // nobody is left to move
		}
		text := s.YAML(now)
		again := mustParse(t, text)
		if diff := cmp.Diff(s.Plan.Waves, again.Waves, samePlan); diff != "" {
			t.Fatalf("%s\n%s", diff, text)
		}
		for _, f := range again.Check(now, &Seen{Candidates: all, Complete: true}) {
			// Old dates of the random plan's own waves may be in a freeze or past; the new waves are right.
			if f.Level == Error && f.Place.Line >= again.Waves[s.Kept].Place.Line || strings.Contains(f.Text, "in the last wave") {
				t.Fatalf("%+v\n%s", f, text)
			}
		}
		for i := s.Kept; i < len(again.Waves); i++ {
			for _, name := range again.Waves[i].names() {
				c := all[slices.IndexFunc(all, func(c Candidate) bool { return c.Tenant == name })]
				if c.Missing != "" || c.Decision == migration.Stay || c.moved() {
					t.Fatalf("%+v is in a wave\n%s", c, text)
				}
			}
		}
	}
}

func TestCandidatesOfASnapshot(t *testing.T) {
	usd := migration.Figure[migration.USD]{Value: migration.Some(migration.Dollars(decimal.NewFromInt(2)))}
	side := migration.Side{
		Present: true, CostPerHour: usd, Runs: migration.Some(int64(7)), TimeoutRatio: migration.Some(migration.Ratio(0.9)),
		Throttled: migration.Some(int64(3)), TimedOut: migration.Some(int64(1)),
	}
	free := side
	free.CostPerHour.Value = migration.None[migration.USD]()
	unread := side
	unread.Runs = migration.None[int64]()
	idle := side
	idle.Runs = migration.Some(int64(0))
	move := migration.Verdict{Decision: migration.WorthMoving}
	s := &migration.Snapshot{Tenants: []migration.TenantView{
		{Tenant: "a", Before: side, Verdict: move, Routed: migration.Figure[migration.Ratio]{Value: migration.Some(migration.Ratio(0.5))}},
		{Tenant: "b", Before: free, Verdict: move},
		{Tenant: "c", Before: unread, Verdict: move},
		{Tenant: "d", Before: idle, Verdict: move},
		{Tenant: "e", Verdict: move},
		{Tenant: "f", Before: side, Verdict: migration.Verdict{Reason: "12 of 20 runs"}},
		{Tenant: "g", After: side, Verdict: migration.Verdict{Decision: migration.Moved}},
		{Tenant: "h", After: side, Verdict: migration.Verdict{Decision: migration.CannotStay}},
		{
			Tenant: "i", After: side, Verdict: migration.Verdict{Decision: migration.CannotStay},
			Routed: migration.Figure[migration.Ratio]{Value: migration.Some(migration.Ratio(0.9))},
		},
		{Tenant: migration.Unattributed, Before: side, Verdict: move},
	}}
	var got []string
	for _, c := range Candidates(s) {
		got = append(got, string(c.Tenant)+": "+c.Missing)
	}
	want := []string{
		"a: ", "b: the cost of its runs is unknown", "c: its runs were not counted", "d: it had no run in the window",
		"e: no run was seen",
		"f: 12 of 20 runs", "g: ", "h: what is left on the side before the move is unknown",
		"i: no run was seen on the side before the move",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	first := Candidates(s)[0]
	if got := first.why(false); got != "50 % moved already, longest run 90 % of the timeout, 1 timed out, 3 throttled, $2.0000 an hour, 7 "+
		"runs in the window" {
		t.Error(got)
	}
}
