package ui

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
)

// cutoverScreen opens the screen on a fleet.
func cutoverScreen(t testing.TB, s *migration.Snapshot, w, h int) *driver {
	t.Helper()
	d := newDriver(t, Options{Theme: "mono", SaveDir: t.TempDir()}, w, h)
	d.send(snapshotMsg{s})
	d.press("4")
	return d
}

// rowOf is the row of a table that a name stands at the beginning of.
func rowOf(rows []string, name string) int {
	return slices.IndexFunc(rows, func(r string) bool {
		f := strings.Fields(r)
		return slices.Contains(f[:min(len(f), 2)], name)
	})
}

// shownTenants are the tenants of the screen in their order, "|" before each wave.
func shownTenants(d *driver) []string {
	a := d.m.data
	var out []string
	for _, l := range a.cutover.lines {
		switch {
		case l.tenant >= 0:
			out = append(out, string(a.snap.Tenants[l.tenant].Tenant))
		case l.tenant == waveHead && l.wave == noWave:
			out = append(out, "|no wave")
		case l.tenant == waveHead:
			out = append(out, "|"+a.snap.Cutovers[l.wave].Name)
		}
	}
	return out
}

func TestCutoverListsWavesAndTheirTenantsByUrgency(t *testing.T) {
	d := cutoverScreen(t, newFixture(), 180, 50)
	got := shownTenants(d)
	want := []string{
		"|pilot", "acme", "wayne", "cyberdyne", "umbrella", "|wave 2", "globex", "hooli", "stark", "oscorp",
		"|wave 3", "initech", "vandelay", "soylent", "|no wave", "aperture",
	}
	if !slices.Equal(got[:len(want)], want) {
		t.Errorf("the screen lists %q", got)
	}
	if i := slices.Index(got, "(unattributed)"); i >= 0 || slices.Contains(got, "") {
		t.Error("work of nobody is in the cutover")
	}
	d.mustShow("3 waves, 11 tenants   1 ROLL BACK, 2 PROMOTE, 6 HOLD   3 moved", "next: wave 2 → 100 % 03-15 08:34",
		"pilot  all steps have begun  4 tenants", "wave 2  → 100 % 03-15 08:34  4 tenants",
		"anna, ben  ·  cohort E 0.32 of 100, N 25 of 20: promotes  ·  healthy (e-BH) acme",
		"harmed (e-BH) globex  ·  healthy (e-BH) hooli, stark", "1 ROLL BACK, 2 PROMOTE, 1 HOLD",
		"no wave  steps as they are seen, or none yet")
	row := func(name string) string {
		rows := d.screen().rows
		return strings.Join(strings.Fields(rows[rowOf(rows, name)]), " ")
	}
	for name, want := range map[string]string{
		"globex": "✖ globex 20% 20.1% 5h12 ◆▇▇▇▇▇▇▇▇▇▇▇│············ 7,296 / 1,824 <0.1 / 6.2 " +
			"- ROLL BACK share to 0 %:",
		"oscorp": "50% 66.0% 3h00 ·········◆▇▇│············ 1,326 / 2,574 0.4 / 0.3 ‖ holds HOLD 53 " +
			"messages are missing",
		"wayne": "10% 12.0% 1d04 ············│▇◆·········· 191 / 22 0 / 0 - HOLD 22 of 200 Jobs have run",
		"stark": "75% 74.1% 19h40 ············│▇▇▇▇▇▇▇▇▇◆·· 1,360 / 3,870 0.1 / 0 - PROMOTE 75 to " +
			"100 % raise the share to 100 %",
		"initech": "→ initech - - - - - / - - / - - move (ready) ready: the first share is 5 %",
	} {
		if !strings.Contains(row(name), want) {
			t.Errorf("the row of %s is %q, want %q in it", name, row(name), want)
		}
	}
}

