package alert

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// The kinds of alerts.
const (
	KindNotice = "notice" // a notice of a tenant
	KindWord   = "word"   // a word of its cutover
	KindSource = "source" // a source that was lost
)

// Condition is what a Snapshot shows that an alert is about.
type Condition struct {
	// Key identifies the alert over all Snapshots: "notice/acme/oom_killed".
	Key  string `json:"key"`
	Kind string `json:"kind"`
	// Tenant is "" of a lost source, and of a notice about work that belongs to no tenant.
	Tenant migration.Tenant `json:"tenant,omitempty"`
	Wave   string           `json:"wave,omitempty"`
	Owners []string         `json:"owners,omitempty"`
	// Code is the code of a notice; promote, hold or roll_back; or lost or not_permitted of a source.
	Code  string `json:"code"`
	About string `json:"about,omitempty"`
	// Figure is what a notice judges. It decides which data must be there for the notice to end.
	Figure   string             `json:"figure,omitempty"`
	Severity migration.Severity `json:"severity"`
	// Text is one sentence with its numbers, and Fix what to do; "" where the text says it.
	Text string `json:"text"`
	Fix  string `json:"fix,omitempty"`
	// Since is when it became true; unknown where the data do not say, see Basis.
	Since migration.Opt[time.Time] `json:"since,omitzero"`
	Basis migration.SinceBasis     `json:"basis,omitempty"`
	// Rows are the health rows of a lost source.
	Rows []string `json:"rows,omitempty"`
	// Word is the word of the column of a cutover, with the shares of a PROMOTE.
	Word string `json:"word,omitempty"`
}

// key joins the parts of a key. A slash within a part is escaped.
func key(parts ...string) string {
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}

// Conditions are all that a Snapshot shows, sorted by key, each once.
func Conditions(snap *migration.Snapshot) []*Condition {
	n := 0
	for i := range snap.Tenants {
		n += len(snap.Tenants[i].Notices) + 1
	}
	all := make([]Condition, 0, n)
	for i := range snap.Tenants {
		t := &snap.Tenants[i]
		for j := range t.Notices {
			all = append(all, ofNotice(t, &t.Notices[j]))
		}
		if c, ok := ofWord(t); ok {
			all = append(all, c)
		}
	}
	all = append(all, lostSources(snap)...)
	out := make([]*Condition, len(all))
	for i := range all {
		out[i] = &all[i]
	}
	slices.SortStableFunc(out, func(a, b *Condition) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(b.Severity, a.Severity))
	})
	// Two findings of one rule about one thing are one alert, as severe as the worse one.
	return slices.CompactFunc(out, func(a, b *Condition) bool { return a.Key == b.Key })
}

func ofNotice(t *migration.TenantView, n *migration.Notice) Condition {
	k := key(KindNotice, string(t.Tenant), n.Code)
	if n.About != "" {
		k = key(KindNotice, string(t.Tenant), n.Code, n.About)
	}
	return Condition{
		Key: k, Kind: KindNotice, Tenant: t.Tenant, Wave: t.Cutover.Detail.Wave, Owners: t.Cutover.Detail.Owners,
		Code: n.Code, About: n.About, Figure: n.Figure, Severity: n.Severity, Text: clean(n.Text), Since: n.Since, Basis: n.SinceBasis,
	}
}

// The codes of words.
const (
	CodePromote  = "promote"
	CodeHold     = "hold"
	CodeRollBack = "roll_back"
)

// grave are the reasons to hold that lose or stop work.
var grave = []string{"loss", "dead_letters", "image_pull"}

// notWrong are the reasons to hold that need no alert of their own: a source that is not read has one, a person chose a freeze or
// overruled, and what is recent, stale or short of runs passes.
var notWrong = append([]string{"overruled", "returned", "permission", "frozen", "cost_unknown", "recent", "lapsed"}, unread...)

// unread are the reasons to hold that say that something is not known.
var unread = []string{"blue_unread", "green_unread", "queue_unread", "stale"}

// wrong reports whether a reason to hold says that something is wrong. What time and traffic bring is not.
func wrong(hold string) bool {
	return !strings.HasPrefix(hold, "need_") && !slices.Contains(notWrong, hold)
}

