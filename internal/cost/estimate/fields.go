package estimate

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// Field is one property of a shape: a flag of the command and a key of its file.
type Field struct {
	Name string
	Help string
	// Bool says that the flag may stand without a value.
	Bool bool
	// List says that the flag may stand several times, and that its values are joined by commas.
	List bool
	set  func(*Shape, string) error
}

// Set reads the property from its notation; the error says what is wanted.
func (f Field) Set(s *Shape, text string) error {
	if err := f.set(s, text); err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	return nil
}

// Fields lists the properties of a shape.
func Fields() []Field { return slices.Clone(fields) }

// Bounds of amounts. They are far beyond any account and keep every product small.
const (
	mostRuns  = 1_000_000_000_000
	mostCount = 1_000_000_000
	mostSpan  = 366 * 24 * time.Hour
	mostHours = 366 * 24
	mostVCPU  = 1024
	mostBytes = 1 << 60
)

var fields = []Field{
	{Name: "name", Help: "what the shape is called", set: func(s *Shape, t string) error { s.Name = t; return nil }},
	{Name: "region", Help: "region of AWS", set: func(s *Shape, t string) error { s.Region = t; return nil }},
	count("runs", "Lambda invocations a month", mostRuns, func(s *Shape) *int64 { return &s.Lambda.Runs }),
	span("duration", "billed duration of one invocation, such as 120ms", func(s *Shape) *time.Duration { return &s.Lambda.Duration }),
	size("memory", "memory of the function, such as 1536MB", 128*migration.MiB, func(s *Shape) *migration.Bytes { return &s.Lambda.Memory }),
	word("arch", "architecture of the function: x86_64 or arm64",
		func(s *Shape) *migration.Arch { return &s.Lambda.Arch }, migration.X86, migration.Arm64),
	size("ephemeral", "ephemeral storage of the function", cost.FreeEphemeral, func(s *Shape) *migration.Bytes { return &s.Lambda.Ephemeral }),
	toggle("free-tier", "take the monthly free tier off", func(s *Shape) *bool { return &s.Lambda.FreeTier }),
	size("payload", "size of an asynchronous event", 0, func(s *Shape) *migration.Bytes { return &s.Lambda.Payload }),
	count("provisioned", "provisioned concurrency", mostCount, func(s *Shape) *int64 { return &s.Lambda.Provisioned }),
	hours("provisioned-hours", "hours of the month that it is on", mostHours,
		func(s *Shape) *time.Duration { return &s.Lambda.ProvisionedTime }),
	maybe("provisioned-runs", "invocations that it serves; as many as fit where not given",
		func(s *Shape) *migration.Opt[int64] { return &s.Lambda.ProvisionedRuns }),
	hours("snapstart-hours", "hours that a SnapStart snapshot is kept", mostHours,
		func(s *Shape) *time.Duration { return &s.Lambda.SnapStartTime }),
	count("snapstart-restores", "starts from a SnapStart snapshot", mostRuns, func(s *Shape) *int64 { return &s.Lambda.SnapStartRestores }),
	size("stream", "streamed response of one invocation", 0, func(s *Shape) *migration.Bytes { return &s.Lambda.Stream }),
	count("sqs-pollers", "provisioned pollers of SQS", mostCount, func(s *Shape) *int64 { return &s.Lambda.SQSPollers }),
	count("kafka-pollers", "provisioned pollers of Kafka", mostCount, func(s *Shape) *int64 { return &s.Lambda.KafkaPollers }),
	hours("poller-hours", "hours of the month that pollers are on", mostHours, func(s *Shape) *time.Duration { return &s.Lambda.PollerTime }),
	count("tenants-created", "environments that tenant isolation creates", mostRuns,
		func(s *Shape) *int64 { return &s.Lambda.TenantsCreated }),
	count("durable-operations", "operations of durable functions", mostRuns, func(s *Shape) *int64 { return &s.Lambda.DurableOperations }),
	size("durable-written", "data that durable functions write", 0, func(s *Shape) *migration.Bytes { return &s.Lambda.DurableWritten }),
	size("durable-retained", "data that durable functions keep, on average", 0,
		func(s *Shape) *migration.Bytes { return &s.Lambda.DurableRetained }),
	size("logs", "log data that is ingested", 0, func(s *Shape) *migration.Bytes { return &s.Lambda.Logs }),
	{Name: "managed-type", Help: "type of EC2 under Lambda Managed Instances", set: func(s *Shape,
		t string,
	) error {
		s.Lambda.ManagedType = t
		return nil
	}},
	hours("managed-hours", "instance-hours of them a month", 1_000_000, func(s *Shape) *time.Duration { return &s.Lambda.ManagedTime }),
	{Name: "microvm-vcpu", Help: "size of a Lambda MicroVM in vCPUs", set: func(s *Shape, t string) error {
		d, err := parseDecimal(t)
		if err != nil || d.GreaterThan(decimal.NewFromInt(mostVCPU)) {
			return fmt.Errorf("want a number of vCPUs from 0 to %d, got %q", mostVCPU, t)
		}
		s.Lambda.MicroVCPU = d
		return nil
	}},
	size("microvm-written", "snapshot data that MicroVMs write", 0, func(s *Shape) *migration.Bytes { return &s.Lambda.SnapshotsWritten }),
	size("microvm-read", "snapshot data that MicroVMs read", 0, func(s *Shape) *migration.Bytes { return &s.Lambda.SnapshotsRead }),
	size("microvm-kept", "snapshot data that is kept, on average", 0, func(s *Shape) *migration.Bytes { return &s.Lambda.SnapshotsKept }),
	word("savings-plan", "Compute Savings Plan: 1y or 3y", func(s *Shape) *string { return &s.Lambda.SavingsPlan }, "1y", "3y"),
	{Name: "coverage", Help: "share of Lambda's compute that the plan covers, 0 to 1; needed with savings-plan", set: func(s *Shape,
		t string,
	) error {
		d, err := parseShare(t)
		s.Lambda.Coverage = migration.Some(d)
		return err
	}},

	maybe("job-runs", "runs a month as Jobs", func(s *Shape) *migration.Opt[int64] { return &s.Job.Runs }),
	{Name: "job-cpu", Help: "request for CPU, such as 500m or 2", set: func(s *Shape, t string) (err error) {
		s.Job.CPU,
			err = parseCPU(t)
		return err
	}},
	size("job-memory", "memory request, such as 2Gi", migration.MiB, func(s *Shape) *migration.Bytes { return &s.Job.Memory }),
	span("job-duration", "time from image pull to the end", func(s *Shape) *time.Duration { return &s.Job.Duration }),
	size("job-storage", "ephemeral storage of a pod", 0, func(s *Shape) *migration.Bytes { return &s.Job.Storage }),
	count("job-gpus", "whole GPUs of a pod; nodes are then the smallest type that has them", 16,
		func(s *Shape) *int64 { return &s.Job.GPUs }),
	word("job-arch", "architecture of Jobs: x86_64 or arm64",
		func(s *Shape) *migration.Arch { return &s.Job.Arch }, migration.X86, migration.Arm64),
	{Name: "node-type", Help: "type of the EC2 nodes", set: func(s *Shape, t string) error { s.Job.NodeType = t; return nil }},
	fraction("spot", "share of nodes and ECS tasks on Spot, 0 to 1", func(s *Shape) *decimal.Decimal { return &s.Job.Spot }),
	toggle("extended-support", "the cluster's version is in extended support", func(s *Shape) *bool { return &s.Job.Extended }),
	toggle("auto-mode", "nodes are managed by EKS Auto Mode", func(s *Shape) *bool { return &s.Job.AutoMode }),

	{Name: "fixed", List: true, Help: "fixed monthly costs, such as \"NAT gateway=32.85\" or \"NAT=nat.hour\"; " +
		"of Jobs, or of @lambda, @eks-fargate, @ecs-fargate, @nodes, @cluster or @all", set: func(s *Shape, t string) error {
		parts, err := parseFixed(t)
		s.Fixed = append(s.Fixed, parts...)
		return err
	}},
	{Name: "month-hours", Help: "length of the month: 672, 696, 720, 730 (the average) or 744 hours", set: func(s *Shape, t string) error {
		n, err := parseCount(t, mostHours)
		if err != nil || !slices.Contains(monthLengths, n) {
			return fmt.Errorf("want 672, 696, 720, 730 or 744, the hours of a month, got %q", t)
		}
		s.MonthHours = n
		return nil
	}},
}

