package lambda

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

// The number of calls is the least possible, whatever the size of the fleet.
func TestCallsPerPoll(t *testing.T) {
	sizes := []int{1, 2, 10, 55, 56, 111, 112, 500, 999, 2500, 5000}
	if testing.Short() {
		sizes = sizes[:8]
	}
	for _, n := range sizes {
		account := newFleet(n)
		account.from = epoch.Add(-15 * time.Minute)
		r := newRig(t, account, func(s *Settings) { s.History, s.Rand = -1, nil })
		for round := range 2 {
			before := r.server.Calls("cloudwatch:GetMetricData")
			batch, err := r.Poll(t.Context(), sources.Focus{})
			if err != nil {
				t.Fatal(err)
			}
			calls := r.server.Calls("cloudwatch:GetMetricData") - before
			if want := int64((9*n + 499) / 500); calls != want {
				t.Errorf("%d functions, poll %d: %d calls, want %d", n, round, calls, want)
			}
			if batch.AskedLow != int64(5*n) || batch.AskedHigh != int64(9*n) {
				t.Errorf("%d functions: asked %d to %d, want %d to %d", n, batch.AskedLow, batch.AskedHigh, 5*n, 9*n)
			}
			r.clock.Advance(5 * time.Minute)
		}
	}
}

// Functions without activity are not asked about; one that falls asleep is
// dropped, and one that wakes up loses nothing.
func TestIdleFunctions(t *testing.T) {
	account := newFleet(2)
	sleeper := account.list[1].Name
	account.idle[sleeper] = true
	r := newRig(t, account)
	all := store{}
	poll := func() migration.Batch {
		batch, err := r.Poll(t.Context(), sources.Focus{Open: true, Tenant: "t00001"})
		if err != nil {
			t.Fatal(err)
		}
		all.absorb(batch)
		r.clock.Advance(time.Minute)
		return batch
	}
	if batch := poll(); batch.AskedLow != 10 { // five metrics by the minute, five by the hour, of one function
		t.Errorf("first poll asked %d metrics, want 10: the idle function has none", batch.AskedLow)
	}
	for range 40 {
		if batch := poll(); batch.AskedLow != 0 && batch.AskedLow != 5 {
			t.Fatalf("asked %d metrics, want none of the idle function", batch.AskedLow)
		}
	}
	woke := r.clock.Now()
	account.idle[sleeper], account.from = false, woke
	for range 40 {
		poll()
	}
	var runs int64
	for _, a := range all {
		if a.Tenant == "t00001" {
			runs += a.Runs
		}
	}
	if want := int64(r.clock.Now().Add(-time.Minute-awsapi.Latency).Sub(woke) / time.Minute); runs < want-1 || runs > want+1 {
		t.Errorf("runs of the sleeper = %d, want about %d since it woke", runs, want)
	}
	// CloudWatch calls idle what had no data for three hours. From then on it is asked
	// about for 15 minutes at most, by the bill and not only by the source's own word.
	account.until = r.clock.Now()
	idle := account.until.Add(3 * time.Hour)
	var last time.Time
	for r.clock.Now().Before(idle.Add(2 * time.Hour)) {
		at, before := r.clock.Now(), r.server.Billed()
		if poll(); r.server.Billed() != before {
			last = at
		}
	}
	if last.Before(account.until) || last.After(idle.Add(15*time.Minute)) {
		t.Errorf("asked about until %v, idle since %v", last, idle)
	}
}

// Who is looked at is asked about more often.
func TestFocus(t *testing.T) {
	r := newRig(t, newFleet(3), func(s *Settings) { s.Rand = nil })
	focus := sources.Focus{Open: true, Tenant: "t00000", Visible: []migration.Tenant{"t00001"}}
	asked := make(map[migration.Tenant]int)
	for range 31 {
		batch, err := r.Poll(t.Context(), focus)
		if err != nil {
			t.Fatal(err)
		}
		var tenants []migration.Tenant
		for _, a := range batch.Activities {
			if !slices.Contains(tenants, a.Tenant) {
				tenants = append(tenants, a.Tenant)
				asked[a.Tenant]++
			}
		}
		r.clock.Advance(time.Minute)
	}
	want := map[migration.Tenant]int{"t00000": 31, "t00001": 7, "t00002": 3}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("times asked in 30 minutes (-want +got):\n%s", diff)
	}
}

// The second questions about a large fleet are spread over the polls.
func TestLargeFleetIsSpread(t *testing.T) {
	account := newFleet(300)
	account.from = epoch.Add(-time.Hour)
	r := newRig(t, account, func(s *Settings) { s.History = -1 })
	var most int64
	for i := range 16 {
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		if i > 5 {
			most = max(most, batch.AskedLow)
		}
		r.clock.Advance(time.Minute)
	}
	if most == 0 || most > 300*5/2 {
		t.Errorf("the largest later poll asked %d metrics of %d", most, 300*5)
	}
}

