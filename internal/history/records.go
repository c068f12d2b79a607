package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/migtop/migtop/internal/migration"
)

// owner is whose runs, of which sureness, are counted together.
type owner struct {
	platform                   migration.Platform
	workload, tenant, function string
	bound                      migration.Bound
}

// PutRecords keeps single runs that have their key, each once.
func (s *Store) PutRecords(ctx context.Context, scope string, records []migration.RunRecord) error {
	err := s.in(ctx, func(tx *sql.Tx) error {
		keep := recorder{tx: tx, scope: scope}
		for i := range records {
			r := &records[i]
			if err := keep.put(ctx, owner{r.Key.Platform, string(r.Key.Workload), string(r.Key.Tenant), "", r.PeakBound}, r); err != nil {
				return err
			}
		}
		return keep.bound(ctx, s.opts.Records)
	})
	if err != nil {
		return fmt.Errorf("keep %d runs: %w", len(records), err)
	}
	return nil
}

// recorder keeps runs within one transaction.
type recorder struct {
	tx     *sql.Tx
	scope  string
	owners map[owner]bool
}

// put keeps a run, in place of one of the same id.
func (k *recorder) put(ctx context.Context, o owner, r *migration.RunRecord) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if k.owners == nil {
		k.owners = make(map[owner]bool)
	}
	k.owners[o] = true
	_, err = k.tx.ExecContext(ctx, `INSERT OR REPLACE INTO records (scope, platform, workload, tenant, function, bound, started_ms, id, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		k.scope, o.platform.String(), o.workload, o.tenant, o.function, o.bound, r.Started.UnixMilli(), r.ID, string(text))
	return err
}

// bound drops the oldest of owners that have too many.
func (k *recorder) bound(ctx context.Context, most int) error {
	const of = `scope = ? AND platform = ? AND workload = ? AND tenant = ? AND function = ? AND bound = ?`
	for o := range k.owners {
		who := []any{k.scope, o.platform.String(), o.workload, o.tenant, o.function, o.bound}
		args := append(append(append([]any{}, who...), who...), most-1)
		if _, err := k.tx.ExecContext(ctx, `DELETE FROM records WHERE `+of+` AND started_ms <
			(SELECT started_ms FROM records WHERE `+of+` ORDER BY started_ms DESC LIMIT 1 OFFSET ?)`, args...); err != nil {
			return err
		}
	}
	return nil
}

// LoggedRuns are the runs that logs told of, without their key; see
// [migration.LoggedRun]. Of each kind of run that is kept, it gives the newest, at most
// that many.
func (s *Store) LoggedRuns(ctx context.Context, scope string, newest int) ([]migration.LoggedRun, error) {
	var out []migration.LoggedRun
	err := s.records(ctx, scope, `function <> ''`, newest, func(o owner, r migration.RunRecord) {
		out = append(out, migration.LoggedRun{Function: o.function, Tenant: o.tenant, Record: r})
	}, func() { out = out[:0] })
	return out, err
}

// Records are the runs that were kept with their key.
func (s *Store) Records(ctx context.Context, scope string) ([]migration.RunRecord, error) {
	var out []migration.RunRecord
	err := s.records(ctx, scope, `function = ''`, s.opts.Records, func(_ owner, r migration.RunRecord) { out = append(out, r) }, func() { out = out[:0] })
	return out, err
}

func (s *Store) records(ctx context.Context, scope, where string, newest int, take func(owner, migration.RunRecord), again func()) error {
	err := s.do(ctx, func(db *sql.DB) error {
		again()
		rows, err := db.QueryContext(ctx, `SELECT platform, workload, tenant, function, body FROM (
				SELECT *, ROW_NUMBER() OVER (PARTITION BY platform, workload, tenant, function, bound ORDER BY started_ms DESC, id) AS place
				FROM records WHERE scope = ? AND `+where+`)
			WHERE place <= ? ORDER BY platform, workload, tenant, function, started_ms, id`, scope, newest)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err tells what went wrong
		for rows.Next() {
			var o owner
			var text string
			var platform string
			if err := rows.Scan(&platform, &o.workload, &o.tenant, &o.function, &text); err != nil {
				return err
			}
			var r migration.RunRecord
			if err := json.Unmarshal([]byte(text), &r); err != nil {
				return fmt.Errorf("a run of %s%s: %w", o.workload, o.function, err)
			}
			take(o, r)
		}
		return rows.Err()
	})
	if err != nil {
		return fmt.Errorf("read the runs that are kept: %w", err)
	}
	return nil
}
