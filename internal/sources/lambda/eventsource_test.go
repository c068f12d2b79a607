package lambda

import (
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
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
	if err != nil || len(batch.Activities) == 0 || h.State != migration.HealthDegraded ||
		!strings.Contains(h.Problem.Snippet, "lambda:ListEventSourceMappings") {
		t.Errorf("not permitted: %v, %d activities, %+v", err, len(batch.Activities), h)
	}
}

// What calls an alias belongs to the page of its tenant, not to that of the function.
func TestEventSourcesOfAliases(t *testing.T) {
	account := newAliased()
	account.list[0].Detail.Mappings = []awsapi.Mapping{
		{UUID: "u1", Source: "arn:aws:sqs:eu-west-1:123456789012:acme", Qualifier: "acme", BatchSize: 1},
		{UUID: "u2", Source: "arn:aws:sqs:eu-west-1:123456789012:all", BatchSize: 1},
	}
	r := newRig(t, account, byAlias, func(s *Settings) { s.History = -1 })
	var functions []migration.Function
	for range 3 {
		batch, err := r.Poll(t.Context(), sources.Focus{Open: true, Tenant: "acme"})
		if err != nil {
			t.Fatal(err)
		}
		if batch.Functions != nil {
			functions = batch.Functions
		}
		r.clock.Advance(time.Minute)
	}
	if n := r.server.Calls("lambda:ListEventSourceMappings"); n != 1 {
		t.Errorf("%d calls", n)
	}
	acme := functions[0].Aliases.Or(nil)[0]
	under := functions[0].Under(&acme)
	if found := under.EventSources.Or(nil); functions[0].EventSources.Known() || len(found) != 1 || !strings.HasSuffix(found[0].ARN, ":acme") {
		t.Errorf("the alias is fed by %+v, the function by %+v", found, functions[0].EventSources)
	}
}
