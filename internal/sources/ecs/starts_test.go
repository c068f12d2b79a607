package ecs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
)

// follower keeps minutes as the cutover does: the last copy of each, and what was covered once.
type follower struct {
	minutes map[time.Time]migration.RunMinute
	covered map[time.Time]bool
	last    migration.RunMinutes
}

func (f *follower) take(t *testing.T, b migration.Batch) {
	t.Helper()
	if f.minutes == nil {
		f.minutes, f.covered = map[time.Time]migration.RunMinute{}, map[time.Time]bool{}
	}
	f.last = migration.PayloadOf[migration.RunMinutes](b)
	for at := f.last.From; at.Before(f.last.To); at = at.Add(time.Minute) {
		f.covered[at] = true
	}
	for _, v := range f.last.Minutes {
		f.minutes[v.Start] = v
		if v.Final && (v.Open > 0 || !f.covered[v.Start]) || v.Failures+v.Open > v.Runs {
			t.Errorf("a minute that cannot be: %+v", v)
		}
	}
}

// What became of tasks is said in the minute in which each was created.
func TestTasksInTheMinuteOfTheirStart(t *testing.T) {
	digest := func(task *awsapi.ECSTask) {
		task.Image, task.ImageDigest = "registry.example/export:1", "sha256:"+strings.Repeat("ab", 32)
	}
	for name, tt := range map[string]struct {
		code   int32
		stop   string
		ran    time.Duration
		change func(*awsapi.ECSTask)
		want   string
	}{
		"succeeded": {
			0, "EssentialContainerExited", 5 * time.Minute, digest,
			"runs 1 took 5m0s up 30s sha256:abababababab/acme-export:7 final",
		},
		"failed": {3, "EssentialContainerExited", 5 * time.Minute, nil, "runs 1 failed 1 took 5m0s up 30s acme-export:7 final"},
		"killed": {
			137, "EssentialContainerExited", 5 * time.Minute, nil,
			"runs 1 failed 1 oom 1 took 5m0s up 30s acme-export:7 final",
		},
		"evicted":      {143, "SpotInterruption", 5 * time.Minute, nil, "runs 1 failed 1 evicted 1 took 5m0s up 30s acme-export:7 final"},
		"stopped":      {143, "UserInitiated", 5 * time.Minute, nil, "none"},
		"it runs":      {0, "", 0, nil, "runs 1 open 1 up 30s acme-export:7"},
		"of a service": {0, "", 0, func(task *awsapi.ECSTask) { task.Service, task.Definition = "t0000-api", "t0000-api:1" }, "none"},
		"not started":  {0, "", 0, func(task *awsapi.ECSTask) { task.Started, task.PullStart = time.Time{}, time.Time{} }, "runs 1 open 1"},
	} {
		t.Run(name, func(t *testing.T) {
			a := many(0)
			task := oneRun("run", ago(20*time.Minute), tt.ran, tt.code, tt.stop)
			if tt.change != nil {
				tt.change(&task)
			}
			a.clusters[0].Tasks = append(a.clusters[0].Tasks, task)
			batch, err := newRig(t, a, asSide).Poll(t.Context(), sources.Focus{})
			if err != nil {
				t.Fatal(err)
			}
			var f follower
			f.take(t, batch)
			got := "none"
			key := migration.Key{Platform: migration.ECS, Tenant: "acme", Workload: "export"}
			for at, v := range f.minutes {
				if !at.Equal(task.Created.Truncate(time.Minute)) || v.Key != key {
					t.Errorf("%+v", v)
				}
				got = inShort(v)
			}
			if got != tt.want {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
			if f.last.From != epoch.Add(-time.Hour).Add(40*time.Second) || f.last.To != epoch.Truncate(time.Minute).Add(-time.Minute) {
				t.Errorf("covered from %v to %v", f.last.From, f.last.To)
			}
		})
	}
}

func inShort(v migration.RunMinute) string {
	var b strings.Builder
	fmt.Fprintf(&b, "runs %d", v.Runs)
	for _, n := range []struct {
		what string
		n    int64
	}{
		{"failed", v.Failures},
		{"open", v.Open},
		{"oom", v.OOMKilled.Or(-1)},
		{"pulls", v.ImagePull.Or(-1)},
		{"evicted", v.Evicted.Or(-1)},
		{"dropped", v.Dropped.Or(-1)},
	} {
		if n.n != 0 {
			fmt.Fprintf(&b, " %s %d", n.what, n.n)
		}
	}
	if d, ok := v.Duration.Max().Get(); ok {
		fmt.Fprintf(&b, " took %v", d)
	}
	if d, ok := v.StartUp.Max().Get(); ok {
		fmt.Fprintf(&b, " up %v", d)
	}
	if v.Version != "" {
		b.WriteString(" " + v.Version)
	}
	if v.Final {
		b.WriteString(" final")
	}
	return b.String()
}

// However polls fall, tasks are in the minute of their start once, and its last copy is final. After a pause of hours, a task
// that ECS no longer lists went unseen, which is said in its minute.
func TestMinutesOfTasksOverTime(t *testing.T) {
	a := many(0)
	c := &a.clusters[0]
	c.Tasks = append(c.Tasks,
		oneRun("first", ago(10*time.Minute), 8*time.Minute, 0, "EssentialContainerExited"),
		oneRun("second", ago(10*time.Minute), 75*time.Minute, 1, "EssentialContainerExited"),
		oneRun("lost", ago(4*time.Minute), 100*time.Minute, 0, "EssentialContainerExited"))
	r := newRig(t, a, asSide)
	var f follower
	for _, pause := range []time.Duration{time.Minute, 59 * time.Minute, 10 * time.Minute, 4 * time.Hour, 0} {
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		f.take(t, batch)
		r.clock.Advance(pause)
	}
	got := inShort(f.minutes[c.Tasks[0].Created.Truncate(time.Minute)])
	if got != "runs 2 failed 1 took 1h15m0s up 30s acme-export:7 final" {
		t.Error(got)
	}
	if got = inShort(f.minutes[c.Tasks[2].Created.Truncate(time.Minute)]); got != "runs 0 dropped 1 final" {
		t.Error(got)
	}
	if n := len(r.starts); n != 0 {
		t.Errorf("%d minutes are kept", n)
	}
	if f.covered[epoch.Add(2*time.Hour).Truncate(time.Minute)] {
		t.Error("the pause is covered")
	}
}
