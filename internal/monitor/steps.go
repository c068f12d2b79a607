package monitor

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/assess"
	"github.com/migtop/migtop/internal/migration"
)

// history is what a tenant's notices are dated by: all that is kept, read only where there
// is a notice.
func (b *builder) history(tenant migration.Tenant) *assess.History {
	steps := map[migration.Platform][]assess.Step{} // several notices read the same
	return &assess.History{
		Window: b.window, Edge: b.store.edge(), Seen: b.noticed,
		Sides: func(p migration.Platform) ([]assess.Step, time.Time, time.Time) {
			if _, ok := steps[p]; !ok {
				steps[p] = b.steps(tenant, p)
			}
			kept := b.frame.watchedTo(p)
			return steps[p], kept.from, kept.to
		},
		Flow: func(w migration.Workload) []assess.FlowStep { return b.flowSteps(tenant, w) },
	}
}

// steps are the buckets of a tenant on a platform, of all its workloads.
func (b *builder) steps(tenant migration.Tenant, platform migration.Platform) []assess.Step {
	var out []assess.Step
	for _, p := range sortedValues(b.tenants[tenant].parts[platform]) {
		timeout := p.timeout()
		for _, sr := range p.streams {
			cells := sr.within(b.frame.watchedTo(platform))
			for i := range cells {
				c := &cells[i]
				more := c.rest()
				s := assess.Step{
					Start: time.Unix(c.start, 0).UTC(), Runs: c.runs, Failures: c.failures, Throttled: c.throttled,
					TimedOut: more.timedOut.Or(0), OOMKilled: more.oomKilled.Or(0),
					Longest: c.longest().Or(0), PeakMemory: more.peakMemory.Max().Or(0),
				}
				if timeout > 0 {
					s.TimeoutRatio = migration.Ratio(s.Longest.Seconds() / timeout.Seconds())
				}
				out = append(out, s)
			}
		}
	}
	slices.SortStableFunc(out, func(x, y assess.Step) int { return x.Start.Compare(y.Start) })
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
func (b *builder) flowSteps(tenant migration.Tenant, workload migration.Workload) []assess.FlowStep {
	queues := slices.DeleteFunc(b.queues.of(tenant), func(q migration.Queue) bool { return q.Workload != workload })
	_, to := b.queueSpan(queues)
	at, minutes := b.queueMinutes(queues, to.Add(-keepFine), to)
	var out []assess.FlowStep
	for from := 0; from < len(minutes); {
		next := from + 1
		for next < len(minutes) && !b.depthsKnown(queues, at, minutes[next]) {
			next++
		}
		if next < len(minutes) && b.depthsKnown(queues, at, minutes[from]) {
			f := migration.QueueFlow{From: minutes[from], To: minutes[next]}
			b.balance(&f, queues, at, minutes[from:next])
			out = append(out, assess.FlowStep{Start: f.From, Sent: f.Sent.Or(0), Dead: f.DeadLetters.Or(0), Residual: f.Residual.Or(0)})
		}
		from = next
	}
	return out
}
