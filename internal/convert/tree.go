package convert

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// object is a JSON or YAML mapping whose members keep their order, so that output is
// readable and the same bytes every time. Values are object, []any, string, bool, int64,
// json.Number and nil.
type object []member

type member struct {
	key   string
	value any
}

// with appends a member, unless its value is empty.
func (o object) with(key string, value any) object {
	switch v := value.(type) {
	case nil:
		return o
	case string:
		if v == "" {
			return o
		}
	case object:
		if len(v) == 0 {
			return o
		}
	case []any:
		if len(v) == 0 {
			return o
		}
	}
	return append(o, member{key, value})
}

// get finds a member by its key and ignores the case, as IAM does.
func (o object) get(key string) (any, bool) {
	if i := o.find(key); i >= 0 {
		return o[i].value, true
	}
	return nil, false
}

func (o object) find(key string) int {
	for i := range o {
		if strings.EqualFold(o[i].key, key) {
			return i
		}
	}
	return -1
}

// set replaces a member's value in a copy, or appends the member.
func (o object) set(key string, value any) object {
	out := append(object{}, o...)
	if i := out.find(key); i >= 0 {
		out[i].value = value
		return out
	}
	return append(out, member{key, value})
}

// without is a copy without a member.
func (o object) without(key string) object {
	out := make(object, 0, len(o))
	for _, m := range o {
		if !strings.EqualFold(m.key, key) {
			out = append(out, m)
		}
	}
	return out
}

// annotated is the metadata of an object with one annotation more.
func annotated(meta object, key, value string) object {
	notes, _ := meta.get("annotations")
	annotations, _ := notes.(object)
	return meta.set("annotations", annotations.set(key, value))
}

// strs is a list of texts as a list of anything.
func strs(texts []string) []any {
	out := make([]any, len(texts))
	for i, t := range texts {
		out[i] = t
	}
	return out
}

// maxDepth bounds how deep a document may nest.
const maxDepth = 40

// parseTree reads exactly one JSON value. Objects keep their order. An object with a
// duplicate key is refused, since it is unclear which one counts.
func parseTree(text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("it is no UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := parseValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the document")
	}
	return v, nil
}

func parseValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("it nests too deep")
	}
	t, err := d.Token()
	if err != nil {
		return nil, fmt.Errorf("it is no JSON: %w", err)
	}
	switch t {
	case json.Delim('{'):
		o := object{}
		for d.More() {
			k, err := d.Token()
			if err != nil {
				return nil, fmt.Errorf("it is no JSON: %w", err)
			}
			key := k.(string) // the decoder lets nothing else pass
			if o.find(key) >= 0 {
				return nil, fmt.Errorf("it has the key %q twice", key)
			}
			v, err := parseValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			o = append(o, member{key, v})
		}
		_, err = d.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := parseValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	return t, nil
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := plainJSON(&out, m.key); err != nil {
			return nil, err
		}
		out.WriteByte(':')
		if err := plainJSON(&out, m.value); err != nil {
			return nil, err
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// plainJSON writes without the escapes that only HTML needs.
func plainJSON(out *bytes.Buffer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	out.Truncate(out.Len() - 1) // Encode ends the line
	return nil
}

// indented is a value as JSON on several lines.
func indented(v any) string {
	var plain, out bytes.Buffer
	if err := plainJSON(&plain, v); err != nil {
		return "" // the values of this package always encode
	}
	if err := json.Indent(&out, plain.Bytes(), "", "  "); err != nil {
		return ""
	}
	return out.String()
}
