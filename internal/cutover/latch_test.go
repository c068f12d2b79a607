package cutover

import (
	"strings"
	"testing"
)

// harm rolls back by minute 40.
func harm(w *Watch) {
	for m := range 40 {
		w.Add(minuteOfRuns(m, 30, 0, 30, int64(m%2*3)))
	}
}

// A ROLL BACK stands through health, a new version and restarts, until a person clears it or the share returns to 0.
func TestLatch(t *testing.T) {
	latched := func() *Watch {
		w := newWatch(t, 0.5)
		harm(w)
		return w
	}
	after := func(w *Watch, to int) Verdict {
		healthy(w, 40, to)
		return w.Assess(facts(to - 1))
	}
	first := latched().Assess(facts(39))
	if first.Word != RollBack {
		t.Fatal(first)
	}
	if v := after(latched(), 2000); v.Word != RollBack || v.Latch != first.Latch {
		t.Errorf("after a day of health: %+v", v)
	}
	versioned := latched()
	x := minuteOfRuns(40, 30, 0, 30, 0)
	x.Green.Version = "new"
	y := minuteOfRuns(39, 30, 0, 30, 3)
	y.Green.Version = "old"
	versioned.Add(y)
	versioned.Add(x)
	if v := versioned.Assess(facts(40)); v.Word != RollBack || !v.Since.Equal(at(40)) || v.Messages[Green] != 30 {
		t.Errorf("with a new version: %+v", v)
	}
	zero := latched()
	if _, err := zero.SetSteps([]Step{{Share: 0.5, At: noon}, {Share: 0, At: at(45)}, {Share: 0.2, At: at(60)}}); err != nil {
		t.Fatal(err)
	}
	if v := after(zero, 70); v.Word != OnHold || v.Latch.Rule != NoRule {
		t.Errorf("after a share of 0: %+v", v)
	}
	seen := latched()
	for m := 40; m < 40+returnMinutes; m++ {
		seen.Add(minuteOfRuns(m, 60, 0, 0, 0))
	}
	if v := seen.Assess(facts(40 + returnMinutes)); v.Word != OnHold || !v.Holds.Has(HoldReturned) {
		t.Errorf("nothing goes to green any more: %+v", v)
	}
	cleared := latched()
	if err := cleared.Override(Override{Kind: Cleared, Who: "ana", Why: "bad input", At: at(42)}); err != nil {
		t.Fatal(err)
	}
	if v := after(cleared, 100); v.Word != Promote || !v.Since.Equal(at(42)) {
		t.Errorf("cleared: %+v", v)
	}
}

func TestOverruled(t *testing.T) {
	w := newWatch(t, 0.5)
	harm(w)
	if err := w.Override(Override{Kind: Overruled, Who: "ana", Why: "bad input at noon", At: at(42), Until: at(60)}); err != nil {
		t.Fatal(err)
	}
	healthy(w, 40, 80)
	f := facts(50)
	v := w.Assess(f)
	const want = "overruled by ana until 2026-11-20 13:00 UTC: bad input at noon"
	e := w.Explain(f, &v)
	if all := e.Reason + strings.Join(e.Others, " "); v.Word != OnHold || !v.Holds.Has(HoldOverruled) || !strings.Contains(all, want) {
		t.Errorf("%v: %s", v.Word, all)
	}
	if v := w.Assess(facts(60)); v.Word != RollBack {
		t.Errorf("after its end: %v", v.Word)
	}
	for _, bad := range []Override{
		{Kind: Overruled, Who: "ana", Why: "x", At: at(1)},
		{Kind: Cleared, Why: "x", At: at(1)},
		{Kind: Cleared, Who: "ana", At: at(1)},
		{Kind: Cleared, Who: "ana", Why: "x"},
		{Who: "ana", Why: "x", At: at(1), Until: at(2)},
		{Kind: Overruled, Who: "ana", Why: "x", At: at(1), Until: at(1)},
	} {
		if err := w.Override(bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
