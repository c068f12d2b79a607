package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// Join says how a line of the function's own names the tenant of its run: a field
// of a JSON line, or a pattern of a text line. The zero value names none.
type Join struct {
	// Field is the path of a field, its parts separated by dots: "tenant_id",
	// "detail.tenant".
	Field string
	// before and after enclose the tenant in a line.
	before, after string
}

// placeholder marks the tenant in a pattern.
const placeholder = "{tenant}"

// NewJoin returns a Join by a field, or by a pattern such as "tenant={tenant};". Exactly one of the two is set. The error
// says what is wrong with them.
func NewJoin(field, pattern string) (Join, error) {
	switch {
	case (field == "") == (pattern == ""):
		return Join{}, errors.New("want either a field or a pattern")
	case field != "":
		for part := range strings.SplitSeq(field, ".") {
			if part == "" || strings.ContainsAny(part, "\"\\/ \t\n") {
				return Join{}, fmt.Errorf("%q is no path of a JSON field: want a name such as tenant_id or detail.tenant", field)
			}
		}
		return Join{Field: field}, nil
	}
	before, after, ok := strings.Cut(pattern, placeholder)
	if !ok || strings.Contains(after, placeholder) {
		return Join{}, fmt.Errorf("the pattern %q does not say once where the tenant is: want %s in it", pattern, placeholder)
	}
	if strings.TrimSpace(before) == "" || strings.ContainsAny(before, "\"\\\n") {
		return Join{}, fmt.Errorf("the pattern %q needs plain text before %s, to find the lines by", pattern, placeholder)
	}
	return Join{before: before, after: after}, nil
}

// IsZero reports whether there is nothing to join by.
func (j Join) IsZero() bool { return j.Field == "" && j.before == "" }

// Marker is text that every line has that the join can read.
func (j Join) Marker() string {
	if j.Field != "" {
		return j.Field[strings.LastIndexByte(j.Field, '.')+1:]
	}
	return j.before
}

// longestTenant bounds a name, in bytes.
const longestTenant = 256

// Tenant reads which tenant a line names, and the request that it belongs to; false
// where it does not name both. What else the line is does not matter: it may be text or
// JSON, of one line or several, and begin with anything.
func (j Join) Tenant(line string) (requestID, tenant string, ok bool) {
	if len(line) > maxLine || j.IsZero() {
		return "", "", false
	}
	if j.Field != "" {
		requestID, tenant = j.fromJSON(line)
	} else {
		requestID, tenant = j.fromPattern(line)
	}
	return requestID, tenant, requestID != "" && validTenant(tenant)
}

func validTenant(name string) bool {
	return name != "" && len(name) <= longestTenant && !strings.ContainsAny(name, "\n\r\t")
}

// fromPattern reads a line by the pattern. In JSON it reads the texts as they were before they
// were written as JSON, which escapes some characters.
func (j Join) fromPattern(line string) (requestID, tenant string) {
	for fields, before := range objects(line) {
		requestID = requestOf(fields)
		if requestID == "" {
			requestID = firstID(before)
		}
		if requestID == "" {
			requestID = firstID(line)
		}
		if tenant = j.within(fields); tenant != "" {
			return requestID, tenant
		}
		if requestID != "" {
			break
		}
	}
	if requestID == "" {
		requestID = firstID(line)
	}
	return requestID, j.between(line)
}

// within is the tenant that the pattern finds in a text of a JSON object, at any depth; the
// texts are read in the order of their names.
func (j Join) within(fields map[string]json.RawMessage) string {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		raw := fields[name]
		var text string
		var below map[string]json.RawMessage
		switch {
		case json.Unmarshal(raw, &text) == nil:
			if tenant := j.between(text); tenant != "" {
				return tenant
			}
		case json.Unmarshal(raw, &below) == nil:
			if tenant := j.within(below); tenant != "" {
				return tenant
			}
		}
	}
	return ""
}

// between returns the text at the placeholder of the pattern: up to the text that follows it, or as long as the
// characters are valid in a name. The first match with a name counts.
func (j Join) between(text string) string {
	for {
		_, rest, found := strings.Cut(text, j.before)
		if !found {
			return ""
		}
		name := rest[:len(rest)-len(strings.TrimLeftFunc(rest, inName))]
		if j.after != "" {
			var closed bool
			if name, _, closed = strings.Cut(rest, j.after); !closed {
				return ""
			}
		}
		if validTenant(name) {
			return name
		}
		text = rest
	}
}

// inName reports whether a character is one of a name without an end of its own.
func inName(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("-_.:@", r)
}

// requestFields are where logging libraries put the request id.
var requestFields = [...]string{
	"requestId", "function_request_id", "AWSRequestId", "awsRequestId", "aws_request_id", "request_id", "lambdaRequestId",
}

// fromJSON reads JSON values in a line, the first that has the field.
func (j Join) fromJSON(line string) (requestID, tenant string) {
	for fields, before := range objects(line) {
		if tenant = textAt(fields, j.Field); tenant == "" {
			continue
		}
		if requestID = requestOf(fields); requestID == "" {
			requestID = firstID(before) // in front of the value, as the Node.js runtime writes it
		}
		return requestID, tenant
	}
	return "", ""
}

// requestOf is the request id that a JSON object names; "" where it names none.
func requestOf(fields map[string]json.RawMessage) string {
	for _, name := range requestFields {
		if id := textAt(fields, name); isID(id) {
			return id
		}
	}
	return ""
}

// mostObjects bounds how many places of a line are tried for JSON.
const mostObjects = 64

// objects returns the JSON objects in a line, each with the text before it.
func objects(line string) iter.Seq2[map[string]json.RawMessage, string] {
	return func(yield func(map[string]json.RawMessage, string) bool) {
		for from, tried := 0, 0; tried < mostObjects; tried++ {
			at := strings.IndexByte(line[from:], '{')
			if at < 0 {
				return
			}
			at += from
			from = at + 1
			var fields map[string]json.RawMessage
			d := json.NewDecoder(strings.NewReader(line[at:]))
			if d.Decode(&fields) != nil {
				continue
			}
			if !yield(fields, line[:at]) {
				return
			}
			from = at + int(d.InputOffset())
		}
	}
}

// textAt is the text or the number at a path; "" where there is neither.
func textAt(fields map[string]json.RawMessage, path string) string {
	name, rest, deeper := strings.Cut(path, ".")
	raw, ok := fields[name]
	if !ok {
		return ""
	}
	if deeper {
		var below map[string]json.RawMessage
		var text string
		if json.Unmarshal(raw, &text) == nil { // a message that is JSON itself
			raw = json.RawMessage(text)
		}
		if json.Unmarshal(raw, &below) != nil {
			return ""
		}
		return textAt(below, rest)
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	return ""
}

// firstID is the first UUID in a line, which is how runtimes write request ids.
func firstID(line string) string {
	const length = len("00000000-0000-0000-0000-000000000000")
	for i := 0; i+length <= len(line); i++ {
		if isUUID(line[i : i+length]) {
			return line[i : i+length]
		}
	}
	return ""
}

func isUUID(s string) bool {
	for i := range len(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (s[i] == '-') {
			return false
		}
	}
	return isID(s)
}
