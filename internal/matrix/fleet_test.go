package matrix

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/migration"
)

func TestParseWhich(t *testing.T) {
	snap := &migration.Snapshot{Tenants: []migration.TenantView{
		{Tenant: "acme", Workloads: []migration.WorkloadView{{Workload: "csv"}, {Workload: "pdf"}}},
		{Tenant: "acme/eu", Workloads: []migration.WorkloadView{{Workload: "csv"}}},
		{Tenant: migration.Unattributed},
	}}
	for arg, want := range map[string]Which{
		"acme":        {Tenant: migration.Some[migration.Tenant]("acme")},
		"acme/csv":    {Tenant: migration.Some[migration.Tenant]("acme"), Workload: migration.Some[migration.Workload]("csv")},
		"acme/eu":     {Tenant: migration.Some[migration.Tenant]("acme/eu")},
		"acme/eu/csv": {Tenant: migration.Some[migration.Tenant]("acme/eu"), Workload: migration.Some[migration.Workload]("csv")},
	} {
		// "acme/eu" is a tenant before it is a workload of acme, and what acme has not may be a workload of acme/eu.
		if got, err := ParseWhich(snap, arg); err != nil || got != want {
			t.Errorf("%s: %+v %v", arg, got, err)
		}
	}
	for arg, want := range map[string]string{
		"acme/tar": `tenant "acme" has no workload "tar": it has csv, pdf`,
		"umbrella": `no tenant "umbrella" is seen`, "": `no tenant "" is seen`,
	} {
		if _, err := ParseWhich(snap, arg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", arg, err)
		}
	}
}

func TestFleetIsOfTheChosen(t *testing.T) {
	in := work()
	second := in.Snapshot.Tenants[0]
	second.Tenant = "globex"
	nobody := in.Snapshot.Tenants[0]
	nobody.Tenant = migration.Unattributed
	in.Snapshot.Tenants = append(in.Snapshot.Tenants, nobody, second)
	maker := New(in.Pricer, nil)
	all, err := maker.Fleet(t.Context(), in.Snapshot, Which{})
	if err != nil || len(all) != 2 || all[0].Tenant != "acme" || all[1].Tenant != "globex" {
		t.Fatalf("%v %v", all, err)
	}
	one, err := maker.Tenant(t.Context(), in.Snapshot, "globex")
	if err != nil || len(one) != 1 || one[0].Tenant != "globex" {
		t.Errorf("%v %v", one, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := maker.Fleet(ctx, in.Snapshot, Which{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
