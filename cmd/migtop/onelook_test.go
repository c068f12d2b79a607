package main

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/migration"
)

// One look at the demo prints the same on a machine that is busy: who work belongs to waits for the names of both sides,
// however late they come. Elsewhere a side that does not answer holds nobody up.
func TestOneLookAtTheDemoWaitsForNames(t *testing.T) {
	ids := func(name string) []migration.Identity {
		return []migration.Identity{{Platform: migration.Lambda, Name: name}}
	}
	for _, c := range []struct {
		name string
		app  *app
		same bool
	}{
		{"one look at the demo", &app{pace: frozen, systems: systems{demo: true}}, true},
		{"the demo on a screen", &app{pace: running, systems: systems{demo: true}}, false},
		{"one look at AWS", &app{pace: frozen}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := attribution.NewLearner(attribution.New(attribution.Rules{}), 2)
				began := time.Now()
				var waited time.Duration
				var wg sync.WaitGroup
				wg.Go(func() {
					c.app.join(t.Context(), l, new(sync.Once), ids("acme-thumbnails"))
					waited = time.Since(began)
				})
				wg.Go(func() {
					time.Sleep(20 * time.Second) // of the bubble's time
					c.app.join(t.Context(), l, new(sync.Once), ids("acme-report"))
				})
				wg.Wait()
				if (waited == 20*time.Second) != c.same {
					t.Errorf("the first side waited for %s", waited)
				}
			})
		})
	}
}
