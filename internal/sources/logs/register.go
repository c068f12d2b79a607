package logs

import (
	"context"

	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

func init() {
	awspoll.Register(awspoll.Descriptor{
		Descriptor: sources.Descriptor{
			Name: "logs", Title: "Lambda's logs", Order: 30, // on demand: it has no poll
			Permissions: sources.Permissions{Statement: "MigtopReadsLogsOptional", Actions: Actions},
		},
		Questions: func(_ context.Context, env *awspoll.Env) ([]awsaccess.Question, error) {
			out := Questions(env.Clock.Now())
			if env.Linked {
				out = append(out, LinkedQuestion())
			}
			return out, nil
		},
	})
}
