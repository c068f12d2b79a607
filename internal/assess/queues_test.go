package assess

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// builderOf has queues and their buckets, and a window of an hour that ends at now.
func builderOf(now time.Time, poll migration.QueuePoll) *builder {
	queues := timeseries.NewQueueStore()
	queues.Absorb(migration.Origin{Source: "sqs"}, poll)
	return &builder{Facts: &Facts{Window: time.Hour, Queues: &queues}, frame: timeseries.Windows{
		Now: now, ChartFrom: now.Add(-time.Hour),
		ChartStep: time.Minute, ChartLen: 60,
	}}
}

// Whatever becomes of messages: what was sent is deleted, in depth, dead or left
// over, and what is left over is exactly what was lost less what was deleted twice.
func TestMessagesAddUp(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		const minutes = 40
		start := now.Add(-minutes * time.Minute)
		queues := []migration.Queue{
			{Name: "b", Role: migration.QueueBlue, Tenant: "acme", Workload: "w"},
			{Name: "g", Role: migration.QueueGreen, Tenant: "acme", Workload: "w"},
			{Name: "d", Role: migration.QueueDeadLetter, Tenant: "acme", Workload: "w"},
		}
		type level struct{ sent, deleted, depth [minutes]int64 }
		var levels [3]level
		var lost, twice, dead int64
		for range rapid.IntRange(0, 60).Draw(t, "messages") {
			q := rapid.IntRange(0, 1).Draw(t, "queue")
			from := rapid.IntRange(0, minutes-2).Draw(t, "from")
			to := rapid.IntRange(from, minutes).Draw(t, "to") // at minutes it is still there
			levels[q].sent[from]++
			for m := from + 1; m < min(to+1, minutes); m++ {
				levels[q].depth[m]++
			}
			if to >= minutes-1 {
				continue
			}
			switch rapid.IntRange(0, 9).Draw(t, "fate") {
			case 0:
				lost++
			case 1:
				levels[q].deleted[to] += 2
				twice++
			case 2:
				for m := to + 1; m < minutes; m++ {
					levels[2].depth[m]++
				}
				dead++
			default:
				levels[q].deleted[to]++
			}
		}
		batch := migration.QueuePoll{Queues: queues}
		for i, q := range queues {
			for m := range minutes {
				batch.Buckets = append(batch.Buckets, migration.QueueBucket{
					Queue: q.Name, Start: start.Add(time.Duration(m) * time.Minute), Span: time.Minute, Final: true,
					Sent: migration.Some(levels[i].sent[m]), Deleted: migration.Some(levels[i].deleted[m]),
					Depth: migration.QueueDepth{
						Visible: migration.Some(levels[i].depth[m]), NotVisible: migration.Some[int64](0),
						Delayed: migration.Some[int64](0),
					},
				})
			}
		}
		b := builderOf(now, batch)
		flows := b.flows("acme")
		if len(flows) != 1 {
			t.Fatalf("%d flows", len(flows))
		}
		f := flows[0]
		if got, ok := f.Residual.Get(); !ok || got != lost-twice {
			t.Fatalf("residual %d, want %d lost less %d twice; %+v", got, lost, twice, f)
		}
		if got := f.DeadLetters.Or(-1); got != dead {
			t.Fatalf("dead letters %d, want %d", got, dead)
		}
	})
}

