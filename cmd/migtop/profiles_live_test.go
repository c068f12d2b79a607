package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// Without a file profiles come from one look at the cluster, twice the same.
func TestProfilesOfTheDemo(t *testing.T) {
	out, errOut, code := execute(t, "profiles", "--demo", "-o", "json")
	if code != exitOK {
		t.Fatalf("code %d: %s", code, errOut)
	}
	var got struct {
		Profiles []struct {
			Workload string `json:"workload"`
			Tenant   string `json:"tenant"`
			Memory   int64  `json:"memory_limit_bytes"`
			Sure     string `json:"confidence"`
			Jobs     int    `json:"job_runs"`
			Lambda   int    `json:"lambda_runs"`
			Saving   any    `json:"monthly_saving_usd"`
		} `json:"profiles"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	sized, both := 0, 0
	for _, p := range got.Profiles {
		if p.Sure != "none" && p.Memory > 0 {
			sized++
		}
		if p.Sure == "none" && p.Saving != nil {
			t.Errorf("%s of %s, of which too little is known, saves %v", p.Workload, p.Tenant, p.Saving)
		}
	}
	// One look at a cluster sees few of the runs; the logs of Lambda, which cost nothing here, provide the rest.
	if sized < 50 || len(got.Profiles)-sized > 5 {
		t.Errorf("%d of %d profiles have data", sized, len(got.Profiles))
	}
	for _, p := range got.Profiles {
		if p.Jobs > 0 && p.Lambda > 0 {
			both++
		}
	}
	if both < 10 {
		t.Errorf("%d profiles rest on both sides", both)
	}
	if want := fmt.Sprintf("%d of %d profiles have no data", len(got.Profiles)-sized, len(got.Profiles)); !strings.Contains(errOut, want) ||
		!strings.Contains(errOut, "wrapper") {
		t.Errorf("%q does not say %q and what helps", errOut, want)
	}
	if !testing.Short() {
		if again, _, _ := execute(t, "profiles", "--demo", "-o", "json"); again != out {
			t.Error("the same look says something else")
		}
	}
	if _, errOut, code = execute(t, "profiles", "--online"); code != exitUsage || !strings.Contains(errOut, "--from") {
		t.Errorf("a replay of nothing: code %d, %s", code, errOut)
	}
	if _, errOut, code = execute(t, "profiles", "--from", "x.csv", "--evidence"); code != exitUsage ||
		!strings.Contains(errOut, "do not go together") {
		t.Errorf("logs together with a file: code %d, %s", code, errOut)
	}
	if _, errOut, code = execute(t, "profiles", "--demo", "--mode", "brave"); code != exitUsage ||
		!strings.Contains(errOut, "lean, normal or careful") {
		t.Errorf("an unknown mode: code %d, %s", code, errOut)
	}
}