// ofWord is the word of a tenant that a person has to act on; ok is false for the others.
func ofWord(t *migration.TenantView) (c Condition, ok bool) {
	w := &t.Cutover
	c = Condition{
		Kind: KindWord, Tenant: t.Tenant, Wave: w.Detail.Wave, Owners: w.Detail.Owners, Text: clean(w.Reason), Word: clean(w.Text),
	}
	since := func(at time.Time) {
		if !at.IsZero() {
			c.Since, c.Basis = migration.Some(at), migration.SinceData
		}
	}
	switch w.Word {
	case migration.VerdictRollBack:
		c.Code, c.Severity = CodeRollBack, migration.Critical
		since(w.Detail.RuleSince)
	case migration.VerdictHold:
		if !slices.ContainsFunc(w.Detail.Holds, wrong) {
			return c, false
		}
		c.Code, c.Severity = CodeHold, migration.Warning
		if slices.ContainsFunc(w.Detail.Holds, func(h string) bool { return slices.Contains(grave, h) }) {
			c.Severity = migration.Critical
		}
	case migration.VerdictPromote:
		c.Code, c.Severity = CodePromote, migration.Info
	default:
		return c, false
	}
	c.Key = key(KindWord, string(t.Tenant), c.Code)
	return c, true
}

// systems are the systems behind health rows. Rows of one system that fail for one reason are one lost source.
var systems = map[string]string{
	"cloudwatch": "AWS", "lambda": "AWS", "ecs": "AWS", "sqs": "AWS", "log arrival": "AWS", "logs": "AWS", "spot prices": "AWS",
	"jobs": "Kubernetes", "pods": "Kubernetes", "nodes": "Kubernetes", "services": "Kubernetes", "metrics": "Kubernetes",
}

// sides are the rows without which a side of the move is not read.
func sides(m migration.Move) []string {
	var out []string
	for _, info := range m.Infos() {
		out = append(out, info.Source)
	}
	return out
}

// The codes of sources.
const (
	CodeLost         = "lost"          // it does not answer, or does not accept the credentials
	CodeNotPermitted = "not_permitted" // a permission or a setting is missing: it was never there, or was taken away
)

// lostSources are the sources that failed, one condition for each system, account and code. What went wrong may change from poll to
// poll while a system is away.
func lostSources(snap *migration.Snapshot) []Condition {
	read := sides(snap.Move.OrDefault())
	var out []Condition
	for i := range snap.Sources {
		h := &snap.Sources[i]
		if h.State != migration.HealthFailed {
			continue
		}
		name := systems[h.Source]
		if name == "" {
			name = h.Source
		}
		code, what, fix := CodeLost, h.Title()+" does not answer", ""
		if h.Problem != nil {
			what, fix = h.Problem.What, h.Problem.Fix
			if setUp(h.Problem) {
				code = CodeNotPermitted
			}
		}
		severity := migration.Warning
		if slices.Contains(read, h.Source) {
			severity = migration.Critical
		}
		k := key(KindSource, strings.TrimSpace(name+" "+h.Scope), code)
		at := slices.IndexFunc(out, func(c Condition) bool { return c.Key == k })
		if at < 0 {
			c := Condition{
				Key: k, Kind: KindSource, Code: code, About: strings.TrimSpace(name + " " + h.Scope), Severity: severity,
				Text: clean(what), Fix: clean(fix), Rows: []string{h.Title()},
			}
			if !h.LastSuccess.IsZero() {
				c.Since, c.Basis = migration.Some(h.LastSuccess), migration.SinceData
			}
			out = append(out, c)
			continue
		}
		c := &out[at]
		c.Rows = append(c.Rows, h.Title())
		if severity > c.Severity { // say what is worst
			c.Severity, c.Text, c.Fix = severity, clean(what), clean(fix)
		}
	}
	return out
}

// setUp reports whether a problem is one of permissions or settings: it does not pass by itself, and no request is lost.
func setUp(p *migration.Problem) bool {
	switch p.Fault {
	case migration.FaultDenied, migration.FaultAbsent, migration.FaultConfig:
		return true
	}
	return false
}

// mostText is how many characters of a text an alert has.
const mostText = 500

// clean makes a text one printable line.
func clean(s string) string { return text.Cut(text.Printable(text.OneLine(s)), mostText) }
