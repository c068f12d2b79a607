package lambda

import (
	"math"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// The sentences that go with figures from CloudWatch.
const (
	noteBilled   = "billed time is estimated from Duration: INIT, which CloudWatch does not show, is left out"
	noteInsights = "billed time is Duration and INIT, half a millisecond added to each for rounding up"
)

// sourceInsights is the source of what Lambda Insights has a part in.
const sourceInsights = "cloudwatch + Lambda Insights"

// digest turns an answered question into activities, one for each period in which
// one of its functions did something.
func (p *poll) digest(a *ask) {
	for _, part := range p.split(a) {
		p.emit(part)
	}
	p.emit(a)
	a.published = true
}

// emit publishes the activities of one key.
func (p *poll) emit(a *ask) {
	for i := range a.span.periods() {
		start := a.span.at(i)
		activity, ok := a.activity(i)
		if !ok {
			continue
		}
		a.known(&activity, a.restAt(i))
		activity.Start, activity.Span = start, a.span.period
		// From the end of the period its last invocation has its timeout to
		// end, and its data some minutes to arrive.
		activity.Final = !start.Add(a.span.period + a.finalityLag()).After(p.Now)
		activity.Evidence.Provisional = !activity.Final
		if a.rule != nil && len(a.rule.Weights) > 0 {
			activity.Evidence.Source, activity.Evidence.Method = "cloudwatch + configuration", migration.Estimated
			activity.Evidence.Note = noteWeights
		} else if a.rule != nil {
			activity.Evidence.Source, activity.Evidence.Method = "cloudwatch + EMF", migration.Derived
			activity.Evidence.Note = noteEmbedded + " " + a.rule.Namespace + "/" + a.rule.Metric
			if a.group.account != "" {
				activity.Evidence.Note += "; " + unreadable(a.group.account)
			}
		}
		if a.onManaged(i) {
			activity.Evidence = activity.Evidence.And(migration.Provenance{
				Source: activity.Evidence.Source, Method: activity.Evidence.Method, Coverage: 1, Note: noteManaged,
			})
		}
		p.publish(activity)
		if start.After(p.dataTo) {
			p.dataTo = start
		}
	}
	for _, u := range a.units {
		u.rows, u.extras, u.parts = nil, nil, nil
	}
}

// part is how many activities are handed over at once: about 2 MB.
const part = 4096

// publish passes activities on in batches.
func (p *poll) publish(a migration.Activity) {
	if p.activities == nil {
		p.activities = make([]migration.Activity, 0, part)
	}
	if p.activities = append(p.activities, a); len(p.activities) == part {
		p.deliver(migration.Batch{Activities: p.activities})
		p.activities = nil // the receiver owns them now
	}
}

// finalityLag is the longest of its functions'.
func (a *ask) finalityLag() time.Duration {
	var longest time.Duration
	for _, u := range a.units {
		longest = max(longest, u.fn.finalityLag())
	}
	return longest
}

// activity sums one period over the functions of a group; false where none of them
// was active.
func (a *ask) activity(at int) (migration.Activity, bool) {
	out := migration.Activity{
		Key:       a.group.key,
		Scope:     a.group.account,
		Evidence:  migration.Provenance{Source: "cloudwatch", Method: migration.Measured, Coverage: 1},
		Throttled: migration.Some[int64](0),
	}
	var bill bill
	var durations []migration.Distribution[time.Duration] // of all but the first
	var memories []migration.Distribution[migration.Bytes]
	var inits []migration.Distribution[time.Duration]
	busy, blind := 0, false
	start := a.span.at(at)
	for _, u := range a.units {
		bill.stand(u.fn, start, a.span.period)
		bill.init(u, at)
		out.Processor = out.Processor.Plus(u.processor(at))
		if u.extras != nil {
			memories, inits = append(memories, u.extras[at].memory()), append(inits, u.extras[at].init())
		}
		if u.rows == nil || u.rows[at].have == 0 {
			continue
		}
		r := &u.rows[at]
		bill.log(u.fn, r)
		if r.have == 1<<logsSum {
			continue // lines that arrived after the invocations of their minute
		}
		busy++
		out.Runs += r.count(invocationsSum)
		out.Failures += r.count(errorsSum)
		out.Throttled = migration.Some(out.Throttled.Or(0) + r.count(throttlesSum))
		if r.has(concurrencyMax) {
			out.MaxConcurrency = migration.Some(r.count(concurrencyMax))
		}
		if busy == 1 {
			out.Duration = r.duration()
		} else {
			durations = append(durations, r.duration())
		}
		blind = blind || (u.restAt(at) && r.count(invocationsSum) > 0)
		bill.add(u, at)
	}
	out.PeakMemory, out.StartUp = migration.Merge(memories...), migration.Merge(inits...)
	if busy == 0 && bill.standing == 0 && bill.logs == 0 && out.PeakMemory.Count()+out.StartUp.Count() == 0 {
		return out, false
	}
	if busy > 1 {
		// Peaks of several functions need not have been at the same moment.
		out.MaxConcurrency = migration.None[int64]()
		out.Duration = migration.Merge(append(durations, out.Duration)...)
	}
	if blind {
		out.Duration = migration.Distribution[time.Duration]{} // of some is not of all
	}
	if out.PeakMemory.Count() > 0 {
		out.Evidence.Source = sourceInsights
	}
	if a.group.account != "" {
		out.Evidence.Note = unreadable(a.group.account)
	}
	out.Attempts = migration.Some(out.Runs)
	out.Invoked, out.Elsewhere = bill.invoked()
	return out, true
}

// count is a statistic that counts; 0 where there is no datapoint.
func (r *row) count(stat int) int64 {
	if !r.has(stat) {
		return 0
	}
	return max(int64(math.Round(r.values[stat])), 0)
}

// millis is a statistic of Duration.
func (r *row) millis(stat int) time.Duration {
	return time.Duration(math.Round(max(r.values[stat], 0) * float64(time.Millisecond)))
}

// duration is how run times spread, empty where statistics are missing.
func (r *row) duration() migration.Distribution[time.Duration] {
	for stat := durationP50; stat <= durationSum; stat++ {
		if !r.has(stat) {
			return migration.Distribution[time.Duration]{}
		}
	}
	// CloudWatch computes percentiles over bins, and may put one a little
	// above the true maximum.
	longest := r.millis(durationMax)
	p99 := min(r.millis(durationP99), longest)
	p95 := min(r.millis(durationP95), p99)
	points := migration.Points[time.Duration]{
		Count: r.count(invocationsSum), Sum: r.millis(durationSum),
		P50: min(r.millis(durationP50), p95), P95: p95, P99: p99, Max: longest,
	}
	if of := int64(math.Round(r.of)); of > 0 && (r.share > 0 || of > points.Count) {
		points.Part = &migration.Part{Of: of, Share: r.share}
	}
	return migration.Summarized(points)
}
