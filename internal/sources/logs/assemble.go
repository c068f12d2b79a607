package logs

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/logs/report"
)

const (
	// skewed is the difference from which on a line's own time and the log's are
	// not the same.
	skewed = 5 * time.Minute
	// recordsKept limits the runs of a function and tenant, per certainty, that one time range returns: the last ones.
	recordsKept = 200
	// openFor is for how long a request may lack its report: the longest run, and
	// some minutes.
	openFor = 20 * time.Minute
)

// assembly makes an answer of the lines of one log group.
type assembly struct {
	rng       *migration.LogRange
	functions map[string]*migration.Function
	joins     map[string]report.Join
	join      func(string) report.Join

	segments map[segmentKey]*segment
	open     map[string]openRequest
	records  map[recordKey][]migration.LoggedRun
}

// openRequest is a request with a named tenant, and the time of its report.
type openRequest struct {
	migration.OpenRequest
	reported time.Time // zero: not yet
}

type segmentKey struct {
	function string
	start    int64
}

type segment struct {
	runs   map[runsKey]*migration.LoggedRuns
	unread migration.Unread
}

type runsKey struct {
	began  int64
	tenant string
}

type recordKey struct {
	function, tenant string
	bound            migration.Bound
}

func newAssembly(r *Reader, rng *migration.LogRange) *assembly {
	a := &assembly{
		rng: rng, functions: make(map[string]*migration.Function, len(rng.Functions)),
		joins: make(map[string]report.Join, len(rng.Functions)), join: r.Join,
		segments: make(map[segmentKey]*segment), open: make(map[string]openRequest, len(rng.Open)),
		records: make(map[recordKey][]migration.LoggedRun),
	}
	for i := range rng.Functions {
		f := &rng.Functions[i]
		a.functions[f.Name] = f
		a.joins[f.Name] = r.Join(f.Name)
	}
	for _, o := range rng.Open {
		a.open[o.ID] = openRequest{OpenRequest: o}
	}
	return a
}

// markers are texts by which lines are found that name tenants.
func (a *assembly) markers() (out []string) {
	for _, j := range a.joins {
		if !j.IsZero() {
			out = append(out, j.Marker())
		}
	}
	return out
}

// streamName is the name of a log stream: the day, the function where its log group
// is shared, the version and the environment.
// Source: AWS Lambda Developer Guide, "Configuring CloudWatch log groups".
var streamName = regexp.MustCompile(`^\d{4}/\d{2}/\d{2}/([A-Za-z0-9_-]*)\[([^\]]+)\]`)

// of returns the function and version that wrote a line. In the log group of one function it is that function, whatever
// the name of the stream.
func (a *assembly) of(stream string) (function, version string) {
	if m := streamName.FindStringSubmatch(stream); m != nil {
		function, version = m[1], m[2]
	}
	if function == "" && len(a.rng.Functions) == 1 {
		function = a.rng.Functions[0].Name
	}
	return function, version
}

// take reads lines. Lines that name tenants are read first within a millisecond.
func (a *assembly) take(rows []row) {
	type pending struct {
		*row
		line              report.Line
		function, version string
	}
	var reports []pending
	for i := range rows {
		one := &rows[i]
		function, version := a.of(one.stream)
		line, reason := report.Parse(one.message)
		if reason == report.Read {
			reports = append(reports, pending{one, line, function, version})
			continue
		}
		a.other(one, function, reason)
	}
	for i := range reports {
		p := &reports[i]
		a.count(p.row, &p.line, p.function, p.version)
	}
}

