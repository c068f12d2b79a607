package history

import (
	"cmp"
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
	// Cap is what the file and its WAL may take on the disk; 0 is [DefaultCap].
	Cap migration.Bytes
}

// DefaultCap is what the history may take on the disk, if nothing else is said.
const DefaultCap = 512 * migration.MiB

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
	if o.Cap <= 0 {
		o.Cap = DefaultCap
	}
	return o
}

// Store keeps what was seen. It is safe for concurrent use.
type Store struct {
	path string // "" is memory
	opts Options
	vfs  string // SQLite's layer below, "" for the usual one

	mu      sync.Mutex
	db      *sql.DB
	readers *sql.DB            // of the same file, nil before anybody read minutes
	file    os.FileInfo        // the file that db is, nil for memory
	memory  bool               // the file is not used
	problem *migration.Problem // why
	// remark is what is wrong with a file that is used: one was moved aside, or WAL was refused. full is set while the disk is.
	remark, full *migration.Problem
	closed       bool
	puts         int // how often something was kept since the start
}

// New makes a store in a file; "" is one in memory. Nothing is opened yet.
func New(path string, opts Options) *Store {
	return &Store{path: path, opts: opts.withDefaults()}
}

// Problem is why the file is not used, or what is wrong with it; nil where nothing is, or where there is none.
func (s *Store) Problem() *migration.Problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	return cmp.Or(s.problem, s.full, s.remark)
}

// Path is the file, "" for a history in memory.
func (s *Store) Path() string { return s.path }

// Close closes the file. A store that was closed is empty and keeps nothing.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return s.release()
}

// release closes all handles.
func (s *Store) release() error {
	var errs []error
	for _, db := range []*sql.DB{s.readers, s.db} { // the last one takes the WAL away
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	s.db, s.readers, s.file = nil, nil, nil
	return errors.Join(errs...)
}

var errClosed = errors.New("the history is closed")

// do does something with the database, one caller at a time. Where the file turns out to be damaged it is moved aside and the
// same is done in a new one; where it is unusable for another reason, in memory.
func (s *Store) do(ctx context.Context, what func(*sql.DB) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.doOnce(ctx, what)
	if !s.movable(ctx, err) {
		return s.orInMemory(ctx, err, what)
	}
	if moved := s.moveAside(err); moved != nil {
		return s.orInMemory(ctx, errors.Join(err, moved), what)
	}
	return s.orInMemory(ctx, s.doOnce(ctx, what), what)
}

// doOnce opens what is not open yet and does it.
func (s *Store) doOnce(ctx context.Context, what func(*sql.DB) error) error {
	if err := s.ensure(ctx); err != nil {
		return err
	}
	return what(s.db)
}

// ensure opens what is not open yet.
func (s *Store) ensure(ctx context.Context) error {
	if s.closed {
		return errClosed
	}
	if s.db != nil {
		return nil
	}
	path := s.path
	if s.memory {
		path = ""
	}
	db, err := s.open(ctx, path)
	if err != nil {
		return &openError{err}
	}
	s.db = db
	if path != "" {
		if s.file, err = os.Stat(path); err != nil { // which opens nothing: closing it would drop SQLite's locks
			s.file = nil
		}
	}
	return nil
}

// openError is why a database could not be opened.
type openError struct{ error }

func (e *openError) Unwrap() error { return e.error }

// orInMemory does something in memory where err says that the file is unusable.
func (s *Store) orInMemory(ctx context.Context, err error, what func(*sql.DB) error) error {
	if err == nil || s.memory || s.closed || ctx.Err() != nil {
		return err
	}
	_, opening := errors.AsType[*openError](err)
	if s.path == "" && opening {
		return fmt.Errorf("keep a history in memory: %w", err)
	}
	if s.path == "" || !opening && !unusable(err) {
		return err
	}
	_ = s.release() // it is broken
	s.problem, s.memory = s.explain(err), true
	if err := s.ensure(ctx); err != nil {
		return fmt.Errorf("keep a history in memory: %w", err)
	}
	return what(s.db)
}

// open opens a database and brings it up to date.
func (s *Store) open(ctx context.Context, path string) (*sql.DB, error) {
	if path != "" {
		if err := prepare(path); err != nil {
			return nil, err
		}
	}
	db, err := sql.Open("sqlite", s.source(path, fmt.Sprintf("journal_size_limit(%d)", int64(restWAL))))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // memory is one connection's; and writers wait for each other anyway
	mode, err := migrate(ctx, db, s.opts.Busy)
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	if path != "" && mode != "wal" {
		s.remark = s.refusedWAL(mode)
	}
	return db, nil
}

// source names a database for the driver, "" for one in memory.
func (s *Store) source(path string, pragmas ...string) string {
	source := "file::memory:"
	if path != "" {
		source = (&url.URL{Scheme: "file", Path: path}).String()
	}
	query := url.Values{"_txlock": {"immediate"}, "_pragma": append([]string{
		fmt.Sprintf("busy_timeout(%d)", s.opts.Busy.Milliseconds()), "synchronous(NORMAL)",
	}, pragmas...)}
	if s.vfs != "" && path != "" {
		query.Set("vfs", s.vfs)
	}
	return source + "?" + query.Encode()
}

// preparing keeps two stores of one program from making one file at once.
var preparing sync.Mutex

// prepare makes the folder and the file, which only their owner can read. A file that is there is not opened: closing it would
// drop the locks that SQLite has on it in this process.
func prepare(path string) error {
	preparing.Lock()
	defer preparing.Unlock()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
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
