package migration

import "testing"

func TestEveryPlatformIsDescribed(t *testing.T) {
	for p := Lambda; p <= LastPlatform; p++ {
		if i := p.Info(); i.ID != p || i.Label == "" || i.Short == "" || i.Run == "" || i.Key == "" ||
			i.Source == "" || i.UsageSource == "" || i.System == "" {
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

func TestTextsNameTheSides(t *testing.T) {
	const text = "{after.run}s on {after} ({after.short}, {AFTER}) end at {after.limit}; jq .{before.id}; {before} had {before.run}s"
	for m, want := range map[Move]string{
		{}:                           "Jobs on Jobs (K8s, JOBS) end at activeDeadlineSeconds; jq .lambda; Lambda had invocations",
		{Before: ECS, After: Lambda}: "invocations on Lambda (L, LAMBDA) end at the function's timeout; jq .ecs; ECS had tasks",
	} {
		if got := m.Fill(text); got != want {
			t.Errorf("%v: %q, want %q", m, got, want)
		}
	}
	if got := DefaultMove.Fill("{tenant}"); got != "{tenant}" {
		t.Errorf("a pattern became %q", got)
	}
}
