package assess

import (
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// A sidecar's kill is named, and is neither one of the work nor critical; the
// limit that peaks are compared with is the main container's own.
func TestNoticesOfContainers(t *testing.T) {
	const mib = migration.MiB
	limit := func(b migration.Bytes) migration.Resources { return migration.Resources{Memory: migration.Some(b)} }
	run := func(i int, peak migration.Bytes) migration.Run {
		return migration.Run{
			Key: migration.Key{Platform: migration.Jobs, Workload: "thumbnails", Tenant: "calm"}, UID: string(rune('a' + i)), Name: "run",
			State: migration.RunSucceeded, Created: noon.Add(-10 * time.Minute), Limit: limit(1088 * mib),
			Container: migration.Some(migration.Container{Name: "main", Kind: migration.ContainerMain, Limit: limit(1024 * mib)}),
			Attempts: []migration.Attempt{{
				State: migration.RunSucceeded, PeakMemory: migration.Some(peak),
				Containers: []migration.Container{
					{Name: "main", Kind: migration.ContainerMain, Limit: limit(1024 * mib)},
					{Name: "proxy", Kind: migration.ContainerSidecar, Limit: limit(64 * mib), OOMKilled: 2, Restarts: 2},
				},
			}},
		}
	}
	seen := func(peak migration.Bytes) *migration.TenantView {
		s := newTestState(noon, time.Hour)
		var acts []migration.Activity
		var runs []migration.Run
		for i := range 20 {
			a := jobMinute("calm", noon.Add(-time.Duration(i+2)*time.Minute), 1, 0)
			a.PeakMemory = migration.Sample(peak)
			acts, runs = append(acts, a), append(runs, run(i, peak))
		}
		s.absorb(pollResult{source: "jobs", batch: migration.Batch{Activities: acts, Runs: runs}})
		return tenant(t, s.snapshot(noon), "calm")
	}
	v := seen(100 * mib)
	if v.After.MemoryLimit != migration.Some(1024*mib) {
		t.Errorf("the limit is %v, want the main container's", v.After.MemoryLimit)
	}
	var texts []string
	for _, n := range v.Notices {
		texts = append(texts, n.Text)
		if n.Code == "oom_killed" || n.Severity > migration.Info {
			t.Errorf("%v: %s", n.Severity, n.Text)
		}
	}
	if want := "sidecar proxy OOMKilled in 20 attempts at its limit of 64 MiB"; !strings.Contains(strings.Join(texts, "\n"), want) {
		t.Errorf("%q, want %q", texts, want)
	}
	tight := false
	for _, n := range seen(950 * mib).Notices {
		tight = tight || n.Code == "memory_tight"
	}
	if !tight {
		t.Error("950 MiB of 1024 MiB is tight, whatever the pod's limit")
	}
}
