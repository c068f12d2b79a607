package migration

import (
	"strings"
	"time"
)

// LogDelivery is how many lines arrived in a log group within a stretch of time, by
// CloudWatch's count. A stretch without a line is told by nothing: where CloudWatch
// answered, and told of none, there were none.
type LogDelivery struct {
	Scope string // the account and region that it was read in, "" where there is one
	Group string
	// Of are those whose lines go there: one without a workload means all of that
	// tenant's. Empty is everybody's on Jobs.
	Of []Key
	// Shared is set where others' lines go there too, who are not known.
	Shared bool
	// Sought is set where the configuration does not say in which account it is, so
	// that lines may arrive in another.
	Sought bool
	// Absent is set where there is no such log group: Group is a pattern then, none of
	// whose groups is for whom no other LogDelivery tells of.
	Absent   bool
	From, To time.Time // zero where CloudWatch has not answered yet
	Lines    int64
}

// LogView says whether the lines that the runs of one workload of a tenant write arrive: the
// runs of the last hour that CloudWatch has counted against the lines of that time.
type LogView struct {
	Workload Workload `wire:"workload,null"`      // The workload.
	Before   LogSide  `wire:"lambda,side=before"` // The first platform of the move.
	After    LogSide  `wire:"jobs,side=after"`    // The second platform of the move.
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
	// The runs that are sure to have written within that time: those of the first and the last
	// five minutes are left out.
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

// LogTotals add a tenant's LogViews up on one side: lines is what came into its log
// groups, others' lines in shared ones included, and silent the runs of workloads of which
// nothing came. Both are unknown where nothing is known of any workload.
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

// LogMargin is how far from either end of the time a run is counted: one that ended
// just after the beginning may have written all its lines before, and those of one at
// the end may be under way.
const LogMargin = LogSpan

// Missing reports whether there were runs and no line of them.
func (s *LogSide) Missing() bool { return s.Runs.Or(0) > 0 && s.Lines == Some[int64](0) }
