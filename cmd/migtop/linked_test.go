package main

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/simcloud/awsapi"
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

// The functions of linked accounts are read through the monitoring account, which pays;
// those of the same name are told apart, what they cost is unknown and said to be, and
// an account that is configured too is asked by its own way alone.
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
			if runs := acme.Lambda.Runs.Or(0); runs != 3*minutes {
				t.Errorf("%d runs in %d minutes, want three a minute", runs, minutes)
			}
			if longest := acme.Lambda.Duration.Max(); longest != migration.Some(4*time.Second) {
				t.Errorf("the longest run took %v", longest)
			}
			if fig := acme.Lambda.CostPerHour; !fig.Value.Known() || !fig.Evidence.LowerBound || !strings.Contains(fig.Evidence.Note, unreadableOld) {
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
		if h.Objects != 1 || h.Problem == nil || !strings.HasPrefix(h.Problem.What, "linked accounts wait: which account gone is cannot be told") {
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
		{"us-east-1", "failed   linked accounts              no linked account has shown a function here within 3 h: none is linked to " + opsAccount + " in us-east-1"},
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
