package lambda

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

// What feeds functions is asked for all of them at once, and seldom; where it may not be asked, that is said once a page is open,
// and the rest goes on.
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
		t.Errorf("%d calls in ten minutes, want one for all functions", calls())
	}
	for _, f := range known {
		found, ok := f.EventSources.Get()
		if !ok {
			t.Errorf("%s: not known", f.Name)
		}
		if f.Name == "work-t00001" && (len(found) != 1 || found[0].ARN != queue || found[0].BatchSize != 7 || !found[0].Enabled) {
			t.Errorf("event sources %+v", found)
		}
	}
	r.server.SetFaults(awsapi.Faults{Denied: []string{"lambda:ListEventSourceMappings"}})
	r.clock.Advance(15 * time.Minute)
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
	if n := r.server.Calls("lambda:ListEventSourceMappings"); n != 2 {
		t.Errorf("%d calls, want one about the alias and one about all", n)
	}
	acme := functions[0].Aliases.Or(nil)[0]
	under := functions[0].Under(&acme)
	if found := under.EventSources.Or(nil); len(functions[0].EventSources.Or(nil)) != 1 || len(found) != 1 ||
		!strings.HasSuffix(found[0].ARN, ":acme") || !strings.HasSuffix(functions[0].EventSources.Or(nil)[0].ARN, ":all") {
		t.Errorf("the alias is fed by %+v, the function by %+v", found, functions[0].EventSources)
	}
}

// What feeds each of thousands of functions is known after some polls, with a call for a hundred of them. Nobody's page is open.
func TestEventSourcesOfTheAccount(t *testing.T) {
	account := newFleet(2300)
	for i := range account.list {
		account.list[i].Detail = &awsapi.Detail{Mappings: []awsapi.Mapping{
			{
				UUID: fmt.Sprintf("u%05d", i), Source: fmt.Sprintf("arn:aws:sqs:eu-west-1:123456789012:q%d", i), BatchSize: 1,
				PartialBatch: i%2 > 0,
			},
			{UUID: fmt.Sprintf("v%05d", i), Source: "arn:aws:sqs:eu-west-1:123456789012:live", BatchSize: 10, Qualifier: "live"},
		}[:1+i/2299]}
	}
	r := newRig(t, account, func(s *Settings) { s.History = -1 })
	calls := func() int64 { return r.server.Calls("lambda:ListEventSourceMappings") }
	var functions []migration.Function
	for n, want := range []int64{0, 10, 20, 24, 24} {
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		if calls() != want {
			t.Errorf("%d calls in poll %d, want %d", calls(), n+1, want)
		}
		if batch.Functions != nil {
			functions = batch.Functions
		}
		r.clock.Advance(time.Minute)
	}
	for i, f := range functions {
		found, ok := f.EventSources.Get()
		if want := 1 + i/2299; !ok || len(found) != want || !found[0].OneMessage() || found[0].PartialBatch != (i%2 > 0) ||
			!strings.HasSuffix(found[0].ARN, fmt.Sprint(":q", i)) {
			t.Fatalf("%s: %+v, %t", f.Name, found, ok)
		}
	}
	if last := functions[len(functions)-1].EventSources.Or(nil); len(last) != 2 || last[1].OneMessage() {
		t.Errorf("what feeds an alias of the same tenant feeds the function: %+v", last)
	}
	r.clock.Advance(time.Hour)
	if _, err := r.Poll(t.Context(), sources.Focus{}); err != nil || calls() != 34 {
		t.Errorf("%d calls after an hour, %v", calls(), err)
	}
	r.server.SetFaults(awsapi.Faults{Denied: []string{"lambda:ListEventSourceMappings"}})
	for range 3 {
		r.clock.Advance(time.Minute)
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if h := awsaccesstest.Health(t, batch, "lambda"); err != nil || h.State != migration.HealthOK {
			t.Errorf("not permitted, and no page is open: %v, %+v", err, h)
		}
	}
	if calls() != 35 {
		t.Errorf("%d calls where they are refused", calls())
	}
}