// monthLengths are the hours of months of 28 to 31 days, and of AWS's average one.
var monthLengths = []int64{672, 696, 720, cost.HoursPerMonth, 744}

func parseCount(t string, most int64) (int64, error) {
	n, err := strconv.ParseInt(t, 10, 64)
	if err != nil || n < 0 || n > most || t[0] == '+' {
		return 0, fmt.Errorf("want a whole number from 0 to %d, got %q", most, t)
	}
	return n, nil
}

func count(name, help string, most int64, at func(*Shape) *int64) Field {
	return Field{Name: name, Help: help, set: func(s *Shape, t string) (err error) {
		*at(s), err = parseCount(t, most)
		return err
	}}
}

func maybe(name, help string, at func(*Shape) *migration.Opt[int64]) Field {
	return Field{Name: name, Help: help, set: func(s *Shape, t string) error {
		n, err := parseCount(t, mostRuns)
		*at(s) = migration.Some(n)
		return err
	}}
}

func span(name, help string, at func(*Shape) *time.Duration) Field {
	return Field{Name: name, Help: help, set: func(s *Shape, t string) error {
		d, err := time.ParseDuration(t)
		if err != nil || d <= 0 || d > mostSpan {
			return fmt.Errorf("want a duration such as 120ms, 3s or 10m, at most a year, got %q", t)
		}
		*at(s) = d
		return nil
	}}
}

