package assess

import (
	"fmt"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// side adds workloads of one platform up; nil ones are not there.
func (b *builder) side(platform migration.Platform, parts ...*part) migration.Side {
	s := migration.Side{
		Platform:       platform,
		CostSeries:     b.newSeries("usd/h"),
		RunsSeries:     b.newSeries("runs"),
		DurationSeries: b.newSeries("seconds"),
		MemorySeries:   b.newSeries("bytes"),
	}
	span := b.frame.Of(platform)
	parts = slices.DeleteFunc(parts, func(p *part) bool { return p == nil })
	s.Present = len(parts) > 0
	seen := timeseries.NewSum(span.From.Unix(), int32(span.Span()/time.Second))
	for _, p := range parts {
		b.addUp(p, platform)
		if p.sum != nil {
			seen.Add(p.sum)
		}
		s.CostSeries.AddAll(p.charts.CostSeries)
		s.RunsSeries.AddAll(p.charts.RunsSeries)
		s.DurationSeries.RaiseAll(p.charts.DurationSeries)
		s.MemorySeries.RaiseAll(p.charts.MemorySeries)
	}
	b.provisional(&s, platform)
	if span.Empty() || !s.Present {
		return b.counts(s, platform, parts, nil)
	}
	// A platform that is watched and where nothing happened: zero is known.
	if seen.Empty() {
		none := &migration.Activity{Evidence: migration.Provenance{Source: platform.Info().System, Method: migration.Measured, Coverage: 1}}
		if caps := platform.Caps(); caps.Outcomes {
			none.TimedOut, none.OOMKilled = migration.Some[int64](0), migration.Some[int64](0)
		} else if caps.Throttles {
			none.Throttled = migration.Some[int64](0)
		}
		c := b.packer.Pack(none)
		seen.Add(&c)
	}
	total := seen.Total()
	return b.counts(s, platform, parts, &total)
}

// addUp sums a part up over the window and draws its charts, once: a workload, its
// tenant and the fleet are made of the same parts.
func (b *builder) addUp(p *part, platform migration.Platform) {
	if p.charts != nil {
		return
	}
	p.charts = &migration.Side{
		CostSeries:     b.newSeries("usd/h"),
		RunsSeries:     b.newSeries("runs"),
		DurationSeries: b.newSeries("seconds"),
		MemorySeries:   b.newSeries("bytes"),
	}
	span := b.frame.Of(platform)
	s := timeseries.NewSum(span.From.Unix(), int32(span.Span()/time.Second))
	for _, sr := range p.streams {
		b.chart(p.charts, sr)
		cells := sr.Within(span)
		for i := range cells {
			s.Add(&cells[i])
		}
	}
	if s.Empty() {
		return // nothing happened
	}
	total := s.Total()
	p.sum = &total
}

func (b *builder) newSeries(unit string) migration.Series {
	return migration.NewSeries(b.frame.ChartFrom, b.frame.ChartStep, b.frame.ChartLen, unit)
}

// counts fills a side in from the sum of its cells; nil means that nobody looked.
func (b *builder) counts(s migration.Side, platform migration.Platform, parts []*part, sum *timeseries.Bucket) migration.Side {
	b.now(&s, platform, parts)
	if sum == nil {
		s.CostPerHour.Kind, s.Cost.Kind, s.CostPerRun.Kind = kindOf(platform), kindOf(platform), kindOf(platform)
		return s
	}
	s.Runs = migration.Some(sum.Runs)
	s.Failures = migration.Some(sum.Failures)
	more := sum.Rest()
	s.Throttled, s.TimedOut, s.OOMKilled = sum.Optional(timeseries.KnowsThrottled, sum.Throttled), more.TimedOut, more.OOMKilled
	if sum.Runs > 0 {
		s.FailureRate = migration.Some(migration.Ratio(float64(sum.Failures) / float64(sum.Runs)))
	}
	if platform.Caps().Serves { // no runs that end
		s.Runs, s.Failures = migration.None[int64](), migration.None[int64]()
		s.FailureRate, s.Throttled, s.TimedOut, s.OOMKilled = migration.None[migration.Ratio](), s.Runs, s.Runs, s.Runs
	}
	s.Duration, s.StartUp, s.PeakMemory = sum.Duration(), more.StartUp, more.PeakMemory
	s.Activity = *sum.Evidence
	s.Activity.Coverage = min(s.Activity.Coverage, b.frame.Coverage(platform, b.Window))
	s.TimeoutRatio = b.wall(platform, parts)
	b.price(&s, platform, parts, sum)
	return s
}

func kindOf(p migration.Platform) migration.Kind {
	if p.Caps().PerInvocation {
		return migration.Billed
	}
	return migration.Requested
}

// price puts on what it cost: the sum of the parts' accounts.
func (b *builder) price(s *migration.Side, platform migration.Platform, parts []*part, sum *timeseries.Bucket) {
	fig := migration.Figure[migration.USD]{Kind: kindOf(platform), Evidence: s.Activity}
	for _, in := range sum.Invoked {
		fig.Evidence = fig.Evidence.And(*in.Known)
	}
	if r := sum.Rest().Reported; r.Missing > 0 {
		with := fig.Evidence
		with.Note = fmt.Sprintf("%d of %d invocations have no report line; estimated from Duration", r.Missing, r.Of)
		if sum.Have&timeseries.CostUnknown != 0 {
			with.Note = fmt.Sprintf("%d of %d invocations have no report line", r.Missing, r.Of)
		}
		fig.Evidence = fig.Evidence.And(with)
	}
	total, missing := migration.USD{}, 0
	logs, unpriced := migration.USD{}, false
	if sum.Have&timeseries.CostUnknown != 0 {
		missing++
	}
	for _, p := range parts {
		if p.account.Empty() {
			continue // nothing that costs
		}
		one := costOf(b.bill, platform, p.account)
		if one.Evidence.Method == 0 { // nothing of it has a price, which says nothing of the rest
			one.Evidence.Method = fig.Evidence.Method
		}
		fig.Evidence = fig.Evidence.And(one.Evidence)
		s.Parts = s.Parts.Add(b.bill.Parts(p.account))
		if bytes, what := b.bill.Logs(p.account); bytes.Known() {
			if !s.LogBytes.Known() {
				s.LogCost.Evidence = what.Evidence
			}
			s.LogBytes = migration.Plus(s.LogBytes, bytes)
			s.LogCost.Evidence = s.LogCost.Evidence.And(what.Evidence)
			v, ok := what.Value.Get()
			logs, unpriced = logs.Add(v), unpriced || !ok
		}
		if u, ok := one.Value.Get(); ok {
			total = total.Add(u)
		} else {
			missing++
			if !platform.Caps().PerInvocation {
				total = total.Add(b.bill.AtLeast(p.account).Or(migration.USD{}))
			}
		}
	}
	if s.LogBytes.Known() && !unpriced {
		s.LogCost.Kind, s.LogCost.Value = migration.Billed, migration.Some(logs)
	}
	// A sum with a hole in it is a lower bound, and nothing but a hole is no sum.
	fig.Evidence.LowerBound = fig.Evidence.LowerBound || missing > 0
	if missing == 0 || total.Sign() > 0 {
		fig.Value = migration.Some(total)
	} else {
		fig.Evidence.Method = 0
	}
	s.Cost, s.CostPerHour, s.CostPerRun = fig, fig, fig
	s.CostPerHour.Value = cost.PerHour(fig.Value, b.frame.Of(platform).Span())
	s.CostPerRun.Value = cost.PerRun(fig.Value, s.Runs.Or(0))
}

// costOf is what an account on a platform costs.
func costOf(bill *cost.Bill, platform migration.Platform, of *cost.UsageLedger) migration.Figure[migration.USD] {
	if platform.Caps().PerInvocation {
		return bill.Lambda(of)
	}
	return bill.Jobs(of)
}

// now counts what is there at this moment, and what bounds a run.
func (b *builder) now(s *migration.Side, platform migration.Platform, parts []*part) {
	if platform.Caps().Functions {
		for _, p := range parts {
			for i := range p.functions {
				if !p.functions[i].Linked { // of the others it is not known
					s.MemoryLimit = migration.Larger(s.MemoryLimit, migration.Some(p.functions[i].MemorySize))
				}
			}
		}
		return
	}
	if !platform.Caps().LiveRuns || !b.Listed[platform] {
		return // what a service has running is no list of runs
	}
	var running, pending int64
	for _, p := range parts {
		for i := range p.runs {
			r := &p.runs[i]
			s.MemoryLimit = migration.Larger(s.MemoryLimit, r.MemoryLimit())
			switch r.State {
			case migration.RunRunning:
				running++
			case migration.RunPending:
				pending++
			}
		}
	}
	s.Running, s.Pending = migration.Some(running), migration.Some(pending)
}

// wall is how near the longest run came to what cuts it off: each function's
// longest over its own Timeout, each Job over its activeDeadlineSeconds.
func (b *builder) wall(platform migration.Platform, parts []*part) migration.Opt[migration.Ratio] {
	var worst migration.Opt[migration.Ratio]
	raise := func(run, limit time.Duration) {
		if limit > 0 {
			worst = migration.Larger(worst, migration.Some(migration.Ratio(run.Seconds()/limit.Seconds())))
		}
	}
	for _, p := range parts {
		for i := range p.runs {
			r := &p.runs[i]
			ran, started := r.DeadlineUsed(b.frame.Now).Get()
			limit, bounded := r.Deadline.Get()
			if started && bounded && !r.Finished.Or(b.frame.Now).Before(b.frame.Of(platform).From) {
				raise(ran, limit)
			}
		}
		if !platform.Caps().Functions {
			continue
		}
		timeout := p.timeout()
		for _, sr := range p.streams {
			for _, c := range sr.Within(b.frame.Of(platform)) {
				if longest, ok := c.Longest().Get(); ok {
					raise(longest, timeout)
				}
			}
		}
	}
	return worst
}

// provisional marks the steps that late data may still change.
func (b *builder) provisional(s *migration.Side, platform migration.Platform) {
	provisional := b.frame.ChartLen
	if to := b.frame.Of(platform).To; !to.IsZero() {
		provisional = max(s.RunsSeries.Index(to), 0)
	}
	for _, out := range []*migration.Series{&s.CostSeries, &s.RunsSeries, &s.DurationSeries, &s.MemorySeries} {
		out.ProvisionalFrom = min(provisional, b.frame.ChartLen)
	}
}

// chart draws a stream's cells into a side's series.
func (b *builder) chart(s *migration.Side, sr *timeseries.Series) {
	stepHours := b.frame.ChartStep.Hours()
	// A coarse bucket that began before the chart does reaches into it.
	for _, c := range sr.Within(timeseries.Range{From: b.frame.ChartFrom.Add(-timeseries.LongestSpan), To: b.frame.Now.Add(time.Second)}) {
		first := s.RunsSeries.Index(time.Unix(c.Start, 0))
		// A coarse bucket over several steps is drawn flat: its average.
		steps := max(int(time.Duration(c.Span)*time.Second/b.frame.ChartStep), 1)
		cost := b.rates.dollars(&c) / stepHours
		for i := first; i < first+steps; i++ {
			s.CostSeries.Add(i, cost/float64(steps))
			s.RunsSeries.Add(i, float64(c.Runs)/float64(steps))
			if longest, ok := c.Longest().Get(); ok {
				s.DurationSeries.Raise(i, longest.Seconds())
			}
			if peak, ok := c.Rest().PeakMemory.Max().Get(); ok {
				s.MemorySeries.Raise(i, float64(peak))
			}
		}
	}
}
