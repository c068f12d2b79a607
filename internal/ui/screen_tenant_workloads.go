package ui

import (
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// workloads are the kinds of work of a tenant, and below them what it has on platforms
// that are on neither side.
func workloads(f *frame, p canvas.Pane, v *migration.TenantView, services []migration.ServiceView) {
	in := f.panel(p, "Workloads", formatCount(int64(len(v.Workloads))), false)
	for i := range services {
		f.service(in.Row(in.H-len(services)+i), 0, &services[i])
	}
	in = in.Top(in.H - len(services))
	fed := f.feeds(v)
	for i := range fed {
		in.Fit(2, in.H-len(fed)+i, in.W-2, ink(dim), fed[i], f.g)
	}
	in = in.Top(in.H - len(fed))
	type col struct {
		title string
		end   int
	}
	name := min(max(in.W/4, 14), 30)
	l, k := f.before().Short, f.after().Short
	cols := []col{
		{strings.ToUpper(f.before().Label) + " $", name + 12},
		{strings.ToUpper(f.after().Label) + " $", name + 24},
		{"RUNS " + l, name + 33},
		{"RUNS " + k, name + 42},
	}
	if in.W >= 100 {
		cols = append(cols, col{"P95 " + l, name + 51}, col{"P95 " + k, name + 60})
	}
	in.Text(0, 0, ink(dim), "WORKLOAD")
	for _, c := range cols {
		in.TextRight(c.end, 0, ink(dim), c.title)
	}
	fn := cols[len(cols)-1].end + 3
	if f.before().Caps.Functions || f.after().Caps.Functions {
		in.Text(fn, 0, ink(dim), "FUNCTION")
	}
	d := &f.data.denied
	for i := range v.Workloads {
		y := i + 1
		if y >= in.H {
			break
		}
		w := &v.Workloads[i]
		in.Fit(0, y, name, ink(strong), string(w.Workload), f.g)
		put := func(k int, s string, st canvas.Style) {
			if k < len(cols) {
				in.TextRight(cols[k].end, y, st, s)
			}
		}
		rate := func(k int, fig *migration.Figure[migration.USD], side canvas.Role, forbidden bool) {
			s, st := opt(f, fig.Value, ink(side), forbidden, func(b []byte, u migration.USD) []byte {
				return appendMoney(f.bound(b, fig.Evidence), u, f.unit.hours())
			})
			put(k, s, st)
			if fig.Value.Known() { // behind the figure, so that figures align
				in.Rune(cols[k].end, y, ink(dim), f.mark(fig.Evidence))
			}
		}
		rate(0, &w.Before.CostPerHour, lambda, d.before)
		rate(1, &w.After.CostPerHour, jobs, d.after)
		s, st := opt(f, w.Before.Runs, ink(text), d.before, appendCount)
		put(2, s, st)
		s, st = opt(f, w.After.Runs, ink(text), d.after, appendCount)
		put(3, s, st)
		bound := func(b []byte, q migration.Bounds[time.Duration]) []byte { return appendBound(b, q, f.g) }
		s, st = opt(f, w.Before.Duration.Quantile(0.95), ink(text), d.before, bound)
		put(4, s, st)
		s, st = opt(f, w.After.Duration.Quantile(0.95), ink(text), d.after, bound)
		put(5, s, st)
		if len(w.Functions) > 0 {
			fun := &w.Functions[0]
			b := append(f.buf[:0], fun.Name...)
			if fun.Alias != "" {
				b = append(append(b, ':'), fun.Alias...)
			}
			if fun.Linked {
				b = append(append(append(b, "  in account "...), fun.Account()...),
					", linked: its memory and timeout are not readable"...)
			} else {
				b = appendBytes(append(b, "  "...), fun.MemorySize)
				b = appendDuration(append(b, "  timeout "...), fun.Timeout)
			}
			if len(w.Functions) > 1 {
				b = append(appendCount(append(b, "  and "...), int64(len(w.Functions)-1)), " more"...)
			}
			f.buf = b
			in.Fit(fn, y, in.W-fn, ink(dim), string(b), f.g)
		}
	}
}
