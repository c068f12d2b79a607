package matrix

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// A start is after idle where no run of the workload began or was under way for this long before.
const idleBefore = 10 * time.Minute

// The least starts of which a 95th percentile says something; after idle and in a spike there are few.
const (
	leastStarts      = 20
	leastOddStarts   = 5
	circumstances    = 3
	steady           = 0
	afterIdle        = 1
	inSpike          = 2
	fargateNodeStart = "fargate-" // what the names of EKS Fargate's nodes begin with
)

var circumstanceNames = [circumstances]string{"steady", "after 10 idle minutes", "in a spike"}

// starts are the start-up times of listed runs, by circumstance.
type starts [circumstances][]time.Duration

// startUp scores the worst start-up that was measured on each platform against the run time.
func (s *subject) startUp(into row) string {
	every(into, unknown("not measured"), allOfThem[:]...)
	p95, ok := s.runTime()
	if !ok || p95 <= 0 {
		every(into, unknown(fmt.Sprintf("not measured: run times of %d runs are needed", leastRuns)), allOfThem[:]...)
		return ""
	}
	if side := s.side(migration.Lambda); side != nil {
		if b, ok := side.StartUp.Quantile(0.95).Get(); ok && side.StartUp.Count() >= leastOddStarts {
			into[migration.CandidateLambda] = scored(starting.score(float64(b.High)/float64(p95)), fmt.Sprintf(
				"INIT of %s has a p95 of %s, %s of the run's; it is what a start after idle and in a spike takes",
				text.Plural(side.StartUp.Count(), "cold start"), migration.Brief(b.High), text.Percent(float64(b.High)/float64(p95))))
		} else {
			into[migration.CandidateLambda] = unknown("not measured: the logs that have INIT are not read")
		}
	}
	for c, on := range map[migration.Candidate]func(*migration.Run) bool{
		migration.CandidateNodes:   func(r *migration.Run) bool { return r.Key.Platform == migration.Jobs && !fargateRun(r) },
		migration.CandidateFargate: func(r *migration.Run) bool { return r.Key.Platform == migration.Jobs && fargateRun(r) },
		migration.CandidateECS:     func(r *migration.Run) bool { return r.Key.Platform == migration.ECS },
	} {
		if one, ok := startScore(s.startsOf(on), p95); ok {
			into[c] = one
		}
	}
	return fmt.Sprintf("p95 of the run time %s; %s", migration.Brief(p95), s.evidence())
}

// runTime is the upper bound of the p95 of the run times over all sides; false with too few runs.
func (s *subject) runTime() (time.Duration, bool) {
	var all []migration.Distribution[time.Duration]
	for _, side := range s.sides {
		all = append(all, side.Duration)
	}
	d := migration.Merge(all...)
	b, ok := d.Quantile(0.95).Get()
	return b.Low, ok && d.Count() >= leastRuns // the lower bound, so that a start is not shorter against it than it is
}

func fargateRun(r *migration.Run) bool {
	return slices.ContainsFunc(r.Attempts, func(a migration.Attempt) bool { return strings.HasPrefix(a.Node, fargateNodeStart) })
}

// startsOf are the start-ups of some of the listed runs. Those that were suspended waited for something else.
func (s *subject) startsOf(on func(*migration.Run) bool) starts {
	type start struct {
		created, ended time.Time
		took           time.Duration
		known          bool
	}
	var list []start
	perMinute := map[int64]int{}
	for _, r := range s.runs {
		if !on(r) || r.Created.IsZero() {
			continue
		}
		one := start{created: r.Created, ended: r.Finished.Or(s.in.Snapshot.At)}
		if at, ok := firstStart(r); ok && !r.Resumed.Known() && !at.Before(r.Created) {
			one.took, one.known = at.Sub(r.Created), true
		}
		perMinute[r.Created.Unix()/60]++
		list = append(list, one)
	}
	slices.SortStableFunc(list, func(a, b start) int { return a.created.Compare(b.created) })
	busy := busyMinute(perMinute)
	var out starts
	var busyUntil time.Time
	for i, one := range list {
		kind := steady
		switch {
		case perMinute[one.created.Unix()/60] > busy:
			kind = inSpike
		case i > 0 && one.created.Sub(busyUntil) >= idleBefore: // what was before the first is not known
			kind = afterIdle
		}
		if one.known {
			out[kind] = append(out[kind], one.took)
		}
		if one.ended.After(busyUntil) {
			busyUntil = one.ended
		}
	}
	return out
}

// busyMinute is the p95 of the runs that began in a minute, over all minutes from the first to the last. A minute with more is
// in a spike, if it has at least two: a single run is none.
func busyMinute(perMinute map[int64]int) int {
	if len(perMinute) == 0 {
		return 0
	}
	var first, last int64
	begun := false
	for m := range perMinute {
		if !begun {
			first, last, begun = m, m, true
		}
		first, last = min(first, m), max(last, m)
	}
	minutes := last - first + 1
	counts := make([]int, 0, len(perMinute))
	for _, n := range perMinute {
		counts = append(counts, n)
	}
	slices.Sort(counts)
	rank := (95*minutes + 99) / 100 // among all minutes; the empty ones come first
	at := rank - (minutes - int64(len(counts))) - 1
	if at < 0 {
		return 1
	}
	return max(counts[at], 1)
}

// firstStart is when the first container of a run started.
func firstStart(r *migration.Run) (time.Time, bool) {
	var first time.Time
	for i := range r.Attempts {
		if at, ok := r.Attempts[i].Started.Get(); ok && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first, !first.IsZero()
}

// startScore is the score of the worst circumstance that has enough starts.
func startScore(of starts, p95 time.Duration) (migration.MatrixScore, bool) {
	worst, found := 0.0, false
	var parts, lacking []string
	for kind, list := range of {
		least := leastOddStarts
		if kind == steady {
			least = leastStarts
		}
		if len(list) < least {
			lacking = append(lacking, circumstanceNames[kind])
			continue
		}
		b, _ := migration.Sample(list...).Quantile(0.95).Get()
		share := float64(b.High) / float64(p95)
		worst, found = max(worst, share), true
		parts = append(parts, fmt.Sprintf("%s %s of %d runs, %s of the run's", circumstanceNames[kind], migration.Brief(b.High), len(list),
			text.Percent(share)))
	}
	if !found {
		return migration.MatrixScore{}, false
	}
	why := "p95 of the start-up: " + strings.Join(parts, "; ")
	if len(lacking) > 0 {
		why += "; not measured: " + strings.Join(lacking, ", ")
	}
	return scored(starting.score(worst), why), true
}
