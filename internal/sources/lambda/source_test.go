package lambda

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

// One function, one busy minute: every figure of the activity, by hand.
func TestMinuteBecomesActivity(t *testing.T) {
	at := time.Date(2026, 3, 10, 11, 0, 0, 0, time.UTC)
	account := &awsapi.Fixed{
		Number: "123456789012",
		List:   []awsapi.Function{{Name: "report-acme", MemoryMB: 512, Timeout: time.Minute, Arch: "arm64", Runtime: "go", Modified: at}},
		Log: map[string][]awsapi.Invocation{"report-acme": {
			{Start: at.Add(10 * time.Second), Duration: 2 * time.Second, Concurrency: 1},
			{Start: at.Add(20 * time.Second), Duration: 4 * time.Second, Concurrency: 2, Failed: true},
			{Start: at.Add(30 * time.Second), Duration: 8 * time.Second, Concurrency: 3, Weight: 2},
			{Start: at.Add(40 * time.Second), Throttled: true, Weight: 5},
		}},
	}
	r := newRig(t, account)
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	if len(batch.Activities) != 1 {
		t.Fatalf("activities = %d, want 1: %+v", len(batch.Activities), batch.Activities)
	}
	got := batch.Activities[0]
	if want := (migration.Key{Platform: migration.Lambda, Workload: "report", Tenant: "acme"}); got.Key != want {
		t.Errorf("key = %v, want %v", got.Key, want)
	}
	if !got.Start.Equal(at) || got.Span != time.Minute || !got.Final {
		t.Errorf("start, span, final = %v, %v, %v", got.Start, got.Span, got.Final)
	}
	if got.Runs != 4 || got.Failures != 1 || got.Throttled != migration.Some[int64](5) || got.MaxConcurrency != migration.Some[int64](3) {
		t.Errorf("runs, failures, throttled, concurrency = %d, %d, %v, %v", got.Runs, got.Failures, got.Throttled, got.MaxConcurrency)
	}
	if got.TimedOut.Known() || got.OOMKilled.Known() {
		t.Error("CloudWatch does not tell timeouts or memory kills, and they are known")
	}
	if sum := got.Duration.Sum(); sum != migration.Some(22*time.Second) || got.Duration.Count() != 4 {
		t.Errorf("duration sum, count = %v, %d; want 22s, 4", sum, got.Duration.Count())
	}
	if p := got.Duration.Points(); p == nil || p.P50 != 4*time.Second || p.Max != 8*time.Second || p.Part != nil {
		t.Errorf("points = %+v, want a p50 of 4s of the whole", p)
	}
	// Of four values it is between two of them by some rules.
	if p50, _ := got.Duration.Quantile(0.5).Get(); p50.Low > 4*time.Second || p50.High != 8*time.Second {
		t.Errorf("p50 = %v, want 4s and 6s in it", p50)
	}
	// (22,000 ms + 0.5 ms x 4) x 512 MB
	want := &migration.LambdaUsage{
		Place: migration.RegionArch{Region: region, Arch: migration.Arm64}, Requests: 4, Billed: 22_002 * 512,
		Known: migration.Provenance{Source: "cloudwatch", Method: migration.Estimated, Coverage: 1, Note: noteBilled},
	}
	if diff := cmp.Diff(want, got.Invoked); diff != "" {
		t.Errorf("invoked (-want +got):\n%s", diff)
	}
	if got.Evidence.Source != "cloudwatch" || got.Evidence.Method != migration.Measured || got.Evidence.Provisional {
		t.Errorf("evidence = %+v", got.Evidence)
	}
	if len(batch.Functions) != 1 || batch.Functions[0].MemorySize != 512*migration.MiB || batch.Functions[0].Timeout != time.Minute ||
		batch.Functions[0].Key != got.Key || !batch.Functions[0].Modified.Equal(at) {
		t.Errorf("functions = %+v", batch.Functions)
	}
}

