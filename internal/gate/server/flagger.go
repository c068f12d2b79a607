package server

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/migtop/migtop/internal/gate"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
	"github.com/migtop/migtop/internal/text"
)

// The webhooks of Flagger that a verdict can answer. Flagger takes 200 to 202 for yes and everything else for no. A no of these
// hooks waits; a no of its pre-rollout and rollout hooks counts as a failed check, and after some of them Flagger rolls back.
const (
	confirmRollout  = "confirm-rollout"
	confirmIncrease = "confirm-traffic-increase"
	confirmPromote  = "confirm-promotion"
	rollback        = "rollback"
)

// payload is what Flagger sends, as far as it matters here.
type payload struct {
	Name, Namespace, Phase string
	Checksum               string // of the canary's revision
}

// flagger answers a webhook: yes to the confirmations for promote, yes to the rollback for roll back, and no to everything else.
func (s *Server) flagger(w http.ResponseWriter, r *http.Request) {
	var sent payload
	body, err := io.ReadAll(r.Body)
	if err == nil && len(body) > 0 {
		err = json.Unmarshal(body, &sent)
	}
	if err != nil {
		refuse(w, fmt.Errorf("%w: the body is not the JSON object that Flagger sends: %w", errRequest, err))
		return
	}
	hook, yes := r.PathValue("hook"), gate.Promote
	switch hook {
	case confirmRollout, confirmIncrease, confirmPromote:
	case rollback:
		yes = gate.RollBack
	default:
		say(w, http.StatusNotFound, fmt.Sprintf("no webhook %q: there are %s. A failed hook of another type rolls back", hook,
			strings.Join([]string{confirmRollout, confirmIncrease, confirmPromote, rollback}, ", ")))
		return
	}
	result, err := s.ask(r)
	if err != nil {
		refuse(w, err)
		return
	}
	status, why := http.StatusForbidden, result.Reason
	switch {
	case result.Gate == gate.NoData:
		status = http.StatusServiceUnavailable
	case result.Gate != yes:
	case hook == confirmIncrease:
		if why = s.increases.allow(r.URL.Path, sent.Checksum, result, s.opts.Clock.Now()); why == "" {
			status, why = http.StatusOK, result.Reason
		}
	default:
		status = http.StatusOK
	}
	s.opts.Logger.Info("webhook of Flagger", "hook", hook, "path", r.URL.Path, "canary", text.Cut(sent.Namespace+"/"+sent.Name, 200),
		"phase", text.Cut(sent.Phase, 40), "gate", result.Gate, "status", status, "reason", why)
	say(w, status, report.GateWord(result.Gate)+": "+text.OneLine(why))
}

const (
	// settle is how many final minutes after an increase show that the share did not change. A new share of a tenant with
	// little traffic is seen late: it takes at least ten minutes with runs, and 20 runs.
	settle = time.Hour
	// startSettle is how long after the start a share that was allowed just before would be seen.
	startSettle = 15 * time.Minute
)

// increases lets each step be left once. Flagger asks again an interval after it has raised the weight, and does not say which
// weight it is at; what migtop says then is still the verdict on the step before, since the minutes after it are not final.
type increases struct {
	mu      sync.Mutex
	started time.Time
	last    map[string]increase // by the path that was asked for
}

type increase struct {
	at             time.Time
	step, revision string
}

func newIncreases(now time.Time) *increases {
	return &increases{started: now, last: map[string]increase{}}
}

// allow returns "" and remembers the increase, or why there is none yet.
func (i *increases) allow(path, revision string, r *gate.Result, now time.Time) (why string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	step, before, final := stepOf(r)
	known, from := final, i.started // what is known of the time after an increase
	if before {
		known, from = now, i.started.Add(startSettle)
	}
	last, repeated := i.last[path]
	clockTime := func(t time.Time) string { return t.UTC().Format("15:04 UTC") }
	switch {
	case step == "": // nothing is between its steps
	case !repeated && known.Before(from):
		return fmt.Sprintf("migtop gate started at %s and does not know whether the weight was raised just before: it waits until the "+
			"minutes before are final", clockTime(i.started))
	case !repeated || last.step != step:
	case before && last.revision == revision:
		return fmt.Sprintf("the first share was allowed at %s, and no message was seen on the second platform since", clockTime(last.at))
	case !before && known.Before(last.at.Add(settle)):
		return fmt.Sprintf("leaving this step was allowed at %s; minutes are final to %s, and an hour of them after it is needed to see "+
			"the new share",
			clockTime(last.at), clockTime(final))
	}
	i.last[path] = increase{now, step, revision}
	return ""
}

// stepOf identifies the step that tenants are at, says whether all of them are before their first one, and up to when minutes are
// final for all. It is "" where all tenants are at the end.
func stepOf(r *gate.Result) (step string, before bool, final time.Time) {
	var id strings.Builder
	before = true
	for i := range r.Tenants {
		d := &r.Tenants[i].Cutover.Detail
		switch d.Stage {
		case migration.StageAtEnd:
			continue
		case migration.StageBetween:
			if before || d.FinalTo.Before(final) {
				final = d.FinalTo
			}
			before = false
		case migration.StageBefore:
		}
		fmt.Fprintf(&id, "%q %s %d\n", r.Tenants[i].Tenant, d.Stage, d.StepAt.Unix())
	}
	return id.String(), before, final
}
