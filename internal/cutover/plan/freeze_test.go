package plan

import (
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata" // a machine without zones tests them too
)

// zones have changes of an hour, of half an hour, at midnight, to the south, in the past whole days, and none.
var zones = []string{
	"Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Beirut", "Africa/Cairo", "America/Havana",
	"Pacific/Apia", "Africa/Casablanca", "Asia/Kolkata", "UTC",
}

func zone(t testing.TB, name string) Zone {
	t.Helper()
	z, ok := Zones(time.LoadLocation).lookUp(name)
	if !ok {
		t.Fatalf("no zone %s", name)
	}
	return z
}

// changes are the moments in a year at which clocks change.
func changes(z Zone, year int) []time.Time {
	var out []time.Time
	t, end := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC)
	for t.Before(end) {
		_, next := t.In(z.Location()).ZoneBounds()
		if next.IsZero() || !next.Before(end) {
			break
		}
		out, t = append(out, next.UTC()), next
	}
	return out
}

// minuteOf is what clocks show, as a minute of the week that begins on Sunday.
func minuteOf(z Zone, t time.Time) int {
	l := t.In(z.Location())
	return int(l.Weekday())*minutesPerDay + l.Hour()*60 + l.Minute()
}

// shown reports whether the clocks show a time of the window. It knows nothing of moments.
func (w Weekly) shown(minute int) bool {
	for _, d := range w.Days.List() {
		if begun := (minute - int(d)*minutesPerDay - w.From + 2*minutesPerWeek) % minutesPerWeek; begun < w.length() {
			return true
		}
	}
	return false
}

// doubtful reports whether clocks show the time of a moment twice that day, or went forward less than the length of a
// change ago: there a window may be longer than the clocks say.
func doubtful(z Zone, t time.Time, all []time.Time) bool {
	for _, c := range all {
		_, before := c.Add(-time.Second).In(z.Location()).Zone()
		_, after := c.In(z.Location()).Zone()
		shift := time.Duration(before-after) * time.Second
		if shift > 0 && !t.Before(c.Add(-shift)) && t.Before(c.Add(shift)) {
			return true
		}
	}
	return false
}

func randomWeekly(r *rand.Rand) Weekly {
	w := Weekly{Days: Days(1 + r.IntN(int(AllDays))), From: r.IntN(96) * 15, Over: r.IntN(3)}
	if r.IntN(2) == 0 { // near the hours in which clocks change
		w.From = r.IntN(16) * 15
	}
	w.To = min(w.From+15+r.IntN(40)*15, minutesPerDay)
	if w.Over > 0 {
		w.To = r.IntN(97) * 15
	}
	if w.length() <= 0 {
		w.Over, w.To = 1, w.From
	}
	return w
}

// A moment is in a weekly freeze where the clocks show a time of it. Only in an hour that clocks show twice may it be in
// it without that: the freeze does not stop and begin again.
func TestWeeklyFreezesFollowTheClocks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, name := range zones {
		z := zone(t, name)
		years := []int{2026, 2027}
		if name == "Pacific/Apia" {
			years = []int{2010, 2011} // clocks went forward by 24 hours
		}
		for _, year := range years {
			all := changes(z, year)
			moments := append([]time.Time{time.Date(year, 5, 5, 0, 0, 0, 0, time.UTC)}, all...)
			for range 40 {
				w := randomWeekly(r)
				f := Freeze{Weekly: w, Zone: z}
				for _, c := range moments {
					for at := c.Add(-30 * time.Hour); at.Before(c.Add(30 * time.Hour)); at = at.Add(15 * time.Minute) {
						from, to, in := f.Around(at)
						if in && (at.Before(from) || !at.Before(to)) {
							t.Fatalf("%s, %s: %s is in %s to %s", name, w, z.text(at), z.text(from), z.text(to))
						}
						shown := w.shown(minuteOf(z, at))
						if shown != in && (shown || !doubtful(z, at, all)) {
							t.Fatalf("%s, %s: %s is in the freeze: %v, the clocks say %v", name, w, z.text(at), in, shown)
						}
					}
				}
			}
		}
	}
}

// A freeze takes its length by the clock, more where clocks go back in it and less where they go forward.
func TestFreezesAreAsLongAsTheClocksSay(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, name := range zones {
		z := zone(t, name)
		for range 400 {
			w := randomWeekly(r)
			at := time.Date(2026, 1, 1+r.IntN(700), r.IntN(24), 0, 0, 0, time.UTC)
			from, to, ok := w.after(z, at)
			if !ok || from.Before(at) || !from.Before(to) {
				t.Fatalf("%s, %s after %s: %s to %s, %v", name, w, at, from, to, ok)
			}
			if _, end, in := w.around(z, from); !in || end.Before(to) && !end.After(from) {
				t.Fatalf("%s, %s: %s is not in its own window", name, w, z.text(from))
			}
			_, before := from.In(z.Location()).Zone()
			_, after := to.Add(-time.Second).In(z.Location()).Zone()
			want := time.Duration(w.length()) * time.Minute
			got := to.Sub(from)
			shift := time.Duration(before-after) * time.Second
			if got != want+shift && z.dateAt(from) == z.dateAt(from.Add(-4*time.Hour)) && !nearChange(z, from) && !nearChange(z, to) {
				t.Fatalf("%s, %s: %s to %s takes %s, want %s", name, w, z.text(from), z.text(to), got, want+shift)
			}
		}
	}
}

