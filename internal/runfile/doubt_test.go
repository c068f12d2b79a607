package runfile

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// row writes runs with the columns that a unit can be wrong in.
type row struct {
	workload                      string
	peak, requested, limit        float64 // bytes
	duration, cpu, deadline, cpus float64
	status                        string
}

func tableOf(n int, of func(i int) row) string {
	var b strings.Builder
	b.WriteString("workload,run_id,duration_s,peak_memory_bytes,cpu_seconds,requested_memory_bytes,memory_limit_bytes," +
		"deadline_s,requested_cpu,status\n")
	some := func(v float64) string {
		if v == 0 {
			return ""
		}
		return fmt.Sprintf("%.6f", v)
	}
	for i := range n {
		r := of(i)
		if r.workload == "" {
			r.workload = "w"
		}
		fmt.Fprintf(&b, "%s,%d,%s,%s,%s,%s,%s,%s,%s,%s\n", r.workload, i, some(r.duration), some(r.peak), some(r.cpu), some(r.requested),
			some(r.limit), some(r.deadline), some(r.cpus), r.status)
	}
	return b.String()
}

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
)

// A file whose values only make sense in another unit is rejected, at its first such line, with the flag to use. It is
// read if the user states the unit, or states that the values are right.
func TestWrongUnitsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		of    func(i int) row
		want  string
		units string
	}{
		"KiB for bytes": {
			func(i int) row { return row{peak: 300 * kib, requested: 2 * gib} },
			"runs:2: peak_memory_bytes: all 30 peaks are 307200 bytes or less", "peak_memory=KiB",
		},
		"KiB, nothing requested": {
			func(i int) row { return row{peak: float64(300+i) * kib} }, "no process runs in under 1 MiB. Are these in KiB", "peak_memory=KiB",
		},
		"large ones in KiB": {
			func(i int) row { return row{peak: float64(3000+7*i) * kib, requested: 8 * gib} },
			"peak_memory_bytes: 30 of 30 runs used less than a 500th", "peak_memory=Ki",
		},
		"peaks in MB": {
			func(i int) row { return row{peak: 70_000 + float64(i), requested: 100 * gib} }, "peak_memory=KiB",
			"peak_memory=MB",
		},
		"requested in KiB": {
			func(i int) row { return row{peak: 300 * mib, requested: 2 * mib} },
			"requested_memory_bytes: 30 of 30 runs used more than 50 times", "requested_memory=KiB",
		},
		"limits in KiB": {
			func(i int) row { return row{peak: 300 * mib, limit: 1 * mib, status: "succeeded"} },
			"used more than twice the limit", "memory_limit=KiB",
		},
		"CPU in ms": {
			func(i int) row { return row{peak: 300 * mib, duration: 60, cpu: 30_000} },
			"cpu_seconds: 30 of 30 runs kept more than 256 cores busy", "cpu=ms",
		},
		"CPU in ms, idle": {
			func(i int) row { return row{peak: 300 * mib, duration: 60, cpu: 3000, cpus: 0.5} }, "more than 50 times the CPU",
			"cpu=ms",
		},
		"durations in ms": {
			func(i int) row { return row{duration: 60_000, deadline: 900, status: "succeeded"} },
			"took over ten times their deadline_s", "duration=ms",
		},
		"every other in ms": {
			func(i int) row { return row{duration: []float64{60, 60_000}[i%2]} },
			"runs:3: duration_s: the values of 15 of 30 runs are a thousand times more", "duration=s",
		},
		"every third in KiB": {
			func(i int) row { return row{peak: (300 + float64(i)) * []float64{mib, mib, kib}[i%3], requested: gib} },
			"peak_memory_bytes: the values of 10 of 30 runs", "peak_memory=B",
		},
		"one workload in KiB": {
			func(i int) row {
				return row{peak: []float64{300 * mib, 300 * kib}[i%2], requested: 2 * gib, workload: []string{"right", "wrong"}[i%2]}
			}, "runs:3: peak_memory_bytes: workload wrong: all 15 peaks are 307200 bytes or less", "peak_memory=B",
		},
		"one tenant in ms": {
			func(i int) row {
				return row{duration: (50 + float64(i%7)) * []float64{1, 1000}[i/20], workload: "w"}
			}, "duration_s: the values of 10 of 30 runs", "duration=s",
		},
		"half of CPU in ms": {
			func(i int) row { return row{duration: 6000, cpu: []float64{60, 60_000}[i%2]} },
			"cpu_seconds: the values of 15 of 30 runs", "cpu=s",
		},
	} {
		text := tableOf(30, c.of)
		_, err := Read("runs", strings.NewReader(text), Options{})
		var place *Error
		if !errors.As(err, &place) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "--units") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		units, err := ParseUnits(c.units)
		if err != nil {
			t.Fatal(err)
		}
		if f, err := Read("runs", strings.NewReader(text), Options{Units: units}); err != nil || f.Len() != 30 {
			t.Errorf("%s: with %s %v", name, c.units, err)
		}
	}
}

