package migration

import (
	"fmt"
	"strings"
	"time"
)

// LogSpan is the resolution of figures from logs: five minutes.
const LogSpan = 5 * time.Minute

// ReadSpan is a time range of a log group that was read for good, its end excluded: it
// need never be read again.
type ReadSpan struct{ From, To time.Time }

// Logs says where a function's lines go and how it writes them.
type Logs struct {
	Group string // log group, "" where unknown
	JSON  bool   // LogFormat JSON: platform.report instead of REPORT
	// Isolated is set in tenant isolation mode: every report names its tenant.
	Isolated bool
	// Silent is set if the function is configured to write no reports: there is nothing to read.
	Silent bool
}

// LogSegment holds the figures from the log of one function within LogSpan of log time. A line belongs to the segment of
// the time it was written, which is the end of its run, so that no segment is read twice. Its figures count at the time
// its run began, as CloudWatch counts. A segment that is read again replaces the earlier one. So late lines correct
// earlier figures.
type LogSegment struct {
	Function string
	Start    time.Time // of the lines, aligned to LogSpan
	// Final is set where the segment was read after late lines had their time.
	Final  bool
	Runs   []LoggedRuns
	Unread Unread
}

// LoggedRuns are runs of one tenant that began within the same LogSpan and ended
// within the same segment.
type LoggedRuns struct {
	Began  time.Time `json:"began"`            // aligned to LogSpan
	Tenant string    `json:"tenant,omitempty"` // as the log names it; "" where it names none
	Runs   int64     `json:"runs"`
	// Failures counts runs that ended badly in the platform's eyes. An error that
	// a handler returned is among them only where the function logs as JSON.
	Failures  int64 `json:"failures,omitempty"`
	TimedOut  int64 `json:"timed_out,omitempty"`
	OOMKilled int64 `json:"oom_killed,omitempty"`
	// Billed is memory-time as the invoice counts it, INIT included.
	Billed MBMillis `json:"billed"`
	// Estimated is what an estimate from CloudWatch's Duration would make of Billed for the
	// same runs: without INIT, half a millisecond added to each for rounding up. It is 0 in
	// what earlier versions of migtop kept.
	Estimated MBMillis `json:"estimated,omitempty"`
	// Unbilled counts runs on Lambda Managed Instances, which are billed by the instance: neither of the two includes them.
	Unbilled int64 `json:"unbilled,omitempty"`
	// Duration is the run time of handlers, Init of cold starts, Restore of SnapStart. Peak is the memory that each line
	// reports: of this run alone in a new environment, of this run and earlier ones in a warm environment.
	Duration Counts[time.Duration] `json:"duration,omitempty"`
	Init     Counts[time.Duration] `json:"init,omitempty"`
	Restore  Counts[time.Duration] `json:"restore,omitempty"`
	Peak     Counts[Bytes]         `json:"peak,omitempty"`
}

// Add adds runs of the same tenant and the same beginning.
func (r *LoggedRuns) Add(o *LoggedRuns) {
	r.Runs += o.Runs
	r.Failures += o.Failures
	r.TimedOut += o.TimedOut
	r.OOMKilled += o.OOMKilled
	r.Billed += o.Billed
	r.Estimated += o.Estimated
	r.Unbilled += o.Unbilled
	r.Duration.Merge(o.Duration)
	r.Init.Merge(o.Init)
	r.Restore.Merge(o.Restore)
	r.Peak.Merge(o.Peak)
}

// Unread counts lines that Lambda marked as reports and that were not understood, by why.
type Unread struct {
	Cut         int64 `json:"cut,omitempty"`         // ended too early
	Interleaved int64 `json:"interleaved,omitempty"` // two lines in one
	Malformed   int64 `json:"malformed,omitempty"`   // a part makes no sense
	// Skewed counts reports whose own time differs from the log's by minutes. They count as runs at the log's time.
	Skewed int64 `json:"skewed,omitempty"`
	// Unjoined counts lines that should have named a tenant and did not.
	Unjoined int64 `json:"unjoined,omitempty"`
}

// Add adds other counts.
func (u *Unread) Add(o Unread) {
	u.Cut += o.Cut
	u.Interleaved += o.Interleaved
	u.Malformed += o.Malformed
	u.Skewed += o.Skewed
	u.Unjoined += o.Unjoined
}

// String says in words what there is, each kind with its count; "" for nothing.
func (u Unread) String() string {
	var says []string
	for _, one := range []struct {
		n    int64
		what string
	}{
		{u.Cut, "cut"},
		{u.Interleaved, "run into each other"},
		{u.Malformed, "without sense"},
		{u.Skewed, "with another time than the log's"},
		{u.Unjoined, "that should have named a tenant"},
	} {
		if one.n > 0 {
			says = append(says, fmt.Sprintf("%d %s", one.n, one.what))
		}
	}
	return strings.Join(says, ", ")
}

// Lost returns the number of lines without usable data.
func (u Unread) Lost() int64 { return u.Cut + u.Interleaved + u.Malformed }

// LoggedRun is one run from a report line, for sizing. Its record has no key yet: the key is found from the function,
// and from the tenant if the log names one.
type LoggedRun struct {
	Function string
	Tenant   string // as the log names it
	Record   RunRecord
}

// OpenRequest is a request whose tenant was named by a line before its report arrived.
type OpenRequest struct {
	ID     string
	Tenant string
	At     time.Time // of the line
}

// LogRange is a time range of one log group, its ends aligned to LogSpan.
type LogRange struct {
	Group string
	// Account is the linked account that the group is in, "" for the reader's own.
	Account   string
	Functions []Function // that write into it
	From, To  time.Time
	Open      []OpenRequest // from before From
}

// LogAnswer is the result of reading a time range of a log group.
type LogAnswer struct {
	Group    string
	Account  string // as of the range
	From, To time.Time
	// FinalTo is up to when everything had arrived when it was read; not before
	// From.
	FinalTo  time.Time
	Segments []LogSegment
	Runs     []LoggedRun
	Open     []OpenRequest // named before FinalTo, and not reported until then
}

// LogEstimate is the estimated effort of reading time ranges of logs.
type LogEstimate struct {
	Groups []LogVolume
	// AskedLow and AskedHigh count the metrics asked for to know it, see [Spend].
	AskedLow, AskedHigh int64
}

// LogVolume is the amount of data that a log group received within a time range.
type LogVolume struct {
	Group    string
	From, To time.Time
	Bytes    int64
	Lines    int64
	// Spans are the lines of each LogSpan from From on.
	Spans []int64
}

// Bytes is how much all of it is: what Logs Insights would scan.
func (e *LogEstimate) Bytes() (n int64) {
	for i := range e.Groups {
		n += e.Groups[i].Bytes
	}
	return n
}

// Lines is how many lines all of it is.
func (e *LogEstimate) Lines() (n int64) {
	for i := range e.Groups {
		n += e.Groups[i].Lines
	}
	return n
}
