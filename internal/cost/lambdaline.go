package cost

import "github.com/shopspring/decimal"

// LambdaLine is what one run of an account costs on Lambda over its length and over its
// memory, given the runs and the time that they took together; false where a price is
// missing or nothing ran.
func (b *Bill) LambdaLine(a *UsageLedger, runs int64, took decimal.Decimal) (LambdaLine, bool) {
	if runs <= 0 || !took.IsPositive() {
		return LambdaLine{}, false
	}
	var perTime, perMemory, rest, fixed, gbs decimal.Decimal
	for i := range a.lambda.keys {
		pb, s := b.place(&a.lambda.keys[i]), &a.lambda.values[i]
		if pb.err != nil {
			return LambdaLine{}, false
		}
		requests := decimal.NewFromInt(s.requests).Mul(pb.rate.perRequest)
		standing := pb.kept(s.extra.standing.GBSeconds().Mul(pb.extra.standing))
		stored := s.extra.ephemeral.GBSeconds().Mul(pb.extra.ephemeral)
		all, apart := pb.cost(s), requests.Add(pb.extra.uncovered(&s.extra)) // storage is in both
		perTime = perTime.Add(all.Sub(apart).Sub(standing).Add(stored))
		fixed = fixed.Add(apart).Sub(stored).Add(standing)
		perMemory = perMemory.Add(all.Sub(apart))
		rest = rest.Add(apart)
		gbs = gbs.Add(s.billed.GBSeconds())
	}
	n := decimal.NewFromInt(runs)
	line := LambdaLine{
		PerSecond: perTime.DivRound(took, Places), DurationFixed: fixed.DivRound(n, Places),
		MemoryFixed: rest.DivRound(n, Places),
	}
	if gbs.IsPositive() {
		line.PerGB = perMemory.Mul(took).DivRound(gbs.Mul(n), Places)
	}
	return line, true
}

// PodTime is how long an account's pods held their hosts, in seconds, and whether one of
// them was the machine of a single pod, which is billed for a minute at the least.
func (a *UsageLedger) PodTime() (seconds int64, fargate bool) {
	for i := range a.held.keys {
		seconds += a.held.values[i].podSeconds
		fargate = fargate || a.held.keys[i].Kind.Fargate()
	}
	return seconds, fargate
}

// LambdaRun is one more run of a shape on Lambda at the first tier's rates, beyond any free
// tier: compute, requests and ephemeral storage; and what it costs over its length and over
// its memory.
func (p *Pricer) LambdaRun(region string, l *LambdaShape) (*Month, LambdaLine) {
	m := p.LambdaMonth(region, &LambdaShape{
		Runs: 1, Duration: l.Duration, Memory: l.Memory, Arch: l.Arch, Ephemeral: l.Ephemeral, Payload: l.Payload,
	})
	var line LambdaLine
	billed := l.Billed()
	for i := range m.Lines {
		part := &m.Lines[i]
		amount := part.Cost().Decimal()
		if part.Item == itemCompute {
			line.PerGB = part.Rate.Mul(billed)
		} else {
			line.MemoryFixed = line.MemoryFixed.Add(amount)
		}
		if part.Item == itemRequests {
			line.DurationFixed = amount
		} else {
			line.PerSecond = line.PerSecond.Add(amount.DivRound(billed, Places))
		}
	}
	return m, line
}
