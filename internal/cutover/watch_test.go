package cutover

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// drawMinutes are minutes of any kind: a side or the queue missing, idle, failing, waiting.
func drawMinutes(t *rapid.T) []*Minute {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	n := rapid.IntRange(1, 110).Draw(t, "minutes")
	bad := rapid.SampledFrom([]float64{0.01, 0.05, 0.3}).Draw(t, "failure rate of green")
	var out []*Minute
	for m := -20; m < n-20; m++ {
		if r.Float64() < 0.05 {
			continue // nothing is known of it
		}
		x := &Minute{Start: at(m)}
		for _, s := range [...]Side{Blue, Green} {
			p := x.side(s)
			*p = SideMinute{Read: r.Float64() < 0.95, Final: r.Float64() < 0.95, Runs: r.Int64N(60)}
			p.Failures = binomial(r, p.Runs, map[Side]float64{Blue: 0.01, Green: bad}[s])
			if r.Float64() < 0.05 {
				p.Runs, p.Failures = 0, 0
			}
			p.LogLines = migration.Some(r.Int64N(3))
			p.OOMKilled = migration.Some(r.Int64N(100) / 99)
			p.Version = fmt.Sprint("v", m/50)
		}
		x.Queue = QueueMinute{
			State: []Reading{NoQueue, QueueRead, QueueAsleep, QueueDenied}[min(r.IntN(20), 3)], Final: true,
			Sent: r.Int64N(100), DeletedBlue: r.Int64N(50), DeletedGreen: r.Int64N(50), Depth: migration.Some(r.Int64N(30)),
			DeadGreen: r.Int64N(40) / 39, Oldest: migration.Some(time.Duration(r.Int64N(2000)) * time.Second),
		}
		out = append(out, x)
	}
	return out
}

// drawWatch is a watch with any steps and overrides.
func drawWatch(t *rapid.T) *Watch {
	w := NewWatch()
	w.SetIntake(Blue, one)
	w.SetIntake(Green, rapid.SampledFrom([]Intake{one, {}, {Batch: 10}}).Draw(t, "green's intake"))
	steps := []Step{{Share: 0.2, At: noon}}
	if rapid.Bool().Draw(t, "a second step") {
		steps = append(steps, Step{Share: rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "share"), At: at(40)})
	}
	if _, err := w.SetSteps(steps); err != nil {
		t.Fatal(err)
	}
	if rapid.Bool().Draw(t, "overridden") {
		kind := rapid.SampledFrom([]OverrideKind{Cleared, Overruled}).Draw(t, "kind")
		o := Override{Kind: kind, Who: "ana", Why: "known", At: at(30), Until: at(50)}
		if err := w.Override(o); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// said is all that a watch says at a minute.
func said(w *Watch, minute int) string {
	f := facts(minute)
	v := w.Assess(f)
	return fmt.Sprintf("%+v\n%+v", v, w.Explain(f, &v))
}

// Minutes in any order, any number of times, and looked at or not in between, give the same verdict.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minutes := drawMinutes(t)
		seed := rapid.Uint64().Draw(t, "order")
		first, second := drawWatch(t), NewWatch()
		second.limits, second.intakes = first.limits, first.intakes
		second.setSteps(first.steps)
		second.overrides, second.dirty = first.overrides, true
		for _, m := range minutes {
			first.Add(m)
			first.Assess(facts(int(m.Start.Sub(noon) / time.Minute)))
		}
		r := rand.New(rand.NewPCG(seed, 2))
		again := slices.Concat(minutes, minutes[:len(minutes)/2])
		r.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		for _, m := range again {
			second.Add(m)
		}
		first.factsHeldAt, second.factsHeldAt = 0, 0
		if diff := cmp.Diff(said(first, 95), said(second, 95)); diff != "" {
			t.Fatalf("in order and in another order:\n%s", diff)
		}
	})
}

