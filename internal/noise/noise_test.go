package noise

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// history is what a tenant does: minutes of load, runs and throttled runs.
type history []Minute

// steady is a tenant with the same load each minute.
func steady(minutes int, load, runs int64) history {
	return slices.Repeat(history{{Load: load, Runs: runs, AtOnce: load / 60_000}}, minutes)
}

// since changes what a tenant does from a minute before the end on.
func (h history) since(ago int, change func(*Minute)) history {
	h = slices.Clone(h)
	for m := len(h) - ago; m < len(h); m++ {
		change(&h[m])
	}
	return h
}

func times(n int64) func(*Minute) {
	return func(m *Minute) { m.Load, m.Runs, m.AtOnce = n*m.Load, n*m.Runs, n*m.AtOnce }
}

func throttled(n int64) func(*Minute) { return func(m *Minute) { m.Throttled = n } }

// pool is a pool of tenants named a, b, c and so on.
func pool(p migration.Platform, of ...history) *Pool {
	out := &Pool{Platform: p, Unit: "x", From: noon.Add(-time.Duration(len(of[0])) * time.Minute), Minutes: len(of[0])}
	for i, h := range of {
		t := Tenant{Tenant: migration.Tenant(string(rune('a' + i)))}
		for m, one := range h {
			into := &t.Past
			if m >= len(h)-Recent {
				into = &t.Now
			}
			into.Load, into.Runs, into.Throttled = into.Load+one.Load, into.Runs+one.Runs, into.Throttled+one.Throttled
		}
		out.Tenants = append(out.Tenants, t)
	}
	out.Of = func(i int, into []Minute) { copy(into, of[i]) }
	return out
}

// said is who is noisy, with the severity, the growth and the victims.
func said(found []Found) string {
	var out []string
	for _, f := range found {
		var who []string
		for _, v := range f.Noise.Others {
			who = append(who, string(v.Tenant))
		}
		out = append(out, strings.TrimSpace(string(rune('a'+f.Index))+" "+f.Noise.Severity.String()+" "+strings.Join(who, "+")))
	}
	return strings.Join(out, ", ")
}

