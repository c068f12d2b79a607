package assess

import (
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// A tenant that is on Lambda alone, with short runs on a fleet whose pods take so long to
// start that a Job of it would cost more: it does not pay "from any length", though a
// second of a Job is cheaper. The length from which it pays is one that no run has.
func TestStartUpCountsIntoTheLengthThatPays(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	globex := migration.Key{Platform: migration.Lambda, Workload: "thumbnails", Tenant: "globex"}
	var lambda, jobs []migration.Activity
	for at := noon.Add(-90 * time.Minute); at.Before(noon); at = at.Add(time.Minute) {
		m := minute(at, 10)
		m.Key = globex
		lambda = append(lambda, m)
		j := jobMinute("acme", at, 1, 0)
		j.StartUp = migration.Sample(30 * time.Second)
		jobs = append(jobs, j)
	}
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{Activities: lambda, Functions: []migration.Function{
		{
			Key: globex, Name: "globex-thumbnails", MemorySize: 512 * migration.MiB, Timeout: time.Minute,
			Place: migration.RegionArch{Region: "us-east-1", Arch: migration.X86},
		},
	}}})
	s.absorb(pollResult{source: "jobs", batch: migration.Batch{Activities: jobs}})
	fillNodes(s)
	a := tenant(t, s.snapshot(noon), "globex").Economics
	l, ok1 := a.BeforeRun.Value.Get()
	j, ok2 := a.AfterRun.Value.Get()
	if !ok1 || !ok2 || j.Cmp(l) <= 0 {
		t.Fatalf("a run costs %s on Lambda and %s on Jobs: the test is about one that costs more there", l, j)
	}
	if busy, ok := a.Utilization.Value.Get(); !ok || busy >= 1 {
		t.Fatalf("a second of a Job is %v of one on Lambda: the test is about a cheaper one", busy)
	}
	if length, ok := a.Duration.Value.Get(); !ok || length <= time.Second {
		t.Errorf("it pays from a length of %s (known %t), and its runs of 1 s do not pay", length, ok)
	}
}
