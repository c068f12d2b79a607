package follow

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/cutover/plan"
	"github.com/migtop/migtop/internal/migration"
)

// world is what both sides of acme did, minute by minute from two hours before noon: a step to half at noon, by the plan or seen,
// green that fails more from minute 60 on, and a new image in minute 30.
type world struct {
	from, to    int
	blue, green []migration.RunMinute
}

func newWorld(seed uint64, share float64) *world {
	r := rand.New(rand.NewPCG(seed, 1))
	w := &world{from: -120, to: 130}
	for m := w.from; m < w.to; m++ {
		s, fails := 0.0, 0.02
		if m >= 0 {
			s = share
		}
		if m >= 60 {
			fails = 0.12
		}
		var runs, failures [2]int64
		for range 20 + r.IntN(20) {
			side, p := 0, 0.02
			if r.Float64() < s {
				side, p = 1, fails
			}
			runs[side]++
			if r.Float64() < p {
				failures[side]++
			}
		}
		w.blue = append(w.blue, migration.RunMinute{Start: at(m), Runs: runs[0], Failures: failures[0]})
		g := jobs("acme", m, runs[1], failures[1])
		if m >= 30 {
			g.Version = "v2"
		}
		w.green = append(w.green, g)
	}
	return w
}

// tell brings a bench what became known in a minute: blue is five minutes late.
func (w *world) tell(b *bench, minute int) {
	if m := minute - 5; m >= w.from {
		x := &w.blue[m-w.from]
		b.blue("acme", m, x.Runs, x.Failures)
	}
	b.green(b.from, minute, w.of(minute-1)...)
}

func (w *world) of(minute int) []migration.RunMinute {
	if minute < w.from || w.green[minute-w.from].Runs == 0 {
		return nil
	}
	return w.green[minute-w.from : minute-w.from+1]
}

// backFill brings a bench that starts in a minute what sources still have: three hours of CloudWatch, and Jobs of 40 minutes.
func (w *world) backFill(b *bench, minute int) {
	for m := max(w.from, minute-180); m <= minute-5; m++ {
		x := &w.blue[m-w.from]
		b.blue("acme", m, x.Runs, x.Failures)
	}
	b.from = max(w.from, minute-40)
	b.green(b.from, minute, w.green[b.from-w.from:minute-w.from]...)
}

// line is a verdict in one line.
func line(c *migration.Cutover) string {
	d := &c.Detail
	return fmt.Sprint(c.Text, d.Holds, d.Rule, d.RuleSince, d.Since, d.StepAt, d.Before, d.After, d.HarmE, d.HealthN, d.Steps)
}

// A restart changes no verdict: what was kept and what the sources still have give the same words at each minute.
func TestARestartChangesNoVerdict(t *testing.T) {
	for _, p := range []*plan.Plan{stepAtNoon(5000), nil} {
		for seed := range uint64(4) {
			w := newWorld(seed, 0.5)
			one, two := newBench(t, p), newBench(t, p)
			words := map[string]bool{}
			for m := w.from + 10; m < w.to; m++ {
				if m == w.from+10 {
					w.backFill(one, m)
					w.backFill(two, m)
				}
				w.tell(one, m)
				w.tell(two, m)
				a, b := line(one.judge(m, m-5)), line(two.judge(m, m-5))
				if a != b {
					t.Fatalf("seed %d, minute %d:\n%s\n%s after a restart", seed, m, a, b)
				}
				words[one.judge(m, m-5).Text] = true
				if m%37 == 0 { // a new program with what the other one kept
					kept := two.book.States(100)
					two = newBench(t, p)
					if err := two.book.Restore(kept); err != nil {
						t.Fatal(err)
					}
					w.backFill(two, m)
				}
			}
			if !words["ROLL BACK"] || !words["HOLD"] {
				t.Errorf("seed %d: the words were %v", seed, words)
			}
		}
	}
}

