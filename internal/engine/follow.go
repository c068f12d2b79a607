package engine

import (
	"context"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

// follow polls the sources again that read what the others asked for, after a poll of all of them: a Snapshot that is made once has
// their answers too. Sources that have not ended their poll, or failed, are left alone.
func (m *Engine) follow(ctx context.Context, st *state, results []pollResult, ended []bool) {
	m.setPace(st)
	for i, src := range m.opts.Sources {
		f, ok := src.(sources.Follower)
		if !ok || !ended[i] || results[i].err != nil || len(m.spot) == 0 || !f.Follows() {
			continue
		}
		batch, err := src.Poll(ctx, sources.Focus{Pace: m.pace, Spot: m.spot})
		if err != nil && ctx.Err() != nil {
			batch = migration.Batch{Scope: batch.Scope, Health: stuck(src)}
		}
		st.absorb(pollResult{source: src.Name(), batch: batch, err: err})
	}
}
