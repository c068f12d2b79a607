package ecs

import (
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// epoch is when tests begin: twenty past an hour.
var epoch = time.Date(2026, 3, 10, 12, 20, 20, 0, time.UTC)

// account has clusters, and a usage of 50 % of the CPU, 25 % of the memory and 40 %
// at its peak for every service, a tenth of CPU for every family.
type account struct {
	awsapi.Fixed
	clusters []awsapi.ECSCluster
}

func (a *account) ECS(time.Time) []awsapi.ECSCluster { return a.clusters }

func (a *account) Metrics(time.Time) []awsapi.Metric {
	var out []awsapi.Metric
	for _, c := range a.clusters {
		at := func(namespace, name, dimension, value string) {
			out = append(out, awsapi.Metric{
				Namespace: namespace, Name: name,
				Dimensions: []awsapi.Dimension{{Name: "ClusterName", Value: c.Name}, {Name: dimension, Value: value}},
			})
		}
		for _, s := range c.Services {
			at("AWS/ECS", "CPUUtilization", "ServiceName", s.Name)
			at("AWS/ECS", "MemoryUtilization", "ServiceName", s.Name)
		}
		for _, d := range c.Definitions {
			family, _, _ := strings.Cut(d.Name, ":")
			for _, name := range []string{"CpuUtilized", "CpuReserved", "MemoryUtilized", "MemoryReserved"} {
				at("ECS/ContainerInsights", name, "TaskDefinitionFamily", family)
			}
		}
	}
	return out
}

func (a *account) Samples(m awsapi.Metric, from, to time.Time) iter.Seq[awsapi.Sample] {
	values := map[string][]float64{
		"CPUUtilization": {50}, "MemoryUtilization": {10, 40},
		"CpuUtilized": {102.4}, "CpuReserved": {1024}, "MemoryUtilized": {512}, "MemoryReserved": {2048},
	}[m.Name]
	return func(yield func(awsapi.Sample) bool) {
		for at := awspoll.Ceil(from, time.Minute); at.Before(to); at = at.Add(time.Minute) {
			for _, v := range values {
				if !yield(awsapi.Sample{At: at, Value: v}) {
					return
				}
			}
		}
	}
}

// ago is a moment so long before the epoch.
func ago(d time.Duration) time.Time { return epoch.Add(-d) }

// fargate is a task of a service on Fargate with 1 vCPU and 2 GB.
func fargate(id, service string, pulled time.Time) awsapi.ECSTask {
	return awsapi.ECSTask{
		ID: id, Service: service, Definition: service + ":1", CPU: 1024, Memory: 2048, Arch: "ARM64",
		Created: pulled.Add(-20 * time.Second), PullStart: pulled, Started: pulled.Add(10 * time.Second),
	}
}

// byName gives "acme-report" to workload "report" and tenant "acme", and by tag what
// has one.
func byName(id migration.Identity) migration.Attribution {
	if t := id.Tags["tenant"]; t != "" {
		return migration.Attribution{Tenant: migration.Tenant(t), Workload: migration.Workload(id.Name)}
	}
	tenant, workload, found := strings.Cut(id.Name, "-")
	if !found {
		return migration.Attribution{Workload: migration.Workload(id.Name)}
	}
	return migration.Attribution{Tenant: migration.Tenant(tenant), Workload: migration.Workload(workload)}
}

// rig is a source that reads a simulated account.
type rig struct {
	*Source
	server *awsapi.Server
	clock  *awsaccesstest.Hand
}

func newRig(t testing.TB, a awsapi.Account, change ...func(*Settings)) *rig {
	t.Helper()
	r := &rig{}
	r.Source, r.server, r.clock = awsaccesstest.Open(t, a, epoch, func(access *awsaccess.Config, clock *awsaccesstest.Hand) (*Source, error) {
		settings := Settings{Attribute: byName, Timing: awspoll.Timing{Clock: clock, Timeout: 10 * time.Minute}}
		for _, c := range change {
			c(&settings)
		}
		return New(access, settings)
	})
	return r
}

// find is the activity of a key that begins at a moment.
func find(t testing.TB, b migration.Batch, tenant, workload string, start time.Time, span time.Duration) migration.Activity {
	t.Helper()
	for _, a := range b.Activities {
		if a.Tenant == migration.Tenant(tenant) && a.Workload == migration.Workload(workload) && a.Start.Equal(start) && a.Span == span {
			return a
		}
	}
	t.Fatalf("no activity of %s/%s at %v", tenant, workload, start)
	return migration.Activity{}
}

// many is a cluster of n services with a task each.
func many(n int) *account {
	a := &account{Fixed: awsapi.Fixed{Number: "123456789012"}, clusters: []awsapi.ECSCluster{{Name: "batch"}}}
	c := &a.clusters[0]
	for i := range n {
		name := fmt.Sprintf("t%04d-work", i)
		c.Services = append(c.Services, awsapi.ECSService{Name: name, Definition: name + ":1", Desired: 1, Created: ago(100 * time.Hour)})
		c.Tasks = append(c.Tasks, fargate(fmt.Sprintf("task%d", i), name, ago(90*time.Minute)))
	}
	return a
}
