package assess

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// busy is a state of some tenants on Lambda, whose minutes of the last four hours are as asked.
func busy(t *testing.T, of map[migration.Tenant]func(ago int) (runs, throttled int64)) *state {
	t.Helper()
	s := newTestState(noon, time.Hour)
	var list []migration.Activity
	var functions []migration.Function
	for name, what := range of {
		for ago := 240; ago > 0; ago-- {
			runs, throttled := what(ago)
			a := minute(noon.Add(-time.Duration(ago)*time.Minute), max(runs, 1))
			a.Tenant = name
			a.Throttled = migration.Some(throttled)
			list = append(list, a)
		}
		functions = append(functions, migration.Function{
			Key: migration.Key{Platform: migration.Lambda, Workload: "thumbnails", Tenant: name}, Name: string(name) + "-thumbnails",
			Place: migration.RegionArch{Region: "us-east-1", Arch: migration.X86}, MemorySize: 512 * migration.MiB, Timeout: time.Minute,
		})
	}
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{
		Activities: list, Functions: functions, CoverFrom: migration.Some(noon.Add(-5 * time.Hour)),
		Health: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK, FinalTo: noon}},
	}})
	return s
}

func steadily(runs int64) func(int) (int64, int64) {
	return func(int) (int64, int64) { return runs, 0 }
}

// A tenant that takes Lambda's concurrency from the others is named with the limit that would hold it.
func TestANoisyTenantOnLambda(t *testing.T) {
	s := busy(t, map[migration.Tenant]func(int) (int64, int64){
		"acme": func(ago int) (int64, int64) {
			if ago <= 20 {
				return 600, 3
			}
			return 120, 0
		},
		"globex": func(ago int) (int64, int64) {
			if ago <= 18 {
				return 100, 25
			}
			return 120, 0
		},
		"initech": steadily(120),
	})
	snap := s.snapshot(noon.Add(3 * time.Minute))
	acme := tenant(t, snap, "acme")
	if len(acme.Noise) != 1 || len(acme.Notices) == 0 {
		t.Fatalf("%+v %+v", acme.Noise, acme.Notices)
	}
	var notice migration.Notice
	for _, n := range acme.Notices {
		if n.Code == "noisy" {
			notice = n
		}
	}
	const want = "takes 73 % of the load on Lambda, 5.0 times its past (the others 0.9): 10 runs at once; globex has 450 invocations " +
		"throttled; a reserved concurrency of 3 on acme-thumbnails would hold it"
	if notice.Text != want || notice.Severity != migration.Warning || notice.Since != migration.Some(noon.Add(-20*time.Minute)) {
		t.Errorf("%+v", notice)
	}
	const command = "aws lambda put-function-concurrency --function-name acme-thumbnails --reserved-concurrent-executions 3 " +
		"--region us-east-1\n"
	if n := acme.Noise[0]; len(n.Snippets) != 1 || n.Snippets[0].Text != command ||
		!strings.Contains(n.Snippets[0].Title, "at least 100") {
		t.Errorf("%+v", n.Snippets)
	}
	for _, quiet := range []migration.Tenant{"globex", "initech"} {
		if other := tenant(t, snap, quiet); len(other.Noise) > 0 {
			t.Errorf("%s: %+v", quiet, other.Noise)
		}
	}
}

// The functions of another account share nothing with these.
func TestAccountsDoNotShareConcurrency(t *testing.T) {
	s := busy(t, map[migration.Tenant]func(int) (int64, int64){
		"acme": func(ago int) (int64, int64) {
			if ago <= 20 {
				return 600, 0
			}
			return 120, 0
		},
		"initech": steadily(120),
	})
	var list []migration.Activity
	for ago := 240; ago > 0; ago-- {
		a := minute(noon.Add(-time.Duration(ago)*time.Minute), 120)
		a.Tenant, a.Scope, a.Throttled = "globex", "other eu-west-1", migration.Some[int64](0)
		if ago <= 18 {
			a.Throttled = migration.Some[int64](25)
		}
		list = append(list, a)
	}
	s.absorb(pollResult{source: "other", batch: migration.Batch{Activities: list}})
	if acme := tenant(t, s.snapshot(noon.Add(3*time.Minute)), "acme"); len(acme.Noise) > 0 {
		t.Errorf("%+v", acme.Noise)
	}
}

