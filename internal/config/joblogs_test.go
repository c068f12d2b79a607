package config_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/sources/joblogs"
)

const manySinks = `
accounts: [{name: prod}]
logs: {jobs: "/eks/{tenant}", lambda: on}
job_logs:
  - {group: "/eks/{tenant}/{workload}", account: prod}
  - {arn: "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/jobs/acme:*", tenant: acme, workload: orders}
  - {group: '/(?P<tenant>[a-z]+)-jobs/'}
`

func sinks(c *config.Config) []joblogs.Entry { return c.Section(joblogs.Name).(*joblogs.Config).All() }

// Where Jobs' lines go is said by one setting, by a list, or by both: the list first.
func TestSaysWhereJobsLinesGo(t *testing.T) {
	c, err := loadText(t, manySinks)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range sinks(c) {
		got = append(got, strings.Join([]string{l.Group.String(), l.ARN, l.Account, string(l.Tenant), string(l.Workload)}, "|"))
	}
	want := []string{
		"/eks/{tenant}/{workload}||prod||",
		"|arn:aws-cn:logs:cn-north-1:123456789012:log-group:/jobs/acme:*||acme|orders",
		"/(?P<tenant>[a-z]+)-jobs/||||",
		"/eks/{tenant}||||",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sinks (-want +got):\n%s", diff)
	}
	var out bytes.Buffer
	if err := c.Write(&out, false); err != nil {
		t.Fatal(err)
	}
	again, err := loadText(t, out.String())
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if len(sinks(again)) != 4 || sinks(again)[1].ARN != sinks(c)[1].ARN || again.LambdaLogs != config.LambdaLogsOn {
		t.Errorf("written and read again: %+v", sinks(again))
	}
}

// The log groups of functions are read if there are Job logs to compare with, or if the configuration says so.
func TestWatchesLambda(t *testing.T) {
	for text, want := range map[string]bool{
		"":                                  false,
		"logs: {lambda: on}":                true,
		"logs: {jobs: /jobs}":               true,
		"logs: {jobs: /jobs, lambda: auto}": true,
		"logs: {jobs: /jobs, lambda: off}":  false,
		"job_logs: [{group: /jobs}]":        true,
		"job_logs: [{group: /jobs, tenant: a}]\nlogs: {lambda: off}": false,
	} {
		c, err := loadText(t, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.LambdaLogs.Watch(len(sinks(c)) > 0); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestRefusesLogGroups(t *testing.T) {
	for text, says := range map[string]string{
		"logs: {jobs: '/eks/{customer}'}":                           "customer",
		"logs: {lambda: always}":                                    "auto, on or off",
		"job_logs: /jobs":                                           "a list of log groups",
		"job_logs: [{tenant: acme}]":                                "an entry that names no log group",
		"job_logs: [{group: a b}]":                                  "the name of a log group",
		"job_logs: [{arn: 'arn:aws:sqs:eu-west-1:123456789012:q'}]": "the ARN of a log group",
		"job_logs: [{group: /a, arn: 'arn:aws:logs:eu-west-1:123456789012:log-group:/a'}]": "names its log group twice",
		"accounts: [{name: p}]\n" +
			"job_logs: [{account: p, arn: 'arn:aws:logs:eu-west-1:123456789012:log-group:/a'}]": "whose account comes from two places",
		"job_logs: [{group: '/eks/{tenant}', tenant: acme}]":           "whose tenant comes from two places",
		"job_logs: [{group: '/eks/{tenant}/{workload}', workload: w}]": "whose workload comes from two places",
		"job_logs: [{group: '/eks/{workload}'}]":                       "of a workload without a tenant",
		"job_logs: [{group: /a, account: prod}]":                       "not listed under accounts",
		"job_logs: [{group: /a, colour: red}]":                         "colour",
	} {
		if _, err := loadText(t, text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}
