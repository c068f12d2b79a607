package config

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/yamldoc"
)

// Weights divide functions over tenants when their runs do not identify the tenant.
type Weights struct {
	Function attribution.Pattern
	Tenants  []Weight // at least one, in the order of the file
	Origin   string   // where it was written, "config.yaml:12"
}

// Weight is a tenant's part, relative to the others' and above 0.
type Weight struct {
	Tenant string
	Part   decimal.Decimal
}

var mostWeight = decimal.NewFromInt(1_000_000)

// weights reads how functions are shared out that say nothing of tenants.
func (d *decoder) weights(e entry) {
	for _, n := range d.items(e.value, "weights", `a list, such as - {function: "pool-*", tenants: {acme: 3, globex: 1}}`) {
		before := len(d.issues)
		at := d.at(n)
		one := Weights{Origin: fmt.Sprintf("%s:%d", d.file, at.Line)}
		d.fields(n, "weights", map[string]func(entry){
			"function": func(f entry) { one.Function = d.pattern(f.value, "weights.function") },
			"tenants":  func(f entry) { one.Tenants = d.parts(f.value) },
		})
		if len(d.issues) > before {
			continue
		}
		if one.Function.IsZero() || len(one.Tenants) == 0 {
			d.add(at, "weights", "an entry that lacks something", "function and tenants", "")
			continue
		}
		d.config.Weights = append(d.config.Weights, one)
	}
}

// parts reads the tenants' parts.
func (d *decoder) parts(n yamldoc.Node) []Weight {
	const path = "weights.tenants"
	var out []Weight
	for _, e := range d.entries(n, path, "a mapping of tenants to numbers, such as {acme: 3, globex: 1}") {
		text, ok := e.value.Written()
		part, err := number(text)
		if !ok || err != nil || !part.IsPositive() || part.GreaterThan(mostWeight) {
			d.add(d.at(e.value), path, e.value.Describe(), "a number above 0, such as 3 or 0.25", "")
			continue
		}
		out = append(out, Weight{e.key, part})
	}
	return out
}

func (p *printer) weights() {
	if len(p.config.Weights) == 0 {
		return
	}
	p.line("weights:", "")
	for i := range p.config.Weights {
		one := &p.config.Weights[i]
		p.line("  - function: "+yamldoc.Quote(one.Function.String()), one.Origin)
		p.line("    tenants:", "")
		for _, w := range one.Tenants {
			p.line("      "+yamldoc.Quote(w.Tenant)+": "+w.Part.String(), "")
		}
	}
}
