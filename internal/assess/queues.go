package assess

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// queueSpan is the part of the window that is final in all accounts and regions that
// some queues are in.
func (b *builder) queueSpan(queues []migration.Queue) (from, to time.Time) {
	to = b.frame.Now
	for _, src := range b.Health {
		for i := range src.Rows {
			h := &src.Rows[i]
			if h.Source == "sqs" && !h.FinalTo.IsZero() && h.FinalTo.Before(to) &&
				slices.ContainsFunc(queues, func(q migration.Queue) bool { return q.Scope == h.Scope }) {
				to = h.FinalTo
			}
		}
	}
	to = to.Truncate(timeseries.FineSpan)
	return to.Add(-b.Window).Truncate(timeseries.CoarseSpan), to
}

// queueViews are the queues of a tenant over the window.
func (b *builder) queueViews(tenant migration.Tenant) []migration.QueueView {
	var out []migration.QueueView
	for _, q := range b.Queues.Of(tenant) {
		from, to := b.queueSpan([]migration.Queue{q})
		v := migration.QueueView{
			Queue: q, DepthSeries: b.newSeries("messages"), SentSeries: b.newSeries("messages"), DeletedSeries: b.newSeries("messages"),
			Evidence: migration.Provenance{Source: "cloudwatch", Method: migration.Measured, Coverage: 1},
		}
		counted := b.Queues.Within(&q, from, to)
		if len(counted) > 0 || q.Idle { // a queue that is idle did nothing, which is known
			v.Sent, v.Received, v.Deleted = migration.Some[int64](0), migration.Some[int64](0), migration.Some[int64](0)
		}
		for i := range counted {
			v.Sent = plusKnown(v.Sent, counted[i].Sent)
			v.Received = plusKnown(v.Received, counted[i].Received)
			v.Deleted = plusKnown(v.Deleted, counted[i].Deleted)
		}
		if first, ok := b.Queues.First(&q); ok && first.After(from) && to.After(from) && !q.Idle {
			v.Evidence.Coverage = migration.Ratio(max(to.Sub(first), 0)) / migration.Ratio(to.Sub(from))
		}
		b.drawQueue(&v, to)
		out = append(out, v)
	}
	return out
}

// plusKnown adds what is known of a part to a sum.
func plusKnown(sum, part migration.Opt[int64]) migration.Opt[int64] {
	n, ok := part.Get()
	if !ok {
		return sum
	}
	return migration.Some(sum.Or(0) + n)
}

// drawQueue draws a queue's charts.
func (b *builder) drawQueue(v *migration.QueueView, final time.Time) {
	for _, one := range b.Queues.Within(&v.Queue, b.frame.ChartFrom.Add(-timeseries.LongestSpan), b.frame.Now.Add(time.Second)) {
		first := v.DepthSeries.Index(one.Start)
		steps := max(int(one.Span/b.frame.ChartStep), 1)
		for i := first; i < first+steps; i++ {
			if depth, ok := one.Depth.Messages().Get(); ok {
				v.DepthSeries.Raise(i, float64(depth))
			}
			if n, ok := one.Sent.Get(); ok {
				v.SentSeries.Add(i, float64(n)/float64(steps))
			}
			if n, ok := one.Deleted.Get(); ok {
				v.DeletedSeries.Add(i, float64(n)/float64(steps))
			}
		}
	}
	provisional := min(max(v.DepthSeries.Index(final), 0), b.frame.ChartLen)
	for _, s := range []*migration.Series{&v.DepthSeries, &v.SentSeries, &v.DeletedSeries} {
		s.ProvisionalFrom = provisional
	}
}

// flows say what became of the messages of each workload of a tenant that has
// queues.
func (b *builder) flows(tenant migration.Tenant) []migration.QueueFlow {
	var out []migration.QueueFlow
	for group := range chunkBy(b.Queues.Of(tenant), func(q migration.Queue) migration.Workload { return q.Workload }) {
		if slices.ContainsFunc(group, func(q migration.Queue) bool { return q.Role != migration.QueueDeadLetter }) {
			out = append(out, b.flow(group))
		}
	}
	return out
}

// chunkBy cuts a sorted list where a key changes.
func chunkBy[T any, K comparable](list []T, key func(T) K) func(yield func([]T) bool) {
	return func(yield func([]T) bool) {
		for from := 0; from < len(list); {
			to := from + 1
			for to < len(list) && key(list[to]) == key(list[from]) {
				to++
			}
			if !yield(list[from:to]) {
				return
			}
			from = to
		}
	}
}

