package loginsights

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Account is a way to the logs of one account and region.
type Account struct {
	// Scope is the scope of the functions; "" if there is only one.
	Scope string
	// Open makes the Collector; it is asked once it is needed, and again after an error.
	Open func(ctx context.Context) (*Collector, error)
}

// Collectors read the logs of several accounts and regions, each with its own access. One
// that fails is named and delays no other. They do one thing at a time.
type Collectors struct{ accounts []*logAccount }

type logAccount struct {
	Account
	collector *Collector         // nil before it is open
	problem   *migration.Problem // why it is not
	note      string             // of its row
}

// NewCollectors makes Collectors that open nothing yet.
func NewCollectors(accounts []Account) *Collectors {
	c := &Collectors{}
	for _, a := range accounts {
		c.accounts = append(c.accounts, &logAccount{Account: a})
	}
	return c
}

// open is the account's Collector, opened if it has to be.
func (a *logAccount) open(ctx context.Context) (*Collector, error) {
	if a.collector != nil {
		return a.collector, nil
	}
	c, err := a.Open(ctx)
	if a.problem = nil; err != nil {
		a.problem = problemOf(err)
		return nil, err
	}
	a.collector = c
	return c, nil
}

func problemOf(err error) *migration.Problem {
	if p, ok := errors.AsType[*migration.Problem](err); ok {
		return p
	}
	return &migration.Problem{What: err.Error(), Err: err}
}

// named adds the account and region to an error if there are several.
func (a *logAccount) named(err error) error {
	if a.Scope == "" {
		return err
	}
	return fmt.Errorf("%s: %w", a.Scope, err)
}

// Quote finds in each account and region what is missing of the time since from, and its cost. If all fail, it returns
// their error; if some fail, their parts have a Problem. The quote counts the requests, and is returned with an error
// too.
func (c *Collectors) Quote(ctx context.Context, functions []migration.Function, from time.Time) (*Quote, error) {
	byScope := make(map[string][]migration.Function)
	for i := range functions {
		byScope[functions[i].Scope] = append(byScope[functions[i].Scope], functions[i])
	}
	parts := make([]*Quote, len(c.accounts))
	var asking sync.WaitGroup
	for i, a := range c.accounts {
		asking.Go(func() {
			q, err := a.quote(ctx, byScope[a.Scope], from)
			q.Problem = err
			parts[i] = q
		})
	}
	asking.Wait()
	sum := &Quote{Cost: migration.Some(migration.USD{})}
	var errs []error
	for i, q := range parts {
		if q.Problem != nil {
			errs = append(errs, c.accounts[i].named(q.Problem))
		}
		sum.add(q)
	}
	if len(errs) < len(c.accounts) {
		errs = nil
	}
	return sum, errors.Join(errs...)
}

// quote is the part of one account and region, never nil.
func (a *logAccount) quote(ctx context.Context, functions []migration.Function, from time.Time) (*Quote, error) {
	collector, err := a.open(ctx)
	if err != nil {
		return &Quote{Scope: a.Scope}, err
	}
	q, err := collector.Quote(ctx, functions, from)
	if q == nil {
		q = &Quote{Region: collector.Region}
	}
	q.Scope = a.Scope
	a.leave(err)
	return q, err
}

// leave drops a Collector whose credentials are no longer valid. It is opened again on the next use, since the user may
// have logged in.
func (a *logAccount) leave(err error) {
	p, ok := errors.AsType[*migration.Problem](err)
	if ok && (p.Fault == migration.FaultExpired || p.Fault == migration.FaultRejected || p.Fault == migration.FaultNoCredentials) {
		a.collector, a.problem = nil, p
	}
}

// add counts a part in.
func (q *Quote) add(part *Quote) {
	q.Parts = append(q.Parts, part)
	q.AskedLow += part.AskedLow
	q.AskedHigh += part.AskedHigh
	if part.Problem != nil {
		return
	}
	if q.From.IsZero() {
		q.From, q.To = part.From, part.To
	}
	q.Groups += part.Groups
	q.Kept += part.Kept
	q.Silent += part.Silent
	q.Unshared += part.Unshared
	q.Bytes += part.Bytes
	q.Lines += part.Lines
	if part.Nothing() {
		return
	}
	sum, known := part.Cost.Get()
	q.Cost = migration.AddUSD(q.Cost, migration.Some(sum))
	q.LowerBound = q.LowerBound || !known
	// One note for all, where it is the same for all.
	if q.Groups == part.Groups {
		q.PriceNote = part.PriceNote
	} else if q.PriceNote != part.PriceNote {
		q.PriceNote = ""
	}
}

// Read reads what was quoted and stores it, account by account. It calls tell, which may be nil, with the number of
// completed ranges. What was read before an error is stored, and billed; the error joins those of all accounts.
func (c *Collectors) Read(ctx context.Context, q *Quote, tell func(done, of int)) (Reading, error) {
	of := 0
	for _, part := range q.Parts {
		of += len(part.ranges)
	}
	var telling sync.Mutex
	done := make([]int, len(q.Parts))
	readings, failed := make([]Reading, len(q.Parts)), make([]error, len(q.Parts))
	var reading sync.WaitGroup
	for i, part := range q.Parts {
		a := c.accounts[i]
		if part.Problem != nil || a.collector == nil {
			continue
		}
		reading.Go(func() {
			r, err := a.collector.Read(ctx, part, func(now, _ int) {
				telling.Lock()
				defer telling.Unlock()
				if done[i] = now; tell != nil {
					all := 0
					for _, n := range done {
						all += n
					}
					tell(all, of)
				}
			})
			a.note = r.note()
			a.leave(err)
			readings[i], failed[i] = r, err
		})
	}
	reading.Wait()
	out := Reading{Cost: migration.Some(migration.USD{})}
	for i, r := range readings {
		r.Scope, r.Region = q.Parts[i].Scope, q.Parts[i].Region
		out.add(r)
		if failed[i] != nil {
			failed[i] = c.accounts[i].named(failed[i])
		}
	}
	return out, errors.Join(failed...)
}

// add counts what came of a part.
func (r *Reading) add(part Reading) {
	r.Parts = append(r.Parts, part)
	r.Scanned += part.Scanned
	r.Runs += part.Runs
	r.Unread.Add(part.Unread)
	if part.Scanned > 0 {
		r.Cost = migration.AddUSD(r.Cost, part.Cost)
	}
}

// note returns the text of a health row about a reading.
func (r *Reading) note() string {
	note := fmt.Sprintf("%d runs read, %s scanned", r.Runs, BytesText(r.Scanned))
	if odd := r.Unread.String(); odd != "" {
		note += "; lines: " + odd
	}
	return note
}

// Health is how reading goes in each account and region. A note other than "" replaces that
// of each row; err degrades the rows that have no problem of their own.
func (c *Collectors) Health(now time.Time, note string, err error) []migration.Health {
	var rows []migration.Health
	for _, a := range c.accounts {
		row := migration.Health{Source: "logs", State: migration.HealthOK}
		switch {
		case a.collector != nil:
			row = a.collector.Reader.Health(now)
		case a.problem != nil:
			row.State, row.Problem = migration.HealthFailed, a.problem
		}
		row.Scope = a.Scope
		if said := cmp.Or(note, a.note); said != "" {
			row.Note = said
		}
		if err != nil && row.Problem == nil {
			row.State, row.Problem = migration.HealthDegraded, problemOf(err)
		}
		rows = append(rows, row)
	}
	return rows
}
