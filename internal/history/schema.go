package history

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

// migrations lead from each version of the file to the next. One that was released
// is never changed.
var migrations = [...]string{
	`CREATE TABLE covered (
		scope TEXT NOT NULL, log_group TEXT NOT NULL,
		from_s INTEGER NOT NULL, to_s INTEGER NOT NULL,
		PRIMARY KEY (scope, log_group, from_s)
	) WITHOUT ROWID;
	CREATE TABLE segments (
		scope TEXT NOT NULL, log_group TEXT NOT NULL, function TEXT NOT NULL,
		start_s INTEGER NOT NULL, final INTEGER NOT NULL, body TEXT NOT NULL,
		PRIMARY KEY (scope, log_group, start_s, function)
	) WITHOUT ROWID;
	CREATE INDEX segments_by_time ON segments (start_s);
	CREATE TABLE open_requests (
		scope TEXT NOT NULL, log_group TEXT NOT NULL, id TEXT NOT NULL,
		tenant TEXT NOT NULL, at_ms INTEGER NOT NULL,
		PRIMARY KEY (scope, log_group, id)
	) WITHOUT ROWID;
	CREATE TABLE records (
		scope TEXT NOT NULL, platform TEXT NOT NULL, workload TEXT NOT NULL, tenant TEXT NOT NULL, function TEXT NOT NULL,
		bound INTEGER NOT NULL, started_ms INTEGER NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
		PRIMARY KEY (scope, platform, workload, tenant, function, bound, started_ms, id)
	) WITHOUT ROWID;`,
	`CREATE TABLE days (
		scope TEXT NOT NULL, day_s INTEGER NOT NULL, body TEXT NOT NULL,
		PRIMARY KEY (scope, day_s)
	) WITHOUT ROWID;`,
	`CREATE TABLE alert_scopes (
		scope TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, at_ns INTEGER NOT NULL
	) WITHOUT ROWID;
	CREATE TABLE alerts (
		scope TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
		PRIMARY KEY (scope, key)
	) WITHOUT ROWID;
	CREATE TABLE alert_events (
		seq INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL, id TEXT NOT NULL, at_ms INTEGER NOT NULL, body TEXT NOT NULL,
		UNIQUE (scope, id)
	);
	CREATE INDEX alert_events_by_time ON alert_events (scope, at_ms);
	CREATE TABLE alert_outbox (
		output TEXT NOT NULL, seq INTEGER NOT NULL, attempts INTEGER NOT NULL, due_ms INTEGER NOT NULL,
		PRIMARY KEY (output, seq)
	) WITHOUT ROWID;
	CREATE INDEX alert_outbox_by_event ON alert_outbox (seq);`,
	`CREATE TABLE cutovers (
		scope TEXT NOT NULL, tenant TEXT NOT NULL, at_s INTEGER NOT NULL, body BLOB NOT NULL,
		PRIMARY KEY (scope, tenant)
	) WITHOUT ROWID;
	CREATE TABLE verdicts (
		scope TEXT NOT NULL, at_s INTEGER NOT NULL, tenant TEXT NOT NULL, body TEXT NOT NULL,
		PRIMARY KEY (scope, at_s, tenant)
	) WITHOUT ROWID;`,
	`CREATE TABLE minute_keys (
		id INTEGER PRIMARY KEY, scope TEXT NOT NULL, kind INTEGER NOT NULL, name BLOB NOT NULL,
		UNIQUE (scope, kind, name)
	);
	CREATE TABLE minute_blocks (id INTEGER PRIMARY KEY, total BLOB NOT NULL, body BLOB NOT NULL);
	CREATE TABLE minute_watched (
		scope TEXT NOT NULL, source TEXT NOT NULL, from_s INTEGER NOT NULL, to_s INTEGER NOT NULL,
		PRIMARY KEY (scope, source, from_s)
	) WITHOUT ROWID;`,
}

// migrate updates a database to the current schema, once even if several migtops start at
// the same time. It waits for others up to patience, and returns the journal mode that the file has then.
func migrate(ctx context.Context, db *sql.DB, patience time.Duration) (mode string, err error) {
	version, err := versionOf(ctx, db)
	if err != nil {
		return "", err
	}
	if version > len(migrations) {
		return "", fmt.Errorf("version %d: %w", version, errNewer)
	}
	if version == 0 { // before there is a page: free pages can be given back to the disk then, without a copy of the file
		if _, err := db.ExecContext(ctx, "PRAGMA auto_vacuum = INCREMENTAL"); err != nil {
			return "", err
		}
	}
	// Readers do not wait for writers then. It stays with the file.
	if mode, err = useWAL(ctx, db, patience); err != nil {
		return "", err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	defer func() { _ = tx.Rollback() }()               // after Commit it does nothing
	if version, err = versionOf(ctx, tx); err != nil { // another one may have been faster
		return "", err
	}
	for _, step := range migrations[min(version, len(migrations)):] {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return "", err
		}
	}
	if version < len(migrations) {
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", len(migrations))); err != nil {
			return "", err
		}
	}
	return mode, tx.Commit()
}

// walWait is the time between two tries to turn WAL on.
const walWait = 10 * time.Millisecond

// useWAL turns WAL on, which is a property of the file. Two programs that do it at once can
// block each other: SQLite then returns "busy" at once, whatever busy_timeout is, and one
// program has to try again. Some file systems have no shared memory: SQLite answers with another mode then, and no error.
func useWAL(ctx context.Context, db *sql.DB, patience time.Duration) (mode string, err error) {
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := db.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode)
		if c := code(err); c != sqlite3.SQLITE_BUSY && c != sqlite3.SQLITE_LOCKED {
			return mode, err
		}
		wait, stop := context.WithTimeout(within, walWait)
		<-wait.Done()
		stop()
		if within.Err() != nil {
			return "", err
		}
	}
}

func versionOf(ctx context.Context, from interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
},
) (version int, _ error) {
	err := from.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
	return version, err
}
