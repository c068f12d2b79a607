// Package spend counts what migtop has requested from AWS in the present calendar month,
// across restarts and over all processes of one user. A budget is compared with it.
package spend

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Count is how many metrics were requested, by both rules of [migration.Spend], and
// how many bytes of logs were scanned.
type Count struct {
	Low     int64 `json:"low"`
	High    int64 `json:"high"`
	Scanned int64 `json:"scanned,omitempty"`
	// Requests of unknown price are counted separately.
	UnpricedLow     int64 `json:"unpriced_low,omitempty"`
	UnpricedHigh    int64 `json:"unpriced_high,omitempty"`
	UnpricedScanned int64 `json:"unpriced_scanned,omitempty"`
}

// Unpriced reports whether a request had an unknown price.
func (c Count) Unpriced() bool {
	return c.UnpricedLow > 0 || c.UnpricedHigh > 0 || c.UnpricedScanned > 0
}

// Add adds counts up.
func (c Count) Add(d Count) Count {
	return Count{
		c.Low + d.Low, c.High + d.High, c.Scanned + d.Scanned,
		c.UnpricedLow + d.UnpricedLow, c.UnpricedHigh + d.UnpricedHigh, c.UnpricedScanned + d.UnpricedScanned,
	}
}

// plausible reports whether it can be a count.
func (c Count) plausible() bool {
	return c.Low >= 0 && c.High >= c.Low && c.Scanned >= 0 && c.UnpricedLow >= 0 && c.UnpricedHigh >= c.UnpricedLow && c.UnpricedScanned >= 0
}

// Totals is what was requested in the present hour, day and month, in UTC.
type Totals struct{ Hour, Day, Month Count }

// Ledger keeps counts by the hour: in a file that several processes share, or in
// memory. The methods may be called from anywhere.
type Ledger struct {
	path string // "" for memory

	mu    sync.Mutex
	hours map[string]Count // what the file had when it was last read
	// unwritten is what the file does not have yet.
	unwritten map[string]Count
}

// Memory makes a ledger that forgets.
func Memory() *Ledger { return &Ledger{hours: map[string]Count{}} }

// File makes a ledger in a file, which is created with the first booking.
func File(path string) *Ledger {
	return &Ledger{path: path, hours: map[string]Count{}, unwritten: map[string]Count{}}
}

const (
	hourLayout = "2006-01-02T15"
	dayPart    = len("2006-01-02")
	monthPart  = len("2006-01")
)

// Book adds the requests of a moment and returns the totals. An empty count only reads the totals. If the file cannot be
// read or written, the totals are those of this process and the error, a [migration.Problem], says what to do. The next
// booking writes counts that were not written.
func (l *Ledger) Book(at time.Time, asked Count) (Totals, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at = at.UTC()
	hour := at.Format(hourLayout)
	if l.path == "" {
		l.hours[hour] = l.hours[hour].Add(asked)
		forget(l.hours, hour)
		return totals(l.hours, hour), nil
	}
	if asked != (Count{}) {
		l.unwritten[hour] = l.unwritten[hour].Add(asked)
	}
	err := l.exchange(hour)
	known := maps.Clone(l.hours)
	for h, c := range l.unwritten { // empty unless the exchange failed
		known[h] = known[h].Add(c)
	}
	return totals(known, hour), err
}

// exchange writes what is not written yet, and reads what others have.
func (l *Ledger) exchange(hour string) error {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return l.problem("cannot be written", err)
	}
	unlock, err := l.lock()
	if err != nil {
		return l.problem("is locked by another migtop", err)
	}
	defer unlock()
	hours, damaged := l.read()
	if hours == nil {
		return damaged
	}
	if len(l.unwritten) > 0 {
		for h, c := range l.unwritten {
			hours[h] = hours[h].Add(c)
		}
		forget(hours, hour)
		if err := l.write(hours); err != nil {
			return l.problem("cannot be written", err)
		}
		clear(l.unwritten)
	}
	l.hours = hours
	return damaged
}