func TestJudge(t *testing.T) {
	const minute = 60_000 // one run at once
	four := steady(240, 4*minute, 8)
	suffers := four.since(10, throttled(20))
	grown := four.since(20, times(4))
	for name, tc := range map[string]struct {
		pool *Pool
		want string
	}{
		"grows, and another is throttled":    {pool(migration.Lambda, grown, suffers, four), "a warning b"},
		"grows, and nobody suffers":          {pool(migration.Lambda, grown, four, four), ""},
		"large and steady, another suffers":  {pool(migration.Lambda, steady(240, 90*minute, 80), suffers), ""},
		"all grow alike":                     {pool(migration.Lambda, grown, suffers.since(20, times(4)), four.since(20, times(4))), ""},
		"alone":                              {pool(migration.Lambda, grown), ""},
		"alone with a tenant that is gone":   {pool(migration.Lambda, grown, steady(240, 0, 0)), ""},
		"a small one grows":                  {pool(migration.Lambda, steady(240, minute/4, 2).since(20, times(8)), suffers, four), ""},
		"the other is always throttled":      {pool(migration.Lambda, grown, four.since(240, throttled(20))), ""},
		"grew too long ago to know its past": {pool(migration.Lambda, four.since(210, times(4)), four.since(10, throttled(20))), ""},
		"grew an hour ago": {
			pool(migration.Lambda, four.since(60, times(4)), four.since(55, throttled(20)), four), "a warning b",
		},
		"does so each hour": {
			pool(migration.Lambda, hourly(four), suffers, four), "",
		},
		"new on the platform": {
			pool(migration.Lambda, steady(240, 0, 0).since(20, func(m *Minute) { *m = Minute{Load: 9 * minute, Runs: 9} }), suffers),
			"a warning b",
		},
		"too short a history": {
			pool(migration.Lambda, steady(59, minute, 8).since(10, times(4)), steady(59, minute, 8).since(9, throttled(20))), "",
		},
		"too little of its past": {
			pool(migration.Lambda, steady(70, 4*minute, 8).since(28, times(4)), steady(70, 4*minute, 8).since(20, throttled(20))), "",
		},
		"few runs":              {pool(migration.Lambda, steady(240, minute, 0).since(20, func(m *Minute) { m.Load *= 9 }), suffers), ""},
		"nothing runs any more": {pool(migration.Lambda, four.since(20, times(0)), four.since(20, times(0))), ""},
		"others stopped":        {pool(migration.Lambda, four, four.since(15, func(m *Minute) { *m = Minute{Throttled: 30} })), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := said(tc.pool.Judge()); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// hourly is a burst of twenty minutes each hour, the last one now.
func hourly(h history) history {
	h = slices.Clone(h)
	for m := range h {
		if (len(h)-1-m)%60 < 20 {
			times(4)(&h[m])
		}
	}
	return h
}

// The numbers of a finding by hand.
func TestFinding(t *testing.T) {
	a := steady(240, 60_000, 10).since(30, times(6))
	b := steady(240, 60_000, 10).since(12, throttled(7))
	p := pool(migration.Lambda, a, b, steady(240, 60_000, 10))
	found := p.Judge()
	if len(found) != 1 {
		t.Fatalf("%+v", found)
	}
	n := found[0].Noise
	if n.Growth != migration.Some(6.0) || n.OthersGrowth != migration.Some(1.0) || n.Load != 6 || n.PastLoad != 1 ||
		n.LoadShare != 0.75 || n.RunsShare != migration.Some(migration.Ratio(0.75)) || !n.Since.Equal(noon.Add(-30*time.Minute)) ||
		!n.From.Equal(noon.Add(-Recent*time.Minute)) || !n.To.Equal(noon) || n.OthersThrottled != migration.Some[int64](84) ||
		found[0].AtOnce != 1 || found[0].Load != 60_000 {
		t.Errorf("%+v", n)
	}
	if got := n.PastLoadShare.Or(0); got < 0.333 || got > 0.334 {
		t.Errorf("share before: %v", got)
	}
}

// Pending Jobs of others count from the rise on; the limit alone makes an info.
func TestPendingAndTheLimit(t *testing.T) {
	four := steady(240, 240_000, 8)
	grown := four.since(30, times(4))
	make := func(created ...time.Duration) *Pool {
		p := pool(migration.Jobs, grown, four)
		for _, ago := range created {
			p.Tenants[1].Pending = append(p.Tenants[1].Pending, noon.Add(-ago))
		}
		return p
	}
	if got := said(make(20*time.Minute, 6*time.Minute).Judge()); got != "a warning b" {
		t.Errorf("%q", got)
	}
	if got := said(make(50 * time.Minute).Judge()); got != "" {
		t.Errorf("what waited before: %q", got)
	}
	near := make()
	near.LimitUsed = migration.Some(migration.Ratio(0.8))
	if got := said(near.Judge()); got != "a info" {
		t.Errorf("near the limit: %q", got)
	}
	alone := pool(migration.Jobs, grown)
	alone.LimitUsed = near.LimitUsed
	if got := said(alone.Judge()); got != "" {
		t.Errorf("alone near the limit: %q", got)
	}
	near.DayBefore = func(int) migration.Opt[float64] { return migration.Some(900_000.0) }
	if got := said(near.Judge()); got != "" {
		t.Errorf("as a day before: %q", got)
	}
	aged := make()
	aged.Age = func(i int) (now, past migration.Opt[time.Duration]) {
		return migration.Some(time.Duration(i) * 10 * time.Minute), migration.Some(4 * time.Minute)
	}
	found := aged.Judge()
	if said(found) != "a warning b" || found[0].Noise.OthersOldest != migration.Some(10*time.Minute) {
		t.Errorf("messages that wait: %q", said(found))
	}
	aged.Age = func(int) (now, past migration.Opt[time.Duration]) {
		return migration.Some(10 * time.Minute), migration.Some(6 * time.Minute)
	}
	if got := said(aged.Judge()); got != "" {
		t.Errorf("messages that always wait: %q", got)
	}
}

// drawn are histories of some tenants, of a few shapes.
func drawn(t *rapid.T) []history {
	var out []history
	for range rapid.IntRange(1, 5).Draw(t, "tenants") {
		h := steady(240, rapid.Int64Range(1, 20).Draw(t, "load")*60_000, rapid.Int64Range(1, 20).Draw(t, "runs"))
		h = h.since(rapid.IntRange(0, 60).Draw(t, "ago"), times(rapid.Int64Range(1, 8).Draw(t, "times")))
		h = h.since(rapid.IntRange(0, 60).Draw(t, "throttled ago"), throttled(rapid.Int64Range(0, 30).Draw(t, "throttled")))
		out = append(out, h)
	}
	return out
}

// More of everything for all changes nothing; the order of tenants does not matter; a tenant alone is never noisy.
func TestProperties(t *testing.T) {
	noisy := 0
	rapid.Check(t, func(t *rapid.T) {
		of := drawn(t)
		found := pool(migration.Lambda, of...).Judge()
		noisy += len(found)
		if len(of) == 1 && len(found) > 0 {
			t.Fatalf("alone: %+v", found)
		}
		k := rapid.Int64Range(2, 5).Draw(t, "scale")
		var scaled []history
		for _, h := range of {
			scaled = append(scaled, h.since(len(h), func(m *Minute) { *m = Minute{m.Load * k, m.Runs, m.Throttled, m.AtOnce * k} }))
		}
		if got := said(pool(migration.Lambda, scaled...).Judge()); got != said(found) {
			t.Fatalf("%d times all loads: %q, was %q", k, got, said(found))
		}
		order := rapid.Permutation(indexes(len(of))).Draw(t, "order")
		p := pool(migration.Lambda, of...)
		shuffled := *p
		shuffled.Tenants = nil
		for _, i := range order {
			shuffled.Tenants = append(shuffled.Tenants, p.Tenants[i])
		}
		shuffled.Of = func(i int, into []Minute) { copy(into, of[order[i]]) }
		other := map[migration.Tenant]migration.Noise{}
		for _, f := range shuffled.Judge() {
			other[shuffled.Tenants[f.Index].Tenant] = f.Noise
		}
		was := map[migration.Tenant]migration.Noise{}
		for _, f := range found {
			was[p.Tenants[f.Index].Tenant] = f.Noise
		}
		if diff := cmp.Diff(was, other, cmp.Comparer(func(a, b migration.Opt[float64]) bool { return a == b }),
			cmp.Comparer(func(a, b migration.Opt[int64]) bool { return a == b }),
			cmp.Comparer(func(a, b migration.Opt[migration.Ratio]) bool { return a == b }),
			cmp.Comparer(func(a, b migration.Opt[time.Duration]) bool { return a == b })); diff != "" {
			t.Fatal(diff)
		}
	})
	if noisy == 0 {
		t.Error("no case had a noisy tenant")
	}
}

func indexes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
