package follow

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// queueMinute is a minute of all queues of a tenant: one that could not be read makes the minute unknown.
func (r *reading) queueMinute(t *tenant, at int32, out *cutover.QueueMinute) {
	queues := r.ofQueue[t.name]
	works := func(q migration.Queue) bool { return q.Role != migration.QueueDeadLetter }
	if !slices.ContainsFunc(queues, works) {
		return // NoQueue
	}
	*out = cutover.QueueMinute{
		State: cutover.QueueAsleep, Final: true, Depth: migration.Some[int64](0), BlueDepth: migration.Some[int64](0),
		InFlight: migration.Some[int64](0), Oldest: migration.Some[time.Duration](0),
	}
	for i := range queues {
		q := &queues[i]
		var state cutover.Reading
		var final bool
		if q.Role == migration.QueueDeadLetter {
			state, final = r.addDeadLetters(out, q, at, queues)
		} else {
			state, final = r.addQueue(out, q, at)
		}
		out.Final = out.Final && final
		switch {
		case state == cutover.QueueDenied, state == cutover.QueueFailed && out.State != cutover.QueueDenied,
			state == cutover.QueueRead && out.State == cutover.QueueAsleep:
			out.State = state
		}
	}
}

// bucket is a queue's minute, how it is known, and whether late data cannot change it.
func (r *reading) bucket(q *migration.Queue, at int32) (b *migration.QueueBucket, state cutover.Reading, final bool) {
	list := r.Queues.Within(q, timeOf(at), timeOf(at+1))
	if len(list) > 0 && list[0].Span == timeseries.FineSpan {
		return &list[0], cutover.QueueRead, list[0].Final
	}
	of := r.queues[q.Scope]
	switch first, known := r.Queues.First(q); {
	case q.Idle, known && timeOf(at).Before(first): // nothing moved, and nothing waited
		return nil, cutover.QueueAsleep, of == nil || at < of.finalTo || q.Idle
	case of == nil:
		return nil, cutover.QueueFailed, false
	case of.state != cutover.QueueRead && at >= of.finalTo:
		return nil, of.state, true
	}
	return nil, cutover.QueueRead, at < of.finalTo // SQS has no datapoint of a minute in which nothing happened
}

// addQueue adds a queue that messages are sent to.
func (r *reading) addQueue(out *cutover.QueueMinute, q *migration.Queue, at int32) (cutover.Reading, bool) {
	b, state, final := r.bucket(q, at)
	if b == nil {
		if state != cutover.QueueAsleep {
			out.Depth, out.InFlight, out.Oldest = migration.None[int64](), migration.None[int64](), migration.None[time.Duration]()
			if q.Role == migration.QueueBlue {
				out.BlueDepth = migration.None[int64]()
			}
		}
		return state, final
	}
	out.Sent += b.Sent.Or(0)
	out.Received += b.Received.Or(0)
	depth := b.Depth.Messages()
	if q.Role == migration.QueueGreen {
		out.DeletedGreen += b.Deleted.Or(0)
	} else {
		out.DeletedBlue += b.Deleted.Or(0)
		out.BlueDepth = migration.Plus(out.BlueDepth, depth)
	}
	out.Depth = migration.Plus(out.Depth, depth)
	out.InFlight = migration.Plus(out.InFlight, b.Depth.NotVisible)
	out.Oldest = migration.Larger(out.Oldest, b.Depth.OldestAge)
	return state, final
}

// addDeadLetters adds what came into a dead-letter queue: SQS moves messages there, which counts as no sending, so that it is what
// is there at the end more than at the beginning, and what was deleted meanwhile.
func (r *reading) addDeadLetters(out *cutover.QueueMinute, q *migration.Queue, at int32, queues []migration.Queue,
) (cutover.Reading, bool) {
	b, state, final := r.bucket(q, at)
	if state == cutover.QueueDenied || state == cutover.QueueFailed {
		return state, final
	}
	next, nextState, nextFinal := r.bucket(q, at+1)
	final = final && nextFinal
	if nextState == cutover.QueueDenied || nextState == cutover.QueueFailed {
		return cutover.QueueAsleep, final // the next minute says so
	}
	before, ok1 := depthOf(b, state)
	after, ok2 := depthOf(next, nextState)
	if !ok1 || !ok2 {
		return cutover.QueueAsleep, final
	}
	came := after - before
	if b != nil {
		came += b.Deleted.Or(0) - b.Sent.Or(0)
	}
	came = max(came, 0) // what a person took out and sent again is no dead letter
	blue, green := deadLettersOf(queues, q)
	switch {
	case blue == green:
		out.DeadShared += came
	case green:
		out.DeadGreen += came
	default:
		out.DeadBlue += came
	}
	return cutover.QueueAsleep, final
}

// depthOf is how many messages are in a queue at the beginning of a minute: none in one that is asleep.
func depthOf(b *migration.QueueBucket, state cutover.Reading) (int64, bool) {
	if b == nil {
		return 0, state == cutover.QueueAsleep
	}
	return b.Depth.Messages().Get()
}

// deadLettersOf says whose messages SQS moves to a dead-letter queue. Of a queue whose redrive policy was not read, it is possible.
func deadLettersOf(queues []migration.Queue, dead *migration.Queue) (blue, green bool) {
	for i := range queues {
		q := &queues[i]
		if q.Role == migration.QueueDeadLetter || q.Scope != dead.Scope {
			continue
		}
		if name, ok := q.DeadLetterQueue.Get(); ok && name != dead.Name {
			continue
		}
		blue = blue || q.Role == migration.QueueBlue
		green = green || q.Role == migration.QueueGreen
	}
	return blue, green
}
