package assess

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// one is a single finding, none without a severity.
func one(s migration.Severity, says string) []finding {
	if s == 0 {
		return nil
	}
	return []finding{{severity: s, text: says}}
}

// counted is a finding of a count: its sentence is the count with its noun, and what happened.
func (r *rule) counted(o migration.Opt[int64], noun, happened string) []finding {
	n := o.Or(0)
	if r.silent {
		return one(r.at(float64(n)), "")
	}
	return one(r.at(float64(n)), text.Plural(n, noun)+" "+happened)
}

func failing(r *rule, f *TenantFacts) []finding {
	rate, runs, ok := failureRate(r, &f.After)
	if !ok {
		return nil
	}
	other, known := f.Before.FailureRate.Get()
	before, after := f.sides()
	switch {
	case !known:
		return one(migration.Critical, fmt.Sprintf("%s of %d %ss failed", text.Percent(rate), runs, after.Run))
	case f.Before.Runs.Or(0) >= leastRuns && float64(rate) >= r.critical.from*float64(other):
		return one(migration.Critical, fmt.Sprintf("%s of %d %ss failed, %s on %s", text.Percent(rate), runs, after.Run, text.Percent(other),
			before.Label))
	}
	return one(migration.Warning, fmt.Sprintf("%s of %d %ss failed, %s on %s too", text.Percent(rate), runs, after.Run, text.Percent(other),
		before.Label))
}

func failingBegan(r *rule, f *TenantFacts) since {
	return f.onSide(f.after(), func(s *Step) (n, of int64) { return s.Failures, s.Runs }, func(n, of int64) bool {
		return of >= leastRuns && r.warning.reached(float64(n)/float64(of))
	})
}

func failingBefore(r *rule, f *TenantFacts) []finding {
	if _, _, ok := failureRate(r, &f.Before); !ok || f.Left {
		return nil
	}
	return one(migration.Warning, "")
}

// failureRate is a side's failure rate where it reaches the rule's threshold over enough
// runs.
func failureRate(r *rule, s *migration.Side) (rate migration.Ratio, runs int64, ok bool) {
	rate, ok = s.FailureRate.Get()
	runs = s.Runs.Or(0)
	return rate, runs, ok && runs >= leastRuns && r.warning.reached(float64(rate))
}

func oomKilled(r *rule, f *TenantFacts) []finding {
	n := f.After.OOMKilled.Or(0)
	if !r.warning.reached(float64(n)) {
		return nil
	}
	severity := migration.Warning
	if r.critical.reached(float64(n) / float64(max(f.After.Runs.Or(0), 1))) {
		severity = migration.Critical
	}
	limit := ""
	if b, ok := f.After.MemoryLimit.Get(); ok {
		limit = " at a limit of " + memory(b)
	}
	found := one(severity, text.Plural(n, "attempt")+" OOMKilled"+limit)
	found[0].figures = append(found[0].figures, &f.After.Severity.PeakMemory) // the peak is the limit, whatever was sampled
	return found
}

func killsBegan(_ *rule, f *TenantFacts) since {
	return f.event(f.after(), func(s *Step) bool { return s.OOMKilled > 0 })
}

func oomKilledBefore(r *rule, f *TenantFacts) []finding {
	if f.Left {
		return nil
	}
	return r.counted(f.Before.OOMKilled, "", "")
}

func containerOOMKilled(r *rule, f *TenantFacts) []finding {
	var out []finding
	for _, k := range containerKills(f.Runs) {
		limit := ""
		if b, ok := k.limit.Get(); ok {
			limit = " at its limit of " + memory(b)
		}
		says := fmt.Sprintf("%s %s OOMKilled in %s%s", k.kind.Title(), k.name, text.Plural(k.attempts, "attempt"), limit)
		for _, found := range one(r.at(float64(k.attempts)), says) {
			found.since, found.about = earliestKill(f.Runs, k.kind, k.name), k.kind.String()+" "+k.name
			out = append(out, found)
		}
	}
	return out
}

// containerKill counts the attempts in which one container other than the main one was
// killed for memory.
type containerKill struct {
	kind     migration.ContainerKind
	name     string
	attempts int64
	limit    migration.Opt[migration.Bytes] // the greatest of the attempts
}

// containerKills are the kills of containers other than the main one, the most frequent
// first.
func containerKills(runs []migration.Run) []containerKill {
	var out []containerKill
	for i := range runs {
		for j := range runs[i].Attempts {
			for k := range runs[i].Attempts[j].Containers {
				c := &runs[i].Attempts[j].Containers[k]
				if c.OOMKilled == 0 || c.Kind == migration.ContainerMain {
					continue
				}
				at := slices.IndexFunc(out, func(k containerKill) bool { return k.kind == c.Kind && k.name == c.Name })
				if at < 0 {
					at = len(out)
					out = append(out, containerKill{kind: c.Kind, name: c.Name})
				}
				out[at].attempts++
				out[at].limit = migration.Larger(out[at].limit, c.Limit.Memory)
			}
		}
	}
	slices.SortFunc(out, func(a, b containerKill) int {
		return cmp.Or(cmp.Compare(b.attempts, a.attempts), cmp.Compare(a.name, b.name))
	})
	return out
}

func deadline(r *rule, f *TenantFacts) []finding {
	_, after := f.sides()
	return r.counted(f.After.TimedOut, after.Run, "reached "+after.TimeLimit)
}

func deadlineBegan(_ *rule, f *TenantFacts) since {
	return f.event(f.after(), func(s *Step) bool { return s.TimedOut > 0 })
}