// Jobs of others that wait for nodes that a tenant's pods took, and the quotas that would hold it.
func TestANoisyTenantOnJobs(t *testing.T) {
	s := newTestState(noon, time.Hour)
	var jobs []migration.Activity
	var runs []migration.Run
	for ago := 240; ago > 0; ago-- {
		at := noon.Add(-time.Duration(ago) * time.Minute)
		for _, name := range []migration.Tenant{"acme", "globex"} {
			a := jobMinute(name, at, 2, 0)
			if name == "acme" && ago <= 25 {
				a.Usage[0].PodSeconds, a.Usage[0].CPU = 480, 480_000
				a.Runs = 8
			}
			jobs = append(jobs, a)
		}
	}
	add := func(name migration.Tenant, state migration.RunState, reason, queue string, created time.Duration) {
		runs = append(runs, migration.Run{
			Key: migration.Key{Platform: migration.Jobs, Workload: "thumbnails", Tenant: name}, UID: fmt.Sprint(len(runs)),
			Namespace: string(name) + "-jobs", State: state, Reason: reason, Queue: queue, Created: noon.Add(-created), Parallel: 4,
			Request: migration.Resources{CPU: migration.Some(migration.Core), Memory: migration.Some(2 * migration.GiB)},
		})
	}
	add("acme", migration.RunRunning, "", "acme", 10*time.Minute)
	add("globex", migration.RunPending, "Unschedulable", "", 12*time.Minute)
	add("globex", migration.RunPending, "ImagePullBackOff", "", 12*time.Minute) // waits for something else
	add("globex", migration.RunPending, "Unschedulable", "", 2*time.Minute)     // not for long
	s.absorb(pollResult{source: "jobs", batch: migration.Batch{
		Activities: jobs, Cluster: &migration.Cluster{Name: "prod", EKS: true, Region: "us-east-1"}, Runs: runs,
		CoverFrom: migration.Some(noon.Add(-5 * time.Hour)),
		Health:    []migration.Health{{Source: "jobs", State: migration.HealthOK}},
	}})
	snap := s.snapshot(noon.Add(time.Minute))
	acme := tenant(t, snap, "acme")
	if len(acme.Noise) != 1 {
		t.Fatalf("%+v", acme.Noise)
	}
	n := acme.Noise[0]
	if n.Platform != migration.Jobs || n.OthersPending != migration.Some[int64](1) || n.Load != 8 || n.PastLoad != 1 ||
		n.Unit != "vCPU requested" {
		t.Errorf("%+v", n)
	}
	var kinds []string
	for _, sn := range n.Snippets {
		kinds = append(kinds, sn.Kind)
	}
	if got := strings.Join(kinds, " "); got != "kueue resource_quota scaled_job parallelism" {
		t.Errorf("%s", got)
	}
	const want = "globex has 1 Job Pending; a Kueue quota of 2 vCPU, a ResourceQuota of 2 vCPU and 2 pods in acme-jobs"
	if text := noiseText(&n); !strings.Contains(text, want) {
		t.Errorf("%s", text)
	}
}

// surge is a fleet in which acme takes most of Lambda's concurrency, and globex suffers as asked.
func surge(t *testing.T, throttled int64) *state {
	t.Helper()
	return busy(t, map[migration.Tenant]func(int) (int64, int64){
		"acme": func(ago int) (int64, int64) {
			if ago <= 20 {
				return 600, 0
			}
			return 120, 0
		},
		"globex": func(ago int) (int64, int64) {
			if ago <= 18 {
				return 120, throttled
			}
			return 120, 0
		},
		"initech": steadily(120),
	})
}

// What a tenant did at the same time a day before is its past.
func TestTheSameTimeADayBeforeIsNoNoise(t *testing.T) {
	for runs, noisy := range map[int64]int{120: 1, 600: 0} {
		s := surge(t, 25)
		var list []migration.Activity
		for at := noon.Add(-25 * time.Hour); at.Before(noon.Add(-23 * time.Hour)); at = at.Add(15 * time.Minute) {
			a := minute(at, 15*runs)
			a.Tenant, a.Span = "acme", 15*time.Minute
			list = append(list, a)
		}
		s.absorb(pollResult{source: "lambda", batch: migration.Batch{
			Activities: list, CoverFrom: migration.Some(noon.Add(-30 * time.Hour)),
			Health: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK, FinalTo: noon}},
		}})
		if acme := tenant(t, s.snapshot(noon.Add(3*time.Minute)), "acme"); len(acme.Noise) != noisy {
			t.Errorf("%d runs a minute a day before: %+v", runs, acme.Noise)
		}
	}
}

// Messages of another tenant that wait for Lambda twice as long as they did are suffering too; those that wait for Jobs are not.
func TestMessagesThatWaitForANoisyTenant(t *testing.T) {
	for role, noisy := range map[migration.QueueRole]int{migration.QueueBlue: 1, migration.QueueGreen: 0} {
		s := surge(t, 0)
		q := migration.Queue{
			Name: "globex-in", Role: role, Tenant: "globex", Workload: "thumbnails",
			Depth: migration.QueueDepth{OldestAge: migration.Some(9 * time.Minute)}, At: noon,
		}
		var buckets []migration.QueueBucket
		for ago := 90; ago > 0; ago-- {
			buckets = append(buckets, migration.QueueBucket{
				Queue: q.Name, Start: noon.Add(-time.Duration(ago) * time.Minute), Span: time.Minute, Final: true,
				Depth: migration.QueueDepth{OldestAge: migration.Some(time.Minute)},
			})
		}
		s.absorb(pollResult{source: "sqs", batch: migration.Batch{
			Payloads: []migration.Payload{migration.QueuePoll{Queues: []migration.Queue{q}, Buckets: buckets}},
			Health:   []migration.Health{{Source: "sqs", State: migration.HealthOK, FinalTo: noon}},
		}})
		acme := tenant(t, s.snapshot(noon.Add(3*time.Minute)), "acme")
		if len(acme.Noise) != noisy {
			t.Fatalf("%s: %+v", role, acme.Noise)
		}
		if noisy > 0 && !strings.Contains(noiseText(&acme.Noise[0]), "; globex has messages that wait for 9 min") {
			t.Errorf("%s", noiseText(&acme.Noise[0]))
		}
	}
}
