package simcloud

import (
	"slices"
	"sync"
	"time"

	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/simcloud/world"
)

// The reach of a task: how long one may run before it has ended, and how long ECS shows it
// after that.
const (
	taskReach = 13 * time.Hour
	taskShown = time.Hour
)

// taskList keeps the tasks that were there lately, since every call of the API is about
// them: only what began since the last call is worked out anew.
type taskList struct {
	mu    sync.Mutex
	tasks []awsapi.ECSTask
	to    time.Time // up to when tasks that were created are in the list
}

// at are the tasks that were created by now and not shown to have ended too long ago. The
// list is the caller's to read.
func (l *taskList) at(w *world.World, now time.Time) []awsapi.ECSTask {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Before(l.to.Add(-time.Millisecond)) || now.Sub(l.to) > taskReach {
		l.tasks, l.to = nil, now.Add(-taskReach)
	}
	old := func(t awsapi.ECSTask) bool { return now.Sub(t.Ended) > taskShown }
	// A list that was given away is read while this one is made.
	l.tasks = slices.DeleteFunc(slices.Clone(l.tasks), old)
	to := now.Add(time.Millisecond)
	w.EachTask(l.to, to, func(t *world.Task) bool {
		if one := taskOf(t); !old(one) {
			l.tasks = append(l.tasks, one)
		}
		return true
	})
	l.to = to
	return l.tasks
}

func taskOf(t *world.Task) awsapi.ECSTask {
	f := t.Family
	return awsapi.ECSTask{
		ID: t.ID, Definition: f.Name, Capacity: "FARGATE", CPU: f.CPU, Memory: f.MemoryMiB, Arch: f.Arch, Tags: f.Tags,
		Image: f.Image, ImageDigest: f.Digest,
		Created: t.Created, PullStart: t.PullStart, Started: t.Started, Exited: t.Exited, Ended: t.Ended,
		StopCode: t.StopCode, StoppedReason: t.StoppedReason, ExitCode: t.ExitCode,
	}
}
