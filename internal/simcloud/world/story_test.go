package world

import (
	"testing"
	"time"
)

// gather counts what the cluster shows at the epoch, per tenant label.
type gathered struct {
	jobs, ok, failed int
	reasons          map[string]int
	oomKilled        int
	pending          int
	longest          time.Duration
}

func gather(c *Cluster) map[string]*gathered {
	out := make(map[string]*gathered)
	of := func(tenant string) *gathered {
		if out[tenant] == nil {
			out[tenant] = &gathered{reasons: make(map[string]int)}
		}
		return out[tenant]
	}
	for _, j := range c.Jobs() {
		g := of(j.Tenant)
		g.jobs++
		switch j.Outcome {
		case Succeeded:
			g.ok++
			g.longest = max(g.longest, j.Finished.Sub(j.Started))
		case Failed:
			g.failed++
			g.reasons[j.Reason]++
		}
	}
	for _, p := range c.Pods() {
		g := of(p.Tenant)
		if p.Reason == "OOMKilled" {
			g.oomKilled++
		}
		if p.Unschedulable != "" {
			g.pending++
		}
	}
	return out
}

// lambdaSide is what a tenant's functions did over the two days before the epoch.
type lambdaSide struct {
	runs, failed, atWall int
	longest              time.Duration
	usdPerMonth          float64 // for plausibility only
}

func lambdaSides(w *World) map[string]*lambdaSide {
	out := make(map[string]*lambdaSide)
	const days = 2
	for i := range w.functions {
		f := &w.functions[i]
		tenant := f.Tags["tenant"]
		if out[tenant] == nil {
			out[tenant] = &lambdaSide{}
		}
		s := out[tenant]
		w.EachInvocation(f.Name, w.epoch.Add(-days*day), w.epoch, func(one Invocation) bool {
			if one.Throttled {
				return true
			}
			s.runs++
			s.longest = max(s.longest, one.Duration)
			if one.Failed {
				s.failed++
			}
			if one.Duration == 15*time.Minute {
				s.atWall++
			}
			s.usdPerMonth += one.Duration.Seconds() * float64(f.MemoryMB) / 1024 * 0.0000166667 * 730 / 24 / days
			return true
		})
	}
	return out
}

// The story is what the demo is for: these are its points, on any dice.
func TestStory(t *testing.T) {
	for _, seed := range []uint64{1, 2, 99} {
		w := New(Options{Seed: seed})
		c := w.NewCluster()
		c.Advance(w.Epoch(), nil)
		jobs, lambda := gather(c), lambdaSides(w)
		check := func(ok bool, format string, args ...any) {
			t.Helper()
			if !ok {
				t.Errorf("seed %d: "+format, append([]any{seed}, args...)...)
			}
		}

		tenants := make(map[string]bool)
		for _, s := range w.Streams() {
			if s.Tenant != "" {
				tenants[s.Tenant] = true
			}
		}
		check(len(tenants) >= 24, "%d tenants, want at least 24", len(tenants))

		total := 0.0
		for _, s := range lambda {
			total += s.usdPerMonth
		}
		check(total > 20_000 && total < 60_000, "Lambda costs $%.0f a month, want 20 to 60 thousand", total)

		// Fails on the new side, of memory, and hardly on the old one.
		bad := jobs["initech"]
		rate := float64(bad.failed) / float64(bad.ok+bad.failed)
		old := float64(lambda["initech"].failed) / float64(lambda["initech"].runs)
		check(rate > 0.06 && rate > 8*old, "initech fails %.3f on Jobs and %.3f on Lambda", rate, old)
		check(bad.reasons["BackoffLimitExceeded"] > 10 && bad.oomKilled > 30, "initech: %v, %d pods OOMKilled", bad.reasons, bad.oomKilled)

		// At the wall: durations pile up at 900 s, as errors. Near it: none do.
		wall := lambda["vantage"]
		check(wall.atWall > 100 && wall.failed >= wall.atWall, "vantage: %d of %d runs at 900 s, %d failed", wall.atWall, wall.runs, wall.failed)
		near := lambda["calderon"]
		check(near.longest > 13*time.Minute && near.atWall*100 < near.runs, "calderon: longest run %v, %d of %d at the wall", near.longest,
			near.atWall, near.runs)
		check(lambda["acme"].atWall > 20, "acme: %d runs at the wall before it moved", lambda["acme"].atWall)

		// Moved entirely; two names; two hours.
		check(lambda["hooli"].runs == 0 && jobs["hooli"].ok > 500, "hooli: %d runs on Lambda, %d on Jobs", lambda["hooli"].runs, jobs["hooli"].ok)
		check(lambda["umbrella"].runs > 50 && jobs["umbrella-corp"].ok > 500 && jobs["umbrella"] == nil,
			"umbrella: %d runs on Lambda, Jobs %+v", lambda["umbrella"].runs, jobs["umbrella-corp"])
		check(jobs["umbrella-corp"].longest > 110*time.Minute, "umbrella: longest Job %v", jobs["umbrella-corp"].longest)

		// Should stay: seconds long, many an hour, more than half of a Job pod's time is start-up.
		stay := lambda["globex"]
		check(stay.runs > 15_000 && stay.longest < 15*time.Second, "globex: %d runs, longest %v", stay.runs, stay.longest)
		check(jobs["globex"].jobs > 200, "globex: %d Jobs", jobs["globex"].jobs)

		check(jobs["fennick"].pending > 5, "fennick: %d pods wait", jobs["fennick"].pending)
		check(jobs["tidewater"].reasons["DeadlineExceeded"] > 3, "tidewater: %v", jobs["tidewater"].reasons)
		check(jobs["silverlake"].jobs > 0 && lambda["silverlake"].runs > 0, "silverlake: %+v", jobs["silverlake"])
		check(lambda[""].runs > 1000 && jobs[""].jobs > 10, "unattributed: %d runs, %d Jobs", lambda[""].runs, jobs[""].jobs)
		check(jobs["pinecrest"] == nil && lambda["pinecrest"].runs > 1000, "pinecrest has Jobs: %+v", jobs["pinecrest"])

		live, old24 := 0, 0
		for _, p := range c.Pods() {
			if p.Outcome == Unfinished {
				live++
			}
		}
		for _, j := range c.Jobs() {
			if !j.Finished.IsZero() && w.Epoch().Sub(j.Finished) > 23*time.Hour {
				old24++
			}
		}
		check(live > 150 && live < 600, "%d live pods, want a few hundred", live)
		check(old24 > 50, "%d Jobs that finished 23 h ago, want a day's past", old24)

		var spot, arm, fargate int
		for _, n := range c.Nodes() {
			switch {
			case n.Fargate:
				fargate++
			case n.Spot:
				spot++
			case n.Type.Arch == "arm64":
				arm++
			}
		}
		check(spot > 3 && arm > 3 && fargate >= 2 && fargate <= 6, "nodes: %d spot, %d arm64, %d Fargate", spot, arm, fargate)
	}
}

