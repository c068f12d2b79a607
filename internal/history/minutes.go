package history

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/timeseries"
)

// batchBlocks is how many blocks one transaction writes: some hundred milliseconds, and a few megabytes of WAL.
const batchBlocks = 500

// change is what is new in one block.
type change struct {
	kind    int
	buckets []timeseries.Bucket
	entries []entry
}

// PutMinutes keeps minutes of a scope. What is there already is replaced by what is better, never added to it, so that the
// same minutes may come again, of this migtop or of another. Each batch of a few hundred blocks is there whole or not at all.
// Afterwards the history is thinned as far as its age and size ask for. A disk that is full is an error and a [Store.Problem]
// until it has room again; what was kept stays.
func (s *Store) PutMinutes(ctx context.Context, scope string, m *timeseries.Minutes) error {
	if m.Empty() {
		return nil
	}
	err := s.putMinutes(ctx, scope, m)
	if err == nil {
		err = s.thin(ctx, m.At)
	}
	s.setFull(err)
	if err != nil {
		return fmt.Errorf("keep minutes: %w", err)
	}
	return nil
}

func (s *Store) putMinutes(ctx context.Context, scope string, m *timeseries.Minutes) error {
	changes := map[int64]*change{}
	if err := s.inFile(ctx, func(tx *sql.Tx) error {
		clear(changes)
		if err := putWatched(ctx, tx, scope, m.Watched); err != nil {
			return err
		}
		return gather(ctx, tx, scope, m, changes)
	}); err != nil {
		return err
	}
	return s.putChanges(ctx, changes)
}

// gather sorts minutes by the block that they belong to.
func gather(ctx context.Context, tx *sql.Tx, scope string, m *timeseries.Minutes, into map[int64]*change) error {
	keys := keyNumbers{ctx: ctx, tx: tx, scope: scope}
	at := func(t int, start, key int64, kind int) *change {
		id := blockID(t, blockNumber(t, start), key)
		if into[id] == nil {
			into[id] = &change{kind: kind}
		}
		return into[id]
	}
	for i := range m.Streams {
		one := &m.Streams[i]
		key, err := keys.of(activityKind, streamKey(one.Stream))
		if err != nil {
			return err
		}
		for k := range one.Buckets {
			b := &one.Buckets[k]
			if b.Start <= 0 || b.Span <= 0 || b.Evidence == nil {
				continue // no time that anything can happen in
			}
			c := at(tierOf(time.Duration(b.Span)*time.Second), b.Start, key, activityKind)
			c.buckets = mergeBuckets(c.buckets, one.Buckets[k:k+1])
		}
	}
	for i := range m.Queues {
		one := &m.Queues[i]
		key, err := keys.of(queueKind, queueKey(one.Scope, one.Name))
		if err != nil {
			return err
		}
		for k := range one.Buckets {
			q := &one.Buckets[k]
			if q.Start.Unix() <= 0 || q.Span <= 0 {
				continue
			}
			c := at(tierOf(q.Span), q.Start.Unix(), key, queueKind)
			c.entries = mergeEntries(c.entries, []entry{queueEntry(q)})
		}
	}
	for i := range m.Words {
		key, err := keys.of(wordKind, string(m.Words[i].Tenant))
		if err != nil {
			return err
		}
		c := at(0, m.Words[i].At.Unix(), key, wordKind)
		c.entries = mergeEntries(c.entries, []entry{wordEntry(&m.Words[i])})
	}
	return nil
}

// keyNumbers numbers keys: rows of blocks have the number, and the name once.
type keyNumbers struct {
	ctx   context.Context
	tx    *sql.Tx
	scope string
	known map[keyName]int64
}

type keyName struct {
	kind int
	name string
}