// Two programs that write one file, each after the other, say the same, and so does a third that reads it.
func TestTwoProgramsWithOneFileAgree(t *testing.T) {
	w := newWorld(7, 0.5)
	one, two := newBench(t, nil), newBench(t, nil)
	w.backFill(one, w.from+10)
	w.backFill(two, w.from+10)
	file := map[migration.Tenant]migration.CutoverState{}
	keep := func(b *bench) {
		for _, s := range b.book.States(100) {
			file[s.Tenant] = s
		}
	}
	for m := w.from + 10; m < w.to; m++ {
		w.tell(one, m)
		w.tell(two, m)
		a, b := line(one.judge(m, m-5)), line(two.judge(m, m-5))
		if a != b {
			t.Fatalf("minute %d:\n%s\n%s", m, a, b)
		}
		keep(one)
		keep(two)
		if m <= 0 || m%50 != 0 {
			continue
		}
		three := newBench(t, nil)
		if err := three.book.Restore([]migration.CutoverState{file["acme"]}); err != nil {
			t.Fatal(err)
		}
		w.backFill(three, m)
		w.tell(three, m)
		if c := line(three.judge(m, m-5)); c != a {
			t.Fatalf("minute %d:\n%s\n%s", m, a, c)
		}
	}
	// Both saw each change; the record has it once.
	a, b := one.book.Changes(), two.book.Changes()
	if len(a) < 2 || len(a) != len(b) {
		t.Fatalf("%d and %d changes", len(a), len(b))
	}
	for i := range b {
		b[i].At = b[i].At.Add(30e9)
	}
	if all := Join(a, b, at(-1000)); len(all) != len(a) {
		t.Errorf("the record has %d changes, want %d", len(all), len(a))
	}
}

// Minutes that arrive late, out of order and twice count once, in their place.
func TestOrderAndRepetitionChangeNothing(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 2))
		w := newWorld(seed, 0.3)
		one, two := newBench(t, stepAtNoon(3000)), newBench(t, stepAtNoon(3000))
		late := map[int][]int{} // the minutes that arrive in a minute
		for m := w.from; m < w.to-40; m++ {
			for range 1 + r.IntN(3) {
				due := m + 6 + r.IntN(25)
				late[due] = append(late[due], m)
			}
		}
		for m := w.from + 6; m < w.to; m++ {
			x := &w.blue[m-6-w.from]
			one.blue("acme", m-6, x.Runs, x.Failures)
			one.green(w.from, m, w.of(m-1)...)
			r.Shuffle(len(late[m]), func(i, j int) { late[m][i], late[m][j] = late[m][j], late[m][i] })
			for _, k := range late[m] {
				x := &w.blue[k-w.from]
				two.blue("acme", k, x.Runs, x.Failures)
				two.green(w.from, m-40, w.of(k)...)
			}
			if m >= w.to-40 {
				x := &w.blue[m-6-w.from]
				two.blue("acme", m-6, x.Runs, x.Failures)
				two.green(w.from, m, slices.Concat(w.of(m-1), w.of(m-30))...)
			}
			one.judge(m, m-6)
			two.judge(m, min(m-6, w.to-40)-30)
		}
		a, b := line(one.judge(w.to+40, w.to-6)), line(two.judge(w.to+40, w.to-6))
		if a != b {
			t.Errorf("seed %d:\n%s\n%s", seed, a, b)
		}
	}
}

// A state that cannot be read is left out, and its tenant begins anew.
func TestAStateThatCannotBeRead(t *testing.T) {
	w := newWorld(3, 0.5)
	one := newBench(t, nil)
	w.backFill(one, 60)
	one.judge(60, 55)
	good := one.book.States(100)
	if len(good) != 1 {
		t.Fatalf("%d states", len(good))
	}
	for i, data := range [][]byte{nil, []byte("{}"), []byte(`{"version":9}`), good[0].Data[:len(good[0].Data)/2]} {
		two := newBench(t, nil)
		err := two.book.Restore([]migration.CutoverState{{Tenant: "acme", Data: data}})
		if !errors.Is(err, cutover.ErrState) {
			t.Errorf("%d: error %v", i, err)
		}
		w.backFill(two, 60)
		if got := two.judge(60, 55); got.Detail.Stage != migration.StageBetween {
			t.Errorf("%d: stage %v", i, got.Detail.Stage)
		}
	}
	if again := one.book.States(100); len(again) != 0 {
		t.Errorf("what did not change is kept again: %d", len(again))
	}
}
