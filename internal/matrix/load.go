package matrix

import (
	"fmt"
	"math"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// pendingLong is from when on a Job that waits says that the pool has no room: a node is ready within five minutes.
const pendingLong = 5 * time.Minute

// scaling scores what the peak needs against what there is.
func (s *subject) scaling(into row) string {
	every(into, unknown("not measured"), allOfThem[:]...)
	into[migration.CandidateKnative] = unknown("not measured: how many runs a pod serves at once is unknown")
	t := &s.in.Workload.Traffic
	peak, ok := t.Peak.Get()
	mean, timed := s.meanRun()
	if !ok || !timed {
		why := s.noTraffic()
		if ok {
			why = "not measured: how long a run takes is unknown"
		}
		every(into, unknown(why), migration.CandidateLambda, migration.CandidateNodes, migration.CandidateFargate, migration.CandidateECS)
		return ""
	}
	// Little's law: what is under way is the rate times the time that each takes. At least one run is.
	atOnce := math.Max(float64(peak)*mean.Minutes(), 1)
	into[migration.CandidateLambda] = s.lambdaRoom(atOnce)
	launches := float64(peak) / fargateLaunches
	every(into, scored(headroom.score(launches), fmt.Sprintf("%d runs in the busiest minute, %s of the 1,200 launches a minute of an "+
		"account by default; the quota of vCPU is not read", peak, text.Percent(launches))), onFargate[:]...)
	into[migration.CandidateNodes] = s.poolRoom(atOnce)
	return fmt.Sprintf("%d runs in the busiest of %s, each %s at the mean: %.3g at once", peak, text.Plural(t.Minutes, "minute"),
		migration.Brief(mean), atOnce)
}

// meanRun is the mean run time over all sides.
func (s *subject) meanRun() (time.Duration, bool) {
	var all []migration.Distribution[time.Duration]
	for _, side := range s.sides {
		all = append(all, side.Duration)
	}
	return migration.Merge(all...).Mean().Get()
}

func (s *subject) lambdaRoom(atOnce float64) migration.MatrixScore {
	share := atOnce / lambdaConcurrency
	score := headroom.score(share)
	why := fmt.Sprintf("%s of 1,000 concurrent executions, the default of an account and region, which all its functions share",
		text.Percent(share))
	if side := s.side(migration.Lambda); side != nil && side.Throttled.Or(0) > 0 {
		score = min(score, 1)
		why += "; " + text.Plural(side.Throttled.Or(0), "run") + " throttled in the window"
	}
	return scored(score, why)
}

// poolRoom is what the peak needs of what pods do not request of the pool. What of the work runs there already is in both.
func (s *subject) poolRoom(atOnce float64) migration.MatrixScore {
	var cpu, memory float64 // free in the pool
	for i := range s.in.Snapshot.Totals.Nodes {
		n := &s.in.Snapshot.Totals.Nodes[i]
		requested, ok := n.Requested.Get()
		if n.Host.Kind != migration.HostEC2 || !ok || n.Host.NodeCPU <= 0 || n.Host.NodeMemory <= 0 {
			continue
		}
		free := math.Max(1-float64(requested), 0) * float64(n.Nodes)
		cpu, memory = cpu+free*n.Host.NodeCPU.Cores(), memory+free*float64(n.Host.NodeMemory)
	}
	wantCPU, ok1 := s.cpu.value.Get()
	wantMemory, ok2 := s.memory.value.Get()
	switch {
	case cpu <= 0 || memory <= 0:
		return unknown("not measured: the pool has no node of a known size with room")
	case !ok1 || !ok2:
		return unknown("not measured: what a run requests is unknown")
	}
	share := math.Max(atOnce*wantCPU.Cores()/cpu, atOnce*float64(wantMemory)/memory)
	score := headroom.score(share)
	why := fmt.Sprintf("%s of what pods do not request of the pool: %.3g vCPU and %s; an autoscaler is not counted", text.Percent(share),
		cpu, mib(migration.Bytes(memory)))
	if n := s.waiting(); n > 0 {
		score = min(score, 1)
		why += fmt.Sprintf("; %s Pending for over %s", text.Plural(n, "Job"), migration.Brief(pendingLong))
	}
	return scored(score, why)
}

// waiting counts the listed Jobs that have waited for long.
func (s *subject) waiting() (n int) {
	for _, r := range s.runs {
		if r.Key.Platform == migration.Jobs && r.State == migration.RunPending && s.in.Snapshot.At.Sub(r.Created) >= pendingLong {
			n++
		}
	}
	return n
}

// placements are where What-if prices each candidate.
func (s *subject) placement(c migration.Candidate) migration.Placement {
	switch c {
	case migration.CandidateLambda:
		return migration.OnLambda
	case migration.CandidateNodes:
		return migration.OnNodes
	case migration.CandidateFargate:
		return migration.OnEKSFargate
	}
	if s.in.Snapshot.Move.OrDefault().Has(migration.ECS) {
		return migration.OnECS
	}
	return migration.OnECSFargate
}

// cost scores a month of each platform against a month of the platform before the move.
func (s *subject) cost(into row) string {
	every(into, unknown("not measured"), allOfThem[:]...)
	into[migration.CandidateKnative] = unknown("not measured: What-if prices no Knative service")
	if s.in.Costs == nil {
		return ""
	}
	month := func(h migration.Placement) (migration.USD, string, bool) {
		on := &s.in.Costs.On[h]
		u, ok := on.Month.Value.Get()
		return u, on.Problem, ok && !on.Month.Evidence.LowerBound
	}
	base := s.in.Before
	of, why, ok := month(base)
	if !ok || of.Sign() <= 0 {
		after := s.in.Snapshot.Move.OrDefault().After
		for _, h := range [...]migration.Placement{migration.OnNodes, migration.OnEKSFargate, migration.OnECS, migration.OnLambda} {
			if u, _, known := month(h); known && u.Sign() > 0 && h.Platform() == after {
				base, of, ok = h, u, true
				break
			}
		}
	}
	for _, c := range [...]migration.Candidate{
		migration.CandidateLambda, migration.CandidateNodes, migration.CandidateFargate, migration.CandidateECS,
	} {
		u, problem, known := month(s.placement(c))
		switch {
		case !known && problem != "":
			into[c] = unknown("not measured: " + problem)
		case !known:
			into[c] = unknown("not measured: it has no price there")
		case !ok || of.Sign() <= 0:
			into[c] = unknown("not measured: there is nothing to compare it with: " + why)
		default:
			into[c] = scored(relative.exact(u.Decimal(), of.Decimal()), dollars(u)+" a month"+s.breakEven(c))
		}
	}
	if !ok {
		return ""
	}
	return fmt.Sprintf("a month at the pace of the window, of which %s on %s is the measure; prices of What-if, %s", dollars(of), base,
		s.evidence())
}

// breakEven is from how many runs a day on a platform is cheaper than that before the move.
func (s *subject) breakEven(c migration.Candidate) string {
	h := s.placement(c)
	on := &s.in.Costs.On[h]
	runs, ok := on.BreakEven.Get()
	switch {
	case h == s.in.Before:
		return ""
	case on.Never:
		return fmt.Sprintf(", never cheaper than %s", s.in.Before)
	case !ok:
		return ""
	case runs == 0:
		return fmt.Sprintf(", cheaper than %s from the first run on", s.in.Before)
	case on.Below:
		return fmt.Sprintf(", cheaper than %s up to %s runs a day", s.in.Before, text.Grouped(int64(math.Ceil(runs))))
	}
	return fmt.Sprintf(", cheaper than %s from %s runs a day", s.in.Before, text.Grouped(int64(math.Ceil(runs))))
}

func dollars(u migration.USD) string { return "$" + text.GroupDigits(u.Fixed(2)) }
