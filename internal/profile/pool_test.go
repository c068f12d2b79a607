package profile

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// tenantRun is a run of w for a tenant.
func tenantRun(tenant migration.Tenant, i int, peak migration.Bytes) migration.RunRecord {
	r := jobRun(i, peak)
	r.Key.Tenant, r.ID = tenant, fmt.Sprint(tenant, "-", i)
	return r
}

// twoSizes is a book of three tenants that need 200 MiB and three that need 4 GiB, of 50
// runs each, and one that ran four times like the small ones.
func twoSizes() *Recommender {
	b := NewBook(Settings{})
	for i := range 50 {
		for k := range 3 {
			b.Observe(tenantRun(migration.Tenant(fmt.Sprint("small", k)), i, migration.Bytes(200+i%10)*mi))
			b.Observe(tenantRun(migration.Tenant(fmt.Sprint("large", k)), i, migration.Bytes(4000+i%10)*mi))
		}
	}
	for i := range 4 {
		b.Observe(tenantRun("thin", 50+i, migration.Bytes(202+i)*mi))
	}
	return b
}

func of(t *testing.T, all []Profile, tenant migration.Tenant) Profile {
	t.Helper()
	i := slices.IndexFunc(all, func(p Profile) bool { return p.Tenant == tenant })
	if i < 0 {
		t.Fatalf("no profile of %s", tenant)
	}
	return all[i]
}

// With its workload a thin tenant has what the largest tenants need; with its class what
// those need that are like it.
func TestAThinTenantIsPooledWithItsClass(t *testing.T) {
	b := twoSizes()
	if p := b.Profile(Ask{Workload: "w", Tenant: "thin"}); p.Base.MemoryLimit < 4000*mi || !says(p, "over all tenants") {
		t.Errorf("with its workload %d MiB: %q", p.Base.MemoryLimit/mi, p.Why)
	}
	all, classes := b.Recommend(nil, 0)
	p, small := of(t, all, "thin"), of(t, all, "small0")
	if p.Base.MemoryLimit < 209*mi || p.Base.MemoryLimit > 320*mi || p.Class != small.Class {
		t.Errorf("%d MiB in class %s, and %d MiB in class %s: %q", p.Base.MemoryLimit/mi, p.Class, small.Base.MemoryLimit/mi, small.Class, p.Why)
	}
	if !says(p, "Pooled with class "+small.Class+": 154 runs of 4 tenants") || says(small, "Pooled") {
		t.Errorf("%q and %q", p.Why, small.Why)
	}
	if len(classes.Classes) != 2 || classes.Classes[0].Base.MemoryLimit > 320*mi {
		t.Errorf("%+v", classes.Classes)
	}
}

// Each way down from a class to its workload, and to itself.
func TestWhatATenantIsPooledWith(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Recommender)
		class  bool
		says   string
	}{
		"like its class": {func(*Recommender) {}, true, "Pooled with class S"},
		"of runs enough": {func(b *Recommender) {
			for i := range 20 {
				b.Observe(tenantRun("thin", 60+i, 205*mi))
			}
		}, false, "The largest peak of 24 Job runs is"},
		"of other code": {func(b *Recommender) {
			r := tenantRun("small0", 60, 100*mi)
			r.Version = "sha256:b"
			b.Observe(tenantRun("small0", 59, 200*mi))
			first := tenantRun("large0", 59, 4000*mi)
			first.Version = "sha256:a"
			b.Observe(first)
			b.Observe(r)
		}, false, "over all tenants"},
		"killed beyond its class": {func(b *Recommender) {
			for i := range 3 {
				r := killedRun(60+i, 4000*mi)
				r.Key.Tenant, r.ID = "thin", fmt.Sprint("killed", i)
				b.Observe(r)
			}
		}, true, "Pooled with class L"},
	} {
		b := twoSizes()
		b.Recommend(nil, 0)
		c.change(b)
		all := b.Profiles(nil)
		if c.class {
			all, _ = b.Recommend(nil, 0)
		}
		if p := of(t, all, "thin"); !says(p, c.says) {
			t.Errorf("%s: want %q in %q", name, c.says, p.Why)
		}
	}
}