// The story goes on: the waves after the epoch come, and nothing piles up.
func TestStoryGoesOn(t *testing.T) {
	w := New(Options{Seed: 1})
	c := w.NewCluster()
	c.Advance(w.Epoch(), nil)
	before := len(c.Jobs())
	for range 6 {
		c.Advance(c.now.Add(8*time.Hour), nil)
		if n := len(c.Jobs()); n > 3*before {
			t.Fatalf("%v after the epoch there are %d Jobs, %d at it", c.now.Sub(w.Epoch()), n, before)
		}
		if n := len(c.Nodes()); n < 10 || n > 150 {
			t.Fatalf("%v after the epoch there are %d nodes", c.now.Sub(w.Epoch()), n)
		}
	}
	if share := w.Count("garnet", "search-index", w.Epoch().Add(10*time.Hour), w.Epoch().Add(20*time.Hour)); share.Lambda != 0 ||
		share.Jobs == 0 {
		t.Errorf("garnet after its last step: %+v", share)
	}
}

func TestPodsScale(t *testing.T) {
	for _, want := range []int{60, 1000} {
		w := New(Options{Seed: 1, Pods: want})
		c := w.NewCluster()
		c.Advance(w.Epoch(), nil)
		live := 0
		for _, p := range c.Pods() {
			if p.Outcome == Unfinished {
				live++
			}
		}
		if live < want*8/10 || live > want*12/10 {
			t.Errorf("%d live pods, asked for %d", live, want)
		}
		if n := len(c.Jobs()) - live; n > 20_000 {
			t.Errorf("%d finished Jobs at %d live pods", n, live)
		}
		// Lambda's side is the story's own.
		if got, plain := w.Count("globex", "webhook-fanout", w.Epoch().Add(-day), w.Epoch()).Lambda,
			New(Options{Seed: 1}).Count("globex", "webhook-fanout", w.Epoch().Add(-day), w.Epoch()).Lambda; got < plain*9/10 || got > plain*11/10 {
			t.Errorf("globex: %d runs on Lambda, %d in the plain story", got, plain)
		}
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		w := New(Options{Seed: 1})
		c := w.NewCluster()
		c.Advance(w.Epoch(), nil)
	}
}

func BenchmarkTwoDaysOfInvocations(b *testing.B) {
	w := New(Options{Seed: 1})
	n := 0
	for b.Loop() {
		n = 0
		for _, f := range w.Functions() {
			w.EachInvocation(f.Name, w.Epoch().Add(-2*day), w.Epoch(), func(Invocation) bool { n++; return true })
		}
	}
	b.ReportMetric(float64(n), "invocations")
}