// other takes a line that is no report.
func (a *assembly) other(one *row, function string, reason report.Reason) {
	join, known := a.joins[function]
	if !known {
		join = a.join(function)
		a.joins[function] = join
	}
	if !join.IsZero() && strings.Contains(one.message, join.Marker()) {
		if id, tenant, ok := join.Tenant(one.message); ok {
			a.open[id] = openRequest{OpenRequest: migration.OpenRequest{ID: id, Tenant: tenant, At: one.at}}
		} else if reason == report.Other {
			a.segment(function, one.at).unread.Unjoined++
		}
	}
	switch reason {
	case report.Cut:
		a.segment(function, one.at).unread.Cut++
	case report.Interleaved:
		a.segment(function, one.at).unread.Interleaved++
	case report.Malformed:
		a.segment(function, one.at).unread.Malformed++
	}
}

func (a *assembly) segment(function string, at time.Time) *segment {
	key := segmentKey{function, at.Truncate(migration.LogSpan).Unix()}
	s := a.segments[key]
	if s == nil {
		s = &segment{runs: make(map[runsKey]*migration.LoggedRuns)}
		a.segments[key] = s
	}
	return s
}

// count takes a report.
func (a *assembly) count(one *row, line *report.Line, function, version string) {
	s := a.segment(function, one.at)
	if !line.Time.IsZero() && line.Time.Sub(one.at).Abs() > skewed {
		s.unread.Skewed++
	}
	tenant := line.Tenant
	if tenant == "" {
		tenant = a.open[line.RequestID].Tenant
	}
	started := one.at.Add(-line.Duration)
	key := runsKey{started.Truncate(migration.LogSpan).Unix(), tenant}
	runs := s.runs[key]
	if runs == nil {
		runs = &migration.LoggedRuns{Began: time.Unix(key.began, 0).UTC(), Tenant: tenant}
		s.runs[key] = runs
	}
	runs.Runs++
	outcome := outcomeOf(line)
	if outcome != migration.OutcomeSucceeded {
		runs.Failures++
	}
	switch outcome {
	case migration.OutcomeTimedOut:
		runs.TimedOut++
	case migration.OutcomeOOMKilled:
		runs.OOMKilled++
	}
	if line.Unbilled {
		runs.Unbilled++
	}
	runs.Billed += migration.MBMillis(int64(line.MemorySize/migration.MiB) * int64((line.Billed+time.Millisecond-1)/time.Millisecond))
	runs.Estimated += migration.MBMillis(int64(line.MemorySize/migration.MiB) * int64(line.Duration+
		time.Millisecond/2) / int64(time.Millisecond))
	runs.Duration.Add(line.Duration)
	if d, ok := line.Init.Get(); ok {
		runs.Init.Add(d)
	}
	if d, ok := line.Restore.Get(); ok {
		runs.Restore.Add(d)
	}
	if !line.Unbilled {
		runs.Peak.Add(line.MaxMemory)
	}
	if o, ok := a.open[line.RequestID]; ok {
		o.reported = one.at
		a.open[line.RequestID] = o
	}
	a.record(function, tenant, a.recordOf(function, version, started, line, outcome))
}

func outcomeOf(l *report.Line) migration.Outcome {
	switch {
	case l.Status == report.StatusTimeout:
		return migration.OutcomeTimedOut
	case l.OutOfMemory():
		return migration.OutcomeOOMKilled
	case l.Status != report.StatusSuccess:
		return migration.OutcomeFailed
	}
	return migration.OutcomeSucceeded
}

// lambdaVCPU is the memory that comes with one vCPU, in MB.
// Source: AWS Lambda Developer Guide, "Configure Lambda function memory".
const lambdaVCPU = 1769

var (
	noteFirst = migration.Provenance{
		Source: "lambda report", Method: migration.Measured, Coverage: 1,
		Note: "the environment's first run: its memory alone",
	}
	noteWarm = migration.Provenance{
		Source: "lambda report", Method: migration.Measured, Coverage: 1,
		Note: "a warm environment's maximum: this run took that or less",
	}
	noteManaged = migration.Provenance{
		Source: "lambda report", Method: migration.Measured, Coverage: 1,
		Note: "on a managed instance: its report has no memory",
	}
	noteCut = migration.Provenance{
		Source: "lambda report", Method: migration.Measured, Coverage: 1,
		Note: "the run was cut off: it wanted that or more",
	}
)