// A watch that was stored and read again at any minute says the same from then on.
func TestResumes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minutes := drawMinutes(t)
		stop := rapid.IntRange(0, len(minutes)).Draw(t, "restart after")
		whole := drawWatch(t)
		var resumed *Watch
		for i, m := range minutes {
			now := int(m.Start.Sub(noon) / time.Minute)
			if i == stop {
				var err error
				if resumed, err = Decode(whole.Encode()); err != nil {
					t.Fatal(err)
				}
				resumed.SetLimits(whole.limits)
				for s := range whole.intakes {
					resumed.SetIntake(Side(s), whole.intakes[s])
				}
				// What came lately comes again.
				for _, old := range minutes[max(0, i-20):i] {
					resumed.Add(old)
				}
			}
			whole.Add(m)
			said1 := said(whole, now)
			if resumed == nil {
				continue
			}
			resumed.Add(m)
			if diff := cmp.Diff(said1, said(resumed, now)); diff != "" {
				t.Fatalf("minute %d, restarted after %d:\n%s", i, stop, diff)
			}
		}
	})
}

// What cannot be repaired any more is folded without a change of the verdict, and a long watch is bounded.
func TestFoldingChangesNothing(t *testing.T) {
	w, all := newWatch(t, 0.5), newWatch(t, 0.5)
	for m := range 600 {
		x := minuteOfRuns(m, 30, int64(m%20/19), 30, int64(m%17/16))
		w.Add(x)
		all.Add(x)
		w.Assess(facts(m))
	}
	if n, span := w.Minutes(); n > 125 || span > 125*time.Minute {
		t.Errorf("%d minutes over %v are kept", n, span)
	}
	if diff := cmp.Diff(said(all, 599), said(w, 599)); diff != "" {
		t.Error(diff)
	}
	if w.Add(minuteOfRuns(10, 1, 1, 1, 1)) {
		t.Error("a minute that is too late counts")
	}
}

// Late minutes repair: a side that was not read for an hour comes in and the verdict is that of all minutes.
func TestLateMinutesRepair(t *testing.T) {
	w, whole := newWatch(t, 0.5), newWatch(t, 0.5)
	var late []*Minute
	for m := range 90 {
		x := minuteOfRuns(m, 30, 0, 30, int64(m%4/3))
		whole.Add(x)
		if m >= 20 && m < 80 {
			late = append(late, x)
			half := *x
			half.Green = SideMinute{}
			x = &half
		}
		w.Add(x)
		w.Assess(facts(m))
	}
	if v := w.Assess(facts(89)); v.Word == RollBack {
		t.Fatal("there is nothing to roll back for yet")
	}
	for i := len(late) - 1; i >= 0; i-- {
		w.Add(late[i])
	}
	w.factsHeldAt = 0
	a, b := w.Assess(facts(89)), whole.Assess(facts(89))
	if a != b || a.Word != RollBack {
		t.Errorf("%+v\n%+v", a, b)
	}
	// A failed read afterwards is no change.
	w.Add(&Minute{Start: at(40)})
	w.Add(&Minute{Start: at(89), Green: SideMinute{Read: false, Final: true}})
	if c := w.Assess(facts(89)); c != b {
		t.Errorf("%+v\n%+v", c, b)
	}
}

