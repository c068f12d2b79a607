package trace

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
)

// Header is the header of the plain format: what migtop profiles --from reads.
var Header = []string{
	"workload", "tenant", "run_id", "started_at", "duration_s", "peak_memory_bytes",
	"cpu_seconds", "requested_memory_bytes", "status", "memory_limit_bytes",
}

// plain reads the plain format. It omits runs that failed and runs with an unknown peak or duration.
func plain(t *table) (runs []Run) {
	for t.next() {
		switch t.text("status") {
		case "", "succeeded", "COMPLETED", "completed", "ok":
		default:
			continue
		}
		took, peak := t.span("duration_s", time.Second), t.bytes("peak_memory_bytes", 1)
		start, err := time.Parse(time.RFC3339Nano, t.text("started_at"))
		if err != nil && t.err == nil {
			t.err = fmt.Errorf("line %d: started_at: %w", t.line, err)
		}
		if took <= 0 || peak <= 0 || err != nil {
			continue
		}
		r := Run{
			Workload: t.text("workload"), Tenant: t.text("tenant"), ID: t.text("run_id"),
			Start: start, Duration: took, Peak: peak, Declared: t.bytes("requested_memory_bytes", 1),
		}
		r.CPUSeconds, r.CPUKnown = t.number("cpu_seconds")
		r.Limit, r.Input = t.bytes("memory_limit_bytes", 1), t.bytes("input_bytes", 1)
		runs = append(runs, r)
	}
	return runs
}

// Write writes runs in the plain format, in their order; with inputs there is one more
// column, input_bytes.
func Write(w io.Writer, runs []Run, inputs bool) error {
	out := csv.NewWriter(w)
	header := Header
	if inputs {
		header = append(slices.Clone(header), "input_bytes")
	}
	if err := out.Write(header); err != nil {
		return fmt.Errorf("write a trace: %w", err)
	}
	for i := range runs {
		r := &runs[i]
		row := []string{
			r.Workload, r.Tenant, r.ID, r.Start.UTC().Format(time.RFC3339Nano),
			strconv.FormatFloat(r.Duration.Seconds(), 'f', -1, 64), strconv.FormatInt(r.Peak, 10),
			"", "", "succeeded", "",
		}
		if r.CPUKnown {
			row[6] = strconv.FormatFloat(r.CPUSeconds, 'f', -1, 64)
		}
		if r.Declared > 0 {
			row[7] = strconv.FormatInt(r.Declared, 10)
		}
		if r.Limit > 0 {
			row[9] = strconv.FormatInt(r.Limit, 10)
		}
		if inputs {
			input := ""
			if r.Input > 0 {
				input = strconv.FormatInt(r.Input, 10)
			}
			row = append(row, input)
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("write a trace: %w", err)
		}
	}
	out.Flush()
	return out.Error()
}
