package ui

import (
	"context"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/migration"
)

func whatIfStarted(t testing.TB, keys ...string) (*driver, *fakeScenarios) {
	t.Helper()
	fake := &fakeScenarios{}
	d := newDriver(t, Options{Theme: "dark", Scenarios: fake, SaveDir: t.TempDir()}, 180, 50)
	d.send(snapshotMsg{newFixture()})
	d.press(keys...)
	return d, fake
}

// times is a key pressed so often.
func times(key string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = key
	}
	return out
}

// toAssumption moves from the first knob to one by its label.
func toAssumption(t testing.TB, label string) []string {
	t.Helper()
	for i := range assumptions {
		if assumptions[i].label == label {
			return times("down", i)
		}
	}
	t.Fatalf("there is no knob %q", label)
	return nil
}

func TestWhatIfAsksWhenItIsOpened(t *testing.T) {
	d, fake := whatIfStarted(t)
	if len(fake.asked) != 0 {
		t.Fatal("asked before anybody looked")
	}
	d.press("8")
	d.mustShow("the fleet", "Break-even", "m6i", "25 %", "left out", "2 tenants: runs take up to 1h58", "break-even")
	if len(fake.asked) != 1 || fake.asked[0] != nil {
		t.Errorf("asked %v: want once, as things stand", fake.asked)
	}
	d.press("esc")
	next := newFixture()
	next.Version++
	d.send(snapshotMsg{next}) // nobody looks
	if len(fake.asked) != 1 {
		t.Errorf("asked %d times", len(fake.asked))
	}
	d.press("8")
	next = newFixture()
	d.send(snapshotMsg{next})
	if len(fake.asked) != 3 {
		t.Errorf("asked %d times, want once for each snapshot that was looked at", len(fake.asked))
	}
}

func TestKnobsTurn(t *testing.T) {
	for _, c := range []struct {
		knob string
		keys []string
		want func(*migration.Scenario) any
		is   any
	}{
		{"run on", []string{"right"}, func(s *migration.Scenario) any { return s.Target }, migration.OnEKSFargate},
		{"run on", []string{"left"}, func(s *migration.Scenario) any { return s.Target }, migration.OnECSFargate},
		{"node family", []string{"right"}, func(s *migration.Scenario) any { return s.NodeType }, "m7i.xlarge"},
		{"node size", []string{"right"}, func(s *migration.Scenario) any { return s.NodeType }, "m6i.2xlarge"},
		{"node size", []string{"right", "right", "left", "left"}, func(s *migration.Scenario) any { return s.NodeType }, "m6i.large"},
		{"architecture", []string{"right"}, func(s *migration.Scenario) any { return s.NodeType + " " + string(s.Arch) }, "m7g.xlarge arm64"},
		{
			"architecture",
			[]string{"right", "right"},
			func(s *migration.Scenario) any { return s.NodeType + " " + string(s.Arch) },
			"m6i.xlarge x86_64",
		},
		{"Spot", []string{"right"}, func(s *migration.Scenario) any { return s.Spot }, 30},
		{"Spot", times("left", 9), func(s *migration.Scenario) any { return s.Spot }, 0},
		{"utilization", []string{"right"}, func(s *migration.Scenario) any { return s.Packed }, 65},
		{"utilization", []string{"left"}, func(s *migration.Scenario) any { return s.Packed }, 60},
		{"utilization", times("left", 30), func(s *migration.Scenario) any { return s.Packed }, 5},
		{"functions on", []string{"right"}, func(s *migration.Scenario) any { return s.LambdaArch }, migration.Arm64},
		{"Savings Plan", []string{"left"}, func(s *migration.Scenario) any { return s.Plan }, "3y"},
		{"commitment", times("right", 5), func(s *migration.Scenario) any { return s.Commitment.String() }, "0.2"},
		{"commitment", times("right", 40), func(s *migration.Scenario) any { return s.Commitment.String() }, "1000"},
		{"off nodes", times("right", 20), func(s *migration.Scenario) any { return s.NodeDiscount }, 66},
		{"off Fargate", []string{"right"}, func(s *migration.Scenario) any { return s.FargateDiscount }, 5},
		{"a tenant pays", []string{"right"}, func(s *migration.Scenario) any { return s.Share }, migration.Some(0)},
		{"one-off cost", []string{"right", "right"}, func(s *migration.Scenario) any { return s.OneOff.String() }, "200"},
	} {
		t.Run(c.knob+" "+strings.Join(c.keys, " "), func(t *testing.T) {
			d, fake := whatIfStarted(t, "8")
			d.press(toAssumption(t, c.knob)...)
			d.press(c.keys...)
			if got := c.want(&d.m.whatIf.scenario); got != c.is {
				t.Errorf("the knob stands at %v, want %v", got, c.is)
			}
			if d.m.whatIf.changed { // and not back where it was
				last := fake.last()
				if got := c.want(&last); got != c.is {
					t.Errorf("asked with %v, want %v", got, c.is)
				}
				d.mustShow("resets all")
			}
			d.press("0")
			d.mustNotShow("resets all")
			if fake.asked[len(fake.asked)-1] != nil {
				t.Error("0 does not ask as things stand")
			}
		})
	}
}

