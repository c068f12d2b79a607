package history

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// Past answers what was, from the minutes of one scope. It implements [migration.Past]. It is safe for concurrent use, and
// reads while others write.
type Past struct {
	store *Store
	scope string
}

var _ migration.Past = (*Past)(nil)

// Past is the past of a scope.
func (s *Store) Past(scope string) *Past { return &Past{s, scope} }

// Scopes are the scopes that minutes are kept of.
func (s *Store) Scopes(ctx context.Context) (names []string, err error) {
	err = s.reading(ctx, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		names = append(names, name)
		return err
	}, `SELECT DISTINCT scope FROM minute_keys ORDER BY scope`)
	if err != nil {
		return nil, fmt.Errorf("read the scopes of the history: %w", err)
	}
	return names, nil
}

// pastRow is a block that was read, or its total alone.
type pastRow struct {
	tier   int
	number int64
	total  []byte
	body   []byte // nil where the total is enough
}

// Totals adds up what each key did in a window.
func (p *Past) Totals(ctx context.Context, w migration.PastWindow) ([]migration.PastTotal, error) {
	keys, rows, err := p.read(ctx, w, nil, true)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	span := int32(w.To.Sub(w.From) / time.Second)
	out := make([]*migration.PastTotal, len(keys))
	err = p.each(keys, rows, func(i int, of timeseries.Stream, one []pastRow, packer *timeseries.Packer) error {
		sum := timeseries.NewSum(w.From.Unix(), span)
		list, err := choose(one, packer, w)
		for k := range list {
			sum.Add(&list[k])
		}
		if err != nil || sum.Empty() {
			return err
		}
		c := sum.Total()
		out[i] = &migration.PastTotal{Activity: c.Activity(of)}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	var totals []migration.PastTotal
	for _, t := range out {
		if t != nil {
			totals = append(totals, *t)
		}
	}
	return totals, nil
}

// Series divides a window into at most so many cells.
func (p *Past) Series(ctx context.Context, key *migration.PastKey, w migration.PastWindow, cells int) ([]migration.PastCell, error) {
	if cells < 1 || !w.To.After(w.From) {
		return nil, fmt.Errorf("read history: %d cells from %v to %v", cells, w.From, w.To)
	}
	keys, rows, err := p.read(ctx, w, key, false)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	step := tiers[0].step
	for _, one := range rows {
		for _, r := range one {
			step = max(step, tiers[r.tier].step)
		}
	}
	for _, nice := range [...]time.Duration{
		step, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour,
		migration.DayLength, 7 * migration.DayLength, 14 * migration.DayLength, 28 * migration.DayLength, 56 * migration.DayLength,
	} {
		if step = max(step, nice); int(cellsOf(w, step)) <= cells {
			break
		}
	}
	if n := cellsOf(w, step); int(n) > cells {
		step *= time.Duration((n + int64(cells) - 1) / int64(cells))
	}
	return p.cells(ctx, keys, rows, w, step, key == nil)
}

// cellsOf is how many cells of a length a window touches. They begin at multiples of it.
func cellsOf(w migration.PastWindow, step time.Duration) int64 {
	s := int64(step / time.Second)
	return (w.To.Unix()-1)/s - w.From.Unix()/s + 1
}

func (p *Past) cells(
	ctx context.Context, keys []pastKey, rows map[int64][]pastRow, w migration.PastWindow, step time.Duration, all bool,
) ([]migration.PastCell, error) {
	s := int64(step / time.Second)
	first := w.From.Unix() / s
	type slot struct {
		cell int64
		of   timeseries.Stream
	}
	folded := make([][]timeseries.Bucket, len(keys))
	err := p.each(keys, rows, func(i int, _ timeseries.Stream, one []pastRow, packer *timeseries.Packer) error {
		list, err := choose(one, packer, w)
		if err != nil {
			return err
		}
		folded[i] = timeseries.Fold(list, step)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	sums := map[slot][]timeseries.Bucket{}
	for i, list := range folded {
		of := keys[i].of
		if all {
			of = timeseries.Stream{Key: migration.Key{Platform: of.Platform}}
		}
		for _, b := range list {
			at := slot{b.Start/s - first, of}
			sums[at] = append(sums[at], b)
		}
	}
	out := make([]migration.PastCell, cellsOf(w, step))
	for i := range out {
		out[i] = migration.PastCell{Start: time.Unix((first+int64(i))*s, 0).UTC(), Span: step}
	}
	for _, at := range slices.SortedFunc(maps.Keys(sums), func(a, b slot) int {
		return cmp.Or(cmp.Compare(a.cell, b.cell), cmp.Compare(a.of.Platform, b.of.Platform))
	}) {
		if at.cell < 0 || at.cell >= int64(len(out)) {
			continue
		}
		cell := &out[at.cell]
		sum := timeseries.NewSum(cell.Start.Unix(), int32(s))
		for k := range sums[at] {
			sum.Add(&sums[at][k])
		}
		total := sum.Total()
		cell.Totals = append(cell.Totals, migration.PastTotal{Activity: total.Activity(at.of)})
	}
	watched, err := p.watched(ctx)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Gap = len(out[i].Totals) == 0 && !anyWatched(watched, out[i].Start, out[i].Start.Add(step))
	}
	return out, nil
}

// each works on the rows of each key, several keys at once.
func (p *Past) each(keys []pastKey, rows map[int64][]pastRow, do func(int, timeseries.Stream, []pastRow, *timeseries.Packer) error) error {
	workers := max(runtime.GOMAXPROCS(0), 1)
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for n := range workers {
		wg.Go(func() {
			packer := timeseries.NewPacker()
			for i := n; i < len(keys) && errs[n] == nil; i += workers {
				errs[n] = do(i, keys[i].of, rows[keys[i].id], packer)
			}
		})
	}
	wg.Wait()
	return cmp.Or(errs...)
}

// pastKey is a key and its number in the file.
type pastKey struct {
	id int64
	of timeseries.Stream
}

// read reads the blocks that a window touches, of one key or of all, and the keys in a fixed order. Each query reads the
// blocks of one time, so that no transaction is long. Where totals is set and one tier has the whole window, blocks that lie
// within it come as their total.
func (p *Past) read(
	ctx context.Context, w migration.PastWindow, only *migration.PastKey, totals bool,
) ([]pastKey, map[int64][]pastRow, error) {
	if !w.To.After(w.From) {
		return nil, nil, fmt.Errorf("a window from %v to %v", w.From, w.To)
	}
	keys, err := p.keys(ctx, only)
	if err != nil || len(keys) == 0 {
		return nil, nil, err
	}
	from, to := w.From.Unix(), w.To.Unix()
	var present []int
	for t := range tiers {
		found := false
		if err := p.store.reading(ctx, func(*sql.Rows) error { found = true; return nil },
			`SELECT 1 FROM minute_blocks WHERE id >= ? AND id < ? LIMIT 1`,
			blockID(t, blockNumber(t, from), 0), blockID(t, blockNumber(t, to-1)+1, 0)); err != nil {
			return nil, nil, err
		}
		if found {
			present = append(present, t)
		}
	}
	rows := make(map[int64][]pastRow, len(keys))
	for _, t := range present {
		for number := blockNumber(t, from); number <= blockNumber(t, to-1); number++ {
			whole := totals && len(present) == 1 && blockStart(t, number) >= from && blockStart(t, number+1) <= to
			if err := p.readBlocks(ctx, t, number, whole, only, keys, rows); err != nil {
				return nil, nil, err
			}
		}
	}
	keys = slices.DeleteFunc(keys, func(k pastKey) bool { return len(rows[k.id]) == 0 })
	return keys, rows, nil
}

func (p *Past) readBlocks(
	ctx context.Context, t int, number int64, whole bool, only *migration.PastKey, keys []pastKey, into map[int64][]pastRow,
) error {
	column := "body"
	if whole {
		column = "total"
	}
	low, high := blockID(t, number, 0), blockID(t, number+1, 0)
	if only != nil {
		low, high = blockID(t, number, keys[0].id), blockID(t, number, keys[0].id)+1
	}
	return p.store.reading(ctx, func(rows *sql.Rows) error {
		var id int64
		var data []byte
		if err := rows.Scan(&id, &data); err != nil {
			return err
		}
		_, _, key := parts(id)
		r := pastRow{tier: t, number: number}
		if whole {
			r.total = data
		} else {
			r.body = data
		}
		into[key] = append(into[key], r)
		return nil
	}, `SELECT id, `+column+` FROM minute_blocks WHERE id >= ? AND id < ?`, low, high)
}

// keys are the streams of the scope, by platform, tenant and workload.
func (p *Past) keys(ctx context.Context, only *migration.PastKey) ([]pastKey, error) {
	var keys []pastKey
	var bad error
	query, args := `SELECT id, name FROM minute_keys WHERE scope = ? AND kind = ?`, []any{p.scope, activityKind}
	if only != nil {
		query += ` AND name = ?`
		args = append(args, []byte(streamKey(timeseries.Stream{Key: only.Key, Scope: only.Scope})))
	}
	err := p.store.reading(ctx, func(rows *sql.Rows) error {
		var k pastKey
		var name []byte
		if err := rows.Scan(&k.id, &name); err != nil {
			return err
		}
		if k.of, bad = readStreamKey(string(name)); bad != nil {
			return bad
		}
		keys = append(keys, k)
		return nil
	}, query, args...)
	slices.SortFunc(keys, func(a, b pastKey) int {
		return cmp.Or(cmp.Compare(a.of.Platform, b.of.Platform), cmp.Compare(a.of.Tenant, b.of.Tenant),
			cmp.Compare(a.of.Workload, b.of.Workload), cmp.Compare(a.of.Scope, b.of.Scope))
	})
	return keys, err
}

// choose are the buckets of a key that begin in a window, of all tiers, without counting anything twice.
func choose(rows []pastRow, packer *timeseries.Packer, w migration.PastWindow) ([]timeseries.Bucket, error) {
	var lists [len(tiers)][]timeseries.Bucket
	from, to := w.From.Unix(), w.To.Unix()
	for _, r := range rows {
		var list []timeseries.Bucket
		var err error
		switch {
		case r.body != nil:
			list, err = readActivity(r.body, packer)
		case len(r.total) > 0:
			list, err = timeseries.ReadBuckets(r.total, packer)
		}
		if err != nil {
			return nil, fmt.Errorf("the block of %s: %w", time.Unix(blockStart(r.tier, r.number), 0).UTC().Format(time.RFC3339), err)
		}
		for i := range list {
			if list[i].Start >= from && list[i].Start < to {
				lists[r.tier] = append(lists[r.tier], list[i])
			}
		}
	}
	out := disjoint(lists[len(tiers)-1])
	for t := len(tiers) - 2; t >= 0; t-- {
		out = without(out, disjoint(lists[t]))
	}
	return out, nil
}

// without puts coarse and fine buckets together. Where both tell of the same time, those stay that counted more: a source
// may bring an hour as a whole of which migtop saw some minutes.
func without(coarse, fine []timeseries.Bucket) []timeseries.Bucket {
	if len(coarse) == 0 || len(fine) == 0 {
		return append(coarse, fine...)
	}
	var out []timeseries.Bucket
	i := 0
	for c := range coarse {
		end := coarse[c].Start + int64(coarse[c].Span)
		for i < len(fine) && fine[i].Start < coarse[c].Start {
			out = append(out, fine[i])
			i++
		}
		inside, runs := i, int64(0)
		for inside < len(fine) && fine[inside].Start < end {
			runs += fine[inside].Runs
			inside++
		}
		if inside > i && runs >= coarse[c].Runs {
			out = append(out, fine[i:inside]...)
		} else {
			out = append(out, coarse[c])
		}
		i = inside
	}
	return append(out, fine[i:]...)
}
