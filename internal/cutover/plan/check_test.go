package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// candidate is a tenant that should move, with 100 runs at a price.
func candidate(name string, dollars int64) Candidate {
	return Candidate{
		Tenant: migration.Tenant(name), Decision: migration.WorthMoving, Routed: migration.Some(migration.Ratio(0)),
		Runs: migration.Some(int64(100)), PerHour: migration.Some(migration.Dollars(decimal.NewFromInt(dollars))),
	}
}

func seenAll(names ...string) *Seen {
	s := &Seen{Complete: true, Aliases: map[migration.Tenant]migration.Tenant{"acme-prod": "acme"}}
	for i, n := range names {
		s.Candidates = append(s.Candidates, candidate(n, int64((i+1)*(i+1))))
	}
	return s
}

func TestCheckFinds(t *testing.T) {
	const now = "2026-12-10T12:00"
	moved := seenAll("acme", "globex")
	moved.Candidates[0].Routed = migration.Some(migration.Ratio(0.25))
	partial := seenAll("acme")
	partial.Complete = false
	idle := seenAll("acme")
	idle.Candidates[0].Missing = "it had no run in the window"
	stuck := seenAll("acme", "globex")
	stuck.Candidates[1].Decision = migration.CannotStay
	wave := func(s string) string { return "  waves:\n    - {at: 2026-12-14, tenants: [acme], " + s + "}\n" }
	for _, test := range []struct {
		plan string
		seen *Seen
		want string // level, place, path: text; fix
	}{
		{
			"  waves:\n    - {at: 2026-12-01, tenants: [acme]}\n    - {at: 2026-12-02, tenants: [globex]}\n", nil,
			"error c.yaml:4:7 plan.waves: " +
				"the whole plan is in the past: its last step was planned for 5 Dec 2026 00:00 UTC; give the waves dates ahead, or write " +
				"started_at",
		},
		{
			"  waves:\n    - {at: 2026-12-01, tenants: [acme]}\n    - {at: 2026-12-12, tenants: [globex]}\n", nil,
			"error c.yaml:4:7 plan.waves.at: " +
				"wave of 1 Dec 2026 was planned for 1 Dec 2026 00:00 UTC, 9.5 days ago, and has not started; write started_at",
		},
		{
			"  waves:\n    - {at: 2026-12-01, tenants: [acme]}\n", moved,
			"warning c.yaml:4:7 plan.waves.at: wave of 1 Dec 2026 was planned for " +
				"1 Dec 2026 00:00 UTC; some of it runs on the new side (acme 25 %), and nothing says since when; write started_at",
		},
		{
			wave("started_at: 2026-12-11, share: 5"), nil,
			"error c.yaml:4:7 plan.waves.started_at: wave of 14 Dec 2026 started at 11 Dec 2026 " +
				"00:00 UTC, which is ahead; correct it, or write at for what is planned",
		},
		{
			wave("steps: [{share: 5, started_at: 2026-12-11}, 100]"), nil,
			"error c.yaml:4:49 plan.waves.started_at: the step to 5 % started at",
		},
		{"  waves:\n    - {at: 2026-12-14, tenants: [{name: acme, share: 5, started_at: 2026-12-11}]}\n", nil, "acme started at"},
		{
			"  waves:\n    - {at: 2026-12-01, started_at: 2026-12-01, tenants: [acme], steps: [5, {share: 25, at: 2026-12-04}, 100]}\n",
			nil,
			"error c.yaml:4:76 plan.waves.steps: the step to 25 % was planned for 4 Dec 2026 00:00 UTC, 6.5 days ago, and has not " +
				"started",
		},
		{
			"  since: 2026-12-20\n" + wave("steps: [100]"), nil,
			"error c.yaml:5:7 plan.waves.at: wave of 14 Dec 2026 begins at 14 Dec 2026 00:00 UTC, " +
				"before the move began at 20 Dec 2026 00:00 UTC; correct the date, or plan.since",
		},
		{"  freezes: [{name: stop, from: 2026-12-13, to: 2026-12-16}]\n" + wave("steps: [100]"), nil, "error c.yaml:5:7 plan.waves.at: " +
			"wave of 14 Dec 2026 begins its step to 100 % at 14 Dec 2026 00:00 UTC, in the freeze \"stop\" of line 3; " +
			"move it to 16 Dec 2026 00:00 UTC or later"},
		{
			"  freezes: [{from: 2026-12-15, to: 2030-12-16}]\n" + wave("steps: [5, 100]"), nil,
			"error c.yaml:5:52 plan.waves.steps: the freezes leave " +
				"no moment for the step to 100 % within two years; shorten a freeze",
		},
		{wave("steps: [5, 50]"), nil, "warning c.yaml:4:52 plan.waves.steps: wave of 14 Dec 2026 ends at 50 %; add 100"},
		{
			"  peaks: [{name: Saturday, days: [sat], from: 18:00, to: 20:00}]\n" + wave("steps: [5, {share: 100, at: 2026-12-17}]"), nil,
			"warning c.yaml:5:52 plan.waves.steps: wave of 14 Dec 2026 goes to 100 % at 17 Dec 2026 00:00 UTC, before it saw one of each " +
				"peak at 5 %: " +
				"Saturday; move it behind 19 Dec 2026 20:00 UTC",
		},
		{
			wave("steps: [100]"), seenAll("acne", "globex"),
			`error c.yaml:4:34 plan.waves.tenants: unknown tenant "acme"; did you mean acne?`,
		},
		{
			"  waves:\n    - {at: 2026-12-14, tenants: [acme-prod]}\n", seenAll("acme"),
			"error c.yaml:4:34 plan.waves.tenants: acme-prod is another spelling of acme; write acme",
		},
		{
			"  waves:\n    - {at: 2026-12-14, tenants: [acme, nobody]}\n", partial,
			"warning c.yaml:4:40 plan.waves.tenants: no source that answered knows the tenant nobody; check it again when every source " +
				"answers",
		},
		{"  key_tenants: [ghost]\n" + wave("steps: [100]"), seenAll("acme"), `error  plan.key_tenants: unknown tenant "ghost"`},
		{wave("steps: [100]"), idle, "warning c.yaml:4:34 plan.waves.tenants: of acme there is no evidence: it had no run in the window"},
		{wave("steps: [100]"), stuck, "warning c.yaml:4:7 plan.waves: in no wave, though they cannot stay: globex; migtop plan --suggest"},
		{
			"  waves:\n    - {at: 2026-12-14, tenants: [a, b, c]}\n    - {at: 2026-12-20, tenants: [d]}\n", seenAll("a", "b", "c", "d"),
			"warning c.yaml:5:34 plan.waves.tenants: d, number 1 by cost of what is ahead, is in the last wave; move it in an earlier " +
				"wave",
		},
	} {
		full := "plan:\n  owners: platform\n" + test.plan
		p := mustParse(t, full)
		if strings.Contains(test.plan, "since: ") {
			p.Since = at(t, "2026-12-20T00:00") // the configuration reads it
		}
		var got []string
		for _, f := range p.Check(at(t, now), test.seen) {
			place := ""
			if f.Place.Line > 0 {
				place = f.Place.String()
			}
			got = append(got, fmt.Sprintf("%s %s %s: %s; %s", f.Level, place, f.Path, f.Text, f.Fix))
		}
		if len(got) != 1 || !strings.Contains(got[0], test.want) {
			t.Errorf("%s%s\nwant %s", full, strings.Join(got, "\n"), test.want)
		}
	}
}