// Throttled for five minutes: slower, then back within two polls.
func TestThrottling(t *testing.T) {
	r := newRig(t, newFleet(2))
	poll := func() migration.Batch {
		batch, err := r.Poll(t.Context(), sources.Focus{Open: true, Tenant: "t00000"})
		if err != nil {
			t.Fatal(err)
		}
		r.clock.Advance(r.Cadence())
		return batch
	}
	poll()
	r.server.SetFaults(awsapi.Faults{Throttle: true})
	for i, want := range []time.Duration{2 * time.Minute, 4 * time.Minute, 4 * time.Minute} {
		batch := poll()
		h := awsaccesstest.Health(t, batch, "cloudwatch")
		if r.Cadence() != want || h.Cadence != want {
			t.Fatalf("throttled poll %d: cadence %v, in health %v, want %v", i, r.Cadence(), h.Cadence, want)
		}
		if h.State != migration.HealthDegraded || h.Problem == nil || h.Problem.Fault != migration.FaultThrottled {
			t.Fatalf("throttled poll %d: health %+v", i, h)
		}
		if want := "asking every " + want.String() + " now, every 1m0s again when it ends"; h.Problem.Fix != want {
			t.Errorf("fix = %q, want %q", h.Problem.Fix, want)
		}
	}
	r.server.SetFaults(awsapi.Faults{})
	poll()
	batch := poll()
	if h := awsaccesstest.Health(t, batch, "cloudwatch"); h.State != migration.HealthOK || r.Cadence() != time.Minute {
		t.Errorf("two polls after the end: %v at cadence %v", h.State, r.Cadence())
	}
}

// While CloudWatch throttles, five minutes of it get no more than a quarter of the
// questions, and the minutes missed are there two polls after the end.
func TestThrottledForFiveMinutes(t *testing.T) {
	r := newRig(t, newFleet(2), func(s *Settings) { s.History, s.Rand = -1, nil })
	focus := sources.Focus{Open: true, Tenant: "t00000"}
	all := store{}
	polls := func(d time.Duration) (n int) {
		for end := r.clock.Now().Add(d); r.clock.Now().Before(end); n++ {
			batch, err := r.Poll(t.Context(), focus)
			if err != nil {
				t.Fatal(err)
			}
			all.absorb(batch)
			r.clock.Advance(r.Cadence())
		}
		return n
	}
	usual := polls(8 * time.Minute)
	r.server.SetFaults(awsapi.Faults{Throttle: true})
	polls(5 * time.Minute) // slows down
	if n := polls(8 * time.Minute); usual != 8 || n*4 > usual {
		t.Errorf("%d polls in eight throttled minutes, %d in eight usual ones: want a quarter at most", n, usual)
	}
	r.server.SetFaults(awsapi.Faults{})
	polls(r.Cadence())
	polls(time.Minute)
	if r.Cadence() != time.Minute {
		t.Errorf("two polls after the end it asks every %v", r.Cadence())
	}
	from, to := epoch.Truncate(time.Minute), r.clock.Now().Add(-time.Minute-awsapi.Latency).Truncate(time.Minute)
	got := map[time.Time]bool{}
	for _, a := range all {
		if a.Tenant == "t00000" && a.Span == time.Minute {
			got[a.Start] = true
		}
	}
	for at := from; at.Before(to); at = at.Add(time.Minute) {
		if !got[at] {
			t.Errorf("minute %v is missing after the throttling", at)
		}
	}
}

// What a budget slows is asked less often, in health and on the wire, and catches up.
func TestBudgetSlowsPolls(t *testing.T) {
	r := newRig(t, newFleet(3), func(s *Settings) { s.Rand, s.History = nil, -1 })
	focus := sources.Focus{Open: true, Tenant: "t00000", Visible: []migration.Tenant{"t00001"}}
	focus.Pace = sources.Pace{Slower: 4, Why: "to stay within $25/month"}
	asked := map[migration.Tenant]int{}
	all := store{}
	for range 31 {
		batch, err := r.Poll(t.Context(), focus)
		if err != nil {
			t.Fatal(err)
		}
		all.absorb(batch)
		seen := map[migration.Tenant]bool{}
		for _, a := range batch.Activities {
			if !seen[a.Tenant] {
				seen[a.Tenant] = true
				asked[a.Tenant]++
			}
		}
		if h := awsaccesstest.Health(t, batch, "cloudwatch"); h.Note != "polling every 4 min to stay within $25/month" ||
			h.Cadence != 4*time.Minute || r.Cadence() != h.Cadence {
			t.Fatalf("note %q, cadence %v", h.Note, h.Cadence)
		}
		if plan := batch.PollRate; plan != migration.Some(migration.PollRate{Low: 60*5 + 12*5 + 4*5, High: 60*9 + 12*9 + 4*9}) {
			t.Fatalf("plan %+v", plan) // at the usual pace, whatever the budget does
		}
		r.clock.Advance(r.Cadence())
	}
	// In 120 minutes: every 4, every 20, every 60.
	if diff := cmp.Diff(map[migration.Tenant]int{"t00000": 31, "t00001": 7, "t00002": 3}, asked); diff != "" {
		t.Errorf("times asked in two hours (-want +got):\n%s", diff)
	}
	minutes := map[migration.Tenant]int{}
	for _, a := range all {
		minutes[a.Tenant]++
	}
	if minutes["t00000"] != 174+120 { // no minute is lost by being slow
		t.Errorf("%d minutes of the focused tenant, want %d", minutes["t00000"], 174+120)
	}
}

