package ui

import "testing"

// Colours are lost in some terminals and to some eyes: the same screen must say
// the same without them.
func TestStateIsNeverColourAlone(t *testing.T) {
	for _, keys := range [][]string{{"1"}, {"2"}, {"4"}, {"9"}} {
		dark, mono := newDriver(t, Options{Theme: "dark"}, 120, 40), newDriver(t, Options{Theme: "mono"}, 120, 40)
		for _, d := range []*driver{dark, mono} {
			d.send(snapshotMsg{newFixture()})
			d.press(keys...)
		}
		a, b := dark.screen(), mono.screen()
		for _, word := range []string{"✖", "◆", "▸"} {
			if a.contains(word) != b.contains(word) {
				t.Errorf("%v: %s is on one of the screens alone", keys, word)
			}
		}
	}
	mono := newDriver(t, Options{Theme: "mono"}, 120, 40)
	mono.send(snapshotMsg{newFixture()})
	mono.mustShow("critical", "▒ Lambda", "█ Jobs")
	mono.press("2")
	mono.mustShow("✖ ROLL BACK", "‖ HOLD", "✓ PROMOTE all", "= stay", "→ move", "✓ moved", "✓ costs more", "▲ 187%",
		"▼ 52%")
	mono.press("9")
	mono.mustShow("● ok", "◐ degraded", "✖ failed")
}
