package main

import (
	"context"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/jobs"
)

// busyAccount is one function with runs every minute of the last
// hours.
func busyAccount(number, function string, duration time.Duration, now time.Time) *awsapi.Fixed {
	a := &awsapi.Fixed{
		Number: number, Log: map[string][]awsapi.Invocation{},
		List: []awsapi.Function{{Name: function, MemoryMB: 1024, Timeout: time.Minute, Arch: "x86_64", Runtime: "go"}},
	}
	for at := now.Add(-8 * time.Hour).Truncate(time.Minute); at.Before(now); at = at.Add(time.Minute) {
		a.Log[function] = append(a.Log[function], awsapi.Invocation{Start: at, Duration: duration})
	}
	return a
}

// served serves an organization until the test ends.
func served(t *testing.T, members ...awsapi.Member) (*awsapi.Organization, string) {
	t.Helper()
	return servedAt(t, clock.System(), members...)
}

// servedAt is served by another clock.
func servedAt(t *testing.T, clk clock.Clock, members ...awsapi.Member) (*awsapi.Organization, string) {
	t.Helper()
	o, err := awsapi.NewOrganization(clk, members...)
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
	return o, url
}

const (
	opsAccount, prodAccount, oldAccount = "111111111111", "222222222222", "333333333333"
	prodRole                            = "arn:aws:iam::222222222222:role/migtop"
)

// organization returns ops, which has access keys, prod, whose role ops may assume, and old, in China. ops and prod are
// in Ireland, prod also in Virginia.
func organization(t *testing.T) (*awsapi.Organization, string) {
	t.Helper()
	return organizationAt(t, clock.System())
}

// organizationAt is organization by another clock.
func organizationAt(t *testing.T, clk clock.Clock) (*awsapi.Organization, string) {
	t.Helper()
	now := clk.Now()
	return servedAt(t, clk,
		awsapi.Member{Account: busyAccount(opsAccount, "acme-report", time.Second, now), Regions: []string{"eu-west-1"}, AccessKeyID: "AKIDOPS"},
		awsapi.Member{
			Account: busyAccount(prodAccount, "acme-report", 2*time.Second, now), Regions: []string{"eu-west-1", "us-east-1"},
			Roles: []awsapi.Trust{{Name: "migtop", Trusts: opsAccount, ExternalID: "s3cret"}},
		},
		awsapi.Member{
			Account: busyAccount(oldAccount, "globex-batch", 4*time.Second, now), Regions: []string{"cn-north-1"}, Partition: "aws-cn",
			AccessKeyID: "AKIDOLD",
		},
	)
}

// wired is an app that reads the accounts of a configuration at an endpoint.
func wired(t *testing.T, text, url string) *app {
	t.Helper()
	c, err := config.Parse("config.yaml", []byte(text), config.Options{Sections: sources.Sections()})
	if err != nil {
		t.Fatal(err)
	}
	return wiredTo(t, c, url)
}

func wiredTo(t *testing.T, c *config.Config, url string, change ...func(*systems)) *app {
	t.Helper()
	a := &app{config: c, clock: clock.System(), log: slog.New(slog.DiscardHandler)}
	a.systems = systems{clock: a.clock, aws: ways(c), demo: true, cluster: func() (*jobs.Connection, error) {
		return nil, &migration.Problem{Fault: migration.FaultAbsent, What: "no cluster in this test"}
	}}
	for i := range a.systems.aws {
		o := &a.systems.aws[i].options
		o.Endpoint, o.Attempts = url, 1
	}
	for _, f := range change {
		f(&a.systems)
	}
	a.clock = a.systems.clock
	if err := a.wire(t.Context(), frozen); err != nil {
		t.Fatal(err)
	}
	return a
}

// unreadBy is what a source says of entries that nothing is read for.
func unreadBy(t *testing.T, a *app, source string) []string {
	t.Helper()
	for _, d := range sources.Registered() {
		if d.Name == source {
			return a.unread(t.Context(), &d)
		}
	}
	t.Fatalf("no source %s", source)
	return nil
}

func once(t *testing.T, a *app) *migration.Snapshot {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	snap, _ := a.monitor.Once(ctx) // the cluster is not there
	return snap
}

// profiles writes an AWS configuration of two profiles, and hides the machine's.
func profiles(t *testing.T) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "credentials")
	text := "[ops]\naws_access_key_id = AKIDOPS\naws_secret_access_key = x\n[china]\naws_access_key_id = AKIDOLD\naws_secret_access_key = x\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	for _, name := range []string{"AWS_PROFILE", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL"} {
		t.Setenv(name, "")
	}
}