// The sentences that go with a flow.
const (
	noteFlow         = "by the minute; SQS's depths are approximate"
	noteNoDeadLetter = "no dead-letter queue is named, so that dead letters count as lost"
)

// flow counts the messages of one workload over the longest stretch of final
// minutes of which the depth of every queue is known at both ends.
func (b *builder) flow(queues []migration.Queue) migration.QueueFlow {
	from, to := b.queueSpan(queues)
	f := migration.QueueFlow{
		Workload: queues[0].Workload,
		Evidence: migration.Provenance{Source: "cloudwatch", Method: migration.Derived, Coverage: 1, Note: noteFlow},
	}
	f.RoutedShare.Kind, f.RoutedShare.Evidence = migration.Counted,
		migration.Provenance{Source: "cloudwatch", Method: migration.Measured, Coverage: 1}
	at, minutes := b.queueMinutes(queues, from, to)
	known := func(minute time.Time) bool { return b.depthsKnown(queues, at, minute) }
	first := slices.IndexFunc(minutes, known)
	last := len(minutes) - 1
	for last > first && !known(minutes[last]) {
		last--
	}
	if first < 0 || last <= first {
		return f
	}
	f.From, f.To = minutes[first], minutes[last]
	b.balance(&f, queues, at, minutes[first:last])
	return f
}

// queueMinutes are the buckets of each queue by minute, and the minutes of which there are
// any, sorted.
func (b *builder) queueMinutes(queues []migration.Queue, from, to time.Time) (at []map[time.Time]*migration.QueueBucket,
	minutes []time.Time,
) {
	at = make([]map[time.Time]*migration.QueueBucket, len(queues))
	for i := range queues {
		at[i] = map[time.Time]*migration.QueueBucket{}
		list := b.Queues.Within(&queues[i], from, to)
		for j := range list {
			if list[j].Span == timeseries.FineSpan {
				at[i][list[j].Start] = &list[j]
				minutes = append(minutes, list[j].Start)
			}
		}
	}
	slices.SortFunc(minutes, time.Time.Compare)
	return at, slices.Compact(minutes)
}

// depthsKnown reports whether the depth of every queue is known in a minute.
func (b *builder) depthsKnown(queues []migration.Queue, at []map[time.Time]*migration.QueueBucket, minute time.Time) bool {
	for i := range queues {
		if _, ok := b.depthAt(&queues[i], at[i][minute], minute); !ok {
			return false
		}
	}
	return true
}

// depthAt is how many messages a queue had in a minute. One without data then
// was idle, and empty, before its first data and while it is idle.
func (b *builder) depthAt(q *migration.Queue, bucket *migration.QueueBucket, minute time.Time) (int64, bool) {
	if bucket == nil {
		first, known := b.Queues.First(q)
		return 0, q.Idle || (known && minute.Before(first))
	}
	return bucket.Depth.Messages().Get()
}

// balance adds up a flow.
func (b *builder) balance(f *migration.QueueFlow, queues []migration.Queue, at []map[time.Time]*migration.QueueBucket,
	minutes []time.Time,
) {
	var sent, blue, green, change, dead int64
	named := false
	for i := range queues {
		q := &queues[i]
		var in, gone int64
		for _, minute := range minutes {
			if one := at[i][minute]; one != nil {
				in, gone = in+one.Sent.Or(0), gone+one.Deleted.Or(0)
			}
		}
		before, _ := b.depthAt(q, at[i][f.From], f.From)
		after, _ := b.depthAt(q, at[i][f.To], f.To)
		switch q.Role {
		case migration.QueueDeadLetter:
			// SQS moves messages there, which counts as no sending. What was
			// deleted there had come before.
			named = true
			dead += after - before + gone - in
		case migration.QueueGreen:
			sent, green, change = sent+in, green+gone, change+after-before
		default:
			sent, blue, change = sent+in, blue+gone, change+after-before
		}
	}
	f.Sent, f.DeletedBlue, f.DeletedGreen, f.DepthChange = migration.Some(sent), migration.Some(blue), migration.Some(green),
		migration.Some(change)
	if named {
		f.DeadLetters = migration.Some(dead)
	} else {
		f.Evidence.Note += "; " + noteNoDeadLetter
	}
	f.Residual = migration.Some(sent - blue - green - change - dead)
	if blue+green > 0 {
		f.RoutedShare.Value = migration.Some(migration.Ratio(green) / migration.Ratio(blue+green))
	}
}
