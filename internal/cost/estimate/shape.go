// Package estimate shows what a shape of work would cost on each platform without reading
// any cloud: so many runs a month of such a length and size, on Lambda, on EKS Fargate, on
// ECS Fargate and on nodes. A result is a list of lines, each a quantity times a rate, that
// sum to its total exactly. Package cost prices them.
//
// It is pure, as package cost is.
package estimate

import (
	"errors"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// Shape is what is estimated: amounts of one month, as they are given.
type Shape struct {
	Name   string
	Region string
	Lambda cost.LambdaShape // none without runs
	Job    Job
	// Fixed are monthly costs that do not depend on the runs.
	Fixed []Fixed
	// MonthHours is the length of the month, 0 for [cost.HoursPerMonth].
	MonthHours int64
}

// Job is the Kubernetes and ECS side; there is none with 0 runs. What is not given
// is as on the Lambda side.
type Job struct {
	Runs     migration.Opt[int64]
	CPU      migration.CPU
	Memory   migration.Bytes
	Duration time.Duration // from image pull to termination
	Storage  migration.Bytes
	GPUs     int64 // whole ones, of a pod
	Arch     migration.Arch
	NodeType string
	// Spot is the share of nodes and of ECS tasks that are Spot, 0 to 1.
	Spot     decimal.Decimal
	Extended bool // the cluster's version is in extended support
	AutoMode bool // the nodes are EKS Auto Mode's
}

// The defaults of the command.
const (
	defaultX86Node = "m6i.xlarge"
	defaultArmNode = "m7g.xlarge"
)

// New is a shape with the defaults: x86_64, 512 MB of ephemeral storage, the free
// tier.
func New() Shape { return Defaults().Shape() }

// Completed is the shape with the Job side filled in from the Lambda side: the same
// runs, duration, memory and architecture, and the CPU that Lambda gives to that
// memory.
func (s Shape) Completed() Shape {
	j, l := &s.Job, &s.Lambda
	j.Runs = migration.Some(j.Runs.Or(l.Runs))
	if j.Memory == 0 {
		j.Memory = l.Memory
	}
	if j.CPU == 0 {
		j.CPU = cost.LambdaCPU(l.Memory)
	}
	if j.Duration == 0 {
		j.Duration = l.Duration
	}
	if j.Arch == "" {
		j.Arch = l.Arch
	}
	if j.NodeType == "" {
		j.NodeType = defaultX86Node
		if j.Arch == migration.Arm64 {
			j.NodeType = defaultArmNode
		}
	}
	if s.MonthHours == 0 {
		s.MonthHours = cost.HoursPerMonth
	}
	return s
}

// Check says what is missing for an estimate, by the names of [Fields].
func (s Shape) Check() error {
	c := s.Completed()
	l, j := &c.Lambda, &c.Job
	switch {
	case s.Region == "":
		return errors.New("region is missing: prices differ by region")
	case l.Runs == 0 && j.Runs.Or(0) == 0:
		return errors.New("runs is missing: how often does it run in a month?")
	case l.Runs > 0 && (l.Duration == 0 || l.Memory == 0):
		return errors.New("runs on Lambda need duration and memory")
	case j.Runs.Or(0) > 0 && (j.Duration == 0 || j.Memory == 0 || j.CPU == 0):
		return errors.New("without a Lambda side, job-runs need job-cpu, job-memory and job-duration")
	case l.Provisioned > 0 && l.ProvisionedTime == 0:
		return errors.New("provisioned needs provisioned-hours")
	case l.SQSPollers+l.KafkaPollers > 0 && l.PollerTime == 0:
		return errors.New("provisioned pollers need poller-hours")
	case l.ManagedType != "" && l.ManagedTime == 0:
		return errors.New("managed-type needs managed-hours")
	case l.SavingsPlan == "" && l.Coverage.Or(decimal.Decimal{}).IsPositive():
		return errors.New("coverage needs savings-plan: 1y or 3y")
	case l.SavingsPlan != "" && !l.Coverage.Known():
		return &FieldError{"savings-plan", fmt.Errorf("%s without coverage, the share of Lambda's compute that the plan covers: "+
			"write --coverage 1, in a file coverage: 1, for all of it", l.SavingsPlan)}
	}
	if err := withoutEffect(l); err != nil {
		return err
	}
	for i := range s.Fixed {
		if err := s.Fixed[i].check(); err != nil {
			return err
		}
	}
	return nil
}

// withoutEffect refuses what would be read and not used, since another property that it belongs to is not stated.
func withoutEffect(l *cost.LambdaShape) error {
	pollers := l.SQSPollers+l.KafkaPollers > 0
	for _, p := range []struct {
		name, needs string
		set, there  bool
	}{
		{"provisioned-hours", "provisioned", l.ProvisionedTime > 0, l.Provisioned > 0},
		{"provisioned-runs", "provisioned", l.ProvisionedRuns.Or(0) > 0, l.Provisioned > 0},
		{"poller-hours", "sqs-pollers or kafka-pollers", l.PollerTime > 0, pollers},
		{"managed-hours", "managed-type", l.ManagedTime > 0, l.ManagedType != ""},
		{"microvm-written", "microvm-vcpu", l.SnapshotsWritten > 0, l.MicroVCPU.IsPositive()},
		{"microvm-read", "microvm-vcpu", l.SnapshotsRead > 0, l.MicroVCPU.IsPositive()},
		{"microvm-kept", "microvm-vcpu", l.SnapshotsKept > 0, l.MicroVCPU.IsPositive()},
		{"provisioned", "runs", l.Provisioned > 0, l.Runs > 0},
		{"sqs-pollers", "runs", l.SQSPollers > 0, l.Runs > 0},
		{"kafka-pollers", "runs", l.KafkaPollers > 0, l.Runs > 0},
		{"logs", "runs", l.Logs > 0, l.Runs > 0},
		{"managed-type", "runs", l.ManagedType != "", l.Runs > 0},
		{"microvm-vcpu", "runs", l.MicroVCPU.IsPositive(), l.Runs > 0},
	} {
		if p.set && !p.there {
			return fmt.Errorf("%s needs %s, and has no effect without", p.name, p.needs)
		}
	}
	return nil
}
