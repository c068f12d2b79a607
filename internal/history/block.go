package history

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// tier is a resolution, and how long it is kept.
type tier struct {
	step, block, keep time.Duration
}

// tiers are the resolutions, the finest first. The block of one is a whole number of steps of the next, so that a block is
// folded without its neighbours. A tier that was released keeps its place, step and block: they are in the numbers of blocks.
var tiers = [...]tier{
	{time.Minute, time.Hour, 3 * 24 * time.Hour},
	{5 * time.Minute, 6 * time.Hour, 63 * 24 * time.Hour},
	{time.Hour, 7 * 24 * time.Hour, keepDays},
}

// tierOf is the tier in which a bucket of a length is kept.
func tierOf(span time.Duration) int {
	for t := len(tiers) - 1; t > 0; t-- {
		if span >= tiers[t].step {
			return t
		}
	}
	return 0
}

// blockID numbers a block: tier, time and key, in this order, so that what is read together is stored together.
func blockID(t int, number, key int64) int64 { return int64(t)<<60 | number<<32 | key }

// blockNumber is the number of the block that a Unix time lies in.
func blockNumber(t int, at int64) int64 { return at / int64(tiers[t].block/time.Second) }

// blockStart is the Unix time at which a block begins.
func blockStart(t int, number int64) int64 { return number * int64(tiers[t].block/time.Second) }

// parts are the opposite of blockID.
func parts(id int64) (t int, number, key int64) {
	return int(id >> 60), id >> 32 & (1<<28 - 1), id & (1<<32 - 1)
}

// The kinds of keys.
const (
	activityKind = iota + 1
	queueKind
	wordKind
)

// keyOf are keys as they are stored: the parts of a stream, a queue or a tenant.
func streamKey(s timeseries.Stream) string {
	b := binary.AppendUvarint(nil, uint64(s.Platform))
	b = migration.AppendText(migration.AppendText(b, string(s.Tenant)), string(s.Workload))
	return string(migration.AppendText(b, s.Scope))
}

func readStreamKey(key string) (s timeseries.Stream, err error) {
	r := migration.PackedReader{Rest: []byte(key)}
	s.Platform = migration.Platform(r.Count(uint64(migration.LastPlatform)))
	s.Tenant, s.Workload = migration.Tenant(r.Text()), migration.Workload(r.Text())
	s.Scope = r.Text()
	if r.Bad {
		return s, fmt.Errorf("a key: %w", errBlock)
	}
	return s, nil
}

var errBlock = errors.New("damaged block")

// mostBlock limits what a block inflates to: a block of 168 buckets is far below it.
const mostBlock = 16 << 20

var writers = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.DefaultCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

// deflate compresses a block.
func deflate(raw []byte) []byte {
	var out bytes.Buffer
	w, _ := writers.Get().(*flate.Writer)
	defer writers.Put(w)
	w.Reset(&out)
	_, _ = w.Write(raw) // a Buffer takes everything
	_ = w.Close()
	return out.Bytes()
}

var readers = sync.Pool{New: func() any { return flate.NewReader(nil) }}

// inflate is the opposite of deflate.
func inflate(body []byte) ([]byte, error) {
	r, _ := readers.Get().(io.ReadCloser)
	defer readers.Put(r)
	if err := r.(flate.Resetter).Reset(bytes.NewReader(body), nil); err != nil {
		return nil, err
	}
	out := bytes.NewBuffer(make([]byte, 0, 4*len(body)))
	n, err := io.Copy(out, io.LimitReader(r, mostBlock+1))
	if err == nil && n > mostBlock {
		err = errors.New("too long")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBlock, err)
	}
	return out.Bytes(), nil
}

// readActivity are the buckets of a block.
func readActivity(body []byte, p *timeseries.Packer) ([]timeseries.Bucket, error) {
	raw, err := inflate(body)
	if err != nil {
		return nil, err
	}
	list, err := timeseries.ReadBuckets(raw, p)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBlock, err)
	}
	return list, nil
}

