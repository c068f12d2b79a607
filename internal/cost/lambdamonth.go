package cost

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// Rules of AWS Lambda's bill that are no prices. Source: AWS Lambda pricing page and
// quotas.
const (
	firstPayload    = 256 * migration.KiB // of an asynchronous event, one request
	nextPayload     = 64 * migration.KiB  // each started one is a request more
	mostPayload     = migration.MiB
	mostEphemeral   = 10240 * migration.MiB
	provisionedStep = 5 * time.Minute // provisioned concurrency is rounded up to it
	leastSnapshot   = 3 * time.Hour   // a SnapStart snapshot is billed for at least
)

// FreeEphemeral is the ephemeral storage of a function that costs nothing.
const FreeEphemeral = 512 * migration.MiB

// Lines that [Pricer.LambdaRun] looks for.
const (
	itemCompute  = "compute"
	itemRequests = "requests"
)

var kilo = decimal.New(1024, 0)

// LambdaShape is a month of work on Lambda: amounts of the month.
type LambdaShape struct {
	Runs      int64
	Duration  time.Duration // billed, INIT included; rounded up to 1 ms
	Memory    migration.Bytes
	Arch      migration.Arch
	Ephemeral migration.Bytes
	FreeTier  bool
	// Payload is the size of an asynchronous event, 0 for other calls.
	Payload migration.Bytes

	// Provisioned is provisioned concurrency, on for ProvisionedTime of the
	// month, and ProvisionedRuns the runs that it serves: where unknown, as
	// many as fit.
	Provisioned     int64
	ProvisionedTime time.Duration
	ProvisionedRuns migration.Opt[int64]

	SnapStartTime     time.Duration // that a version's snapshot is kept
	SnapStartRestores int64
	Stream            migration.Bytes // response of one run, streamed
	SQSPollers        int64           // provisioned event pollers
	KafkaPollers      int64
	PollerTime        time.Duration
	TenantsCreated    int64 // environments that tenant isolation created
	DurableOperations int64
	DurableWritten    migration.Bytes
	DurableRetained   migration.Bytes // on average over the month
	Logs              migration.Bytes // ingested
	// ManagedType is the EC2 type of Lambda Managed Instances, which stand
	// there for ManagedTime, all of them together.
	ManagedType string
	ManagedTime time.Duration
	// MicroVCPU is what a Lambda MicroVM has, to run each invocation in one;
	// Snapshots are the amounts of a month.
	MicroVCPU        decimal.Decimal
	SnapshotsWritten migration.Bytes
	SnapshotsRead    migration.Bytes
	SnapshotsKept    migration.Bytes // on average over the month
	// SavingsPlan is "1y", "3y" or "", and Coverage the share of compute that
	// it covers.
	SavingsPlan string
	Coverage    decimal.Decimal
}

// requestsPerRun is how many requests one invocation counts as.
func (l *LambdaShape) requestsPerRun() int64 {
	if l.Payload <= firstPayload {
		return 1
	}
	return 1 + int64((l.Payload-firstPayload+nextPayload-1)/nextPayload)
}

// gb is the function's memory in GB, in steps of 1 MB.
func (l *LambdaShape) gb() decimal.Decimal {
	mb := (l.Memory + migration.MiB - 1) / migration.MiB
	return decimal.NewFromInt(int64(mb)).DivRound(kilo, 10)
}

// Billed is the billed duration of one run in seconds, rounded up to 1 ms.
func (l *LambdaShape) Billed() decimal.Decimal {
	ms := (l.Duration + time.Millisecond - 1) / time.Millisecond
	return decimal.New(int64(ms), -3)
}

// unsupported says why such a function cannot be, or is empty.
func (l *LambdaShape) unsupported() string {
	switch {
	case l.Duration > migration.LambdaWall:
		return fmt.Sprintf("a run of %s is no Lambda invocation: those end at %s", l.Duration, migration.LambdaWall)
	case l.Memory > migration.MostLambdaMemory:
		return fmt.Sprintf("a function has at most %d MB, not %d", migration.MostLambdaMemory/migration.MiB, l.Memory/migration.MiB)
	case l.Ephemeral > mostEphemeral:
		return fmt.Sprintf("a function has at most %d MB of ephemeral storage, not %d", mostEphemeral/migration.MiB, l.Ephemeral/migration.MiB)
	case l.Payload > mostPayload:
		return fmt.Sprintf("an asynchronous event has at most %d KB, not %d", mostPayload/migration.KiB,
			(l.Payload+migration.KiB-1)/migration.KiB)
	}
	return ""
}

