package plan

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
)

// Plan is the move as it is planned. The configuration has one.
type Plan struct {
	// Since is when the move began; zero leaves that to what was seen.
	Since time.Time
	// OneOff is the one-time cost of the move; unknown if not configured. The cost of single waves comes on top.
	OneOff migration.Opt[migration.USD]
	// Zone is the zone of dates and windows that name none.
	Zone Zone
	// Owners are responsible for waves without owners of their own.
	Owners []string
	// Steps are those of waves without steps of their own; empty for [DefaultSteps].
	Steps []Share
	// Every is the time between two steps; 0 for [DefaultEvery].
	Every time.Duration
	// KeyTenants move first.
	KeyTenants []migration.Tenant
	// Peaks are the times of the week with much work.
	Peaks   []Peak
	Freezes Freezes
	// SLOs are for tenants without objectives of their own.
	SLOs []SLO
	// Waves are sorted by date. A tenant is in at most one wave.
	Waves []Wave
	// Decisions are what people decided about a ROLL BACK, in the order of the file.
	Decisions []Decision
}

// Decision is what a person decided about the ROLL BACK of a tenant.
type Decision struct {
	Tenant migration.Tenant
	// Clear ends it: the evidence begins anew. Otherwise it is overruled: it counts as HOLD until Until.
	Clear   bool
	By, Why string
	At      time.Time
	// Until is the end of an overruling. Of a ROLL BACK that was cleared, the same rule does not apply before it; zero for at once.
	Until time.Time
	Place section.Origin
}

// Wave is a dated group of tenants that move together, step by step.
type Wave struct {
	Name string
	// At is when the first step is planned, in UTC.
	At time.Time
	// Owners are responsible for it; empty for the plan's.
	Owners []string
	// Steps are ascending shares; empty for the plan's.
	Steps []Step
	// Share is the intended share now; unknown leaves that to the last step that started. 0 is a wave that was rolled back.
	Share migration.Opt[Share]
	// Started is since when Share is intended, or without Share when the first step started; zero if it is not recorded.
	Started time.Time
	// OneOff is the one-time cost of the wave.
	OneOff  migration.Opt[migration.USD]
	SLOs    []SLO
	Tenants []Member
	Place   section.Origin
}

// Member is a tenant of a wave. What it leaves out is that of the wave.
type Member struct {
	Tenant migration.Tenant
	Owners []string
	// Share is the tenant's intended share if it is not the wave's, and Started since when.
	Share   migration.Opt[Share]
	Started time.Time
	SLOs    []SLO
	Place   section.Origin
}

// Members are tenants with nothing of their own.
func Members(tenants ...migration.Tenant) []Member {
	out := make([]Member, len(tenants))
	for i, t := range tenants {
		out[i].Tenant = t
	}
	return out
}

// Step is a share that a wave takes.
type Step struct {
	Share Share
	// At is when it is planned; zero leaves that to the time between two steps.
	At time.Time
	// Started is when it started; zero if it has not, or if it is not recorded.
	Started time.Time
	Place   section.Origin
}

// Share is the share of the work on the new side, in hundredths of a percent: 10,000 is all of it.
type Share int32

// Whole is all of the work.
const Whole Share = 10_000

// DefaultSteps are the steps of a plan that names none.
var DefaultSteps = []Share{500, 2500, 5000, Whole}

// DefaultEvery is the time between two steps of a plan that names none: each step sees a whole day.
const DefaultEvery = 24 * time.Hour

// Ratio is the share as a ratio; 1 is all of it.
func (s Share) Ratio() migration.Ratio { return migration.Ratio(s) / migration.Ratio(Whole) }

// Number is the share in percent, without the sign.
func (s Share) Number() string { return decimal.New(int64(s), -2).String() }

// String is the share in percent: "25 %".
func (s Share) String() string { return s.Number() + " %" }

// Find returns the wave of a tenant and its entry there; nil if it is in none.
func (p *Plan) Find(tenant migration.Tenant) (*Wave, *Member) {
	for i := range p.Waves {
		w := &p.Waves[i]
		for j := range w.Tenants {
			if w.Tenants[j].Tenant == tenant {
				return w, &w.Tenants[j]
			}
		}
	}
	return nil, nil
}

// Empty reports whether the plan has no wave.
func (p *Plan) Empty() bool { return len(p.Waves) == 0 }

// OneOffTotal is what the move costs once: for the plan and for each wave that states it; unknown if nothing does.
func (p *Plan) OneOffTotal() migration.Opt[migration.USD] {
	sum := p.OneOff
	for i := range p.Waves {
		if u, ok := p.Waves[i].OneOff.Get(); ok {
			sum = migration.Some(sum.Or(migration.USD{}).Add(u))
		}
	}
	return sum
}

