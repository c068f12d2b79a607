package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// How long cutovers are kept. The state of a tenant is of use as long as its step may last; the record is what a year's move is
// looked back on with.
const (
	keepCutovers = 100 * migration.DayLength
	keepVerdicts = 400 * migration.DayLength
	// mostVerdicts bounds the record of one scope: the oldest go first.
	mostVerdicts = 200_000
)

// PutCutovers stores how the cutovers of tenants stand at a time, and replaces what exists. States that nobody has stored for 100
// days are dropped.
func (s *Store) PutCutovers(ctx context.Context, scope string, at time.Time, states []migration.CutoverState) error {
	err := s.in(ctx, func(tx *sql.Tx) error {
		for i := range states {
			if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO cutovers (scope, tenant, at_s, body) VALUES (?, ?, ?, ?)`,
				scope, string(states[i].Tenant), at.Unix(), states[i].Data); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM cutovers WHERE scope = ? AND at_s < ?`, scope, at.Add(-keepCutovers).Unix())
		return err
	})
	if err != nil {
		return fmt.Errorf("keep how %d cutovers stand: %w", len(states), err)
	}
	return nil
}

// Cutovers returns how the cutovers of all tenants stood, by tenant.
func (s *Store) Cutovers(ctx context.Context, scope string) ([]migration.CutoverState, error) {
	var out []migration.CutoverState
	err := s.do(ctx, func(db *sql.DB) error {
		out = nil
		rows, err := db.QueryContext(ctx, `SELECT tenant, body FROM cutovers WHERE scope = ? ORDER BY tenant`, scope)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err has the error
		for rows.Next() {
			var tenant string
			var body []byte
			if err := rows.Scan(&tenant, &body); err != nil {
				return err
			}
			out = append(out, migration.CutoverState{Tenant: migration.Tenant(tenant), Data: body})
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read how cutovers stood: %w", err)
	}
	return out, nil
}

// PutVerdicts adds changes to the record of cutovers. One of the same tenant and second is there already and stays. What is older
// than 400 days, or more than 200,000 changes ago, is dropped.
func (s *Store) PutVerdicts(ctx context.Context, scope string, records []migration.CutoverRecord) error {
	err := s.in(ctx, func(tx *sql.Tx) error {
		var newest time.Time
		for i := range records {
			r := &records[i]
			text, err := json.Marshal(r)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO verdicts (scope, at_s, tenant, body) VALUES (?, ?, ?, ?)`,
				scope, r.At.Unix(), string(r.Tenant), string(text)); err != nil {
				return err
			}
			if r.At.After(newest) {
				newest = r.At
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM verdicts WHERE scope = ? AND at_s < ?`, scope,
			newest.Add(-keepVerdicts).Unix()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM verdicts WHERE scope = ?1 AND at_s <
			(SELECT at_s FROM verdicts WHERE scope = ?1 ORDER BY at_s DESC LIMIT 1 OFFSET ?2)`, scope, mostVerdicts)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep %d changes of verdicts: %w", len(records), err)
	}
	return nil
}

// Verdicts returns the record of cutovers from a time on, in the order of time.
func (s *Store) Verdicts(ctx context.Context, scope string, from time.Time) ([]migration.CutoverRecord, error) {
	var out []migration.CutoverRecord
	err := s.do(ctx, func(db *sql.DB) error {
		out = nil
		rows, err := db.QueryContext(ctx, `SELECT at_s, tenant, body FROM verdicts WHERE scope = ? AND at_s >= ? ORDER BY at_s, tenant`,
			scope, from.Unix())
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err has the error
		for rows.Next() {
			var at int64
			var tenant, text string
			if err := rows.Scan(&at, &tenant, &text); err != nil {
				return err
			}
			var r migration.CutoverRecord
			if err := json.Unmarshal([]byte(text), &r); err != nil {
				return fmt.Errorf("the verdict of %s at %s: %w", tenant, time.Unix(at, 0).UTC().Format(time.RFC3339), err)
			}
			out = append(out, r)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read the record of cutovers: %w", err)
	}
	return out, nil
}
