package engine

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/loginsights"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/spend"
)

// spending counts what the questions cost, and paces them by the budget. Where a part of
// it has no price the rest is what is known: the least that it costs.
type spending struct {
	ledger *spend.Ledger
	budget cost.Budget
	tariff rateTable
	log    *slog.Logger

	since time.Time
	asked spend.Count // since then
	// asks are the polls of the last hour that cost money: the present pace.
	asks   []ask
	plans  map[string]plan // what each source will go on asking
	totals spend.Totals    // of the calendar, earlier runs included
	hour   time.Time       // of totals
	// trouble is why the ledger could not be kept.
	trouble error
	pacing  cost.Pacing
}

type ask struct {
	at        time.Time
	low, high int64
}

// plan is what a source will go on asking, and whether that has a price.
type plan struct {
	migration.PollRate
	unpriced bool
}

func newSpending(opts Options) spending {
	s := spending{
		ledger: opts.Ledger, budget: opts.Budget, tariff: newTariff(opts), log: opts.Logger,
		since: opts.Clock.Now(), plans: map[string]plan{},
	}
	if s.ledger == nil {
		s.ledger = spend.Memory()
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.book(s.since, spend.Count{})
	s.pace(s.since)
	return s
}

// take counts what one poll asked in a region, "" where that is not known.
func (s *spending) take(now time.Time, source, region string, b *migration.Batch) {
	if p, ok := b.PollRate.Get(); ok {
		s.plans[source] = plan{p, region != "" && !s.tariff.at(metricsItem, region).Known()}
	}
	s.count(now, region, spend.Count{Low: b.AskedLow, High: b.AskedHigh})
}

// count counts what was asked in a region.
func (s *spending) count(now time.Time, region string, asked spend.Count) {
	s.tariff.add(region)
	asked = s.tariff.apart(region, asked)
	s.asked = s.asked.Add(asked)
	if asked.Low > 0 || asked.High > 0 {
		s.asks = append(s.asks, ask{now, asked.Low, asked.High})
	}
	if asked != (spend.Count{}) || !now.UTC().Truncate(time.Hour).Equal(s.hour) {
		s.book(now, asked)
	}
	s.pace(now)
}

func (s *spending) book(now time.Time, asked spend.Count) {
	var err error
	s.totals, err = s.ledger.Book(now, asked)
	s.hour = now.UTC().Truncate(time.Hour)
	if err != nil && s.trouble == nil {
		s.log.Warn("cannot keep what was spent", "error", err)
	}
	s.trouble = err
}

// price is that of 1,000 metrics.
func (s *spending) price() migration.Opt[migration.USD] { return s.tariff.highest(metricsItem) }

// usd is what so many metrics cost.
func (s *spending) usd(metrics int64) migration.Opt[migration.USD] {
	return migration.Map(s.price(), func(p migration.USD) migration.USD { return p.Mul(decimal.New(metrics, -3)) })
}

// scan is what scanning so many bytes of logs costs; nothing costs nothing, whatever
// the price.
func (s *spending) scan(bytes int64) migration.Opt[migration.USD] {
	if bytes == 0 {
		return migration.Some(migration.USD{})
	}
	return migration.Map(s.tariff.highest(loginsights.ScanItem), func(p migration.USD) migration.USD {
		return p.Mul(migration.Bytes(bytes).GiB())
	})
}

// least and most are what a count costs by the two rules of [migration.Spend], as far as
// it has a price.
func (s *spending) least(c spend.Count) migration.Opt[migration.USD] { return s.known(c.Low, c) }

func (s *spending) most(c spend.Count) migration.Opt[migration.USD] { return s.known(c.High, c) }

func (s *spending) known(metrics int64, c spend.Count) migration.Opt[migration.USD] {
	return migration.AddUSD(s.usd(metrics), migration.Some(s.scan(c.Scanned).Or(migration.USD{})))
}

// lacks reports whether a count has a part without a price.
func (s *spending) lacks(c spend.Count) bool { return c.Unpriced() || !s.scan(c.Scanned).Known() }

// pace weighs the high count against the budget.
func (s *spending) pace(now time.Time) {
	s.pacing = cost.Pacing{Slower: 1}
	if s.budget.Empty() || !s.price().Known() {
		return
	}
	asked := cost.Asked{
		Hour: s.most(s.totals.Hour).Or(migration.USD{}), Day: s.most(s.totals.Day).Or(migration.USD{}),
		Month: s.most(s.totals.Month).Or(migration.USD{}),
	}
	if len(s.plans) > 0 {
		plan, _ := s.plan()
		asked.PerHour = s.usd(plan.High)
	}
	s.pacing = cost.Pace(now, asked, s.budget)
}

// plan is what all sources together ask an hour at the usual pace, as far as it has a
// price; lacks says that some of it has none.
func (s *spending) plan() (sum migration.PollRate, lacks bool) {
	for _, p := range s.plans {
		if p.unpriced {
			lacks = lacks || p.High > 0
			continue
		}
		sum.Low += p.Low
		sum.High += p.High
	}
	return sum, lacks
}

// focus is what the pacing means for one of n sources: each has an equal share of
// what is left, since they poll side by side.
func (s *spending) focus(n int) sources.Pace {
	p := sources.Pace{Slower: s.pacing.Slower, Hold: !s.pacing.Hold.IsZero(), Why: s.pacing.Why()}
	left, limited := s.pacing.Left.Get()
	price, known := s.price().Get()
	if limited && known && price.Sign() > 0 {
		metrics := left.Decimal().Mul(decimal.NewFromInt(1000)).Div(price.Decimal()).IntPart()
		p.Allow = migration.Some(metrics / int64(max(n, 1)))
	}
	return p
}

// view is what the questions cost: so far, and at the present pace, which is the plan
// where the sources have one, and otherwise that of the last hour.
func (s *spending) view(now time.Time) migration.Spend {
	for len(s.asks) > 0 && now.Sub(s.asks[0].at) > time.Hour {
		s.asks = s.asks[1:]
	}
	_, lacks := s.plan()
	out := migration.Spend{
		Since: s.since, MetricsLow: s.asked.Low + s.asked.UnpricedLow, MetricsHigh: s.asked.High + s.asked.UnpricedHigh,
		ScannedBytes: s.asked.Scanned + s.asked.UnpricedScanned, Scanned: s.scan(s.asked.Scanned),
		SoFarLow: s.least(s.asked), SoFarHigh: s.most(s.asked),
		ThisMonthLow: s.least(s.totals.Month), ThisMonthHigh: s.most(s.totals.Month),
		BudgetHour: s.budget.Hour, BudgetDay: s.budget.Day, BudgetMonth: s.budget.Month,
		Slower: s.pacing.Slower, HeldUntil: s.pacing.Hold,
		LowerBound: lacks || s.lacks(s.asked) || s.lacks(s.totals.Month),
	}
	out.Note = s.note(out.LowerBound)
	if s.asked.UnpricedScanned > 0 && s.asked.Scanned == 0 {
		out.Scanned = migration.None[migration.USD]()
	}
	low, high, known := s.perHour()
	if !known {
		return out
	}
	price := s.price()
	per := func(metrics decimal.Decimal) migration.Opt[migration.USD] {
		return migration.Map(price, func(p migration.USD) migration.USD { return p.Mul(metrics.Shift(-3)) })
	}
	month := func(u migration.USD) migration.USD { return u.Mul(decimal.NewFromInt(cost.HoursPerMonth)) }
	out.PerHourLow, out.PerHourHigh = per(low), per(high)
	out.PerMonthLow, out.PerMonthHigh = migration.Map(out.PerHourLow, month), migration.Map(out.PerHourHigh, month)
	return out
}

// perHour is how many metrics are asked an hour at the present pace.
func (s *spending) perHour() (low, high decimal.Decimal, known bool) {
	if !s.pacing.Hold.IsZero() {
		return low, high, true // none
	}
	if len(s.plans) > 0 {
		plan, _ := s.plan()
		slower := decimal.NewFromFloat(s.pacing.Slower)
		over := func(n int64) decimal.Decimal { return decimal.NewFromInt(n).DivRound(slower, 12) }
		return over(plan.Low), over(plan.High), true
	}
	// Two polls make a pace. What the first of them asked was for the time until
	// the second. The first polls bring hours of history, which CloudWatch bills
	// no more expensive than a minute, so that they need no allowance.
	if len(s.asks) < 2 {
		return low, high, false
	}
	first, last := s.asks[0], s.asks[len(s.asks)-1]
	elapsed := last.at.Sub(first.at)
	if elapsed <= 0 {
		return low, high, false
	}
	var lows, highs int64
	for _, a := range s.asks {
		lows += a.low
		highs += a.high
	}
	ratio := decimal.NewFromInt(int64(time.Hour)).DivRound(decimal.NewFromInt(int64(elapsed)), 12)
	over := func(n int64) decimal.Decimal { return decimal.NewFromInt(n).Mul(ratio) }
	return over(lows - last.low), over(highs - last.high), true
}

// note says what keeps the budget from being kept, or what it does to the pace, and what
// has no price.
func (s *spending) note(lacks bool) string {
	var says []string
	switch {
	case !s.budget.Empty() && !s.price().Known():
		return "the budget cannot be kept: the price of CloudWatch's metrics is unknown here"
	case s.trouble != nil:
		says = append(says, s.trouble.Error())
	case !s.pacing.Hold.IsZero():
		says = append(says, s.pacing.Why())
	case s.pacing.Slower > 1:
		says = append(says, fmt.Sprintf("polling %s times less often than usual %s", decimal.NewFromFloat(s.pacing.Slower), s.pacing.Why()))
	}
	if lacks && s.price().Known() {
		says = append(says, s.leftOut())
	}
	return strings.Join(says, "; ")
}

// leftOut names what has no price and is in no amount, nor in the budget.
func (s *spending) leftOut() string {
	var what []string
	if regions := s.tariff.without(metricsItem); len(regions) > 0 {
		what = append(what, "metrics in "+strings.Join(regions, ", "))
	}
	if regions := s.tariff.without(loginsights.ScanItem); len(regions) > 0 && (s.asked.UnpricedScanned > 0 ||
		s.totals.Month.UnpricedScanned > 0 || !s.scan(s.totals.Month.Scanned).Known()) {
		what = append(what, "scanning logs in "+strings.Join(regions, ", "))
	}
	if len(what) == 0 { // another run's, of other regions
		what = append(what, "requests of this month without a known price")
	}
	out := "no price is known for " + strings.Join(what, " and ") + ": amounts leave that out"
	if !s.budget.Empty() {
		out += ", and so does the budget"
	}
	return out
}
