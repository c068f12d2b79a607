package history

import (
	"bufio"
	"bytes"
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
	"github.com/migtop/migtop/internal/timeseries"
)

// mostFrame limits a frame; none that is written reaches it.
const mostFrame = 64 << 20

// ErrExport is the error of what is no whole exported history. Nothing of it was imported.
var ErrExport = errors.New("not a whole export of a history")

func newPacker() *timeseries.Packer { return timeseries.NewPacker() }

// exportReader reads frames.
type exportReader struct {
	r      *bufio.Reader
	sum    hash.Hash
	frames uint64
	read   int64
}

func newExportReader(r io.Reader) (*exportReader, error) {
	x := &exportReader{r: bufio.NewReader(r), sum: sha256.New()}
	magic := make([]byte, len(exportMagic))
	if _, err := io.ReadFull(x.r, magic); err != nil || string(magic) != exportMagic {
		if bytes.HasPrefix(magic, []byte("migtop history ")) {
			return nil, fmt.Errorf("%w: a newer migtop has made it: upgrade migtop", ErrExport)
		}
		return nil, fmt.Errorf("%w: it does not begin with %q", ErrExport, strings.TrimSpace(exportMagic))
	}
	x.take(magic)
	return x, nil
}

func (x *exportReader) take(b []byte) {
	_, _ = x.sum.Write(b) // a hash takes everything
	x.read += int64(len(b))
}

// next is the next frame; the end frame is checked.
func (x *exportReader) next() (kind byte, body []byte, err error) {
	cut := func() error {
		return fmt.Errorf("%w: it is cut off after %d bytes and %d parts; copy it again from where it was made",
			ErrExport, x.read, x.frames)
	}
	if kind, err = x.r.ReadByte(); err != nil {
		return 0, nil, cut()
	}
	n, err := binary.ReadUvarint(x.r)
	if err != nil {
		return 0, nil, cut()
	}
	if n > mostFrame {
		return 0, nil, fmt.Errorf("%w: it is damaged at byte %d", ErrExport, x.read)
	}
	var b bytes.Buffer
	if got, err := io.CopyN(&b, x.r, int64(n)); err != nil || got < int64(n) {
		return 0, nil, cut()
	}
	body = b.Bytes()
	if kind == endFrame {
		if !bytes.Equal(body, x.sum.Sum(binary.AppendUvarint(nil, x.frames))) {
			return 0, nil, fmt.Errorf("%w: its checksum is wrong, so that a part of it was changed", ErrExport)
		}
		return kind, nil, nil
	}
	x.take(binary.AppendUvarint([]byte{kind}, n))
	x.take(body)
	x.frames++
	return kind, body, nil
}

// Import merges an exported history into this one. It is read twice: nothing is imported unless all of it is there. What is
// there already is replaced by what is better and never added to it, so that an import may overlap, and may be repeated after
// it was interrupted. Its minutes keep their own time, whatever the clock here says.
func (s *Store) Import(ctx context.Context, r io.ReadSeeker) (Moved, error) {
	if _, err := s.importFrames(ctx, r, false); err != nil {
		return Moved{}, fmt.Errorf("import a history: %w", err)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return Moved{}, fmt.Errorf("import a history: %w", err)
	}
	m, err := s.importFrames(ctx, r, true)
	if err != nil {
		err = fmt.Errorf("import a history: %w", err)
	}
	return m, err
}

// importFrames reads all frames, and keeps them if it is to.
func (s *Store) importFrames(ctx context.Context, r io.Reader, keep bool) (m Moved, err error) {
	x, err := newExportReader(r)
	if err != nil {
		return m, err
	}
	var waiting []importedBlock
	flush := func() error {
		list := waiting
		waiting = nil
		if !keep || len(list) == 0 {
			return nil
		}
		return s.putImported(ctx, list)
	}
	for {
		kind, body, err := x.next()
		if err != nil {
			return m, err
		}
		p := &migration.PackedReader{Rest: body}
		switch kind {
		case headerFrame:
			m.At = time.Unix(p.Signed(), 0).UTC()
		case blockFrame:
			one, err := readImported(p)
			if err != nil {
				return m, err
			}
			m.Blocks++
			m.scope(one.scope)
			m.see(one.newest)
			if waiting = append(waiting, one); len(waiting) == batchBlocks {
				err = flush()
			}
			if err != nil {
				return m, err
			}
		case watchedFrame:
			scope := p.Text()
			w := timeseries.Watched{Source: p.Text(), From: time.Unix(p.Signed(), 0), To: time.Unix(p.Signed(), 0)}
			if keep && !p.Bad {
				err = s.inFile(ctx, func(tx *sql.Tx) error { return putWatched(ctx, tx, scope, []timeseries.Watched{w}) })
			}
			if err != nil {
				return m, err
			}
		case rowFrame:
			m.Rows++
			if err := s.importRow(ctx, body, keep); err != nil {
				return m, err
			}
		case endFrame:
			return m, flush()
		}
		if p.Bad {
			return m, fmt.Errorf("%w: part %d is damaged", ErrExport, x.frames)
		}
	}
}