// totalOf is the sum of a block, as it is stored along with it; empty where the block is.
func totalOf(t int, number int64, list []timeseries.Bucket) []byte {
	if len(list) == 0 {
		return []byte{}
	}
	sum := timeseries.NewSum(blockStart(t, number), int32(tiers[t].block/time.Second))
	list = disjoint(list)
	for i := range list {
		sum.Add(&list[i])
	}
	return timeseries.AppendBuckets(nil, []timeseries.Bucket{sum.Packed()})
}

// mergeBuckets puts buckets into a list that rises by start. Of two that begin together the better one stays, which is never
// their sum: both tell of the same time.
func mergeBuckets(list, more []timeseries.Bucket) []timeseries.Bucket {
	for i := range more {
		at, found := slices.BinarySearchFunc(list, more[i], timeseries.CompareBuckets)
		switch {
		case !found:
			list = slices.Insert(list, at, more[i])
		case timeseries.Better(&list[at], &more[i]):
			list[at] = more[i]
		}
	}
	return list
}

// disjoint is a list without overlaps: sources bring buckets of several lengths, such as quarters of an hour after a gap. Of
// a longer one and those within it, those stay that counted more.
func disjoint(list []timeseries.Bucket) []timeseries.Bucket {
	for i := 1; i < len(list); i++ {
		if list[i-1].Start+int64(list[i-1].Span) > list[i].Start {
			return withoutOverlaps(list)
		}
	}
	return list
}

func withoutOverlaps(list []timeseries.Bucket) (out []timeseries.Bucket) {
	for i := 0; i < len(list); {
		end, runs := list[i].Start+int64(list[i].Span), int64(0)
		j := i + 1
		for ; j < len(list) && list[j].Start < end; j++ {
			runs += list[j].Runs
		}
		if j > i+1 && runs > list[i].Runs {
			i++ // without the longer one
			continue
		}
		out = append(out, list[i])
		i = j
	}
	return out
}

// entry is something that was kept of one time, of a queue or of a tenant.
type entry struct {
	start int64
	body  string
}

func appendEntries(list []entry) []byte {
	b := binary.AppendUvarint(nil, uint64(len(list)))
	last := int64(0)
	for _, e := range list {
		b = binary.AppendVarint(b, e.start-last)
		last = e.start
	}
	for _, e := range list {
		b = migration.AppendText(b, e.body)
	}
	return b
}

func readEntries(body []byte) ([]entry, error) {
	raw, err := inflate(body)
	if err != nil {
		return nil, err
	}
	r := migration.PackedReader{Rest: raw}
	list := make([]entry, r.Count(uint64(len(raw))))
	last := int64(0)
	for i := range list {
		last += r.Signed()
		list[i].start = last
	}
	for i := range list {
		list[i].body = r.Text()
	}
	if r.Bad {
		return nil, errBlock
	}
	return list, nil
}

// mergeEntries puts entries into a list that rises by start. Of two of one time the greater one stays: bodies begin with how
// final they are.
func mergeEntries(list, more []entry) []entry {
	for _, e := range more {
		at, found := slices.BinarySearchFunc(list, e, func(a, b entry) int { return int(a.start - b.start) })
		switch {
		case !found:
			list = slices.Insert(list, at, e)
		case list[at].body < e.body:
			list[at] = e
		}
	}
	return list
}

// queueEntry is a bucket of a queue.
func queueEntry(q *migration.QueueBucket) entry {
	b := []byte{0}
	if q.Final {
		b[0] = 1
	}
	b = binary.AppendUvarint(b, uint64(q.Span/time.Second))
	for _, o := range queueFields(q) {
		if n, ok := o.Get(); ok {
			b = binary.AppendUvarint(b, uint64(max(n, 0))+1)
		} else {
			b = append(b, 0)
		}
	}
	return entry{q.Start.Unix(), string(b)}
}

