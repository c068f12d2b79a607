package runfile

import (
	"fmt"
	"slices"
	"strings"
)

// synonyms are other names that people give to fields, in small letters and without underscores.
var synonyms = map[string]string{
	"job": "workload", "jobname": "workload", "function": "workload", "functionname": "workload", "process": "workload", "task": "workload",
	"name": "workload", "service": "workload",
	"customer": "tenant", "account": "tenant", "user": "tenant", "namespace": "tenant",
	"id": "run_id", "jobid": "run_id", "taskid": "run_id", "requestid": "run_id", "nativeid": "run_id",
	"start": "started_at", "starttime": "started_at", "begin": "started_at", "timestamp": "started_at",
	"duration": "duration_s", "realtime": "duration_s", "elapsed": "duration_s", "runtime": "duration_s", "durationseconds": "duration_s",
	"peak": "peak_memory_bytes", "peakmemory": "peak_memory_bytes", "peakrss": "peak_memory_bytes", "maxrss": "peak_memory_bytes",
	"maxmemory": "peak_memory_bytes", "memoryused": "peak_memory_bytes", "maxmemoryused": "peak_memory_bytes",
	"memorypeakbytes": "peak_memory_bytes",
	"cpu":             "cpu_seconds", "cputime": "cpu_seconds", "totalcpu": "cpu_seconds",
	"requestedmemory": "requested_memory_bytes", "reqmem": "requested_memory_bytes", "memoryrequest": "requested_memory_bytes",
	"memoryrequestbytes": "requested_memory_bytes",
	"memorysize":         "requested_memory_bytes", "memorylimit": "memory_limit_bytes",
	"state": "status", "exit": "status", "exitcode": "status", "outcome": "status", "result": "status", "phase": "status",
}

// bare is a name without what people write differently.
func bare(name string) string {
	return strings.NewReplacer("_", "", "-", "", " ", "", ".", "", "%", "").Replace(strings.ToLower(name))
}

// similarField returns the missing field that an unknown name resembles most.
func similarField(name string, has func(string) bool) string {
	b := bare(name)
	if field, ok := synonyms[b]; ok && !has(field) {
		return field
	}
	best, least := "", 0
	for _, f := range fields {
		target := bare(f.name)
		d := distance(b, target)
		if has(f.name) || d > max(1, len(target)/5) || 2*d >= len(target) {
			continue
		}
		if best == "" || d < least {
			best, least = f.name, d
		}
	}
	return best
}

// distance is how many letters have to be changed, added, taken away or swapped with the next to make
// one word of another (optimal string alignment).
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			differs := 1
			if a[i-1] == b[j-1] {
				differs = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+differs)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

// essential are the fields without which nothing about memory can be recommended.
var essential = []string{"workload", "peak_memory_bytes"}

// unknownNames notes names that are not fields. A name that resembles a missing required field is an error.
func (f *File) unknownNames(kind string, names []string, line int, has func(string) bool) error {
	var ignored []string
	for _, name := range names {
		field := similarField(name, has)
		if slices.Contains(essential, field) {
			return &Error{f.name, line, fmt.Sprintf("there is no %s %s: is %q meant for it? Rename it", kind, field, short(name))}
		}
		text := fmt.Sprintf("%q", short(name))
		if field != "" {
			text += fmt.Sprintf(" (is %s meant?)", field)
		}
		ignored = append(ignored, text)
	}
	if len(ignored) == 0 {
		return nil
	}
	if n := len(ignored); n > 20 {
		ignored = append(ignored[:20], fmt.Sprintf("and %d more", n-20))
	}
	plurals := kind
	if len(names) != 1 {
		plurals += "s"
	}
	f.Notes = append(f.Notes, fmt.Sprintf("%s: ignored the unknown %s %s", f.name, plurals, strings.Join(ignored, ", ")))
	return nil
}
