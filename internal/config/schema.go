package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/cutover/plan"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
	"github.com/migtop/migtop/internal/yamldoc"
)

// top reads the whole file.
func (d *decoder) top(n yamldoc.Node) {
	readers := d.below("")
	readers["accounts"] = d.accounts
	readers["tenants"] = func(e section.Entry) { d.config.Attribution.Tenants = d.names(e) }
	readers["workloads"] = func(e section.Entry) { d.config.Attribution.Workloads = d.names(e) }
	readers["rules"] = d.rules
	readers["emf"] = d.emf
	readers["weights"] = d.weights
	readers["log_tenants"] = d.logTenants
	for _, s := range d.config.sections {
		if s.Key != "" {
			readers[s.Key] = d.registeredSection(s)
		}
	}
	d.Fields(n, "", readers)
	d.knownAccounts()
}

// below returns readers of the settings below a path: the setting's own reader for a leaf, a reader of the next level
// otherwise.
func (d *decoder) below(path string) map[string]func(section.Entry) {
	readers, all := map[string]func(section.Entry){}, d.config.settings
	for i := range all {
		rest, ok := strings.CutPrefix(all[i].Path, path)
		if !ok {
			continue
		}
		name, _, deeper := strings.Cut(rest, ".")
		if !deeper {
			readers[name] = func(e section.Entry) { d.setting(&all[i], e) }
			continue
		}
		below := path + name
		readers[name] = func(e section.Entry) {
			deeper := d.below(below + ".")
			switch below {
			case "ui":
				deeper["keys"] = d.keys
			case "prices":
				deeper["platform"] = d.platform
			case "plan": // read as a whole: its zone and steps apply to its waves
				for _, key := range plan.Keys() {
					deeper[key] = func(section.Entry) {}
				}
				d.config.Plan.Read(d.Reader, e.Value, time.LoadLocation)
			}
			d.Fields(e.Value, below, deeper)
		}
	}
	return readers
}

// setting reads one value by its kind.
func (d *decoder) setting(s *Setting, e section.Entry) {
	var v section.Value
	if e.Value.IsNull() {
		return // "region:" without a value says nothing
	}
	at := d.At(e.Value)
	switch s.Kind {
	case KindList:
		list, ok := d.Texts(e.Value, s.Path)
		if !ok {
			return
		}
		v.List = list
	case KindText, KindDuration:
		text, ok := e.Value.Plain()
		if !ok {
			want, hint := "text", section.QuoteHint(e.Value)
			if s.Kind == KindDuration {
				want, hint = "a time with its unit, such as 30s or 6h", ""
			}
			d.Add(at, s.Path, e.Value.Describe(), want, hint)
			return
		}
		v.Text = text
	case KindBool:
		b, ok := e.Value.Bool()
		if !ok {
			d.Add(at, s.Path, e.Value.Describe(), "true or false", "")
			return
		}
		v.Text = fmt.Sprint(b)
	case KindNumber:
		text, ok := e.Value.Written()
		if !ok {
			d.Add(at, s.Path, e.Value.Describe(), "a number", "")
			return
		}
		v.Text = text
	}
	if issue, ok := take(d.config, s, v, at, d.opts); !ok {
		issue.Found = e.Value.Describe()
		d.Issues = append(d.Issues, issue)
	}
}

// take applies a value to a setting and lets the caller's own check see it. The
// issue lacks what was found.
func take(c *Config, s *Setting, v section.Value, at Origin, opts *Options) (Issue, bool) {
	err := s.apply(c, v)
	if err == nil {
		if check := opts.Check[s.Path]; check != nil {
			err = check(s.show(c))
		}
	}
	if err == nil {
		c.origins[s.Path] = at
		return Issue{}, true
	}
	issue := Issue{Origin: at, Path: s.Path}
	var want section.Expected
	var guess section.Hinted
	switch {
	case errors.As(err, &guess):
		issue.Want, issue.Hint = guess.Error(), guess.Hint
	case errors.As(err, &want):
		issue.Want = want.Error()
	default:
		issue.Hint = text.OneLine(err.Error())
	}
	return issue, false
}

// keys reads ui.keys: which keys do what.
func (d *decoder) keys(e section.Entry) {
	actions := make([]string, 0, len(d.opts.Keys))
	for action := range d.opts.Keys {
		actions = append(actions, action)
	}
	slices.Sort(actions)
	d.config.UI.Keys = map[string][]string{}
	for _, a := range d.Entries(e.Value, "ui.keys", `a mapping of actions to keys, such as quit: ["q"]`) {
		path := "ui.keys." + a.Key
		if _, known := d.opts.Keys[a.Key]; !known && len(actions) > 0 {
			hint, want := section.Suggest(a.Key, actions), ""
			if hint == "" {
				want = "one of " + strings.Join(actions, ", ")
			}
			d.Add(a.At, "ui.keys", fmt.Sprintf("unknown action %q", a.Key), want, hint)
			continue
		}
		var keys []string
		ok := true
		if s, single := a.Value.Plain(); single && s != "" {
			keys = []string{s}
		} else {
			keys, ok = d.Texts(a.Value, path)
		}
		if ok {
			d.config.UI.Keys[a.Key] = keys
			d.config.origins[path] = a.At
		}
	}
	d.keyConflicts(actions)
}

