package matrix

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// leastRuns is from how many runs on a longest run or a peak says something.
const leastRuns = 20

// subject is one workload with what its rows are measured by.
type subject struct {
	in       *Input
	sides    []*migration.Side // on which runs were seen, the one before the move first
	function *migration.Function
	profile  *migration.Profile // with data behind it; nil for none
	runs     []*migration.Run   // the listed ones of the workload

	longest migration.Opt[time.Duration]
	seen    int64 // runs in the window
	memory  need[migration.Bytes]
	cpu     need[migration.CPU]
}

// need is what a run needs of something, and where that is known from.
type need[T ~int64] struct {
	value    migration.Opt[T]
	from     string
	measured bool // more than this is a fact, and not a setting
}

func newSubject(in *Input) *subject {
	s := &subject{in: in, function: migration.Described(in.Workload.Functions)}
	for _, side := range [...]*migration.Side{&in.Workload.Before, &in.Workload.After} {
		if n := side.Runs.Or(0); n > 0 {
			s.sides, s.seen = append(s.sides, side), s.seen+n
			s.longest = migration.Larger(s.longest, side.Duration.Max())
		}
	}
	for i := range in.Tenant.Runs {
		if r := &in.Tenant.Runs[i]; r.Key.Workload == in.Workload.Workload {
			s.runs = append(s.runs, r)
		}
	}
	for i := range in.Snapshot.Profiles {
		p := &in.Snapshot.Profiles[i]
		if p.Tenant == in.Tenant.Tenant && p.Workload == in.Workload.Workload && p.Confidence != migration.NoConfidence {
			s.profile = p
		}
	}
	s.memory, s.cpu = s.memoryNeed(), s.cpuNeed()
	return s
}

// memoryNeed is the most memory that a run used, or what a function or a profile gives it.
func (s *subject) memoryNeed() need[migration.Bytes] {
	var peak migration.Opt[migration.Bytes]
	var kills, n int64
	for _, side := range s.sides {
		peak = migration.Larger(peak, side.PeakMemory.Max())
		n += side.PeakMemory.Count()
		if k := side.OOMKilled.Or(0); k > 0 { // what was killed needed more than its limit
			kills += k
			peak = migration.Larger(peak, side.MemoryLimit)
		}
	}
	if p, ok := peak.Get(); ok && (n >= leastRuns || kills > 0) {
		from := fmt.Sprintf("peak of %s %s", text.Plural(n, "run"), mib(p))
		if kills > 0 {
			from += fmt.Sprintf(", and %s OOMKilled", text.PluralOf(kills, "attempt was", "attempts were"))
		}
		if s.profile != nil && s.profile.Base.MemoryLimit > p {
			return need[migration.Bytes]{
				migration.Some(s.profile.Base.MemoryLimit), from + "; its profile has " + mib(s.profile.Base.MemoryLimit),
				p > migration.MostLambdaMemory,
			}
		}
		return need[migration.Bytes]{peak, from, true}
	}
	if s.function != nil && s.function.MemorySize > 0 {
		return need[migration.Bytes]{value: migration.Some(s.function.MemorySize), from: "the function has " + mib(s.function.MemorySize) +
			"; its peak is not measured"}
	}
	return need[migration.Bytes]{}
}

// cpuNeed is what a run requests, or what Lambda gives the function.
func (s *subject) cpuNeed() need[migration.CPU] {
	if s.profile != nil {
		if c, ok := s.profile.Base.CPURequest.Get(); ok {
			return need[migration.CPU]{value: migration.Some(c), from: "its profile requests " + cores(c)}
		}
	}
	for _, r := range s.runs {
		if c, ok := r.Request.CPU.Get(); ok && c > 0 {
			return need[migration.CPU]{value: migration.Some(c), from: "its newest " + r.Key.Platform.Info().Run + " requests " + cores(c)}
		}
	}
	if s.function != nil && s.function.MemorySize > 0 {
		c := cost.LambdaCPU(s.function.MemorySize)
		return need[migration.CPU]{value: migration.Some(c), from: "Lambda gives " + cores(c) + " with " + mib(s.function.MemorySize)}
	}
	return need[migration.CPU]{}
}

// candidates are the platforms that are compared.
func (s *subject) candidates() []migration.Candidate {
	if len(s.in.Settings.Platforms) > 0 {
		return slices.Sorted(slices.Values(s.in.Settings.Platforms))
	}
	out := []migration.Candidate{
		migration.CandidateLambda, migration.CandidateNodes, migration.CandidateFargate, migration.CandidateECS,
	}
	knative := func(v migration.ServiceView) bool { return v.Platform == migration.Knative && v.Side.Present }
	if slices.ContainsFunc(s.in.Snapshot.Totals.Services, knative) {
		out = append(out, migration.CandidateKnative)
	}
	return out
}

// side is what the workload has on a platform of the move; nil for nothing.
func (s *subject) side(p migration.Platform) *migration.Side {
	for _, side := range s.sides {
		if side.Platform == p {
			return side
		}
	}
	return nil
}

// ran reports whether runs were seen on a platform.
func (s *subject) ran(p migration.Platform) bool { return s.side(p) != nil }

// evidence says on what counts of the sides rest.
func (s *subject) evidence() string {
	var parts []string
	for _, side := range s.sides {
		e := side.Activity
		part := fmt.Sprintf("%s on %s (%s", text.Plural(side.Runs.Or(0), "run"), side.Platform.Info().Label, e.Source)
		if e.Coverage < 1 {
			part += ", " + text.Percent(e.Coverage) + " of the window"
		}
		parts = append(parts, part+")")
	}
	return strings.Join(parts, " and ") + " in the " + migration.Brief(s.in.Snapshot.Window.Span) + " to " + clock(s.in.Snapshot.Window.To)
}

func clock(t time.Time) string { return t.UTC().Format("2 Jan 15:04") + " UTC" }

func mib(b migration.Bytes) string {
	if b >= 10*migration.GiB {
		return strings.TrimSuffix(strconv.FormatFloat(float64(b)/float64(migration.GiB), 'f', 1, 64), ".0") + " GiB"
	}
	return text.Grouped(int64((b+migration.MiB-1)/migration.MiB)) + " MiB"
}

func cores(c migration.CPU) string { return fmt.Sprintf("%.3g vCPU", c.Cores()) }
