package lambda

import (
	"iter"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

// insighted is a fleet some of whose functions publish Lambda Insights: each minute
// an invocation that used 300 MB and 700 ms of a processor, and each hour a cold start of
// 800 ms.
type insighted struct {
	*fleetAccount
	published []string
	since     time.Time // of what is published; zero is for ever
}

func (a *insighted) Metrics(time.Time) []awsapi.Metric {
	var out []awsapi.Metric
	for _, function := range a.published {
		for _, name := range []string{"used_memory_max", "init_duration", "cpu_total_time"} {
			for _, more := range [][]awsapi.Dimension{nil, {{Name: "version", Value: "3"}}} { // by version the same again
				out = append(out, awsapi.Metric{
					Namespace: insightsNamespace, Name: name, Dimensions: append([]awsapi.Dimension{{Name: insightsDimension, Value: function}}, more...),
				})
			}
		}
	}
	return out
}

func (a *insighted) Samples(m awsapi.Metric, from, to time.Time) iter.Seq[awsapi.Sample] {
	return func(yield func(awsapi.Sample) bool) {
		for at := awspoll.Ceil(from, time.Minute); at.Before(to); at = at.Add(time.Minute) {
			switch {
			case at.Before(a.since):
			case m.Name == "cpu_total_time":
				if !yield(awsapi.Sample{At: at, Value: 700}) {
					return
				}
			case m.Name == "used_memory_max":
				if !yield(awsapi.Sample{At: at, Value: 300}) {
					return
				}
			case at.Minute() == 0:
				if !yield(awsapi.Sample{At: at, Value: 800}) {
					return
				}
			}
		}
	}
}

// Where Lambda Insights is on, by its layer or in an image, memory and INIT are
// measured, and INIT is in what is billed; elsewhere nothing is asked for.
func TestLambdaInsights(t *testing.T) {
	account := &insighted{fleetAccount: newFleet(3), published: []string{"work-t00000", "work-t00001"}}
	account.list[0].Detail = &awsapi.Detail{Layers: []string{"arn:aws:lambda:eu-west-1:580247275435:layer:LambdaInsightsExtension:55"}}
	account.list[1].PackageType = "Image"
	r := newRig(t, account)
	var low, high int64
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	low, high = batch.AskedLow, batch.AskedHigh
	// Ten past twelve is a minute without a cold start, twelve one with.
	for _, a := range batch.Activities {
		if a.Span != time.Minute || a.Start.Hour() != 12 || (a.Start.Minute() != 0 && a.Start.Minute() != 10) {
			continue
		}
		cold := a.Start.Minute() == 0
		billed := migration.MBMillis(2000.5 * 1024)
		switch a.Tenant {
		case "t00000", "t00001":
			if cold {
				billed += 800 * 1024
			}
			if peak := a.PeakMemory.Max().Or(0); peak != 300*migration.MiB || a.PeakMemory.Count() != 1 {
				t.Errorf("%v: peak %d", a.Start, peak)
			}
			used := migration.ProcessorTime{Runs: 1, Used: 700 * time.Millisecond, Began: 1, Ran: 2 * time.Second, Held: 2000 * 1024}
			if a.Processor != used {
				t.Errorf("%v: processor time %+v", a.Start, a.Processor)
			}
			if init := a.StartUp.Max().Or(0); (init == 800*time.Millisecond) != cold {
				t.Errorf("%v: INIT %v", a.Start, init)
			}
			if a.Evidence.Method != migration.Measured || a.Evidence.Source != sourceInsights || a.Invoked.Known.Method != migration.Derived {
				t.Errorf("evidence %+v, of billed %+v", a.Evidence, a.Invoked.Known)
			}
		default:
			if a.Processor != (migration.ProcessorTime{}) || a.PeakMemory.Count() != 0 || a.StartUp.Count() != 0 ||
				a.Evidence.Source != "cloudwatch" || a.Invoked.Known.Method != migration.Estimated {
				t.Errorf("without Insights: %+v", a)
			}
		}
		if a.Invoked.Billed != billed {
			t.Errorf("%s at %v: billed %d, want %d", a.Tenant, a.Start, a.Invoked.Billed, billed)
		}
	}
	for range 10 {
		r.clock.Advance(5 * time.Minute)
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		low, high = low+batch.AskedLow, high+batch.AskedHigh
		// Nine statistics each and thirteen more of two: five metrics each, five more.
		if plan, _ := batch.PollRate.Get(); plan.High != 12*(3*9+2*13) || plan.Low != 12*(3*5+2*5) {
			t.Fatalf("plan = %+v", plan)
		}
	}
	if billed := r.server.Billed(); billed.Low != low || billed.High != high {
		t.Errorf("counted %d to %d, billed %+v", low, high, billed)
	}
}

// A key of functions with and without Lambda Insights knows of INIT in part only.
func TestLambdaInsightsOfSome(t *testing.T) {
	account := &insighted{fleetAccount: newFleet(2), published: []string{"work-t00000"}}
	r := newRig(t, account, func(s *Settings) {
		s.History = -1
		s.Attribute = func(migration.Identity) migration.Attribution {
			return migration.Attribution{Tenant: "acme", Workload: "w"}
		}
	})
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range batch.Activities {
		if a.Runs == 2 && (a.Invoked.Known.Method != migration.Estimated || a.PeakMemory.Count() != 1) {
			t.Fatalf("%v: %+v, %d peaks", a.Start, a.Invoked.Known, a.PeakMemory.Count())
		}
	}
}

// A layer that came within the hours that are read says nothing of INIT before it.
func TestLambdaInsightsSinceAnHour(t *testing.T) {
	since := epoch.Truncate(time.Minute).Add(-time.Hour)
	account := &insighted{fleetAccount: newFleet(1), published: []string{"work-t00000"}, since: since}
	r := newRig(t, account)
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	before, after := 0, 0
	for _, a := range batch.Activities {
		if a.Span != time.Minute || a.Runs == 0 || !a.Final {
			continue
		}
		switch known := a.Invoked.Known.Method; {
		case a.Start.Before(since.Add(-time.Minute)): // its timeout may reach into the next minute
			before++
			if known != migration.Estimated || a.Invoked.Known.Note != noteBilled {
				t.Fatalf("%v, before the layer: %+v", a.Start, a.Invoked.Known)
			}
		case !a.Start.Before(since):
			after++
			if known != migration.Derived {
				t.Fatalf("%v, with the layer: %+v", a.Start, a.Invoked.Known)
			}
		}
	}
	if before == 0 || after == 0 {
		t.Errorf("%d minutes before and %d after", before, after)
	}
}

// standby is a fleet of which one function has provisioned concurrency, three
// quarters of whose invocations run on it.
type standby struct{ *fleetAccount }

func (a *standby) Metrics(time.Time) []awsapi.Metric {
	at := []awsapi.Dimension{{Name: functionDimension, Value: "work-t00000"}}
	return []awsapi.Metric{
		{Namespace: metricNamespace, Name: "ProvisionedConcurrentExecutions", Dimensions: at},
		{Namespace: metricNamespace, Name: "ProvisionedConcurrencyInvocations", Dimensions: at},
	}
}

func (a *standby) Samples(_ awsapi.Metric, from, to time.Time) iter.Seq[awsapi.Sample] {
	return func(yield func(awsapi.Sample) bool) {
		for at := awspoll.Ceil(from, time.Minute); at.Before(to); at = at.Add(time.Minute) {
			if !yield(awsapi.Sample{At: at, Value: 0.75}) {
				return
			}
		}
	}
}

// Provisioned concurrency stands there and costs, used or not, and what runs on it
// has a price of its own.
func TestProvisionedConcurrency(t *testing.T) {
	account := &standby{newFleet(2)}
	account.list[0].Detail = &awsapi.Detail{
		Aliases: []awsapi.Alias{{Name: "live", Version: "1"}}, Versions: 1,
		Provisioned: map[string]int32{"live": 5},
	}
	account.until = epoch.Add(10 * time.Minute)
	r := newRig(t, account, func(s *Settings) { s.History = -1 })
	idle, busy := 0, 0
	for range 6 {
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range batch.Activities {
			standing := migration.MBMillis(5 * 1024 * 60_000)
			if a.Tenant != "t00000" || a.Start.Before(epoch.Truncate(time.Minute)) {
				standing = 0
			}
			if a.Invoked.Provisioned != standing {
				t.Fatalf("%s at %v: %d stood there, want %d", a.Tenant, a.Start, a.Invoked.Provisioned, standing)
			}
			if a.Runs == 0 {
				idle++
				continue
			}
			if on := a.Invoked.OnProvisioned; a.Tenant == "t00000" && on != (a.Invoked.Billed*3+2)/4 || a.Tenant != "t00000" && on != 0 {
				t.Fatalf("%s at %v: %d of %d on provisioned concurrency", a.Tenant, a.Start, on, a.Invoked.Billed)
			}
			busy++
		}
		r.clock.Advance(5 * time.Minute)
	}
	if idle == 0 || busy == 0 {
		t.Errorf("%d idle minutes, %d busy ones", idle, busy)
	}
	if n := r.server.Calls("lambda:ListProvisionedConcurrencyConfigs"); n < 1 || n > 3 {
		t.Errorf("%d calls", n)
	}
}
