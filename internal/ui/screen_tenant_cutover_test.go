package ui

import (
	"strings"
	"testing"
)

func TestTenantPageAnswersBothQuestions(t *testing.T) {
	d := cutoverScreen(t, newFixture(), 120, 90)
	d.press("down", "down", "down", "down", "enter") // globex
	d.mustShow("May it take the next step?        ✖ ROLL BACK  6.2 % fail on Jobs", "Should it move?                   = stay  Stay "+
		"on Lambda",
		"E 4.1e+08 of 100", "Lambda 7,296 messages, 2 failed; Jobs 1,824 messages, 113 failed; since 05:22, final to 10:30",
		"5 % since 03:52 → 20 % since 05:22, for 5h12; 20.1 % observed; next 50 %; wave 2; owners anna, ben",
		"also     113 attempts were OOMKilled", "needs    two hours without a kill",
		"ROLL BACK by the rule failures since 07:34. It stands until the share is 0 or a person decides.",
		"overruled by dana at 08:34 until 09:34, which is over: the limit is being raised",
		`{clear: "globex", by: NAME`, `{overrule: "globex", by: NAME`, "y copies them",
		"1% by the tenant, migtop.yaml:41:21", "80% by the wave, migtop.yaml:30:14", "5m by the plan, migtop.yaml:22:28",
		"10 points  default")
	for _, name := range signalNames {
		d.mustShow(strings.ReplaceAll(name, "_", " "))
	}
	d.press("v")
	d.mustShow("✖ failure rate", "‖ reasons", "‖ memory fit", "8 signals are fine, 2 have too little data or none; v shows all")
	d.mustNotShow("routed share")
	d.press("v", "y")
	if !strings.Contains(d.clip, "globex: ROLL BACK. 6.2 %") || !strings.Contains(d.clip,
		"plan:\n  decisions:\n    - {clear: \"globex\", by: NAME") {
		t.Errorf("the clipboard has %q", d.clip)
	}
}

func TestTenantPageShowsWhatIsNotReady(t *testing.T) {
	d := newDriver(t, Options{Theme: "mono"}, 120, 60)
	d.send(snapshotMsg{newFixture()})
	d.press("2", "/")
	d.typed("tenant:vandelay")
	d.press("enter", "enter")
	d.mustShow("Should it move?                   = stay", "Is it ready for its first share?  → move (not ready)  move, but not "+
		"ready: no room",
		"✖ pool                 failed  no room for the first share", "? logs                 unknown  not known yet",
		"· FIFO groups          does not apply", "✓ quota                passed  no quota")
	d.press("v")
	d.mustShow("7 checks have passed or do not apply; v shows all", "✖ pool")
	d.mustNotShow("FIFO groups")
	// A tenant of which the costs alone are known has one answer and no panel.
	d.press("esc", "esc", "/")
	d.typed("tenant:wonka")
	d.press("enter", "enter")
	d.mustShow("wonka  = stay", "Stay on Lambda: runs of 0.9 s")
	d.mustNotShow("Is it ready for", "Should it move?", "May it take")
}

// What is needed is ten times as much where only attempts are known, and a need that the reason names is not said twice.
func TestEvidenceIsHeldAgainstItsLimits(t *testing.T) {
	s := newFixture()
	for i := range s.Tenants {
		if v := &s.Tenants[i]; v.Tenant == "wayne" {
			v.Cutover.Detail.Basis = "attempts"
			v.Cutover.Reason = v.Cutover.Detail.Needs[0] + "; 22 messages on Jobs"
			v.Cutover.Detail.Needs = append(v.Cutover.Detail.Needs, "no daily peak seen")
		}
	}
	d := cutoverScreen(t, s, 180, 50)
	d.press("down")
	d.mustShow("E 0.79 of 1,000   N 1.6 of 200", "next step needs: no daily peak seen")
	d.press("enter")
	d.mustShow("E 0.79 of 1,000   N 1.6 of 200   slower E 0.02 of 100", "needs    no daily peak seen")
	d.press("right")
	d.mustNotShow("of 1,000")
}
