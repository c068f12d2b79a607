package ui

import (
	"fmt"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

func portion(v float64) migration.Opt[migration.Ratio] { return migration.Some(migration.Ratio(v)) }

// stepped is a tenant's cutover between its steps.
type stepped struct {
	name   migration.Tenant
	wave   string
	steps  []float64
	ago    time.Duration // since the last step
	next   float64       // 0 for none
	seen   float64       // share observed since the step
	word   migration.VerdictWord
	reason string
	holds  []string
	others []string
	needs  []string
	rule   string
	before migration.CutoverSide
	after  migration.CutoverSide
	harm   float64
	health float64
	bar    float64
	states map[string]migration.SignalState
	values map[string]string
}

// signalNames are the signals in the order of the documents.
var signalNames = []string{
	"routed_share", "conservation", "failure_rate", "reasons", "wall", "duration", "start_up", "dwell", "capacity", "loss_path",
	"logs_arriving", "cost", "memory_fit",
}

func cutoverStories() []stepped {
	const pilot, second = "pilot", "wave 2"
	return []stepped{
		{
			name: "globex", wave: second, steps: []float64{0.05, 0.2}, ago: 5*time.Hour + 12*time.Minute, next: 0.5, seen: 0.201,
			word: migration.VerdictRollBack, rule: "failures",
			reason: "6.2 % fail on Jobs, 0.0 % on Lambda, E 4.1e+08 of 100; 1,824 messages on Jobs and 7,296 on Lambda, messages, since " +
				"2026-03-14 05:22 UTC",
			holds: []string{"oom_killed", "memory"}, others: []string{"113 attempts were OOMKilled since 2026-03-14 05:22 UTC: raise " +
				"the memory limit first"},
			needs:  []string{"two hours without a kill at a higher limit"},
			before: migration.CutoverSide{Messages: 7296, Failures: 2}, after: migration.CutoverSide{Messages: 1824, Failures: 113},
			harm: 8.613, health: -6, bar: -1,
			states: map[string]migration.SignalState{
				"failure_rate": migration.SignalRollsBack, "reasons": migration.SignalHolds, "memory_fit": migration.SignalHolds,
			},
			values: map[string]string{
				"failure_rate": "6.2 % fail on Jobs, 0.0 % on Lambda (by messages); E 4.1e+08 of 100, N 1e-06 of 20",
				"reasons":      "of 113 failures: 113 OOMKilled, 0 over their deadline, 0 evicted",
				"memory_fit":   "peak at 100 % of the memory limit at 2026-03-14 10:21 UTC",
			},
		},
		{
			name: "acme", wave: pilot, steps: []float64{0.05, 0.25, 0.5, 1}, ago: 2 * time.Hour, seen: 0.88,
			word:   migration.VerdictHold,
			reason: "88 % of messages go to Jobs, 100 % are intended; 1,065 Jobs since 2026-03-14 08:34 UTC",
			holds:  []string{"share"},
			before: migration.CutoverSide{Messages: 145}, after: migration.CutoverSide{Messages: 1065, Failures: 1},
			harm: -0.4, health: 1.1, bar: 0.85, states: map[string]migration.SignalState{"routed_share": migration.SignalHolds},
			values: map[string]string{"routed_share": "88 % observed, 100 % intended"},
		},
		{
			name: "wayne", wave: pilot, steps: []float64{0.1}, ago: 28 * time.Hour, next: 0.25, seen: 0.12, word: migration.VerdictHold,
			reason: "not enough evidence: N 1.6 of 20, 0 of 22 Jobs failed; about 11 days at this rate, or promote with its cohort; 22 " +
				"messages " +
				"on Jobs and 191 on Lambda, messages, since 2026-03-13 06:34 UTC",
			holds:  []string{"need_runs", "need_evidence"},
			needs:  []string{"22 of 200 Jobs have run; about 9 days at this rate, or promote with its cohort"},
			before: migration.CutoverSide{Messages: 191}, after: migration.CutoverSide{Messages: 22},
			harm: -0.1, health: 0.2, bar: 0.15,
		},
		{
			name: "hooli", wave: second, steps: []float64{0.05, 0.25, 0.5}, ago: 26 * time.Hour, next: 1, seen: 0.508,
			word: migration.VerdictPromote,
			reason: "N 34 of 20, and nothing was wrong in the last 10 final minutes; 9,384 messages on Jobs and 9,016 on Lambda, " +
				"messages, since " +
				"2026-03-13 08:34 UTC",
			before: migration.CutoverSide{Messages: 9016, Failures: 18}, after: migration.CutoverSide{Messages: 9384, Failures: 18},
			harm: -1.2, health: 1.53, bar: 1,
		},
		{
			name: "stark", wave: second, steps: []float64{0.05, 0.25, 0.75}, ago: 19*time.Hour + 40*time.Minute, next: 1, seen: 0.741,
			word: migration.VerdictPromote,
			reason: "no failure in 3,870 messages on Jobs; 3,870 messages on Jobs and 1,360 on Lambda, messages, since 2026-03-13 14:54 " +
				"UTC",
			before: migration.CutoverSide{Messages: 1360, Failures: 1}, after: migration.CutoverSide{Messages: 3870},
			harm: -2, health: 1.1, bar: 0.85,
		},
		{
			name: "oscorp", wave: second, steps: []float64{0.05, 0.25, 0.5}, ago: 3 * time.Hour, next: 1, seen: 0.66,
			word: migration.VerdictHold,
			reason: "53 messages are missing for 9 of 15 final minutes, over the tolerance of 39; 2,574 messages on Jobs and 1,326 on " +
				"Lambda, " +
				"messages, since 2026-03-14 07:34 UTC",
			holds: []string{"loss", "share", "no_job_logs"},
			others: []string{
				"66 % of messages go to Jobs, 50 % are intended", "31 runs on Jobs in 70 minutes without a log line",
			},
			before: migration.CutoverSide{Messages: 1326, Failures: 5}, after: migration.CutoverSide{Messages: 2574, Failures: 8},
			harm: 0.9, health: 0.3, bar: -0.22,
			states: map[string]migration.SignalState{
				"routed_share": migration.SignalHolds, "conservation": migration.SignalHolds, "logs_arriving": migration.SignalHolds,
				"dwell": migration.SignalUnread,
			},
			values: map[string]string{
				"conservation": "3,953 sent = 1,326 on Lambda + 2,574 on Jobs + 0 in queues + 0 dead letters + 53 unaccounted for; " +
					"0 redeliveries",
				"routed_share": "66 % observed, 50 % intended", "logs_arriving": "runs since the last line: 0 on Lambda, 31 on Jobs",
				"dwell": "queue: sqs:GetQueueAttributes is denied",
			},
		},
		{
			name: "cyberdyne", wave: pilot, steps: []float64{0.05, 0.25, 0.5, 1}, ago: 50 * time.Hour, seen: 1,
			word:   migration.VerdictMovedCostsMore,
			reason: "all messages go to Jobs, and each costs 12 % more; 2,144 Jobs since 2026-03-12 08:34 UTC",
			after:  migration.CutoverSide{Messages: 2144, Failures: 2},
		},
		{
			name: "umbrella", wave: pilot, steps: []float64{0.05, 0.25, 0.5, 1}, ago: 76 * time.Hour, seen: 1, word: migration.VerdictMoved,
			reason: "all messages go to Jobs, and nothing is wrong; 36 Jobs since 2026-03-11 06:34 UTC",
			after:  migration.CutoverSide{Messages: 36},
		},
	}
}

// values of signals that nothing is wrong with.
func fineValues(st *stepped) map[string]string {
	return map[string]string{
		"routed_share": fmt.Sprintf("%.0f %% observed, %.0f %% intended", st.seen*100, st.steps[len(st.steps)-1]*100),
		"conservation": "no queue is configured",
		"failure_rate": fmt.Sprintf("E %.2g of 100, N %.2g of 20 (by messages)", 0.2, 3.1),
		"reasons":      "of 0 failures: 0 OOMKilled, 0 over their deadline, 0 evicted",
		"wall":         "within the limit",
		"duration": "2.1 % of 1,065 runs longer than the p95 of Lambda was, 0.3 % than its p99; E 0.02 of 100; p95 11m20s on Jobs, " +
			"12m04s on Lambda",
		"start_up":      "longest start-up 6s, within the budget",
		"dwell":         "no queue is configured",
		"capacity":      "0 requests throttled while Jobs was idle; concurrency on Lambda at 12 % of its limit",
		"loss_path":     "no dead letters, nothing dropped",
		"logs_arriving": "runs since the last line: 0 on Lambda, 0 on Jobs",
		"cost":          "$2.5500 for 1,000 messages on Lambda, $2.1400 on Jobs",
		"memory_fit":    "within the limit",
	}
}

// thresholdsOf are thresholds as the configuration may set them.
func thresholdsOf(signal string) []migration.CutoverThreshold {
	t := func(name, value, from, place string) migration.CutoverThreshold {
		return migration.CutoverThreshold{Name: name, Value: value, From: from, Place: place}
	}
	switch signal {
	case "failure_rate":
		return []migration.CutoverThreshold{
			t("failure_rate", "1%", "tenant", "migtop.yaml:41:21"), t("failure_rate.excess", "0.5 points", "default", ""),
			t("failure_rate.margin", "2", "default", ""),
		}
	case "dwell":
		return []migration.CutoverThreshold{t("dwell", "5m", "plan", "migtop.yaml:22:28")}
	case "routed_share":
		return []migration.CutoverThreshold{t("routed_share", "10 points", "default", "")}
	case "conservation":
		return []migration.CutoverThreshold{t("conservation", "1%", "default", ""), t("conservation.count", "10", "default", "")}
	case "wall", "memory_fit":
		return []migration.CutoverThreshold{t(signal, map[string]string{"wall": "80%", "memory_fit": "90%"}[signal], "wave",
			"migtop.yaml:30:14")}
	}
	return []migration.CutoverThreshold{t(signal, "0", "default", "")}
}

// cutoverOf is what the engine would say of a tenant.
func cutoverOf(st *stepped) migration.Cutover {
	c := migration.Cutover{Word: st.word, Text: st.word.String(), Reason: st.reason}
	d := &c.Detail
	last := st.steps[len(st.steps)-1]
	d.Stage = migration.StageBetween
	if last == 1 {
		d.Stage = migration.StageAtEnd
	}
	d.Wave, d.Owners = st.wave, []string{"anna", "ben"}
	if st.wave == "" {
		d.Owners = nil
	}
	d.Share, d.Observed, d.ShareFrom = portion(last), portion(st.seen), "plan"
	if st.next > 0 {
		d.Next = portion(st.next)
		if st.word == migration.VerdictPromote {
			c.Text = fmt.Sprintf("PROMOTE %.0f to %.0f %%", last*100, st.next*100)
		}
	}
	d.StepAt = at.Add(-st.ago)
	for i, s := range st.steps {
		d.Steps = append(d.Steps, migration.CutoverStep{
			Share: migration.Ratio(s), At: d.StepAt.Add(-time.Duration(len(st.steps)-1-i) * 90 * time.Minute),
		})
	}
	d.Since, d.FinalTo = d.StepAt, at.Add(-4*time.Minute)
	d.Holds, d.Others, d.Needs, d.Rule = st.holds, st.others, st.needs, st.rule
	if st.rule != "" {
		d.RuleSince = at.Add(-3 * time.Hour)
		d.Decisions = []migration.CutoverDecision{{
			Kind: "overrule", Who: "dana", Why: "the limit is being raised", At: at.Add(-2 * time.Hour), Until: at.Add(-time.Hour),
		}}
	}
	d.Before, d.After, d.Basis, d.Divisor = st.before, st.after, "messages", 1
	d.HarmE, d.HealthN, d.SlowerE, d.Bar = st.harm, st.health, -1.7, st.bar
	values := fineValues(st)
	for _, name := range signalNames {
		s := migration.CutoverSignal{Signal: name, State: migration.SignalFine, Value: values[name], Thresholds: thresholdsOf(name)}
		if v, ok := st.values[name]; ok {
			s.Value = v
		} else if s.Value == "no queue is configured" {
			s.State = migration.SignalNotYet
		}
		if state, ok := st.states[name]; ok {
			s.State = state
		}
		d.Signals = append(d.Signals, s)
	}
	d.ExitCode = map[migration.VerdictWord]int{migration.VerdictHold: 10, migration.VerdictRollBack: 20}[st.word]
	return c
}

// withCutover gives a fleet the verdicts of a cutover in three waves.
func withCutover(s *migration.Snapshot) {
	find := func(name migration.Tenant) *migration.TenantView {
		for i := range s.Tenants {
			if s.Tenants[i].Tenant == name {
				return &s.Tenants[i]
			}
		}
		return nil
	}
	for _, st := range cutoverStories() {
		find(st.name).Cutover = cutoverOf(&st)
	}
	for i, name := range []migration.Tenant{"aperture", "blackmesa", "bluthco"} { // in no wave: their steps are seen
		v := find(name)
		st := stepped{
			name: name, steps: []float64{0.05}, ago: time.Duration(7+i) * time.Hour, seen: 0.05 + 0.01*float64(i),
			word: migration.VerdictHold,
			reason: "124 of 200 Jobs have run; about 5 hours at this rate; 124 messages on Jobs and 2,213 on Lambda, messages, since " +
				"2026-03-14 03:34 UTC",
			holds: []string{"need_runs"}, needs: []string{"124 of 200 Jobs have run; about 5 hours at this rate"},
			before: migration.CutoverSide{Messages: 2213, Failures: 4}, after: migration.CutoverSide{Messages: 124}, health: 0.4, bar: 0.31,
		}
		v.Cutover = cutoverOf(&st)
		v.Cutover.Detail.ShareFrom = "seen"
	}
	ready := find("initech")
	ready.Cutover.Text, ready.Cutover.Detail.Wave, ready.Cutover.Detail.Next = "move (ready)", "wave 3", portion(0.05)
	ready.Cutover.Detail.Ready = migration.Some(true)
	ready.Cutover.Detail.Checks = checksOf(true)
	later := find("vandelay")
	later.Cutover.Word, later.Cutover.Text = migration.VerdictMove, "move (not ready)"
	later.Cutover.Detail.Wave, later.Cutover.Detail.Next = "wave 3", portion(0.05)
	later.Cutover.Detail.Ready = migration.Some(false)
	later.Cutover.Reason = "move, but not ready: no room for the first share, 3 Jobs at once: 1536Mi of memory wanted, 902Mi there"
	later.Cutover.Detail.Checks = checksOf(false)
	none := find("soylent")
	none.Cutover.Detail.Wave = "wave 3"
	s.Cutovers = []migration.CutoverWave{
		{
			Name: "pilot", Owners: []string{"anna", "ben"}, Tenants: []migration.Tenant{"acme", "wayne", "cyberdyne", "umbrella"},
			Healthy: []migration.Tenant{"acme"},
			Cohort: migration.CutoverCohort{
				Tenants: 2, Before: migration.CutoverSide{Messages: 336}, After: migration.CutoverSide{Messages: 1087, Failures: 1},
				HarmE:   -0.5,
				HealthN: 1.4, Promotes: true,
			},
		},
		{
			Name: "wave 2", Owners: []string{"carla"}, Tenants: []migration.Tenant{"globex", "hooli", "stark", "oscorp"}, Next: portion(1),
			NextAt: at.Add(22 * time.Hour), Harmed: []migration.Tenant{"globex"}, Healthy: []migration.Tenant{"hooli", "stark"},
			Cohort: migration.CutoverCohort{
				Tenants: 4, Before: migration.CutoverSide{Messages: 18998, Failures: 26},
				After: migration.CutoverSide{Messages: 17652, Failures: 139}, HarmE: 4.2, HealthN: -2,
			},
		},
		{
			Name: "wave 3", Owners: []string{"carla"}, Tenants: []migration.Tenant{"initech", "soylent", "vandelay"}, Next: portion(0.05),
			NextAt: at.Add(50 * time.Hour),
		},
	}
}

func checksOf(ready bool) []migration.CutoverCheck {
	pool := migration.CutoverCheck{Name: "pool", State: migration.CheckPassed, Detail: "an autoscaler adds nodes"}
	if !ready {
		pool.State, pool.Detail = migration.CheckFailed, "no room for the first share, 3 Jobs at once: 1536Mi of memory wanted, 902Mi there"
	}
	logs := migration.CutoverCheck{Name: "logs", State: migration.CheckPassed}
	if !ready {
		logs.State, logs.Detail = migration.CheckUnknown, "not known yet"
	}
	return []migration.CutoverCheck{
		{Name: "profile", State: migration.CheckPassed, Detail: "rests on 214 runs"},
		{Name: "quota", State: migration.CheckPassed, Detail: "no quota"},
		pool,
		{Name: "image", State: migration.CheckPassed},
		logs,
		{Name: "permissions", State: migration.CheckPassed},
		{Name: "price", State: migration.CheckPassed},
		{Name: "visibility timeout", State: migration.CheckDoesNotApply},
		{Name: "FIFO groups", State: migration.CheckDoesNotApply},
	}
}
