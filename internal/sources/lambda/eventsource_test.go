package lambda

import (
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
	"github.com/migtop/migtop/internal/sources/simcloud/awsapi"
)

// What feeds a function is asked of the open tenant alone, and seldom; where it may
// not be asked, that is said and the rest goes on.
func TestEventSources(t *testing.T) {
	account := newFleet(3)
	const queue = "arn:aws:sqs:eu-west-1:123456789012:orders"
	account.list[1].Detail = &awsapi.Detail{Mappings: []awsapi.Mapping{{UUID: "u1", Source: queue, BatchSize: 7}}}
	r := newRig(t, account, func(s *Settings) { s.History = -1 })
	calls := func() int64 { return r.server.Calls("lambda:ListEventSourceMappings") }
	if _, err := r.Poll(t.Context(), sources.Focus{}); err != nil || calls() != 0 {
		t.Fatalf("%d calls with no page open, %v", calls(), err)
	}
	focus := sources.Focus{Open: true, Tenant: "t00001"}
	var known []migration.Function
	for range 10 {
		r.clock.Advance(time.Minute)
		batch, err := r.Poll(t.Context(), focus)
		if err != nil {
			t.Fatal(err)
		}
		if batch.Functions != nil {
			known = batch.Functions
		}
	}
	if calls() != 1 {
		t.Errorf("%d calls in ten minutes", calls())
	}
	for _, f := range known {
		found, ok := f.EventSources.Get()
		if ok != (f.Name == "work-t00001") {
			t.Errorf("%s: known %v", f.Name, ok)
		}
		if ok && (len(found) != 1 || found[0].ARN != queue || found[0].BatchSize != 7 || !found[0].Enabled) {
			t.Errorf("event sources %+v", found)
		}
	}
	r.server.SetFaults(awsapi.Faults{Denied: []string{"lambda:ListEventSourceMappings"}})
	r.clock.Advance(time.Minute)
	batch, err := r.Poll(t.Context(), sources.Focus{Open: true, Tenant: "t00002"})
	h := awsaccesstest.Health(t, batch, "lambda")
	if err != nil || len(batch.Activities) == 0 || h.State != migration.HealthDegraded || !strings.Contains(h.Problem.Snippet, "lambda:ListEventSourceMappings") {
		t.Errorf("not permitted: %v, %d activities, %+v", err, len(batch.Activities), h)
	}
}
