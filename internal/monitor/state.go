package monitor

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// state is everything known so far. It belongs to one goroutine.
type state struct {
	opts    Options
	store   *store
	window  time.Duration
	version uint64
	rates   *rates
	days    *days
	// told is what whole days and the plan say, kept until the days are counted again.
	told outlook

	functions []migration.Function
	runs      []migration.Run
	cluster   *migration.Cluster
	health    []sourceHealth // in the order of the sources
	// Since when everything was seen on either side; zero: unknown.
	lambdaFrom, jobsFrom time.Time
	jobsSeen             bool // the Kubernetes side answered at least once
	lastAged             time.Time

	spendSince          time.Time
	askedLow, askedHigh int64
	// asks are the polls of the last hour that cost money: the present pace.
	asks []ask
}

type sourceHealth struct {
	source string
	rows   []migration.Health
}

type ask struct {
	at        time.Time
	low, high int64
}

func newState(opts Options) *state {
	s := &state{
		opts: opts, store: newStore(), rates: newRates(opts.Cost), days: newDays(),
		window: opts.Window, spendSince: opts.Clock.Now(),
	}
	if opts.Diary != nil {
		kept, err := opts.Diary.Days(opts.Clock.Now().AddDate(0, 0, -keepDays))
		if err != nil && opts.Logger != nil {
			opts.Logger.Warn("recall days", "error", err)
		}
		s.days.recall(kept)
	}
	return s
}

// absorb takes one poll's result in.
func (s *state) absorb(a arrival) {
	now := s.opts.Clock.Now()
	b := &a.batch
	for i := range b.Activities {
		if a := &b.Activities[i]; !s.days.take(a) {
			s.store.upsert(a)
		}
	}
	for _, n := range b.NodeTimes {
		s.store.upsertNode(n)
	}
	if a.part {
		return
	}
	if b.Functions != nil {
		s.functions = b.Functions
	}
	if b.Runs != nil {
		s.runs, s.jobsSeen = b.Runs, true
	}
	if b.Cluster != nil {
		s.cluster, s.jobsSeen = b.Cluster, true
	}
	if from, ok := b.CoverFrom.Get(); ok {
		if b.Cluster != nil || b.Runs != nil {
			s.jobsFrom = from
		} else {
			s.lambdaFrom = from
		}
	}
	s.setHealth(a)
	if b.AskedLow > 0 || b.AskedHigh > 0 {
		s.askedLow += b.AskedLow
		s.askedHigh += b.AskedHigh
		s.asks = append(s.asks, ask{now, b.AskedLow, b.AskedHigh})
	}
	if now.Sub(s.lastAged) >= coarseSpan {
		s.store.age(now)
		s.lastAged = now
	}
}

// setHealth replaces a source's rows. A poll that failed before it could say how
// each reading goes still says why: its rows stay, marked failed, so that the
// ages of old data go on counting.
func (s *state) setHealth(a arrival) {
	rows := a.batch.Health
	for i := range s.health {
		if s.health[i].source == a.source {
			if len(rows) > 0 {
				s.health[i].rows = rows
			}
			return
		}
	}
	s.health = append(s.health, sourceHealth{a.source, rows})
}

func (s *state) healthRow(name string) (migration.Health, bool) {
	for _, src := range s.health {
		for _, h := range src.rows {
			if h.Source == name {
				return h, true
			}
		}
	}
	return migration.Health{}, false
}

// spend is what the questions cost: so far, and at the pace of the last hour.
// The first polls bring hours of history, which CloudWatch bills no dearer than
// a minute, so that they need no allowance.
func (s *state) spend(now time.Time, perThousand migration.Opt[migration.USD]) migration.Spend {
	for len(s.asks) > 0 && now.Sub(s.asks[0].at) > time.Hour {
		s.asks = s.asks[1:]
	}
	price := func(metrics int64) migration.Opt[migration.USD] {
		return migration.Map(perThousand, func(p migration.USD) migration.USD {
			return p.Mul(decimal.New(metrics, -3))
		})
	}
	out := migration.Spend{
		Since: s.spendSince, MetricsLow: s.askedLow, MetricsHigh: s.askedHigh,
		SoFarLow: price(s.askedLow), SoFarHigh: price(s.askedHigh),
	}
	var low, high int64
	for _, a := range s.asks {
		low += a.low
		high += a.high
	}
	// Two polls make a pace. What the first of them asked was for the time
	// until the second.
	if len(s.asks) < 2 {
		return out
	}
	first, last := s.asks[0], s.asks[len(s.asks)-1]
	elapsed := last.at.Sub(first.at)
	if elapsed <= 0 {
		return out
	}
	perHour := func(metrics int64) migration.Opt[migration.USD] {
		ratio := decimal.NewFromInt(int64(time.Hour)).DivRound(decimal.NewFromInt(int64(elapsed)), 12)
		return migration.Map(price(metrics), func(u migration.USD) migration.USD { return u.Mul(ratio) })
	}
	out.PerHourLow, out.PerHourHigh = perHour(low-last.low), perHour(high-last.high)
	month := func(u migration.USD) migration.USD { return u.Mul(decimal.NewFromInt(cost.HoursPerMonth)) }
	out.PerMonthLow = migration.Map(out.PerHourLow, month)
	out.PerMonthHigh = migration.Map(out.PerHourHigh, month)
	return out
}
