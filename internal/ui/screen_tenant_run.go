package ui

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/columns"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// eventLog is what Kubernetes said about the run that is open, asked for once
// when it is opened.
type eventLog struct {
	uid     string
	loading bool
	events  []migration.Event
	err     error
	spin    int
}

// runs lists the live runs and the last ended ones.
func (s *tenant) runs(f *frame, p canvas.Pane, v *migration.TenantView) {
	note := f.keys.key(ActOpen) + " opens one"
	if len(v.Runs) == 0 {
		note = ""
	}
	in := f.panel(p, "Runs on "+f.listed(), note, false)
	type col struct {
		title string
		end   int
	}
	name := min(max(in.W-60, 16), 44)
	if in.W >= 110 {
		name = min(in.W-76, 44)
	}
	cols := []col{{"STARTED", name + 31}, {"TOOK", name + 39}, {"TRIES", name + 46}, {"MEMORY", name + 56}}
	if in.W >= 110 {
		cols = append(cols, col{"LIMIT", name + 66}, col{"CPU", name + 73})
	}
	word := f.listedRun()
	in.Text(2, 0, ink(dim), strings.ToUpper(word))
	in.Text(name+4, 0, ink(dim), "STATE")
	for _, c := range cols {
		in.TextRight(c.end, 0, ink(dim), c.title)
	}
	in.HLine(0, 1, in.W, ink(line), f.g.Horizontal)
	if len(v.Runs) == 0 {
		u, st := unknown(f.data.denied.after)
		in.Text(0, 2, st, u)
		in.Text(2, 2, ink(dim), "no "+word+" of this tenant yet")
		return
	}
	s.list.clamp(len(v.Runs))
	for i := range v.Runs {
		y := i + 2
		if y >= in.H {
			break
		}
		r := &v.Runs[i]
		if i == s.list.cursor {
			line := p.Sub(1, y+1, p.W-2, 1)
			line.Fill(selected)
			line.Rune(0, 0, ink(accent), f.g.Cursor)
		}
		glyph, role := runSign(f.g, r.State)
		in.Fit(2, y, name, ink(text), r.Name, f.g)
		in.Rune(name+4, y, ink(role), glyph)
		word := r.State.String()
		if r.Reason != "" {
			word = r.Reason
		}
		in.Fit(name+6, y, 16, ink(role), word, f.g)
		for k, c := range cols {
			st := ink(text)
			var text string
			switch k {
			case 0:
				text, st = opt(f, r.Started, ink(dim), false, f.clockTime)
			case 1:
				text, st = f.runTook(r, st)
			case 2:
				text = formatCount(int64(len(r.Attempts)))
				if r.Failed > 0 {
					st = ink(warn)
				}
			case 3:
				text, st = opt(f, peakOf(r), st, f.data.denied.usage, appendBytes)
			case 4:
				text, st = opt(f, r.MemoryLimit(), ink(dim), false, appendBytes)
			case 5:
				text, st = opt(f, r.Request.CPU, ink(dim), false, appendCPU)
			}
			in.TextRight(c.end, y, st, text)
		}
	}
}

// peakOf is the most memory that any attempt was seen to use.
func peakOf(r *migration.Run) migration.Opt[migration.Bytes] {
	var peak migration.Opt[migration.Bytes]
	for i := range r.Attempts {
		peak = migration.Larger(peak, r.Attempts[i].PeakMemory)
	}
	return peak
}

// drawRun is one run in detail: what it asked for, its attempts, its events.
func (s *tenant) drawRun(f *frame, p canvas.Pane, v *migration.TenantView) {
	p = p.Sub(1, 0, p.W-2, p.H)
	r := s.run(v)
	if r == nil {
		f.message(p, "This run no longer exists", dim,
			[]paragraph{
				{glyph: ' ', look: text, text: "It has left the cluster and the list of recent runs."},
				{glyph: ' ', look: text, text: f.keys.key(ActBack) + " goes back."},
			})
		return
	}
	glyph, role := runSign(f.g, r.State)
	head := 7
	if r.Message != "" {
		head = 8
	}
	in := f.panel(p.Top(head), r.Namespace+"/"+r.Name, f.ages(r.Key.Platform.Info().Source), true)
	x := in.Rune(0, 0, ink(role), glyph)
	x = in.Text(x+1, 0, ink(role).With(bold), r.State.String())
	if r.Reason != "" {
		in.Text(x+2, 0, ink(role), r.Reason)
	}
	y := 1
	if r.Message != "" {
		in.Fit(2, 1, in.W-2, ink(text), r.Message, f.g)
		y = 2
	}
	pairs := f.runPairs(r)
	col := max(in.W/3, 24)
	for i, pr := range pairs {
		cx, cy := (i/4)*col, y+i%4
		if cx+14 >= in.W {
			break
		}
		in.Text(cx, cy, ink(dim), pr.label)
		in.Sub(cx+14, cy, min(col-15, in.W-cx-14), 1).Text(0, 0, pr.st, pr.value)
	}
	p = p.Below(head)
	attempts := min(max(attemptRows(r), 1)+3, max(p.H/2, 5))
	f.attempts(p.Top(attempts), r)
	if r.Key.Platform.Caps().Events {
		s.drawEvents(f, p.Below(attempts))
	} else {
		f.history(p.Below(attempts), r)
	}
}

