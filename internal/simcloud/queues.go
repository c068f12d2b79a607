package simcloud

import (
	"time"

	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/simcloud/world"
)

var _ awsapi.QueueAccount = (*account)(nil)

// QueueNames names a queue of the story and its part in the cutover.
type QueueNames struct{ Name, Part, Tenant, Workload string }

// Queues are the queues that a configuration of the demo would name.
func (c *Cloud) Queues() []QueueNames {
	var out []QueueNames
	for _, q := range c.world.Queues() {
		out = append(out, QueueNames{q.Name, q.Part, q.Tenant, q.Workload})
	}
	return out
}

// Queues are the queues as they stand.
func (a *account) Queues(now time.Time) []awsapi.Queue {
	var out []awsapi.Queue
	for _, q := range a.world.Queues() {
		minute := now.Truncate(time.Minute)
		one := awsapi.Queue{Name: q.Name, Visibility: q.Visibility, Created: a.world.Epoch().Add(-90 * 24 * time.Hour)}
		if m := a.world.QueueMinutes(&q, minute, minute.Add(time.Minute)); len(m) > 0 {
			one.Visible, one.NotVisible = m[0].Visible, m[0].NotVisible
		}
		if q.Part != world.DeadLetters {
			one.DeadLetters, one.MaxReceive = q.Tenant+"-"+q.Workload+"-dlq", q.Receives
		}
		out = append(out, one)
	}
	return out
}

// queueMetrics are the metrics that SQS publishes of every queue.
var queueMetrics = map[string]struct {
	unit  string
	value func(*world.QueueMinute) float64
}{
	"NumberOfMessagesSent":                  {"Count", func(m *world.QueueMinute) float64 { return float64(m.Sent) }},
	"NumberOfMessagesReceived":              {"Count", func(m *world.QueueMinute) float64 { return float64(m.Received) }},
	"NumberOfMessagesDeleted":               {"Count", func(m *world.QueueMinute) float64 { return float64(m.Deleted) }},
	"ApproximateNumberOfMessagesVisible":    {"Count", func(m *world.QueueMinute) float64 { return float64(m.Visible) }},
	"ApproximateNumberOfMessagesNotVisible": {"Count", func(m *world.QueueMinute) float64 { return float64(m.NotVisible) }},
	"ApproximateNumberOfMessagesDelayed":    {"Count", func(*world.QueueMinute) float64 { return 0 }},
	"ApproximateAgeOfOldestMessage":         {"Seconds", func(m *world.QueueMinute) float64 { return m.Oldest.Seconds() }},
}

// queueSamples yields what each minute published of a queue.
func (a *account) queueSamples(q *world.Queue, metric string, from, to time.Time, yield func(awsapi.Sample) bool) {
	known, ok := queueMetrics[metric]
	if !ok {
		return
	}
	minutes := a.world.QueueMinutes(q, firstMinute(from), to.Add(time.Minute-1))
	for i := range minutes {
		if m := &minutes[i]; m.At.Before(to) && !yield(awsapi.Sample{At: m.At, Value: known.value(m)}) {
			return
		}
	}
}
