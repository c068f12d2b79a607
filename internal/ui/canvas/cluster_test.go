package canvas

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

// onTerminals is one row of a canvas after a text, as a terminal of either kind gets it.
func onTerminals(w int, draw func(p Pane)) (wc, grapheme string) {
	var c Canvas
	c.Reset(w, 1)
	draw(c.Pane())
	return ansi.Strip(c.String(MonoTheme, false)), ansi.Strip(c.String(MonoTheme, true))
}

// A user-perceived character stays whole, and what follows stands in the same column on
// every terminal.
func TestClustersStayWhole(t *testing.T) {
	for _, c := range []struct {
		name, text string
		cells      int
		want       string // "" for the text itself
	}{
		{"letter with a mark of its own", "é", 1, ""},
		{"letter with a combining mark", "e\u0301", 1, ""},
		{"Vietnamese", "ê\u0323", 1, ""},
		{"Devanagari", "नि", 2, ""},
		{"Hangul by parts", "\u1112\u1161\u11ab", 4, ""},
		{"Han", "東京", 4, ""},
		{"flag", "🇩🇪", 2, ""},
		{"half a flag", "🇩", 1, "D"},
		{"joiner that joins nothing", "👍\u200d", 2, "👍"},
		{"heart shown as an emoji", "❤\ufe0f", 2, ""},
		{"skin tone", "👍🏽", 4, ""},
		{"family", "👨\u200d👩\u200d👧", 6, ""},
		{"a mark on nothing", "\u0301a", 1, "a"},
		{"direction override", "a\u202eb", 2, "ab"},
		{"escape", "a\x1b[31mb", 6, "a[31mb"},
		{"zero width space", "a\u200bb", 2, "ab"},
		{"many marks", "a" + strings.Repeat("\u0301", 40), 1, "a"},
		{"not UTF-8", "a\xffb", 3, "a\ufffdb"},
		{"lines", "a\nb\tc", 5, "a b c"},
	} {
		want := c.want
		if want == "" {
			want = c.text
		}
		wc, grapheme := onTerminals(20, func(p Pane) {
			if x := p.Text(0, 0, Ink(Text), c.text); x != Cells(strings.NewReplacer("\n", " ", "\t", " ").Replace(c.text)) || x != c.cells {
				t.Errorf("%s: %d cells, want %d; cells says %d", c.name, x, c.cells, Cells(c.text))
			}
			p.Text(c.cells, 0, Ink(Text), "|")
		})
		for kind, row := range map[string]string{"wcwidth": wc, "mode 2027": grapheme} {
			at := strings.IndexByte(row, '|')
			if got := strings.TrimRight(row[:at], " "); got != strings.TrimRight(want, " ") {
				t.Errorf("%s, %s: drew %q, want %q", c.name, kind, got, want)
			}
			width := ansi.StringWidthWc
			if kind == "mode 2027" {
				width = ansi.StringWidth
			}
			if n := width(row[:at]); n != c.cells {
				t.Errorf("%s, %s: what follows stands in column %d, want %d", c.name, kind, n, c.cells)
			}
		}
	}
}

// texts draws what people and attackers may call a tenant.
func texts() *rapid.Generator[string] {
	piece := rapid.SampledFrom([]string{
		"a", "Z", " ", "e\u0301", "東", "👍🏽", "👨\u200d👩\u200d👧", "❤\ufe0f", "🇩🇪", "🇩", "\u0301", "\u200d", "\ufe0f", "\u202e", "\x1b[2J", "\x00",
		"\n", "\xff", "…", "│", "नि", "\U000e0067", "ﷺ",
	})
	return rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "") })
}

// Whatever is drawn over whatever else, each row has as many cells as the canvas on
// either kind of terminal, and no half of a character is left.
func TestRowsKeepTheirWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.IntRange(1, 24).Draw(t, "width")
		wc, grapheme := onTerminals(w, func(p Pane) {
			for range rapid.IntRange(1, 5).Draw(t, "times") {
				s, x, at := texts().Draw(t, "text"), rapid.IntRange(-4, w).Draw(t, "at"), rapid.IntRange(0, w).Draw(t, "room")
				if rapid.Bool().Draw(t, "fitted") {
					p.Fit(x, 0, at, Ink(Text), s, Unicode)
				} else {
					p.Text(x, 0, Ink(Text), s)
				}
			}
			for i := range p.c.cells {
				if p.c.cells[i].r == 0 && (i == 0 || p.c.cells[i-1].r == ' ') {
					t.Fatalf("cell %d is half of nothing: %q", i, p.c.cells)
				}
			}
		})
		if n := ansi.StringWidthWc(wc); n != w {
			t.Fatalf("%d cells by wcwidth, want %d: %q", n, w, wc)
		}
		if n := ansi.StringWidth(grapheme); n != w {
			t.Fatalf("%d cells in mode 2027, want %d: %q", n, w, grapheme)
		}
	})
}

// A text that was fitted takes what it was given, and not more.
func TestFitKeepsToItsRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.IntRange(1, 12).Draw(t, "room")
		s := texts().Draw(t, "text")
		wc, _ := onTerminals(24, func(p Pane) {
			if after := p.Fit(0, 0, w, Ink(Text), s, Unicode); after != w {
				t.Fatalf("fit ends at %d, want %d", after, w)
			}
			p.Text(w, 0, Ink(Text), "|")
		})
		if before, _, ok := strings.Cut(wc, "|"); !ok || ansi.StringWidthWc(before) != w {
			t.Fatalf("%q of %q", wc, s)
		}
	})
}

// A canvas that is copied into another brings its clusters along.
func TestBlitBringsClusters(t *testing.T) {
	var from, to Canvas
	from.Reset(6, 1)
	from.Pane().Text(0, 0, Ink(Text), "e\u0301👍🏽")
	to.Reset(8, 1)
	to.Pane().Text(0, 0, Ink(Text), "o\u0308")
	to.Pane().Sub(1, 0, 7, 1).Blit(&from, 0)
	if got := ansi.Strip(to.String(MonoTheme, true)); !strings.HasPrefix(got, "o\u0308e\u0301👍🏽") {
		t.Errorf("%q", got)
	}
}

// The short way for common characters gives the width that both kinds of terminals do.
func TestCommonCharactersHaveOneWidth(t *testing.T) {
	for r := rune(' '); r < 0x3000; r++ {
		if !common(r) {
			continue
		}
		n := RuneWidth(r)
		if wc, grapheme := ansi.StringWidthWc(string(r)), ansi.StringWidth(string(r)); r >= 0xa0 && r != 0xad && n != 0 &&
			(wc != n || grapheme != n) {
			t.Errorf("%U: %d cells, by wcwidth %d, in mode 2027 %d", r, n, wc, grapheme)
		}
	}
}