// keyConflicts reports keys bound to two actions, at least one of them by the file. Conflicts within the defaults are
// checked by the screen.
func (d *decoder) keyConflicts(actions []string) {
	holders := map[string][]string{}
	all := slices.Clone(actions)
	for action := range d.config.UI.Keys {
		if !slices.Contains(all, action) {
			all = append(all, action)
		}
	}
	slices.Sort(all)
	for _, action := range all {
		keys, mine := d.config.UI.Keys[action]
		if !mine {
			keys = d.opts.Keys[action]
		}
		for _, k := range keys {
			if !slices.Contains(holders[k], action) {
				holders[k] = append(holders[k], action)
			}
		}
	}
	for _, action := range all {
		for _, k := range d.config.UI.Keys[action] {
			for _, other := range holders[k] {
				here, there := d.config.origins["ui.keys."+action], d.config.origins["ui.keys."+other]
				if other == action || there.After(here) {
					continue // two bindings of the file are reported once, at the later one
				}
				d.Add(here, "ui.keys."+action,
					fmt.Sprintf("the key %q, which %s has too", k, other), "a key for one action only", "")
			}
		}
	}
}

// names reads tenants or workloads: a name and its other spellings.
func (d *decoder) names(e section.Entry) []attribution.Names {
	var out []attribution.Names
	holder := map[string]Origin{}
	once := func(spelling string, at Origin) {
		if first, taken := holder[spelling]; taken {
			d.Add(at, e.Key, fmt.Sprintf("%q again", spelling),
				fmt.Sprintf("each name and alias once; it is already at line %d", first.Line), "")
			return
		}
		holder[spelling] = at
	}
	for _, n := range d.Items(e.Value, e.Key, "a list of names with aliases, such as - name: acme") {
		var names attribution.Names
		d.Fields(n, e.Key, map[string]func(section.Entry){
			"name": func(f section.Entry) {
				if s, ok := d.Text(f.Value, e.Key+".name"); ok {
					names.Name = s
					once(s, d.At(f.Value))
				}
			},
			"aliases": func(f section.Entry) {
				for _, a := range d.Items(f.Value, e.Key+".aliases", "a list of texts") {
					if s, ok := d.Text(a, e.Key+".aliases"); ok {
						names.Aliases = append(names.Aliases, s)
						once(s, d.At(a))
					}
				}
			},
		})
		if names.Name == "" {
			d.Add(d.At(n), e.Key, "an entry without a name", `name: "..."`, "")
			continue
		}
		out = append(out, names)
	}
	return out
}

// rules reads the matching rules.
func (d *decoder) rules(e section.Entry) {
	for _, n := range d.Items(e.Value, "rules", `a list of rules, such as - function: "{tenant}-{workload}"`) {
		before := len(d.Issues)
		at := d.At(n)
		r := attribution.Rule{Origin: fmt.Sprintf("%s:%d", d.File, at.Line)}
		pattern := func(into *attribution.Pattern) func(section.Entry) {
			return func(f section.Entry) { *into = d.Pattern(f.Value, "rules."+f.Key) }
		}
		conditions := func(into *[]attribution.Condition) func(section.Entry) {
			return func(f section.Entry) {
				for _, c := range d.Entries(f.Value, "rules."+f.Key, `a mapping of keys to patterns, such as team: "{tenant}"`) {
					*into = append(*into, attribution.Condition{Key: c.Key, Value: d.Pattern(c.Value, "rules."+f.Key+"."+c.Key)})
				}
			}
		}
		d.Fields(n, "rules", map[string]func(section.Entry){
			"platform":   func(f section.Entry) { r.Platform = d.side(f) },
			"function":   pattern(&r.Function),
			"alias":      pattern(&r.Alias),
			"job":        pattern(&r.Job),
			"namespace":  pattern(&r.Namespace),
			"service":    pattern(&r.Service),
			"tag":        conditions(&r.Tags),
			"label":      conditions(&r.Labels),
			"annotation": conditions(&r.Annotations),
			"tenant": func(f section.Entry) {
				s, _ := d.Text(f.Value, "rules.tenant")
				r.Tenant = migration.Tenant(s)
			},
			"workload": func(f section.Entry) {
				s, _ := d.Text(f.Value, "rules.workload")
				r.Workload = migration.Workload(s)
			},
		})
		if len(d.Issues) > before {
			continue
		}
		if err := r.Check(); err != nil {
			d.Add(at, "rules", text.OneLine(err.Error()), "", "")
			continue
		}
		d.config.Attribution.Rules = append(d.config.Attribution.Rules, r)
	}
}

func (d *decoder) side(f section.Entry) migration.Platform {
	s, _ := f.Value.Plain()
	var p migration.Platform
	if s == "both" {
		return 0
	}
	if err := p.UnmarshalText([]byte(s)); err != nil || p == migration.Knative { // Knative pods are matched as pods of Jobs
		d.Add(d.At(f.Value), "rules.platform", f.Value.Describe(), "lambda, jobs, ecs or both", "")
	}
	return p
}
