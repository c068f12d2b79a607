package report

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// reportType is the type of the event that reports an invocation.
const reportType = "platform.report"

// parseJSON reads a platform.report event.
// Source: Lambda Telemetry API event schema, platform.report.
func parseJSON(line string) (Line, Reason) {
	if typeOf(line) != reportType {
		return Line{}, Other
	}
	var event struct {
		Time   string          `json:"time"`
		Type   string          `json:"type"`
		Record json.RawMessage `json:"record"`
	}
	if err := json.Unmarshal([]byte(line), &event); err != nil {
		return Line{}, broken(line)
	}
	var record struct {
		RequestID string `json:"requestId"`
		Metrics   struct {
			DurationMs       *float64 `json:"durationMs"`
			BilledDurationMs *float64 `json:"billedDurationMs"`
			MemorySizeMB     *float64 `json:"memorySizeMB"`
			MaxMemoryUsedMB  *float64 `json:"maxMemoryUsedMB"`
			InitDurationMs   *float64 `json:"initDurationMs"`
			RestoreDuration  *float64 `json:"restoreDurationMs"`
		} `json:"metrics"`
		Status    string `json:"status"`
		ErrorType string `json:"errorType"`
		TenantID  string `json:"tenantId"`
	}
	if len(event.Record) == 0 {
		return Line{}, Cut
	}
	if err := json.Unmarshal(event.Record, &record); err != nil {
		return Line{}, Malformed
	}
	m := &record.Metrics
	l := Line{RequestID: record.RequestID, ErrorType: record.ErrorType, Tenant: record.TenantID}
	// On Lambda Managed Instances a run has a duration and nothing else.
	l.Unbilled = m.BilledDurationMs == nil && m.MemorySizeMB == nil && m.MaxMemoryUsedMB == nil
	if record.RequestID == "" || m.DurationMs == nil ||
		(!l.Unbilled && (m.BilledDurationMs == nil || m.MemorySizeMB == nil || m.MaxMemoryUsedMB == nil)) {
		return Line{}, Cut
	}
	var ok bool
	if l.Status, ok = statusOf(record.Status); !ok || !isID(l.RequestID) {
		return Line{}, Malformed
	}
	fine := true
	duration := func(ms *float64) time.Duration {
		if fine = fine && plausible(*ms); !fine {
			return 0
		}
		return time.Duration(math.Round(*ms * float64(time.Millisecond)))
	}
	memory := func(mb *float64) migration.Bytes {
		if fine = fine && plausible(*mb); !fine {
			return 0
		}
		return migration.Bytes(math.Round(*mb)) * migration.MiB
	}
	l.Duration = duration(m.DurationMs)
	if !l.Unbilled {
		l.Billed, l.MemorySize, l.MaxMemory = duration(m.BilledDurationMs), memory(m.MemorySizeMB), memory(m.MaxMemoryUsedMB)
	}
	if m.InitDurationMs != nil {
		l.Init = migration.Some(duration(m.InitDurationMs))
	}
	if m.RestoreDuration != nil {
		l.Restore = migration.Some(duration(m.RestoreDuration))
	}
	if !fine {
		return Line{}, Malformed
	}
	l.Time, _ = time.Parse(time.RFC3339Nano, event.Time) // zero where it says no time
	return checked(l)
}

// typeOf is the type of a JSON object, "" where it has none. It reads no further than that:
// the line may be cut behind it.
func typeOf(line string) string {
	if !strings.Contains(line, reportType) {
		return ""
	}
	d := json.NewDecoder(strings.NewReader(line))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return ""
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return ""
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return ""
		}
		if name == "type" {
			var kind string
			_ = json.Unmarshal(value, &kind) // what is no text is no type
			return kind
		}
	}
	return ""
}

// leftOfJSON reports whether a line is what is left of a platform.report event that lost its
// beginning and with it its type: it closes more objects than it opens, and has the names that
// the event has.
func leftOfJSON(line string) bool {
	return strings.HasSuffix(line, "}}") && !strings.Contains(line, reportType) && strings.Contains(line, `"memorySizeMB":`) &&
		strings.Contains(line, `"maxMemoryUsedMB":`) &&
		strings.Count(line, "}") > strings.Count(line, "{")
}

// plausible keeps numbers out that no conversion to an integer survives.
func plausible(v float64) bool { return v >= 0 && v < 1e11 }

// broken says what is wrong with text that is no JSON value: it ends too early, or
// another one begins where the first should have gone on.
func broken(line string) Reason {
	d := json.NewDecoder(strings.NewReader(line))
	var first json.RawMessage
	switch cause := d.Decode(&first); {
	case cause == nil: // a whole value, and more behind it
		return Interleaved
	case errors.Is(cause, io.ErrUnexpectedEOF):
		return Cut
	}
	if strings.Count(line, `"`+reportType+`"`) > 1 {
		return Interleaved
	}
	return Malformed
}
