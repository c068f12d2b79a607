package report_test

import (
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// cutoverOfAcme is a tenant between its steps that holds, with all that a verdict may rest on.
func cutoverOfAcme(at time.Time) migration.Cutover {
	return migration.Cutover{
		Word: migration.VerdictHold, Text: "HOLD",
		Reason: "2 attempts OOMKilled: right-size the profile first; 1,204 messages on green and 4,801 on blue, since 2026-11-20 09:05 UTC",
		Detail: migration.CutoverDetail{
			Stage: migration.StageBetween, Wave: "wave 2", Owners: []string{"platform"},
			Share: migration.Some(migration.Ratio(0.2)), ShareFrom: "plan", Observed: migration.Some(migration.Ratio(0.2005)),
			Next:   migration.Some(migration.Ratio(0.5)),
			Steps:  []migration.CutoverStep{{Share: 0.05, At: at.Add(-26 * time.Hour)}, {Share: 0.2, At: at.Add(-3 * time.Hour)}},
			StepAt: at.Add(-3 * time.Hour), Since: at.Add(-3 * time.Hour), FinalTo: at.Add(-18 * time.Minute),
			Holds: []string{"oom_killed", "need_evidence"}, Others: []string{"not enough evidence of health yet"},
			Needs: []string{"about 400 more messages on green"},
			Rule:  "failures", RuleSince: at.Add(-time.Hour),
			Before: migration.CutoverSide{Messages: 4801, Failures: 48}, After: migration.CutoverSide{Messages: 1204, Failures: 14},
			Basis: "messages", Divisor: 1, HarmE: -0.3, HealthN: 0.9, SlowerE: -1.2, Bar: 0.69,
			Signals: []migration.CutoverSignal{{
				Signal: "reasons", State: migration.SignalHolds, Value: "2 OOMKilled",
				Thresholds: []migration.CutoverThreshold{
					{Name: "reasons", Value: "0", From: "default"}, {Name: "wall", Value: "80%", From: "wave", Place: "migtop.yaml:12:7"},
				},
			}},
			Ready:  migration.Some(true),
			Checks: []migration.CutoverCheck{{Name: "profile", State: migration.CheckPassed, Detail: "rests on 214 runs"}},
			Decisions: []migration.CutoverDecision{{
				Kind: "clear", Who: "dana", Why: "the wrong image", At: at.Add(-2 * time.Hour), Until: at.Add(time.Hour),
			}},
			ExitCode: 10,
		},
	}
}

// waveOfAcme is its wave.
func waveOfAcme(at time.Time) migration.CutoverWave {
	return migration.CutoverWave{
		Name: "wave 2", Owners: []string{"platform"}, Tenants: []migration.Tenant{"acme"},
		Next: migration.Some(migration.Ratio(0.5)), NextAt: at.Add(24 * time.Hour),
		Harmed: []migration.Tenant{"acme"}, Healthy: []migration.Tenant{"acme"},
		Cohort: migration.CutoverCohort{
			Tenants: 1, Before: migration.CutoverSide{Messages: 4801, Failures: 48},
			After: migration.CutoverSide{Messages: 1204, Failures: 14}, HarmE: -0.3, HealthN: 0.9, Promotes: true,
		},
	}
}
