package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/migtop/migtop/internal/migration"
)

// owner identifies runs that are counted together, by key and certainty.
type owner struct {
	platform                   migration.Platform
	workload, tenant, function string
	bound                      migration.Bound
}

// PutRecords keeps single runs that have their key, each once. Of one kind those that are
// not among the newest that are kept, or older than [Options.Keep] seen from the newest, go.
func (s *Store) PutRecords(ctx context.Context, scope string, records []migration.RunRecord) error {
	err := s.in(ctx, func(tx *sql.Tx) error {
		keep := recorder{tx: tx, scope: scope}
		byOwner := map[owner][]*migration.RunRecord{}
		var newest int64
		for i := range records {
			r := &records[i]
			o := owner{r.Key.Platform, string(r.Key.Workload), string(r.Key.Tenant), "", r.PeakBound}
			byOwner[o] = append(byOwner[o], r)
			newest = max(newest, r.Started.UnixMilli())
		}
		for o, of := range byOwner {
			slices.SortFunc(of, func(a, b *migration.RunRecord) int { return b.Started.Compare(a.Started) })
			for _, r := range of[:min(len(of), s.opts.Records)] {
				if err := keep.put(ctx, o, r); err != nil {
					return err
				}
			}
		}
		if err := keep.bound(ctx, s.opts.Records); err != nil {
			return err
		}
		if s.puts++; s.puts%100 != 1 {
			return nil
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM records WHERE scope = ? AND started_ms < ?`, scope, newest-s.opts.Keep.Milliseconds())
		return err
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
	text, err := json.Marshal(kept{recordVersion, *r})
	if err != nil {
		return err
	}
	// One of the same run that an older migtop kept may have another bound.
	if _, err := k.tx.ExecContext(ctx, `DELETE FROM records WHERE scope = ? AND platform = ? AND workload = ? AND tenant = ? AND function = ?
			AND bound IN (0, 1, 2) AND started_ms = ? AND id = ?`,
		k.scope, o.platform.String(), o.workload, o.tenant, o.function, r.Started.UnixMilli(), r.ID); err != nil {
		return err
	}
	if k.owners == nil {
		k.owners = make(map[owner]bool)
	}
	k.owners[o] = true
	_, err = k.tx.ExecContext(ctx,
		`INSERT OR REPLACE INTO records (scope, platform, workload, tenant, function, bound, started_ms, id, body) `+
			`VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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

// LoggedRuns returns the runs that were read from logs, without their key; see
// [migration.LoggedRun]. Of each kind of run it returns the newest, at most that many.
func (s *Store) LoggedRuns(ctx context.Context, scope string, newest int) ([]migration.LoggedRun, error) {
	var out []migration.LoggedRun
	err := s.records(ctx, scope, `function <> ''`, newest, func(o owner, r migration.RunRecord) {
		out = append(out, migration.LoggedRun{Function: o.function, Tenant: o.tenant, Record: r})
	}, func() { out = out[:0] })
	return out, err
}

// fewestRecords is how many runs of each kind are read, however many kinds there are.
const fewestRecords = 20

// Records are the runs that were kept with their key: of each kind the newest, so many
// that they are about most in all.
func (s *Store) Records(ctx context.Context, scope string, most int) ([]migration.RunRecord, error) {
	var kinds int
	err := s.do(ctx, func(db *sql.DB) error {
		return db.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT DISTINCT platform, workload, tenant, bound FROM records `+
			`WHERE scope = ? AND function = '')`, scope).Scan(&kinds)
	})
	if err != nil || kinds == 0 {
		return nil, err
	}
	var out []migration.RunRecord
	err = s.records(ctx, scope, `function = ''`, max(most/kinds, fewestRecords), func(_ owner, r migration.RunRecord) { out = append(out, r) },
		func() { out = out[:0] })
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
		defer func() { _ = rows.Close() }() // rows.Err has the error
		for rows.Next() {
			var o owner
			var text string
			var platform string
			if err := rows.Scan(&platform, &o.workload, &o.tenant, &o.function, &text); err != nil {
				return err
			}
			var r kept
			if err := json.Unmarshal([]byte(text), &r); err != nil {
				return fmt.Errorf("a run of %s%s: %w", o.workload, o.function, err)
			}
			take(o, r.record())
		}
		return rows.Err()
	})
	if err != nil {
		return fmt.Errorf("read the runs that are kept: %w", err)
	}
	return nil
}
