package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
)

var update = flag.Bool("update", false, "write goldens, docs/snapshot.schema.json and the field tables of docs/snapshot.md")

const (
	schemaFile = "../../docs/snapshot.schema.json"
	fieldsFile = "../../docs/snapshot.md"
)

// The schema is generated from the types of internal/migration, and the field tables from the schema.
func TestSchemaIsThatOfTheTypes(t *testing.T) {
	want, err := report.GenerateSchema("../migration")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/snapshot.schema.json is not what the types say; run make fields\n%s", diff)
	}
	for _, f := range fieldsOf(readSchema(t)) {
		if text, _ := f.schema["description"].(string); text == "" || strings.HasPrefix(text, " ") {
			t.Errorf("%s has no description: its field has no comment", f.place)
		}
	}
}

// node is one level of the schema file.
type node map[string]any

func readSchema(t *testing.T) node {
	t.Helper()
	data, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var root node
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	return root
}

func write(t *testing.T, s *migration.Snapshot, opts report.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, s, opts); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// validator checks a value against the part of JSON Schema 2020-12 that the
// schema file uses. A keyword that it does not know fails, so that nothing in
// the file goes unchecked.
type validator struct {
	root   node
	errors []string
	// seen counts, by place in the schema, values that were not null.
	seen map[string]int
}

func (v *validator) failf(at, format string, args ...any) {
	v.errors = append(v.errors, at+": "+fmt.Sprintf(format, args...))
}

func (v *validator) check(schema node, at, place string, value any) {
	if value != nil {
		v.seen[place]++
	}
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		arg := schema[keyword]
		switch keyword {
		case "$schema", "$defs", "title", "description", "required", "additionalProperties", "properties", "items":
		case "$ref":
			name := strings.TrimPrefix(arg.(string), "#/$defs/")
			v.check(v.root["$defs"].(map[string]any)[name].(map[string]any), at, name, value)
		case "anyOf":
			for _, option := range arg.([]any) {
				if o := node(option.(map[string]any)); (o["type"] == "null") == (value == nil) {
					v.check(o, at, place, value)
				}
			}
		case "const":
			if value != arg {
				v.failf(at, "%v, want %v", value, arg)
			}
		case "enum":
			if !slices.Contains(arg.([]any), value) {
				v.failf(at, "%v is none of %v", value, arg)
			}
		case "type":
			v.checkType(arg, at, value)
		case "pattern":
			if s, ok := value.(string); ok && !regexp.MustCompile(arg.(string)).MatchString(s) {
				v.failf(at, "%q does not match %s", s, arg)
			}
		case "format":
			if s, ok := value.(string); ok {
				if _, err := time.Parse(time.RFC3339Nano, s); arg != "date-time" || err != nil || !strings.HasSuffix(s, "Z") {
					v.failf(at, "%q is no %s in UTC", s, arg)
				}
			}
		case "minimum":
			if f, ok := value.(float64); ok && f < arg.(float64) {
				v.failf(at, "%v is below %v", f, arg)
			}
		default:
			v.failf(place, "keyword %s of the schema is not checked", keyword)
		}
	}
	switch value := value.(type) {
	case map[string]any:
		props, _ := schema["properties"].(map[string]any)
		if props == nil {
			return
		}
		for _, k := range schema["required"].([]any) {
			if _, ok := value[k.(string)]; !ok {
				v.failf(at, "lacks %s", k)
			}
		}
		for k, x := range value {
			p, ok := props[k].(map[string]any)
			if !ok {
				v.failf(at, "the schema does not have %s", k)
				continue
			}
			v.check(p, at+"."+k, place+"."+k, x)
		}
	case []any:
		if items, ok := schema["items"].(map[string]any); ok {
			for i, x := range value {
				v.check(items, fmt.Sprintf("%s[%d]", at, i), place+"[]", x)
			}
		}
	}
}

func (v *validator) checkType(want any, at string, value any) {
	types, ok := want.([]any)
	if !ok {
		types = []any{want}
	}
	is := "null"
	switch x := value.(type) {
	case bool:
		is = "boolean"
	case string:
		is = "string"
	case map[string]any:
		is = "object"
	case []any:
		is = "array"
	case float64:
		is = "number"
		if x == math.Trunc(x) && slices.Contains(types, any("integer")) {
			is = "integer"
		}
	}
	if !slices.Contains(types, any(is)) {
		v.failf(at, "%v is a %s, want %v", value, is, types)
	}
}

