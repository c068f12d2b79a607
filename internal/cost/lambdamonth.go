package cost

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
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
	itemCompute            = "compute"
	itemProvisionedCompute = "compute on provisioned concurrency"
	itemEphemeral          = "ephemeral storage over 512 MB"
	itemRequests           = "requests"
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
	Logs              migration.Bytes // ingested, of all runs
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
	// it covers, 0 to 1.
	SavingsPlan string
	Coverage    migration.Opt[decimal.Decimal]
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

// LambdaMonth is a month of invocations on Lambda, of an organization that has no others.
func (p *Pricer) LambdaMonth(region string, l *LambdaShape) *Month {
	return p.LambdaMonthOf(region, l, decimal.NewFromInt(l.Runs), nil)
}

// LambdaMonthOf is a month of a shape with another number of runs. What a run brings with it, such as
// logs, is in proportion. Tiers and free tier are those of the pool, of which the shape is a part; nil is
// one of this shape alone.
func (p *Pricer) LambdaMonthOf(region string, l *LambdaShape, runs decimal.Decimal, pool *LambdaPool) *Month {
	m := p.Month(region)
	if m.Problem = l.unsupported(); m.Problem != "" {
		return m
	}
	tiers, err := p.LambdaTiers(migration.RegionArch{Region: region, Arch: l.Arch})
	if err != nil {
		m.fail(err)
		return m
	}
	d := p.lambdaDemand(region, l, runs)
	if pool == nil {
		pool = new(LambdaPool)
		pool.add(region, l, &d)
	}
	m.provisioned(l, &d)
	m.pooledCompute(l, &d, tiers, pool)
	m.savingsPlan("savings_plan.compute.lambda", l, Sum(m.Lines))

	m.line(itemRequests, d.perRun(l.requestsPerRun()).Shift(-6), "lambda.requests")
	if l.FreeTier {
		m.pooledCredit("free tier: requests", d.requests, pool.requests, "lambda.free.requests", -6, "lambda.requests")
	}
	if over := l.Ephemeral - FreeEphemeral; over > 0 {
		m.line(itemEphemeral, exactGiB(over).Mul(l.Billed()).Mul(runs), "lambda.ephemeral")
	}
	m.lambdaFeatures(l, &d, pool)
	m.pooledLogs(l, &d, pool)
	return m
}

// tiered adds a stretch of an amount through the tiers, as a charge or as a credit, of which the
// shape has a part.
func (m *Month) tiered(label string, tiers []Tier, from, to decimal.Decimal, part Fraction, credit bool) {
	segments := Segments(tiers, from, to)
	for i := range segments {
		s := &segments[i]
		name, quantity := label, s.Quantity
		if len(segments) > 1 {
			name = fmt.Sprintf("%s at $%s", label, s.Rate.Value)
		}
		if credit {
			quantity = quantity.Neg()
		}
		m.at(name, part.Times(quantity), unitOf(s.Rate), &s.Rate, s.Rate.Value)
	}
}

// provisioned adds provisioned concurrency and the runs on it.
func (m *Month) provisioned(l *LambdaShape, d *lambdaDemand) {
	if l.Provisioned == 0 {
		return
	}
	m.standing("provisioned concurrency", l.provisionedSeconds().Mul(l.gb()), "lambda.provisioned.idle."+string(l.Arch))
	m.line(itemProvisionedCompute, d.perGB.Mul(d.served), "lambda.provisioned.run."+string(l.Arch))
	if d.onDemand.IsPositive() {
		m.Note(fmt.Sprintf("%s runs are beyond the provisioned concurrency and billed on demand", text.GroupDigits(d.onDemand.String())))
	}
}

// provisionedSeconds is how long provisioned concurrency is on, all of it together.
// Source: AWS Lambda pricing page: it is rounded up to five minutes.
func (l *LambdaShape) provisionedSeconds() decimal.Decimal {
	on := seconds(l.ProvisionedTime)
	if part := l.ProvisionedTime % provisionedStep; part > 0 {
		on = seconds(l.ProvisionedTime - part + provisionedStep)
	}
	return on.Mul(decimal.NewFromInt(l.Provisioned))
}

