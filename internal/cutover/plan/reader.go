package plan

import (
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
	"github.com/migtop/migtop/internal/yamldoc"
)

// reader reads the plan.
type reader struct {
	*section.Reader
	zones Zones
	plan  *Plan
}

// wrong adds an issue of a value that is not what it should be.
func (r *reader) wrong(n yamldoc.Node, path, want string) {
	r.Add(r.At(n), path, n.Describe(), want, "")
}

// again adds an issue of what is there twice.
func (r *reader) again(n section.Origin, path, name, want string, first section.Origin) {
	found := fmt.Sprintf("%q again", text.Cut(name, section.MostQuoted))
	r.Add(n, path, found, fmt.Sprintf("%s; it is already at line %d", want, first.Line), "")
}

// field is a value and where in the plan it is.
type field struct {
	path  string
	value yamldoc.Node
}

// fields hands each key of a mapping to its reader.
func (r *reader) fields(n yamldoc.Node, path string, readers map[string]func(field)) {
	entries := make(map[string]func(section.Entry), len(readers))
	for key, read := range readers {
		entries[key] = func(e section.Entry) {
			if !e.Value.IsNull() { // "at:" without a value says nothing
				read(field{path + "." + key, e.Value})
			}
		}
	}
	r.Fields(n, path, entries)
}

// name reads a text that is not empty and has no control characters.
func (r *reader) name(n yamldoc.Node, path string) (string, bool) {
	s, ok := r.Text(n, path)
	if ok && strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		r.wrong(n, path, "text without control characters")
		return "", false
	}
	return s, ok
}

// names reads a list of texts, or one text.
func (r *reader) names(f field) []string {
	nodes := []yamldoc.Node{f.value}
	if _, single := f.value.Plain(); !single {
		nodes = r.Items(f.value, f.path, `a name or a list of names, such as [anna, ben]`)
	}
	var out []string
	for _, n := range nodes {
		if s, ok := r.name(n, f.path); ok {
			out = append(out, s)
		}
	}
	return out
}

// share reads a percentage.
func (r *reader) share(f field, least Share) (Share, bool) {
	written, ok := f.value.Written()
	d, valid := parseNumber(written)
	d = d.Shift(2)
	switch {
	case !ok || !valid || !d.Equal(d.Truncate(0)):
		r.wrong(f.value, f.path, fmt.Sprintf("a share in percent from %s to 100, such as 25 or 0.5", least.Number()))
		return 0, false
	case d.GreaterThan(decimal.NewFromInt(int64(Whole))):
		r.Add(r.At(f.value), f.path, "a share of "+text.Cut(written, section.MostQuoted)+" %", "at most 100 %", "")
		return 0, false
	case d.LessThan(decimal.NewFromInt(int64(least))):
		r.Add(r.At(f.value), f.path, "a share of "+text.Cut(written, section.MostQuoted)+" %", "at least "+least.String(), "")
		return 0, false
	}
	return Share(d.IntPart()), true
}

// amount reads dollars.
func (r *reader) amount(f field) migration.Opt[migration.USD] {
	written, ok := f.value.Written()
	d, valid := parseNumber(written)
	if !ok || !valid {
		r.wrong(f.value, f.path, "dollars, 0 or more, such as 2500")
		return migration.None[migration.USD]()
	}
	return migration.Some(migration.Dollars(d))
}

// zone reads the name of a time zone; UTC if it is none.
func (r *reader) zone(f field) Zone {
	name, ok := f.value.Plain()
	if !ok {
		r.wrong(f.value, f.path, "an IANA time zone, such as Europe/Zurich or UTC")
		return Zone{}
	}
	z, ok := r.zones.lookUp(name)
	if !ok {
		r.Add(r.At(f.value), f.path, fmt.Sprintf("the unknown zone %q", text.Cut(name, section.MostQuoted)),
			"an IANA time zone, such as Europe/Zurich or UTC", "")
	}
	return z
}

const wantTime = "a date such as 2026-12-01, or a time such as 2026-12-01T06:00 (by the clock of the zone) or 2026-12-01T06:00:00Z"

// time reads a date or a time. Without an offset it is by the clock of the zone; last takes the second of two moments at
// which clocks show it.
func (r *reader) time(f field, z Zone, last bool) time.Time {
	written, _ := f.value.Written()
	if t, err := time.Parse(time.RFC3339, written); err == nil {
		if sensible(t) {
			return t.UTC().Truncate(time.Second) // as it is written again
		}
		r.wrong(f.value, f.path, wantTime)
		return time.Time{}
	}
	for _, layout := range [...]string{time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		t, err := time.Parse(layout, written)
		if err != nil || !sensible(t) {
			continue
		}
		y, m, d := t.Date()
		first, second, exists := z.clocks(date{y, m, d}, t.Hour()*60+t.Minute())
		if !exists && layout != time.DateOnly {
			r.Add(r.At(f.value), f.path, written+", which clocks in "+z.String()+" skip", "a time that exists",
				"they go forward to "+first.In(z.Location()).Format("15:04"))
			return time.Time{}
		}
		if last {
			first = second
		}
		return first.Add(time.Duration(t.Second()) * time.Second).UTC()
	}
	r.wrong(f.value, f.path, wantTime)
	return time.Time{}
}

func sensible(t time.Time) bool { return t.Year() >= 2000 && t.Year() < 2100 }

// span reads a time between two bounds.
func (r *reader) span(f field, least, longest time.Duration) time.Duration {
	written, _ := f.value.Written()
	d, ok := parseSpan(written)
	if !ok || d < least || d > longest {
		r.wrong(f.value, f.path, fmt.Sprintf("a time from %s to %s, such as 24h or 2d", spanText(least), spanText(longest)))
		return 0
	}
	return d
}

// objectives reads a mapping of signals to limits.
func (r *reader) objectives(f field) []SLO {
	var out []SLO
	for _, e := range r.Entries(f.value, f.path, "a mapping of signals to limits, such as {failure_rate: 1%, dwell: 5m}") {
		signal := Signal(e.Key)
		if signal.Unit() == 0 {
			want, hint := "", section.Suggest(e.Key, Signals())
			if hint == "" {
				want = "one of " + strings.Join(Signals(), ", ")
			}
			r.Add(e.At, f.path, fmt.Sprintf("unknown signal %q", text.Cut(e.Key, section.MostQuoted)), want, hint)
			continue
		}
		written, ok := e.Value.Written()
		slo, valid := parseSLO(signal, written)
		if !ok || !valid {
			r.wrong(e.Value, f.path+"."+e.Key, signal.Unit().example())
			continue
		}
		if signal != Cost { // which is money, and no number of package cutover
			if err := new(cutover.Limits).Set(cutover.Setting{Name: e.Key, Value: slo.Limit()}); err != nil {
				r.Add(r.At(e.Value), f.path+"."+e.Key, text.Cut(written, section.MostQuoted), outOfRange(err), "")
				continue
			}
		}
		slo.Place = e.At
		out = append(out, slo)
	}
	return out
}

// outOfRange is the part of an error of package cutover that says which values a limit may have.
func outOfRange(err error) string {
	_, want, _ := strings.Cut(err.Error(), "out of range: ")
	return "a value from " + want
}
