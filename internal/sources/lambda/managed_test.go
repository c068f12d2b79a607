package lambda

import (
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

// What runs on Lambda Managed Instances has no GB-seconds: its cost is unknown and says why,
// and together with others it is a lower bound.
func TestManagedInstancesAreNotBilledByTheGBSecond(t *testing.T) {
	const provider = "arn:aws:lambda:eu-west-1:123456789012:capacity-provider:pool"
	for name, together := range map[string]bool{"apart": false, "under one key": true} {
		t.Run(name, func(t *testing.T) {
			account := newFleet(2)
			account.list[0].CapacityProvider = provider
			r := newRig(t, account, func(s *Settings) {
				s.History = -1
				if together {
					s.Attribute = func(migration.Identity) migration.Attribution {
						return migration.Attribution{Tenant: "acme", Workload: "w"}
					}
				}
			})
			batch, err := r.Poll(t.Context(), sources.Focus{})
			if err != nil {
				t.Fatal(err)
			}
			if got := batch.Functions[0].CapacityProvider; got != provider || batch.Functions[1].CapacityProvider != "" {
				t.Errorf("capacity providers %q and %q", got, batch.Functions[1].CapacityProvider)
			}
			for _, a := range batch.Activities {
				managed := a.Tenant != "t00001"
				if strings.Contains(a.Evidence.Note, noteManaged) != managed {
					t.Fatalf("%s: %+v", a.Tenant, a.Evidence)
				}
				switch {
				case together: // one run of either a minute
					if a.Runs > 0 && (a.Invoked.Requests*2 != a.Runs || a.Invoked.Billed*1000 != migration.MBMillis(a.Invoked.Requests*2000500*1024) ||
						!a.Invoked.Known.LowerBound) {
						t.Fatalf("%d runs, %+v", a.Runs, a.Invoked)
					}
				case managed && a.Invoked != nil, !managed && (a.Invoked == nil || a.Invoked.Known.LowerBound):
					t.Fatalf("%s: %+v", a.Tenant, a.Invoked)
				}
			}
			if len(batch.Activities) == 0 {
				t.Error("nothing happened")
			}
		})
	}
}
