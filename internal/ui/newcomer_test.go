package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// nothingYet is what a machine without credentials and without a cluster sees.
func nothingYet() *migration.Snapshot {
	aws := &migration.Problem{
		Fault: migration.FaultNoCredentials,
		What:  "no AWS credentials were found in the environment, the shared files or the instance's metadata",
		Fix:   "run: aws configure sso, or name a profile with --profile",
	}
	s := &migration.Snapshot{Version: 1, At: at, Window: newFixture().Window}
	for _, name := range []string{"jobs", "pods", "nodes", "metrics"} { // equal, though not the same
		s.Sources = append(s.Sources, migration.Health{Source: name, State: migration.HealthFailed, Problem: &migration.Problem{
			Fault: migration.FaultConfig, What: "no kubeconfig was found: neither $KUBECONFIG nor ~/.kube/config is there, and migtop does not " +
				"run in a pod", Fix: "run: aws eks update-kubeconfig --name CLUSTER, or name a file with --kubeconfig",
		}})
	}
	for _, name := range []string{"cloudwatch", "lambda"} {
		s.Sources = append(s.Sources, migration.Health{Source: name, State: migration.HealthFailed, Problem: aws})
	}
	return s
}

func TestFirstRunTellsAllTroubleOnce(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {100, 24}} {
		d := newDriver(t, Options{Theme: "mono"}, size[0], size[1])
		d.send(snapshotMsg{nothingYet()})
		d.mustShow("cloudwatch, lambda: no AWS credentials", "jobs, pods, nodes, metrics: no kubeconfig", "aws configure sso",
			"aws eks update-kubeconfig", "quits.")
		all := strings.Join(d.screen().rows, "\n")
		if strings.Count(all, "aws configure sso") != 1 || strings.Index(all, "no AWS") > strings.Index(all, "no kubeconfig") {
			t.Errorf("AWS once and first, not:\n%s", all)
		}
	}
}

func TestMoreTroubleThanFitsIsCounted(t *testing.T) {
	s := nothingYet()
	for i := range s.Sources {
		p := *s.Sources[i].Problem
		p.What, p.Fix = s.Sources[i].Source+" "+p.What, s.Sources[i].Source+" "+p.Fix
		s.Sources[i].Problem = &p
	}
	d := newDriver(t, Options{Theme: "mono"}, 60, 15)
	d.send(snapshotMsg{s})
	d.mustShow("cloudwatch no AWS", "more problems", "quits.")
}

func TestNoPricesHaveNoAge(t *testing.T) {
	for _, width := range []int{80, 120} {
		s := newFixture()
		s.Prices = migration.Prices{}
		d := newDriver(t, Options{Theme: "mono"}, width, 40)
		d.send(snapshotMsg{s})
		d.press("9")
		d.mustNotShow("days old")
	}
}

func TestKnownCountsAreNotCalledForbidden(t *testing.T) {
	s := newFixture()
	v := &s.Tenants[0]
	v.After.Activity = migration.Provenance{}
	v.After.Running, v.After.Pending = migration.Some[int64](0), migration.Some[int64](0)
	d := newDriver(t, Options{Theme: "mono"}, 150, 60)
	d.send(snapshotMsg{s})
	d.press("2", "enter")
	for _, row := range d.screen().rows {
		if strings.Contains(row, "now running") && (strings.Contains(row, "?") || !strings.Contains(row, "- / meas")) {
			t.Errorf("now running: %q", row)
		}
	}
	d.mustNotShow("/ ? ")
}

func TestNamedTenantsAreCounted(t *testing.T) {
	d := newDriver(t, Options{Theme: "mono"}, 150, 50)
	d.send(snapshotMsg{newFixture()})
	d.mustShow("25 tenants")
	d.press("2")
	d.mustShow("25 tenants", "extra for running both")
	d.press("/")
	d.typed("umbrella")
	d.press("enter")
	d.mustShow("1 of 25 tenants", "Jobs $0.5656", "both $0.5656") // of the row, not of the fleet
	d.mustNotShow("extra for running both")
	d.press("/")
	d.press("backspace", "backspace", "backspace", "backspace", "backspace", "backspace", "backspace", "backspace")
	d.typed("unattributed")
	d.mustShow("0 of 25 tenants + (unattributed)")
}

func TestNegativeMoneyHasItsSignBeforeTheDollar(t *testing.T) {
	s := newFixture()
	s.Totals.DoubleRun = figure(usd("-20.93"), migration.Billed, migration.Derived)
	s.Totals.Forecast = migration.Forecast{} // nobody knows since when
	d := newDriver(t, Options{Theme: "mono"}, 150, 50)
	d.send(snapshotMsg{s})
	d.mustShow("extra for running both -$20.93 (saves) in 6 h")
	d.press("2")
	d.mustShow("extra for running both -$20.93 (saves) in 6 h")
	for _, c := range []struct {
		write func([]byte, migration.USD, int64) []byte
		v     string
		want  string
	}{
		{appendMoney, "-0.25", "-$0.2500"},
		{appendMoney, "-0.00001", ">-$0.0001"},
		{appendMoney, "0.00001", "<$0.0001"},
		{appendMoney, "12", "$12.00"},
		{appendMoney, "0", "$0"},
		{appendRound, "-1234.5", "-$1,235"},
		{appendRound, "0.00001", "<$0.0001"},
		{appendRound, "-0.00001", ">-$0.0001"},
		{func(b []byte, v migration.USD, _ int64) []byte { return appendPerRun(b, v) }, "-2.5", "-$2.50"},
		{func(b []byte, v migration.USD, _ int64) []byte { return appendPerRun(b, v) }, "-0.00000001", ">-$0.0000001"},
		{appendShort, "29285", "$29.3k"},
		{appendShort, "999960", "$1.00M"},
		{appendShort, "-7776", "-$7.8k"},
		{appendShort, "999", "$999"},
		{appendShort, "999.7", "$1.0k"},
	} {
		if got := string(dollars([]byte("x "), usd(c.v), 1, c.write)); got != "x "+c.want {
			t.Errorf("%s is written %s, want %s", c.v, got, c.want)
		}
	}
}

