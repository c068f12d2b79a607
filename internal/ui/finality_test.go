package ui

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// chosenTenant is one of the fixture's with both sides.
const chosenTenant = "acme"

func tenantOf(t interface{ Fatalf(string, ...any) }, s *migration.Snapshot) *migration.TenantView {
	for i := range s.Tenants {
		if s.Tenants[i].Tenant == chosenTenant {
			return &s.Tenants[i]
		}
	}
	t.Fatalf("the fixture has no %s", chosenTenant)
	return nil
}

// figuresOnScreen are the evidences of figures, and the keys to a screen that shows them.
var figuresOnScreen = []struct {
	name     string
	keys     []string
	evidence func(s *migration.Snapshot, v *migration.TenantView) *migration.Provenance
}{
	{"a tenant's Lambda in the table", []string{"2"}, func(_ *migration.Snapshot, v *migration.TenantView) *migration.Provenance {
		return &v.Before.CostPerHour.Evidence
	}},
	{"a tenant's Jobs in the table", []string{"2"}, func(_ *migration.Snapshot, v *migration.TenantView) *migration.Provenance {
		return &v.After.CostPerHour.Evidence
	}},
	{"Lambda per hour", page, func(_ *migration.Snapshot, v *migration.TenantView) *migration.Provenance {
		return &v.Before.CostPerHour.Evidence
	}},
	{"Jobs per hour", page, func(_ *migration.Snapshot, v *migration.TenantView) *migration.Provenance {
		return &v.After.CostPerHour.Evidence
	}},
	{"Lambda per run", page, func(_ *migration.Snapshot, v *migration.TenantView) *migration.Provenance {
		return &v.Before.CostPerRun.Evidence
	}},
	{"Jobs per run", page, func(_ *migration.Snapshot, v *migration.TenantView) *migration.Provenance {
		return &v.After.CostPerRun.Evidence
	}},
	{"Lambda in the window", page, func(_ *migration.Snapshot, v *migration.TenantView) *migration.Provenance {
		return &v.Before.Cost.Evidence
	}},
	{"Jobs in the window", page, func(_ *migration.Snapshot, v *migration.TenantView) *migration.Provenance {
		return &v.After.Cost.Evidence
	}},
	{"the change of a run's cost", page, func(_ *migration.Snapshot,
		v *migration.TenantView,
	) *migration.Provenance {
		return &v.Delta.Evidence
	}},
	{"what Lambda counted", page, func(_ *migration.Snapshot, v *migration.TenantView) *migration.Provenance { return &v.Before.Activity }},
	{"what Jobs counted", page, func(_ *migration.Snapshot, v *migration.TenantView) *migration.Provenance { return &v.After.Activity }},
	{"the fleet's Lambda", []string{"1"}, func(s *migration.Snapshot, _ *migration.TenantView) *migration.Provenance {
		return &s.Totals.Before.CostPerHour.Evidence
	}},
	{"the fleet's Jobs", []string{"1"}, func(s *migration.Snapshot, _ *migration.TenantView) *migration.Provenance {
		return &s.Totals.After.CostPerHour.Evidence
	}},
	{"the month's end", []string{"1"}, func(s *migration.Snapshot, _ *migration.TenantView) *migration.Provenance {
		return &s.Totals.Forecast.MonthEnd.Evidence
	}},
	{"what running both has cost", []string{"1"}, func(s *migration.Snapshot, _ *migration.TenantView) *migration.Provenance {
		return &s.Totals.Forecast.DoubleRunSoFar.Evidence
	}},
}

// page leads to the page of the chosen tenant.
var page = []string{"2", "/", "a", "c", "m", "e", "enter", "enter"}

// drawn is what a screen says of a snapshot, without the line at its foot, which
// explains the marks.
func drawn(t testing.TB, s *migration.Snapshot, keys []string) []string {
	d := newDriver(t, Options{Theme: "mono"}, 180, 50)
	d.send(snapshotMsg{s})
	d.press(keys...)
	rows := d.screen().rows
	return rows[:len(rows)-1]
}

