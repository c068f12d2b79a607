package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/plot"
)

// A wave takes a step when the first of its tenants does; a rollback of one tenant is no step of the wave, and a wave that has
// not begun is marked where the plan has it.
func TestFleetMarksAreTheStepsOfWaves(t *testing.T) {
	ago := func(d time.Duration) time.Time { return at.Add(-d) }
	step := func(share migration.Ratio, d time.Duration) migration.CutoverStep {
		return migration.CutoverStep{Share: share, At: ago(d)}
	}
	s := &migration.Snapshot{
		Waves: []migration.Wave{{Name: "pilot", At: ago(9 * time.Hour)}, {Name: "rest", At: ago(time.Hour)}},
		Cutovers: []migration.CutoverWave{
			{Name: "pilot", Tenants: []migration.Tenant{"a", "b", "gone"}}, {Name: "rest", Tenants: []migration.Tenant{"c"}},
		},
		Tenants: []migration.TenantView{{Tenant: "a"}, {Tenant: "b"}, {Tenant: "c"}, {Tenant: "alone"}},
	}
	s.Tenants[0].Cutover.Detail.Steps = []migration.CutoverStep{step(0.05, 4*time.Hour), step(0.25, 2*time.Hour), step(0, time.Hour)}
	s.Tenants[1].Cutover.Detail.Steps = []migration.CutoverStep{step(0.05, 5*time.Hour)}
	s.Tenants[3].Cutover.Detail.Steps = []migration.CutoverStep{step(0.5, 3*time.Hour)}
	want := []plot.Mark{
		{At: ago(5 * time.Hour), Name: "pilot 5 %"}, {At: ago(2 * time.Hour), Name: "pilot 25 %"}, {At: ago(time.Hour), Name: "rest"},
	}
	if got := fleetMarks(s); !slices.Equal(got, want) {
		t.Errorf("the marks are %v, want %v", got, want)
	}
	if got := tenantMarks(&s.Tenants[0].Cutover.Detail); len(got) != 3 || got[1].Name != "25 %" || got[2].Name != "0 %" {
		t.Errorf("the marks of a tenant are %v", got)
	}
}

// Every chart with an axis of time has the marks: two on the fleet's screen, four on a tenant's page.
func TestEveryChartHasTheMarksOfSteps(t *testing.T) {
	s := newFixture()
	d := newDriver(t, Options{Theme: "dark"}, 180, 110)
	d.send(snapshotMsg{s})
	if n := strings.Count(strings.Join(d.screen().rows, "\n"), "wave 2 20 %"); n != 2 {
		t.Errorf("%d charts of the fleet have the wave's step", n)
	}
	d.press("2", "enter")
	charts := strings.Join(d.screen().rows, "\n")
	charts = charts[strings.Index(charts, "Last 6 h"):]
	if n := strings.Count(charts, "20 %"); n != 4 {
		t.Errorf("%d charts of the tenant have its step:\n%s", n, charts)
	}
}
