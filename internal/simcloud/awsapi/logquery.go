package awsapi

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// compiledQuery is a query of the only form that is simulated:
//
//	fields FIELD, ... | filter COND or COND ... | sort @timestamp asc | limit N
//
// with COND of the form @message like "text" or @message like /regular expression/.
// Everything else is refused as malformed.
type compiledQuery struct {
	fields     []string
	conditions []func(string) bool
	limit      int
}

// defaultLimit is how many rows there are where a query does not say.
// Source: CloudWatch Logs Insights query syntax, "limit".
const defaultLimit = 10_000

// logFields are what every event of a log has.
var logFields = []string{"@timestamp", "@message", "@logStream", "@log"}

func compileQuery(text string) (*compiledQuery, error) {
	if len(text) > queryStringLimit {
		return nil, fmt.Errorf("a query has at most %d characters", queryStringLimit)
	}
	q := &compiledQuery{limit: defaultLimit}
	commands := splitOutside(text, '|')
	order := []string{"fields", "filter", "sort", "limit"}
	at := 0
	for _, command := range commands {
		name, rest, _ := strings.Cut(strings.TrimSpace(command), " ")
		next := slices.Index(order[at:], name)
		if next < 0 {
			return nil, fmt.Errorf("unexpected symbol found %s: the simulated account takes fields, filter, sort and limit, each once and in "+
				"this order", name)
		}
		at += next + 1
		if err := q.command(name, strings.TrimSpace(rest)); err != nil {
			return nil, err
		}
	}
	if len(q.fields) == 0 {
		return nil, errors.New("the simulated account needs a fields command")
	}
	return q, nil
}

func (q *compiledQuery) command(name, rest string) error {
	switch name {
	case "fields":
		for field := range strings.SplitSeq(rest, ",") {
			if field = strings.TrimSpace(field); !slices.Contains(logFields, field) {
				return fmt.Errorf("the simulated account knows no field %s", field)
			}
			q.fields = append(q.fields, field)
		}
	case "filter":
		for _, condition := range splitWords(rest, " or ") {
			matches, err := compileCondition(strings.TrimSpace(condition))
			if err != nil {
				return err
			}
			q.conditions = append(q.conditions, matches)
		}
	case "sort":
		if rest != "@timestamp asc" {
			return fmt.Errorf("the simulated account sorts by @timestamp asc, not by %s", rest)
		}
	case "limit":
		n, err := strconv.Atoi(rest)
		if err != nil || n < 1 || n > rowsPerQuery {
			return fmt.Errorf("limit %s: want 1 to %d", rest, rowsPerQuery)
		}
		q.limit = n
	}
	return nil
}

func compileCondition(condition string) (func(string) bool, error) {
	what, ok := strings.CutPrefix(condition, "@message like ")
	switch {
	case ok && len(what) >= 3 && what[0] == '"' && what[len(what)-1] == '"' && !strings.Contains(what[1:len(what)-1], `"`):
		text := what[1 : len(what)-1]
		return func(s string) bool { return strings.Contains(s, text) }, nil
	case ok && len(what) >= 3 && what[0] == '/' && what[len(what)-1] == '/':
		re, err := regexp.Compile(what[1 : len(what)-1])
		if err != nil {
			return nil, fmt.Errorf("invalid regular expression: %w", err)
		}
		return re.MatchString, nil
	}
	return nil, fmt.Errorf("the simulated account does not understand the condition %s", condition)
}

// splitOutside splits at a separator that stands in no quotes and no slashes.
func splitOutside(s string, sep byte) []string {
	var out []string
	start := 0
	var within byte
	for i := range len(s) {
		switch c := s[i]; {
		case within != 0:
			if c == within && s[i-1] != '\\' {
				within = 0
			}
		case c == '"' || c == '/':
			within = c
		case c == sep:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

// splitWords splits at a word that stands in no quotes and no slashes.
func splitWords(s, word string) []string {
	// A byte that no query has marks the places.
	const mark = "\x00"
	var out strings.Builder
	var within byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case within != 0:
			if c == within && s[i-1] != '\\' {
				within = 0
			}
		case c == '"' || c == '/':
			within = c
		case strings.HasPrefix(s[i:], word):
			out.WriteString(mark)
			i += len(word) - 1
			continue
		}
		out.WriteByte(c)
	}
	return strings.Split(out.String(), mark)
}

func (q *compiledQuery) matches(message string) bool {
	return len(q.conditions) == 0 || slices.ContainsFunc(q.conditions, func(is func(string) bool) bool { return is(message) })
}

// foundEvent is an event with its group.
type foundEvent struct {
	group accountGroup
	LogEvent
}

// rows are the results: the oldest first, up to the limit.
func (q *compiledQuery) rows(found []foundEvent) [][]resultField {
	slices.SortStableFunc(found, func(a, b foundEvent) int { return a.At.Compare(b.At) })
	if len(found) > q.limit {
		found = found[:q.limit]
	}
	rows := make([][]resultField, len(found))
	for i := range found {
		e := &found[i]
		for _, field := range q.fields {
			value := ""
			switch field {
			case "@timestamp":
				value = e.At.UTC().Format("2006-01-02 15:04:05.000")
			case "@message":
				value = e.Message
			case "@logStream":
				value = e.Stream
			case "@log":
				value = e.group.of.cfg.Account.ID() + ":" + e.group.name
			}
			rows[i] = append(rows[i], resultField{field, value})
		}
		rows[i] = append(rows[i], resultField{"@ptr", "ptr-" + strconv.Itoa(i)})
	}
	return rows
}