// The first poll brings minutes from the boundary on and quarters of an hour before it, and
// never the same time in both.
func TestFirstPollBringsThePast(t *testing.T) {
	account := newFleet(1)
	r := newRig(t, account)
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	boundary := time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC)
	var quarters, minutes, runs int64
	for _, a := range batch.Activities {
		runs += a.Runs
		switch {
		case a.Span == 15*time.Minute && a.Start.Before(boundary):
			quarters++
			if a.Runs != 15 || !a.Final {
				t.Errorf("quarter %v: runs, final = %d, %v; want 15, true", a.Start, a.Runs, a.Final)
			}
		case a.Span == time.Minute && !a.Start.Before(boundary):
			minutes++
		default:
			t.Errorf("span %v at %v is on the wrong side of %v", a.Span, a.Start, boundary)
		}
	}
	// The last invocation that is visible at 12:20:20 ended before 12:18:20.
	if quarters != 26*4 || minutes != 169 || runs != 26*60+169 {
		t.Errorf("quarters, minutes, runs = %d, %d, %d; want 104, 169, %d", quarters, minutes, runs, 26*60+169)
	}
	if from, ok := batch.CoverFrom.Get(); !ok || !from.Equal(boundary.Add(-26*time.Hour)) {
		t.Errorf("cover from %v, %v", from, ok)
	}
	h := awsaccesstest.Health(t, batch, "cloudwatch")
	if h.State != migration.HealthOK || h.Cadence != time.Minute || h.Objects != 1 || !h.LastSuccess.Equal(epoch) {
		t.Errorf("health = %+v", h)
	}
	if want := time.Date(2026, 3, 10, 12, 18, 0, 0, time.UTC); !h.DataTo.Equal(want) {
		t.Errorf("data to %v, want %v", h.DataTo, want)
	}
	if want := time.Date(2026, 3, 10, 12, 15, 0, 0, time.UTC); !h.FinalTo.Equal(want) {
		t.Errorf("final to %v, want %v", h.FinalTo, want)
	}
}

// What a large fleet did is handed over in parts of one size, and is what Poll brings
// at once; its past is asked for by the hour, still in the least number of calls.
func TestLargeFleetInParts(t *testing.T) {
	const n = largeFleet + 200
	account := newFleet(n)
	whole, parted := newRig(t, account), newRig(t, account)
	want, err := whole.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	all, once := store{}, store{}
	once.absorb(want)
	parts := 0
	rest, err := parted.Stream(t.Context(), sources.Focus{}, func(b migration.Batch) {
		parts++
		if len(b.Activities) != part || b.Health != nil || b.Functions != nil || b.AskedLow != 0 {
			t.Fatalf("part %d has %d activities, health %v", parts, len(b.Activities), b.Health)
		}
		all.absorb(b)
	})
	if err != nil {
		t.Fatal(err)
	}
	all.absorb(rest)
	if parts < 2 || len(rest.Activities) >= part || len(rest.Functions) != n {
		t.Errorf("%d parts, and %d activities and %d functions in the rest", parts, len(rest.Activities), len(rest.Functions))
	}
	if diff := cmp.Diff(len(once), len(all)); diff != "" || once.runs() != all.runs() {
		t.Errorf("in parts %d activities with %d runs, at once %d with %d", len(all), all.runs(), len(once), once.runs())
	}
	for _, a := range all {
		if a.Span != time.Hour && a.Span != time.Minute {
			t.Fatalf("%v at %v spans %v", a.Key, a.Start, a.Span)
		}
	}
	if calls := parted.server.Calls("cloudwatch:GetMetricData"); calls != 2*((9*n+499)/500) {
		t.Errorf("%d calls for minutes and hours, want %d", calls, 2*((9*n+499)/500))
	}
	if rest.AskedLow != 2*5*n || rest.AskedHigh != 2*9*n {
		t.Errorf("asked %d to %d", rest.AskedLow, rest.AskedHigh)
	}
}

