package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// describer makes the schema of the document from the wire tags of the types and from the
// comments of their fields.
type describer struct {
	types  map[string]description // by the name of the type
	defs   map[string]ordered
	queued []reflect.Type
}

// description is the first paragraph of a type's comment, and of each of its fields'.
type description struct {
	text   string
	fields []string
}

// ordered is a JSON object that keeps the order of its keys.
type ordered []member

type member struct {
	key   string
	value any
}

func (o ordered) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, m := range o {
		value, err := marshal(m.value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%c%q:%s", "{,"[min(i, 1)], m.key, value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// GenerateSchema is the content of docs/snapshot.schema.json.
func GenerateSchema(vocabulary string) ([]byte, error) {
	types, err := describe(vocabulary)
	if err != nil {
		return nil, err
	}
	d := &describer{types: types, defs: map[string]ordered{}}
	root := ordered{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"title", Schema},
		{"description", "What migtop snapshot -o json and -o yaml write."},
	}
	name := member{"schema", ordered{{"description", "The name of this format."}, {"const", Schema}}}
	root = append(root, d.object(reflect.TypeFor[migration.Snapshot](), name)...)
	for len(d.queued) > 0 {
		t := d.queued[0]
		d.queued = d.queued[1:]
		text := d.types[bare(t)].text
		d.defs[defName(t)] = append(ordered{{"description", text}}, d.object(t)...)
	}
	var defs ordered
	for name, def := range d.defs {
		defs = append(defs, member{name, def})
	}
	slices.SortFunc(defs, func(a, b member) int { return strings.Compare(a.key, b.key) })
	text, err := marshal(append(root, member{"$defs", defs}))
	if err != nil {
		return nil, err
	}
	text = []byte(migration.DefaultMove.Fill(string(text)))
	var out bytes.Buffer
	err = json.Indent(&out, text, "", "  ")
	out.WriteByte('\n')
	return out.Bytes(), err
}

// object describes a struct, with further keys before its own.
func (d *describer) object(t reflect.Type, first ...member) ordered {
	props, required := ordered(first), []string{}
	for _, m := range first {
		required = append(required, m.key)
	}
	fields := wireFields(t)
	for i := range fields {
		f := &fields[i]
		if f.typ != seriesType && !f.omit {
			required = append(required, f.key)
		}
		text := "How the figure before it is known."
		if f.index >= 0 {
			text = d.types[bare(f.owner)].fields[f.index]
		}
		kind, unit := d.schema(f.typ, f.wireOptions)
		if f.under != "" {
			name := defName(t) + "_" + f.key
			d.defs[name] = ordered{
				{"description", "Which figures need attention, and how much. Those that need none are left out."},
				{"type", "object"},
				{"additionalProperties", false},
				{"required", []string{}},
				{"properties", ordered{{f.under, append(ordered{{"description", "How much it needs attention."}}, kind...)}}},
			}
			kind, unit = ordered{{"$ref", "#/$defs/" + name}}, ""
		}
		props = append(props, member{f.key, append(ordered{{"description", withUnit(text, unit, kind, f)}}, kind...)})
	}
	return ordered{{"type", "object"}, {"additionalProperties", false}, {"required", required}, {"properties", props}}
}

// withUnit adds to a description what the type implies.
func withUnit(text, unit string, kind ordered, f *wireField) string {
	if f.typ == seriesType {
		return text + " Only with --series."
	}
	if nullable := kind[0].key == "anyOf" || reflect.TypeOf(kind[0].value).Kind() == reflect.Slice; nullable &&
		f.typ != provenanceType && !strings.Contains(strings.ToLower(text), "null") {
		switch {
		case f.typ.Kind() == reflect.String:
			unit = "Null where there is none"
		case unit == "":
			unit = "Null where unknown"
		default:
			unit += "; null where unknown"
		}
	}
	if unit == "" {
		return text
	}
	return text + " " + unit + "."
}

// schema describes a type, and its unit.
func (d *describer) schema(t reflect.Type, o wireOptions) (kind ordered, unit string) {
	one := func(name string, more ...member) ordered { return append(ordered{{"type", name}}, more...) }
	switch {
	case t == timeType:
		return orNull(one("string", member{"format", "date-time"})), "RFC 3339, UTC"
	case t == usdType:
		return one("string", member{"pattern", `^-?[0-9]+(\.[0-9]+)?$`}), "USD, exact, as a text of all its digits"
	case t == durationType && o.whole:
		kind, unit = one("integer"), "In seconds"
	case t == durationType:
		kind, unit = one("number"), "In seconds"
	case t == cpuType:
		return one("number"), "In cores (vCPU)"
	case reflect.PointerTo(t).Implements(enumType):
		kind = one("string", member{"enum", names(t, o.null)})
	case t.Kind() == reflect.Bool:
		kind = one("boolean")
	case t.Kind() == reflect.String:
		kind = one("string")
	case t.Kind() == reflect.Float32, t.Kind() == reflect.Float64:
		if kind = orNull(one("number")); t.Name() == "Ratio" {
			unit = "1 is 100 %"
		}
	case t.Kind() == reflect.Int, t.Kind() == reflect.Int32, t.Kind() == reflect.Int64, t.Kind() == reflect.Uint64:
		if kind = one("integer"); !o.signed {
			kind = append(kind, member{"minimum", 0})
		}
		if t.Name() == "Bytes" {
			unit = "In bytes"
		}
	case t.Kind() == reflect.Pointer:
		kind, unit = d.schema(t.Elem(), wireOptions{})
		return orNull(kind), unit
	case t.Kind() == reflect.Slice:
		items, unit := d.schema(t.Elem(), wireOptions{})
		return one("array", member{"items", items}), unit
	default:
		if elem, ok := wireElem(t); ok {
			kind, unit = d.schema(elem, wireOptions{signed: o.signed})
			return orNull(kind), unit
		}
		name := defName(t)
		if _, known := d.defs[name]; !known {
			d.defs[name] = nil
			d.queued = append(d.queued, t)
		}
		kind = ordered{{"$ref", "#/$defs/" + name}}
	}
	if o.null || t == provenanceType {
		kind = orNull(kind)
	}
	return kind, unit
}

// orNull allows null in place of a value.
func orNull(kind ordered) ordered {
	switch first := kind[0]; {
	case first.key == "$ref":
		return ordered{{"anyOf", []any{kind, ordered{{"type", "null"}}}}}
	case first.key == "type" && reflect.TypeOf(first.value).Kind() == reflect.String:
		return append(ordered{{"type", []any{first.value, "null"}}}, kind[1:]...)
	}
	return kind
}

// names are the values of an enumeration.
func names(t reflect.Type, null bool) []any {
	var out []any
	for i := range 32 {
		v := reflect.New(t)
		v.Elem().SetUint(uint64(i))
		name := v.Interface().(fmt.Stringer).String()
		if strings.Contains(name, "(") || slices.Contains(out, any(name)) {
			continue
		}
		out = append(out, name)
	}
	if null {
		out[0] = nil
	}
	return out
}

// defNames are names of objects that differ from the names of their types.
var defNames = map[string]string{
	"seriesWire": "series", "Health": "source", "Provenance": "evidence", "Economics": "answers", "Forecast": "outlook",
	"Route":     "alias_version",
	"QueueFlow": "flow", "AccountScope": "account", "OtherRequests": "other_containers", "Severities": "side_severity",
	"FlowSeverities": "flow_severity", "Summary": "distribution",
}

func defName(t reflect.Type) string {
	name := bare(t)
	if known, ok := defNames[name]; ok {
		name = known
	} else {
		name = strings.TrimSuffix(name, "View")
		name = strings.ToLower(regexp.MustCompile(`([a-z])([A-Z])`).ReplaceAllString(name, "${1}_$2"))
	}
	if strings.Contains(t.Name(), "[") {
		if strings.Contains(t.Name(), reflect.TypeFor[time.Duration]().String()) {
			return name + "_seconds"
		}
		return name + "_bytes"
	}
	return name
}

// bare is the name of a type without its parameters.
func bare(t reflect.Type) string {
	name, _, _ := strings.Cut(t.Name(), "[")
	return name
}

// describe reads the comments of a package's structs.
func describe(folder string) (map[string]description, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	out := map[string]description{}
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range tree.Decls {
			g, ok := decl.(*ast.GenDecl)
			if !ok || g.Tok != token.TYPE {
				continue
			}
			spec := g.Specs[0].(*ast.TypeSpec)
			s, ok := spec.Type.(*ast.StructType)
			if !ok {
				continue
			}
			d := description{text: paragraph(spec.Name.Name, g.Doc)}
			for _, f := range s.Fields.List {
				comment := f.Doc
				if comment == nil {
					comment = f.Comment
				}
				for range max(len(f.Names), 1) {
					d.fields = append(d.fields, paragraph("", comment))
				}
			}
			out[spec.Name.Name] = d
		}
	}
	return out, nil
}

// paragraph is the first one of a comment, without the name that it begins with.
func paragraph(name string, c *ast.CommentGroup) string {
	text, _, _ := strings.Cut(c.Text(), "\n\n")
	text = strings.NewReplacer("\n", " ", "[", "", "]", "", "|", "\\|").Replace(strings.TrimSpace(text))
	for _, verb := range []string{" is ", " are ", " says "} {
		if rest, ok := strings.CutPrefix(text, name+verb); ok && name != "" {
			text = strings.ToUpper(rest[:1]) + rest[1:]
		}
	}
	return text
}
