package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const runsHeader = "workload,tenant,run_id,started_at,duration_s,peak_memory_bytes,cpu_seconds,requested_memory_bytes,status\n"

// fileOfRuns writes runs of one workload and tenant, a minute apart and 30 s long each, with 2 GiB declared.
func fileOfRuns(t *testing.T, peaks ...int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(runsHeader)
	for i, mb := range peaks {
		fmt.Fprintf(&b, "etl,acme,r%d,%d,30,%d,12,2147483648,succeeded\n", i, 1784548800+60*i, mb<<20)
	}
	return textFile(t, b.String())
}

func textFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "runs.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func steady(n, mb int) []int { return slices.Repeat([]int{mb}, n) }

// profileJSON are the fields of a profile that programs rely on.
type profileJSON struct {
	Workload, Tenant, Class string
	MemoryRequest           *int64   `json:"memory_request_bytes"`
	MemoryLimit             *int64   `json:"memory_limit_bytes"`
	CPURequest              *float64 `json:"cpu_request"`
	CPULimit                *float64 `json:"cpu_limit"`
	Deadline                *int64   `json:"deadline_seconds"`
	Confidence              string
	Evidence                struct{ Source, Method string }
	Learning                bool
	BeyondNode              bool    `json:"beyond_node"`
	Saving                  *string `json:"monthly_saving_usd"`
	RunCost                 *string `json:"run_usd"`
	Why                     []string
}

