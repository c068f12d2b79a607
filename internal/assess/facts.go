package assess

import (
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/loginsights"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// Facts are all that a Snapshot follows from. An assessment reads them and changes nothing:
// several may share them, as long as their stores are not written to meanwhile.
type Facts struct {
	Version uint64        // of the Snapshot
	Now     time.Time     // when the view is built
	Window  time.Duration // one of migration.WindowSpans

	// What the configuration says.
	Cost *cost.Pricer // with Spot
	// Spot are the Spot prices that EC2 publishes.
	Spot     []migration.SpotPrice
	Platform Platform
	Plan     Waves
	Scope    migration.Scope
	Move     migration.Move

	// What the sources said.
	Store     *timeseries.Store
	Queues    *timeseries.QueueStore
	Logs      *loginsights.Results // nil: nobody reads logs
	Arrivals  map[string][]migration.LogDelivery
	Functions []migration.Function // of all sources
	BySource  map[string][]migration.Function
	Runs      []migration.Run
	Cluster   *migration.Cluster // nil: no cluster was read
	Health    []SourceHealth     // in the order of the sources
	Unheard   []string           // the sources without a health row so far
	// From is since when everything was seen of a platform; zero: unknown. Listed is set
	// where its runs were listed at least once.
	From   [migration.LastPlatform + 1]time.Time
	Listed [migration.LastPlatform + 1]bool

	Days WholeDays
	// Forecasts are those of an earlier View over the same Days, which stand; nil: they are
	// computed. A month of days is too much to price for each Snapshot.
	Forecasts *Forecasts
	Noticed   map[Condition]time.Time // of the View before, nil for none
	Spend     migration.Spend         // what migtop's own questions cost
}

// SourceHealth are the health rows of one source.
type SourceHealth struct {
	Source string
	Rows   []migration.Health
}

// windows are the time ranges that count.
func (f *Facts) windows() timeseries.Windows {
	finalTo, _ := f.final(migration.Lambda.Info().Source)
	return f.windowsTo(finalTo)
}

// windowsTo are the windows where CloudWatch is final until a time, zero where it never
// answered.
func (f *Facts) windowsTo(finalTo time.Time) timeseries.Windows {
	seen := timeseries.Seen{Now: f.Now, Window: f.Window, Move: f.Move}
	cloudwatch := migration.Lambda.Info().Source
	for p := migration.Lambda; p <= migration.LastPlatform; p++ {
		info := p.Info()
		r := &seen.Readings[p]
		switch {
		case !info.Caps.LateData && f.Listed[migration.Jobs]: // it is on the cluster, which is watched
			r.To, r.From = f.Now.Add(-timeseries.FineSpan), f.From[migration.Jobs]
		case !info.Caps.LateData:
		case info.Source == cloudwatch || !f.Move.Has(migration.ECS): // how much is used comes from CloudWatch too
			r.To, r.From = finalTo, f.From[migration.Lambda]
		default:
			r.To, _ = f.final(info.Source)
			r.From = f.From[migration.ECS]
		}
	}
	return f.Store.Windows(seen)
}

// before and after describe the two sides.
func (f *Facts) before() migration.PlatformInfo { return f.Move.Infos()[0] }
func (f *Facts) after() migration.PlatformInfo  { return f.Move.Infos()[1] }

// finalTo is until when the figures of the first side whose data are late can change no more.
func (f *Facts) finalTo() (to time.Time) {
	for _, side := range f.Move.Infos() {
		if side.Caps.LateData {
			to, _ = f.final(side.Source)
			break
		}
	}
	return to
}

// final is until when nothing that a source reads can change any more, in any account and
// region that answers, and the scopes of those that do not: they would hold all
// figures back, which do without them instead and say so. Where none answers it is
// until when any did.
func (f *Facts) final(source string) (to time.Time, silent []string) {
	var answering, all []time.Time
	for _, src := range f.Health {
		for i := range src.Rows {
			h := &src.Rows[i]
			if h.Source != source {
				continue
			}
			if h.State == migration.HealthFailed {
				silent = append(silent, h.Scope)
			}
			if h.FinalTo.IsZero() {
				continue
			}
			all = append(all, h.FinalTo)
			if h.State != migration.HealthFailed {
				answering = append(answering, h.FinalTo)
			}
		}
	}
	switch {
	case len(answering) > 0:
		return slices.MinFunc(answering, time.Time.Compare), silent
	case len(all) > 0:
		return slices.MinFunc(all, time.Time.Compare), nil
	}
	return time.Time{}, nil
}

// scope is what is read, with the accounts as the functions name them.
func (f *Facts) scope() migration.Scope {
	scope := f.Scope
	if len(scope.Accounts) == 0 {
		for i := range f.Functions {
			if scope.Account == "" && !f.Functions[i].Linked {
				scope.Account = f.Functions[i].Account()
			}
		}
		return scope
	}
	scope.Accounts = slices.Clone(scope.Accounts) // a Snapshot shares nothing that changes
	for i := range scope.Accounts {
		a := &scope.Accounts[i]
		for source, functions := range f.BySource {
			if fn := migration.Described(functions); a.Account == "" && fn != nil && strings.HasSuffix(source, " "+a.Scope()) {
				a.Account = fn.Account()
			}
		}
	}
	return scope
}
