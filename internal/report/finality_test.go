package report_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
)

// Every format marks figures that late data may still change. The mark does not change the numbers: the final copy
// differs only in the marks.
func TestEveryFormatSaysWhatMayChange(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		flag := func(name string) bool { return rapid.Bool().Draw(rt, name) }
		perHour, cost, perRun, counts, delta := flag("per hour"), flag("cost"), flag("per run"), flag("counts"), flag("delta")
		s := full()
		v := &s.Tenants[0]
		for _, side := range []*migration.Side{&v.Before, &v.After} {
			side.CostPerHour.Evidence.Provisional, side.Cost.Evidence.Provisional = perHour, cost
			side.CostPerRun.Evidence.Provisional, side.Activity.Provisional = perRun, counts
		}
		v.Delta.Evidence.Provisional, v.BreakEven.Evidence.Provisional = delta, delta

		wants := map[string]bool{"delta_ratio": delta, "break_even_runs_per_day": delta}
		for _, side := range []string{"lambda_", "jobs_"} {
			wants[side+"cost_per_hour_usd"], wants[side+"cost_usd"], wants[side+"cost_per_run_usd"] = perHour, cost, perRun
			for _, name := range []string{
				"runs", "failures", "timed_out", "oom_killed", "failure_ratio", "duration_p50_seconds", "duration_p95_seconds",
				"duration_max_seconds", "start_up_p50_seconds", "peak_memory_max_bytes",
			} {
				wants[side+name] = counts
			}
			// What is there now, and what was asked for, comes no later.
			wants[side+"running"], wants[side+"memory_limit_bytes"] = false, false
		}
		for name, late := range wants {
			options := report.Options{Format: report.Table, Fields: []string{"tenant", name}}
			got := strings.Fields(strings.Split(string(write(t, s, options)), "\n")[1])[1]
			final := strings.Fields(strings.Split(string(write(t, allFinal(), options)), "\n")[1])[1]
			if strings.HasSuffix(got, "~") != late || strings.TrimSuffix(got, "~") != final || final == "-" {
				rt.Errorf("table: %s is %q, final %q, may change %v", name, got, final, late)
			}
			options.Format = report.CSV
			got, final = string(write(t, s, options)), string(write(t, allFinal(), options))
			if got != final || strings.Contains(got, "~") {
				rt.Errorf("csv: %s is %q, final %q: numbers are for programs", name, got, final)
			}
		}
		rows, err := csv.NewReader(strings.NewReader(string(write(t, s,
			report.Options{Format: report.CSV, Fields: []string{"lambda_cost_provisional", "jobs_cost_provisional"}})))).ReadAll()
		if err != nil {
			rt.Fatal(err)
		}
		for _, word := range rows[1] {
			if (word == "true") != cost {
				rt.Errorf("csv: the cost may change: %q, want %v", word, cost)
			}
		}
		var doc struct {
			Tenants []struct{ Lambda, Jobs map[string]any }
		}
		if err := json.Unmarshal(write(t, s, report.Options{Format: report.JSON}), &doc); err != nil {
			rt.Fatal(err)
		}
		for _, side := range []map[string]any{doc.Tenants[0].Lambda, doc.Tenants[0].Jobs} {
			for key, want := range map[string]bool{"cost_evidence": cost, "activity_evidence": counts} {
				e, ok := side[key].(map[string]any)
				if !ok || e["provisional"] != want {
					rt.Errorf("json: %s says %v, want provisional %v", key, side[key], want)
				}
			}
		}
	})
}

// allFinal returns a snapshot with all figures of a tenant known and final.
func allFinal() *migration.Snapshot {
	s := full()
	v := &s.Tenants[0]
	for _, side := range []*migration.Side{&v.Before, &v.After} {
		side.CostPerHour.Evidence.Provisional, side.Cost.Evidence.Provisional = false, false
		side.CostPerRun.Evidence.Provisional, side.Activity.Provisional = false, false
	}
	v.Delta.Evidence.Provisional, v.BreakEven.Evidence.Provisional = false, false
	return s
}
