package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/cost/whatif"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
	"github.com/migtop/migtop/internal/simcloud"
	"github.com/migtop/migtop/internal/sources/jobs"
	"github.com/migtop/migtop/internal/ui"
)

// comparisons are what stands on no screen and in no output before both sides were read and priced: a verdict, a
// saving, a payback, a break-even and its tick, where the month ends. A "cannot stay" is seen on one side alone.
var comparisons = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\b(saves?|saved?|saving|to be saved|saved so far)\b[^.]{0,12}[≥>=]*-?\$ ?\d`),
	regexp.MustCompile(`(?i)still to be saved|saved so far|month, all on`),
	regexp.MustCompile(`(?i)\b(payback|pays? back|paid back)\b *[≥>=≈]*\d`),
	regexp.MustCompile(`(?i)\bmonth end\b[^a-z]{0,4}\$\d`),
	regexp.MustCompile(`\(all on (Lambda|ECS) [≥>=]*\$`),
	regexp.MustCompile(`(?i)break-even runs? +(under )?\d|over the break-even|under the break-even|moving never pays`),
	regexp.MustCompile(`[✔✓⇢▶→=•] (move|stay|moved)\b`),
}

// wantNoComparison checks one screen or output, and that the reason stands there.
func wantNoComparison(t *testing.T, where, text, reason string) {
	t.Helper()
	text = strings.ReplaceAll(text, "cannot stay", "")
	for _, line := range strings.Split(text, "\n") {
		for _, re := range comparisons {
			if found := re.FindString(line); found != "" {
				t.Errorf("%s shows %q: %s", where, found, strings.TrimSpace(line))
			}
		}
	}
	// A screen cuts a sentence where a line or a panel ends.
	flat := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "\n", " ").Replace(text)), " ")
	if !strings.Contains(flat, reason) {
		t.Errorf("%s does not say %q:\n%s", where, reason, text)
	}
}

// demoApp wires the demo as a command would.
func demoApp(t *testing.T, faults string, p pace) *app {
	t.Helper()
	isolate(t)
	root := newRoot()
	root.SetContext(t.Context())
	root.SetOut(&bytes.Buffer{})
	root.SetErr(&bytes.Buffer{})
	if err := root.ParseFlags(nil); err != nil {
		t.Fatal(err)
	}
	g := &globals{logLevel: "error", demo: true, seed: simcloud.DefaultSeed, story: simcloud.StoryLambda, faults: faults}
	a, err := open(t.Context(), root, g, p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.close)
	return a
}

// gateScreens are the keys that lead to each screen that compares, and to a tenant's page.
var gateScreens = map[string][]string{
	"Fleet": {"1"}, "Tenants": {"2"}, "Tenant": {"2", "down", "enter"}, "What-if": {"8"},
}

// wantGate checks every screen and output of a snapshot in which nothing is compared.
func wantGate(t *testing.T, a *app, snap *migration.Snapshot, reason string) {
	t.Helper()
	if !strings.Contains(snap.Totals.Forecast.Gap, reason) {
		t.Errorf("the fleet's gap is %q, want %q", snap.Totals.Forecast.Gap, reason)
	}
	for name, keys := range gateScreens {
		for _, size := range [][2]int{{120, 40}, {180, 60}} {
			rows, err := ui.Still(ui.Options{
				Theme: "mono", Environ: []string{"TERM=xterm-256color", "LANG=en_US.UTF-8"}, Scenarios: scenarios{whatif.New(a.pricer)},
				Now: func() time.Time { return snap.At }, Location: time.UTC,
			}, snap, size[0], size[1], keys...)
			if err != nil {
				t.Fatal(err)
			}
			wantNoComparison(t, fmt.Sprintf("%s at %dx%d", name, size[0], size[1]), strings.Join(rows, "\n"), reason)
		}
	}
	for _, format := range []report.Format{report.Table, report.CSV, report.YAML} {
		var out bytes.Buffer
		options := report.Options{Format: format}
		if format == report.Table {
			options.Fields = strings.Split("tenant,verdict,verdict_reason,monthly_saving_usd,monthly_saved_usd,month_end_usd,gap", ",")
		}
		if err := report.Write(&out, snap, options); err != nil {
			t.Fatal(err)
		}
		wantNoComparison(t, string(format), out.String(), reason)
	}
	wantNullComparisons(t, snap, reason)
	for i := range snap.Profiles {
		if p := &snap.Profiles[i]; p.Saving.Known() || p.ClassSaving.Known() {
			t.Errorf("the profile of %s of %s saves %v", p.Workload, p.Tenant, p.Saving)
		}
	}
	if snap.ProfileSaving.Known() {
		t.Errorf("all profiles save %v", snap.ProfileSaving)
	}
}

// wantNullComparisons reads the JSON document as a program would.
func wantNullComparisons(t *testing.T, snap *migration.Snapshot, reason string) {
	t.Helper()
	var out bytes.Buffer
	if err := report.Write(&out, snap, report.Options{Format: report.JSON}); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Tenants []struct {
			Name      *string        `json:"tenant"`
			Verdict   string         `json:"verdict"`
			Cost      string         `json:"cost_verdict"`
			BreakEven *float64       `json:"break_even_runs_per_day"`
			Crossing  *string        `json:"break_even_crossing"`
			Delta     *float64       `json:"delta_ratio"`
			Answers   map[string]any `json:"answers"`
		} `json:"tenants"`
		Totals struct {
			Outlook map[string]any `json:"outlook"`
		} `json:"totals"`
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	fields := []string{"monthly_saving_usd", "monthly_saved_usd", "month_end_usd", "month_end_stay_usd"}
	for _, field := range append(fields, "payback_months", "unshared_month_usd") {
		if v := doc.Totals.Outlook[field]; v != nil {
			t.Errorf("the fleet's %s is %v", field, v)
		}
	}
	for _, v := range doc.Tenants {
		name := "unattributed work"
		if v.Name != nil {
			name = *v.Name
			if gap, _ := v.Answers["gap"].(string); !strings.Contains(gap, reason) {
				t.Errorf("%s: the gap is %q", name, gap)
			}
		}
		good := slices.Contains([]string{"move", "stay", "PROMOTE", "moved", "moved, costs more"}, v.Verdict)
		seen := slices.Contains([]string{"not enough data", "cannot stay"}, v.Cost) && !good
		if !seen || v.BreakEven != nil || v.Crossing != nil || v.Delta != nil {
			t.Errorf("%s: %+v", name, v)
		}
		for _, field := range append(fields, "break_even_duration_seconds", "break_even_memory_bytes", "break_even_utilization_ratio") {
			if field != "month_end_usd" && field != "month_end_stay_usd" || v.Name != nil {
				if x := v.Answers[field]; x != nil {
					t.Errorf("%s: %s is %v", name, field, x)
				}
			}
		}
	}
}

// Each fault of the demo, on each screen and in each output: where a side could not be read or priced, nothing is
// compared and the reason stands there; where all was read, all is as without the fault.
func TestNoFaultLeavesAComparisonOfHalfTheData(t *testing.T) {
	closed := map[string]string{
		"expired":                         "Lambda could not be read: the AWS credentials have expired",
		"rejected":                        "Lambda could not be read: ",
		"denied":                          "Lambda could not be read: not permitted: cloudwatch:",
		"denied:cloudwatch:GetMetricData": "Lambda could not be read: not permitted: cloudwatch:GetMetricData",
		"throttle":                        "Lambda could not be read: CloudWatch throttles",
		"offline":                         "Lambda could not be read: cannot reach CloudWatch",
		"html":                            "Lambda could not be read: ",
		"kube-offline":                    "Jobs could not be read: cannot list jobs",
		"forbidden":                       "nodes could not be read: cannot list nodes",
	}
	opened := []string{"late", "partial", "query", "no-metrics"}
	for _, name := range simcloud.FaultNames() {
		if _, ok := closed[name]; !ok && !slices.Contains(opened, name) {
			t.Errorf("nothing is known of the fault %q", name)
		}
	}
	short, few := []string{"expired", "kube-offline", "forbidden"}, testing.Short() || underRace
	for fault, reason := range closed {
		if few && !slices.Contains(short, fault) {
			continue
		}
		t.Run(fault, func(t *testing.T) {
			a := demoApp(t, fault, frozen)
			snap, _ := a.monitor.Once(t.Context())
			wantGate(t, a, snap, reason)
		})
	}
	if few {
		return
	}
	verdicts := func(t *testing.T, fault string) (out []string) {
		snap, _ := demoApp(t, fault, frozen).monitor.Once(t.Context())
		for i := range snap.Tenants {
			v := &snap.Tenants[i]
			out = append(out, fmt.Sprint(v.Tenant, v.Verdict, v.Economics.Gap, v.Economics.Saving.Value.Known()))
		}
		slices.Sort(out)
		return out
	}
	want := verdicts(t, "")
	for _, fault := range opened {
		t.Run(fault, func(t *testing.T) {
			got := verdicts(t, fault)
			if fault == "late" { // the window ends earlier
				got, want := len(got), len(want)
				if got != want {
					t.Errorf("%d tenants, want %d", got, want)
				}
				return
			}
			if !slices.Equal(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
		})
	}
}

// While one side has answered and the other not, and before either has.
func TestNothingIsComparedAtTheStart(t *testing.T) {
	a := demoApp(t, "", running)
	release := make(chan struct{})
	cluster := a.systems.cluster
	a.systems.cluster = func() (*jobs.Connection, error) { // it is there, and takes its time
		<-release
		return cluster()
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.monitor.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	reasons := map[string]bool{}
	for snap := range a.monitor.Snapshots() {
		if snap == nil {
			continue
		}
		if snap.Totals.After.Gap == "" {
			break
		}
		reason := "waiting for cloudwatch"
		if snap.Totals.Before.Gap == "" {
			reason = "waiting for jobs"
		}
		if !reasons[reason] && len(snap.Tenants) > 0 {
			wantGate(t, a, snap, reason)
		}
		if reasons[reason] = true; reason == "waiting for jobs" {
			break
		}
	}
	close(release)
	if !reasons["waiting for jobs"] {
		t.Errorf("one side alone was never seen: %v", reasons)
	}
}

// scenarios answers the What-if screen at once, as a program does later.
type scenarios struct{ ui.Scenarios }

func (s scenarios) Ask(ctx context.Context, snap *migration.Snapshot, of *migration.Scenario) (*migration.WhatIf, error) {
	return s.Scenarios.Ask(context.WithoutCancel(ctx), snap, of)
}
