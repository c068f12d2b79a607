package cutover

import (
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Side is one of the two platforms of a move.
type Side uint8

// The sides: the work comes from blue and goes to green.
const (
	Blue Side = iota
	Green
)

// String is the side as [migration.Move.Fill] names its platform: sentences of this package are filled by the caller.
func (s Side) String() string { return [...]string{"{before}", "{after}"}[min(s, Green)] }

// Minute is what happened to one tenant in one minute, all its workloads together. A later copy with the same Start replaces
// an earlier one. Only what is final counts.
type Minute struct {
	Start time.Time // a full minute
	Blue  SideMinute
	Green SideMinute
	Queue QueueMinute
}

// side returns one side of the minute.
func (m *Minute) side(s Side) *SideMinute {
	if s == Blue {
		return &m.Blue
	}
	return &m.Green
}

// SideMinute is what one side did in a minute. A run counts in the minute in which it started, on both sides. Mind that a
// [migration.Activity] of Jobs counts them in the minute in which they finished.
type SideMinute struct {
	// Read is set where the side's source answered for this minute: a side that did nothing is read and has zeros, one
	// that could not be read is not. The rest has no meaning without it.
	Read bool
	// Final is set where late data cannot change the minute.
	Final bool

	// Runs counts runs as the platform counts them (invocations, Jobs), Failures those that failed for any reason,
	// timeouts included. Throttled requests are neither.
	Runs, Failures int64
	// Messages and FailedMessages count distinct messages, whatever the number of runs. Empty counts runs that found no
	// message.
	Messages, FailedMessages, Empty migration.Opt[int64]

	TimedOut  migration.Opt[int64] // runs that Timeout or activeDeadlineSeconds ended
	OOMKilled migration.Opt[int64] // attempts that were killed for memory
	ImagePull migration.Opt[int64] // runs that wait for an image that cannot be pulled
	Evicted   migration.Opt[int64] // attempts that were evicted
	Throttled migration.Opt[int64] // requests refused at a concurrency limit, which are retried
	Dropped   migration.Opt[int64] // given up uncounted: AsyncEventsDropped, Jobs that their TTL deleted before they were counted

	Duration migration.Distribution[time.Duration] // without start-up
	StartUp  migration.Distribution[time.Duration]

	TimeoutRatio migration.Opt[migration.Ratio] // the longest run over what would end it
	MemoryRatio  migration.Opt[migration.Ratio] // the highest peak over its limit
	Concurrency  migration.Opt[migration.Ratio] // the most concurrent runs over their limit

	Pending    migration.Opt[int64]         // runs that wait, at the end of the minute
	PendingP95 migration.Opt[time.Duration] // how long 95 % of them have waited at most

	LogLines migration.Opt[int64] // that arrived

	// Version names what ran: image and pod template, or the function's version. "" where it was not read, which is no
	// change.
	Version string
}

// Reading says how a queue's numbers are known.
type Reading uint8

// The ways to know them. The zero value is a tenant without queues.
const (
	NoQueue Reading = iota
	QueueRead
	QueueAsleep // SQS reports nothing of a queue that is idle for hours: all counts are 0
	QueueDenied // a permission is missing: nothing is known
	QueueFailed // the source did not answer: nothing is known
)

var readingNames = [...]string{"no queue", "read", "asleep", "denied", "not read"}

func (r Reading) String() string { return readingNames[min(int(r), len(readingNames)-1)] }

// QueueMinute is what the queues of a tenant did in a minute, all of them together.
type QueueMinute struct {
	State Reading
	Final bool
	// Sent counts messages sent to both queues, Received deliveries, redeliveries included, and Deleted messages that a
	// side processed.
	Sent, Received, DeletedBlue, DeletedGreen int64
	// Depth is the number of messages in both queues (visible, not visible and delayed), BlueDepth that of the blue queue
	// and InFlight those received and not deleted yet, all at the minute.
	Depth, BlueDepth, InFlight migration.Opt[int64]
	// Dead letters that came up in this minute, by the side they came from. Those of a dead-letter queue that both sides
	// share have no side.
	DeadBlue, DeadGreen, DeadShared int64
	// Oldest is the age of the oldest message.
	Oldest migration.Opt[time.Duration]
}

// Intake says how messages become runs on a side, from the configuration of an event source mapping or a Job. The zero value
// is unknown.
//
// What sources state decides. Lambda: the event source mappings of a function ([migration.EventSource]) give Batch and Partial,
// and a queue delivers again what failed, so that invocations are Retried. Jobs: those of a KEDA ScaledJob
// ([migration.RunMinute].Scaled) take one message each, or none; of others nothing is stated. Messages themselves are counted
// by SQS: Deleted of a side's queue has each message once, however often it was received.
type Intake struct {
	// Batch is the most messages that one run takes; 0 where it is unknown.
	Batch int
	// Partial is set where a run reports single messages as failed and succeeds itself (ReportBatchItemFailures).
	Partial bool
	// Retried is set where each retry of a message counts as a run of its own, as with asynchronous invocations and
	// redeliveries of a queue.
	Retried bool
	// MayBeEmpty is set where runs may find no message, as ScaledJobs do.
	MayBeEmpty bool
}
