package loginsights

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// Reader reads what functions log; package sources/logs implements it.
type Reader interface {
	// Shared are the names of the log groups that linked accounts share, by account.
	Shared(ctx context.Context, accounts []string) (map[string]map[string]bool, error)
	// Estimate is how much there is to read, by CloudWatch's metrics of the log groups.
	Estimate(ctx context.Context, ranges []migration.LogRange) (migration.LogEstimate, error)
	// Read queries the ranges and passes each answer to take. It returns the bytes scanned.
	Read(ctx context.Context, ranges []migration.LogRange, volumes []migration.LogVolume,
		take func(migration.LogAnswer)) (scanned int64, _ error)
	// Health is how reading goes.
	Health(now time.Time) migration.Health
}

// Collector reads the logs of one account and region, and of the accounts that are linked to
// it, on request. It knows what is missing and what reading that costs, and keeps what was
// read under the account and region of the function, see [migration.Function.AccountRegion].
// All fields are required. It does one thing at a time.
type Collector struct {
	Reader  Reader
	History History
	Clock   clock.Clock
	Cost    *cost.Pricer
	// Region is where it reads; the price depends on it.
	Region string
}

// Quote is what a reading would take, before anything is read: in one account and
// region, or in several, of which it is the sum.
type Quote struct {
	// Scope is the account and region, as of its functions; "" for the only one, and for
	// the sum.
	Scope, Region string
	// Parts are the quotes of several accounts and regions, in the order of the configuration.
	Parts []*Quote
	// Problem says why a part cannot be read; it then has no data. Unlisted says why the log groups of linked accounts are
	// unknown.
	Problem, Unlisted error

	From, To time.Time
	ranges   []migration.LogRange
	homes    map[logGroup]string // of the ranges, by the account that they name
	estimate migration.LogEstimate
	// Groups are the log groups with something to read, Kept those that were read
	// for good already, Silent the functions that are configured to write no reports.
	Groups, Kept, Silent int
	// Unshared counts the functions of linked accounts whose log groups are not shared.
	Unshared     int
	Bytes, Lines int64
	// Cost is what scanning costs; unknown without a price. The sum of several is that
	// of those that have a price, with LowerBound where one has none.
	Cost       migration.Opt[migration.USD]
	LowerBound bool
	// PriceNote says how the price is known, or why it is not.
	PriceNote string
	// AskedLow and AskedHigh are the metrics that the quote itself took.
	AskedLow, AskedHigh int64
}

// Nothing reports whether there is nothing to scan.
func (q *Quote) Nothing() bool { return q.Bytes == 0 && q.Lines == 0 }

// ScanItem is the item of the price book for scanning logs, in USD a GB of 2^30 bytes.
const ScanItem = "cloudwatch.logs.insights"

// scanPrice is what some scanned bytes cost: a price for each GB of 2^30 bytes.
func scanPrice(p *cost.Pricer, region string, bytes int64) (migration.Opt[migration.USD], string) {
	r, err := p.Rate(ScanItem, region)
	if err != nil {
		return migration.None[migration.USD](), err.Error()
	}
	note := fmt.Sprintf("$%s per GB scanned (%s)", r.Value, r.Origin.Certainty)
	if bytes == 0 {
		return migration.Some(migration.USD{}), note
	}
	return migration.Some(migration.Dollars(r.Value.Mul(migration.Bytes(bytes).GiB()))), note
}

// logGroup is a log group of an account, or of an account and region.
type logGroup struct{ of, name string }

