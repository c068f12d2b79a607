package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

// poll asks one source for as long as ctx lasts: at its cadence, never twice at
// once, later and later while it fails, and at once when somebody asks.
func (m *Engine) poll(ctx context.Context, src sources.Source, wake <-chan struct{}) {
	for failures := 0; ; {
		began := m.opts.Clock.Now()
		m.mu.Lock()
		focus := m.focus
		focus.Pace, focus.Spot = m.pace, m.spot
		m.mu.Unlock()
		batch, err := sources.Stream(ctx, src, focus, func(part migration.Batch) {
			select {
			case m.batches <- pollResult{source: src.Name(), batch: part, part: true}:
			case <-ctx.Done():
			}
		})
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			failures++
			m.log.Warn("poll failed", "source", src.Name(), "failures", failures, "error", err)
		} else {
			failures = 0
		}
		select {
		case m.batches <- pollResult{source: src.Name(), batch: batch, err: err}:
		case <-ctx.Done():
			return
		}
		select { // a wish from while this poll ran is fulfilled
		case <-wake:
		default:
		}
		wait := backoff(src.Cadence(), failures, err)
		if failures > 0 {
			wait += time.Duration((m.opts.Random() - 0.5) * 0.2 * float64(wait))
		}
		wait = max(wait-m.opts.Clock.Now().Sub(began), minWait)
		wish := wake
		if throttled(batch, err) {
			wish = nil // who is asked too often is not asked sooner; the next poll fulfils it
		}
		timer, stop := m.opts.Clock.After(wait)
		select {
		case <-timer:
		case <-wish:
		case <-ctx.Done():
		}
		stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// throttled reports whether a poll was throttled.
func throttled(batch migration.Batch, err error) bool {
	is := func(p *migration.Problem) bool { return p != nil && p.Fault == migration.FaultThrottled }
	if p, ok := errors.AsType[*migration.Problem](err); ok && is(p) {
		return true
	}
	return slices.ContainsFunc(batch.Health, func(h migration.Health) bool { return is(h.Problem) })
}

// minWait keeps a source whose poll takes longer than its cadence from being
// asked without a pause; maxWait is how late a failing one is asked again.
const (
	minWait = time.Second
	maxWait = 5 * time.Minute
)

// backoff is the time from one poll to the next: the cadence, doubled with each
// failure in a row up to maxWait. A throttled source slows its cadence itself,
// which is not done twice. The caller adds a tenth of chance, so that many
// migtops do not ask in step.
func backoff(cadence time.Duration, failures int, err error) time.Duration {
	var p *migration.Problem
	if failures == 0 || (errors.As(err, &p) && p.Fault == migration.FaultThrottled) {
		return cadence
	}
	wait := cadence
	for range failures {
		if wait *= 2; wait >= maxWait {
			wait = max(maxWait, cadence)
			break
		}
	}
	return wait
}
