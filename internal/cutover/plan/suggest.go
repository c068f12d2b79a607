package plan

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
	"github.com/migtop/migtop/internal/yamldoc"
)

// LeftOut is a tenant that a suggestion leaves out.
type LeftOut struct {
	Tenant migration.Tenant `wire:"tenant"`
	Why    string           `wire:"why"`
}

// Suggestion is a plan for tenants that have not begun to move.
type Suggestion struct {
	Plan Plan
	// Notes are why a tenant is where it is.
	Notes   map[migration.Tenant]string
	LeftOut []LeftOut
	// Kept is the number of waves that had begun, which stay as they are.
	Kept int
	// Pace is what the dates rest on.
	Pace Pace
}

// MostTenants is how many tenants a suggested wave has at most unless somebody says otherwise.
const MostTenants = 8

// firstWave is how many tenants the first suggested wave has; each further one has twice as many as the one before. What is
// wrong with the way over is found with few tenants.
const firstWave = 2

// morning is when suggested waves begin, in minutes: when somebody is there, and a working day lies ahead.
const morning = 10 * 60

// Suggest returns a plan with the waves that have begun, and new ones for all other tenants that should move: key tenants
// and those with the most pain first, small waves before large ones, the largest tenants not in the last wave, and no
// tenant without evidence. The new waves begin on working mornings of the plan's zone, one after the other, as far apart as
// a wave takes at the pace so far. most is how many tenants a wave may have.
func (p *Plan) Suggest(now time.Time, all []Candidate, most int) (*Suggestion, error) {
	out := &Suggestion{Plan: *p, Notes: map[migration.Tenant]string{}, Pace: p.Pace(now)}
	key := map[migration.Tenant]bool{}
	for _, t := range p.KeyTenants {
		key[t] = true
	}
	kept := map[migration.Tenant]bool{}
	out.Plan.Waves = nil
	size := firstWave
	for i := range p.Waves {
		if w := &p.Waves[i]; p.begun(w) {
			out.Plan.Waves = append(out.Plan.Waves, *w)
			size = max(size, 2*len(w.Tenants))
			for _, t := range w.names() {
				kept[t] = true
			}
		}
	}
	out.Kept = len(out.Plan.Waves)
	var move []Candidate
	for i := range all {
		c := &all[i]
		if kept[c.Tenant] {
			continue
		}
		if why := c.stays(key[c.Tenant]); why != "" {
			out.LeftOut = append(out.LeftOut, LeftOut{c.Tenant, why})
			continue
		}
		move = append(move, *c)
		out.Notes[c.Tenant] = c.why(key[c.Tenant])
	}
	if len(move) == 0 {
		return nil, errors.New("no tenant is left that should move and that there is evidence of")
	}
	rank(move, key)
	large := beasts(move)
	for t, why := range large {
		out.Notes[t] += ", " + why
	}
	groups := group(move, size, max(most, 1), large)
	return out, out.date(now, groups)
}

// begun reports whether something of a wave is recorded.
func (p *Plan) begun(w *Wave) bool {
	_, recorded := p.Intended(w, nil)
	return recorded || slices.ContainsFunc(w.Tenants, func(m Member) bool { return m.Share.Known() })
}

// stays is why a tenant is in no suggested wave, "" if it is in one.
func (c *Candidate) stays(key bool) string {
	switch {
	case c.moved():
		return "moved"
	case c.Missing != "":
		return "no evidence: " + c.Missing
	case c.Decision == migration.Stay && key:
		return "key tenant, but it costs less where it is"
	case c.Decision == migration.Stay:
		return "it costs less where it is"
	}
	return ""
}

// group divides tenants in their order into waves, each twice as large as the one before and none above most. A large
// tenant of the last wave changes places with the last other one before; if there is one wave only, the large ones move in
// a wave before it.
func group(all []Candidate, size, most int, large map[migration.Tenant]string) [][]migration.Tenant {
	var out [][]migration.Tenant
	for i := 0; i < len(all); {
		var wave []migration.Tenant
		for ; len(wave) < min(size, most) && i < len(all); i++ {
			wave = append(wave, all[i].Tenant)
		}
		out, size = append(out, wave), 2*size
	}
	last := out[len(out)-1]
	if len(out) == 1 {
		var first, rest []migration.Tenant
		for _, t := range last {
			if large[t] != "" {
				first = append(first, t)
			} else {
				rest = append(rest, t)
			}
		}
		if len(first) > 0 && len(rest) > 0 {
			return [][]migration.Tenant{first, rest}
		}
		return out
	}
	for i, t := range last {
		if large[t] != "" {
			changePlaces(out[:len(out)-1], &last[i], large)
		}
	}
	return out
}

