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

// LogView is whether what the runs of one workload of a tenant write arrives, on both
// sides.
type LogView struct {
	Workload Workload `json:"workload"`
	Before   LogSide  `json:"lambda"`
	After    LogSide  `json:"jobs"`
}

// LogSide is one side of a LogView: runs against lines over the same time, the last
// hour that CloudWatch has counted.
type LogSide struct {
	// Groups are the log groups that its lines go to, sorted; none where nobody says.
	Groups []string `json:"groups"`
	// Shared is set where others' lines go there too.
	Shared bool `json:"shared"`
	// Absent is set where there is no log group: Groups are patterns then, and no log
	// group of the tenant has such a name.
	Absent bool      `json:"absent"`
	From   time.Time `json:"from"` // zero where nothing is known
	To     time.Time `json:"to"`
	// Runs are those that are sure to have written within that time; see LogMargin.
	Runs Opt[int64] `json:"runs"`
	// Arrived is what came into Groups, whosever it is, and Lines what of it is this
	// workload's: unknown where it is shared, unless nothing came.
	Arrived  Opt[int64] `json:"arrived"`
	Lines    Opt[int64] `json:"lines"`
	Evidence Provenance `json:"evidence"`
	// Severity says how much it needs attention that no line arrived, 0 for not.
	Severity Severity `json:"severity"`
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