func TestAnEmptyChartHasNoAxis(t *testing.T) {
	s := newFixture()
	from := at.Add(-span)
	for _, side := range []*migration.Side{&s.Tenants[0].Before, &s.Tenants[0].After} {
		side.MemorySeries = migration.NewSeries(from, time.Minute, 360, "bytes")
	}
	d := newDriver(t, Options{Theme: "mono"}, 150, 50)
	d.send(snapshotMsg{s})
	d.press("2", "enter")
	d.mustShow("nothing measured yet")
	d.mustNotShow("  1 Mi")
}

func TestAnEstimatedComparisonSaysSo(t *testing.T) {
	s := newFixture()
	v := &s.Tenants[0]
	v.After = newSide()
	v.Delta = figure(migration.Ratio(-0.6), migration.Billed, migration.Estimated)
	d := newDriver(t, Options{Theme: "mono"}, 150, 50)
	d.send(snapshotMsg{s})
	d.press("2", "enter")
	d.mustShow("▼ 60%≈", "est., no Job yet")
}

func TestTheCursorStartsWhereTheTroubleIs(t *testing.T) {
	d := started(t, "9")
	d.mustShow("no price is known for instance type x9.metal")
	d.press("g")
	next := newFixture()
	next.Version++
	d.send(snapshotMsg{next}) // moved by hand it stays
	d.mustShow("all calls answered", "every 1 min", "361, none failed", "final to 10:30", "in 412ms")
}

func TestAHealthySourceSaysWhatItIs(t *testing.T) {
	s := newFixture()
	s.Sources[0].Note = "rows that are looked at are asked every minute, the others every 15"
	d := newDriver(t, Options{Theme: "mono"}, 80, 30)
	d.send(snapshotMsg{s})
	d.press("9", "g")
	d.mustShow("rows that are looked at are asked every minute", "every 1 min")
	d.press("down", "down")
	d.mustShow("on change")
}

func TestNumbersMayFollowAColon(t *testing.T) {
	s := newFixture()
	rows := func(filter string) string {
		f, err := parseFilter(filter, migration.DefaultMove)
		if err != nil {
			t.Fatalf("%s: %v", filter, err)
		}
		var names []string
		for i := range s.Tenants {
			if f.matches(&s.Tenants[i]) {
				names = append(names, s.Tenants[i].Tenant.String())
			}
		}
		return strings.Join(names, " ")
	}
	for a, b := range map[string]string{
		"routed:>96": "routed>96", "timeout:>=93%": "timeout>=93", "cost:<0.1": "cost<0.1",
		"runs:<=36": "runs<=36", "runs:=36": "runs:36", "runs=36": "runs:36",
	} {
		if got, want := rows(a), rows(b); got != want || got == "" {
			t.Errorf("%s gives %q, %s gives %q", a, got, b, want)
		}
	}
	if got := rows("runs<=36"); got != "umbrella soylent" {
		t.Errorf("runs<=36 gives %q: 36 belongs to it", got)
	}
	if got := rows("timeout>=97"); got != "wayne" {
		t.Errorf("timeout>=97 gives %q: 97 belongs to it", got)
	}
	_, err := parseFilter("routed:>lots", migration.DefaultMove)
	if err == nil || !strings.Contains(err.Error(), "routed>50") {
		t.Errorf("error %v does not name the right form", err)
	}
}

func TestNamesAreWholeWhereThereIsRoom(t *testing.T) {
	d := newDriver(t, Options{Theme: "mono"}, 150, 50)
	d.send(snapshotMsg{newFixture()})
	d.press("2")
	d.mustShow("(unattributed)", "pendant-publishing")
}

func TestLessThanAMillisecondIsNotNothing(t *testing.T) {
	if got := formatDuration(300 * time.Microsecond); got != "<1ms" {
		t.Errorf("0.3 ms is written %s", got)
	}
}

// That nothing bad was seen is good news only of what was looked at.
func TestNobodyNeedsHelpOnlyWhereSomebodyLooked(t *testing.T) {
	s := newFixture()
	for i := range s.Tenants {
		v := &s.Tenants[i]
		v.Notices, v.Cutover = nil, migration.CutoverOf(v.Verdict)
	}
	d := newDriver(t, Options{Theme: "mono"}, 120, 40)
	d.send(snapshotMsg{s})
	d.mustShow("No problems on either side.")

	blind := *s
	blind.Version++
	blind.Totals.Before.Runs = migration.None[int64]()
	d.send(snapshotMsg{&blind})
	d.mustShow("nothing is known of Lambda")
	d.mustNotShow("fine on both sides")
}