func TestCutoverFiltersSortsAndReverses(t *testing.T) {
	d := cutoverScreen(t, newFixture(), 180, 50)
	d.press("/")
	d.typed("hold")
	d.press("enter")
	if got := shownTenants(d); !slices.Equal(got, []string{
		"|pilot", "acme", "wayne", "|wave 2", "oscorp", "|no wave", "aperture", "blackmesa", "bluthco",
	}) {
		t.Errorf("filtered: %q", got)
	}
	d.mustShow("/hold", "6 HOLD")
	d.mustNotShow("ROLL BACK, ", "wave 3")
	d.press("esc", "s") // by name
	if got := shownTenants(d)[:10]; !slices.Equal(got, []string{
		"|pilot", "acme", "cyberdyne", "umbrella", "wayne", "|wave 2", "globex", "hooli", "oscorp", "stark",
	}) {
		t.Errorf("by name: %q", got)
	}
	d.mustShow("TENANT▲", "by tenant")
	d.press("S")
	if got := shownTenants(d)[:3]; !slices.Equal(got, []string{"|pilot", "wayne", "umbrella"}) {
		t.Errorf("reversed: %q", got)
	}
	d.press("right") // by step, the largest first
	if got := shownTenants(d)[5:10]; !slices.Equal(got, []string{"|wave 2", "stark", "hooli", "oscorp", "globex"}) {
		t.Errorf("by step: %q", got)
	}
	d.press("left", "left")
	d.mustShow("by urgency")
	d.press("/")
	d.typed("tenant:nobody")
	d.mustShow("No tenant matches the filter.")
}

// The cursor stays on its tenant when its word changes, and the order with it; r sorts again.
func TestCutoverCursorStaysOnItsTenant(t *testing.T) {
	d := cutoverScreen(t, newFixture(), 120, 40)
	d.press("down", "down", "down", "down") // globex
	if got := d.m.cutover.chosen; got != "globex" {
		t.Fatalf("the cursor is on %s", got)
	}
	s := newFixture()
	for i := range s.Tenants {
		switch v := &s.Tenants[i]; v.Tenant {
		case "globex":
			v.Cutover.Word, v.Cutover.Text = migration.VerdictHold, "HOLD"
		case "oscorp":
			v.Cutover.Word, v.Cutover.Text = migration.VerdictRollBack, "ROLL BACK"
		}
	}
	d.send(snapshotMsg{s})
	if got := shownTenants(d)[5:10]; d.m.cutover.chosen != "globex" || !slices.Equal(got, []string{
		"|wave 2", "globex", "hooli", "stark", "oscorp",
	}) {
		t.Errorf("the cursor is on %s of %q", d.m.cutover.chosen, got)
	}
	d.mustShow("order kept", "globex  ‖ HOLD")
	d.press("r")
	if got := shownTenants(d)[5:7]; d.m.cutover.chosen != "globex" || !slices.Equal(got, []string{"|wave 2", "oscorp"}) {
		t.Errorf("sorted again: %q", got)
	}
	d.mustShow("globex  ‖ HOLD")
}

func TestCutoverOpensTheTenantAndComesBack(t *testing.T) {
	d := cutoverScreen(t, newFixture(), 120, 40)
	d.press("down", "enter")
	d.mustShow("wayne  ‖ HOLD", "May it take the next step?", "Should it move?")
	d.press("esc")
	d.mustShow("wave 2  → 100 %")
	d.press("3") // the number opens it too
	d.mustShow("wayne  ‖ HOLD")
	d.press("1", "2", "down", "down", "4") // what was chosen in the table is chosen here
	if d.m.cutover.chosen != "wayne" {
		t.Errorf("the cursor is on %s", d.m.cutover.chosen)
	}
	d.press(":")
	d.typed("cutover")
	d.press("enter")
	d.mustShow("3 waves, 11 tenants")
}

func TestCutoverTakesClicks(t *testing.T) {
	s := newFixture()
	d := newDriver(t, Options{Theme: "mono", Mouse: true}, 120, 40)
	d.send(snapshotMsg{s})
	d.press("4")
	rows := d.screen().rows
	for _, name := range []migration.Tenant{"stark", "acme", "soylent"} {
		y := rowOf(rows, string(name))
		d.send(tea.MouseClickMsg{X: 10, Y: y})
		d.m.view()
		if d.m.cutover.chosen != name {
			t.Errorf("a click on %s chooses %s", name, d.m.cutover.chosen)
		}
	}
	before := d.m.cutover.chosen
	wave := slices.IndexFunc(rows, func(r string) bool { return strings.Contains(r, "wave 2  →") })
	d.send(tea.MouseClickMsg{X: 10, Y: wave})
	if d.m.cutover.chosen != before {
		t.Error("a click on a wave moves the cursor")
	}
}

