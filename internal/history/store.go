package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/migtop/migtop/internal/migration"
)

// Options limit what is stored. Zero fields have defaults.
type Options struct {
	// Keep is how long log data and runs are kept; 0 is 35 days.
	Keep time.Duration
	// Segments is how many segments are kept at most, the newest; 0 is 1,000,000,
	// some hundreds of megabytes.
	Segments int
	// Records is how many runs are kept of one kind of work and one sureness of its
	// memory, the newest; 0 is 400.
	Records int
	// Busy is how long to wait for another migtop that writes; 0 is 5 s.
	Busy time.Duration
}

func (o Options) withDefaults() Options {
	if o.Keep <= 0 {
		o.Keep = 35 * 24 * time.Hour
	}
	if o.Segments <= 0 {
		o.Segments = 1_000_000
	}
	if o.Records <= 0 {
		o.Records = 400
	}
	if o.Busy <= 0 {
		o.Busy = 5 * time.Second
	}
	return o
}

// Store keeps what was seen. It is safe for concurrent use.
type Store struct {
	path string // "" is memory
	opts Options

	mu      sync.Mutex
	db      *sql.DB
	problem *migration.Problem
	closed  bool
	puts    int // how often something was kept since the start
}

// New makes a store in a file; "" is one in memory. Nothing is opened yet.
func New(path string, opts Options) *Store {
	return &Store{path: path, opts: opts.withDefaults()}
}

// Problem is why the file is not used, nil where it is, or where there is none.
func (s *Store) Problem() *migration.Problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.problem
}

// Close closes the file. A store that was closed is empty and keeps nothing.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.db == nil {
		return nil
	}
	err := s.db.Close()
	s.db = nil
	return err
}

var errClosed = errors.New("the history is closed")

// do does something with the database, one caller at a time. Where the file turns out
// to be unusable it is done again in memory.
func (s *Store) do(ctx context.Context, what func(*sql.DB) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	if s.db == nil {
		db, err := s.open(ctx, s.path)
		switch {
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil && s.path == "":
			return fmt.Errorf("keep a history in memory: %w", err)
		case err != nil:
			if err := s.giveUp(ctx, err); err != nil {
				return err
			}
		default:
			s.db = db
		}
	}
	err := what(s.db)
	if err == nil || s.path == "" || s.problem != nil || !unusable(err) || ctx.Err() != nil {
		return err
	}
	_ = s.db.Close() // it is broken
	if err := s.giveUp(ctx, err); err != nil {
		return err
	}
	return what(s.db)
}

// giveUp goes on in memory.
func (s *Store) giveUp(ctx context.Context, cause error) error {
	s.problem = s.explain(cause)
	db, err := s.open(ctx, "")
	if err != nil {
		s.db = nil
		return fmt.Errorf("keep a history in memory: %w", err)
	}
	s.db = db
	return nil
}

// open opens a database and brings it up to date.
func (s *Store) open(ctx context.Context, path string) (*sql.DB, error) {
	source := "file::memory:"
	if path != "" {
		if err := prepare(path); err != nil {
			return nil, err
		}
		source = (&url.URL{Scheme: "file", Path: path}).String()
	}
	query := url.Values{"_txlock": {"immediate"}, "_pragma": {
		fmt.Sprintf("busy_timeout(%d)", s.opts.Busy.Milliseconds()), "synchronous(NORMAL)",
	}}
	db, err := sql.Open("sqlite", source+"?"+query.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // memory is one connection's; and writers wait for each other anyway
	if err := migrate(ctx, db, s.opts.Busy); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// prepare makes the folder and the file, which only their owner can read.
func prepare(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// errNewer is the error of a file that a newer migtop has made.
var errNewer = errors.New("a newer migtop has made it")

// code is the primary result code of SQLite in an error, 0 for none.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

// unusable reports whether an error is about the file and not about a query.
func unusable(err error) bool {
	switch code(err) {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM, sqlite3.SQLITE_PROTOCOL:
		return true
	}
	return false
}

// explain says what is wrong with the file and what to do.
func (s *Store) explain(err error) *migration.Problem {
	p := &migration.Problem{Fault: migration.FaultConfig, Err: err, What: "the history file " + s.path + " "}
	switch c := code(err); {
	case errors.Is(err, errNewer):
		p.What += "was made by a newer migtop"
		p.Fix = "upgrade migtop, or move the file away"
	case c == sqlite3.SQLITE_CORRUPT, c == sqlite3.SQLITE_NOTADB:
		p.What += "is damaged"
		p.Fix = "move it away: a new one is made"
	case c == sqlite3.SQLITE_BUSY, c == sqlite3.SQLITE_LOCKED, c == sqlite3.SQLITE_PROTOCOL:
		p.What += "is locked by another program"
		p.Fix = "end the program that holds it, and start migtop again"
	case c == sqlite3.SQLITE_READONLY, c == sqlite3.SQLITE_PERM, errors.Is(err, fs.ErrPermission):
		p.What += "cannot be written"
		p.Fix = "make the file and its folder writable"
	case c == sqlite3.SQLITE_FULL:
		p.What += "does not fit on the disk any more"
		p.Fix = "free disk space"
	default:
		p.What += "cannot be opened: " + err.Error()
		p.Fix = "check its folder"
	}
	p.What += "; what is learnt is kept in memory, until migtop ends"
	return p
}
