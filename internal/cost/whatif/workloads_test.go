package whatif

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// A tenant's only workload costs what the tenant does, to the last digit.
func TestTheOnlyWorkloadCostsWhatTheTenantDoes(t *testing.T) {
	snap := fleetOf(
		spec{name: "a", memory: 2 * migration.GiB, lambda: 3000, took: 3 * time.Second},
		spec{
			name: "b", memory: 4 * migration.GiB, lambda: 50, jobs: 40, took: 5 * time.Minute, cpu: 2 * migration.Core,
			request: 4 * migration.GiB, start: 4 * time.Second,
		},
	)
	asked, err := newAsker().Ask(t.Context(), snap, nil)
	if err != nil {
		t.Fatal(err)
	}
	of, err := newAsker().Workloads(t.Context(), snap)
	if err != nil || len(of.Of) != 2 || of.Before != asked.Before {
		t.Fatalf("%v %v", of, err)
	}
	for i := range of.Of {
		if of.Of[i].Workload != "work" {
			t.Errorf("%q", of.Of[i].Workload)
		}
		same := cmp.Options{
			cmp.Comparer(func(a, b migration.USD) bool { return a.Cmp(b) == 0 }),
			cmp.Comparer(func(a, b migration.Opt[migration.USD]) bool {
				x, ok1 := a.Get()
				y, ok2 := b.Get()
				return ok1 == ok2 && x.Cmp(y) == 0
			}),
			cmp.Comparer(func(a, b migration.Opt[float64]) bool { return a == b }),
			cmp.Comparer(func(a, b migration.Opt[time.Duration]) bool { return a == b }),
			cmp.Comparer(func(a, b migration.Opt[migration.Ratio]) bool { return a == b }),
		}
		for _, h := range of.Shown {
			if diff := cmp.Diff(asked.Tenants[i].On[h], of.Of[i].On[h], same); diff != "" {
				t.Errorf("%s on %s: %s", of.Of[i].Tenant, h, diff)
			}
		}
	}
}

// Several workloads of a tenant share its part of the platform, and what they cost adds up to what one tenant with all of
// their runs costs.
func TestWorkloadsAddUp(t *testing.T) {
	snap := fleetOf(spec{name: "a", memory: 2 * migration.GiB, lambda: 3000, took: 3 * time.Second})
	one := snap.Tenants[0].Workloads[0]
	other := one
	other.Workload = "second"
	snap.Tenants[0].Workloads = []migration.WorkloadView{one, other}
	asked, err := newAsker().Ask(t.Context(), snap, nil)
	if err != nil {
		t.Fatal(err)
	}
	of, err := newAsker().Workloads(t.Context(), snap)
	if err != nil || len(of.Of) != 2 {
		t.Fatalf("%v %v", of, err)
	}
	for _, h := range of.Shown {
		want, ok := asked.Tenants[0].On[h].Month.Value.Get()
		sum := decimal.Decimal{}
		for i := range of.Of {
			month, known := of.Of[i].On[h].Month.Value.Get()
			if ok = ok && known; known {
				sum = sum.Add(month.Decimal())
			}
		}
		if !ok || sum.Sub(want.Decimal()).Abs().GreaterThan(decimal.New(1, -12)) {
			t.Errorf("%s: %s, want %s", h, sum, want)
		}
	}
	if fixed := of.Of[0].On[migration.OnNodes].Fixed.Or(migration.USD{}); fixed.Cmp(usd("36.5")) != 0 { // half of 0.1 x 730
		t.Errorf("share of the platform: %s", fixed)
	}
}