// PROMOTE needs ten final minutes without a reason to hold, whoever looked meanwhile, and lapses without fresh runs.
func TestPromoteNeedsTenQuietMinutes(t *testing.T) {
	for _, looked := range []bool{true, false} {
		w := newWatch(t, 0.5)
		healthy(w, 0, 50)
		for m := 50; m < 55; m++ {
			x := minuteOfRuns(m, 30, 0, 30, 0)
			x.Queue = QueueMinute{State: QueueDenied, Final: true}
			w.Add(x)
		}
		for m := 55; m < 75; m++ {
			x := minuteOfRuns(m, 30, 0, 30, 0)
			x.Queue = QueueMinute{State: QueueAsleep, Final: true}
			w.Add(x)
		}
		for m := 30; looked && m < 64; m++ {
			w.Assess(facts(m))
		}
		v, f := w.Assess(facts(63)), facts(63)
		if v.Word != OnHold || v.Holds.First() != HoldRecent {
			t.Errorf("nine minutes after: %v, %v: %s", v.Word, v.Holds.First(), w.Reason(f, &v))
		}
		if v := w.Assess(facts(64)); v.Word != Promote {
			t.Errorf("ten minutes after: %v, %v", v.Word, v.Holds.First())
		}
	}
	w := newWatch(t, 0.5)
	healthy(w, 0, 50)
	for m := 50; m < 130; m++ {
		w.Add(minuteOfRuns(m, 0, 0, 0, 0))
	}
	if v := w.Assess(facts(60)); v.Word != Promote {
		t.Errorf("%v, %v", v.Word, v.Holds.First())
	}
	if v := w.Assess(facts(129)); v.Word != OnHold || !v.Holds.Has(HoldLapsed) {
		t.Errorf("without fresh runs: %v, %v", v.Word, v.Holds.First())
	}
}

// The share is judged after the messages that waited at the step.
func TestShareAfterTheBacklog(t *testing.T) {
	some := migration.Some[int64]
	w := newWatch(t, 0.5)
	for m := -5; m < 30; m++ {
		x := minuteOfRuns(m, 60, 0, 0, 0)
		x.Queue = QueueMinute{State: QueueRead, Final: true, DeletedBlue: 60, Depth: some(600), BlueDepth: some(600)}
		if m >= 10 {
			x = minuteOfRuns(m, 30, 0, 30, 0)
			x.Queue = QueueMinute{State: QueueRead, Final: true, DeletedBlue: 30, DeletedGreen: 30, Depth: some(0), BlueDepth: some(0)}
		}
		w.Add(x)
	}
	if v := w.Assess(facts(8)); v.Holds.Has(HoldShare) {
		t.Error("the backlog counts")
	}
	if v := w.Assess(facts(29)); v.Holds.Has(HoldShare) || w.now.routed.green != w.now.routed.blue {
		t.Errorf("%+v", w.now.routed)
	}
}

func TestSteps(t *testing.T) {
	w := NewWatch()
	for _, bad := range [][]Step{
		{{Share: 1.2, At: noon}},
		{{Share: 0.2}},
		{{Share: 0.2, At: noon}, {Share: 0.5, At: noon.Add(time.Second)}},
	} {
		if _, err := w.SetSteps(bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
	healthy(w, -60, 300)
	w.Assess(facts(299))
	if replay, err := w.SetSteps([]Step{{Share: 0.5, At: at(290)}}); err != nil || replay {
		t.Errorf("a step of just now: %v, %v", replay, err)
	}
	if v := w.Assess(facts(299)); v.Messages[Green] != 300 || v.Stage != Between {
		t.Errorf("%+v", v)
	}
	if replay, err := w.SetSteps([]Step{{Share: 0.2, At: noon}, {Share: 0.5, At: at(290)}}); err != nil || !replay {
		t.Errorf("a step of long ago: %v, %v", replay, err)
	}
}

// Where a step began before anything was read, evidence, the time of the step and its peak count from the first minute that was.
func TestEvidenceBeginsWithTheFirstMinute(t *testing.T) {
	w := newWatch(t, 0.5)
	healthy(w, 24*60, 24*60+20)
	v := w.Assess(facts(24*60 + 20))
	if want := at(24 * 60); !v.Since.Equal(want) || !v.StepAt.Equal(noon) {
		t.Errorf("evidence since %v and the step since %v, want %v and %v", v.Since, v.StepAt, want, noon)
	}
	if !v.Holds.Has(NeedMinutes) {
		t.Errorf("20 minutes are enough: holds %b", v.Holds)
	}
}
