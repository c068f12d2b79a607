package alert

import (
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// freshFor is how old the newest answer of a source may be for its data to be there, where it polls more often than every third of
// that. CloudWatch is polled each minute, or less often within a budget.
const freshFor = 15 * time.Minute

// facts answers what of one Snapshot is known, so that an alert that it does not show has ended and is not merely out of sight.
type facts struct {
	snap    *migration.Snapshot
	tenants map[migration.Tenant]*migration.TenantView
	infos   [2]migration.PlatformInfo
}

func factsOf(snap *migration.Snapshot) *facts {
	f := &facts{
		snap: snap, tenants: make(map[migration.Tenant]*migration.TenantView, len(snap.Tenants)), infos: snap.Move.OrDefault().Infos(),
	}
	for i := range snap.Tenants {
		f.tenants[snap.Tenants[i].Tenant] = &snap.Tenants[i]
	}
	return f
}

// ended reports whether an alert that the Snapshot does not show has ended. seen is when it was last known to stand.
func (f *facts) ended(a *Alert, seen time.Time) bool {
	switch a.Kind {
	case KindSource:
		return f.rowsAnswer(a)
	case KindWord:
		return f.wordKnown(a.Tenant)
	}
	// A shorter window shows less. What a longer one showed has ended once all of that window has passed.
	if f.snap.Window.Span < a.Window && f.snap.At.Sub(seen) < a.Window {
		return false
	}
	t := f.tenants[a.Tenant]
	if t == nil {
		t = &migration.TenantView{} // nothing of it was seen within the window
	}
	for figure := range strings.SplitSeq(a.Figure, ", ") {
		if !f.figureKnown(t, figure, seen) {
			return false
		}
	}
	return true
}

// rowsAnswer reports whether every row of a lost source answers. One that is not there any more is not asked, and says nothing.
func (f *facts) rowsAnswer(a *Alert) bool {
	for _, title := range a.Rows {
		at := slices.IndexFunc(f.snap.Sources, func(h migration.Health) bool { return h.Title() == title })
		if at < 0 {
			return false
		}
		if s := f.snap.Sources[at].State; s != migration.HealthOK && s != migration.HealthDegraded {
			return false
		}
	}
	return true
}

// wordKnown reports whether the word of a tenant rests on data.
func (f *facts) wordKnown(tenant migration.Tenant) bool {
	t := f.tenants[tenant]
	if t == nil || t.Cutover.Word == migration.VerdictNone {
		return false
	}
	if slices.ContainsFunc(t.Cutover.Detail.Holds, func(h string) bool { return slices.Contains(unread, h) }) {
		return false
	}
	return f.read(f.infos[0].Source) && f.read(f.infos[1].Source)
}

// figureKnown reports whether a figure that a notice judges is known: "jobs.oom_killed", "flows.residual", "logs.jobs.lines", "runs".
func (f *facts) figureKnown(t *migration.TenantView, figure string, seen time.Time) bool {
	part, name, _ := strings.Cut(figure, ".")
	switch part {
	case f.infos[0].ID.String():
		return f.sideKnown(t, 0, name, seen)
	case f.infos[1].ID.String():
		return f.sideKnown(t, 1, name, seen)
	case "flows":
		return f.read("sqs") && !slices.ContainsFunc(t.Flows, func(q migration.QueueFlow) bool {
			return name == "residual" && !q.Residual.Known() || name == "dead_letters" && !q.DeadLetters.Known()
		})
	case "logs":
		return f.read("log arrival") && f.sideKnown(t, 0, "", seen) && f.sideKnown(t, 1, "", seen)
	case "runs":
		return f.sideKnown(t, 1, "", seen)
	}
	return f.sideKnown(t, 0, "", seen) && f.sideKnown(t, 1, "", seen)
}

// sideKnown reports whether a figure of a side is known, over all of the time since it was last seen.
func (f *facts) sideKnown(t *migration.TenantView, at int, name string, seen time.Time) bool {
	info, side := &f.infos[at], t.Sides()[at]
	if !f.read(info.Source) || info.DetailSource != "" && !f.answers(info.DetailSource) {
		return false
	}
	if side.Gap != "" && !(f.ok(info.Source) && (info.DetailSource == "" || f.ok(info.DetailSource))) {
		return false // otherwise it lacks no more than a price
	}
	if name == "pending" { // what waits now, whatever was there before
		return !side.Present || side.Pending.Known()
	}
	if from := f.dataFrom(info, side); from.After(f.snap.Window.From.Add(time.Minute)) && !from.Before(seen) {
		return false // what was seen then may lie before the data that are there
	}
	if !side.Present {
		return true
	}
	switch name {
	case "failure_ratio":
		return side.Runs.Known() && (side.FailureRate.Known() || side.Runs.Or(0) == 0)
	case "oom_killed":
		return side.OOMKilled.Known()
	case "timed_out":
		return side.TimedOut.Known()
	case "throttled":
		return side.Throttled.Known()
	case "wall_ratio":
		return side.TimeoutRatio.Known() || side.Runs.Known()
	case "peak_memory_bytes":
		return side.PeakMemory.Max().Known() || side.Runs.Known() && side.Runs.Or(0) == 0
	}
	return side.Runs.Known()
}

// dataFrom is from when on a side is known without a gap.
func (f *facts) dataFrom(info *migration.PlatformInfo, side *migration.Side) time.Time {
	w := &f.snap.Window
	from := w.From
	if info.ID == migration.Jobs {
		if w.JobsFrom.IsZero() {
			return w.To
		}
		return w.JobsFrom
	}
	if side.Present { // the gap may be anywhere, so that this is the latest it can be
		from = w.To.Add(-time.Duration(float64(w.To.Sub(w.From)) * float64(side.Activity.Coverage)))
	}
	return from
}

// rows calls is for each row of a source, of all accounts, and reports whether there is one and it holds for all.
func (f *facts) rows(source string, is func(*migration.Health) bool) bool {
	found := false
	for i := range f.snap.Sources {
		if h := &f.snap.Sources[i]; h.Source == source {
			found = true
			if !is(h) {
				return false
			}
		}
	}
	return found
}

// starting reports whether a side of the move has not answered yet.
func (f *facts) starting() bool {
	for i := range f.snap.Sources {
		h := &f.snap.Sources[i]
		if h.State == migration.HealthStarting && (h.Source == f.infos[0].Source || h.Source == f.infos[1].Source) {
			return true
		}
	}
	return false
}

// ok reports whether nothing is wrong with a source.
func (f *facts) ok(source string) bool {
	return f.rows(source, func(h *migration.Health) bool { return h.State == migration.HealthOK })
}

// answers reports whether a source answers. One that answers with less does if that is how it is set up: a permission that it
// never had is no loss. If requests failed, it does not.
func (f *facts) answers(source string) bool {
	return f.rows(source, answering)
}

func answering(h *migration.Health) bool {
	return h.State == migration.HealthOK || h.State == migration.HealthDegraded && (h.Problem == nil || setUp(h.Problem))
}

// read reports whether a source answers, and did lately.
func (f *facts) read(source string) bool {
	return f.rows(source, func(h *migration.Health) bool {
		newest := h.LastSuccess
		if h.DataTo.After(newest) {
			newest = h.DataTo
		}
		return answering(h) && f.snap.At.Sub(newest) <= max(freshFor, 3*h.Cadence)
	})
}
