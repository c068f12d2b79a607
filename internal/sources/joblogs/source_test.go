package joblogs

import (
	"fmt"
	"slices"
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
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// epoch is when tests begin: twenty past an hour.
var epoch = time.Date(2026, 3, 10, 12, 20, 20, 0, time.UTC)

// account has log groups into which so many lines came in each of the last and the next
// hours' minutes.
func account(perMinute map[string]int) *awsapi.Fixed {
	a := &awsapi.Fixed{Number: "123456789012", Lines: map[string][]awsapi.LogEvent{}}
	for group, n := range perMinute {
		a.Lines[group] = []awsapi.LogEvent{}
		for at := epoch.Add(-3 * time.Hour).Truncate(time.Minute); at.Before(epoch.Add(4 * time.Hour)); at = at.Add(time.Minute) {
			for range n {
				a.Lines[group] = append(a.Lines[group], awsapi.LogEvent{At: at, Message: "hello"})
			}
		}
	}
	return a
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

func of(tenant migration.Tenant) migration.Key {
	return migration.Key{Platform: migration.Jobs, Tenant: tenant}
}

// byTenant takes "/eks/acme" for acme's.
func byTenant(text string) Pattern {
	prefix := strings.TrimSuffix(text, "{tenant}")
	return Pattern{Text: text, Prefix: prefix, Match: func(name string) (migration.Key, bool) {
		tenant, ok := strings.CutPrefix(name, prefix)
		return of(migration.Tenant(tenant)), ok
	}}
}

// each is the same number of lines in each minute of an hour and a quarter.
func each(lines int64) []int64 { return slices.Repeat([]int64{lines}, 75) }

// Log groups that are named are asked by their names, whether they are there or not;
// patterns find theirs, and say that nothing came where they find none.
func TestLinesArrive(t *testing.T) {
	r := newRig(t, account(map[string]int{"/jobs": 2, "/eks/acme": 3, "/eks/globex": 0, "/other": 9}), Settings{
		Groups:   []Group{{Name: "/jobs"}, {Name: "/gone", Of: of("hooli")}},
		Patterns: []Pattern{byTenant("/eks/{tenant}"), byTenant("/nobody/{tenant}")},
	})
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	from, to := time.Date(2026, 3, 10, 11, 15, 0, 0, time.UTC), time.Date(2026, 3, 10, 12, 15, 0, 0, time.UTC)
	want := migration.LogDeliveries{
		{Group: "/eks/acme", Of: []migration.Key{of("acme")}, From: from, To: to, Lines: 180, Minutes: each(3)},
		{Group: "/eks/globex", Of: []migration.Key{of("globex")}, From: from, To: to, Minutes: each(0)},
		{Group: "/gone", Of: []migration.Key{of("hooli")}, From: from, To: to, Minutes: each(0)},
		{Group: "/jobs", From: from, To: to, Lines: 120, Minutes: each(2)},
		{Group: "/eks/{tenant}", Absent: true, From: from, To: to},
		{Group: "/nobody/{tenant}", Absent: true, From: from, To: to},
	}
	if diff := cmp.Diff(want, delivered(batch)); diff != "" {
		t.Errorf("arrived (-want +got):\n%s", diff)
	}
	billed := r.server.Billed()
	if batch.AskedLow != 4 || batch.AskedHigh != 4 || billed.Low != 4 || billed.High != 4 || billed.Requests != 1 {
		t.Errorf("counted %d to %d, billed %+v", batch.AskedLow, batch.AskedHigh, billed)
	}
	h := awsaccesstest.Health(t, batch, "log arrival")
	if h.State != migration.HealthOK || h.Objects != 4 || !h.DataTo.Equal(to) ||
		h.Note != "no line arrived in /eks/globex, /gone within an hour" {
		t.Errorf("health %+v", h)
	}
	if n := r.server.Calls("logs:DescribeLogGroups"); n != 2 {
		t.Errorf("%d lists", n)
	}
}

// A log group on screen is queried every five minutes, one without lines every hour, and none if no screen shows the data
// or the budget is used up.
func TestRhythm(t *testing.T) {
	r := newRig(t, account(map[string]int{"/all": 1, "/eks/open": 1, "/eks/seen": 1, "/eks/rest": 1, "/eks/mute": 0}), Settings{
		Groups: []Group{{Name: "/all"}}, Patterns: []Pattern{byTenant("/eks/{tenant}")},
	})
	last, asked := map[string]time.Time{}, map[string]int{}
	minutes := func(n int, focus sources.Focus) {
		for range n {
			batch, err := r.Poll(t.Context(), focus)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range delivered(batch) {
				if !a.Absent && !a.To.Equal(last[a.Group]) {
					last[a.Group] = a.To
					asked[a.Group]++
				}
			}
			r.clock.Advance(time.Minute)
		}
	}
	want := func(when string, want map[string]int) {
		t.Helper()
		if diff := cmp.Diff(want, asked); diff != "" {
			t.Errorf("%s, times asked (-want +got):\n%s", when, diff)
		}
		asked = map[string]int{}
	}
	seen := []migration.Tenant{"seen", "mute"}
	minutes(60, sources.Focus{Open: true, Tenant: "open", Visible: seen})
	want("a page is open", map[string]int{"/all": 12, "/eks/open": 12, "/eks/seen": 3, "/eks/rest": 1, "/eks/mute": 1})
	minutes(60, sources.Focus{Open: true, Tenant: "mute", Visible: seen})
	want("the silent tenant's page is open", map[string]int{"/all": 12, "/eks/open": 1, "/eks/seen": 3, "/eks/rest": 1, "/eks/mute": 12})
	before := r.server.Billed()
	minutes(60, sources.Focus{Away: true})
	minutes(60, sources.Focus{Pace: sources.Pace{Hold: true, Why: "no money"}})
	want("nothing may be asked", map[string]int{})
	if r.server.Billed() != before {
		t.Errorf("billed %+v, before %+v", r.server.Billed(), before)
	}
	batch, err := r.Poll(t.Context(), sources.Focus{Open: true, Tenant: "open", Pace: sources.Pace{Allow: migration.Some[int64](2)}})
	if err != nil || batch.AskedHigh != 2 {
		t.Errorf("with room for two asked %d, %v", batch.AskedHigh, err)
	}
	if plan, _ := batch.PollRate.Get(); plan.High != 12+12+3+3+1 || plan.Low != plan.High {
		t.Errorf("plan %+v", plan)
	}
	for want, focus := range map[time.Duration]sources.Focus{ // what is said is how often CloudWatch is asked, not how often it is thought of
		sources.LogsFocused: {Open: true, Tenant: "open"}, sources.LogsVisible: {Visible: seen},
	} {
		batch, err := r.Poll(t.Context(), focus)
		if err != nil || batch.Health[0].Cadence != want || r.Cadence() != time.Minute {
			t.Errorf("asked every %s and polled every %s, %v; want %s and 1m", batch.Health[0].Cadence, r.Cadence(), err, want)
		}
	}
}

// A new log group is found within the hour, and a deleted one is dropped.
func TestLogGroupsComeAndGo(t *testing.T) {
	a := account(map[string]int{"/eks/acme": 1})
	r := newRig(t, a, Settings{Patterns: []Pattern{byTenant("/eks/{tenant}")}})
	names := func() (out []string) {
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range delivered(batch) {
			out = append(out, a.Group)
		}
		return out
	}
	for _, step := range []struct {
		change func()
		want   string
	}{
		{func() {}, "/eks/acme /eks/{tenant}"},
		{func() { a.Lines["/eks/globex"] = nil }, "/eks/acme /eks/globex /eks/{tenant}"},
		{func() { delete(a.Lines, "/eks/acme") }, "/eks/globex /eks/{tenant}"},
	} {
		step.change()
		if got := strings.Join(names(), " "); got != step.want {
			t.Errorf("log groups %s, want %s", got, step.want)
		}
		r.clock.Advance(time.Hour)
	}
}

// Hundreds of log groups are listed page by page and asked about in as few calls as there
// can be.
func TestMany(t *testing.T) {
	groups := map[string]int{}
	for i := range 730 {
		groups[fmt.Sprintf("/eks/t%04d", i)] = 0
	}
	r := newRig(t, account(groups), Settings{Patterns: []Pattern{byTenant("/eks/{tenant}")}})
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil || len(delivered(batch)) != 731 || r.server.Calls("logs:DescribeLogGroups") != 15 || r.server.Billed().Requests != 2 {
		t.Errorf("%v: %d log groups, %d lists, billed %+v", err, len(delivered(batch)), r.server.Calls("logs:DescribeLogGroups"),
			r.server.Billed())
	}
	if h := awsaccesstest.Health(t, batch, Name); h.Note != "no line arrived in 730 of 730 log groups within an hour" {
		t.Errorf("note %q", h.Note)
	}
}

// Every way in which AWS can fail is said, and passes.
func TestTroubleAndRecovery(t *testing.T) {
	troubles := awsaccesstest.Troubles("CloudWatch Logs", "DescribeLogGroups", "UnrecognizedClientException",
		awsaccesstest.Denied("cloudwatch:GetMetricData", migration.HealthFailed, true),
		awsaccesstest.Denied("logs:DescribeLogGroups", migration.HealthDegraded, false))
	awsaccesstest.Suffer(t, Name, troubles, sources.Focus{Open: true, Tenant: "acme"}, time.Hour, func(t *testing.T) awsaccesstest.Rig {
		r := newRig(t, account(map[string]int{"/jobs": 1, "/eks/acme": 1}), Settings{
			Groups: []Group{{Name: "/jobs"}}, Patterns: []Pattern{byTenant("/eks/{tenant}")},
		})
		return awsaccesstest.Rig{Source: r.Source, Server: r.server, Clock: r.clock}
	}, func(t *testing.T, batch migration.Batch) {
		for _, a := range delivered(batch) { // what is known stays, with its age
			if a.Lines != 60 && !a.Absent {
				t.Errorf("%+v", a)
			}
		}
	}, nil)
}

// Nobody is asked where the configuration names nothing.
func TestNothingToWatch(t *testing.T) {
	r := newRig(t, account(nil), Settings{Notes: []string{"arn:x is elsewhere"}})
	batch, err := r.Poll(t.Context(), sources.Focus{})
	h := awsaccesstest.Health(t, batch, Name)
	if err != nil || h.State != migration.HealthOff ||
		h.Note != "arn:x is elsewhere; the configuration names no log group of this account and region" || batch.AskedHigh != 0 {
		t.Errorf("%v, %+v", err, h)
	}
}

// Nothing listens there.
func TestNothingListens(t *testing.T) {
	address := awsaccesstest.NobodyThere(t)
	access, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options("http://"+address))
	if err != nil {
		t.Fatal(err)
	}
	source, err := New(access, Settings{Groups: []Group{{Name: "/jobs"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	batch, err := source.Poll(t.Context(), sources.Focus{})
	if got, want := awsaccesstest.ProblemOf(t, err).What, "cannot reach CloudWatch at "+address+": connection refused"; got != want {
		t.Errorf("what = %q, want %q", got, want)
	}
	if len(delivered(batch)) != 1 || !delivered(batch)[0].To.IsZero() { // not known, and not none
		t.Errorf("%+v", delivered(batch))
	}
}

// delivered is what a batch says of log groups.
func delivered(b migration.Batch) migration.LogDeliveries {
	return migration.PayloadOf[migration.LogDeliveries](b)
}

// Log groups that are asked about once an hour leave no minute out, whenever polls come.
func TestNoMinuteIsLeftOut(t *testing.T) {
	r := newRig(t, account(map[string]int{"/jobs": 2}), Settings{Groups: []Group{{Name: "/jobs", Of: of("acme")}}})
	seen := map[time.Time]int64{}
	var to time.Time
	for range 25 {
		batch, err := r.Poll(t.Context(), sources.Focus{Visible: []migration.Tenant{"globex"}})
		if err != nil {
			t.Fatal(err)
		}
		d := delivered(batch)[0]
		for at := d.To.Add(-2 * time.Hour); at.Before(d.To); at = at.Add(time.Minute) {
			if n, ok := d.Minute(at).Get(); ok {
				seen[at] = n
			}
		}
		to = d.To
		r.clock.Advance(7 * time.Minute)
	}
	if asked := r.server.Billed().Requests; asked > 3 {
		t.Errorf("asked %d times", asked)
	}
	first := time.Date(2026, 3, 10, 11, 0, 0, 0, time.UTC)
	for at := first; at.Before(to); at = at.Add(time.Minute) {
		if n, ok := seen[at]; !ok || n != 2 {
			t.Errorf("%v: %d lines, known: %t", at, n, ok)
		}
	}
	if want := int(to.Sub(first) / time.Minute); len(seen) != want {
		t.Errorf("%d minutes, want %d", len(seen), want)
	}
}
