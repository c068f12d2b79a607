package world

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// The sizes of tasks that Fargate has, in units of CPU and GiB.
// Source: Amazon ECS developer guide, "Task definition parameters for Fargate".
var fargateSizes = map[int][]int{
	256: {1, 2}, 512: {1, 2, 3, 4}, 1024: {2, 3, 4, 5, 6, 7, 8},
	2048: {4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, 4096: {8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 24, 28, 30},
}

func TestTasksOfTheECSStory(t *testing.T) {
	w := New(Options{Seed: 1, Story: StoryECS})
	for _, f := range w.TaskFamilies() {
		if !slices.Contains(fargateSizes[f.CPU], f.MemoryMiB/1024) || f.MemoryMiB%1024 != 0 {
			t.Errorf("%s has %d units and %d MiB, which Fargate does not", f.Name, f.CPU, f.MemoryMiB)
		}
	}
	from, to := w.Epoch().Add(-6*time.Hour), w.Epoch()
	byWorkload, ids := map[string]int{}, map[string]bool{}
	killed := map[string]int{}
	w.EachTask(from, to, func(one *Task) bool {
		byWorkload[one.Family.Tenant+"/"+one.Family.Workload]++
		if one.OutOfMemory {
			killed[one.Family.Tenant]++
		}
		if ids[one.ID] {
			t.Errorf("task %s is there twice", one.ID)
		}
		ids[one.ID] = true
		for _, pair := range [][2]time.Time{
			{one.Created, one.PullStart},
			{one.PullStart, one.Started},
			{one.Started, one.Exited},
			{one.Exited, one.Ended},
		} {
			if pair[1].Before(pair[0]) {
				t.Fatalf("out of order: %+v", one)
			}
		}
		if one.Created.Before(from) || !one.Created.Before(to) {
			t.Errorf("created at %v", one.Created)
		}
		return true
	})
	// Each run is on one side.
	for _, s := range w.Streams() {
		n := w.Count(s.Tenant, s.Workload, from, to)
		if got := byWorkload[s.Tenant+"/"+s.Workload]; got != n.Lambda {
			t.Errorf("%s/%s: %d tasks, and %d runs that are not on Jobs", s.Tenant, s.Workload, got, n.Lambda)
		}
	}
	if len(ids) < 1000 || killed["vantage"] == 0 || killed["initech"] != 0 {
		t.Errorf("%d tasks, killed for memory %v", len(ids), killed)
	}
	for _, f := range w.Functions() {
		if strings.Contains(f.Name, "video") {
			t.Errorf("function %s of a workload that left Lambda", f.Name)
		}
	}
}
