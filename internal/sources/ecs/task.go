package ecs

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/migtop/migtop/internal/migration"
)

// task is one task, from the API. Times are Unix seconds, 0 for not yet.
type task struct {
	arn      string
	unit     *unit // nil where it is left out
	run      *run  // nil of a service's task, and where ECS is no side of the move
	host     migration.Host
	cpu      migration.CPU
	memory   migration.Bytes
	created  int64
	from, to int64 // what is billed, or reserved
	started  int64
	seen     int64 // when it was last among the running
	failed   bool
	oom      bool
}

// known reports whether there is nothing more to learn of a task that is listed.
func (t *task) known(stopped bool) bool {
	if stopped {
		return t.to > 0
	}
	return t.from > 0 && t.started > 0
}

// take stores the API's description of a task.
func (p *poll) take(ctx context.Context, c *cluster, in *ecstypes.Task) error {
	arn := aws.ToString(in.TaskArn)
	t := p.tasks[arn]
	if t == nil {
		t = &task{arn: arn, unit: p.unitOf(c, in)}
		p.tasks[arn] = t
	}
	t.created, t.started, t.to = second(in.CreatedAt), second(in.StartedAt), second(in.StoppedAt)
	// Fargate bills from the pull of the image on. On EC2 the task has its part of
	// the instance since it was placed there.
	// Source: AWS Fargate pricing, "Pricing details".
	t.from = second(in.PullStartedAt)
	if t.from == 0 || in.ContainerInstanceArn != nil {
		t.from = t.created
	}
	if in.PullStartedAt == nil && in.ContainerInstanceArn == nil {
		t.from = t.started // 0 before it runs: nothing is billed yet
	}
	t.cpu, t.memory = amount(in.Cpu, in.Memory)
	arch := migration.Arch("")
	for _, a := range in.Attributes {
		if aws.ToString(a.Name) == "ecs.cpu-architecture" {
			arch = archOf(aws.ToString(a.Value))
		}
	}
	if t.cpu == 0 || t.memory == 0 || (arch == "" && in.ContainerInstanceArn == nil) {
		s, err := p.definition(ctx, aws.ToString(in.TaskDefinitionArn))
		if err != nil {
			return err
		}
		if t.cpu == 0 {
			t.cpu = s.cpu
		}
		if t.memory == 0 {
			t.memory = s.memory
		}
		if arch == "" {
			arch = s.arch
		}
	}
	t.host = p.hostOf(in, t, arch)
	isRun := p.Side && t.unit != nil && !t.unit.service
	var s size
	if len(in.Containers) > 1 && (isRun || t.to > 0 && slices.ContainsFunc(in.Containers, abnormal)) {
		var err error
		if s, err = p.definition(ctx, aws.ToString(in.TaskDefinitionArn)); err != nil {
			return err
		}
	}
	if t.to > 0 {
		t.failed, t.oom = outcome(in, s.optional)
	}
	if isRun {
		t.takeRun(in, s)
	}
	return nil
}

// second is a moment in whole seconds, rounded down; 0 for none.
func second(at *time.Time) int64 {
	if at == nil {
		return 0
	}
	return at.Unix()
}

// hostOf is what carries a task.
func (p *poll) hostOf(in *ecstypes.Task, t *task, arch migration.Arch) migration.Host {
	if arn := aws.ToString(in.ContainerInstanceArn); arn != "" {
		h, known := p.hosts[arn]
		if !known {
			h.Place.Region = p.Access.Region()
		}
		return h
	}
	if in.LaunchType == ecstypes.LaunchTypeExternal {
		return migration.Host{} // the customer's own machine
	}
	if arch == "" {
		arch = migration.X86 // what ECS takes where a definition says nothing
	}
	return migration.Host{
		Kind: migration.HostECSFargate, Place: migration.RegionArch{Region: p.Access.Region(), Arch: arch},
		OS:   osOf(aws.ToString(in.PlatformFamily)),
		Spot: aws.ToString(in.CapacityProviderName) == "FARGATE_SPOT", FargateCPU: t.cpu, FargateMemory: t.memory,
	}
}

// abnormal reports whether a container ended otherwise than well.
func abnormal(c ecstypes.Container) bool {
	return outOfMemory(&c) || c.ExitCode != nil && *c.ExitCode != 0
}

func outOfMemory(c *ecstypes.Container) bool {
	return strings.Contains(aws.ToString(c.Reason), "OutOfMemory")
}

