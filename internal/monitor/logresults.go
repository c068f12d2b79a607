package monitor

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// keepLogged is how far back evidence from logs is held in memory: the longest window
// and what its edges are rounded by.
const keepLogged = 26 * time.Hour

// slotSeconds is migration.LogSpan in seconds.
const slotSeconds = int64(migration.LogSpan / time.Second)

// logResults is what logs have told of functions. It replaces what CloudWatch's metrics
// can only estimate: billed time; and it fills in what they do not have: memory, INIT
// and, where a function works for several, the tenant. It belongs to one goroutine.
type logResults struct {
	functions map[loggedKey]*loggedFunction
	// attribute says whose work a name of a tenant in a log is.
	tenant func(name string) migration.Tenant
	// shared says that a function's runs belong to whom its log names.
	shared func(*migration.Function) bool
	// records are single runs, until profiles have learnt from them.
	records []migration.RunRecord
}

type loggedFunction struct {
	group string
	// covered are the stretches of log time that were read for good, in order.
	covered []timeRange
	// slots are runs by the time at which they began, in steps of LogSpan, and by
	// tenant as the log names it.
	slots map[int64]map[string]*migration.LoggedRuns
}

// Evidence of what logs told.
var (
	knownFromReports = &migration.Provenance{
		Source: "lambda reports", Method: migration.Measured, Coverage: 1, Note: "billed time, INIT included, as Lambda's reports in the logs say it",
	}
	knownOfMost = &migration.Provenance{
		Source: "lambda reports + cloudwatch", Method: migration.Estimated, Coverage: 1,
		Note: "billed time from Lambda's reports in the logs; for runs without one it is estimated from Duration",
	}
	knownAtLeast = &migration.Provenance{
		Source: "lambda reports", Method: migration.Measured, Coverage: 1, LowerBound: true,
		Note: "billed time as Lambda's reports in the logs say it, at the price of arm64: the architecture of a linked account's function is not readable",
	}
	namedByReports = migration.Provenance{
		Source: "lambda reports", Method: migration.Measured, Coverage: 1, Note: "runs of a shared function that its log gives to this tenant",
	}
)

// put takes in what is kept.
func (f *loggedFunction) put(one *migration.LogSegment) {
	for i := range one.Runs {
		r := &one.Runs[i]
		began := r.Began.Unix()
		slot := f.slots[began]
		if slot == nil {
			slot = make(map[string]*migration.LoggedRuns, 1)
			f.slots[began] = slot
		}
		sum := slot[r.Tenant]
		if sum == nil {
			sum = &migration.LoggedRuns{Began: r.Began, Tenant: r.Tenant}
			slot[r.Tenant] = sum
		}
		sum.Add(r)
	}
}

// complete reports whether everything that began in [from, to) has been read: lines
// come when a run ends.
func (f *loggedFunction) complete(from, to, timeout int64) bool {
	for _, c := range f.covered {
		if c.from.Unix() <= from && c.to.Unix() >= to+timeout+slotSeconds {
			return true
		}
	}
	return false
}

// splits brings what logs know better into the streams that a snapshot is made of.
type splits struct {
	*builder
	functions map[stream][]*migration.Function
	others    map[stream]*series // of tenants that share functions
	carry     map[stream][]*migration.Function
}

func (b *builder) newSplits() *splits {
	s := &splits{builder: b, others: map[stream]*series{}, carry: map[stream][]*migration.Function{}}
	if b.logged == nil || len(b.logged.functions) == 0 {
		return s
	}
	s.functions = make(map[stream][]*migration.Function, len(b.functions))
	for i := range b.functions {
		fn := &b.functions[i]
		key := stream{fn.Key, fn.Stream()}
		s.functions[key] = append(s.functions[key], fn)
	}
	return s
}

// of is the stream of a key as it counts.
func (s *splits) of(key stream, sr *series) *series {
	functions := s.functions[key]
	if len(functions) == 0 {
		return sr
	}
	over, others := s.overlay(key.Key, sr, functions)
	for tenant, more := range others {
		to := stream{migration.Key{Platform: key.Platform, Workload: key.Workload, Tenant: tenant}, key.scope}
		s.others[to] = joined(s.others[to], more)
		s.carry[to] = append(s.carry[to], functions...)
	}
	return over
}

// enter adds the streams of tenants that share functions.
func (s *splits) enter() {
	for _, key := range sortedKeys(s.others) {
		sr := s.others[key]
		p := s.part(key.Key)
		p.streams = append(p.streams, sr)
		for _, c := range sr.within(s.frame.of(key.Platform)) {
			c.enter(p.account)
		}
		for _, fn := range s.carry[key] {
			own := *fn
			own.Key, own.AttributedBy = key.Key, namedByReports
			p.functions = append(p.functions, own)
		}
	}
}

// joined are two streams in one, in the order of time.
func joined(a, b *series) *series {
	if a == nil {
		return b
	}
	out := &series{cells: slices.Concat(a.cells, b.cells)}
	slices.SortStableFunc(out.cells, compareCells)
	return out
}

// overlay is a stream of CloudWatch's with what the logs know better, and the streams
// of tenants that share its functions. The stream itself is left as it is.
func (b *builder) overlay(key migration.Key, sr *series, functions []*migration.Function) (*series, map[migration.Tenant]*series) {
	known := false
	for _, fn := range functions {
		known = known || b.logged.functions[keyOf(fn)] != nil
	}
	if !known || key.Platform != migration.Lambda {
		return sr, nil
	}
	out := &series{}
	var others map[migration.Tenant]*series
	var cells []bucket
	if sr != nil {
		cells = sr.cells
	}
	begin := b.frame.chartFrom.Add(-longestSpan).Unix()
	first, _ := slices.BinarySearchFunc(cells, begin, func(c bucket, start int64) int { return int(c.start - start) })
	out.cells = append(out.cells, cells[:first]...)
	units, rest := b.units(functions, cells[first:], begin-begin%slotSeconds, b.frame.now.Unix())
	matchNeighbours(units)
	for i := range units {
		u := &units[i]
		if !u.replaces {
			out.cells = append(out.cells, u.cells...)
			continue
		}
		out.cells = append(out.cells, b.measured(u)...)
		for tenant, s := range u.split {
			if others == nil {
				others = make(map[migration.Tenant]*series)
			}
			if others[tenant] == nil {
				others[tenant] = &series{}
			}
			others[tenant].cells = append(others[tenant].cells, b.splitCells(u.cells, u, s)...)
		}
	}
	out.cells = append(out.cells, rest...)
	return out, others
}