func TestTurningAKnobMovesTheFigures(t *testing.T) {
	d, _ := whatIfStarted(t, "8")
	before := d.m.whatIf.answer.Fleet.On[migration.OnNodes].Month.Value.Or(migration.USD{})
	d.press(toAssumption(t, "utilization")...)
	d.press(times("right", 8)...)
	d.mustShow("100 %", "was 62 %", "nodes now")
	if after := d.m.whatIf.answer.Fleet.On[migration.OnNodes].Month.Value.Or(migration.USD{}); after.Cmp(before) >= 0 {
		t.Errorf("full nodes cost %s, before %s", after, before)
	}
	// They stay as somebody turned them when new data comes.
	next := newFixture()
	next.Version++
	d.send(snapshotMsg{next})
	d.mustShow("100 %", "was 62 %")
}

func TestWhatIfOfATenant(t *testing.T) {
	d, _ := whatIfStarted(t, "2", "down", "down", "down", "down", "8")
	d.mustShow("◂ hooli ▸", "on nodes it saves $")
	d.press("right")
	d.mustShow("◂ initech ▸")
	d.press("1", "8") // from the fleet it is the fleet's
	d.mustShow("◂ the fleet ▸")
	d.press("left")
	d.mustShow("◂ (unattributed) ▸")
	d.press("enter")
	d.typed("stark")
	d.press("enter")
	d.mustShow("◂ stark ▸")
	d.press(":")
	d.typed("what-if nobody")
	d.press("enter")
	d.mustShow("no tenant is called")
	d.press("esc", "y")
	if !strings.HasPrefix(d.clip, "stark: move. ") {
		t.Errorf("copied %q", d.clip)
	}
	next := newFixture()
	next.Tenants = append(next.Tenants[:6:6], next.Tenants[7:]...)
	d.send(snapshotMsg{next})
	d.mustShow("It is not in the last 6 h.")
}

func TestWhatCannotStayOnLambdaSaysSo(t *testing.T) {
	d, _ := whatIfStarted(t, "2", "down", "8")
	d.mustShow("◂ acme ▸", "cannot stay", "Lambda ends every run at 15 min")
}

