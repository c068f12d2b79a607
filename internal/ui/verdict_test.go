package ui

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// Each word has a look of its own, and no two words look the same without colours.
func TestEveryWordHasItsSign(t *testing.T) {
	for _, c := range []struct {
		word  migration.VerdictWord
		role  canvas.Role
		bold  bool
		brief string
	}{
		{migration.VerdictRollBack, bad, true, "ROLL BACK"},
		{migration.VerdictPromote, good, true, "PROMOTE"},
		{migration.VerdictHold, warn, false, "HOLD"},
		{migration.VerdictMovedCostsMore, warn, false, "costs more"},
		{migration.VerdictMoved, good, false, "moved"},
		{migration.VerdictMove, jobs, false, "move"},
		{migration.VerdictStay, lambda, false, "stay"},
		{migration.VerdictCannotStay, bad, false, "cannot stay"},
		{migration.VerdictNone, dim, false, "no verdict"},
	} {
		_, st := wordSign(canvas.Unicode, c.word)
		if st.FG != c.role || (st.Attr&bold != 0) != c.bold {
			t.Errorf("%s looks like %+v", c.word, st)
		}
		if got := briefVerdict(&migration.Cutover{Word: c.word}); got != c.brief {
			t.Errorf("%s is %q in brief", c.word, got)
		}
	}
	if got := briefVerdict(&migration.Cutover{Word: migration.VerdictCannotStay, Text: "cannot stay (not ready)"}); got != "not ready" {
		t.Errorf("a tenant that is not ready is %q in brief", got)
	}
}

// Where a side was not read, nothing about the tenant is green, with colours and without, and it says which side and why.
func TestNoGreenWordWhereASideHasAGap(t *testing.T) {
	for _, theme := range []string{"dark", "mono"} {
		for _, name := range []migration.Tenant{"hooli", "umbrella"} { // PROMOTE and moved
			for _, side := range []int{0, 1} {
				s := newFixture()
				i := slices.IndexFunc(s.Tenants, func(v migration.TenantView) bool { return v.Tenant == name })
				s.Tenants[i].Sides()[side].Gap = "waiting for its source"
				d := newDriver(t, Options{Theme: theme}, 180, 50)
				d.send(snapshotMsg{s})
				d.press("2", "/")
				d.typed(string("tenant:" + name))
				d.press("enter")
				glyph, st := tenantSign(d.m.frame.g, &s.Tenants[i])
				if st.FG == good || glyph == d.m.frame.g.Check {
					t.Errorf("%s, side %d: %c in %v", name, side, glyph, st)
				}
				d.mustShow("Not certain, "+s.Move.Infos()[side].Label+": waiting for its source",
					string(glyph)+" "+verdictText(&s.Tenants[i]))
				green := parseScreen(t, d.m.view().Content)
				look := canvas.DarkTheme
				for y, row := range green.rows {
					at := strings.Index(row, verdictText(&s.Tenants[i]))
					if at < 0 || theme != "dark" {
						continue
					}
					if cell := canvas.Cells(row[:at]); strings.Contains(green.styles[y][cell], sgrOf(look.Good)) {
						t.Errorf("%s, side %d: row %d is green: %q", name, side, y, row)
					}
				}
			}
		}
	}
}

// sgrOf is how a frame sets a colour.
func sgrOf(l canvas.Look) string {
	r, g, b, _ := l.Color.RGBA()
	return "38;2;" + itoa(r>>8) + ";" + itoa(g>>8) + ";" + itoa(b>>8)
}

func itoa(n uint32) string { return formatCount(int64(n)) }

// The column sorts by how soon a person should act, whatever the words' order in the alphabet.
func TestVerdictsSortByUrgency(t *testing.T) {
	d := newDriver(t, Options{Theme: "mono"}, 180, 50)
	d.send(snapshotMsg{newFixture()})
	d.press("2", ":")
	d.typed("sort verdict")
	d.press("enter")
	var got []migration.VerdictWord
	for _, i := range d.m.data.rows {
		got = append(got, d.m.data.snap.Tenants[i].Cutover.Word)
	}
	if got = slices.Compact(got); !slices.Equal(got, []migration.VerdictWord{
		migration.VerdictRollBack, migration.VerdictPromote, migration.VerdictHold, migration.VerdictMovedCostsMore, migration.VerdictMove,
		migration.VerdictMoved, migration.VerdictStay, migration.VerdictNone,
	}) {
		t.Errorf("the order is %v", got)
	}
}

// Clipboard, saved table and detail say the words of the column, and the reason behind them.
func TestTheSameWordsLeaveTheScreen(t *testing.T) {
	dir := t.TempDir()
	d := newDriver(t, Options{Theme: "mono", SaveDir: dir}, 180, 50)
	d.send(snapshotMsg{newFixture()})
	d.press("2")
	d.mustShow("globex  ✖ ROLL BACK  6.2 % fail on Jobs, 0.0 % on Lambda, E 4.1e+08 of 100")
	d.press("enter", "y")
	for _, want := range []string{"globex: ROLL BACK. 6.2 % fail on Jobs", "\nCost: stay. Stay on Lambda"} {
		if !strings.Contains(d.clip, want) {
			t.Errorf("the clipboard lacks %q: %q", want, d.clip)
		}
	}
	d.press("1", "y")
	if !strings.HasPrefix(d.clip, "globex: ROLL BACK. 6.2 %") {
		t.Errorf("the clipboard has %q", d.clip)
	}
	d.press("2", "ctrl+s")
	rows, err := csv.NewReader(strings.NewReader(string(onlyFile(t, dir)))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	word, reason, step := slices.Index(rows[0], "verdict"), slices.Index(rows[0], "verdict_reason"), slices.Index(rows[0], "step_ratio")
	if rows[1][word] != "ROLL BACK" || !strings.HasPrefix(rows[1][reason], "6.2 % fail on Jobs") || rows[1][step] != "0.2" {
		t.Errorf("the table has %q, %q at %q", rows[1][word], rows[1][reason], rows[1][step])
	}
}

// Of what needs attention ROLL BACK comes first and PROMOTE last; a HOLD that waits for time and traffic alone is not there.
func TestAttentionSpeaksTheSameWords(t *testing.T) {
	s := newFixture()
	for i := range s.Tenants {
		if v := &s.Tenants[i]; v.Tenant == "wayne" || v.Tenant == "umbrella" {
			v.Notices = nil
		}
	}
	d := newDriver(t, Options{Theme: "mono"}, 150, 44)
	d.send(snapshotMsg{s})
	var got []string
	for _, n := range d.m.data.needs {
		_, _, word, _ := d.m.frame.needWords(&s.Tenants[n.tenant], n)
		got = append(got, s.Tenants[n.tenant].Tenant.String()+" "+word)
	}
	d.m.view()
	want := []string{"globex ROLL BACK", "acme critical", "oscorp HOLD", "hooli PROMOTE all", "stark PROMOTE all"}
	if !slices.Equal(got, want) {
		t.Errorf("needs are %q, want %q", got, want)
	}
	d.mustShow("✖ ROLL BACK   globex", "‖ HOLD        oscorp", "✓ PROMOTE all hooli")
}

// onlyFile reads the one file of a folder.
func onlyFile(t *testing.T, dir string) []byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return data
}
