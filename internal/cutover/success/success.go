// Package success measures how the move itself goes, from the record of the cutover: how often a step fails, how long it takes to be
// well again, how many steps are taken in a week, and how long one takes against the plan. It is pure.
//
// These are the four keys of DORA (dora.dev, Software delivery performance metrics) with a step of a tenant to a larger share in place
// of a deployment: change fail rate, failed deployment recovery time, deployment frequency, and change lead time.
package success

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Planned is when the plan has a step of a tenant.
type Planned struct {
	Share migration.Ratio
	At    time.Time
}

// weeks is the time over which steps are counted at most.
const weeks = 4 * 7 * 24 * time.Hour

// week is the least time over which steps are counted: of less, a week is a guess.
const week = 7 * 24 * time.Hour

// step is a step of a tenant to a larger share.
type step struct {
	share  migration.Ratio
	at     time.Time
	ended  bool // another step, a failure, or the end of the move followed
	failed bool
}

// tally is what the records come to, before the medians.
type tally struct {
	steps    []step // of all tenants
	restored []time.Duration
	open     []time.Duration // ROLL BACK that stands
	lead     []time.Duration
	planned  []time.Duration
	factors  []float64
}

// Measure measures the records of all tenants up to a moment, in any order. planned has the steps of the plan that have dates, by
// tenant; it may be nil.
func Measure(records []migration.CutoverRecord, planned map[migration.Tenant][]Planned, now time.Time) migration.MoveSuccess {
	byTenant := map[migration.Tenant][]*migration.CutoverRecord{}
	var out migration.MoveSuccess
	for i := range records {
		r := &records[i]
		if r.At.After(now) {
			continue
		}
		byTenant[r.Tenant] = append(byTenant[r.Tenant], r)
		if out.From.IsZero() || r.At.Before(out.From) {
			out.From = r.At
		}
	}
	var t tally
	for tenant, of := range byTenant {
		slices.SortStableFunc(of, func(a, b *migration.CutoverRecord) int { return a.At.Compare(b.At) })
		t.tenant(of, planned[tenant], now)
	}
	out.Steps = len(t.steps)
	out.ChangeFailure = t.failures()
	out.Restore = t.restore()
	out.Weekly = t.weekly(out.From, now)
	out.Lead = t.leads()
	return out
}

// tenant takes in the records of one tenant, in the order of time.
func (t *tally) tenant(records []*migration.CutoverRecord, planned []Planned, now time.Time) {
	var current *step // nil before the first step, and after one that failed
	var last *step    // the step before, of an unbroken row
	var rolling time.Time
	end := func(failed bool) {
		if current != nil {
			current.ended, current.failed = true, failed
			t.steps = append(t.steps, *current)
			current = nil
		}
	}
	for _, r := range records {
		back := r.StepBack()
		switch {
		case back:
			end(true)
			last = nil
		case r.StepTaken():
			end(false)
			s := step{share: r.Share.Or(0), at: began(r)}
			t.length(last, &s, planned)
			current, last = &s, &s
		}
		if r.Word == migration.VerdictRollBack {
			if rolling.IsZero() && !back {
				rolling = r.At
			}
			end(true)
		}
		if !rolling.IsZero() && (back || r.Word != migration.VerdictRollBack) {
			t.restored = append(t.restored, r.At.Sub(rolling))
			rolling = time.Time{}
		}
		if r.Stage == migration.StageAtEnd && (r.Word == migration.VerdictMoved || r.Word == migration.VerdictMovedCostsMore) {
			end(false)
		}
	}
	if current != nil {
		t.steps = append(t.steps, *current)
	}
	if !rolling.IsZero() {
		t.open = append(t.open, now.Sub(rolling))
	}
}

// began is when a step began: as the plan or the share has it, and otherwise when it was seen.
func began(r *migration.CutoverRecord) time.Time {
	if r.StepAt.IsZero() || r.StepAt.After(r.At) {
		return r.At
	}
	return r.StepAt
}

// length takes in how long it took from one step to the next, and what was planned for that.
func (t *tally) length(from, to *step, planned []Planned) {
	if from == nil || !to.at.After(from.at) {
		return
	}
	took := to.at.Sub(from.at)
	t.lead = append(t.lead, took)
	at := func(share migration.Ratio) time.Time {
		for _, p := range planned {
			if d := p.Share - share; d > -0.00005 && d < 0.00005 { // shares are in hundredths of a percent
				return p.At
			}
		}
		return time.Time{}
	}
	a, b := at(from.share), at(to.share)
	if a.IsZero() || !b.After(a) {
		return
	}
	t.planned = append(t.planned, b.Sub(a))
	t.factors = append(t.factors, float64(took)/float64(b.Sub(a)))
}

func (t *tally) failures() migration.SuccessRatio {
	var out migration.SuccessRatio
	for _, s := range t.steps {
		switch {
		case !s.ended:
			out.Open++
		case s.failed:
			out.Failed++
			out.N++
		default:
			out.N++
		}
	}
	if out.N >= migration.FewestToSay {
		out.Ratio = migration.Some(migration.Ratio(out.Failed) / migration.Ratio(out.N))
	}
	return out
}

// restore is the median time. What is open counts once it is longer than the median of what is over: leaving it out would make a
// move look better the longer nobody acts.
func (t *tally) restore() migration.SuccessTime {
	all := slices.Clone(t.restored)
	usual := median(all)
	for _, d := range t.open {
		if len(t.restored) == 0 || d > usual {
			all = append(all, d)
		}
	}
	out := migration.SuccessTime{N: len(all), Open: len(t.open)}
	if out.N >= migration.FewestToSay {
		out.Median = migration.Some(median(all))
	}
	return out
}

func (t *tally) weekly(from, now time.Time) migration.SuccessRate {
	if from.IsZero() {
		return migration.SuccessRate{}
	}
	out := migration.SuccessRate{Span: min(max(now.Sub(from), week), weeks)}
	for _, s := range t.steps {
		if now.Sub(s.at) <= out.Span {
			out.N++
		}
	}
	if out.N >= migration.FewestToSay {
		out.Rate = migration.Some(float64(out.N) * float64(week) / float64(out.Span))
	}
	return out
}

func (t *tally) leads() migration.SuccessLead {
	out := migration.SuccessLead{N: len(t.lead), PlannedN: len(t.planned)}
	if out.N >= migration.FewestToSay {
		out.Median = migration.Some(median(t.lead))
	}
	if out.PlannedN >= migration.FewestToSay {
		out.Planned, out.Factor = migration.Some(median(t.planned)), migration.Some(median(t.factors))
	}
	return out
}

// median is the middle value, or the mean of the two in the middle; 0 for none.
func median[T ~int64 | ~float64](values []T) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	mid := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[mid]
	}
	return sorted[mid-1] + (sorted[mid]-sorted[mid-1])/2
}
