package ui

import (
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Each container of an attempt has a row of its own where there are several: a sidecar's kill is
// its own, and what could not be seen of a run time is a lower bound.
func TestAttemptsShowTheirContainers(t *testing.T) {
	ran := func(low, high time.Duration) migration.Opt[migration.Bounds[time.Duration]] {
		return migration.Some(migration.Bounds[time.Duration]{Low: low, High: high})
	}
	limit := func(b migration.Bytes) migration.Resources { return migration.Resources{Memory: migration.Some(b)} }
	snap := newFixture()
	for i := range snap.Tenants {
		for j := range snap.Tenants[i].Runs {
			r := &snap.Tenants[i].Runs[j]
			r.Container = migration.Some(migration.Container{Name: "report", Kind: migration.ContainerMain, Limit: limit(768 * migration.MiB)})
			r.RunTime = ran(111*time.Second, 111*time.Second)
			for k := range r.Attempts {
				a := &r.Attempts[k]
				a.PeakMemory, a.Memory = migration.Some(100*migration.MiB), migration.Some(700*migration.MiB)
				a.RunTime = ran(20*time.Second, 170*time.Second)
				a.Containers = []migration.Container{
					{
						Name: "report", Kind: migration.ContainerMain, PeakMemory: migration.Some(100 * migration.MiB), Limit: limit(768 * migration.MiB),
						RunTime: ran(20*time.Second, 170*time.Second),
					},
					{
						Name: "proxy", Kind: migration.ContainerSidecar, OOMKilled: 3, Restarts: 3, PeakMemory: migration.Some(64 * migration.MiB),
						Limit: limit(64 * migration.MiB),
					},
				}
			}
		}
	}
	d := newDriver(t, Options{Theme: "dark"}, 180, 110)
	d.send(snapshotMsg{snap})
	d.press("2", "enter")
	d.mustShow("1m51", "768 MiB")
	d.press("down", "enter")
	d.mustShow("report (main)", "proxy (sidecar)", "OOMKilled 3×", "limit 64 MiB", "≥20s", "100 MiB of report")
	d.mustNotShow("700 MiB") // of the pod, not of its main container
}
