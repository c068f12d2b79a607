package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

// Name is the source's.
const Name = "kubernetes"

// Settings are what the configuration says of the cluster.
type Settings struct {
	Namespaces    []string // empty for all
	LabelSelector string   // of Jobs and pods
	SpotLabels    []SpotLabel
	Patience      time.Duration // see [Options.Patience]
}

// rules are all that migtop asks a cluster for, read-only.
var rules = []sources.Rule{
	{Resources: []string{"pods", "nodes"}, Verbs: []string{"list", "watch"}},
	{Group: "batch", Resources: []string{"jobs"}, Verbs: []string{"list", "watch"}},
	{Group: "apps", Resources: []string{"daemonsets"}, Verbs: []string{"list"}},
	{Resources: []string{"events", "resourcequotas"}, Verbs: []string{"list"}},
	{Group: "metrics.k8s.io", Resources: []string{"pods"}, Verbs: []string{"list"}},
}

func init() {
	sources.Register(sources.Descriptor{
		Name: Name, Title: "Jobs, pods and nodes", System: sources.Kubernetes, Order: 15,
		Rows:        []string{"jobs", "pods", "nodes", "metrics"},
		Permissions: sources.Permissions{Rules: rules},
		Wanted:      func(env *sources.Env) bool { return env.Move.Has(migration.Jobs) },
		Identities: func(ctx context.Context, access sources.Access, env *sources.Env) ([]migration.Identity, error) {
			o, err := optionsOf(access, env)
			if err != nil {
				return nil, err
			}
			return Identities(ctx, o)
		},
		Check: func(ctx context.Context, access sources.Access, env *sources.Env) ([]migration.Health, error) {
			o, err := optionsOf(access, env)
			if err != nil {
				return nil, err
			}
			return Check(ctx, o)
		},
		Open: func(_ context.Context, access sources.Access, env *sources.Env) (sources.Source, error) {
			o, err := optionsOf(access, env)
			if err != nil {
				return nil, err
			}
			return New(o)
		},
	})
}

// optionsOf are a source's options in the program.
func optionsOf(access sources.Access, env *sources.Env) (Options, error) {
	connection, ok := access.(*Connection)
	if !ok {
		return Options{}, fmt.Errorf("jobs: access to a cluster is a %T", access)
	}
	s := sources.SettingsOf[Settings](env)
	o := Options{
		Connection: connection, Namespaces: s.Namespaces, LabelSelector: s.LabelSelector, SpotLabels: s.SpotLabels, Patience: s.Patience,
		Cadence: env.Cadence, Once: env.Once, Clock: env.Clock, Logger: env.Logger,
	}
	if env.Names != nil {
		o.Attribute = env.Names.Attribute
	}
	return o, nil
}
