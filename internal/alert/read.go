package alert

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/yamldoc"
)

// Section is the section alerts of the configuration.
func Section() *section.Section {
	return &section.Section{
		Name: SectionName, Key: "alerts", New: func() any { return &Settings{} },
		Read:  func(r *section.Reader, n yamldoc.Node, into any) { SettingsOf(into).read(r, n) },
		Write: func(v any, line func(text, origin string)) { SettingsOf(v).write(line) },
	}
}

func (s *Settings) read(r *section.Reader, n yamldoc.Node) {
	if n.IsNull() {
		return
	}
	s.Place, s.places = r.At(n), map[string]section.Origin{}
	keep := func(key string, read func(section.Entry, string)) func(section.Entry) {
		return func(e section.Entry) {
			if e.Value.IsNull() {
				return
			}
			s.places[key] = r.At(e.Value)
			read(e, "alerts."+key)
		}
	}
	patterns := func(into *[]attribution.Pattern) func(section.Entry, string) {
		return func(e section.Entry, path string) { *into = readPatterns(r, e.Value, path) }
	}
	r.Fields(n, "alerts", map[string]func(section.Entry){
		"severity": keep("severity", func(e section.Entry, path string) { s.Severity = readSeverity(r, e, path) }),
		"verdicts": keep("verdicts", func(e section.Entry, path string) { s.Words = readWords(r, e, path) }),
		"codes": keep("codes", func(e section.Entry, path string) {
			r.Fields(e.Value, path, map[string]func(section.Entry){
				"include": func(f section.Entry) { s.Include = readPatterns(r, f.Value, path+".include") },
				"exclude": func(f section.Entry) { s.Exclude = readPatterns(r, f.Value, path+".exclude") },
			})
		}),
		"tenants":  keep("tenants", patterns(&s.Tenants)),
		"waves":    keep("waves", patterns(&s.Waves)),
		"flapping": keep("flapping", func(e section.Entry, path string) { s.Flapping = readTime(r, e, path, time.Minute, 24*time.Hour) }),
		"terminal": keep("terminal", func(e section.Entry, path string) { s.Terminal = readTerminal(r, e, path) }),
		"outputs":  keep("outputs", func(e section.Entry, path string) { s.Outputs = readOutputs(r, e.Value, path) }),
	})
}

func readPatterns(r *section.Reader, n yamldoc.Node, path string) []attribution.Pattern {
	var out []attribution.Pattern
	for _, item := range r.Items(n, path, `a list of patterns, such as ["acme", "dead_*"]`) {
		if p := r.Pattern(item, path); !p.IsZero() {
			out = append(out, p)
		}
	}
	return out
}

// oneOf adds the issue of a text that should be one of some words.
func oneOf(r *section.Reader, e section.Entry, path string, known []string) {
	found, _ := e.Value.Plain()
	hint := section.Suggest(found, known)
	r.Add(r.At(e.Value), path, e.Value.Describe(), strings.Join(known[:len(known)-1], ", ")+" or "+known[len(known)-1], hint)
}

func readSeverity(r *section.Reader, e section.Entry, path string) migration.Severity {
	found, _ := e.Value.Plain()
	for _, s := range []migration.Severity{migration.Info, migration.Warning, migration.Critical} {
		if found == s.String() {
			return s
		}
	}
	oneOf(r, e, path, []string{"info", "warning", "critical"})
	return 0
}

func readWords(r *section.Reader, e section.Entry, path string) []string {
	out := []string{}
	for _, n := range r.Items(e.Value, path, "a list of PROMOTE, HOLD and ROLL BACK") {
		found, _ := n.Plain()
		at := slices.IndexFunc(words, func(w struct{ code, word string }) bool { return w.word == found })
		switch {
		case at < 0:
			oneOf(r, section.Entry{Value: n}, path, []string{"PROMOTE", "HOLD", "ROLL BACK"})
		case !slices.Contains(out, words[at].code):
			out = append(out, words[at].code)
		}
	}
	return out
}

func readTime(r *section.Reader, e section.Entry, path string, least, most time.Duration) time.Duration {
	s, _ := e.Value.Plain()
	d, err := time.ParseDuration(s)
	if err != nil || d < least || d > most {
		want := fmt.Sprintf("a time from %s to %s, such as %s", short(least), short(most), short(2*least))
		r.Add(r.At(e.Value), path, e.Value.Describe(), want, "")
		return 0
	}
	return d
}

