package estimate

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
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

var (
	kilo = decimal.New(1024, 0)
	gib  = decimal.NewFromInt(int64(migration.GiB))
	hour = decimal.NewFromInt(int64(time.Hour))
)

// gb is an amount of bytes in GB of 1024^3, exact.
func gb(b migration.Bytes) decimal.Decimal { return decimal.NewFromInt(int64(b)).DivRound(gib, 30) }

// seconds is a duration in seconds, exact.
func seconds(d time.Duration) decimal.Decimal { return decimal.New(int64(d), -9) }

// requestsPerRun is how many requests one invocation counts as.
func (l *Lambda) requestsPerRun() int64 {
	if l.Payload <= firstPayload {
		return 1
	}
	return 1 + int64((l.Payload-firstPayload+nextPayload-1)/nextPayload)
}

// memoryGB is the function's memory in GB, in steps of 1 MB.
func (l *Lambda) memoryGB() decimal.Decimal {
	mb := (l.Memory + migration.MiB - 1) / migration.MiB
	return decimal.NewFromInt(int64(mb)).DivRound(kilo, 10)
}

// seconds is the billed duration of one run, rounded up to 1 ms.
func (l *Lambda) seconds() decimal.Decimal {
	ms := (l.Duration + time.Millisecond - 1) / time.Millisecond
	return decimal.New(int64(ms), -3)
}

func (b *sheet) lambda() {
	l := &b.shape.Lambda
	if l.Duration > migration.LambdaWall {
		b.problem = fmt.Sprintf("a run of %s is no Lambda invocation: those end at %s", l.Duration, migration.LambdaWall)
		return
	}
	if l.Memory > migration.MostLambdaMemory {
		b.problem = fmt.Sprintf("a function has at most %d MB, not %d", migration.MostLambdaMemory/migration.MiB, l.Memory/migration.MiB)
		return
	}
	if l.Ephemeral > mostEphemeral {
		b.problem = fmt.Sprintf("a function has at most %d MB of ephemeral storage, not %d", mostEphemeral/migration.MiB, l.Ephemeral/migration.MiB)
		return
	}
	if l.Payload > mostPayload {
		b.problem = fmt.Sprintf("an asynchronous event has at most %d KB, not %d", mostPayload/migration.KiB, (l.Payload+migration.KiB-1)/migration.KiB)
		return
	}
	tiers, err := b.p.LambdaTiers(migration.RegionArch{Region: b.shape.Region, Arch: l.Arch})
	if err != nil {
		b.fail(err)
		return
	}
	perRun := l.memoryGB().Mul(l.seconds())
	served := b.provisioned(perRun)
	// AWS gives no free tier to what runs on provisioned concurrency. What the
	// same function runs beside it has one: the "mobile application launch" of
	// the AWS Lambda pricing page.
	onDemand := l.Runs - served
	free := l.FreeTier && onDemand > 0

	gbs := perRun.Mul(decimal.NewFromInt(onDemand))
	b.tiered("compute", tiers, decimal.Decimal{}, gbs, false)
	if free {
		if r, ok := b.rate("lambda.free.compute"); ok {
			b.tiered("free tier: compute", tiers, decimal.Max(gbs.Sub(r.Value), decimal.Decimal{}), gbs, true)
		}
	}
	b.savingsPlan()

	requests := func(runs int64) decimal.Decimal {
		return decimal.NewFromInt(runs).Mul(decimal.NewFromInt(l.requestsPerRun()))
	}
	b.line("requests", requests(l.Runs).Shift(-6), "lambda.requests")
	if free {
		b.free("free tier: requests", requests(onDemand), "lambda.free.requests", -6, "lambda.requests")
	}
	if over := l.Ephemeral - defaultEphemeral; over > 0 {
		b.line("ephemeral storage over 512 MB", gb(over).Mul(l.seconds()).Mul(decimal.NewFromInt(l.Runs)), "lambda.ephemeral")
	}
	b.lambdaExtras(free)
}

// tiered adds a stretch of GB-seconds through the tiers, as a charge or as a credit.
func (b *sheet) tiered(label string, tiers []cost.Tier, from, to decimal.Decimal, credit bool) {
	parts := cost.Segments(tiers, from, to)
	for _, s := range parts {
		name, quantity := label, s.Quantity
		if len(parts) > 1 {
			name = fmt.Sprintf("%s at $%s", label, s.Rate.Value)
		}
		if credit {
			quantity = quantity.Neg()
		}
		b.at(name, quantity, unitOf(s.Rate), s.Rate, s.Rate.Value)
	}
}

