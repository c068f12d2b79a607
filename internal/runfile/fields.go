package runfile

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/migtop/migtop/internal/migration"
)

// Run is one run during reading, and what the file says of its time.
type Run struct {
	Line   int // line in the file, from 1
	Record migration.RunRecord
	// HasStart and HasDuration say whether Record's Started and Duration are known.
	HasStart, HasDuration bool
}

// field is one property of a run in a file. unit is the factor of a value, 0 if only the field's name gives the unit.
type field struct {
	name string
	set  func(r *Run, s string, unit float64) error
}

// The fields, by the names of their CSV columns. Every file has the first nine; the others are optional.
var fields = []field{
	{"workload", func(r *Run, s string, _ float64) error { r.Record.Key.Workload = migration.Workload(s); return nil }},
	{"tenant", func(r *Run, s string, _ float64) error { r.Record.Key.Tenant = migration.Tenant(s); return nil }},
	{"run_id", func(r *Run, s string, _ float64) error { r.Record.ID = s; return nil }},
	{"started_at", setStart},
	{"duration_s", setDuration},
	{"peak_memory_bytes", func(r *Run, s string, unit float64) error { return setBytes(&r.Record.Peak, s, unit) }},
	{"cpu_seconds", setCPU},
	{"requested_memory_bytes", func(r *Run, s string, unit float64) error {
		return setBytes(&r.Record.Given.Request.Memory, s, unit)
	}},
	{"status", setStatus},

	{"platform", setPlatform},
	{"version", func(r *Run, s string, _ float64) error { r.Record.Version = s; return nil }},
	{"peak_bound", setBound},
	{"memory_limit_bytes", func(r *Run, s string, unit float64) error { return setBytes(&r.Record.Given.Limit.Memory, s, unit) }},
	{"requested_cpu", setRequestedCPU},
	{"deadline_s", func(r *Run, s string, unit float64) error {
		d, err := duration(s, unit)
		r.Record.Given.Deadline = migration.Some(d)
		return err
	}},
	{"input_bytes", func(r *Run, s string, unit float64) error { return setBytesFrom0(&r.Record.InputSize, s, unit) }},
}

func fieldOf(name string) (field, bool) {
	for _, f := range fields {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

// number reads a plain decimal number of a unit.
func number(s, unit string, factor float64) (float64, error) {
	v, err := strconv.ParseFloat(s, 64)
	if factor != 0 {
		v *= factor
	}
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) || strings.ContainsAny(s, "xX_") {
		if factor != 0 {
			unit = "the unit that was given"
		}
		return 0, fmt.Errorf("want a plain number of %s, got %q", unit, short(s))
	}
	return v, nil
}

// short keeps a message on one line.
func short(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	at := most
	for at > 0 && !utf8.RuneStart(s[at]) {
		at--
	}
	return s[:at] + "..."
}

// The bounds of what is believed. They catch a column in other units than its name
// says, which would give a profile that is a thousand times off.
const (
	leastMemory = 64 * migration.KiB
	mostMemory  = 32 * 1024 * migration.GiB // no machine of EC2 has more
	mostSeconds = 366 * 24 * 3600
	mostThreads = 2048
)

func setBytes(to *migration.Opt[migration.Bytes], s string, unit float64) error {
	v, err := number(s, "bytes", unit)
	switch {
	case err != nil:
		return err
	case v < 0:
		return fmt.Errorf("want bytes, got %s, which is negative", short(s))
	case v == 0:
		return nil // not measured
	case v < float64(leastMemory):
		if unit != 0 {
			return fmt.Errorf("%s is %.0f bytes in the unit that was given: no container runs in so little", short(s), v)
		}
		return fmt.Errorf("want bytes, got %s: no container runs in so little. Is it in KiB or MiB?", short(s))
	case v > float64(mostMemory):
		return fmt.Errorf("want bytes, got %s, which is more than any machine has", short(s))
	}
	*to = migration.Some(migration.Bytes(math.Ceil(v)))
	return nil
}

func setBytesFrom0(to *migration.Opt[migration.Bytes], s string, unit float64) error {
	v, err := number(s, "bytes", unit)
	if err != nil || v < 0 || v > 1<<60 {
		return fmt.Errorf("want a plain number of bytes, got %q", short(s))
	}
	*to = migration.Some(migration.Bytes(math.Ceil(v)))
	return nil
}

func duration(s string, unit float64) (time.Duration, error) {
	v, err := number(s, "seconds", unit)
	switch {
	case err != nil:
		return 0, err
	case v < 0:
		return 0, fmt.Errorf("want seconds, got %s, which is negative", short(s))
	case v > mostSeconds:
		return 0, fmt.Errorf("want seconds, got %s, which is over a year. Is it in milliseconds?", short(s))
	}
	return time.Duration(math.Round(v * 1e9)), nil
}

func setDuration(r *Run, s string, unit float64) (err error) {
	r.Record.Duration, err = duration(s, unit)
	r.HasDuration = err == nil
	return err
}

func setCPU(r *Run, s string, unit float64) error {
	d, err := duration(s, unit)
	if err == nil {
		r.Record.CPUTime = migration.Some(d)
	}
	return err
}

func setRequestedCPU(r *Run, s string, _ float64) error {
	cores, milli := strings.CutSuffix(s, "m")
	v, err := number(cores, "cores", 0)
	if milli {
		v /= 1000
	}
	if err != nil || v < 0 || v > mostThreads {
		return fmt.Errorf("want cores such as 0.5 or 500m, got %q", short(s))
	}
	if v > 0 {
		r.Record.Given.Request.CPU = migration.Some(migration.CPU(math.Ceil(v * float64(migration.Core))))
	}
	return nil
}

// layouts are the accepted formats of a time, other than Unix time. A time without a zone is in UTC.
var layouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999", "2006-01-02",
}

