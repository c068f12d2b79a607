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

// Queue is one queue of SQS that the configuration names, and how it stands.
type Queue struct {
	Name string `json:"name"`
	// Scope is the account and region that it was read in, "" where there is one:
	// queues of one name may be in several.
	Scope    string    `json:"scope,omitempty"`
	Role     QueueRole `json:"role"`
	Tenant   Tenant    `json:"tenant"`
	Workload Workload  `json:"workload"`
	// AttributedBy says how its tenant is known.
	AttributedBy Provenance `json:"attributed_by"`
	// Depth is how it stood at At. SQS's counts are approximate.
	Depth QueueDepth `json:"depth"`
	At    time.Time  `json:"at"` // zero where nothing is known yet
	// Live is set where Depth was asked of SQS itself, not of CloudWatch, which
	// is minutes behind.
	Live bool `json:"live"`
	// Idle is set where the queue has told nothing for six hours: nobody sent
	// to it, received from it or deleted in it, and it is empty.
	// Source: Amazon SQS developer guide, "Available CloudWatch metrics".
	Idle bool `json:"idle"`
}

// QueueDepth is how many messages are in a queue, and for how long.
type QueueDepth struct {
	Visible    Opt[int64]         `json:"visible"`     // waiting to be received
	NotVisible Opt[int64]         `json:"not_visible"` // received, not deleted yet
	Delayed    Opt[int64]         `json:"delayed"`     // not to be received yet
	OldestAge  Opt[time.Duration] `json:"oldest_age_ns"`
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

// QueueBucket is what happened to a queue in a stretch of time. A stretch of
// which SQS told nothing has none: absent is not zero. A later one of the same
// queue, scope, start and span replaces the earlier one.
type QueueBucket struct {
	Queue string
	Scope string        // of the queue
	Start time.Time     // aligned to Span
	Span  time.Duration // a minute, or a quarter of an hour for older history
	Final bool          // late data may no longer change it
	// Counts of the stretch. Received counts a message again when it is
	// delivered again; Deleted counts each once. Messages that SQS itself moves
	// to a dead-letter queue count under neither Sent nor Deleted.
	Sent, Received, Deleted Opt[int64]
	// Depth has the greatest of the stretch. In a minute that is all there is:
	// SQS tells each number once a minute.
	Depth QueueDepth
}

// QueueView is one queue of a tenant, over the window.
type QueueView struct {
	Queue
	Sent     Opt[int64] `json:"sent"`
	Received Opt[int64] `json:"received"`
	Deleted  Opt[int64] `json:"deleted"`
	Evidence Provenance `json:"evidence"` // of the counts
	// DepthSeries is the greatest number of messages in each step, SentSeries
	// and DeletedSeries count.
	DepthSeries   Series `json:"depth_series"`
	SentSeries    Series `json:"sent_series"`
	DeletedSeries Series `json:"deleted_series"`
}

// QueueFlow is what became of the messages of one workload of a tenant, or of all
// its workloads: what was sent was deleted on one of the sides, is still there, or
// is dead. What is left over was lost where it is positive, and processed twice
// where it is negative.
type QueueFlow struct {
	Workload Workload `json:"workload"`
	// From and To enclose the final minutes that are counted: the longest
	// stretch of the window of which every queue's depth is known at both ends.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`

	Sent         Opt[int64] `json:"sent"`
	DeletedBlue  Opt[int64] `json:"deleted_blue"`
	DeletedGreen Opt[int64] `json:"deleted_green"`
	DepthChange  Opt[int64] `json:"depth_change"` // of the blue and the green queues
	DeadLetters  Opt[int64] `json:"dead_letters"` // that came to be in it
	Residual     Opt[int64] `json:"residual"`
	// RoutedShare is the part of what was deleted that Jobs worked off.
	RoutedShare Figure[Ratio] `json:"routed_share"`
	Evidence    Provenance    `json:"evidence"`
	// Severity says which of these figures need attention.
	Severity FlowSeverities `json:"severity"`
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