// LambdaMonth is a month of invocations on Lambda.
func (p *Pricer) LambdaMonth(region string, l *LambdaShape) *Month {
	m := p.Month(region)
	if m.Problem = l.unsupported(); m.Problem != "" {
		return m
	}
	tiers, err := p.LambdaTiers(migration.RegionArch{Region: region, Arch: l.Arch})
	if err != nil {
		m.fail(err)
		return m
	}
	perRun := l.gb().Mul(l.Billed())
	served := m.provisioned(l, perRun)
	// AWS gives no free tier to what runs on provisioned concurrency, but to the same
	// function's other runs: the "mobile application launch" of the AWS Lambda pricing page.
	onDemand := l.Runs - served
	free := l.FreeTier && onDemand > 0

	gbs := perRun.Mul(decimal.NewFromInt(onDemand))
	m.tiered(itemCompute, tiers, decimal.Decimal{}, gbs, false)
	if free {
		if r, ok := m.rate("lambda.free.compute"); ok {
			m.tiered("free tier: compute", tiers, decimal.Max(gbs.Sub(r.Value), decimal.Decimal{}), gbs, true)
		}
	}
	m.savingsPlan(l)

	requests := func(runs int64) decimal.Decimal {
		return decimal.NewFromInt(runs).Mul(decimal.NewFromInt(l.requestsPerRun()))
	}
	m.line(itemRequests, requests(l.Runs).Shift(-6), "lambda.requests")
	if free {
		m.free("free tier: requests", requests(onDemand), "lambda.free.requests", -6, "lambda.requests")
	}
	if over := l.Ephemeral - FreeEphemeral; over > 0 {
		m.line("ephemeral storage over 512 MB", exactGiB(over).Mul(l.Billed()).Mul(decimal.NewFromInt(l.Runs)), "lambda.ephemeral")
	}
	m.lambdaFeatures(l, free)
	return m
}

// tiered adds a stretch of GB-seconds through the tiers, as a charge or as a credit.
func (m *Month) tiered(label string, tiers []Tier, from, to decimal.Decimal, credit bool) {
	parts := Segments(tiers, from, to)
	for i := range parts {
		s := &parts[i]
		name, quantity := label, s.Quantity
		if len(parts) > 1 {
			name = fmt.Sprintf("%s at $%s", label, s.Rate.Value)
		}
		if credit {
			quantity = quantity.Neg()
		}
		m.at(name, quantity, unitOf(s.Rate), &s.Rate, s.Rate.Value)
	}
}

// free credits an amount up to what is free; the rate is per ten to the power of
// -shift of it.
func (m *Month) free(label string, amount decimal.Decimal, freeItem string, shift int32, item string) {
	if r, ok := m.rate(freeItem); ok {
		m.line(label, decimal.Min(amount, r.Value).Shift(shift).Neg(), item)
	}
}

// provisioned adds provisioned concurrency and returns how many runs it serves.
func (m *Month) provisioned(l *LambdaShape, perRun decimal.Decimal) (served int64) {
	if l.Provisioned == 0 {
		return 0
	}
	on := seconds(l.ProvisionedTime)
	if part := l.ProvisionedTime % provisionedStep; part > 0 {
		on = seconds(l.ProvisionedTime - part + provisionedStep)
	}
	m.line("provisioned concurrency", on.Mul(decimal.NewFromInt(l.Provisioned)).Mul(l.gb()), "lambda.provisioned.idle."+string(l.Arch))
	fit := on.Mul(decimal.NewFromInt(l.Provisioned)).DivRound(l.Billed(), 3).Floor()
	served = min(decimal.Min(fit, decimal.NewFromInt(l.Runs)).IntPart(), l.ProvisionedRuns.Or(l.Runs))
	m.line("compute on provisioned concurrency", perRun.Mul(decimal.NewFromInt(served)), "lambda.provisioned.run."+string(l.Arch))
	if rest := l.Runs - served; rest > 0 {
		m.Note(fmt.Sprintf("%d runs are beyond the provisioned concurrency and billed on demand", rest))
	}
	return served
}

// savingsPlan takes a Compute Savings Plan off the lines so far, which are compute.
func (m *Month) savingsPlan(l *LambdaShape) {
	covered := m.sum().Mul(l.Coverage)
	if l.SavingsPlan == "" || covered.IsZero() {
		return
	}
	if r, ok := m.rate("savings_plan.compute.lambda." + l.SavingsPlan); ok {
		m.at("Compute Savings Plan, "+l.SavingsPlan, covered.Neg(), "USD of compute", r, r.Value)
	}
}

