package alert_test

import (
	"time"

	"github.com/migtop/migtop/internal/alert"
	"github.com/migtop/migtop/internal/migration"
)

var start = time.Date(2026, 12, 1, 22, 0, 0, 0, time.UTC)

// world is what a Snapshot is made of.
type world struct {
	at       time.Time
	span     time.Duration
	jobsFrom time.Time
	sources  map[string]migration.HealthState // those that are not here are ok
	silent   map[string]time.Duration         // how long they have not answered
	tenants  map[migration.Tenant]*tenant
}

type tenant struct {
	notices  map[string]migration.Severity // by code
	word     migration.VerdictWord
	holds    []string
	unknown  bool // the figures of Jobs are unknown
	coverage migration.Ratio
	absent   bool
}

func newWorld() *world {
	return &world{
		at: start, span: time.Hour, jobsFrom: start.Add(-24 * time.Hour), sources: map[string]migration.HealthState{},
		silent: map[string]time.Duration{}, tenants: map[migration.Tenant]*tenant{"acme": {coverage: 1}, "globex": {coverage: 1}},
	}
}

// figures are what notices judge, by code.
var figures = map[string]string{
	"oom_killed": "jobs.oom_killed, jobs.peak_memory_bytes", "throttled": "lambda.throttled", "dead_letters": "flows.dead_letters",
	"no_logs": "logs.jobs.lines", "pending": "jobs.pending", "container_oom_killed": "runs", "new_rule": "noise",
}

var rows = []string{"cloudwatch", "lambda", "jobs", "pods", "sqs", "log arrival"}

func (w *world) side(t *tenant, jobs bool) migration.Side {
	n := migration.Some[int64](5)
	s := migration.Side{Present: true, Runs: n, Activity: migration.Provenance{Coverage: t.coverage}}
	if jobs && t.unknown {
		return s
	}
	s.OOMKilled, s.TimedOut, s.Throttled, s.Pending = n, n, n, n
	s.FailureRate = migration.Some(migration.Ratio(0.1))
	s.PeakMemory = migration.Sample(migration.GiB)
	return s
}

// snapshot is the world as migtop shows it.
func (w *world) snapshot() *migration.Snapshot {
	s := &migration.Snapshot{
		At: w.at, Scope: migration.Scope{Name: "prod"},
		Window: migration.Window{From: w.at.Add(-w.span), To: w.at, Span: w.span, JobsFrom: w.jobsFrom},
	}
	for _, name := range rows {
		h := migration.Health{Source: name, State: migration.HealthOK, LastSuccess: w.at.Add(-w.silent[name]), Cadence: time.Minute}
		if state, ok := w.sources[name]; ok {
			h.State = state
		}
		if h.State == migration.HealthFailed || h.State == migration.HealthDegraded {
			h.Problem = &migration.Problem{Fault: migration.FaultUnreachable, What: name + " does not answer", Fix: "check the network"}
		}
		s.Sources = append(s.Sources, h)
	}
	for _, name := range []migration.Tenant{"acme", "globex"} {
		t := w.tenants[name]
		if t == nil || t.absent {
			continue
		}
		v := migration.TenantView{Tenant: name, Before: w.side(t, false), After: w.side(t, true)}
		v.Cutover = migration.Cutover{
			Word: t.word, Text: t.word.String(), Reason: "because of 5 of 100 messages",
			Detail: migration.CutoverDetail{Holds: t.holds, Wave: "pilot", Owners: []string{"anna"}},
		}
		for code, severity := range t.notices {
			v.Notices = append(v.Notices, migration.Notice{
				Severity: severity, Code: code, Figure: figures[code], Text: "5 attempts " + code,
				Since: migration.Some(start.Add(-10 * time.Minute)), SinceBasis: migration.SinceData,
			})
		}
		s.Tenants = append(s.Tenants, v)
	}
	return s
}

// night is a world with alerts that follow it.
type night struct {
	*world
	state alert.State
	rules alert.Rules
}

// look takes a Snapshot after a while.
func (n *night) look(after time.Duration) []alert.Event {
	n.at = n.at.Add(after)
	return n.state.Step(n.snapshot(), n.rules).Events
}

func newNight() *night { return &night{world: newWorld()} }
