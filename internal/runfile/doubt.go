package runfile

import (
	"fmt"
	"math"
	"slices"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// What is believed of a unit only where the user states it. Each bound is what holds for whole files,
// so that single runs that need little of what they request do not raise a doubt.
const (
	// leastProcess is less than any process needs in its container: a shell has some 2 MiB with the
	// pages of its libraries.
	leastProcess = migration.MiB
	// farBelow is how many times less than what was requested all peaks are before they are doubted.
	farBelow = 500
	// mostOver is how many times more than what was requested a peak may be on a node with room.
	mostOver = 50
	// mostBusy is how many cores half of the runs may keep busy: more than all but the largest
	// machines have.
	mostBusy = 256
	// gap is how many times more the least of a group is than the most of the one below it.
	gap = 100
	// mostShare is the share of runs that has to agree.
	mostShare = 0.95
)

// doubt rejects a file whose values only make sense in another unit, and notes values that may be in another unit. It
// does not check a field whose unit the user stated.
func (f *File) doubt() error {
	given := func(fields ...string) bool {
		return slices.ContainsFunc(fields, func(name string) bool { _, ok := f.options.Units[name]; return ok })
	}
	if !given("peak_memory_bytes") {
		if err := f.doubtSmall(); err != nil {
			return err
		}
	}
	if !given("peak_memory_bytes", "requested_memory_bytes", "memory_limit_bytes") {
		if err := f.doubtRatio(); err != nil {
			return err
		}
	}
	if !given("duration_s", "cpu_seconds") {
		if err := f.doubtCPU(); err != nil {
			return err
		}
	}
	if !given("duration_s", "deadline_s") {
		if err := f.doubtDeadlines(); err != nil {
			return err
		}
	}
	of := f.byWorkload()
	if !given("peak_memory_bytes", "requested_memory_bytes", "memory_limit_bytes") {
		if err := f.doubtWorkloads(of); err != nil {
			return err
		}
	}
	for _, g := range []struct {
		field, unit, flag string
		column            *column[int64]
		lower             bool // the lower group is the one in another unit
	}{
		{"peak_memory_bytes", "KiB", "peak_memory=B", &f.peaks, true},
		{"requested_memory_bytes", "KiB", "requested_memory=B", &f.requests, true},
		{"duration_s", "milliseconds", "duration=s", &f.durations, false},
		{"cpu_seconds", "milliseconds", "cpu=s", &f.cpuTimes, false},
	} {
		if !given(g.field) {
			if err := f.doubtGroups(of, g.column, g.field, g.unit, g.flag, g.lower); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *File) refuse(run int, format string, args ...any) error {
	return &Error{f.name, f.Line(run), fmt.Sprintf(format, args...)}
}

const sayUnits = "Give the unit with --units %s, or --units %s if they are right"

// doubtSmall refuses peaks of which none is as large as what any process needs.
func (f *File) doubtSmall() error {
	n, first, most := 0, -1, int64(0)
	for i := range f.Len() {
		if p := f.peaks.at(i) - 1; p > 0 {
			if n++; first < 0 {
				first = i
			}
			most = max(most, p)
		}
	}
	if n == 0 || most >= int64(leastProcess) {
		return nil
	}
	return f.refuse(first, "peak_memory_bytes: %s %d bytes or less, and no process runs in under 1 MiB. Are these in KiB or MB? "+sayUnits,
		all(n, "peak", "is", "are"), most, "peak_memory=KiB", "peak_memory=B")
}

// all says that something holds for all of so many.
func all(n int, noun, one, many string) string {
	if n == 1 {
		return fmt.Sprintf("the only %s %s", noun, one)
	}
	return fmt.Sprintf("all %d %ss %s", n, noun, many)
}

// doubtRatio compares peaks with what runs had, over the whole file.
func (f *File) doubtRatio() error {
	var known, below, fits, over, limited, beyond int
	firstBelow, firstOver, firstBeyond := -1, -1, -1
	sizes := map[int64]bool{}
	aligned := true
	for i := range f.Len() {
		peak := f.peaks.at(i) - 1
		if peak <= 0 {
			continue
		}
		if len(sizes) < 8 {
			sizes[peak] = true
		}
		aligned = aligned && peak%pageSize == 0
		limit, had := f.limits.at(i)-1, f.requests.at(i)-1
		if ended := migration.Outcome(f.outcomes.at(i)); limit > 0 && (ended == migration.OutcomeSucceeded || ended == 0) {
			limited++
			if peak > 2*limit {
				if beyond++; firstBeyond < 0 {
					firstBeyond = i
				}
			}
		}
		if had = max(had, limit); had <= 0 {
			continue
		}
		known++
		if peak < had/farBelow {
			if below++; firstBelow < 0 {
				firstBelow = i
			}
		}
		if float64(peak)*1024 <= 0.95*float64(had) {
			fits++
		}
		if peak > had*mostOver {
			if over++; firstOver < 0 {
				firstOver = i
			}
		}
	}
	most := func(n, of int) bool { return of > 0 && float64(n) >= mostShare*float64(of) }
	switch {
	case most(beyond, limited):
		return f.refuse(firstBeyond, "peak_memory_bytes: %d of %s used more than twice the limit that they ran in. Is memory_limit_bytes in "+
			"KiB or MB? "+sayUnits,
			beyond, text.Plural(limited, "run"), "memory_limit=KiB", "memory_limit=B")
	case most(over, known):
		return f.refuse(firstOver, "requested_memory_bytes: %d of %s used more than %d times what was requested. Is it in KiB? "+sayUnits,
			over, text.Plural(known, "run"), mostOver, "requested_memory=KiB", "requested_memory=B")
	case most(below, known) && most(fits, known):
		// The kernel counts pages: different sizes that are whole pages are bytes.
		if aligned && (len(sizes) >= 4 || known < 3) {
			return nil
		}
		text := fmt.Sprintf("peak_memory_bytes: %d of %s used less than a %dth of what was requested. Are these in KiB? "+sayUnits,
			below, text.Plural(known, "run"), farBelow, "peak_memory=KiB", "peak_memory=B")
		if known < 3 {
			f.Notes = append(f.Notes, fmt.Sprintf("%s:%d: %s", f.name, f.Line(firstBelow), text))
			return nil
		}
		return f.refuse(firstBelow, "%s", text)
	}
	return nil
}

// doubtWorkloads rejects a workload whose peaks are in another unit than those of the others: each is too small for any
// process, and a small part of the memory that its run had.
func (f *File) doubtWorkloads(of [][]int32) error {
	const (
		few     = 3
		several = 4 // different sizes that are whole pages are bytes
	)
	var sizes []int64
	for _, runs := range of {
		n, fits, first, most, aligned := 0, 0, -1, int64(0), true
		sizes = sizes[:0]
		for _, i := range runs {
			peak := f.peaks.at(int(i)) - 1
			if peak <= 0 {
				continue
			}
			if n++; first < 0 {
				first = int(i)
			}
			most, aligned = max(most, peak), aligned && peak%pageSize == 0
			if len(sizes) < several && !slices.Contains(sizes, peak) {
				sizes = append(sizes, peak)
			}
			had := max(f.requests.at(int(i))-1, f.limits.at(int(i))-1)
			if had > 0 && peak < had/farBelow && float64(peak)*1024 <= 0.95*float64(had) {
				fits++
			}
		}
		if n < few || aligned && len(sizes) >= several || most >= int64(leastProcess) || float64(fits) < mostShare*float64(n) {
			continue
		}
		return f.refuse(first, "peak_memory_bytes: workload %s: all %d peaks are %d bytes or less, under a %dth of what its runs had. Are "+
			"these in KiB? "+
			"Write all workloads in one unit, or give --units peak_memory=B if they are right",
			text.Printable(string(f.keys.all[f.whose.at(first)].Workload)), n, most, farBelow)
	}
	return nil
}

// pageSize is the unit in which the kernel gives memory on the machines of AWS and most others.
const pageSize = 4096

// doubtCPU looks for processor time that no machine could have given.
func (f *File) doubtCPU() error {
	known, busy, beyond, first := 0, 0, 0, -1
	for i := range f.Len() {
		cpu, d := f.cpuTimes.at(i)-1, f.durations.at(i)-1
		if cpu < 0 || d <= 0 {
			continue
		}
		known++
		cores := float64(cpu) / float64(d)
		requested := float64(f.requestedCPU.at(i)-1) / float64(migration.Core)
		if cores > mostBusy {
			busy++
		} else if requested > 0 && cores > max(mostOver*requested, 16) {
			beyond++
		} else {
			continue
		}
		if first < 0 {
			first = i
		}
	}
	switch {
	case busy*2 > known:
		return f.refuse(first, "cpu_seconds: %d of %s kept more than %d cores busy all the time. Is it in milliseconds? "+sayUnits,
			busy, text.Plural(known, "run"), mostBusy, "cpu=ms", "cpu=s")
	case (busy+beyond)*2 > known:
		return f.refuse(first, "cpu_seconds: %d of %s used more than %d times the CPU that was requested. Is it in milliseconds? "+sayUnits,
			busy+beyond, text.Plural(known, "run"), mostOver, "cpu=ms", "cpu=s")
	}
	return nil
}

// doubtDeadlines looks for runs that succeeded long after they would have been ended.
func (f *File) doubtDeadlines() error {
	known, late, first := 0, 0, -1
	for i := range f.Len() {
		d, deadline := f.durations.at(i)-1, f.deadlines.at(i)-1
		if d < 0 || deadline <= 0 || migration.Outcome(f.outcomes.at(i)) != migration.OutcomeSucceeded {
			continue
		}
		if known++; d > 10*deadline {
			if late++; first < 0 {
				first = i
			}
		}
	}
	if late*2 <= known || late == 0 {
		return nil
	}
	return f.refuse(first, "duration_s: %d of %s that succeeded took over ten times their deadline_s. Is it in milliseconds? "+sayUnits,
		late, text.Plural(known, "run"), "duration=ms", "duration=s")
}

// byWorkload are the runs of each workload on each platform.
func (f *File) byWorkload() [][]int32 {
	type kind struct {
		platform migration.Platform
		workload migration.Workload
	}
	at := map[kind]int32{}
	group := make([]int32, len(f.keys.all))
	for i := range f.keys.all {
		k := kind{f.keys.all[i].Platform, f.keys.all[i].Workload}
		g, ok := at[k]
		if !ok {
			g = int32(len(at))
			at[k] = g
		}
		group[i] = g
	}
	sizes := make([]int32, len(at))
	for i := range f.Len() {
		sizes[group[f.whose.at(i)]]++
	}
	places := make([]int32, f.Len())
	all := make([][]int32, len(at))
	from := int32(0)
	for g, n := range sizes {
		all[g] = places[from : from : from+n]
		from += n
	}
	for i := range f.Len() {
		g := group[f.whose.at(i)]
		all[g] = append(all[g], int32(i))
	}
	return all
}

// doubtGroups finds workloads whose values form two groups of the same shape, one a thousand times the other: the same
// values in two units. It notes a few such workloads and rejects many.
func (f *File) doubtGroups(of [][]int32, c *column[int64], field, unit, flag string, lower bool) error {
	wrong, total, first, alike := 0, 0, -1, false
	var values []float64
	for _, runs := range of {
		values = values[:0]
		for _, i := range runs {
			if v := c.at(int(i)) - 1; v > 0 {
				values = append(values, float64(v))
			}
		}
		total += len(values)
		cut, same := twoUnits(values)
		if cut <= 0 {
			continue
		}
		border := values[cut] // sorted by now
		n := 0
		for _, i := range runs {
			if v := float64(c.at(int(i)) - 1); v > 0 && (v < border) == lower {
				if n++; n == 1 && (first < 0 || int(i) < first) {
					first = int(i)
				}
			}
		}
		wrong += n
		alike = alike || same
	}
	if wrong == 0 {
		return nil
	}
	direction := "a thousand times more"
	if lower {
		direction = "a thousand times less"
	}
	text := fmt.Sprintf("%s: the values of %d of %s are %s than others of the same workload, and alike otherwise. Are these in %s? Write "+
		"all in one unit, or give --units %s if they are right",
		field, wrong, text.Plural(total, "run"), direction, unit, flag)
	if alike {
		return f.refuse(first, "%s", text)
	}
	f.Notes = append(f.Notes, fmt.Sprintf("%s:%d: %s", f.name, f.Line(first), text))
	return nil
}

// twoUnits sorts values and returns where the upper of two groups begins that differ by a factor of 1,000 or 1,024, or 0
// if there are no such groups. same reports whether both groups are so large, and so similar except for the factor, that
// chance does not explain it.
func twoUnits(values []float64) (cut int, same bool) {
	if len(values) < 2 {
		return 0, false
	}
	least, most := slices.Min(values), slices.Max(values)
	if most < least*gap {
		return 0, false
	}
	slices.Sort(values)
	widest := 0.0
	for i := 1; i < len(values); i++ {
		if apart := values[i] / values[i-1]; apart > widest {
			cut, widest = i, apart
		}
	}
	below, above := values[:cut], values[cut:]
	if widest < gap || !thousand(quantile(above, 0.5)/quantile(below, 0.5), 0.1) {
		return 0, false
	}
	const few = 3
	same = len(below) >= few && len(above) >= few
	for _, q := range []float64{0.25, 0.75} {
		same = same && thousand(quantile(above, q)/quantile(below, q), 0.2)
	}
	return cut, same
}

// thousand reports whether a ratio is 1,000 or 1,024, but for a share.
func thousand(ratio, off float64) bool {
	return math.Abs(ratio/1000-1) <= off || math.Abs(ratio/1024-1) <= off
}

func quantile(sorted []float64, q float64) float64 { return sorted[int(q*float64(len(sorted)-1))] }