// free credits an amount up to what is free; the rate is per ten to the power of
// -shift of it.
func (b *sheet) free(label string, amount decimal.Decimal, freeItem string, shift int32, item string) {
	r, ok := b.rate(freeItem)
	if !ok {
		return
	}
	b.line(label, decimal.Min(amount, r.Value).Shift(shift).Neg(), item)
}

// provisioned adds provisioned concurrency and returns how many runs it serves.
func (b *sheet) provisioned(perRun decimal.Decimal) (served int64) {
	l := &b.shape.Lambda
	if l.Provisioned == 0 {
		return 0
	}
	on := seconds(l.ProvisionedTime)
	if part := l.ProvisionedTime % provisionedStep; part > 0 {
		on = seconds(l.ProvisionedTime - part + provisionedStep)
	}
	b.line("provisioned concurrency", on.Mul(decimal.NewFromInt(l.Provisioned)).Mul(l.memoryGB()), "lambda.provisioned.idle."+string(l.Arch))
	fit := on.Mul(decimal.NewFromInt(l.Provisioned)).DivRound(l.seconds(), 3).Floor()
	served = min(decimal.Min(fit, decimal.NewFromInt(l.Runs)).IntPart(), l.ProvisionedRuns.Or(l.Runs))
	b.line("compute on provisioned concurrency", perRun.Mul(decimal.NewFromInt(served)), "lambda.provisioned.run."+string(l.Arch))
	if rest := l.Runs - served; rest > 0 {
		b.note(fmt.Sprintf("%d runs are beyond the provisioned concurrency and billed on demand", rest))
	}
	return served
}

// savingsPlan takes a Compute Savings Plan off the compute that stands above it.
func (b *sheet) savingsPlan() {
	l := &b.shape.Lambda
	covered := b.sum().Mul(l.Coverage)
	if l.SavingsPlan == "" || covered.IsZero() {
		return
	}
	if r, ok := b.rate("savings_plan.compute.lambda." + l.SavingsPlan); ok {
		b.at("Compute Savings Plan, "+l.SavingsPlan, covered.Neg(), "USD of compute", r, r.Value)
	}
}

func (b *sheet) lambdaExtras(free bool) {
	l := &b.shape.Lambda
	memory := l.memoryGB()
	if l.SnapStartTime > 0 || l.SnapStartRestores > 0 {
		kept := seconds(max(l.SnapStartTime, leastSnapshot))
		b.line("SnapStart cache", kept.Mul(memory), "lambda.snapstart.cache")
		b.line("SnapStart restores", memory.Mul(decimal.NewFromInt(l.SnapStartRestores)), "lambda.snapstart.restore")
	}
	if l.Stream > 0 {
		if r, ok := b.rate("lambda.stream.free_per_request"); ok {
			over := decimal.Max(gb(l.Stream).Sub(r.Value.DivRound(kilo, 30)), decimal.Decimal{}).Mul(decimal.NewFromInt(l.Runs))
			b.line("response streaming", over, "lambda.stream")
			if free {
				b.free("free tier: response streaming", over, "lambda.stream.free", 0, "lambda.stream")
			}
		}
	}
	on := decimal.NewFromInt(int64(l.PollerTime)).DivRound(hour, quantityPlaces)
	b.line("SQS pollers", on.Mul(decimal.NewFromInt(l.SQSPollers)), "lambda.poller.sqs")
	b.line("Kafka pollers", on.Mul(decimal.NewFromInt(l.KafkaPollers)), "lambda.poller.kafka")
	b.line("tenant isolation", memory.Mul(decimal.NewFromInt(l.TenantsCreated)), "lambda.tenant_isolation."+string(l.Arch))
	b.line("durable operations", decimal.New(l.DurableOperations, -6), "lambda.durable.operations")
	b.line("durable data written", gb(l.DurableWritten), "lambda.durable.written")
	b.line("durable data retained", gb(l.DurableRetained), "lambda.durable.retained")
	b.line("logs ingested", gb(l.Logs), "cloudwatch.logs.ingest")
	if l.Logs > 0 && free {
		b.free("free tier: logs", gb(l.Logs), "cloudwatch.logs.free", 0, "cloudwatch.logs.ingest")
	}
}
