package report

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// encoder writes values into a sink as the wire tags of their types say: see
// internal/migration/wire.go. It walks the snapshot in place and makes no copy of it.
type encoder struct {
	sink
	series bool
	at     time.Time // the moment of the snapshot, which running things last until
	move   migration.Move
	digits []byte // of the number that is being written
}

// writer writes one addressable value.
type writer func(e *encoder, key string, v reflect.Value)

// wireField is one key of an object.
type wireField struct {
	key   string
	named bool // the key names a side of the move
	path  []pathStep
	typ   reflect.Type
	write writer
	wireOptions
	// The description is the comment of this field of the owner, -1 for the evidence of a figure.
	owner reflect.Type
	index int
}

type wireOptions struct {
	null, omit, whole, signed bool
	under                     string
}

// pathStep leads from a value to a part of it.
type pathStep struct {
	index  int           // of a field
	method *wireMethod   // or the result of a method
	zero   reflect.Value // or into a Wirer; the value written if it has none
}

var (
	timeType       = reflect.TypeFor[time.Time]()
	durationType   = reflect.TypeFor[time.Duration]()
	usdType        = reflect.TypeFor[migration.USD]()
	cpuType        = reflect.TypeFor[migration.CPU]()
	seriesType     = reflect.TypeFor[migration.Series]()
	provenanceType = reflect.TypeFor[migration.Provenance]()
	wirerType      = reflect.TypeFor[migration.Wirer]()
	enumType       = reflect.TypeFor[encoding.TextMarshaler]()
)

// wireMethodName names a method of a type.
type wireMethodName struct {
	of   reflect.Type
	name string
}

// wireMethod calls a method. at is the moment of the snapshot, which running things last
// until.
type wireMethod struct {
	result reflect.Type
	call   func(of any, at time.Time) reflect.Value
}

// wireMethods are the methods that wire tags name. They are listed, since a lookup by name
// (reflect's MethodByName) makes the linker keep every exported method of every type: it
// would add 18 MB to the binary.
var wireMethods = map[wireMethodName]*wireMethod{
	methodOf[migration.Container]("PeakExact"): calls(func(c *migration.Container, _ time.Time) bool { return c.PeakExact() }),
	methodOf[migration.Spend]("Slowdown"):      calls(func(s *migration.Spend, _ time.Time) float64 { return s.Slowdown() }),
	methodOf[migration.Move]("OrDefault"):      calls(func(m *migration.Move, _ time.Time) migration.Move { return m.OrDefault() }),
	methodOf[migration.Run]("Duration"): calls(func(r *migration.Run, at time.Time) migration.Opt[time.Duration] {
		return r.Duration(at)
	}),
	methodOf[migration.Profile]("ExpectedFailures"): calls(func(p *migration.Profile, _ time.Time) migration.Opt[migration.Ratio] {
		return p.ExpectedFailures()
	}),
}

func methodOf[T any](name string) wireMethodName { return wireMethodName{reflect.TypeFor[T](), name} }

func calls[T, R any](method func(of *T, at time.Time) R) *wireMethod {
	return &wireMethod{reflect.TypeFor[R](), func(of any, at time.Time) reflect.Value {
		result := method(of.(*T), at)
		return reflect.ValueOf(&result).Elem()
	}}
}

var wireFieldsOf sync.Map // reflect.Type to []wireField

