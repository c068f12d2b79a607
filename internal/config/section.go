package config

import (
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/config/section"
)

// registered is a section of [Options.Sections] with its value.
type registered struct {
	*section.Section
	value any
}

// with adds the sections that sources read, with their defaults.
func (c *Config) with(sections []*section.Section) *Config {
	for _, s := range sections {
		c.sections = append(c.sections, registered{s, s.New()})
	}
	c.settings = Settings(sections...)
	return c
}

// Section is the value of the section of [Options.Sections] that a source registered under a name: the pointer that its New
// made. It is nil where no such section was read.
func (c *Config) Section(name string) any {
	for _, s := range c.sections {
		if s.Name == name {
			return s.value
		}
	}
	return nil
}

// sectionSettings are the settings of sections, as settings of a Config.
func sectionSettings(sections []*section.Section) []Setting {
	var out []Setting
	for _, s := range sections {
		value := func(c *Config) any {
			if v := c.Section(s.Name); v != nil {
				return v
			}
			return s.New()
		}
		for i := range s.Settings {
			one := &s.Settings[i]
			setting := Setting{
				Path: one.Path, Env: envName(one.Path), Kind: one.Kind, Help: one.Help,
				apply: func(c *Config, v section.Value) error { return one.Apply(value(c), v) },
				show:  func(c *Config) string { return one.Show(value(c)) },
			}
			if one.List != nil {
				setting.list = func(c *Config) []string { return one.List(value(c)) }
			}
			out = append(out, setting)
		}
	}
	return out
}

// placed puts settings of sections after the last one in the same part of the file, so that each part is written once.
func placed(all, more []Setting) []Setting {
	first := func(path string) string { part, _, _ := strings.Cut(path, "."); return part }
	for _, s := range more {
		at := len(all)
		for i := range all {
			if first(all[i].Path) == first(s.Path) {
				at = i + 1
			}
		}
		all = slices.Insert(all, at, s)
	}
	return all
}

// registeredSection reads the key of a section.
func (d *decoder) registeredSection(s registered) func(section.Entry) {
	return func(e section.Entry) {
		s.Read(d.Reader, e.Value, s.value)
		d.config.origins[s.Key] = e.At
	}
}

// sections prints the keys of sections.
func (p *printer) sections() {
	for _, s := range p.config.sections {
		if s.Key != "" {
			s.Write(s.value, p.line)
		}
	}
}