// Little is no mistake: true small peaks, work of two kinds, and runs that need little of what they
// request are read without a word.
func TestTrueValuesAreNotDoubted(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for name, of := range map[string]func(i int) row{
		"small peaks":              func(i int) row { return row{peak: float64(4*mib + 4096*i), requested: 2 * gib} },
		"small peaks in pages":     func(i int) row { return row{peak: float64(1*mib + 4096*i), requested: 8 * gib} },
		"small peaks, one request": func(i int) row { return row{peak: 3*mib + float64(i), requested: 128 * mib} },
		"a trifle among others": func(i int) row {
			return row{peak: []float64{1.5 * mib, 900 * mib, 700 * mib}[i%3], requested: 4 * gib, workload: fmt.Sprint(i % 3)}
		},
		"a tiny workload in pages": func(i int) row {
			return row{peak: []float64{float64(512*kib + 4096*i), 90 * mib}[i%2], requested: 2 * gib, workload: fmt.Sprint(i % 2)}
		},
		"a tiny workload that requested little": func(i int) row {
			return row{peak: []float64{400*kib + float64(i), 90 * mib}[i%2], requested: 100 * mib, workload: fmt.Sprint(i % 2)}
		},
		"one under 1 MiB": func(i int) row {
			return row{peak: []float64{300 * kib, 90 * mib}[min(i, 1)], workload: fmt.Sprint(min(i, 1))}
		},
		"two kinds of runs": func(i int) row { return row{duration: []float64{0.4, 900}[i%2] * (1 + float64(i)/30), peak: 300 * mib} },
		"lognormal durations": func(i int) row {
			return row{duration: math.Exp(rng.NormFloat64() * 3), peak: math.Exp(18+rng.NormFloat64()) + mib}
		},
		"many cores": func(i int) row { return row{duration: 60, cpu: 60 * 128, cpus: 96} },
		"more than requested": func(i int) row {
			return row{peak: 900 * mib, requested: 64 * mib, limit: gib, duration: 60, cpu: 60, cpus: 0.1}
		},
		"late, but it failed": func(i int) row { return row{duration: 6000, deadline: 60, status: "failed"} },
		"a long one":          func(i int) row { return row{duration: []float64{60, 6000}[i/29]} },
	} {
		f, err := Read("runs", strings.NewReader(tableOf(30, of)), Options{})
		if err != nil || len(f.Notes) != 0 {
			t.Errorf("%s: %v, %+v", name, err, f)
		}
	}
}

// One value a thousand times the others may be a mistake or not: it is noted and taken.
func TestAFewInAnotherUnitAreNoted(t *testing.T) {
	f, err := Read("runs", strings.NewReader(tableOf(30, func(i int) row { return row{duration: []float64{60, 60_000}[i/29]} })), Options{})
	if err != nil || len(f.Notes) != 1 || !strings.HasPrefix(f.Notes[0], "runs:31: duration_s: the values of 1 of 30 runs") {
		t.Errorf("%v, %+v", err, f.Notes)
	}
}

