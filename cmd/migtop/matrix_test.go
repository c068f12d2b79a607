package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// The demo's workloads have a matrix, and its document has what a program needs.
func TestMatrixOfTheDemo(t *testing.T) {
	out, errs, code := execute(t, "matrix", "--demo", "--seed", "1", "-o", "json")
	if code != exitOK {
		t.Fatalf("%d: %s", code, errs)
	}
	var doc struct {
		Schema   string
		Matrices []struct {
			Tenant, Workload, Text string
			Winner, Leader         *string
			Platforms              []struct {
				Platform string
				Cannot   *string
				Points   int64
				Covered  int64 `json:"weight_covered"`
				Weight   int64
			}
			Factors []struct {
				Factor   string
				Evidence *string
				Scores   []struct {
					Score *int64
					Why   *string
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Schema != "migtop.matrix/v1" || len(doc.Matrices) < 50 {
		t.Fatalf("%s of %d matrices", doc.Schema, len(doc.Matrices))
	}
	cannot := 0
	for _, m := range doc.Matrices {
		if len(m.Platforms) != 5 || len(m.Factors) != 12 || m.Text == "" {
			t.Fatalf("%+v", m)
		}
		if m.Platforms[0].Cannot != nil {
			cannot++
		}
		for _, f := range m.Factors {
			for _, s := range f.Scores {
				if s.Score == nil && s.Why == nil {
					t.Errorf("%s/%s %s: no score, and not said why", m.Tenant, m.Workload, f.Factor)
				}
			}
		}
	}
	if cannot == 0 || cannot == len(doc.Matrices) {
		t.Errorf("%d of %d cannot run on Lambda", cannot, len(doc.Matrices))
	}
}

func TestMatrixArguments(t *testing.T) {
	out, errs, code := execute(t, "matrix", "marlowe/video-transcode", "--demo", "--seed", "1", "-o", "markdown")
	if code != exitOK || !strings.HasPrefix(out, "## marlowe/video-transcode\n") || !strings.Contains(out, "| cannot |") {
		t.Errorf("%d %s %s", code, errs, out)
	}
	for _, args := range [][]string{
		{"matrix", "nobody", "--demo"},
		{"matrix", "a", "b", "--demo"},
		{"matrix", "-o", "xml", "--demo"},
		{"matrix", "marlowe/x", "--demo"},
	} {
		if _, errs, code := execute(t, args...); code != exitUsage || errs == "" {
			t.Errorf("%v: %d %s", args, code, errs)
		}
	}
}
