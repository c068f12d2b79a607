package world

import (
	"fmt"
	"time"
)

// TaskCluster is the ECS cluster in which the story's tasks run.
const TaskCluster = "batch-prod"

// TaskFamily is a task definition that carries a workload of a tenant, one run a task.
type TaskFamily struct {
	Name             string // "acme-video-transcode:12"
	Tenant, Workload string
	CPU, MemoryMiB   int    // units of 1/1024 vCPU, MiB: a size that Fargate has
	Arch             string // "ARM64" or "X86_64"
	Image, Digest    string
	Tags             map[string]string

	stream *stream
}

// Task is one task that was started by itself. Its times are set however far the story has
// got: callers leave out what is in the future.
type Task struct {
	ID                                         string
	Family                                     *TaskFamily
	Created, PullStart, Started, Exited, Ended time.Time
	StopCode, StoppedReason                    string
	ExitCode                                   int32
	OutOfMemory                                bool
}

// longestTask is the longest that a task runs.
const longestTask = 12 * time.Hour

// TaskFamilies are the task definitions of the story, in its order; none where the work
// does not come from ECS.
func (w *World) TaskFamilies() []TaskFamily { return w.families }

func (w *World) addFamilies() {
	for _, s := range w.streams {
		if s.tenant == "" || s.jobsOnly {
			continue
		}
		k := s.key.named("family")
		f := TaskFamily{
			Tenant: s.tenant, Workload: s.name, Arch: "X86_64", stream: s,
			Name: fmt.Sprintf("%s-%s:%d", s.tenant, s.name, 3+uint64(k)%40),
			Tags: map[string]string{"tenant": s.tenant, "workload": s.name, "env": "prod"},
		}
		f.CPU, f.MemoryMiB = taskSize(s.jobCPU, s.taskMemory, s.memoryMB)
		if s.jobPool == poolArm {
			f.Arch = "ARM64"
		}
		f.Image = AccountID + ".dkr.ecr." + Region + ".amazonaws.com/" + s.name + ":stable"
		f.Digest = s.key.named("digest").digest() // the same image as on Jobs
		w.families = append(w.families, f)
	}
}

// taskSize is the smallest size of Fargate that has so many millicores and so much memory:
// the stated one, or what the work had on Lambda.
// Source: Amazon ECS developer guide, "Task definition parameters for Fargate", task size.
func taskSize(milli, stated, memoryMB int) (cpu, memoryMiB int) {
	need := memoryMB
	if stated > 0 {
		need = stated
	}
	gib := (need + 1023) / 1024
	for _, size := range [...]struct{ cpu, least, most int }{{256, 1, 2}, {512, 1, 4}, {1024, 2, 8}, {2048, 4, 16}, {4096, 8, 30}} {
		if size.cpu*1000 >= milli*1024 && gib <= size.most {
			return size.cpu, max(gib, size.least) * 1024
		}
	}
	return 8192, (max(gib, 16) + 3) / 4 * 4096
}

// EachTask yields the tasks that were created in [from, to), family by family and in order
// of their creation. It stops when yield returns false.
func (w *World) EachTask(from, to time.Time, yield func(*Task) bool) {
	for i := range w.families {
		f, more := &w.families[i], true
		w.eachRun(f.stream, from, to, func(r run) bool {
			if !r.onJobs {
				more = yield(f.task(&r))
			}
			return more
		})
		if !more {
			return
		}
	}
}

// task decides how a run goes as a task.
func (f *TaskFamily) task(r *run) *Task {
	k := r.key.named("task")
	t := &Task{ID: fmt.Sprintf("%016x%016x", uint64(k), uint64(k.with(1))), Family: f, Created: r.at, StopCode: "EssentialContainerExited"}
	wait := func(after time.Time, low, high float64, aspect uint64) time.Time {
		return after.Add(time.Duration(k.with(aspect).between(low, high) * float64(time.Second)).Truncate(time.Millisecond))
	}
	t.PullStart = wait(r.at, 8, 15, 2)
	t.Started = wait(t.PullStart, 9, 21, 3)
	length := min(max(r.work(), time.Second), longestTask)
	limit := int64(f.MemoryMiB) << 20
	t.StoppedReason = "Essential container in task exited"
	switch {
	case r.peak() > limit:
		length = time.Duration(float64(length) * 0.6)
		t.ExitCode, t.OutOfMemory = 137, true
		t.StoppedReason = "OutOfMemoryError: Container killed due to memory usage"
	case r.key.with(aspectFate).chance(r.stream.errors):
		length = time.Duration(float64(length) * r.key.with(aspectFateAt).uniform())
		t.ExitCode = 1
	}
	t.Exited = t.Started.Add(length.Truncate(time.Millisecond))
	t.Ended = wait(t.Exited, 3, 12, 6)
	return t
}

// CountTasks counts the tasks of a tenant's workload that were created in [from, to).
func (w *World) CountTasks(tenant, workload string, from, to time.Time) (n int) {
	w.EachTask(from, to, func(t *Task) bool {
		if t.Family.Tenant == tenant && t.Family.Workload == workload {
			n++
		}
		return true
	})
	return n
}
