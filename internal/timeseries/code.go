package timeseries

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/migtop/migtop/internal/migration"
)

// bucketCode is the version of the stored form of buckets.
const bucketCode = 1

// What a stored bucket has, after the bits of Known.
const (
	codeFinal  = 1 << 5
	codePoints = 1 << 6
	codeMore   = 1 << 7
)

// What a stored JobStats has.
const (
	codeAttempts = 1 << iota
	codeTimedOut
	codeOOMKilled
	codeProcessor
	codeReported
	codeDistributions
)

// mostStored limits the buckets of one stored list, and what each has; [AppendBuckets] never writes as many.
const (
	mostStored = 1 << 14
	mostCount  = 1 << 62
	mostHosts  = 1 << 12
)

// ErrBuckets is the error of bytes that are no buckets.
var ErrBuckets = errors.New("damaged buckets")

// table numbers values that many buckets share. Each is written once.
type table[T comparable] struct {
	index map[T]int
	list  []T
}

func (t *table[T]) of(v T) uint64 {
	if i, ok := t.index[v]; ok {
		return uint64(i)
	}
	if t.index == nil {
		t.index = map[T]int{}
	}
	t.index[v] = len(t.list)
	t.list = append(t.list, v)
	return uint64(len(t.list) - 1)
}

// AppendBuckets appends buckets, which rise by start, in their stored form: column by column, since equal things compress
// well side by side. Equal buckets have equal bytes.
func AppendBuckets(b []byte, list []Bucket) []byte {
	var evidences table[migration.Provenance]
	var places table[migration.RegionArch]
	var hosts table[migration.Host]
	var body []byte
	put := func(n int64) { body = binary.AppendVarint(body, n) }
	last := int64(0)
	for i := range list {
		put(list[i].Start - last)
		last = list[i].Start
	}
	for i := range list {
		put(int64(list[i].Span))
	}
	for i := range list {
		c := &list[i]
		flags := byte(c.Have)
		if c.Final {
			flags |= codeFinal
		}
		if c.Points != nil {
			flags |= codePoints
		}
		if c.More != nil {
			flags |= codeMore
		}
		body = append(body, flags)
	}
	for i := range list {
		body = binary.AppendUvarint(body, evidences.of(*list[i].Evidence))
	}
	for _, column := range columnsOf {
		for i := range list {
			put(*column(&list[i]))
		}
	}
	for i := range list {
		if p := list[i].Points; p != nil {
			body = migration.AppendDistribution(body, migration.SummarizedAt(p))
		}
	}
	for i := range list {
		body = binary.AppendUvarint(body, uint64(len(list[i].Invoked)))
		for k := range list[i].Invoked {
			in := &list[i].Invoked[k]
			x := in.Extras
			if x == nil {
				x = &LambdaExtras{}
			}
			body = binary.AppendUvarint(body, places.of(*in.Place))
			body = binary.AppendUvarint(body, evidences.of(*in.Known))
			for _, n := range [...]int64{
				in.Requests, int64(in.Billed), int64(in.Logs), int64(x.OnProvisioned), int64(x.Provisioned), int64(x.Ephemeral),
			} {
				put(n)
			}
		}
	}
	for i := range list {
		if list[i].More != nil {
			body = appendMore(body, list[i].More, &hosts)
		}
	}
	b = append(b, bucketCode)
	b = binary.AppendUvarint(b, uint64(len(list)))
	b = binary.AppendUvarint(b, uint64(len(evidences.list)))
	for i := range evidences.list {
		b = appendEvidence(b, &evidences.list[i])
	}
	b = binary.AppendUvarint(b, uint64(len(places.list)))
	for _, p := range places.list {
		b = migration.AppendText(migration.AppendText(b, string(p.Arch)), p.Region)
	}
	b = binary.AppendUvarint(b, uint64(len(hosts.list)))
	for i := range hosts.list {
		b = appendHost(b, &hosts.list[i])
	}
	return append(b, body...)
}

