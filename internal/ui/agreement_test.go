package ui

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/assess"
	"github.com/migtop/migtop/internal/columns"
	"github.com/migtop/migtop/internal/cost/estimate"
	"github.com/migtop/migtop/internal/cost/whatif"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
)

// wired reads an amount out of a document.
func wired(v any) migration.Opt[migration.USD] {
	s, ok := v.(string)
	if !ok {
		return migration.None[migration.USD]()
	}
	return migration.Some(migration.Dollars(decimal.RequireFromString(s)))
}

// agreed reports whether two amounts are the same in all digits that a document keeps of a quotient.
func agreed(x, y migration.Opt[migration.USD]) bool {
	a, ok1 := x.Get()
	b, ok2 := y.Get()
	return ok1 == ok2 && a.Sub(b).Decimal().Abs().LessThan(decimal.New(1, -17))
}

// Tenant page, Tenants row, What-if as things are, the fleet's sum, snapshot and estimate say the same of a
// tenant: what a month costs on each side, what is still to be saved, from when it pays, and what follows.
func TestSixScreensAgreeAboutATenant(tb *testing.T) {
	rapid.Check(tb, func(t *rapid.T) {
		f := drawFleet(t)
		snap := assess.Assess(f.facts).Snapshot
		answer, err := whatif.New(f.pricer).Ask(t.Context(), snap, nil)
		if err != nil {
			t.Fatal(err)
		}
		f.agreeInFiles(t, snap)
		for i := range snap.Tenants {
			if v := &snap.Tenants[i]; v.Tenant != migration.Unattributed {
				agreeInWhatIf(t, v, answer, &answer.Tenants[i])
			}
		}
		if len(snap.Tenants) == 0 {
			return // nothing ran
		}
		agreeOnThePage(tb, t, snap, &snap.Tenants[rapid.IntRange(0, len(snap.Tenants)-1).Draw(t, "page")])
		agreeInTheSum(t, snap, answer)
		if !f.cluster && !f.ecs { // an estimate's work is on Lambda
			f.agreeWithTheEstimate(t, snap)
		}
	})
}

func agreeInWhatIf(t *rapid.T, v *migration.TenantView, w *migration.WhatIf, p *migration.TenantScenario) {
	t.Helper()
	a := &v.Economics
	before, after := &p.On[w.Before], &p.On[w.AsNow.Target]
	if a.Gap != "" {
		if p.Saving.Value.Known() || after.BreakEven.Known() || after.Never || p.Payback.Value.Known() {
			t.Fatalf("%s: the snapshot compares nothing (%s), and what-if does: %+v", v.Tenant, a.Gap, p)
		}
	} else {
		for what, pair := range map[string][2]migration.Opt[migration.USD]{
			"month before": {before.Month.Value, a.BeforeMonth.Value}, "month after": {after.Month.Value, a.AfterMonth.Value},
			"saving": {p.Saving.Value, a.Saving.Value}, "saved": {p.Saved.Value, a.Saved.Value},
			"run before": {before.Run.Value, a.BeforeRun.Value}, "run after": {after.Run.Value, a.AfterRun.Value},
		} {
			got, ok1 := pair[0].Get()
			want, ok2 := pair[1].Get()
			if ok1 != ok2 || got.Cmp(want) != 0 {
				t.Fatalf("%s, %s: what-if has %v, the snapshot %v", v.Tenant, what, pair[0], pair[1])
			}
		}
		if after.BreakEven != v.BreakEven.Value || after.Never != (v.Crossing == "never") || after.Below != (v.Crossing == "below") {
			t.Fatalf("%s: what-if breaks even at %v, the snapshot at %v %s", v.Tenant, after.BreakEven, v.BreakEven.Value, v.Crossing)
		}
	}
	if p.Verdict != v.Verdict {
		t.Fatalf("%s: what-if says %+v, the snapshot %+v", v.Tenant, p.Verdict, v.Verdict)
	}
}

