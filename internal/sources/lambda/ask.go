package lambda

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsmetrics"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

// maxPages bounds the pages of one answer, against a server that never ends.
const maxPages = 100

// poll is one poll in progress. It belongs to one goroutine.
type poll struct {
	*Source
	*awspoll.Poll
	activities []migration.Activity // not delivered yet
	deliver    func(migration.Batch)
	throttled  bool
	plan       planned
	leftOut    int  // functions that the budget had no room for
	lookedUp   int  // versions behind aliases
	renamed    bool // somebody's part of a function goes by another key than before
}

// ask is one question about a group: all statistics of all its functions over
// one span.
type ask struct {
	group     *group
	span      span
	past      bool // the hours before the boundary, or whole days
	days      bool // whole days
	units     []*unit
	missing   int       // queries without an answer yet
	failed    bool      // one of them has no answer
	published bool      // it was answered in full and made into activities
	rule      *Embedded // of a tenant's part of shared functions
	alias     bool      // what ran under an alias
}

// unit is one function's part of an ask.
type unit struct {
	ask  *ask
	fn   *function
	rows []row // one a period, nil before the first answer
	// extras stand next to the rows where there are any, and groups is what is read.
	extras []extra
	groups [][]int
	saw    bool // Lambda Insights has data in the span
	// rule splits what tenants share. With value, the query reads the weight of one tenant.
	rule  *Embedded
	value string
	// alias is the part of the function that is read, and version the part of the alias; nil and
	// "" for all. parts are the weights of its tenants, or the aliases that belong to others, or
	// the versions of an alias that are billed differently.
	alias   *alias
	version string
	parts   []*unit
}

// row holds the statistics of one period of one function.
type row struct {
	values [statisticCount]float64
	have   uint16 // bit i: values[i] is there
	// of is the number of invocations of the period where the row is a part of them; 0 where it
	// is all of them. share is set where a rule splits all of them.
	of, share float64
}

func (r *row) has(stat int) bool { return r.have&(1<<stat) != 0 }

// The bits of row.have suffice, or this does not compile.
var _ [16 - statisticCount]struct{}

func newAsk(g *group, functions []*function, s span, past bool) *ask {
	a := &ask{group: g, span: s, past: past}
	for _, fn := range functions {
		groups := withLogs(fn, metrics[:])
		if s.period < 24*time.Hour { // whole days are for money
			groups = groupsOf(fn)
		}
		a.units = append(a.units, a.unitOf(fn, groups))
	}
	for u := range a.every {
		queries, _ := size(u.groups)
		a.missing += queries
	}
	return a
}

// answer is what came of one call.
type answer struct {
	call    *call
	pages   []*cloudwatch.GetMetricDataOutput
	unsure  bool // an attempt was cut off, and may have been billed
	latency time.Duration
	err     error
}

// query reads from CloudWatch what is due. An error means that no other query would
// succeed either.
func (p *poll) query(ctx context.Context, focus sources.Focus) error {
	asks := p.due(focus)
	calls := pack(asks)
	answers, next, stop := make(chan answer), make(chan *call), make(chan struct{})
	var workers sync.WaitGroup
	for range min(p.InFlight, len(calls)) {
		workers.Go(func() {
			for c := range next {
				answers <- p.get(ctx, c)
			}
		})
	}
	workers.Go(func() {
		defer close(next)
		for _, c := range calls {
			select {
			case next <- c:
			case <-stop:
				return
			}
		}
	})
	go func() {
		workers.Wait()
		close(answers)
	}()
	// Calls in progress finish when the poll stops: whether AWS bills an aborted call is
	// unknown.
	var stopped *migration.Problem // why the rest was not asked
	answered := 0
	for a := range answers {
		p.Row.Called(a.latency, a.err != nil)
		p.count(&a)
		if a.err == nil {
			answered++
			p.absorb(&a)
			continue
		}
		problem := p.Access.Explain("cloudwatch:GetMetricData", a.err)
		if awsaccess.Stops(problem) && stopped == nil {
			stopped = problem
			close(stop)
		}
		p.Row.Degrade(problem)
	}
	p.complete(asks)
	if stopped == nil {
		return nil
	}
	return p.stop(stopped, answered, len(calls))
}

// stop settles what a poll says that ended early.
func (p *poll) stop(problem *migration.Problem, answered, calls int) error {
	if problem.Fault == migration.FaultThrottled {
		p.throttled = true // the cadence says it all: no error on top
		return nil
	}
	if answered > 0 && errors.Is(problem.Err, context.DeadlineExceeded) {
		p.Row.Reword(&migration.Problem{
			Fault: migration.FaultUnreachable, Err: problem.Err,
			What: fmt.Sprintf("the poll took longer than %s: %d of %d calls were answered", p.Timeout, answered, calls),
			Fix:  "the next poll goes on with the rest",
		})
		return nil
	}
	p.Row.Fail(problem)
	if answered > 0 {
		return nil
	}
	return problem
}