func TestCheckWantsOwnersAndWaves(t *testing.T) {
	p := mustParse(t, "plan:\n  waves:\n    - {at: 2026-12-14, tenants: [a]}\n    - {at: 2026-12-15, tenants: [b], owners: anna}\n"+
		"    - {at: 2026-12-01, tenants: [c], share: 100}\n")
	if f := p.Check(at(t, "2026-12-10T00:00"), nil); len(f) != 1 || f[0].Text != "nobody owns wave of 14 Dec 2026" ||
		f[0].Level != Warning {
		t.Errorf("%+v", f)
	}
	if f := (&Plan{}).Check(at(t, "2026-12-10T00:00"), nil); len(f) != 1 || f[0].Text != "no wave is planned" {
		t.Errorf("%+v", f)
	}
}

// Of half of the data nothing follows: a tenant whose share is unknown may have moved.
func TestCheckOfHalfOfTheData(t *testing.T) {
	p := mustParse(t, "plan:\n  owners: anna\n  waves:\n    - {at: 2026-12-14, tenants: [acme]}\n")
	seen := seenAll("acme", "globex")
	seen.Candidates[1].Decision, seen.Candidates[1].Routed = migration.CannotStay, migration.None[migration.Ratio]()
	if f := p.Check(at(t, "2026-12-10T00:00"), seen); len(f) != 0 {
		t.Errorf("%+v", f)
	}
}

// Ten thousand tenants are looked up, not searched.
func BenchmarkOverview(b *testing.B) {
	p := &Plan{Owners: []string{"anna"}}
	seen := &Seen{Complete: true}
	for i := range 100 {
		w := Wave{At: at(b, "2026-12-14T00:00").AddDate(0, 0, i)}
		for j := range 100 {
			name := fmt.Sprint("tenant ", i, " ", j)
			w.Tenants = append(w.Tenants, Member{Tenant: migration.Tenant(name)})
			seen.Candidates = append(seen.Candidates, candidate(name, 1))
		}
		p.Waves = append(p.Waves, w)
	}
	now := at(b, "2026-12-10T00:00")
	b.ResetTimer()
	for b.Loop() {
		p.Overview(now, seen)
	}
}
