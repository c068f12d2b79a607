package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// Level is how serious a finding is.
type Level uint8

// The levels.
const (
	// Warning is something that a reader should look at.
	Warning Level = iota + 1
	// Error is a plan that cannot be carried out as it is written.
	Error
)

var levelNames = [...]string{"none", "warning", "error"}

func (l Level) String() string { return levelNames[min(int(l), len(levelNames)-1)] }

// MarshalText encodes the level by name.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Finding is something that is wrong with a plan.
type Finding struct {
	Level Level
	// Place is where it is written; the zero Origin if it is nowhere.
	Place section.Origin
	// Path is the field, such as "plan.waves.at".
	Path string
	// Text says what is wrong, and Fix what to do.
	Text, Fix string
}

// Seen is what a Snapshot knows of the tenants.
type Seen struct {
	Candidates []Candidate
	// Complete says that every source answered: a tenant that is not there does not exist.
	Complete bool
	// Aliases are other spellings of tenants, by spelling.
	Aliases map[migration.Tenant]migration.Tenant

	index map[migration.Tenant]int // into Candidates, made by the first find
}

// find is a tenant that was seen; nil if it was not, and if nothing was.
func (s *Seen) find(t migration.Tenant) *Candidate {
	if s == nil {
		return nil
	}
	if s.index == nil {
		s.index = make(map[migration.Tenant]int, len(s.Candidates))
		for i := range s.Candidates {
			s.index[s.Candidates[i].Tenant] = i
		}
	}
	if i, ok := s.index[t]; ok {
		return &s.Candidates[i]
	}
	return nil
}

func (s *Seen) names() []string {
	out := make([]string, len(s.Candidates))
	for i := range s.Candidates {
		out[i] = string(s.Candidates[i].Tenant)
	}
	return out
}

// checker collects findings.
type checker struct {
	*Plan
	now      time.Time
	seen     *Seen
	findings []Finding
}

func (c *checker) add(level Level, at section.Origin, path, fix, format string, args ...any) {
	c.findings = append(c.findings, Finding{level, at, path, fmt.Sprintf(format, args...), fix})
}

// Check returns what is wrong with a plan that was read without an issue: errors, and warnings, in the order of the file.
// Without seen it checks what needs no Snapshot.
func (p *Plan) Check(now time.Time, seen *Seen) []Finding {
	c := &checker{Plan: p, now: now, seen: seen}
	if p.Empty() {
		c.add(Warning, section.Origin{}, "plan.waves", "migtop plan --suggest prints one", "no wave is planned")
	}
	if !c.past() {
		for i := range p.Waves {
			c.wave(&p.Waves[i])
		}
	}
	c.owners()
	c.decisions()
	if seen != nil {
		c.tenants()
		c.large()
		c.unplanned()
	}
	slices.SortStableFunc(c.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Place.Line, b.Place.Line), cmp.Compare(a.Place.Column, b.Place.Column))
	})
	return c.findings
}

// past reports a plan of which every date is past and nothing is recorded.
func (c *checker) past() bool {
	var end time.Time
	for i := range c.Waves {
		w := &c.Waves[i]
		if c.begun(w) || c.routed(w) != "" {
			return false
		}
		for _, t := range append(c.planned(w), w.At) {
			end = later(end, t)
		}
	}
	if c.Empty() || !end.Before(c.now) {
		return false
	}
	c.add(Error, c.Waves[0].Place, "plan.waves", "give the waves dates ahead, or write started_at at the steps that started",
		"the whole plan is in the past: its last step was planned for %s", c.Zone.text(end))
	return true
}

// routed names the tenants of a wave with runs on the new side, "" without one.
func (c *checker) routed(w *Wave) string {
	var out []string
	for _, t := range w.names() {
		if s := c.seen.find(t); s != nil && s.Routed.Or(0) > 0 {
			out = append(out, string(t)+" "+text.Percent(s.Routed.Or(0)))
		}
	}
	return short(out)
}

// short are the first of several names.
func short(names []string) string {
	const most = 4
	if len(names) > most {
		names = append(slices.Clone(names[:most]), fmt.Sprintf("and %d more", len(names)-most))
	}
	return strings.Join(names, ", ")
}

