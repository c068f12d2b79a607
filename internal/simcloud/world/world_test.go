package world

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// invocations collects what a function did.
func invocations(w *World, function string, from, to time.Time) []Invocation {
	var out []Invocation
	w.EachInvocation(function, from, to, func(i Invocation) bool {
		out = append(out, i)
		return true
	})
	return out
}

// tell writes down everything that can be seen of a story: every character of
// it must follow from the seed.
func tell(o Options) string {
	var b strings.Builder
	w := New(o)
	for _, f := range w.Functions() {
		fmt.Fprintln(&b, f.Name, f.MemoryMB, f.Timeout, f.Modified)
		for _, i := range invocations(w, f.Name, w.Epoch().Add(-3*time.Hour), w.Epoch()) {
			fmt.Fprintln(&b, i)
		}
	}
	c := w.NewCluster()
	c.Advance(w.Epoch(), nil)
	c.Advance(w.Epoch().Add(10*time.Minute), func(change Change) { fmt.Fprintln(&b, change.Verb, describe(change.Object)) })
	return b.String() + state(c)
}

// state writes down everything that a cluster holds.
func state(c *Cluster) string {
	var b strings.Builder
	fmt.Fprintln(&b, c.Version())
	for _, j := range c.Jobs() {
		fmt.Fprintln(&b, describe(j))
	}
	for _, p := range c.Pods() {
		fmt.Fprintln(&b, describe(p))
	}
	for _, n := range c.Nodes() {
		fmt.Fprintln(&b, describe(n))
	}
	for _, e := range c.Events() {
		fmt.Fprintln(&b, describe(e))
	}
	return b.String()
}

// describe spells an object without the addresses of what it points to.
func describe(object any) string {
	switch o := object.(type) {
	case *Job:
		j := *o
		j.Spec = nil
		return fmt.Sprintf("%s %+v", o.Base, j)
	case *Pod:
		p := *o
		p.Spec = nil
		cpu, memory := o.Usage(o.Started.Add(30 * time.Second))
		return fmt.Sprintf("%s %+v %d %d", o.Base, p, cpu, memory)
	case *Node:
		n := *o
		n.Type = nil
		return fmt.Sprintf("%+v", n)
	case *Event:
		return fmt.Sprintf("%+v", *o)
	}
	return fmt.Sprintf("unknown %T", object)
}

func TestSameSeedSameStory(t *testing.T) {
	one, again := tell(Options{Seed: 7}), tell(Options{Seed: 7})
	if one != again {
		t.Errorf("the same seed gave two stories:\n%s", cmp.Diff(one, again))
	}
	if other := tell(Options{Seed: 8}); one == other {
		t.Error("two seeds gave the same story")
	}
	if len(one) < 1<<20 {
		t.Errorf("the story has %d characters, too few to mean anything", len(one))
	}
}

// What happens does not depend on how often somebody looks.
func TestClusterDoesNotDependOnLooks(t *testing.T) {
	w := New(Options{Seed: 3})
	end := w.Epoch().Add(20 * time.Minute)
	once := w.NewCluster()
	once.Advance(end, nil)
	want := state(once)
	for look := range uint64(4) {
		c := w.NewCluster()
		var seen uint64
		for i := uint64(0); c.now.Before(end); i++ {
			// From a minute to nine hours at a time, and at last in seconds.
			step := time.Duration(key(look).with(i).between(1, 9*60) * float64(time.Minute))
			if c.now.After(w.Epoch().Add(-10 * time.Minute)) {
				step = time.Duration(key(look).with(i).between(0.1, 40) * float64(time.Second))
			}
			to := c.now.Add(step)
			if to.After(end) {
				to = end
			}
			c.Advance(to, func(change Change) {
				v := version(change.Object)
				if v <= seen {
					t.Fatalf("version %d came after %d", v, seen)
				}
				seen = v
			})
		}
		if got := state(c); got != want {
			t.Fatalf("looking on the way changed the story:\n%s", cmp.Diff(want, got))
		}
	}
}