// outcome says whether a task that has stopped failed, and whether it was killed
// for memory.
func outcome(in *ecstypes.Task, optional map[string]bool) (failed, oom bool) {
	switch outcomeOf(in, optional) {
	case migration.OutcomeOOMKilled:
		return true, true
	case migration.OutcomeFailed, migration.OutcomeEvicted:
		return true, false
	}
	return false, false
}

// outcomeOf returns how a stopped task ended; 0 if no container states it. A task that a user or the scheduler of a
// service stopped did not fail. Containers that the task does not depend on, such as a log router, are ignored; optional
// has their names.
//
// Source: Amazon ECS developer guide, task definition parameters, "essential", and "Stopped
// tasks error codes".
func outcomeOf(in *ecstypes.Task, optional map[string]bool) migration.Outcome {
	var exited, failed bool
	for i := range in.Containers {
		c := &in.Containers[i]
		if optional[aws.ToString(c.Name)] {
			continue
		}
		if outOfMemory(c) {
			return migration.OutcomeOOMKilled
		}
		exited = exited || c.ExitCode != nil
		failed = failed || c.ExitCode != nil && *c.ExitCode != 0
	}
	switch in.StopCode {
	case ecstypes.TaskStopCodeUserInitiated, ecstypes.TaskStopCodeServiceSchedulerInitiated:
		return migration.OutcomeStopped
	case ecstypes.TaskStopCodeSpotInterruption, ecstypes.TaskStopCodeTerminationNotice, ecstypes.TaskStopCodeInfrastructureHealth:
		return migration.OutcomeEvicted
	case ecstypes.TaskStopCodeTaskFailedToStart:
		return migration.OutcomeFailed
	}
	switch {
	case failed:
		return migration.OutcomeFailed
	case exited:
		return migration.OutcomeSucceeded
	}
	return 0
}

// unit is a service, or a family of tasks that were started by themselves.
type unit struct {
	cluster *cluster
	name    string // of the service, or of the family
	service bool
	tags    map[string]string
	key     migration.Key
	by      migration.Provenance

	usage map[bucket]usage
	seen  time.Time // up to when usage was read; zero for never
	asked time.Time
	// changed is from where usage was read anew, until that is booked.
	changed time.Time
}

// unitOf finds the unit of a task; nil where it is left out.
func (p *poll) unitOf(c *cluster, in *ecstypes.Task) *unit {
	name, service := strings.CutPrefix(aws.ToString(in.Group), "service:")
	if !service {
		definition := aws.ToString(in.TaskDefinitionArn)
		name, _, _ = strings.Cut(definition[strings.LastIndexByte(definition, '/')+1:], ":")
	}
	id := c.arn + "|family|" + name
	if service {
		id = c.arn + "|service|" + name
	}
	u, known := p.units[id]
	if !known {
		u = &unit{cluster: c, name: name, service: service, usage: map[bucket]usage{}, tags: tagsOf(in.Tags)}
		p.name(u)
		if p.Seek && u.key.Tenant == migration.Unattributed {
			u = nil
		}
		p.units[id] = u
	}
	return u
}

// lookAgain forgets what was left out, since its tags may be others now.
func (p *poll) lookAgain() {
	for id, u := range p.units {
		if u == nil {
			delete(p.units, id)
		}
	}
	for arn, t := range p.tasks {
		if t.unit == nil {
			delete(p.tasks, arn)
		}
	}
}

// counted are the units that are not left out; leftOut is how many are.
func (s *Source) counted() (units []*unit, leftOut int) {
	for _, u := range s.units {
		if u == nil {
			leftOut++
		} else {
			units = append(units, u)
		}
	}
	slices.SortFunc(units, func(a, b *unit) int {
		return cmp.Or(compareKeys(a.key, b.key), cmp.Compare(a.cluster.arn, b.cluster.arn), cmp.Compare(a.name, b.name))
	})
	return units, leftOut
}

func compareKeys(a, b migration.Key) int {
	return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Workload, b.Workload), cmp.Compare(a.Platform, b.Platform))
}

// name gives a unit to a tenant and a workload, once.
func (p *poll) name(u *unit) {
	if tags := u.cluster.tags[u.name]; u.service && tags != nil {
		u.tags = tags
	}
	who := p.Attribute(migration.Identity{Platform: migration.ECS, Name: u.name, Namespace: u.cluster.name, Tags: u.tags})
	platform := migration.ECS
	if p.Side && u.service {
		platform = migration.ECSServices
	}
	u.key = migration.Key{Platform: platform, Workload: who.Workload, Tenant: who.Tenant}
	u.by = who.Evidence
}
