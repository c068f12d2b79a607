package follow

import (
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/migration"
)

// What the cluster, the profiles, the queues and the costs say of a tenant before its first share.
func TestReadiness(t *testing.T) {
	gib := func(cpu, memory int64) migration.Resources {
		return migration.Resources{
			CPU: migration.Some(migration.CPU(cpu) * migration.Core), Memory: migration.Some(migration.Bytes(memory) * migration.GiB),
		}
	}
	type facts struct {
		room    migration.Room
		profile migration.Profile
		queue   migration.Queue
		view    *migration.TenantView
	}
	for _, test := range []struct {
		check, want string
		state       cutover.CheckState
		change      func(*facts)
	}{
		{"quota", "", cutover.Passed, func(*facts) {}},
		{"quota", "was not read", cutover.Unchecked, func(f *facts) { f.room.Quotas = migration.None[[]migration.Quota]() }},
		{"quota", "no quota", cutover.Passed, func(f *facts) { f.room.Quotas = migration.Some([]migration.Quota{}) }},
		{"quota", "leaves 2 Jobs, the first share has 3", cutover.Failed, func(f *facts) {
			f.room.Quotas = migration.Some([]migration.Quota{{Namespace: "acme", Pods: migration.Some[int64](2)}})
		}},
		{"quota", "largest node: 2000m CPU wanted", cutover.Failed, func(f *facts) { f.room.Largest = gib(1, 64) }},
		{"pool", "", cutover.Passed, func(*facts) {}},
		{"pool", "3 Jobs at once: 2 fit", cutover.Failed, func(f *facts) { f.room.FreeNodes = f.room.FreeNodes[:1] }},
		{"pool", "an autoscaler adds nodes", cutover.Passed, func(f *facts) { f.room.FreeNodes, f.room.Grew = nil, migration.Some(noon) }},
		{"pool", "not known", cutover.Unchecked, func(f *facts) { f.room.Free = migration.Resources{} }},
		{"image", "", cutover.Passed, func(*facts) {}},
		{"image", "was not pulled", cutover.Failed, func(f *facts) { f.room.Started = migration.Some([]migration.Key{jobsKey("globex")}) }},
		{"profile", "rests on data", cutover.Failed, func(f *facts) { f.profile.Confidence = migration.NoConfidence }},
		{"price", "no price for x9.metal", cutover.Failed, func(f *facts) { f.view.After.Gap = "no price for x9.metal" }},
		{"price", "no node", cutover.Failed, func(f *facts) { f.view.Economics.Gap = "no node" }},
		{"price", "", cutover.Passed, func(f *facts) { // nothing to compare: its runs are too long for Lambda
			f.view.Verdict.Decision, f.view.Economics.Gap = migration.CannotStay, "runs take longer than 15 min"
			f.view.Economics.AfterRun = f.view.After.CostPerRun
		}},
		{"visibility timeout", "", cutover.Passed, func(*facts) {}},
		{"visibility timeout", "not above the p99 of 4 s", cutover.Failed, func(f *facts) {
			f.queue.Visibility = migration.Some(5 * time.Second)
		}},
		{"visibility timeout", "is not known", cutover.Unchecked, func(f *facts) { f.queue.Visibility = migration.None[time.Duration]() }},
		{"FIFO groups", "", cutover.DoesNotApply, func(*facts) {}},
		{"FIFO groups", "not known", cutover.Unchecked, func(f *facts) { f.queue.FIFO = true }},
	} {
		b := newBench(t, nil)
		view := &b.views[0]
		view.Before.Duration = migration.Sample(4*time.Second, 4*time.Second)
		view.After.StartUp = migration.Sample(3 * time.Second)
		view.Economics.RunsPerDay = migration.Some(24 * 3600 * 12.0) // 12 a second for 4 s each: 48 at once, of which the first 5 %
		f := facts{
			room: migration.Room{
				Largest: gib(8, 64), Free: gib(8, 64), FreeNodes: []migration.Resources{gib(4, 32), gib(4, 32)},
				Homes:   []migration.Home{{Namespace: "acme", Tenants: []migration.Tenant{"acme"}}},
				Started: migration.Some([]migration.Key{jobsKey("acme")}),
				Quotas:  migration.Some([]migration.Quota{{Namespace: "acme", Requests: gib(100, 100)}}),
			},
			profile: migration.Profile{
				Tenant: "acme", Confidence: migration.HighConfidence,
				Base: migration.PodSize{MemoryRequest: 4 * migration.GiB, CPURequest: migration.Some(2 * migration.Core)},
			},
			queue: migration.Queue{Name: "in", Tenant: "acme", Role: migration.QueueBlue, Visibility: migration.Some(time.Minute)},
			view:  view,
		}
		test.change(&f)
		b.queues.Absorb(migration.Origin{Source: "sqs"}, migration.QueuePoll{Queues: []migration.Queue{f.queue}})
		b.change = func(s *migration.Snapshot) {
			s.Cluster, s.Profiles = &migration.Cluster{Room: f.room}, []migration.Profile{f.profile}
		}
		found := false
		for _, c := range b.judge(-50, -55).Detail.Checks {
			if c.Name != test.check {
				continue
			}
			if found = true; c.State != test.state || !strings.Contains(c.Detail, test.want) {
				t.Errorf("%s: %v, %q; want %v, %q", c.Name, c.State, c.Detail, test.state, test.want)
			}
		}
		if !found {
			t.Errorf("no check %s", test.check)
		}
	}
}
