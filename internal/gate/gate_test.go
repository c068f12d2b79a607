package gate_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/gate"
	"github.com/migtop/migtop/internal/migration"
)

func cutover(word migration.VerdictWord, code int, holds ...string) migration.Cutover {
	c := migration.Cutover{Word: word, Text: word.String(), Reason: "because of " + word.String()}
	c.Detail = migration.CutoverDetail{Stage: migration.StageBetween, Divisor: 1, ExitCode: code, Holds: holds}
	return c
}

func ready(word migration.VerdictWord, ok bool) migration.Cutover {
	c := cutover(word, 10)
	c.Detail.Stage, c.Detail.Ready = migration.StageBefore, migration.Some(ok)
	if ok {
		c.Detail.ExitCode = 0
	}
	return c
}

func at(c migration.Cutover, share migration.Ratio) migration.Cutover {
	c.Detail.Share = migration.Some(share)
	return c
}

// Every word, and what contradicts itself: neither a good nor a bad answer follows from half of a verdict.
func TestAnswerOfEveryWord(t *testing.T) {
	for _, c := range []struct {
		name string
		cut  migration.Cutover
		want gate.Answer
		code int
	}{
		{"nothing is known", migration.Cutover{}, gate.NoData, 3}, // the code of promote without its word
		{"no verdict", cutover(migration.VerdictNone, 3), gate.NoData, 3},
		{"cost alone", migration.CutoverOf(migration.Verdict{Decision: migration.WorthMoving}), gate.NoData, 3},
		{"move, ready", ready(migration.VerdictMove, true), gate.Promote, 0},
		{"move, not ready", ready(migration.VerdictMove, false), gate.Hold, 10},
		{"cannot stay, ready", ready(migration.VerdictCannotStay, true), gate.Promote, 0},
		{"cannot stay, not ready", ready(migration.VerdictCannotStay, false), gate.Hold, 10},
		{"move, readiness unknown", cutover(migration.VerdictMove, 0), gate.Hold, 10},
		{"stay", cutover(migration.VerdictStay, 10), gate.Hold, 10},
		{"PROMOTE", cutover(migration.VerdictPromote, 0), gate.Promote, 0},
		{"HOLD", cutover(migration.VerdictHold, 10), gate.Hold, 10},
		{"ROLL BACK", cutover(migration.VerdictRollBack, 20), gate.RollBack, 20},
		{"moved", cutover(migration.VerdictMoved, 0), gate.Promote, 0},
		{"moved, costs more", cutover(migration.VerdictMovedCostsMore, 0), gate.Promote, 0},
		{"HOLD with the code of promote", cutover(migration.VerdictHold, 0), gate.Hold, 10},
		{"HOLD with the code of roll back", cutover(migration.VerdictHold, 20), gate.Hold, 10},
		{"PROMOTE with the code of hold", cutover(migration.VerdictPromote, 10), gate.Hold, 10},
		{"PROMOTE without data", cutover(migration.VerdictPromote, 3), gate.NoData, 3},
		{"another code", cutover(migration.VerdictPromote, 7), gate.NoData, 3},
	} {
		if got := gate.Of(&c.cut); got != c.want || got.ExitCode() != c.code {
			t.Errorf("%s: %s with code %d, want %s with %d", c.name, got, got.ExitCode(), c.want, c.code)
		}
	}
}

func snapshot(tenants map[migration.Tenant]migration.Cutover, order ...migration.Tenant) *migration.Snapshot {
	s := &migration.Snapshot{}
	for _, t := range order {
		s.Tenants = append(s.Tenants, migration.TenantView{Tenant: t, Cutover: tenants[t]})
	}
	s.Tenants = append(s.Tenants, migration.TenantView{Tenant: migration.Unattributed, Cutover: cutover(migration.VerdictRollBack, 20)})
	return s
}

