package history

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// thinBlocks is how many blocks one transaction folds or deletes: little, so that it fits into the WAL that is there on a disk
// that is nearly full.
const thinBlocks = 200

// The history is thinned down to lowWater where it is larger than its cap, so that it is not thinned at every write.
const lowWater = 0.95

// hoursShare is the share of the cap that the coarsest tier keeps before it is thinned further, rather than a finer one: a
// year of hours is worth more than the last of two months of 5 minutes.
const hoursShare = 0.25

// leastFine is how much of the finest tier stays whatever the cap is.
const leastFine = 3 * time.Hour

// Prune thins the history as far as its age and size ask for at a time, and returns what it takes on the disk before and
// after.
func (s *Store) Prune(ctx context.Context, now time.Time) (before, after migration.Bytes, err error) {
	if before, _, err = s.used(ctx); err != nil {
		return 0, 0, err
	}
	if err := s.thin(ctx, now); err != nil {
		return before, before, err
	}
	after, _, err = s.used(ctx)
	return before, after, err
}

// thin folds and deletes what is old, then what is too much, and gives disk space back.
func (s *Store) thin(ctx context.Context, now time.Time) error {
	for t := range tiers {
		limit := blockNumber(t, now.Add(-tiers[t].keep).Unix())
		for {
			n, err := s.foldOldest(ctx, t, limit)
			if err != nil {
				return err
			}
			if n < thinBlocks {
				break
			}
		}
	}
	used, free, err := s.used(ctx)
	if err != nil {
		return err
	}
	rest := restWAL
	if used > s.opts.Cap {
		rest = 0
		if err := s.thinTo(ctx, now, migration.Bytes(float64(s.opts.Cap)*lowWater)); err != nil {
			return err
		}
	} else if free < used/4 {
		return s.checkpoint(ctx, rest)
	}
	if err := s.do(ctx, func(db *sql.DB) error {
		_, err := db.ExecContext(ctx, "PRAGMA incremental_vacuum(4000)")
		return err
	}); err != nil {
		return err
	}
	return s.checkpoint(ctx, rest)
}

// thinRounds is how often the oldest are thinned before it is measured again which tier they are to come from.
const thinRounds = 16

// thinTo thins until the pages in use come to a size, or nothing is left to thin.
func (s *Store) thinTo(ctx context.Context, now time.Time, size migration.Bytes) error {
	for {
		hours, err := s.bytesOf(ctx, len(tiers)-1)
		if err != nil {
			return err
		}
		for range thinRounds {
			if err := s.checkpoint(ctx, 0); err != nil {
				return err
			}
			used, free, err := s.used(ctx)
			if err != nil || used-free <= size {
				return err
			}
			n, err := s.thinMost(ctx, now, float64(hours) > hoursShare*float64(s.opts.Cap))
			if err != nil || n == 0 {
				return err
			}
		}
	}
}

// thinMost thins where it costs least: hours beyond their share, else the oldest of 5 minutes into hours, else the oldest
// minutes into 5 minutes, else hours again.
func (s *Store) thinMost(ctx context.Context, now time.Time, hours bool) (int, error) {
	order := []int{1, 0, 2}
	if hours {
		order = []int{2, 1, 0}
	}
	for _, t := range order {
		limit := int64(math.MaxInt32)
		if t == 0 {
			limit = blockNumber(0, now.Add(-leastFine).Unix())
		}
		if n, err := s.foldOldest(ctx, t, limit); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, nil
}

// bytesOf is about what the blocks of a tier take.
func (s *Store) bytesOf(ctx context.Context, t int) (n int64, err error) {
	err = s.do(ctx, func(db *sql.DB) error {
		return db.QueryRowContext(ctx, `SELECT COALESCE(SUM(LENGTH(total) + LENGTH(body)), 0) FROM minute_blocks WHERE id >= ? AND id < ?`,
			blockID(t, 0, 0), blockID(t+1, 0, 0)).Scan(&n)
	})
	return n, err
}

// foldOldest folds the oldest blocks of a tier, of those before a number, into the next tier, and deletes them; those of the
// last tier are deleted. It returns how many there were, of at most thinBlocks. A block is folded and deleted at once: a
// program that is killed in between leaves either.
func (s *Store) foldOldest(ctx context.Context, t int, limit int64) (n int, err error) {
	err = s.inFile(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT b.id, b.body, COALESCE(k.kind, 0) FROM minute_blocks b
			LEFT JOIN minute_keys k ON k.id = b.id & 4294967295 WHERE b.id >= ? AND b.id < ? ORDER BY b.id LIMIT ?`,
			blockID(t, 0, 0), blockID(t, min(limit, 1<<28-1), 0), thinBlocks)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err has the error
		type old struct {
			id   int64
			body []byte
			kind int
		}
		var list []old
		for rows.Next() {
			var o old
			if err := rows.Scan(&o.id, &o.body, &o.kind); err != nil {
				return err
			}
			list = append(list, o)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		n = len(list)
		b := blocks{ctx: ctx, tx: tx, packer: timeseries.NewPacker()}
		defer b.close()
		for _, o := range list {
			if t+1 < len(tiers) && o.kind != 0 {
				if err := b.fold(o.id, o.kind, o.body); err != nil {
					return err
				}
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM minute_blocks WHERE id = ?`, o.id); err != nil {
				return err
			}
		}
		if n > 0 && t+1 == len(tiers) { // what is older than everything is no gap
			_, number, _ := parts(list[0].id)
			_, err := tx.ExecContext(ctx, `DELETE FROM minute_watched WHERE to_s < ?`, blockStart(t, number))
			return err
		}
		return nil
	})
	return n, err
}

// fold merges a block into the one of the next tier. One that cannot be read has nothing to fold.
func (b *blocks) fold(id int64, kind int, body []byte) error {
	t, number, key := parts(id)
	into := blockID(t+1, blockNumber(t+1, blockStart(t, number)), key)
	step := tiers[t+1].step
	c := &change{kind: kind}
	var err error
	if kind == activityKind {
		var list []timeseries.Bucket
		if list, err = readActivity(body, b.packer); err == nil {
			c.buckets = timeseries.Fold(disjoint(list), step)
		}
	} else {
		var list []entry
		if list, err = readEntries(body); err == nil {
			c.entries, err = foldEntries(kind, list, step)
		}
	}
	if err == nil {
		err = b.merge(into, c)
	} else if errors.Is(err, errBlock) {
		err = nil
	}
	return err
}
