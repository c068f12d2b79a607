package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// benchState is a fleet of 1,000 tenants, each with one workload on both sides, 90
// minutes of activity, and ten Jobs with a pod each.
func benchState() *state {
	s := newTestState(noon, migration.QuarterWindow)
	var lambda, jobs []migration.Activity
	var functions []migration.Function
	var runs []migration.Run
	for i := range 1000 {
		name := migration.Tenant(fmt.Sprintf("tenant-%04d", i))
		key := migration.Key{Platform: migration.Lambda, Workload: "thumbnails", Tenant: name}
		functions = append(functions, migration.Function{
			Key: key, Name: "thumbnails-" + string(name), MemorySize: 512 * migration.MiB,
			Timeout: time.Minute,
		})
		for at := noon.Add(-90 * time.Minute); at.Before(noon); at = at.Add(time.Minute) {
			m := minute(at, 10)
			m.Key = key
			lambda, jobs = append(lambda, m), append(jobs, jobMinute(name, at, 1, 0))
		}
		for j := range 10 {
			runs = append(runs, migration.Run{
				Key: migration.Key{Platform: migration.Jobs, Workload: "thumbnails", Tenant: name}, UID: fmt.Sprintf("%d-%d", i, j),
				Name: "thumbnails", State: migration.RunRunning, Created: noon.Add(-time.Duration(j) * time.Minute),
			})
		}
	}
	var nodes []migration.NodeTime
	for at := noon.Add(-90 * time.Minute); at.Before(noon); at = at.Add(time.Minute) {
		nodes = append(nodes, migration.NodeTime{Host: node, Start: at, Span: time.Minute, NodeSeconds: 60 * 300, Nodes: 300})
	}
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{
		Activities: lambda, Functions: functions,
		Health: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK, FinalTo: noon.Add(-3 * time.Minute)}},
	}})
	s.absorb(pollResult{source: "jobs", batch: migration.Batch{
		Activities: jobs, NodeTimes: nodes, Runs: runs, CoverFrom: migration.Some(noon.Add(-3 * time.Hour)),
		Cluster: &migration.Cluster{Name: "prod", EKS: true, Region: "us-east-1"},
		Health:  []migration.Health{{Source: "jobs", State: migration.HealthOK}},
	}})
	return s
}

// A Snapshot of 10,000 pods and 1,000 tenants while the days stand.
func BenchmarkSnapshot(b *testing.B) {
	s := benchState()
	s.snapshot(noon)
	b.ReportAllocs()
	for b.Loop() {
		s.snapshot(noon)
	}
}

// The same where the days are counted anew, as happens every five minutes.
func BenchmarkSnapshotWithDays(b *testing.B) {
	s := benchState()
	s.snapshot(noon)
	b.ReportAllocs()
	for b.Loop() {
		s.days.counted = time.Time{}
		s.snapshot(noon)
	}
}
