package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/lambda"
)

// watched is ops, a monitoring account that prod and old share their metrics with in
// Ireland; prod's role may be assumed by ops, of old there is nothing else.
func watched(t *testing.T) (*awsapi.Organization, string) {
	t.Helper()
	now := time.Now()
	return served(t,
		awsapi.Member{
			Account: busyAccount(opsAccount, "acme-report", time.Second, now), Regions: []string{"eu-west-1", "us-east-1"}, AccessKeyID: "AKIDOPS",
			Shared: awsapi.Sharing{Metrics: []string{prodAccount, oldAccount}},
		},
		awsapi.Member{
			Account: busyAccount(prodAccount, "acme-report", 2*time.Second, now), Regions: []string{"eu-west-1"},
			Roles: []awsapi.Trust{{Name: "migtop", Trusts: opsAccount}},
		},
		awsapi.Member{Account: busyAccount(oldAccount, "acme-report", 4*time.Second, now), Regions: []string{"eu-west-1"}},
	)
}

const (
	monitoring = `
aws: {ecs: {read: off}}
tenants: [{name: acme}]
accounts:
  - {name: ops, profile: ops, regions: [eu-west-1], monitoring: true}
`
	prodToo = `  - {name: prod, profile: ops, role_arn: "arn:aws:iam::222222222222:role/migtop", regions: [eu-west-1]}
`
	unreadableOld  = "configuration of account " + oldAccount + " is not readable from the monitoring account: add it under accounts"
	unreadableProd = "configuration of account " + prodAccount + " is not readable from the monitoring account: add it under accounts"
)

// The functions of linked accounts are read through the monitoring account, which pays. Functions with the same name are
// distinguished, and their cost is shown as unknown. An account that is also configured is read directly only.
func TestMonitoringAccount(t *testing.T) {
	profiles(t)
	for _, test := range []struct {
		name, config string
		notes        []string
		askedProd    bool // by its own way
	}{
		{"linked only", monitoring, []string{unreadableProd, unreadableOld}, false},
		{"one is configured too", monitoring + prodToo, []string{unreadableOld}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			o, url := watched(t)
			snap := once(t, wired(t, test.config, url))
			var note string
			for i := range snap.Sources {
				h := &snap.Sources[i]
				if h.Source != "cloudwatch" && h.Source != "lambda" {
					continue
				}
				if h.State != migration.HealthOK {
					t.Errorf("%s is %v: %v", h.Title(), h.State, h.Problem)
				}
				switch h.Title() {
				case "cloudwatch ops eu-west-1":
					note = h.Note
					if want := 1 + len(test.notes); h.Objects != want {
						t.Errorf("%d functions, want %d", h.Objects, want)
					}
				case "lambda ops eu-west-1":
					if h.Objects != 1 {
						t.Errorf("%d functions in the Lambda API, want 1", h.Objects)
					}
				}
			}
			for _, want := range []string{unreadableProd, unreadableOld} {
				if got := strings.Count(note, want) == 1; got != slices.Contains(test.notes, want) {
					t.Errorf("note %q: %q is there: %v", note, want, got)
				}
			}
			if len(snap.Tenants) == 0 || snap.Tenants[0].Tenant != "acme" {
				t.Fatalf("tenants %+v", snap.Tenants)
			}
			acme := &snap.Tenants[0]
			minutes := int64(snap.Window.FinalTo.Sub(snap.Window.FinalTo.Add(-snap.Window.Span).Truncate(15*time.Minute)) / time.Minute)
			if runs := acme.Before.Runs.Or(0); runs != 3*minutes {
				t.Errorf("%d runs in %d minutes, want three a minute", runs, minutes)
			}
			if longest := acme.Before.Duration.Max(); longest != migration.Some(4*time.Second) {
				t.Errorf("the longest run took %v", longest)
			}
			if fig := acme.Before.CostPerHour; !fig.Value.Known() || !fig.Evidence.LowerBound ||
				!strings.Contains(fig.Evidence.Note, unreadableOld) {
				t.Errorf("the cost of acme is not a lower bound that says why: %+v", fig)
			}

			var low, high int64
			for _, account := range []string{opsAccount, prodAccount, oldAccount} {
				billed := o.Server(account, "eu-west-1").Billed()
				low, high = low+billed.Low, high+billed.High
				if asked := billed.Low > 0; asked != (account == opsAccount || (account == prodAccount && test.askedProd)) {
					t.Errorf("%s was billed %+v", account, billed)
				}
			}
			if snap.Spend.MetricsLow != low || snap.Spend.MetricsHigh != high {
				t.Errorf("spend %d to %d, billed %d to %d", snap.Spend.MetricsLow, snap.Spend.MetricsHigh, low, high)
			}
			dollars := func(metrics int64) migration.Opt[migration.USD] { // $0.01 a thousand
				return migration.Some(migration.Dollars(decimal.New(metrics, -5)))
			}
			if s := snap.Spend; !sameUSD(s.SoFarLow, dollars(low)) || !sameUSD(s.SoFarHigh, dollars(high)) {
				t.Errorf("spend $%v to $%v, want $%v to $%v", s.SoFarLow, s.SoFarHigh, dollars(low), dollars(high))
			}
		})
	}
}

