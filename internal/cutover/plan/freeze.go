package plan

import (
	"fmt"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/config/section"
)

// Days is a set of weekdays.
type Days uint8

// AllDays is the whole week.
const AllDays Days = 1<<7 - 1

var dayNames = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// With returns the set with one more day.
func (d Days) With(day time.Weekday) Days { return d | 1<<day }

// Has reports whether a day is in the set.
func (d Days) Has(day time.Weekday) bool { return d&(1<<day) != 0 }

// List returns the days from Monday on.
func (d Days) List() []time.Weekday {
	var out []time.Weekday
	for i := range 7 {
		if day := time.Weekday((i + 1) % 7); d.Has(day) {
			out = append(out, day)
		}
	}
	return out
}

// names are the days as they are written.
func (d Days) names() []string {
	var out []string
	for _, day := range d.List() {
		out = append(out, dayNames[day])
	}
	return out
}

// Weekly is a window that comes back every week, by the clocks of its zone. A Saturday's window is not a weekday's.
type Weekly struct {
	// Days on which the window begins.
	Days Days
	// From and To are times of the day in minutes, 0 to 1440. The end is not part of the window.
	From, To int
	// Over is the number of days from the day on which it begins to the day on which it ends, 0 to 6.
	Over int
}

// minutesPerDay and minutesPerWeek are lengths by the clock. A day on which clocks change is shorter or longer.
const (
	minutesPerDay  = 24 * 60
	minutesPerWeek = 7 * minutesPerDay
)

// length is how long the window is by the clock, in minutes.
func (w Weekly) length() int { return w.Over*minutesPerDay + w.To - w.From }

// on is the window that begins on a day. Where clocks go back, it begins at the first and ends at the last of the two
// moments; where they go forward, it begins or ends at the change. It is empty if all of it is skipped.
func (w Weekly) on(z Zone, d date) (from, to time.Time) {
	from, _, _ = z.clocks(d, w.From)
	_, to, _ = z.clocks(d.plus(w.Over), w.To)
	return from, to
}

// around is the window that a moment is in; ok is false if it is in none. Windows that touch each other are one after
// the other, not one.
func (w Weekly) around(z Zone, t time.Time) (from, to time.Time, ok bool) {
	today := z.dateAt(t)
	for back := w.Over + 1; back >= -1; back-- { // clocks that go back may show yesterday again
		d := today.plus(-back)
		if !w.Days.Has(d.weekday()) {
			continue
		}
		if from, to = w.on(z, d); !t.Before(from) && t.Before(to) {
			return from, to, true
		}
	}
	return time.Time{}, time.Time{}, false
}

// after is the first window that begins at a moment or later.
func (w Weekly) after(z Zone, t time.Time) (from, to time.Time, ok bool) {
	today := z.dateAt(t)
	for ahead := -1; ahead <= 15; ahead++ { // a week, and another if the clocks skip all of this one's
		d := today.plus(ahead)
		if !w.Days.Has(d.weekday()) {
			continue
		}
		if from, to = w.on(z, d); !from.Before(t) && from.Before(to) {
			return from, to, true
		}
	}
	return time.Time{}, time.Time{}, false
}

// String is the window as in "sat 18:00 to 22:00".
func (w Weekly) String() string {
	end := clockText(w.To)
	if w.Over > 0 {
		end += " of the next day"
	}
	if w.Over > 1 || w.Over == 1 && len(w.Days.List()) == 1 {
		end = dayNames[(int(w.Days.List()[0])+w.Over)%7] + " " + clockText(w.To)
	}
	days := strings.Join(w.Days.names(), ", ")
	if w.Days == AllDays {
		days = "every day"
	}
	return days + " " + clockText(w.From) + " to " + end
}

func clockText(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// Peak is a time of the week with much work. A tenant sees one of each before all of its work moves.
type Peak struct {
	Name string
	Weekly
	Zone  Zone
	Place section.Origin
}

// Title is the name, or the window without one.
func (p *Peak) Title() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Weekly.String()
}

