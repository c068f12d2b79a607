package lambda

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// epoch is when tests begin: twenty past an hour.
var epoch = time.Date(2026, 3, 10, 12, 20, 20, 0, time.UTC)

// fleetAccount is an account of n functions, of which each does something every
// minute, or never if it is idle.
type fleetAccount struct {
	list []awsapi.Function
	idle map[string]bool
	// from is since when there are invocations; zero is for ever.
	from time.Time
	// until is when they end; zero is never.
	until time.Time
}

func newFleet(n int) *fleetAccount {
	f := &fleetAccount{idle: make(map[string]bool)}
	for i := range n {
		f.list = append(f.list, awsapi.Function{
			Name: fmt.Sprintf("work-t%05d", i), Runtime: "python3.13", MemoryMB: 1024, Timeout: 30 * time.Second, Modified: epoch.AddDate(0, -1, 0),
		})
	}
	return f
}

func (f *fleetAccount) ID() string                            { return "123456789012" }
func (f *fleetAccount) Functions(time.Time) []awsapi.Function { return f.list }

func (f *fleetAccount) Invocations(name string, from, to time.Time) iter.Seq[awsapi.Invocation] {
	return func(yield func(awsapi.Invocation) bool) {
		if f.idle[name] {
			return
		}
		if from.Before(f.from) {
			from = f.from
		}
		if !f.until.IsZero() && to.After(f.until) {
			to = f.until
		}
		for at := awspoll.Ceil(from, time.Minute); at.Before(to); at = at.Add(time.Minute) {
			if !yield(awsapi.Invocation{Start: at, Duration: 2 * time.Second, Concurrency: 3}) {
				return
			}
		}
	}
}

// byName gives "work-acme" to workload "work" and tenant "acme".
func byName(id migration.Identity) migration.Attribution {
	workload, tenant, _ := strings.Cut(id.Name, "-")
	return migration.Attribution{Workload: migration.Workload(workload), Tenant: migration.Tenant(tenant)}
}

const region = awsaccesstest.Region

// rig is a source that reads a simulated account.
type rig struct {
	*Source
	server *awsapi.Server
	clock  *awsaccesstest.Hand
	url    string
}

func newRig(t testing.TB, account awsapi.Account, change ...func(*Settings)) *rig {
	t.Helper()
	r := &rig{clock: awsaccesstest.NewHand(epoch)}
	r.server, r.url = awsaccesstest.Serve(t, account, r.clock)
	config, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options(r.url))
	if err != nil {
		t.Fatal(err)
	}
	settings := Settings{
		Attribute: byName, Timing: awspoll.Timing{Clock: r.clock, Timeout: 10 * time.Minute},
		Rand: rand.New(rand.NewPCG(1, 2)),
	}
	for _, c := range change {
		c(&settings)
	}
	r.Source, err = New(config, settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Source.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}
