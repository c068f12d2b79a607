package columns

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

var update = flag.Bool("update", false, "write the list of columns into docs/snapshot.md")

func TestRounding(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "4.21033": "4.21033", "4.2103312345": "4.210331", "123456.789": "123456.789", "123456.7890126": "123456.789013",
		"-0.36142449": "-0.361424", "0.0000002": "0.0000002", "0.00000021234567": "0.000000212346", "-0.00000021234567": "-0.000000212346",
		"0.05123456789": "0.0512346", "0.1234567": "0.123457", "0.000000000000000123456789": "0.000000000000000123457", "1000000": "1000000",
		"0.9999999": "1", "1613.0199999": "1613.02",
	} {
		if got := USD(migration.Dollars(decimal.RequireFromString(in))); got != want {
			t.Errorf("%s USD: got %s, want %s", in, got, want)
		}
	}
	for in, want := range map[float64]string{
		0: "0", 0.000997506234413965: "0.0009975", -0.52: "-0.52", 0.123456: "0.1235", 12.345678: "12.3457", 136.4: "136.4", 1e-9: "0.000000001",
		1e21: "1000000000000000000000", math.NaN(): "", math.Inf(1): "", math.Inf(-1): "",
	} {
		if got := Number(in); got != want {
			t.Errorf("%v: got %q, want %q", in, got, want)
		}
	}
	for in, want := range map[time.Duration]string{
		0: "0", time.Nanosecond: "0.000000001", 1234567890: "1.2346", 15 * time.Minute: "900", 12345678: "0.01235",
	} {
		if got := Seconds(in); got != want {
			t.Errorf("%v: got %s, want %s", in, got, want)
		}
	}
}

// A known amount never becomes 0, and rounding changes at most the sixth digit.
func TestRoundingLosesNothingOfABill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		exact := decimal.New(rapid.Int64().Draw(t, "coefficient"), rapid.Int32Range(-30, 3).Draw(t, "exponent"))
		got := decimal.RequireFromString(USD(migration.Dollars(exact)))
		if got.Sign() != exact.Sign() {
			t.Fatalf("%s became %s", exact, got)
		}
		if off := got.Sub(exact).Abs(); off.GreaterThan(decimal.New(5, -7)) || off.GreaterThan(exact.Abs().Mul(decimal.New(5, -6))) {
			t.Fatalf("%s became %s", exact, got)
		}
	})
}

func TestColumnsAreDescribedOnce(t *testing.T) {
	names, screens := map[string]bool{}, map[string]bool{}
	for _, f := range Fields(migration.DefaultMove) {
		if names[f.Name] || f.Help == "" || f.Title == "" || f.Value == nil {
			t.Errorf("%s has no title, help or value, or is there twice", f.Name)
		}
		names[f.Name] = true
	}
	for _, s := range Screens() {
		if screens[s.Name] || s.Help == "" || s.Title == "" || s.Min <= 0 || s.Max < s.Min || s.Priority <= 0 {
			t.Errorf("%s has no title, help, width or priority, or is there twice", s.Name)
		}
		screens[s.Name] = true
	}
}

// Names, titles and meanings name the platforms of the move and no others.
func TestNamesFollowThePlatforms(t *testing.T) {
	foreign := map[migration.Platform]*regexp.Regexp{
		migration.Lambda: regexp.MustCompile(`(?i)lambda|invocation|function`),
		migration.ECS:    regexp.MustCompile(`(?i)\b_*ecs|\btasks?\b`),
		migration.Jobs:   regexp.MustCompile(`(?i)\bjobs?|kubernetes|activeDeadline`),
	}
	sides := []migration.Platform{migration.Lambda, migration.ECS, migration.Jobs}
	for _, before := range sides {
		for _, after := range sides {
			if before == after {
				continue
			}
			move := migration.Move{Before: before, After: after}
			var texts []string
			names := map[string]bool{}
			for _, f := range Fields(move) {
				texts = append(texts, f.Name, f.Title, move.Fill(f.Help))
			}
			for _, s := range Screens() {
				if name := move.Fill(s.Name); names[name] {
					t.Errorf("%v: two columns are named %s", move, name)
				} else {
					names[name] = true
				}
				texts = append(texts, move.Fill(s.Name), move.Fill(s.Title), move.Fill(s.Narrow), move.Fill(s.Help))
			}
			for _, text := range texts {
				for p, words := range foreign {
					if found := words.FindString(text); found != "" && !move.Has(p) || strings.Contains(text, "{") {
						t.Errorf("%v: %q says %q", move, text, found)
					}
				}
			}
		}
	}
	if _, err := Choose(migration.Move{Before: migration.ECS, After: migration.Jobs}, []string{"ecs_runs", "jobs_runs"}, false); err != nil {
		t.Error(err)
	}
}

func TestForeignTextsAreGuarded(t *testing.T) {
	v := migration.TenantView{Tenant: "\n=1+1", Cutover: migration.Cutover{Reason: "=2+2"}}
	fields, err := Choose(migration.Move{}, []string{"tenant", "verdict_reason", "cost_per_hour_usd"}, false)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WriteCSV(&b, fields, []Row{Of(&v, migration.Move{})}); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(&b).ReadAll()
	if want := []string{"'\n=1+1", "'=2+2", ""}; err != nil || len(records) != 2 || !cmp.Equal(records[1], want) {
		t.Errorf("got %q, %v; want %q", records, err, want)
	}
}

// What one side costs is no sum of both where the other was not read. A side that was read and has no work adds nothing.
func TestOneSideIsNoSum(t *testing.T) {
	read := migration.Side{Present: true}
	read.CostPerHour.Value = migration.Some(migration.Dollars(decimal.RequireFromString("0.25")))
	for gap, want := range map[string]bool{"": true, "waiting for jobs": false} {
		v := migration.TenantView{Before: read, After: migration.Side{Gap: gap}}
		back := migration.TenantView{Before: migration.Side{Gap: gap}, After: read}
		for _, of := range []*migration.TenantView{&v, &back} {
			if got := Of(of, migration.Move{}).PerHour.Value; got.Known() != want {
				t.Errorf("gap %q: the sum is %v", gap, got)
			}
		}
	}
}

// docs/snapshot.md lists the columns.
func TestDocumentation(t *testing.T) {
	const (
		file  = "../../docs/snapshot.md"
		begin = "<!-- columns: generated from internal/columns; go test ./internal/columns -update -->\n"
		end   = "<!-- end of columns -->"
	)
	var single, sided strings.Builder
	for i := range table {
		c := &table[i]
		switch {
		case c.Name == "":
		case c.Sided:
			fmt.Fprintf(&sided, "| `*_%s` | %s |\n", c.Name, c.Help)
		default:
			fmt.Fprintf(&single, "| `%s` | %s |\n", c.Name, c.Help)
		}
	}
	filled := migration.DefaultMove.Fill
	const head = "\n| column | meaning |\n|---|---|\n"
	list := head + filled(single.String()) +
		"\nEach of the following is there twice, as `lambda_...` and as `jobs_...`; empty where nothing was seen on that side:\n" +
		head + filled(sided.String()) + "\n"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no part for columns", file)
	}
	want := before + begin + list + end + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("%s is not what the table says; run go test ./internal/columns -update\n%s", file, diff)
	}
}
