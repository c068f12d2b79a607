package awspoll

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// Descriptor describes an AWS source to the program: what every source registers, and what is AWS's. Its own Identities and Open
// stand for those of the [sources.Descriptor].
type Descriptor struct {
	sources.Descriptor
	// Identities lists the names of a side of the move before the source is opened; nil for
	// other sources. Of a monitoring account, linked is set.
	Identities func(ctx context.Context, access *awsaccess.Config, linked bool) ([]migration.Identity, error)
	// Open makes the source of one account and region; nil for what is read on demand only.
	Open func(ctx context.Context, access *awsaccess.Config, env *Env) (sources.Source, error)
	// Questions are what doctor asks, once each; nil for nothing.
	Questions func(ctx context.Context, env *Env) ([]awsaccess.Question, error)
}

// Env is what the program gives an AWS source.
type Env struct {
	*sources.Env
	Timing Timing
}

func env(e *sources.Env) *Env {
	return &Env{Env: e, Timing: Timing{Clock: e.Clock, Cadence: e.Cadence}}
}

var asked struct {
	sync.Mutex
	questions map[string]func(context.Context, *Env) ([]awsaccess.Question, error)
}

// Register adds an AWS source. See [sources.Register].
func Register(d Descriptor) {
	one := d.Descriptor
	one.System = sources.AWS
	if d.Identities != nil {
		one.Identities = func(ctx context.Context, a sources.Access, e *sources.Env) ([]migration.Identity, error) {
			access, err := configOf(a)
			if err != nil {
				return nil, err
			}
			return d.Identities(ctx, access, e.Linked)
		}
	}
	if d.Open != nil {
		one.Open = func(ctx context.Context, a sources.Access, e *sources.Env) (sources.Source, error) {
			access, err := configOf(a)
			if err != nil {
				return nil, err
			}
			return d.Open(ctx, access, env(e))
		}
	}
	sources.Register(one)
	asked.Lock()
	defer asked.Unlock()
	if asked.questions == nil {
		asked.questions = map[string]func(context.Context, *Env) ([]awsaccess.Question, error){}
	}
	if d.Questions != nil {
		asked.questions[d.Name] = d.Questions
	}
}

func configOf(a sources.Access) (*awsaccess.Config, error) {
	access, ok := a.(*awsaccess.Config)
	if !ok {
		return nil, fmt.Errorf("awspoll: access to AWS is a %T", a)
	}
	return access, nil
}

// Questions are what doctor asks for a source in an account and region, none for a source that has no question or reads another
// system.
func Questions(ctx context.Context, name string, e *sources.Env) ([]awsaccess.Question, error) {
	asked.Lock()
	ask := asked.questions[name]
	asked.Unlock()
	if ask == nil {
		return nil, nil
	}
	return ask(ctx, env(e))
}

// Features returns the statements of the IAM policy that all sources together need.
func Features() []awsaccess.Feature {
	var out []awsaccess.Feature
	for _, d := range sources.Registered() {
		p := d.Permissions
		if p.Statement == "" {
			continue
		}
		at := slices.IndexFunc(out, func(f awsaccess.Feature) bool { return f.Sid == p.Statement })
		if at < 0 {
			out = append(out, awsaccess.Feature{Sid: p.Statement, Actions: slices.Clone(p.Actions)})
			continue
		}
		out[at].Actions = append(out[at].Actions, p.Actions...)
	}
	return out
}
