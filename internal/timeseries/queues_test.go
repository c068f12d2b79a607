package timeseries

import (
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Minutes are folded into quarters of an hour that count the same, and a minute
// that comes late changes neither them nor what is finer.
func TestQueueBucketsAge(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	var poll migration.QueuePoll
	poll.Queues = []migration.Queue{{Name: "q"}}
	for m := range 6 * 60 {
		poll.Buckets = append(poll.Buckets, migration.QueueBucket{
			Queue: "q", Start: now.Add(-time.Duration(m+1) * time.Minute), Span: time.Minute, Sent: migration.Some[int64](1),
			Depth: migration.QueueDepth{Visible: migration.Some(int64(m % 15))},
		})
	}
	s, sqs := NewQueueStore(), migration.Origin{Source: "sqs"}
	s.Absorb(sqs, poll)
	s.Age(now)
	s.Absorb(sqs, poll) // again, and late
	var sent int64
	for _, b := range s.Within(&poll.Queues[0], now.Add(-7*time.Hour), now) {
		sent += b.Sent.Or(0)
		if b.Span == CoarseSpan && (b.Sent.Or(0) != 15 || b.Depth.Visible.Or(0) != 14) {
			t.Errorf("quarter %+v", b)
		}
	}
	if n := len(s.buckets[queueID{name: "q"}]); sent != 360 || n != 4*60+2*4 {
		t.Errorf("%d sent in %d buckets", sent, n)
	}
	s.Absorb(sqs, migration.QueuePoll{Queues: []migration.Queue{}})
	if len(s.buckets) != 0 {
		t.Error("buckets of a queue that is gone")
	}
}
