package migration_test

import (
	"testing"

	"github.com/migtop/migtop/internal/migration"
)

func TestZonePlace(t *testing.T) {
	for zone, want := range map[string][2]string{
		"us-east-1a":              {"us-east-1", "us-east-1"},
		"us-gov-west-1b":          {"us-gov-west-1", "us-gov-west-1"},
		"ap-southeast-2c":         {"ap-southeast-2", "ap-southeast-2"},
		"us-west-2-lax-1a":        {"us-west-2", "us-west-2-lax-1"},
		"us-east-1-wl1-bos-wlz-1": {"us-east-1", "us-east-1-wl1-bos-wlz-1"},
		"":                        {},
		"x":                       {},
		"us-east-1":               {}, // a region is no zone
		"europe-west1-b":          {},
		"westeurope-1":            {},
		"us-east-1A":              {},
	} {
		region, place, ok := migration.ZonePlace(zone)
		if region != want[0] || place != want[1] || ok != (want[0] != "") {
			t.Errorf("%q: %q, %q, %v; want %q", zone, region, place, ok, want)
		}
		if ok && migration.ParentRegion(place) != region {
			t.Errorf("%q is in %q, not in %q", place, migration.ParentRegion(place), region)
		}
	}
	for _, region := range []string{"us-east-1", "us-gov-west-1", "", "europe-west1"} {
		if got := migration.ParentRegion(region); got != region {
			t.Errorf("%q: %q", region, got)
		}
	}
}
