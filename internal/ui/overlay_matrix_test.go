package ui

import (
	"context"
	"errors"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// fakeMatrices answers with two workloads of the tenant that is asked for.
type fakeMatrices struct {
	asked []migration.Tenant
	err   error
}

func (f *fakeMatrices) Tenant(_ context.Context, _ *migration.Snapshot, t migration.Tenant) ([]*migration.Matrix, error) {
	f.asked = append(f.asked, t)
	if f.err != nil {
		return nil, f.err
	}
	some := func(s string) migration.Opt[decimal.Decimal] { return migration.Some(decimal.RequireFromString(s)) }
	of := func(w migration.Workload) *migration.Matrix {
		m := &migration.Matrix{Tenant: t, Workload: w, Text: "no winner: Jobs on nodes leads with 3.00 of 5 at the least"}
		row := migration.MatrixFactor{Factor: "duration", Weight: 3, Measured: true, Evidence: "20 runs of " + string(w)}
		for c := range migration.NumCandidates {
			m.Platforms = append(m.Platforms, migration.MatrixTotal{
				Platform: c, Points: 12, Covered: 3, Weight: 4, Score: some("4"), Low: some("3"), High: some("4.25"),
			})
			row.Scores = append(row.Scores, migration.MatrixScore{Platform: c, Score: migration.Some(int64(c)), Why: "why " + c.Label()})
		}
		m.Platforms[0].Cannot, row.Scores[0].Cannot = "15 min", "the longest run took 15 min"
		m.Factors = []migration.MatrixFactor{row}
		return m
	}
	return []*migration.Matrix{of("first-work"), of("second-work")}, nil
}

func matrixStarted(t *testing.T, w, h int, fake *fakeMatrices) *driver {
	t.Helper()
	d := newDriver(t, Options{Theme: "dark", Matrices: fake}, w, h)
	d.send(snapshotMsg{newFixture()})
	d.press("2", "enter", "m")
	return d
}

// The Tenant screen shows the decision matrix of each workload of the tenant, with what each score rests on.
func TestMatrixOverlay(t *testing.T) {
	fake := &fakeMatrices{}
	d := matrixStarted(t, 160, 50, fake)
	name := string(d.m.tenant.name)
	if len(fake.asked) != 1 || string(fake.asked[0]) != name {
		t.Fatalf("asked %q", fake.asked)
	}
	d.mustShow("Decision matrix of "+name, "workload 1 of 2", "first-work: no winner", "Jobs on Fargate", "4.00 (3.00-4.25)", "cannot",
		"3 of 4", "20 runs of first-work", "Lambda: the longest run took 15 min", "why Knative")
	d.press("right")
	d.mustShow("workload 2 of 2", "second-work: no winner")
	d.press("right", "left")
	d.mustShow("workload 2 of 2")
	next := newFixture() // a new Snapshot asks again and keeps what is shown
	next.Version++
	d.send(snapshotMsg{next})
	d.mustShow("workload 2 of 2")
	if len(fake.asked) != 2 {
		t.Errorf("asked %q", fake.asked)
	}
	d.press("esc")
	if d.m.dialog != nil || d.m.screen != &tenantInfo {
		t.Error("esc closes the dialog and nothing else")
	}
	// On a small terminal there is no room for ranges and long names, and the list scrolls.
	small := matrixStarted(t, 80, 24, &fakeMatrices{})
	small.mustShow("Fargate", "4.00")
	small.mustNotShow("(3.00-4.25)")
	small.press("pgdown", "pgdown", "pgdown")
	small.mustShow("why Knative")
}

func TestMatrixOverlayWithoutAnAnswer(t *testing.T) {
	d := matrixStarted(t, 120, 40, &fakeMatrices{err: errors.New("no prices")})
	d.mustShow("no prices")
	none := newDriver(t, Options{Theme: "dark"}, 120, 40)
	none.send(snapshotMsg{newFixture()})
	none.press("2", "enter", "m")
	if none.m.dialog != nil {
		t.Error("opened without matrices")
	}
	none.mustShow("the decision matrix is not available")
	// An answer to a dialog that was closed changes nothing.
	fake := &fakeMatrices{}
	d = matrixStarted(t, 120, 40, fake)
	old := d.m.dialog.(*matrixOverlay)
	d.press("esc", "m")
	d.send(matrixMsg{to: old, err: errors.New("late")})
	d.mustShow("first-work")
}
