package runfile

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

const header = "workload,tenant,run_id,started_at,duration_s,peak_memory_bytes,cpu_seconds,requested_memory_bytes,status\n"

func read(t *testing.T, text string) *File {
	t.Helper()
	f, err := Read("runs", strings.NewReader(text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestReadCSV(t *testing.T) {
	f := read(t, "\ufeff"+header+
		"thumbs,acme,r1,2026-07-20T12:00:00Z,1.5,104857600,0.75,268435456,succeeded\r\n"+
		"thumbs,\"a, b\",r2,1784548800.25,,,,,OOMKilled\n"+
		"thumbs,,,,,0,,,\n")
	if f.Len() != 3 || len(f.Notes) != 0 {
		t.Fatalf("%d runs, notes %q", f.Len(), f.Notes)
	}
	r := f.Run(0)
	if r.Key != (migration.Key{Platform: migration.Jobs, Workload: "thumbs", Tenant: "acme"}) || r.ID != "r1" ||
		!r.Started.Equal(time.Date(2026, 7, 20, 12, 0, 0, 0, time.UTC)) || r.Duration != 1500*time.Millisecond ||
		r.Outcome != migration.OutcomeSucceeded ||
		r.Peak != migration.Some(100*migration.MiB) || r.PeakBound != migration.Exact || r.CPUTime != migration.Some(750*time.Millisecond) ||
		r.Given.Request.Memory != migration.Some(256*migration.MiB) || f.Line(0) != 2 {
		t.Errorf("%+v", r)
	}
	second := f.Run(1)
	if second.Key.Tenant != "a, b" || second.Outcome != migration.OutcomeOOMKilled || f.HasDuration(1) || !f.HasStart(1) ||
		second.Peak.Known() || second.Started.Nanosecond() != 250_000_000 {
		t.Errorf("%+v", second)
	}
	if _, ended := f.End(1); ended {
		t.Error("a run without a duration has an end")
	}
	third := f.Run(2)
	if third.Key.Tenant != migration.Unattributed || third.Peak.Known() || third.Outcome != 0 {
		t.Errorf("%+v", third)
	}
}

func TestColumnsInAnyOrderAndMoreOfThem(t *testing.T) {
	f := read(t, "status,Peak_Memory_Bytes,workload,colour,platform,version,input_bytes,requested_cpu,memory_limit_bytes,deadline_s\n"+
		"whatever,134217728,w,blue,lambda,7,1000,250m,268435456,900\n"+
		"whatever,134217728,w,red,,,,,,\n")
	r := f.Run(0)
	if r.Key.Platform != migration.Lambda || r.PeakBound != migration.AtMost || r.Version != "7" ||
		r.InputSize != migration.Some(migration.Bytes(1000)) ||
		r.Given.Request.CPU != migration.Some(250*migration.Millicore) || r.Given.Limit.Memory != migration.Some(256*migration.MiB) ||
		r.Given.Deadline != migration.Some(15*time.Minute) {
		t.Errorf("%+v", r)
	}
	notes := strings.Join(f.Notes, "\n")
	if !strings.Contains(notes, `unknown column "colour"`) || !strings.Contains(notes, `status "whatever" (2 runs, the first on line 2)`) {
		t.Errorf("%q", notes)
	}
}

func TestTimes(t *testing.T) {
	want := time.Date(2026, 7, 20, 12, 0, 0, 0, time.UTC)
	for _, text := range []string{
		"2026-07-20T12:00:00Z", "2026-07-20T14:00:00+02:00", "2026-07-20 12:00:00", "2026-07-20T12:00:00",
		"1784548800", "1784548800.0", "1784548800000",
	} {
		f := read(t, "workload,started_at\nw,"+text+"\n")
		if got := f.Start(0); !got.Equal(want) {
			t.Errorf("%s is %s", text, got)
		}
	}
}

// Each error names its line.
func TestMistakesHaveLines(t *testing.T) {
	row := func(at int, value string) string {
		row := strings.Split("w,t,r9,1784548800,60,104857600,30,268435456,ok", ",")
		row[at] = value
		return header + "w,t,r1,1784548800,60,104857600,30,268435456,ok\n" + strings.Join(row, ",") + "\n"
	}
	for name, c := range map[string]struct{ text, want string }{
		"nothing":             {"", "runs:1: the file is empty"},
		"no header":           {"w,t,r1,1784548800,60\n", "runs:1: there is no column workload"},
		"semicolons":          {"workload;tenant\nw;t\n", "runs:1: want columns separated by commas: these are separated by semicolons"},
		"tabs":                {"workload\ttenant\nw\tt\n", "separated by tabs"},
		"a column twice":      {"workload,tenant,tenant\n", `runs:1: column "tenant" occurs twice`},
		"too few values":      {header + "w,t\n", "runs:2: this line has another number of values"},
		"an open quote":       {header + "\"w,t\n", "runs:2: a quote opens on this line"},
		"no workload":         {row(0, ""), "runs:3: workload: is empty"},
		"the same run":        {row(2, "r1"), `runs:3: run_id: "r1" of this workload and tenant is already on line 2`},
		"no time":             {row(3, "yesterday"), "runs:3: started_at: want a time such as"},
		"a negative duration": {row(4, "-1"), "runs:3: duration_s: want seconds, got -1, which is negative"},
		"milliseconds": {
			row(4, "40000000"),
			"runs:3: duration_s: want seconds, got 40000000, which is over a year. Is it in milliseconds?",
		},
		"no number": {row(4, "NaN"), `runs:3: duration_s: want a plain number of seconds, got "NaN"`},
		"megabytes": {row(5, "512"), "runs:3: peak_memory_bytes: want bytes, got 512: no container runs in so little. Is it in " +
			"KiB or MiB?"},
		"a unit":              {row(5, "512Mi"), `runs:3: peak_memory_bytes: want a plain number of bytes, got "512Mi"`},
		"too much memory":     {row(5, "1e18"), "which is more than any machine has"},
		"negative memory":     {row(7, "-5"), "runs:3: requested_memory_bytes: want bytes, got -5, which is negative"},
		"CPU in milliseconds": {row(6, "30000000"), "runs:3: cpu_seconds: 30000000 s in a run of 60.000 s"},
		"a metric's value":    {"# TYPE x gauge\npeak_memory_bytes{workload=\"w\"} 5\n", "runs:2: peak_memory_bytes: want bytes, got 5"},
		"no labels":           {"# HELP x\npeak_memory_bytes 5e8\n", "runs:2: peak_memory_bytes has no label workload"},
		"an open label":       {"peak_memory_bytes{workload=\"w 5e8\n", "runs:1: peak_memory_bytes: label workload: does not end with a quote"},
		"two values of a run": {
			"duration_seconds{workload=\"w\"} 5\nduration_seconds{workload=\"w\"} 6\n",
			"runs:2: duration_s: \"6\", and \"5\" on an earlier line for the same run",
		},
		"something after # EOF": {"# EOF\nduration_seconds{workload=\"w\"} 5\n", "runs:2: there is more after # EOF"},
	} {
		f, err := Read("runs", strings.NewReader(c.text), Options{})
		var place *Error
		if err == nil || !errors.As(err, &place) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v; want %q", name, f, err, c.want)
		}
	}
}

func TestReadOpenMetrics(t *testing.T) {
	f := read(t, `# TYPE migtop_run_peak_memory_bytes gauge
# UNIT migtop_run_peak_memory_bytes bytes
migtop_run_peak_memory_bytes{workload="thumbs",tenant="a \"b\"",run_id="1",status="succeeded"} 1.048576e+08 1784548860
migtop_run_duration_seconds{workload="thumbs",tenant="a \"b\"",run_id="1"} 60 1784548860
migtop_run_cpu_seconds_total{tenant="a \"b\"",workload="thumbs",run_id="1"} 12.5 # {trace="x"} 1 2
migtop_run_requested_memory_bytes{workload="thumbs",tenant="a \"b\"",run_id="1"} 268435456
container_memory_max_usage_bytes{workload="thumbs",run_id="2"} 0
other_metric{pod="x"} 7
# EOF
`)
	if f.Len() != 2 || len(f.Notes) != 1 || !strings.Contains(f.Notes[0], "other_metric") {
		t.Fatalf("%+v", f)
	}
	r := f.Run(0)
	if r.Key.Tenant != `a "b"` || r.Peak != migration.Some(100*migration.MiB) || r.Duration != time.Minute ||
		r.Outcome != migration.OutcomeSucceeded ||
		r.CPUTime != migration.Some(12500*time.Millisecond) || r.Given.Request.Memory != migration.Some(256*migration.MiB) ||
		!r.Started.Equal(time.Unix(1784548800, 0)) {
		t.Errorf("%+v", r)
	}
	if f.Run(1).Peak.Known() {
		t.Error("the 0 that cAdvisor writes for unknown was taken for a peak")
	}
	cut := read(t, "duration_seconds{workload=\"w\"} 5\n")
	if len(cut.Notes) != 1 || !strings.Contains(cut.Notes[0], "# EOF") {
		t.Errorf("%q", cut.Notes)
	}
}

// Whatever a file has in it, it is read or refused with a place, and what is read is
// within bounds.
func FuzzRead(f *testing.F) {
	f.Add(header + "w,t,r1,1784548800,60,104857600,30,268435456,ok\n")
	f.Add("# TYPE a gauge\nduration_seconds{workload=\"w\",run_id=\"1\"} 5 6\n# EOF\n")
	f.Add("workload,platform,peak_bound,requested_cpu\nw,lambda,at least,500m\n")
	f.Add("[{\"workload\":\"w\",\"peakMemoryBytes\":3e8},{\"workload\":\"w\",\"status\":\"CACHED\"}]")
	f.Add("{\"runs\":[{\"workload\":\"w\"}]}\n{\"workload\":\"v\"}")
	f.Add(gzipped(header + "w,t,r1,1784548800,60,104857600,30,268435456,ok\n"))
	f.Add(utf16Of(header+"w,t,r1,,,,,,\n", true, false))
	f.Add(strings.ReplaceAll(header+"gr\xf6\xdfe,\"a\nb\",r1,,,,,,\n\"", "\n", "\r"))
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Read("runs", strings.NewReader(text), Options{})
		if err != nil {
			var place *Error
			if !errors.As(err, &place) || place.Line < 1 || place.Text == "" {
				t.Fatalf("no place: %v", err)
			}
			return
		}
		for i := range file.Len() {
			rec := file.Run(i)
			if rec.Key.Workload == "" || file.Line(i) < 1 || rec.Duration < 0 || rec.Duration > 366*24*time.Hour ||
				rec.Outcome > migration.OutcomeStopped {
				t.Fatalf("%+v", rec)
			}
			if p, ok := rec.Peak.Get(); ok && (p < leastMemory || p > mostMemory) {
				t.Fatalf("%+v", rec)
			}
			if file.HasStart(i) && (rec.Started.Year() < 0 || rec.Started.Year() > 9999) {
				t.Fatalf("%+v", rec)
			}
		}
	})
}
