package sqs

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sqsapi "github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsmetrics"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

// ask sends one request to SQS. That a queue does not exist is an answer, not an error.
func ask[T any](p *poll, action string, question func() (*T, error)) (*T, error) {
	return awspoll.Ask(p.Poll, action, absent, question)
}

// absent reports whether SQS answered that the queue does not exist.
func absent(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && (api.ErrorCode() == "QueueDoesNotExist" || api.ErrorCode() == "AWS.SimpleQueueService.NonExistentQueue")
}

// list finds the queues that patterns mean.
func (p *poll) list(ctx context.Context) error {
	found := make(map[string]*queue)
	for _, pattern := range p.Patterns {
		in := &sqsapi.ListQueuesInput{MaxResults: aws.Int32(1000)}
		if pattern.Prefix != "" {
			in.QueueNamePrefix = aws.String(pattern.Prefix)
		}
		for {
			page, err := ask(p, "sqs:ListQueues", func() (*sqsapi.ListQueuesOutput, error) { return p.api.ListQueues(ctx, in) })
			if err != nil {
				return err
			}
			for _, url := range page.QueueUrls {
				name := url[strings.LastIndexByte(url, '/')+1:]
				who, ok := pattern.Match(name)
				if ok && found[name] == nil {
					found[name] = &queue{Queue: Queue{
						Name: name, URL: url, Role: pattern.Role, Tenant: who.Tenant, Workload: who.Workload, Evidence: who.Evidence,
					}}
				}
			}
			if in.NextToken = page.NextToken; in.NextToken == nil {
				break
			}
		}
	}
	for name, q := range found {
		if p.queues[name] == nil {
			p.queues[name] = q
		}
	}
	named := func(name string) bool {
		return slices.ContainsFunc(p.Settings.Queues, func(q Queue) bool { return q.Name == name })
	}
	for name := range p.queues {
		if found[name] == nil && !named(name) {
			delete(p.queues, name)
		}
	}
	p.listed = p.Now
	return nil
}

// The metrics of a queue, as indexes.
const (
	sent = iota
	received
	deleted
	visible
	notVisible
	delayed
	oldest
	metricCount
)

// metricNames are SQS's names. Counts are added up, levels have their greatest.
// Source: Amazon SQS developer guide, "Available CloudWatch metrics".
var metricNames = [metricCount]string{
	"NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted",
	"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed",
	"ApproximateAgeOfOldestMessage",
}

func (q *queue) metrics() []awsmetrics.Metric {
	out := make([]awsmetrics.Metric, metricCount)
	for i := range out {
		stat := "Maximum"
		if i <= deleted {
			stat = "Sum"
		}
		out[i] = awsmetrics.Metric{
			Namespace: "AWS/SQS", Name: metricNames[i], Stats: []string{stat},
			Dimensions: []awsmetrics.Dimension{{Name: "QueueName", Value: q.Name}},
		}
	}
	return out
}

// interval returns the time between queries for a queue. An idle queue is queried rarely, even if it is on screen: SQS
// is equally late with its first data.
func (q *queue) interval(focus sources.Focus) time.Duration {
	if q.idle() {
		return sources.EveryOther
	}
	return focus.Interval(q.Tenant)
}

// readMetrics queries CloudWatch for the queues that are due.
func (p *poll) readMetrics(ctx context.Context) error {
	focus, room := p.Focus, p.Focus.Pace.Allow
	var due, fresh []*queue
	from := p.End
	queues := p.sorted()
	slices.SortStableFunc(queues, func(a, b *queue) int { // who is looked at first, then who waited longest
		return cmp.Or(cmp.Compare(a.interval(focus), b.interval(focus)), a.asked.Compare(b.asked))
	})
	var plan awsmetrics.PollRate
	var now []*queue
	for _, q := range queues {
		every := max(q.interval(focus), p.Settings.Cadence)
		plan.Add(q.metrics(), every)
		if p.Due(q.asked, every) {
			now = append(now, q)
		}
	}
	p.Rate = migration.Some(plan.PerHour())
	if p.Held != "" {
		return nil
	}
	_, limited := room.Get()
	for _, q := range awsmetrics.Allowed(room, now, (*queue).metrics) {
		known := p.boundary
		if !q.seen.IsZero() {
			known = q.seen.Add(-finalityLag)
			if q.idle() { // the data of its first messages may arrive only now
				known = known.Add(-wakes)
			}
		}
		if known.Before(from) {
			from = known
		}
		due = append(due, q)
		if !q.pastOne && p.History > 0 && !limited {
			fresh = append(fresh, q)
		}
	}
	if from.Before(p.boundary) {
		from = p.boundary
	}
	if len(fresh) > 0 {
		span := awsmetrics.Span{Start: p.boundary.Add(-p.History.Truncate(pastPeriod)), End: p.boundary, Period: pastPeriod}
		if err := p.readSpan(ctx, fresh, span); err != nil {
			return err
		}
	}
	if len(due) == 0 {
		return nil
	}
	return p.readSpan(ctx, due, awsmetrics.Span{Start: from, End: p.End, Period: time.Minute})
}

