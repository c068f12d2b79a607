package report

import (
	"bufio"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// LogReport is what the logs of functions contain.
type LogReport struct {
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	Rows  []LogRow  `json:"rows"`
}

// LogRow is what the log contains of one function and one tenant.
type LogRow struct {
	Function string             `json:"function"` // "" where the log group does not say it
	Account  string             `json:"account"`
	Region   string             `json:"region"`
	LogGroup string             `json:"log_group"`
	Named    string             `json:"named"` // the tenant as the log names it, "" for none
	Tenant   migration.Tenant   `json:"tenant"`
	Workload migration.Workload `json:"workload"`
	Runs     int64              `json:"runs"`
	Failed   int64              `json:"failed"`
	TimedOut int64              `json:"timed_out"`
	OOM      int64              `json:"oom_killed"`
	// GBSeconds is the billed GB-seconds, exact. It is unknown if no run was billed per run, as on Lambda Managed Instances;
	// Unbilled counts such runs.
	GBSeconds migration.Opt[string]                   `json:"billed_gb_seconds"`
	Unbilled  int64                                   `json:"on_managed_instances"`
	Duration  migration.Distribution[time.Duration]   `json:"duration_ns"`
	Init      migration.Distribution[time.Duration]   `json:"init_ns"`
	Restore   migration.Distribution[time.Duration]   `json:"restore_ns"`
	Peak      migration.Distribution[migration.Bytes] `json:"peak_memory_bytes"`
	Unread    migration.Unread                        `json:"unread"` // of the function, in its first row
	FinalTo   migration.Opt[time.Time]                `json:"final_to"`
}

// LogRowOf makes a row of runs that were added up.
func LogRowOf(r *migration.LoggedRuns) LogRow {
	row := LogRow{
		Named: r.Tenant, Runs: r.Runs, Failed: r.Failures, TimedOut: r.TimedOut, OOM: r.OOMKilled, Unbilled: r.Unbilled,
		Duration: r.Duration.Distribution(), Init: r.Init.Distribution(), Restore: r.Restore.Distribution(), Peak: r.Peak.Distribution(),
	}
	if r.Unbilled == 0 || r.Unbilled < r.Runs {
		row.GBSeconds = migration.Some(r.Billed.GBSeconds().String())
	}
	return row
}

// WriteLogReport writes a report; JSON is the report itself.
func WriteLogReport(w io.Writer, e *LogReport, f Format) error {
	switch f {
	case JSON:
		if e.Rows == nil {
			e.Rows = []LogRow{}
		}
		return writeJSON(w, e)
	case CSV:
		return write(w, func(out *bufio.Writer) error { return csvRows(out, logHead, e.csv()) })
	}
	return write(w, func(out *bufio.Writer) error {
		e.table(out)
		return nil
	})
}

var logHead = []string{
	"function", "log_group", "named", "tenant", "workload", "runs", "failed", "timed_out", "oom_killed", "billed_gb_seconds",
	"duration_p50_ms", "duration_p95_ms", "duration_max_ms", "cold_starts", "init_p50_ms", "init_max_ms", "restores", "peak_memory_p95_bytes",
	"peak_memory_max_bytes",
	"unread_cut", "unread_interleaved", "unread_malformed", "skewed", "unjoined", "final_to", "account", "region", "on_managed_instances",
}

func (e *LogReport) csv() [][]string {
	rows := make([][]string, len(e.Rows))
	for i := range e.Rows {
		r := &e.Rows[i]
		n := func(v int64) string { return strconv.FormatInt(v, 10) }
		final := ""
		if at, ok := r.FinalTo.Get(); ok {
			final = at.Format(time.RFC3339)
		}
		rows[i] = []string{
			text.CSVCell(r.Function), text.CSVCell(r.LogGroup), text.CSVCell(r.Named), text.CSVCell(string(r.Tenant)),
			text.CSVCell(string(r.Workload)),
			n(r.Runs), n(r.Failed), n(r.TimedOut), n(r.OOM), r.GBSeconds.Or(""),
			millisOf(upper(r.Duration, 0.5)), millisOf(upper(r.Duration, 0.95)), millisOf(r.Duration.Max()),
			n(r.Init.Count()), millisOf(upper(r.Init, 0.5)), millisOf(r.Init.Max()), n(r.Restore.Count()),
			bytesOf(upper(r.Peak, 0.95)), bytesOf(r.Peak.Max()),
			n(r.Unread.Cut), n(r.Unread.Interleaved), n(r.Unread.Malformed), n(r.Unread.Skewed), n(r.Unread.Unjoined), final, r.Account, r.Region,
			n(r.Unbilled),
		}
	}
	return rows
}

// upper is the upper end of a quantile, unknown where nothing is known.
func upper[T ~int64](d migration.Distribution[T], q float64) migration.Opt[T] {
	return migration.Map(d.Quantile(q), func(b migration.Bounds[T]) T { return b.High })
}

func millisOf(d migration.Opt[time.Duration]) string {
	v, ok := d.Get()
	if !ok {
		return ""
	}
	return strconv.FormatFloat(float64(v)/float64(time.Millisecond), 'f', -1, 64)
}

func bytesOf(b migration.Opt[migration.Bytes]) string {
	v, ok := b.Get()
	if !ok {
		return ""
	}
	return strconv.FormatInt(int64(v), 10)
}

// table writes one line a row, and below what was not understood.
func (e *LogReport) table(w *bufio.Writer) {
	columns := []heading{
		{"FUNCTION", false},
		{"TENANT", false},
		{"RUNS", true},
		{"FAILED", true},
		{"GB-S", true},
		{"P50", true},
		{"P95", true},
		{"MEM P95", true},
		{"MEM MAX", true},
		{"COLD", true},
		{"INIT", true},
		{"NOT READ", true},
	}
	places := e.places()
	if places {
		columns = slices.Insert(columns, 1, heading{"ACCOUNT", false}, heading{"REGION", false})
	}
	rows := make([][]string, len(e.Rows))
	var unread migration.Unread
	for i := range e.Rows {
		r := &e.Rows[i]
		name := r.Function
		if name == "" {
			name = r.LogGroup
		}
		rows[i] = []string{
			name, r.Tenant.String(), strconv.FormatInt(r.Runs, 10), strconv.FormatInt(r.Failed, 10), short(r.GBSeconds.Or("-")),
			spell(upper(r.Duration, 0.5)), spell(upper(r.Duration, 0.95)), mib(upper(r.Peak, 0.95)), mib(r.Peak.Max()),
			strconv.FormatInt(r.Init.Count(), 10), spell(upper(r.Init, 0.5)), strconv.FormatInt(r.Unread.Lost(), 10),
		}
		if places {
			rows[i] = slices.Insert(rows[i], 1, r.Account, r.Region)
		}
		unread.Add(r.Unread)
	}
	if len(rows) == 0 {
		w.WriteString("Nothing is known of the logs since " + e.Since.Format("2006-01-02 15:04 MST") + ".\n")
		return
	}
	grid(w, "", columns, rows)
	for _, one := range []struct {
		n    int64
		what string
	}{
		{unread.Cut, "ended too early"},
		{unread.Interleaved, "had run into each other"},
		{unread.Malformed, "made no sense"},
		{unread.Skewed, "had another time than the log: counted at the log's"},
		{unread.Unjoined, "should have named a tenant and did not"},
	} {
		if one.n > 0 {
			w.WriteString(strconv.FormatInt(one.n, 10) + " lines " + one.what + "\n")
		}
	}
}

// places reports whether there are several accounts or regions.
func (e *LogReport) places() bool {
	return slices.ContainsFunc(e.Rows, func(r LogRow) bool { return r.Account != e.Rows[0].Account || r.Region != e.Rows[0].Region })
}

// short rounds a decimal for a table.
func short(s string) string {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}

func spell(d migration.Opt[time.Duration]) string {
	v, ok := d.Get()
	switch {
	case !ok:
		return "-"
	case v < time.Second:
		return strconv.FormatInt(v.Round(time.Millisecond).Milliseconds(), 10) + " ms"
	case v < time.Minute:
		return strconv.FormatFloat(v.Seconds(), 'f', 1, 64) + " s"
	}
	return migration.Brief(v)
}

func mib(b migration.Opt[migration.Bytes]) string {
	v, ok := b.Get()
	if !ok {
		return "-"
	}
	return strconv.FormatInt(int64((v+migration.MiB-1)/migration.MiB), 10) + " MB"
}
