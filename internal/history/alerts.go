package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// AlertRow is an alert that is remembered, in the form of whoever keeps it. Body is nil where it is to be forgotten.
type AlertRow struct {
	Key  string
	Body []byte
}

// AlertEvent is what was told of an alert.
type AlertEvent struct {
	// Seq grows with every event of the file.
	Seq  int64
	ID   string
	At   time.Time
	Body []byte
}

// AlertBase is what is remembered of the alerts of a scope.
type AlertBase struct {
	At   time.Time // of the last Snapshot
	Rows []AlertRow
}

// AlertChange is what a Snapshot does to what is remembered.
type AlertChange struct {
	// At is the time of the Snapshot; zero for one that changes nothing.
	At   time.Time
	Rows []AlertRow
	// Events are new; one whose ID is there already is left out.
	Events []AlertEvent
	// Outputs are the names of outputs that each event is to be sent to.
	Outputs []string
}

// mostWaiting is how many events wait for one output. Beyond that the oldest is given up.
const mostWaiting = 1000

// keepAlerts is how long events are kept.
const keepAlerts = 35 * 24 * time.Hour

// StepAlerts changes what is remembered of alerts, in one transaction, so that of two migtops on one file each event is made by one.
// version is what the caller has in memory, 0 for nothing. step gets what the file has, nil if that is the caller's version. Where
// the file has nothing although the caller has a version, step gets nil and whole: it returns all rows and not only the changes.
// step may be called twice, where the file fails and memory takes its place. The result is the version of the caller from then on.
func (s *Store) StepAlerts(ctx context.Context, scope string, version int64,
	step func(base *AlertBase, whole bool) (AlertChange, error),
) (int64, error) {
	next := version
	err := s.in(ctx, func(tx *sql.Tx) error {
		next = version
		var stored, at int64
		err := tx.QueryRowContext(ctx, `SELECT version, at_ns FROM alert_scopes WHERE scope = ?`, scope).Scan(&stored, &at)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		var base *AlertBase
		whole := stored == 0 && version > 0
		if !whole && stored != version || version == 0 {
			if base, err = alertsOf(ctx, tx, scope); err != nil {
				return err
			}
			if stored > 0 {
				base.At = time.Unix(0, at).UTC()
			}
		}
		change, err := step(base, whole)
		if err != nil {
			return err
		}
		next = max(stored, 1)
		if whole {
			next = version + 1
		} else if len(change.Rows) > 0 {
			next = stored + 1
		}
		if change.At.IsZero() {
			next = stored
			return nil
		}
		if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO alert_scopes (scope, version, at_ns) VALUES (?, ?, ?)`,
			scope, next, max(at, change.At.UnixNano())); err != nil {
			return err
		}
		for _, r := range change.Rows {
			if err := putAlert(ctx, tx, scope, r); err != nil {
				return err
			}
		}
		return putEvents(ctx, tx, scope, &change)
	})
	if err != nil {
		return version, fmt.Errorf("keep alerts: %w", err)
	}
	return next, nil
}

func alertsOf(ctx context.Context, tx *sql.Tx, scope string) (*AlertBase, error) {
	base := &AlertBase{}
	rows, err := tx.QueryContext(ctx, `SELECT key, body FROM alerts WHERE scope = ? ORDER BY key`, scope)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err has the error
	for rows.Next() {
		var r AlertRow
		if err := rows.Scan(&r.Key, &r.Body); err != nil {
			return nil, err
		}
		base.Rows = append(base.Rows, r)
	}
	return base, rows.Err()
}

func putAlert(ctx context.Context, tx *sql.Tx, scope string, r AlertRow) error {
	if r.Body == nil {
		_, err := tx.ExecContext(ctx, `DELETE FROM alerts WHERE scope = ? AND key = ?`, scope, r.Key)
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO alerts (scope, key, body) VALUES (?, ?, ?)`, scope, r.Key, string(r.Body))
	return err
}

func putEvents(ctx context.Context, tx *sql.Tx, scope string, c *AlertChange) error {
	for _, e := range c.Events {
		res, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO alert_events (scope, id, at_ms, body) VALUES (?, ?, ?, ?)`,
			scope, e.ID, e.At.UnixMilli(), string(e.Body))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			if err != nil {
				return err
			}
			continue // another one has told it
		}
		seq, err := res.LastInsertId()
		if err != nil {
			return err
		}
		for _, output := range c.Outputs {
			if _, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO alert_outbox (output, seq, attempts, due_ms) VALUES (?, ?, 0, 0)`,
				output, seq); err != nil {
				return err
			}
		}
	}
	if len(c.Events) == 0 {
		return nil
	}
	old := c.At.Add(-keepAlerts).UnixMilli()
	if _, err := tx.ExecContext(ctx, `DELETE FROM alert_outbox WHERE seq IN (SELECT seq FROM alert_events WHERE scope = ? AND at_ms < ?)`,
		scope, old); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM alert_events WHERE scope = ? AND at_ms < ?`, scope, old)
	return err
}

// LastAlert is the number of the newest event of a scope, 0 for none.
func (s *Store) LastAlert(ctx context.Context, scope string) (seq int64, err error) {
	err = s.do(ctx, func(db *sql.DB) error {
		return db.QueryRowContext(ctx, `SELECT COALESCE(MAX(seq), 0) FROM alert_events WHERE scope = ?`, scope).Scan(&seq)
	})
	if err != nil {
		return 0, fmt.Errorf("read alerts: %w", err)
	}
	return seq, nil
}

// AlertEvents are the events of a scope after a number, at most so many; the oldest first. With a negative most they are the newest
// of that number, in the same order.
func (s *Store) AlertEvents(ctx context.Context, scope string, after int64, most int) ([]AlertEvent, error) {
	var out []AlertEvent
	query := `SELECT seq, id, at_ms, body FROM alert_events WHERE scope = ? AND seq > ? ORDER BY seq LIMIT ?`
	if most < 0 {
		query = `SELECT * FROM (SELECT seq, id, at_ms, body FROM alert_events WHERE scope = ? AND seq > ? ORDER BY seq DESC LIMIT ?)
			ORDER BY seq`
		most = -most
	}
	err := s.do(ctx, func(db *sql.DB) error {
		out = nil
		rows, err := db.QueryContext(ctx, query, scope, after, most)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err has the error
		for rows.Next() {
			var e AlertEvent
			var at int64
			if err := rows.Scan(&e.Seq, &e.ID, &at, &e.Body); err != nil {
				return err
			}
			e.At = time.UnixMilli(at).UTC()
			out = append(out, e)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read alerts: %w", err)
	}
	return out, nil
}
