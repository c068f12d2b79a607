package ecs

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/migtop/migtop/internal/migration"
)

// runsKept is how many ended runs of one workload of one tenant are listed.
const runsKept = 50

// run holds what is known of a task without a service, in addition to its times: one run, since ECS does not restart
// such a task.
type run struct {
	outcome         migration.Outcome // 0 until it has ended, and where its end was not seen
	exit            migration.Opt[int32]
	reason, message string
	ended           int64 // when its containers ended, Unix seconds; 0 for not yet
	node            string
	container       migration.Container // the main one
	why             string              // by which rule it is, where the task has others
	others          migration.OtherRequests
	version         string
	definition      string // family and revision of its task definition
	recorded        bool
}

// takeRun reads the API's description of a task as a run.
func (t *task) takeRun(in *ecstypes.Task, s size) {
	r := &run{recorded: t.run != nil && t.run.recorded, node: nodeOf(in), definition: taskDefinition(in)}
	t.run = r
	main := mainContainer(in, s.optional)
	for i := range in.Containers {
		c := &in.Containers[i]
		cpu, memory := amount(c.Cpu, c.Memory)
		reserved := memory
		if _, soft := amount(nil, c.MemoryReservation); soft > 0 {
			reserved = soft
		}
		if i != main {
			if r.others.Names != "" {
				r.others.Names += ", "
			}
			r.others.Names += aws.ToString(c.Name)
			r.others.With.CPU = migration.Plus(r.others.With.CPU, positive(cpu))
			r.others.With.Memory = migration.Plus(r.others.With.Memory, positive(reserved))
			continue
		}
		r.container = migration.Container{
			Name: aws.ToString(c.Name), Kind: migration.ContainerMain,
			Request: migration.Resources{CPU: positive(cpu), Memory: positive(reserved)},
			Limit:   migration.Resources{Memory: positive(memory)},
		}
		r.version = cmp.Or(aws.ToString(c.ImageDigest), aws.ToString(c.Image), taskDefinition(in))
		if c.ExitCode != nil {
			r.exit = migration.Some(*c.ExitCode)
		}
	}
	// What has no size of its own has the task's. A CPU size of the task is a limit too.
	// Source: Amazon ECS developer guide, "Task definition parameters", task size.
	if len(in.Containers) < 2 {
		r.container.Request.CPU = first(r.container.Request.CPU, positive(t.cpu))
		r.container.Request.Memory = first(r.container.Request.Memory, positive(t.memory))
	} else {
		r.why = "the first essential container"
	}
	r.container.Limit.CPU = positive(t.cpu)
	r.container.Limit.Memory = first(r.container.Limit.Memory, positive(t.memory))
	if t.to == 0 {
		return
	}
	r.ended = t.to
	if in.ExecutionStoppedAt != nil {
		r.ended = min(max(second(in.ExecutionStoppedAt), t.started), t.to)
	}
	r.outcome = outcomeOf(in, s.optional)
	r.container.ExitCode = r.exit
	if r.outcome == migration.OutcomeOOMKilled {
		r.container.OOMKilled = 1
	}
	if r.outcome != migration.OutcomeSucceeded {
		r.reason, r.message = reasonOf(in, r.outcome), aws.ToString(in.StoppedReason)
	}
}

// positive is an amount that is stated; 0 is none.
func positive[T migration.CPU | migration.Bytes](n T) migration.Opt[T] {
	if n <= 0 {
		return migration.None[T]()
	}
	return migration.Some(n)
}

// first is a, or b where a is unknown.
func first[T any](a, b migration.Opt[T]) migration.Opt[T] {
	if a.Known() {
		return a
	}
	return b
}

// nodeOf is what a task ran on: a capacity provider, a container instance or a launch type.
func nodeOf(in *ecstypes.Task) string {
	instance := aws.ToString(in.ContainerInstanceArn)
	return cmp.Or(instance[strings.LastIndexByte(instance, '/')+1:], aws.ToString(in.CapacityProviderName), string(in.LaunchType))
}

// taskDefinition is the family and the revision of a task.
func taskDefinition(in *ecstypes.Task) string {
	arn := aws.ToString(in.TaskDefinitionArn)
	return arn[strings.LastIndexByte(arn, '/')+1:]
}

// mainContainer returns the index of the container that does the work: the first one whose end ends the task.
func mainContainer(in *ecstypes.Task, optional map[string]bool) int {
	return max(slices.IndexFunc(in.Containers, func(c ecstypes.Container) bool { return !optional[aws.ToString(c.Name)] }), 0)
}

// reasonOf is the API's own word for an end that was not well: what a container died of, or
// the stop code.
func reasonOf(in *ecstypes.Task, o migration.Outcome) string {
	if o == migration.OutcomeOOMKilled {
		return "OutOfMemoryError"
	}
	for i := range in.Containers {
		if reason, _, found := strings.Cut(aws.ToString(in.Containers[i].Reason), ":"); found {
			return reason // "CannotPullContainerError: pull image manifest has been retried 5 time(s)"
		}
	}
	return string(in.StopCode)
}

