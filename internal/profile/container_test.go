package profile

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// ofContainer makes a run one of the container main of a pod.
func ofContainer(r migration.RunRecord, killedAt migration.Bytes) migration.RunRecord {
	r.Container = "main"
	if r.Outcome == migration.OutcomeOOMKilled && killedAt > 0 {
		r.Peak, r.KilledAt = migration.Some(killedAt), migration.Some(killedAt)
	}
	r.PeakBound = migration.AtLeast
	return r
}

// A kill lifts the profile by what the container is known to have needed. Without a limit it
// was the node that ran out of memory, and the request says nothing of the need.
func TestKillsOfAContainer(t *testing.T) {
	const mib = migration.MiB
	kill := func(i int, limit, at migration.Bytes) migration.RunRecord {
		return ofContainer(killedRun(i, limit), at)
	}
	var bounded, unlimited, shared []migration.RunRecord
	for i := range 8 {
		bounded = append(bounded, kill(i, 256*mib, 256*mib))
		s := kill(i, 4096*mib, 320*mib) // at the limit of the pod, which left it so much
		s.Given.Request.Memory = migration.Some(128 * mib)
		shared = append(shared, s)
		r := kill(i, 4096*mib, 0)
		r.Given.Limit.Memory = migration.None[migration.Bytes]()
		r.Given.Request.Memory = migration.Some(300 * mib)
		r.Peak = migration.Some(100 * mib) // as a sample saw it
		unlimited = append(unlimited, r)
	}
	for name, tt := range map[string]struct {
		runs   []migration.RunRecord
		least  migration.Bytes
		most   migration.Bytes
		killed string
	}{
		"at its limit":            {bounded, 333 * mib, 1024 * mib, "killed for memory at 256 MiB"},
		"at what the pod left it": {shared, 416 * mib, 1280 * mib, "killed for memory at 320 MiB"},
		"because of the node":     {unlimited, 100 * mib, 300 * mib, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := profileOf(learnt(Settings{}, tt.runs...))
			if p.Base.MemoryLimit < tt.least || p.Base.MemoryLimit > tt.most {
				t.Errorf("%s, want %s to %s", Size(p.Base.MemoryLimit), Size(tt.least), Size(tt.most))
			}
			if tt.killed == "" && says(p, "killed for memory at") || !says(p, tt.killed) {
				t.Errorf("it says %q, want %q", p.Why, tt.killed)
			}
		})
	}
}

// others is what a pod requests for a log shipper and a proxy, and for an init container.
func others() migration.OtherRequests {
	return migration.OtherRequests{
		Names: "log, proxy (sidecar), fetch (init)",
		With:  migration.Resources{CPU: migration.Some(100 * migration.Millicore), Memory: migration.Some(600 * migration.MiB)},
		Least: migration.Resources{Memory: migration.Some(650 * migration.MiB)},
	}
}

// What the other containers request is said, and counts for whether a node holds the pod and
// for what a run costs; the container's own size does not have it.
func TestOthersCount(t *testing.T) {
	book := func(o migration.OtherRequests, node migration.Bytes) *Recommender {
		runs := several(8, always(100*migration.MiB))
		for i := range runs {
			runs[i] = ofContainer(runs[i], 0)
			runs[i].PeakBound = migration.Exact
			runs[i].ContainerWhy, runs[i].Others = "the first of 2, since no kubectl.kubernetes.io/default-container names one", o
		}
		return learnt(Settings{Pricer: perGiB{}, Node: migration.Resources{Memory: migration.Some(node)}}, runs...)
	}
	ask := Ask{Workload: "w", Tenant: "t", Load: Load{MeanRate: migration.Some(0.01)}}
	alone := book(migration.OtherRequests{}, 4*migration.GiB).Profile(ask)
	p := book(others(), 4*migration.GiB).Profile(ask)
	if p.Container != "main" || p.Base != alone.Base || p.Base.MemoryLimit != 112*migration.MiB {
		t.Errorf("%q gets %v, alone %v", p.Container, p.Base, alone.Base)
	}
	if p.BeyondNode || !book(others(), 700*migration.MiB).Profile(ask).BeyondNode ||
		book(migration.OtherRequests{}, 700*migration.MiB).Profile(ask).BeyondNode {
		t.Error("712 MiB fit into 4 GiB and not into 700 MiB, which 112 MiB do")
	}
	for _, text := range []string{
		"It sizes the container main, the first of 2",
		"The pod's other containers (log, proxy (sidecar), fetch (init)) request 600 MiB and 100m together with it: the pod requests 712 MiB",
	} {
		if !says(p, text) {
			t.Errorf("nothing says %q:\n%s", text, strings.Join(p.Why, "\n"))
		}
	}
	if says(alone, "other containers") {
		t.Errorf("it has no others: %q", alone.Why)
	}
	with, without := p.RunCost.Or(migration.USD{}).Decimal(), alone.RunCost.Or(migration.USD{}).Decimal()
	if ratio := with.Div(without); !ratio.Round(3).Equal(decimal.NewFromInt(712).Div(decimal.NewFromInt(112)).Round(3)) {
		t.Errorf("a run costs %s with the others and %s without, which is %s times as much; want 712/112", with, without, ratio)
	}
}

func TestLimitOfThePodAsAWhole(t *testing.T) {
	run := func(limit migration.Bytes) Profile {
		runs := several(8, always(1000*migration.MiB))
		for i := range runs {
			runs[i] = ofContainer(runs[i], 0)
			runs[i].Others = migration.OtherRequests{PodLimit: migration.Some(limit)}
		}
		return profileOf(learnt(Settings{}, runs...))
	}
	if p := run(512 * migration.MiB); !says(p, "The pod as a whole is limited to 512 MiB, which its containers share: raise that limit too.") {
		t.Errorf("%q", p.Why)
	}
	if p := run(64 * migration.GiB); !says(p, "which its containers share.") {
		t.Errorf("%q", p.Why)
	}
}

