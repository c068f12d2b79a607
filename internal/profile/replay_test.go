package profile

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// What advisers said last is asked again only where nothing changed since: at any time it is what
// they would say now.
func TestAdviceIsNeverStale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := NewBook(Settings{})
		for _, r := range drawRuns(t, 30) {
			b.Observe(r)
			b.flush()
			if rapid.IntRange(0, 9).Draw(t, "recommend") == 0 {
				b.Recommend(nil, 0) // pools tenants with their class
			}
			for _, w := range b.workloads {
				for l := range w.tenants.all() {
					got, ok := b.adviseAny(l, w)
					want, known := b.computeAdvice(l, w)
					if got != want || ok != known {
						t.Fatalf("%v of %v: said %v, would say %v", l.tenant, l.workload, got, want)
					}
				}
			}
		}
	})
}

// BenchmarkReplay replays 50,000 runs of 50 workloads.
func BenchmarkReplay(b *testing.B) {
	trace := make(Pasts, 50_000)
	for i := range trace {
		r := migration.RunRecord{
			Key: migration.Key{Platform: migration.Jobs, Workload: migration.Workload(fmt.Sprintf("w%d", i%50)), Tenant: "a"}, ID: fmt.Sprint(i),
			Started: july.Add(time.Duration(i%4000) * time.Hour), Duration: time.Minute, Outcome: migration.OutcomeSucceeded,
			Peak: migration.Some(migration.Bytes(300+i%97) * migration.MiB), PeakBound: migration.Exact, CPUTime: migration.Some(30 * time.Second),
		}
		r.Given.Request.Memory = migration.Some(2 * migration.GiB)
		trace[i] = Past{r, true}
	}
	for b.Loop() {
		Replay(Settings{}, trace, func(int, *Profile) {})
	}
}
