package sqs

import (
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// epoch is when tests begin: twenty past an hour.
var epoch = time.Date(2026, 3, 10, 12, 20, 20, 0, time.UTC)

// account has queues that are sent three messages a minute, of which two are
// deleted, and hold as many as minutes have passed in the hour.
type account struct {
	awsapi.Fixed
	names []string
	// wakes is the time from which a queue has data; zero means always.
	wakes map[string]time.Time
}

func newAccount(names ...string) *account {
	return &account{Fixed: awsapi.Fixed{Number: "123456789012"}, names: names, wakes: map[string]time.Time{}}
}

func (a *account) Queues(now time.Time) []awsapi.Queue {
	var out []awsapi.Queue
	for _, name := range a.names {
		out = append(out, awsapi.Queue{Name: name, Visible: int64(now.Minute()) + 1000, NotVisible: 7})
	}
	return out
}

func (a *account) Metrics(time.Time) []awsapi.Metric {
	var out []awsapi.Metric
	for _, queue := range a.names {
		for _, name := range metricNames {
			out = append(out, awsapi.Metric{Namespace: "AWS/SQS", Name: name, Dimensions: []awsapi.Dimension{{Name: "QueueName", Value: queue}}})
		}
	}
	return out
}

func (a *account) Samples(m awsapi.Metric, from, to time.Time) iter.Seq[awsapi.Sample] {
	return func(yield func(awsapi.Sample) bool) {
		for at := awspoll.Ceil(from, time.Minute); at.Before(to); at = at.Add(time.Minute) {
			if at.Before(a.wakes[m.Dimensions[0].Value]) {
				continue
			}
			value := map[string]float64{
				metricNames[sent]: 3, metricNames[received]: 4, metricNames[deleted]: 2,
				metricNames[visible]: float64(at.Minute()), metricNames[notVisible]: 5, metricNames[delayed]: 0, metricNames[oldest]: 90,
			}[m.Name]
			if !yield(awsapi.Sample{At: at, Value: value}) {
				return
			}
		}
	}
}

type rig struct {
	*Source
	server *awsapi.Server
	clock  *awsaccesstest.Hand
}

func newRig(t testing.TB, a awsapi.Account, settings Settings) *rig {
	t.Helper()
	r := &rig{}
	r.Source, r.server, r.clock = awsaccesstest.Open(t, a, epoch, func(access *awsaccess.Config, clock *awsaccesstest.Hand) (*Source, error) {
		settings.Clock, settings.Timeout = clock, 10*time.Minute
		return New(access, settings)
	})
	return r
}

func named(names ...string) Settings {
	var s Settings
	for _, name := range names {
		tenant, workload, _ := strings.Cut(name, "-")
		s.Queues = append(s.Queues, Queue{
			Name: name, Role: migration.QueueBlue, Tenant: migration.Tenant(tenant),
			Workload: migration.Workload(workload),
		})
	}
	return s
}

func some(n int64) migration.Opt[int64] { return migration.Some(n) }

var comparable = cmp.AllowUnexported(migration.Opt[int64]{}, migration.Opt[time.Duration]{})

// A queue has buckets of a minute, older buckets of a quarter of an hour, and a current state.
func TestBuckets(t *testing.T) {
	r := newRig(t, newAccount("acme-events"), named("acme-events"))
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	byStart := map[time.Time]migration.QueueBucket{}
	for _, b := range queuesOf(batch).Buckets {
		byStart[b.Start] = b
	}
	at := epoch.Truncate(time.Minute).Add(-10 * time.Minute)
	want := migration.QueueBucket{
		Queue: "acme-events", Start: at, Span: time.Minute, Final: true, Sent: some(3), Received: some(4), Deleted: some(2),
		Depth: migration.QueueDepth{Visible: some(10), NotVisible: some(5), Delayed: some(0), OldestAge: migration.Some(90 * time.Second)},
	}
	if diff := cmp.Diff(want, byStart[at], comparable); diff != "" {
		t.Errorf("minute (-want +got):\n%s", diff)
	}
	past := time.Date(2026, 3, 10, 3, 15, 0, 0, time.UTC)
	want.Start, want.Span, want.Sent, want.Received, want.Deleted, want.Depth.Visible = past, 15*time.Minute, some(45), some(60),
		some(30), some(29)
	if diff := cmp.Diff(want, byStart[past], comparable); diff != "" {
		t.Errorf("quarter (-want +got):\n%s", diff)
	}
	// CloudWatch is two minutes behind: the minute that began at 12:18 is the last.
	q := queuesOf(batch).Queues[0]
	if q.Depth.Visible != some(18) || q.Live || q.Idle || !q.At.Equal(time.Date(2026, 3, 10, 12, 18, 0, 0, time.UTC)) {
		t.Errorf("queue = %+v", q)
	}
	if last := byStart[q.At]; last.Final {
		t.Error("the newest minute is final")
	}
	h := awsaccesstest.Health(t, batch, "sqs")
	if h.State != migration.HealthOK || h.Objects != 1 || !h.DataTo.Equal(q.At) {
		t.Errorf("health = %+v", h)
	}
	// The next poll repairs what may have changed, and asks no history again.
	r.clock.Advance(5 * time.Minute)
	batch, err = r.Poll(t.Context(), sources.Focus{})
	if err != nil || len(queuesOf(batch).Buckets) != 9 {
		t.Errorf("%d buckets in the second poll, %v", len(queuesOf(batch).Buckets), err)
	}
}

// SQS provides the current state of the open tenant's queues.
func TestLiveOfTheOpenTenant(t *testing.T) {
	r := newRig(t, newAccount("acme-events", "globex-events"), named("acme-events", "globex-events", "acme-gone"))
	batch, err := r.Poll(t.Context(), sources.Focus{Open: true, Tenant: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range queuesOf(batch).Queues {
		live := q.Name == "acme-events"
		if q.Live != live || (live && (q.Depth.Visible != some(1020) || q.Depth.NotVisible != some(7) || !q.At.Equal(epoch))) {
			t.Errorf("%s = %+v", q.Name, q)
		}
	}
	if h := awsaccesstest.Health(t, batch, "sqs"); h.Errors != 0 || !strings.Contains(h.Note, "SQS does not know acme-gone") {
		t.Errorf("health = %+v", h)
	}
	if n := r.server.Calls("sqs:GetQueueUrl"); n != 3 {
		t.Errorf("%d calls of GetQueueUrl", n)
	}
	r.clock.Advance(time.Minute)
	if _, err := r.Poll(t.Context(), sources.Focus{Open: true, Tenant: "acme"}); err != nil {
		t.Fatal(err)
	}
	if a, b := r.server.Calls("sqs:GetQueueUrl"), r.server.Calls("sqs:GetQueueAttributes"); a != 3 || b != 3 {
		t.Errorf("after two polls %d of GetQueueUrl, %d of GetQueueAttributes", a, b)
	}
}

// A queue without messages for six hours is idle and rarely queried. When messages arrive again, they are counted,
// although late.
func TestIdleQueueWakes(t *testing.T) {
	a := newAccount("acme-events")
	woke := epoch.Truncate(time.Minute).Add(10 * time.Minute)
	a.wakes["acme-events"] = woke
	r := newRig(t, a, named("acme-events"))
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	if q := queuesOf(batch).Queues[0]; !q.Idle || q.Depth.Visible.Known() || len(queuesOf(batch).Buckets) != 0 {
		t.Fatalf("queue = %+v", q)
	}
	polls := int64(0)
	have := map[time.Time]bool{}
	before := r.server.Billed().Requests
	for range 30 {
		r.clock.Advance(time.Minute)
		batch, err := r.Poll(t.Context(), sources.Focus{Open: true, Tenant: "acme"})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range queuesOf(batch).Buckets {
			have[b.Start] = true
		}
		if queuesOf(batch).Queues[0].Idle {
			polls = r.server.Billed().Requests - before
		}
	}
	if polls > 2 {
		t.Errorf("%d requests about an idle queue", polls)
	}
	for at := woke; at.Before(epoch.Add(25 * time.Minute)); at = at.Add(time.Minute) {
		if !have[at] {
			t.Errorf("no bucket of %v", at)
		}
	}
}

// Patterns find hundreds of queues by name in as few requests as possible.
func TestPatterns(t *testing.T) {
	var names []string
	for i := range 1200 {
		names = append(names, fmt.Sprintf("t%04d-events", i))
	}
	names = append(names, "t0000-other", "unrelated")
	r := newRig(t, newAccount(names...), Settings{
		History: -1,
		Patterns: []Pattern{{Prefix: "t", Role: migration.QueueGreen, Match: func(name string) (migration.Attribution, bool) {
			tenant, ok := strings.CutSuffix(name, "-events")
			return migration.Attribution{Tenant: migration.Tenant(tenant), Workload: "events"}, ok
		}}},
	})
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(queuesOf(batch).Queues); n != 1200 || queuesOf(batch).Queues[7].Tenant != "t0007" ||
		queuesOf(batch).Queues[7].Role != migration.QueueGreen {
		t.Errorf("%d queues, %+v", n, queuesOf(batch).Queues[7])
	}
	if n := r.server.Calls("sqs:ListQueues"); n != 2 {
		t.Errorf("%d calls of ListQueues", n)
	}
	// Seven metrics fit 71 times into 500 queries.
	billed := r.server.Billed()
	if want := int64(17); billed.Requests != want {
		t.Errorf("%d requests, want %d", billed.Requests, want)
	}
	if batch.AskedLow != billed.Low || batch.AskedHigh != billed.High || billed.Low != 8400 {
		t.Errorf("counted %d to %d, billed %+v", batch.AskedLow, batch.AskedHigh, billed)
	}
}

// Every way in which AWS can fail is said, and passes.
func TestTroubleAndRecovery(t *testing.T) {
	troubles := awsaccesstest.Troubles("SQS", "ListQueues", "InvalidClientTokenId",
		awsaccesstest.Denied("cloudwatch:GetMetricData", migration.HealthFailed, true),
		awsaccesstest.Denied("sqs:GetQueueAttributes", migration.HealthDegraded, false),
		awsaccesstest.Denied("sqs:ListQueues", migration.HealthDegraded, false))
	awsaccesstest.Suffer(t, "sqs", troubles, sources.Focus{Open: true, Tenant: "acme"}, time.Hour, func(t *testing.T) awsaccesstest.Rig {
		s := named("acme-events")
		s.Patterns = []Pattern{{Role: migration.QueueDeadLetter, Match: func(string) (migration.Attribution, bool) {
			return migration.Attribution{}, false
		}}}
		r := newRig(t, newAccount("acme-events"), s)
		return awsaccesstest.Rig{Source: r.Source, Server: r.server, Clock: r.clock}
	}, nil, nil)
}

// Late data and answers in parts repair themselves.
func TestLateAndPartial(t *testing.T) {
	r := newRig(t, newAccount("acme-events"), named("acme-events"))
	r.server.SetFaults(awsapi.Faults{Late: true, Partial: true})
	r.clock.Advance(10 * time.Minute)
	have := map[time.Time]migration.QueueBucket{}
	for range 12 {
		batch, err := r.Poll(t.Context(), sources.Focus{Open: true, Tenant: "acme"})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range queuesOf(batch).Buckets {
			have[b.Start] = b
		}
		r.clock.Advance(time.Minute)
	}
	for at := epoch.Truncate(time.Minute).Add(-time.Hour); at.Before(epoch.Add(15 * time.Minute)); at = at.Add(time.Minute) {
		if b := have[at]; b.Sent != some(3) || b.Depth.Visible != some(int64(at.Minute())) {
			t.Errorf("%v: %+v", at, b)
		}
	}
}

// Nothing listens there.
func TestNothingListens(t *testing.T) {
	address := awsaccesstest.NobodyThere(t)
	access, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options("http://"+address))
	if err != nil {
		t.Fatal(err)
	}
	source, err := New(access, named("acme-events"))
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	_, err = source.Poll(t.Context(), sources.Focus{})
	if got, want := awsaccesstest.ProblemOf(t, err).What, "cannot reach CloudWatch at "+address+": connection refused"; got != want {
		t.Errorf("what = %q, want %q", got, want)
	}
}

// queuesOf is what a batch says of queues.
func queuesOf(b migration.Batch) migration.QueuePoll {
	return migration.PayloadOf[migration.QueuePoll](b)
}