func (k *keyNumbers) of(kind int, name string) (int64, error) {
	if k.known == nil {
		k.known = map[keyName]int64{}
		rows, err := k.tx.QueryContext(k.ctx, `SELECT id, kind, name FROM minute_keys WHERE scope = ?`, k.scope)
		if err != nil {
			return 0, err
		}
		defer func() { _ = rows.Close() }() // rows.Err has the error
		for rows.Next() {
			var id int64
			var kind int
			var name []byte
			if err := rows.Scan(&id, &kind, &name); err != nil {
				return 0, err
			}
			k.known[keyName{kind, string(name)}] = id
		}
		if err := rows.Err(); err != nil {
			return 0, err
		}
	}
	if id, ok := k.known[keyName{kind, name}]; ok {
		return id, nil
	}
	res, err := k.tx.ExecContext(k.ctx, `INSERT INTO minute_keys (scope, kind, name) VALUES (?, ?, ?)`, k.scope, kind, []byte(name))
	if err != nil {
		return 0, err
	}
	id, err := res.LastInsertId()
	k.known[keyName{kind, name}] = id
	return id, err
}

// putChanges merges changes into the blocks of the file.
func (s *Store) putChanges(ctx context.Context, changes map[int64]*change) error {
	ids := slices.Sorted(maps.Keys(changes))
	for batch := range slices.Chunk(ids, batchBlocks) {
		if err := s.inFile(ctx, func(tx *sql.Tx) error {
			b := blocks{ctx: ctx, tx: tx, packer: timeseries.NewPacker()}
			defer b.close()
			for _, id := range batch {
				if err := b.merge(id, changes[id]); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// blocks reads and writes blocks within a transaction.
type blocks struct {
	ctx          context.Context
	tx           *sql.Tx
	packer       *timeseries.Packer
	read, insert *sql.Stmt
}

func (b *blocks) close() {
	for _, s := range []*sql.Stmt{b.read, b.insert} {
		if s != nil {
			_ = s.Close() // the transaction closes it anyway
		}
	}
}

func (b *blocks) prepare() (err error) {
	if b.read != nil {
		return nil
	}
	if b.read, err = b.tx.PrepareContext(b.ctx, `SELECT body FROM minute_blocks WHERE id = ?`); err != nil {
		return err
	}
	b.insert, err = b.tx.PrepareContext(b.ctx, `INSERT OR REPLACE INTO minute_blocks (id, total, body) VALUES (?, ?, ?)`)
	return err
}

// merge merges a change into a block. One that cannot be read is replaced: what it had is lost already.
func (b *blocks) merge(id int64, c *change) error {
	if err := b.prepare(); err != nil {
		return err
	}
	var body []byte
	if err := b.read.QueryRowContext(b.ctx, id).Scan(&body); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	t, number, _ := parts(id)
	total := []byte{}
	if c.kind == activityKind {
		list := c.buckets
		if body != nil {
			if old, err := readActivity(body, b.packer); err == nil {
				list = mergeBuckets(old, c.buckets)
			}
		}
		body, total = deflate(timeseries.AppendBuckets(nil, list)), totalOf(t, number, list)
	} else {
		list := c.entries
		if body != nil {
			if old, err := readEntries(body); err == nil {
				list = mergeEntries(old, c.entries)
			}
		}
		body = deflate(appendEntries(list))
	}
	_, err := b.insert.ExecContext(b.ctx, id, total, body)
	return err
}

// putWatched keeps when sources were watched, as ranges that do not touch.
func putWatched(ctx context.Context, tx *sql.Tx, scope string, list []timeseries.Watched) error {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b timeseries.Watched) int { return cmp.Compare(a.From.Unix(), b.From.Unix()) })
	for _, w := range list {
		from, to := w.From.Unix(), w.To.Unix()
		if from >= to {
			continue
		}
		if err := tx.QueryRowContext(ctx, `SELECT MIN(?3, COALESCE(MIN(from_s), ?3)), MAX(?4, COALESCE(MAX(to_s), ?4)) FROM minute_watched
			WHERE scope = ?1 AND source = ?2 AND from_s <= ?4 AND to_s >= ?3`, scope, w.Source, from, to).Scan(&from, &to); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM minute_watched WHERE scope = ? AND source = ? AND from_s >= ? AND to_s <= ?`,
			scope, w.Source, from, to); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO minute_watched (scope, source, from_s, to_s) VALUES (?, ?, ?, ?)`,
			scope, w.Source, from, to); err != nil {
			return err
		}
	}
	return nil
}
