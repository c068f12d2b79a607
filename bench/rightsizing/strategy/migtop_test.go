package strategy

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/bench/rightsizing/trace"
)

// TestMain plays migtop where a test says so: with --online it prints for each run
// the request that it declares, or nothing, and a deadline of 20 s.
func TestMain(m *testing.M) {
	play := os.Getenv("RIGHTSIZING_PLAY")
	if play == "" {
		os.Exit(m.Run())
	}
	json := play == "json" && slices.Equal(os.Args[4:], []string{"-o", "json"})
	if !slices.Equal(os.Args[1:3], []string{"profiles", "--from"}) || !json && os.Args[4] != "--online" || play == "fail" {
		fmt.Fprintln(os.Stderr, "migtop: no such trace")
		os.Exit(1)
	}
	f, err := os.Open(os.Args[3])
	if err != nil {
		panic(err)
	}
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		panic(err)
	}
	if !slices.Equal(rows[0], trace.Header) {
		panic(fmt.Sprint("the header is ", rows[0]))
	}
	if json {
		fmt.Printf(`{"profiles":[{"workload":%q,"memory_limit_bytes":7,"expected_failure_rate":0.01,"job_runs":%d,"learning":false}]}`,
			rows[1][0], len(rows)-1)
		return
	}
	fmt.Println("run_id,memory_request_bytes,memory_limit_bytes,cpu_request,deadline_s")
	for _, row := range rows[1:] {
		if play == "short" {
			break
		}
		if (row[1] == "") == (play == "tenants") {
			panic("tenant " + row[1])
		}
		fmt.Printf("%s,%s,%s,,20\n", row[2], row[7], row[7])
	}
}

var two = []trace.Run{
	{Workload: "w", Tenant: "a", ID: "1", Start: trace.Epoch, Duration: time.Second, Peak: 5, Declared: 7},
	{Workload: "w", Tenant: "b", ID: "2", Start: trace.Epoch, Duration: time.Second, Peak: 5},
}

func TestMigtop(t *testing.T) {
	for _, tenants := range []bool{false, true} {
		t.Setenv("RIGHTSIZING_PLAY", map[bool]string{false: "plain", true: "tenants"}[tenants])
		m, err := (&Binary{Path: os.Args[0], Tenants: tenants}).Replay(t.Context(), two)
		if err != nil {
			t.Fatal(err)
		}
		if size, ok := m.Size(&two[0]); !ok || size != 7 {
			t.Errorf("run 1: %d, %t; want 7", size, ok)
		}
		if size, ok := m.Size(&two[1]); ok {
			t.Errorf("run 2: %d, want nothing", size)
		}
		if d, ok := m.Deadline(&two[0]); !ok || d != 20*time.Second {
			t.Errorf("deadline %v, %t; want 20s", d, ok)
		}
	}
}

func TestMigtopFails(t *testing.T) {
	for play, want := range map[string]string{"fail": "no such trace", "short": "left out run 1"} {
		t.Setenv("RIGHTSIZING_PLAY", play)
		if _, err := (&Binary{Path: os.Args[0]}).Replay(t.Context(), two); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", play, err, want)
		}
	}
}

func TestParseAdvice(t *testing.T) {
	const header = "run_id,memory_request_bytes,memory_limit_bytes,cpu_request,deadline_s"
	good, err := parseAdvice(strings.NewReader(header + ",more\na,1,2.5,0.1,60,x\nb,,,,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := good["a"], (advice{limit: 3, deadline: time.Minute}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := good["b"]; got != (advice{}) {
		t.Errorf("%+v, want nothing", got)
	}
	for name, text := range map[string]string{
		"empty": "", "no limit": "run_id,deadline_s\n", "no number": header + "\na,1,x,,\n",
		"negative": header + "\na,1,-1,,\n", "twice": header + "\na,1,1,,\na,1,1,,\n", "short": header + "\na\n",
		"not finite": header + "\na,1,NaN,,\n",
	} {
		if _, err := parseAdvice(strings.NewReader(text)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func FuzzParseAdvice(f *testing.F) {
	f.Add("run_id,memory_limit_bytes,deadline_s\na,1,2\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := parseAdvice(strings.NewReader(text))
		for id, a := range all {
			if err == nil && (a.limit < 0 || a.deadline < 0) {
				t.Errorf("%s: %+v", id, a)
			}
		}
	})
}

func TestForecasts(t *testing.T) {
	t.Setenv("RIGHTSIZING_PLAY", "json")
	got, err := (&Binary{Path: os.Args[0]}).Forecasts(t.Context(), two)
	if want := (Forecast{Runs: 2, Limit: 7, Rate: 0.01}); err != nil || len(got) != 1 || got["w"] != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	// What is unknown or not ready is no forecast.
	got, err = parseForecasts([]byte(`{"profiles":[{"workload":"a","memory_limit_bytes":7},{"workload":"b","expected_failure_rate":0},
		{"workload":"c","memory_limit_bytes":7,"expected_failure_rate":0,"learning":true}]}`))
	if err != nil || len(got) != 0 {
		t.Errorf("%+v, %v; want nothing", got, err)
	}
	for _, text := range []string{"", "[]", `{"profiles":[{"memory_limit_bytes":1,"expected_failure_rate":1.5}]}`} {
		if _, err := parseForecasts([]byte(text)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