// wave checks the dates and steps of one wave.
func (c *checker) wave(w *Wave) {
	const path = "plan.waves"
	steps := c.StepsOf(w)
	done, _, recorded := c.position(w)
	title := w.Title(c.Zone)
	if last := steps[len(steps)-1]; last.Share < Whole {
		c.add(Warning, last.Place, path+".steps", "add 100, or move the rest in another wave", "%s ends at %s", title, last.Share)
	}
	if !c.Since.IsZero() && w.At.Before(c.Since) {
		c.add(Error, w.Place, path+".at", "correct the date, or plan.since", "%s begins at %s, before the move began at %s", title,
			c.Zone.text(w.At), c.Zone.text(c.Since))
	}
	c.future(w)
	if !recorded {
		c.late(w, title)
	}
	planned := c.planned(w)
	for i, s := range steps {
		at, place := s.At, s.Place
		if i == 0 {
			at, place = w.At, w.Place
		}
		switch {
		case i <= done || s.Started.After(c.now) || !s.Started.IsZero() || i == 0 && recorded:
		case planned[i].IsZero():
			c.add(Error, s.Place, path+".steps", "shorten a freeze", "the freezes leave no moment for the step to %s within two years",
				s.Share)
			return
		case at.IsZero():
		case c.Freezes.At(at) != nil:
			f := c.Freezes.At(at)
			c.add(Error, place, path+".at", c.freeAfter(at), "%s begins its step to %s at %s, in the freeze %q of line %d", title, s.Share,
				c.Zone.text(at), text.Cut(f.Title(), section.MostQuoted), f.Place.Line)
		case i > 0 && at.Before(c.now):
			c.add(Error, s.Place, path+".steps", "write started_at, or give it a date ahead",
				"the step to %s was planned for %s, %s ago, and has not started", s.Share, c.Zone.text(at), inDays(c.now.Sub(at)))
		case i > 0 && s.Share == Whole && len(c.Peaks) > 0 && at.Before(c.peaksSeen(planned[i-1])):
			c.add(Warning, s.Place, path+".steps", "move it behind "+c.Zone.text(c.peaksSeen(planned[i-1])),
				"%s goes to 100 %% at %s, before it saw one of each peak at %s: %s", title, c.Zone.text(at), steps[i-1].Share,
				c.peakNames())
		}
	}
}

func (c *checker) freeAfter(t time.Time) string {
	free, ok := c.Freezes.Free(t)
	if !ok {
		return "shorten the freeze"
	}
	return "move it to " + c.Zone.text(free) + " or later"
}

func (c *checker) peakNames() string {
	names := make([]string, len(c.Peaks))
	for i := range c.Peaks {
		names[i] = c.Peaks[i].Title()
	}
	return short(names)
}

// future finds what started later than now.
func (c *checker) future(w *Wave) {
	check := func(at time.Time, place section.Origin, what string) {
		if at.After(c.now) {
			c.add(Error, place, "plan.waves.started_at", "correct it, or write at for what is planned", "%s started at %s, which is ahead",
				what,
				c.Zone.text(at))
		}
	}
	check(w.Started, w.Place, w.Title(c.Zone))
	for _, s := range w.Steps {
		check(s.Started, s.Place, "the step to "+s.Share.String())
	}
	for i := range w.Tenants {
		check(w.Tenants[i].Started, w.Tenants[i].Place, string(w.Tenants[i].Tenant))
	}
}

// late finds a wave that should have begun and is not recorded.
func (c *checker) late(w *Wave, title string) {
	if !w.At.Before(c.now) || c.begun(w) {
		return
	}
	if routed := c.routed(w); routed != "" {
		c.add(Warning, w.Place, "plan.waves.at", "write started_at: dates and the pace rest on it",
			"%s was planned for %s; some of it runs on the new side (%s), and nothing says since when", title, c.Zone.text(w.At), routed)
		return
	}
	c.add(Error, w.Place, "plan.waves.at", "write started_at, or give it a date ahead",
		"%s was planned for %s, %s ago, and has not started",
		title, c.Zone.text(w.At), inDays(c.now.Sub(w.At)))
}

func inDays(d time.Duration) string { return fmt.Sprintf("%.1f days", d.Hours()/24) }

// owners finds waves that nobody is responsible for.
func (c *checker) owners() {
	var names []string
	var first section.Origin
	for i := range c.Waves {
		w := &c.Waves[i]
		done, _, _ := c.position(w)
		if len(c.OwnersOf(w, nil)) > 0 || done == len(c.StepsOf(w))-1 {
			continue
		}
		if len(names) == 0 {
			first = w.Place
		}
		names = append(names, w.Title(c.Zone))
	}
	if len(names) > 0 {
		c.add(Warning, first, "plan.owners", "write owners for the plan or for each wave", "nobody owns %s", short(names))
	}
}