// short is a duration as it is written in the file.
func short(d time.Duration) string {
	s := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

func readTerminal(r *section.Reader, e section.Entry, path string) Terminal {
	if on, ok := e.Value.Bool(); ok {
		if on {
			return TerminalOSC9
		}
		return TerminalOff
	}
	found, _ := e.Value.Plain()
	switch t := Terminal(found); t {
	case TerminalBell, TerminalOSC9, TerminalOSC777:
		return t
	}
	oneOf(r, e, path, []string{"true", "false", "bell", "osc9", "osc777"})
	return TerminalOff
}

func readOutputs(r *section.Reader, list yamldoc.Node, path string) (out []Output) {
	seen := map[string]section.Origin{}
	for _, n := range r.Items(list, path, "a list of outputs, such as - file: alerts.jsonl") {
		before := len(r.Issues)
		o := Output{Place: r.At(n)}
		r.Fields(n, path, map[string]func(section.Entry){
			"file": func(e section.Entry) {
				o.File, _ = r.Matched(e, path+".file", filepath.IsAbs, "a whole path, such as /var/lib/migtop/alerts.jsonl")
			},
			"webhook": func(e section.Entry) { o.Webhook = readWebhook(r, e, path+".webhook") },
		})
		if len(r.Issues) > before {
			continue
		}
		if (o.File == "") == (o.Webhook == nil) {
			r.Add(o.Place, path, "an entry that is not one output", "either file or webhook", "")
			continue
		}
		if first, twice := seen[o.target()]; twice {
			r.Add(o.Place, path, "the same output again", fmt.Sprintf("each once; it is already at line %d", first.Line), "")
			continue
		}
		seen[o.target()] = o.Place
		out = append(out, o)
	}
	return out
}

// target is where an output goes, as it is written.
func (o *Output) target() string {
	if o.Webhook == nil {
		return "file " + o.File
	}
	return "webhook " + o.Webhook.URL + "|" + o.Webhook.URLEnv + "|" + o.Webhook.URLFile
}

func readWebhook(r *section.Reader, e section.Entry, path string) *Webhook {
	w := &Webhook{}
	text := func(into *string) func(section.Entry) {
		return func(f section.Entry) { *into, _ = r.Text(f.Value, path+"."+f.Key) }
	}
	variable := func(into *string) func(section.Entry) {
		return func(f section.Entry) { *into, _ = r.Matched(f, path+"."+f.Key, isVariable, "the name of a variable") }
	}
	at := map[string]section.Origin{}
	place := func(read func(section.Entry)) func(section.Entry) {
		return func(f section.Entry) { at[f.Key] = r.At(f.Value); read(f) }
	}
	before := len(r.Issues)
	r.Fields(e.Value, path, map[string]func(section.Entry){
		"url": place(text(&w.URL)), "url_env": place(variable(&w.URLEnv)), "url_file": place(text(&w.URLFile)),
		"secret_env": place(variable(&w.SecretEnv)), "secret_file": place(text(&w.SecretFile)),
		"headers":     func(f section.Entry) { w.Headers = readHeaders(r, f, path+".headers", false) },
		"headers_env": func(f section.Entry) { w.HeadersEnv = readHeaders(r, f, path+".headers_env", true) },
		"insecure": func(f section.Entry) {
			on, ok := f.Value.Bool()
			if !ok {
				r.Add(r.At(f.Value), path+".insecure", f.Value.Describe(), "true or false", "")
			}
			w.Insecure = on
		},
		"timeout": func(f section.Entry) { w.Timeout = readTime(r, f, path+".timeout", time.Second, time.Minute) },
	})
	if len(r.Issues) > before {
		return w
	}
	named := 0
	for _, s := range []string{w.URL, w.URLEnv, w.URLFile} {
		if s != "" {
			named++
		}
	}
	switch {
	case named != 1:
		r.Add(r.At(e.Value), path, "a webhook that does not name one address", "one of url, url_env and url_file", "")
	case w.SecretEnv != "" && w.SecretFile != "":
		r.Add(at["secret_file"], path+".secret_file", "a second secret", "one of secret_env and secret_file", "")
	case w.URL != "":
		if err := w.CheckURL(w.URL); err != nil {
			// The address may be a secret, so that it is not repeated.
			r.Add(at["url"], path+".url", "an address that is not allowed", err.Error(), "")
		}
	}
	return w
}

// CheckURL refuses an address that events must not be posted to. Its error does not repeat the address.
func (w *Webhook) CheckURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return section.Expected("an address such as https://hooks.example.com/path")
	case u.User != nil:
		return section.Expected("an address without a password; use headers_env")
	case u.Fragment != "":
		return section.Expected("an address without #")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && (w.Insecure || onThisMachine(u.Hostname())):
		return nil
	}
	return section.Expected("https, or http on this machine; insecure: true allows http elsewhere")
}

// onThisMachine reports whether a host is the loopback address.
func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// isVariable reports whether a text can name an environment variable.
func isVariable(s string) bool {
	for i, c := range s {
		if c != '_' && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// owned are headers that migtop sets itself.
var owned = []string{"content-type", "content-length", "host", "user-agent", "connection", "transfer-encoding"}

func readHeaders(r *section.Reader, e section.Entry, path string, variables bool) []Header {
	var out []Header
	for _, f := range r.Entries(e.Value, path, "a mapping of headers to values, such as X-Team: blue") {
		lower := strings.ToLower(f.Key)
		switch {
		case !isHeader(f.Key):
			r.Add(f.At, path, fmt.Sprintf("the header %q", f.Key), "letters, digits and -", "")
			continue
		case slices.Contains(owned, lower) || strings.HasPrefix(lower, "x-migtop-"):
			r.Add(f.At, path, fmt.Sprintf("the header %q, which migtop sets", f.Key), "another header", "")
			continue
		case slices.ContainsFunc(out, func(h Header) bool { return strings.EqualFold(h.Name, f.Key) }):
			r.Add(f.At, path, fmt.Sprintf("the header %q again", f.Key), "each once", "")
			continue
		}
		form, want := isHeaderValue, "one line of printable ASCII"
		if variables {
			form, want = isVariable, "the name of a variable"
		}
		v, ok := r.Text(f.Value, path+"."+f.Key)
		if ok && !form(v) { // what is in a header may be a secret
			r.Add(r.At(f.Value), path+"."+f.Key, "a text that cannot be sent", want, "")
			ok = false
		}
		if ok {
			out = append(out, Header{f.Key, v})
		}
	}
	slices.SortFunc(out, func(a, b Header) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func isHeader(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	})
}

func isHeaderValue(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c > '~' })
}
