package runfile

import (
	"fmt"
	"strings"
)

// sample is one line of OpenMetrics: name{label="value",...} value timestamp.
type sample struct {
	name, value, timestamp string
	labels                 map[string]string
}

// parseSample reads one. An exemplar after " # " is left out.
func parseSample(line string) (sample, error) {
	s := sample{labels: map[string]string{}}
	end := strings.IndexAny(line, "{ \t")
	if end <= 0 {
		return s, fmt.Errorf("want name{labels} value, got %q", short(line))
	}
	s.name = line[:end]
	for i, c := range s.name {
		if c != '_' && c != ':' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return s, fmt.Errorf("%q is no name of a metric", short(s.name))
		}
	}
	rest := line[end:]
	if rest[0] == '{' {
		var err error
		if rest, err = s.parseLabels(rest[1:]); err != nil {
			return s, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	rest, _, _ = strings.Cut(rest, " # ")
	values := strings.Fields(rest)
	if len(values) == 0 || len(values) > 2 {
		return s, fmt.Errorf("%s: want a value and at most a timestamp, got %q", s.name, short(strings.TrimSpace(rest)))
	}
	s.value = values[0]
	if len(values) == 2 {
		s.timestamp = values[1]
	}
	return s, nil
}

// parseLabels reads name="value" pairs up to the brace, and returns the rest of the line.
func (s *sample) parseLabels(rest string) (string, error) {
	for {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			return "", fmt.Errorf("the labels do not end with }")
		}
		if rest[0] == '}' {
			return rest[1:], nil
		}
		name, after, ok := strings.Cut(rest, "=")
		after = strings.TrimLeft(after, " \t")
		if name = strings.TrimSpace(name); !ok || name == "" || after == "" || after[0] != '"' {
			return "", fmt.Errorf("want labels as name=\"value\", got %q", short(rest))
		}
		value, n, err := unquote(after[1:])
		if err != nil {
			return "", fmt.Errorf("label %s: %w", short(name), err)
		}
		if _, again := s.labels[name]; again {
			return "", fmt.Errorf("label %s occurs twice", short(name))
		}
		s.labels[name] = value
		rest = after[1+n:]
	}
}

// unquote reads up to the closing quote, and says how long that was with it.
func unquote(s string) (string, int, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"':
			return b.String(), i + 1, nil
		case '\\':
			i++
			if i == len(s) {
				return "", 0, fmt.Errorf("ends within an escape")
			}
			switch s[i] {
			case 'n':
				b.WriteByte('\n')
			case '\\', '"':
				b.WriteByte(s[i])
			default:
				b.WriteByte('\\')
				b.WriteByte(s[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, fmt.Errorf("does not end with a quote")
}
