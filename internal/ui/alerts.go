package ui

import (
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
	wording "github.com/migtop/migtop/internal/text"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// alertList is the dialog of alerts: those that stand, and then those that ended.
type alertList struct{ scroll int }

func (d *alertList) press(m *model, k tea.KeyPressMsg) tea.Cmd {
	switch a := m.keys.action(k.String()); a {
	case ActBack, ActAlerts, ActOpen, ActQuit:
		m.dialog = nil
	case ActUp:
		d.scroll--
	case ActDown:
		d.scroll++
	case ActPageUp:
		d.scroll -= 10
	case ActPageDown:
		d.scroll += 10
	case ActTop:
		d.scroll = 0
	case ActBottom:
		d.scroll = 1 << 20
	}
	return nil
}

// alertLine is a heading, or a part of an alert.
type alertLine struct {
	heading  string
	sign     rune
	role     canvas.Role
	who, at  string
	said     string
	saidRole canvas.Role
}

// apartFrom is from how far apart the two looks are between which an alert ended that both are shown.
const apartFrom = 2 * time.Minute

// The columns of an alert: sign, tenant and code, when, what. In a narrow box the text is below.
const (
	alertWho  = 2
	alertAt   = 34
	alertSaid = 60
	// leastSaid is how wide the column of the text must be to be next to the others.
	leastSaid = 40
)

func (d *alertList) draw(m *model, p canvas.Pane) {
	f := &m.frame
	const width, margins = 140, 8 // of the box: its border, its padding and the screen left of it and right
	room := min(width, p.W) - margins
	said := alertSaid
	if room-alertSaid < leastSaid {
		said = alertWho
	}
	lines := d.lines(m, room-said, said == alertWho)
	in := f.box(p, width, min(len(lines)+2, p.H-4), "Alerts", "esc closes")
	d.scroll = max(min(d.scroll, len(lines)-in.H), 0)
	for i, l := range lines[d.scroll:] {
		if i >= in.H {
			break
		}
		if l.heading != "" {
			in.Fit(0, i, in.W, ink(strong), l.heading, f.g)
			continue
		}
		if l.sign != 0 {
			in.Rune(0, i, ink(l.role), l.sign)
		}
		in.Fit(alertWho, i, alertAt-alertWho-1, ink(strong), l.who, f.g)
		in.Fit(alertAt, i, alertSaid-alertAt-1, ink(dim), l.at, f.g)
		in.Fit(said, i, in.W-said, ink(l.saidRole), l.said, f.g)
	}
	if d.scroll+in.H < len(lines) {
		in.Rune(in.W-1, in.H-1, ink(accent), f.g.Down)
	}
}

// lines are all alerts, with texts of at most w cells, which are lines of their own if below is set.
func (d *alertList) lines(m *model, w int, below bool) []alertLine {
	f := &m.frame
	if f.snap == nil || !f.snap.Alerts.Running {
		return []alertLine{{heading: "No alert yet: the first data are being read."}}
	}
	a := &f.snap.Alerts
	var out []alertLine
	add := func(v *migration.AlertView, sign rune, role canvas.Role, at string, saidRole canvas.Role) {
		said := v.Text
		if v.Fix != "" && v.Ended.IsZero() {
			said += "; " + v.Fix
		}
		if v.Times > 1 {
			said += " (" + wording.Plural(v.Times, "time") + ")"
		}
		l := alertLine{sign: sign, role: role, who: alertName(v), at: at, saidRole: saidRole}
		parts := canvas.Wrap(said, w, 3)
		if !below && len(parts) > 0 {
			l.said, parts = parts[0], parts[1:]
		}
		out = append(out, l)
		for _, part := range parts {
			out = append(out, alertLine{said: part, saidRole: saidRole})
		}
	}
	out = append(out, alertLine{heading: "STANDING " + strconv.Itoa(len(a.Standing))})
	for i := range a.Standing {
		v := &a.Standing[i]
		sign, role, _ := severitySign(f.g, v.Severity)
		at := "since " + string(f.clockTime(nil, v.Since))
		if v.Basis == migration.SinceDataStart {
			at += " or earlier"
		}
		if !v.Unknown.IsZero() {
			at = "not known since " + string(f.clockTime(nil, v.Unknown))
			sign, role = '?', dim
		}
		add(v, sign, role, at, text)
	}
	out = append(out, alertLine{}, alertLine{heading: "ENDED " + strconv.Itoa(len(a.Ended))})
	for i := range a.Ended {
		v := &a.Ended[i]
		sign, role, at := f.g.Check, good, f.endedAt(v)
		if v.Ended.IsZero() {
			sign, role = '?', dim
		}
		add(v, sign, role, at, dim)
	}
	return out
}

// endedAt is when an alert ended: between two looks where they are far apart.
func (f *frame) endedAt(v *migration.AlertView) string {
	if v.Ended.IsZero() {
		return "not known since " + string(f.clockTime(nil, v.EndedAfter))
	}
	end := string(f.clockTime(nil, v.Ended))
	if after := string(f.clockTime(nil, v.EndedAfter)); !v.EndedAfter.IsZero() && v.Ended.Sub(v.EndedAfter) > apartFrom {
		return after + " " + f.g.To + " " + end
	}
	return end
}

// alertName is what an alert is about.
func alertName(v *migration.AlertView) string {
	code := strings.ReplaceAll(v.Code, "_", " ")
	switch v.Kind {
	case "source":
		return v.About + " " + code
	case "word":
		return string(v.Tenant) + " " + strings.ToUpper(code)
	}
	name := string(v.Tenant)
	if name == "" {
		name = "no tenant"
	}
	if v.About != "" {
		return name + " " + v.Code + " (" + v.About + ")"
	}
	return name + " " + v.Code
}