// importedBlock is a block on its way into the file.
type importedBlock struct {
	scope  string
	name   keyName
	tier   int
	number int64
	change change
	newest time.Time
}

func readImported(p *migration.PackedReader) (b importedBlock, err error) {
	b.scope = p.Text()
	b.name.kind = int(p.Count(wordKind))
	b.name.name = p.Text()
	b.tier, b.number = int(p.Count(uint64(len(tiers)-1))), int64(p.Count(1<<28-1))
	if p.Bad || b.name.kind == 0 {
		return b, fmt.Errorf("%w: a block has no key", ErrExport)
	}
	b.change.kind = b.name.kind
	from, to := blockStart(b.tier, b.number), blockStart(b.tier, b.number+1)
	inside := func(start int64) bool { return start >= from && start < to }
	ok := true
	if b.name.kind == activityKind {
		if b.change.buckets, err = readActivity(p.Rest, newPacker()); err == nil {
			_, err = readStreamKey(b.name.name)
		}
		for i := range b.change.buckets {
			c := &b.change.buckets[i]
			ok = ok && inside(c.Start)
			b.newest = time.Unix(c.Start+int64(c.Span), 0)
		}
	} else {
		b.change.entries, err = readEntries(p.Rest)
		ok = !slices.ContainsFunc(b.change.entries, func(e entry) bool { return !inside(e.start) })
	}
	if err == nil && !ok {
		err = errBlock
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrExport, err)
	}
	return b, err
}

func (s *Store) putImported(ctx context.Context, list []importedBlock) error {
	changes := map[int64]*change{}
	if err := s.inFile(ctx, func(tx *sql.Tx) error {
		clear(changes)
		numbers := map[string]*keyNumbers{}
		for i := range list {
			b := &list[i]
			if numbers[b.scope] == nil {
				numbers[b.scope] = &keyNumbers{ctx: ctx, tx: tx, scope: b.scope}
			}
			key, err := numbers[b.scope].of(b.name.kind, b.name.name)
			if err != nil {
				return err
			}
			changes[blockID(b.tier, b.number, key)] = &b.change
		}
		return nil
	}); err != nil {
		return err
	}
	return s.putChanges(ctx, changes)
}

// importRow keeps a row of a table that this migtop has; one that is there already stays.
func (s *Store) importRow(ctx context.Context, body []byte, keep bool) error {
	var r exportedRow
	if err := json.Unmarshal(body, &r); err != nil || len(r.Columns) != len(r.Values) || len(r.Columns) == 0 {
		return fmt.Errorf("%w: a row is damaged", ErrExport)
	}
	if !keep || !slices.Contains(movedTables[:], r.Table) {
		return nil
	}
	return s.inFile(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT name FROM pragma_table_info(?)`, r.Table)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err has the error
		known := map[string]bool{}
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			known[name] = true
		}
		if err := rows.Err(); err != nil || len(known) == 0 {
			return err
		}
		args := make([]any, len(r.Values))
		for i, column := range r.Columns {
			if !known[column] {
				return fmt.Errorf("%w: %s has no %q", ErrExport, r.Table, column)
			}
			args[i] = r.Values[i].value()
		}
		_, err = tx.ExecContext(ctx, `INSERT OR IGNORE INTO `+r.Table+` (`+strings.Join(r.Columns, ", ")+`) VALUES (?`+
			strings.Repeat(", ?", len(args)-1)+`)`, args...)
		return err
	})
}
