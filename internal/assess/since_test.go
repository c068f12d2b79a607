package assess

import (
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// killed is a History of an hour's window in which attempts of Jobs were OOMKilled so many
// minutes ago, and Jobs ran every minute since from.
func killed(from time.Time, ago ...int) *History {
	kill := map[time.Time]bool{}
	for _, m := range ago {
		kill[noon.Add(-time.Duration(m)*time.Minute)] = true
	}
	var steps []Step
	for at := from; at.Before(noon); at = at.Add(time.Minute) {
		s := Step{Start: at, Runs: 1}
		if kill[at] {
			s.OOMKilled, s.Failures = 1, 1
		}
		steps = append(steps, s)
	}
	return &History{
		Window: time.Hour, Edge: time.Minute,
		Sides: func(migration.Platform) ([]Step, time.Time, time.Time) { return steps, from, noon },
	}
}

func TestSinceEvents(t *testing.T) {
	for _, test := range []struct {
		name  string
		ago   []int
		since int // minutes ago
		basis migration.SinceBasis
	}{
		{"one", []int{7}, 7, migration.SinceData},
		{"several", []int{50, 20, 7}, 50, migration.SinceData},
		{"in a chain that is longer than the window", []int{170, 115, 60, 7}, 170, migration.SinceData},
		{"after a break", []int{170, 115, 40, 7}, 40, migration.SinceData},
		{"from the first minute on", []int{240, 190, 140, 90, 40}, 240, migration.SinceDataStart},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := migration.TenantView{After: ran(100, func(s *migration.Side) { s.OOMKilled = some(int64(len(test.ago))) })}
			seen := Apply(TenantFacts{TenantView: &v, At: noon, History: killed(noon.Add(-4*time.Hour), test.ago...)})
			n := v.Notices[0]
			if want := noon.Add(-time.Duration(test.since) * time.Minute); n.Since != migration.Some(want) || n.SinceBasis != test.basis ||
				len(seen) > 0 {
				t.Errorf("since %v (%v), want %v (%v); first seen are %v", n.Since, n.SinceBasis, want, test.basis, seen)
			}
		})
	}
}

// A gap without any run breaks a chain as well.
func TestSinceSparseEvents(t *testing.T) {
	at := func(ago time.Duration) Step { return Step{Start: noon.Add(-ago), Runs: 1, OOMKilled: 1} }
	h := &History{Window: time.Hour, Edge: time.Minute, Sides: func(migration.Platform) ([]Step, time.Time, time.Time) {
		return []Step{at(7 * time.Hour), at(30 * time.Minute)}, noon.Add(-24 * time.Hour), noon
	}}
	v := migration.TenantView{After: ran(100, func(s *migration.Side) { s.OOMKilled = some(1) })}
	Apply(TenantFacts{TenantView: &v, At: noon, History: h})
	if want := noon.Add(-30 * time.Minute); v.Notices[0].Since != migration.Some(want) {
		t.Errorf("since %v, want %v", v.Notices[0].Since, want)
	}
}

// A rate begins when it reaches its threshold over the window, not with the first failure.
func TestSinceRate(t *testing.T) {
	// One failure 55 minutes ago in 60 runs, then every run from 10 minutes ago on: the
	// third failure makes it 3 of 60 after two more minutes.
	h := killed(noon.Add(-4*time.Hour), 55, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)
	v := migration.TenantView{After: failed(60, 11.0/60)}
	Apply(TenantFacts{TenantView: &v, At: noon, History: h})
	n := v.Notices[0]
	if want := noon.Add(-8 * time.Minute); n.Code != "failing" || n.Since.Or(time.Time{}).Before(noon.Add(-9*time.Minute)) ||
		n.Since.Or(noon).After(want) {
		t.Errorf("%s since %v, want about %v", n.Code, n.Since, want)
	}
}

// What the data do not date is dated by when it was first seen, for as long as it is seen.
func TestSinceFirstSeen(t *testing.T) {
	view := func() migration.TenantView {
		return migration.TenantView{Tenant: "acme", Logs: []migration.LogView{{Workload: "w", After: migration.LogSide{
			Groups: []string{"/jobs"}, From: noon.Add(-time.Hour), To: noon, Runs: some(5), Arrived: some(0), Lines: some(0),
		}}}}
	}
	v := view()
	seen := Apply(TenantFacts{TenantView: &v, At: noon, History: &History{}})
	if n := v.Notices[0]; n.Since != migration.Some(noon) || n.SinceBasis != migration.SinceFirstSeen || len(seen) != 1 {
		t.Fatalf("%+v, first seen %v", n, seen)
	}
	v = view()
	earlier := noon.Add(-time.Hour)
	Apply(TenantFacts{TenantView: &v, At: noon, History: &History{Seen: map[Condition]time.Time{seen[0]: earlier}}})
	if n := v.Notices[0]; n.Since != migration.Some(earlier) {
		t.Errorf("%+v", n)
	}
	v = view()
	Apply(TenantFacts{TenantView: &v, At: noon})
	if n := v.Notices[0]; n.Since.Known() || n.SinceBasis != 0 {
		t.Errorf("without any history %+v", n)
	}
}

// A Job that is pending has been so for too long since its threshold had passed.
func TestSincePending(t *testing.T) {
	v := migration.TenantView{Runs: []migration.Run{
		{State: migration.RunPending, Created: noon.Add(-10 * time.Minute)}, {State: migration.RunPending, Created: noon.Add(-40 * time.Minute)},
	}}
	Apply(TenantFacts{TenantView: &v, At: noon})
	if want := noon.Add(-35 * time.Minute); v.Notices[0].Since != migration.Some(want) {
		t.Errorf("since %v, want %v", v.Notices[0].Since, want)
	}
}

// Messages that are lost are unbalanced since their number passed the tolerance.
func TestSinceFlow(t *testing.T) {
	var steps []FlowStep
	for m := 60; m > 0; m-- {
		s := FlowStep{Start: noon.Add(-time.Duration(m) * time.Minute), Sent: 10}
		if m <= 20 {
			s.Residual = 1
		}
		if m == 5 {
			s.Dead = 2
		}
		steps = append(steps, s)
	}
	v := migration.TenantView{Flows: []migration.QueueFlow{{
		Workload: "w", From: noon.Add(-time.Hour), To: noon, Sent: some(600), Residual: some(20), DeadLetters: some(2),
	}}}
	Apply(TenantFacts{TenantView: &v, At: noon, History: &History{
		Window: time.Hour, Edge: time.Minute, Flow: func(migration.Workload) []FlowStep { return steps },
	}})
	for _, n := range v.Notices {
		want := map[string]time.Time{"dead_letters": noon.Add(-5 * time.Minute), "conservation": noon.Add(-10 * time.Minute)}[n.Code]
		if n.Since != migration.Some(want) || n.SinceBasis != migration.SinceData {
			t.Errorf("%s since %v (%v), want %v", n.Code, n.Since, n.SinceBasis, want)
		}
	}
	if len(v.Notices) != 2 {
		t.Errorf("%+v", v.Notices)
	}
}