// Unix times from mostUnix seconds on, the year 5138, are in milliseconds, those a thousand times
// later in microseconds, and again in nanoseconds.
const mostUnix = 1e11

func setStart(r *Run, s string, unit float64) error {
	v, err := number(s, "seconds", unit)
	if err != nil {
		for _, layout := range layouts {
			if t, err := time.Parse(layout, s); err == nil {
				r.Record.Started, r.HasStart = t.UTC(), true
				return nil
			}
		}
		return fmt.Errorf("want a time such as 2026-07-20T12:00:00Z or Unix seconds, got %q", short(s))
	}
	for n := 0; unit == 0 && n < 3 && math.Abs(v) >= mostUnix; n++ {
		v /= 1000
	}
	if v <= 0 || v >= mostUnix {
		return fmt.Errorf("want Unix seconds, got %s", short(s))
	}
	whole, part := math.Modf(v)
	r.Record.Started, r.HasStart = time.Unix(int64(whole), int64(math.Round(part*1e6))*1000).UTC(), true
	return nil
}

// errUnknownWord is a word that says nothing to us; it is noted, and the value is
// unknown.
type errUnknownWord struct{ word string }

func (e *errUnknownWord) Error() string { return fmt.Sprintf("unknown word %q", short(e.word)) }

func setStatus(r *Run, s string, _ float64) error {
	outcome, ok := outcomeOf(s)
	if !ok {
		return &errUnknownWord{s}
	}
	r.Record.Outcome = outcome
	return nil
}

func setPlatform(r *Run, s string, _ float64) error {
	var p migration.Platform
	if err := p.UnmarshalText([]byte(strings.ToLower(s))); err != nil {
		return err
	}
	r.Record.Key.Platform = p
	return nil
}

func setBound(r *Run, s string, _ float64) error {
	for b := migration.AtLeast; b <= migration.AtMost; b++ {
		if strings.EqualFold(strings.ReplaceAll(s, "_", " "), b.String()) {
			r.Record.PeakBound = b
			return nil
		}
	}
	return fmt.Errorf("want exact, at least or at most, got %q", short(s))
}

// newRun returns a run without known values: a Job whose peak is its own.
func newRun(line int) Run {
	return Run{Line: line, Record: migration.RunRecord{Key: migration.Key{Platform: migration.Jobs}, PeakBound: migration.Exact}}
}

// finish checks what only the whole run shows.
func finish(r *Run, boundGiven bool) error {
	rec := &r.Record
	if rec.Key.Platform == migration.Lambda {
		if !boundGiven {
			// A warm environment reports the most that any of its runs used.
			rec.PeakBound = migration.AtMost
		}
		if !rec.Given.Limit.Memory.Known() {
			rec.Given.Limit.Memory = rec.Given.Request.Memory
		}
	}
	if cpu, ok := rec.CPUTime.Get(); ok && r.HasDuration && cpu.Seconds() > mostThreads*max(rec.Duration.Seconds(), 1) {
		return fmt.Errorf("cpu_seconds: %.0f s in a run of %.3f s: no machine has as many cores. Is one of them in milliseconds?", cpu.Seconds(),
			rec.Duration.Seconds())
	}
	return nil
}
