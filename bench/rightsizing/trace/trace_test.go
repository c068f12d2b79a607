package trace

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// folder writes files and returns the folder they are in.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRead(t *testing.T) {
	minutes, counts := make([]string, 1440), make([]string, 1440)
	for i := range minutes {
		minutes[i], counts[i] = strings.Repeat("x", 0)+itoa(i+1), "0"
	}
	counts[9], counts[1439] = "1", "1"
	dir := folder(t, map[string]string{
		"sizey/trace_mag.csv": "task_id,hash,process,tag,status,memory,start,realtime,%cpu,peak_rss,rchar\n" +
			"7,ab/c,FASTQC,s1,COMPLETED,2147483648,1700000000000,2500,150,1048576,777\n" +
			"8,ab/d,FASTQC,-,COMPLETED,-,1700000001000,1000,-,2097152,-\n" +
			"9,ab/e,FASTQC,s1,COMPLETED,1,1700000000000,0,1,1,1\n" + // too short to be measured
			"10,ab/f,FASTQC,s1,FAILED,1,1700000000000,5,1,1,1\n" +
			"11,ab/g,FASTQC,s1,COMPLETED,1,1700000000000,5,1,-,1\n",
		"lambda/v1.csv": "runtime,arch,memory_mb,duration_ms,billed_duration_ms,max_memory_used_mb,init_duration_ms\n" +
			"go,arm64,128,12.5,13,40,80.1\ngo,arm64,256,10,10,41,\n",
		"azure/mem.csv": "HashOwner,HashApp,SampleCount,AverageAllocatedMb_pct1,AverageAllocatedMb_pct50," +
			"AverageAllocatedMb_pct100\no,app,9,100,100,100\n",
		"azure/run.csv": "HashOwner,HashApp,HashFunction,percentile_Average_0,percentile_Average_50,percentile_Average_100\no,app,fn,50,50,50\n",
		"azure/inv.csv": "HashOwner,HashApp,HashFunction,Trigger," + strings.Join(minutes, ",") + "\no,app,fn,http," +
			strings.Join(counts, ",") + "\n",
		"own.csv": "workload,tenant,run_id,started_at,duration_s,peak_memory_bytes,cpu_seconds,requested_memory_bytes,status," +
			"memory_limit_bytes\nw,t,1,2024-05-01T10:00:00Z,1.5,1000,0.5,2000,succeeded,3000\nw,t,2,2024-05-01T10:00:00Z,1.5,1000,,,oom_killed,\n",
		"notes.csv":           "who,what\n",
		"sizey/not-a-csv.txt": "process,peak_rss\n",
	})
	traces, skipped, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{filepath.Join(dir, "notes.csv")}; !slices.Equal(skipped, want) {
		t.Errorf("skipped %v, want %v", skipped, want)
	}
	got := map[string][]Run{}
	for _, trace := range traces {
		got[strings.ReplaceAll(trace.Name, filepath.Base(dir), "here")] = trace.Runs
	}
	want := map[string][]Run{
		"sizey/mag": {
			{
				Workload: "FASTQC", Tenant: "s1", ID: "7/ab/c", Start: time.UnixMilli(1700000000000).UTC(),
				Duration: 2500 * time.Millisecond, Peak: 1 << 20, CPUSeconds: 3.75, CPUKnown: true, Declared: 2 << 30, Limit: 2 << 30, Input: 777,
			},
			{
				Workload: "FASTQC", ID: "8/ab/d", Start: time.UnixMilli(1700000001000).UTC(),
				Duration: time.Second, Peak: 2 << 20,
			},
		},
		"lambda/v1": {
			{
				Workload: "go-arm64", ID: "go-arm64/0", Start: Epoch, Duration: 12500 * time.Microsecond, Peak: 40 << 20, Declared: 128 << 20,
				Limit: 128 << 20,
			},
			{
				Workload: "go-arm64", ID: "go-arm64/1", Start: Epoch.Add(time.Minute), Duration: 10 * time.Millisecond, Peak: 41 << 20,
				Declared: 256 << 20, Limit: 256 << 20,
			},
		},
		"here/own": {{
			Workload: "w", Tenant: "t", ID: "1", Start: time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC),
			Duration: 1500 * time.Millisecond, Peak: 1000, CPUSeconds: 0.5, CPUKnown: true, Declared: 2000, Limit: 3000,
		}},
		"azure/day1": got["azure/day1"],
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// Two calls, in the tenth and in the last minute of the day, all identical.
	calls := got["azure/day1"]
	if len(calls) != 2 {
		t.Fatalf("%d calls drawn, want 2", len(calls))
	}
	for i, minute := range []int{9, 1439} {
		c := calls[i]
		if at := c.Start.Sub(Epoch).Truncate(time.Minute); at != time.Duration(minute)*time.Minute {
			t.Errorf("call %d is at %v, want minute %d", i, at, minute)
		}
		if c.Duration != 50*time.Millisecond || c.Peak != 100<<20 || c.Declared != 1536<<20 {
			t.Errorf("call %d is %+v", i, c)
		}
	}
}

