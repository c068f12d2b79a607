package plan

import (
	"time"

	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
)

// Overview is a plan with its dates, where its tenants stand and what is wrong with it, as it is printed.
type Overview struct {
	// The moment that it is for.
	At time.Time `wire:"at"`
	// When the move began. Null where the plan leaves that to what is seen.
	Since time.Time `wire:"since"`
	// The one-time cost of the plan and of all waves in USD. Null where none is stated.
	OneOff migration.Opt[migration.USD] `wire:"one_off_usd"`
	// The time zone of the plan.
	Zone string `wire:"zone"`
	// How long steps took so far, against what was planned.
	Pace Pace `wire:"pace"`
	// How the move itself goes, from the record of the cutover. Null without a record.
	Success *migration.MoveSuccess `wire:"success"`
	// When the last step of all happens.
	End Dates `wire:"end"`
	// Whether tenants were compared with what the sources know.
	Compared bool `wire:"tenants_compared"`
	// The waves by date.
	Waves []WaveView `wire:"waves"`
	// The freezes, with the next window of each.
	Freezes []FreezeView `wire:"freezes"`
	// The objectives of the plan; waves and tenants have their own.
	SLOs []SLOView `wire:"slos"`
	// What is wrong with the plan, in the order of the file.
	Findings []FindingView `wire:"findings"`

	zone Zone
}

// In is a moment in the zone of the plan.
func (o *Overview) In(t time.Time) time.Time { return t.In(o.zone.Location()) }

// WaveView is a wave.
type WaveView struct {
	Name    string                         `wire:"name"`           // The name, or the date without one.
	Place   string                         `wire:"place,null"`     // Where it is written.
	Owners  []string                       `wire:"owners"`         // Who is responsible for it.
	Done    bool                           `wire:"done"`           // Whether its last step has started.
	Share   migration.Opt[migration.Ratio] `wire:"intended_ratio"` // The intended share. Null where it is not recorded.
	Since   time.Time                      `wire:"intended_since"` // Since when. Null where it is not recorded.
	SLOs    []SLOView                      `wire:"slos"`           // Its own objectives.
	Steps   []StepView                     `wire:"steps"`          // Its steps.
	Tenants []MemberView                   `wire:"tenants"`        // Its tenants.
	OneOff  migration.Opt[migration.USD]   `wire:"one_off_usd"`    // Its one-time cost.
}

// StepView is a step of a wave.
type StepView struct {
	Share migration.Ratio `wire:"share_ratio"` // The share.
	Dates Dates           `wire:",inline"`     // When.
}

// MemberView is a tenant of a wave.
type MemberView struct {
	Tenant migration.Tenant               `wire:"tenant"`
	Owners []string                       `wire:"owners"`         // Who is responsible for it.
	Share  migration.Opt[migration.Ratio] `wire:"intended_ratio"` // The intended share. Null where it is not recorded.
	Since  time.Time                      `wire:"intended_since"` // Since when. Null where it is not recorded.
	Routed migration.Opt[migration.Ratio] `wire:"routed_ratio"`   // The share of runs that was seen on the new side.
	Next   migration.Opt[migration.Ratio] `wire:"next_ratio"`     // The next step. Null after the last one.
	SLOs   []SLOView                      `wire:"slos"`           // Its own objectives.
}

// FreezeView is a freeze.
type FreezeView struct {
	Name   string    `wire:"name"`       // The name, or the window without one.
	Window string    `wire:"window"`     // The window in words.
	Zone   string    `wire:"zone"`       // The time zone of the window.
	Place  string    `wire:"place,null"` // Where it is written.
	From   time.Time `wire:"from"`       // The beginning of the present or next window. Null if none is ahead.
	To     time.Time `wire:"to"`         // Its end.
	Active bool      `wire:"active"`     // Whether it is now.
}

// SLOView is an objective.
type SLOView struct {
	Signal string `wire:"signal"`     // What is limited.
	Most   string `wire:"most"`       // The limit, as it is written.
	Place  string `wire:"place,null"` // Where it is written.
}

// FindingView is a [Finding].
type FindingView struct {
	Level Level  `wire:"level"`      // error or warning.
	Place string `wire:"place,null"` // Where it is written.
	Field string `wire:"field"`      // The field.
	Text  string `wire:"text"`       // What is wrong.
	Fix   string `wire:"fix"`        // What to do.
}

