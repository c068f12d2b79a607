package assess

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// drawFacts are the facts of a fleet of any kind.
func drawFacts(t *rapid.T) *Facts {
	s := newTestState(noon, rapid.SampledFrom(migration.WindowSpans()).Draw(t, "window"))
	var activities []migration.Activity
	var functions []migration.Function
	runs := []migration.Run{}
	for i := range rapid.IntRange(0, 4).Draw(t, "tenants") {
		name := migration.Tenant(fmt.Sprint("tenant-", i))
		key := acme
		key.Tenant = name
		if rapid.Bool().Draw(t, "on Lambda") {
			functions = append(functions, migration.Function{
				Key: key, Name: "f-" + string(name), MemorySize: 512 * migration.MiB, Timeout: time.Minute,
				Place: migration.RegionArch{Region: "us-east-1", Arch: migration.X86},
			})
			for m := range rapid.IntRange(0, 90).Draw(t, "minutes") {
				a := minute(noon.Add(-time.Duration(m)*time.Minute), rapid.Int64Range(1, 50).Draw(t, "runs"))
				a.Key, a.Failures = key, rapid.Int64Range(0, 3).Draw(t, "failures")
				activities = append(activities, a)
			}
		}
		for m := range rapid.IntRange(0, 60).Draw(t, "minutes of Jobs") {
			a := jobMinute(name, noon.Add(-time.Duration(m)*time.Minute), 1, rapid.Int64Range(0, 1).Draw(t, "failed"))
			a.Usage[0].Host.InstanceType = rapid.SampledFrom([]string{"m6i.xlarge", "x9.mystery"}).Draw(t, "instance type")
			activities = append(activities, a)
			runs = append(runs, migration.Run{Key: a.Key, UID: fmt.Sprint(name, m), Created: a.Start, State: migration.RunPending})
		}
	}
	health := migration.Health{Source: "cloudwatch", State: migration.HealthOK, FinalTo: noon.Add(-3 * time.Minute)}
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{
		Activities: activities, Functions: functions,
		Health: []migration.Health{health},
	}})
	s.absorb(pollResult{source: "jobs", batch: migration.Batch{
		Runs: runs, Cluster: &migration.Cluster{EKS: true, Region: "us-east-1"}, CoverFrom: migration.Some(noon.Add(-3 * time.Hour)),
		NodeTimes: []migration.NodeTime{{Host: node, Start: noon.Add(-20 * time.Minute), Span: time.Minute, NodeSeconds: 120, Nodes: 2}},
	}})
	f := s.facts(noon)
	f.Days = NewWholeDays([]*migration.Day{CountDay(f, Midnight(noon), true, nil)})
	return f
}

// bytes is all that a Snapshot says.
func bytes(s *migration.Snapshot) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// The same facts give the same Snapshot, to the byte: one after another, with the forecasts
// of the first, and at the same time. The race detector sees to it that nothing is written.
func TestTheSameFactsGiveTheSameSnapshot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		first := Assess(f)
		want := bytes(first.Snapshot)
		again := *f
		again.Forecasts = first.Forecasts
		views := []*Facts{f, &again, f, &again}
		got := make([]string, len(views))
		var both sync.WaitGroup
		for i, facts := range views {
			both.Go(func() { got[i] = bytes(Assess(facts).Snapshot) })
		}
		both.Wait()
		if i := slices.IndexFunc(got, func(s string) bool { return s != want }); i >= 0 {
			t.Fatalf("assessment %d gives\n%s\nwant\n%s", i, got[i], want)
		}
		if bytes(first.Snapshot) != want {
			t.Fatal("a later assessment changed the first one")
		}
	})
}
