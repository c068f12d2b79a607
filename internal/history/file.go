package history

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/migtop/migtop/internal/migration"
)

// The WAL is copied into the file as it grows beyond restWAL, and what it takes on the disk is given back down to that. A
// transaction and the readers of the moment may make it longer, up to some megabytes more.
const restWAL = 4 * migration.MiB

// movable reports whether an error says that the file is damaged, and nobody else has replaced it yet.
func (s *Store) movable(ctx context.Context, err error) bool {
	if err == nil || s.path == "" || s.memory || s.closed || ctx.Err() != nil {
		return false
	}
	c := code(err)
	return c == sqlite3.SQLITE_CORRUPT || c == sqlite3.SQLITE_NOTADB
}

// moveAside moves a damaged file away with its WAL, so that a new one can be made. All handles are closed first: no program
// goes on writing into what was moved. Where another migtop was faster, the new file is left alone.
func (s *Store) moveAside(cause error) error {
	was := s.file
	p := s.explain(cause)
	if err := s.release(); err != nil {
		return err
	}
	now, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	if was != nil && !os.SameFile(was, now) {
		return nil
	}
	aside := s.path + ".damaged-" + now.ModTime().UTC().Format("20060102T150405Z")
	for i := 2; ; i++ {
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			break
		}
		aside = fmt.Sprintf("%s.damaged-%s-%d", s.path, now.ModTime().UTC().Format("20060102T150405Z"), i)
	}
	if err := os.Rename(s.path, aside); err != nil {
		return err
	}
	for _, suffix := range []string{"-wal", "-shm"} { // they belong to that file and to no other
		if err := os.Rename(s.path+suffix, aside+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	p.What = "the history file " + s.path + " was damaged, and is " + aside + " now"
	p.Fix = "a new one was begun; restore a copy of the old one with migtop history import, or delete it"
	s.remark = p
	return nil
}

// Open opens the file now. Unlike everything else it does not go on in memory: where the file cannot be used the error is the
// [Store.Problem].
func (s *Store) Open(ctx context.Context) error {
	if err := s.do(ctx, func(*sql.DB) error { return nil }); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.memory {
		return s.problem
	}
	return nil
}

// Size is what the history takes on the disk, and what it may take.
func (s *Store) Size(ctx context.Context) (used, most migration.Bytes, err error) {
	used, _, err = s.used(ctx)
	return used, s.opts.Cap, err
}

// refusedWAL says that a file is used without WAL.
func (s *Store) refusedWAL(mode string) *migration.Problem {
	return &migration.Problem{
		Fault: migration.FaultConfig,
		What: "the file system of the history file " + s.path + " allows no WAL (journal mode " + mode +
			"): readers and writers wait for each other",
		Fix: "put the history on a local disk: set history.path",
	}
}

// setFull remembers whether the disk is full.
func (s *Store) setFull(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		s.full = nil
	case code(err) == sqlite3.SQLITE_FULL:
		s.full = &migration.Problem{
			Fault: migration.FaultConfig, Err: err,
			What: "the disk of the history file " + s.path + " is full: the last minutes are not kept",
			Fix:  "free disk space, or lower history.cap; migtop tries again every minute",
		}
	}
}

// inFile does something in one transaction. Unlike in, it does not leave a file whose disk is full: old minutes can still be
// read, and thinning makes room.
func (s *Store) inFile(ctx context.Context, what func(*sql.Tx) error) error {
	var full error
	err := s.do(ctx, func(db *sql.DB) error {
		full = nil
		err := transact(ctx, db, what)
		if code(err) == sqlite3.SQLITE_FULL {
			full, err = err, nil
		}
		return err
	})
	return cmp.Or(err, full)
}

// used is what the file takes on the disk with its WAL, and how much of it are free pages.
func (s *Store) used(ctx context.Context) (used, free migration.Bytes, err error) {
	err = s.do(ctx, func(db *sql.DB) error {
		var pages, unused, size int64
		if err := db.QueryRowContext(ctx, `SELECT (SELECT page_count FROM pragma_page_count), (SELECT freelist_count FROM
			pragma_freelist_count), (SELECT page_size FROM pragma_page_size)`).Scan(&pages, &unused, &size); err != nil {
			return err
		}
		used, free = migration.Bytes(pages*size), migration.Bytes(unused*size)
		if !s.memory && s.path != "" {
			if wal, err := os.Stat(s.path + "-wal"); err == nil {
				used += migration.Bytes(wal.Size())
			}
		}
		return nil
	})
	return used, free, err
}

// walSize is how large the WAL of a file is, 0 where there is none or nobody can say.
func walSize(path string) migration.Bytes {
	wal, err := os.Stat(path + "-wal")
	if err != nil {
		return 0
	}
	return migration.Bytes(wal.Size())
}

// checkpoint copies a WAL that takes more than least into the file, and gives its disk space back. It waits a little for readers,
// and goes on without where they take longer: the next one tries again.
func (s *Store) checkpoint(ctx context.Context, least migration.Bytes) error {
	return s.do(ctx, func(db *sql.DB) error {
		if s.memory || s.path == "" {
			return nil
		}
		if walSize(s.path) <= least {
			return nil
		}
		var busy, log, done int
		return db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &done)
	})
}

// reading runs a query on a connection of its own, so that it waits for no writer, and hands each row to scan. Its transaction
// ends with it: whoever calls it reads a bounded number of rows, since the WAL grows for as long as a reader is at work.
func (s *Store) reading(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	db, err := s.reader(ctx)
	if err != nil {
		return err
	}
	if db == nil { // memory has one connection
		return s.do(ctx, func(db *sql.DB) error { return each(ctx, db, scan, query, args...) })
	}
	return each(ctx, db, scan, query, args...)
}

func each(ctx context.Context, db *sql.DB, scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err has the error
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// reader is the pool of connections that read, nil for a history in memory.
func (s *Store) reader(ctx context.Context) (*sql.DB, error) {
	if err := s.do(ctx, func(*sql.DB) error { return nil }); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.memory || s.path == "" || s.closed {
		return nil, nil
	}
	if s.readers == nil {
		db, err := sql.Open("sqlite", s.source(s.path, "query_only(1)", "cache_size(-8000)"))
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(2)
		db.SetConnMaxIdleTime(time.Minute)
		s.readers = db
	}
	return s.readers, nil
}
