package awspoll

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// Sources that share a statement are one in the policy, and doctor gets each one's questions.
func TestRegister(t *testing.T) {
	one := func(name string, order int, statement string, actions ...string) sources.Descriptor {
		return sources.Descriptor{Name: name, Order: order, Permissions: sources.Permissions{Statement: statement, Actions: actions}}
	}
	Register(Descriptor{Descriptor: one("second", 2, "A", "a:2")})
	Register(Descriptor{
		Descriptor: one("first", 1, "A", "a:1"),
		Open:       func(context.Context, *awsaccess.Config, *Env) (sources.Source, error) { return nil, nil },
		Questions: func(_ context.Context, e *Env) ([]awsaccess.Question, error) {
			return []awsaccess.Question{{Action: e.Target.Account}}, nil
		},
	})
	Register(Descriptor{Descriptor: one("third", 0, "B", "b:1")})
	want := []awsaccess.Feature{{Sid: "A", Actions: []string{"a:1", "a:2"}}, {Sid: "B", Actions: []string{"b:1"}}}
	if diff := cmp.Diff(want, Features()); diff != "" {
		t.Error(diff)
	}
	env := &sources.Env{}
	env.Target.Account = "prod"
	if got, err := Questions(t.Context(), "first", env); err != nil || len(got) != 1 || got[0].Action != "prod" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := Questions(t.Context(), "second", env); err != nil || got != nil {
		t.Errorf("%+v, %v", got, err)
	}
	// The way into another system is an error, not a panic.
	if src, err := sources.Registered()[0].Open(t.Context(), other{}, env); err == nil {
		t.Errorf("opened %v", src)
	}
}

type other struct{}

func (other) Close() {}
