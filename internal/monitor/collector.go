package monitor

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
	"github.com/migtop/migtop/internal/history"
	"github.com/migtop/migtop/internal/migration"
)

// LogReader reads what functions log. See package sources/logs.
type LogReader interface {
	Estimate(ctx context.Context, ranges []migration.LogRange) (migration.LogEstimate, error)
	Read(ctx context.Context, ranges []migration.LogRange, volumes []migration.LogVolume, take func(migration.LogAnswer)) (scanned int64, _ error)
	Health(now time.Time) migration.Health
}

// Collector gathers evidence from logs, on demand: it knows what is missing, what
// reading that costs, and keeps what was read. All fields are required. It does one
// thing at a time.
type Collector struct {
	Reader  LogReader
	History *history.Store
	Clock   clock.Clock
	Cost    *cost.Pricer
	// Scope names the account and region, which the history tells apart by it.
	Scope, Region string
}

// Quote is what a reading would take, before anything is read.
type Quote struct {
	From, To time.Time
	ranges   []migration.LogRange
	estimate migration.LogEstimate
	// Groups are the log groups with something to read, Kept those that were read
	// for good already, Silent the functions that are told to write no reports.
	Groups, Kept, Silent int
	Bytes, Lines         int64
	// Cost is what scanning costs; unknown without a price.
	Cost migration.Opt[migration.USD]
	// PriceNote says how the price is known, or why it is not.
	PriceNote string
	// AskedLow and AskedHigh are the metrics that the quote itself took.
	AskedLow, AskedHigh int64
}

// Nothing reports whether there is nothing to scan.
func (q *Quote) Nothing() bool { return q.Bytes == 0 && q.Lines == 0 }

// insightsItem is the price of scanning.
const insightsItem = "cloudwatch.logs.insights"

// scanPrice is what some scanned bytes cost: a price for each GB of 2^30 bytes.
func scanPrice(p *cost.Pricer, region string, bytes int64) (migration.Opt[migration.USD], string) {
	r, err := p.Rate(insightsItem, region)
	if err != nil {
		return migration.None[migration.USD](), err.Error()
	}
	note := fmt.Sprintf("$%s per GB scanned (%s)", r.Value, r.Origin.Certainty)
	if bytes == 0 {
		return migration.Some(migration.USD{}), note
	}
	return migration.Some(migration.Dollars(r.Value.Mul(migration.Bytes(bytes).GiB()))), note
}

// Quote asks what is missing of the time since from, and what reading it costs.
func (c *Collector) Quote(ctx context.Context, functions []migration.Function, from time.Time) (*Quote, error) {
	q := &Quote{From: from.UTC().Truncate(migration.LogSpan), To: c.Clock.Now().UTC().Truncate(migration.LogSpan)}
	covered, err := c.History.Covered(ctx, c.Scope, q.From, q.To)
	if err != nil {
		return nil, err
	}
	open, err := c.History.OpenRequests(ctx, c.Scope)
	if err != nil {
		return nil, err
	}
	groups := make(map[string][]migration.Function)
	for i := range functions {
		fn := &functions[i]
		switch {
		case fn.Logs.Silent:
			q.Silent++
		case fn.Logs.Group != "":
			groups[fn.Logs.Group] = append(groups[fn.Logs.Group], *fn)
		}
	}
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		missing := gaps(covered[group], q.From, q.To)
		if len(missing) == 0 {
			q.Kept++
		}
		for _, gap := range missing {
			r := migration.LogRange{Group: group, Functions: groups[group], From: gap.From, To: gap.To}
			if endsAt(covered[group], gap.From) {
				r.Open = open[group]
			}
			q.ranges = append(q.ranges, r)
		}
	}
	q.estimate, err = c.Reader.Estimate(ctx, q.ranges)
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

// gaps are what is not covered of [from, to).
func gaps(covered []history.Span, from, to time.Time) (out []history.Span) {
	for _, span := range covered {
		if span.From.After(from) {
			out = append(out, history.Span{From: from, To: span.From})
		}
		if span.To.After(from) {
			from = span.To
		}
	}
	if from.Before(to) {
		out = append(out, history.Span{From: from, To: to})
	}
	return out
}

func endsAt(covered []history.Span, at time.Time) bool {
	return slices.ContainsFunc(covered, func(s history.Span) bool { return s.To.Equal(at) })
}

// Reading is what came of reading.
type Reading struct {
	Scanned int64 // bytes, which are billed
	Cost    migration.Opt[migration.USD]
	Runs    int64
	Unread  migration.Unread
}

// Read reads what was quoted and keeps it. tell, which may be nil, is told how many of
// the ranges are done. What was read before an error is kept, and billed.
func (c *Collector) Read(ctx context.Context, q *Quote, tell func(done, of int)) (Reading, error) {
	var out Reading
	var kept []error
	done := 0
	scanned, err := c.Reader.Read(ctx, q.ranges, q.estimate.Groups, func(a migration.LogAnswer) {
		// What was paid for is kept, also when somebody gives up meanwhile.
		if err := c.History.PutLogs(context.WithoutCancel(ctx), c.Scope, &a); err != nil {
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

// FunctionEvidence is what the logs told of one function and tenant since a time.
type FunctionEvidence struct {
	Group    string
	Function string
	Tenant   string // as the log names it
	Runs     migration.LoggedRuns
	Unread   migration.Unread // of the function, with its first row only
	// Final is up to when it can change no more; zero where nothing was read for good.
	Final time.Time
}

// Learnt adds up what is kept of the runs that were reported since a time, by function
// and tenant.
func (c *Collector) Learnt(ctx context.Context, from time.Time) ([]FunctionEvidence, error) {
	now := c.Clock.Now()
	covered, err := c.History.Covered(ctx, c.Scope, from, now.Add(time.Hour))
	if err != nil {
		return nil, err
	}
	type key struct{ group, function, tenant string }
	rows := make(map[key]*FunctionEvidence)
	unread := make(map[key]migration.Unread)
	err = c.History.Segments(ctx, c.Scope, from, now.Add(time.Hour), func(group string, one *migration.LogSegment) bool {
		of := key{group, one.Function, ""}
		u := unread[of]
		u.Add(one.Unread)
		unread[of] = u
		for i := range one.Runs {
			k := key{group, one.Function, one.Runs[i].Tenant}
			if rows[k] == nil {
				rows[k] = &FunctionEvidence{Group: group, Function: one.Function, Tenant: k.tenant}
			}
			rows[k].Runs.Add(&one.Runs[i])
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	for k := range unread {
		if unread[k] != (migration.Unread{}) && !slices.ContainsFunc(slices.Collect(maps.Keys(rows)), func(r key) bool { return r.group == k.group && r.function == k.function }) {
			rows[k] = &FunctionEvidence{Group: k.group, Function: k.function}
		}
	}
	out := make([]FunctionEvidence, 0, len(rows))
	for _, row := range rows {
		if spans := covered[row.Group]; len(spans) > 0 {
			row.Final = spans[len(spans)-1].To
		}
		out = append(out, *row)
	}
	slices.SortFunc(out, func(a, b FunctionEvidence) int {
		return cmp.Or(cmp.Compare(a.Function, b.Function), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Tenant, b.Tenant))
	})
	for i := range out {
		if i == 0 || out[i-1].Function != out[i].Function || out[i-1].Group != out[i].Group {
			out[i].Unread = unread[key{out[i].Group, out[i].Function, ""}]
		}
	}
	return out, nil
}
