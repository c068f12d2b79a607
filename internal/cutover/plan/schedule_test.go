package plan

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

func at(t testing.TB, s string) time.Time {
	t.Helper()
	out, err := time.Parse("2006-01-02T15:04", s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// datesText are the dates of a wave in short.
func datesText(steps []Dates) string {
	var out []string
	for _, d := range steps {
		short := func(t time.Time) string {
			if t.IsZero() {
				return "-"
			}
			return t.Format("02.15:04")
		}
		out = append(out, fmt.Sprintf("%s %s %s/%s/%s", short(d.Planned), short(d.Started), short(d.Early), short(d.Likely),
			short(d.Late)))
	}
	return strings.Join(out, "; ")
}

func TestPaceIsTheFactorOfPlannedLengths(t *testing.T) {
	for _, test := range []struct {
		name, plan, now string
		want            string // samples, open, early, likely, late
	}{
		{"nothing recorded", "{at: 2026-12-01, tenants: [a]}", "2026-12-01T00:00", "0 0 ? ? ?"},
		{
			"one step", "{at: 2026-12-01, tenants: [a], steps: [{share: 5, started_at: 2026-12-01}, " +
				"{share: 25, started_at: 2026-12-03}, " +
				"100]}",
			"2026-12-03T01:00", "1 0 ? 2 ?",
		},
		{
			"two steps", "{at: 2026-12-01, tenants: [a], steps: [{share: 5, started_at: 2026-12-01}, " +
				"{share: 25, started_at: 2026-12-03}, " +
				"{share: 100, started_at: 2026-12-07}]}", "2026-12-08T00:00", "2 0 2 3 4",
		},
		{ // 25 % for six days instead of one, and not over
			"an open step counts", "{at: 2026-12-01, tenants: [a], steps: [{share: 5, started_at: 2026-12-01}, " +
				"{share: 25, started_at: 2026-12-03}, 100]}", "2026-12-09T00:00", "2 1 2 4 6",
		},
		{ // share and started_at of the wave say the same as a step's started_at
			"the wave's own start", "{at: 2026-12-01, tenants: [a], share: 25, started_at: 2026-12-04, " +
				"steps: [{share: 5, started_at: 2026-12-01}, 25, 100]}", "2026-12-04T01:00", "1 0 ? 3 ?",
		},
		{ // the step waits for the end of the freeze, and begins on time
			"a freeze is nobody's delay", "{at: 2026-12-11, tenants: [a], " +
				"steps: [{share: 5, started_at: 2026-12-11}, {share: 25, started_at: 2026-12-14}, 100]}", "2026-12-14T01:00", "1 0 ? 1 ?",
		},
		{ // three days outside the freeze in place of two
			"nor is it between dates", "{at: 2026-12-11, tenants: [a], steps: [{share: 5, started_at: 2026-12-11}, " +
				"{share: 25, at: 2026-12-15, started_at: 2026-12-16}, 100]}", "2026-12-16T01:00", "1 0 ? 1.5 ?",
		},
		{ // 10 days between the waves in place of 5
			"the gap between waves",
			"{at: 2026-12-01, tenants: [a], started_at: 2026-12-01, steps: [100]}\n    - {at: 2026-12-06, tenants: [b], " +
				"started_at: 2026-12-11, steps: [100]}", "2026-12-11T00:00", "1 0 ? 2 ?",
		},
	} {
		p := mustParse(t, "plan:\n  freezes: [{from: 2026-12-12, to: 2026-12-14}]\n  waves:\n    - "+test.plan+"\n")
		pace := p.Pace(at(t, test.now))
		factor := func(f migration.Opt[float64]) string {
			if v, ok := f.Get(); ok {
				return fmt.Sprint(v)
			}
			return "?"
		}
		got := fmt.Sprintf("%d %d %s %s %s", pace.Samples, pace.Open, factor(pace.Early), factor(pace.Likely), factor(pace.Late))
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestScheduleOfThePaceSoFar(t *testing.T) {
	const waves = `plan:
  %s
  waves:
    - at: 2026-12-01
      tenants: [a]
      steps: [{share: 5, started_at: 2026-12-01}, {share: 25, started_at: 2026-12-03}, {share: 100, started_at: 2026-12-07}]
    - {at: 2026-12-08, tenants: [b], %s}
`
	for _, test := range []struct{ name, settings, second, now, want string }{
		{
			"lengths grow with the factor, and the later wave begins later", "every: 24h", "steps: [50, 100]", "2026-12-07T00:00",
			"08.00:00 - 15.00:00/22.00:00/29.00:00; 09.00:00 - 17.00:00/25.00:00/02.00:00",
		},
		{ // 100 % waits for Saturday the 12th or the 19th
			"a Saturday's peak is not a weekday's", "peaks: [{days: [sat], from: 18:00, to: 20:00}]", "steps: [50, 100]",
			"2026-12-07T00:00",
			"08.00:00 - 10.21:12/12.22:36/15.00:00; 12.20:00 - 12.20:00/19.20:00/19.20:00",
		},
		{
			"a freeze moves what is in it", "freezes: [{from: 2026-12-20, to: 2026-12-28T06:00}]", "steps: [50, 100]", "2026-12-07T00:00",
			"08.00:00 - 15.00:00/30.06:00/06.06:00; 09.00:00 - 17.00:00/02.06:00/10.06:00",
		},
		{
			"a rolled back wave begins anew", "every: 24h",
			"share: 0, started_at: 2026-12-09, steps: [{share: 50, started_at: 2026-12-08}, 100]",
			"2026-12-10T12:00", "08.00:00 - 10.12:00/10.12:00/10.12:00; 09.00:00 - 11.12:00/12.12:00/14.12:00",
		},
		{
			"without a date", "freezes: [{from: 2026-12-08, to: 2030-01-01}]", "steps: [50, 100]", "2026-12-07T00:00",
			"08.00:00 - -/-/-; - - -/-/-",
		},
	} {
		p := mustParse(t, fmt.Sprintf(waves, test.settings, test.second))
		s := p.Schedule(at(t, test.now), nil)
		if got := datesText(s.Steps[1]); got != test.want {
			t.Errorf("%s (%+v):\n%s, want\n%s", test.name, s.Pace, got, test.want)
		}
	}
}

// Without peaks a whole day comes before 100 %, however short the steps are.
func TestScheduleWaitsADayBeforeAll(t *testing.T) {
	p := mustParse(t, "plan:\n  every: 2h\n  waves:\n    - {at: 2026-12-01, tenants: [a], steps: [25, 50, 100]}\n")
	if got := datesText(p.Schedule(at(t, "2026-12-01T00:00"), nil).Steps[0]); got !=
		"01.00:00 - -/01.00:00/-; 01.02:00 - -/01.02:00/-; 02.02:00 - -/02.02:00/-" {
		t.Error(got)
	}
}

// What is seen stands in for what nobody recorded, and what is recorded comes first.
func TestScheduleOfWhatIsSeen(t *testing.T) {
	p := mustParse(t, "plan:\n  waves:\n    - {at: 2026-12-01, tenants: [a, b]}\n")
	seen := func(a, b migration.Ratio) *Seen {
		return &Seen{Candidates: []Candidate{{Tenant: "a", Routed: migration.Some(a)}, {Tenant: "b", Routed: migration.Some(b)}}}
	}
	for _, test := range []struct {
		seen *Seen
		want string
	}{
		{nil, "01.00:00 - -/02.06:00/-; 02.00:00 - -/03.06:00/-; 03.00:00 - -/04.06:00/-; 04.00:00 - -/05.06:00/-"},
		{seen(0.6, 0.3), "01.00:00 - -/-/-; 02.00:00 - -/-/-; 03.00:00 - -/03.00:00/-; 04.00:00 - -/04.00:00/-"},
		{seen(1, 1), "01.00:00 - -/-/-; 02.00:00 - -/-/-; 03.00:00 - -/-/-; 04.00:00 - -/-/-"},
		{seen(1, 0), "01.00:00 - -/02.06:00/-; 02.00:00 - -/03.06:00/-; 03.00:00 - -/04.06:00/-; 04.00:00 - -/05.06:00/-"},
	} {
		if got := datesText(p.Schedule(at(t, "2026-12-02T06:00"), test.seen).Steps[0]); got != test.want {
			t.Errorf("%+v:\n%s, want\n%s", test.seen, got, test.want)
		}
	}
}

// Whatever the plan: early is not after likely, nor likely after late; nothing ahead is before now, before its planned
// date, in a freeze or out of order; and 100 % comes after one of each peak.
func TestSchedulesAreInOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		p := randomPlan(t, r)
		now := p.Waves[0].At.Add(time.Duration(r.IntN(20*24)) * time.Hour)
		for i, steps := range p.Schedule(now, nil).Steps {
			done, _, _ := p.position(&p.Waves[i])
			for j, d := range steps {
				if j <= done {
					continue
				}
				if d.Likely.IsZero() {
					break // the freezes leave no date
				}
				if !d.Early.IsZero() && (d.Early.After(d.Likely) || d.Likely.After(d.Late)) {
					t.Fatalf("%s\nwave %d, step %d: %s", p.YAML(nil), i, j, datesText(steps))
				}
				if d.Likely.Before(now) || d.Likely.Before(d.Planned) || p.Freezes.At(d.Likely) != nil {
					t.Fatalf("%s\nnow %s, wave %d, step %d: %s", p.YAML(nil), now, i, j, datesText(steps))
				}
				if j > done+1 && d.Likely.Before(p.ready(steps[j-1].Likely, p.StepsOf(&p.Waves[i])[j].Share)) {
					t.Fatalf("%s\nwave %d, step %d is too early: %s", p.YAML(nil), i, j, datesText(steps))
				}
			}
		}
	}
}

func randomPlan(t testing.TB, r *rand.Rand) *Plan {
	z := zone(t, zones[r.IntN(len(zones))])
	p := &Plan{Zone: z, Every: time.Duration(1+r.IntN(72)) * time.Hour}
	for range r.IntN(3) {
		p.Peaks = append(p.Peaks, Peak{Weekly: randomWeekly(r), Zone: z})
	}
	begin := time.Date(2026, time.Month(1+r.IntN(12)), 1+r.IntN(28), r.IntN(24), 0, 0, 0, time.UTC)
	from := begin
	for range r.IntN(3) {
		from = from.Add(time.Duration(r.IntN(30*24)) * time.Hour)
		to := from.Add(time.Duration(1+r.IntN(240)) * time.Hour)
		p.Freezes, from = append(p.Freezes, Freeze{From: from, To: to, Zone: z}), to
	}
	p.Freezes = append(p.Freezes, Freeze{Weekly: Weekly{Days: Days(0).With(6), From: 600, To: 1200}, Zone: z})
	for i := range 1 + r.IntN(4) {
		w := Wave{At: begin, Tenants: Members(migration.Tenant(fmt.Sprint(i)))}
		started := begin.Add(time.Duration(r.IntN(100)) * time.Hour)
		steps := r.IntN(5)
		for j, s := range DefaultSteps {
			step := Step{Share: s}
			if j < steps {
				step.Started = started
				started = started.Add(time.Duration(1+r.IntN(150)) * time.Hour)
			}
			w.Steps = append(w.Steps, step)
		}
		p.Waves = append(p.Waves, w)
		begin = begin.Add(time.Duration(1+r.IntN(300)) * time.Hour)
	}
	return p
}