// wireFields are the keys of a struct in their order.
func wireFields(t reflect.Type) []wireField {
	if known, ok := wireFieldsOf.Load(t); ok {
		return known.([]wireField)
	}
	var out []wireField
	for i := range t.NumField() {
		f := t.Field(i)
		tag, ok := f.Tag.Lookup("wire")
		if !ok {
			continue
		}
		parts := strings.Split(tag, ",")
		w := wireField{key: parts[0], path: []pathStep{{index: i}}, typ: f.Type, owner: t, index: i}
		evidence := ""
		for _, option := range parts[1:] {
			name, value, _ := strings.Cut(option, "=")
			switch name {
			case "null":
				w.null = true
			case "omit":
				w.omit = true
			case "under":
				w.under = value
			case "whole":
				w.whole = true
			case "signed":
				w.signed = true
			case "evidence":
				evidence = value
			case "from":
				w.path, w.typ = wirePath(t, value)
			case "inline":
				for _, in := range wireFields(f.Type) {
					in.path = append([]pathStep{{index: i}}, in.path...)
					out = append(out, in)
				}
			default:
				panic(fmt.Sprintf("%s.%s: the wire tag has the unknown option %s", t, f.Name, option))
			}
		}
		if w.key == "" {
			continue
		}
		rest := w
		if of, ok := figureValue(w.typ); ok {
			w.path, w.typ = append(slices.Clone(w.path), pathStep{index: of.Index[0]}), of.Type
		}
		w.write, w.named = writerOf(w.typ, w.wireOptions), strings.Contains(w.key, "{")
		out = append(out, w)
		if evidence != "" {
			rest.path, rest.typ = wirePath(t, f.Name+".Evidence")
			rest.key, rest.named, rest.index, rest.write = evidence, strings.Contains(evidence, "{"), -1, writerOf(rest.typ, wireOptions{})
			out = append(out, rest)
		}
	}
	wireFieldsOf.Store(t, out)
	return out
}

// figureValue is the value's field of a [migration.Figure].
func figureValue(t reflect.Type) (reflect.StructField, bool) {
	if t.Kind() != reflect.Struct || !strings.HasPrefix(t.Name(), "Figure[") {
		return reflect.StructField{}, false
	}
	return t.FieldByName("Value")
}

// wireElem is the type of what a Wirer writes.
func wireElem(t reflect.Type) (reflect.Type, bool) {
	if !reflect.PointerTo(t).Implements(wirerType) {
		return nil, false
	}
	return reflect.TypeOf(reflect.New(t).Interface().(migration.Wirer).Wire()).Elem(), true
}

// wirePath finds a part of a type by names of fields, the last of which may be a method.
func wirePath(t reflect.Type, names string) ([]pathStep, reflect.Type) {
	var path []pathStep
	for name := range strings.SplitSeq(names, ".") {
		if elem, ok := wireElem(t); ok {
			path, t = append(path, pathStep{zero: reflect.New(elem).Elem()}), elem
		}
		if method, ok := strings.CutSuffix(name, "()"); ok {
			m, known := wireMethods[wireMethodName{t, method}]
			if !known {
				panic(fmt.Sprintf("a wire tag names %s of %s, which wireMethods does not have", names, t))
			}
			path, t = append(path, pathStep{method: m}), m.result
			continue
		}
		f, known := t.FieldByName(name)
		if !known {
			panic(fmt.Sprintf("a wire tag names %s, which %s does not have", names, t))
		}
		for _, i := range f.Index {
			path = append(path, pathStep{index: i})
		}
		t = f.Type
	}
	return path, t
}

// follow returns the part of a value that a path leads to.
func (e *encoder) follow(v reflect.Value, path []pathStep) reflect.Value {
	for i := range path {
		switch s := &path[i]; {
		case s.method != nil:
			v = s.method.call(v.Addr().Interface(), e.at)
		case s.zero.IsValid():
			if p := reflect.ValueOf(v.Addr().Interface().(migration.Wirer).Wire()); p.IsNil() {
				v = s.zero
			} else {
				v = p.Elem()
			}
		default:
			v = v.Field(s.index)
		}
	}
	return v
}

// fields writes the keys of a struct.
func (e *encoder) fields(v reflect.Value, fields []wireField) {
	for i := range fields {
		f := &fields[i]
		if f.typ == seriesType && !e.series {
			continue
		}
		key := f.key
		if f.named {
			key = e.move.Fill(key)
		}
		part := e.follow(v, f.path)
		if f.omit && part.IsZero() {
			continue
		}
		f.write(e, key, part)
	}
}

// writerOf makes the writer of a type.
func writerOf(t reflect.Type, o wireOptions) writer {
	w := plainWriterOf(t, o)
	if o.under != "" {
		return func(e *encoder, key string, v reflect.Value) {
			e.object(key)
			if !v.IsZero() {
				w(e, o.under, v)
			}
			e.end()
		}
	}
	if !o.null && t != provenanceType { // a figure without evidence has none
		return w
	}
	return func(e *encoder, key string, v reflect.Value) {
		if v.IsZero() {
			e.literal(key, null)
			return
		}
		w(e, key, v)
	}
}

