package migration

import "time"

// QueueRole is the part of a queue in a cutover.
type QueueRole uint8

// The parts. Events are sent to the blue queue or to the green one, and what
// cannot be processed ends in a dead-letter queue.
const (
	QueueBlue       QueueRole = iota + 1 // Lambda works it off
	QueueGreen                           // Jobs are made of its messages
	QueueDeadLetter                      // of either side
)

var queueRoleNames = [...]string{"unknown", "blue", "green", "dead-letter"}

func (r QueueRole) String() string { return queueRoleNames[min(int(r), len(queueRoleNames)-1)] }

// MarshalText encodes the role by name.
func (r QueueRole) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// ParseQueueRole reads a name written by String.
func ParseQueueRole(name string) (QueueRole, bool) {
	for r := QueueBlue; r <= QueueDeadLetter; r++ {
		if r.String() == name {
			return r, true
		}
	}
	return 0, false
}

// Queue is the state of one SQS queue that the configuration names.
type Queue struct {
	// The name of the queue.
	Name string `wire:"name"`
	// The account and region that it is in, where several are read: queues of one name may be in
	// several. Null otherwise.
	Scope string `wire:"scope,null"`
	// Its part in the cutover: Lambda processes the blue queue, Jobs process the green one, and messages
	// that cannot be processed end in the dead-letter queue.
	Role   QueueRole `wire:"role"`
	Tenant Tenant
	// The workload whose messages the queue carries.
	Workload Workload `wire:"workload,null"`
	// How the tenant is known.
	AttributedBy Provenance `wire:"attributed_by"`
	// Depth is how it stood at At. SQS's counts are approximate.
	Depth QueueDepth
	At    time.Time // zero where nothing is known yet
	// Live is set if Depth is from SQS and not from CloudWatch, which is minutes late.
	Live bool
	// Idle is set where nothing was sent to the queue, received from it or deleted in it for six
	// hours, and it is empty. Source: Amazon SQS developer guide, "Available CloudWatch metrics".
	Idle bool
	// It is a FIFO queue: messages of one group are delivered in order.
	FIFO bool `wire:"fifo"`
	// How long a message that was received is hidden from other consumers. Null, like the following fields, where it was not
	// read.
	Visibility Opt[time.Duration] `wire:"visibility_timeout_seconds"`
	// The dead-letter queue that SQS moves its messages to, "" for none.
	DeadLetterQueue Opt[string] `wire:"dead_letter_queue"`
	// How often a message is received before it becomes a dead letter.
	MaxReceives Opt[int64] `wire:"max_receive_count"`
}

// SharesDeadLetters reports whether both queues have the same dead-letter queue: a dead letter in it has no side then. Unknown
// where the settings of one were not read. SQS keeps a dead-letter queue in the account and region of its queues.
func (q *Queue) SharesDeadLetters(o *Queue) Opt[bool] {
	return Join(q.DeadLetterQueue, o.DeadLetterQueue, func(a, b string) bool { return a != "" && a == b && q.Scope == o.Scope })
}

// QueuePoll is the [Payload] of queues.
type QueuePoll struct {
	// Queues replace what the source listed before; nil leaves it. The engine sets their Scope.
	Queues []Queue
	// Buckets are of these queues, or of queues that the source listed before. A later copy of a
	// bucket replaces the earlier one.
	Buckets []QueueBucket
}

// Feature is "queues".
func (QueuePoll) Feature() string { return "queues" }

// QueueDepth is how many messages are in a queue, and for how long.
type QueueDepth struct {
	Visible    Opt[int64] // waiting to be received
	NotVisible Opt[int64] // received, not deleted yet
	Delayed    Opt[int64] // not to be received yet
	OldestAge  Opt[time.Duration]
}

// Messages is how many there are in all; unknown where a part is.
func (d *QueueDepth) Messages() Opt[int64] {
	visible, ok1 := d.Visible.Get()
	notVisible, ok2 := d.NotVisible.Get()
	delayed, ok3 := d.Delayed.Get()
	if !ok1 || !ok2 || !ok3 {
		return None[int64]()
	}
	return Some(visible + notVisible + delayed)
}

