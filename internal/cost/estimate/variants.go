package estimate

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// managed is Lambda Managed Instances: EC2 instances at their on-demand price, a fee
// on top of it, requests, and nothing for duration. Source: AWS Lambda pricing page.
func (b *sheet) managed() {
	l := &b.shape.Lambda
	hours := decimal.NewFromInt(int64(l.ManagedTime)).DivRound(hour, quantityPlaces)
	price, err := b.p.Node(migration.Host{Kind: migration.HostEC2, OS: migration.Linux, Place: migration.RegionArch{Region: b.shape.Region, Arch: l.Arch}, InstanceType: l.ManagedType})
	if err != nil {
		b.fail(err)
		return
	}
	b.add(l.ManagedType, hours, "instance-hour", price.Rates[0], price.Amount.Decimal())
	if price.Evidence.Note != "" {
		b.note(price.Evidence.Note)
	}
	if fee, ok := b.rate("lambda.managed.fee"); ok {
		b.at(fmt.Sprintf("management fee of %s %%", fee.Value.Shift(2)), hours, "instance-hour", fee, price.Amount.Decimal().Mul(fee.Value))
	}
	b.line("requests", decimal.New(l.Runs, -6).Mul(decimal.NewFromInt(l.requestsPerRun())), "lambda.managed.requests")
}

// microVMs runs each invocation in a Lambda MicroVM for as long as it takes.
func (b *sheet) microVMs() {
	l := &b.shape.Lambda
	if l.Arch != migration.Arm64 {
		b.problem = "Lambda MicroVMs are arm64"
		return
	}
	on := seconds(l.Duration).Mul(decimal.NewFromInt(l.Runs))
	b.line("vCPU", on.Mul(l.MicroVCPU), "lambda.microvm.vcpu")
	b.line("memory", on.Mul(l.memoryGB()), "lambda.microvm.memory")
	b.line("snapshots written", gb(l.SnapshotsWritten), "lambda.microvm.snapshot.write")
	b.line("snapshots read", gb(l.SnapshotsRead), "lambda.microvm.snapshot.read")
	b.line("snapshots kept", gb(l.SnapshotsKept), "lambda.microvm.storage")
}