// History is one request for 500 queries at every length, as finely as that allows.
func TestHistoryIsOneRequest(t *testing.T) {
	const day = 24 * time.Hour
	for _, test := range []struct {
		functions int
		history   time.Duration
		minutes   time.Duration
		period    time.Duration
	}{
		{55, 12 * time.Hour, 3 * time.Hour, 5 * time.Minute},
		{55, 26 * time.Hour, 3 * time.Hour, 15 * time.Minute},
		{55, 2 * day, 3 * time.Hour, 15 * time.Minute},
		{55, 8 * day, 3 * time.Hour, time.Hour},
		{55, 100 * day, 3 * time.Hour, time.Hour}, // too long for one page, and Period 300 is kept for 63 days
		{5000, 26 * time.Hour, time.Hour, time.Hour},
	} {
		minutes, period := past(test.functions, test.history)
		if minutes != test.minutes || period != test.period {
			t.Errorf("%d functions, %v: by the minute %v, before that by %v; want %v, %v",
				test.functions, test.history, minutes, period, test.minutes, test.period)
		}
		if n := maxQueries * int(test.history/period); n > maxDatapoints && test.history <= 8*day {
			t.Errorf("%v by %v are %d datapoints, more than a page", test.history, period, n)
		}
	}
	r := newRig(t, newFleet(55), func(s *Settings) { s.History = 8 * day })
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	if calls := r.server.Calls("cloudwatch:GetMetricData"); calls != 2 { // minutes, and history
		t.Errorf("%d calls, want 2", calls)
	}
	if billed := r.server.Billed(); billed.Requests != 2 || billed.Low != batch.AskedLow || billed.Low != 2*5*55 {
		t.Errorf("billed %+v, reported %d to %d", billed, batch.AskedLow, batch.AskedHigh)
	}
}

// store keeps activities as the engine does: the later one replaces the earlier.
type store map[[2]any]migration.Activity

func (s store) absorb(b migration.Batch) {
	for _, a := range b.Activities {
		s[[2]any{a.Key, a.Start}] = a
	}
}

func (s store) runs() (n int64) {
	for _, a := range s {
		n += a.Runs
	}
	return n
}

// Whatever arrives late is there in the end, at every cadence of asking, and
// nothing that was called final changes afterwards.
func TestLateDataRepairItself(t *testing.T) {
	at := epoch.Add(-time.Hour).Truncate(time.Minute)
	var log []awsapi.Invocation
	var want int64
	for i := range 150 {
		// Anything between an instant and the whole timeout, begun at any second.
		d := time.Duration(i*37%300) * time.Second
		log = append(log, awsapi.Invocation{Start: at.Add(time.Duration(i) * 59 * time.Second), Duration: d})
		want++
	}
	for _, test := range []struct {
		name  string
		focus sources.Focus
	}{
		{"focused", sources.Focus{Open: true, Tenant: "acme"}},
		{"visible", sources.Focus{Visible: []migration.Tenant{"acme"}}},
		{"others", sources.Focus{Visible: []migration.Tenant{"globex"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			account := &awsapi.Fixed{
				Number: "123456789012",
				List:   []awsapi.Function{{Name: "report-acme", MemoryMB: 512, Timeout: 5 * time.Minute}},
				Log:    map[string][]awsapi.Invocation{"report-acme": log},
			}
			r := newRig(t, account)
			r.server.SetFaults(awsapi.Faults{Late: true})
			seen, final := store{}, store{}
			for range 130 {
				batch, err := r.Poll(t.Context(), test.focus)
				if err != nil {
					t.Fatal(err)
				}
				seen.absorb(batch)
				for k, a := range seen {
					if before, ok := final[k]; ok && before.Runs != a.Runs {
						t.Fatalf("minute %v was final with %d runs and has %d now", a.Start, before.Runs, a.Runs)
					}
					if a.Final {
						final[k] = a
					}
				}
				r.clock.Advance(time.Minute)
			}
			if got := seen.runs(); got != want {
				t.Errorf("runs = %d, want %d", got, want)
			}
		})
	}
}

// What a poll says it asked for is what the account is billed, poll by poll.
func TestAskedIsBilled(t *testing.T) {
	for _, test := range []struct {
		name   string
		faults awsapi.Faults
	}{{"plain", awsapi.Faults{}}, {"in two pages", awsapi.Faults{Partial: true}}} {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, newFleet(120))
			r.server.SetFaults(test.faults)
			var low, high int64
			for range 8 {
				batch, err := r.Poll(t.Context(), sources.Focus{Open: true, Tenant: "t00007"})
				if err != nil {
					t.Fatalf("%v: %v", err, errors.Unwrap(err))
				}
				low, high = low+batch.AskedLow, high+batch.AskedHigh
				if billed := r.server.Billed(); billed.Low != low || billed.High != high {
					t.Fatalf("asked %d to %d, billed %+v", low, high, billed)
				}
				r.clock.Advance(time.Minute)
			}
			if low == 0 {
				t.Error("nothing was asked")
			}
		})
	}
}