// Quote asks what is missing of the time since from, and what reading it costs.
func (c *Collector) Quote(ctx context.Context, functions []migration.Function, from time.Time) (*Quote, error) {
	q := &Quote{
		Region: c.Region, homes: map[logGroup]string{}, From: from.UTC().Truncate(migration.LogSpan),
		To: c.Clock.Now().UTC().Truncate(migration.LogSpan),
	}
	groups := make(map[logGroup][]migration.Function)
	shared, notShared := c.shared(ctx, functions)
	for i := range functions {
		fn := &functions[i]
		switch {
		case fn.Logs.Silent:
			q.Silent++
		case fn.Linked && !shared[fn.Account()][fn.Logs.Group]:
			q.Unshared++
		case fn.Logs.Group != "":
			at := logGroup{fn.AccountRegion(), fn.Logs.Group}
			groups[at] = append(groups[at], *fn)
		}
	}
	order := slices.SortedFunc(maps.Keys(groups),
		func(a, b logGroup) int { return cmp.Or(cmp.Compare(a.of, b.of), cmp.Compare(a.name, b.name)) })
	var covered map[string][]migration.ReadSpan
	var open map[string][]migration.OpenRequest
	for i, group := range order {
		if i == 0 || order[i-1].of != group.of {
			var err error
			if covered, err = c.History.Covered(ctx, group.of, q.From, q.To); err != nil {
				return nil, err
			}
			if open, err = c.History.OpenRequests(ctx, group.of); err != nil {
				return nil, err
			}
		}
		missing := gaps(covered[group.name], q.From, q.To)
		if len(missing) == 0 {
			q.Kept++
		}
		for _, gap := range missing {
			r := migration.LogRange{Group: group.name, Functions: groups[group], From: gap.From, To: gap.To}
			if r.Functions[0].Linked {
				r.Account = r.Functions[0].Account()
			}
			if endsAt(covered[group.name], gap.From) {
				r.Open = open[group.name]
			}
			q.ranges = append(q.ranges, r)
			q.homes[logGroup{r.Account, r.Group}] = group.of
		}
	}
	var err error
	q.estimate, err = c.Reader.Estimate(ctx, q.ranges)
	q.Unlisted = notShared
	q.AskedLow, q.AskedHigh = q.estimate.AskedLow, q.estimate.AskedHigh
	if err != nil {
		return q, err
	}
	for i := range q.estimate.Groups {
		if v := &q.estimate.Groups[i]; v.Bytes > 0 || v.Lines > 0 {
			q.Groups++
		}
	}
	q.Bytes, q.Lines = q.estimate.Bytes(), q.estimate.Lines()
	q.Cost, q.PriceNote = scanPrice(c.Cost, c.Region, q.Bytes)
	return q, nil
}

// shared are the log groups of linked accounts that can be read from here, and why they
// are not known.
func (c *Collector) shared(ctx context.Context, functions []migration.Function) (map[string]map[string]bool, error) {
	var accounts []string
	for i := range functions {
		if fn := &functions[i]; fn.Linked {
			accounts = append(accounts, fn.Account())
		}
	}
	slices.Sort(accounts)
	if accounts = slices.Compact(accounts); len(accounts) == 0 {
		return nil, nil
	}
	return c.Reader.Shared(ctx, accounts)
}

// gaps are what is not covered of [from, to).
func gaps(covered []migration.ReadSpan, from, to time.Time) (out []migration.ReadSpan) {
	for _, span := range covered {
		if span.From.After(from) {
			out = append(out, migration.ReadSpan{From: from, To: span.From})
		}
		if span.To.After(from) {
			from = span.To
		}
	}
	if from.Before(to) {
		out = append(out, migration.ReadSpan{From: from, To: to})
	}
	return out
}

func endsAt(covered []migration.ReadSpan, at time.Time) bool {
	return slices.ContainsFunc(covered, func(s migration.ReadSpan) bool { return s.To.Equal(at) })
}

// Reading is what came of reading: in one account and region, or in several, of which it
// is the sum.
type Reading struct {
	// Scope and Region are the account and region, see [Quote]; Parts are the readings of several.
	Scope, Region string
	Parts         []Reading

	Scanned int64 // bytes, which are billed
	Cost    migration.Opt[migration.USD]
	Runs    int64
	Unread  migration.Unread
}

// Read reads what was quoted and stores it. It calls tell, which may be nil, with the number of completed ranges. What
// was read before an error is stored, and billed.
func (c *Collector) Read(ctx context.Context, q *Quote, tell func(done, of int)) (Reading, error) {
	var out Reading
	var kept []error
	done := 0
	scanned, err := c.Reader.Read(ctx, q.ranges, q.estimate.Groups, func(a migration.LogAnswer) {
		// Paid results are stored, also after a cancellation.
		if err := c.History.PutLogs(context.WithoutCancel(ctx), q.homes[logGroup{a.Account, a.Group}], &a); err != nil {
			kept = append(kept, err)
			return
		}
		for i := range a.Segments {
			out.Unread.Add(a.Segments[i].Unread)
			for j := range a.Segments[i].Runs {
				out.Runs += a.Segments[i].Runs[j].Runs
			}
		}
		if done++; tell != nil {
			tell(done, len(q.ranges))
		}
	})
	out.Scanned = scanned
	out.Cost, _ = scanPrice(c.Cost, c.Region, scanned)
	return out, errors.Join(append([]error{err}, kept...)...)
}
