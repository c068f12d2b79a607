package ecs

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
	"github.com/migtop/migtop/internal/sources/simcloud/awsapi"
)

// Every way in which AWS can fail is said, and passes.
func TestTroubleAndRecovery(t *testing.T) {
	for _, test := range []struct {
		name   string
		faults awsapi.Faults
		fault  migration.Fault
		what   string
		state  migration.HealthState
		whole  bool // the poll as a whole fails
	}{
		{"expired", awsapi.Faults{Expired: true}, migration.FaultExpired, "the AWS credentials have expired", migration.HealthFailed, true},
		{"rejected", awsapi.Faults{Rejected: true}, migration.FaultRejected, "AWS does not accept the credentials (UnrecognizedClientException)", migration.HealthFailed, true},
		{"tasks denied", awsapi.Faults{Denied: []string{"ecs:ListTasks"}}, migration.FaultDenied, "not permitted: ecs:ListTasks", migration.HealthFailed, true},
		{"metrics denied", awsapi.Faults{Denied: []string{"cloudwatch:GetMetricData"}}, migration.FaultDenied, "not permitted: cloudwatch:GetMetricData", migration.HealthDegraded, false},
		{"throttled", awsapi.Faults{Throttle: true}, migration.FaultThrottled, "ECS throttles ListTasks", migration.HealthFailed, false},
		{"offline", awsapi.Faults{Offline: true}, migration.FaultUnreachable, "cannot reach ECS at ", migration.HealthFailed, true},
		{"a page of HTML", awsapi.Faults{HTML: true}, migration.FaultNotThatAPI, "endpoint did not answer as ECS (HTTP 200)", migration.HealthFailed, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, many(2))
			if _, err := r.Poll(t.Context(), sources.Focus{}); err != nil {
				t.Fatal(err)
			}
			r.server.SetFaults(test.faults)
			r.clock.Advance(15 * time.Minute)
			batch, err := r.Poll(t.Context(), sources.Focus{})
			h := awsaccesstest.Health(t, batch, "ecs")
			if (err != nil) != test.whole || h.State != test.state || h.Problem == nil || h.Problem.Fault != test.fault || !strings.HasPrefix(h.Problem.What, test.what) {
				t.Fatalf("error %v, health %v: %+v", err, h.State, h.Problem)
			}
			if h.Problem.Fix == "" || strings.Contains(h.Problem.Error(), "\n") {
				t.Errorf("problem = %q", h.Problem.Error())
			}
			if test.fault == migration.FaultDenied && !strings.Contains(h.Problem.Snippet, strings.TrimPrefix(test.what, "not permitted: ")) {
				t.Errorf("snippet = %s", h.Problem.Snippet)
			}
			if test.state == migration.HealthFailed && (!h.LastSuccess.Equal(epoch) || len(batch.Activities) > 0) {
				t.Errorf("last success %v, %d activities", h.LastSuccess, len(batch.Activities))
			}
			if test.fault == migration.FaultThrottled && r.Cadence() != 2*time.Minute {
				t.Errorf("cadence = %v", r.Cadence())
			}
			r.server.SetFaults(awsapi.Faults{})
			r.clock.Advance(time.Minute)
			batch, err = r.Poll(t.Context(), sources.Focus{})
			if h := awsaccesstest.Health(t, batch, "ecs"); err != nil || h.State != migration.HealthOK || h.Problem != nil {
				t.Errorf("after the end: %v, %+v", err, h)
			}
			// Nothing of the time without answers is missing.
			find(t, batch, "t0001", "work", epoch.Truncate(time.Minute).Add(2*time.Minute), time.Minute)
			if r.Cadence() != time.Minute {
				t.Errorf("cadence after the end = %v", r.Cadence())
			}
		})
	}
}

// With less permitted, the rest works.
func TestMissingPermissions(t *testing.T) {
	for _, action := range []string{"ecs:DescribeClusters", "ecs:ListServices", "ecs:DescribeServices"} {
		r := newRig(t, many(1))
		r.server.SetFaults(awsapi.Faults{Denied: []string{action}})
		batch, err := r.Poll(t.Context(), sources.Focus{})
		h := awsaccesstest.Health(t, batch, "ecs")
		if err != nil || len(batch.Activities) == 0 || h.State != migration.HealthDegraded || h.Problem.What != "not permitted: "+action {
			t.Errorf("without %s: %v, %d activities, %+v", action, err, len(batch.Activities), h)
		}
	}
}

// Nothing listens there.
func TestNothingListens(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	access, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options("http://"+address))
	if err != nil {
		t.Fatal(err)
	}
	source, err := New(access, Settings{Attribute: byName})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	_, err = source.Poll(t.Context(), sources.Focus{})
	if got, want := awsaccesstest.ProblemOf(t, err).What, "cannot reach ECS at "+address+": connection refused"; got != want {
		t.Errorf("what = %q, want %q", got, want)
	}
}
