package cutover

import (
	"fmt"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// objective reports whether a service level objective is not met that no other reason covers, and says what is exceeded.
// Without a configuration there is none of them.
func (w *Watch) objective(signal Signal, f *Facts, s *sums) (exceeds bool, what string) {
	l := &w.limits
	switch signal {
	case Failures:
		most := l.at(FailureRate)
		g := &s.both[Green]
		if most >= 1 || g.n < minPast || rate(g.e, g.n) <= most {
			return false, ""
		}
		return true, fmt.Sprintf("%s fail on {after}, over the objective of %s", text.Percent(rate(g.e, g.n)), text.Percent(most))
	case Duration:
		most := l.at(RunTime)
		p95, ok := f.P95[Green].Get()
		if most <= 0 || !ok || p95.Low.Seconds() <= most {
			return false, ""
		}
		return true, fmt.Sprintf("p95 on {after} is %s, over the objective of %s", migration.Brief(p95.Low), brief(most))
	case Capacity:
		used := float64(s.last.concurrency)
		if used <= l.at(CapacityRatio) || l.at(CapacityRatio) >= 1 {
			return false, ""
		}
		return true, fmt.Sprintf("{before} uses %s of its concurrency, over the objective of %s", text.Percent(used),
			text.Percent(l.at(CapacityRatio)))
	case LogLines:
		p := &s.silence[Green]
		if without := rate(p.without, p.all); p.all >= minPast && without > l.at(SilentShare) {
			return true, fmt.Sprintf("%s of {after.run}s ran in minutes without a log line, over the objective of %s",
				text.Percent(without),
				text.Percent(l.at(SilentShare)))
		}
	case Cost:
		most, ok1 := f.Cost.Objective.Get()
		green, ok2 := f.Cost.PerThousand[Green].Get()
		if ok1 && ok2 && green.Cmp(most) > 0 {
			return true, fmt.Sprintf("1,000 messages cost $%s on {after}, over the objective of $%s", green.Fixed(4), most.Fixed(4))
		}
	}
	return false, ""
}
