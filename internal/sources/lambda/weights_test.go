package lambda

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

// A function of whose runs nothing tells whose they are is shared out by stated weights:
// nothing is lost, asked for or measured, and a function that is called once a minute gives
// each tenant its part of the runs over time, told again the same.
func TestSharedFunctionIsWeighed(t *testing.T) {
	account := newFleet(1)
	account.list[0].Name = "work-shared"
	plain := newRig(t, account, func(s *Settings) {
		s.Attribute = func(migration.Identity) migration.Attribution { return migration.Attribution{Workload: "mail"} }
	})
	r := newRig(t, account, func(s *Settings) {
		s.Attribute = plain.Attribute
		s.Embedded = []Embedded{{
			Match: func(function string) bool { return function == "work-shared" }, Weights: []Weight{{"acme", 3}, {"globex", 1}},
		}}
	})
	whole, all := store{}, store{}
	for range 4 {
		for rig, into := range map[*rig]store{plain: whole, r: all} {
			batch, err := rig.Poll(t.Context(), sources.Focus{})
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range batch.Activities {
				old, told := into[[2]any{a.Key, a.Start}]
				if told && a.Span == time.Minute && old.Final && old.Runs != a.Runs {
					t.Errorf("%v: %s had %d runs and now %d", a.Start, a.Tenant, old.Runs, a.Runs)
				}
			}
			into.absorb(batch)
			rig.clock.Advance(3 * time.Minute)
		}
	}
	if a, b := plain.server.Billed(), r.server.Billed(); a != b {
		t.Errorf("weights are billed: %+v and %+v", b, a)
	}
	runs := map[migration.Tenant]int64{}
	var billed, want migration.MBMillis
	for _, a := range all {
		runs[a.Tenant] += a.Runs
		if a.Invoked != nil {
			billed += a.Invoked.Billed
		}
		if a.Tenant != migration.Unattributed && (a.Evidence.Method != migration.Estimated || a.Evidence.Source != "cloudwatch + configuration" || a.Evidence.Note != noteWeights) {
			t.Fatalf("evidence %+v", a.Evidence)
		}
	}
	for _, a := range whole {
		want += a.Invoked.Billed
	}
	n := whole.runs()
	if runs["acme"]+runs["globex"] != n || runs[migration.Unattributed] != 0 {
		t.Errorf("%v of %d runs", runs, n)
	}
	if got, part := runs["globex"], n/4; got < part-n/100-1 || got > part+n/100+1 {
		t.Errorf("globex has %d of %d runs, want a quarter within a hundredth", got, n)
	}
	if diff := billed - want; diff < -migration.MBMillis(len(all)) || diff > migration.MBMillis(len(all)) {
		t.Errorf("billed %d, want %d", billed, want)
	}
}

// Lots give every run to somebody, and each tenant its part within a few runs.
func TestLots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var weights []Weight
		sum := 0.0
		for range rapid.IntRange(1, 6).Draw(t, "tenants") {
			w := Weight{Part: float64(rapid.IntRange(1, 1000).Draw(t, "weight"))}
			weights, sum = append(weights, w), sum+w.Part
		}
		start := time.Unix(60*rapid.Int64Range(0, 40_000_000).Draw(t, "minute"), 0)
		n := rapid.Int64Range(0, 2000).Draw(t, "runs")
		got := lots(n, start, time.Minute, weights)
		var all int64
		for i, runs := range got {
			all += runs
			if d := float64(runs) - float64(n)*weights[i].Part/sum; d < -4 || d > 4 {
				t.Fatalf("%v of %d by %v", got, n, weights)
			}
		}
		if all != n {
			t.Fatalf("%v are not %d runs", got, n)
		}
	})
}
