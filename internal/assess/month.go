package assess

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// month is what is the same for all tenants of a month's forecast.
type month struct {
	begin time.Time
	days  []*migration.Day // of this month
	whole []*migration.Day // of any month, watched whole: what weekdays are learnt from
	// toDate is what all of it has cost since the month began.
	toDate migration.Figure[migration.USD]
	// overhead is idle nodes and the platform from the month's beginning to its end, and overheadSoFar the part
	// of it that is spent. others is what is there whether anything moves or not, to the month's end.
	overhead, overheadSoFar, others migration.Figure[migration.USD]
}

// month gathers the days.
func (b *builder) month(t *migration.Totals) month {
	now := b.frame.Now.UTC()
	m := month{begin: time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)}
	m.toDate = migration.Figure[migration.USD]{Kind: migration.Billed, Evidence: migration.Provenance{
		Source: "days of this month", Method: migration.Derived, Coverage: 1,
	}}
	m.overhead = migration.Figure[migration.USD]{Kind: migration.Billed, Evidence: migration.Provenance{
		Source: "days of this month and the weekdays' profile", Method: migration.Estimated, Coverage: 1,
	}}
	var sum, overhead, others migration.USD
	var beforeSeen, afterSeen time.Duration
	hole := !whole(t.Platform).Known() // days count the part that is known
	for _, d := range b.Days.List() {
		// Of the time before anything ran no weekday is learnt.
		if d.BeforeSeen >= migration.DayLength && b.settled(d) && (len(m.whole) > 0 || len(d.Tenants) > 0) {
			m.whole = append(m.whole, d)
		}
		if d.Day.Before(m.begin) {
			continue
		}
		m.days = append(m.days, d)
		beforeSeen, afterSeen = beforeSeen+d.BeforeSeen, afterSeen+d.AfterSeen
		for i := range d.Tenants {
			t := &d.Tenants[i]
			for _, side := range [...]migration.Opt[migration.USD]{t.Before, t.After} {
				u, ok := side.Get()
				hole = hole || !ok
				sum = sum.Add(u)
			}
		}
		hole = hole || !d.Overhead.Known() || !d.Services.Known() || !d.Credit.Known()
		overhead = overhead.Add(d.Overhead.Or(migration.USD{}))
		others = others.Add(d.Services.Or(migration.USD{})).Add(d.Credit.Or(migration.USD{}))
	}
	sum = sum.Add(overhead).Add(others)
	gone := max(now.Sub(m.begin), time.Minute)
	seen := min(float64(beforeSeen), float64(afterSeen)) / float64(gone)
	m.toDate.Evidence.Coverage = migration.Ratio(min(seen, 1))
	m.toDate.Evidence.LowerBound = hole || seen < 0.98
	if m.toDate.Evidence.LowerBound {
		m.toDate.Evidence.Note = fmt.Sprintf("of the month so far %s were seen on %s and %s on %s", inDays(beforeSeen), b.before().Label,
			inDays(afterSeen), b.after().Label)
	}
	if len(m.days) > 0 {
		m.toDate.Value = migration.Some(sum)
	}
	end := m.begin.AddDate(0, 1, 0)
	left := decimal.NewFromInt(int64(end.Sub(now))).DivRound(decimal.NewFromInt(int64(time.Hour)), cost.Places)
	m.overhead.Evidence.LowerBound = m.toDate.Evidence.LowerBound
	m.overhead.Evidence.Note = m.toDate.Evidence.Note
	m.others, m.overheadSoFar = m.overhead, m.overhead
	m.overheadSoFar.Value = migration.Some(overhead)
	ahead := func(into *migration.Figure[migration.USD], before migration.USD, parts ...migration.Figure[migration.USD]) {
		for _, f := range parts {
			u, ok := f.Value.Get()
			before = before.Add(u.Mul(left))
			into.Evidence.LowerBound = into.Evidence.LowerBound || !ok && f.Evidence != (migration.Provenance{})
		}
		into.Value = migration.Some(before)
	}
	ahead(&m.overhead, overhead, t.Idle, t.Platform)
	rows := []migration.Figure[migration.USD]{t.Credit}
	for i := range t.Services {
		rows = append(rows, t.Services[i].Side.CostPerHour)
	}
	ahead(&m.others, others, rows...)
	return m
}

// inDays writes an amount of days for a sentence.
func inDays(d time.Duration) string {
	return fmt.Sprintf("%.1f days", d.Hours()/24)
}

// settled reports whether what a day says of runs is whole: where work had begun to
// move, the side after it was watched all day too.
func (b *builder) settled(d *migration.Day) bool {
	if d.AfterSeen >= migration.DayLength-time.Minute {
		return true
	}
	since := b.since()
	return since.IsZero() || d.Day.Before(since)
}