func profilesJSON(t *testing.T, args ...string) []profileJSON {
	t.Helper()
	var doc struct{ Profiles []profileJSON }
	if err := json.Unmarshal([]byte(ok(t, append([]string{"profiles", "-o", "json"}, args...)...)), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Profiles
}

func TestProfilesFromAFile(t *testing.T) {
	isolate(t)
	ps := profilesJSON(t, "--from", fileOfRuns(t, steady(60, 500)...))
	if len(ps) != 1 {
		t.Fatalf("%d profiles", len(ps))
	}
	p := ps[0]
	if p.Workload != "etl" || p.Tenant != "acme" || p.Class != "M" || p.Confidence != "high" || p.Evidence.Source != "file" || p.Learning ||
		len(p.Why) < 3 {
		t.Errorf("%+v", p)
	}
	if *p.MemoryRequest < 500<<20 || *p.MemoryRequest > 700<<20 || *p.MemoryLimit != *p.MemoryRequest {
		t.Errorf("memory %d, %d", *p.MemoryRequest, *p.MemoryLimit)
	}
	// 12 s of computing and 18 s of waiting, on 528 MiB or so: half the mean use of
	// 0.4 cores is 0.2, and the formula sqrt(12 * 0.52/(18 * 9)) = 0.196.
	if *p.CPURequest != 0.2 || p.CPULimit != nil {
		t.Errorf("CPU %v, %v", *p.CPURequest, p.CPULimit)
	}
	// Half an hour while there are fewer than 100 runs; with a retry twice that, starts and the wait between.
	if *p.Deadline != 1800+60+10+1800+60 {
		t.Errorf("deadline %d", *p.Deadline)
	}
}

func TestProfilesInEveryFormat(t *testing.T) {
	isolate(t)
	file := fileOfRuns(t, steady(30, 500)...)
	for format, want := range map[string]string{
		"table": "Class M:", "csv": "workload,tenant,class,memory_request_bytes", "markdown": "# Job profiles", "json": `"profiles": [`,
	} {
		if out := ok(t, "profiles", "--from", file, "-o", format); !strings.Contains(out, want) || !strings.Contains(out, "acme") {
			t.Errorf("%s: %s", format, out)
		}
		if a, b := ok(t, "profiles", "--from", file, "-o", format), ok(t, "profiles", "--from", file, "-o", format); a != b {
			t.Errorf("%s: other bytes the second time", format)
		}
	}
}

// A replay prints a line a run in the order of the file, from what had ended by then.
func TestProfilesOnline(t *testing.T) {
	isolate(t)
	text := runsHeader
	for i := range 6 { // from the last to the first
		n := 5 - i
		text += fmt.Sprintf("etl,acme,r%d,%d,30,%d,12,2147483648,succeeded\n", n, 1784548800+60*n, 500<<20)
	}
	// It starts at the very second in which the third ends, so that it knows two.
	text += fmt.Sprintf("etl,acme,tie,%d,1,%d,1,2147483648,succeeded\n", 1784548800+150, 500<<20)
	text += "etl,,unknown,1784548700,,,,,\n"
	rows, err := csv.NewReader(strings.NewReader(ok(t, "profiles", "--online", "--from", textFile(t, text)))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows[0], ","); got != "run_id,memory_request_bytes,memory_limit_bytes,cpu_request,deadline_s" {
		t.Errorf("header %s", got)
	}
	var ids []string
	requests := map[string]int64{}
	for _, row := range rows[1:] {
		ids = append(ids, row[0])
		requests[row[0]], _ = strconv.ParseInt(row[1], 10, 64)
	}
	if want := []string{"r5", "r4", "r3", "r2", "r1", "r0", "tie", "unknown"}; !slices.Equal(ids, want) {
		t.Errorf("order %v", ids)
	}
	// From one run twice its peak + 128 MiB, from two half as much again + 128 MiB.
	for id, want := range map[string]int64{"r0": 2 << 30, "r1": 1152 << 20, "r2": 880 << 20, "tie": 880 << 20} {
		if requests[id] != want {
			t.Errorf("%s was given %d before the third run had ended, want %d", id, requests[id], want)
		}
	}
	for _, id := range []string{"r3", "r4", "r5"} {
		if requests[id] < 500<<20 || requests[id] > 1<<30 {
			t.Errorf("%s was given %d", id, requests[id])
		}
	}
	if rows[8][1] != "" || rows[8][4] != "" {
		t.Errorf("of nothing known: %v", rows[8])
	}
}

func TestProfilesOfLittle(t *testing.T) {
	isolate(t)
	r := migtop(t, "profiles", "--from", textFile(t, runsHeader), "-o", "json")
	if r.code != exitOK || !strings.Contains(r.out, `"profiles": []`) || !strings.Contains(r.err, "not enough data") {
		t.Errorf("no run: %+v", r)
	}
	for _, format := range []string{"table", "csv", "markdown", "json"} {
		r = migtop(t, "profiles", "--from", textFile(t, runsHeader), "-o", format)
		if n := strings.Count(strings.ToLower(r.out+r.err), "not enough data: "); r.code != exitOK || n != 1 && format != "json" {
			t.Errorf("%s of no run says %d times that there is not enough data: %+v", format, n, r)
		}
	}
	r = migtop(t, "profiles", "--from", textFile(t, runsHeader+"etl,acme,r1,,,,,,\n"))
	if r.code != exitOK || !strings.Contains(r.err, "1 of 1 profiles has no data") || !strings.Contains(r.out, "no data") {
		t.Errorf("a run of which nothing is known: %+v", r)
	}
	ps := profilesJSON(t, "--from", fileOfRuns(t, 500))
	if len(ps) != 1 || !ps[0].Learning || *ps[0].MemoryRequest != 1152<<20 || ps[0].Confidence != "low" {
		t.Errorf("one run: %+v", ps)
	}
}

// Runs that were all killed say nothing of what is enough.
func TestProfilesOfKilledRunsAreNotEnoughData(t *testing.T) {
	isolate(t)
	text := runsHeader
	for i := range 30 {
		text += fmt.Sprintf("etl,acme,r%d,%d,30,1073741824,12,1073741824,oom_killed\n", i, 1784548800+60*i)
	}
	file := textFile(t, text)
	for _, format := range []string{"table", "csv", "markdown", "json"} {
		r := migtop(t, "profiles", "--from", file, "-o", format)
		if both := strings.ToLower(r.out + r.err); r.code != exitOK || !strings.Contains(both, "not enough data") ||
			strings.Contains(both, "0.01 %") {
			t.Errorf("%s: %+v", format, r)
		}
	}
	if p := profilesJSON(t, "--from", file)[0]; p.Confidence != "low" || !strings.HasPrefix(p.Why[0], "Not enough data: of 30 runs") ||
		*p.MemoryRequest <= 1<<30 {
		t.Errorf("%+v", p)
	}
}

func TestProfilesBeyondTheNode(t *testing.T) {
	isolate(t)
	r := migtop(t, "profiles", "--from", fileOfRuns(t, steady(30, 3000)...), "--node-memory", "2Gi", "-o", "json")
	if r.code != exitOK || !strings.Contains(r.err, "No node is large enough") || !strings.Contains(r.out, `"beyond_node": true`) {
		t.Errorf("%+v", r)
	}
}

// 9 GiB and 2 vCPU is what Fargate gives above 8 GiB on one; a little less fits that.
func TestProfilesPriced(t *testing.T) {
	isolate(t)
	text := runsHeader
	for i := range 60 {
		text += fmt.Sprintf("etl,acme,r%d,%d,600,%d,500,17179869184,succeeded\n", i, 1784548800+3600*i, 7950<<20)
	}
	file := textFile(t, text)
	ps := profilesJSON(t, "--from", file, "--on", "eks-fargate", "--region", "us-east-1")
	why := strings.Join(ps[0].Why, "\n")
	if ps[0].RunCost == nil || ps[0].Saving == nil || strings.HasPrefix(*ps[0].Saving, "-") || !strings.Contains(why, "Fargate gives it") {
		t.Errorf("%+v", ps[0])
	}
	if !strings.Contains(why, "beyond a cliff") {
		t.Errorf("%s", why)
	}
	if ps = profilesJSON(t, "--from", file, "--on", "nodes", "--region", "us-east-1"); ps[0].RunCost == nil {
		t.Errorf("%+v", ps[0])
	}
}

func TestProfilesRefuses(t *testing.T) {
	isolate(t)
	file := fileOfRuns(t, 500)
	refused(t, "--online replays a file", "profiles", "--online")
	refused(t, "no such file", "profiles", "--from", "nowhere.csv")
	refused(t, "is a directory: name a file of runs", "profiles", "--from", t.TempDir())
	refused(t, `--units: "miles" is no unit of duration`, "profiles", "--from", file, "--units", "duration=miles")
	refused(t, "--units says what a file has", "profiles", "--units", "duration=ms")
	refused(t, `--mode "bold": want lean, normal or careful`, "profiles", "--from", file, "--mode", "bold")
	refused(t, "unknown output format", "profiles", "--from", file, "-o", "yaml")
	refused(t, "--node-memory", "profiles", "--from", file, "--node-memory", "much")
	refused(t, "--node-cpu", "profiles", "--from", file, "--node-cpu", "-1")
	refused(t, "--classes -1", "profiles", "--from", file, "--classes", "-1")
	refused(t, "--online and --classes do not go together", "profiles", "--from", file, "--online", "--classes", "3")
	refused(t, "--online prints csv", "profiles", "--from", file, "--online", "-o", "json")
	refused(t, `--on "moon"`, "profiles", "--from", file, "--on", "moon")
	refused(t, "say in which --region", "profiles", "--from", file, "--on", "nodes")
	refused(t, `--node-type "x9.huge"`, "profiles", "--from", file, "--on", "nodes", "--region", "us-east-1", "--node-type", "x9.huge")
	r := migtop(t, "profiles", "--from", textFile(t, runsHeader+"etl,acme,r1,never,1,1,1,1,ok\n"))
	if r.code != exitUsage || !strings.Contains(r.failure.Error(), ":2: started_at:") {
		t.Errorf("%+v", r)
	}
	r = migtop(t, "profiles", "--online", "--from", textFile(t, runsHeader+"etl,acme,r1,,1,500000000,1,,ok\n"))
	if r.code != exitUsage || !strings.Contains(r.failure.Error(), ":2: started_at: is empty") {
		t.Errorf("%+v", r)
	}
}