// nearChange reports whether clocks change within a day of a moment.
func nearChange(z Zone, t time.Time) bool {
	begin, end := t.In(z.Location()).ZoneBounds()
	return !begin.IsZero() && t.Sub(begin) < 24*time.Hour || !end.IsZero() && end.Sub(t) < 24*time.Hour
}

// What Free returns is in no freeze, and nothing before it is free.
func TestFreeIsTheFirstFreeMoment(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		z := zone(t, zones[r.IntN(len(zones))])
		at := time.Date(2026, time.Month(1+r.IntN(24)), 1+r.IntN(28), r.IntN(24), r.IntN(4)*15, 0, 0, time.UTC)
		if all := changes(z, at.Year()); len(all) > 0 && r.IntN(2) == 0 {
			at = all[r.IntN(len(all))].Add(time.Duration(r.IntN(96)-48) * 15 * time.Minute)
		}
		fs := Freezes{{From: at.Add(-time.Hour), To: at.Add(time.Duration(r.IntN(40)) * time.Hour), Zone: z}}
		for range r.IntN(3) {
			fs = append(fs, Freeze{Weekly: randomWeekly(r), Zone: zone(t, zones[r.IntN(len(zones))])})
		}
		free, ok := fs.Free(at)
		if !ok { // all days are frozen
			free = at.Add(14 * 24 * time.Hour)
		} else if free.Before(at) || fs.At(free) != nil {
			t.Fatalf("%s is not free from %s on: %+v", free, at, fs)
		}
		for m := at; m.Before(free); m = m.Add(15 * time.Minute) {
			if fs.At(m) == nil {
				t.Fatalf("%s is free, before %s: %+v", m, free, fs)
			}
		}
		if again, _ := fs.Free(free); ok && !again.Equal(free) {
			t.Fatalf("%s moves to %s", free, again)
		}
	}
}

// Open counts the minutes that are free, and Advance goes as many of them ahead.
func TestOpenAndAdvance(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for range 200 {
		z := zone(t, zones[r.IntN(len(zones))])
		at := time.Date(2026, time.Month(1+r.IntN(24)), 1+r.IntN(28), r.IntN(24), r.IntN(4)*15, 0, 0, time.UTC)
		if all := changes(z, at.Year()); len(all) > 0 {
			at = all[r.IntN(len(all))].Add(time.Duration(r.IntN(96)-90) * 15 * time.Minute)
		}
		fs := Freezes{{From: at.Add(time.Hour), To: at.Add(time.Duration(2+r.IntN(40)) * time.Hour), Zone: z}}
		for range r.IntN(3) {
			w := randomWeekly(r)
			w.Days = Days(1 << r.IntN(7))
			fs = append(fs, Freeze{Weekly: w, Zone: zone(t, zones[r.IntN(len(zones))])})
		}
		to := at.Add(time.Duration(r.IntN(200)) * 15 * time.Minute)
		var want time.Duration
		for m := at; m.Before(to); m = m.Add(15 * time.Minute) {
			if fs.At(m) == nil {
				want += 15 * time.Minute
			}
		}
		if got := fs.Open(at, to); got != want {
			t.Fatalf("%s to %s: %s, want %s: %+v", at, to, got, want, fs)
		}
		end, ok := fs.Advance(at, want)
		if free, _ := fs.Free(to); !ok || fs.Open(at, end) != want || fs.At(end) != nil || end.After(free) {
			t.Fatalf("%s and %s is %s: %+v", at, want, end, fs)
		}
	}
}

// The moments at which clocks show a time are right one by one.
func TestClocksThatChange(t *testing.T) {
	utc := func(s string) time.Time {
		out, err := time.Parse("2006-01-02T15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, test := range []struct {
		zone        string
		on          date
		minute      int
		first, last string
		exists      bool
	}{
		{"Europe/Zurich", date{2026, 12, 24}, 18 * 60, "2026-12-24T17:00", "2026-12-24T17:00", true},
		{"Europe/Zurich", date{2027, 3, 28}, 2*60 + 30, "2027-03-28T01:00", "2027-03-28T01:00", false},
		{"Europe/Zurich", date{2027, 10, 31}, 2*60 + 30, "2027-10-31T00:30", "2027-10-31T01:30", true},
		{"Europe/Zurich", date{2027, 10, 31}, minutesPerDay, "2027-10-31T23:00", "2027-10-31T23:00", true},
		{"Australia/Lord_Howe", date{2027, 4, 4}, 60 + 45, "2027-04-03T14:45", "2027-04-03T15:15", true},
		{"Pacific/Apia", date{2011, 12, 30}, 12 * 60, "2011-12-30T10:00", "2011-12-30T10:00", false},
		{"UTC", date{2027, 3, 28}, 150, "2027-03-28T02:30", "2027-03-28T02:30", true},
	} {
		first, last, exists := zone(t, test.zone).clocks(test.on, test.minute)
		if !first.Equal(utc(test.first)) || !last.Equal(utc(test.last)) || exists != test.exists {
			t.Errorf("%s %v %d: %s, %s, %v", test.zone, test.on, test.minute, first, last, exists)
		}
	}
}