// SnapshotWaves are the waves as a Snapshot has them: with the date from which all of the work is on the new side. That is
// the planned date of the last step; of a wave whose steps nobody wrote, it is the date of the wave.
func (p *Plan) SnapshotWaves() []migration.Wave {
	out := make([]migration.Wave, 0, len(p.Waves))
	for i := range p.Waves {
		w := &p.Waves[i]
		out = append(out, migration.Wave{Name: w.Name, At: p.moved(w), Tenants: w.names()})
	}
	slices.SortStableFunc(out, func(a, b migration.Wave) int { return a.At.Compare(b.At) })
	return out
}

// moved is when all of a wave's work is on the new side.
func (p *Plan) moved(w *Wave) time.Time {
	if len(w.Steps) == 0 && len(p.Steps) == 0 && p.Every == 0 {
		return w.At
	}
	planned := p.planned(w)
	return later(w.At, planned[len(planned)-1])
}

func (w *Wave) names() []migration.Tenant {
	out := make([]migration.Tenant, len(w.Tenants))
	for i := range w.Tenants {
		out[i] = w.Tenants[i].Tenant
	}
	return out
}

// Title is the name of a wave, or its date without one.
func (w *Wave) Title(z Zone) string {
	if w.Name != "" {
		return w.Name
	}
	return "wave of " + w.At.In(z.Location()).Format("2 Jan 2006")
}

// OwnersOf are the owners of a tenant: its own, the wave's, or the plan's. m may be nil for the wave.
func (p *Plan) OwnersOf(w *Wave, m *Member) []string {
	switch {
	case m != nil && len(m.Owners) > 0:
		return m.Owners
	case len(w.Owners) > 0:
		return w.Owners
	}
	return p.Owners
}

// StepsOf are the steps of a wave: its own, the plan's or the default ones.
func (p *Plan) StepsOf(w *Wave) []Step {
	if len(w.Steps) > 0 {
		return w.Steps
	}
	shares := p.Steps
	if len(shares) == 0 {
		shares = DefaultSteps
	}
	out := make([]Step, len(shares))
	for i, s := range shares {
		out[i] = Step{Share: s, Place: w.Place}
	}
	return out
}

// every is the time between two steps.
func (p *Plan) every() time.Duration {
	if p.Every > 0 {
		return p.Every
	}
	return DefaultEvery
}

// starts are when the steps of a wave started, in the order of the steps; zero where that is not recorded.
func (p *Plan) starts(w *Wave) []time.Time {
	steps := p.StepsOf(w)
	out := make([]time.Time, len(steps))
	share, said := w.Share.Get()
	if !said {
		share = steps[0].Share
	}
	for i, s := range steps {
		out[i] = s.Started
		if out[i].IsZero() && s.Share == share {
			out[i] = w.Started
		}
	}
	return out
}

// Started are the steps of a wave that started, in order, each with its time.
func (p *Plan) Started(w *Wave) []Step {
	var out []Step
	steps := p.StepsOf(w)
	for i, at := range p.starts(w) {
		if !at.IsZero() {
			s := steps[i]
			s.Started = at
			out = append(out, s)
		}
	}
	return out
}

// NextStep is the step that a wave takes next, with the date that is planned for it; ok is false where all have started.
func (p *Plan) NextStep(w *Wave) (step Step, ok bool) {
	share := Share(0)
	if stand, recorded := p.Intended(w, nil); recorded {
		share = stand.Share
	}
	step, ok = p.Next(w, share)
	if !ok {
		return step, false
	}
	for i, s := range p.StepsOf(w) {
		if s.Share == step.Share {
			step.At = p.planned(w)[i]
		}
	}
	return step, true
}

// Stand is the share that the plan intends now.
type Stand struct {
	Share Share
	// Since is since when; zero if it is not recorded.
	Since time.Time
	// Place is where it is written.
	Place section.Origin
}

// Intended is the share that the plan intends now: what is written for the tenant or for its wave, or else the last
// step that started. ok is false if neither is recorded. m may be nil for the wave.
func (p *Plan) Intended(w *Wave, m *Member) (stand Stand, ok bool) {
	if m != nil {
		if s, said := m.Share.Get(); said {
			return Stand{s, m.Started, m.Place}, true
		}
	}
	if s, said := w.Share.Get(); said {
		return Stand{s, w.Started, w.Place}, true
	}
	steps := p.StepsOf(w)
	for i, t := range p.starts(w) {
		if !t.IsZero() {
			stand, ok = Stand{steps[i].Share, t, steps[i].Place}, true
		}
	}
	return stand, ok
}

// Next is the step after a share; ok is false if there is none.
func (p *Plan) Next(w *Wave, share Share) (step Step, ok bool) {
	for _, s := range p.StepsOf(w) {
		if s.Share > share {
			return s, true
		}
	}
	return Step{}, false
}
