package config

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
	"github.com/migtop/migtop/internal/yamldoc"
)

// LogInsights says what of Lambda's logs is read, and when.
type LogInsights struct {
	// MaxScan is how many bytes one reading may scan without anybody being asked.
	MaxScan migration.Bytes
	// Every is the time between automatic readings; 0 disables them.
	Every time.Duration
	// Tenants say how functions that work for several tenants name them in lines of
	// their own. The first that matches a function holds.
	Tenants []LogTenants
}

// LogTenants says how the log of some functions names the tenant of a run. One of
// Field and Pattern is set.
type LogTenants struct {
	Function attribution.Pattern
	Field    string // of a JSON line: "tenant_id", "detail.tenant"
	Pattern  string // of a text line, with {tenant} in it: "tenant={tenant}"
	Origin   string // "config.yaml:12"
}

// defaultScan is what one reading may scan unasked: five cents' worth.
const defaultScan = 10 * migration.GiB

// sizeUnits are what sizes are written in. A GB is AWS's, of 2^30 bytes.
var sizeUnits = []struct {
	name  string
	bytes migration.Bytes
}{{"TB", 1024 * migration.GiB}, {"GB", migration.GiB}, {"MB", migration.MiB}}

func maxScan() Setting {
	const path = "evidence.max_scan"
	return Setting{
		Path: path, Env: envName(path), Kind: KindText, Help: "how much of the logs one reading may scan without asking for confirmation",
		apply: func(c *Config, v section.Value) error {
			for _, unit := range sizeUnits {
				digits, ok := strings.CutSuffix(strings.TrimSpace(v.Text), unit.name)
				if !ok {
					continue
				}
				d, err := number(strings.TrimSpace(digits))
				if err == nil && d.Sign() >= 0 && d.LessThanOrEqual(decimal.NewFromInt(1024)) {
					c.Evidence.MaxScan = migration.Bytes(d.Mul(decimal.NewFromInt(int64(unit.bytes))).IntPart())
					return nil
				}
			}
			return section.Expected("a size in MB, GB or TB, such as 10GB")
		},
		show: func(c *Config) string {
			for _, unit := range sizeUnits {
				if c.Evidence.MaxScan >= unit.bytes {
					return decimal.NewFromInt(int64(c.Evidence.MaxScan)).Div(decimal.NewFromInt(int64(unit.bytes))).Round(3).String() + unit.name
				}
			}
			return decimal.NewFromInt(int64(c.Evidence.MaxScan)).Div(decimal.NewFromInt(int64(migration.MiB))).Round(6).String() + "MB"
		},
	}
}

// leastEvery keeps readings from being polls.
const leastEvery = 15 * time.Minute

func evidenceEvery() Setting {
	const path = "evidence.every"
	return Setting{
		Path: path, Env: envName(path), Kind: KindText, Help: "time between two automatic readings of the logs, such as 1h, or off",
		apply: func(c *Config, v section.Value) error {
			if v.Text == "off" {
				c.Evidence.Every = 0
				return nil
			}
			d, err := time.ParseDuration(v.Text)
			if err != nil || d < leastEvery || d > 24*time.Hour {
				return section.Expected("off, or a time from 15m to 24h, such as 1h")
			}
			c.Evidence.Every = d
			return nil
		},
		show: func(c *Config) string {
			if c.Evidence.Every == 0 {
				return "off"
			}
			return short(c.Evidence.Every)
		},
	}
}

// logTenants reads how functions name tenants in their logs.
func (d *decoder) logTenants(e section.Entry) {
	for _, n := range d.Items(e.Value, "log_tenants", `a list, such as - {function: "pool-*", field: tenant_id}`) {
		before := len(d.Issues)
		at := d.At(n)
		one := LogTenants{Origin: fmt.Sprintf("%s:%d", d.File, at.Line)}
		into := func(into *string) func(section.Entry) {
			return func(f section.Entry) { *into, _ = d.Text(f.Value, "log_tenants."+f.Key) }
		}
		d.Fields(n, "log_tenants", map[string]func(section.Entry){
			"function": func(f section.Entry) { one.Function = d.Pattern(f.Value, "log_tenants.function") },
			"field":    into(&one.Field),
			"pattern":  into(&one.Pattern),
		})
		if len(d.Issues) > before {
			continue
		}
		if err := one.check(); err != nil {
			d.Add(at, "log_tenants", text.OneLine(err.Error()), "", "")
			continue
		}
		d.config.Evidence.Tenants = append(d.config.Evidence.Tenants, one)
	}
}

func (l *LogTenants) check() error {
	switch {
	case l.Function.IsZero():
		return errors.New(`an entry without function: say which functions it is for, such as function: "pool-*"`)
	case (l.Field == "") == (l.Pattern == ""):
		return errors.New("an entry needs either field, of a JSON line, or pattern, of a text line")
	case l.Pattern != "" && strings.Count(l.Pattern, "{tenant}") != 1:
		return errors.New(`the pattern needs {tenant} in it once, such as "tenant={tenant}"`)
	}
	return nil
}

// logTenants writes them as they were read.
func (p *printer) logTenants() {
	all := p.config.Evidence.Tenants
	if len(all) == 0 {
		return
	}
	p.line("log_tenants:", "")
	for _, one := range all {
		p.line("  - function: "+yamldoc.Quote(one.Function.String()), one.Origin)
		if one.Field != "" {
			p.line("    field: "+yamldoc.Quote(one.Field), "")
		} else {
			p.line("    pattern: "+yamldoc.Quote(one.Pattern), "")
		}
	}
}