func TestCutoverIsEmptyWithoutAPlanAndAMove(t *testing.T) {
	s := newFixture()
	s.Cutovers = nil
	for i := range s.Tenants {
		s.Tenants[i].Cutover = migration.CutoverOf(s.Tenants[i].Verdict)
	}
	d := cutoverScreen(t, s, 80, 24)
	d.mustShow("No cutover yet", "migtop plan --suggest")
	d.press("down", "enter", "G", "e", "y", "s", "ctrl+s", "S") // nothing to act on
	one := newFixture()
	one.Cutovers = nil
	d = cutoverScreen(t, one, 120, 40)
	d.mustShow("no wave", "✖ globex")
	d.mustNotShow("No cutover yet", "waves")
}

// Whatever the size and wherever the cursor is, it is on screen, and so is the wave that it is in.
func TestCutoverCursorIsAlwaysOnScreen(t *testing.T) {
	s := manyTenants(700)
	for _, size := range [][2]int{{60, 15}, {80, 24}, {130, 50}} {
		d := cutoverScreen(t, s, size[0], size[1])
		for i, key := range []string{"down", "pgdown", "pgdown", "G", "up", "pgup", "g", "G", "g"} {
			d.press(key)
			under := d.m.cutover.under(d.m.data)
			line := d.m.data.cutover.tenants[d.m.cutover.list.cursor]
			if !slices.Contains(d.m.cutover.drawnFrom, line) {
				t.Errorf("%v, key %d %s: %s is not on screen", size, i, key, under.Tenant)
			}
			from := d.m.cutover.drawnFrom
			if from[0] < 0 && d.m.data.cutover.lines[from[1]].tenant == waveHead {
				t.Errorf("%v, key %d %s: the wave stands there twice", size, i, key)
			}
			wave := "no wave"
			if w := d.m.data.cutover.lines[line].wave; w != noWave {
				wave = s.Cutovers[w].Name
			}
			if !d.screen().contains("\n "+wave) && !d.screen().contains(wave) {
				t.Errorf("%v, key %d %s: the wave %s is not on screen", size, i, key, wave)
			}
		}
	}
}