// Pages are put together, and what CloudWatch says of them is passed on.
func TestPartialData(t *testing.T) {
	whole, parts := newRig(t, newFleet(3)), newRig(t, newFleet(3))
	parts.server.SetFaults(awsapi.Faults{Partial: true})
	want, err := whole.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := parts.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	a, b := store{}, store{}
	a.absorb(want)
	b.absorb(got)
	if len(a) != len(b) || a.runs() != b.runs() || len(a) == 0 {
		t.Errorf("in pages: %d activities, %d runs; whole: %d, %d", len(b), b.runs(), len(a), a.runs())
	}
	if h := awsaccesstest.Health(t, got, "cloudwatch"); h.State != migration.HealthOK || h.Note == "" {
		t.Errorf("health = %+v: want the message of CloudWatch in its note", h)
	}
	if got.AskedLow != 2*want.AskedLow {
		t.Errorf("two pages asked %d metrics, want twice %d", got.AskedLow, want.AskedLow)
	}
}

// Functions of one key are added up.
func TestFunctionsOfOneKey(t *testing.T) {
	at := time.Date(2026, 3, 10, 11, 0, 0, 0, time.UTC)
	account := &awsapi.Fixed{
		Number: "123456789012",
		List: []awsapi.Function{
			{Name: "a", MemoryMB: 128, Timeout: time.Minute, Arch: "arm64"},
			{Name: "b", MemoryMB: 256, Timeout: 10 * time.Minute},
		},
		Log: map[string][]awsapi.Invocation{
			"a": {{Start: at, Duration: time.Second, Concurrency: 2}, {Start: at.Add(time.Minute), Duration: time.Second, Concurrency: 2}},
			"b": {{Start: at, Duration: 3 * time.Second, Concurrency: 1, Failed: true}},
		},
	}
	r := newRig(t, account, func(s *Settings) {
		s.Attribute = func(migration.Identity) migration.Attribution {
			return migration.Attribution{Tenant: "acme", Workload: "both"}
		}
	})
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	if len(batch.Activities) != 2 {
		t.Fatalf("%d activities, want two minutes: %+v", len(batch.Activities), batch.Activities)
	}
	both, one := batch.Activities[0], batch.Activities[1]
	if both.Runs != 2 || both.Failures != 1 || both.Duration.Sum() != migration.Some(4*time.Second) {
		t.Errorf("runs, failures, sum = %d, %d, %v", both.Runs, both.Failures, both.Duration.Sum())
	}
	if both.MaxConcurrency.Known() || one.MaxConcurrency != migration.Some[int64](2) {
		t.Errorf("concurrency of two functions %v, of one %v; want unknown, 2", both.MaxConcurrency, one.MaxConcurrency)
	}
	// 1000.5 ms x 128 MB on arm64 and 3000.5 ms x 256 MB on x86
	known := migration.Provenance{Source: "cloudwatch", Method: migration.Estimated, Coverage: 1, Note: noteBilled}
	want := []migration.LambdaUsage{
		{Place: migration.RegionArch{Region: region, Arch: migration.X86}, Requests: 1, Billed: 768_128, Known: known},
		{Place: migration.RegionArch{Region: region, Arch: migration.Arm64}, Requests: 1, Billed: 128_064, Known: known},
	}
	if diff := cmp.Diff(want, append([]migration.LambdaUsage{*both.Invoked}, both.Elsewhere...)); diff != "" {
		t.Errorf("invoked (-want +got):\n%s", diff)
	}
}

// A function that was deleted leaves metrics: its runs count, its bill is
// unknown.
func TestDeletedFunction(t *testing.T) {
	account := newFleet(2)
	account.list[1].Deleted = true
	r := newRig(t, account)
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, a := range batch.Activities {
		if a.Tenant == "t00001" {
			found++
			if a.Invoked != nil || a.Runs == 0 {
				t.Fatalf("runs, invoked = %d, %+v", a.Runs, a.Invoked)
			}
		}
	}
	if found == 0 || len(batch.Functions) != 1 {
		t.Errorf("%d activities of the deleted function, %d functions", found, len(batch.Functions))
	}
}
