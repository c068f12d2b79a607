package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
	"github.com/migtop/migtop/internal/yamldoc"
)

// top reads the whole file.
func (d *decoder) top(n yamldoc.Node) {
	readers := d.section("")
	readers["accounts"] = d.accounts
	readers["tenants"] = func(e entry) { d.config.Attribution.Tenants = d.names(e) }
	readers["workloads"] = func(e entry) { d.config.Attribution.Workloads = d.names(e) }
	readers["rules"] = d.rules
	readers["queues"] = d.queues
	readers["emf"] = d.emf
	readers["weights"] = d.weights
	readers["log_tenants"] = d.logTenants
	readers["job_logs"] = d.jobLogs
	for name, read := range d.opts.Sections {
		readers[name] = d.foreign(name, read)
	}
	d.fields(n, "", readers)
	d.knownAccounts()
}

// section returns readers of the settings below a path: the setting's own reader for a leaf, a reader of the next level
// otherwise.
func (d *decoder) section(path string) map[string]func(entry) {
	readers := map[string]func(entry){}
	for i := range settings {
		rest, ok := strings.CutPrefix(settings[i].Path, path)
		if !ok {
			continue
		}
		name, _, deeper := strings.Cut(rest, ".")
		if !deeper {
			readers[name] = func(e entry) { d.setting(&settings[i], e) }
			continue
		}
		below := path + name
		readers[name] = func(e entry) {
			deeper := d.section(below + ".")
			switch below {
			case "ui":
				deeper["keys"] = d.keys
			case "prices":
				deeper["platform"] = d.platform
			case "plan":
				deeper["waves"] = d.waves
			}
			d.fields(e.value, below, deeper)
		}
	}
	return readers
}

// setting reads one value by its kind.
func (d *decoder) setting(s *Setting, e entry) {
	var v value
	if e.value.IsNull() {
		return // "region:" without a value says nothing
	}
	at := d.at(e.value)
	switch s.Kind {
	case KindList:
		list, ok := d.texts(e.value, s.Path)
		if !ok {
			return
		}
		v.list = list
	case KindText, KindDuration:
		text, ok := e.value.Plain()
		if !ok {
			want, hint := "text", quoteHint(e.value)
			if s.Kind == KindDuration {
				want, hint = "a time with its unit, such as 30s or 6h", ""
			}
			d.add(at, s.Path, e.value.Describe(), want, hint)
			return
		}
		v.text = text
	case KindBool:
		b, ok := e.value.Bool()
		if !ok {
			d.add(at, s.Path, e.value.Describe(), "true or false", "")
			return
		}
		v.text = fmt.Sprint(b)
	case KindNumber:
		text, ok := e.value.Written()
		if !ok {
			d.add(at, s.Path, e.value.Describe(), "a number", "")
			return
		}
		v.text = text
	}
	if issue, ok := take(d.config, s, v, at, d.opts); !ok {
		issue.Found = e.value.Describe()
		d.issues = append(d.issues, issue)
	}
}

// take applies a value to a setting and lets the caller's own check see it. The
// issue lacks what was found.
func take(c *Config, s *Setting, v value, at Origin, opts *Options) (Issue, bool) {
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
	var want expected
	var guess hinted
	switch {
	case errors.As(err, &guess):
		issue.Want, issue.Hint = guess.Error(), guess.hint
	case errors.As(err, &want):
		issue.Want = want.Error()
	default:
		issue.Hint = text.OneLine(err.Error())
	}
	return issue, false
}

// keys reads ui.keys: which keys do what.
func (d *decoder) keys(e entry) {
	actions := make([]string, 0, len(d.opts.Keys))
	for action := range d.opts.Keys {
		actions = append(actions, action)
	}
	slices.Sort(actions)
	d.config.UI.Keys = map[string][]string{}
	for _, a := range d.entries(e.value, "ui.keys", `a mapping of actions to keys, such as quit: ["q"]`) {
		path := "ui.keys." + a.key
		if _, known := d.opts.Keys[a.key]; !known && len(actions) > 0 {
			hint, want := suggest(a.key, actions), ""
			if hint == "" {
				want = "one of " + strings.Join(actions, ", ")
			}
			d.add(a.at, "ui.keys", fmt.Sprintf("unknown action %q", a.key), want, hint)
			continue
		}
		var keys []string
		ok := true
		if s, single := a.value.Plain(); single && s != "" {
			keys = []string{s}
		} else {
			keys, ok = d.texts(a.value, path)
		}
		if ok {
			d.config.UI.Keys[a.key] = keys
			d.config.origins[path] = a.at
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
				if other == action || there.after(here) {
					continue // two bindings of the file are reported once, at the later one
				}
				d.add(here, "ui.keys."+action,
					fmt.Sprintf("the key %q, which %s has too", k, other), "a key for one action only", "")
			}
		}
	}
}