// agreeInFiles compares the snapshot with its JSON and with the Tenants table as CSV.
func (f *drawnFleet) agreeInFiles(t *rapid.T, snap *migration.Snapshot) {
	t.Helper()
	var document, table bytes.Buffer
	if err := report.Write(&document, snap, report.Options{Format: report.JSON}); err != nil {
		t.Fatal(err)
	}
	if err := report.Write(&table, snap, report.Options{Format: report.CSV}); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Tenants []struct {
			Tenant    *string        `json:"tenant"`
			BreakEven *float64       `json:"break_even_runs_per_day"`
			Verdict   string         `json:"cost_verdict"`
			Answers   map[string]any `json:"answers"`
		} `json:"tenants"`
	}
	if err := json.Unmarshal(document.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&table).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	cell := func(row []string, name string) string {
		for i, title := range rows[0] {
			if title == name {
				return row[i]
			}
		}
		t.Fatalf("no column %s in %q", name, rows[0])
		return ""
	}
	for i := range snap.Tenants {
		v := &snap.Tenants[i]
		a := &v.Economics
		out, row := &doc.Tenants[i], rows[1+i]
		for key, want := range map[string]migration.Opt[migration.USD]{
			snap.Move.OrDefault().Before.String() + "_month_usd": a.BeforeMonth.Value, "job_month_usd": a.AfterMonth.Value,
			"monthly_saving_usd": a.Saving.Value, "monthly_saved_usd": a.Saved.Value,
		} {
			if got := wired(out.Answers[key]); !agreed(got, want) {
				t.Fatalf("%s: %s is %v in JSON, want %v", v.Tenant, key, got, want)
			}
		}
		even, known := v.BreakEven.Value.Get()
		if out.Verdict != v.Verdict.Decision.String() || known != (out.BreakEven != nil) || known && *out.BreakEven != even {
			t.Fatalf("%s: JSON says %s at %v, want %s at %v", v.Tenant, out.Verdict, out.BreakEven, v.Verdict.Decision, v.BreakEven.Value)
		}
		for name, want := range map[string]string{
			"monthly_saving_usd":      columns.Opt(a.Saving.Value, columns.USD),
			"break_even_runs_per_day": columns.Opt(v.BreakEven.Value, columns.Number[float64]),
			"cost_verdict":            v.Verdict.Decision.String(),
		} {
			if got := cell(row, name); got != want {
				t.Fatalf("%s: %s is %q in the table, want %q", v.Tenant, name, got, want)
			}
		}
	}
}

// agreeOnThePage opens the Tenant page, which prints what is compared.
func agreeOnThePage(tb testing.TB, t *rapid.T, snap *migration.Snapshot, v *migration.TenantView) {
	t.Helper()
	d := newDriver(tb, Options{Theme: "mono"}, 200, 100)
	d.send(snapshotMsg{snap})
	d.press("2")
	for range len(snap.Tenants) {
		if under := d.m.tenants.under(d.m.data); under != nil && under.Tenant == v.Tenant {
			break
		}
		d.press("down")
	}
	d.press("enter")
	a := &v.Economics
	shown := func(label string, fig migration.Figure[migration.USD]) {
		want := "-"
		if u, ok := fig.Value.Get(); ok {
			want = string(d.m.frame.amount(nil, u, fig.Evidence, 1, perMonthly))
		}
		for _, row := range d.screen().rows {
			if _, rest, ok := strings.Cut(row, label); ok && strings.Contains(rest, want) {
				return
			}
		}
		t.Fatalf("%s: the page shows no %q as %s", v.Tenant, label, want)
	}
	if a.Gap == "" {
		shown("month, all on "+snap.Move.Infos()[0].Label, a.BeforeMonth)
		shown("month, all on Jobs", a.AfterMonth)
		shown("still to be saved", a.Saving)
		shown("saved so far", a.Saved)
	} else if d.screen().contains("still to be saved") {
		t.Fatalf("%s: the page shows a saving: %s", v.Tenant, a.Gap)
	}
	if !d.screen().contains(v.Cutover.Text) {
		t.Fatalf("%s: the page does not say %q", v.Tenant, v.Cutover.Text)
	}
}