func queueFields(q *migration.QueueBucket) [7]migration.Opt[int64] {
	age := migration.Map(q.Depth.OldestAge, func(d time.Duration) int64 { return int64(d / time.Millisecond) })
	return [...]migration.Opt[int64]{q.Sent, q.Received, q.Deleted, q.Depth.Visible, q.Depth.NotVisible, q.Depth.Delayed, age}
}

func readQueueEntry(name string, e entry) (q migration.QueueBucket, err error) {
	r := migration.PackedReader{Rest: []byte(e.body)}
	q = migration.QueueBucket{Queue: name, Start: time.Unix(e.start, 0).UTC(), Final: r.Byte() == 1}
	q.Span = time.Duration(r.Count(1<<31)) * time.Second
	var f [7]migration.Opt[int64]
	for i := range f {
		if n := r.Count(1 << 62); n > 0 {
			f[i] = migration.Some(int64(n - 1))
		}
	}
	if r.Bad || q.Span <= 0 {
		return q, errBlock
	}
	q.Sent, q.Received, q.Deleted = f[0], f[1], f[2]
	q.Depth = migration.QueueDepth{Visible: f[3], NotVisible: f[4], Delayed: f[5]}
	q.Depth.OldestAge = migration.Map(f[6], func(n int64) time.Duration { return time.Duration(n) * time.Millisecond })
	return q, nil
}

// wordEntry is what was said of a tenant.
func wordEntry(w *timeseries.TenantWord) entry {
	b := binary.AppendUvarint(nil, uint64(w.Word))
	b = binary.AppendUvarint(b, uint64(w.Cost))
	b = binary.AppendUvarint(b, uint64(len(w.Notices)))
	for i := range w.Notices {
		n := &w.Notices[i]
		b = migration.AppendText(migration.AppendText(append(b, byte(n.Severity)), n.Code), n.About)
	}
	return entry{w.At.Unix(), string(b)}
}

func readWordEntry(tenant string, e entry) (w timeseries.TenantWord, err error) {
	r := migration.PackedReader{Rest: []byte(e.body)}
	w = timeseries.TenantWord{Tenant: migration.Tenant(tenant), At: time.Unix(e.start, 0).UTC()}
	w.Word, w.Cost = migration.VerdictWord(r.Count(255)), migration.Decision(r.Count(255))
	for range r.Count(uint64(len(e.body))) {
		w.Notices = append(w.Notices, timeseries.NoticeMark{Severity: migration.Severity(r.Byte()), Code: r.Text(), About: r.Text()})
	}
	if r.Bad {
		return w, errBlock
	}
	return w, nil
}

// foldEntries makes entries of a tier into those of the next: of queues their sum, of tenants the last one.
func foldEntries(kind int, list []entry, step time.Duration) ([]entry, error) {
	var out []entry
	var sum migration.QueueBucket
	for i := 0; i < len(list); {
		slot := list[i].start - list[i].start%int64(step/time.Second)
		j := i
		for ; j < len(list) && list[j].start < slot+int64(step/time.Second); j++ {
			if kind != queueKind {
				continue
			}
			q, err := readQueueEntry("", list[j])
			if err != nil {
				return nil, err
			}
			if j == i {
				sum = q
			} else {
				sum.Add(&q)
			}
		}
		one := entry{slot, list[j-1].body}
		if kind == queueKind {
			sum.Start, sum.Span = time.Unix(slot, 0), max(step, sum.Span)
			one = queueEntry(&sum)
		}
		out = append(out, one)
		i = j
	}
	return out, nil
}

func queueKey(scope, name string) string {
	return string(migration.AppendText(migration.AppendText(nil, scope), name))
}

func readQueueKey(key string) (scope, name string, err error) {
	r := migration.PackedReader{Rest: []byte(key)}
	if scope, name = r.Text(), r.Text(); r.Bad {
		return "", "", fmt.Errorf("a key: %w", errBlock)
	}
	return scope, name, nil
}
