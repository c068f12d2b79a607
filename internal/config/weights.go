package config

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config/section"
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
func (d *decoder) weights(e section.Entry) {
	for _, n := range d.Items(e.Value, "weights", `a list, such as - {function: "pool-*", tenants: {acme: 3, globex: 1}}`) {
		before := len(d.Issues)
		at := d.At(n)
		one := Weights{Origin: fmt.Sprintf("%s:%d", d.File, at.Line)}
		d.Fields(n, "weights", map[string]func(section.Entry){
			"function": func(f section.Entry) { one.Function = d.Pattern(f.Value, "weights.function") },
			"tenants":  func(f section.Entry) { one.Tenants = d.parts(f.Value) },
		})
		if len(d.Issues) > before {
			continue
		}
		if one.Function.IsZero() || len(one.Tenants) == 0 {
			d.Add(at, "weights", "an entry that lacks something", "function and tenants", "")
			continue
		}
		d.config.Weights = append(d.config.Weights, one)
	}
}

// parts reads the tenants' parts.
func (d *decoder) parts(n yamldoc.Node) []Weight {
	const path = "weights.tenants"
	var out []Weight
	for _, e := range d.Entries(n, path, "a mapping of tenants to numbers, such as {acme: 3, globex: 1}") {
		text, ok := e.Value.Written()
		part, err := number(text)
		if !ok || err != nil || !part.IsPositive() || part.GreaterThan(mostWeight) {
			d.Add(d.At(e.Value), path, e.Value.Describe(), "a number above 0, such as 3 or 0.25", "")
			continue
		}
		out = append(out, Weight{e.Key, part})
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
