package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/estimate"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/report"
)

var november = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s: go test ./internal/report -update writes it anew\n%s", file, diff)
	}
}

// shapes are the work of three customers: both sides, a Job that no invocation can
// be, and one in a region where some prices are unknown.
const shapes = `shapes:
- {name: mobile backend, region: us-east-1, runs: 3000000, duration: 120ms, memory: 1536MB,
   job-runs: 150, job-cpu: 1, job-memory: 2Gi, job-duration: 10m, job-storage: 30Gi, node-type: m6i.xlarge}
- {name: "=two hours", region: us-east-1, runs: 30, duration: 2h, memory: 2GB, free-tier: false, spot: 0.5}
- {name: north, region: eu-north-1, runs: 1000, duration: 3s, memory: 512MB, arch: arm64}
- {region: us-east-1, runs: 100, duration: 1s, memory: 128MB, job-runs: 0}
`

func results(t *testing.T) *estimate.Document {
	t.Helper()
	all, err := estimate.Parse("shapes.yaml", []byte(shapes))
	if err != nil {
		t.Fatal(err)
	}
	doc := estimate.Defaults().Estimate(cost.New(prices.Default(), cost.Options{}), all, november)
	return &doc
}

func written(t *testing.T, write func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestEstimateGoldens(t *testing.T) {
	all := results(t)
	for _, f := range report.Formats {
		golden(t, "estimates."+string(f), written(t, func(w io.Writer) error { return report.WriteEstimates(w, all, f) }))
		golden(t, "estimate."+string(f), written(t, func(w io.Writer) error { return report.WriteEstimate(w, &all.Shapes[0], f) }))
	}
}

// Every total can be calculated again from the JSON or the CSV.
func TestLinesSumToTotals(t *testing.T) {
	all := results(t)
	type line struct{ Quantity, Rate, Amount decimal.Decimal }
	sums := 0
	check := func(what string, lines []line, total string) {
		if total == "" {
			return // unknown, and the golden says so
		}
		sums++
		var sum decimal.Decimal
		for _, l := range lines {
			// A quantity that is a quotient is printed with 18 places, and the amount is not calculated from that.
			if l.Quantity.Mul(l.Rate).Sub(l.Amount).Abs().GreaterThan(decimal.New(1, -16)) {
				t.Errorf("%s: %s * %s is not %s", what, l.Quantity, l.Rate, l.Amount)
			}
			sum = sum.Add(l.Amount)
		}
		if !sum.Equal(decimal.RequireFromString(total)) {
			t.Errorf("%s: the lines sum to %s, the total is %s", what, sum, total)
		}
	}
	var doc struct {
		Shapes []struct {
			Platforms map[string]struct {
				Lines []struct {
					Quantity string `json:"quantity"`
					Rate     string `json:"rate_usd"`
					Amount   string `json:"amount_usd"`
				} `json:"lines"`
				Total *string `json:"total_usd"`
			} `json:"platforms"`
		} `json:"shapes"`
	}
	data := written(t, func(w io.Writer) error { return report.WriteEstimates(w, all, report.JSON) })
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	for _, s := range doc.Shapes {
		for name, p := range s.Platforms {
			if p.Total == nil {
				continue
			}
			var lines []line
			for _, l := range p.Lines {
				lines = append(lines, line{
					decimal.RequireFromString(l.Quantity), decimal.RequireFromString(l.Rate),
					decimal.RequireFromString(l.Amount),
				})
			}
			check("JSON "+name, lines, *p.Total)
		}
	}
	rows, err := csv.NewReader(bytes.NewReader(written(t,
		func(w io.Writer) error { return report.WriteEstimates(w, all, report.CSV) }))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := func(row []string, name string) string { return row[slices.Index(rows[0], name)] }
	var lines []line
	for _, row := range rows[1:] {
		if at(row, "row") == "line" {
			lines = append(lines, line{
				decimal.RequireFromString(at(row, "quantity")), decimal.RequireFromString(at(row, "rate_usd")),
				decimal.RequireFromString(at(row, "amount_usd")),
			})
			continue
		}
		switch at(row, "row") {
		case "total":
		case "month", "sum", "compared":
			continue
		default:
			if at(row, "amount_usd") != "" {
				t.Errorf("a %s is an amount: %v", at(row, "row"), row)
			}
			continue
		}
		check("CSV "+at(row, "shape")+" "+at(row, "platform"), lines, at(row, "amount_usd"))
		lines = nil
	}
	if sums < 15 {
		t.Errorf("only %d totals were known", sums)
	}
}

func TestPriceGoldens(t *testing.T) {
	rates := prices.Default().Rates("fargate.vcpu.x86_64")
	for _, f := range []report.Format{report.Table, report.JSON, report.CSV} {
		golden(t, "prices."+string(f), written(t, func(w io.Writer) error { return report.WritePrices(w, rates, november, f) }))
	}
	undated, err := prices.Default().Rate("spot.discount.guess", "us-east-2")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "price.table", written(t, func(w io.Writer) error { return report.WritePrice(w, undated, november, report.Table) }))
}

func TestChangeGoldens(t *testing.T) {
	book, err := prices.Default().With("contract.yaml", []byte(`format: migtop-price-book/1
group: contract
origins: {o: {source: "=contract", as_of: "2026-10", certainty: primary}}
items: {eks.cluster: USD/cluster-hour, ebs.gp3: USD/GB-month, cluster.fee: USD/cluster-hour}
sheets:
- {origin: o, region: everywhere, prices: {eks.cluster: "0.08", cluster.fee: "0.05"}}
- {origin: o, region: us-east-1, prices: {ebs.gp3: "0.09"}}
`))
	if err != nil {
		t.Fatal(err)
	}
	all := cost.Changes(cost.New(prices.Default(), cost.Options{}), cost.New(book, cost.Options{}))
	for _, f := range []report.Format{report.Table, report.JSON, report.CSV} {
		golden(t, "changes."+string(f), written(t, func(w io.Writer) error { return report.WriteChanges(w, all, f) }))
	}
	if got := string(written(t, func(w io.Writer) error { return report.WriteChanges(w, nil, report.Table) })); got != "0 prices change.\n" {
		t.Errorf("without changes: %q", got)
	}
	if got := string(written(t, func(w io.Writer) error { return report.WriteChanges(w, nil, report.JSON) })); !strings.Contains(got,
		`"changes": []`) {
		t.Errorf("without changes: %s", got)
	}
}

// The names of shapes are foreign text.
func TestNamesCannotMoveTheCursor(t *testing.T) {
	r := results(t).Shapes[3]
	r.Name = "a\x1b[2Jb\u202ec"
	if got := string(written(t, func(w io.Writer) error { return report.WriteEstimate(w, &r, report.Table) })); !strings.HasPrefix(got,
		`a\x1b[2Jb\u202ec, us-east-1: `) {
		t.Errorf("%q", got)
	}
}

func TestFormats(t *testing.T) {
	if _, err := report.ParseFormat("yaml", report.ListFormats); err == nil ||
		err.Error() != `unknown output format "yaml" (use one of table, json, csv)` {
		t.Error(err)
	}
}
