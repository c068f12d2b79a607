package lambda

import (
	"context"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
	"github.com/migtop/migtop/internal/sources/simcloud/awsapi"
)

// While it is not known which accounts are read otherwise, every poll says so, and
// this account is read as if there were no other.
func TestLinkedWait(t *testing.T) {
	why := &migration.Problem{Fault: migration.FaultConfig, What: "who gone is cannot be told"}
	known := false
	r := newRig(t, newFleet(2), func(s *Settings) {
		s.Linked = func(context.Context) (string, []string, error) {
			if known {
				return "123456789012", nil, nil
			}
			return "", nil, why
		}
	})
	poll := func() (migration.Health, int) {
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		return batch.Health[0], len(batch.Activities)
	}
	for i := range 2 {
		h, n := poll()
		if h.Problem != why || h.State != migration.HealthDegraded || h.Objects != 2 || (i == 0 && n == 0) {
			t.Errorf("poll %d: %v, %v, %d functions, %d activities", i, h.State, h.Problem, h.Objects, n)
		}
		r.clock.Advance(time.Minute)
	}
	known = true
	r.clock.Advance(everyActive)
	if h, _ := poll(); h.Problem != nil || h.Objects != 2 {
		t.Errorf("known: %v, %d functions", h.Problem, h.Objects)
	}
}

// family is an account with one that is linked to it: a function in each, with a run
// every minute since an hour before the epoch.
func family(t *testing.T) (s *Source, monitoring *awsapi.Server, clock *awsaccesstest.Hand) {
	t.Helper()
	account := func(number, function string) *awsapi.Fixed {
		f := &awsapi.Fixed{Number: number, Log: map[string][]awsapi.Invocation{}, List: []awsapi.Function{{
			Name: function, MemoryMB: 1024, Timeout: 30 * time.Second,
		}}}
		for at := epoch.Add(-time.Hour).Truncate(time.Minute); at.Before(epoch.Add(2 * time.Hour)); at = at.Add(time.Minute) {
			f.Log[function] = append(f.Log[function], awsapi.Invocation{Start: at, Duration: time.Second})
		}
		return f
	}
	clock = awsaccesstest.NewHand(epoch)
	o, err := awsapi.NewOrganization(clock,
		awsapi.Member{Account: account(ownAccount, "work-own"), Regions: []string{region}, AccessKeyID: awsaccesstest.KeyID, Shared: sharing},
		awsapi.Member{Account: account(otherAccount, "work-other"), Regions: []string{region}},
	)
	if err != nil {
		t.Fatal(err)
	}
	url, err := o.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	})
	config, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options(url))
	if err != nil {
		t.Fatal(err)
	}
	s, err = New(config, Settings{
		Attribute: byName, Clock: clock, Timeout: 10 * time.Minute, History: -1,
		Linked: func(context.Context) (string, []string, error) { return ownAccount, nil, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, o.Server(ownAccount, region), clock
}

const ownAccount, otherAccount = "111111111111", "222222222222"

var sharing = awsapi.Sharing{Metrics: []string{otherAccount}}

// runsBetween are the runs of a tenant that began in a stretch of time, and whether its
// minutes are there.
func (s store) runsBetween(tenant migration.Tenant, from, to time.Time) (runs int64, minutes int) {
	for _, a := range s {
		if a.Tenant == tenant && !a.Start.Before(from) && a.Start.Before(to) {
			runs, minutes = runs+a.Runs, minutes+1
		}
	}
	return runs, minutes
}

// CloudWatch forbids a linked account result by result, while the call succeeds. The row
// says of which account, what it did then stays unknown and is no zero, the account's own
// functions go on; once it is shared again all of it is read.
func TestForbiddenResults(t *testing.T) {
	s, monitoring, clock := family(t)
	all := store{}
	poll := func() migration.Health {
		batch, err := s.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		all.absorb(batch)
		return awsaccesstest.Health(t, batch, "cloudwatch")
	}
	if h := poll(); h.State != migration.HealthOK {
		t.Fatalf("%v: %v", h.State, h.Problem)
	}
	monitoring.Share(awsapi.Sharing{})
	clock.Advance(5 * time.Minute)
	h := poll()
	if h.State != migration.HealthDegraded || h.Problem == nil || h.Problem.Fault != migration.FaultDenied ||
		h.Problem.What != "CloudWatch does not show the metrics of account "+otherAccount+" here" {
		t.Errorf("%v: %v", h.State, h.Problem)
	}
	from, to := epoch.Truncate(time.Minute), epoch.Truncate(time.Minute).Add(3*time.Minute)
	if runs, minutes := all.runsBetween("own", from, to); runs != 3 || minutes != 3 {
		t.Errorf("its own: %d runs in %d minutes, want 3 in 3", runs, minutes)
	}
	if runs, minutes := all.runsBetween("other", from, to); minutes != 0 {
		t.Errorf("forbidden: %d runs in %d minutes", runs, minutes)
	}
	monitoring.Share(sharing)
	clock.Advance(5 * time.Minute)
	if h := poll(); h.State != migration.HealthOK {
		t.Errorf("shared again: %v: %v", h.State, h.Problem)
	}
	if runs, minutes := all.runsBetween("other", from, to); runs != 3 || minutes != 3 {
		t.Errorf("shared again: %d runs in %d minutes, want 3 in 3", runs, minutes)
	}
}