func version(object any) uint64 {
	switch o := object.(type) {
	case *Job:
		return o.ResourceVersion
	case *Pod:
		return o.ResourceVersion
	case *Node:
		return o.ResourceVersion
	case *Event:
		return o.ResourceVersion
	}
	return 0
}

// Any window can be asked for, and windows side by side make the larger one.
func TestInvocationsOfWindowsAddUp(t *testing.T) {
	w := New(Options{Seed: 1})
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(w.Functions()).Draw(t, "function")
		at := func(name string) time.Time {
			return w.Epoch().Add(-time.Duration(rapid.Int64Range(0, int64(30*time.Hour)).Draw(t, name)))
		}
		times := []time.Time{at("a"), at("b"), at("c")}
		slices.SortFunc(times, time.Time.Compare)
		whole := invocations(w, f.Name, times[0], times[2])
		parts := append(invocations(w, f.Name, times[0], times[1]), invocations(w, f.Name, times[1], times[2])...)
		if diff := cmp.Diff(whole, parts); diff != "" {
			t.Fatalf("%s: the parts differ from the whole:\n%s", f.Name, diff)
		}
		for i, one := range whole {
			if one.Start.Before(times[0]) || !one.Start.Before(times[2]) {
				t.Fatalf("%v is outside [%v, %v)", one.Start, times[0], times[2])
			}
			if i > 0 && one.Start.Before(whole[i-1].Start) {
				t.Fatalf("%v comes after %v", one.Start, whole[i-1].Start)
			}
			if one.Duration > f.Timeout || one.Concurrency < 1 || (one.TimedOut && !one.Failed) {
				t.Fatalf("%+v cannot be of %+v", one, f)
			}
		}
	})
}

// Concurrency is what overlaps, counted the slow way.
func TestConcurrencyIsWhatOverlaps(t *testing.T) {
	w := New(Options{Seed: 1})
	const name = "vantage-nightly-report-prod"
	from, to := w.Epoch().Add(-2*time.Hour), w.Epoch()
	all := invocations(w, name, from.Add(-15*time.Minute), to)
	high := 0
	for _, one := range invocations(w, name, from, to) {
		n := 0
		for _, other := range all {
			if !other.Throttled && !other.Start.After(one.Start) && other.Start.Add(other.Duration).After(one.Start) {
				n++
			}
		}
		if one.Concurrency != n {
			t.Fatalf("at %v: concurrency %d, counted %d", one.Start, one.Concurrency, n)
		}
		high = max(high, n)
	}
	if high < 3 {
		t.Errorf("at most %d at once: the test means nothing", high)
	}
}

// Each run is on one side: what the world counts for Jobs are the Jobs that
// come into the cluster, and the rest is what Lambda did.
func TestEachRunIsOnOneSide(t *testing.T) {
	w := New(Options{Seed: 5})
	c := w.NewCluster()
	from, to := w.Epoch().Add(-12*time.Hour), w.Epoch()
	c.Advance(from.Add(-time.Millisecond), nil)
	created := make(map[string]int)
	c.Advance(to.Add(-time.Millisecond), func(change Change) {
		if j, ok := change.Object.(*Job); ok && change.Verb == Added {
			created[j.Tenant+"/"+j.stream.name]++
		}
	})
	both := 0
	for _, s := range w.Streams() {
		n := w.Count(s.Tenant, s.Workload, from, to)
		if got := created[s.Label+"/"+s.Workload]; got != n.Jobs {
			t.Errorf("%s/%s: %d Jobs were made, the world counts %d", s.Label, s.Workload, got, n.Jobs)
		}
		if s.Tenant == "" {
			continue
		}
		ran := 0
		for _, i := range invocations(w, s.Function, from, to) {
			if !i.Throttled && i.Alias == s.Alias {
				ran++
			}
		}
		if ran != n.Lambda {
			t.Errorf("%s/%s: %d invocations, the world counts %d", s.Tenant, s.Workload, ran, n.Lambda)
		}
		if n.Jobs > 0 && n.Lambda > 0 {
			both++
		}
	}
	if both < 8 {
		t.Errorf("only %d workloads run on both sides", both)
	}
}