// changePlaces gives a tenant the place of the last one in some waves that is not large.
func changePlaces(waves [][]migration.Tenant, with *migration.Tenant, large map[migration.Tenant]string) {
	for _, wave := range slices.Backward(waves) {
		for j := range slices.Backward(wave) {
			if large[wave[j]] == "" {
				*with, wave[j] = wave[j], *with
				return
			}
		}
	}
}

// date gives the groups of tenants their dates.
func (s *Suggestion) date(now time.Time, groups [][]migration.Tenant) error {
	p := &s.Plan
	factor := s.Pace.Likely.Or(1)
	from := now
	for _, dates := range p.project(now, nil, factor) {
		for _, t := range dates {
			from = later(from, t)
		}
	}
	names := map[string]bool{}
	for i := range p.Waves {
		names[p.Waves[i].Name] = true
	}
	for _, tenants := range groups {
		at, ok := p.workingMorning(from)
		if !ok {
			return errors.New("the freezes leave no working morning within two years")
		}
		w := Wave{At: at, Tenants: Members(tenants...)}
		for n := len(p.Waves) + 1; w.Name == "" || names[w.Name]; n++ {
			w.Name = fmt.Sprintf("wave %d", n)
		}
		names[w.Name] = true
		dates := p.projectWave(&w, nil, at, factor, time.Time{}, time.Time{})
		if from = dates[len(dates)-1]; from.IsZero() {
			return errors.New("the freezes leave no date for a step within two years")
		}
		p.Waves = append(p.Waves, w)
	}
	return nil
}

// workingMorning is the first morning of a working day after a time that is in no freeze; false if there is none within
// two years.
func (p *Plan) workingMorning(after time.Time) (time.Time, bool) {
	day := p.Zone.dateAt(after)
	for range int(farthest / (24 * time.Hour)) {
		at, _, _ := p.Zone.clocks(day, morning)
		weekday := day.weekday()
		if at.After(after) && weekday != time.Saturday && weekday != time.Sunday && p.Freezes.At(at) == nil {
			return at.UTC(), true
		}
		day = day.plus(1)
	}
	return time.Time{}, false
}

// YAML is the section of the configuration, with the reasons as comments.
func (s *Suggestion) YAML(now time.Time) string {
	var b strings.Builder
	p := &s.Plan
	fmt.Fprintf(&b, "# Suggested on %s.", p.Zone.text(now))
	if s.Kept > 0 {
		fmt.Fprintf(&b, " %s begun and stay%s.", text.PluralOf(s.Kept, "wave has", "waves have"), map[bool]string{true: "s"}[s.Kept == 1])
	}
	b.WriteString("\n# Key tenants and the most pain come first; the comment at a tenant says why.\n")
	if f, ok := s.Pace.Likely.Get(); ok {
		fmt.Fprintf(&b, "# Waves are as far apart as steps took so far: %.1f times as long as planned (%s", f, text.Plural(s.Pace.Samples,
			"step"))
		if early, ok := s.Pace.Early.Get(); ok {
			fmt.Fprintf(&b, ", %.1f to %.1f times", early, s.Pace.Late.Or(0))
		}
		b.WriteString(").\n")
	} else {
		b.WriteString("# No step is recorded, so waves are as far apart as the plan says; moves take longer than planned by a factor.\n")
	}
	b.WriteString(p.YAML(s.Notes))
	if len(s.LeftOut) > 0 {
		b.WriteString("# Left out:\n")
	}
	for _, l := range s.LeftOut {
		fmt.Fprintf(&b, "#   %s: %s\n", yamldoc.Quote(string(l.Tenant)), text.OneLine(l.Why))
	}
	return b.String()
}
