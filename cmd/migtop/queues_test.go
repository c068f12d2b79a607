package main

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
)

// queueAccount has queues to which so many messages a minute are sent, all of which are
// deleted at once.
type queueAccount struct {
	*awsapi.Fixed
	sent map[string]float64
}

func (a *queueAccount) Queues(time.Time) []awsapi.Queue {
	var out []awsapi.Queue
	for name, n := range a.sent {
		out = append(out, awsapi.Queue{Name: name, Visible: int64(n)})
	}
	slices.SortFunc(out, func(x, y awsapi.Queue) int { return strings.Compare(x.Name, y.Name) })
	return out
}

func (a *queueAccount) Metrics(time.Time) []awsapi.Metric {
	var out []awsapi.Metric
	for queue := range a.sent {
		for _, name := range []string{
			"NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted", "ApproximateNumberOfMessagesVisible",
			"ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed", "ApproximateAgeOfOldestMessage",
		} {
			out = append(out, awsapi.Metric{Namespace: "AWS/SQS", Name: name, Dimensions: []awsapi.Dimension{{Name: "QueueName", Value: queue}}})
		}
	}
	return out
}

func (a *queueAccount) Samples(m awsapi.Metric, from, to time.Time) iter.Seq[awsapi.Sample] {
	return func(yield func(awsapi.Sample) bool) {
		for at := from.Truncate(time.Minute).Add(time.Minute); at.Before(to); at = at.Add(time.Minute) {
			value := 0.0
			if strings.HasPrefix(m.Name, "NumberOf") {
				value = a.sent[m.Dimensions[0].Value]
			}
			if !yield(awsapi.Sample{At: at, Value: value}) {
				return
			}
		}
	}
}

// queueing is ops and prod, both with a queue "acme-orders", and each with one of its own.
func queueing(t *testing.T) (*awsapi.Organization, string) {
	t.Helper()
	return served(t,
		awsapi.Member{
			Account: &queueAccount{&awsapi.Fixed{Number: opsAccount}, map[string]float64{"acme-orders": 2, "acme-jobs": 5}},
			Regions: []string{"eu-west-1"}, AccessKeyID: "AKIDOPS",
		},
		awsapi.Member{
			Account: &queueAccount{&awsapi.Fixed{Number: prodAccount}, map[string]float64{"acme-orders": 30, "acme-dlq": 0}},
			Regions: []string{"eu-west-1", "us-east-1"}, Roles: []awsapi.Trust{{Name: "migtop", Trusts: opsAccount}},
		},
	)
}

const twoWithQueues = `
aws: {ecs: {read: off}}
window: 1h
tenants: [{name: acme}]
accounts:
  - {name: ops, profile: ops, regions: [eu-west-1]}
  - {name: prod, profile: ops, role_arn: "arn:aws:iam::222222222222:role/migtop", regions: [eu-west-1, us-east-1]}
`

