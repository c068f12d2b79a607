package spot

import (
	"context"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

func init() {
	awspoll.Register(awspoll.Descriptor{
		Descriptor: sources.Descriptor{
			Name: Name, Title: "Spot prices of the cluster's nodes", Order: 60,
			Permissions: sources.Permissions{Statement: "MigtopReadsSpotPricesOptional", Actions: []string{action}},
			Wanted:      func(env *sources.Env) bool { return env.Move.Has(migration.Jobs) },
		},
		Open: func(_ context.Context, access *awsaccess.Config, env *awspoll.Env) (sources.Source, error) {
			return New(access, env.Timing)
		},
		Questions: func(context.Context, *awspoll.Env) ([]awsaccess.Question, error) { return Questions(), nil },
	})
}