func TestCutoverSavesItsTable(t *testing.T) {
	d := cutoverScreen(t, newFixture(), 120, 40)
	d.press("ctrl+s")
	rows, err := csv.NewReader(strings.NewReader(string(onlyFile(t, d.m.opts.SaveDir)))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := func(row []string, name string) string { return row[slices.Index(rows[0], name)] }
	for _, row := range rows[1:] {
		if at(row, "tenant") != "oscorp" {
			continue
		}
		if got := []string{at(row, "wave"), at(row, "verdict"), at(row, "step_ratio"), at(row, "observed_ratio"), at(row,
			"evidence")}; !slices.Equal(
			got, []string{"wave 2", "HOLD", "0.5", "0.66", "-0.22"}) {
			t.Errorf("the row is %q", got)
		}
		return
	}
	t.Errorf("no row of oscorp in %d", len(rows))
}

// A wave whose step is late says so, and a tenant whose share is only seen is not shown as planned.
func TestCutoverSaysWhatIsLate(t *testing.T) {
	s := newFixture()
	s.Cutovers[1].NextAt = at.Add(-3 * time.Hour)
	cutoverScreen(t, s, 180, 50).mustShow("wave 2  → 100 % 07:34, 3 h late")
}

// The bar is filled from its middle to the marker: its length says how much, its direction what.
func TestEvidenceBar(t *testing.T) {
	d := newDriver(t, Options{Theme: "mono"}, 60, 15)
	for _, c := range []struct {
		value migration.Opt[float64]
		want  string
	}{
		{migration.Some(-1.0), "◆▇▇▇▇│·····"},
		{migration.Some(-0.5), "··◆▇▇│·····"},
		{migration.Some(-0.01), "····◆│·····"},
		{migration.Some(0.0), "·····◆·····"},
		{migration.Some(0.01), "·····│◆····"},
		{migration.Some(1.0), "·····│▇▇▇▇◆"},
		{migration.Some(7.0), "·····│▇▇▇▇◆"},
		{migration.None[float64](), "     -     "},
	} {
		d.m.grid.Reset(11, 1)
		d.m.frame.evidenceBar(d.m.grid.Pane(), cutoverSlot{stepBar, 0, 11}, c.value, true)
		if got := parseScreen(t, d.m.grid.String(d.m.frame.theme, false)).rows[0]; got != c.want {
			t.Errorf("%v is drawn %q, want %q", c.value, got, c.want)
		}
	}
}

// Columns never overlap or leave the screen, and the bar has a middle, at any width.
func TestCutoverLayout(t *testing.T) {
	for width := minWidth; width <= 260; width++ {
		for _, longest := range []int{3, 18, 60} {
			places := cutoverLayout(nil, width, longest)
			x := cutoverMargin
			var have [stepColumns]bool
			for _, c := range places {
				if c.x < x || c.w < cutoverColumns[c.id].min-1 || c.x+c.w > width-1 {
					t.Fatalf("%d cells: %+v from %d", width, c, x)
				}
				x = c.x + c.w + cutoverGap
				have[c.id] = true
				if c.id == stepBar && c.w%2 == 0 {
					t.Fatalf("%d cells: the bar has no middle", width)
				}
			}
			for id, c := range cutoverColumns {
				if !have[id] && (c.rank == 0 || width >= 140) {
					t.Fatalf("%d cells: %s is missing", width, c.title)
				}
			}
		}
	}
}

// Fleet, Tenants, Tenant, Cutover, the document and the table say the same word of every tenant.
func TestOneWordEverywhere(t *testing.T) {
	s := newFixture()
	files := map[report.Format]*bytes.Buffer{report.JSON: {}, report.CSV: {}}
	for f, out := range files {
		if err := report.Write(out, s, report.Options{Format: f}); err != nil {
			t.Fatal(err)
		}
	}
	var doc struct {
		Tenants []struct {
			Word   string `json:"verdict"`
			Text   string `json:"verdict_text"`
			Reason string `json:"verdict_reason"`
		}
	}
	if err := json.Unmarshal(files[report.JSON].Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	table, err := csv.NewReader(files[report.CSV]).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	d := newDriver(t, Options{Theme: "mono", SaveDir: t.TempDir()}, 200, 80)
	d.send(snapshotMsg{s})
	words := map[migration.VerdictWord]int{}
	for i := range s.Tenants {
		v := &s.Tenants[i]
		if v.Tenant == migration.Unattributed {
			continue
		}
		words[v.Cutover.Word]++
		sign, _ := wordSign(d.m.frame.g, v.Cutover.Word)
		want := v.Cutover.Text
		if got := doc.Tenants[i]; got.Word != v.Cutover.Word.String() || got.Text != want || got.Reason != v.Cutover.Reason {
			t.Errorf("the document says %+v of %s, want %s", got, v.Tenant, want)
		}
		for name, want := range map[string]string{"verdict": want, "verdict_reason": v.Cutover.Reason} {
			if got := table[1+i][slices.Index(table[0], name)]; got != want {
				t.Errorf("the table has the %s %q of %s, want %q", name, got, v.Tenant, want)
			}
		}
		for _, keys := range [][]string{{"2"}, {"4"}} {
			d.press(keys...)
			rows := d.screen().rows
			row := rows[max(rowOf(rows, string(v.Tenant)), 0)]
			if !strings.Contains(row, want) || !strings.ContainsRune(row, sign) {
				t.Errorf("%v: the row of %s does not say %c %s: %q", keys, v.Tenant, sign, want, row)
			}
		}
		d.press(":")
		d.typed("tenant " + string(v.Tenant))
		d.press("enter")
		d.mustShow(fmt.Sprintf("%s  %c %s", v.Tenant, sign, want))
	}
	d.press("1")
	d.mustShow(fmt.Sprintf("%d ROLL BACK, %d PROMOTE, %d HOLD", words[migration.VerdictRollBack], words[migration.VerdictPromote],
		words[migration.VerdictHold]))
}