func nearDeadline(r *rule, f *TenantFacts) []finding {
	return one(r.at(float64(f.After.TimeoutRatio.Or(0))), "")
}

func timedOutBefore(r *rule, f *TenantFacts) []finding {
	if f.Left {
		return nil
	}
	return r.counted(f.Before.TimedOut, "", "")
}

func pending(r *rule, f *TenantFacts) []finding {
	var n int64
	var oldest time.Duration
	reason := ""
	for i := range f.Runs {
		run := &f.Runs[i]
		if run.State != migration.RunPending || run.Key.Platform == f.before() {
			continue
		}
		n++
		oldest = max(oldest, f.At.Sub(run.Created))
		if reason == "" && run.Reason != "" {
			reason = ": " + run.Reason
		}
	}
	_, after := f.sides()
	says := fmt.Sprintf("%s Pending, the oldest for %s%s", text.Plural(n, after.Run), migration.Brief(oldest), reason)
	found := one(r.at(oldest.Minutes()), says)
	for i := range found { // when the oldest had waited for long enough
		limit := time.Duration(r.warning.from * float64(time.Minute))
		found[i].since = since{at: f.At.Add(limit - oldest), basis: migration.SinceData}
	}
	return found
}

// timeoutRatioBefore is how much of its timeout the longest run before the move used; 0 where
// nothing runs there.
func (f *TenantFacts) timeoutRatioBefore() float64 {
	if f.Left || f.Before.Runs.Or(0) == 0 {
		return 0
	}
	return float64(f.Before.TimeoutRatio.Or(0))
}

// atLimit reports whether the longest run before the move took the platform's own limit, and
// many whether more than one in a hundred did.
func (f *TenantFacts) atLimit() (longest, many bool) {
	if before, _ := f.sides(); before.Caps.HardTimeout == 0 {
		return false, false
	}
	p99, known := f.Before.Duration.Quantile(0.99).Get()
	return f.Before.Duration.Max().Or(0) >= cutOff, known && p99.Low >= cutOff
}

func atWall(r *rule, f *TenantFacts) []finding {
	longest, many := f.atLimit()
	before, _ := f.sides()
	switch reached := r.warning.reached(f.timeoutRatioBefore()); {
	case reached && many:
		return one(migration.Critical, "more than 1 run in 100 reaches the 15 min after which "+before.Label+" ends it")
	case reached && longest:
		return one(migration.Warning, "the longest runs reach the 15 min after which "+before.Label+" ends them")
	}
	return nil
}

func atWallBegan(_ *rule, f *TenantFacts) since {
	return f.event(f.before(), func(s *Step) bool { return s.Longest >= cutOff })
}

// timeoutBegan is when a run first took the rule's share of its timeout.
func timeoutBegan(r *rule, f *TenantFacts) since {
	return f.event(f.before(), func(s *Step) bool { return r.warning.reached(float64(s.TimeoutRatio)) })
}

func atTimeout(r *rule, f *TenantFacts) []finding {
	if longest, many := f.atLimit(); longest || many { // atWall says it
		return nil
	}
	before, _ := f.sides()
	says := "runs reach " + before.TimeLimit + "; the longest took " + migration.Brief(f.Before.Duration.Max().Or(0))
	return one(r.at(f.timeoutRatioBefore()), says)
}

func nearTheTimeout(r *rule, f *TenantFacts) []finding {
	ratio := f.timeoutRatioBefore()
	if ratio >= float64(cost.CutOff) { // atTimeout says it
		return nil
	}
	return one(r.at(ratio), fmt.Sprintf("the longest run took %s of its timeout", text.Percent(ratio)))
}

func throttlingBegan(_ *rule, f *TenantFacts) since {
	return f.event(f.before(), func(s *Step) bool { return s.Throttled > 0 })
}

func throttled(r *rule, f *TenantFacts) []finding {
	if f.Left {
		return nil
	}
	before, _ := f.sides()
	return r.counted(f.Before.Throttled, before.Run, "throttled")
}

func memoryTight(r *rule, f *TenantFacts) []finding {
	share, says := memoryShare(&f.After), ""
	if f.After.OOMKilled.Or(0) == 0 { // otherwise oomKilled says it
		says = fmt.Sprintf("peak memory is %s of the limit", text.Percent(share))
	}
	return one(r.at(share), says)
}

// memoryTightBegan is when a run first used the rule's share of the limit that holds now.
func memoryTightBegan(r *rule, f *TenantFacts) since {
	limit := float64(f.After.MemoryLimit.Or(0))
	return f.event(f.after(), func(s *Step) bool { return r.info.reached(float64(s.PeakMemory) / limit) })
}

func memoryTightBefore(r *rule, f *TenantFacts) []finding {
	if f.Left {
		return nil
	}
	return one(r.at(memoryShare(&f.Before)), "")
}

// memoryShare is a side's peak memory over its limit, 0 where either is unknown.
func memoryShare(s *migration.Side) float64 {
	peak, ok := s.PeakMemory.Max().Get()
	limit, has := s.MemoryLimit.Get()
	if !ok || !has || limit <= 0 {
		return 0
	}
	return float64(peak) / float64(limit)
}

// memory writes a container's limit: 512 MiB, 4 GiB.
func memory(b migration.Bytes) string {
	if b%migration.GiB == 0 {
		return fmt.Sprintf("%d GiB", b/migration.GiB)
	}
	return fmt.Sprintf("%d MiB", b/migration.MiB)
}
