package runfile

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

// metricFields are the fields by the ends of the names of metrics that carry them, as
// OpenMetrics names units. The longest match counts.
var metricFields = map[string]string{
	"started_at": "started_at", "start_time_seconds": "started_at", "started_timestamp_seconds": "started_at",
	"start_timestamp_seconds": "started_at", "started_seconds": "started_at",
	"duration_s": "duration_s", "duration_seconds": "duration_s",
	"peak_memory_bytes": "peak_memory_bytes", "memory_peak_bytes": "peak_memory_bytes", "memory_max_usage_bytes": "peak_memory_bytes",
	"cpu_seconds": "cpu_seconds", "cpu_seconds_total": "cpu_seconds", "cpu_usage_seconds_total": "cpu_seconds",
	"requested_memory_bytes": "requested_memory_bytes", "memory_request_bytes": "requested_memory_bytes",
	"memory_limit_bytes": "memory_limit_bytes", "requested_cpu_cores": "requested_cpu", "requested_cpu": "requested_cpu",
	"deadline_s": "deadline_s", "deadline_seconds": "deadline_s", "input_bytes": "input_bytes",
	"run_info": "", "run_status": "", "status": "",
}

// readMetrics reads OpenMetrics text, or the older text format of Prometheus: each run is the samples with the same
// labels workload, tenant and run_id. The labels status, platform, version and peak_bound, on any of them, give the rest.
// The timestamp of a sample is the end of the run if no sample gives its start.
//
// The decoder of prometheus/common is not used. It reads only the older format: it rejects exemplars, timestamps in
// seconds, the types info and stateset and a last line without a newline, and reads on after # EOF. It also holds the
// whole file, 650 MB for a million samples.
// Source: prometheus/common, issues 703 and 812.
func (f *File) readMetrics(in *bufio.Reader) error {
	byRun := map[[3]string]*metricRun{}
	var order []*metricRun
	ignored := map[string]int{}
	ended := false
	for n, last := 1, false; !last; n++ {
		line, err := in.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return readError(f.name, n, err)
		}
		last = err != nil
		line = strings.TrimSpace(line)
		switch {
		case line == "# EOF":
			ended = true
		case line == "" || line[0] == '#':
		case ended:
			return &Error{f.name, n, "there is more after # EOF"}
		default:
			s, err := parseSample(line)
			if err != nil {
				return &Error{f.name, n, err.Error()}
			}
			field, known := metricField(s.name)
			if !known {
				if len(ignored) < mostKept {
					ignored[s.name]++
				}
				break
			}
			key := [3]string{s.labels["workload"], s.labels["tenant"], s.labels["run_id"]}
			if key[0] == "" {
				return &Error{f.name, n, s.name + " has no label workload: a run belongs to one"}
			}
			m := byRun[key]
			if m == nil {
				m = &metricRun{Run: newRun(n), said: map[string]string{}}
				m.Record.Key.Workload, m.Record.Key.Tenant, m.Record.ID = migration.Workload(key[0]), migration.Tenant(key[1]), key[2]
				byRun[key] = m
				order = append(order, m)
			}
			if err := m.take(f, field, s, n); err != nil {
				return err
			}
		}
	}
	for _, m := range order {
		if !m.HasStart && m.HasDuration && m.timestamp != "" {
			if err := setStart(&m.Run, m.timestamp, 0); err == nil {
				m.Record.Started = m.Record.Started.Add(-m.Record.Duration)
			}
		}
		if err := f.keep(&m.Run, m.said["peak_bound"] != ""); err != nil {
			return err
		}
	}
	f.noteMetrics(ignored, ended)
	return nil
}

func (f *File) noteMetrics(ignored map[string]int, ended bool) {
	if !ended {
		f.Notes = append(f.Notes, f.name+": there is no # EOF at its end: it may have been cut off")
	}
	if len(ignored) == 0 {
		return
	}
	var names []string
	for metric := range ignored {
		names = append(names, short(metric))
	}
	slices.Sort(names)
	if len(names) > mostWords {
		names = append(names[:mostWords], fmt.Sprintf("and %d more", len(names)-mostWords))
	}
	f.Notes = append(f.Notes, f.name+": ignored the unknown metrics "+strings.Join(names, ", "))
}

// metricField finds the field that a metric carries; "" carries labels only.
func metricField(metric string) (string, bool) {
	best, found := "", false
	for end := range metricFields {
		if metric == end || strings.HasSuffix(metric, "_"+end) {
			if !found || len(end) > len(best) {
				best, found = end, true
			}
		}
	}
	return metricFields[best], found
}

// metricRun is a run while its samples come in.
type metricRun struct {
	Run
	said      map[string]string
	timestamp string
}

// take learns what one sample says; saying two things of one run is a mistake.
func (m *metricRun) take(f *File, field string, s sample, line int) error {
	say := func(name, text string) error {
		if text == "" {
			return nil
		}
		if before, again := m.said[name]; again {
			if before == text {
				return nil
			}
			return &Error{f.name, line, fmt.Sprintf("%s: %q, and %q on an earlier line for the same run: each run needs its own run_id", name,
				short(text), short(before))}
		}
		m.said[name] = text
		to, _ := fieldOf(name)
		first := m.Line
		m.Line = line // for messages
		err := f.set(&m.Run, to, text, f.options.Units[name].factor)
		m.Line = first
		return err
	}
	m.timestamp = cmp.Or(s.timestamp, m.timestamp)
	for _, label := range []string{"status", "platform", "version", "peak_bound"} {
		// One series a status, of which the true one is 1, is how state sets are.
		if label == "status" && field == "" && s.value == "0" {
			continue
		}
		if err := say(label, s.labels[label]); err != nil {
			return err
		}
	}
	if field == "" || s.value == "NaN" {
		return nil
	}
	if field == "peak_memory_bytes" && s.value == "0" {
		return nil // cAdvisor writes 0 on cgroup v2 for what it does not know
	}
	return say(field, s.value)
}
