package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

// filter chooses rows. All of its terms must hold.
type filter struct {
	source string
	terms  []condition
}

type condition struct {
	not   bool
	field string // "" is text anywhere in the row's names
	op    string // ":", ">", "<", ">=" or "<="
	value string // lower case
	num   float64
}

// filterFields are the fields and what each may be asked for; none means any
// text, "number" a figure. They name the sides with the words of [migration.Move.Fill].
var filterFields = []struct {
	name   string
	values []string
}{
	{"tenant", nil},
	{"workload", nil},
	{"verdict", []string{"rollback", "promote", "hold", "move", "stay", "cannot", "moved", "costs", "unknown"}},
	{"cost_verdict", []string{"move", "stay", "cannot", "moved", "unknown"}},
	{"wave", nil},
	{"owner", nil},
	{"step", []string{"number"}},
	{"holds", nil},
	{"platform", []string{"{before.id}", "{after.id}", "both"}},
	{"failing", []string{"yes", "no"}},
	{"needs", []string{"yes", "no", "critical", "warning", "info"}},
	{"notice", nil},
	{"live", []string{"yes", "no"}},
	{"routed", []string{"number"}},
	{"timeout", []string{"number"}},
	{"cost", []string{"number"}},
	{"runs", []string{"number"}},
}

// parseFilter reads a filter as people type it: words that must occur in a
// row's names, "!" before what must not, field:value, and field>number with
// any of > >= < <=, also after a colon. Quotes hold a value with spaces together. What cannot be
// understood is an error that says what was expected; an empty filter matches
// everything.
func parseFilter(s string, move migration.Move) (filter, error) {
	f := filter{source: strings.TrimSpace(s)}
	words, err := splitWords(s)
	if err != nil {
		return filter{}, err
	}
	for _, w := range words {
		t := condition{}
		if t.not = strings.HasPrefix(w, "!"); t.not {
			w = w[1:]
		}
		if w == "" {
			return filter{}, fmt.Errorf("a filter term is empty: write text after !")
		}
		at := strings.IndexAny(w, ":<>=")
		if at <= 0 {
			t.value = strings.ToLower(w)
			f.terms = append(f.terms, t)
			continue
		}
		t.field, t.value = strings.ToLower(w[:at]), strings.ToLower(w[at:])
		t.split()
		if err := t.check(move); err != nil {
			return filter{}, err
		}
		f.terms = append(f.terms, t)
	}
	return f, nil
}

// split takes the operator off a value: a colon, an order, or an order after a
// colon.
func (t *condition) split() {
	rest, colon := strings.CutPrefix(t.value, ":")
	t.op = ":"
	if colon && !t.number() { // what follows is text
		t.value = rest
		return
	}
	for _, op := range [...]string{">=", "<=", ">", "<", "="} {
		if value, ok := strings.CutPrefix(rest, op); ok {
			if op != "=" {
				t.op = op
			}
			t.value = value
			return
		}
	}
	t.value = rest
}

// number reports whether the field holds figures.
func (t *condition) number() bool {
	for _, f := range filterFields {
		if f.name == t.field {
			return len(f.values) == 1 && f.values[0] == "number"
		}
	}
	return false
}

func (t *condition) check(move migration.Move) error {
	i := slices.IndexFunc(filterFields, func(f struct {
		name   string
		values []string
	},
	) bool {
		return f.name == t.field
	})
	if i < 0 {
		names := make([]string, 0, len(filterFields))
		for _, f := range filterFields {
			names = append(names, f.name)
		}
		return fmt.Errorf("unknown field %q: want one of %s", t.field, strings.Join(names, ", "))
	}
	values := filterFields[i].values
	if t.number() {
		v, err := strconv.ParseFloat(strings.TrimSuffix(t.value, "%"), 64)
		if err != nil || v != v {
			return fmt.Errorf("%s: want a number, as in %s>50, %s<=50 or %s:50", t.field, t.field, t.field, t.field)
		}
		t.num = v
		return nil
	}
	if t.op != ":" {
		return fmt.Errorf("%s has no order: write %s:value", t.field, t.field)
	}
	if t.value == "" {
		return fmt.Errorf("%s: want a value after the colon", t.field)
	}
	if values == nil {
		return nil
	}
	i = slices.IndexFunc(values, func(v string) bool { return strings.HasPrefix(move.Fill(v), t.value) })
	if i < 0 {
		return fmt.Errorf("%s: unknown value %q, want one of %s", t.field, t.value, move.Fill(strings.Join(values, ", ")))
	}
	if move.Fill(values[i]) != values[i] {
		t.value = values[i]
	}
	return nil
}