// Nothing is asked while the budget is spent, and while nobody looks.
func TestNothingIsAskedWhileHeld(t *testing.T) {
	r := newRig(t, newFleet(2))
	if _, err := r.Poll(t.Context(), sources.Focus{}); err != nil {
		t.Fatal(err)
	}
	before := r.server.Billed()
	calls := r.server.Calls("cloudwatch:ListMetrics") + r.server.Calls("lambda:ListFunctions")
	for _, test := range []struct {
		focus sources.Focus
		note  string
	}{
		{sources.Focus{Pace: sources.Pace{Hold: true, Why: "nothing is asked until 1 Dec"}}, "nothing is asked until 1 Dec"},
		{sources.Focus{Away: true}, "no requests are sent while the terminal is out of focus"},
	} {
		for range 120 {
			r.clock.Advance(time.Minute)
			batch, err := r.Poll(t.Context(), test.focus)
			if err != nil || len(batch.Activities) > 0 {
				t.Fatalf("%d activities, %v", len(batch.Activities), err)
			}
			if h := awsaccesstest.Health(t, batch, "cloudwatch"); h.Note != test.note || !h.LastSuccess.Equal(epoch) ||
				h.State != migration.HealthOK {
				t.Fatalf("health %+v", h)
			}
		}
	}
	if r.server.Billed() != before || r.server.Calls("cloudwatch:ListMetrics")+r.server.Calls("lambda:ListFunctions") != calls {
		t.Errorf("asked meanwhile: %+v after %+v", r.server.Billed(), before)
	}
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	if len(batch.Activities) < 2*240 {
		t.Errorf("%d minutes after coming back, want the four hours of both", len(batch.Activities))
	}
}

// No poll costs more than what the budget has left; who is looked at comes first, and
// in the end everybody has their turn.
func TestAllowanceIsKept(t *testing.T) {
	r := newRig(t, newFleet(10), func(s *Settings) { s.Rand = nil })
	focus := sources.Focus{Open: true, Tenant: "t00007", Visible: []migration.Tenant{"t00007"}}
	focus.Pace = sources.Pace{Slower: 1, Allow: migration.Some[int64](3*9 + 5), Why: "to stay within $1/hour"}
	seen := map[migration.Tenant]bool{}
	for i := range 12 {
		before := r.server.Billed().High
		batch, err := r.Poll(t.Context(), focus)
		if err != nil {
			t.Fatal(err)
		}
		if cost := r.server.Billed().High - before; cost > 3*9 || cost != batch.AskedHigh {
			t.Fatalf("poll %d cost %d, reported %d, allowed %d", i, cost, batch.AskedHigh, 3*9+5)
		}
		if i == 0 {
			if h := awsaccesstest.Health(t, batch, "cloudwatch"); !strings.Contains(h.Note, "functions wait") {
				t.Errorf("note %q", h.Note)
			}
			if !slices.ContainsFunc(batch.Activities, func(a migration.Activity) bool { return a.Tenant == "t00007" }) {
				t.Error("the tenant that is open had to wait")
			}
		}
		for _, a := range batch.Activities {
			seen[a.Tenant] = true
		}
		r.clock.Advance(time.Minute)
	}
	if len(seen) != 10 {
		t.Errorf("%d of 10 tenants were asked about", len(seen))
	}
}

// After a night's sleep the gap is read by quarters of an hour, its newest part by the
// minute, and no time twice.
func TestLongGap(t *testing.T) {
	r := newRig(t, newFleet(1))
	all := store{}
	first, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	all.absorb(first)
	r.clock.Advance(9*time.Hour + 7*time.Minute)
	second, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	all.absorb(second)
	var runs int64
	end := map[bool]int{}
	for _, a := range all {
		runs += a.Runs
		end[a.Span == 15*time.Minute]++
		for _, b := range all {
			if a.Span == time.Minute && b.Span == 15*time.Minute && a.Start.Truncate(15*time.Minute).Equal(b.Start) {
				t.Fatalf("minute %v is in quarter %v too", a.Start, b.Start)
			}
		}
	}
	// From 26 h before 09:30 until the last visible one, at 21:25.
	if want := int64(26*60 + 11*60 + 56); runs != want {
		t.Errorf("runs = %d, want %d", runs, want)
	}
	if end[true] != 104+24 { // the gap's from 12:30 to 18:30
		t.Errorf("quarters = %d, want 104 of the past and 24 of the gap", end[true])
	}
}
