package engine

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// What is kept of a poll has the poll's scope, and a linked account stands behind it.
func TestScopeOfABatchIsKept(t *testing.T) {
	const scope = "prod eu-west-1"
	for _, c := range []struct{ account, want string }{{"", scope}, {"222222222222", scope + " 222222222222"}} {
		s := newTestState(noon, time.Hour)
		a, day := minute(noon.Add(-time.Minute), 1), lambdaDay("acme", date(3), 10)
		a.Scope, day.Scope = c.account, c.account
		b := migration.Batch{
			Scope: scope, Activities: []migration.Activity{a, day},
			Functions: []migration.Function{{Key: acme, Name: "acme-thumbnails"}},
			Health:    []migration.Health{{Source: "cloudwatch", State: migration.HealthOK}},
		}
		b.Add(migration.QueuePoll{
			Queues:  []migration.Queue{{Name: "q", Tenant: "acme"}},
			Buckets: []migration.QueueBucket{{Queue: "q", Start: noon.Add(-time.Minute), Span: time.Minute}},
		})
		b.Add(migration.LogDeliveries{{Group: "/aws/lambda/x"}})
		s.absorb(pollResult{source: "lambda " + scope, batch: b})

		for stream := range s.store.Series {
			if stream.Scope != c.want {
				t.Errorf("stream in scope %q, want %q", stream.Scope, c.want)
			}
		}
		queue := migration.Queue{Name: "q", Scope: scope}
		for what, got := range map[string]string{
			"function": s.functions[0].Scope, "queue": s.queues.Queues[0].Scope,
			"log delivery": s.arrivals.bySource["lambda "+scope][0].Scope, "health": s.health[len(s.health)-1].Rows[0].Scope,
		} {
			if got != scope {
				t.Errorf("%s in scope %q, want %q", what, got, scope)
			}
		}
		if got := s.days.daily[date(3).Unix()]["acme"]; len(got) != 1 || got[0].Scope != c.want {
			t.Errorf("days %+v", got)
		}
		if n := len(s.queues.Within(&queue, noon.Add(-time.Hour), noon)); n != 1 {
			t.Errorf("%d buckets of the queue", n)
		}
	}
}

// foreign is a payload that no feature absorbs.
type foreign struct{}

func (foreign) Feature() string { return "foreign" }

// A payload without a feature is logged, and the next one is absorbed all the same.
func TestPayloadWithoutAFeature(t *testing.T) {
	var log bytes.Buffer
	s := newTestState(noon, time.Hour)
	s.opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
	b := migration.Batch{Payloads: []migration.Payload{foreign{}, migration.LogDeliveries{{Group: "/x"}}}}
	s.absorb(pollResult{source: "a", batch: b})
	if !strings.Contains(log.String(), "feature=foreign") || len(s.arrivals.bySource["a"]) != 1 {
		t.Errorf("absorbed %+v, log %q", s.arrivals.bySource, log.String())
	}
}
