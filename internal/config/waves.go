package config

import (
	"fmt"
	"regexp"
	"time"

	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/yamldoc"
)

// dateLayouts are how a date may be written; without a time it is midnight in UTC.
var dateLayouts = []string{time.DateOnly, time.RFC3339}

const wantDate = "a date such as 2026-12-01, or a time such as 2026-12-01T06:00:00Z"

func parseDate(s string) (time.Time, bool) {
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 2000 && t.Year() < 2100 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// date is a setting that is a moment.
func date(path, help string, at func(*Config) *time.Time) Setting {
	return Setting{
		Path: path, Env: envName(path), Kind: KindText, Help: help,
		apply: func(c *Config, v section.Value) error {
			t, ok := parseDate(v.Text)
			if !ok {
				return section.Expected(wantDate)
			}
			*at(c) = t
			return nil
		},
		show: func(c *Config) string {
			if at(c).IsZero() {
				return ""
			}
			return at(c).Format(time.RFC3339)
		},
	}
}

// itemName is what an item of the price book is called.
var itemName = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)+$`)

// platform reads prices.platform: platform costs that no source reports.
func (d *decoder) platform(e section.Entry) {
	const path = "prices.platform"
	seen := map[string]Origin{}
	for _, n := range d.Items(e.Value, path, "a list of costs, such as - {name: NAT gateway, item: nat.hour, quantity: 730}") {
		var s cost.Stated
		quantity := false
		before := len(d.Issues)
		d.Fields(n, path, map[string]func(section.Entry){
			"name": func(f section.Entry) {
				s.Name, _ = d.Text(f.Value, path+".name")
				if first, taken := seen[s.Name]; taken && s.Name != "" {
					d.Add(d.At(f.Value), path+".name", fmt.Sprintf("%q again", s.Name),
						fmt.Sprintf("each name once; it is already at line %d", first.Line), "")
				}
				seen[s.Name] = d.At(f.Value)
			},
			"month": func(f section.Entry) {
				text, ok := f.Value.Written()
				u, valid := amount(text)
				if !ok || !valid {
					d.Add(d.At(f.Value), path+".month", f.Value.Describe(), "dollars a month, 0 or more, such as 32.85", "")
					return
				}
				s.Month = migration.Some(u)
			},
			"item": func(f section.Entry) {
				text, ok := d.Text(f.Value, path+".item")
				if ok && !itemName.MatchString(text) {
					d.Add(d.At(f.Value), path+".item", f.Value.Describe(), "an item of the price book, such as nat.hour",
						"migtop prices list names them")
				}
				s.Item = text
			},
			"region": func(f section.Entry) { s.Region, _ = d.Text(f.Value, path+".region") },
			"quantity": func(f section.Entry) {
				text, ok := f.Value.Written()
				q, err := number(text)
				if !ok || err != nil || q.Sign() < 0 || q.GreaterThan(mostDollars) {
					d.Add(d.At(f.Value), path+".quantity", f.Value.Describe(),
						"an amount a month in the item's unit, 0 or more, such as 730", "")
					return
				}
				s.Quantity, quantity = q, true
			},
		})
		byItem := s.Item != "" || quantity
		switch {
		case len(d.Issues) > before:
			continue
		case s.Name == "":
			d.Add(d.At(n), path, "a cost without a name", "name: NAT gateway", "")
			continue
		case s.Month.Known() == byItem || byItem && (s.Item == "" || !quantity):
			d.Add(d.At(n), path, fmt.Sprintf("the cost %q", s.Name), "either month, or item and quantity", "")
			continue
		}
		d.config.Prices.Platform = append(d.config.Prices.Platform, s)
	}
}

// plan writes what of the plan is no setting.
func (p *printer) plan() {
	for _, l := range p.config.Plan.Lines() {
		origin := ""
		if l.Place.Line > 0 {
			origin = l.Place.String()
		}
		p.line(l.Text, origin)
	}
}

// platform writes what was stated of the platform.
func (p *printer) platform() {
	if len(p.config.Prices.Platform) == 0 {
		return
	}
	p.line("  platform:", "")
	for _, s := range p.config.Prices.Platform {
		p.line("    - name: "+yamldoc.Quote(s.Name), "")
		if u, ok := s.Month.Get(); ok {
			p.line("      month: "+u.String(), "")
			continue
		}
		p.line("      item: "+yamldoc.Quote(s.Item), "")
		if s.Region != "" {
			p.line("      region: "+yamldoc.Quote(s.Region), "")
		}
		p.line("      quantity: "+s.Quantity.String(), "")
	}
}