// readSpan asks about one span.
func (p *poll) readSpan(ctx context.Context, due []*queue, span awsmetrics.Span) error {
	var metrics []awsmetrics.Metric
	for _, q := range due {
		metrics = append(metrics, q.metrics()...)
	}
	all, err := p.Read(ctx, metrics, span)
	for i, q := range due {
		series := all[i*int(metricCount) : (i+1)*int(metricCount)]
		if slices.ContainsFunc(series, func(s awsmetrics.Series) bool { return !s.Complete }) {
			continue
		}
		for n := range span.Periods() {
			p.take(q, series, span.Start.Add(time.Duration(n)*span.Period), span.Period, n)
		}
		if q.since.IsZero() || span.Start.Before(q.since) {
			q.since = span.Start
		}
		if span.Period == time.Minute {
			q.asked, q.seen = p.Now, span.End
			q.pastOne = q.pastOne || p.History <= 0
		} else {
			q.pastOne = true
		}
	}
	return err
}

// take makes a bucket of one period if SQS reported any data for it.
func (p *poll) take(q *queue, series []awsmetrics.Series, start time.Time, span time.Duration, n int) {
	count := func(metric int) migration.Opt[int64] {
		return migration.Map(series[metric].At(0, n), func(v float64) int64 { return int64(math.Round(max(v, 0))) })
	}
	b := migration.QueueBucket{
		Queue: q.Name, Start: start, Span: span, Final: !start.Add(span + finalityLag).After(p.Now),
		Sent: count(sent), Received: count(received), Deleted: count(deleted),
		Depth: migration.QueueDepth{
			Visible: count(visible), NotVisible: count(notVisible), Delayed: count(delayed),
			OldestAge: migration.Map(series[oldest].At(0, n), func(v float64) time.Duration {
				return time.Duration(max(v, 0) * float64(time.Second))
			}),
		},
	}
	if b.Sent.Known() || b.Received.Known() || b.Deleted.Known() || b.Depth.Visible.Known() || b.Depth.NotVisible.Known() {
		p.buckets = append(p.buckets, b)
		if !start.Before(q.newestBucket) {
			q.newestBucket = start
			if b.Depth.Visible.Known() && start.Add(span).After(q.at) {
				q.depth, q.at, q.live = b.Depth, start, false
			}
		}
		if start.After(p.dataTo) {
			p.dataTo = start
		}
	}
}

// liveAttributes are the queue attributes that SQS itself returns.
var liveAttributes = []sqstypes.QueueAttributeName{
	sqstypes.QueueAttributeNameApproximateNumberOfMessages,
	sqstypes.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
	sqstypes.QueueAttributeNameApproximateNumberOfMessagesDelayed,
}

// readLive reads the current state of a tenant's queues from SQS. Without permission, the state is only older.
func (p *poll) readLive(ctx context.Context, tenant migration.Tenant) {
	for _, q := range p.sorted() {
		if q.Tenant != tenant || q.absent {
			continue
		}
		err := p.readOne(ctx, q)
		switch {
		case err == nil:
		case absent(err):
			q.absent = true
		default:
			p.Row.Degrade(err)
			if awsaccess.Stops(err) {
				return
			}
		}
	}
}

// attributes asks SQS for attributes of a queue.
func (p *poll) attributes(ctx context.Context, q *queue, names []sqstypes.QueueAttributeName) (map[string]string, error) {
	if q.URL == "" {
		in := &sqsapi.GetQueueUrlInput{QueueName: aws.String(q.Name)}
		if q.Owner != "" {
			in.QueueOwnerAWSAccountId = aws.String(q.Owner)
		}
		out, err := ask(p, "sqs:GetQueueUrl", func() (*sqsapi.GetQueueUrlOutput, error) { return p.api.GetQueueUrl(ctx, in) })
		if err != nil {
			return nil, err
		}
		if q.URL = aws.ToString(out.QueueUrl); q.URL == "" {
			return nil, awsaccess.NotThatAPI("sqs:GetQueueUrl", "HTTP 200 without a URL")
		}
	}
	out, err := ask(p, "sqs:GetQueueAttributes", func() (*sqsapi.GetQueueAttributesOutput, error) {
		return p.api.GetQueueAttributes(ctx, &sqsapi.GetQueueAttributesInput{QueueUrl: aws.String(q.URL), AttributeNames: names})
	})
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}

func (p *poll) readOne(ctx context.Context, q *queue) error {
	got, err := p.attributes(ctx, q, slices.Concat(liveAttributes, settingAttributes))
	if err != nil {
		return err
	}
	count := func(name sqstypes.QueueAttributeName) migration.Opt[int64] {
		n, err := strconv.ParseInt(got[string(name)], 10, 64)
		if err != nil || n < 0 {
			return migration.None[int64]()
		}
		return migration.Some(n)
	}
	live := migration.QueueDepth{Visible: count(liveAttributes[0]), NotVisible: count(liveAttributes[1]), Delayed: count(liveAttributes[2])}
	if !live.Messages().Known() {
		return awsaccess.NotThatAPI("sqs:GetQueueAttributes", "HTTP 200 without counts")
	}
	live.OldestAge = q.depth.OldestAge // only CloudWatch has it
	if n, _ := live.Messages().Get(); n == 0 {
		live.OldestAge = migration.Some(time.Duration(0))
	}
	q.depth, q.at, q.live = live, p.Now, true
	q.settings, q.settingsAt = settingsIn(got), p.Now
	return nil
}