// Overview prepares a plan for printing. seen may be nil.
func (p *Plan) Overview(now time.Time, seen *Seen) *Overview {
	schedule := p.Schedule(now, seen)
	o := &Overview{
		At: now, Since: p.Since, OneOff: p.OneOffTotal(), Zone: p.Zone.String(), Pace: schedule.Pace, End: schedule.End,
		Compared: seen != nil, SLOs: sloViews(p.SLOs), zone: p.Zone,
	}
	for i := range p.Waves {
		o.Waves = append(o.Waves, p.waveView(&p.Waves[i], schedule.Steps[i], seen))
	}
	for i := range p.Freezes {
		o.Freezes = append(o.Freezes, p.Freezes[i].view(now))
	}
	for _, f := range p.Check(now, seen) {
		o.Findings = append(o.Findings, FindingView{f.Level, placeText(f.Place), f.Path, f.Text, f.Fix})
	}
	return o
}

func placeText(at section.Origin) string {
	if at.Line == 0 {
		return ""
	}
	return at.String()
}

func (p *Plan) waveView(w *Wave, dates []Dates, seen *Seen) WaveView {
	steps := p.StepsOf(w)
	done, _, _ := p.stands(w, seen)
	v := WaveView{
		Name: w.Title(p.Zone), Place: placeText(w.Place), Owners: p.OwnersOf(w, nil), Done: done == len(steps)-1, OneOff: w.OneOff,
		SLOs: sloViews(w.SLOs),
	}
	if stand, ok := p.Intended(w, nil); ok {
		v.Share, v.Since = migration.Some(stand.Share.Ratio()), stand.Since
	}
	for i, s := range steps {
		v.Steps = append(v.Steps, StepView{s.Share.Ratio(), dates[i]})
	}
	for i := range w.Tenants {
		m := &w.Tenants[i]
		one := MemberView{Tenant: m.Tenant, Owners: p.OwnersOf(w, m), SLOs: sloViews(m.SLOs)}
		stand, ok := p.Intended(w, m)
		if ok {
			one.Share, one.Since = migration.Some(stand.Share.Ratio()), stand.Since
		}
		if c := seen.find(m.Tenant); c != nil {
			one.Routed = c.Routed
			if !ok {
				stand.Share = Share(float64(c.Routed.Or(0)) * float64(Whole))
			}
		}
		if next, ok := p.Next(w, stand.Share); ok {
			one.Next = migration.Some(next.Share.Ratio())
		}
		v.Tenants = append(v.Tenants, one)
	}
	return v
}

func (f *Freeze) view(now time.Time) FreezeView {
	v := FreezeView{Name: f.Title(), Zone: f.Zone.String(), Place: placeText(f.Place)}
	v.Window = f.Weekly.String()
	from, to, active := f.Around(now)
	switch {
	case f.Dated():
		v.Window = f.Zone.text(f.From) + " to " + f.Zone.text(f.To)
		if f.To.After(now) {
			from, to = f.From, f.To
		}
	case !active:
		from, to, _ = f.Weekly.after(f.Zone, now)
	}
	v.From, v.To, v.Active = from, to, active
	return v
}

func sloViews(slos []SLO) []SLOView {
	out := make([]SLOView, 0, len(slos))
	for _, s := range slos {
		out = append(out, SLOView{string(s.Signal), s.Text(), placeText(s.Place)})
	}
	return out
}

// Worst is the highest level of the findings, 0 without one.
func (o *Overview) Worst() Level {
	worst := Level(0)
	for i := range o.Findings {
		worst = max(worst, o.Findings[i].Level)
	}
	return worst
}

// DatedStep is a step of a tenant with its planned date.
type DatedStep struct {
	Share migration.Ratio
	At    time.Time
}

// DatedSteps are the planned dates of the steps of each tenant.
func (p *Plan) DatedSteps() map[migration.Tenant][]DatedStep {
	out := map[migration.Tenant][]DatedStep{}
	for i := range p.Waves {
		w := &p.Waves[i]
		planned := p.planned(w)
		var steps []DatedStep
		for j, s := range p.StepsOf(w) {
			if !planned[j].IsZero() {
				steps = append(steps, DatedStep{s.Share.Ratio(), planned[j]})
			}
		}
		for j := range w.Tenants {
			out[w.Tenants[j].Tenant] = steps
		}
	}
	return out
}