type labelled struct {
	label, value string
	st           canvas.Style
}

func (f *frame) runPairs(r *migration.Run) [12]labelled {
	item := func(label, value string, st canvas.Style) labelled { return labelled{label, value, st} }
	at := string(f.clockTime(nil, r.Created))
	started, st1 := opt(f, r.Started, ink(text), false, f.clockTime)
	finished, st2 := opt(f, r.Finished, ink(text), false, f.clockTime)
	took, st3 := f.runTook(r, ink(strong))
	cpu, st4 := opt(f, r.Request.CPU, ink(text), false, appendCPU)
	mem, st5 := opt(f, r.Request.Memory, ink(text), false, appendBytes)
	cpuLimit, st6 := opt(f, r.Limit.CPU, ink(text), false, appendCPU)
	memLimit, st7 := opt(f, r.Limit.Memory, ink(text), false, appendBytes)
	deadline, st8 := opt(f, r.Deadline, ink(text), false, appendDuration)
	peak, st9 := opt(f, peakOf(r), ink(text), f.data.denied.usage, appendBytes)
	if c, ok := r.Container.Get(); ok && attemptRows(r) > len(r.Attempts) && peakOf(r).Known() {
		peak += " of " + c.Name
	}
	return [12]labelled{
		item("created", at, ink(text)), item("started", started, st1), item("finished", finished, st2), item("took", took, st3),
		item("CPU request", cpu, st4), item("CPU limit", cpuLimit, st6), item("mem. request", mem, st5),
		item("memory limit", memLimit, st7),
		item("deadline", deadline, st8), item("workload", string(r.Key.Workload), ink(text)),
		item("parallelism", formatCount(int64(r.Parallel)), ink(text)), item("peak memory", peak, st9),
	}
}

