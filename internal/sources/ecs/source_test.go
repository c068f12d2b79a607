package ecs

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

// A service on Fargate: what its tasks held by the minute, on which host, and how
// much of it was used.
func TestServiceOnFargate(t *testing.T) {
	a := many(1)
	c := &a.clusters[0]
	spot := fargate("spot", "t0000-work", ago(30*time.Minute))
	spot.Capacity = "FARGATE_SPOT"
	c.Tasks = append(c.Tasks, spot)
	r := newRig(t, a)
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	minute := epoch.Truncate(time.Minute).Add(-10 * time.Minute)
	got := find(t, batch, "t0000", "work", minute, time.Minute)
	place := migration.RegionArch{Region: "eu-west-1", Arch: migration.Arm64}
	held := func(spot bool) migration.ResourceUsage {
		return migration.ResourceUsage{
			Host: migration.Host{
				Kind: migration.HostECSFargate, Place: place, Spot: spot, FargateCPU: migration.Core, FargateMemory: 2 * migration.GiB,
			},
			PodSeconds: 60, CPU: 60_000, Memory: 60 * 2 * 1024 * 1024, UsageSeconds: 60,
			UsedCPU: migration.Some[migration.MilliCPUSeconds](30_000), UsedMemory: migration.Some[migration.KiBSeconds](60 * 2 * 1024 * 1024 / 4),
		}
	}
	if diff := cmp.Diff([]migration.ResourceUsage{held(false), held(true)}, got.Usage,
		cmp.AllowUnexported(migration.Opt[migration.MilliCPUSeconds]{}, migration.Opt[migration.KiBSeconds]{})); diff != "" {
		t.Errorf("held (-want +got):\n%s", diff)
	}
	if got.Platform != migration.ECS || !got.Final || got.Runs != 0 || got.MaxConcurrency.Or(0) != 2 ||
		got.Evidence.Method != migration.Measured {
		t.Errorf("activity = %+v", got)
	}
	// 40 % of 2 GiB; CloudWatch's greatest in the minute.
	if peak := got.PeakMemory.Max().Or(0); peak != 2*migration.GiB*4/10+1 && peak != 2*migration.GiB*4/10 {
		t.Errorf("peak = %d", peak)
	}
	// The newest minute is there, without usage yet, and may change.
	newest := find(t, batch, "t0000", "work", epoch.Truncate(time.Minute).Add(-time.Minute), time.Minute)
	if newest.Final || !newest.Evidence.Provisional || newest.Usage[0].UsageSeconds != 0 || newest.Usage[0].PodSeconds != 60 {
		t.Errorf("newest = %+v", newest)
	}
	// The spot task began thirty minutes ago, at 11:50:20.
	first := find(t, batch, "t0000", "work", time.Date(2026, 3, 10, 11, 50, 0, 0, time.UTC), time.Minute)
	if len(first.Usage) != 2 || first.Usage[1].PodSeconds != 40 || first.StartUp.Max().Or(0) != 30*time.Second {
		t.Errorf("first minute of the spot task: %+v", first)
	}
	h := awsaccesstest.Health(t, batch, "ecs")
	if h.State != migration.HealthOK || h.Objects != 2 || !h.DataTo.Equal(epoch.Truncate(time.Minute)) {
		t.Errorf("health = %+v", h)
	}
}

// Usage arrives late and repairs the minutes that it belongs to; the following
// polls bring only what is new or may have changed.
func TestUsageArrivesLater(t *testing.T) {
	r := newRig(t, many(1))
	if _, err := r.Poll(t.Context(), sources.Focus{}); err != nil {
		t.Fatal(err)
	}
	minute := epoch.Truncate(time.Minute).Add(-time.Minute)
	r.clock.Advance(5 * time.Minute)
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	if got := find(t, batch, "t0000", "work", minute, time.Minute); got.Usage[0].UsageSeconds != 60 || got.Usage[0].UsedCPU.Or(0) != 30_000 {
		t.Errorf("repaired minute = %+v", got.Usage)
	}
	if n := len(batch.Activities); n > 20 {
		t.Errorf("%d activities in the second batch", n)
	}
}

// Tasks that ended within a minute are billed for one, and those that were started
// by themselves are runs.
func TestTasksOfAFamily(t *testing.T) {
	a := many(0)
	c := &a.clusters[0]
	c.Insights = true
	c.Definitions = []awsapi.ECSDefinition{{Name: "acme-export:7", CPU: 512, Memory: 1024}}
	run := func(id string, started, length time.Duration, code int32, stop string) {
		t := fargate(id, "", ago(started+10*time.Second))
		t.Definition, t.CPU, t.Memory, t.Arch = "acme-export:7", 512, 1024, ""
		t.Ended, t.ExitCode, t.StopCode = ago(started).Add(length), code, stop
		c.Tasks = append(c.Tasks, t)
	}
	run("short", 20*time.Minute, 15*time.Second, 0, "EssentialContainerExited")
	run("failed", 30*time.Minute, 10*time.Minute, 1, "EssentialContainerExited")
	run("killed", 40*time.Minute, 2*time.Minute, 137, "EssentialContainerExited")
	run("stopped", 50*time.Minute, 2*time.Minute, 143, "UserInitiated")
	run("forgotten", 5*time.Hour, 2*time.Minute, 0, "EssentialContainerExited")
	r := newRig(t, a)
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	var runs, failures, oom, short int64
	var longest time.Duration
	for _, one := range batch.Activities {
		if one.Tenant != "acme" || one.Workload != "export" {
			t.Fatalf("activity of %v", one.Key)
		}
		runs += one.Runs
		failures += one.Failures
		oom += one.OOMKilled.Or(0)
		longest = max(longest, one.Duration.Max().Or(0))
		for _, h := range one.Usage {
			short += h.ShortOfMinute
			if h.Host.Place.Arch != migration.X86 || h.Host.FargateMemory != migration.GiB {
				t.Errorf("host = %+v", h.Host)
			}
			if h.UsageSeconds > 0 && h.UsedMemory.Or(0) != h2(h.Memory) {
				t.Errorf("used %v of %v", h.UsedMemory, h.Memory)
			}
		}
	}
	// 25 s on Fargate are 35 short of a minute.
	if runs != 4 || failures != 2 || oom != 1 || short != 35 || longest != 10*time.Minute {
		t.Errorf("runs %d, failures %d, OOM %d, short %d s, longest %v", runs, failures, oom, short, longest)
	}
	for _, action := range []string{"ecs:DescribeTaskDefinition"} {
		if n := r.server.Calls(action); n != 1 {
			t.Errorf("%s: %d calls, want 1", action, n)
		}
	}
}

