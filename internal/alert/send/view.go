package send

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/migtop/migtop/internal/alert"
	"github.com/migtop/migtop/internal/history"
	"github.com/migtop/migtop/internal/migration"
)

const (
	mostNews  = 100 // events of this program that a Snapshot has
	mostEnded = 100 // alerts that ended that a Snapshot has
)

// standing are the alerts that stand and were told, the worst first. What the Snapshot shows of them now is newer than what was told.
func standing(state *alert.State, s *migration.Snapshot) []migration.AlertView {
	now := map[string]*alert.Condition{}
	for _, c := range alert.Conditions(s) {
		now[c.Key] = c
	}
	var out []migration.AlertView
	for _, a := range state.All() {
		if !a.Stands() || a.Fired.IsZero() {
			continue
		}
		v := migration.AlertView{
			Tenant: a.Tenant, Kind: a.Kind, Code: a.Code, About: a.About, Severity: a.Severity, Text: a.Text, Fix: a.Fix,
			Since: a.Since.Or(a.Fired), Basis: a.Basis, Unknown: a.Unknown, Times: a.Times,
		}
		if c := now[a.Key]; c != nil {
			v.Severity, v.Text, v.Fix = c.Severity, c.Text, c.Fix
		}
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(a, b migration.AlertView) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), b.Since.Compare(a.Since))
	})
	return out
}

// recall reads what ended before this program started.
func (r *Runner) recall(ctx context.Context) {
	events, err := r.opts.Store.AlertEvents(ctx, r.opts.Scope, 0, -2*mostEnded)
	if err != nil {
		r.opts.Logger.Warn("what alerts ended is not known", "error", err)
		return
	}
	for i := range events {
		if e, ok := r.decode(&events[i]); ok {
			r.ended(&e)
		}
	}
}

// news reads the events that are new, whoever made them: this program or another one on the same history.
func (r *Runner) news(ctx context.Context) {
	for {
		events, err := r.opts.Store.AlertEvents(ctx, r.opts.Scope, r.last, mostNews)
		if err != nil {
			r.opts.Logger.Warn("new alerts are not shown", "error", err)
			return
		}
		if len(events) == 0 {
			return
		}
		news := slices.Clone(r.view.News)
		for i := range events {
			r.last = events[i].Seq
			e, ok := r.decode(&events[i])
			if !ok {
				continue
			}
			news = append(news, migration.AlertNews{Seq: events[i].Seq, Event: e.Type, Severity: e.Severity, Text: e.Text})
			r.ended(&e)
			if r.opts.Tell != nil {
				r.opts.Tell(&e, events[i].Body)
			}
		}
		r.view.News = news[max(len(news)-mostNews, 0):]
		for _, c := range r.outputs {
			c.wake()
		}
	}
}

func (r *Runner) decode(stored *history.AlertEvent) (e alert.Event, ok bool) {
	if err := json.Unmarshal(stored.Body, &e); err != nil {
		r.opts.Logger.Warn("an alert cannot be read", "id", stored.ID, "error", err)
		return e, false
	}
	return e, true
}

// ended adds an alert that ended, the newest first.
func (r *Runner) ended(e *alert.Event) {
	if e.Type != alert.Resolved && e.Type != alert.Dropped {
		return
	}
	v := migration.AlertView{
		Kind: e.Kind, Code: e.Code, Severity: e.Severity, Text: e.Reason, Since: e.Since.Or(e.At), Times: e.Times,
	}
	if e.FiredAt != nil && !e.Since.Known() {
		v.Since = *e.FiredAt
	}
	if e.Tenant != nil {
		v.Tenant = *e.Tenant
	}
	if e.About != nil {
		v.About = *e.About
	}
	if e.EndedAt != nil {
		v.Ended = *e.EndedAt
	}
	if e.EndedAfter != nil {
		v.EndedAfter = *e.EndedAfter
	}
	r.view.Ended = append([]migration.AlertView{v}, r.view.Ended...)
	r.view.Ended = r.view.Ended[:min(len(r.view.Ended), mostEnded)]
}
