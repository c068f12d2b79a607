package jobs

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/migtop/migtop/internal/clock"
)

// What a poll knows depends on how fast the cluster answers, but not where the cluster is simulated: nodes that come late
// are waited for as Jobs and pods are.
func TestPatienceIsForAllThatIsRead(t *testing.T) {
	for _, c := range []struct {
		patience time.Duration
		want     bool
	}{{0, false}, {time.Minute, true}} {
		synctest.Test(t, func(t *testing.T) {
			s := &Source{options: Options{Once: true, Patience: c.patience}}
			late := &watcher{name: "nodes", clock: clock.System()}
			for _, name := range []string{"jobs", "pods"} {
				w := &watcher{name: name, clock: clock.System()}
				w.good(0)
				s.watchers = append(s.watchers, w)
			}
			s.watchers = append(s.watchers, late)
			go func() {
				time.Sleep(2 * otherTimeout) // of the bubble's time
				late.good(0)
			}()
			if !s.settled(t.Context()) {
				t.Fatal("Jobs and pods were read, and the poll gave up")
			}
			if state, _ := late.get(); state.outcome != c.want || s.ready.Load() != c.want {
				t.Errorf("with patience for %s nodes were waited for: %v, want %v", c.patience, state.outcome, c.want)
			}
			synctest.Wait()
			time.Sleep(2 * otherTimeout)
		})
	}
}