// h2 is a quarter: what the account's families use of their memory.
func h2(m migration.KiBSeconds) migration.KiBSeconds { return m / 4 }

// On EC2 a task uses a part of an instance of known type.
func TestTasksOnEC2(t *testing.T) {
	a := many(0)
	c := &a.clusters[0]
	c.Instances = []awsapi.ECSInstance{
		{ID: "one", EC2: "i-1", Type: "m6i.xlarge", Arch: "x86_64", CPU: 4096, MemoryMiB: 15_700},
		{ID: "two", EC2: "i-2", CPU: 2048, MemoryMiB: 4096},
	}
	c.Definitions = []awsapi.ECSDefinition{{
		Name:       "acme-api:1",
		Containers: []awsapi.ECSContainer{{Name: "a", CPU: 512, Memory: 1024, Reservation: 768}, {Name: "b", CPU: 256, Memory: 256}},
	}}
	c.Services = []awsapi.ECSService{{Name: "acme-api", Definition: "acme-api:1", Desired: 2}}
	for i, instance := range []string{"one", "two"} {
		task := fargate("ec2-"+instance, "acme-api", ago(time.Duration(i+10)*time.Minute))
		task.CPU, task.Memory, task.Arch, task.Instance = 0, 0, "", instance
		c.Tasks = append(c.Tasks, task)
	}
	r := newRig(t, a)
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	got := find(t, batch, "acme", "api", epoch.Truncate(time.Minute).Add(-4*time.Minute), time.Minute).Usage
	if len(got) != 2 {
		t.Fatalf("held = %+v", got)
	}
	unknown, known := got[0], got[1]
	want := migration.Host{
		Kind: migration.HostEC2, Place: migration.RegionArch{Region: "eu-west-1", Arch: migration.X86}, InstanceType: "m6i.xlarge",
		NodeCPU: 4 * migration.Core, NodeMemory: 15_700 * migration.MiB,
	}
	if known.Host != want || known.CPU != 750*60 || known.Memory != 1024*1024*60 {
		t.Errorf("on the known instance %+v, want %+v", known, want)
	}
	if unknown.Host.Kind != migration.HostUnknown || unknown.ShortOfMinute != 0 {
		t.Errorf("on the other %+v", unknown)
	}
}

// What is asked is billed, and what is counted is what the account is billed for.
func TestAskedIsBilled(t *testing.T) {
	for _, n := range []int{1, 10, 500} {
		r := newRig(t, many(n))
		var low, high int64
		focus := sources.Focus{Open: true, Tenant: "t0000", Visible: []migration.Tenant{"t0001"}}
		for range 20 {
			batch, err := r.Poll(t.Context(), focus)
			if err != nil {
				t.Fatal(err)
			}
			low, high = low+batch.AskedLow, high+batch.AskedHigh
			r.clock.Advance(time.Minute)
		}
		if billed := r.server.Billed(); low != billed.Low || high != billed.High {
			t.Errorf("%d services: counted %d to %d, billed %+v", n, low, high, billed)
		}
	}
}

// With Seek, unattributed tasks are dropped, and missing clusters or permissions are not errors.
func TestSeeking(t *testing.T) {
	seek := func(s *Settings) { s.Seek = true }
	a := many(1)
	a.clusters[0].Services = append(a.clusters[0].Services, awsapi.ECSService{Name: "web", Definition: "web:1"})
	a.clusters[0].Tasks = append(a.clusters[0].Tasks, fargate("web", "web", ago(time.Hour)))
	r := newRig(t, a, seek)
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(batch.Activities, func(a migration.Activity) bool { return a.Tenant == "" }) {
		t.Error("activity of nobody")
	}
	if h := awsaccesstest.Health(t, batch, "ecs"); !strings.Contains(h.Note, "1 services and families") || h.Objects != 1 {
		t.Errorf("health = %+v", h)
	}
	none := newRig(t, &account{Fixed: awsapi.Fixed{Number: "123456789012"}}, seek)
	batch, err = none.Poll(t.Context(), sources.Focus{})
	if h := awsaccesstest.Health(t, batch, "ecs"); err != nil || h.State != migration.HealthOff ||
		h.Note != "there are no ECS clusters in eu-west-1" {
		t.Errorf("without clusters: %+v, %v", h, err)
	}
	denied := newRig(t, many(1), seek)
	denied.server.SetFaults(awsapi.Faults{Denied: []string{"ecs:ListClusters"}})
	batch, err = denied.Poll(t.Context(), sources.Focus{})
	if h := awsaccesstest.Health(t, batch, "ecs"); err != nil || h.State != migration.HealthOff || h.Problem != nil {
		t.Errorf("not permitted: %+v, %v", h, err)
	}
}
