package ui

import (
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// mostLogs bounds the rows about whether log lines arrive.
const mostLogs = 8

// logsHeight is the height of the panel of log delivery, 0 where it is not checked.
func logsHeight(v *migration.TenantView) int {
	if len(v.Logs) == 0 {
		return 0
	}
	return min(len(v.Logs), mostLogs) + 3
}

// logs draws, for each workload of a tenant, its runs and the log lines that arrived of
// them, on both sides.
func logs(f *frame, p canvas.Pane, v *migration.TenantView) {
	if len(v.Logs) == 0 {
		return
	}
	in := f.panel(p, "Log delivery", formatCount(int64(len(v.Logs))), false)
	name := min(max(in.W/4, 14), 30)
	l, k := f.before().Short, f.after().Short
	cols := [...]struct {
		title string
		end   int
	}{{"RUNS " + l, name + 9}, {"LINES " + l, name + 19}, {"RUNS " + k, name + 28}, {"LINES " + k, name + 38}}
	in.Text(0, 0, ink(dim), "WORKLOAD")
	for _, c := range cols {
		in.TextRight(c.end, 0, ink(dim), c.title)
	}
	where := cols[len(cols)-1].end + 2
	in.Fit(where, 0, in.W-where, ink(dim), "JOBS' LOG GROUP", f.g)
	for i := range v.Logs[:min(len(v.Logs), mostLogs)] {
		one := &v.Logs[i]
		y := i + 1
		in.Fit(0, y, name, ink(strong), string(one.Workload), f.g)
		for k, s := range []*migration.LogSide{&one.Before, &one.After} {
			runs, st := opt(f, s.Runs, ink(text), false, appendCount)
			in.TextRight(cols[2*k].end, y, st, runs)
			lines, st := f.lines(s)
			in.TextRight(cols[2*k+1].end, y, st, lines)
		}
		in.Fit(where, y, in.W-where, ink(dim), f.sink(&one.After), f.g)
	}
}

// lines are the lines that arrived on a side: of a log group that others share they are
// at most what came.
func (f *frame) lines(s *migration.LogSide) (string, canvas.Style) {
	arrived, known := s.Arrived.Get()
	if !known {
		return unknown(false)
	}
	if s.Missing() {
		return "none", ink(judged(s.Severity, text))
	}
	f.buf = f.bound(f.buf[:0], s.Evidence)
	if !s.Lines.Known() {
		f.buf = append(f.buf[:0], f.g.AtMost...)
	}
	f.buf = appendCount(f.buf, arrived)
	return string(f.buf), ink(text)
}

// sink says where the lines of Jobs go, and of which time they were counted.
func (f *frame) sink(s *migration.LogSide) string {
	switch {
	case len(s.Groups) == 0:
		return "log group unknown: set logs.jobs"
	case s.To.IsZero():
		return s.Groups[0] + "  not known yet"
	}
	b := append(f.buf[:0], s.Groups[0]...)
	if len(s.Groups) > 1 {
		b = append(appendCount(append(b, " and "...), int64(len(s.Groups)-1)), " more"...)
	}
	switch {
	case s.Absent:
		b = append(b, ": does not exist"...)
	case s.Shared:
		b = append(b, ", shared"...)
	}
	clock := func(t time.Time) { b = t.In(f.loc).AppendFormat(b, "15:04") }
	b = append(b, "  "...)
	clock(s.From)
	b = append(b, " to "...)
	clock(s.To)
	f.buf = b
	return string(b)
}