// attempts are the pods of a run, or its task.
func (f *frame) attempts(p canvas.Pane, r *migration.Run) {
	in := f.panel(p, "Attempts", formatCount(int64(r.Failed))+" failed", false)
	name := min(max(in.W-74, 14), 40)
	of := "pod"
	if !r.Key.Platform.Caps().Events {
		of = r.Key.Platform.Info().Run
	}
	in.Text(2, 0, ink(dim), strings.ToUpper(of))
	in.Text(name+4, 0, ink(dim), "STATE")
	titles := [...]string{"EXIT", "RESTARTS", "STARTED", "TOOK", "CPU", "MEMORY"}
	ends := [...]int{name + 29, name + 39, name + 48, name + 56, name + 63, name + 73}
	for i, t := range titles {
		in.TextRight(ends[i], 0, ink(dim), t)
	}
	node := ends[5] + 3
	in.Text(node, 0, ink(dim), "NODE")
	if len(r.Attempts) == 0 {
		in.Text(2, 1, ink(dim), "no "+of+" yet")
	}
	y := 1
	for i := range r.Attempts {
		if y >= in.H {
			break
		}
		a := &r.Attempts[i]
		glyph, role := runSign(f.g, a.State)
		in.Fit(2, y, name, ink(text), a.Pod, f.g)
		in.Rune(name+4, y, ink(role), glyph)
		word := a.State.String()
		if a.Reason != "" {
			word = a.Reason
		}
		in.Fit(name+6, y, 18, ink(role), word, f.g)
		exit, st := f.exitCode(a.ExitCode)
		in.TextRight(ends[0], y, st, exit)
		in.TextRight(ends[1], y, ink(text), formatCount(int64(a.Restarts)))
		started, st := opt(f, a.Started, ink(dim), false, f.clockTime)
		in.TextRight(ends[2], y, st, started)
		took, st := f.attemptTook(a)
		in.TextRight(ends[3], y, st, took)
		cpu, st := opt(f, a.CPU, ink(text), f.data.denied.usage, appendCPU)
		in.TextRight(ends[4], y, st, cpu)
		peak := a.PeakMemory
		if len(a.Containers) <= 1 { // what the pod uses is what the container does
			peak = migration.Larger(peak, a.Memory)
		}
		mem, st := opt(f, peak, ink(text), f.data.denied.usage, appendBytes)
		in.TextRight(ends[5], y, st, mem)
		in.Fit(node, y, in.W-node, ink(dim), a.Node, f.g)
		if y++; len(a.Containers) <= 1 {
			continue
		}
		for j := range a.Containers {
			if y >= in.H {
				break
			}
			c := &a.Containers[j]
			in.Fit(4, y, name-2, ink(dim), c.Name+" ("+c.Kind.String()+")", f.g)
			if c.OOMKilled > 0 {
				killed := "OOMKilled"
				if c.OOMKilled > 1 {
					killed += " " + formatCount(int64(c.OOMKilled)) + string(f.g.Times)
				}
				in.Fit(name+6, y, 18, ink(bad), killed, f.g)
			}
			exit, st := f.exitCode(c.ExitCode)
			in.TextRight(ends[0], y, st, exit)
			in.TextRight(ends[1], y, ink(dim), formatCount(int64(c.Restarts)))
			took, st := f.runTime(c.RunTime)
			in.TextRight(ends[3], y, st, took)
			mem, st := opt(f, c.PeakMemory, ink(dim), f.data.denied.usage, appendBytes)
			in.TextRight(ends[5], y, st, mem)
			limit, st := opt(f, c.Limit.Memory, ink(dim), false, appendBytes)
			x := in.Text(node, y, ink(dim), "limit ")
			in.Text(x, y, st, limit)
			y++
		}
	}
}

// attemptRows is how many rows a run's attempts take: one each, and one each container where
// there are several.
func attemptRows(r *migration.Run) int {
	n := len(r.Attempts)
	for i := range r.Attempts {
		if c := len(r.Attempts[i].Containers); c > 1 {
			n += c
		}
	}
	return n
}

func (f *frame) exitCode(code migration.Opt[int32]) (string, canvas.Style) {
	text, st := opt(f, code, ink(text), false, func(b []byte, c int32) []byte { return appendCount(b, int64(c)) })
	if code.Or(0) != 0 {
		st = ink(bad)
	}
	return text, st
}

// runTook is how long a run worked, or where no pod of it was seen the time since its start.
func (f *frame) runTook(r *migration.Run, st canvas.Style) (string, canvas.Style) {
	if r.RunTime.Known() {
		text, _ := f.runTime(r.RunTime)
		return text, st
	}
	return opt(f, r.Duration(f.now), st, false, appendDuration)
}

// attemptTook is how long an attempt's containers ran, or where that is unknown how long it is
// there.
func (f *frame) attemptTook(a *migration.Attempt) (string, canvas.Style) {
	if a.RunTime.Known() {
		return f.runTime(a.RunTime)
	}
	if from, ok := a.Started.Get(); ok {
		return formatDuration(max(a.Finished.Or(f.now).Sub(from), 0)), ink(text)
	}
	return "-", ink(dim)
}

// runTime writes a run time, as a lower bound where some of it was not seen.
func (f *frame) runTime(v migration.Opt[migration.Bounds[time.Duration]]) (string, canvas.Style) {
	b, ok := v.Get()
	if !ok {
		return "-", ink(dim)
	}
	took := f.bound(nil, migration.Provenance{LowerBound: b.High > b.Low})
	return string(appendDuration(took, b.Low)), ink(text)
}