func plainWriterOf(t reflect.Type, o wireOptions) writer {
	switch {
	case t == timeType:
		return writeTime
	case t == usdType:
		// Money is a text of all its digits: a JSON number would be read as a binary float.
		return func(e *encoder, key string, v reflect.Value) {
			e.text(key, v.Addr().Interface().(*migration.USD).Wire())
		}
	case t == durationType && o.whole:
		return func(e *encoder, key string, v reflect.Value) {
			e.integer(key, int64(math.Ceil(time.Duration(v.Int()).Seconds())))
		}
	case t == durationType:
		return func(e *encoder, key string, v reflect.Value) { e.float(key, time.Duration(v.Int()).Seconds(), 64) }
	case t == cpuType:
		return func(e *encoder, key string, v reflect.Value) { e.float(key, migration.CPU(v.Int()).Cores(), 64) }
	case reflect.PointerTo(t).Implements(enumType):
		return func(e *encoder, key string, v reflect.Value) {
			e.text(key, v.Addr().Interface().(fmt.Stringer).String())
		}
	}
	if elem, ok := wireElem(t); ok {
		w := writerOf(elem, wireOptions{})
		return func(e *encoder, key string, v reflect.Value) {
			p := reflect.ValueOf(v.Addr().Interface().(migration.Wirer).Wire())
			if p.IsNil() {
				e.literal(key, null)
				return
			}
			w(e, key, p.Elem())
		}
	}
	switch t.Kind() {
	case reflect.Bool:
		return func(e *encoder, key string, v reflect.Value) {
			e.digits = strconv.AppendBool(e.digits[:0], v.Bool())
			e.literal(key, e.digits)
		}
	case reflect.String:
		return func(e *encoder, key string, v reflect.Value) { e.text(key, v.String()) }
	case reflect.Int, reflect.Int32, reflect.Int64:
		return func(e *encoder, key string, v reflect.Value) { e.integer(key, v.Int()) }
	case reflect.Uint64:
		return func(e *encoder, key string, v reflect.Value) { e.integer(key, int64(min(v.Uint(), math.MaxInt64))) }
	case reflect.Float32, reflect.Float64:
		return func(e *encoder, key string, v reflect.Value) { e.float(key, v.Float(), t.Bits()) }
	case reflect.Pointer:
		w := writerOf(t.Elem(), wireOptions{})
		return func(e *encoder, key string, v reflect.Value) {
			if v.IsNil() {
				e.literal(key, null)
				return
			}
			w(e, key, v.Elem())
		}
	case reflect.Slice:
		w := writerOf(t.Elem(), wireOptions{})
		return func(e *encoder, key string, v reflect.Value) {
			e.array(key)
			for i := range v.Len() {
				w(e, "", v.Index(i))
			}
			e.end()
		}
	case reflect.Struct:
		fields := wireFields(t)
		return func(e *encoder, key string, v reflect.Value) {
			e.object(key)
			e.fields(v, fields)
			e.end()
		}
	}
	panic(fmt.Sprintf("the document has no form for a %s", t))
}

var null = []byte("null")

func (e *encoder) integer(key string, v int64) {
	e.digits = strconv.AppendInt(e.digits[:0], v, 10)
	e.literal(key, e.digits)
}

// float writes a number. What JSON cannot say, not a number and the infinities, is unknown.
func (e *encoder) float(key string, v float64, bits int) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		e.literal(key, null)
		return
	}
	e.digits = strconv.AppendFloat(e.digits[:0], v, 'f', -1, bits)
	e.literal(key, e.digits)
}

// writeTime writes a moment in UTC, or null for the zero one.
func writeTime(e *encoder, key string, v reflect.Value) {
	t := v.Addr().Interface().(*time.Time)
	if t.IsZero() {
		e.literal(key, null)
		return
	}
	e.digits = append(t.UTC().AppendFormat(append(e.digits[:0], '"'), time.RFC3339Nano), '"')
	e.literal(key, e.digits)
}

// writeDocument writes the snapshot as one object.
func writeDocument(to sink, s *migration.Snapshot, opts Options) {
	e := &encoder{sink: to, series: opts.Series, at: s.At, move: s.Move}
	e.object("")
	e.text("schema", Schema)
	e.fields(reflect.ValueOf(s).Elem(), wireFields(reflect.TypeFor[migration.Snapshot]()))
	e.end()
}