// Links do not reach over regions, and who is not known may be counted twice: linked
// accounts wait for it.
func TestLinkedAccountsWait(t *testing.T) {
	profiles(t)
	_, url := watched(t)
	a := wired(t, monitoring+"  - {name: gone, profile: nobody}\n", url)
	snap := once(t, a)
	for i := range snap.Sources {
		h := &snap.Sources[i]
		if h.Title() != "cloudwatch ops eu-west-1" {
			continue
		}
		if h.Objects != 1 || h.Problem == nil || !strings.HasPrefix(h.Problem.What,
			"linked accounts wait: which account gone is cannot be determined") {
			t.Errorf("%d functions, %v", h.Objects, h.Problem)
		}
		return
	}
	t.Error("no row of ops")
}

// doctor names the linked accounts, or says that there are none.
func TestDoctorLinked(t *testing.T) {
	profiles(t)
	_, url := watched(t)
	for _, test := range []struct{ region, want string }{
		{"eu-west-1", "ok       linked accounts              " + prodAccount + ", " + oldAccount},
		{"us-east-1", "failed   linked accounts              no linked account has shown a function here within 3 h: none is linked to " +
			opsAccount + " in us-east-1"},
	} {
		a := wired(t, strings.ReplaceAll(monitoring, "eu-west-1", test.region), url)
		var out bytes.Buffer
		d := &doctor{out: &out}
		d.checkAWS(context.Background(), a, a.systems.aws[0])
		if !strings.Contains(out.String(), test.want) {
			t.Errorf("%s: want %q\n%s", test.region, test.want, cmp.Diff("", out.String()))
		}
	}
}

func sameUSD(a, b migration.Opt[migration.USD]) bool {
	x, ok := a.Get()
	y, ok2 := b.Get()
	return ok && ok2 && x.Decimal().Equal(y.Decimal())
}

// sharing is ops, a monitoring account that prod shares its metrics and its log groups
// with, and old its metrics alone.
func sharing(t *testing.T) (*awsapi.Organization, string) {
	t.Helper()
	now := time.Now()
	both := awsapi.Sharing{Metrics: []string{prodAccount, oldAccount}, Logs: []string{prodAccount}}
	return served(t,
		awsapi.Member{
			Account: reporting(opsAccount, "acme-report", time.Second, 100, now), Regions: []string{"eu-west-1"},
			AccessKeyID: "AKIDOPS", Shared: both,
		},
		awsapi.Member{Account: reporting(prodAccount, "acme-report", 2*time.Second, 200, now), Regions: []string{"eu-west-1"}},
		awsapi.Member{Account: reporting(oldAccount, "globex-batch", 4*time.Second, 400, now), Regions: []string{"eu-west-1"}},
	)
}