// names reads tenants or workloads: a name and its other spellings.
func (d *decoder) names(e entry) []attribution.Names {
	var out []attribution.Names
	holder := map[string]Origin{}
	once := func(spelling string, at Origin) {
		if first, taken := holder[spelling]; taken {
			d.add(at, e.key, fmt.Sprintf("%q again", spelling), fmt.Sprintf("each name and alias once; it is already at line %d", first.Line), "")
			return
		}
		holder[spelling] = at
	}
	for _, n := range d.items(e.value, e.key, "a list of names with aliases, such as - name: acme") {
		var names attribution.Names
		d.fields(n, e.key, map[string]func(entry){
			"name": func(f entry) {
				if s, ok := d.text(f.value, e.key+".name"); ok {
					names.Name = s
					once(s, d.at(f.value))
				}
			},
			"aliases": func(f entry) {
				for _, a := range d.items(f.value, e.key+".aliases", "a list of texts") {
					if s, ok := d.text(a, e.key+".aliases"); ok {
						names.Aliases = append(names.Aliases, s)
						once(s, d.at(a))
					}
				}
			},
		})
		if names.Name == "" {
			d.add(d.at(n), e.key, "an entry without a name", `name: "..."`, "")
			continue
		}
		out = append(out, names)
	}
	return out
}

// rules reads the matching rules.
func (d *decoder) rules(e entry) {
	for _, n := range d.items(e.value, "rules", `a list of rules, such as - function: "{tenant}-{workload}"`) {
		before := len(d.issues)
		at := d.at(n)
		r := attribution.Rule{Origin: fmt.Sprintf("%s:%d", d.file, at.Line)}
		pattern := func(into *attribution.Pattern) func(entry) {
			return func(f entry) { *into = d.pattern(f.value, "rules."+f.key) }
		}
		conditions := func(into *[]attribution.Condition) func(entry) {
			return func(f entry) {
				for _, c := range d.entries(f.value, "rules."+f.key, `a mapping of keys to patterns, such as team: "{tenant}"`) {
					*into = append(*into, attribution.Condition{Key: c.key, Value: d.pattern(c.value, "rules."+f.key+"."+c.key)})
				}
			}
		}
		d.fields(n, "rules", map[string]func(entry){
			"platform":   func(f entry) { r.Platform = d.side(f) },
			"function":   pattern(&r.Function),
			"alias":      pattern(&r.Alias),
			"job":        pattern(&r.Job),
			"namespace":  pattern(&r.Namespace),
			"service":    pattern(&r.Service),
			"tag":        conditions(&r.Tags),
			"label":      conditions(&r.Labels),
			"annotation": conditions(&r.Annotations),
			"tenant": func(f entry) {
				s, _ := d.text(f.value, "rules.tenant")
				r.Tenant = migration.Tenant(s)
			},
			"workload": func(f entry) {
				s, _ := d.text(f.value, "rules.workload")
				r.Workload = migration.Workload(s)
			},
		})
		if len(d.issues) > before {
			continue
		}
		if err := r.Check(); err != nil {
			d.add(at, "rules", text.OneLine(err.Error()), "", "")
			continue
		}
		d.config.Attribution.Rules = append(d.config.Attribution.Rules, r)
	}
}

func (d *decoder) pattern(n yamldoc.Node, path string) attribution.Pattern {
	s, ok := d.text(n, path)
	if !ok {
		return attribution.Pattern{}
	}
	p, err := attribution.ParsePattern(s)
	if err != nil {
		d.add(d.at(n), path, fmt.Sprintf("the pattern %q", text.Cut(s, mostQuoted)), "a pattern", text.OneLine(err.Error()))
	}
	return p
}

func (d *decoder) side(f entry) migration.Platform {
	s, _ := f.value.Plain()
	var p migration.Platform
	if s == "both" {
		return 0
	}
	if err := p.UnmarshalText([]byte(s)); err != nil || p == migration.Knative { // Knative pods are matched as pods of Jobs
		d.add(d.at(f.value), "rules.platform", f.value.Describe(), "lambda, jobs, ecs or both", "")
	}
	return p
}
