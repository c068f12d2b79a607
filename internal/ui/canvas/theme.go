package canvas

import (
	"fmt"
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
)

func hex(s string) Look          { return Look{Color: lipgloss.Color(s)} }
func basic(n int) Look           { return Look{Basic: n} }
func plain(attrs string) Look    { return Look{Attrs: attrs} }
func (i Look) and(a string) Look { i.Attrs = a; return i }

// Themes lists the built-in themes in the order in which one key walks them.
func Themes() []*Theme {
	return []*Theme{DarkTheme, LightTheme, ANSI16Theme, HighContrastTheme, MonoTheme}
}

// DarkTheme is for dark terminals, whose background it leaves as it is.
var DarkTheme = (&Theme{
	Name: "dark", Dark: true,
	Text: hex("#d7dde8"), Dim: hex("#9aa6b8"), Strong: hex("#ffffff").and("1"), Accent: hex("#c9a7ff"),
	Lambda: hex("#ffa45c"), Jobs: hex("#5cb8ff"), Idle: hex("#a7b0c0"),
	Good: hex("#63e2a0"), Warn: hex("#ffd75e"), Bad: hex("#ff8a92"),
	LambdaArea: hex("#e08a45"), JobsArea: hex("#3f97dd"),
	IdleArea: hex("#8b95a8"), PlatformArea: hex("#9a89dc"),
	Line: hex("#465066"), Track: hex("#3b4456"),
	Chip: hex("#c9a7ff"), ChipText: hex("#14101f").and("1"), DemoChip: hex("#ffd75e"), DemoText: hex("#1d1600").and("1"),
	Selected: hex("#343b4f"), Raised: hex("#1a2030"),
}).compile()

// LightTheme is for light terminals, whose background it leaves as it is.
var LightTheme = (&Theme{
	Name: "light",
	Text: hex("#1f2733"), Dim: hex("#545f70"), Strong: hex("#000000").and("1"), Accent: hex("#6b35b8"),
	Lambda: hex("#a84600"), Jobs: hex("#0a5cad"), Idle: hex("#5a6473"),
	Good: hex("#0f6b36"), Warn: hex("#7a5200"), Bad: hex("#b3172b"),
	LambdaArea: hex("#c9621a"), JobsArea: hex("#2f86d6"),
	IdleArea: hex("#7b8594"), PlatformArea: hex("#8a6fc7"),
	Line: hex("#b9c1cd"), Track: hex("#d5dae2"),
	Chip: hex("#6b35b8"), ChipText: hex("#ffffff").and("1"), DemoChip: hex("#f5c842"), DemoText: hex("#2a1f00").and("1"),
	Selected: hex("#e3ebf8"), Raised: hex("#f2f4f8"),
}).compile()

// ANSI16Theme uses the sixteen colours that the terminal's owner has chosen.
var ANSI16Theme = (&Theme{
	Name: "ansi16", Dark: true,
	Text: plain(""), Dim: plain("2"), Strong: plain("1"), Accent: basic(35),
	Lambda: basic(33), Jobs: basic(36), Idle: plain("2"),
	Good: basic(32), Warn: basic(33).and("1"), Bad: basic(31).and("1"),
	LambdaArea: basic(33), JobsArea: basic(36),
	IdleArea: plain("2"), PlatformArea: basic(35),
	Line: plain("2"), Track: plain("2"),
	Chip: plain("7"), ChipText: plain("1"), DemoChip: plain("7"), DemoText: basic(33).and("1"),
	Selected: plain("7"), Raised: plain(""),
}).compile()

// HighContrastTheme paints black under everything and holds 7:1 (WCAG AAA).
var HighContrastTheme = (&Theme{
	Name: "high-contrast", Dark: true, Base: hex("#000000"),
	Text: hex("#ffffff"), Dim: hex("#d8d8d8"), Strong: hex("#ffffff").and("1"), Accent: hex("#ffff66").and("1"),
	Lambda: hex("#ffb347"), Jobs: hex("#66d9ff"), Idle: hex("#d8d8d8"),
	Good: hex("#7dff9b"), Warn: hex("#ffff00").and("1"), Bad: hex("#ffb0b0").and("1"),
	LambdaArea: hex("#ffb347"), JobsArea: hex("#66d9ff"),
	IdleArea: hex("#c8c8c8"), PlatformArea: hex("#d0b0ff"),
	Line: hex("#a0a0a0"), Track: hex("#6a6a6a"),
	Chip: hex("#ffff66"), ChipText: hex("#000000").and("1"), DemoChip: hex("#ffffff"), DemoText: hex("#000000").and("1"),
	Selected: hex("#00305c"), Raised: hex("#000000"),
}).compile()

// MonoTheme has no colour at all: bold, faint and reverse only.
var MonoTheme = (&Theme{
	Name: "mono", Dark: true, Patterned: true,
	Text: plain(""), Dim: plain("2"), Strong: plain("1"), Accent: plain("1"),
	Lambda: plain(""), Jobs: plain("1"), Idle: plain("2"),
	Good: plain(""), Warn: plain("1"), Bad: plain("1;4"),
	LambdaArea: plain(""), JobsArea: plain(""),
	IdleArea: plain("2"), PlatformArea: plain("2"),
	Line: plain("2"), Track: plain("2"),
	Chip: plain("7"), ChipText: plain("1"), DemoChip: plain("7"), DemoText: plain("1"),
	Selected: plain("7"), Raised: plain(""),
}).compile()

// ThemeNamed finds a built-in theme; "" and "auto" are none, which leaves the
// choice to the terminal.
func ThemeNamed(name string) (*Theme, error) {
	if name == "" || name == "auto" {
		return nil, nil
	}
	names := []string{"auto"}
	for _, t := range Themes() {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return nil, fmt.Errorf("unknown theme %q: want one of %s", name, strings.Join(names, ", "))
}

// IsDark reports whether a background is a dark one: whether white text reads
// better on it than black text.
func IsDark(c color.Color) bool {
	l := luminance(c)
	return 1.05/(l+0.05) >= (l+0.05)/0.05
}
