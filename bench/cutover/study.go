package main

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/migration"
)

// never is the minute of what did not happen.
const never = 0

// outcome is what was said of one watch: the minute in which each thing was said first, counted from 1.
type outcome struct {
	rollBack, promote, slower int
	rule                      cutover.Rule
	peers                     []int
}

// start is the minute in which the step of every watch begins.
var start = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// observe runs one watch, which is looked at after every minute.
func observe(s *scenario, seed uint64, number int, withPeers bool) outcome {
	w := newWorld(s, seed, number)
	watch := cutover.NewWatch()
	for _, side := range [...]cutover.Side{cutover.Blue, cutover.Green} {
		watch.SetIntake(side, w.intake())
	}
	var before []migration.Distribution[time.Duration]
	for m := -minutesBefore; m < 0; m++ {
		x := w.next(true)
		packed := w.packed(&x, start.Add(time.Duration(m)*time.Minute))
		watch.Add(packed)
		before = append(before, packed.Blue.Duration)
	}
	step := cutover.Step{Share: s.share, At: start}.Baseline(migration.Merge(before...))
	if _, err := watch.SetSteps([]cutover.Step{step}); err != nil {
		panic(err) // the scenarios are constants
	}
	var out outcome
	var rules []func(*minute) bool
	if withPeers {
		for _, p := range peers() {
			rules = append(rules, p.make())
		}
		out.peers = make([]int, len(rules))
	}
	free := migration.Some(migration.USD{})
	facts := cutover.Facts{
		Next: migration.Some(0.75), Cost: cutover.CostFacts{PerThousand: [2]migration.Opt[migration.USD]{free, free}},
	}
	for m := range minutesWatch {
		x := w.next(false)
		at := start.Add(time.Duration(m) * time.Minute)
		watch.Add(w.packed(&x, at))
		facts.Now = at.Add(time.Minute)
		v := watch.Assess(&facts)
		first(&out.promote, m, v.Word == cutover.Promote)
		first(&out.slower, m, v.Slower)
		if v.Word == cutover.RollBack && out.rollBack == never {
			out.rule = v.Rule
		}
		first(&out.rollBack, m, v.Word == cutover.RollBack)
		for i, aborts := range rules {
			if out.peers[i] == never {
				first(&out.peers[i], m, aborts(&x))
			}
		}
	}
	return out
}

// first keeps the first minute in which something is so.
func first(at *int, minute int, is bool) {
	if is && *at == never {
		*at = minute + 1
	}
}

// result is how often, and in which minute, things were said of a scenario.
type result struct {
	scenario                  scenario
	watches                   int
	rollBack, promote, slower said
	rules                     map[cutover.Rule]int
	peers                     []said
}

// said is how many of all watches, and the median minute among all of them: 0 where fewer than half said it.
type said struct {
	watches int
	median  int
}

// study runs a scenario many times. The result depends on the seed alone.
func study(s *scenario, seed uint64, watches int, withPeers bool) result {
	outcomes := make([]outcome, watches)
	var wait sync.WaitGroup
	workers := runtime.NumCPU()
	for worker := range workers {
		wait.Go(func() {
			for i := worker; i < watches; i += workers {
				outcomes[i] = observe(s, seed, i, withPeers)
			}
		})
	}
	wait.Wait()
	out := result{scenario: *s, watches: watches, rules: map[cutover.Rule]int{}}
	count := func(minute func(*outcome) int) said {
		all := make([]int, 0, watches)
		for i := range outcomes {
			if m := minute(&outcomes[i]); m != never {
				all = append(all, m)
			}
		}
		slices.Sort(all)
		n := said{watches: len(all)}
		if 2*len(all) > watches {
			n.median = all[watches/2]
		}
		return n
	}
	out.rollBack = count(func(o *outcome) int { return o.rollBack })
	out.promote = count(func(o *outcome) int { return o.promote })
	out.slower = count(func(o *outcome) int { return o.slower })
	for i := range outcomes {
		if outcomes[i].rule != cutover.NoRule {
			out.rules[outcomes[i].rule]++
		}
	}
	if withPeers {
		for p := range peers() {
			out.peers = append(out.peers, count(func(o *outcome) int { return o.peers[p] }))
		}
	}
	return out
}
