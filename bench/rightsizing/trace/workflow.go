package trace

import (
	"strconv"
	"time"
)

// nextflow reads a trace report of Nextflow in the form of the Sizey data set: one line per task. It omits tasks that
// failed, that were too short to be measured (realtime 0), or that have no peak. peak_rss is the resident memory of the
// processes, which is below the cgroup's peak if a task reads many files. rchar, the bytes read, is used as the size of
// the input. Nextflow's executors enforce what a process declares, so it is also the limit.
func nextflow(t *table) (runs []Run) {
	for t.next() {
		if t.text("status") != "COMPLETED" {
			continue
		}
		took, peak := t.span("realtime", time.Millisecond), t.bytes("peak_rss", 1)
		start, ok := t.number("start")
		if took <= 0 || peak <= 0 || !ok {
			continue
		}
		r := Run{
			Workload: t.text("process"),
			Tenant:   t.text("tag"),
			ID:       t.text("task_id") + "/" + t.text("hash"),
			Start:    time.UnixMilli(int64(start)).UTC(),
			Duration: took,
			Peak:     peak,
			Declared: t.bytes("memory", 1),
			Limit:    t.bytes("memory", 1),
			Input:    t.bytes("rchar", 1),
		}
		if percent, ok := t.number("%cpu"); ok { // 100 is one core over the whole run
			r.CPUSeconds, r.CPUKnown = percent/100*r.Duration.Seconds(), true
		}
		runs = append(runs, r)
	}
	return runs
}

// lambdaReport reads the values of Lambda's REPORT lines. A function is a runtime on an architecture, with changes of its
// memory size. REPORT lines have no time here: they are one minute apart within their function, in the order of the
// file. Max Memory Used of a warm environment is the maximum of all its runs; for every strategy it counts as the peak
// of the run.
func lambdaReport(t *table) (runs []Run) {
	seen := map[string]int{}
	for t.next() {
		size, used := t.bytes("memory_mb", 1<<20), t.bytes("max_memory_used_mb", 1<<20)
		took := t.span("duration_ms", time.Millisecond)
		if size <= 0 || used <= 0 || took <= 0 {
			continue
		}
		function := t.text("runtime") + "-" + t.text("arch")
		n := seen[function]
		seen[function]++
		runs = append(runs, Run{
			Workload: function,
			ID:       function + "/" + strconv.Itoa(n),
			Start:    Epoch.Add(time.Duration(n) * time.Minute),
			Duration: took,
			Peak:     used,
			Declared: size,
			Limit:    size,
		})
	}
	return runs
}