func TestTheMostCarefulTenantAnswers(t *testing.T) {
	words := map[gate.Answer]migration.Cutover{
		gate.Promote: cutover(migration.VerdictPromote, 0), gate.Hold: cutover(migration.VerdictHold, 10),
		gate.NoData: cutover(migration.VerdictNone, 3), gate.RollBack: cutover(migration.VerdictRollBack, 20),
	}
	care := []gate.Answer{gate.Promote, gate.Hold, gate.NoData, gate.RollBack} // less first
	for i, a := range care {
		for j, b := range care {
			s := snapshot(map[migration.Tenant]migration.Cutover{"a": words[a], "b": words[b]}, "a", "b")
			r, err := gate.Ask(s, &gate.Question{Complete: true})
			if err != nil || r.Gate != care[max(i, j)] || r.ExitCode != care[max(i, j)].ExitCode() || len(r.Tenants) != 2 {
				t.Errorf("%s and %s: %+v, %v", a, b, r, err)
			}
		}
	}
	if r, err := gate.Ask(&migration.Snapshot{}, &gate.Question{}); err != nil || r.Gate != gate.NoData || r.ExitCode != 3 {
		t.Errorf("no tenant at all: %+v, %v", r, err)
	}
}

// A PROMOTE of the step before must not pass for one of the step that the pipeline has just taken.
func TestAGoodWordOnAnotherShareHolds(t *testing.T) {
	promote := cutover(migration.VerdictPromote, 0)
	for _, c := range []struct {
		name string
		cut  migration.Cutover
		at   migration.Ratio
		want gate.Answer
	}{
		{"the step before", at(promote, 0.05), 0.25, gate.Hold},
		{"the same share", at(promote, 0.25), 0.25, gate.Promote},
		{"as it is seen", at(promote, 0.237), 0.25, gate.Promote},
		{"the next step", at(promote, 0.5), 0.25, gate.Hold},
		{"a small share", at(promote, 0.04), 0.05, gate.Promote},
		{"twice a small share", at(promote, 0.1), 0.05, gate.Hold},
		{"a share that is not known", promote, 0.25, gate.Hold},
		{"before the first step", ready(migration.VerdictMove, true), 0, gate.Promote},
		{"the first step is not seen yet", ready(migration.VerdictMove, true), 0.05, gate.Hold},
		{"rolled back to 0, not seen yet", at(promote, 0.05), 0, gate.Hold},
		{"ROLL BACK of any step", at(cutover(migration.VerdictRollBack, 20), 0.05), 0.25, gate.RollBack},
		{"no data", cutover(migration.VerdictNone, 3), 0.25, gate.NoData},
	} {
		s := snapshot(map[migration.Tenant]migration.Cutover{"a": c.cut}, "a")
		r, err := gate.Ask(s, &gate.Question{Tenant: "a", Share: migration.Some(c.at)})
		if err != nil || r.Gate != c.want {
			t.Errorf("%s: %v, %v; want %s", c.name, r, err, c.want)
		}
	}
}

