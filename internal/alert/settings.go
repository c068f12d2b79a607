package alert

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
)

// SectionName is the name of the section of the configuration.
const SectionName = "alerts"

// Terminal says how the screen makes somebody look.
type Terminal string

// The ways. Both notifications are escape sequences that many terminals show as notifications of the desktop.
const (
	TerminalOff    Terminal = ""
	TerminalBell   Terminal = "bell"
	TerminalOSC9   Terminal = "osc9"   // iTerm2, kitty, WezTerm, Ghostty, Windows Terminal
	TerminalOSC777 Terminal = "osc777" // urxvt, foot, VTE
)

// Settings are the section alerts of the configuration.
type Settings struct {
	// Severity is the least severity of notices and sources that is told; 0 is warning. Words are told whatever it is.
	Severity migration.Severity
	// Words are the codes of the words that are told; nil is all three.
	Words []string
	// Include and Exclude are patterns of the codes of notices; without Include all are included.
	Include, Exclude []attribution.Pattern
	// Tenants and Waves limit what is told of tenants; empty is all. Lost sources are told anyway.
	Tenants, Waves []attribution.Pattern
	// Flapping is how soon after its end an alert that fires again counts as one that comes and goes; 0 is DefaultFlapping.
	Flapping time.Duration
	Terminal Terminal
	Outputs  []Output
	// Place is where the section is written, the zero Origin without one.
	Place section.Origin

	places map[string]section.Origin
}

// Output is where events are sent: a file, or a webhook.
type Output struct {
	File    string
	Webhook *Webhook
	Place   section.Origin
}

// Webhook is an address that events are posted to. Exactly one of URL, URLEnv and URLFile is set: addresses of chat systems are
// secrets themselves.
type Webhook struct {
	URL, URLEnv, URLFile string
	// SecretEnv and SecretFile name where the secret of the signature is; both are "" for no signature.
	SecretEnv, SecretFile string
	// Headers are sent as they are; the values of HeadersEnv are names of variables.
	Headers, HeadersEnv []Header
	// Insecure allows an address that is not https and not on this machine.
	Insecure bool
	// Timeout is the time that one request may take; 0 is 10 s.
	Timeout time.Duration
}

// Header is a header of a request.
type Header struct{ Name, Value string }

// Rules are what of a Snapshot is told.
func (s *Settings) Rules() Rules { return Rules{Flapping: s.Flapping, Wanted: s.wants} }

// words are the words that are told, by code.
var words = []struct{ code, word string }{{CodePromote, "PROMOTE"}, {CodeHold, "HOLD"}, {CodeRollBack, "ROLL BACK"}}

func (s *Settings) wants(c *Condition) bool {
	if c.Kind == KindSource {
		return c.Severity >= s.least()
	}
	matches := func(ps []attribution.Pattern, name string) bool {
		return slices.ContainsFunc(ps, func(p attribution.Pattern) bool { return p.Match(name) })
	}
	if len(s.Tenants) > 0 && !matches(s.Tenants, string(c.Tenant)) || len(s.Waves) > 0 && !matches(s.Waves, c.Wave) {
		return false
	}
	if c.Kind == KindWord {
		return s.Words == nil || slices.Contains(s.Words, c.Code)
	}
	return c.Severity >= s.least() && (len(s.Include) == 0 || matches(s.Include, c.Code)) && !matches(s.Exclude, c.Code)
}

func (s *Settings) least() migration.Severity {
	if s.Severity == 0 {
		return migration.Warning
	}
	return s.Severity
}

// SettingsOf is the value of the section, without a section the default one.
func SettingsOf(v any) *Settings {
	if s, ok := v.(*Settings); ok && s != nil {
		return s
	}
	return &Settings{}
}
