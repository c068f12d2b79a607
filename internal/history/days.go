package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// keepDays is how long whole days are kept: as long as CloudWatch keeps hourly data, so
// that a month can be compared with the same month a year before.
const keepDays = 455 * migration.DayLength

// PutDays stores whole days, and replaces days that exist. scope separates accounts,
// regions and clusters.
func (s *Store) PutDays(ctx context.Context, scope string, days []migration.Day) error {
	err := s.in(ctx, func(tx *sql.Tx) error {
		var newest time.Time
		for i := range days {
			text, err := json.Marshal(&days[i])
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO days (scope, day_s, body) VALUES (?, ?, ?)`,
				scope, days[i].Day.Unix(), string(text)); err != nil {
				return err
			}
			if days[i].Day.After(newest) {
				newest = days[i].Day
			}
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM days WHERE scope = ? AND day_s < ?`, scope, newest.Add(-keepDays).Unix())
		return err
	})
	if err != nil {
		return fmt.Errorf("keep what days came to: %w", err)
	}
	return nil
}

// Days returns the stored days from a time on, in order.
func (s *Store) Days(ctx context.Context, scope string, from time.Time) ([]migration.Day, error) {
	var out []migration.Day
	err := s.do(ctx, func(db *sql.DB) error {
		out = nil
		rows, err := db.QueryContext(ctx, `SELECT day_s, body FROM days WHERE scope = ? AND day_s >= ? ORDER BY day_s`, scope, from.Unix())
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err has the error
		for rows.Next() {
			var at int64
			var text string
			if err := rows.Scan(&at, &text); err != nil {
				return err
			}
			var d migration.Day
			if err := json.Unmarshal([]byte(text), &d); err != nil {
				return fmt.Errorf("the day %s: %w", time.Unix(at, 0).UTC().Format(time.DateOnly), err)
			}
			out = append(out, d)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read what days came to: %w", err)
	}
	return out, nil
}