// lambdaFeatures adds what only some functions use.
func (m *Month) lambdaFeatures(l *LambdaShape, free bool) {
	memory := l.gb()
	if l.SnapStartTime > 0 || l.SnapStartRestores > 0 {
		kept := seconds(max(l.SnapStartTime, leastSnapshot))
		m.line("SnapStart cache", kept.Mul(memory), "lambda.snapstart.cache")
		m.line("SnapStart restores", memory.Mul(decimal.NewFromInt(l.SnapStartRestores)), "lambda.snapstart.restore")
	}
	if l.Stream > 0 {
		if r, ok := m.rate("lambda.stream.free_per_request"); ok {
			over := decimal.Max(exactGiB(l.Stream).Sub(r.Value.DivRound(kilo, Places)), decimal.Decimal{}).Mul(decimal.NewFromInt(l.Runs))
			m.line("response streaming", over, "lambda.stream")
			if free {
				m.free("free tier: response streaming", over, "lambda.stream.free", 0, "lambda.stream")
			}
		}
	}
	on := hours(l.PollerTime)
	m.line("SQS pollers", on.Mul(decimal.NewFromInt(l.SQSPollers)), "lambda.poller.sqs")
	m.line("Kafka pollers", on.Mul(decimal.NewFromInt(l.KafkaPollers)), "lambda.poller.kafka")
	m.line("tenant isolation", memory.Mul(decimal.NewFromInt(l.TenantsCreated)), "lambda.tenant_isolation."+string(l.Arch))
	m.line("durable operations", decimal.New(l.DurableOperations, -6), "lambda.durable.operations")
	m.line("durable data written", exactGiB(l.DurableWritten), "lambda.durable.written")
	m.line("durable data retained", exactGiB(l.DurableRetained), "lambda.durable.retained")
	m.line("logs ingested", exactGiB(l.Logs), "cloudwatch.logs.ingest")
	if l.Logs > 0 && free {
		m.free("free tier: logs", exactGiB(l.Logs), "cloudwatch.logs.free", 0, "cloudwatch.logs.ingest")
	}
}

// ManagedMonth is a month on Lambda Managed Instances: EC2 instances at their on-demand
// price, a fee on top of it, requests, and nothing for duration. Source: AWS Lambda pricing
// page.
func (p *Pricer) ManagedMonth(region string, l *LambdaShape) *Month {
	m, on := p.Month(region), hours(l.ManagedTime)
	node, err := p.Node(migration.Host{Kind: migration.HostEC2, OS: migration.Linux, Place: migration.RegionArch{
		Region: region,
		Arch:   l.Arch,
	}, InstanceType: l.ManagedType})
	if err != nil {
		m.fail(err)
		return m
	}
	hourly := node.Amount.Decimal()
	m.add(Line{
		Item: l.ManagedType, Amount: Fraction{on, one}, Unit: "instance-hour", Rate: hourly, Price: &node.Rates[0], Note: node.Evidence.Note,
	})
	if fee, ok := m.rate("lambda.managed.fee"); ok {
		m.at(fmt.Sprintf("management fee of %s %%", fee.Value.Shift(2)), on, "instance-hour", fee, hourly.Mul(fee.Value))
	}
	m.line(itemRequests, decimal.New(l.Runs, -6).Mul(decimal.NewFromInt(l.requestsPerRun())), "lambda.managed.requests")
	return m
}

// MicroVMMonth is a month in which each invocation runs in a Lambda MicroVM of its own.
func (p *Pricer) MicroVMMonth(region string, l *LambdaShape) *Month {
	m := p.Month(region)
	if l.Arch != migration.Arm64 {
		m.Problem = "Lambda MicroVMs are arm64"
		return m
	}
	on := seconds(l.Duration).Mul(decimal.NewFromInt(l.Runs))
	m.line("vCPU", on.Mul(l.MicroVCPU), "lambda.microvm.vcpu")
	m.line("memory", on.Mul(l.gb()), "lambda.microvm.memory")
	m.line("snapshots written", exactGiB(l.SnapshotsWritten), "lambda.microvm.snapshot.write")
	m.line("snapshots read", exactGiB(l.SnapshotsRead), "lambda.microvm.snapshot.read")
	m.line("snapshots kept", exactGiB(l.SnapshotsKept), "lambda.microvm.storage")
	return m
}

// seconds is a duration in seconds, exact.
func seconds(d time.Duration) decimal.Decimal { return decimal.New(int64(d), -9) }

// hours is a duration in hours, to [QuantityPlaces].
func hours(d time.Duration) decimal.Decimal {
	return decimal.NewFromInt(int64(d)).DivRound(nanosPerHour, QuantityPlaces)
}
