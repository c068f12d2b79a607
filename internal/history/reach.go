package history

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// watched are the ranges in which each source was watched.
func (p *Past) watched(ctx context.Context) (map[string][]migration.PastWindow, error) {
	out := map[string][]migration.PastWindow{}
	err := p.store.reading(ctx, func(rows *sql.Rows) error {
		var source string
		var from, to int64
		if err := rows.Scan(&source, &from, &to); err != nil {
			return err
		}
		out[source] = append(out[source], migration.PastWindow{From: time.Unix(from, 0).UTC(), To: time.Unix(to, 0).UTC()})
		return nil
	}, `SELECT source, from_s, to_s FROM minute_watched WHERE scope = ? ORDER BY source, from_s`, p.scope)
	if err != nil {
		return nil, fmt.Errorf("read when sources were watched: %w", err)
	}
	return out, nil
}

// anyWatched reports whether any source was watched in a part of a range.
func anyWatched(watched map[string][]migration.PastWindow, from, to time.Time) bool {
	for _, list := range watched {
		for _, w := range list {
			if w.From.Before(to) && from.Before(w.To) {
				return true
			}
		}
	}
	return false
}

// Reach is what is kept.
func (p *Past) Reach(ctx context.Context) (migration.Reach, error) {
	r := migration.Reach{Cap: p.store.opts.Cap}
	for t := range tiers {
		var first, last sql.NullInt64
		if err := p.store.reading(ctx, func(rows *sql.Rows) error { return rows.Scan(&first, &last) },
			`SELECT (SELECT id FROM minute_blocks WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT 1),
				(SELECT id FROM minute_blocks WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT 1)`,
			blockID(t, 0, 0), blockID(t+1, 0, 0)); err != nil {
			return r, fmt.Errorf("read the reach of the history: %w", err)
		}
		if !first.Valid {
			continue
		}
		one := migration.ReachTier{Step: tiers[t].step}
		var err error
		if one.From, _, err = p.edges(ctx, first.Int64); err != nil {
			return r, err
		}
		if _, one.To, err = p.edges(ctx, last.Int64); err != nil {
			return r, err
		}
		r.Tiers = append(r.Tiers, one)
		if r.Oldest.IsZero() || one.From.Before(r.Oldest) {
			r.Oldest = one.From
		}
	}
	watched, err := p.watched(ctx)
	if err != nil {
		return r, err
	}
	for _, source := range slices.Sorted(maps.Keys(watched)) {
		list := watched[source]
		for i := 1; i < len(list); i++ {
			if list[i].From.After(r.Oldest) {
				r.Gaps = append(r.Gaps, migration.ReachGap{Source: source, From: list[i-1].To, To: list[i].From})
			}
		}
		if to := list[len(list)-1].To; r.Newest.IsZero() || to.Before(r.Newest) {
			r.Newest = to
		}
	}
	slices.SortStableFunc(r.Gaps, func(a, b migration.ReachGap) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Source, b.Source))
	})
	r.Bytes, _, err = p.store.used(ctx)
	return r, err
}

// edges are the first start and the last end in the blocks of the time of one.
func (p *Past) edges(ctx context.Context, id int64) (from, to time.Time, err error) {
	t, number, _ := parts(id)
	packer := timeseries.NewPacker()
	var first, last int64
	see := func(start, end int64) {
		if first == 0 || start < first {
			first = start
		}
		last = max(last, end)
	}
	err = p.store.reading(ctx, func(rows *sql.Rows) error {
		var kind int
		var body []byte
		if err := rows.Scan(&kind, &body); err != nil {
			return err
		}
		if kind == activityKind {
			list, err := readActivity(body, packer)
			for i := range list {
				see(list[i].Start, list[i].Start+int64(list[i].Span))
			}
			return err
		}
		list, err := readEntries(body)
		for _, e := range list {
			see(e.start, e.start+int64(tiers[t].step/time.Second))
		}
		return err
	}, `SELECT k.kind, b.body FROM minute_blocks b JOIN minute_keys k ON k.id = b.id & 4294967295
		WHERE b.id >= ? AND b.id < ?`, blockID(t, number, 0), blockID(t, number+1, 0))
	if err != nil {
		err = fmt.Errorf("read the reach of the history: %w", err)
	}
	return time.Unix(first, 0).UTC(), time.Unix(last, 0).UTC(), err
}

// Queues are the buckets of queues that begin in a window, by account, name and time.
func (p *Past) Queues(ctx context.Context, w migration.PastWindow) ([]timeseries.QueueBuckets, error) {
	byName := map[string][]migration.QueueBucket{}
	err := p.entries(ctx, queueKind, w, func(key string, e entry) error {
		_, name, err := readQueueKey(key)
		if err != nil {
			return err
		}
		q, err := readQueueEntry(name, e)
		byName[key] = append(byName[key], q)
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []timeseries.QueueBuckets
	for _, key := range slices.Sorted(maps.Keys(byName)) {
		scope, name, err := readQueueKey(key)
		if err != nil {
			return nil, err
		}
		list := byName[key]
		slices.SortStableFunc(list, func(a, b migration.QueueBucket) int {
			return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(b.Span, a.Span))
		})
		var kept []migration.QueueBucket
		for _, q := range list { // of two that tell of one time the longer one stays, as in memory
			if n := len(kept); n == 0 || !kept[n-1].Start.Add(kept[n-1].Span).After(q.Start) {
				kept = append(kept, q)
			}
		}
		out = append(out, timeseries.QueueBuckets{Scope: scope, Name: name, Buckets: kept})
	}
	return out, nil
}

// Words are the last words of each tenant in a window, by tenant. The word at a moment is that of a window of a few minutes
// before it: a tenant without one in it was not judged then.
func (p *Past) Words(ctx context.Context, w migration.PastWindow) ([]timeseries.TenantWord, error) {
	last := map[string]entry{}
	err := p.entries(ctx, wordKind, w, func(key string, e entry) error {
		if old, ok := last[key]; !ok || old.start < e.start {
			last[key] = e
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []timeseries.TenantWord
	for _, key := range slices.Sorted(maps.Keys(last)) {
		one, err := readWordEntry(key, last[key])
		if err != nil {
			return nil, fmt.Errorf("read what was said of %s: %w", key, err)
		}
		out = append(out, one)
	}
	return out, nil
}

// entries yields what was kept of a kind in a window, of all tiers.
func (p *Past) entries(ctx context.Context, kind int, w migration.PastWindow, yield func(key string, e entry) error) error {
	from, to := w.From.Unix(), w.To.Unix()
	if to <= from {
		return fmt.Errorf("read history: a window from %v to %v", w.From, w.To)
	}
	for t := range tiers {
		for number := blockNumber(t, from); number <= blockNumber(t, to-1); number++ {
			if err := p.store.reading(ctx, func(rows *sql.Rows) error {
				var key, body []byte
				if err := rows.Scan(&key, &body); err != nil {
					return err
				}
				list, err := readEntries(body)
				if err != nil {
					return err
				}
				for _, e := range list {
					if e.start >= from && e.start < to {
						if err := yield(string(key), e); err != nil {
							return err
						}
					}
				}
				return nil
			}, `SELECT k.name, b.body FROM minute_keys k CROSS JOIN minute_blocks b ON b.id = ?3 + k.id
				WHERE k.scope = ?1 AND k.kind = ?2`, p.scope, kind, blockID(t, number, 0)); err != nil {
				return fmt.Errorf("read history: %w", err)
			}
		}
	}
	return nil
}