// recordOf is a single run, for sizing.
func (a *assembly) recordOf(function, version string, started time.Time, line *report.Line, outcome migration.Outcome) migration.RunRecord {
	rec := migration.RunRecord{
		ID: line.RequestID + "@" + started.UTC().Format("20060102T150405.000"), Started: started.UTC(), Duration: line.Duration,
		Outcome: outcome, Version: version,
	}
	if !line.Unbilled {
		given := migration.Resources{
			CPU:    migration.Some(migration.CPU(int64(line.MemorySize/migration.MiB) * int64(migration.Core) / lambdaVCPU)),
			Memory: migration.Some(line.MemorySize),
		}
		rec.Peak, rec.Given = migration.Some(line.MaxMemory), migration.Given{Request: given, Limit: given}
	}
	if f := a.functions[function]; f != nil && f.Timeout > 0 {
		rec.Given.Deadline = migration.Some(f.Timeout)
	}
	switch {
	case line.Unbilled:
		rec.Evidence = noteManaged
	case outcome == migration.OutcomeTimedOut, line.MaxMemory >= line.MemorySize:
		rec.PeakBound, rec.Evidence = migration.AtLeast, noteCut
	case line.First():
		rec.PeakBound, rec.Evidence = migration.Exact, noteFirst
	default:
		rec.PeakBound, rec.Evidence = migration.AtMost, noteWarm
	}
	return rec
}

// record keeps the last runs of each kind.
func (a *assembly) record(function, tenant string, rec migration.RunRecord) {
	key := recordKey{function, tenant, rec.PeakBound}
	kept := append(a.records[key], migration.LoggedRun{Function: function, Tenant: tenant, Record: rec})
	if len(kept) >= 2*recordsKept {
		kept = slices.Clone(kept[len(kept)-recordsKept:])
	}
	a.records[key] = kept
}

// answer is what was read up to a time. Everything written before finalTo had arrived.
func (a *assembly) answer(to, finalTo time.Time) migration.LogAnswer {
	out := migration.LogAnswer{Group: a.rng.Group, Account: a.rng.Account, From: a.rng.From, To: to, FinalTo: finalTo}
	if to.Before(finalTo) {
		out.FinalTo = to
	}
	if out.FinalTo.Before(out.From) {
		out.FinalTo = out.From
	}
	for key, s := range a.segments {
		one := migration.LogSegment{Function: key.function, Start: time.Unix(key.start, 0).UTC(), Unread: s.unread}
		one.Final = !one.Start.Add(migration.LogSpan).After(out.FinalTo)
		for _, runs := range s.runs {
			one.Runs = append(one.Runs, *runs)
		}
		slices.SortFunc(one.Runs, func(x, y migration.LoggedRuns) int {
			return cmp.Or(x.Began.Compare(y.Began), cmp.Compare(x.Tenant, y.Tenant))
		})
		out.Segments = append(out.Segments, one)
	}
	slices.SortFunc(out.Segments, func(x, y migration.LogSegment) int {
		return cmp.Or(x.Start.Compare(y.Start), cmp.Compare(x.Function, y.Function))
	})
	for _, kept := range a.records {
		out.Runs = append(out.Runs, kept[max(len(kept)-recordsKept, 0):]...)
	}
	slices.SortFunc(out.Runs, func(x, y migration.LoggedRun) int {
		return cmp.Or(x.Record.Started.Compare(y.Record.Started), cmp.Compare(x.Record.ID, y.Record.ID))
	})
	for _, id := range slices.Sorted(maps.Keys(a.open)) {
		// What is not final is read again, from FinalTo on.
		o := a.open[id]
		if o.At.Before(out.FinalTo) && out.FinalTo.Sub(o.At) < openFor && (o.reported.IsZero() || !o.reported.Before(out.FinalTo)) {
			out.Open = append(out.Open, o.OpenRequest)
		}
	}
	return out
}
