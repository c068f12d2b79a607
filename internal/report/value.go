package report

import (
	"math"
	"strconv"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

const null = "null"

// opt writes a value as a literal, or null where it is unknown.
func opt[T any](d *document, key string, v migration.Opt[T], form func(T) string) {
	text := null
	if known, ok := v.Get(); ok {
		text = form(known)
	}
	d.literal(key, text)
}

// each writes an array of objects.
func each[T any](d *document, key string, of []T, write func(*T)) {
	d.array(key)
	for i := range of {
		d.object("")
		write(&of[i])
		d.end()
	}
	d.end()
}

// texts writes an array of texts.
func texts[T ~string](d *document, key string, of []T) {
	d.array(key)
	for _, v := range of {
		d.text("", string(v))
	}
	d.end()
}

// share writes a ratio and what it rests on under one name.
func (d *document) share(name string, f *migration.Figure[migration.Ratio]) {
	d.ratio(name+"_ratio", f.Value)
	d.evidence(name+"_evidence", &f.Evidence)
}

// name writes a text of which the empty one says that there is none.
func (d *document) name(key, v string) {
	if v == "" {
		d.literal(key, null)
		return
	}
	d.text(key, v)
}

func (d *document) bool(key string, v bool) { d.literal(key, strconv.FormatBool(v)) }

func (d *document) integer(key string, v int64) { d.literal(key, strconv.FormatInt(v, 10)) }

func (d *document) count(key string, v migration.Opt[int64]) {
	opt(d, key, v, func(v int64) string { return strconv.FormatInt(v, 10) })
}

// number writes a float. What JSON cannot say, not a number and the infinities,
// is unknown.
func (d *document) number(key string, v migration.Opt[float64]) {
	if f, ok := v.Get(); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		v = migration.None[float64]()
	}
	opt(d, key, v, float)
}

func (d *document) ratio(key string, v migration.Opt[migration.Ratio]) {
	d.number(key, migration.Map(v, func(r migration.Ratio) float64 { return float64(r) }))
}

func (d *document) bytes(key string, v migration.Opt[migration.Bytes]) { opt(d, key, v, toBytes) }

func (d *document) cores(key string, v migration.Opt[migration.CPU]) {
	opt(d, key, v, func(c migration.CPU) string { return float(c.Cores()) })
}

func (d *document) seconds(key string, v time.Duration) { d.literal(key, toSeconds(v)) }

func (d *document) optSeconds(key string, v migration.Opt[time.Duration]) { opt(d, key, v, toSeconds) }

// time writes a moment in UTC, or null for the zero one.
func (d *document) time(key string, t time.Time) {
	if t.IsZero() {
		d.literal(key, null)
		return
	}
	d.text(key, t.UTC().Format(time.RFC3339Nano))
}

func (d *document) optTime(key string, v migration.Opt[time.Time]) { d.time(key, v.Or(time.Time{})) }

// usd writes money as a text of all its digits: a JSON number would be read as
// a binary float.
func (d *document) usd(key string, v migration.Opt[migration.USD]) {
	if u, ok := v.Get(); ok {
		d.text(key, u.String())
		return
	}
	d.literal(key, null)
}

func (d *document) kind(key string, k migration.Kind) {
	if k == 0 {
		d.literal(key, null)
		return
	}
	d.text(key, k.String())
}

// evidence writes what a figure rests on, or null where there is no evidence.
func (d *document) evidence(key string, e *migration.Provenance) {
	if *e == (migration.Provenance{}) {
		d.literal(key, null)
		return
	}
	d.object(key)
	d.name("source", e.Source)
	d.text("method", e.Method.String())
	d.ratio("coverage_ratio", migration.Some(e.Coverage))
	d.bool("provisional", e.Provisional)
	d.bool("lower_bound", e.LowerBound)
	d.name("note", e.Note)
	d.end()
}

// distribution writes count, mean, quantiles with both their bounds, and the
// greatest value.
func distribution[T ~int64](d *document, key string, v migration.Distribution[T], form func(T) string) {
	if v.Count() == 0 {
		d.literal(key, null)
		return
	}
	d.object(key)
	d.integer("count", v.Count())
	opt(d, "mean", v.Mean(), form)
	for _, q := range [...]struct {
		name  string
		share float64
	}{{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}} {
		b, ok := v.Quantile(q.share).Get()
		if !ok {
			d.literal(q.name, null)
			continue
		}
		d.object(q.name)
		d.literal("low", form(b.Low))
		d.literal("high", form(b.High))
		d.end()
	}
	opt(d, "max", v.Max(), form)
	d.end()
}

// chart writes the values of a series; a gap is null.
func (d *document) chart(key string, s *migration.Series) {
	if s.Len() == 0 {
		d.literal(key, null)
		return
	}
	d.object(key)
	d.time("start", s.Start)
	d.seconds("step_seconds", s.Step)
	d.text("unit", s.Unit)
	d.integer("provisional_from", int64(s.ProvisionalFrom))
	d.array("values")
	for i := range s.Len() {
		v, ok := s.At(i)
		if !ok || math.IsInf(v, 0) {
			d.literal("", null)
			continue
		}
		d.literal("", strconv.FormatFloat(v, 'f', -1, 32))
	}
	d.end()
	d.end()
}
