package plan

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/yamldoc"
)

// parse reads the value of "plan:" in a file.
func parse(text string) (*Plan, []section.Issue, error) {
	docs, err := yamldoc.ParseAll("c.yaml", []byte(text))
	if err != nil || len(docs) == 0 {
		return nil, nil, err
	}
	pairs, _ := docs[0].Pairs()
	p := &Plan{}
	for _, e := range pairs {
		if e.Key == "plan" {
			r := &section.Reader{File: "c.yaml"}
			p.Read(r, e.Value, time.LoadLocation)
			return p, r.Issues, nil
		}
	}
	return p, nil, nil
}

func mustParse(t testing.TB, text string) *Plan {
	t.Helper()
	p, issues, err := parse(text)
	if err != nil || len(issues) > 0 {
		t.Fatalf("%v, %+v", err, issues)
	}
	return p
}

// samePlan compares plans by what they say, not where it stood.
var samePlan = cmp.Options{
	cmpopts.IgnoreTypes(section.Origin{}), cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) }),
	cmp.Comparer(func(a, b migration.Opt[migration.USD]) bool {
		x, okX := a.Get()
		y, okY := b.Get()
		return okX == okY && x.Cmp(y) == 0
	}),
	cmp.Comparer(func(a, b migration.Opt[Share]) bool { return a == b }),
}