// A tenant of which no pod was seen gets the container of the workload's others.
func TestContainerOfAPool(t *testing.T) {
	b := learnt(Settings{})
	for i := range 8 {
		r := ofContainer(tenantRun("seen", i, 100*migration.MiB), 0)
		b.Observe(r)
	}
	if p := b.Profile(Ask{Workload: "w", Tenant: "new"}); p.Container != "main" {
		t.Errorf("the container is %q", p.Container)
	}
	if p := b.Profile(Ask{Workload: "other", Tenant: "new"}); p.Container != "" {
		t.Errorf("the container of a workload that never ran is %q", p.Container)
	}
}

// One tenant's run whose sidecar was killed lifts nothing, of it or of the tenants that are
// pooled with it: such a run is one that succeeded, with the peak of its main container.
func TestPoolsAreNotLiftedByOthersKills(t *testing.T) {
	pool := func(kill bool) Profile {
		b := learnt(Settings{})
		for i := range 8 {
			r := ofContainer(tenantRun("one", i, 100*migration.MiB), 0)
			r.PeakBound = migration.Exact
			if kill {
				r.Others = others()
			}
			b.Observe(r)
			b.Observe(tenantRun("two", i, 100*migration.MiB))
		}
		return b.Profile(Ask{Workload: "w", Tenant: "two"})
	}
	if a, b := pool(false), pool(true); a.Base != b.Base || a.Retry != b.Retry {
		t.Errorf("%v, then %v", a.Base, b.Base)
	}
}

// A run time that is a bound makes a deadline that is long enough either way, and is said.
func TestDeadlineOfABoundedRun(t *testing.T) {
	runs := several(20, always(100*migration.MiB))
	exact := profileOf(learnt(Settings{}, runs...))
	runs[7].DurationMost = migration.Some(10 * time.Minute)
	p := profileOf(learnt(Settings{}, runs...))
	if p.AttemptDeadline != 50*time.Minute || exact.AttemptDeadline != 30*time.Minute {
		t.Errorf("an attempt has %v, want 5 times the 10 min that one may have taken; without it %v", p.AttemptDeadline, exact.AttemptDeadline)
	}
	if !says(p, "of which 30 s were seen") || says(exact, "were seen:") {
		t.Errorf("%q", p.Why)
	}
	if p.RunTime != exact.RunTime {
		t.Errorf("together they took %v, want what was seen, %v", p.RunTime, exact.RunTime)
	}
}

// A container that was killed at its limit, restarted and completed does not prove that the
// limit is enough.
func TestKilledAndRestartedProvesNoCeiling(t *testing.T) {
	run := func(i int, killed bool) migration.RunRecord {
		r := ofContainer(jobRun(i, 200*migration.MiB), 0)
		r.PeakBound = migration.Exact
		r.Given.Limit.Memory = migration.Some(256 * migration.MiB)
		r.Given.Request.Memory = r.Given.Limit.Memory
		if killed {
			r.Peak, r.PeakBound, r.KilledAt = r.Given.Limit.Memory, migration.AtLeast, r.Given.Limit.Memory
		}
		return r
	}
	book := func(killed bool) Profile {
		b := learnt(Settings{})
		for i := range 30 {
			b.Observe(run(i, killed && i%3 == 2))
		}
		return profileOf(b)
	}
	if p := book(false); p.Ceiling != migration.Some(256*migration.MiB) {
		t.Errorf("every run fitted into 256 MiB, and the ceiling is %v", p.Ceiling)
	}
	if p := book(true); p.Ceiling.Known() || p.Base.MemoryLimit <= 256*migration.MiB {
		t.Errorf("runs were killed at 256 MiB; the ceiling is %v, the limit %s", p.Ceiling, Size(p.Base.MemoryLimit))
	}
}

// Where the work had come to its end and another container failed the pod, its peak is that
// of a whole run.
func TestWorkThatEndedInAPodThatFailed(t *testing.T) {
	of := func(ended bool, outcome migration.Outcome) migration.Bytes {
		runs := several(12, always(100*mi))
		for i := range runs {
			runs[i].Container, runs[i].Outcome, runs[i].WorkEnded = "main", outcome, ended
		}
		return profileOf(learnt(Settings{}, runs...)).Base.MemoryLimit
	}
	well := of(false, migration.OutcomeSucceeded)
	if got := of(true, migration.OutcomeFailed); got != well {
		t.Errorf("%s, want the %s of runs that went well", Size(got), Size(well))
	}
	if got := of(false, migration.OutcomeFailed); got <= well {
		t.Errorf("%s for work that failed itself, want more than %s", Size(got), Size(well))
	}
}

// Evictions do not count towards backoffLimit, and take time all the same.
func TestEvictionsAreNoRetries(t *testing.T) {
	runs := several(40, always(100*mi))
	was := profileOf(learnt(Settings{}, runs...))
	for i := range 20 {
		runs[2*i].Outcome = migration.OutcomeEvicted
	}
	p := profileOf(learnt(Settings{}, runs...))
	if p.BackoffLimit != was.BackoffLimit+1 && p.BackoffLimit != was.BackoffLimit {
		t.Errorf("%d retries, %d without evictions", p.BackoffLimit, was.BackoffLimit)
	}
	if least := 6 * p.AttemptDeadline; p.Deadline < least {
		t.Errorf("a deadline of %s leaves no room for evictions: want %s", p.Deadline, least)
	}
}
