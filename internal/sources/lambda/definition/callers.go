package definition

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

// words is one text or a list of texts, as IAM's policies have both.
type words []string

// UnmarshalJSON reads either form.
func (w *words) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*w = words{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(w))
}

// list is one value or a list of values.
type list[T any] []T

// UnmarshalJSON reads either form.
func (l *list[T]) UnmarshalJSON(b []byte) error {
	if text := strings.TrimSpace(string(b)); strings.HasPrefix(text, "[") {
		return json.Unmarshal(b, (*[]T)(l))
	}
	var one T
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	*l = list[T]{one}
	return nil
}

// callers reads the policy of a function: who may call it, and on whose behalf. Statements
// that deny are left out.
func callers(policy, qualifier string) ([]migration.FunctionCaller, error) {
	var document struct {
		Statement list[struct {
			Effect    string
			Principal json.RawMessage
			Condition map[string]map[string]words
		}]
	}
	if err := json.Unmarshal([]byte(policy), &document); err != nil {
		return nil, fmt.Errorf("it is no policy: %w", err)
	}
	var all []migration.FunctionCaller
	for _, s := range document.Statement {
		if s.Effect != "Allow" {
			continue
		}
		principals, err := principalsOf(s.Principal)
		if err != nil {
			return nil, err
		}
		source := sourceOf(s.Condition)
		for _, p := range principals {
			all = append(all, migration.FunctionCaller{Principal: p, Source: source, Qualifier: qualifier})
		}
	}
	return all, nil
}

// principalsOf reads "*", {"Service": ...}, {"AWS": [...]} and the like.
func principalsOf(raw json.RawMessage) ([]string, error) {
	if len(raw) == 0 {
		return nil, errors.New("a statement has no principal")
	}
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}, nil
	}
	var kinds map[string]words
	if err := json.Unmarshal(raw, &kinds); err != nil {
		return nil, fmt.Errorf("a principal is neither text nor kinds: %w", err)
	}
	var all []string
	for _, p := range kinds {
		all = append(all, p...)
	}
	slices.Sort(all)
	return all, nil
}

// sourceOf is the ARN that the calls must come from, whatever the operator.
func sourceOf(conditions map[string]map[string]words) string {
	var found []string
	for _, keys := range conditions {
		for key, values := range keys {
			if strings.EqualFold(key, "aws:SourceArn") {
				found = append(found, values...)
			}
		}
	}
	slices.Sort(found)
	return strings.Join(found, ", ")
}