func TestUnits(t *testing.T) {
	u, err := ParseUnits(" peak_memory=KiB, duration=ms,cpu_seconds=us,started_at=ms,requested_memory_bytes=Mi")
	if err != nil {
		t.Fatal(err)
	}
	f, err := Read("runs", strings.NewReader("workload,started_at,duration_s,peak_memory_bytes,cpu_seconds,requested_memory_bytes\n"+
		"w,1784548800123,1500,307200,2500000,2048\n"), Options{Units: u})
	if err != nil {
		t.Fatal(err)
	}
	r := f.Run(0)
	if r.Duration != 1500*time.Millisecond || r.Peak.Or(0) != 300*mib || r.CPUTime.Or(0) != 2500*time.Millisecond ||
		r.Given.Request.Memory.Or(0) != 2*gib || r.Started.UnixMilli() != 1784548800123 {
		t.Errorf("%+v", r)
	}
	named := read(t, "workload,duration_min,peak_memory_mib,cpu_ms,memory_limit_mb\nw,2,300,2500,512\n").Run(0)
	if named.Duration != 2*time.Minute || named.Peak.Or(0) != 300*mib || named.CPUTime.Or(0) != 2500*time.Millisecond ||
		named.Given.Limit.Memory.Or(0) != 512*mib {
		t.Errorf("%+v", named)
	}
	for text, want := range map[string]string{
		"peak_memory":             `"peak_memory": want FIELD=UNIT`,
		"peak=KiB":                `"peak" is no field with a unit: want one of cpu, deadline, duration`,
		"peak_memory=ms":          `"ms" is no unit of peak_memory: want B, Ki`,
		"duration=KiB":            `"KiB" is no unit of duration: want ns, us`,
		"duration=s,duration=ms":  "duration is in s and in ms",
		"workload=KiB":            `"workload" is no field with a unit`,
		"peak_memory=KiB,,cpu=ms": `"": want FIELD=UNIT`,
	} {
		if _, err := ParseUnits(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	_, err = Read("runs", strings.NewReader("workload,peak_memory_mib\nw,300\n"), Options{Units: Units{"peak_memory_bytes": {"KiB", kib}}})
	if err == nil || !strings.Contains(err.Error(), `runs:1: column "peak_memory_mib" says another unit than KiB`) {
		t.Error(err)
	}
}

// The size of a Unix time gives its unit, down to nanoseconds. Dates without hyphens are rejected as doubtful.
func TestTimesInManyUnits(t *testing.T) {
	want := time.Date(2026, 7, 20, 12, 0, 0, 0, time.UTC)
	for _, text := range []string{"1784548800", "1784548800000", "1784548800000000", "1784548800000000000"} {
		f := read(t, "workload,started_at\nw,"+text+"\n")
		if got := f.Start(0); !got.Equal(want) || len(f.Notes) != 0 {
			t.Errorf("%s is %s, %q", text, got, f.Notes)
		}
	}
	if f := read(t, "workload,started_at\nw,20260701\n"); len(f.Notes) != 1 ||
		!strings.Contains(f.Notes[0], "runs:2: started_at: 1 run started before 2000, the first in 1970-08-23") {
		t.Errorf("%q", f.Notes)
	}
}

// Traces of real workflows have tasks that ran once, on next to nothing of what they requested.
func TestASingleSmallRunIsNotDoubted(t *testing.T) {
	f, err := Read("runs", strings.NewReader(tableOf(1, func(int) row { return row{peak: 2162 * 4096, requested: 7 * gib} })), Options{})
	if err != nil || len(f.Notes) != 0 {
		t.Errorf("%v, %+v", err, f)
	}
}