// Without a dead-letter queue dead letters cannot be distinguished from lost ones, which is
// said; a queue that is idle is empty; one of which nothing is known leaves
// everything unknown.
func TestFlowsOfWhatIsKnown(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	minute := func(queue string, m int, sent, deleted, depth int64) migration.QueueBucket {
		return migration.QueueBucket{
			Queue: queue, Start: now.Add(time.Duration(m-30) * time.Minute), Span: time.Minute,
			Sent: migration.Some(sent), Deleted: migration.Some(deleted),
			Depth: migration.QueueDepth{Visible: migration.Some(depth), NotVisible: migration.Some[int64](0), Delayed: migration.Some[int64](0)},
		}
	}
	blue := migration.Queue{Name: "b", Role: migration.QueueBlue, Tenant: "acme"}
	green := migration.Queue{Name: "g", Role: migration.QueueGreen, Tenant: "acme"}
	buckets := []migration.QueueBucket{minute("b", 0, 5, 0, 0), minute("b", 1, 5, 3, 5), minute("b", 2, 0, 0, 7)}
	f := builderOf(now, migration.QueuePoll{Queues: []migration.Queue{blue, green}, Buckets: buckets}).flows("acme")[0]
	if f.Residual.Known() || f.Sent.Known() {
		t.Errorf("the green queue has no data, and the flow is %+v", f)
	}
	green.Idle = true
	b := builderOf(now, migration.QueuePoll{Queues: []migration.Queue{blue, green}, Buckets: buckets})
	f = b.flows("acme")[0]
	if f.Sent.Or(-1) != 10 || f.DeletedBlue.Or(-1) != 3 || f.DepthChange.Or(-1) != 7 || f.Residual.Or(-1) != 0 || f.DeadLetters.Known() ||
		f.Evidence.Note == noteFlow {
		t.Errorf("with an idle green queue %+v", f)
	}
	if share, _ := f.RoutedShare.Value.Get(); share != 0 {
		t.Errorf("routed %v", share)
	}
	views := b.queueViews("acme")
	if len(views) != 2 || views[0].Sent.Or(-1) != 10 || views[1].Sent.Or(-1) != 0 || views[0].Deleted.Or(-1) != 3 {
		t.Errorf("views %+v", views)
	}
	if depth, ok := views[0].DepthSeries.At(32); !ok || depth != 7 {
		t.Errorf("depth drawn %v %v", depth, ok)
	}
}

// Queues of one name in two accounts are two, each reported by its own source, and what
// one source no longer tells of leaves the other's alone.
func TestQueuesOfOneName(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	poll := func(sent int64) migration.QueuePoll {
		b := migration.QueuePoll{Queues: []migration.Queue{{Name: "q", Tenant: "acme", Workload: "w", Role: migration.QueueBlue}}}
		for m := range 30 {
			b.Buckets = append(b.Buckets, migration.QueueBucket{
				Queue: "q", Start: now.Add(-time.Duration(m+1) * time.Minute), Span: time.Minute,
				Sent: migration.Some(sent), Deleted: migration.Some(sent), Depth: migration.QueueDepth{
					Visible: migration.Some(sent), NotVisible: migration.Some[int64](0), Delayed: migration.Some[int64](0),
				},
			})
		}
		return b
	}
	b := builderOf(now, migration.QueuePoll{})
	b.Queues.Absorb(migration.Origin{Source: "sqs a", Scope: "a"}, poll(1))
	b.Queues.Absorb(migration.Origin{Source: "sqs b", Scope: "b"}, poll(10))
	b.Health = []SourceHealth{
		{"sqs a", []migration.Health{{Source: "sqs", Scope: "a", FinalTo: now.Add(-5 * time.Minute)}}},
		{"sqs b", []migration.Health{{Source: "sqs", Scope: "b", FinalTo: now.Add(-15 * time.Minute)}}},
	}
	sent := map[string]int64{}
	for _, v := range b.queueViews("acme") {
		sent[v.Scope] = v.Sent.Or(-1)
	}
	if sent["a"] != 25 || sent["b"] != 150 { // each as far as its own account is final
		t.Errorf("sent %v", sent)
	}
	if f := b.flows("acme")[0]; f.Sent != migration.Some[int64](11*14) || f.Residual != migration.Some[int64](0) { // as far as both are
		t.Errorf("flow %+v", f)
	}
	b.Queues.Absorb(migration.Origin{Source: "sqs a", Scope: "a"}, migration.QueuePoll{Queues: []migration.Queue{}})
	if v := b.queueViews("acme"); len(v) != 1 || v[0].Scope != "b" || v[0].Sent != migration.Some[int64](150) {
		t.Errorf("after a is gone %+v", v)
	}
}
