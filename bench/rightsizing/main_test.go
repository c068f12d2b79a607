package main

import (
	"bytes"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/bench/rightsizing/score"
	"github.com/migtop/migtop/bench/rightsizing/trace"
)

// The figures of a block, worked out by hand: migtop wasted half of what the other
// did, 1 run of 200 was killed, and 4 GiB-hours at $0.5 are $2.
func TestTableLines(t *testing.T) {
	const gib = 1 << 30
	table := table{price: decimal.RequireFromString("0.5"), blocks: []block{{
		order: trace.Spread, name: "x/y", trace: true, rows: []row{
			{strategy: "VPA", result: score.Result{Runs: 200, Held: 6 * 3600 * gib, Wasted: 3 * 3600 * gib}},
			{strategy: "migtop", result: score.Result{
				Runs: 200, Held: 4 * 3600 * gib, Wasted: 1.5 * 3600 * gib, Killed: 1, GivenUp: 2,
				Deadlines: 100, DeadlineKills: 3, Calibration: score.Calibration{Runs: 100, Predicted: 1.5, Observed: 1},
			}},
		},
	}}}
	table.total()
	var out bytes.Buffer
	if err := table.write(&out, "csv"); err != nil {
		t.Fatal(err)
	}
	want := strings.Join(header, ",") + `
spread,x/y,VPA,200,3.000,0.500,0,0.00 %,0,$3.0000,-,-
spread,x/y,migtop,200,1.500,1.000,1,0.50 %,2,$2.0000,3.00 %,0.50 points
spread,all,VPA,200,3.000,0.500,0,0.00 %,0,$3.0000,-,-
spread,all,migtop,200,1.500,1.000,1,0.50 %,2,$2.0000,3.00 %,0.50 points
`
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", &out, want)
	}
}

// One trace may decide the sum alone: the figures without it and the mean of ratios say so. Of two
// traces in which migtop wastes 0.1 and 2.5 of what VPA does, the mean is 0.5.
func TestTheLargestTraceIsLeftOut(t *testing.T) {
	const gibHours = 3600 << 30
	one := func(name string, vpa, migtop float64, killed int) block {
		return block{order: trace.Spread, name: name, trace: true, rows: []row{
			{strategy: "declared", result: score.Result{Runs: 10, Wasted: 1000 * gibHours}},
			{strategy: "VPA", result: score.Result{Runs: 10, Wasted: vpa * gibHours}},
			{strategy: "migtop", result: score.Result{Runs: 10, Wasted: migtop * gibHours, Killed: killed}},
		}}
	}
	table := table{blocks: []block{one("x/small", 4, 10, 3), one("x/large", 100, 10, 0)}}
	table.total()
	got := map[string]string{}
	for i := range table.blocks {
		for _, cells := range table.lines(&table.blocks[i]) {
			got[cells[1]+" "+cells[2]] = strings.Join(cells[4:8], " ")
		}
	}
	for row, want := range map[string]string{
		"all VPA":                  "104.000 0.192 0 0.00 %",
		"all migtop":               "20.000 1.000 3 15.00 %",
		"all but x/large VPA":      "4.000 2.500 0 0.00 %",
		"all but x/large migtop":   "10.000 1.000 3 30.00 %",
		"geometric mean VPA":       "- 0.500 - -",
		"geometric mean migtop":    "- 1.000 - -",
		"geometric mean declared":  "- 0.010 - -",
		"all but x/large declared": "1000.000 0.010 0 0.00 %",
	} {
		if got[row] != want {
			t.Errorf("%s: %q, want %q", row, got[row], want)
		}
	}
}

func lines(t *testing.T, args ...string) [][]string {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), append(args, "-o", "csv"), &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// The generated traces run for everybody, and two runs print the same.
func TestRunGenerated(t *testing.T) {
	rows := lines(t)
	// Two orders of two traces, their sum, one without the larger and their mean, six strategies each.
	if want := 1 + 2*5*6; len(rows) != want {
		t.Fatalf("%d lines, want %d", len(rows), want)
	}
	again := lines(t)
	for i := range rows {
		if a, b := strings.Join(rows[i], ","), strings.Join(again[i], ","); a != b {
			t.Errorf("first %s, then %s", a, b)
		}
	}
}

// The lines of workloads sum up to their trace.
func TestRunWorkloads(t *testing.T) {
	rows := lines(t, "-orders", "chronological", "-only", "batch", "-workloads")
	sum, whole := map[string]float64{}, map[string]float64{}
	for _, row := range rows[1:] {
		wasted := decimal.RequireFromString(row[4]).InexactFloat64()
		switch {
		case row[1] == "generated/batch":
			whole[row[2]] = wasted
		case strings.HasPrefix(row[1], "generated/batch batch-"):
			sum[row[2]] += wasted
		}
	}
	if len(whole) != 6 {
		t.Fatalf("%d strategies, want 6", len(whole))
	}
	for strategy, want := range whole {
		if got := sum[strategy]; got < want-0.1 || got > want+0.1 || want == 0 {
			t.Errorf("%s: its workloads wasted %.3f, the trace %.3f", strategy, got, want)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.csv"), []byte("a,b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"none of spread":         {"-orders", "backwards"},
		"none of double":         {"-retry", "never"},
		"none of table":          {"-o", "yaml"},
		"no price":               {"-price", "cheap"},
		"named by -traces":       {"folder"},
		"no trace":               {"-traces", dir},
		"no such file":           {"-traces", filepath.Join(dir, "none")},
		"executable file":        {"-migtop", "no-such-binary-here"},
		"flag provided but not ": {"-tracez", "x"},
	} {
		err := run(t.Context(), args, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q in it", args, err, want)
		}
	}
}
