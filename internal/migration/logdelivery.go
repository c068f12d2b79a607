package migration

import (
	"strings"
	"time"
)

// LogDelivery is the number of lines that arrived in a log group within a time range, as counted by CloudWatch.
// CloudWatch has no datapoint for a time without lines: if it answered without datapoints, there were none.
type LogDelivery struct {
	Scope string // the account and region that it was read in, "" where there is one; the engine sets it
	Group string
	// Of are the owners of the lines: a key without a workload means all workloads of the tenant. Empty means all workloads
	// on Jobs.
	Of []Key
	// Shared is set where others' lines go there too, who are not known.
	Shared bool
	// AnyAccount is set where the configuration does not say in which account it is, so
	// that lines may arrive in another.
	AnyAccount bool
	// Absent is set if there is no such log group. Group is then a pattern, and no log group that matches it belongs to an
	// owner without another LogDelivery.
	Absent   bool
	From, To time.Time // full minutes; zero where CloudWatch has not answered yet
	Lines    int64
	// Minutes are the lines of each minute up to To, 0 for those without a line. It goes back a while before From, so that
	// questions an hour apart leave no minute out. It is never changed, since copies share it.
	Minutes []int64
}

// Minute returns how many lines arrived in the minute that begins at a time; unknown where CloudWatch was not asked about it, or
// has not answered.
func (d *LogDelivery) Minute(at time.Time) Opt[int64] {
	if d.Absent && !at.Before(d.From) && at.Before(d.To) {
		return Some[int64](0)
	}
	before := d.To.Sub(at)
	i := len(d.Minutes) - int(before/time.Minute)
	if before < time.Minute || i < 0 || before%time.Minute != 0 {
		return None[int64]()
	}
	return Some(d.Minutes[i])
}

// LogDeliveries is the [Payload] of log delivery: what arrived lately in log groups of
// functions or of Jobs. It replaces what the source brought before.
type LogDeliveries []LogDelivery

// Feature is "log delivery".
func (LogDeliveries) Feature() string { return "log delivery" }

// LogView says whether the lines that the runs of one workload of a tenant write arrive: the
// runs of the last hour that CloudWatch has counted against the lines of that time.
type LogView struct {
	Workload Workload `wire:"workload,null"` // The workload.
	Before   LogSide  `wire:"{before.id}"`   // The first platform of the move.
	After    LogSide  `wire:"{after.id}"`    // The second platform of the move.
}

// LogSide is one platform of a log view: runs against lines over the same time, the last
// hour that CloudWatch has counted.
type LogSide struct {
	// The log groups that the lines go to, sorted. Empty where none is known.
	Groups []string `wire:"groups"`
	// Lines of others go to these groups too.
	Shared bool `wire:"shared"`
	// The groups are patterns, and no log group of the tenant has such a name.
	Absent bool `wire:"absent"`
	// The beginning of the time in which lines were counted.
	From time.Time `wire:"from"`
	// The end of that time.
	To time.Time `wire:"to"`
	// The runs that must have written within that time: those in the first and the last five minutes are excluded.
	Runs Opt[int64] `wire:"runs"`
	// The lines that arrived in the groups, of this workload or others.
	Arrived Opt[int64] `wire:"arrived"`
	// The lines of this workload that arrived. Null where it is unknown, as in shared groups unless
	// no line arrived at all.
	Lines Opt[int64] `wire:"lines"`
	// How the counts are known.
	Evidence Provenance `wire:"evidence"`
	// Which of these figures need attention: lines, where no line arrived.
	//
	// It is 0 where it does not.
	Severity Severity `wire:"severity,under=lines"`
}

// Side returns one side of the view.
func (v *LogView) Side(p Platform) *LogSide {
	if p == Lambda {
		return &v.Before
	}
	return &v.After
}

// LogTotals adds up the LogViews of a tenant on one side. lines counts the lines in its log groups, including those of
// others in shared groups. silent counts the runs of workloads without any line. Both are unknown if no workload has
// known log delivery.
func (t *TenantView) LogTotals(p Platform) (lines, silent Opt[int64]) {
	counted := map[string]bool{}
	for i := range t.Logs {
		s := t.Logs[i].Side(p)
		n, ok := s.Arrived.Get()
		if !ok {
			continue
		}
		groups := strings.Join(s.Groups, "\n")
		if counted[groups] {
			n = 0
		}
		counted[groups] = true
		lines, silent = Some(lines.Or(0)+n), Some(silent.Or(0))
		if s.Missing() {
			silent = Some(silent.Or(0) + s.Runs.Or(0))
		}
	}
	return lines, silent
}

// LogMargin is the distance from either end of the time range within which runs are not counted. A run that ended just
// after the start may have written all its lines before; the lines of a run at the end may still be in delivery.
const LogMargin = LogSpan

// Missing reports whether there were runs and no line.
func (s *LogSide) Missing() bool { return s.Runs.Or(0) > 0 && s.Lines == Some[int64](0) }