// QueueBucket holds the metrics of a queue in a time range. A time range without data from SQS has none: absent is not
// zero. A later one with the same queue, start and span replaces the earlier one.
type QueueBucket struct {
	Queue string        // the name of the queue
	Start time.Time     // aligned to Span
	Span  time.Duration // a minute, or a quarter of an hour for older history
	Final bool          // late data may no longer change it
	// Counts of the time range. Received counts each delivery of a message; Deleted counts each message once. Messages that
	// SQS moves to a dead-letter queue count under neither Sent nor Deleted.
	Sent, Received, Deleted Opt[int64]
	// Depth has the maximum of the time range. In a minute there is only one value: SQS reports each number once a minute.
	Depth QueueDepth
}

// QueueView is a queue of SQS that the configuration names, over the window.
type QueueView struct {
	Queue `wire:",inline"`
	// The messages sent to it. What SQS itself moves to a dead-letter queue does not count.
	Sent Opt[int64] `wire:"sent"`
	// The messages received. A redelivery counts again.
	Received Opt[int64] `wire:"received"`
	// The messages deleted, which means processed.
	Deleted Opt[int64] `wire:"deleted"`
	// How the counts are known.
	Evidence Provenance `wire:"counts_evidence"`
	// The messages that wait to be received, at depth_at.
	_ derived `wire:"visible,from=Depth.Visible"`
	// The messages received and not deleted yet.
	_ derived `wire:"not_visible,from=Depth.NotVisible"`
	// The messages that may not be received yet.
	_ derived `wire:"delayed,from=Depth.Delayed"`
	// The age of the oldest message.
	_ derived `wire:"oldest_age_seconds,from=Depth.OldestAge"`
	// The time of the depth. Null where it is not known yet.
	_ derived `wire:"depth_at,from=At"`
	// The depth was requested from SQS itself, not from CloudWatch, which is minutes behind.
	_ derived `wire:"live,from=Live"`
	// Nothing was sent, received or deleted for six hours, and the queue is empty.
	_ derived `wire:"idle,from=Idle"`

	DepthSeries   Series `wire:"depth_series"`   // The largest number of messages in each step.
	SentSeries    Series `wire:"sent_series"`    // The messages sent in each step.
	DeletedSeries Series `wire:"deleted_series"` // The messages deleted in each step.
}

// QueueFlow is what became of the messages of one workload of a tenant, or of all its
// workloads: sent = deleted_blue + deleted_green + depth_change + dead_letters + residual.
type QueueFlow struct {
	// The workload. Null for all.
	Workload Workload `wire:"workload,null"`
	// The beginning of the final minutes that are counted: the longest part of the window with a known
	// depth of every queue at both ends. Null where there is none.
	From time.Time `wire:"from"`
	// The end of these minutes.
	To time.Time `wire:"to"`

	// The messages sent to the blue and the green queues.
	Sent Opt[int64] `wire:"sent"`
	// The messages that Lambda processed.
	DeletedBlue Opt[int64] `wire:"deleted_blue"`
	// The messages that Jobs processed.
	DeletedGreen Opt[int64] `wire:"deleted_green"`
	// The messages in the blue and the green queues at the end, less those at the beginning.
	DepthChange Opt[int64] `wire:"depth_change,signed"`
	// The messages that became dead letters. Null also without a dead-letter queue.
	DeadLetters Opt[int64] `wire:"dead_letters,signed"`
	// What is left over: lost above 0, processed twice below 0.
	Residual Opt[int64] `wire:"residual,signed"`
	// The share of the deleted messages that Jobs processed.
	RoutedShare Figure[Ratio] `wire:"routed_ratio"`
	// How the counts are known.
	Evidence Provenance `wire:"evidence"`
	// Which of these figures need attention.
	Severity FlowSeverities `wire:"severity"`
}

// Add adds a later bucket of the same queue up: counts are sums, depths the
// greatest, and final is what all are.
func (b *QueueBucket) Add(c *QueueBucket) {
	sum := func(x, y Opt[int64]) Opt[int64] {
		if !x.Known() && !y.Known() {
			return x
		}
		return Some(x.Or(0) + y.Or(0))
	}
	b.Sent, b.Received, b.Deleted = sum(b.Sent, c.Sent), sum(b.Received, c.Received), sum(b.Deleted, c.Deleted)
	b.Depth.Visible, b.Depth.NotVisible = Larger(b.Depth.Visible, c.Depth.Visible), Larger(b.Depth.NotVisible, c.Depth.NotVisible)
	b.Depth.Delayed, b.Depth.OldestAge = Larger(b.Depth.Delayed, c.Depth.Delayed), Larger(b.Depth.OldestAge, c.Depth.OldestAge)
	b.Final = b.Final && c.Final
}
