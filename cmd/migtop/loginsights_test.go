package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// configFile writes a configuration for a demo.
func configFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestEvidenceTellsWhatLogsKnow(t *testing.T) {
	isolate(t)
	r := migtop(t, "evidence", "--demo", "--since", "1h", "-o", "json")
	if r.failure != nil {
		t.Fatal(r.failure)
	}
	for _, say := range []string{"log groups to read", "to scan: about $0.0", "$0.005 per GB scanned", "runs read"} {
		if !strings.Contains(r.err, say) {
			t.Errorf("it does not say %q:\n%s", say, r.err)
		}
	}
	var got struct {
		Rows []struct {
			Function, Named, Tenant string
			Runs                    int64
			GBSeconds               string                 `json:"billed_gb_seconds"`
			Peak                    *struct{ Count int64 } `json:"peak_memory_bytes"`
			FinalTo                 *string                `json:"final_to"`
		}
	}
	if err := json.Unmarshal([]byte(r.out), &got); err != nil {
		t.Fatal(err)
	}
	found := map[string]int64{}
	for _, row := range got.Rows {
		found[row.Function+"/"+row.Named+"/"+row.Tenant] = row.Runs
		if row.Peak == nil || row.Peak.Count != row.Runs || row.GBSeconds == "" || row.FinalTo == nil {
			t.Errorf("%+v", row)
		}
	}
	for _, want := range []string{"globex-webhook-fanout-prod//globex", "log_shipper/nordhavn/nordhavn", "LegacyCronRunner/acme/acme"} {
		if found[want] == 0 {
			t.Errorf("nothing of %s", want)
		}
	}
}

func TestEvidencePrintsTheSameTwice(t *testing.T) {
	isolate(t)
	formats := []string{"csv", "table"}
	if testing.Short() {
		formats = formats[:1]
	}
	for _, format := range formats {
		one := ok(t, "evidence", "--demo", "--since", "30m", "-o", format)
		if two := ok(t, "evidence", "--demo", "--since", "30m", "-o", format); one != two {
			t.Errorf("%s differs:\n%s\n%s", format, one, two)
		}
		if format == "csv" {
			rows, err := csv.NewReader(strings.NewReader(one)).ReadAll()
			if err != nil || len(rows) < 10 || rows[0][0] != "function" {
				t.Errorf("%d rows, %v", len(rows), err)
			}
		}
	}
}

func TestEvidenceAsksBeforeItCostsMuch(t *testing.T) {
	isolate(t)
	file := configFile(t, "evidence: {max_scan: 0MB}\n")
	r := migtop(t, "evidence", "--demo", "--config", file, "--since", "30m")
	if r.code != exitUsage || !strings.Contains(r.failure.Error(), "add --yes") || r.out != "" {
		t.Errorf("code %d, %v, printed %q", r.code, r.failure, r.out)
	}
	if !strings.Contains(r.err, "to scan: about $") {
		t.Errorf("the cost is not shown: %s", r.err)
	}
	if out := ok(t, "evidence", "--demo", "--config", file, "--since", "30m", "--yes"); !strings.Contains(out, "GB-S") {
		t.Errorf("with --yes it printed %q", out)
	}
	// Saying what it costs reads nothing.
	if r := migtop(t, "evidence", "--demo", "--config", file, "--estimate"); r.failure != nil || r.out != "" ||
		!strings.Contains(r.err, "to scan") {
		t.Errorf("%v, printed %q, said %q", r.failure, r.out, r.err)
	}
}

func TestEvidenceSaysWhatIsWrong(t *testing.T) {
	isolate(t)
	refused(t, "--since", "evidence", "--demo", "--since", "1m")
	refused(t, "go together", "evidence", "--demo", "--yes", "--estimate")
	refused(t, "unknown output format", "evidence", "--demo", "-o", "xml")
	refused(t, "plain text before", "evidence", "--demo", "--config", configFile(t, "log_tenants: [{function: f, pattern: '{tenant}'}]\n"))
	for fault, says := range map[string]string{
		"denied:logs:StartQuery": "logs:StartQuery", "query:failed": "ended as Failed",
		"denied:cloudwatch:GetMetricData": "cloudwatch:GetMetricData", "expired": "expired",
	} {
		r := migtop(t, "evidence", "--demo", "--since", "10m", "--fault", fault)
		if r.code != exitFailure || !strings.Contains(r.failure.Error(), says) {
			t.Errorf("%s: code %d, %v; want %q", fault, r.code, r.failure, says)
		}
	}
}

func TestAnswersToTheQuestionOfCosts(t *testing.T) {
	for answer, goes := range map[string]bool{"y\n": true, "YES": true, "\n": false, "": false, "no\n": false} {
		if err := agreed(strings.NewReader(answer)); (err == nil) != goes {
			t.Errorf("%q: %v", answer, err)
		}
	}
}