// A class of one is nobody to be pooled with, and one of few runs says less than the
// workload does.
func TestSmallClassesAreNoPool(t *testing.T) {
	b := twoSizes()
	for i := range 40 { // on Lambda they weigh ten: it is thin
		r := lambdaRun(60+i, 9*migration.GiB, 10*migration.GiB, migration.Exact)
		r.Key.Tenant = "giant"
		b.Observe(r)
	}
	for i := range 8 {
		b.Observe(tenantRun("titan", 60+i, 60*migration.GiB))
		b.Observe(tenantRun("other titan", 60+i, 60*migration.GiB))
	}
	all, _ := b.Recommend(nil, 0)
	for _, tenant := range []migration.Tenant{"giant", "titan", "other titan"} {
		if p := of(t, all, tenant); says(p, "Pooled with class") || !says(p, "over all tenants") {
			t.Errorf("%s: %q", tenant, p.Why)
		}
	}
	if a, b := of(t, all, "titan").Class, of(t, all, "other titan").Class; a != b {
		t.Errorf("classes %s and %s", a, b)
	}
}

// A class' longest run is of many: it needs no more slack than its other members have.
func TestTheDeadlineOfAThinTenant(t *testing.T) {
	b := NewBook(Settings{})
	for i := range 54 {
		for k := range 3 {
			r := tenantRun(migration.Tenant(fmt.Sprint(k)), i, 200*mi)
			r.Duration = 1000 * time.Second
			if i < 50 || k == 0 {
				b.Observe(r)
			}
		}
		r := tenantRun("thin", i, 200*mi)
		r.Duration = 900 * time.Second
		if i < 4 {
			b.Observe(r)
		}
	}
	all, _ := b.Recommend(nil, 0)
	// Three times the 1,000 s of the 158 runs, but an hour for its own four; five times for the 50 of the other.
	if p, other := of(t, all, "thin"), of(t, all, "1"); p.AttemptDeadline != time.Hour || other.AttemptDeadline != 5000*time.Second {
		t.Errorf("%s, others %s: %q", p.AttemptDeadline, other.AttemptDeadline, p.Why)
	}
}

// A kill raises the next profile at once, whatever the class needs.
func TestAKillOfAThinTenantRaisesAtOnce(t *testing.T) {
	b := twoSizes()
	all, _ := b.Recommend(nil, 0)
	was := of(t, all, "thin").Base.MemoryLimit
	r := killedRun(60, was)
	r.Key.Tenant = "thin"
	b.Observe(r)
	p := b.Profile(Ask{Workload: "w", Tenant: "thin"})
	if p.Base.MemoryLimit <= was || p.Retry.MemoryLimit < was*13/10 || !says(p, "Pooled with class") {
		t.Errorf("from %d MiB to %d, retry %d: %q", was/mi, p.Base.MemoryLimit/mi, p.Retry.MemoryLimit/mi, p.Why)
	}
}

