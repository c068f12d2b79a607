package logs

import (
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

func init() {
	awspoll.Register(awspoll.Descriptor{
		Name: "logs", Title: "Lambda's logs", Order: 30, // on demand: it has no poll
		Statement: "MigtopReadsLogsOptional", Actions: Actions,
		Questions: func(env awspoll.Env) []awsaccess.Question {
			out := Questions(env.Timing.Clock.Now())
			if env.Linked {
				out = append(out, LinkedQuestion())
			}
			return out
		},
	})
}