func example(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("testdata/plan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestReadTakesEveryField(t *testing.T) {
	p := mustParse(t, example(t))
	at := func(s string) time.Time {
		out, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	zurich := zone(t, "Europe/Zurich")
	usd := func(n int64) migration.Opt[migration.USD] {
		return migration.Some(migration.Dollars(decimal.NewFromInt(n)))
	}
	want := &Plan{
		Zone: zurich, Owners: []string{"platform"}, Steps: []Share{100, 1000, 5000, Whole}, Every: 48 * time.Hour,
		KeyTenants: []migration.Tenant{"acme"},
		Peaks: []Peak{
			{Name: "weekday", Weekly: Weekly{Days: Days(0).With(1).With(2).With(3).With(4).With(5), From: 540, To: 660}, Zone: zurich},
			{Name: "Saturday", Weekly: Weekly{Days: Days(0).With(6), From: 1080, To: 120, Over: 1}, Zone: zone(t, "America/New_York")},
		},
		Freezes: Freezes{
			{Name: "weekend", Weekly: Weekly{Days: Days(0).With(5), From: 960, To: 360, Over: 3}, Zone: zurich},
			{Name: "Christmas", From: at("2026-12-19T23:00:00Z"), To: at("2027-01-03T23:00:00Z"), Zone: zurich},
		},
		SLOs: []SLO{{Signal: FailureRate, Most: decimal.NewFromInt(1)}, {Signal: Dwell, Most: decimal.NewFromInt(int64(5 * time.Minute))}},
		Waves: []Wave{
			{
				Name: "pilot", At: at("2026-11-19T17:00:00Z"), Owners: []string{"anna", "ben"}, OneOff: usd(3000),
				Steps: []Step{
					{Share: 500, Started: at("2026-11-19T17:10:00Z")},
					{Share: 5000, At: at("2026-11-23T08:00:00Z"), Started: at("2026-11-24T09:00:00Z")},
					{Share: Whole},
				},
				Tenants: []Member{
					{Tenant: "acme"},
					{
						Tenant: "big corp", Share: migration.Some(Share(50)), Started: at("2026-11-25T09:00:00Z"),
						Owners: []string{"carla"},
						SLOs:   []SLO{{Signal: LossPath}, {Signal: Cost, Most: decimal.New(40, -2)}},
					},
				},
			},
			{
				At: at("2026-12-01T06:00:00Z"), Share: migration.Some(Share(0)), Started: at("2026-12-02T00:00:00Z"),
				SLOs:    []SLO{{Signal: Wall, Most: decimal.NewFromInt(75)}},
				Tenants: []Member{{Tenant: "globex"}},
			},
		},
	}
	if diff := cmp.Diff(want, p, samePlan); diff != "" {
		t.Error(diff)
	}
	if w, m := p.Find("big corp"); w.Place.String() != "c.yaml:20:7" || m.Place.String() != "c.yaml:30:11" {
		t.Errorf("%s, %s", w.Place, m.Place)
	}
}

func TestObjectivesOfATenant(t *testing.T) {
	p := mustParse(t, example(t))
	for _, test := range []struct {
		tenant migration.Tenant
		signal Signal
		want   string
	}{
		{"big corp", Cost, "0.4 c.yaml:30:106"},
		{"globex", Wall, "75% c.yaml:34:14"},
		{"globex", Dwell, "5m c.yaml:18:28"},
		{"nobody", FailureRate, "1% c.yaml:18:10"},
		{"acme", Wall, ""},
	} {
		got := ""
		if slo, ok := p.SLO(test.tenant, test.signal); ok {
			got = slo.Text() + " " + slo.Place.String()
		}
		if got != test.want {
			t.Errorf("%s, %s: %q, want %q", test.tenant, test.signal, got, test.want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	wave := func(s string) string { return "plan:\n  waves:\n    - {at: 2026-12-01, tenants: [a], " + s + "}\n" }
	freeze := func(s ...string) string { return "plan:\n  freezes:\n    - {" + strings.Join(s, "}\n    - {") + "}\n" }
	for _, test := range []struct{ text, place, want string }{
		{wave("share: 101"), "c.yaml:3:45", "plan.waves.share: a share of 101 %; at most 100 %"},
		{wave("share: -1"), "c.yaml:3:45", "the number -1; a share in percent from 0 to 100"},
		{wave("share: 1e99999999"), "c.yaml:3:45", "a share in percent"},
		{wave("steps: [5, 120]"), "c.yaml:3:49", "plan.waves.steps: a share of 120 %; at most 100 %"},
		{wave("steps: [0, 100]"), "c.yaml:3:46", "a share of 0 %; at least 0.01 %"},
		{wave("steps: [0.001]"), "c.yaml:3:46", "a share in percent"},
		{wave("steps: [25, 5]"), "c.yaml:3:50", "a step to 5 % after one to 25 %; ascending shares"},
		{wave("steps: [25, 25]"), "c.yaml:3:50", "ascending shares"},
		{wave("steps: [{share: 5, at: 2026-12-02}, 10]"), "c.yaml:3:46", "a first step at another time than its wave"},
		{wave("steps: [5, {share: 10, at: 2026-12-03}, {share: 20, at: 2026-12-03}]"), "", "not planned after the one before"},
		{
			wave("steps: [{share: 5, started_at: 2026-12-03}, {share: 20, started_at: 2026-12-02}]"), "",
			"did not start after the one before",
		},
		{wave("steps: [{at: 2026-12-01}]"), "", "a step without a share"},
		{wave("stpes: [5]"), "c.yaml:3:38", `unknown key "stpes"; ; did you mean steps?`},
		{wave("at: 2026-12-02"), "c.yaml:3:38", `the key "at" again; it once; it is already at line 3`},
		{wave("one_off: -5"), "c.yaml:3:47", "dollars, 0 or more"},
		{wave("started_at: tomorrow"), "", "a date such as 2026-12-01"},
		{wave("slos: {failure_rat: 1%}"), "c.yaml:3:45", `plan.waves.slos: unknown signal "failure_rat"; ; did you mean failure_rate?`},
		{wave("slos: {happiness: 1}"), "c.yaml:3:45", "one of routed_share, conservation, failure_rate, reasons, wall, duration"},
		{wave("slos: {failure_rate: 0.01}"), "", "a percentage from 0% to 100%"},
		{wave("slos: {failure_rate: 101%}"), "", "a percentage from 0% to 100%"},
		{wave("slos: {dwell: 5}"), "", "a time above 0"},
		{wave("slos: {loss_path: 1.5}"), "", "a whole number"},
		{
			"plan:\n  waves:\n    - {at: 2026-12-01, tenants: [a, b]}\n    - {at: 2026-12-02, tenants: [c, {name: b}]}\n", "c.yaml:4:37",
			`plan.waves.tenants: "b" again; each tenant in one wave; it is already at line 3`,
		},
		{"plan:\n  waves:\n    - {at: 2026-12-01, tenants: [a, a]}\n", "c.yaml:3:37", `"a" again`},
		{
			"plan:\n  waves:\n    - {name: one, at: 2026-12-01, tenants: [a]}\n    - {name: one, at: 2026-12-02, tenants: [b]}\n",
			"c.yaml:4:7", `plan.waves.name: "one" again; a name of its own for each wave; it is already at line 3`,
		},
		{
			"plan:\n  waves:\n    - {at: 2026-12-01, tenants: [{name: a, started_at: 2026-12-01}]}\n", "",
			"with started_at and without share",
		},
		{"plan:\n  waves:\n    - {at: 2026-12-01, tenants: [{share: 5}]}\n", "", "a tenant without a name"},
		{"plan:\n  waves:\n    - {at: 2026-12-01, tenants: [7]}\n", "", `put it in quotes: "7"`},
		{"plan:\n  waves:\n    - {tenants: [a]}\n", "c.yaml:3:7", "a wave without a date; at: 2026-12-01"},
		{"plan:\n  waves:\n    - {at: 2026-12-01}\n", "c.yaml:3:7", "a wave without tenants"},
		{"plan:\n  waves: {at: 2026-12-01}\n", "c.yaml:2:10", "a mapping; a list of waves"},
		{"plan:\n  zone: Europe/Zürich\n", "c.yaml:2:9", `plan.zone: the unknown zone "Europe/Zürich"`},
		{"plan:\n  zone: EST\n", "c.yaml:2:9", `the unknown zone "EST"`},
		{"plan:\n  zone: Local\n", "", "the unknown zone"},
		{"plan:\n  zone: ../../etc/passwd\n", "", "the unknown zone"},
		{"plan:\n  every: 10m\n", "c.yaml:2:10", "a time from 30m to 60d"},
		{"plan:\n  steps: [50, 25]\n", "c.yaml:2:15", "ascending shares"},
		{"plan:\n  key_tenants: [a, a]\n", "c.yaml:2:20", `"a" again`},
		{
			freeze("from: 2026-12-20, to: 2026-12-27", "from: 2026-12-26, to: 2027-01-02"), "c.yaml:4:7",
			`the freeze "26 Dec 2026 00:00 UTC to 2 Jan 2027 00:00 UTC", which overlaps`,
		},
		{freeze("from: 2026-12-20, to: 2026-12-20"), "", "a freeze that ends before it begins"},
		{freeze("days: [sat], from: 18:00, to: 22:00", "days: [fri, sat], from: 21:00, to: 23:00"), "c.yaml:4:7", "overlaps"},
		{freeze(`from: "fri 18:00", to: "mon 06:00"`, "days: [sun], from: 12:00, to: 13:00"), "c.yaml:4:7", "overlaps"},
		{freeze(`from: "mon 18:00", to: "mon 06:00"`), "", "an end after the beginning, in the same week"},
		{
			freeze("days: [sat], from: 18:00, to: 19:00, zone: Europe/Zurich",
				"days: [sat], from: 12:00, to: 12:30, zone: America/New_York"), "c.yaml:4:7", "overlaps",
		},
		{
			freeze("zone: Europe/Zurich, from: 2027-03-28T02:30, to: 2027-03-29"), "c.yaml:3:35",
			"2027-03-28T02:30, which clocks in Europe/Zurich skip; a time that exists; they go forward to 03:00",
		},
		{freeze("days: [sam], from: 18:00, to: 19:00"), "", "a weekday: mon, tue"},
		{freeze("days: [sat], from: 25:00, to: 19:00"), "", "a time of the day"},
		{freeze("from: 18:00, to: 19:00"), "", "with days"},
		{freeze("from: 2026-12-20"), "", "from and to"},
		{freeze("zone: Mars/Olympus, from: 2026-12-20, to: 2026-12-21"), "c.yaml:3:14", "unknown zone"},
		{"plan:\n  peaks:\n    - {days: [sat], from: 2026-12-20, to: 2026-12-21}\n", "", "a time of the day"},
	} {
		_, issues, err := parse(test.text)
		if err != nil || len(issues) != 1 {
			t.Errorf("%s: %v, %+v", test.text, err, issues)
			continue
		}
		i := issues[0]
		said := i.Path + ": " + i.Found + "; " + i.Want + "; " + i.Hint
		if !strings.Contains(said, test.want) || test.place != "" && i.Origin.String() != test.place {
			t.Errorf("%s:\n%s: %s\nwant %s: %s", test.text, i.Origin, said, test.place, test.want)
		}
	}
}

// Freezes of a kind that touch are no overlap, and a dated one may cover weekly ones.
func TestFreezesThatDoNotOverlap(t *testing.T) {
	p := mustParse(t, `plan:
  freezes:
    - {from: 2026-12-20, to: 2026-12-27}
    - {from: 2026-12-27, to: 2027-01-02}
    - {days: [sat], from: 18:00, to: 24:00}
    - {days: [sun], from: 00:00, to: 06:00}
    - {days: [sat], from: 12:00, to: 12:30, zone: Asia/Kolkata}
`)
	if len(p.Freezes) != 5 {
		t.Errorf("%+v", p.Freezes)
	}
}

// A repeated hour belongs to the freeze whole: it begins with the first and ends with the second.
func TestFreezeOfARepeatedHour(t *testing.T) {
	p := mustParse(t, `plan:
  zone: Europe/Zurich
  freezes:
    - {from: 2027-10-31T02:00, to: 2027-10-31T02:30}
`)
	f := p.Freezes[0]
	if f.From.Format(time.RFC3339) != "2027-10-31T00:00:00Z" || f.To.Format(time.RFC3339) != "2027-10-31T01:30:00Z" {
		t.Errorf("%s to %s", f.From, f.To)
	}
}

// FuzzRead: no bytes make the reader panic, every issue has a place in the file and one line, and a plan that was
// accepted reads the same from what is written of it.
func FuzzRead(f *testing.F) {
	f.Add(example(f))
	for _, s := range []string{
		"plan: {waves: [{at: 2026-12-01, tenants: [a]}]}", "plan: {freezes: [{from: x}]}", "plan: {steps: [[5]], zone: {}}", "plan: [a]",
		"plan: {slos: {dwell: 1h, ? [a] : b, <<: c}}", "plan: {peaks: [{days: [sat, sun], from: 00:00, to: 00:00}]}",
		"plan: {decisions: [{clear: a, by: b, why: \"c: \\u00e9\", at: 2026-12-01T00:00:01Z}, {overrule: a, until: 2027-01-01}]}",
		"plan: {zone: Pacific/Apia, freezes: [{from: 2011-12-30, to: 2011-12-31T01:00}]}", "plan: {every: 1.5d, owners: x, waves: [{}]}",
		"plan: {freezes: [{from: sat 18:00, to: fri 18:00}, {from: \"fri 19:00\", to: \"fri 20:00\", zone: Asia/Kolkata}]}",
		"plan: {waves: [{at: 2026-12-01, tenants: [{name: a, share: 0.5, started_at: 2026-12-01T00:00:00.5+14:00}]}]}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, issues, err := parse(text)
		if err != nil || p == nil {
			return
		}
		lines := strings.Count(text, "\n") + strings.Count(text, "\r") + 1
		for _, i := range issues {
			inside := i.Origin.Line >= 1 && i.Origin.Line <= lines && i.Origin.Column >= 1
			if !inside || i.Path == "" || strings.ContainsAny(i.String(), "\n\r") {
				t.Fatalf("bad issue %+v", i)
			}
		}
		if len(issues) > 0 {
			return
		}
		written := p.YAML(nil)
		again, issues, err := parse(written)
		if err != nil || len(issues) > 0 {
			t.Fatalf("what is written is not read: %v, %+v\n%s", err, issues, written)
		}
		if diff := cmp.Diff(p, again, samePlan); diff != "" {
			t.Fatalf("%s\n%s", diff, written)
		}
	})
}

// A Snapshot has the date from which all of the work is on the new side; a wave whose steps nobody wrote moves at its date.
func TestWavesOfASnapshot(t *testing.T) {
	for _, test := range []struct{ plan, want string }{
		{"waves: [{at: 2026-12-01, tenants: [a]}]", "2026-12-01T00:00:00Z [a]"},
		{"waves: [{at: 2026-12-01, tenants: [a], steps: [50, {share: 100, at: 2026-12-09T06:00}]}]", "2026-12-09T06:00:00Z [a]"},
		{"every: 2d\n  waves: [{at: 2026-12-01, tenants: [a]}]", "2026-12-07T00:00:00Z [a]"},
		{"steps: [10, 100]\n  waves: [{at: 2026-12-01, tenants: [a]}, {at: 2026-12-03, tenants: [b]}]", "2026-12-02T00:00:00Z [a]"},
		{
			"freezes: [{from: 2026-12-02, to: 2029-01-01}]\n  waves: [{at: 2026-12-01, tenants: [a], steps: [5, 100]}]",
			"2026-12-01T00:00:00Z [a]",
		},
	} {
		waves := mustParse(t, "plan:\n  "+test.plan+"\n").SnapshotWaves()
		if got := fmt.Sprint(waves[0].At.Format(time.RFC3339), " ", waves[0].Tenants); got != test.want {
			t.Errorf("%s: %s, want %s", test.plan, got, test.want)
		}
	}
	p := mustParse(t, example(t))
	p.OneOff = migration.Some(migration.Dollars(decimal.NewFromInt(12000)))
	if got := p.OneOffTotal().Or(migration.USD{}).String(); got != "15000" {
		t.Errorf("it costs %s once", got)
	}
}
