package logs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/logs/report"
)

// row is one line that a query found.
type row struct {
	at time.Time
	logGroup
	stream, message string
}

// logGroup is a log group by its name, and the linked account that it is in, "" for the
// reader's own.
type logGroup struct{ account, name string }

// found is what one query brought.
type found struct {
	rows    []row
	scanned int64 // bytes, which are billed
	matched int64 // lines that the filter found, all of which should be rows; 0 where it is not said
}

// leastFull is the smallest number of rows that is taken for a limit of Logs Insights: it
// brings 100,000 rows in pages of 10,000, and brought 1,000 where nothing was asked for.
// Source: CloudWatch Logs API reference, StartQuery and GetQueryResults.
const leastFull = 1000

// full reports whether more lines were found than brought.
func (f *found) full() bool {
	return len(f.rows) >= rowsPerQuery || len(f.rows) >= leastFull && f.matched > int64(len(f.rows))
}

// text is the query that finds reports in both formats, since a function's format
// may have been changed meanwhile, what is left of those that were cut, and lines that
// name tenants.
func text(markers []string) string {
	var b strings.Builder
	b.WriteString(`fields @timestamp, @message, @logStream, @log | filter @message like /^REPORT/`)
	for _, m := range slices.Concat(report.Texts[:], markers) {
		fmt.Fprintf(&b, ` or @message like "%s"`, m)
	}
	fmt.Fprintf(&b, ` | sort @timestamp asc | limit %d`, rowsPerQuery)
	return b.String()
}

// query runs one query over some log groups, from and to included to the second, and
// waits for its end. What it scanned is counted also where it fails.
func (r *Reader) query(ctx context.Context, ranges []*migration.LogRange, from, to time.Time, text string, about int64) (found, error) {
	ctx, cancel := context.WithTimeout(ctx, r.Patience)
	defer cancel()
	in := &cloudwatchlogs.StartQueryInput{
		QueryString: aws.String(text), Limit: aws.Int32(rowsPerQuery),
		StartTime: aws.Int64(from.Unix()), EndTime: aws.Int64(to.Unix()),
	}
	linked := ranges[0].Account != "" // all of them, or none
	for _, rng := range ranges {
		if linked {
			in.LogGroupIdentifiers = append(in.LogGroupIdentifiers, r.identifier(rng))
		} else {
			in.LogGroupNames = append(in.LogGroupNames, rng.Group)
		}
	}
	id, err := r.start(ctx, in)
	if err != nil {
		return found{}, err
	}
	out := found{scanned: about} // until it says itself
	pause := r.Pause
	for {
		if err := r.wait(ctx, pause); err != nil {
			r.stop(ctx, id)
			return out, r.access.Explain("logs:GetQueryResults", err)
		}
		if pause < 8*r.Pause {
			pause *= 2
		}
		answer, err := r.results(ctx, id, nil)
		if err != nil {
			r.stop(ctx, id)
			return out, err
		}
		switch answer.Status {
		case types.QueryStatusScheduled, types.QueryStatusRunning:
			continue // the rows so far are incomplete
		case types.QueryStatusComplete:
			if answer.Statistics != nil {
				out.scanned, out.matched = int64(answer.Statistics.BytesScanned), int64(answer.Statistics.RecordsMatched)
			}
			return r.pages(ctx, id, answer, out, linked)
		}
		return out, ended(ranges, answer.Status)
	}
}

// errTimedOut is the error of a query that Logs Insights stopped: a shorter time range may succeed.
var errTimedOut = errors.New("the query timed out")

func ended(ranges []*migration.LogRange, status types.QueryStatus) error {
	of := ranges[0].Group
	if len(ranges) > 1 {
		of = fmt.Sprintf("%s and %d more log groups", of, len(ranges)-1)
	}
	p := &migration.Problem{
		Fault: migration.FaultOther, What: fmt.Sprintf("a query of Logs Insights on %s ended as %s", of, status),
		Fix: "run migtop evidence again: what was read is kept",
	}
	if status == types.QueryStatusTimeout {
		p.Err = errTimedOut
	}
	return p
}