func hours(name, help string, most int64, at func(*Shape) *time.Duration) Field {
	return Field{Name: name, Help: help, set: func(s *Shape, t string) error {
		d, err := parseDecimal(t)
		if err != nil || d.GreaterThan(decimal.NewFromInt(most)) {
			return fmt.Errorf("want a number of hours from 0 to %d, got %q", most, t)
		}
		*at(s) = time.Duration(d.Mul(decimal.NewFromInt(int64(time.Hour))).Ceil().IntPart())
		return nil
	}}
}

func size(name, help string, least migration.Bytes, at func(*Shape) *migration.Bytes) Field {
	return Field{Name: name, Help: help, set: func(s *Shape, t string) error {
		b, err := parseSize(t)
		if err != nil {
			return err
		}
		if b < least {
			return fmt.Errorf("want %d MB or more, got %q", least/migration.MiB, t)
		}
		*at(s) = b
		return nil
	}}
}

func word[T ~string](name, help string, at func(*Shape) *T, choices ...T) Field {
	return Field{Name: name, Help: help, set: func(s *Shape, t string) error {
		if !slices.Contains(choices, T(t)) {
			return fmt.Errorf("want %s or %s, got %q", choices[0], choices[1], t)
		}
		*at(s) = T(t)
		return nil
	}}
}

func fraction(name, help string, at func(*Shape) *decimal.Decimal) Field {
	return Field{Name: name, Help: help, set: func(s *Shape, t string) error {
		d, err := parseShare(t)
		*at(s) = d
		return err
	}}
}

func parseShare(t string) (decimal.Decimal, error) {
	d, err := parseDecimal(t)
	if err != nil || d.GreaterThan(decimal.NewFromInt(1)) {
		return decimal.Decimal{}, fmt.Errorf("want a share from 0 to 1, got %q", t)
	}
	return d, nil
}

func toggle(name, help string, at func(*Shape) *bool) Field {
	return Field{Name: name, Help: help, Bool: true, set: func(s *Shape, t string) error {
		if t != "true" && t != "false" {
			return fmt.Errorf("want true or false, got %q", t)
		}
		*at(s) = t == "true"
		return nil
	}}
}
