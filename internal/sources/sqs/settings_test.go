package sqs

import (
	"context"
	"strings"
	"testing"
	"time"

	sqsapi "github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

// setUp are queues that are set up in one way each.
type setUp struct {
	*account
	change func(*awsapi.Queue)
}

func (a *setUp) Queues(now time.Time) []awsapi.Queue {
	out := a.account.Queues(now)
	for i := range out {
		a.change(&out[i])
	}
	return out
}

// How queues are set up is read for all tenants, once an hour, without a metric.
func TestSettings(t *testing.T) {
	a := &setUp{newAccount("acme-blue", "acme-green.fifo", "acme-dlq", "globex-blue"), func(q *awsapi.Queue) {
		if strings.HasPrefix(q.Name, "acme") {
			q.Visibility, q.DeadLetters, q.MaxReceive = 6*time.Minute, "acme-dlq", 4
		}
	}}
	s := named(append(a.names, "hooli-gone")...)
	s.Queues[2].Role = migration.QueueDeadLetter
	r := newRig(t, a, s)
	type view struct {
		FIFO        bool
		Visibility  migration.Opt[time.Duration]
		DeadLetters migration.Opt[string]
		MaxReceives migration.Opt[int64]
	}
	var first map[string]view
	for range 50 {
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]view{}
		for _, q := range queuesOf(batch).Queues {
			got[q.Name] = view{q.FIFO, q.Visibility, q.DeadLetterQueue, q.MaxReceives}
			if q.Live {
				t.Errorf("%s is live: its page is not open", q.Name)
			}
		}
		if first == nil {
			first = got
		}
		r.clock.Advance(time.Minute)
	}
	six, thirty := migration.Some(6*time.Minute), migration.Some(30*time.Second)
	want := map[string]view{
		"acme-blue":       {false, six, migration.Some("acme-dlq"), some(4)},
		"acme-green.fifo": {true, six, migration.Some("acme-dlq"), some(4)},
		"acme-dlq":        {}, // nobody works it off
		"globex-blue":     {false, thirty, migration.Some(""), migration.None[int64]()},
		"hooli-gone":      {},
	}
	if diff := cmp.Diff(want, first, comparable, cmp.AllowUnexported(migration.Opt[string]{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := r.server.Calls("sqs:GetQueueAttributes"); n != 3 {
		t.Errorf("%d calls within an hour, want one a queue", n)
	}
	r.clock.Advance(time.Hour)
	if _, err := r.Poll(t.Context(), sources.Focus{}); err != nil || r.server.Calls("sqs:GetQueueAttributes") != 6 {
		t.Errorf("%d calls after an hour, %v", r.server.Calls("sqs:GetQueueAttributes"), err)
	}
	if _, err := r.Poll(t.Context(), sources.Focus{Away: true}); err != nil || r.server.Calls("sqs:GetQueueAttributes") != 6 {
		t.Errorf("asked while nobody looks: %v", err)
	}
}

// A hundred queues are not asked about all at once.
func TestSettingsOfMany(t *testing.T) {
	var names []string
	for i := range 45 {
		names = append(names, "t"+strings.Repeat("x", i)+"-blue")
	}
	r := newRig(t, newAccount(names...), named(names...))
	for _, want := range []int64{20, 40, 45, 45} {
		if _, err := r.Poll(t.Context(), sources.Focus{}); err != nil {
			t.Fatal(err)
		}
		if n := r.server.Calls("sqs:GetQueueAttributes"); n != want {
			t.Errorf("%d calls, want %d", n, want)
		}
		r.clock.Advance(time.Minute)
	}
}

// Without permission the settings are unknown, which is noted, and nothing else is worse for it.
func TestSettingsDenied(t *testing.T) {
	r := newRig(t, newAccount("acme-blue"), named("acme-blue"))
	r.server.SetFaults(awsapi.Faults{Denied: []string{"sqs:GetQueueAttributes"}})
	for range 3 {
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		q, h := queuesOf(batch).Queues[0], awsaccesstest.Health(t, batch, "sqs")
		if q.Visibility.Known() || q.DeadLetterQueue.Known() || h.State != migration.HealthOK ||
			!strings.Contains(h.Note, "sqs:GetQueueAttributes is not permitted") {
			t.Errorf("%+v, %+v", q, h)
		}
		r.clock.Advance(time.Minute)
	}
	if n := r.server.Calls("sqs:GetQueueAttributes"); n != 1 {
		t.Errorf("%d calls", n)
	}
}

// What SQS says in odd ways is read, or unknown.
func TestOddSettings(t *testing.T) {
	none := migration.None[string]()
	for name, test := range map[string]struct {
		attributes map[string]string
		want       settings
	}{
		"nothing": {nil, settings{}},
		"a count as text": {
			map[string]string{
				"VisibilityTimeout": "0", "RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:1:d","maxReceiveCount":"3"}`,
			},
			settings{migration.Some(time.Duration(0)), migration.Some("d"), some(3)},
		},
		"a policy that is none": {
			map[string]string{"VisibilityTimeout": "30", "RedrivePolicy": "x"},
			settings{visibility: migration.Some(30 * time.Second), deadLetters: none},
		},
		"a count that cannot be": {
			map[string]string{"VisibilityTimeout": "30", "RedrivePolicy": `{"deadLetterTargetArn":"d","maxReceiveCount":-3}`},
			settings{visibility: migration.Some(30 * time.Second), deadLetters: migration.Some("d")},
		},
		"a time that cannot be": {map[string]string{"VisibilityTimeout": "-1"}, settings{}},
	} {
		if got := settingsIn(test.attributes); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

// The simulated SQS refuses a question for FifoQueue about a standard queue, as SQS does: the name says it.
func TestFIFOIsInTheName(t *testing.T) {
	r := newRig(t, newAccount("acme-blue", "acme-green.fifo"), named("acme-blue"))
	if _, err := r.Poll(t.Context(), sources.Focus{Open: true, Tenant: "acme"}); err != nil {
		t.Fatal(err)
	}
	ask := func(ctx context.Context, name string) error {
		url := strings.Replace(r.queues["acme-blue"].URL, "acme-blue", name, 1)
		_, err := r.api.GetQueueAttributes(ctx, &sqsapi.GetQueueAttributesInput{
			QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameFifoQueue},
		})
		return err
	}
	if err := ask(t.Context(), "acme-blue"); err == nil {
		t.Error("a standard queue says that it is FIFO")
	}
	if err := ask(t.Context(), "acme-green.fifo"); err != nil {
		t.Error(err)
	}
}