func TestShareFollowsThePlan(t *testing.T) {
	w := New(Options{Seed: 2})
	for _, tt := range []struct {
		tenant, workload string
		from, to         time.Duration
		want, tolerance  float64
	}{
		{"acme", "video-transcode", -40 * time.Hour, -21 * time.Hour, 0.5, 0.1},
		{"acme", "video-transcode", -20 * time.Hour, 0, 1, 0},
		{"initech", "csv-import", -9 * time.Hour, 0, 0.5, 0.12},
		{"globex", "webhook-fanout", -20 * time.Hour, 0, 0.05, 0.01},
		{"halcyon", "video-transcode", -4 * time.Hour, 0, 0.25, 0.1},
		{"pinecrest", "geo-reindex", -48 * time.Hour, 0, 0, 0},
		{"hooli", "csv-import", -48 * time.Hour, 0, 1, 0},
	} {
		n := w.Count(tt.tenant, tt.workload, w.Epoch().Add(tt.from), w.Epoch().Add(tt.to))
		share := float64(n.Jobs) / float64(n.Jobs+n.Lambda)
		if share < tt.want-tt.tolerance || share > tt.want+tt.tolerance {
			t.Errorf("%s/%s: share %.3f of %d runs, want %.2f +- %.2f", tt.tenant, tt.workload, share, n.Jobs+n.Lambda, tt.want, tt.tolerance)
		}
	}
}

func TestRandomNumbers(t *testing.T) {
	const n = 20000
	var uniform, normal, squares float64
	poisson := map[float64]float64{0.01: 0, 0.7: 0, 4: 0, 55: 0, 200: 0}
	for i := range n {
		k := key(0).with(uint64(i))
		u := k.uniform()
		if u <= 0 || u >= 1 {
			t.Fatalf("uniform number %v", u)
		}
		uniform += u
		z := k.with(1).normal()
		normal += z
		squares += z * z
		for mean := range poisson {
			poisson[mean] += float64(k.with(2).poisson(mean))
		}
	}
	near := func(what string, got, want, by float64) {
		t.Helper()
		if got < want-by || got > want+by {
			t.Errorf("%s is %.4f, want %.4f +- %.4f", what, got, want, by)
		}
	}
	near("the mean of uniform numbers", uniform/n, 0.5, 0.01)
	near("the mean of normal numbers", normal/n, 0, 0.03)
	near("their variance", squares/n, 1, 0.04)
	for mean, sum := range poisson {
		near(fmt.Sprintf("the mean of Poisson(%v)", mean), sum/n, mean, 0.003+0.02*mean)
	}
}

func TestWeightsHaveMeanOne(t *testing.T) {
	w := newWeights()
	for s := range w {
		sum := 0.0
		for _, x := range w[s] {
			if x <= 0 {
				t.Errorf("shape %d has a weight of %v", s, x)
			}
			sum += x
		}
		if mean := sum / slotsPerWeek; mean < 0.9999 || mean > 1.0001 {
			t.Errorf("shape %d has a mean weight of %v", s, mean)
		}
	}
	// Slot 0 is a Monday at midnight: 2026-11-16 was one.
	monday := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC).Unix() / 60
	if got := w.at(nightly, monday+2*60); got != w[nightly][8] {
		t.Errorf("Monday 02:00 weighs %v, want slot 8: %v", got, w[nightly][8])
	}
}

func TestHeapSorts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOf(rapid.IntRange(0, 50)).Draw(t, "items")
		h := heap[int]{less: func(a, b int) bool { return a < b }}
		for _, v := range in {
			h.push(v)
		}
		var out []int
		for h.len() > 0 {
			out = append(out, h.pop())
		}
		slices.Sort(in)
		if !slices.Equal(in, out) {
			t.Fatalf("got %v, want %v", out, in)
		}
	})
}
