package runfile

import (
	"hash/maphash"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// File holds the runs of a file in the order of the file. A run takes about 80 bytes, so that millions can be sorted;
// each name and version is stored once. It is a trace for the package profile.
type File struct {
	// Notes are sentences about what was ignored, converted or taken as unknown.
	Notes []string

	name    string
	options Options

	keys           interned[migration.Key]
	versions       interned[string]
	whose, version column[int32]
	starts         column[int64] // Unix seconds, and their fraction
	nanos          column[int32]
	// Columns with unknown values store the value plus 1; 0 is unknown.
	durations, peaks, cpuTimes, inputs, deadlines column[int64]
	requests, limits, requestedCPU                column[int64]
	outcomes, bounds, flags                       column[uint8]
	lines                                         column[int32]
	ids                                           []byte
	idEnds                                        []int

	seen      map[uint64]int32 // of runs with an id, by owner and id
	seed      maphash.Seed
	words     map[string]*word // of statuses that say nothing to us
	leftOut   map[string]*word // of statuses of what is no ended run
	converted []string
}

// column is one value of each run. Where no run has any, it takes no memory.
type column[T int64 | int32 | uint8] struct{ values []T }

func (c *column[T]) set(i int, v T) {
	if v == 0 && len(c.values) == 0 {
		return
	}
	for len(c.values) < i {
		c.values = append(c.values, 0)
	}
	c.values = append(c.values, v)
}

func (c *column[T]) at(i int) T {
	if i >= len(c.values) {
		return 0
	}
	return c.values[i]
}

// set and opt turn a value that may be unknown into one of a column, and back.
func setOpt[T ~int64](c *column[int64], i int, v migration.Opt[T]) {
	if known, ok := v.Get(); ok {
		c.set(i, int64(known)+1)
		return
	}
	c.set(i, 0)
}

func opt[T ~int64](c *column[int64], i int) migration.Opt[T] {
	v := c.at(i)
	if v == 0 {
		return migration.None[T]()
	}
	return migration.Some(T(v - 1))
}

// interned keeps each of many equal values once.
type interned[T comparable] struct {
	at  map[T]int32
	all []T
}

// of returns the index of a value. own copies the value so that the line of the file can be freed.
func (n *interned[T]) of(v T, own func(T) T) int32 {
	i, ok := n.at[v]
	if !ok {
		if n.at == nil {
			n.at = map[T]int32{}
		}
		v = own(v)
		i = int32(len(n.all))
		n.all, n.at[v] = append(n.all, v), i
	}
	return i
}

func ownKey(k migration.Key) migration.Key {
	k.Workload, k.Tenant = migration.Workload(strings.Clone(string(k.Workload))), migration.Tenant(strings.Clone(string(k.Tenant)))
	return k
}

func newFile(name string, o Options) *File {
	return &File{
		name: name, options: o, seen: map[uint64]int32{}, seed: maphash.MakeSeed(),
		words: map[string]*word{}, leftOut: map[string]*word{},
	}
}

const hasStart = 1

// add stores a run. It returns the line of an earlier run with the same id, 0 if there is none.
func (f *File) add(r *Run) (again int) {
	i, rec := f.Len(), &r.Record
	whose := f.keys.of(rec.Key, ownKey)
	if rec.ID != "" {
		if again = f.repeated(whose, rec.ID, i); again != 0 {
			return again
		}
	}
	f.whose.set(i, whose)
	if rec.Version != "" {
		f.version.set(i, f.versions.of(rec.Version, strings.Clone)+1)
	} else {
		f.version.set(i, 0)
	}
	var flags uint8
	if r.HasStart {
		flags = hasStart
		f.starts.set(i, rec.Started.Unix())
		f.nanos.set(i, int32(rec.Started.Nanosecond()))
	} else {
		f.starts.set(i, 0)
		f.nanos.set(i, 0)
	}
	f.flags.set(i, flags)
	duration := migration.None[time.Duration]()
	if r.HasDuration {
		duration = migration.Some(rec.Duration)
	}
	setOpt(&f.durations, i, duration)
	setOpt(&f.peaks, i, rec.Peak)
	setOpt(&f.cpuTimes, i, rec.CPUTime)
	setOpt(&f.inputs, i, rec.InputSize)
	setOpt(&f.deadlines, i, rec.Given.Deadline)
	setOpt(&f.requests, i, rec.Given.Request.Memory)
	setOpt(&f.limits, i, rec.Given.Limit.Memory)
	setOpt(&f.requestedCPU, i, rec.Given.Request.CPU)
	f.outcomes.set(i, uint8(rec.Outcome))
	f.bounds.set(i, uint8(rec.PeakBound))
	f.lines.set(i, int32(r.Line))
	f.ids = append(f.ids, rec.ID...)
	f.idEnds = append(f.idEnds, len(f.ids))
	if f.options.Read != nil && len(f.idEnds)%4096 == 0 {
		f.options.Read(len(f.idEnds))
	}
	return 0
}

// repeated remembers the id of a run, and says on which line it stood before.
func (f *File) repeated(whose int32, id string, i int) int {
	for salt := byte(0); ; salt++ {
		var h maphash.Hash
		h.SetSeed(f.seed)
		_, _ = h.Write([]byte{byte(whose), byte(whose >> 8), byte(whose >> 16), byte(whose >> 24), salt})
		_, _ = h.WriteString(id)
		sum := h.Sum64()
		at, taken := f.seen[sum]
		switch {
		case !taken:
			f.seen[sum] = int32(i)
			return 0
		case f.whose.at(int(at)) == whose && string(f.idBytes(int(at))) == id:
			return f.Line(int(at))
		}
	}
}

func (f *File) idBytes(i int) []byte {
	from := 0
	if i > 0 {
		from = f.idEnds[i-1]
	}
	return f.ids[from:f.idEnds[i]]
}

// Len is how many runs there are.
func (f *File) Len() int { return len(f.idEnds) }

// Line returns the line of run i in the file, from 1.
func (f *File) Line(i int) int { return int(f.lines.at(i)) }

// ID is the id of run i, empty where it has none.
func (f *File) ID(i int) string { return string(f.idBytes(i)) }

// HasStart says whether it is known when run i started.
func (f *File) HasStart(i int) bool { return f.flags.at(i)&hasStart != 0 }

// Start is when run i started, the zero time where that is unknown.
func (f *File) Start(i int) time.Time {
	if !f.HasStart(i) {
		return time.Time{}
	}
	return time.Unix(f.starts.at(i), int64(f.nanos.at(i))).UTC()
}

// End is when run i ended; it is unknown where its start or its duration is.
func (f *File) End(i int) (time.Time, bool) {
	d := f.durations.at(i)
	return f.Start(i).Add(time.Duration(max(d-1, 0))), f.HasStart(i) && d != 0
}

// HasDuration says whether it is known how long run i took.
func (f *File) HasDuration(i int) bool { return f.durations.at(i) != 0 }

// Run is run i.
func (f *File) Run(i int) migration.RunRecord {
	r := migration.RunRecord{
		Key: f.keys.all[f.whose.at(i)], ID: f.ID(i), Started: f.Start(i),
		Duration: time.Duration(max(f.durations.at(i)-1, 0)),
		Outcome:  migration.Outcome(f.outcomes.at(i)),
		Peak:     opt[migration.Bytes](&f.peaks, i), PeakBound: migration.Bound(f.bounds.at(i)),
		CPUTime: opt[time.Duration](&f.cpuTimes, i), InputSize: opt[migration.Bytes](&f.inputs, i),
		Evidence: migration.Provenance{Source: "file", Method: migration.Measured, Coverage: 1},
	}
	if v := f.version.at(i); v != 0 {
		r.Version = f.versions.all[v-1]
	}
	r.Given.Deadline = opt[time.Duration](&f.deadlines, i)
	r.Given.Request.Memory, r.Given.Limit.Memory = opt[migration.Bytes](&f.requests, i), opt[migration.Bytes](&f.limits, i)
	r.Given.Request.CPU = opt[migration.CPU](&f.requestedCPU, i)
	r.Evidence.LowerBound = r.Peak.Known() && r.PeakBound == migration.AtLeast
	return r
}

// ErrorAt is a mistake of run i.
func (f *File) ErrorAt(i int, text string) error { return &Error{f.name, f.Line(i), text} }