func (s *tenant) drawEvents(f *frame, p canvas.Pane) {
	if p.H < 3 {
		return
	}
	in := f.panel(p, "Events", "read when this was opened", false)
	log := &s.events
	switch {
	case log.uid != s.runUID:
		in.Text(0, 0, ink(dim), "not available")
	case log.loading:
		in.Rune(0, 0, ink(accent), f.g.Spinner[log.spin%len(f.g.Spinner)])
		in.Text(2, 0, ink(dim), "reading from the cluster")
	case log.err != nil:
		in.Rune(0, 0, ink(bad), f.g.Failed)
		f.paragraph(in, 2, 0, ink(text), log.err.Error(), max(in.H, 1))
	case len(log.events) == 0:
		in.Text(0, 0, ink(dim), "none kept (Kubernetes keeps events for an hour)")
	}
	if log.uid != s.runUID || log.loading || log.err != nil {
		return
	}
	for i := range log.events {
		if i >= in.H {
			break
		}
		e := &log.events[i]
		st, glyph := ink(dim), f.g.Info
		if e.Warning {
			st, glyph = ink(warn), f.g.Warning
		}
		in.Rune(0, i, st, glyph)
		x := in.Bytes(2, i, ink(dim), f.clockTime(f.buf[:0], e.At))
		x = max(x, 8)
		in.Fit(x+1, i, 20, st, e.Reason, f.g)
		says := e.Message
		if e.Count > 1 {
			says = formatCount(int64(e.Count)) + string(f.g.Times) + " " + says
		}
		in.Fit(x+22, i, in.W-x-22, ink(text), says, f.g)
	}
}

// history is what a run says of itself, of a platform that keeps no events: when it reached which state, and how each
// attempt ended.
func (f *frame) history(p canvas.Pane, r *migration.Run) {
	if p.H < 3 {
		return
	}
	in := f.panel(p, "History", "from the "+r.Key.Platform.Info().Run+" itself", false)
	y := 0
	say := func(at migration.Opt[time.Time], what, more string, failed bool) {
		t, ok := at.Get()
		if !ok || y >= in.H {
			return
		}
		st, glyph := ink(dim), f.g.Info
		if failed {
			st, glyph = ink(warn), f.g.Warning
		}
		in.Rune(0, y, st, glyph)
		x := max(in.Bytes(2, y, ink(dim), f.clockTime(f.buf[:0], t)), 8)
		in.Fit(x+1, y, 26, st, what, f.g)
		in.Fit(x+28, y, in.W-x-28, ink(text), more, f.g)
		y++
	}
	say(migration.Some(r.Created), "created", "", false)
	for i := range r.Attempts {
		a := &r.Attempts[i]
		on := ""
		if a.Node != "" {
			on = "on " + a.Node
		}
		say(a.Scheduled, "placed", on, false)
		say(a.Started, "started", "", false)
		ended := a.Message
		if code, ok := a.ExitCode.Get(); ok {
			ended = strings.TrimSuffix("exit code "+strconv.Itoa(int(code))+": "+a.Message, ": ")
		}
		what := a.State.String()
		if a.Reason != "" {
			what = a.Reason
		}
		say(a.Finished, what, ended, a.State == migration.RunFailed)
	}
}

// openRun shows one run and asks for its events, where the platform keeps any.
func (m *model) openRun(r *migration.Run) tea.Cmd {
	run := *r
	m.tenant.runUID = run.UID
	if !run.Key.Platform.Caps().Events {
		return nil
	}
	m.tenant.events = eventLog{uid: run.UID, loading: true}
	ask := m.tasks.do(func(ctx context.Context) tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, eventsWithin)
		defer cancel()
		events, err := m.opts.Control.Events(ctx, &run)
		if errors.Is(err, context.DeadlineExceeded) {
			err = &migration.Problem{Fault: migration.FaultUnreachable, What: "the cluster did not answer within " +
				formatDuration(eventsWithin), Fix: "go back and open the run again"}
		}
		return eventsMsg{run.UID, events, err}
	})
	return tea.Batch(ask, m.startSpinner())
}

// eventsWithin is the deadline for reading a run's events.
const eventsWithin = 10 * time.Second

func runsTable(v *migration.TenantView, now time.Time) [][]string {
	out := [][]string{{
		"tenant", "workload", "namespace", "job", "state", "reason", "created", "started", "finished", "seconds",
		"attempts", "failed_attempts", "peak_memory_bytes", "memory_limit_bytes",
	}}
	bytes := columns.Count[migration.Bytes]
	for i := range v.Runs {
		r := &v.Runs[i]
		out = append(out, []string{
			columns.Text(v.Tenant.String()), columns.Text(string(r.Key.Workload)), r.Namespace, r.Name, r.State.String(), r.Reason,
			columns.Time(r.Created), columns.Opt(r.Started, columns.Time), columns.Opt(r.Finished, columns.Time),
			columns.Opt(r.Duration(now), columns.Seconds),
			strconv.Itoa(len(r.Attempts)), strconv.Itoa(int(r.Failed)), columns.Opt(peakOf(r), bytes), columns.Opt(r.MemoryLimit(), bytes),
		})
	}
	return out
}
