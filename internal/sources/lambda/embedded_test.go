package lambda

import (
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

// multitenant is an account of one function that is invoked ten times a minute for
// 2 s each, two of which fail, and publishes six for acme and three for globex.
type multitenant struct {
	*fleetAccount
	late time.Time // since when globex has data
}

func (a *multitenant) Invocations(name string, from, to time.Time) iter.Seq[awsapi.Invocation] {
	return func(yield func(awsapi.Invocation) bool) {
		for i := range a.fleetAccount.Invocations(name, from, to) {
			ok, bad := i, i
			ok.Weight, bad.Weight, bad.Failed = 8, 2, true
			if name != "work-shared" {
				ok.Weight, bad.Weight = 1, 1
			}
			if !yield(ok) || !yield(bad) {
				return
			}
		}
	}
}

func (a *multitenant) Metrics(time.Time) []awsapi.Metric {
	var out []awsapi.Metric
	for _, value := range []string{"ACME", "globex"} {
		at := awsapi.Dimension{Name: "Tenant", Value: value}
		out = append(out,
			awsapi.Metric{Namespace: "Billing", Name: "Calls", Dimensions: []awsapi.Dimension{at}},
			awsapi.Metric{Namespace: "Billing", Name: "Calls", Dimensions: []awsapi.Dimension{at, {Name: "Route", Value: "/"}}}) // the same again
	}
	return out
}

func (a *multitenant) Samples(m awsapi.Metric, from, to time.Time) iter.Seq[awsapi.Sample] {
	return func(yield func(awsapi.Sample) bool) {
		for at := awspoll.Ceil(from, time.Minute); at.Before(to); at = at.Add(time.Minute) {
			value := 6.0
			if m.Dimensions[0].Value == "globex" {
				if value = 3; at.Before(a.late) {
					continue
				}
			}
			if !yield(awsapi.Sample{At: at, Value: value}) {
				return
			}
		}
	}
}

// What tenants share is split by what the function says of them, nothing is lost or
// counted twice, and the rest is nobody's.
func TestSharedFunctionIsSplit(t *testing.T) {
	account := &multitenant{newFleet(1), epoch.Truncate(time.Minute).Add(-30 * time.Minute)}
	shared := account.list[0]
	shared.Name = "work-shared"
	account.list = append(account.list, shared)
	r := newRig(t, account, func(s *Settings) {
		s.Attribute = func(id migration.Identity) migration.Attribution {
			if id.Name == "work-shared" {
				return migration.Attribution{Workload: "mail"}
			}
			return migration.Attribution{Tenant: "acme", Workload: "mail"} // acme has a function of its own too
		}
		s.Embedded = []Embedded{{
			Match:     func(function string) bool { return function == "work-shared" },
			Namespace: "Billing", Metric: "Calls", Dimension: "Tenant",
			Tenant: func(value string) migration.Tenant { return migration.Tenant(strings.ToLower(value)) },
		}}
	})
	var low, high int64
	all := store{}
	for range 3 {
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		all.absorb(batch)
		low, high = low+batch.AskedLow, high+batch.AskedHigh
		r.clock.Advance(5 * time.Minute)
	}
	if billed := r.server.Billed(); billed.Low != low || billed.High != high {
		t.Errorf("counted %d to %d, billed %+v", low, high, billed)
	}
	byKey := map[time.Time]map[string]migration.Activity{}
	for _, a := range all {
		if a.Span == time.Minute {
			if byKey[a.Start] == nil {
				byKey[a.Start] = map[string]migration.Activity{}
			}
			byKey[a.Start][string(a.Tenant)+"/"+string(a.Workload)] = a
		}
	}
	for start, minute := range byKey {
		acme, globex, nobody := minute["acme/mail (shared)"], minute["globex/mail"], minute["/mail"]
		wantGlobex := int64(3)
		if start.Before(account.late) {
			wantGlobex = 0
		}
		if acme.Runs != 6 || globex.Runs != wantGlobex || nobody.Runs != 4-wantGlobex {
			t.Fatalf("%v: %d + %d + %d of ten", start, acme.Runs, globex.Runs, nobody.Runs)
		}
		if acme.Failures+globex.Failures+nobody.Failures != 2 {
			t.Errorf("%v: failures %d + %d + %d", start, acme.Failures, globex.Failures, nobody.Failures)
		}
		if acme.Invoked == nil || acme.Invoked.Billed != migration.MBMillis(6*2000.5*1024) || acme.Duration.Count() != 6 {
			t.Errorf("%v: billed %+v over %d runs", start, acme.Invoked, acme.Duration.Count())
		}
		if acme.Evidence.Source != "cloudwatch + EMF" || acme.Evidence.Method != migration.Derived ||
			!strings.HasSuffix(acme.Evidence.Note, "Billing/Calls") {
			t.Errorf("evidence %+v", acme.Evidence)
		}
		if own := minute["acme/mail"]; own.Runs != 2 || own.Evidence.Source != "cloudwatch" {
			t.Errorf("%v: acme's own function %+v", start, own)
		}
	}
	if len(byKey) < 170 {
		t.Errorf("%d minutes", len(byKey))
	}
	// Where the weights cannot be read, nothing of the function is reported: what was
	// split must not be counted whole on top.
	r.server.SetFaults(awsapi.Faults{Denied: []string{"cloudwatch:GetMetricData"}})
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err == nil || len(batch.Activities) != 0 {
		t.Errorf("%d activities, %v", len(batch.Activities), err)
	}
}

// Weights are asked about in the same requests as everything else, and counted as they
// are billed: functions that are split alike ask for the same metric.
func TestWeightsArePacked(t *testing.T) {
	account := &multitenant{newFleet(120), epoch.AddDate(0, -1, 0)}
	r := newRig(t, account, func(s *Settings) {
		s.History = -1
		s.Embedded = []Embedded{{
			Match:     func(string) bool { return true },
			Namespace: "Billing", Metric: "Calls", Dimension: "Tenant",
			Tenant: func(value string) migration.Tenant { return migration.Tenant(value) },
		}}
	})
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	const queries = 120 * (9 + 2)
	billed := r.server.Billed()
	if billed.High != queries || billed.Requests != (queries+maxQueries-1)/maxQueries {
		t.Errorf("%d queries in %d requests", billed.High, billed.Requests)
	}
	if batch.AskedLow != billed.Low || batch.AskedHigh != billed.High {
		t.Errorf("counted %d to %d, billed %+v", batch.AskedLow, batch.AskedHigh, billed)
	}
	if plan, _ := batch.PollRate.Get(); plan.High != 12*queries {
		t.Errorf("plan %+v", plan)
	}
}