func TestJSONFollowsTheSchema(t *testing.T) {
	schema := readSchema(t)
	v := validator{root: schema, seen: map[string]int{}}
	unread := &migration.Snapshot{Totals: migration.Totals{Forecast: migration.Forecast{Gap: "waiting for cloudwatch"}}}
	for name, s := range map[string]*migration.Snapshot{"full": full(), "empty": {}, "unread": unread} {
		for _, opts := range []report.Options{{Format: report.JSON, Series: true}, {Format: report.JSON, Compact: true}} {
			var value any
			if err := json.Unmarshal(write(t, s, opts), &value); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			v.check(schema, name, "", value)
		}
	}
	for _, e := range v.errors {
		t.Error(e)
	}
	// The full snapshot gives each field of the schema a value. So every field is checked, and the schema has no field
	// that a snapshot cannot have.
	for _, f := range fieldsOf(schema) {
		if v.seen[f.place] == 0 {
			t.Errorf("no snapshot has a value in %s", f.place)
		}
	}
	if s := readSchema(t)["properties"].(map[string]any)["schema"].(map[string]any)["const"]; s != report.Schema {
		t.Errorf("the schema is of %v, the document of %s", s, report.Schema)
	}
}

// field is one documented field and its path in the schema.
type field struct {
	section, name, place string
	schema               node
}

// fieldsOf lists the schema's fields in sections, one for each kind of object.
func fieldsOf(root node) []field {
	var out []field
	var walk func(section, place string, schema map[string]any)
	walk = func(section, place string, schema map[string]any) {
		props, _ := schema["properties"].(map[string]any)
		for _, name := range order(schema) {
			p := props[name].(map[string]any)
			out = append(out, field{section, name, place + "." + name, p})
		}
		for _, name := range order(schema) {
			if p := props[name].(map[string]any); p["properties"] != nil {
				walk(name, place+"."+name, p)
			}
		}
	}
	walk("document", "", root)
	defs := root["$defs"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(defs)) {
		walk(name, name, defs[name].(map[string]any))
	}
	return out
}

// order is the order of an object's fields: as required, then the others.
func order(schema map[string]any) []string {
	props, _ := schema["properties"].(map[string]any)
	var out []string
	required, _ := schema["required"].([]any)
	for _, k := range required {
		out = append(out, k.(string))
	}
	for _, k := range slices.Sorted(maps.Keys(props)) {
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

const (
	beginFields = "<!-- fields: generated from the types of internal/migration by make fields -->\n"
	endFields   = "<!-- end of fields -->\n"
)

func TestDocumentationHasEveryField(t *testing.T) {
	root := readSchema(t)
	var b strings.Builder
	section := ""
	for _, f := range fieldsOf(root) {
		if f.section != section {
			section = f.section
			about := root["description"]
			if d, ok := root["$defs"].(map[string]any)[section].(map[string]any); ok {
				about = d["description"]
			} else if p, ok := root["properties"].(map[string]any)[section].(map[string]any); ok {
				about = p["description"]
			}
			fmt.Fprintf(&b, "\n### %s\n\n%s\n\n| field | type | meaning |\n|---|---|---|\n", section, about)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.name, typeOf(f.schema), f.schema["description"])
	}
	b.WriteString("\n")
	data, err := os.ReadFile(fieldsFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), beginFields)
	_, after, ok2 := strings.Cut(rest, endFields)
	if !ok || !ok2 {
		t.Fatalf("%s has no part between the marks for fields", fieldsFile)
	}
	want := before + beginFields + b.String() + endFields + after
	if *update {
		if err := os.WriteFile(fieldsFile, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("docs/snapshot.md is not what the schema says; run make fields\n%s", diff)
	}
	for _, name := range report.Fields() {
		_, side, sided := strings.Cut(name, "_")
		if !strings.Contains(string(data), "| `"+name+"` |") && !(sided && strings.Contains(string(data), "| `*_"+side+"` |")) {
			t.Errorf("docs/snapshot.md does not have the column %s", name)
		}
	}
}

func typeOf(s node) string {
	one := func(s map[string]any) string {
		if ref, ok := s["$ref"].(string); ok {
			name := strings.TrimPrefix(ref, "#/$defs/")
			return fmt.Sprintf("[%s](#%s)", name, name)
		}
		switch t := s["type"].(type) {
		case string:
			return t
		case []any:
			return fmt.Sprintf("%v or null", t[0])
		}
		return "string"
	}
	if options, ok := s["anyOf"].([]any); ok {
		return one(options[0].(map[string]any)) + " or null"
	}
	if items, ok := s["items"].(map[string]any); ok {
		of := "array of " + one(items)
		if _, nullable := s["type"].([]any); nullable {
			of += " or null"
		}
		return of
	}
	return one(s)
}