// marks counts what is not final; without is the screen with no mark at all.
func marks(rows []string) (n int, without string) {
	all := strings.Join(rows, "\n")
	return strings.Count(all, "~"), strings.NewReplacer("~", "", "≈", "", " ", "").Replace(all)
}

// settled is the fixture with everything final.
func settled(t interface{ Fatalf(string, ...any) }) *migration.Snapshot {
	s := newFixture()
	for i := range s.Tenants {
		v := &s.Tenants[i]
		for _, side := range []*migration.Side{&v.Before, &v.After} {
			side.CostPerHour.Evidence.Provisional = false
			for _, x := range []*migration.Series{&side.CostSeries, &side.RunsSeries, &side.DurationSeries, &side.MemorySeries} {
				x.ProvisionalFrom = x.Len()
			}
		}
	}
	s.Totals.RoutedSeries.ProvisionalFrom = s.Totals.RoutedSeries.Len()
	for _, side := range []*migration.Side{&s.Totals.Before, &s.Totals.After} {
		side.CostSeries.ProvisionalFrom, side.RunsSeries.ProvisionalFrom = side.CostSeries.Len(), side.RunsSeries.Len()
	}
	_ = tenantOf(t, s)
	return s
}

// Each figure that late data may still change says so where it stands, and says
// nothing else than before; with the final copy the mark goes.
func TestEveryFigureThatMayChangeIsMarked(t *testing.T) {
	for _, f := range figuresOnScreen {
		t.Run(f.name, func(t *testing.T) {
			before, text := marks(drawn(t, settled(t), f.keys))
			if before != 0 {
				t.Fatalf("%d marks with everything final:\n%s", before, text)
			}
			s := settled(t)
			f.evidence(s, tenantOf(t, s)).Provisional = true
			n, marked := marks(drawn(t, s, f.keys))
			if n == 0 {
				t.Error("it is not marked")
			}
			if diff := cmp.Diff(text, marked); diff != "" {
				t.Errorf("the mark changed more than itself (-final +provisional):\n%s", diff)
			}
		})
	}
}

// Whatever is provisional, and in whatever order it becomes final: a screen has marks
// exactly while a figure on it is provisional, and the late copy repairs it in place.
func TestLateDataRepairsTheScreenInPlace(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		late := rapid.SliceOfNDistinct(rapid.IntRange(0, len(figuresOnScreen)-1), 1, 4, rapid.ID[int]).Draw(rt, "late")
		keys := figuresOnScreen[late[0]].keys
		d := newDriver(t, Options{Theme: "mono"}, 180, 50)
		d.send(snapshotMsg{settled(rt)})
		d.press(keys...)
		screen := func() (int, string) {
			rows := d.screen().rows
			return marks(rows[:len(rows)-1])
		}
		_, want := screen()
		for left := len(late); left >= 0; left-- {
			s := settled(rt)
			seen := false
			for _, i := range late[:left] {
				f := &figuresOnScreen[i]
				f.evidence(s, tenantOf(rt, s)).Provisional = true
				seen = seen || strings.Join(f.keys, "") == strings.Join(keys, "")
			}
			d.send(snapshotMsg{s})
			n, got := screen()
			if seen && n == 0 || left == 0 && n != 0 {
				rt.Fatalf("%d of %v provisional: %d marks", left, late, n)
			}
			if got != want {
				rt.Fatalf("%d of %v provisional: the screen says something else:\n%s", left, late, cmp.Diff(want, got))
			}
		}
		// A copy with other counts takes the place of the first: one row, one number.
		s := settled(rt)
		v := tenantOf(rt, s)
		v.Before.Runs = migration.Some(rapid.Int64Range(10_000, 99_999).Draw(rt, "runs"))
		d.send(snapshotMsg{s})
		if strings.Join(keys, "") == strings.Join(page, "") {
			count := string(appendCount(nil, v.Before.Runs.Or(0)))
			if all := strings.Join(d.screen().rows, "\n"); strings.Count(all, " "+count+" ") < 1 {
				rt.Fatalf("the repaired count %s is not on the screen:\n%s", count, all)
			}
		}
	})
}
