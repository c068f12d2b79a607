package lambda

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

// A function of whose runs nothing tells whose they are is shared out by stated weights:
// nothing is lost, asked for or measured, and a function that is called once a minute gives
// each tenant its part of the runs over time, reported again the same.
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
				old, reported := into[[2]any{a.Key, a.Start}]
				if reported && a.Span == time.Minute && old.Final && old.Runs != a.Runs {
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
		if a.Tenant != migration.Unattributed && (a.Evidence.Method != migration.Estimated || a.Evidence.Source != "cloudwatch + configuration" ||
			a.Evidence.Note != noteWeights) {
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

// Runs are dealt out whole, each of two tenants' part exact to within one after any number of
// a block's runs, and the same however finely and from when on they are asked for.
func TestDealing(t *testing.T) {
	const block = 15 * time.Minute
	rapid.Check(t, func(t *rapid.T) {
		var weights []Weight
		sum := 0.0
		for range rapid.IntRange(1, 6).Draw(t, "tenants") {
			w := Weight{Part: float64(rapid.IntRange(1, 1000).Draw(t, "weight"))}
			weights, sum = append(weights, w), sum+w.Part
		}
		start := time.Unix(900*rapid.Int64Range(0, 3_000_000).Draw(t, "quarter"), 0).UTC()
		blocks := rapid.IntRange(1, 4).Draw(t, "blocks")
		minutes := rapid.SliceOfN(rapid.SampledFrom([]int64{0, 0, 1, 2, 7, 500}), 15*blocks, 15*blocks).Draw(t, "runs")
		// Minute by minute.
		fine, all := newDeck(weights, block), make([][]int64, blocks)
		for b := range blocks {
			all[b] = make([]int64, len(weights))
			total := int64(0)
			for m, n := range minutes[15*b : 15*b+15] {
				given := int64(0)
				for i, runs := range fine.deal(start.Add(time.Duration(15*b+m)*time.Minute), time.Minute, n) {
					if runs < 0 {
						t.Fatalf("%d runs", runs)
					}
					all[b][i] += runs
					given += runs
				}
				if given != n {
					t.Fatalf("%d of %d runs", given, n)
				}
				total += n
				for i, w := range weights {
					most := 1.000001
					if len(weights) > 2 {
						most = 3
					}
					if d := float64(all[b][i]) - float64(total)*w.Part/sum; d <= -most || d >= most {
						t.Fatalf("tenant %d has %d of %d by %v", i, all[b][i], total, weights)
					}
				}
			}
		}
		// By the quarter of an hour, and from a later block on.
		from := rapid.IntRange(0, blocks-1).Draw(t, "from")
		coarse := newDeck(weights, block)
		for b := from; b < blocks; b++ {
			total := int64(0)
			for _, n := range minutes[15*b : 15*b+15] {
				total += n
			}
			if got := coarse.deal(start.Add(time.Duration(b)*block), block, total); !slices.Equal(got, all[b]) {
				t.Fatalf("%v by the quarter, %v by the minute", got, all[b])
			}
		}
	})
}

// A function that is called once a block gives each tenant its part of the runs over time.
func TestDealingOneRunABlock(t *testing.T) {
	d := newDeck([]Weight{{"acme", 3}, {"globex", 1}}, 15*time.Minute)
	var acme int64
	for b := range int64(400) {
		acme += d.deal(time.Unix(900*(1_900_000+b), 0).UTC(), time.Minute, 1)[0]
	}
	if acme < 296 || acme > 304 {
		t.Errorf("acme has %d of 400 runs, want 300", acme)
	}
}

// What was shared out is shared out alike whenever the same data are asked for, by a program
// that has just started as by one that has been polling.
func TestSharesByWeightDoNotMove(t *testing.T) {
	account := newFleet(1)
	account.list[0].Name = "work-shared"
	weights := func(s *Settings) {
		s.Embedded = []Embedded{{Match: func(string) bool { return true }, Weights: []Weight{{"acme", 3}, {"globex", 1}}}}
	}
	from, to := epoch.Truncate(time.Hour).Add(-4*time.Hour), epoch.Truncate(time.Hour)
	count := func(activities store) (runs int64) {
		for _, a := range activities {
			if a.Tenant == "acme" && !a.Start.Before(from) && a.Start.Before(to) {
				runs += a.Runs
			}
		}
		return runs
	}
	polling, kept := newRig(t, account, weights), store{}
	var first int64
	for n := range 6 {
		fresh, seen := newRig(t, account, weights), store{}
		fresh.clock.Advance(time.Duration(n) * 7 * time.Minute)
		for rig, into := range map[*rig]store{fresh: seen, polling: kept} {
			batch, err := rig.Poll(t.Context(), sources.Focus{})
			if err != nil {
				t.Fatal(err)
			}
			into.absorb(batch)
		}
		polling.clock.Advance(7 * time.Minute)
		if n == 0 {
			first = count(seen)
		}
		if got, again := count(seen), count(kept); got != first || again != first {
			t.Errorf("%d min later acme has %d runs, and %d of a program that polls; first %d", 7*n, got, again, first)
		}
	}
	if first < 178 || first > 182 { // three of four of 240
		t.Errorf("acme has %d runs of 240", first)
	}
}

// A tenant's share of a period's runs has neither their maximum as its mean nor narrower
// percentiles, also in periods in which it was dealt none.
func TestAShareSpreadsAsTheWhole(t *testing.T) {
	account := newFleet(1)
	account.list[0].Name = "work-shared"
	r := newRig(t, account, func(s *Settings) {
		s.History = -1
		s.Embedded = []Embedded{{Match: func(string) bool { return true }, Weights: []Weight{{"acme", 1}, {"globex", 1}}}}
	})
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	none := 0
	for _, a := range batch.Activities {
		if a.Tenant != "acme" && a.Tenant != "globex" {
			continue // whose function it is by its name
		}
		p := a.Duration.Points()
		if p == nil || p.Part == nil || *p.Part != (migration.Part{Of: 1, Share: 0.5}) || p.Count != a.Runs {
			t.Fatalf("%v of %d runs: %+v", a.Tenant, a.Runs, p)
		}
		if a.Runs == 0 {
			none++
		}
	}
	if none == 0 {
		t.Error("no period without a run of a tenant")
	}
}
