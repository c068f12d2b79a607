package follow

import (
	"hash/fnv"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/cutover/plan"
	"github.com/migtop/migtop/internal/migration"
)

// tenant is what is followed of one tenant.
type tenant struct {
	name    migration.Tenant
	in      membership
	limits  cutover.Limits
	most    migration.Opt[migration.USD] // 1,000 messages may cost on green
	planned []cutover.Step

	todo    minuteSet
	finalTo [5]int32       // up to when minutes were made, by side, of queues, and of the log lines of both sides
	watch   *cutover.Watch // nil without a step
	// made is set where the Watch was made from the stores alone, and lacking which sides had not answered then.
	made    bool
	lacking [2]bool
	seen    seenShare
	undated undated
	// versions are what runs on each side.
	versions [2]versions
	longTo   int32 // the minutes before it were made though runs of them had not ended
	linesTo  int32 // the steps up to this minute have their final lines
	// settledSteps is the number of steps of which nothing can change any more, 0 while something may.
	settledSteps int

	basis   basis
	facts   cutover.Facts
	verdict cutover.Verdict
	peaksOf [dayKinds]dayPeak
	peakDue int32 // when they are looked at again
	p95Due  int32 // when percentiles are made anew
	cut     migration.Cutover
	said    saying // by cut, in a minute
	sayDue  int32
	turn    int32 // tenants take turns in what is not made each minute
	last    lastWord
	stale   bool // the state has changed since it was kept
}

// undated is a share of the plan that does not say since when: it counts from when it was first read.
type undated struct {
	Share float64 `json:"share"`
	At    int32   `json:"at"`
}