// start starts a query, and waits while the account has too many.
func (r *Reader) start(ctx context.Context, in *cloudwatchlogs.StartQueryInput) (*string, error) {
	pause := r.Pause
	for tries := 0; ; tries++ {
		began := r.Wall.Now()
		out, err := r.begin(ctx, in)
		if err == nil && aws.ToString(out.QueryId) == "" {
			err = notLogs("logs:StartQuery", "HTTP 200 without a query")
		}
		r.called(r.Wall.Now().Sub(began), err != nil)
		if err == nil {
			return out.QueryId, nil
		}
		if _, full := errors.AsType[*types.LimitExceededException](err); !full || tries == 5 {
			return nil, r.access.Explain("logs:StartQuery", err)
		}
		if err := r.wait(ctx, pause); err != nil {
			return nil, r.access.Explain("logs:StartQuery", err)
		}
		pause *= 2
	}
}

// begin starts one query. It is not cancelled midway: a query whose id never arrives keeps running and costs what it
// scans, and cannot be stopped or counted.
func (r *Reader) begin(ctx context.Context, in *cloudwatchlogs.StartQueryInput) (*cloudwatchlogs.StartQueryOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), startPatience)
	defer cancel()
	return r.client.StartQuery(ctx, in)
}

// startPatience is how long the start of a query, which scans nothing yet, may take.
const startPatience = 30 * time.Second

func (r *Reader) results(ctx context.Context, id, token *string) (*cloudwatchlogs.GetQueryResultsOutput, error) {
	began := r.Wall.Now()
	out, err := r.client.GetQueryResults(ctx, &cloudwatchlogs.GetQueryResultsInput{QueryId: id, NextToken: token})
	if err == nil && out.Status == "" {
		err = notLogs("logs:GetQueryResults", "HTTP 200 without a status")
	}
	r.called(r.Wall.Now().Sub(began), err != nil)
	if err != nil {
		return nil, r.access.Explain("logs:GetQueryResults", err)
	}
	return out, nil
}

// maxPages bounds the pages of one answer: ten have all rows that there can be.
const maxPages = 50

// pages gathers all rows of a complete query.
func (r *Reader) pages(ctx context.Context, id *string, first *cloudwatchlogs.GetQueryResultsOutput, out found, linked bool) (found,
	error,
) {
	for page, n := first, 0; ; n++ {
		for _, fields := range page.Results {
			one, err := rowOf(fields, linked)
			if err != nil {
				return out, err
			}
			out.rows = append(out.rows, one)
		}
		if page.NextToken == nil {
			return out, nil
		}
		if n == maxPages {
			return out, fmt.Errorf("CloudWatch Logs went on after %d pages of one answer", maxPages)
		}
		var err error
		if page, err = r.results(ctx, id, page.NextToken); err != nil {
			return out, err
		}
	}
}

func rowOf(fields []types.ResultField, linked bool) (row, error) {
	var out row
	for _, f := range fields {
		value := aws.ToString(f.Value)
		switch aws.ToString(f.Field) {
		case "@timestamp":
			at, err := time.Parse("2006-01-02 15:04:05.999", value)
			if err != nil {
				return row{}, notLogs("logs:GetQueryResults", "a row whose time is "+value)
			}
			out.at = at
		case "@message":
			out.message = value
		case "@logStream":
			out.stream = value
		case "@log": // account:group; no group has a colon in its name
			at := strings.IndexByte(value, ':')
			if out.name = value[at+1:]; linked && at > 0 {
				out.account = value[:at]
			}
		}
	}
	if out.at.IsZero() {
		return row{}, notLogs("logs:GetQueryResults", "a row without a time")
	}
	return out, nil
}

// wait passes time, unless ctx ends first.
func (r *Reader) wait(ctx context.Context, d time.Duration) error {
	timer, stop := r.Wall.After(d)
	defer stop()
	select {
	case <-timer:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stopping is how long giving a query up may take.
const stopping = 5 * time.Second

// stop stops a query that no caller waits for. Otherwise it would continue to scan, and to cost money.
func (r *Reader) stop(ctx context.Context, id *string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopping)
	defer cancel()
	began := r.Wall.Now()
	_, err := r.client.StopQuery(ctx, &cloudwatchlogs.StopQueryInput{QueryId: id})
	r.called(r.Wall.Now().Sub(began), err != nil) // a query that has ended meanwhile is refused
}
