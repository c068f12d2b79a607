package lambda

import (
	"context"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

// While it is not known which accounts are read otherwise, every poll says so, and
// this account is read as if there were no other.
func TestLinkedWait(t *testing.T) {
	why := &migration.Problem{Fault: migration.FaultConfig, What: "who gone is is unknown"}
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
	return linkedRig(t, account(ownAccount, "work-own"), account(otherAccount, "work-other"))
}

// linkedRig is a source that reads an account and another one that is linked to it.
func linkedRig(t *testing.T, own, other awsapi.Account, change ...func(*Settings)) (s *Source, monitoring *awsapi.Server,
	clock *awsaccesstest.Hand,
) {
	t.Helper()
	clock = awsaccesstest.NewHand(epoch)
	o, err := awsapi.NewOrganization(clock,
		awsapi.Member{Account: own, Regions: []string{region}, AccessKeyID: awsaccesstest.KeyID, Shared: sharing},
		awsapi.Member{Account: other, Regions: []string{region}},
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
	settings := Settings{
		Attribute: byName, Timing: awspoll.Timing{Clock: clock, Timeout: 10 * time.Minute}, History: -1,
		Linked: func(context.Context) (string, []string, error) { return own.ID(), nil, nil },
	}
	for _, c := range change {
		c(&settings)
	}
	s, err = New(config, settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, o.Server(own.ID(), region), clock
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

// publishing is an account whose functions publish Lambda Insights and a metric with a
// tenant dimension.
type publishing struct {
	*multitenant
	insights *insighted
}

func (a *publishing) ID() string { return otherAccount }

func (a *publishing) Metrics(now time.Time) []awsapi.Metric {
	return append(a.insights.Metrics(now), a.multitenant.Metrics(now)...)
}

func (a *publishing) Samples(m awsapi.Metric, from, to time.Time) iter.Seq[awsapi.Sample] {
	if m.Namespace == insightsNamespace {
		return a.insights.Samples(m, from, to)
	}
	return a.multitenant.Samples(m, from, to)
}

// What a linked account's functions publish is read as the own ones' is: Lambda Insights
// tells memory and INIT, and a metric with a tenant dimension splits its own account's
// functions. What the Lambda API alone knows stays unknown; functions of one name do not
// borrow from each other.
func TestLinkedAccountsPublish(t *testing.T) {
	fleet := newFleet(1)
	shared := fleet.list[0]
	shared.Name = "work-shared"
	fleet.list = append(fleet.list, shared)
	other := &publishing{&multitenant{fleet, time.Time{}}, &insighted{fleetAccount: fleet, published: []string{"work-t00000"}}}
	s, monitoring, _ := linkedRig(t, newFleet(1), other, func(s *Settings) {
		s.Attribute = func(id migration.Identity) migration.Attribution {
			if id.Name == "work-shared" {
				return migration.Attribution{Workload: "mail"}
			}
			return byName(id)
		}
		s.Embedded = []Embedded{{
			Match:     func(function string) bool { return function == "work-shared" },
			Namespace: "Billing", Metric: "Calls", Dimension: "Tenant",
			Tenant: func(value string) migration.Tenant { return migration.Tenant(strings.ToLower(value)) },
		}}
	})
	batch, err := s.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	if billed := monitoring.Billed(); billed.Low != batch.AskedLow || billed.High != batch.AskedHigh {
		t.Errorf("counted %d to %d, billed %+v", batch.AskedLow, batch.AskedHigh, billed)
	}
	runs, minutes := map[string]int64{}, map[string]int64{}
	for i := range batch.Activities {
		a := &batch.Activities[i]
		if a.Span != time.Minute || !a.Final {
			continue
		}
		key := a.Scope + "/" + string(a.Tenant)
		runs[key] += a.Runs
		minutes[key]++
		linked := a.Scope == otherAccount
		if (a.Invoked == nil) != linked {
			t.Fatalf("%s: billed %+v", key, a.Invoked)
		}
		if linked && !strings.Contains(a.Evidence.Note, unreadable(otherAccount)) {
			t.Fatalf("%s: evidence %+v", key, a.Evidence)
		}
		if measured := linked && a.Tenant == "t00000"; (a.PeakMemory.Max() == migration.Some(300*migration.MiB)) != measured {
			t.Fatalf("%s: peak %v", key, a.PeakMemory.Max())
		}
	}
	for key, want := range map[string]int64{
		"/t00000": 1, otherAccount + "/t00000": 2, otherAccount + "/acme": 6, otherAccount + "/globex": 3,
		otherAccount + "/": 1,
	} {
		if n := minutes[key]; n < 100 || runs[key] != want*n {
			t.Errorf("%s: %d runs in %d minutes, want %d in each", key, runs[key], n, want)
		}
	}
	var named []string
	for _, f := range batch.Functions {
		named = append(named, f.ARN)
		if f.Linked != (f.Account() == otherAccount) || f.Linked != (f.MemorySize == 0) || f.Logs.Group != "/aws/lambda/"+f.Name ||
			f.Place.Region != region {
			t.Errorf("%+v", f)
		}
	}
	const arn = "arn:aws:lambda:" + region + ":"
	want := []string{
		arn + otherAccount + ":function:work-shared", arn + "123456789012:function:work-t00000",
		arn + otherAccount + ":function:work-t00000",
	}
	if diff := cmp.Diff(want, named); diff != "" {
		t.Errorf("functions (-want +got):\n%s", diff)
	}
}
