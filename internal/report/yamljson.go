package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// writeYAML writes a value as YAML with the keys and values that its JSON has.
func writeYAML(w io.Writer, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	in := json.NewDecoder(bytes.NewReader(data))
	in.UseNumber()
	return write(w, func(out *bufio.Writer) error { return copyJSON(in, &yamlSink{w: out}) })
}

// copyJSON reads a JSON document and writes it into a sink.
func copyJSON(in *json.Decoder, out sink) error {
	type level struct {
		array bool
		key   string // read, with its value to come
		keyed bool
	}
	var stack []level
	for {
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		key := ""
		if n := len(stack); n > 0 && !stack[n-1].array {
			if text, ok := token.(string); ok && !stack[n-1].keyed {
				stack[n-1].key, stack[n-1].keyed = text, true
				continue
			}
			key, stack[n-1].keyed = stack[n-1].key, false
		}
		switch t := token.(type) {
		case json.Delim:
			switch t {
			case '{':
				out.object(key)
				stack = append(stack, level{})
			case '[':
				out.array(key)
				stack = append(stack, level{array: true})
			default:
				out.end()
				stack = stack[:len(stack)-1]
			}
		case string:
			out.text(key, t)
		case json.Number:
			out.literal(key, []byte(t))
		case bool:
			out.literal(key, map[bool][]byte{true: []byte("true"), false: []byte("false")}[t])
		case nil:
			out.literal(key, []byte("null"))
		}
	}
}
