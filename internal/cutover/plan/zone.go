package plan

import (
	"regexp"
	"time"
)

// Zones looks up an IANA time zone. time.LoadLocation is one.
type Zones func(name string) (*time.Location, error)

// Zone is a time zone of the IANA database, such as Europe/Zurich. The zero Zone is UTC.
type Zone struct {
	name string
	loc  *time.Location
}

// zoneName is the form of a zone's name. Abbreviations such as EST are in the database too, but most of them have no
// daylight saving time, which is rarely what their user means.
var zoneName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)+$`)

// lookUp returns the zone of a name, false if there is none.
func (z Zones) lookUp(name string) (Zone, bool) {
	if name == "UTC" {
		return Zone{}, true
	}
	if z == nil || !zoneName.MatchString(name) {
		return Zone{}, false
	}
	loc, err := z(name)
	if err != nil || loc == nil {
		return Zone{}, false
	}
	return Zone{name, loc}, true
}

// String is the name.
func (z Zone) String() string {
	if z.loc == nil {
		return "UTC"
	}
	return z.name
}

// Location is the zone for package time.
func (z Zone) Location() *time.Location {
	if z.loc == nil {
		return time.UTC
	}
	return z.loc
}

// Equal compares zones by name.
func (z Zone) Equal(other Zone) bool { return z.String() == other.String() }

// date is a day of the calendar.
type date struct {
	year  int
	month time.Month
	day   int
}

// dateAt is the day that it is in the zone at a time.
func (z Zone) dateAt(t time.Time) date {
	y, m, d := t.In(z.Location()).Date()
	return date{y, m, d}
}

// plus is the day some days later.
func (d date) plus(days int) date {
	t := time.Date(d.year, d.month, d.day+days, 0, 0, 0, 0, time.UTC)
	return date{t.Year(), t.Month(), t.Day()}
}

func (d date) weekday() time.Weekday {
	return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC).Weekday()
}

// clocks are the moments at which clocks in the zone show a time of a day: one, two where clocks go back, or none where
// they go forward. If there is none, first and last are the moment at which the clocks go forward. minute is the time of
// the day in minutes; a day has 1440 of them, and a later one is of the next day.
func (z Zone) clocks(on date, minute int) (first, last time.Time, exists bool) {
	// The moment if the zone were UTC. Offsets are from -12 to +14 hours, and clocks change at most once in a day: all
	// candidates have the offset before or after that change.
	naive := time.Date(on.year, on.month, on.day, 0, minute, 0, 0, time.UTC)
	for _, at := range [...]time.Time{naive.Add(-15 * time.Hour), naive.Add(13 * time.Hour)} {
		_, offset := at.In(z.Location()).Zone()
		t := naive.Add(-time.Duration(offset) * time.Second)
		if _, really := t.In(z.Location()).Zone(); really != offset {
			continue
		}
		if !exists || t.Before(first) {
			first = t
		}
		if !exists || t.After(last) {
			last = t
		}
		exists = true
	}
	if exists {
		return first, last, true
	}
	_, offset := naive.Add(-15 * time.Hour).In(z.Location()).Zone()
	// With the old offset the moment is after the change: it is the beginning of the period that it is in.
	change, _ := naive.Add(-time.Duration(offset) * time.Second).In(z.Location()).ZoneBounds()
	return change.UTC(), change.UTC(), false
}