// savingsPlan takes a Compute Savings Plan off an amount of compute.
func (m *Month) savingsPlan(item string, l *LambdaShape, compute Fraction) {
	covered := compute.Times(l.Coverage.Or(decimal.Decimal{}))
	if l.SavingsPlan == "" || covered.Of.IsZero() {
		return
	}
	if r, ok := m.rate(item + "." + l.SavingsPlan); ok {
		m.at("Compute Savings Plan, "+l.SavingsPlan, covered.Times(one.Neg()), "USD of compute", r, r.Value)
	}
}

// lambdaFeatures adds what only some functions use.
func (m *Month) lambdaFeatures(l *LambdaShape, d *lambdaDemand, pool *LambdaPool) {
	memory := l.gb()
	if l.SnapStartTime > 0 || l.SnapStartRestores > 0 {
		kept := seconds(max(l.SnapStartTime, leastSnapshot))
		m.standing("SnapStart cache", kept.Mul(memory), "lambda.snapstart.cache")
		m.part("SnapStart restores", d.share(l, decimal.NewFromInt(l.SnapStartRestores).Mul(memory)), "lambda.snapstart.restore")
	}
	if l.Stream > 0 {
		if _, ok := m.rate("lambda.stream.free_per_request"); ok {
			m.line("response streaming", d.streamed.Mul(d.runs), "lambda.stream")
			if l.FreeTier {
				m.pooledCredit("free tier: response streaming", d.stream, pool.stream, "lambda.stream.free", 0, "lambda.stream")
			}
		}
	}
	on := hours(l.PollerTime)
	m.standing("SQS pollers", on.Mul(decimal.NewFromInt(l.SQSPollers)), "lambda.poller.sqs")
	m.standing("Kafka pollers", on.Mul(decimal.NewFromInt(l.KafkaPollers)), "lambda.poller.kafka")
	m.part("tenant isolation", d.share(l, memory.Mul(decimal.NewFromInt(l.TenantsCreated))), "lambda.tenant_isolation."+string(l.Arch))
	m.part("durable operations", d.share(l, decimal.New(l.DurableOperations, -6)), "lambda.durable.operations")
	m.part("durable data written", d.share(l, exactGiB(l.DurableWritten)), "lambda.durable.written")
	m.part("durable data retained", d.share(l, exactGiB(l.DurableRetained)), "lambda.durable.retained")
}

// ManagedMonth is a month on Lambda Managed Instances: EC2 instances, a fee of their on-demand price,
// requests, and nothing for duration. Discounts and Savings Plans are on the instances and not on
// the fee. Source: AWS Lambda pricing page.
func (p *Pricer) ManagedMonth(region string, l *LambdaShape) *Month {
	m, on := p.Month(region), hours(l.ManagedTime)
	host := migration.Host{Kind: migration.HostEC2, OS: migration.Linux, Place: migration.RegionArch{
		Region: region,
		Arch:   l.Arch,
	}, InstanceType: l.ManagedType}
	node, err := p.Node(host)
	if err != nil {
		m.fail(err)
		return m
	}
	list, err := p.list().Node(host)
	if err != nil {
		m.fail(err)
		return m
	}
	m.add(Line{
		Item: l.ManagedType, Amount: whole(on), Unit: "instance-hour", Rate: node.Amount.Decimal(), Price: &node.Rates[0],
		Note: node.Evidence.Note,
	})
	const discount = "savings_plan.compute.ec2"
	if m.has(discount + "." + l.SavingsPlan) {
		m.savingsPlan(discount, l, Sum(m.Lines))
	} else if l.SavingsPlan != "" && l.Coverage.Or(decimal.Decimal{}).IsPositive() {
		m.Note(fmt.Sprintf("the Savings Plan's discount on EC2 is in no price list and not taken off: state %s.%s in a price file",
			discount, l.SavingsPlan))
	}
	if fee, ok := m.rate("lambda.managed.fee"); ok {
		label := fmt.Sprintf("management fee of %s %%", fee.Value.Shift(2))
		m.at(label, whole(on), "instance-hour", fee, list.Amount.Decimal().Mul(fee.Value))
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
