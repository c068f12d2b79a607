package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/text"
	"github.com/migtop/migtop/internal/yamldoc"
)

// mostWindows bounds freezes and peaks: each is compared with each.
const mostWindows = 200

// window is a freeze or a peak as it is written.
type window struct {
	name     string
	zone     Zone
	days     Days
	from, to field
	place    section.Origin
}

// window reads the keys of a freeze or a peak; ok is false if something is wrong.
func (r *reader) window(n yamldoc.Node, path string) (w window, ok bool) {
	w = window{zone: r.plan.Zone, place: r.At(n)}
	before := len(r.Issues)
	r.fields(n, path, map[string]func(field){
		"name": func(f field) { w.name, _ = r.name(f.value, f.path) },
		"zone": func(f field) { w.zone = r.zone(f) },
		"days": func(f field) { w.days = r.days(f) },
		"from": func(f field) { w.from = f },
		"to":   func(f field) { w.to = f },
	})
	if len(r.Issues) > before {
		return w, false
	}
	if w.from.path == "" || w.to.path == "" {
		r.Add(w.place, path, "a window that lacks something", "from and to", "")
		return w, false
	}
	return w, true
}

var clockPattern = regexp.MustCompile(`^(?:([A-Za-z]+) +)?([0-9]{1,2}):([0-9]{2})$`)

// clock reads "18:00" or "sat 18:00"; ok is false if it is neither.
func clock(f field) (day time.Weekday, named bool, minute int, ok bool) {
	written, _ := f.value.Written()
	m := clockPattern.FindStringSubmatch(written)
	if m == nil {
		return 0, false, 0, false
	}
	hour, _ := strconv.Atoi(m[2])
	minutes, _ := strconv.Atoi(m[3])
	minute = hour*60 + minutes
	if minutes > 59 || minute > minutesPerDay {
		return 0, false, 0, false
	}
	if m[1] == "" {
		return 0, false, minute, true
	}
	day, known := weekday(m[1])
	return day, true, minute, known
}

// weekday reads the name of a day: sat or Saturday.
func weekday(s string) (time.Weekday, bool) {
	s = strings.ToLower(s)
	for i, short := range dayNames {
		if s == short || s == strings.ToLower(time.Weekday(i).String()) {
			return time.Weekday(i), true
		}
	}
	return 0, false
}

const wantDays = "a list of weekdays, such as [sat, sun]"

// days reads a list of weekdays.
func (r *reader) days(f field) Days {
	var out Days
	for _, n := range r.Items(f.value, f.path, wantDays) {
		s, _ := n.Plain()
		day, ok := weekday(s)
		if !ok {
			r.wrong(n, f.path, "a weekday: mon, tue, wed, thu, fri, sat or sun")
			continue
		}
		out = out.With(day)
	}
	return out
}

const wantClock = `a time of the day such as "18:00", with days, or with its weekday as in "sat 18:00"`

// weekly makes a weekly window of what is written.
func (r *reader) weekly(w window) (out Weekly, ok bool) {
	startDay, startNamed, from, okFrom := clock(w.from)
	endDay, endNamed, to, okTo := clock(w.to)
	switch {
	case !okFrom || from == minutesPerDay:
		r.wrong(w.from.value, w.from.path, wantClock)
		return out, false
	case !okTo:
		r.wrong(w.to.value, w.to.path, wantClock)
		return out, false
	case startNamed != endNamed:
		r.wrong(w.to.value, w.to.path, "a weekday in both from and to, or in neither")
		return out, false
	case startNamed && w.days != 0:
		r.Add(w.place, pathOf(w.from), "days, and weekdays in from and to", "one of the two", "")
		return out, false
	case !startNamed && w.days == 0:
		r.wrong(w.from.value, w.from.path, wantClock+", or "+wantTime)
		return out, false
	}
	out = Weekly{Days: w.days, From: from, To: to}
	if startNamed {
		out.Days = Days(0).With(startDay)
		out.Over = (int(endDay-startDay) + 7) % 7
		if out.Over == 0 && to <= from {
			r.wrong(w.to.value, w.to.path, "an end after the beginning, in the same week")
			return out, false
		}
		return out, true
	}
	if to <= from { // as in 22:00 to 06:00
		out.Over = 1
	}
	return out, true
}

func pathOf(f field) string { return f.path[:strings.LastIndexByte(f.path, '.')] }

