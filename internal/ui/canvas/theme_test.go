package canvas

import (
	"fmt"
	"image/color"
	"testing"

	"charm.land/lipgloss/v2"
)

// backgrounds are common terminals': a theme that leaves the background alone
// must be readable on all of its kind.
var backgrounds = map[bool][]string{
	true:  {"#000000", "#0d1117", "#1e1e2e", "#1a1b26", "#282a36", "#282c34", "#002b36"},
	false: {"#ffffff", "#fafafa", "#eff1f5", "#fdf6e3"},
}

func TestThemesAreReadable(t *testing.T) {
	for _, th := range Themes() {
		if th.Text.Color == nil { // it uses the terminal's own colours, which nobody here knows
			continue
		}
		limit := 4.5 // WCAG 2.2 AA
		under := map[string]color.Color{"selected": th.Selected.Color, "raised": th.Raised.Color}
		if th.Base.Color != nil {
			limit = 7 // it promises AAA
			under["base"] = th.Base.Color
		} else {
			for _, b := range backgrounds[th.Dark] {
				under[b] = lipgloss.Color(b)
			}
		}
		for name, ink := range map[string]Look{
			"text": th.Text, "dim": th.Dim, "strong": th.Strong, "accent": th.Accent, "lambda": th.Lambda, "jobs": th.Jobs, "idle": th.Idle,
			"good": th.Good, "warn": th.Warn, "bad": th.Bad,
		} {
			for on, b := range under {
				if c := contrastRatio(ink.Color, b); c < limit {
					t.Errorf("%s: %s on %s has a contrast of %.2f, want %.1f", th.Name, name, on, c, limit)
				}
			}
		}
		for name, pair := range map[string][2]Look{"chip": {th.ChipText, th.Chip}, "demo": {th.DemoText, th.DemoChip}} {
			if c := contrastRatio(pair[0].Color, pair[1].Color); c < limit {
				t.Errorf("%s: the text on the %s has a contrast of %.2f, want %.1f", th.Name, name, c, limit)
			}
		}
		// graphics: WCAG 1.4.11
		for name, ink := range map[string]Look{
			"lambda area": th.LambdaArea, "jobs area": th.JobsArea, "idle area": th.IdleArea,
			"platform area": th.PlatformArea,
		} {
			for on, b := range under {
				if c := contrastRatio(ink.Color, b); c < 3 {
					t.Errorf("%s: the %s on %s has a contrast of %.2f, want 3", th.Name, name, on, c)
				}
			}
		}
	}
}

func TestContrastAsWCAGHasIt(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want string
	}{{"#000000", "#ffffff", "21.00"}, {"#777777", "#ffffff", "4.48"}, {"#ff0000", "#ffffff", "4.00"}} {
		if got := fmt.Sprintf("%.2f", contrastRatio(lipgloss.Color(c.a), lipgloss.Color(c.b))); got != c.want {
			t.Errorf("contrast of %s and %s is %s, want %s", c.a, c.b, got, c.want)
		}
	}
	if !IsDark(lipgloss.Color("#002b36")) || IsDark(lipgloss.Color("#fdf6e3")) {
		t.Error("dark and light are mixed up")
	}
}

func TestThemeNamed(t *testing.T) {
	for _, th := range Themes() {
		if got, err := ThemeNamed(th.Name); err != nil || got != th {
			t.Errorf("themeNamed(%q) = %v, %v", th.Name, got, err)
		}
	}
	if got, err := ThemeNamed("auto"); got != nil || err != nil {
		t.Errorf("auto: %v, %v", got, err)
	}
	if _, err := ThemeNamed("beige"); err == nil {
		t.Error("an unknown theme is no error")
	}
}
