package history

import (
	"bufio"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// exportMagic begins an exported history. docs/history.md has the rest of the format.
const exportMagic = "migtop history 1\n"

// The kinds of frames of an exported history.
const (
	headerFrame  = 'H'
	blockFrame   = 'B'
	watchedFrame = 'W'
	rowFrame     = 'T'
	endFrame     = 'E'
)

// Moved is what an exported history has.
type Moved struct {
	// At is when it was made, by the clock of the machine that made it.
	At time.Time
	// Blocks and Rows are how many there are: minutes by tier, time and key; days, runs, and what is kept of cutovers.
	Blocks, Rows int
	// Scopes are the accounts, regions and clusters that they are of.
	Scopes []string
	// Newest is the end of its newest bucket.
	Newest time.Time
}

func (m *Moved) scope(name string) {
	if at, found := slices.BinarySearch(m.Scopes, name); !found {
		m.Scopes = slices.Insert(m.Scopes, at, name)
	}
}

// movedTables are the tables that are exported row by row. What logs said and alerts that wait are left out: they belong to
// one machine.
var movedTables = [...]string{"days", "records", "cutovers", "verdicts"}

// exportBlocksAtOnce bounds a read, and with it how long the WAL must keep what others write in the meantime.
const exportAtOnce = 500

// exporter writes frames.
type exporter struct {
	w      *bufio.Writer
	sum    hash.Hash
	frames uint64
	moved  Moved
	err    error
}

func (e *exporter) write(b []byte) {
	if e.err == nil {
		_, e.err = e.w.Write(b)
	}
	_, _ = e.sum.Write(b) // a hash takes everything
}

func (e *exporter) frame(kind byte, body []byte) {
	e.write(binary.AppendUvarint([]byte{kind}, uint64(len(body))))
	e.write(body)
	e.frames++
}

// Export writes everything that is kept into w, in short reads, while others may write. now is the time that it carries.
func (s *Store) Export(ctx context.Context, w io.Writer, now time.Time) (Moved, error) {
	e := &exporter{w: bufio.NewWriter(w), sum: sha256.New(), moved: Moved{At: now.UTC().Truncate(time.Second)}}
	e.write([]byte(exportMagic))
	e.frame(headerFrame, binary.AppendVarint(nil, e.moved.At.Unix()))
	for _, step := range []func(context.Context, *exporter) error{s.exportBlocks, s.exportWatched, s.exportRows} {
		if err := step(ctx, e); err != nil {
			return e.moved, fmt.Errorf("export the history: %w", err)
		}
	}
	e.frame(endFrame, e.sum.Sum(binary.AppendUvarint(nil, e.frames)))
	if e.err == nil {
		e.err = e.w.Flush()
	}
	if e.err != nil {
		return e.moved, fmt.Errorf("export the history: %w", e.err)
	}
	return e.moved, nil
}

func (s *Store) exportBlocks(ctx context.Context, e *exporter) error {
	last, n := int64(-1), exportAtOnce
	for n == exportAtOnce && e.err == nil {
		n = 0
		if err := s.reading(ctx, func(rows *sql.Rows) error {
			var scope string
			var kind int
			var name, body []byte
			if err := rows.Scan(&last, &scope, &kind, &name, &body); err != nil {
				return err
			}
			n++
			t, number, _ := parts(last)
			if kind == activityKind {
				if list, err := readActivity(body, newPacker()); err == nil && len(list) > 0 {
					b := &list[len(list)-1]
					e.moved.see(time.Unix(b.Start+int64(b.Span), 0))
				}
			}
			e.moved.Blocks++
			e.moved.scope(scope)
			b := migration.AppendText(nil, scope)
			b = migration.AppendText(binary.AppendUvarint(b, uint64(kind)), string(name))
			b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(t)), uint64(number))
			e.frame(blockFrame, append(b, body...))
			return nil
		}, `SELECT b.id, k.scope, k.kind, k.name, b.body FROM minute_blocks b JOIN minute_keys k ON k.id = b.id & 4294967295
			WHERE b.id > ? ORDER BY b.id LIMIT ?`, last, exportAtOnce); err != nil {
			return err
		}
	}
	return nil
}

// see notes the end of a bucket.
func (m *Moved) see(end time.Time) {
	if end.After(m.Newest) {
		m.Newest = end.UTC()
	}
}

func (s *Store) exportWatched(ctx context.Context, e *exporter) error {
	return s.reading(ctx, func(rows *sql.Rows) error {
		var scope, source string
		var from, to int64
		if err := rows.Scan(&scope, &source, &from, &to); err != nil {
			return err
		}
		b := migration.AppendText(migration.AppendText(nil, scope), source)
		e.frame(watchedFrame, binary.AppendVarint(binary.AppendVarint(b, from), to))
		return nil
	}, `SELECT scope, source, from_s, to_s FROM minute_watched ORDER BY scope, source, from_s`)
}

// exportedRow is a row of a table by its columns.
type exportedRow struct {
	Table   string
	Columns []string
	Values  []exportedValue
}

// exportedValue is one of the three that a column may have.
type exportedValue struct {
	Int  *int64  `json:"i,omitempty"`
	Text *string `json:"t,omitempty"`
	Blob []byte  `json:"b,omitempty"`
}

func (v *exportedValue) value() any {
	switch {
	case v.Int != nil:
		return *v.Int
	case v.Text != nil:
		return *v.Text
	}
	return append([]byte{}, v.Blob...)
}

func (s *Store) exportRows(ctx context.Context, e *exporter) error {
	for _, table := range movedTables {
		for offset, n := 0, exportAtOnce; n == exportAtOnce && e.err == nil; offset += n {
			n = 0
			err := s.reading(ctx, func(rows *sql.Rows) error {
				n++
				r, err := scanRow(rows, table)
				if err != nil {
					return err
				}
				body, err := json.Marshal(r)
				if err != nil {
					return err
				}
				e.moved.Rows++
				e.frame(rowFrame, body)
				return nil
			}, `SELECT * FROM `+table+` LIMIT ? OFFSET ?`, exportAtOnce, offset)
			if err != nil && strings.Contains(err.Error(), "no such table") {
				break
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func scanRow(rows *sql.Rows, table string) (*exportedRow, error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values := make([]any, len(columns))
	into := make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	r := &exportedRow{Table: table, Columns: columns, Values: make([]exportedValue, len(columns))}
	for i, v := range values {
		switch v := v.(type) {
		case int64:
			r.Values[i].Int = &v
		case string:
			r.Values[i].Text = &v
		case []byte:
			r.Values[i].Blob = v
		default:
			return nil, fmt.Errorf("%s.%s: %w", table, columns[i], errors.ErrUnsupported)
		}
	}
	return r, nil
}
