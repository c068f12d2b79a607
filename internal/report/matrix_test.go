package report_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
)

// matrices are one with everything that a matrix can have, and one with nothing.
func matrices() []*migration.Matrix {
	some := func(s string) migration.Opt[decimal.Decimal] { return migration.Some(decimal.RequireFromString(s)) }
	return []*migration.Matrix{
		{
			Tenant: "acme", Workload: "csv|import", Leader: migration.Some(migration.CandidateNodes),
			Text: "no winner: Jobs on nodes leads with 3.00 of 5 at the least",
			Platforms: []migration.MatrixTotal{
				{
					Platform: migration.CandidateLambda, Cannot: "the longest run took 15 min", Points: 3, Covered: 1, Weight: 4,
					Score: some("3"),
				},
				{
					Platform: migration.CandidateNodes, Points: 12, Covered: 3, Weight: 4, Score: some("4"), Low: some("3"),
					High: some("4.25"), Missing: []string{"cost"},
				},
				{
					Platform: migration.CandidateECS, Weight: 4, Low: some("0"), High: some("5"), Missing: []string{"duration", "cost"},
					MayExclude: []string{"duration"},
				},
			},
			Factors: []migration.MatrixFactor{
				{
					Factor: "duration", Weight: 3, Measured: true, Evidence: "20 runs: the longest took 15 min",
					Scores: []migration.MatrixScore{
						{Platform: migration.CandidateLambda, Score: migration.Some[int64](0), Cannot: "the longest run took 15 min"},
						{Platform: migration.CandidateNodes, Score: migration.Some[int64](4), Why: "no limit of the platform"},
						{Platform: migration.CandidateECS, Why: "not measured", MayExclude: true},
					},
				},
				{
					Factor: "cost", Weight: 1, Measured: true,
					Scores: []migration.MatrixScore{
						{Platform: migration.CandidateLambda, Score: migration.Some[int64](3), Why: "=$100 a month"},
						{Platform: migration.CandidateNodes, Why: "not measured"},
						{Platform: migration.CandidateECS, Why: "not measured"},
					},
				},
			},
		},
		{
			Tenant: "globex", Workload: "pdf",
			Winner: migration.Some(migration.CandidateLambda), Leader: migration.Some(migration.CandidateLambda),
			Text:      "Lambda wins with 5.00 of 5",
			Platforms: []migration.MatrixTotal{{Platform: migration.CandidateLambda, Points: 5, Covered: 1, Weight: 1, Score: some("5")}},
		},
	}
}

func TestWriteMatrix(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for name, of := range map[string]struct {
		format report.Format
		whole  bool
	}{
		"matrix.txt": {report.Table, true}, "matrices.txt": {report.Table, false}, "matrix.json": {report.JSON, false},
		"matrix.yaml": {report.YAML, false}, "matrix.csv": {report.CSV, false}, "matrix.md": {report.Markdown, false},
	} {
		var b bytes.Buffer
		if err := report.WriteMatrix(&b, at, matrices(), of.format, of.whole); err != nil {
			t.Fatal(err)
		}
		file := "testdata/" + name
		if *update {
			if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A cell of CSV begins with nothing that a spreadsheet calculates, and none of nothing is written.
func TestMatrixCells(t *testing.T) {
	var b bytes.Buffer
	if err := report.WriteMatrix(&b, time.Time{}, matrices(), report.CSV, false); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") {
				t.Errorf("%q", cell)
			}
		}
	}
	b.Reset()
	if err := report.WriteMatrix(&b, time.Time{}, nil, report.Table, false); err != nil || b.String() != "No workload is seen.\n" {
		t.Errorf("%q %v", b.String(), err)
	}
}
