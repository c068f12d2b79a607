package whatif

import (
	"fmt"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// BenchmarkAskLive is a fleet as a Snapshot has it, as things are and under a changed assumption: of the same
// Snapshot, and of a new one, whose present is priced too.
func BenchmarkAskLive(b *testing.B) {
	var specs []spec
	for i := range 10_000 {
		specs = append(specs, spec{
			name: fmt.Sprintf("tenant-%05d", i), memory: migration.Bytes(128*(i%16+1)) * migration.MiB, lambda: int64(i%900 + 3),
			jobs: int64(i%7 + 3), took: time.Duration(i%600+1) * time.Second, cpu: migration.Core, request: migration.GiB,
			start: 2 * time.Second,
		})
	}
	s := fleetOf(specs...)
	one := compared().Tenants[0]
	for i := range s.Tenants {
		s.Tenants[i].Economics, s.Tenants[i].Verdict = one.Economics, one.Verdict
	}
	now, changed := onDemand(), onDemand()
	now.Spot, now.Packed = 25, 50
	changed.Packed = 80
	for name, sc := range map[string]migration.Scenario{"as now": now, "changed": changed} {
		b.Run(name, func(b *testing.B) {
			a := newAsker()
			for b.Loop() {
				if _, err := a.Ask(b.Context(), s, &sc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("changed, a new snapshot", func(b *testing.B) {
		a := newAsker()
		for b.Loop() {
			next := *s
			if _, err := a.Ask(b.Context(), &next, &changed); err != nil {
				b.Fatal(err)
			}
		}
	})
}
