package profile

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// Pricer says what one run of a pod costs where it is going to run: on nodes by the
// share that it takes, on Fargate by the size that holds it.
type Pricer interface {
	Quote(p Pod, run time.Duration) Quote
}

// Quote is the price of one run, and what is to be known of it.
type Quote struct {
	Cost migration.Opt[migration.USD]
	// Notes are sentences: which Fargate size it takes and what a little less
	// would save, or that no node holds it.
	Notes []string
}

// money prices the profile against what runs now.
func (t *telling) money() {
	p, pricer := t.p, t.book.settings.Pricer
	mean, ok := t.meanRun()
	if pricer == nil || !ok || p.Base.MemoryRequest == 0 || p.Confidence == NoConfidence {
		return
	}
	quote := pricer.Quote(p.Base, mean)
	p.RunCost, p.PriceNotes = quote.Cost, quote.Notes
	now := t.ask.RunCost
	if !now.Known() {
		memory, ok := p.Now.Request.Memory.Get()
		if !ok || t.l == nil || t.l.ranJobs.runs == 0 {
			return
		}
		now = pricer.Quote(Pod{CPURequest: p.Now.Request.CPU, MemoryRequest: memory, MemoryLimit: memory}, mean).Cost
	}
	rate, ok := t.ask.Load.MeanRate.Get()
	if !ok {
		return
	}
	runs := decimal.NewFromFloat(rate).Mul(decimal.NewFromInt(monthSeconds))
	p.Saving = migration.Join(now, p.RunCost, func(now, then migration.USD) migration.USD { return now.Sub(then).Mul(runs) })
}