// records are the runs that have ended since they were asked for last, each once, in the
// order in which they ended.
func (p *poll) records() []migration.RunRecord {
	var ended []*task
	for _, t := range p.tasks {
		if t.run == nil || t.run.ended == 0 || t.run.recorded {
			continue
		}
		t.run.recorded = true
		if t.started > 0 && t.run.outcome != 0 {
			ended = append(ended, t)
		}
	}
	slices.SortFunc(ended, func(a, b *task) int { return cmp.Or(cmp.Compare(a.run.ended, b.run.ended), cmp.Compare(a.arn, b.arn)) })
	out := make([]migration.RunRecord, len(ended))
	for i, t := range ended {
		out[i] = t.record()
	}
	return out
}

var (
	peakUnseen = migration.Provenance{
		Source: "ecs", Method: migration.Measured, Coverage: 1,
		Note: "ECS does not report the memory of a single task",
	}
	peakKilled = migration.Provenance{
		Source: "ecs", Method: migration.Measured, Coverage: 1, LowerBound: true,
		Note: "killed for memory at its limit: it needed that or more",
	}
)

// record is an ended run as sizing needs it.
func (t *task) record() migration.RunRecord {
	r := t.run
	out := migration.RunRecord{
		Key: t.unit.key, ID: t.arn, Started: time.Unix(t.started, 0).UTC(), Duration: time.Duration(r.ended-t.started) * time.Second,
		Outcome: r.outcome, Container: r.container.Name, ContainerWhy: r.why, Others: r.others, Version: r.version,
		Given: migration.Given{Request: r.container.Request, Limit: r.container.Limit}, Evidence: peakUnseen,
	}
	if r.outcome == migration.OutcomeOOMKilled {
		out.KilledAt, out.Evidence = r.container.Limit.Memory, peakKilled
	}
	return out
}

// runs lists the tasks that are there and the last ended ones, newest first.
func (p *poll) runs() []migration.Run {
	out := make([]migration.Run, 0, len(p.tasks))
	ended := map[*unit][]*task{}
	for _, t := range p.tasks {
		switch {
		case t.run == nil:
		case t.to > 0:
			ended[t.unit] = append(ended[t.unit], t)
		default:
			out = append(out, t.view())
		}
	}
	for _, tasks := range ended {
		slices.SortFunc(tasks, func(a, b *task) int { return cmp.Or(cmp.Compare(b.to, a.to), cmp.Compare(a.arn, b.arn)) })
		for _, t := range tasks[:min(len(tasks), runsKept)] {
			out = append(out, t.view())
		}
	}
	slices.SortFunc(out, func(a, b migration.Run) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.UID, b.UID))
	})
	return out
}

// view is a task as a run of one attempt.
func (t *task) view() migration.Run {
	r := t.run
	id := t.arn[strings.LastIndexByte(t.arn, '/')+1:]
	one := migration.Attempt{
		Pod: id, Node: r.node, State: t.state(), Reason: r.reason, Message: r.message, ExitCode: r.exit,
		Scheduled: moment(t.from), Started: moment(t.started), Finished: moment(r.ended), Containers: []migration.Container{r.container},
	}
	if t.started > 0 && r.ended > 0 {
		ran := time.Duration(r.ended-t.started) * time.Second
		one.RunTime = migration.Some(migration.Bounds[time.Duration]{Low: ran, High: ran})
	}
	out := migration.Run{
		Key: t.unit.key, UID: t.arn, Namespace: t.unit.cluster.name, Name: id, State: one.State, Reason: r.reason, Message: r.message,
		Created: time.Unix(t.created, 0).UTC(), Started: one.Started, Finished: one.Finished, RunTime: one.RunTime, Parallel: 1,
		Attempts: []migration.Attempt{one}, Request: migration.Resources{CPU: positive(t.cpu), Memory: positive(t.memory)},
		Limit:     migration.Resources{CPU: positive(t.cpu), Memory: positive(t.memory)},
		Container: migration.Some(r.container), AttributedBy: t.unit.by,
	}
	if one.State == migration.RunFailed {
		out.Failed = 1
	}
	return out
}

// state returns the state of a run.
func (t *task) state() migration.RunState {
	switch {
	case t.to == 0 && t.started == 0:
		return migration.RunPending
	case t.to == 0:
		return migration.RunRunning
	case t.run.outcome == migration.OutcomeSucceeded:
		return migration.RunSucceeded
	case t.run.outcome == migration.OutcomeStopped, t.run.outcome == 0:
		return migration.RunStopped
	}
	return migration.RunFailed
}

// moment is a time in Unix seconds; 0 for not yet.
func moment(at int64) migration.Opt[time.Time] {
	if at == 0 {
		return migration.None[time.Time]()
	}
	return migration.Some(time.Unix(at, 0).UTC())
}
