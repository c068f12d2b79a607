package matrix

import (
	"fmt"
	"time"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// row collects the scores of a factor.
type row = map[migration.Candidate]migration.MatrixScore

func scored(n int64, why string) migration.MatrixScore {
	return migration.MatrixScore{Score: migration.Some(n), Why: why}
}

func unknown(why string) migration.MatrixScore { return migration.MatrixScore{Why: why} }

// every gives several platforms the same score.
func every(into row, one migration.MatrixScore, on ...migration.Candidate) {
	for _, c := range on {
		into[c] = one
	}
}

// measure scores a measured factor, and says what it rests on, "" where on nothing.
func (s *subject) measure(factor string, into row) string {
	switch factor {
	case Traffic:
		return s.traffic(into)
	case Duration:
		return s.duration(into)
	case Memory:
		return s.memoryRow(into)
	case CPU:
		return s.cpuRow(into)
	case Tmp:
		return s.tmp(into)
	case GPU:
		return s.gpu(into)
	case StartUp:
		return s.startUp(into)
	case Scaling:
		return s.scaling(into)
	case Cost:
		return s.cost(into)
	}
	return ""
}

// What stands on a node of its own while no run needs it, and what does not.
var (
	onNodes   = [...]migration.Candidate{migration.CandidateNodes, migration.CandidateKnative}
	onFargate = [...]migration.Candidate{migration.CandidateFargate, migration.CandidateECS}
	allOfThem = [...]migration.Candidate{
		migration.CandidateLambda, migration.CandidateNodes, migration.CandidateFargate, migration.CandidateECS, migration.CandidateKnative,
	}
)

func (s *subject) traffic(into row) string {
	t := &s.in.Workload.Traffic
	ratio, ok := t.PeakToMean.Get()
	if !ok {
		every(into, unknown(s.noTraffic()), allOfThem[:]...)
		return ""
	}
	every(into, scored(evenness.score(ratio), fmt.Sprintf("capacity for the peak is %.3g times what the mean needs", ratio)), onNodes[:]...)
	every(into, scored(migration.MostScore, "no capacity stands between runs"), migration.CandidateLambda, migration.CandidateFargate,
		migration.CandidateECS)
	if s.ecsOnNodes() {
		into[migration.CandidateECS] = into[migration.CandidateNodes]
	}
	return fmt.Sprintf("%s in %s to %s: at most %d a minute, %.3g times the mean, index of dispersion %.3g, %s of the minutes idle",
		text.Plural(t.Runs, "run"), text.Plural(t.Minutes, "minute"), clock(t.To), t.Peak.Or(0), ratio, t.Dispersion.Or(0),
		text.Percent(t.Idle.Or(0)))
}

// noTraffic says why how runs come is not known.
func (s *subject) noTraffic() string {
	t := &s.in.Workload.Traffic
	return fmt.Sprintf("not measured: %s in %s; %d runs in %d minutes are needed", text.Plural(t.Runs, "run"),
		text.Plural(t.Minutes, "minute"), migration.LeastTrafficRuns, migration.LeastTrafficMinutes)
}

// ecsOnNodes reports whether the workload's tasks run on EC2 and not on Fargate.
func (s *subject) ecsOnNodes() bool {
	side := s.side(migration.ECS)
	return side != nil && side.Parts.Nodes.Sign() > 0 && side.Parts.Fargate.Sign() == 0
}

func (s *subject) duration(into row) string {
	longest, ok := s.longest.Get()
	wall := float64(longest) / float64(migration.LambdaWall)
	every(into, scored(migration.MostScore, "no limit of the platform"), migration.CandidateNodes, migration.CandidateFargate,
		migration.CandidateECS)
	over := ok && wall >= float64(cost.CutOff)
	if !ok || s.seen < leastRuns && !over {
		why := fmt.Sprintf("not measured: %s, %d are needed", text.Plural(s.seen, "run"), leastRuns)
		into[migration.CandidateLambda] = migration.MatrixScore{Why: why, MayExclude: true}
		into[migration.CandidateKnative] = unknown(why)
		if s.ran(migration.Lambda) { // it ends there in time as far as was seen, and what did not would be a run of 15 minutes
			into[migration.CandidateLambda] = unknown(why)
		}
		return ""
	}
	lambda := scored(length.score(wall), fmt.Sprintf("the longest run takes %s of 15 min", text.Percent(wall)))
	if over {
		lambda = migration.MatrixScore{Score: migration.Some[int64](0), Cannot: fmt.Sprintf("the longest run took %s, and Lambda ends "+
			"every run at %s", migration.Brief(longest), migration.Brief(migration.LambdaWall))}
	}
	into[migration.CandidateLambda] = lambda
	into[migration.CandidateKnative] = scored(knativeLength.score(longest.Seconds()/knativeTimeout),
		fmt.Sprintf("the longest run takes %s of 10 min, which max-revision-timeout-seconds allows unless it is raised",
			text.Percent(longest.Seconds()/knativeTimeout)))
	return fmt.Sprintf("%s: the longest took %s, p99 %s", s.evidence(), migration.Brief(longest), s.p99())
}

// p99 is the 99th percentile of the run times over all sides.
func (s *subject) p99() string {
	var all []migration.Distribution[time.Duration]
	for _, side := range s.sides {
		all = append(all, side.Duration)
	}
	b, ok := migration.Merge(all...).Quantile(0.99).Get()
	switch {
	case !ok:
		return "unknown"
	case b.Tight():
		return migration.Brief(b.High)
	}
	return "at most " + migration.Brief(b.High)
}

func (s *subject) memoryRow(into row) string {
	m, ok := s.memory.value.Get()
	if !ok {
		every(into, migration.MatrixScore{Why: "not measured: no peak of 20 runs, and no function", MayExclude: true},
			migration.CandidateLambda, migration.CandidateFargate, migration.CandidateECS)
		every(into, unknown("not measured: no peak of 20 runs, and no function"), onNodes[:]...)
		return ""
	}
	fit := func(c migration.Candidate, most migration.Bytes, hard bool, what string) {
		share := float64(m) / float64(most)
		one := scored(memoryFit.score(share), fmt.Sprintf("%s of %s", text.Percent(share), what))
		if m > most && hard && s.memory.measured {
			one.Cannot = fmt.Sprintf("a run needs %s of memory, and %s is the most", mib(m), what)
		}
		into[c] = one
	}
	fit(migration.CandidateLambda, migration.MostLambdaMemory, true, "Lambda's 10,240 MB")
	eks, ecs := s.fargateMemory()
	fit(migration.CandidateFargate, eks-cost.FargateOverhead, true, "the "+mib(eks)+" of the largest size")
	fit(migration.CandidateECS, ecs, true, "the "+mib(ecs)+" of the largest size")
	if node, ok := s.largestNode(); ok {
		fit(migration.CandidateNodes, node.NodeMemory, false, "the "+mib(node.NodeMemory)+" of the pool's "+node.InstanceType)
		into[migration.CandidateKnative] = into[migration.CandidateNodes]
	} else {
		every(into, unknown("not measured: the pool has no node of a known size"), onNodes[:]...)
	}
	return s.memory.from + "; " + s.evidence()
}

// fargateMemory is the most memory of a size of EKS and of ECS on Fargate.
func (s *subject) fargateMemory() (eks, ecs migration.Bytes) {
	for _, size := range s.in.Pricer.Book().FargateSizes() {
		most := migration.Bytes(size.GB[len(size.GB)-1].IntPart()) * migration.GiB
		if ecs = max(ecs, most); !size.ECSOnly {
			eks = max(eks, most)
		}
	}
	return eks, ecs
}

// fargateCPU is the most vCPU of a size of EKS and of ECS on Fargate.
func (s *subject) fargateCPU() (eks, ecs float64) {
	for _, size := range s.in.Pricer.Book().FargateSizes() {
		most := size.VCPU.InexactFloat64()
		if ecs = max(ecs, most); !size.ECSOnly {
			eks = max(eks, most)
		}
	}
	return eks, ecs
}

// largestNode is the kind of node in the pool with the most memory.
func (s *subject) largestNode() (migration.Host, bool) {
	var best migration.Host
	for i := range s.in.Snapshot.Totals.Nodes {
		if h := &s.in.Snapshot.Totals.Nodes[i].Host; h.Kind == migration.HostEC2 && h.NodeMemory > best.NodeMemory {
			best = *h
		}
	}
	return best, best.NodeMemory > 0
}

func (s *subject) cpuRow(into row) string {
	c, ok := s.cpu.value.Get()
	if !ok {
		every(into, unknown("not measured: nothing requests CPU, and there is no function"), allOfThem[:]...)
		return ""
	}
	m, known := s.memory.value.Get()
	with := migration.Bytes((c.Milli()*cost.MBPerVCPU+999)/1000) * migration.MiB
	switch {
	case s.ran(migration.Lambda):
		into[migration.CandidateLambda] = scored(migration.MostScore, "it runs there with the CPU of its memory")
	case with > migration.MostLambdaMemory:
		into[migration.CandidateLambda] = scored(0, fmt.Sprintf("no function has %s: that is %s of memory", cores(c), mib(with)))
	case !known || m <= 0:
		into[migration.CandidateLambda] = unknown("not measured: what memory it needs is unknown")
	default:
		ratio := float64(with) / float64(m)
		into[migration.CandidateLambda] = scored(cpuTied.score(ratio),
			fmt.Sprintf("%s comes with %s, %.2g times what it needs", cores(c), mib(with), ratio))
	}
	eks, ecs := s.fargateCPU()
	for on, most := range map[migration.Candidate]float64{migration.CandidateFargate: eks, migration.CandidateECS: ecs} {
		share := c.Cores() / most
		one := scored(cpuFit.score(share), fmt.Sprintf("%s of the largest size's %g vCPU", text.Percent(share), most))
		if share > 1 {
			one.Cannot = fmt.Sprintf("a run requests %s, and the largest size has %g", cores(c), most)
		}
		into[on] = one
	}
	if node, ok := s.largestNode(); ok && node.NodeCPU > 0 {
		share := float64(c) / float64(node.NodeCPU)
		every(into, scored(cpuFit.score(share), fmt.Sprintf("%s of a %s", text.Percent(share), node.InstanceType)), onNodes[:]...)
	} else {
		every(into, unknown("not measured: the pool has no node of a known size"), onNodes[:]...)
	}
	return s.cpu.from
}

func (s *subject) tmp(into row) string {
	every(into, unknown("not measured: the disks of nodes are not read"), onNodes[:]...)
	if s.function == nil || s.function.Ephemeral <= 0 || !s.ran(migration.Lambda) {
		every(into, migration.MatrixScore{Why: "not measured: no function says what it needs", MayExclude: true}, migration.CandidateLambda)
		every(into, unknown("not measured: no function says what it needs"), onFargate[:]...)
		return ""
	}
	size := s.function.Ephemeral
	share := float64(size) / float64(lambdaTmp)
	into[migration.CandidateLambda] = scored(tmpFit.score(share), text.Percent(share)+" of the 10,240 MB of a function")
	share = float64(size) / float64(fargateTmp)
	every(into, scored(tmpFit.score(share), text.Percent(share)+" of the 20 GiB that come with it"), onFargate[:]...)
	return "/tmp of the function has " + mib(size)
}

func (s *subject) gpu(into row) string {
	accelerators := false
	for i := range s.in.Snapshot.Totals.Nodes {
		accelerators = accelerators || s.in.Snapshot.Totals.Nodes[i].Host.Accelerators > 0
	}
	var why string
	switch {
	case s.ran(migration.Lambda):
		why = "it runs on Lambda, which has none"
	case s.ran(migration.Jobs) && !accelerators && len(s.in.Snapshot.Totals.Nodes) > 0:
		why = "it runs as Jobs, and no node of the pool has one"
	default:
		every(into, migration.MatrixScore{Why: "not measured: whether it needs a GPU is unknown", MayExclude: true},
			migration.CandidateLambda, migration.CandidateFargate, migration.CandidateECS)
		every(into, unknown("not measured: whether it needs a GPU is unknown"), onNodes[:]...)
		return ""
	}
	every(into, scored(migration.MostScore, "it needs no GPU"), allOfThem[:]...)
	return "no GPU: " + why
}
