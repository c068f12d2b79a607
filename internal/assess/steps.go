package assess

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// history is what a tenant's notices are dated by: all that is kept, read only where there
// is a notice.
func (b *builder) history(tenant migration.Tenant) *History {
	steps := map[migration.Platform][]Step{} // several notices read the same
	return &History{
		Window: b.Window, Edge: b.Store.Edge(), Seen: b.Noticed,
		Sides: func(p migration.Platform) ([]Step, time.Time, time.Time) {
			if _, ok := steps[p]; !ok {
				steps[p] = b.steps(tenant, p)
			}
			kept := b.frame.Watched(p)
			return steps[p], kept.From, kept.To
		},
		Flow: func(w migration.Workload) []FlowStep { return b.flowSteps(tenant, w) },
	}
}

// steps are the buckets of a tenant on a platform, of all its workloads.
func (b *builder) steps(tenant migration.Tenant, platform migration.Platform) []Step {
	var out []Step
	for _, p := range sortedValues(b.tenants[tenant].parts[platform]) {
		timeout := p.timeout()
		for _, sr := range p.streams {
			cells := sr.Within(b.frame.Watched(platform))
			for i := range cells {
				c := &cells[i]
				more := c.Rest()
				s := Step{
					Start: time.Unix(c.Start, 0).UTC(), Runs: c.Runs, Failures: c.Failures, Throttled: c.Throttled,
					TimedOut: more.TimedOut.Or(0), OOMKilled: more.OOMKilled.Or(0),
					Longest: c.Longest().Or(0), PeakMemory: more.PeakMemory.Max().Or(0),
				}
				if timeout > 0 {
					s.TimeoutRatio = migration.Ratio(s.Longest.Seconds() / timeout.Seconds())
				}
				out = append(out, s)
			}
		}
	}
	slices.SortStableFunc(out, func(x, y Step) int { return x.Start.Compare(y.Start) })
	return out
}

// timeout is what ends a run of a part's functions: of several, the one that allows the
// longest. It is 0 where there is none.
func (p *part) timeout() time.Duration {
	var timeout time.Duration
	for i := range p.functions {
		timeout = max(timeout, p.functions[i].Timeout)
		if p.functions[i].Linked { // its own is not known, and Lambda allows no more
			timeout = migration.LambdaWall
		}
	}
	return timeout
}

// flowSteps are what became of a workload's messages between each two minutes of which the
// depth of every queue is known.
func (b *builder) flowSteps(tenant migration.Tenant, workload migration.Workload) []FlowStep {
	queues := slices.DeleteFunc(b.Queues.Of(tenant), func(q migration.Queue) bool { return q.Workload != workload })
	_, to := b.queueSpan(queues)
	at, minutes := b.queueMinutes(queues, to.Add(-timeseries.KeepFine), to)
	var out []FlowStep
	for from := 0; from < len(minutes); {
		next := from + 1
		for next < len(minutes) && !b.depthsKnown(queues, at, minutes[next]) {
			next++
		}
		if next < len(minutes) && b.depthsKnown(queues, at, minutes[from]) {
			f := migration.QueueFlow{From: minutes[from], To: minutes[next]}
			b.balance(&f, queues, at, minutes[from:next])
			out = append(out, FlowStep{Start: f.From, Sent: f.Sent.Or(0), Dead: f.DeadLetters.Or(0), Residual: f.Residual.Or(0)})
		}
		from = next
	}
	return out
}
