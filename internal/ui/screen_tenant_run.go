package ui

import (
	"context"
	"errors"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/columns"
	"github.com/migtop/migtop/internal/migration"
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

// runs lists the live Jobs and the last ended ones.
func (s *tenant) runs(f *frame, p pane, v *migration.TenantView) {
	note := f.keys.key(ActOpen) + " opens one"
	if len(v.Runs) == 0 {
		note = ""
	}
	in := f.panel(p, "Runs on Jobs", note, false)
	type col struct {
		title string
		end   int
	}
	name := min(max(in.w-60, 16), 44)
	if in.w >= 110 {
		name = min(in.w-76, 44)
	}
	cols := []col{{"STARTED", name + 31}, {"TOOK", name + 39}, {"TRIES", name + 46}, {"MEMORY", name + 56}}
	if in.w >= 110 {
		cols = append(cols, col{"LIMIT", name + 66}, col{"CPU", name + 73})
	}
	in.text(2, 0, ink(dim), "JOB")
	in.text(name+4, 0, ink(dim), "STATE")
	for _, c := range cols {
		in.textRight(c.end, 0, ink(dim), c.title)
	}
	in.hline(0, 1, in.w, ink(line), f.g.h)
	if len(v.Runs) == 0 {
		u, st := unknown(f.data.denied.after)
		in.text(0, 2, st, u)
		in.text(2, 2, ink(dim), "no Job of this tenant yet")
		return
	}
	s.list.clamp(len(v.Runs))
	for i := range v.Runs {
		y := i + 2
		if y >= in.h {
			break
		}
		r := &v.Runs[i]
		if i == s.list.cursor {
			line := p.sub(1, y+1, p.w-2, 1)
			line.fill(selected)
			line.rune(0, 0, ink(accent), f.g.cursor)
		}
		glyph, role := f.g.run(r.State)
		in.fit(2, y, name, ink(text), r.Name, f.g)
		in.rune(name+4, y, ink(role), glyph)
		word := r.State.String()
		if r.Reason != "" {
			word = r.Reason
		}
		in.fit(name+6, y, 16, ink(role), word, f.g)
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
			in.textRight(c.end, y, st, text)
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
func (s *tenant) drawRun(f *frame, p pane, v *migration.TenantView) {
	p = p.sub(1, 0, p.w-2, p.h)
	r := s.run(v)
	if r == nil {
		f.message(p, "This run is gone", dim, []paragraph{{glyph: ' ', look: text, text: "It has left the cluster and the list of recent runs."}, {glyph: ' ', look: text, text: f.keys.key(ActBack) + " goes back."}})
		return
	}
	glyph, role := f.g.run(r.State)
	head := 7
	if r.Message != "" {
		head = 8
	}
	in := f.panel(p.top(head), r.Namespace+"/"+r.Name, f.ages("jobs"), true)
	x := in.rune(0, 0, ink(role), glyph)
	x = in.text(x+1, 0, ink(role).with(bold), r.State.String())
	if r.Reason != "" {
		in.text(x+2, 0, ink(role), r.Reason)
	}
	y := 1
	if r.Message != "" {
		in.fit(2, 1, in.w-2, ink(text), r.Message, f.g)
		y = 2
	}
	pairs := f.runPairs(r)
	col := max(in.w/3, 24)
	for i, pr := range pairs {
		cx, cy := (i/4)*col, y+i%4
		if cx+14 >= in.w {
			break
		}
		in.text(cx, cy, ink(dim), pr.label)
		in.sub(cx+14, cy, min(col-15, in.w-cx-14), 1).text(0, 0, pr.st, pr.value)
	}
	p = p.below(head)
	attempts := min(max(attemptRows(r), 1)+3, max(p.h/2, 5))
	f.attempts(p.top(attempts), r)
	s.drawEvents(f, p.below(attempts))
}

type labelled struct {
	label, value string
	st           style
}

func (f *frame) runPairs(r *migration.Run) [12]labelled {
	item := func(label, value string, st style) labelled { return labelled{label, value, st} }
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
		item("CPU asked", cpu, st4), item("CPU limit", cpuLimit, st6), item("memory asked", mem, st5), item("memory limit", memLimit, st7),
		item("deadline", deadline, st8), item("workload", string(r.Key.Workload), ink(text)), item("parallelism", formatCount(int64(r.Parallel)), ink(text)), item("peak memory", peak, st9),
	}
}

// attempts are the pods of a run.
func (f *frame) attempts(p pane, r *migration.Run) {
	in := f.panel(p, "Attempts", formatCount(int64(r.Failed))+" failed", false)
	name := min(max(in.w-74, 14), 40)
	in.text(2, 0, ink(dim), "POD")
	in.text(name+4, 0, ink(dim), "STATE")
	titles := [...]string{"EXIT", "RESTARTS", "STARTED", "TOOK", "CPU", "MEMORY"}
	ends := [...]int{name + 29, name + 39, name + 48, name + 56, name + 63, name + 73}
	for i, t := range titles {
		in.textRight(ends[i], 0, ink(dim), t)
	}
	node := ends[5] + 3
	in.text(node, 0, ink(dim), "NODE")
	if len(r.Attempts) == 0 {
		in.text(2, 1, ink(dim), "no pod yet")
	}
	y := 1
	for i := range r.Attempts {
		if y >= in.h {
			break
		}
		a := &r.Attempts[i]
		glyph, role := f.g.run(a.State)
		in.fit(2, y, name, ink(text), a.Pod, f.g)
		in.rune(name+4, y, ink(role), glyph)
		word := a.State.String()
		if a.Reason != "" {
			word = a.Reason
		}
		in.fit(name+6, y, 18, ink(role), word, f.g)
		exit, st := f.exitCode(a.ExitCode)
		in.textRight(ends[0], y, st, exit)
		in.textRight(ends[1], y, ink(text), formatCount(int64(a.Restarts)))
		started, st := opt(f, a.Started, ink(dim), false, f.clockTime)
		in.textRight(ends[2], y, st, started)
		took, st := f.attemptTook(a)
		in.textRight(ends[3], y, st, took)
		cpu, st := opt(f, a.CPU, ink(text), f.data.denied.usage, appendCPU)
		in.textRight(ends[4], y, st, cpu)
		peak := a.PeakMemory
		if len(a.Containers) <= 1 { // what the pod uses is what the container does
			peak = migration.Larger(peak, a.Memory)
		}
		mem, st := opt(f, peak, ink(text), f.data.denied.usage, appendBytes)
		in.textRight(ends[5], y, st, mem)
		in.fit(node, y, in.w-node, ink(dim), a.Node, f.g)
		if y++; len(a.Containers) <= 1 {
			continue
		}
		for j := range a.Containers {
			if y >= in.h {
				break
			}
			c := &a.Containers[j]
			in.fit(4, y, name-2, ink(dim), c.Name+" ("+c.Kind.String()+")", f.g)
			if c.OOMKilled > 0 {
				killed := "OOMKilled"
				if c.OOMKilled > 1 {
					killed += " " + formatCount(int64(c.OOMKilled)) + string(f.g.times)
				}
				in.fit(name+6, y, 18, ink(bad), killed, f.g)
			}
			exit, st := f.exitCode(c.ExitCode)
			in.textRight(ends[0], y, st, exit)
			in.textRight(ends[1], y, ink(dim), formatCount(int64(c.Restarts)))
			took, st := f.runTime(c.RunTime)
			in.textRight(ends[3], y, st, took)
			mem, st := opt(f, c.PeakMemory, ink(dim), f.data.denied.usage, appendBytes)
			in.textRight(ends[5], y, st, mem)
			limit, st := opt(f, c.Limit.Memory, ink(dim), false, appendBytes)
			x := in.text(node, y, ink(dim), "limit ")
			in.text(x, y, st, limit)
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

func (f *frame) exitCode(code migration.Opt[int32]) (string, style) {
	text, st := opt(f, code, ink(text), false, func(b []byte, c int32) []byte { return appendCount(b, int64(c)) })
	if code.Or(0) != 0 {
		st = ink(bad)
	}
	return text, st
}

// runTook is how long a run worked, or where no pod of it was seen the time since its start.
func (f *frame) runTook(r *migration.Run, st style) (string, style) {
	if r.RunTime.Known() {
		text, _ := f.runTime(r.RunTime)
		return text, st
	}
	return opt(f, r.Duration(f.now), st, false, appendDuration)
}

// attemptTook is how long an attempt's containers ran, or where nobody says how long it is
// there.
func (f *frame) attemptTook(a *migration.Attempt) (string, style) {
	if a.RunTime.Known() {
		return f.runTime(a.RunTime)
	}
	if from, ok := a.Started.Get(); ok {
		return formatDuration(max(a.Finished.Or(f.now).Sub(from), 0)), ink(text)
	}
	return "-", ink(dim)
}

// runTime writes a run time, as a lower bound where some of it was not seen.
func (f *frame) runTime(v migration.Opt[migration.Bounds[time.Duration]]) (string, style) {
	b, ok := v.Get()
	if !ok {
		return "-", ink(dim)
	}
	took := f.bound(nil, migration.Provenance{LowerBound: b.High > b.Low})
	return string(appendDuration(took, b.Low)), ink(text)
}

func (s *tenant) drawEvents(f *frame, p pane) {
	if p.h < 3 {
		return
	}
	in := f.panel(p, "Events", "asked of the cluster when this was opened", false)
	log := &s.events
	switch {
	case log.uid != s.runUID:
		in.text(0, 0, ink(dim), "not asked for")
	case log.loading:
		in.rune(0, 0, ink(accent), f.g.spinner[log.spin%len(f.g.spinner)])
		in.text(2, 0, ink(dim), "asking the cluster")
	case log.err != nil:
		in.rune(0, 0, ink(bad), f.g.failed)
		f.paragraph(in, 2, 0, ink(text), log.err.Error(), max(in.h, 1))
	case len(log.events) == 0:
		in.text(0, 0, ink(dim), "none are kept of it (Kubernetes keeps events for an hour)")
	}
	if log.uid != s.runUID || log.loading || log.err != nil {
		return
	}
	for i := range log.events {
		if i >= in.h {
			break
		}
		e := &log.events[i]
		st, glyph := ink(dim), f.g.infoSign
		if e.Warning {
			st, glyph = ink(warn), f.g.warnSign
		}
		in.rune(0, i, st, glyph)
		x := in.bytes(2, i, ink(dim), f.clockTime(f.buf[:0], e.At))
		x = max(x, 8)
		in.fit(x+1, i, 20, st, e.Reason, f.g)
		says := e.Message
		if e.Count > 1 {
			says = formatCount(int64(e.Count)) + string(f.g.times) + " " + says
		}
		in.fit(x+22, i, in.w-x-22, ink(text), says, f.g)
	}
}

// openRun shows one run and asks for its events.
func (m *model) openRun(r *migration.Run) tea.Cmd {
	run := *r
	m.tenant.runUID = run.UID
	m.tenant.events = eventLog{uid: run.UID, loading: true}
	ask := m.tasks.do(func(ctx context.Context) tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, eventsWithin)
		defer cancel()
		events, err := m.opts.Control.Events(ctx, &run)
		if errors.Is(err, context.DeadlineExceeded) {
			err = &migration.Problem{Fault: migration.FaultUnreachable, What: "the cluster did not answer within " + formatDuration(eventsWithin), Fix: "go back and open the run again"}
		}
		return eventsMsg{run.UID, events, err}
	})
	return tea.Batch(ask, m.startSpinner())
}

// eventsWithin is how long the cluster is given to tell a run's events.
const eventsWithin = 10 * time.Second

func runsTable(v *migration.TenantView, now time.Time) [][]string {
	out := [][]string{{"tenant", "workload", "namespace", "job", "state", "reason", "created", "started", "finished", "seconds", "attempts", "failed_attempts", "peak_memory_bytes", "memory_limit_bytes"}}
	bytes := columns.Count[migration.Bytes]
	for i := range v.Runs {
		r := &v.Runs[i]
		out = append(out, []string{
			columns.Text(v.Tenant.String()), columns.Text(string(r.Key.Workload)), r.Namespace, r.Name, r.State.String(), r.Reason,
			columns.Time(r.Created), columns.Opt(r.Started, columns.Time), columns.Opt(r.Finished, columns.Time), columns.Opt(r.Duration(now), columns.Seconds),
			strconv.Itoa(len(r.Attempts)), strconv.Itoa(int(r.Failed)), columns.Opt(peakOf(r), bytes), columns.Opt(r.MemoryLimit(), bytes),
		})
	}
	return out
}
