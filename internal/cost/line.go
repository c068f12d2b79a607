package cost

import "github.com/shopspring/decimal"

// LambdaLine is what one run of an account costs on Lambda over its length and over its
// memory, given the runs and the time that they took together; false where a price is
// missing or nothing ran.
func (b *Bill) LambdaLine(a *UsageLedger, runs int64, took decimal.Decimal) (LambdaLine, bool) {
	if runs <= 0 || !took.IsPositive() {
		return LambdaLine{}, false
	}
	var perTime, perMemory, beside, fixed, gbs decimal.Decimal
	for i := range a.lambda.keys {
		pb, s := b.place(&a.lambda.keys[i]), &a.lambda.values[i]
		if pb.err != nil {
			return LambdaLine{}, false
		}
		requests := decimal.NewFromInt(s.requests).Mul(pb.rate.perRequest)
		standing := pb.kept(s.extra.standing.GBSeconds().Mul(pb.extra.standing))
		stored := s.extra.ephemeral.GBSeconds().Mul(pb.extra.ephemeral)
		all, apart := pb.cost(s), requests.Add(pb.extra.beside(&s.extra)) // storage is in both
		perTime = perTime.Add(all.Sub(apart).Sub(standing).Add(stored))
		fixed = fixed.Add(apart).Sub(stored).Add(standing)
		perMemory = perMemory.Add(all.Sub(apart))
		beside = beside.Add(apart)
		gbs = gbs.Add(s.billed.GBSeconds())
	}
	n := decimal.NewFromInt(runs)
	line := LambdaLine{PerSecond: perTime.DivRound(took, Places), Fixed: fixed.DivRound(n, Places), Beside: beside.DivRound(n, Places)}
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
