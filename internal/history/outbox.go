package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Delivery is an event that an output is to get.
type Delivery struct {
	AlertEvent
	// Attempts is how often it was tried before.
	Attempts int
}

// NextDelivery takes the oldest event that waits for an output and is due, for so long: nobody else takes it until then, so that two
// migtops do not send it twice, and one that dies leaves it to the other. If none is due, it returns nil and when the next one is,
// the zero time for none. Events are sent in their order: one that is not due keeps later ones waiting.
func (s *Store) NextDelivery(ctx context.Context, output string, now time.Time, lease time.Duration) (*Delivery, time.Time, error) {
	var out *Delivery
	var due time.Time
	err := s.in(ctx, func(tx *sql.Tx) error {
		out, due = nil, time.Time{}
		d := &Delivery{}
		var at, dueMS int64
		err := tx.QueryRowContext(ctx, `SELECT e.seq, e.id, e.at_ms, e.body, o.attempts, o.due_ms FROM alert_outbox o
			JOIN alert_events e ON e.seq = o.seq WHERE o.output = ? ORDER BY o.seq LIMIT 1`, output).
			Scan(&d.Seq, &d.ID, &at, &d.Body, &d.Attempts, &dueMS)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if dueMS > now.UnixMilli() {
			due = time.UnixMilli(dueMS).UTC()
			return nil
		}
		if _, err := tx.ExecContext(ctx, `UPDATE alert_outbox SET due_ms = ? WHERE output = ? AND seq = ?`,
			now.Add(lease).UnixMilli(), output, d.Seq); err != nil {
			return err
		}
		d.At = time.UnixMilli(at).UTC()
		out = d
		return nil
	})
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read alerts that wait: %w", err)
	}
	return out, due, nil
}

// Delivered forgets a delivery: it arrived, or was given up.
func (s *Store) Delivered(ctx context.Context, output string, seq int64) error {
	err := s.in(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM alert_outbox WHERE output = ? AND seq = ?`, output, seq)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep that an alert arrived: %w", err)
	}
	return nil
}

// Postpone has a delivery tried again later.
func (s *Store) Postpone(ctx context.Context, output string, seq int64, attempts int, due time.Time) error {
	err := s.in(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE alert_outbox SET attempts = ?, due_ms = ? WHERE output = ? AND seq = ?`,
			attempts, due.UnixMilli(), output, seq)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep when an alert is sent again: %w", err)
	}
	return nil
}

// Waiting is how many events wait for an output. More than a thousand do not: the oldest are given up, and dropped says how many.
func (s *Store) Waiting(ctx context.Context, output string) (waiting, dropped int, err error) {
	err = s.in(ctx, func(tx *sql.Tx) error {
		dropped = 0
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM alert_outbox WHERE output = ?`, output).Scan(&waiting); err != nil {
			return err
		}
		if waiting <= mostWaiting {
			return nil
		}
		dropped = waiting - mostWaiting
		_, err := tx.ExecContext(ctx, `DELETE FROM alert_outbox WHERE output = ?1 AND seq IN
			(SELECT seq FROM alert_outbox WHERE output = ?1 ORDER BY seq LIMIT ?2)`, output, dropped)
		waiting = mostWaiting
		return err
	})
	if err != nil {
		return 0, 0, fmt.Errorf("count alerts that wait: %w", err)
	}
	return waiting, dropped, nil
}
