package ui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
)

// holed is the fixture with figures that leave something out: the Jobs side has
// no price for some of its nodes, and the nodes may not be read.
func holed() *migration.Snapshot {
	s := newFixture()
	t := &s.Totals
	t.After.CostPerHour.Evidence.LowerBound = true
	t.Total.Evidence.LowerBound = true
	t.Platform = migration.Figure[migration.USD]{}
	t.Nodes[0].NodePrice.Evidence.LowerBound = true
	for i := range s.Tenants {
		if v := &s.Tenants[i]; v.Tenant == "hooli" || v.Tenant == "globex" {
			v.After.CostPerHour.Evidence.LowerBound = true
			v.After.Cost.Evidence.LowerBound = true
			v.Workloads[0].After.CostPerHour.Evidence.LowerBound = true
		}
	}
	return s
}

func TestWhatLeavesSomethingOutIsAtLeast(t *testing.T) {
	d := newDriver(t, Options{Theme: "mono"}, 150, 50)
	s := holed()
	s.Totals.Nodes[0].Nodes = 3
	d.send(snapshotMsg{s})
	d.mustShow("≥$", "≥ at least", "≥$0.2140/h")
	for _, row := range d.screen().rows {
		if strings.Contains(row, " a month") && strings.Count(row, "≥$") != 3 { // Jobs, overhead and the sum, not Lambda
			t.Errorf("notes of the cards: %q", row)
		}
	}
	d.press("2")
	d.mustShow("Jobs ≥$", "all ≥$", "≥1.2193", "≥ at least")
	d.mustNotShow("Lambda ≥$")
	d.send(tea.WindowSizeMsg{Width: 150, Height: 100})
	d.press("enter")
	d.mustShow("≥$1.22", "≥$7.32", " ≥1.22")
	d.press("u", "u", "esc") // a month takes more room
	d.mustShow("≥890.09")
}

func TestAtLeastInPlainCharacters(t *testing.T) {
	d := newDriver(t, Options{Theme: "mono", ASCII: true}, 150, 50)
	d.send(snapshotMsg{holed()})
	d.mustShow(">=$", ">= at least", "* estimated")
	d.mustNotShow("/he", "e estimated")
	d.press("2")
	d.mustShow(">=1.2193", "Jobs >=$")
}

func TestLegendSpeaksOfAtLeastOnlyWhereItOccurs(t *testing.T) {
	d := newDriver(t, Options{Theme: "mono"}, 150, 50)
	d.send(snapshotMsg{newFixture()})
	d.mustShow("≈ estimated")
	d.mustNotShow("≥")
}

func TestTheSumWithoutAFailedSideIsAtLeast(t *testing.T) {
	s := newFixture()
	s.Sources[0].State = migration.HealthFailed
	s.Totals.Before.CostPerHour = migration.Figure[migration.USD]{}
	s.Totals.Total = migration.Figure[migration.USD]{
		Value: migration.AddUSD(s.Totals.After.CostPerHour.Value, s.Totals.Idle.Value),
		Kind:  migration.Billed, Evidence: s.Totals.After.CostPerHour.Evidence,
	}
	d := newDriver(t, Options{Theme: "mono"}, 80, 24)
	d.send(snapshotMsg{s})
	d.mustShow("-", "≥$", "≥ at least")
}

func TestNarrowCardsKeepApartAndComplete(t *testing.T) {
	s := newFixture()
	s.Totals.Before.CostPerHour = figure(usd("40.117"), migration.Billed, migration.Estimated)
	s.Totals.After.CostPerHour = figure(usd("10.65"), migration.Billed, migration.Estimated)
	s.Totals.Total = figure(usd("51.779"), migration.Billed, migration.Estimated)
	for i := range 3 {
		f := [...]*migration.Figure[migration.USD]{&s.Totals.Before.CostPerHour, &s.Totals.After.CostPerHour, &s.Totals.Total}[i]
		f.Evidence.LowerBound = true
	}
	for _, size := range [][2]int{{60, 15}, {80, 24}, {100, 30}, {102, 40}, {120, 40}} {
		d := newDriver(t, Options{Theme: "mono"}, size[0], size[1])
		d.send(snapshotMsg{s})
		for _, unit := range []string{"hour", "day", "month"} {
			rows := d.screen().rows
			if title := rows[3]; !strings.Contains(title, "IDLE") {
				t.Errorf("%v: idle and platform are missing: %q", size, title)
			}
			for _, row := range rows[4:8] {
				for _, part := range strings.Split(row, "$")[1:] { // between two amounts there is a gap
					before := strings.TrimRight(part, "≥")
					if before != part && !strings.HasSuffix(before, " ") {
						t.Errorf("%v per %s: amounts run into each other: %q", size, unit, row)
					}
				}
			}
			d.press("u")
		}
	}
}

// What questions cost, and a part of which has no price, is shown as the least that it is,
// and the note says what it lacks, also where no budget is set.
func TestSpendMayBeALowerBound(t *testing.T) {
	snap := newFixture()
	d := newDriver(t, Options{}, 180, 50)
	d.send(snapshotMsg{snap})
	d.press("9")
	d.mustNotShow("≥$3.21")
	more := newFixture()
	more.Spend.LowerBound, more.Spend.Note = true, "no price is known for metrics in cn-north-1: amounts leave that out"
	d.send(snapshotMsg{more})
	d.mustShow("spend ≥$", "≥$3.21 to $5.14", "budget", "no price is known for metrics in cn-north-1")
	more.Spend.BudgetMonth = migration.None[migration.USD]()
	d.send(snapshotMsg{more})
	d.mustShow("note                  no price is known for metrics in cn-north-1")
}
