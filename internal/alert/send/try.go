package send

import (
	"context"
	"encoding/json"
	"time"

	"github.com/migtop/migtop/internal/alert"
	"github.com/migtop/migtop/internal/migration"
)

// Trial is what became of one attempt to send an event to an output.
type Trial struct {
	Title   string
	Problem *migration.Problem // nil: it arrived
	// GivenUp says that such an event would not be sent again, and After how long the receiver asks to wait, 0 for nothing.
	GivenUp bool
	After   time.Duration
	Took    time.Duration
}

// Try sends an event to each output once, without the history.
func Try(ctx context.Context, all []alert.Output, env Env, event *alert.Event) []Trial {
	env = env.withDefaults()
	body, err := json.Marshal(event)
	if err != nil { // no field of it can fail
		panic("send: " + err.Error())
	}
	out := make([]Trial, 0, len(all))
	for _, o := range outputs(all, env) {
		began := env.Now()
		a := o.send(ctx, event.ID, body)
		out = append(out, Trial{Title: o.title, Problem: a.problem, GivenUp: a.giveUp, After: a.after, Took: env.Now().Sub(began)})
	}
	return out
}
