package ui

import (
	"testing"

	"github.com/migtop/migtop/internal/migration"
)

func TestLeftOutKeepsItsCountWhereTheReasonHasNoRoom(t *testing.T) {
	list := []migration.LeftOut{{Reason: "no price for m9x.large", Tenants: 2}, {Reason: "waiting for cloudwatch", Tenants: 3}}
	for _, c := range []struct {
		list []migration.LeftOut
		room int
		want string
	}{
		{list, 80, "5 tenants: waiting for cloudwatch, and 2 for other reasons"},
		{list, 58, "5 tenants: waiting for cloudwatch, and 2 for other reasons"},
		{list, 57, "5 tenants"},
		{list[:1], 40, "2 tenants: no price for m9x.large"},
		{[]migration.LeftOut{{Reason: "no price for m9x.large", Tenants: 1}}, 10, "1 tenant"},
		{nil, 80, ""},
	} {
		if got := leftOut(c.list, c.room); got != c.want {
			t.Errorf("in %d cells: %q, want %q", c.room, got, c.want)
		}
	}
}

// A sum says how many tenants are not in it, or it is not shown.
func TestASumSaysWhoIsNotInIt(t *testing.T) {
	for _, c := range []struct {
		list []migration.LeftOut
		want string
	}{
		{nil, "$12/mo"},
		{[]migration.LeftOut{{Reason: "a", Tenants: 2}, {Reason: "b", Tenants: 1}}, "$12/mo, 3 left out"},
	} {
		if got := string(appendLeftOut([]byte("$12/mo"), c.list)); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