// splitWords splits at spaces outside double quotes and takes the quotes away.
func splitWords(s string) ([]string, error) {
	var words []string
	var word strings.Builder
	quoted, begun := false, false
	for _, r := range s {
		switch {
		case r == '"':
			quoted, begun = !quoted, true
		case r == ' ' && !quoted || r == '\t' && !quoted:
			if begun {
				words = append(words, word.String())
				word.Reset()
				begun = false
			}
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if quoted {
		return nil, fmt.Errorf(`a quote is open: write another " at its end`)
	}
	if begun {
		words = append(words, word.String())
	}
	return words, nil
}

// matches reports whether a tenant's row is to be shown.
func (f *filter) matches(t *migration.TenantView) bool {
	for i := range f.terms {
		if f.terms[i].matches(t) == f.terms[i].not {
			return false
		}
	}
	return true
}

// matchesProfile reports whether a profile is to be shown: by its own names, its class and how
// sure it is, and by what else is asked of its tenant, which may be nil.
func (f *filter) matchesProfile(p *migration.Profile, v *migration.TenantView) bool {
	for i := range f.terms {
		t := &f.terms[i]
		var is bool
		switch t.field {
		case "":
			is = slices.ContainsFunc([]string{p.Tenant.String(), string(p.Workload), p.Class, p.Sure()},
				func(s string) bool { return containsFold(s, t.value) })
		case "tenant":
			is = containsFold(p.Tenant.String(), t.value)
		case "workload":
			is = containsFold(string(p.Workload), t.value)
		default:
			is = v != nil && t.matches(v)
		}
		if is == t.not {
			return false
		}
	}
	return true
}

func (t *condition) matches(v *migration.TenantView) bool {
	yes := func(b bool) bool { return b == strings.HasPrefix("yes", t.value) }
	switch t.field {
	case "":
		if containsFold(v.Tenant.String(), t.value) || saysVerdict(v, t.value) {
			return true
		}
		return anyWorkload(v, t.value)
	case "tenant":
		return containsFold(v.Tenant.String(), t.value)
	case "workload":
		return anyWorkload(v, t.value)
	case "verdict":
		return t.matchesWord(v.Cutover.Word)
	case "wave":
		return containsFold(v.Cutover.Detail.Wave, t.value)
	case "owner":
		return slices.ContainsFunc(v.Cutover.Detail.Owners, func(s string) bool { return containsFold(s, t.value) })
	case "holds":
		return slices.ContainsFunc(v.Cutover.Detail.Holds, func(s string) bool { return containsFold(s, t.value) })
	case "cost_verdict":
		word := v.Verdict.Decision.String()
		if v.Verdict.Decision == migration.NotEnoughData {
			word = "unknown"
		}
		if t.value == "move" { // the whole word, or "moved" would be one too
			return v.Verdict.Decision == migration.WorthMoving
		}
		return strings.HasPrefix(word, t.value)
	case "platform":
		switch t.value {
		case "{before.id}":
			return v.Before.Present
		case "{after.id}":
			return v.After.Present
		}
		return v.Before.Present && v.After.Present
	case "failing":
		return yes(v.Before.Failures.Or(0)+v.After.Failures.Or(0) > 0)
	case "needs":
		worst := migration.Worst(v.Notices)
		if t.value == "no" || strings.HasPrefix("yes", t.value) {
			return yes(worst >= migration.Warning)
		}
		return strings.HasPrefix(worst.String(), t.value)
	case "notice":
		return slices.ContainsFunc(v.Notices, func(n migration.Notice) bool { return containsFold(n.Code, t.value) })
	case "live":
		return yes(v.After.Running.Or(0)+v.After.Pending.Or(0) > 0)
	}
	x, known := t.figure(v)
	if !known {
		return false
	}
	switch t.op {
	case "<":
		return x < t.num
	case ">":
		return x > t.num
	case "<=":
		return x <= t.num
	case ">=":
		return x >= t.num
	}
	return x >= t.num-0.5 && x < t.num+0.5
}

// figure is the number that a term asks about: shares in percent, cost in
// dollars per hour of both sides.
func (t *condition) figure(v *migration.TenantView) (float64, bool) {
	switch t.field {
	case "step":
		r, ok := v.Cutover.Detail.Share.Get()
		return float64(r) * 100, ok
	case "routed":
		r, ok := v.Routed.Value.Get()
		return float64(r) * 100, ok
	case "timeout":
		r, ok := migration.Larger(v.Before.TimeoutRatio, v.After.TimeoutRatio).Get()
		return float64(r) * 100, ok
	case "cost":
		return bothCost(v)
	case "runs":
		n, ok := migration.Plus(v.Before.Runs, v.After.Runs).Get()
		return float64(n), ok
	}
	return 0, false
}

// bothCost is what a tenant costs an hour on the sides whose cost is known.
func bothCost(v *migration.TenantView) (float64, bool) {
	l, lk := v.Before.CostPerHour.Value.Get()
	j, jk := v.After.CostPerHour.Value.Get()
	return l.Float() + j.Float(), lk || jk
}

func anyWorkload(v *migration.TenantView, lower string) bool {
	return slices.ContainsFunc(v.Workloads, func(w migration.WorkloadView) bool {
		return containsFold(string(w.Workload), lower)
	})
}

// containsFold reports whether s contains a text that is in lower case.
func containsFold(s, lower string) bool {
	if len(lower) > 0 && strings.Contains(s, lower) {
		return true
	}
	return strings.Contains(strings.ToLower(s), lower)
}