// columnsOf are the plain counts of a bucket in the order in which they are stored.
var columnsOf = [...]func(*Bucket) *int64{
	func(c *Bucket) *int64 { return &c.Runs },
	func(c *Bucket) *int64 { return &c.Failures },
	func(c *Bucket) *int64 { return &c.Throttled },
	func(c *Bucket) *int64 { return &c.Concurrency },
}

func appendMore(b []byte, m *JobStats, hosts *table[migration.Host]) []byte {
	flags := uint64(0)
	optional := [...]migration.Opt[int64]{m.Attempts, m.TimedOut, m.OOMKilled}
	for i, o := range optional {
		if o.Known() {
			flags |= codeAttempts << i
		}
	}
	if m.Processor != (migration.ProcessorTime{}) {
		flags |= codeProcessor
	}
	if m.Reported != (Reported{}) {
		flags |= codeReported
	}
	if m.Duration.Count() > 0 || m.StartUp.Count() > 0 || m.PeakMemory.Count() > 0 {
		flags |= codeDistributions
	}
	b = binary.AppendUvarint(b, flags)
	for _, o := range optional {
		if n, ok := o.Get(); ok {
			b = binary.AppendVarint(b, n)
		}
	}
	if flags&codeProcessor != 0 {
		p := &m.Processor
		for _, n := range [...]int64{p.Runs, int64(p.Used), p.Began, int64(p.Ran), int64(p.Held)} {
			b = binary.AppendVarint(b, n)
		}
	}
	if flags&codeReported != 0 {
		b = binary.AppendVarint(binary.AppendVarint(b, m.Reported.Of), m.Reported.Missing)
	}
	if flags&codeDistributions != 0 {
		b = migration.AppendDistribution(b, m.Duration)
		b = migration.AppendDistribution(b, m.StartUp)
		b = migration.AppendDistribution(b, m.PeakMemory)
	}
	b = binary.AppendUvarint(b, uint64(len(m.Usage)))
	for i := range m.Usage {
		h := &m.Usage[i]
		b = binary.AppendUvarint(b, hosts.of(*h.Host))
		for _, n := range [...]int64{
			h.PodSeconds, h.ShortOfMinute, h.UsageSeconds, int64(h.CPU), int64(h.Memory), h.AddedNodeSeconds,
		} {
			b = binary.AppendVarint(b, n)
		}
		b = appendOpt(b, h.UsedCPU)
		b = appendOpt(b, h.UsedMemory)
	}
	return b
}

// appendOpt appends an amount of 0 or more, or that it is unknown.
func appendOpt[T ~int64](b []byte, o migration.Opt[T]) []byte {
	n, ok := o.Get()
	if !ok {
		return append(b, 0)
	}
	return binary.AppendUvarint(b, uint64(max(n, 0))+1)
}

func appendEvidence(b []byte, e *migration.Provenance) []byte {
	flags := byte(0)
	if e.Provisional {
		flags |= 1
	}
	if e.LowerBound {
		flags |= 2
	}
	b = append(b, byte(e.Method), flags)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(e.Coverage)))
	return migration.AppendText(migration.AppendText(b, e.Source), e.Note)
}

func appendHost(b []byte, h *migration.Host) []byte {
	flags := byte(0)
	if h.Spot {
		flags |= 1
	}
	if h.AutoMode {
		flags |= 2
	}
	b = append(b, byte(h.Kind), flags)
	for _, s := range [...]string{
		h.InstanceType, string(h.Place.Arch), h.Place.Region, string(h.OS), string(h.Tenancy), string(h.Capacity), h.Note,
	} {
		b = migration.AppendText(b, s)
	}
	for _, n := range [...]int64{
		h.Accelerators, int64(h.FargateCPU), int64(h.FargateMemory), int64(h.RequestCPU), int64(h.RequestMemory),
		int64(h.NodeCPU), int64(h.NodeMemory),
	} {
		b = binary.AppendVarint(b, n)
	}
	return b
}