// What has no price is at least what has one, with the price named, what to do about it, and both to copy.
func TestAMissingPriceSaysWhatToDo(t *testing.T) {
	d, _ := whatIfStarted(t, "8")
	d.press(toAssumption(t, "architecture")...)
	d.press("right")
	d.mustShow("≥$2,748.56", "≥▼ 57%", "nodes: no price of ec2.spot.rate.m7g.xlarge in eu-west-1", "not enough data",
		`migtop prices refresh eu-west-1, or in prices.overlay: ec2.spot.rate.m7g.xlarge: "USD/hour"`, "Lambda", "ECS Fargate")
	d.press("y")
	if !strings.Contains(d.clip, `ec2.spot.rate.m7g.xlarge: "USD/hour"`) {
		t.Errorf("copied %q", d.clip)
	}
	d.press("ctrl+s")
	files, err := filepath.Glob(filepath.Join(d.m.opts.SaveDir, "*.csv"))
	if err != nil || len(files) != 1 {
		t.Fatalf("saved %v, %v", files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, title := range rows[0] {
		switch cell := rows[1][i]; title {
		case "nodes_usd_month":
			if cell != "" {
				t.Errorf("a bound is written as the month: %q", cell)
			}
		case "nodes_problem":
			if !strings.HasPrefix(cell, "at least ") || !strings.HasSuffix(cell, ": no price of ec2.spot.rate.m7g.xlarge in eu-west-1") {
				t.Errorf("problem %q", cell)
			}
		}
	}
}

// Headings, rows and sentences name the platforms of the move.
func TestWhatIfNamesThePlatformsOfTheMove(t *testing.T) {
	d := newDriver(t, Options{Theme: "dark", Scenarios: &fakeScenarios{ecs: true}}, 180, 50)
	snap := newFixture()
	snap.Move = migration.Move{Before: migration.ECS, After: migration.Jobs}
	d.send(snapshotMsg{snap})
	d.press("8")
	d.mustShow("ECS $", "NODES $", "━ ECS", "ECS Fargate", "BREAK-EVEN/DAY")
	d.mustNotShow("LAMBDA $", "MIN RUN TIME", "MIN USE") // which are break-evens with Lambda
	d.press("down", "right")
	d.mustShow("◂ EKS Fargate ▸", "EKS $", "it costs $5,424.12/mo more than on ECS")
	d.press("right", "right")
	d.mustShow("◂ Lambda ▸")
	d.press("right")
	d.mustShow("◂ nodes ▸") // and not ECS, which all are compared with
}

func TestAnOlderAnswerIsDropped(t *testing.T) {
	d, fake := whatIfStarted(t, "8")
	now := d.m.whatIf.answer
	old, err := fake.Ask(t.Context(), newFixture(), nil)
	if err != nil {
		t.Fatal(err)
	}
	d.send(whatIfMsg{seq: d.m.whatIf.seq - 1, answer: old})
	if d.m.whatIf.answer != now {
		t.Error("an answer to an older question replaced a newer one")
	}
}

// Only the newest question is calculated: the ones before are canceled, or never
// asked.
func TestOnlyTheNewestQuestionIsReckoned(t *testing.T) {
	tasks := newTasks(t.Context())
	defer tasks.wait()
	var seen []int
	ended := false
	first := tasks.newest("q", 1, func(ctx context.Context) tea.Msg {
		seen = append(seen, 1)
		tasks.newest("q", 2, nil) // somebody turns on while it calculates
		ended = ctx.Err() != nil
		return nil
	})
	first()
	if !ended {
		t.Error("a question that nobody waits for is not canceled")
	}
	first()
	if diff := cmp.Diff([]int{1}, seen); diff != "" {
		t.Errorf("an old question was calculated again (-want +got):\n%s", diff)
	}
}

func TestWhatIfErrorIsShown(t *testing.T) {
	d, fake := whatIfStarted(t)
	fake.err = errors.New("packing of 0 %: want 1 to 100")
	d.press("8")
	d.mustShow("packing of 0 %: want 1 to 100")
	d.press("e")
	d.mustShow("no result yet")
	without := newDriver(t, Options{Theme: "dark"}, 120, 40)
	without.send(snapshotMsg{newFixture()})
	without.press("8", "down", "right", "0", "e", "ctrl+s")
	without.mustShow("What-if is not available")
}

func TestScenarioIsWrittenOnlyWhenAsked(t *testing.T) {
	d, fake := whatIfStarted(t, "8")
	dir := d.m.opts.SaveDir
	d.press(toAssumption(t, "node size")...)
	d.press("right")
	if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) != 0 {
		t.Fatalf("turning a knob wrote %v", files)
	}
	d.press("e")
	d.mustShow("saved to " + dir)
	d.press("e") // never over a file that is there
	d.press("2", "8", "e")
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	for name, want := range map[string]string{
		"migtop-what-if-20260314-103442.yaml":        "shapes: # m6i.2xlarge everybody\n",
		"migtop-what-if-20260314-103442-2.yaml":      "shapes: # m6i.2xlarge everybody\n",
		"migtop-what-if-globex-20260314-103442.yaml": "shapes: # m6i.2xlarge globex\n",
	} {
		if got := read(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	d.press("ctrl+s")
	d.mustShow("saved 26 rows to")
	rows, err := csv.NewReader(strings.NewReader(read("migtop-what-if-20260314-103442.csv"))).ReadAll()
	if err != nil || rows[0][0] != "tenant" || rows[1][0] != "globex" || len(rows[1]) != len(rows[0]) {
		t.Errorf("table %v, %v", rows[:2], err)
	}
	fake.err = errors.New("nothing to write")
	d.press("e")
	d.mustShow("nothing to write")
}

func TestWhatIfKeysAreRemappable(t *testing.T) {
	d := newDriver(t, Options{
		Theme: "dark", Scenarios: &fakeScenarios{},
		Keys: map[string][]string{"what_if": {"w"}, "reset_assumptions": {"z"}, "export": {"E"}},
	}, 180, 50)
	d.send(snapshotMsg{newFixture()})
	d.press("w", "down", "right")
	d.mustShow("w What-if", "z resets all", "E export")
	d.press("z")
	d.mustNotShow("resets all")
}