// monthOf is where a tenant's month ends, with the plan and with everything on the side before the move from now on: both
// have the same past, so that what was not watched of it is missing in both. Runs of the days ahead are those of their
// weekday, at what a run costs on the side where the plan puts the tenant; without a plan for it the work stays divided
// as it is.
func (b *builder) monthOf(t *migration.TenantView, m month) monthEnd {
	out := monthEnd{
		plan: migration.Figure[migration.USD]{Kind: migration.Billed, Evidence: m.overhead.Evidence},
		stay: migration.Figure[migration.USD]{Kind: migration.Billed, Evidence: m.overhead.Evidence},
	}
	before, after := b.perRun(t)
	soFar := tenantToDate(t.Tenant, m.days)
	week, note := weekOf(t.Tenant, m.whole, t.Economics.RunsPerDay)
	for _, f := range [...]*migration.Figure[migration.USD]{&out.plan, &out.stay} {
		if note != "" && f.Evidence.Note == "" {
			f.Evidence.Note = note
		}
	}
	onBefore, onAfter := priceWeek(week, before), priceWeek(week, after)
	now := onBefore
	if share, ok := t.Routed.Value.Get(); ok && share > 0 {
		now = priceWeek(week, blend(before, after, share))
	}
	spent, ok := soFar.Get()
	if !ok {
		out.gap = "a part of what it cost this month has no price"
		return out
	}
	cutover := b.cutover(t.Tenant)
	out.plan.Value = cost.Forecast{SoFar: spent, From: b.frame.Now.UTC(), Lambda: now, Jobs: onAfter, Cutover: cutover}.MonthEnd()
	out.stay.Value = cost.Forecast{SoFar: spent, From: b.frame.Now.UTC(), Lambda: onBefore}.MonthEnd()
	if longest, ok := t.After.Duration.Max().Get(); ok && b.before().Caps.HardTimeout > 0 && longest > b.before().Caps.HardTimeout {
		out.stay = out.plan // it cannot be there, and is where it is in both
		out.stay.Evidence.Note = "its runs take longer than " + b.before().Label + " allows: as with the plan"
	}
	switch {
	case !out.stay.Value.Known() && !before.Known():
		out.gap = "what a run costs on " + b.before().Label + " is unknown"
	case !out.plan.Value.Known() && !after.Known():
		out.gap = "what a run costs on " + b.after().Label + " is unknown"
	}
	return out
}

// perRun is what a run of a tenant costs on either side over the last days: a window of
// hours may hold the night's long runs alone. Where days tell nothing, the window does.
func (b *builder) perRun(t *migration.TenantView) (before, after migration.Opt[migration.USD]) {
	var sums [2]migration.Opt[migration.USD]
	var runs [2]int64
	all := b.Days.List()
	for _, d := range all[max(len(all)-7, 0):] {
		of := TenantOf(d, t.Tenant)
		if of == nil {
			continue
		}
		for side, part := range [2]struct {
			cost migration.Opt[migration.USD]
			runs int64
		}{{of.Before, of.BeforeRuns.Or(0)}, {of.After, of.AfterRuns.Or(0)}} {
			if u, ok := part.cost.Get(); ok && part.runs > 0 {
				sums[side] = migration.Some(sums[side].Or(migration.USD{}).Add(u))
				runs[side] += part.runs
			}
		}
	}
	before, after = cost.PerRun(sums[0], runs[0]), cost.PerRun(sums[1], runs[1])
	if !before.Known() {
		if before = whole(t.Before.CostPerRun); !before.Known() {
			before = b.Days.runBefore(t.Tenant)
		}
	}
	if runs[1] < cost.LeastRuns {
		after = t.Economics.AfterRun.Value
	}
	return before, after
}

// blend is what a run costs where a share of them is on the side after the move.
func blend(before, after migration.Opt[migration.USD], share migration.Ratio) migration.Opt[migration.USD] {
	if share >= 1 {
		return after
	}
	on := decimal.NewFromFloat(float64(share))
	return migration.Join(before, after, func(l, j migration.USD) migration.USD {
		return j.Mul(on).Add(l.Mul(decimal.New(1, 0).Sub(on)))
	})
}

// tenantToDate is what a tenant's work has cost this month.
func tenantToDate(name migration.Tenant, of []*migration.Day) migration.Opt[migration.USD] {
	sum := migration.Some(migration.USD{})
	for _, d := range of {
		t := TenantOf(d, name)
		if t == nil {
			continue
		}
		if t.BeforeRuns.Or(0) > 0 {
			sum = migration.AddUSD(sum, t.Before)
		}
		if t.AfterRuns.Or(0) > 0 {
			sum = migration.AddUSD(sum, t.After)
		}
	}
	return sum
}

// weekOf is how many runs a tenant has on a whole day, by weekday: the mean of such days.
// A weekday that was never seen whole is taken as the average of those that were; where
// no day was, the present pace is taken for all.
func weekOf(name migration.Tenant, whole []*migration.Day, pace migration.Opt[float64]) (week [7]migration.Opt[decimal.Decimal],
	note string,
) {
	var runs, seen [7]int64
	var allRuns, allSeen int64
	for _, d := range whole {
		var n int64
		if t := TenantOf(d, name); t != nil {
			n = t.BeforeRuns.Or(0) + t.AfterRuns.Or(0)
		}
		w := d.Day.Weekday()
		runs[w], seen[w] = runs[w]+n, seen[w]+1
		allRuns, allSeen = allRuns+n, allSeen+1
	}
	missing := 0
	for w := range week {
		switch {
		case seen[w] > 0:
			week[w] = migration.Some(mean(runs[w], seen[w]))
		case allSeen > 0:
			missing++
			week[w] = migration.Some(mean(allRuns, allSeen))
		default:
			week[w] = migration.Map(pace, decimal.NewFromFloat)
		}
	}
	switch {
	case allSeen == 0:
		note = "no whole day was seen: the present pace is taken for every day"
	case missing > 0:
		note = fmt.Sprintf("%d of 7 weekdays were seen whole: the others are taken as their average", 7-missing)
	}
	return week, note
}

func mean(sum, n int64) decimal.Decimal {
	return decimal.NewFromInt(sum).DivRound(decimal.NewFromInt(n), cost.Places)
}

func priceWeek(runs [7]migration.Opt[decimal.Decimal], perRun migration.Opt[migration.USD]) (w cost.Week) {
	for i := range runs {
		w[i] = migration.Join(runs[i], perRun, func(n decimal.Decimal, u migration.USD) migration.USD { return u.Mul(n) })
	}
	return w
}
