package follow

import (
	"cmp"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// sides are both sides of a move, by index.
var sides = [...]cutover.Side{cutover.Blue, cutover.Green}

// reading is how far the sources were read at one moment, and where a tenant's minutes are.
type reading struct {
	*Input
	book    *Book
	now     int32 // the minute of the moment, which is not over
	oldest  int32 // before it the stores have no minutes any more
	settled bool  // each side has answered once, or said why it does not

	finalTo  map[string]int32 // of CloudWatch's counts, by scope
	allFinal int32            // of all scopes that answer; 0 where none did
	queues   map[string]*queueReading
	streams  map[migration.Tenant][]lambdaStream
	work     map[migration.Tenant][]functionOf
	ofQueue  map[migration.Tenant][]migration.Queue
	// activityOf is what the store has of each tenant on both sides; nil before anybody asked.
	activityOf map[migration.Tenant][]*timeseries.Series
	// groupsOf are the log groups of each tenant on each platform; nil before anybody asked.
	groupsOf map[migration.Key][]*migration.LogDelivery
	// profilesOf are the profiles of each tenant; nil before anybody asked.
	profilesOf map[migration.Tenant][]*migration.Profile
}

// lambdaStream is what the store has of a workload on Lambda in one account and region.
type lambdaStream struct {
	series   *timeseries.Series
	workload migration.Workload
	scope    string
}

// functionOf is a function of a tenant, or what runs under an alias of it.
type functionOf struct {
	fn      *migration.Function
	alias   *migration.Alias // nil for the function
	key     migration.Key
	timeout time.Duration
}

// queueReading is how the queues of one account and region were read last.
type queueReading struct {
	finalTo int32
	state   cutover.Reading // QueueRead where nothing is wrong
}

// read collects where everything is.
func (b *Book) read(in *Input) *reading {
	now := in.Snapshot.At
	r := &reading{
		Input: in, book: b, now: minuteOf(now), oldest: minuteOf(now.Add(-in.Store.KeepsFine())) + 15, settled: b.restored,
		finalTo: map[string]int32{}, queues: map[string]*queueReading{}, streams: map[migration.Tenant][]lambdaStream{},
		work: map[migration.Tenant][]functionOf{}, ofQueue: map[migration.Tenant][]migration.Queue{},
	}
	r.health()
	for key, series := range in.Store.Series {
		if key.Platform == migration.Lambda {
			r.streams[key.Tenant] = append(r.streams[key.Tenant], lambdaStream{series, key.Workload, key.Scope})
		}
	}
	for _, list := range r.streams {
		slices.SortFunc(list, func(a, b lambdaStream) int {
			return cmp.Or(cmp.Compare(a.workload, b.workload), cmp.Compare(a.scope, b.scope))
		})
	}
	for i := range in.Functions {
		fn := &in.Functions[i]
		r.work[fn.Key.Tenant] = append(r.work[fn.Key.Tenant], functionOf{fn: fn, key: fn.Key, timeout: timeoutOf(fn)})
		aliases := fn.Aliases.Or(nil)
		for j := range aliases {
			if a := &aliases[j]; a.Key != fn.Key {
				under := fn.Under(a)
				r.work[a.Key.Tenant] = append(r.work[a.Key.Tenant], functionOf{fn: fn, alias: a, key: a.Key, timeout: timeoutOf(&under)})
			}
		}
	}
	for _, q := range in.Queues.Queues {
		r.ofQueue[q.Tenant] = append(r.ofQueue[q.Tenant], q)
	}
	return r
}

// timeoutOf is what ends a run of a function.
func timeoutOf(fn *migration.Function) time.Duration {
	if fn.Linked { // its own is not known, and Lambda allows no more
		return migration.LambdaWall
	}
	return fn.Timeout
}

// health reads the health rows: until when minutes are final, and whether everybody has answered.
func (r *reading) health() {
	heard := map[string]bool{}
	for i := range r.Snapshot.Sources {
		h := &r.Snapshot.Sources[i]
		heard[h.Source] = true
		switch h.Source {
		case migration.Lambda.Info().Source:
			if !h.FinalTo.IsZero() {
				r.finalTo[h.Scope] = minuteOf(h.FinalTo)
				if r.allFinal == 0 || h.State != migration.HealthFailed {
					r.allFinal = lesser(r.allFinal, minuteOf(h.FinalTo))
				}
			}
		case "sqs":
			q := &queueReading{finalTo: minuteOf(h.FinalTo), state: cutover.QueueRead}
			switch {
			case h.Problem != nil && h.Problem.Fault == migration.FaultDenied:
				q.state = cutover.QueueDenied
			case h.State == migration.HealthFailed:
				q.state = cutover.QueueFailed
			}
			r.queues[h.Scope] = q
		}
		for _, side := range r.book.sides {
			if h.Source == side.Source && h.State == migration.HealthStarting {
				r.settled = false
			}
		}
	}
	for _, side := range r.book.sides {
		if !heard[side.Source] && r.Unheard {
			r.settled = false
		}
		r.settled = r.settled && (r.answered(side) || r.refused(side))
	}
}

// answered reports whether minutes of a side were read.
func (r *reading) answered(side migration.PlatformInfo) bool {
	if side.ID == migration.Lambda {
		return r.allFinal > 0
	}
	return r.book.runs.has(side.ID)
}

// refused reports whether no source of a side answers, or there is none.
func (r *reading) refused(side migration.PlatformInfo) bool {
	return !slices.ContainsFunc(r.Snapshot.Sources, func(h migration.Health) bool {
		return h.Source == side.Source && h.State != migration.HealthFailed && h.State != migration.HealthOff
	})
}

// lesser is the lesser of two minutes, of which 0 is unknown.
func lesser(a, b int32) int32 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// lambdaFinal is until when minutes of a tenant on Lambda are final, in all accounts and regions that it has runs in.
func (r *reading) lambdaFinal(streams []lambdaStream) int32 {
	var to int32
	for i := range streams {
		final, ok := r.finalTo[streams[i].scope]
		if !ok { // a linked account is read through another
			final = r.allFinal
		}
		to = lesser(to, final)
	}
	if len(streams) == 0 {
		return r.allFinal
	}
	return to
}
