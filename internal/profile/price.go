package profile

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// Pricer says what one run of a pod costs where it is going to run: on nodes by the
// share that it takes, on Fargate by the size that holds it.
type Pricer interface {
	Quote(p Pod, run time.Duration) Quote
}

// Quote is the price of one run, with its notes.
type Quote struct {
	Cost migration.Opt[migration.USD]
	// Notes are sentences: which Fargate size it takes and what a little less
	// would save, or that no node holds it.
	Notes []string
}

// money prices the profile against what runs now.
func (t *explanation) money() {
	p, pricer := t.p, t.book.settings.Pricer
	delete(t.book.priced, id{p.Workload, p.Tenant})
	mean, ok := t.meanRun()
	if pricer == nil || !ok || p.Base.MemoryRequest == 0 || p.Confidence == NoConfidence {
		return
	}
	if t.ask.Unpriced != "" {
		p.PriceNotes = []string{"What it costs is unknown: " + t.ask.Unpriced + "."}
		return
	}
	quote := pricer.Quote(WholePod(p, p.Base), mean)
	p.RunCost, p.PriceNotes = quote.Cost, quote.Notes
	if t.ask.Gap != "" {
		p.PriceNotes = append(slices.Clone(p.PriceNotes), "What it saves is unknown: "+t.ask.Gap+".")
		return
	}
	now := t.ask.RunCost
	if !now.Known() {
		memory, ok := p.Now.Request.Memory.Get()
		if !ok || t.l == nil || t.l.ranJobs.runs == 0 {
			return
		}
		now = pricer.Quote(WholePod(p, Pod{CPURequest: p.Now.Request.CPU, MemoryRequest: memory, MemoryLimit: memory}), mean).Cost
	}
	rate, ok := t.ask.Load.MeanRate.Get()
	if !ok {
		return
	}
	runs := decimal.NewFromFloat(rate).Mul(decimal.NewFromInt(monthSeconds))
	if v, ok := now.Get(); ok {
		t.book.priced[id{p.Workload, p.Tenant}] = priced{v, runs, mean}
	}
	p.Saving = t.book.saving(p, p.RunCost)
}

// priced is what a run costs at present, how many a month has, and how long one takes.
type priced struct {
	now  migration.USD
	runs decimal.Decimal
	mean time.Duration
}

// saving is what a month of the profile's runs costs less than now at another price for
// each; unknown where any of it is.
func (b *Recommender) saving(p *Profile, run migration.Opt[migration.USD]) migration.Opt[migration.USD] {
	is, ok := b.priced[id{p.Workload, p.Tenant}]
	then, known := run.Get()
	if !ok || !known {
		return migration.None[migration.USD]()
	}
	return migration.Some(is.now.Sub(then).Mul(is.runs).Round(migration.WirePlaces)) // a run's price may be a rounded quotient
}

// savingWith is what a month costs less than now where the profile's runs have another
// pod.
func (b *Recommender) savingWith(p *Profile, pod Pod) migration.Opt[migration.USD] {
	is, ok := b.priced[id{p.Workload, p.Tenant}]
	if !ok || !p.Saving.Known() {
		return migration.None[migration.USD]()
	}
	return b.saving(p, b.settings.Pricer.Quote(WholePod(p, pod), is.mean).Cost)
}
