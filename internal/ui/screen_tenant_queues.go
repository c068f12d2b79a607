package ui

import (
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
	"github.com/migtop/migtop/internal/ui/plot"
)

// queuesHeight is how much room a tenant's queues need; none where it has none.
func queuesHeight(v *migration.TenantView) int {
	if len(v.Queues) == 0 {
		return 0
	}
	return len(v.Queues) + len(v.Flows) + 3
}

// queues are the queues of a tenant's cutover, and what became of their messages.
func queues(f *frame, p canvas.Pane, v *migration.TenantView) {
	if len(v.Queues) == 0 {
		return
	}
	in := f.panel(p, "Queues", formatCount(int64(len(v.Queues))), false)
	name := min(max(in.W/4, 16), 36)
	cols := []struct {
		title string
		end   int
	}{
		{"SENT", name + 21}, {"DELETED", name + 30}, {"WAITING", name + 39}, {"IN FLIGHT", name + 49}, {"OLDEST", name + 58},
	}
	in.Text(0, 0, ink(dim), "QUEUE")
	in.Text(name+1, 0, ink(dim), "ROLE")
	for _, c := range cols {
		if c.end <= in.W {
			in.TextRight(c.end, 0, ink(dim), c.title)
		}
	}
	chart := cols[len(cols)-1].end + 2
	if in.W-chart >= 12 {
		in.Text(chart, 0, ink(dim), "DEPTH")
	}
	for i := range v.Queues {
		q := &v.Queues[i]
		y := i + 1
		in.Fit(0, y, name, ink(strong), queueTitle(v.Queues, i), f.g)
		word, r := q.Role.String(), map[migration.QueueRole]canvas.Role{
			migration.QueueBlue: lambda, migration.QueueGreen: jobs,
			migration.QueueDeadLetter: warn,
		}[q.Role]
		in.Text(name+1, y, ink(r), word)
		put := func(k int, s string, st canvas.Style) {
			if cols[k].end <= in.W {
				in.TextRight(cols[k].end, y, st, s)
			}
		}
		for k, n := range []migration.Opt[int64]{q.Sent, q.Deleted, q.Depth.Visible, q.Depth.NotVisible} {
			s, st := opt(f, n, ink(text), false, appendCount)
			put(k, s, st)
		}
		s, st := opt(f, q.Depth.OldestAge, ink(text), false, appendDuration)
		put(4, s, st)
		switch {
		case in.W-chart < 12:
		case q.Idle:
			in.Fit(chart, y, in.W-chart, ink(dim), "idle for 6 h or more", f.g)
		default:
			from, to := f.snap.Window.From, f.snap.Window.To
			plot.Sparkline(in, chart, y, in.W-chart-1, &q.DepthSeries, from, to, q.DepthSeries.Max().Or(0), r, f.g, &f.scratch)
		}
	}
	for i := range v.Flows {
		flow := &v.Flows[i]
		look := judged(max(flow.Severity.DeadLetters, flow.Severity.Residual), text)
		in.Fit(0, len(v.Queues)+1+i, in.W, ink(look), flowLine(f, flow), f.g)
	}
}

// queueTitle is a queue's name, behind its account and region where the tenant has
// another one of that name elsewhere.
func queueTitle(all []migration.QueueView, i int) string {
	q := &all[i]
	for j := range all {
		if j != i && all[j].Name == q.Name {
			return strings.TrimSpace(q.Scope + " " + q.Name)
		}
	}
	return q.Name
}

// flowLine is what became of a workload's messages, as a sum.
func flowLine(f *frame, w *migration.QueueFlow) string {
	b := append(f.buf[:0], w.Workload...)
	b = append(b, ": "...)
	sent, ok := w.Sent.Get()
	if !ok {
		return string(append(b, "not every queue's depth is known yet"...))
	}
	part := func(n migration.Opt[int64], what string) {
		v, ok := n.Get()
		sign := " + "
		if v < 0 {
			sign, v = " - ", -v
		}
		b = append(b, sign...)
		if ok {
			b = appendCount(b, v)
		} else {
			b = append(b, '-')
		}
		b = append(b, what...)
	}
	b = append(appendCount(b, sent), " sent = "...)
	b = append(appendCount(b, w.DeletedBlue.Or(0)), " by "+f.before().Label...)
	part(w.DeletedGreen, " by "+f.after().Label)
	part(w.DepthChange, " in depth")
	part(w.DeadLetters, " dead")
	part(w.Residual, " unexplained")
	b = append(b, "  "...)
	b = w.From.In(f.loc).AppendFormat(b, "15:04")
	b = append(b, " to "...)
	return string(w.To.In(f.loc).AppendFormat(b, "15:04"))
}
