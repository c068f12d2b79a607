package logs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// Read reads time ranges of log groups. It passes each result to take as soon as it is complete, one call at a time.
// volumes are those of an Estimate of the same ranges. A failure that concerns one query does not stop the others. The
// scanned bytes are what AWS bills, even with an error. The error joins [migration.Problem]s.
func (r *Reader) Read(ctx context.Context, ranges []migration.LogRange, volumes []migration.LogVolume,
	take func(migration.LogAnswer),
) (scanned int64, _ error) {
	if len(ranges) != len(volumes) {
		return 0, errors.New("logs: an estimate of other ranges")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.vital.Begin()
	finalTo := r.FinalTo()
	jobs, silent := plan(ranges, volumes)
	for _, rng := range silent {
		take(newAssembly(r, rng).answer(rng.To, finalTo))
	}
	next, done := make(chan *job), make(chan outcome)
	var workers sync.WaitGroup
	for range min(r.InFlight, len(jobs)) {
		workers.Go(func() {
			for j := range next {
				done <- r.run(ctx, j, finalTo)
			}
		})
	}
	workers.Go(func() {
		defer close(next)
		for i := range jobs {
			next <- &jobs[i]
		}
	})
	var errs []error
	stopped := false
	for range jobs {
		o := <-done
		scanned += o.scanned
		for _, a := range o.answers {
			take(a)
		}
		if o.err == nil || stopped && errors.Is(o.err, context.Canceled) {
			continue
		}
		errs = append(errs, o.err)
		r.degrade(o.err)
		// An error that the next query would probably have too stops all.
		if awsaccess.Stops(o.err) && !stopped {
			stopped = true
			cancel()
		}
	}
	workers.Wait()
	return scanned, errors.Join(errs...)
}

// outcome is what came of a job.
type outcome struct {
	answers []migration.LogAnswer
	scanned int64
	err     error
}

// run runs a job: step after step, up to the first that fails.
func (r *Reader) run(ctx context.Context, j *job, finalTo time.Time) (out outcome) {
	if err := ctx.Err(); err != nil {
		return outcome{err: err}
	}
	assemblies := make(map[logGroup]*assembly, len(j.ranges))
	var markers []string
	for _, rng := range j.ranges {
		a := newAssembly(r, rng)
		assemblies[logGroup{rng.Account, rng.Group}] = a
		markers = append(markers, a.markers()...)
	}
	slices.Sort(markers)
	markers = slices.Compact(markers)
	to := j.steps[0].from
	for _, s := range j.steps {
		rows, scanned, err := r.readRange(ctx, j.ranges, s, text(markers))
		out.scanned += scanned
		if _, gone := errors.AsType[*types.ResourceNotFoundException](err); gone {
			return r.bisect(ctx, j, finalTo, out)
		}
		if err == nil {
			err = checkGroups(rows, assemblies)
		}
		if err != nil {
			out.err = err
			break
		}
		byGroup := make(map[logGroup][]row, len(j.ranges))
		for i := range rows {
			byGroup[rows[i].logGroup] = append(byGroup[rows[i].logGroup], rows[i])
		}
		for group, rows := range byGroup {
			assemblies[group].take(rows)
		}
		to = s.to
	}
	// A step that failed leaves what was read before it.
	if to.After(j.steps[0].from) {
		for _, rng := range j.ranges {
			out.answers = append(out.answers, assemblies[logGroup{rng.Account, rng.Group}].answer(to, finalTo))
		}
	}
	return out
}

// checkGroups rejects lines of log groups that were not queried, so that they are not lost silently.
func checkGroups(rows []row, assemblies map[logGroup]*assembly) error {
	for i := range rows {
		if assemblies[rows[i].logGroup] == nil {
			return notLogs("logs:GetQueryResults", fmt.Sprintf("a row of %q, a log group that was not asked about", rows[i].name))
		}
	}
	return nil
}

// bisect runs a job in halves because one of its log groups no longer exists, until that log group is alone: then there
// is nothing to read.
func (r *Reader) bisect(ctx context.Context, j *job, finalTo time.Time, out outcome) outcome {
	if len(j.ranges) == 1 {
		r.note("the log group " + j.ranges[0].Group + " does not exist any more")
		return out
	}
	half := len(j.ranges) / 2
	for _, ranges := range [][]*migration.LogRange{j.ranges[:half], j.ranges[half:]} {
		part := r.run(ctx, &job{ranges, j.steps}, finalTo)
		out.answers = append(out.answers, part.answers...)
		out.scanned += part.scanned
		out.err = errors.Join(out.err, part.err)
	}
	return out
}

// shortest is the shortest time range of a query: queries have a resolution of one second.
const shortest = time.Second

// readRange reads the lines of a time range. If there are more than one query returns, or the query times out, it reads
// the two halves.
func (r *Reader) readRange(ctx context.Context, ranges []*migration.LogRange, s step, text string) ([]row, int64, error) {
	f, err := r.query(ctx, ranges, s.from, s.to, text, s.bytes)
	full := err == nil && f.full()
	if span := s.to.Sub(s.from); (full || errors.Is(err, errTimedOut)) && span > shortest {
		middle := s.from.Add((span / 2).Truncate(shortest))
		if !middle.After(s.from) {
			middle = s.from.Add(shortest)
		}
		left, scannedLeft, err := r.readRange(ctx, ranges, step{s.from, middle, s.bytes / 2}, text)
		scanned := f.scanned + scannedLeft
		if err != nil {
			return nil, scanned, err
		}
		right, scannedRight, err := r.readRange(ctx, ranges, step{middle, s.to, s.bytes / 2}, text)
		return append(left, right...), scanned + scannedRight, err
	}
	if err != nil {
		return nil, f.scanned, err
	}
	if full {
		return nil, f.scanned, &migration.Problem{
			What: fmt.Sprintf("a log group has more than %d reports within one second, which no query can bring", len(f.rows)),
			Fix:  "leave its function out with aws.functions.exclude",
		}
	}
	// A query includes both ends; the later end belongs to the next time range.
	rows := slices.DeleteFunc(f.rows, func(one row) bool { return one.at.Before(s.from) || !one.at.Before(s.to) })
	return rows, f.scanned, nil
}
