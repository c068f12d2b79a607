package alert

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// Schema is the version of the JSON of an event.
const Schema = "migtop.alert/v1"

// The types of events.
const (
	Firing   = "firing"   // an alert began
	Changed  = "changed"  // it became worse
	Resolved = "resolved" // it ended
	Dropped  = "dropped"  // it is not known whether it ended, and it is watched no longer
	Test     = "test"     // a person wants to see whether messages arrive
)

// Event is what is told of an alert. Its JSON is documented in docs/alerts.md.
type Event struct {
	Schema string `json:"schema"`
	// ID is unique over all events, and the same if the event is made again.
	ID    string    `json:"id"`
	Type  string    `json:"event"`
	At    time.Time `json:"at"`
	Alert string    `json:"alert"` // the key: the same in all events of an alert
	Kind  string    `json:"kind"`
	Code  string    `json:"code"`
	About *string   `json:"about"`
	// Severity is the severity told, and Was the one before where it changed.
	Severity migration.Severity  `json:"severity"`
	Was      migration.Severity  `json:"-"`
	WasText  *migration.Severity `json:"was_severity"`
	Tenant   *migration.Tenant   `json:"tenant"`
	Wave     *string             `json:"wave"`
	Owners   []string            `json:"owners"`
	// Text is the whole message in one line. Reason is the sentence of the notice, the verdict or the source alone.
	Text   string  `json:"text"`
	Reason string  `json:"reason"`
	Fix    *string `json:"fix"`
	// Since is when the condition became true, and Basis how that is known. FiredAt is when it was told.
	Since   migration.Opt[time.Time] `json:"since"`
	Basis   *string                  `json:"since_basis"`
	FiredAt *time.Time               `json:"fired_at"`
	// EndedAt is when it was first seen to have ended, EndedAfter when it was last known to stand: it ended between the two.
	EndedAt    *time.Time `json:"ended_at"`
	EndedAfter *time.Time `json:"ended_after"`
	// Stood is how long it stood, from Since or FiredAt on.
	Stood *float64 `json:"stood_seconds"`
	// Times is how often it began, with short pauses between: 1 for an alert that does not come and go.
	Times int   `json:"times"`
	Scope Scope `json:"scope"`
}

// Scope says which migration an event is from.
type Scope struct {
	Name    *string `json:"name"`
	Account *string `json:"aws_account"`
	Region  *string `json:"aws_region"`
	Context *string `json:"kubernetes_context"`
	Demo    bool    `json:"demo"`
}