func (r *reader) peaks(f field) {
	nodes := r.Items(f.value, f.path, `a list of windows, such as - {name: weekday, days: [mon, fri], from: "09:00", to: "11:00"}`)
	if r.tooMany(nodes, f.path) {
		return
	}
	for _, n := range nodes {
		w, ok := r.window(n, f.path)
		if !ok {
			continue
		}
		if weekly, ok := r.weekly(w); ok {
			r.plan.Peaks = append(r.plan.Peaks, Peak{w.name, weekly, w.zone, w.place})
		}
	}
}

func (r *reader) tooMany(nodes []yamldoc.Node, path string) bool {
	if len(nodes) <= mostWindows {
		return false
	}
	r.Add(r.At(nodes[mostWindows]), path, fmt.Sprintf("%d windows", len(nodes)), fmt.Sprintf("at most %d", mostWindows), "")
	return true
}

func (r *reader) freezes(f field) {
	nodes := r.Items(f.value, f.path, "a list of windows, such as - {name: Christmas, from: 2026-12-20, to: 2027-01-04}")
	if r.tooMany(nodes, f.path) {
		return
	}
	for _, n := range nodes {
		w, ok := r.window(n, f.path)
		if !ok {
			continue
		}
		freeze := Freeze{Name: w.name, Zone: w.zone, Place: w.place}
		_, _, _, isClock := clock(w.from)
		if w.days != 0 || isClock {
			if freeze.Weekly, ok = r.weekly(w); !ok {
				continue
			}
		} else {
			before := len(r.Issues)
			freeze.From, freeze.To = r.time(w.from, w.zone, false), r.time(w.to, w.zone, true)
			if len(r.Issues) == before && !freeze.From.Before(freeze.To) {
				r.Add(w.place, f.path, "a freeze that ends before it begins", "to after from", "")
			}
			if len(r.Issues) > before {
				continue
			}
		}
		if other := r.plan.Freezes.overlap(&freeze); other != nil {
			one, two := text.Cut(freeze.Title(), section.MostQuoted), text.Cut(other.Title(), section.MostQuoted)
			r.Add(w.place, f.path, fmt.Sprintf("the freeze %q, which overlaps %q", one, two),
				"each moment in one freeze of a kind", fmt.Sprintf("the other one is at line %d", other.Place.Line))
			continue
		}
		r.plan.Freezes = append(r.plan.Freezes, freeze)
	}
	slices.SortStableFunc(r.plan.Freezes, func(a, b Freeze) int { return a.From.Compare(b.From) })
}

// overlap is the freeze of the same kind that shares a moment with another one, nil if none does. A dated freeze may
// cover weekly ones: Christmas has weekends.
func (fs Freezes) overlap(f *Freeze) *Freeze {
	for i := range fs {
		g := &fs[i]
		switch {
		case f.Dated() != g.Dated():
		case f.Dated():
			if f.From.Before(g.To) && g.From.Before(f.To) {
				return g
			}
		case weeklyOverlap(f, g):
			return g
		}
	}
	return nil
}

// weeklyOverlap reports whether two weekly freezes share a moment by the clock, with every pair of offsets that their
// zones have in 2026 and 2027, which stand for other years.
func weeklyOverlap(f, g *Freeze) bool {
	end := time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)
	for t := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); ; {
		atF, atG := t.In(f.Zone.Location()), t.In(g.Zone.Location())
		_, offsetF := atF.Zone()
		_, offsetG := atG.Zone()
		if clockOverlap(f.Weekly, g.Weekly, (offsetF-offsetG)/60) {
			return true
		}
		_, nextF := atF.ZoneBounds()
		_, nextG := atG.ZoneBounds()
		next := nextF
		if next.IsZero() || !nextG.IsZero() && nextG.Before(next) {
			next = nextG
		}
		if next.IsZero() || !next.Before(end) {
			return false
		}
		t = next
	}
}

// clockOverlap reports whether two windows overlap if the clocks of the second are some minutes behind those of the first.
func clockOverlap(f, g Weekly, behind int) bool {
	for _, a := range f.Days.List() {
		for _, b := range g.Days.List() {
			apart := (int(b)-int(a))*minutesPerDay + g.From + behind - f.From
			apart = (apart%minutesPerWeek + minutesPerWeek) % minutesPerWeek
			if apart < f.length() || minutesPerWeek-apart < g.length() {
				return true
			}
		}
	}
	return false
}