// Each queue is read in the account and region of its ARN, its URL or the configuration. Queues with the same name are
// distinguished, and each account has a row.
func TestQueuesOfSeveralAccounts(t *testing.T) {
	profiles(t)
	const ops, ireland, virginia = "ops eu-west-1", "prod eu-west-1", "prod us-east-1"
	for _, test := range []struct {
		name, queues string
		want         []string          // scope, name and how many were sent a minute
		notes        map[string]string // by scope
	}{
		{
			"by ARN and URL", `
  - {arn: "arn:aws:sqs:eu-west-1:111111111111:acme-orders", role: blue}
  - {url: "https://sqs.us-east-1.amazonaws.com/222222222222/acme-orders", role: green}
  - {arn: "arn:aws:sqs:eu-west-1:444444444444:acme-orders", role: dead-letter}
`,
			[]string{ops + " acme-orders 2", virginia + " acme-orders 30"},
			map[string]string{
				ops:     "arn:aws:sqs:eu-west-1:444444444444:acme-orders is in an account or region that is not read",
				ireland: "the configuration names no queue of this account and region",
			},
		},
		{
			"by account", "\n  - {name: acme-orders, role: blue, account: ops}\n",
			[]string{ops + " acme-orders 2"},
			nil,
		},
		{
			"by account with two regions", "\n  - {name: \"{tenant}-orders\", role: blue, account: prod}\n  - {name: acme-jobs, role: green, " +
				"account: prod}\n",
			[]string{ireland + " acme-orders 30", virginia + " acme-orders 30"},
			nil,
		},
		{
			"by name", "\n  - {name: acme-orders, role: blue}\n  - {name: acme-jobs, role: green}\n  - {name: acme-d*, role: dead-letter}\n",
			[]string{
				ops + " acme-jobs 5", ops + " acme-orders 2", ireland + " acme-dlq 0", ireland + " acme-orders 30", virginia + " acme-dlq 0",
				virginia + " acme-orders 30",
			},
			nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			o, url := queueing(t)
			snap := once(t, wired(t, twoWithQueues+"queues:"+test.queues, url))
			rows := map[string]migration.Health{}
			for _, h := range snap.Sources {
				if h.Source == "sqs" {
					rows[h.Scope] = h
				}
			}
			for scope, note := range test.notes {
				if h := rows[scope]; !strings.Contains(h.Note, note) {
					t.Errorf("%s says %q, want %q", scope, h.Note, note)
				}
			}
			var got []string
			for _, v := range snap.Tenants {
				for _, q := range v.Queues {
					if h := rows[q.Scope]; h.State != migration.HealthOK || h.FinalTo.IsZero() {
						t.Errorf("%s: %+v", q.Scope, h)
					}
					minutes := int64(rows[q.Scope].FinalTo.Sub(rows[q.Scope].FinalTo.Add(-time.Hour).Truncate(15*time.Minute)) / time.Minute)
					got = append(got, fmt.Sprintf("%s %s %d", q.Scope, q.Name, q.Sent.Or(-1)/minutes))
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("queues (-want +got):\n%s", diff)
			}
			for _, place := range [][2]string{{opsAccount, "eu-west-1"}, {prodAccount, "eu-west-1"}, {prodAccount, "us-east-1"}} {
				asked := o.Server(place[0], place[1]).Billed().Low
				scope := map[string]string{opsAccount: "ops ", prodAccount: "prod "}[place[0]] + place[1]
				n := int64(0)
				for _, q := range test.want {
					if strings.HasPrefix(q, scope) {
						n++
					}
				}
				if asked != 14*n { // seven metrics, of the last hours and of what was before
					t.Errorf("%s was billed %d metrics for %d queues", scope, asked, n)
				}
			}
		})
	}
}

// An account that does not answer is said in its own row, and the others' queues are read.
func TestQueuesOfAnAccountThatIsGone(t *testing.T) {
	profiles(t)
	o, url := queueing(t)
	o.Server(prodAccount, "eu-west-1").SetFaults(awsapi.Faults{Denied: []string{"sqs:ListQueues", "cloudwatch:GetMetricData"}})
	snap := once(t, wired(t, twoWithQueues+"queues: [{name: acme-orders, role: blue}]\n", url))
	states := map[string]migration.HealthState{}
	for _, h := range snap.Sources {
		if h.Source == "sqs" {
			states[h.Scope] = h.State
		}
	}
	want := map[string]migration.HealthState{
		"ops eu-west-1": migration.HealthOK, "prod eu-west-1": migration.HealthDegraded,
		"prod us-east-1": migration.HealthOK,
	}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	if n := len(snap.Tenants[0].Queues); n != 2 {
		t.Errorf("%d queues", n)
	}
}

// doctor asks each account about its queues, and names those that none is read for.
func TestDoctorQueues(t *testing.T) {
	profiles(t)
	_, url := queueing(t)
	a := wired(t, twoWithQueues+`queues:
  - {arn: "arn:aws:sqs:eu-west-1:222222222222:acme-orders", role: blue}
  - {arn: "arn:aws:sqs:eu-central-1:222222222222:acme-orders", role: green}
`, url)
	for i, want := range []bool{false, true, false} {
		var out bytes.Buffer
		d := &doctor{out: &out}
		d.checkAWS(t.Context(), a, a.systems.aws[i])
		if got := strings.Contains(out.String(), "https://sqs.eu-west-1.amazonaws.com/222222222222/acme-orders"); got != want {
			t.Errorf("%s: found the queue: %v\n%s", a.systems.aws[i].scope(), got, out.String())
		}
	}
	if got, want := unreadBy(t, a, "sqs"),
		[]string{"arn:aws:sqs:eu-central-1:222222222222:acme-orders is in an account or region that is not read"}; !slices.Equal(got, want) {
		t.Errorf("unread %q, want %q", got, want)
	}
}