// file is the content of the file.
type file struct {
	Version int              `json:"version"`
	Hours   map[string]Count `json:"hours"`
}

// read returns the hours of the file; none, and not nil, where there is no file yet
// or where it is damaged; a damaged file is reported and moved.
func (l *Ledger) read() (map[string]Count, error) {
	data, err := os.ReadFile(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]Count{}, nil
	}
	if err != nil {
		return nil, l.problem("cannot be read", err)
	}
	hours, err := parse(data)
	if err == nil {
		return hours, nil
	}
	aside := l.path + ".damaged"
	if renamed := os.Rename(l.path, aside); renamed != nil {
		return nil, l.problem("is damaged", errors.Join(err, renamed))
	}
	return map[string]Count{}, &migration.Problem{
		Fault: migration.FaultConfig, What: fmt.Sprintf("the file of what was spent this month is damaged (%v): counting begins anew", err),
		Fix: "it was moved to " + aside + "; AWS's bill knows what was spent before", Err: err,
	}
}

// parse reads the text of a file strictly.
func parse(data []byte) (map[string]Count, error) {
	var f file
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, err
	}
	if f.Version != 1 {
		return nil, fmt.Errorf("version %d is not 1", f.Version)
	}
	for h, c := range f.Hours {
		if _, err := time.Parse(hourLayout, h); err != nil || !c.plausible() {
			return nil, fmt.Errorf("%q is no hour with counts", h)
		}
	}
	if f.Hours == nil {
		f.Hours = map[string]Count{}
	}
	return f.Hours, nil
}

// write replaces the file as a whole, so that no process reads half of it.
func (l *Ledger) write(hours map[string]Count) error {
	data, err := json.Marshal(file{Version: 1, Hours: hours})
	if err != nil {
		return err
	}
	temporary := fmt.Sprintf("%s.%d", l.path, os.Getpid())
	if err := os.WriteFile(temporary, append(data, '\n'), 0o600); err != nil {
		return err
	}
	if err := os.Rename(temporary, l.path); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return nil
}

const (
	lockWait  = 2 * time.Second
	lockStale = 10 * time.Second // its owner has ended: an exchange takes milliseconds
)

// lock takes the lock file that all migtops of one user share.
func (l *Ledger) lock() (unlock func(), _ error) {
	path := l.path + ".lock"
	// Not internal/clock, which a demo speeds up: a lock is held in real time.
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) { //nolint:forbidigo // see above
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			err = f.Close()
			return func() { _ = os.Remove(path) }, err
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		if held, statErr := os.Stat(path); statErr == nil && time.Since(held.ModTime()) > lockStale { //nolint:forbidigo // see above
			_ = os.Remove(path) // another one may have been quicker
			continue
		}
		if time.Since(began) > lockWait { //nolint:forbidigo // see above
			return nil, fmt.Errorf("%s has been there for %s", path, lockWait)
		}
	}
}

func (l *Ledger) problem(what string, err error) *migration.Problem {
	return &migration.Problem{
		Fault: migration.FaultConfig, What: fmt.Sprintf("the file of what was spent this month %s: %v", what, err),
		Fix: "check " + l.path + ": until then only this run's questions count against the budget", Err: err,
	}
}

// forget drops earlier months. Later hours, from before a clock went back, are kept.
func forget(hours map[string]Count, hour string) {
	for h := range hours {
		if h[:monthPart] < hour[:monthPart] {
			delete(hours, h)
		}
	}
}

func totals(hours map[string]Count, hour string) Totals {
	var t Totals
	for h, c := range hours {
		if h[:monthPart] != hour[:monthPart] {
			continue
		}
		t.Month = t.Month.Add(c)
		if h[:dayPart] == hour[:dayPart] {
			t.Day = t.Day.Add(c)
		}
		if h == hour {
			t.Hour = t.Hour.Add(c)
		}
	}
	return t
}
