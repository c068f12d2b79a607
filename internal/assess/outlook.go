package assess

import (
	"cmp"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// Waves is what the user plans and has committed to.
type Waves struct {
	Since time.Time        // when the move began; zero leaves that to what was seen
	Waves []migration.Wave // by date
	// OneOff is what the move costs once: engineering, tooling. Unknown is not asked for.
	OneOff     migration.Opt[migration.USD]
	Commitment cost.Commitment
}

var (
	hoursPerMonth = decimal.NewFromInt(cost.HoursPerMonth)
	hoursPerDay   = decimal.NewFromInt(24)
)

// cutovers is when the plan moves whom: the first wave that names a tenant counts.
func (p *Waves) cutovers() map[migration.Tenant]time.Time {
	out := map[migration.Tenant]time.Time{}
	for _, w := range p.Waves {
		for _, name := range w.Tenants {
			if _, moves := out[name]; !moves {
				out[name] = w.At
			}
		}
	}
	return out
}

// cutover is when the plan moves a tenant.
func (b *builder) cutover(t migration.Tenant) migration.Opt[time.Time] {
	if b.cutovers == nil {
		b.cutovers = b.Plan.cutovers()
	}
	if at, ok := b.cutovers[t]; ok {
		return migration.Some(at)
	}
	return migration.None[time.Time]()
}

// Forecasts are what whole days and the plan say of the fleet and of each tenant.
type Forecasts struct {
	fleet   migration.Forecast
	tenants map[migration.Tenant]monthEnd
	// plan and stay are what no tenant's month has: idle nodes and the platform, services and the free tier.
	plan, stay migration.Figure[migration.USD]
}

// monthEnd are a tenant's month, with the plan and with everything on Lambda from now on. gap is why one of
// them is unknown.
type monthEnd struct {
	plan, stay migration.Figure[migration.USD]
	gap        string
}

// forecasts fills in what needs whole days, and returns it.
func (b *builder) forecasts(snap *migration.Snapshot) *Forecasts {
	said := b.Forecasts
	if said == nil {
		said = b.forecast(snap)
	}
	t := &snap.Totals
	t.Forecast = said.fleet
	t.Forecast.OneOff = b.Plan.OneOff
	t.Forecast.DoubleRunPerDay = b.perDay(t.DoubleRun)
	b.fleetSaving(snap, &t.Forecast)
	t.Forecast.Payback = payback(&t.Forecast)
	b.monthEnds(snap, said)
	return said
}

// monthEnds fills in where the month ends. Both rows of the fleet have the same tenants: those whose sides were both
// read and priced, and whose month is known in both. The others are counted with the reason.
func (b *builder) monthEnds(snap *migration.Snapshot, said *Forecasts) {
	t := &snap.Totals
	o := &t.Forecast
	plan, stay := said.plan, said.stay
	compared := 0
	for i := range snap.Tenants {
		v := &snap.Tenants[i]
		e := said.tenants[v.Tenant]
		v.Economics.Cutover = b.cutover(v.Tenant)
		gap := cmp.Or(v.Before.Gap, v.After.Gap, e.gap)
		if gap == "" && (!e.plan.Value.Known() || !e.stay.Value.Known()) {
			gap = "its days are not counted yet"
		}
		if gap != "" {
			e.plan.Value, e.stay.Value = migration.None[migration.USD](), migration.None[migration.USD]()
			e.plan.Evidence.Note, e.stay.Evidence.Note = gap, gap
			o.MonthLeftOut = migration.LeaveOut(o.MonthLeftOut, gap)
		} else {
			compared++
			plan, stay = sumFigure(plan, e.plan), sumFigure(stay, e.stay)
		}
		v.Economics.MonthEnd, v.Economics.Stay = e.plan, e.stay
	}
	gap := cmp.Or(t.Before.Gap, t.After.Gap)
	switch {
	case gap != "":
	case !whole(t.Platform).Known():
		gap = platformGap(t, "")
	case !t.Idle.Value.Known():
		gap = "what idle nodes cost is unknown"
	case compared == 0 && len(o.MonthLeftOut) > 0:
		gap = o.MonthLeftOut[0].Reason
	}
	if gap != "" {
		plan.Value, stay.Value = migration.None[migration.USD](), migration.None[migration.USD]()
		plan.Evidence.Note, stay.Evidence.Note = gap, gap
	}
	o.MonthEnd, o.Stay = plan, stay
}

// perDay scales the window's amount to a day.
func (b *builder) perDay(f migration.Figure[migration.USD]) migration.Figure[migration.USD] {
	f.Value = migration.Map(cost.PerHour(f.Value, b.frame.After.Span()), func(u migration.USD) migration.USD {
		return u.Mul(hoursPerDay)
	})
	return f
}

// forecast looks back over the days and ahead to the month's end.
func (b *builder) forecast(snap *migration.Snapshot) *Forecasts {
	out := &Forecasts{tenants: make(map[migration.Tenant]monthEnd, len(snap.Tenants))}
	out.fleet.Since = b.since()
	out.fleet.DoubleRunSoFar = b.doubleRunSince(out.fleet.Since, whole(snap.Totals.Platform).Known())
	month := b.month(&snap.Totals)
	out.fleet.MonthToDate = month.toDate
	out.plan, out.stay = sumFigure(month.overhead, month.others), sumFigure(month.overheadSoFar, month.others)
	if len(month.days) == 0 {
		out.plan.Value, out.stay.Value = migration.None[migration.USD](), migration.None[migration.USD]()
	}
	for i := range snap.Tenants {
		out.tenants[snap.Tenants[i].Tenant] = b.monthOf(&snap.Tenants[i], month)
	}
	return out
}

// sumFigure adds an amount that may be unknown, which makes the sum a lower bound.
func sumFigure(sum, f migration.Figure[migration.USD]) migration.Figure[migration.USD] {
	u, ok := f.Value.Get()
	if !ok {
		sum.Evidence.LowerBound = true
		return sum
	}
	sum.Value = migration.Map(sum.Value, func(s migration.USD) migration.USD { return s.Add(u) })
	sum.Evidence.Method = migration.Weaker(sum.Evidence.Method, f.Evidence.Method)
	sum.Evidence.LowerBound = sum.Evidence.LowerBound || f.Evidence.LowerBound
	return sum
}

// since is when the move began: what the plan says, or else its first wave if that is past,
// or the first day on which Jobs of a tenant were seen, whichever is earlier.
func (b *builder) since() time.Time {
	since := b.Plan.Since
	if !since.IsZero() && !since.After(b.frame.Now) {
		return since
	}
	since = time.Time{}
	for _, day := range b.Days.List() {
		for i := range day.Tenants {
			if t := &day.Tenants[i]; t.Tenant != migration.Unattributed && t.AfterRuns.Or(0) > 0 {
				since = day.Day
				break
			}
		}
		if !since.IsZero() {
			break
		}
	}
	for _, w := range b.Plan.Waves {
		if at := Midnight(w.At); !at.After(b.frame.Now) && (since.IsZero() || at.Before(since)) {
			since = at
		}
	}
	return since
}

// doubleRunSince adds up, over the days since, what both sides cost less what Lambda alone
// would have cost for the same runs, by what a run cost there on that day or, where
// nothing ran there any more, on the last. platform tells whether all that the platform
// costs is known: days count the part that is.
func (b *builder) doubleRunSince(since time.Time, platform bool) migration.Figure[migration.USD] {
	fig := migration.Figure[migration.USD]{Kind: migration.Billed, Evidence: migration.Provenance{
		Source: "days since the move began", Method: migration.Derived, Coverage: 1,
	}}
	if since.IsZero() {
		fig.Evidence.Note = "nothing ran on " + b.after().Label + " yet"
		return fig
	}
	var sum migration.USD
	var seen time.Duration
	lost, watched, unread := 0, false, false
	for _, day := range b.Days.List() {
		if day.Day.Before(since) || day.AfterSeen == 0 {
			continue
		}
		seen += day.AfterSeen
		watched = true
		for i := range day.Tenants {
			t := &day.Tenants[i]
			n := t.AfterRuns.Or(0)
			perRun, ok := cost.PerRun(t.Before, t.BeforeRuns.Or(0)).Get()
			if !ok {
				perRun, ok = b.Days.runBefore(t.Tenant).Get()
			}
			spent, priced := t.After.Get()
			switch {
			case n > 0 && !ok && day.BeforeSeen == 0: // whether it ran on Lambda is not known
				unread = true
			case n == 0 || !ok: // not on Jobs, or never on Lambda: nothing ran twice
			case !priced:
				lost++
			default:
				sum = sum.Add(cost.DoubleRun(spent, perRun, n))
			}
		}
		if o, ok := day.Overhead.Get(); ok {
			sum = sum.Add(o)
		} else {
			fig.Evidence.LowerBound = true
		}
	}
	if unread {
		fig.Evidence.Note = b.before().Label + " of these days was not read"
		return fig
	}
	if !watched || lost > 0 {
		fig.Evidence.Note = b.after().Label + " of these days have no price"
		return fig
	}
	fig.Value = migration.Some(sum)
	if !platform {
		fig.Evidence.LowerBound = true
		fig.Evidence.Note = "without platform costs that are not configured"
	}
	total := b.frame.Now.Sub(since)
	fig.Evidence.Coverage = min(migration.Ratio(float64(seen)/float64(max(total, time.Minute))), 1)
	if fig.Evidence.Coverage < 0.99 {
		fig.Evidence.LowerBound = true
		fig.Evidence.Note = fmt.Sprintf("%s of the %s since then were watched", inDays(seen), inDays(total))
	}
	return fig
}

// payback is after how many months of the saving the move is earned back.
func payback(o *migration.Forecast) migration.Figure[float64] {
	fig := migration.Figure[float64]{Kind: migration.Counted, Evidence: o.Saving.Evidence.And(o.DoubleRunSoFar.Evidence)}
	saving, ok := o.Saving.Value.Get()
	saving = saving.Add(o.Saved.Value.Or(migration.USD{})) // the whole move pays back what the whole move cost
	if !ok || o.Gap != "" {
		fig.Evidence.Note = o.Gap
		return fig
	}
	extra, ok := o.DoubleRunSoFar.Value.Get()
	if !ok && !o.Since.IsZero() { // where nothing ran on Jobs yet, nothing ran twice
		fig.Evidence.Note = "what running both sides cost so far is unknown"
		return fig
	}
	months, pays := cost.Payback(extra, o.OneOff.Or(migration.USD{}), saving)
	if !pays {
		fig.Evidence = fig.Evidence.And(migration.Provenance{
			Method: migration.Measured, Coverage: 1,
			Note: "a month saves nothing: the move is never earned back",
		})
		return fig
	}
	if !o.OneOff.Known() {
		fig.Evidence = fig.Evidence.And(migration.Provenance{
			Method: migration.Measured, Coverage: 1,
			Note: "without one-off costs: plan.one_off says them",
		})
	}
	fig.Value = migration.Some(months.InexactFloat64())
	return fig
}
