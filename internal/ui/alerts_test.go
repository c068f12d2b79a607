package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
)

// withAlerts is the fixture on a night with alerts.
func withAlerts() *migration.Snapshot {
	s := newFixture()
	s.Alerts = migration.Alerts{
		Running: true,
		Standing: []migration.AlertView{
			{
				Kind: "word", Code: "roll_back", Tenant: "globex", Severity: migration.Critical, Since: at.Add(-12 * time.Minute),
				Text: "6.2 % of 1,824 messages failed on Jobs, 0.0 % on Lambda, E 10^31 of 100, since 10:20", Times: 1,
			},
			{
				Kind: "source", Code: "lost", About: "AWS prod eu-west-1", Severity: migration.Critical, Since: at.Add(-20 * time.Minute),
				Text: "cloudwatch does not answer", Fix: "check the network", Times: 1,
			},
			{
				Kind: "notice", Code: "throttled", Tenant: "wayne", Severity: migration.Warning, Since: at.Add(-30 * time.Hour),
				Basis: migration.SinceDataStart, Unknown: at.Add(-20 * time.Minute), Text: "37 invocations throttled", Times: 3,
			},
		},
		Ended: []migration.AlertView{
			{
				Kind: "notice", Code: "dead_letters", About: "ml-score", Tenant: "acme", Severity: migration.Warning, Times: 1,
				Since: at.Add(-3 * time.Hour), EndedAfter: at.Add(-2 * time.Hour), Ended: at.Add(-time.Hour), Text: "15 messages moved",
			},
			{
				Kind: "notice", Code: "pending", Severity: migration.Warning, Times: 1, Text: "2 Jobs Pending",
				EndedAfter: at.Add(-2*time.Hour - time.Minute), Ended: at.Add(-2 * time.Hour),
			},
			{Kind: "notice", Code: "no_logs", Tenant: "hooli", Severity: migration.Warning, Times: 1, EndedAfter: at.Add(-4 * time.Hour)},
		},
	}
	return s
}

func TestAlertsAreListedWithTheirTimes(t *testing.T) {
	d := newDriver(t, Options{Theme: "dark"}, 150, 30)
	d.send(snapshotMsg{newFixture()})
	d.press("!")
	d.mustShow("No alert yet")
	d.send(snapshotMsg{withAlerts()})
	d.mustShow("STANDING 3", "globex ROLL BACK", "since 10:22", "AWS prod eu-west-1 lost", "cloudwatch does not answer; check the network",
		"wayne throttled", "not known since 10:14", "37 invocations throttled (3 times)",
		"ENDED 3", "acme dead_letters (ml-score)", "08:34 → 09:34",
		"no tenant pending", "08:34", "hooli no_logs", "not known since 06:34")
	d.press("esc")
	d.mustNotShow("STANDING 3")
}

// In a narrow terminal the text is below its alert.
func TestAlertsInANarrowTerminal(t *testing.T) {
	d := newDriver(t, Options{Theme: "dark"}, 80, 24)
	d.send(snapshotMsg{withAlerts()})
	d.press("!")
	d.mustShow("globex ROLL BACK                since 10:22  ",
		"  6.2 % of 1,824 messages failed on Jobs, 0.0 % on Lambda, E 10^31 of ", "  100, since")
}

func TestAlertsScroll(t *testing.T) {
	s := withAlerts()
	for range 40 {
		s.Alerts.Ended = append(s.Alerts.Ended, s.Alerts.Ended[0])
	}
	s.Alerts.Ended = append(s.Alerts.Ended, migration.AlertView{Kind: "notice", Code: "the_last", Tenant: "zeta", Ended: at})
	d := newDriver(t, Options{Theme: "dark"}, 80, 24)
	d.send(snapshotMsg{s})
	d.press("!")
	d.mustNotShow("the_last")
	d.press("G")
	d.mustShow("zeta the_last")
	d.press("g", "down", "pgdown", "up", "pgup")
	d.mustShow("STANDING 3")
	d.press("!")
	d.mustNotShow("STANDING 3")
}

// raws are what the model wrote to the terminal through Bubble Tea.
func raws(m *model, msg tea.Msg) (out []string) {
	var collect func(tea.Cmd)
	collect = func(cmd tea.Cmd) {
		if cmd == nil {
			return
		}
		switch msg := cmd().(type) {
		case tea.BatchMsg:
			for _, c := range msg {
				collect(c)
			}
		case tea.RawMsg:
			out = append(out, msg.Msg.(string))
		}
	}
	collect(m.update(msg))
	return out
}

// The terminal is told of each event once, never within a paste, and not at all unless somebody wants it.
func TestTheTerminalIsToldOnce(t *testing.T) {
	news := func(n int) *migration.Snapshot {
		s := withAlerts()
		for i := range n {
			s.Alerts.News = append(s.Alerts.News, migration.AlertNews{
				Seq: int64(i + 7), Event: "firing", Text: "CRITICAL globex\x1b]52;c;aGk=\a; oom_killed " + strings.Repeat("x", 300),
			})
		}
		return s
	}
	for how, begins := range map[Notify]string{
		NotifyBell: "\a", NotifyOSC9: "\x1b]9;CRITICAL globex", NotifyOSC777: "\x1b]777;notify;migtop;CRITICAL globex",
	} {
		d := newDriver(t, Options{Theme: "dark", Notify: how}, 120, 40)
		got := raws(d.m, snapshotMsg{news(1)})
		if len(got) != 1 || !strings.HasPrefix(got[0], begins) || strings.Count(got[0], "\a") != 1 || strings.Count(got[0], "\x1b") > 1 {
			t.Errorf("%s: %q", how, got)
		}
		if len(got) == 1 && len(got[0]) > 300 {
			t.Errorf("%s: %d bytes", how, len(got[0]))
		}
		if got = raws(d.m, snapshotMsg{news(1)}); len(got) > 0 {
			t.Errorf("%s again: %q", how, got)
		}
		if got = raws(d.m, tea.PasteStartMsg{}); len(got) > 0 {
			t.Errorf("%s: %q", how, got)
		}
		if got = raws(d.m, snapshotMsg{news(3)}); len(got) > 0 {
			t.Errorf("%s within a paste: %q", how, got)
		}
		got = raws(d.m, tea.PasteEndMsg{})
		if len(got) != 1 || how != NotifyBell && !strings.Contains(got[0], ", and 1 more") {
			t.Errorf("%s after the paste: %q", how, got)
		}
		d.m.paused = true
		if got = raws(d.m, snapshotMsg{news(4)}); len(got) != 1 {
			t.Errorf("%s while the screen is paused: %q", how, got)
		}
	}
	d := newDriver(t, Options{Theme: "dark"}, 120, 40)
	if got := raws(d.m, snapshotMsg{news(3)}); len(got) > 0 {
		t.Errorf("nobody asked for %q", got)
	}
}
