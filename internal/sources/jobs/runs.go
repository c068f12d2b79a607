package jobs

import (
	"cmp"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// runsKept is how many ended runs of one workload of one tenant are listed.
const runsKept = 50

// remember keeps a run among the last ones of its key.
func (s *stream) remember(j *job) {
	i, _ := slices.BinarySearchFunc(s.past, j, func(a, b *job) int {
		return cmp.Or(cmp.Compare(a.finished, b.finished), cmp.Compare(a.uid, b.uid))
	})
	if i == 0 && len(s.past) >= runsKept {
		return
	}
	s.past = slices.Insert(s.past, i, j)
	if len(s.past) > runsKept {
		s.past = slices.Delete(s.past, 0, 1)
	}
}

// runs lists the live Jobs and the last ended ones, newest first.
func (m *model) runs() []migration.Run {
	now := m.clock.Now().Unix()
	out := make([]migration.Run, 0, len(m.jobs))
	for _, j := range m.jobs {
		if j.seen && !j.booked && !j.gone {
			out = append(out, j.run(now))
		}
	}
	for _, s := range m.streams {
		for _, j := range s.past {
			out = append(out, j.run(now))
		}
	}
	slices.SortFunc(out, func(a, b migration.Run) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return out
}

func (j *job) run(now int64) migration.Run {
	r := migration.Run{
		Key: j.stream.key, UID: j.uid, Namespace: j.namespace, Name: j.name,
		Created: time.Unix(j.created, 0).UTC(), Started: optTime(j.started), Finished: optTime(j.finished),
		Parallel: j.parallelism, Queue: j.queue, Failed: j.failedAttempts(),
		Request: j.request.resources(), Limit: j.limit.resources(), Container: j.container, AttributedBy: j.stream.attributed,
	}
	begun := j.begun
	var work runTime
	for _, p := range j.pods {
		begun = earlier(begun, p.scheduled)
		p.ranAll(&work, now)
	}
	if j.seen && begun > 0 && begun < j.started && j.resumed {
		r.Started, r.Resumed = optTime(begun), optTime(j.started)
	} else if j.started == 0 {
		r.Started = optTime(j.begun) // it is suspended, and was started before
	}
	if ran, ok := work.bounds(); ok {
		r.RunTime = migration.Some(ran)
	}
	if j.deadline > 0 {
		r.Deadline = migration.Some(inSeconds(j.deadline))
	}
	pods := slices.Clone(j.pods)
	slices.SortFunc(pods, func(a, b *pod) int {
		return cmp.Or(cmp.Compare(a.created, b.created), cmp.Compare(a.name, b.name))
	})
	pods = pods[max(0, len(pods)-attemptsKept):]
	running := j.ready > 0 && len(pods) == 0
	w := j.why
	for i, p := range pods {
		if i == len(pods)-1 { // what holds now: the newest attempt's
			r.Request, r.Limit = p.request.resources(), p.limit.resources()
			if k := p.main(); k != nil {
				r.Container = migration.Some(migration.Container{
					Name: k.name, Kind: k.kind, Request: k.request.resources(), Limit: k.limit.resources(),
				})
			}
		}
		running = running || (p.running && !p.over())
		if p.explainsRun() {
			w = w.or(p.why)
		}
		r.Attempts = append(r.Attempts, p.attempt(now))
	}
	switch {
	case j.stopped:
		r.State = migration.RunStopped
	case j.finished > 0 && j.failed:
		r.State = migration.RunFailed
	case j.finished > 0:
		r.State, w = migration.RunSucceeded, why{}
	case j.suspended:
		r.State = migration.RunSuspended
	case running:
		r.State = migration.RunRunning
	default:
		r.State = migration.RunPending
	}
	r.Reason, r.Message = w.reason, w.message
	return r
}

// explainsRun reports whether the pod's reason explains its run. The reason why a finished
// attempt waited does not, nor does the end of an attempt that was stopped from outside.
func (p *pod) explainsRun() bool {
	return p.reason == reasonOOM || p.stop.at == 0 && (!p.gone || p.terminal())
}

func (p *pod) attempt(now int64) migration.Attempt {
	a := migration.Attempt{
		Pod: p.name, Node: p.node, Reason: p.reason, Message: p.message, Restarts: p.restarts,
		Scheduled: optTime(p.scheduled), Started: optTime(p.started), Finished: optTime(p.end()),
		PeakMemory: p.peak(), CPU: p.usage.cpu, Memory: p.usage.memory,
	}
	for i := range p.containers {
		a.Containers = append(a.Containers, p.view(&p.containers[i], now))
	}
	if ran, ok := p.ran(now); ok {
		a.RunTime = migration.Some(ran)
	}
	if !p.fromTheFirst() {
		a.Started = migration.None[time.Time]() // an earlier start was not seen
	}
	if p.stop.at > 0 && !p.disrupted {
		a.Reason, a.Message = p.stop.why.reason, p.stop.why.message
	}
	switch {
	case p.over() && p.cut():
		a.State = migration.RunStopped
	case p.over() && p.stop.at > 0: // by the Job's deadline, whatever its exit code
		a.State = migration.RunFailed
	case p.phase == "Succeeded":
		a.State = migration.RunSucceeded
	case p.over():
		a.State = migration.RunFailed
	case p.running:
		a.State = migration.RunRunning
	default:
		a.State = migration.RunPending
	}
	if p.hasExit {
		a.ExitCode = migration.Some(p.exit)
	}
	return a
}
