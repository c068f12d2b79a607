package loginsights

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// keepResults is how far back results are held in memory: the longest window and what its
// edges are rounded by.
const keepResults = 26 * time.Hour

// slotSeconds is migration.LogSpan in seconds.
const slotSeconds = int64(migration.LogSpan / time.Second)

// Results are the figures from the logs of functions. They replace billed duration, which CloudWatch's metrics only
// estimate, and add memory, INIT and, for shared functions, the tenant. They do not change after loading.
type Results struct {
	functions map[functionKey]*functionResults
	// tenants are the tenants that the names in the logs mean.
	tenants map[string]migration.Tenant
	// Records are single runs, until profiles have learnt from them.
	Records []migration.RunRecord
}

type functionResults struct {
	group string
	// shared: its runs belong to the tenant that the log names.
	shared bool
	// covered are the ranges of log time that were read and are final, in order.
	covered []timeseries.Range
	// slots are runs by the time at which they began, in steps of LogSpan, and by
	// tenant as the log names it.
	slots map[int64]map[string]*migration.LoggedRuns
}

// How figures from logs are known.
var (
	knownFromReports = &migration.Provenance{
		Source: "lambda reports", Method: migration.Measured, Coverage: 1,
		Note: "billed time, INIT included, as Lambda's reports in the logs say it",
	}
	knownOfMost = &migration.Provenance{
		Source: "lambda reports + cloudwatch", Method: migration.Estimated, Coverage: 1,
		Note: "billed time from Lambda's reports in the logs; for runs without one it is estimated from Duration",
	}
	knownAtLeast = &migration.Provenance{
		Source: "lambda reports", Method: migration.Measured, Coverage: 1, LowerBound: true,
		Note: "billed time as Lambda's reports in the logs say it, at the price of arm64: the architecture of a linked account's " +
			"function is not readable",
	}
	namedByReports = migration.Provenance{
		Source: "lambda reports", Method: migration.Measured, Coverage: 1, Note: "runs of a shared function that its log gives to this tenant",
	}
)

// put adds a stored segment.
func (f *functionResults) put(one *migration.LogSegment) {
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
func (f *functionResults) complete(from, to, timeout int64) bool {
	for _, c := range f.covered {
		if c.From.Unix() <= from && c.To.Unix() >= to+timeout+slotSeconds {
			return true
		}
	}
	return false
}

// functionKey identifies a function: by account and region, and name.
type functionKey struct{ home, name string }

func keyOf(fn *migration.Function) functionKey { return functionKey{fn.AccountRegion(), fn.Name} }

// homes are the functions by the account and region that they are in.
func homes(functions []migration.Function) map[string][]migration.Function {
	out := make(map[string][]migration.Function)
	for i := range functions {
		if home := functions[i].AccountRegion(); home != "" {
			out[home] = append(out[home], functions[i])
		}
	}
	return out
}

// Load reads the stored results.
func Load(ctx context.Context, e *Settings, functions []migration.Function, now time.Time) (*Results, error) {
	l := &Results{functions: map[functionKey]*functionResults{}, tenants: map[string]migration.Tenant{}}
	if e.History == nil {
		return l, nil
	}
	byHome := homes(functions)
	for _, home := range slices.Sorted(maps.Keys(byHome)) {
		if err := l.load(ctx, e, home, byHome[home], max(20, mostRecords/len(functions)), now); err != nil {
			return l, err
		}
	}
	return l, nil
}

// load reads the stored results of functions of one account and region, with a limited number of the newest single runs
// of each.
func (l *Results) load(ctx context.Context, e *Settings, home string, functions []migration.Function, newest int, now time.Time) error {
	from := now.Add(-keepResults)
	covered, err := e.History.Covered(ctx, home, from, now.Add(time.Hour))
	if err != nil || len(covered) == 0 {
		return err
	}
	// Where nothing was written is known too.
	for i := range functions {
		if spans := covered[functions[i].Logs.Group]; len(spans) > 0 && !functions[i].Logs.Silent && !e.Elsewhere(&functions[i]) {
			f := &functionResults{
				group: functions[i].Logs.Group, shared: e.Shared(&functions[i]),
				slots: map[int64]map[string]*migration.LoggedRuns{},
			}
			for _, s := range spans {
				f.covered = append(f.covered, timeseries.Range{From: s.From, To: s.To})
			}
			l.functions[keyOf(&functions[i])] = f
		}
	}
	err = e.History.Segments(ctx, home, from, now.Add(time.Hour), func(group string, one *migration.LogSegment) bool {
		if f := l.functions[functionKey{home, one.Function}]; f != nil && f.group == group && one.Final {
			f.put(one)
			for i := range one.Runs {
				if f.shared {
					l.name(e, one.Runs[i].Tenant)
				}
			}
		}
		return true
	})
	if err != nil {
		return err
	}
	records, err := records(ctx, e, home, functions, newest)
	l.Records = append(l.Records, records...)
	return err
}

// name resolves the tenant of a name in a log, once.
func (l *Results) name(e *Settings, name string) {
	if _, known := l.tenants[name]; !known && name != "" {
		l.tenants[name] = e.Tenant(name)
	}
}

// Runs that profiles learn from are kept to this many, spread over the functions: as
// many are read, sorted and learnt from in a second.
const mostRecords = 200_000

// records returns the single runs from logs, with their key.
func records(ctx context.Context, e *Settings, home string, functions []migration.Function, newest int) ([]migration.RunRecord, error) {
	byName := make(map[string]*migration.Function, len(functions))
	for i := range functions {
		byName[functions[i].Name] = &functions[i]
	}
	runs, err := e.History.LoggedRuns(ctx, home, newest)
	if err != nil {
		return nil, err
	}
	out := make([]migration.RunRecord, 0, len(runs))
	for i := range runs {
		fn := byName[runs[i].Function]
		if fn == nil || e.Elsewhere(fn) {
			continue // it is gone
		}
		r := runs[i].Record
		r.Key = fn.Key
		if runs[i].Tenant != "" && e.Shared(fn) {
			r.Key.Tenant = e.Tenant(runs[i].Tenant)
		}
		out = append(out, r)
	}
	return out, nil
}