// get makes one call and follows its pages.
func (p *poll) get(ctx context.Context, c *call) answer {
	in := &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(c.span.start), EndTime: aws.Time(c.span.end),
		ScanBy:            cwtypes.ScanByTimestampAscending,
		MetricDataQueries: make([]cwtypes.MetricDataQuery, len(c.queries)),
	}
	period := aws.Int32(int32(c.span.period / time.Second))
	for i, q := range c.queries {
		s, namespace, dimensions := q.unit.dimensions(q.stat)
		in.MetricDataQueries[i] = cwtypes.MetricDataQuery{
			Id:        aws.String("q" + strconv.Itoa(i)),
			AccountId: q.unit.fn.owner(),
			MetricStat: &cwtypes.MetricStat{
				Period: period, Stat: &s.stat,
				Metric: &cwtypes.Metric{
					Namespace: aws.String(namespace), MetricName: &s.metric,
					Dimensions: dimensions,
				},
			},
		}
	}
	a := answer{call: c}
	began := p.Wall.Now()
	for range maxPages {
		out, err := p.metrics.GetMetricData(ctx, in)
		a.latency = p.Wall.Now().Sub(began)
		if err != nil {
			a.err, a.unsure = err, awsaccess.HasFault(p.Access.Explain("cloudwatch:GetMetricData", err), migration.FaultUnreachable)
			return a
		}
		a.pages = append(a.pages, out)
		if out.NextToken == nil {
			if len(a.pages) == 1 && len(out.MetricDataResults) == 0 {
				a.err = notCloudWatch()
			}
			return a
		}
		in.NextToken = out.NextToken
	}
	a.err = fmt.Errorf("CloudWatch went on after %d pages of one answer", maxPages)
	return a
}

// notCloudWatch is the error of an answer without any result.
func notCloudWatch() error {
	return awsaccess.NotThatAPI("cloudwatch:GetMetricData", "HTTP 200 without results")
}

// count adds up what a call is billed: every page again. A call that was cut
// off may have been billed, which only the high count takes for granted.
func (p *poll) count(a *answer) {
	pages := int64(len(a.pages))
	p.Batch.AskedLow += a.call.metrics * pages
	if a.unsure {
		pages++
	}
	p.Batch.AskedHigh += int64(len(a.call.queries)) * pages
}

// absorb writes an answer into the rows of its functions.
func (p *poll) absorb(a *answer) {
	complete := make([]bool, len(a.call.queries))
	barred := 0 // of linked accounts, which is said for itself
	impossible := 0
	for _, page := range a.pages {
		p.listen(page.Messages)
		for i := range page.MetricDataResults {
			r := &page.MetricDataResults[i]
			digits, ok := cutQ(aws.ToString(r.Id))
			n, err := strconv.Atoi(digits)
			if !ok || err != nil || n < 0 || n >= len(complete) {
				continue
			}
			p.listen(r.Messages)
			if r.StatusCode == cwtypes.StatusCodeForbidden {
				barred++
				p.Row.Degrade(forbidden(a.call.queries[n].unit.fn.account))
			}
			// Of several pages the last one that mentions the query decides.
			complete[n] = r.StatusCode == cwtypes.StatusCodeComplete
			impossible += a.call.queries[n].fill(r)
		}
	}
	if impossible > 0 {
		p.Messages = append(p.Messages, awsmetrics.Impossible(impossible))
	}
	open := -barred
	for i, q := range a.call.queries {
		q.unit.ask.missing--
		if !complete[i] {
			q.unit.ask.failed = true
			open++
		}
	}
	if open > 0 {
		p.Row.Degrade(awsaccess.Unanswered(open, len(complete)))
	}
	for _, q := range a.call.queries {
		if ask := q.unit.ask; ask.missing == 0 && !ask.failed && !ask.published {
			p.digest(ask)
		}
	}
}

func cutQ(id string) (string, bool) {
	if len(id) < 2 || id[0] != 'q' {
		return "", false
	}
	return id[1:], true
}

// fill stores the datapoints that match the query's periods, and returns how many have
// impossible values: they are left out.
func (q query) fill(r *cwtypes.MetricDataResult) (impossible int) {
	s := q.unit.ask.span
	if q.unit.rows == nil && len(r.Timestamps) > 0 {
		q.unit.rows = make([]row, s.periods())
	}
	for i := range min(len(r.Timestamps), len(r.Values)) {
		after := r.Timestamps[i].Sub(s.start)
		if after < 0 || after%s.period != 0 || int(after/s.period) >= len(q.unit.rows) {
			continue // of a longer window that another function needed
		}
		if !awsmetrics.Possible(r.Values[i]) {
			impossible++
			continue
		}
		if q.stat >= statisticCount {
			if q.unit.extras == nil {
				q.unit.extras = make([]extra, s.periods())
			}
			q.unit.saw = q.unit.saw || q.stat < provisionedSum
			at, bit := &q.unit.extras[after/s.period], q.stat-statisticCount
			at.values[bit], at.have = r.Values[i], at.have|1<<bit
			continue
		}
		at := &q.unit.rows[after/s.period]
		at.values[q.stat] = r.Values[i]
		at.have |= 1 << q.stat
	}
	return impossible
}

// listen keeps what CloudWatch says about its answer.
func (p *poll) listen(messages []cwtypes.MessageData) {
	for _, m := range messages {
		p.Messages = append(p.Messages, aws.ToString(m.Code)+": "+aws.ToString(m.Value))
	}
}

// complete marks what was answered in full as known. A group with several spans is known
// when all of them are.
func (p *poll) complete(asks []*ask) {
	open := make(map[*group]bool)
	for _, a := range asks {
		if !a.published {
			open[a.group] = open[a.group] || !a.past
			continue
		}
		if a.days {
			a.group.days = true
		} else if a.past {
			for _, u := range a.units {
				u.fn.pastRead = true
			}
		}
	}
	for _, a := range asks {
		if a.past || open[a.group] {
			continue
		}
		a.group.last, a.group.offset = p.Now, 0
		for _, u := range a.units {
			u.fn.seen = p.End
		}
	}
	p.covered = p.covered || p.allSeen()
}

// allSeen reports whether everything active was read at least once.
func (p *poll) allSeen() bool {
	if p.fleet.active.IsZero() && len(p.order) == 0 {
		return false
	}
	for _, g := range p.order {
		if len(g.active) > 0 && g.last.IsZero() {
			return false
		}
	}
	return true
}
