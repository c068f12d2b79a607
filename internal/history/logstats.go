package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// body is the stored form of a segment.
type body struct {
	Runs   []migration.LoggedRuns `json:"runs,omitempty"`
	Unread migration.Unread       `json:"unread,omitzero"`
}

// in runs a transaction.
func (s *Store) in(ctx context.Context, what func(*sql.Tx) error) error {
	return s.do(ctx, func(db *sql.DB) error { return transact(ctx, db, what) })
}

func transact(ctx context.Context, db *sql.DB, what func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	if err := what(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// PutLogs stores the answer of a log group: its segments replace those of the same time
// range, and the part that is final counts as covered from now on. scope separates
// accounts and regions. Data older than [Options.Keep], relative to the answer, is deleted.
func (s *Store) PutLogs(ctx context.Context, scope string, a *migration.LogAnswer) error {
	err := s.in(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM segments WHERE scope = ? AND log_group = ? AND start_s >= ? AND start_s < ?`,
			scope, a.Group, a.From.Unix(), a.To.Unix()); err != nil {
			return err
		}
		insert, err := tx.PrepareContext(ctx, `INSERT OR REPLACE INTO segments (scope, log_group, function, start_s, final, body) `+
			`VALUES (?, ?, ?, ?, ?, ?)`)
		if err != nil {
			return err
		}
		defer func() { _ = insert.Close() }()
		for i := range a.Segments {
			one := &a.Segments[i]
			text, err := json.Marshal(body{one.Runs, one.Unread})
			if err != nil {
				return err
			}
			if _, err := insert.ExecContext(ctx, scope, a.Group, one.Function, one.Start.Unix(), one.Final, string(text)); err != nil {
				return err
			}
		}
		if err := putOpen(ctx, tx, scope, a); err != nil {
			return err
		}
		if a.FinalTo.After(a.From) {
			if err := cover(ctx, tx, scope, a.Group, a.From.Unix(), a.FinalTo.Unix()); err != nil {
				return err
			}
		}
		records := recorder{tx: tx, scope: scope}
		for i := range a.Runs {
			r := a.Runs[i].Record
			r.Key.Platform = migration.Lambda
			if err := records.put(ctx, owner{migration.Lambda, "", a.Runs[i].Tenant, a.Runs[i].Function, r.PeakBound}, &r); err != nil {
				return err
			}
		}
		if err := records.bound(ctx, s.opts.Records); err != nil {
			return err
		}
		// Counting takes its time where there is much.
		if s.puts++; s.puts%100 != 1 && len(a.Segments) < s.opts.Segments/10 {
			return nil
		}
		return s.trim(ctx, tx, a.To.Add(-s.opts.Keep).Unix())
	})
	if err != nil {
		return fmt.Errorf("keep what the log group %s said: %w", a.Group, err)
	}
	return nil
}

func putOpen(ctx context.Context, tx *sql.Tx, scope string, a *migration.LogAnswer) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM open_requests WHERE scope = ? AND log_group = ?`, scope, a.Group); err != nil {
		return err
	}
	for _, o := range a.Open {
		if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO open_requests (scope, log_group, id, tenant, at_ms) VALUES (?, ?, ?, ?, ?)`,
			scope, a.Group, o.ID, o.Tenant, o.At.UnixMilli()); err != nil {
			return err
		}
	}
	return nil
}

// cover adds a time range to what is covered, and joins it with adjacent ranges.
func cover(ctx context.Context, tx *sql.Tx, scope, group string, from, to int64) error {
	var low, high sql.NullInt64
	const touching = `FROM covered WHERE scope = ? AND log_group = ? AND from_s <= ? AND to_s >= ?`
	if err := tx.QueryRowContext(ctx, `SELECT min(from_s), max(to_s) `+touching, scope, group, to, from).Scan(&low, &high); err != nil {
		return err
	}
	if low.Valid {
		from, to = min(from, low.Int64), max(to, high.Int64)
	}
	if _, err := tx.ExecContext(ctx, `DELETE `+touching, scope, group, to, from); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO covered (scope, log_group, from_s, to_s) VALUES (?, ?, ?, ?)`, scope, group, from, to)
	return err
}

// trim drops what is older than a moment, and the oldest where there is too much.
func (s *Store) trim(ctx context.Context, tx *sql.Tx, before int64) error {
	var kept int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM segments`).Scan(&kept); err != nil {
		return err
	}
	if kept > s.opts.Segments {
		// Down to nine tenths, so that this is not done again at once.
		var oldest int64
		if err := tx.QueryRowContext(ctx, `SELECT start_s FROM segments ORDER BY start_s DESC LIMIT 1 OFFSET ?`,
			s.opts.Segments*9/10).Scan(&oldest); err != nil {
			return err
		}
		before = max(before, oldest+1)
	}
	for _, statement := range [...]string{
		`DELETE FROM segments WHERE start_s < ?`,
		`DELETE FROM covered WHERE to_s <= ?`,
	} {
		if _, err := tx.ExecContext(ctx, statement, before); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE OR REPLACE covered SET from_s = ? WHERE from_s < ?`, before, before); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM records WHERE started_ms < ?`, before*1000)
	return err
}

// Covered returns, for each log group, the time ranges within [from, to) that were read and
// are final, in order. They need not be read again.
func (s *Store) Covered(ctx context.Context, scope string, from, to time.Time) (map[string][]migration.ReadSpan, error) {
	var out map[string][]migration.ReadSpan
	err := s.do(ctx, func(db *sql.DB) error {
		out = make(map[string][]migration.ReadSpan)
		rows, err := db.QueryContext(ctx, `SELECT log_group, from_s, to_s FROM covered WHERE scope = ? AND to_s > ? AND from_s < ? `+
			`ORDER BY log_group, from_s`,
			scope, from.Unix(), to.Unix())
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err has the error
		for rows.Next() {
			var group string
			var low, high int64
			if err := rows.Scan(&group, &low, &high); err != nil {
				return err
			}
			out[group] = append(out[group], migration.ReadSpan{
				From: time.Unix(max(low, from.Unix()), 0).UTC(), To: time.Unix(min(high, to.Unix()), 0).UTC(),
			})
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("look up what was read of the logs: %w", err)
	}
	return out, nil
}

// Segments yields the stored segments of lines written in [from, to), by time, then by
// function. It stops when yield returns false.
func (s *Store) Segments(ctx context.Context, scope string, from, to time.Time,
	yield func(group string, one *migration.LogSegment) bool,
) error {
	type kept struct {
		group string
		one   migration.LogSegment
	}
	var all []kept
	err := s.do(ctx, func(db *sql.DB) error {
		all = all[:0]
		rows, err := db.QueryContext(ctx, `SELECT log_group, function, start_s, final, body FROM segments
			WHERE scope = ? AND start_s >= ? AND start_s < ? ORDER BY start_s, function, log_group`, scope, from.Unix(), to.Unix())
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err has the error
		for rows.Next() {
			var k kept
			var start int64
			var text string
			if err := rows.Scan(&k.group, &k.one.Function, &start, &k.one.Final, &text); err != nil {
				return err
			}
			var b body
			if err := json.Unmarshal([]byte(text), &b); err != nil {
				return fmt.Errorf("a segment of %s: %w", k.group, err)
			}
			k.one.Start, k.one.Runs, k.one.Unread = time.Unix(start, 0).UTC(), b.Runs, b.Unread
			all = append(all, k)
		}
		return rows.Err()
	})
	if err != nil {
		return fmt.Errorf("read what is kept of the logs: %w", err)
	}
	for i := range all { // with nothing held that yield might want
		if !yield(all[i].group, &all[i].one) {
			return nil
		}
	}
	return nil
}

// OpenRequests are the requests of each log group whose tenant was logged before their
// report arrived.
func (s *Store) OpenRequests(ctx context.Context, scope string) (map[string][]migration.OpenRequest, error) {
	var out map[string][]migration.OpenRequest
	err := s.do(ctx, func(db *sql.DB) error {
		out = make(map[string][]migration.OpenRequest)
		rows, err := db.QueryContext(ctx, `SELECT log_group, id, tenant, at_ms FROM open_requests WHERE scope = ? ORDER BY log_group, id`, scope)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err has the error
		for rows.Next() {
			var group string
			var o migration.OpenRequest
			var at int64
			if err := rows.Scan(&group, &o.ID, &o.Tenant, &at); err != nil {
				return err
			}
			o.At = time.UnixMilli(at).UTC()
			out[group] = append(out[group], o)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read which requests were open: %w", err)
	}
	return out, nil
}