// agreeInTheSum adds the tenants up: what of the platform and idle nodes nobody carries is the rest.
func agreeInTheSum(t *rapid.T, snap *migration.Snapshot, answer *migration.WhatIf) {
	t.Helper()
	o := &snap.Totals.Forecast
	var sum migration.USD
	movers := 0
	for i := range snap.Tenants {
		v := &snap.Tenants[i]
		whole, ok := migration.Join(v.Economics.Saving.Value, v.Economics.Saved.Value, migration.USD.Add).Get()
		switch v.Verdict.Decision {
		case migration.WorthMoving, migration.CannotStay, migration.Moved:
			if ok {
				movers++
				sum = sum.Add(whole)
			}
		case migration.NotEnoughData, migration.Stay:
		}
	}
	if o.Gap != "" || movers == 0 {
		if o.Saving.Value.Known() || answer.Fleet.Saving.Value.Known() {
			t.Fatalf("the fleet saves %v, and nothing is compared: %s", o.Saving.Value, o.Gap)
		}
		return
	}
	total := o.Saving.Value.Or(migration.USD{}).Add(o.Saved.Value.Or(migration.USD{})).Add(o.Unshared.Value.Or(migration.USD{}))
	if !agreed(migration.Some(total), migration.Some(sum)) {
		t.Fatalf("tenants save %s, the fleet %s in all", sum, total)
	}
	if !agreed(answer.Fleet.Saving.Value, o.Saving.Value) || !agreed(answer.Fleet.Saved.Value, o.Saved.Value) ||
		answer.Movers != movers {
		t.Fatalf("what-if: the fleet saves %v and has saved %v of %d tenants, want %v and %v of %d", answer.Fleet.Saving.Value,
			answer.Fleet.Saved.Value, answer.Movers, o.Saving.Value, o.Saved.Value, movers)
	}
}

// firstTier is how many GB-seconds a month Lambda's first tier has.
const firstTier = 6_000_000_000

// agreeWithTheEstimate estimates the tenants' work under the assumptions that a live view makes of it before there
// is a cluster.
func (f *drawnFleet) agreeWithTheEstimate(t *rapid.T, snap *migration.Snapshot) {
	t.Helper()
	settings := estimate.Settings{Plan: f.options.Plan}
	var gbs int64 // of a month
	var shapes []estimate.Shape
	var of []*migration.TenantView
	for i := range f.tenants {
		d := &f.tenants[i]
		if d.before == 0 {
			return // a cluster is shared by tenants that do not run, and not by shapes that are none
		}
		gbs += d.before * d.took.Milliseconds() * int64(d.memory/migration.MiB) / 1_024_000 * 731
		s := settings.Shape()
		s.Name, s.Region = string(d.name), agreedPlace.Region
		s.Lambda.Runs, s.Lambda.Duration, s.Lambda.Memory = d.before*1461/2, d.took, d.memory
		s.Lambda.Arch = agreedPlace.Arch
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		shapes = append(shapes, s)
		for k := range snap.Tenants {
			if snap.Tenants[k].Tenant == d.name {
				of = append(of, &snap.Tenants[k])
			}
		}
	}
	doc := settings.Estimate(f.pricer, shapes, agreedAt)
	for i := range shapes {
		v, a := of[i], &of[i].Economics
		if a.Gap != "" {
			continue // too few runs, which is nothing to a shape
		}
		e := &doc.Shapes[i].BreakEven.Nodes
		for what, pair := range map[string][2]migration.Opt[migration.USD]{
			"month on Lambda": {e.LambdaMonth, a.BeforeMonth.Value}, "month on nodes": {e.JobMonth, a.AfterMonth.Value},
			"run on nodes": {e.JobRun, a.AfterRun.Value},
		} {
			if !agreed(pair[0], pair[1]) {
				t.Fatalf("%s, %s: the estimate has %v, the snapshot %v", v.Tenant, what, pair[0], pair[1])
			}
		}
		if gbs > firstTier {
			continue // an estimate shares lower tiers by average and solves a curve; a move saves at the margin
		}
		saves := migration.Join(e.LambdaMonth, e.JobMonth, migration.USD.Sub)
		whole := migration.Join(a.Saving.Value, a.Saved.Value, migration.USD.Add)
		if !agreed(saves, whole) || !agreed(e.LambdaRun, a.BeforeRun.Value) {
			t.Fatalf("%s: the estimate saves %v at %v a run, the snapshot %v at %v", v.Tenant, saves, e.LambdaRun, whole, a.BeforeRun.Value)
		}
		even, ok1 := e.RunsPerDay.Get()
		live, ok2 := v.BreakEven.Value.Get()
		same := ok1 == ok2 && math.Abs(even.InexactFloat64()-live) <= 1e-12*live
		if e.Crossing.String() != v.Crossing || !same || e.Verdict.Decision != v.Verdict.Decision {
			t.Fatalf("%s: the estimate says %s %s %s, the snapshot %s %s %v", v.Tenant, e.Verdict.Decision, e.Crossing, even,
				v.Verdict.Decision, v.Crossing, live)
		}
	}
}
