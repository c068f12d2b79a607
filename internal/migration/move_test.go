package migration

import "testing"

func TestEveryPlatformIsDescribed(t *testing.T) {
	for p := Lambda; p <= LastPlatform; p++ {
		if i := p.Info(); i.ID != p || i.Label == "" || i.Short == "" || i.Run == "" || i.Source == "" || i.UsageSource == "" || i.System == "" {
			t.Errorf("%s is described as %+v", p, i)
		}
	}
	if i := Platform(99).Info(); i.ID != 99 || i.Label == "" || i.Caps != (Caps{}) {
		t.Errorf("an unknown platform is described as %+v", i)
	}
}

func TestZeroMoveIsTheDefault(t *testing.T) {
	var zero Move
	if got, want := zero.Sides(), DefaultMove.Sides(); got != want || got != [2]Platform{Lambda, Jobs} {
		t.Errorf("sides = %v, want %v", got, want)
	}
	if !zero.Has(Lambda) || !zero.Has(Jobs) || zero.Has(ECS) {
		t.Error("the default move is not between Lambda and Jobs alone")
	}
	if m := (Move{Before: ECS, After: Jobs}); m.Has(Lambda) || m.Infos()[0].Label != "ECS" {
		t.Errorf("sides = %v", m.Infos())
	}
}
