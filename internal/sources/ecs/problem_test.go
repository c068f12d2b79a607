package ecs

import (
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

// Every way in which AWS can fail is said, and passes.
func TestTroubleAndRecovery(t *testing.T) {
	troubles := awsaccesstest.Troubles("ECS", "ListTasks", "UnrecognizedClientException",
		awsaccesstest.Denied("ecs:ListTasks", migration.HealthFailed, true),
		awsaccesstest.Denied("cloudwatch:GetMetricData", migration.HealthDegraded, false))
	awsaccesstest.Suffer(t, "ecs", troubles, sources.Focus{}, 15*time.Minute, func(t *testing.T) awsaccesstest.Rig {
		r := newRig(t, many(2))
		return awsaccesstest.Rig{Source: r.Source, Server: r.server, Clock: r.clock}
	}, func(t *testing.T, batch migration.Batch) {
		if h := awsaccesstest.Health(t, batch, "ecs"); h.State == migration.HealthFailed && len(batch.Activities) > 0 {
			t.Errorf("%d activities", len(batch.Activities))
		}
	}, func(t *testing.T, batch migration.Batch) { // nothing of the time without answers is missing
		find(t, batch, "t0001", "work", epoch.Truncate(time.Minute).Add(2*time.Minute), time.Minute)
	})
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
	address := awsaccesstest.NobodyThere(t)
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
