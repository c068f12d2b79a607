package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// Candidate is a tenant with what a Snapshot knows of it, as far as a plan needs it.
type Candidate struct {
	Tenant   migration.Tenant
	Decision migration.Decision
	// Missing says what of the evidence is missing, "" for nothing: such a tenant is in no suggestion.
	Missing string
	// Routed is the share of its runs on the new side.
	Routed migration.Opt[migration.Ratio]
	// Runs, PerHour, TimeoutRatio, TimedOut and Throttled are those of the side before the move, over the window.
	Runs         migration.Opt[int64]
	PerHour      migration.Opt[migration.USD]
	TimeoutRatio migration.Opt[migration.Ratio]
	TimedOut     migration.Opt[int64]
	Throttled    migration.Opt[int64]
}

// Candidates are the named tenants of a Snapshot.
func Candidates(s *migration.Snapshot) []Candidate {
	out := make([]Candidate, 0, len(s.Tenants))
	for i := range s.Tenants {
		t := &s.Tenants[i]
		if t.Tenant == migration.Unattributed {
			continue
		}
		out = append(out, Candidate{
			Tenant: t.Tenant, Decision: t.Verdict.Decision, Missing: missing(t), Routed: t.Routed.Value, Runs: t.Before.Runs,
			PerHour: t.Before.CostPerHour.Value, TimeoutRatio: t.Before.TimeoutRatio, TimedOut: t.Before.TimedOut,
			Throttled: t.Before.Throttled,
		})
	}
	return out
}

// missing says what a plan cannot rest on.
func missing(t *migration.TenantView) string {
	runs, counted := t.Before.Runs.Get()
	switch {
	case t.Verdict.Decision == migration.Moved:
		return ""
	case t.Verdict.Decision == migration.NotEnoughData && t.Verdict.Reason != "":
		return t.Verdict.Reason
	case !t.Before.Present && !t.After.Present:
		return "no run was seen"
	case !t.Before.Present && !t.Routed.Value.Known():
		return "what is left on the side before the move is unknown"
	case !t.Before.Present:
		return "no run was seen on the side before the move"
	case !counted:
		return "its runs were not counted"
	case runs == 0 && t.After.Runs.Or(0) == 0:
		return "it had no run in the window"
	case !t.Before.CostPerHour.Value.Known():
		return "the cost of its runs is unknown"
	case t.Verdict.Decision == migration.NotEnoughData:
		return "there is no verdict"
	}
	return ""
}

// nearTimeout is the share of the timeout from which a run is near it.
const nearTimeout = 0.8

// moved reports whether nothing is left to move.
func (c *Candidate) moved() bool {
	share, ok := c.Routed.Get()
	return c.Decision == migration.Moved || ok && share >= 1
}

// underWay is the share on the new side if some of the work, and not all, is there.
func (c *Candidate) underWay() (share migration.Ratio, ok bool) {
	share, ok = c.Routed.Get()
	return share, ok && share > 0 && !c.moved()
}

// pain is how much a tenant suffers from where it is, 0 to 3: how near its runs are to their timeout, its rank by cost
// (0 to 1), and how many invocations are throttled.
func (c *Candidate) pain(costRank float64) float64 {
	sum := costRank
	if c.Decision == migration.CannotStay || c.TimedOut.Or(0) > 0 {
		sum++
	} else if r, ok := c.TimeoutRatio.Get(); ok {
		sum += min(max((float64(r)-0.5)/0.5, 0), 1)
	}
	if n := c.Throttled.Or(0); n > 0 {
		// One in ten refused is as bad as a timeout.
		sum += min(10*float64(n)/float64(n+c.Runs.Or(0)), 1)
	}
	return sum
}

// why are the numbers behind the rank, in a sentence.
func (c *Candidate) why(key bool) string {
	var parts []string
	if key {
		parts = append(parts, "key tenant")
	}
	if c.Decision == migration.CannotStay {
		parts = append(parts, "cannot stay")
	}
	if share, ok := c.underWay(); ok {
		parts = append(parts, text.Percent(share)+" moved already")
	}
	if r, ok := c.TimeoutRatio.Get(); ok && r >= nearTimeout {
		parts = append(parts, "longest run "+text.Percent(r)+" of the timeout")
	}
	if n := c.TimedOut.Or(0); n > 0 {
		parts = append(parts, text.Grouped(n)+" timed out")
	}
	if n := c.Throttled.Or(0); n > 0 {
		parts = append(parts, text.Grouped(n)+" throttled")
	}
	if u, ok := c.PerHour.Get(); ok {
		parts = append(parts, "$"+u.Fixed(4)+" an hour")
	}
	if n, ok := c.Runs.Get(); ok {
		parts = append(parts, text.Plural(n, "run")+" in the window")
	}
	return strings.Join(parts, ", ")
}

// rank sorts candidates: key tenants, then those with the most pain, then by name.
func rank(all []Candidate, key map[migration.Tenant]bool) {
	byCost := make(map[migration.Tenant]float64, len(all))
	sorted := slices.Clone(all)
	slices.SortFunc(sorted, func(a, b Candidate) int {
		return cmp.Or(a.PerHour.Or(migration.USD{}).Cmp(b.PerHour.Or(migration.USD{})), cmp.Compare(a.Tenant, b.Tenant))
	})
	for i := range sorted {
		byCost[sorted[i].Tenant] = float64(i+1) / float64(len(sorted))
	}
	pain := func(c *Candidate) float64 {
		p := c.pain(byCost[c.Tenant])
		if _, ok := c.underWay(); ok {
			p++ // it runs on both sides, which costs more with each day
		}
		if key[c.Tenant] {
			p += 10
		}
		return p
	}
	slices.SortStableFunc(all, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(pain(&b), pain(&a)), cmp.Compare(a.Tenant, b.Tenant))
	})
}

// leastForBeasts is from how many tenants on one is larger than the others.
const leastForBeasts = 4

// beasts are the largest tenants, a tenth of all, by cost or by runs, if they have at least twice the median. What goes
// wrong with them is noticed late, so they are not left for the end.
func beasts(all []Candidate) map[migration.Tenant]string {
	out := map[migration.Tenant]string{}
	if len(all) < leastForBeasts {
		return out
	}
	take := func(word string, size func(*Candidate) float64) {
		sorted := slices.Clone(all)
		slices.SortFunc(sorted, func(a, b Candidate) int {
			return cmp.Or(cmp.Compare(size(&b), size(&a)), cmp.Compare(a.Tenant, b.Tenant))
		})
		median := (size(&sorted[len(sorted)/2]) + size(&sorted[(len(sorted)-1)/2])) / 2
		for i := range max(len(all)/10, 1) {
			if c := &sorted[i]; size(c) > 0 && size(c) >= 2*median && out[c.Tenant] == "" {
				out[c.Tenant] = fmt.Sprintf("number %d by %s", i+1, word)
			}
		}
	}
	take("cost", func(c *Candidate) float64 { return c.PerHour.Or(migration.USD{}).Float() })
	take("runs", func(c *Candidate) float64 { return float64(c.Runs.Or(0)) })
	return out
}