// Recomputed without a new run, nothing moves any more: classes rest on what tenants need
// by themselves, so that a tenant does not follow a class that follows it. What a
// tenant was seen to need it has, in its class too.
func TestClassesAndTenantsDoNotChaseEachOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := NewBook(Settings{})
		tenants := rapid.IntRange(2, 8).Draw(t, "tenants")
		at := 0
		most := map[migration.Tenant]migration.Bytes{}
		for k := range tenants {
			tenant := migration.Tenant(fmt.Sprint(k))
			level := rapid.Int64Range(50<<20, 8<<30).Draw(t, "level")
			long := time.Duration(rapid.IntRange(1, 5000).Draw(t, "seconds")) * time.Second
			for n := range rapid.IntRange(1, 30).Draw(t, "runs") {
				r := tenantRun(tenant, at, migration.Bytes(rapid.Int64Range(level/2, level).Draw(t, "peak")))
				r.Duration = long
				at++
				b.Observe(r)
				if n < thinRuns {
					most[tenant] = max(most[tenant], r.Peak.Or(0))
				} else {
					delete(most, tenant) // by now one in a hundred may be left to the retry
				}
			}
		}
		want := rapid.IntRange(0, 3).Draw(t, "classes")
		var before string
		for n := range 2 * moveWaits {
			all, classes := b.Recommend(nil, want)
			now := encoded(t, all) + encoded(t, classes)
			if n == moveWaits+1 {
				before = now
			}
			if n > moveWaits+1 && now != before {
				t.Fatalf("recomputation %d differs:\n%s\n%s", n, before, now)
			}
			shortest, longest := map[string]time.Duration{}, map[string]time.Duration{}
			for i := range all {
				p := &all[i]
				if float64(p.Base.MemoryLimit) < float64(most[p.Tenant]) {
					t.Fatalf("%s needed %d bytes and has %d: %q", p.Tenant, most[p.Tenant], p.Base.MemoryLimit, p.Why)
				}
				c := classes.Classes[slices.IndexFunc(classes.Classes, func(c Class) bool { return c.Name == p.Class })]
				if c.Base.MemoryLimit < p.Base.MemoryLimit || c.AttemptDeadline < p.AttemptDeadline {
					t.Fatalf("class %+v does not hold %+v", c, p)
				}
				if s := shortest[p.Class]; s == 0 || p.AttemptDeadline < s {
					shortest[p.Class] = p.AttemptDeadline
				}
				longest[p.Class] = max(longest[p.Class], p.AttemptDeadline)
			}
			var own, with float64
			for i := range all {
				c := classes.Classes[slices.IndexFunc(classes.Classes, func(c Class) bool { return c.Name == all[i].Class })]
				own += all[i].RunTime.Seconds() * float64(all[i].Base.MemoryLimit)
				with += all[i].RunTime.Seconds() * float64(c.Base.MemoryLimit)
			}
			if want := with/own - 1; math.Abs(float64(classes.ExtraMemory)-want) > 1e-6 {
				t.Fatalf("classes cost %v more memory, and %v is reported", want, classes.ExtraMemory)
			}
			for name := range shortest {
				if longest[name] > deadlineRatio*shortest[name] {
					t.Fatalf("%s has deadlines from %s to %s", name, shortest[name], longest[name])
				}
			}
		}
	})
}

// The more a thin tenant has run, the more it is itself: with its class its limit lies
// between what it would have alone and what the class has.
func TestAThinTenantMovesTowardItsClass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := NewBook(Settings{})
		width := rapid.Int64Range(1, 300).Draw(t, "width")
		for i := range 60 {
			for k := range 3 {
				b.Observe(tenantRun(migration.Tenant(fmt.Sprint(k)), i, migration.Bytes(1000+rapid.Int64Range(0, width).Draw(t, "peak"))*mi))
			}
		}
		for i := range rapid.IntRange(3, 19).Draw(t, "runs") {
			b.Observe(tenantRun("thin", 60+i, migration.Bytes(1000+rapid.Int64Range(0, width).Draw(t, "own peak"))*mi))
		}
		b.Recommend(nil, 1)
		l := b.workloads["w"].tenants.of("thin")
		if l.class == nil || l.class.tenants != 4 {
			t.Fatalf("no class: %+v", l.class)
		}
		alike := learner{runStats: l.class.runStats}
		rule := func(l *learner, w *workload) float64 {
			b.mix(l, w)
			return b.mixture.best(Normal.share(), &b.scratch)
		}
		class := rule(&alike, &workload{})
		pooled := rule(l, b.workloads["w"])
		l.alone = true
		own := rule(l, b.workloads["w"])
		// Candidates and retries are of both, which moves the optimum a little.
		if lo, hi := min(own, class), max(own, class); pooled < 0.97*lo || pooled > 1.03*hi {
			t.Fatalf("%v alone, %v pooled, %v the class", own/mib, pooled/mib, class/mib)
		}
	})
}