func TestATenantThatIsNotThere(t *testing.T) {
	s := snapshot(map[migration.Tenant]migration.Cutover{"acme": cutover(migration.VerdictPromote, 0)}, "acme")
	s.Waves = []migration.Wave{{Name: "pilot", Tenants: []migration.Tenant{"planned"}}}
	_, err := gate.Ask(s, &gate.Question{Tenant: "Acmee", Complete: true})
	if !errors.Is(err, gate.ErrUnknown) || !strings.Contains(err.Error(), `did you mean "acme"?`) {
		t.Errorf("a complete answer: %v", err)
	}
	if _, err := gate.Ask(s, &gate.Question{Tenant: "zz", Complete: true}); err == nil || strings.Contains(err.Error(), "mean") {
		t.Errorf("nothing is near: %v", err)
	}
	for name, q := range map[string]gate.Question{"half an answer": {Tenant: "acmee"}, "planned": {Tenant: "planned", Complete: true}} {
		if r, err := gate.Ask(s, &q); err != nil || r.Gate != gate.NoData || len(r.Tenants) != 1 || r.Reason == "" {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	if _, err := gate.Ask(s, &gate.Question{Wave: "wave 9"}); !errors.Is(err, gate.ErrUnknown) {
		t.Errorf("an unknown wave: %v", err)
	}
	if r, err := gate.Ask(s, &gate.Question{Wave: "pilot"}); err != nil || r.Gate != gate.NoData {
		t.Errorf("a wave of which nothing is known: %+v, %v", r, err)
	}
}

// A wave may promote tenants with too little traffic by the evidence of all of them, and nothing else.
func TestACohortSpeaksForLittleTraffic(t *testing.T) {
	small := cutover(migration.VerdictHold, 10, "need_runs", "need_evidence")
	for _, c := range []struct {
		name     string
		small    migration.Cutover
		promotes bool
		harmed   []migration.Tenant
		question gate.Question
		want     gate.Answer
	}{
		{"its cohort has enough", small, true, nil, gate.Question{Wave: "w"}, gate.Promote},
		{"its cohort has not", small, false, nil, gate.Question{Wave: "w"}, gate.Hold},
		{"alone", small, true, nil, gate.Question{Tenant: "small"}, gate.Hold},
		{"all tenants", small, true, nil, gate.Question{}, gate.Hold},
		{"harmed", small, true, []migration.Tenant{"small"}, gate.Question{Wave: "w"}, gate.Hold},
		{"too young", cutover(migration.VerdictHold, 10, "need_minutes", "need_evidence"), true, nil, gate.Question{Wave: "w"}, gate.Hold},
		{
			"something is wrong", cutover(migration.VerdictHold, 10, "oom_killed", "need_evidence"), true, nil,
			gate.Question{Wave: "w"},
			gate.Hold,
		},
		{"no reason", cutover(migration.VerdictHold, 10), true, nil, gate.Question{Wave: "w"}, gate.Hold},
		{"ROLL BACK", cutover(migration.VerdictRollBack, 20), true, nil, gate.Question{Wave: "w"}, gate.RollBack},
		{
			"not on this step", at(cutover(migration.VerdictHold, 10, "need_evidence"), 0.05), true, nil,
			gate.Question{Wave: "w", Share: migration.Some(migration.Ratio(0.25))},
			gate.Hold,
		},
	} {
		both := map[migration.Tenant]migration.Cutover{"small": c.small, "large": cutover(migration.VerdictPromote, 0)}
		s := snapshot(both, "small", "large")
		if c.question.Share.Known() {
			s.Tenants[1].Cutover.Detail.Share = c.question.Share
		}
		s.Cutovers = []migration.CutoverWave{{
			Name: "w", Tenants: []migration.Tenant{"small", "large"}, Harmed: c.harmed,
			Cohort: migration.CutoverCohort{Tenants: 2, Promotes: c.promotes},
		}, {Name: "other"}}
		r, err := gate.Ask(s, &c.question)
		if err != nil || r.Gate != c.want || len(r.Waves) != 1 || !s.Tenants[0].Cutover.Detail.Ready.IsZero() {
			t.Errorf("%s: %+v, %v", c.name, r, err)
		}
	}
}

func TestWhenAWaitIsOver(t *testing.T) {
	one := map[gate.Answer]migration.Cutover{
		gate.Promote: cutover(migration.VerdictPromote, 0), gate.Hold: cutover(migration.VerdictHold, 10),
		gate.NoData: cutover(migration.VerdictNone, 3), gate.RollBack: cutover(migration.VerdictRollBack, 20),
	}
	for _, c := range []struct {
		a, b             gate.Answer
		promote, decided bool
	}{
		{gate.Promote, gate.Promote, true, true},
		{gate.Promote, gate.Hold, false, false},
		{gate.Promote, gate.NoData, false, false},
		{gate.RollBack, gate.Hold, true, false},
		{gate.RollBack, gate.NoData, true, false},
		{gate.RollBack, gate.Promote, true, true},
		{gate.RollBack, gate.RollBack, true, true},
		{gate.Hold, gate.NoData, false, false},
	} {
		r, err := gate.Ask(snapshot(map[migration.Tenant]migration.Cutover{"a": one[c.a], "b": one[c.b]}, "a", "b"), &gate.Question{})
		if err != nil || r.Over(gate.UntilPromote) != c.promote || r.Over(gate.UntilDecided) != c.decided {
			t.Errorf("%s and %s: %t, %t, %v", c.a, c.b, r.Over(gate.UntilPromote), r.Over(gate.UntilDecided), err)
		}
	}
}
