package ui

import (
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

func started(t testing.TB, keys ...string) *driver { return startedAt(t, 40, keys...) }

// startedAt is started on a screen of that many rows: a tenant's page is long.
func startedAt(t testing.TB, rows int, keys ...string) *driver {
	d := newDriver(t, Options{Theme: "dark"}, 120, rows)
	d.send(snapshotMsg{newFixture()})
	d.press(keys...)
	return d
}

func TestScreensOpenAndClose(t *testing.T) {
	d := started(t)
	d.mustShow("Needs attention", "globex")
	d.press("2")
	d.mustShow("25 tenants", "BREAK-EVEN")
	d.press("down", "enter")
	d.mustShow("Did it work?", "Side by side")
	d.press("esc")
	d.mustShow("25 tenants")
	d.press("esc")
	d.mustShow("Needs attention")
	d.press("9")
	d.mustShow("least certain price")
	d.press("tab") // round to the first one
	d.mustShow("Needs attention")
	d.press("shift+tab", "q")
	if !d.quit {
		t.Error("q does not quit")
	}
}

func TestEnterOnTheFleetOpensTheTenantThatNeedsAPerson(t *testing.T) {
	d := started(t, "down", "down", "enter")
	d.mustShow("wayne  ‖ HOLD")
}

func TestFilterActsWhileItIsTyped(t *testing.T) {
	d := started(t, "2", "/")
	d.typed("verdict:moved")
	d.mustShow("3 of 25 tenants", "umbrella", "tyrell", "cyberdyne")
	d.mustNotShow("hooli")
	d.press("enter")
	d.mustShow("/verdict:moved")
	d.press("esc")
	d.mustShow("25 tenants", "hooli")
	d.press("/")
	d.typed("colour:red")
	d.mustShow(`unknown field "colour"`, "25 tenants")
	d.press("enter") // an error cannot be kept
	if d.m.prompt == nil {
		t.Error("enter took a filter that cannot be understood")
	}
	d.press("esc")
	d.press("/")
	d.typed("nobody-is-called-this")
	d.press("enter")
	d.mustShow("No tenant matches the filter.")
	d.press("esc")
	d.mustShow("hooli")
}

func TestEscGivesTheFilterUp(t *testing.T) {
	d := started(t, "2", "/")
	d.typed("acme")
	d.press("enter", "/", "x", "esc")
	d.mustShow("1 of 25 tenants", "acme")
}

func TestPasteGoesToThePrompt(t *testing.T) {
	d := started(t, "2", "/")
	d.send(tea.PasteMsg{Content: "acme"})
	d.mustShow("1 of 25 tenants")
}

// rowNames are the tenants as they stand on the table.
func rowNames(d *driver) []string {
	var names []string
	for _, i := range d.m.data.rows {
		names = append(names, d.m.data.snap.Tenants[i].Tenant.String())
	}
	return names
}

func TestSortIsStableAndTheCursorFollowsItsTenant(t *testing.T) {
	d := started(t, "2", ":")
	d.typed("sort lambda")
	d.press("enter")
	names := rowNames(d)
	if diff := cmp.Diff([]string{"acme", "wayne", "hooli"}, names[:3]); diff != "" {
		t.Errorf("order by cost on Lambda (-want +got):\n%s", diff)
	}
	last := names[len(names)-2:] // unknown last, in the order that they came
	if diff := cmp.Diff([]string{"umbrella", "tyrell"}, last); diff != "" {
		t.Errorf("unknown ones (-want +got):\n%s", diff)
	}
	d.press("g", "down", "down") // hooli
	d.press("S")
	if got := d.m.tenants.under(d.m.data).Tenant; got != "hooli" {
		t.Errorf("after turning the order the cursor is on %q, want hooli", got)
	}
	if got := rowNames(d); got[len(got)-1] != "tyrell" {
		t.Errorf("unknown is not last when turned: %v", got[len(got)-3:])
	}
}

func TestRowsHoldStillWhileTheCursorRests(t *testing.T) {
	d := started(t, "2", ":")
	d.typed("sort lambda")
	d.press("enter", "g", "down", "down", "down")
	before := rowNames(d)
	next := newFixture()
	next.Version++
	for i := range next.Tenants { // turn the costs around
		f := &next.Tenants[i].Before.CostPerHour
		if v, ok := f.Value.Get(); ok {
			f.Value = migration.Some(usd("10").Sub(v))
		}
	}
	next.Tenants = append(next.Tenants, newTenant(story{name: "newcomer", lambda: "99", delta: nan, routed: nan}, 3))
	d.send(snapshotMsg{next})
	want := append(append([]string{}, before...), "newcomer")
	if diff := cmp.Diff(want, rowNames(d)); diff != "" {
		t.Errorf("rows moved under the cursor (-want +got):\n%s", diff)
	}
	d.mustShow("order kept")
	d.press("r")
	if got := rowNames(d); got[0] != "newcomer" {
		t.Errorf("r does not sort anew: %v first", got[0])
	}
	if d.control.refresh != 1 {
		t.Errorf("r asked for %d refreshes, want 1", d.control.refresh)
	}
	d.press("g") // at the top nothing holds
	d.send(snapshotMsg{newFixture()})
	if got := rowNames(d); got[0] != "acme" {
		t.Errorf("first row %v, want acme", got[0])
	}
}

func TestUnitAndWindow(t *testing.T) {
	d := started(t)
	d.mustShow("$ per hour", "last 6 h")
	d.press("u")
	d.mustShow("$ per day")
	d.press("u")
	d.mustShow("$ per month (730 h)")
	d.press("u", "t")
	d.mustShow("last 6 h → 24 h")
	if diff := cmp.Diff([]time.Duration{24 * time.Hour}, d.control.windows); diff != "" {
		t.Errorf("windows asked for (-want +got):\n%s", diff)
	}
	wider := newFixture()
	wider.Window.Span = 24 * time.Hour
	d.send(snapshotMsg{wider})
	d.mustShow("last 24 h")
	d.mustNotShow("→ 24 h")
	d.press("t")
	if got := d.control.windows[1]; got != time.Hour {
		t.Errorf("after 24 h comes %v, want 1 h", got)
	}
}

func TestPauseHoldsTheScreen(t *testing.T) {
	d := started(t, "p")
	next := newFixture()
	next.Scope.Name = "another"
	d.send(snapshotMsg{next})
	d.mustShow("PAUSED, newer data available", "prod-eu")
	d.press("p")
	d.mustShow("another")
	d.mustNotShow("PAUSED")
}

func TestAnOlderAnswerDoesNotReplaceANewerOne(t *testing.T) {
	d := started(t, "2")
	d.m.query.seq = 50
	newer := arrange(newFixture(), query{seq: 50, sort: byNeed}, nil)
	d.send(arrangedMsg{newer})
	d.send(arrangedMsg{arrange(newFixture(), query{seq: 49, sort: byNeed}, nil)})
	if d.m.data != newer {
		t.Error("an answer to an older question replaced a newer one")
	}
}

func TestRunDetailLoadsItsEvents(t *testing.T) {
	d := startedAt(t, 100, "2")
	d.control.events = []migration.Event{{At: at, Reason: "BackOff", Message: "Back-off restarting", Warning: true, Count: 3}}
	d.press("enter", "down", "enter")
	d.mustShow("globex-nightly-report-29380", "OOMKilled", "137", "BackOff", "3× Back-off restarting")
	d.press("y")
	if d.clip != "batch/globex-nightly-report-29380" {
		t.Errorf("copied %q", d.clip)
	}
	d.press("esc")
	d.control.err = &migration.Problem{What: "cannot list events: forbidden", Fix: "allow it"}
	d.press("enter")
	d.mustShow("cannot list events: forbidden (allow it)")
	d.press("esc", "esc")
	d.mustShow("25 tenants")
}

func TestARunThatHasGoneSaysSo(t *testing.T) {
	d := startedAt(t, 100, "2", "enter", "enter")
	next := newFixture()
	next.Tenants[0].Runs = nil
	d.send(snapshotMsg{next})
	d.mustShow("This run no longer exists")
	d.press("esc")
	d.mustShow("no Job of this tenant yet")
	next = newFixture()
	next.Tenants = next.Tenants[1:]
	d.send(snapshotMsg{next})
	d.mustShow("No tenant selected")
}

func TestLeftAndRightWalkTheTenants(t *testing.T) {
	d := started(t, "2", "enter", "right")
	d.mustShow("acme  ‖ HOLD")
	d.press("left", "left")
	d.mustShow("(unattributed)")
}

func TestCopySaysWhatItCopied(t *testing.T) {
	d := started(t, "9", "G", "y")
	if !strings.Contains(d.clip, "kind: ClusterRole") {
		t.Errorf("copied %q, want the snippet", d.clip)
	}
	d.mustShow("copied the snippet")
	d.press("2", "y")
	if d.clip != "globex" {
		t.Errorf("copied %q, want globex", d.clip)
	}
}

func TestSaveNeverOverwrites(t *testing.T) {
	dir := t.TempDir()
	d := newDriver(t, Options{Theme: "dark", SaveDir: dir}, 120, 40)
	s := newFixture()
	s.Tenants[3].Tenant = "=HYPERLINK(1)"
	d.send(snapshotMsg{s})
	d.press("2", "ctrl+s")
	d.mustShow("saved 26 rows to")
	d.press("ctrl+s")
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil || len(files) != 2 {
		t.Fatalf("files %v, %v: want two", files, err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "migtop-tenants-20260314-103442.csv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(raw), "\n")
	if !strings.HasPrefix(lines[0], "row,tenant,routed_ratio,cost_per_hour_usd,lambda_cost_per_hour_usd,") {
		t.Errorf("head %q", lines[0])
	}
	if !strings.HasPrefix(lines[1], "tenant,globex,0.2,1.644,0.4247,1.2193,") {
		t.Errorf("first row %q", lines[1])
	}
	if !strings.HasPrefix(lines[4], "tenant,'=HYPERLINK(1),1,0.5656,,0.5656,") { // unknown is empty, not 0
		t.Errorf("fourth row %q", lines[4])
	}
	// Who shares the platform and idle nodes out finds each tenant's part in the file.
	a := &s.Tenants[0].Economics
	a.PlatformShare, a.IdleShare = figure(usd("0.0170"), migration.Billed, migration.Derived),
		figure(usd("0.0213"), migration.Billed, migration.Derived)
	rows := tenantsTable(&arranged{snap: s, rows: []int{0}})
	at := func(row int, name string) string { return rows[row][slices.Index(rows[0], name)] }
	if at(1, "platform_share_per_hour_usd") != "0.017" || at(1, "idle_share_per_hour_usd") != "0.0213" ||
		at(1, "marginal_per_hour_usd") != "" {
		t.Errorf("shares %v", rows[1])
	}
	d.m.opts.SaveDir = filepath.Join(dir, "absent")
	d.press("ctrl+s")
	d.mustShow("cannot save")
}

func TestFocusFollowsTheScreen(t *testing.T) {
	d := started(t, "2", "down")
	d.press("enter")
	last := d.control.focus[len(d.control.focus)-1]
	if diff := cmp.Diff(Focus{Tenant: "acme", Open: true, Visible: []migration.Tenant{"acme"}}, last); diff != "" {
		t.Errorf("focus on a tenant (-want +got):\n%s", diff)
	}
	n := len(d.control.focus)
	d.press("u", "u") // nothing else is looked at
	if len(d.control.focus) != n {
		t.Error("the focus was sent again though it is the same")
	}
	d.press("esc")
	if last := d.control.focus[len(d.control.focus)-1]; last.Open || len(last.Visible) == 0 {
		t.Errorf("focus on the table: %+v", last)
	}
}

func TestThemeFollowsTheTerminalUntilOneIsChosen(t *testing.T) {
	d := newDriver(t, Options{}, 120, 40)
	d.send(snapshotMsg{newFixture()})
	d.send(tea.BackgroundColorMsg{Color: color.White})
	if d.m.frame.theme != canvas.LightTheme {
		t.Errorf("on white: %s", d.m.frame.theme.Name)
	}
	d.send(tea.BackgroundColorMsg{Color: color.Black})
	if d.m.frame.theme != canvas.DarkTheme {
		t.Errorf("on black: %s", d.m.frame.theme.Name)
	}
	d.press("T")
	d.send(tea.BackgroundColorMsg{Color: color.Black})
	if d.m.frame.theme != canvas.LightTheme {
		t.Errorf("a chosen theme was taken back: %s", d.m.frame.theme.Name)
	}
	few := newDriver(t, Options{}, 120, 40)
	few.send(tea.ColorProfileMsg{Profile: colorprofile.ANSI})
	if few.m.frame.theme != canvas.ANSI16Theme {
		t.Errorf("with sixteen colours: %s", few.m.frame.theme.Name)
	}
}

func TestNoColourWithAnyValue(t *testing.T) {
	for _, vars := range [][]string{{"NO_COLOR=yes"}, {"NO_COLOR=0"}, {"TERM=dumb"}, {"NO_COLOR=1", "CLICOLOR_FORCE=1"}} {
		d := newDriver(t, Options{Theme: "dark", Environ: vars}, 120, 40)
		d.send(snapshotMsg{newFixture()})
		d.press("T")
		for _, row := range d.screen().styles {
			for _, sgr := range row {
				for _, p := range strings.Split(sgr, ";") {
					if len(p) > 1 {
						t.Fatalf("%v: the frame has the colour parameter %q", vars, sgr)
					}
				}
			}
		}
	}
	for _, vars := range [][]string{{"NO_COLOR="}, {"TERM=dumb", "CLICOLOR_FORCE=1"}} {
		d := newDriver(t, Options{Theme: "dark", Environ: vars}, 120, 40)
		if d.m.frame.theme != canvas.DarkTheme {
			t.Errorf("%v: theme %s, want dark", vars, d.m.frame.theme.Name)
		}
	}
}

func TestLoadingSaysWhatIsWaitedFor(t *testing.T) {
	d := newDriver(t, Options{Theme: "dark", Waiting: []string{"CloudWatch in eu-west-1", "cluster prod-1"}}, 80, 24)
	d.mustShow("Reading both sides", "CloudWatch in eu-west-1", "cluster prod-1")
	first := d.screen().rows
	d.m.update(spinMsg{}) // its command waits; the step is what is looked at
	if cmp.Equal(first, d.screen().rows) {
		t.Error("the spinner stands still")
	}
	d.send(snapshotMsg{&migration.Snapshot{Sources: []migration.Health{
		{Source: "cloudwatch"},
		{Source: "jobs", State: migration.HealthFailed, Problem: &migration.Problem{What: "no route to host"}},
	}}})
	d.mustShow("waiting for the first answer", "no route to host")
}

func TestNothingToShowSaysWhatFailedAndWhatToDo(t *testing.T) {
	d := newDriver(t, Options{Theme: "dark"}, 80, 24)
	d.send(snapshotMsg{&migration.Snapshot{Sources: []migration.Health{
		{
			Source: "cloudwatch", State: migration.HealthFailed,
			Problem: &migration.Problem{What: "the SSO session has expired", Fix: "run: aws sso login --profile prod"},
		},
		{Source: "jobs", State: migration.HealthFailed, Problem: &migration.Problem{What: "no kubeconfig", Fix: "set KUBECONFIG"}},
	}}})
	d.mustShow("Nothing to show yet", "cloudwatch: the SSO session has expired", "run: aws sso login --profile prod", "set KUBECONFIG",
		"9 shows every source")
	d.press("9")
	d.mustShow("failed", "the SSO session has expired")
	d.send(snapshotMsg{&migration.Snapshot{
		Window:  migration.Window{Span: 6 * time.Hour},
		Sources: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK}},
	}})
	d.press("1")
	d.mustShow("No tenant was active", "in the last 6 h")
}

func TestUnknownForbiddenAndProvisionalAreMarked(t *testing.T) {
	s := newFixture()
	s.Sources[2] = migration.Health{
		Source: "jobs", State: migration.HealthFailed,
		Problem: &migration.Problem{Fault: migration.FaultDenied, What: "cannot list Jobs: forbidden"},
	}
	for i := range s.Tenants {
		s.Tenants[i].After = newSide()
	}
	s.Totals.After = newSide()
	s.Totals.DoubleRun = migration.Figure[migration.USD]{}
	s.Totals.Forecast = migration.Forecast{}
	d := newDriver(t, Options{Theme: "dark"}, 180, 50)
	d.send(snapshotMsg{s})
	d.mustShow("extra for running both -")
	d.mustNotShow("$0.00")
	d.press("2")
	screen := d.screen()
	row := ""
	for _, r := range screen.rows {
		if strings.Contains(r, " hooli ") {
			row = r
		}
	}
	if !strings.Contains(row, "1.6500~") || !strings.Contains(row, "?") {
		t.Errorf("hooli's row marks neither what is not final nor what is not permitted: %q", row)
	}
}

func TestTheMoveAsAWholeIsShown(t *testing.T) {
	d := newDriver(t, Options{Theme: "mono"}, 180, 50)
	d.send(snapshotMsg{newFixture()})
	d.mustShow("25 tenants  ·  1 ROLL BACK, 2 PROMOTE, 6 HOLD", "extra for running both $312.77≈ so far", "month end $12.5k≈",
		"to be saved $4.1k/mo", "payback 1.3 months", "next: wave 3 in 2 d, 3 tenants", "┊wave 2", "░ idle", "╱ platform")
	d.send(tea.WindowSizeMsg{Width: 210, Height: 50})
	d.mustShow("extra for running both $312.77≈ so far, now $34.75/day", "month end $12.5k≈ (all on Lambda $16.2k)")
	d.send(tea.WindowSizeMsg{Width: 180, Height: 50})
	d.press("2")
	d.mustShow("ECS tasks   $0.3116/h   runs 1,240   failed 3   running 4   p95 41s   not part of the move",
		"month end $12.5k≈")
	d.press(":")
	d.typed("columns month-end saving")
	d.press("enter")
	d.mustShow("MONTH END", "SAVES/MO", "1,530.12≈", "-20.93≈")
	d.mustNotShow("Knative")
	d.press("g", "down", "enter")
	d.send(tea.WindowSizeMsg{Width: 180, Height: 90})
	d.mustShow("ECS tasks   $0.3116/h")
	d.send(tea.WindowSizeMsg{Width: 180, Height: 50})
	d.press("esc")
	// What is unknown is not shown, and is no zero.
	s := newFixture()
	s.Cutovers = nil
	s.Totals.Forecast, s.Waves, s.Totals.Services, s.Totals.IdleSeries = migration.Forecast{}, nil, nil, migration.Series{}
	for i := range s.Tenants {
		s.Tenants[i].Economics = migration.Economics{}
	}
	d.send(snapshotMsg{s})
	d.mustShow("MONTH END", "-")
	d.mustNotShow("month end $", "1,530.12", "ECS tasks", "$0.00 ")
	d.press("1")
	d.mustNotShow("month end", "pays back", "next: ", "wave 2", "░ idle")
	d.press("2", "enter")
	d.mustShow("No curve: what a run costs on Lambda is unknown.")
	d.mustNotShow("$0.00 ")
}

// While data comes in the order changes a lot; a cursor that nobody has moved stays on
// the first row, one that somebody has stays on its tenant.
func TestACursorThatNobodyMovedStaysOnTop(t *testing.T) {
	turned := newFixture()
	slices.Reverse(turned.Tenants)
	d := started(t, "2")
	d.send(snapshotMsg{turned})
	if c := d.m.tenants.list.cursor; c != 0 {
		t.Errorf("the cursor went to row %d by itself", c)
	}
	if got := d.m.tenants.under(d.m.data).Tenant; got != turned.Tenants[0].Tenant {
		t.Errorf("the cursor is on %q", got)
	}
	d = started(t, "2", "down", "up")
	d.send(snapshotMsg{turned})
	if got := d.m.tenants.under(d.m.data).Tenant; got != "globex" {
		t.Errorf("the cursor left globex for %q", got)
	}
}
