package follow

import (
	"math"

	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/migration"
)

// judge brings a tenant's verdict up to date.
func (b *Book) judge(r *reading, t *tenant, view *migration.TenantView) {
	if b.followed(t) {
		b.feed(r, t, view)
	} else {
		t.todo = minuteSet{}
		t.finalTo = [5]int32{}
	}
	f := b.factsOf(r, t, view)
	w := t.watch
	if w == nil {
		w = cutover.NewWatch()
		w.SetLimits(t.limits)
	}
	v := w.Assess(&f)
	t.facts, t.verdict = f, v
	said := saying{v.Stage, v.Word, v.Rule, v.Holds, v.Ready, v.Share, v.Next, t.basis, len(w.Steps())}
	if said != t.said || r.now >= t.sayDue {
		t.said, t.sayDue = said, t.nextTurn(r.now, b.sayEvery())
		t.cut = b.describe(t, w, &f, &v)
		if v.Stage == cutover.Before && v.Word == cutover.NoVerdict && view.Verdict.Decision == migration.Moved && f.Unread == [2]string{} {
			t.cut.Moved()
		}
	}
	if r.settled {
		b.record(t)
	}
}

// saying is what a verdict says. It is put into sentences at once where that has changed.
type saying struct {
	stage cutover.Stage
	word  cutover.Word
	rule  cutover.Rule
	holds cutover.Holds
	ready bool
	share float64
	next  migration.Opt[float64]
	basis basis
	steps int
}

// Sentences take longer than verdicts: of a large fleet, those of sayAtOnce tenants are made anew each minute, and none is older
// than sayAtLast minutes. The numbers next to them are of the same minute.
const (
	sayAtOnce = 1000
	sayAtLast = 10
)

// sayEvery is the number of minutes between two descriptions of a verdict that says the same.
func (b *Book) sayEvery() int32 { return int32(min(1+len(b.tenants)/sayAtOnce, sayAtLast)) }

// describe is a verdict as a Snapshot has it.
func (b *Book) describe(t *tenant, w *cutover.Watch, f *cutover.Facts, v *cutover.Verdict) migration.Cutover {
	d := migration.CutoverDetail{
		Stage: v.Stage, FinalTo: v.FinalTo, Divisor: max(v.Divisor, 1), ExitCode: v.ExitCode(), Next: ratio(v.Next), Bar: v.Bar(),
		HarmE: finite(v.HarmE), HealthN: finite(v.HealthN), SlowerE: finite(v.SlowerE),
	}
	if t.in.wave != nil {
		d.Wave, d.Owners = t.in.wave.Title(b.plan.Zone), b.plan.OwnersOf(t.in.wave, t.in.member)
	}
	c := migration.Cutover{Word: v.Word, Text: v.Text()}
	for _, s := range w.Steps() {
		if !s.At.After(f.Now) {
			d.Steps = append(d.Steps, migration.CutoverStep{Share: migration.Ratio(s.Share), At: s.At})
		}
	}
	if len(d.Steps) > 0 {
		last := d.Steps[len(d.Steps)-1]
		d.Share, d.StepAt, d.ShareFrom = migration.Some(last.Share), last.At, "seen"
		if len(t.planned) > 0 || t.undated.At > 0 {
			d.ShareFrom = "plan"
		}
	}
	if v.Stage == cutover.Before {
		c.Reason = b.words(w.Reason(f, v))
		d.Ready = migration.Some(v.Ready)
		for _, check := range f.Ready {
			d.Checks = append(d.Checks, migration.CutoverCheck{Name: check.Name, State: check.State, Detail: b.words(check.Detail)})
		}
		c.Detail = d
		return c
	}
	e := w.Explain(f, v)
	c.Reason = b.words(e.Reason)
	for _, s := range e.Others {
		d.Others = append(d.Others, b.words(s))
	}
	for _, s := range e.Next {
		d.Needs = append(d.Needs, b.words(s))
	}
	d.Since = v.Since
	d.Observed = w.Observed()
	for h := range v.Holds.All {
		d.Holds = append(d.Holds, h.String())
	}
	if v.Latch.Rule != cutover.NoRule {
		d.Rule, d.RuleSince = v.Latch.Rule.String(), v.Latch.At
	}
	d.Before = migration.CutoverSide{Messages: v.Messages[cutover.Blue], Failures: v.Failures[cutover.Blue]}
	d.After = migration.CutoverSide{Messages: v.Messages[cutover.Green], Failures: v.Failures[cutover.Green]}
	if d.Before.Messages+d.After.Messages > 0 || v.Basis == cutover.Unresolved {
		d.Basis = v.Basis.String()
	}
	d.Signals = b.signals(e.Signals, t.most)
	d.Decisions = decisions(e.Decisions)
	c.Detail = d
	return c
}

// signals are the rows of the table of signals.
func (b *Book) signals(rows []cutover.Row, most migration.Opt[migration.USD]) []migration.CutoverSignal {
	out := make([]migration.CutoverSignal, 0, len(rows))
	for i := range rows {
		row := &rows[i]
		s := migration.CutoverSignal{Signal: row.Signal.String(), State: row.State, Value: b.words(row.Value)}
		for _, th := range row.Thresholds {
			s.Thresholds = append(s.Thresholds, migration.CutoverThreshold{
				Name: th.Limit.String(), Value: th.Limit.Write(th.Value), From: th.From.String(), Place: th.Place,
			})
		}
		if u, ok := most.Get(); ok && row.Signal == cutover.Cost {
			s.Thresholds = append(s.Thresholds, migration.CutoverThreshold{Name: "cost", Value: u.Decimal().String(), From: "plan"})
		}
		out = append(out, s)
	}
	return out
}

// decisions are what people decided.
func decisions(of []cutover.Override) []migration.CutoverDecision {
	var out []migration.CutoverDecision
	for _, o := range of {
		kind := "clear"
		if o.Kind == cutover.Overruled {
			kind = "overrule"
		}
		out = append(out, migration.CutoverDecision{Kind: kind, Who: o.Who, Why: o.Why, At: o.At, Until: o.Until})
	}
	return out
}

// ratio is a share as a Snapshot has it.
func ratio(o migration.Opt[float64]) migration.Opt[migration.Ratio] {
	return migration.Map(o, func(v float64) migration.Ratio { return migration.Ratio(v) })
}

// finite is a number that JSON can hold.
func finite(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return min(max(v, -1000), 1000)
}