const several = `
aws: {ecs: {read: off}}
tenants: [{name: acme}, {name: globex}]
accounts:
  - {name: ops, profile: ops, regions: [eu-west-1]}
  - {name: prod, profile: ops, role_arn: "arn:aws:iam::222222222222:role/migtop", external_id: s3cret, regions: [eu-west-1, us-east-1]}
  - {name: old, profile: china, regions: [cn-north-1]}
`

// Functions of the same name in several accounts and regions are neither merged nor
// lost: their runs add up, each is priced where it runs, and each account has its own
// rows and its own bill.
func TestSeveralAccounts(t *testing.T) {
	profiles(t)
	o, url := organization(t)
	snap := once(t, wired(t, several, url))

	var rows []string
	for i := range snap.Sources {
		h := &snap.Sources[i]
		if h.Source == "cloudwatch" || h.Source == "lambda" {
			if h.State != migration.HealthOK {
				t.Errorf("%s is %v: %v", h.Title(), h.State, h.Problem)
			}
			rows = append(rows, h.Title())
		}
	}
	want := []string{
		"cloudwatch ops eu-west-1", "lambda ops eu-west-1", "cloudwatch prod eu-west-1", "lambda prod eu-west-1",
		"cloudwatch prod us-east-1", "lambda prod us-east-1", "cloudwatch old cn-north-1", "lambda old cn-north-1",
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	scopes := []migration.AccountScope{
		{Name: "ops", Profile: "ops", Account: opsAccount, Region: "eu-west-1"},
		{Name: "prod", Profile: "ops", Role: prodRole, Account: prodAccount, Region: "eu-west-1"},
		{Name: "prod", Profile: "ops", Role: prodRole, Account: prodAccount, Region: "us-east-1"},
		{Name: "old", Profile: "china", Account: oldAccount, Region: "cn-north-1"},
	}
	if diff := cmp.Diff(scopes, snap.Scope.Accounts); diff != "" || snap.Scope.Region != "" || snap.Scope.Profile != "" {
		t.Errorf("scope (-want +got):\n%s\n%+v", diff, snap.Scope)
	}

	views := map[migration.Tenant]*migration.TenantView{}
	for i := range snap.Tenants {
		views[snap.Tenants[i].Tenant] = &snap.Tenants[i]
	}
	acme, globex := views["acme"], views["globex"]
	if acme == nil || globex == nil {
		t.Fatalf("tenants: %v", slices.Collect(maps.Keys(views)))
	}
	var places []string
	for _, f := range acme.Workloads[0].Functions {
		places = append(places, f.Account()+" "+f.Place.Region)
	}
	slices.Sort(places)
	if diff := cmp.Diff([]string{opsAccount + " eu-west-1", prodAccount + " eu-west-1", prodAccount + " us-east-1"}, places); diff != "" {
		t.Errorf("functions (-want +got):\n%s", diff)
	}
	minutes := int64(snap.Window.FinalTo.Sub(snap.Window.FinalTo.Add(-snap.Window.Span).Truncate(15*time.Minute)) / time.Minute)
	if runs := acme.Before.Runs.Or(0); runs != 3*minutes {
		t.Errorf("%d runs in %d minutes, want three a minute", runs, minutes)
	}
	if longest := acme.Before.Duration.Max(); longest != migration.Some(2*time.Second) {
		t.Errorf("the longest run took %v", longest)
	}
	if fig := acme.Before.CostPerHour; !fig.Value.Known() || fig.Evidence.LowerBound {
		t.Errorf("cost of acme: %+v", fig)
	}
	// Another partition: it has its own ARNs, and its prices are unknown.
	if f := globex.Workloads[0].Functions[0]; f.ARN != "arn:aws-cn:lambda:cn-north-1:"+oldAccount+":function:globex-batch" {
		t.Errorf("ARN %s", f.ARN)
	}
	if globex.Before.Runs.Or(0) != minutes || globex.Before.CostPerHour.Value.Known() {
		t.Errorf("globex: %v runs, cost %+v", globex.Before.Runs, globex.Before.CostPerHour)
	}

	var low, high int64
	for _, p := range [][2]string{
		{opsAccount, "eu-west-1"},
		{prodAccount, "eu-west-1"},
		{prodAccount, "us-east-1"},
		{oldAccount, "cn-north-1"},
	} {
		billed := o.Server(p[0], p[1]).Billed()
		if billed.Low == 0 {
			t.Errorf("%v was asked nothing", p)
		}
		low, high = low+billed.Low, high+billed.High
	}
	if snap.Spend.MetricsLow != low || snap.Spend.MetricsHigh != high {
		t.Errorf("spend %d to %d, billed %d to %d", snap.Spend.MetricsLow, snap.Spend.MetricsHigh, low, high)
	}
	// What is asked in China has no price: the amount is what the others cost, and says so.
	china := o.Server(oldAccount, "cn-north-1").Billed()
	dollars := migration.Some(migration.Dollars(decimal.New(high-china.High, -5)))
	if s := snap.Spend; !sameUSD(s.SoFarHigh, dollars) || !s.LowerBound ||
		s.Note != "no price is known for metrics in cn-north-1: amounts leave that out" {
		t.Errorf("spend $%v, want $%v: %q", s.SoFarHigh, dollars, s.Note)
	}
	if n := o.Server(opsAccount, "eu-west-1").Calls("sts:AssumeRole"); n == 0 {
		t.Error("no role was assumed")
	}
}

// An account that fails is named, and what the others did is there, as a lower bound.
func TestOneAccountFails(t *testing.T) {
	profiles(t)
	_, url := organization(t)
	for _, test := range []struct{ name, from, to, what string }{
		{"external ID", "external_id: s3cret", "external_id: wrong", "may not assume the role " + prodRole},
		{"role", "role/migtop", "role/absent", "may not assume the role arn:aws:iam::222222222222:role/absent"},
	} {
		t.Run(test.name, func(t *testing.T) {
			snap := once(t, wired(t, strings.ReplaceAll(several, test.from, test.to), url))
			failed := 0
			for i := range snap.Sources {
				h := &snap.Sources[i]
				if h.Source != "cloudwatch" {
					continue
				}
				if strings.HasPrefix(h.Scope, "prod ") {
					failed++
					if h.State != migration.HealthFailed || h.Problem == nil || h.Problem.What != test.what || h.Problem.Fault != migration.FaultDenied {
						t.Errorf("%s: %v, %v", h.Title(), h.State, h.Problem)
					}
				} else if h.State != migration.HealthOK {
					t.Errorf("%s: %v", h.Title(), h.State)
				}
			}
			if failed != 2 {
				t.Errorf("%d rows failed, want both regions of prod", failed)
			}
			total := snap.Totals.Before.CostPerHour
			if !total.Value.Known() || !total.Evidence.LowerBound ||
				!strings.Contains(total.Evidence.Note, "prod eu-west-1, prod us-east-1 does not answer") {
				t.Errorf("total %+v", total)
			}
		})
	}
}

// Temporary credentials that ended are fetched anew.
func TestRoleExpires(t *testing.T) {
	profiles(t)
	o, url := organization(t)
	access, err := awsaccess.LoadConfig(t.Context(),
		awsaccess.Options{Profile: "ops", Region: "us-east-1", Role: prodRole, ExternalID: "s3cret", Endpoint: url, Attempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer access.Close()
	o.Expire()
	findings := access.Check(t.Context(), nil)
	problem := findings[len(findings)-1].Problem
	for _, f := range findings {
		if f.Name == "identity" {
			problem = f.Problem
		}
	}
	if problem == nil || problem.Fault != migration.FaultExpired {
		t.Fatalf("identity after the end: %+v", findings)
	}
	again, err := awsaccess.LoadConfig(t.Context(),
		awsaccess.Options{Profile: "ops", Region: "us-east-1", Role: prodRole, ExternalID: "s3cret", Endpoint: url, Attempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for _, f := range again.Check(t.Context(), nil) {
		if f.Problem != nil {
			t.Errorf("%s: %v", f.Name, f.Problem)
		}
	}
}

// --profile and --region, given by hand, read that one account as they always did.
func TestFlagsWinOverAccounts(t *testing.T) {
	load := func(flags map[string]string) *config.Config {
		c, err := config.Load(config.Options{Sections: sources.Sections(), File: writeConfig(t, several), Flags: flags, Env: demoEnv})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if ws := ways(load(nil)); len(ws) != 4 || ws[2].scope() != "prod us-east-1" || ws[2].options.Profile != "ops" {
		t.Errorf("without flags: %+v", ws)
	}
	for _, flags := range []map[string]string{{"aws.profile": "mine"}, {"aws.region": "eu-central-1"}} {
		ws := ways(load(flags))
		if len(ws) != 1 || ws[0].scope() != "" || ws[0].options.Profile != flags["aws.profile"] || ws[0].options.Region != flags["aws.region"] {
			t.Errorf("%v: %+v", flags, ws)
		}
	}
}

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A profile that is not there is an error with its place and the ones that are.
func TestUnknownProfile(t *testing.T) {
	profiles(t)
	file := writeConfig(t, "accounts:\n  - name: a\n    profile: nobody\n")
	_, err := config.Load(config.Options{File: file, Env: demoEnv, Check: checks})
	if err == nil || !strings.Contains(err.Error(),
		`config.yaml:3:14: accounts.profile: the profile "nobody"; there is no such AWS profile; profiles that exist: china, ops`) {
		t.Errorf("error %v", err)
	}
}