func itoa(i int) string { return string(appendInt(nil, i)) }

func appendInt(b []byte, i int) []byte {
	if i >= 10 {
		b = appendInt(b, i/10)
	}
	return append(b, byte('0'+i%10))
}

func TestReadFails(t *testing.T) {
	for name, test := range map[string]struct{ file, text, want string }{
		"no number":       {"t.csv", "process,peak_rss,realtime,start,status\np,many,1,1,COMPLETED\n", `line 2: peak_rss is "many"`},
		"no time":         {"t.csv", strings.Join(Header, ",") + "\nw,,1,yesterday,1,1,,,,\n", "line 2: started_at"},
		"a part of Azure": {"t.csv", "HashApp,AverageAllocatedMb_pct50\n", "three files a day"},
		"torn":            {"t.csv", strings.Join(Header, ",") + "\nw,\"\n", "extraneous"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := Read(folder(t, map[string]string{test.file: test.text}))
			if err == nil || (!strings.Contains(err.Error(), test.want) && test.want != "extraneous") {
				t.Errorf("%v, want %q in it", err, test.want)
			}
		})
	}
}

func TestQuantiles(t *testing.T) {
	q := &quantiles{share: []float64{0, 0.5, 1}, value: []float64{10, 20, 100}}
	for share, want := range map[float64]float64{0: 10, 0.25: 15, 0.5: 20, 0.75: 60, 1: 100} {
		if got := q.at(share); got != want {
			t.Errorf("at %v: %v, want %v", share, got, want)
		}
	}
	low := &quantiles{share: []float64{0.01, 1}, value: []float64{5, 6}}
	if got := low.at(0.001); got != 5 {
		t.Errorf("under the first: %v, want 5", got)
	}
}

// Write and Read are each other's inverse.
func TestWriteRead(t *testing.T) {
	want := Generate(3)[0].Runs[:50]
	want[1].CPUKnown, want[1].CPUSeconds, want[2].Declared, want[3].Input = false, 0, 0, 12345
	for _, inputs := range []bool{true, false} {
		if !inputs {
			want[3].Input = 0
		}
		var out bytes.Buffer
		if err := Write(&out, want, inputs); err != nil {
			t.Fatal(err)
		}
		traces, _, err := Read(folder(t, map[string]string{"x.csv": out.String()}))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, traces[0].Runs); diff != "" {
			t.Errorf("inputs %t: %s", inputs, diff)
		}
	}
}

func TestOrders(t *testing.T) {
	trace := Trace{Name: "x/y"}
	for i, second := range []int{30, 10, 20, 40} {
		trace.Runs = append(trace.Runs, Run{Workload: "w", ID: itoa(i), Start: Epoch.Add(time.Duration(second) * time.Second)})
	}
	trace.Runs = append(trace.Runs, Run{Workload: "v", ID: "v", Start: Epoch})
	ids := func(runs []Run) (out []string) {
		for _, r := range runs {
			out = append(out, r.ID)
		}
		return out
	}
	chronological := trace.In(Chronological, 1)
	if got, want := ids(chronological), []string{"v", "1", "2", "0", "3"}; !slices.Equal(got, want) {
		t.Errorf("chronological: %v, want %v", got, want)
	}
	spread := trace.In(Spread, 1)
	if got, want := ids(spread), []string{"v", "1", "2", "0", "3"}; !slices.Equal(got, want) {
		t.Errorf("spread: %v, want %v", got, want)
	}
	for i := 2; i < 5; i++ {
		if gap := spread[i].Start.Sub(spread[i-1].Start); gap != SpreadOver/4 {
			t.Errorf("spread: %v between runs %d and %d, want %v", gap, i-1, i, SpreadOver/4)
		}
	}
	if a, b := ids(trace.In(Shuffled, 5)), ids(trace.In(Shuffled, 5)); !slices.Equal(a, b) {
		t.Errorf("shuffled by one seed: %v and %v", a, b)
	}
	different := false
	for seed := range uint64(20) {
		different = different || !slices.Equal(ids(trace.In(Shuffled, seed)), ids(spread))
	}
	if !different {
		t.Error("twenty seeds shuffle nothing")
	}
	if trace.Runs[0].ID != "0" || !trace.Runs[0].Start.Equal(Epoch.Add(30*time.Second)) {
		t.Error("the trace itself was changed")
	}
}

func TestBusy(t *testing.T) {
	trace := Trace{Runs: []Run{{Workload: "a"}, {Workload: "b"}, {Workload: "a"}}}
	if got := trace.Busy(2).Runs; len(got) != 2 || got[0].Workload != "a" || got[1].Workload != "a" {
		t.Errorf("%+v", got)
	}
}