// Freeze is a window in which no step begins: dated, or every week.
type Freeze struct {
	Name string
	// From and To are a dated freeze, in UTC. The end is not part of it. Both are zero for a weekly one.
	From, To time.Time
	// Weekly is a weekly freeze; the zero value for a dated one.
	Weekly Weekly
	// Zone is the zone that the freeze is written in.
	Zone  Zone
	Place section.Origin
}

// Dated reports whether the freeze has dates and does not come back.
func (f *Freeze) Dated() bool { return !f.To.IsZero() }

// Title is the name, or the window without one.
func (f *Freeze) Title() string {
	switch {
	case f.Name != "":
		return f.Name
	case f.Dated():
		return f.Zone.text(f.From) + " to " + f.Zone.text(f.To)
	}
	return f.Weekly.String()
}

// text is a moment in the zone, for a sentence.
func (z Zone) text(t time.Time) string { return t.In(z.Location()).Format("2 Jan 2006 15:04 MST") }

// Around is the window of the freeze that a moment is in; ok is false if it is in none.
func (f *Freeze) Around(t time.Time) (from, to time.Time, ok bool) {
	if !f.Dated() {
		return f.Weekly.around(f.Zone, t)
	}
	if t.Before(f.From) || !t.Before(f.To) {
		return time.Time{}, time.Time{}, false
	}
	return f.From, f.To, true
}

// Freezes are the freezes of a plan.
type Freezes []Freeze

// At is the freeze that a moment is in, nil if it is in none.
func (fs Freezes) At(t time.Time) *Freeze {
	for i := range fs {
		if _, _, ok := fs[i].Around(t); ok {
			return &fs[i]
		}
	}
	return nil
}

// farthest is how far ahead a moment without a freeze is searched for.
const farthest = 2 * 366 * 24 * time.Hour

// Free is the first moment from t on that is in no freeze. ok is false if the freezes leave none within two years.
func (fs Freezes) Free(t time.Time) (free time.Time, ok bool) {
	for end := t.Add(farthest); t.Before(end); {
		moved := false
		for i := range fs {
			if _, to, in := fs[i].Around(t); in {
				t, moved = to, true
			}
		}
		if !moved {
			return t, true
		}
	}
	return time.Time{}, false
}

// until is how long it stays as it is at a moment: to the end of a freeze, or to the beginning of the next one, at most to
// a limit.
func (fs Freezes) until(t, limit time.Time) (end time.Time, frozen bool) {
	end = limit
	for i := range fs {
		f := &fs[i]
		if _, to, in := f.Around(t); in {
			if !frozen || to.After(end) {
				end = to
			}
			frozen = true
			continue
		}
		if frozen {
			continue
		}
		from, ahead := f.From, f.From.After(t)
		if !f.Dated() {
			from, _, ahead = f.Weekly.after(f.Zone, t)
		}
		if ahead && from.Before(end) {
			end = from
		}
	}
	if end.After(limit) {
		end = limit
	}
	return end, frozen
}

// Open is how much of the time between two moments is in no freeze.
func (fs Freezes) Open(from, to time.Time) time.Duration {
	var sum time.Duration
	for t := from; t.Before(to); {
		end, frozen := fs.until(t, to)
		if !frozen {
			sum += end.Sub(t)
		}
		t = end
	}
	return sum
}

// Advance is the moment after some time that is in no freeze. ok is false if the freezes leave none within two years.
func (fs Freezes) Advance(t time.Time, open time.Duration) (at time.Time, ok bool) {
	limit := t.Add(open).Add(farthest)
	for t.Before(limit) {
		end, frozen := fs.until(t, limit)
		if !frozen && end.Sub(t) >= open {
			return fs.Free(t.Add(open))
		}
		if !frozen {
			open -= end.Sub(t)
		}
		t = end
	}
	return time.Time{}, false
}