// optional is nil for an empty text.
func optional[S ~string](s S) *S {
	if s == "" {
		return nil
	}
	return &s
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// ScopeOf is the scope of a Snapshot as events have it.
func ScopeOf(s migration.Scope) Scope {
	return Scope{optional(s.Name), optional(s.Account), optional(s.Region), optional(s.Context), s.Demo}
}

// tell adds an event of an alert.
func (p *step) tell(a *Alert, what string) {
	e := Event{
		Schema: Schema, Type: what, At: p.at.UTC(), Alert: a.Key, Kind: a.Kind, Code: a.Code, About: optional(a.About), Severity: a.Told,
		Wave: optional(a.Wave), Owners: append([]string{}, a.Owners...), Reason: a.Text, Fix: optional(a.Fix), Since: a.Since,
		Basis: optional(a.Basis.String()), FiredAt: moment(a.Fired), Times: a.Times, Scope: ScopeOf(p.scope),
	}
	if a.Kind != KindSource {
		e.Tenant = optional(a.Tenant)
	}
	if what == Resolved {
		began := a.Since.Or(a.Fired)
		if began.After(a.Fired) {
			began = a.Fired
		}
		stood := max(a.Ended.Sub(began), 0).Seconds()
		e.EndedAt, e.EndedAfter, e.Stood = moment(a.Ended), moment(a.EndedAfter), &stood
	}
	if what == Dropped {
		e.EndedAfter = moment(a.Unknown)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%d|%d|%s|%d", a.Key, a.Fired.UnixNano(), p.at.UnixNano(), what, a.Told))
	e.ID = hex.EncodeToString(sum[:12])
	now := ""
	if t := p.facts.tenants[a.Tenant]; a.Kind == KindWord && t != nil {
		now = clean(t.Cutover.Text)
	}
	e.Text = a.message(what, p.at, now)
	p.result.Events = append(p.result.Events, e)
}

// MarshalJSON encodes the event as one line. The severity before is null where it did not change.
func (e Event) MarshalJSON() ([]byte, error) {
	type plain Event
	if e.Was != 0 {
		e.WasText = &e.Was
	}
	return json.Marshal(plain(e))
}

// clockFormat is how times are written in messages.
const clockFormat = "15:04 UTC"

// moment writes a time as a message needs it: with its date where it is another day's.
func clockAt(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	if t.Format(time.DateOnly) != now.Format(time.DateOnly) {
		return t.Format("2 Jan " + clockFormat)
	}
	return t.Format(clockFormat)
}

// betweenFrom is from how far apart two looks are named both: it ended at some time between them.
const betweenFrom = 2 * time.Minute

// message is the text of an event. now is what the word of the tenant has become.
func (a *Alert) message(what string, at time.Time, now string) string {
	var b strings.Builder
	switch what {
	case Resolved:
		b.WriteString("ENDED ")
	case Dropped:
		b.WriteString("NOT KNOWN ")
	case Changed:
		b.WriteString("NOW " + strings.ToUpper(a.Told.String()) + " ")
	default:
		if a.Kind == KindWord {
			b.WriteString(a.Word + " ")
		} else {
			b.WriteString(strings.ToUpper(a.Told.String()) + " ")
		}
	}
	b.WriteString(a.subject(what))
	if what == Resolved {
		if a.Ended.Sub(a.EndedAfter) > betweenFrom {
			b.WriteString(" between " + clockAt(a.EndedAfter, at) + " and " + clockAt(a.Ended, at))
		} else {
			b.WriteString(" at " + clockAt(a.Ended, at))
		}
		if began := a.Since.Or(a.Fired); a.Ended.After(began) {
			if a.Basis == migration.SinceDataStart {
				b.WriteString(", after at least ")
			} else {
				b.WriteString(", after ")
			}
			b.WriteString(migration.Brief(a.Ended.Sub(began)))
		}
		if now != "" {
			b.WriteString(", now " + now)
		}
	}
	b.WriteString(": " + a.Text)
	if what == Firing || what == Changed {
		if s, ok := a.Since.Get(); ok {
			before := ""
			if a.Basis == migration.SinceDataStart {
				before = " or earlier"
			}
			b.WriteString(" (since " + clockAt(s, at) + before + ")")
		}
		if a.Fix != "" {
			b.WriteString("; " + a.Fix)
		}
	}
	if what == Dropped {
		b.WriteString("; not known since " + clockAt(a.Unknown, at) + ", and watched no longer")
	}
	if a.Times > 1 {
		b.WriteString("; it began " + text.Plural(a.Times, "time") + " with short pauses")
	}
	return b.String()
}

// subject names what an alert is about: "acme oom_killed".
func (a *Alert) subject(what string) string {
	switch a.Kind {
	case KindSource:
		return a.About + " " + strings.ReplaceAll(a.Code, "_", " ")
	case KindWord:
		if what == Resolved || what == Dropped {
			return string(a.Tenant) + " " + a.Word
		}
		return string(a.Tenant)
	}
	name := string(a.Tenant)
	if name == "" {
		name = "work without a tenant"
	}
	if a.About != "" {
		return name + " " + a.Code + " (" + a.About + ")"
	}
	return name + " " + a.Code
}

// TestEvent is what migtop alerts test sends.
func TestEvent(at time.Time, id string, scope migration.Scope) Event {
	return Event{
		Schema: Schema, ID: id, Type: Test, At: at.UTC(), Alert: Test, Kind: Test, Code: Test, Severity: migration.Info, Owners: []string{},
		Text:   "TEST of migtop alerts: this message says that alerts arrive here. Nothing is wrong.",
		Reason: "migtop alerts test was run.", Times: 1, Scope: ScopeOf(scope),
	}
}
