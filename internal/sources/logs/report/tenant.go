package report

import (
	"encoding/json"
	"errors"
	"fmt"
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

// placeholder is where the tenant stands in a pattern.
const placeholder = "{tenant}"

// NewJoin makes a Join of a field or of a pattern such as "tenant={tenant};", of
// which exactly one is given. Its error says what is wrong with them.
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
// where it does not name both.
func (j Join) Tenant(line string) (requestID, tenant string, ok bool) {
	if len(line) > maxLine {
		return "", "", false
	}
	if j.Field != "" {
		requestID, tenant = j.fromJSON(line)
	} else if j.before != "" {
		requestID, tenant = firstID(line), j.between(line)
	}
	ok = requestID != "" && tenant != "" && len(tenant) <= longestTenant && !strings.ContainsAny(tenant, "\n\r\t")
	return requestID, tenant, ok
}

// between is what stands in a text line where the pattern has its placeholder: up
// to what follows there, or as far as a name goes.
func (j Join) between(line string) string {
	_, rest, found := strings.Cut(line, j.before)
	if !found {
		return ""
	}
	if j.after != "" {
		name, _, closed := strings.Cut(rest, j.after)
		if !closed {
			return ""
		}
		return name
	}
	end := strings.IndexFunc(rest, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_' || r == '.' || r == ':' || r == '@')
	})
	if end >= 0 {
		rest = rest[:end]
	}
	return rest
}

// requestFields are where logging libraries put the request id.
var requestFields = [...]string{
	"requestId", "function_request_id", "AWSRequestId", "awsRequestId", "aws_request_id", "request_id", "lambdaRequestId",
}

// fromJSON reads a JSON line, or the JSON value at the end of a text line.
func (j Join) fromJSON(line string) (requestID, tenant string) {
	at := strings.IndexByte(line, '{')
	if at < 0 {
		return "", ""
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal([]byte(strings.TrimSpace(line[at:])), &fields) != nil {
		return "", ""
	}
	tenant = textAt(fields, j.Field)
	for _, name := range requestFields {
		if requestID = textAt(fields, name); isID(requestID) {
			return requestID, tenant
		}
	}
	return firstID(line[:at]), tenant // in front of the value, as the Node.js runtime writes it
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