// The log groups of a linked account are read through the monitoring account, which pays, if the link shares them.
// Functions with the same name are not mixed, memory and billed duration are known, and the cost is a lower bound, since
// the architecture is unknown. If the link does not share log groups, a note says so.
func TestLogsOfLinkedAccounts(t *testing.T) {
	profiles(t)
	o, url := sharing(t)
	config := strings.Replace(monitoring, "{name: acme}", "{name: acme}, {name: globex}", 1)
	rows, said, err := evidenceCommand(t, wired(t, config, url))
	want := map[string]int64{
		opsAccount + " eu-west-1 acme-report acme report": 2, prodAccount + " eu-west-1 acme-report acme report": 4,
	}
	if diff := cmp.Diff(want, rows); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, say := range []string{"2 log groups to read", "1 function of a linked account writes where nothing is shared"} {
		if !strings.Contains(said, say) {
			t.Errorf("it does not say %q: %s", say, said)
		}
	}
	ops := o.Server(opsAccount, "eu-west-1")
	if ops.Billed().Scanned == 0 || o.Server(prodAccount, "eu-west-1").Billed().Scanned != 0 {
		t.Errorf("billed %+v", ops.Billed())
	}

	a := wired(t, config, url)
	next := runEngine(t, a)
	next(func(snap *migration.Snapshot) bool { return len(snap.Tenants) > 1 })
	q, err := a.monitor.QuoteEvidence(t.Context())
	if err != nil || q.Unshared != 1 || q.Groups != 2 {
		t.Fatalf("%+v, %v", q, err)
	}
	if _, err := a.monitor.ReadEvidence(t.Context(), q, nil); err != nil {
		t.Fatal(err)
	}
	snap := next(func(snap *migration.Snapshot) bool { return len(rowsOf(snap, "logs")) > 0 })
	views := map[migration.Tenant]*migration.TenantView{}
	for i := range snap.Tenants {
		views[snap.Tenants[i].Tenant] = &snap.Tenants[i]
	}
	acme, globex := views["acme"], views["globex"]
	if acme == nil || globex == nil {
		t.Fatalf("%d tenants", len(snap.Tenants))
	}
	var accounts []string
	for _, f := range acme.Workloads[0].Functions {
		accounts = append(accounts, fmt.Sprint(f.Account(), f.Linked, f.MemorySize > 0))
	}
	slices.Sort(accounts)
	if diff := cmp.Diff([]string{opsAccount + "false true", prodAccount + "true false"}, accounts); diff != "" {
		t.Errorf("functions (-want +got):\n%s", diff)
	}
	// One in two was billed for 2 s on x86_64, the other for 4 s, at least at arm64's price;
	// the last minutes of the first are estimated, of the second not known.
	const most = (2*0.0000166667+4*0.0000133334)/2 + 0.0000002
	fig := acme.Before.CostPerRun
	if v := fig.Value.Or(migration.USD{}).Float(); v > most || v < 0.93*most || !fig.Evidence.LowerBound {
		t.Errorf("a run costs %v, want a little less than %v: %+v", v, most, fig.Evidence)
	}
	if acme.Before.PeakMemory.Max() != migration.Some(200*migration.MiB) || acme.Before.MemoryLimit != migration.Some(1024*migration.MiB) {
		t.Errorf("peak %v of %v", acme.Before.PeakMemory.Max(), acme.Before.MemoryLimit)
	}
	// Of globex there are metrics alone, and no figure is made up.
	if l := &globex.Before; l.Cost.Value.Known() || l.PeakMemory.Count() != 0 || l.MemoryLimit.Known() || l.Runs.Or(0) == 0 {
		t.Errorf("globex: cost %+v, peak of %d, limit %v, %v runs", l.Cost, l.PeakMemory.Count(), l.MemoryLimit, l.Runs)
	}
	if f := globex.Workloads[0].Functions; len(f) != 1 || !f[0].Linked || f[0].Name != "globex-batch" {
		t.Errorf("globex's functions: %+v", f)
	}

	// Who may not list them says so, and its own logs are read.
	ops.SetFaults(awsapi.Faults{Denied: []string{"logs:DescribeLogGroups"}})
	_, said, err = evidenceCommand(t, wired(t, config, url))
	if err != nil || !strings.Contains(said, "which log groups linked accounts share with ops eu-west-1 is not known: not permitted: "+
		"logs:DescribeLogGroups") {
		t.Errorf("%v: %s", err, said)
	}
}

// Names of linked accounts' functions identify Jobs like the account's own functions do.
func TestNamesOfLinkedAccountsAreLearnt(t *testing.T) {
	profiles(t)
	_, url := sharing(t)
	for _, w := range wired(t, monitoring, url).systems.aws {
		access, err := awsaccess.LoadConfig(t.Context(), w.options)
		if err != nil {
			t.Fatal(err)
		}
		defer access.Close()
		for linked, want := range map[bool]int{false: 1, true: 2} {
			ids, err := lambda.Identities(t.Context(), access, linked)
			if err != nil || len(ids) != want {
				t.Errorf("linked %t: %+v, %v", linked, ids, err)
			}
		}
	}
}
