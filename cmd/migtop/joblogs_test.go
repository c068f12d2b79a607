package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/joblogs"
)

// logging is ops and prod, in each of which a function works for acme and writes a line
// a minute, in ops into a log group of another name; the lines of Jobs go to prod, those
// of globex nowhere.
func logging(t *testing.T) (*awsapi.Organization, string) {
	t.Helper()
	now := time.Now()
	lines := func(perMinute int) (out []awsapi.LogEvent) {
		for at := now.Add(-3 * time.Hour).Truncate(time.Minute); at.Before(now); at = at.Add(time.Minute) {
			for range perMinute {
				out = append(out, awsapi.LogEvent{At: at, Message: "hello"})
			}
		}
		return out
	}
	ops := busyAccount(opsAccount, "acme-report", time.Second, now)
	ops.List[0].LogGroup = "/functions"
	ops.Lines = map[string][]awsapi.LogEvent{"/functions": lines(1), "/jobs/acme": {}}
	prod := busyAccount(prodAccount, "acme-report", 2*time.Second, now)
	prod.Lines = map[string][]awsapi.LogEvent{
		"/aws/lambda/acme-report": lines(2), "/functions": lines(7), "/jobs/acme": lines(3),
		"/jobs/globex": {},
	}
	return served(t,
		awsapi.Member{Account: ops, Regions: []string{"eu-west-1"}, AccessKeyID: "AKIDOPS"},
		awsapi.Member{Account: prod, Regions: []string{"eu-west-1"}, Roles: []awsapi.Trust{{Name: "migtop", Trusts: opsAccount}}},
	)
}

const twoThatLog = `
aws: {ecs: {read: off}}
window: 1h
tenants: [{name: acme}, {name: globex}]
accounts:
  - {name: ops, profile: ops, regions: [eu-west-1]}
  - {name: prod, profile: ops, role_arn: "arn:aws:iam::222222222222:role/migtop", regions: [eu-west-1]}
`

// deliveries returns what each account's sources report of log groups: the owner, and the number of lines.
func deliveries(t *testing.T, a *app) []string {
	t.Helper()
	var out []string
	for _, src := range a.sourcesOf(t.Context(), false, attribution.NewLearner(attribution.New(a.config.Attribution), 0)) {
		if !strings.HasPrefix(src.Name(), joblogs.Name) {
			continue
		}
		batch, err := src.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Errorf("%s: %v", src.Name(), err)
		}
		for _, one := range migration.PayloadOf[migration.LogDeliveries](batch) {
			whose := "everybody"
			if len(one.Of) > 0 {
				whose = string(one.Of[0].Tenant)
			}
			out = append(out, fmt.Sprintf("%s %s of %s: %d lines", batch.Scope, one.Group, whose, one.Lines))
			if one.Absent {
				out[len(out)-1] = batch.Scope + " " + one.Group + " is looked for"
			}
		}
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	}
	slices.Sort(out)
	return out
}

// Where the lines of Jobs go is read in the account that the configuration says.
func TestLogGroupsOfSeveralAccounts(t *testing.T) {
	profiles(t)
	_, url := logging(t)
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{
			"by ARN", "job_logs: [{arn: \"arn:aws:logs:eu-west-1:222222222222:log-group:/jobs/acme:*\", tenant: acme}]\n",
			[]string{"prod eu-west-1 /jobs/acme of acme: 180 lines"},
		},
		{"by account", "job_logs: [{group: /jobs/acme, account: ops}]\n", []string{"ops eu-west-1 /jobs/acme of everybody: 0 lines"}},
		{
			"by pattern", "logs: {jobs: \"/jobs/{tenant}\"}\n",
			[]string{
				"ops eu-west-1 /jobs/acme of acme: 0 lines", "ops eu-west-1 /jobs/{tenant} is looked for",
				"prod eu-west-1 /jobs/acme of acme: 180 lines", "prod eu-west-1 /jobs/globex of globex: 0 lines",
				"prod eu-west-1 /jobs/{tenant} is looked for",
			},
		},
		{
			"by a name that is in one of them", "logs: {jobs: /jobs/globex}\n",
			[]string{
				"ops eu-west-1 /jobs/globex is looked for", "prod eu-west-1 /jobs/globex is looked for",
				"prod eu-west-1 /jobs/globex of everybody: 0 lines",
			},
		},
	} {
		if diff := cmp.Diff(test.want, deliveries(t, wired(t, twoThatLog+test.text, url))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// Functions with the same name in two accounts write into different log groups, each counted in its account. Rows and
// bills are per account.
func TestLinesOfFunctionsInSeveralAccounts(t *testing.T) {
	profiles(t)
	o, url := logging(t)
	snap := once(t, wired(t, twoThatLog+"logs: {jobs: \"/jobs/{tenant}\"}\n", url))
	var low, high int64
	for _, account := range []string{opsAccount, prodAccount} {
		billed := o.Server(account, "eu-west-1").Billed()
		low, high = low+billed.Low, high+billed.High
	}
	if snap.Spend.MetricsLow != low || snap.Spend.MetricsHigh != high {
		t.Errorf("spend %d to %d, billed %d to %d", snap.Spend.MetricsLow, snap.Spend.MetricsHigh, low, high)
	}
	var rows []string
	for i := range snap.Sources {
		if h := &snap.Sources[i]; h.Source == joblogs.Name {
			rows = append(rows, fmt.Sprintf("%s %s %d", h.Title(), h.State, h.Objects))
		}
	}
	if diff := cmp.Diff([]string{"log arrival ops eu-west-1 ok 1", "log arrival prod eu-west-1 ok 2"}, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	for _, v := range snap.Tenants {
		if v.Tenant != "acme" {
			continue
		}
		if len(v.Logs) != 1 {
			t.Fatalf("%+v", v.Logs)
		}
		side := v.Logs[0].Before
		if want := []string{"/aws/lambda/acme-report", "/functions"}; !slices.Equal(side.Groups, want) {
			t.Errorf("log groups %q, want %q", side.Groups, want)
		}
		// A line a minute in ops, two in prod: the other account's /functions is not its.
		if side.Lines != migration.Some[int64](180) || side.Runs != migration.Some[int64](100) || side.Evidence.LowerBound {
			t.Errorf("%+v", side)
		}
		return
	}
	t.Error("no acme")
}

// doctor asks whether log groups can be listed where patterns need it, and names those in
// no account that is read.
func TestDoctorLogGroups(t *testing.T) {
	profiles(t)
	o, url := logging(t)
	a := wired(t, twoThatLog+"logs: {jobs: \"/jobs/{tenant}\"}\njob_logs: [{arn: \"arn:aws:logs:eu-west-1:333333333333:log-group:/x\"}]\n",
		url)
	o.Server(prodAccount, "eu-west-1").SetFaults(awsapi.Faults{Denied: []string{"logs:DescribeLogGroups"}})
	for i, want := range []string{"ok       logs:DescribeLogGroups", "failed   logs:DescribeLogGroups"} {
		var out bytes.Buffer
		d := &doctor{out: &out}
		d.checkAWS(t.Context(), a, a.systems.aws[i])
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s: want %q\n%s", a.systems.aws[i].scope(), want, out.String())
		}
	}
	want := []string{"arn:aws:logs:eu-west-1:333333333333:log-group:/x is in an account or region that is not read"}
	if got := unreadBy(t, a, joblogs.Name); !slices.Equal(got, want) {
		t.Errorf("unread %q", got)
	}
}