// tenant returns the state of a tenant, and makes it.
func (b *Book) tenant(name migration.Tenant) *tenant {
	if t := b.tenants[name]; t != nil {
		return t
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	t := &tenant{name: name, in: b.wanted[name], turn: int32(h.Sum32() & 0xffff)}
	t.planned = recorded(b.plan, t.in.wave, t.in.member)
	t.limits, t.most = limitsOf(b.plan, name)
	b.tenants[name] = t
	return t
}

// nextTurn is the next minute in which it is the tenant's turn, of a number of minutes.
func (t *tenant) nextTurn(now, every int32) int32 {
	return now + 1 + (t.turn%every-(now+1)%every+every)%every
}

// followed reports whether minutes of a tenant count: it has a step in the plan, was seen on both sides, or has runs on green.
func (b *Book) followed(t *tenant) bool {
	return t.watch != nil || len(t.planned) > 0 || t.undated.At > 0 || len(t.seen.Steps) > 0 ||
		b.greenSeen(t.name)
}

// greenSeen reports whether a tenant has runs on green that are kept.
func (b *Book) greenSeen(name migration.Tenant) bool {
	if p := b.sides[cutover.Green].ID; p != migration.Lambda {
		return len(b.streamsOf(name, p)) > 0
	}
	return false
}

// feed brings the Watch of a tenant up to date.
func (b *Book) feed(r *reading, t *tenant, view *migration.TenantView) {
	if !r.settled {
		b.begin(t)
		return
	}
	for _, s := range sides {
		if t.made && t.lacking[s] && r.answered(b.sides[s]) { // it has all its minutes now, however old
			t.watch, t.lacking = nil, [2]bool{}
		}
	}
	if t.finalTo == [5]int32{} {
		t.todo.addRange(r.oldest, r.now)
	}
	for i, to := range r.finals(t) {
		if to > t.finalTo[i] {
			t.todo.addRange(max(t.finalTo[i], r.oldest), min(to, r.now))
			t.finalTo[i] = to
		}
	}
	r.longRuns(t)
	if b.move.Has(migration.Lambda) {
		r.functionVersions(t, &t.versions[b.sideOf(migration.Lambda)])
	}
	if t.watch != nil {
		b.setUp(r, t)
	}
	b.build(r, t, view)
	if b.setSteps(r, t) {
		b.build(r, t, view)
	}
}

// longRuns has the minutes made again of which runs are so long that a Watch would not wait for them.
func (r *reading) longRuns(t *tenant) {
	to := r.now - openFor
	if t.longTo > 0 && t.longTo < to {
		for _, stream := range r.book.runs.tenants[t.name] {
			for m := max(t.longTo, to-ringMinutes); m < to; m++ {
				if x := stream.at(m); x != nil && x.Open > 0 {
					t.todo.add(m)
				}
			}
		}
	}
	t.longTo = max(t.longTo, to)
}

// openSince is how long the oldest runs of a tenant have run that keep a minute from being final.
func (r *reading) openSince(t *tenant) time.Duration {
	oldest := r.now
	for _, stream := range r.book.runs.tenants[t.name] {
		for i := len(stream.minutes) - 1; i >= 0; i-- {
			m := &stream.minutes[i]
			at := minuteOf(m.Start)
			if at < r.now-openFor {
				break
			}
			if !m.Final && m.Open > 0 {
				oldest = min(oldest, at)
			}
		}
	}
	return time.Duration(r.now-oldest) * time.Minute
}

// begin makes the Watch of a tenant whose minutes cannot be read yet: where it stands is known.
func (b *Book) begin(t *tenant) {
	if t.watch != nil || len(t.planned) == 0 {
		return
	}
	w := cutover.NewWatch()
	w.SetLimits(t.limits)
	if _, err := w.SetSteps(t.planned); err == nil {
		t.watch, t.made, t.lacking = w, true, [2]bool{true, true}
	}
}

// finals are until when the minutes of both sides and of the queues are final, and until when log lines were counted.
func (r *reading) finals(t *tenant) (out [5]int32) {
	for _, s := range sides {
		for _, d := range r.groups(t.name, r.book.sides[s].ID) {
			out[3+s] = lesser(out[3+s], minuteOf(d.To))
		}
		if p := r.book.sides[s].ID; p == migration.Lambda {
			out[s] = r.lambdaFinal(r.streams[t.name])
		} else if _, to, ok := r.book.runs.cover(p, r.book.streamsOf(t.name, p)); ok {
			out[s] = to
		}
	}
	for _, q := range r.ofQueue[t.name] {
		if of := r.queues[q.Scope]; of != nil {
			out[2] = lesser(out[2], of.finalTo)
		}
	}
	return out
}

// build makes the minutes that have changed.
func (b *Book) build(r *reading, t *tenant, view *migration.TenantView) {
	for at := range t.todo.take(r.now) {
		if at < r.oldest {
			continue
		}
		m := r.minute(t, view, at)
		if len(t.planned) == 0 {
			t.seen.add(&m)
		}
		if t.watch != nil && t.watch.Add(&m) {
			t.stale = true
		}
	}
}

// setUp sets what belongs to the configuration and to the functions.
func (b *Book) setUp(r *reading, t *tenant) {
	t.watch.SetLimits(t.limits)
	for _, s := range sides {
		t.watch.SetIntake(s, r.intake(t.name, b.sides[s].ID))
	}
	for _, o := range b.overrides[t.name] {
		_ = t.watch.Override(o) // it was checked when the configuration was read
	}
}

// setSteps sets the steps of the plan, or those that were seen. It reports whether minutes must be made again.
func (b *Book) setSteps(r *reading, t *tenant) bool {
	seen := len(t.planned) == 0 && t.seen.advance(r.now)
	t.stale = t.stale || seen
	if n := t.watch.StepCount(); n > 0 && !seen && t.settledSteps == n {
		return false
	}
	steps := slices.Clone(t.planned)
	if share, ok := undatedShare(b.plan, t.in, steps); ok {
		if t.undated.At == 0 || t.undated.Share != share {
			t.undated, t.stale = undated{share, r.now}, true
			if n := len(steps); n > 0 { // it comes after what is recorded
				t.undated.At = max(r.now, minuteOf(steps[n-1].At)+1)
			}
		}
		steps = append(steps, cutover.Step{Share: share, At: timeOf(t.undated.At)})
	}
	if len(steps) == 0 {
		steps = t.seen.steps()
	}
	if len(steps) == 0 {
		return false
	}
	known := map[time.Time]cutover.Step{}
	if t.watch != nil {
		for _, s := range t.watch.Steps() {
			known[s.At] = s
		}
	}
	final := r.finals(t)[cutover.Blue]
	linesTo, relined := t.linesTo, int32(0)
	for i := range steps {
		s := &steps[i]
		at := minuteOf(s.At)
		old, ok := known[s.At]
		if ok && at <= t.linesTo {
			s.Line95, s.Line99, s.LineRuns = old.Line95, old.Line99, old.LineRuns
			continue
		}
		*s = s.Baseline(r.before(t.name, at))
		if at <= final {
			linesTo = max(linesTo, at)
		}
		if ok && (s.Line95 != old.Line95 || s.Line99 != old.Line99) {
			relined = lesser(relined, at)
		}
	}
	if t.linesTo = linesTo; linesTo >= minuteOf(steps[len(steps)-1].At) {
		t.settledSteps = len(steps)
	}
	if t.watch != nil && slices.Equal(t.watch.Steps(), steps) {
		return false
	}
	t.stale = true
	fresh := t.watch == nil
	if !fresh {
		replay, err := t.watch.SetSteps(steps)
		fresh = replay || err != nil
	}
	if fresh {
		t.watch, t.made = cutover.NewWatch(), true
		for _, s := range sides {
			t.lacking[s] = !r.answered(b.sides[s])
		}
		b.setUp(r, t)
		if _, err := t.watch.SetSteps(steps); err != nil { // the plan and what is seen have no such steps
			t.watch = nil
			return false
		}
		t.todo.addRange(r.oldest, r.now)
		return true
	}
	if relined > 0 {
		t.todo.addRange(max(relined, r.oldest), r.now)
	}
	return relined > 0
}

// undatedShare is the share that the plan intends for a tenant without saying since when. ok is false where the steps say it.
func undatedShare(p *plan.Plan, in membership, steps []cutover.Step) (share float64, ok bool) {
	if in.wave == nil {
		return 0, false
	}
	stand, ok := p.Intended(in.wave, in.member)
	if !ok || !stand.Since.IsZero() {
		return 0, false
	}
	share = float64(stand.Share) / float64(plan.Whole)
	if n := len(steps); n > 0 && steps[n-1].Share == share || n == 0 && share == 0 {
		return 0, false
	}
	return share, true
}

// baselineSpan is how long before a step blue's run times are its own past.
const baselineSpan = 24 * 60

// before are blue's run times in the final minutes before a step, as far as the stores have them.
func (r *reading) before(name migration.Tenant, step int32) migration.Distribution[time.Duration] {
	var all []migration.Distribution[time.Duration]
	add := func(d migration.Distribution[time.Duration]) {
		if d.Count() > 0 {
			all = append(all, d)
		}
	}
	if p := r.book.sides[cutover.Blue].ID; p != migration.Lambda {
		for _, stream := range r.book.streamsOf(name, p) {
			for i := range stream.minutes {
				if m := &stream.minutes[i]; m.Final && minuteOf(m.Start) < step && minuteOf(m.Start) >= step-baselineSpan {
					add(m.Duration)
				}
			}
		}
		return merged(all)
	}
	from, to := int64(step-baselineSpan)*60, int64(step)*60
	for _, stream := range r.streams[name] {
		for i := range stream.series.Buckets {
			if c := &stream.series.Buckets[i]; c.Start >= from && c.Start+int64(c.Span) <= to && c.Final {
				add(c.Duration())
			}
		}
	}
	return merged(all)
}
