package timeseries

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// bucketReader reads stored buckets.
type bucketReader struct {
	migration.PackedReader
	evidences []*migration.Provenance
	places    []*migration.RegionArch
	hosts     []*migration.Host
}

// ReadBuckets reads what [AppendBuckets] wrote. What buckets share is shared by way of p, so that one Packer must read
// buckets that are added up. Bytes that are no buckets are an error.
func ReadBuckets(b []byte, p *Packer) ([]Bucket, error) {
	r := &bucketReader{PackedReader: migration.PackedReader{Rest: b}}
	if r.Byte() != bucketCode {
		return nil, ErrBuckets
	}
	n := int(r.Count(mostStored))
	if n > len(r.Rest) {
		return nil, ErrBuckets
	}
	r.tables(p)
	if r.Bad || n > 0 && len(r.evidences) == 0 {
		return nil, ErrBuckets
	}
	list := make([]Bucket, n)
	r.read(list)
	if r.Bad {
		return nil, ErrBuckets
	}
	return list, nil
}

func (r *bucketReader) tables(p *Packer) {
	for range r.Count(uint64(len(r.Rest))) {
		e := migration.Provenance{Method: migration.Method(r.Byte())}
		flags := r.Byte()
		e.Provisional, e.LowerBound = flags&1 != 0, flags&2 != 0
		if len(r.Rest) < 8 {
			r.Bad = true
			return
		}
		share := math.Float64frombits(binary.LittleEndian.Uint64(r.Rest))
		if r.Rest = r.Rest[8:]; math.IsNaN(share) {
			r.Bad = true
			return
		}
		e.Coverage, e.Source, e.Note = migration.Ratio(share), r.Text(), r.Text()
		r.evidences = append(r.evidences, p.Evidence(e))
	}
	for range r.Count(uint64(len(r.Rest))) {
		arch := migration.Arch(r.Text())
		r.places = append(r.places, p.Place(migration.RegionArch{Arch: arch, Region: r.Text()}))
	}
	for range r.Count(uint64(len(r.Rest))) {
		h := migration.Host{Kind: migration.HostKind(r.Byte())}
		flags := r.Byte()
		h.Spot, h.AutoMode = flags&1 != 0, flags&2 != 0
		h.InstanceType, h.Place.Arch, h.Place.Region = r.Text(), migration.Arch(r.Text()), r.Text()
		h.OS, h.Tenancy, h.Capacity, h.Note = migration.OS(r.Text()), migration.Tenancy(r.Text()), migration.Capacity(r.Text()), r.Text()
		h.Accelerators = r.Signed()
		h.FargateCPU, h.FargateMemory = migration.CPU(r.Signed()), migration.Bytes(r.Signed())
		h.RequestCPU, h.RequestMemory = migration.CPU(r.Signed()), migration.Bytes(r.Signed())
		h.NodeCPU, h.NodeMemory = migration.CPU(r.Signed()), migration.Bytes(r.Signed())
		r.hosts = append(r.hosts, p.Host(h))
	}
}

// pick reads the number of one of the shared values.
func pick[T any](r *bucketReader, list []*T) *T {
	i := r.Count(uint64(len(list)))
	if r.Bad || i >= uint64(len(list)) {
		r.Bad = true
		return nil
	}
	return list[i]
}

func (r *bucketReader) read(list []Bucket) {
	last := int64(0)
	for i := range list {
		step := r.Signed()
		last += step
		if r.Bad = r.Bad || i > 0 && step <= 0; r.Bad {
			return
		}
		list[i].Start = last
	}
	for i := range list {
		span := r.Signed()
		if r.Bad = r.Bad || span <= 0 || span > int64(migration.DayLength/time.Second); r.Bad {
			return
		}
		list[i].Span = int32(span)
	}
	flags := make([]byte, len(list))
	for i := range list {
		flags[i] = r.Byte()
		list[i].Have, list[i].Final = Known(flags[i]&(codeFinal-1)), flags[i]&codeFinal != 0
	}
	for i := range list {
		list[i].Evidence = pick(r, r.evidences)
	}
	for _, column := range columnsOf {
		for i := range list {
			*column(&list[i]) = r.Signed()
		}
	}
	for i := range list {
		if flags[i]&codePoints == 0 {
			continue
		}
		d, rest, err := migration.ReadDistribution[time.Duration](r.Rest)
		if err != nil || d.Points() == nil {
			r.Bad = true
			return
		}
		r.Rest, list[i].Points = rest, d.Points()
	}
	for i := range list {
		r.invoked(&list[i])
	}
	for i := range list {
		if r.Bad {
			return
		}
		if flags[i]&codeMore != 0 {
			list[i].More = r.more()
		}
	}
}

func (r *bucketReader) invoked(c *Bucket) {
	n := r.Count(mostHosts)
	if n == 0 || r.Bad {
		return
	}
	c.Invoked = make([]Invoked, 0, min(n, 4))
	for range n {
		in := Invoked{Place: pick(r, r.places), Known: pick(r, r.evidences)}
		in.Requests, in.Billed, in.Logs = r.Signed(), migration.MBMillis(r.Signed()), migration.Bytes(r.Signed())
		x := LambdaExtras{migration.MBMillis(r.Signed()), migration.MBMillis(r.Signed()), migration.MBMillis(r.Signed())}
		if x != (LambdaExtras{}) {
			in.Extras = &x
		}
		if r.Bad {
			return
		}
		c.Invoked = append(c.Invoked, in)
	}
}

func (r *bucketReader) more() *JobStats {
	m := &JobStats{}
	flags := r.Count(2*codeDistributions - 1)
	for i, into := range [...]*migration.Opt[int64]{&m.Attempts, &m.TimedOut, &m.OOMKilled} {
		if flags&(codeAttempts<<i) != 0 {
			*into = migration.Some(r.Signed())
		}
	}
	if flags&codeProcessor != 0 {
		p := &m.Processor
		p.Runs, p.Used, p.Began = r.Signed(), time.Duration(r.Signed()), r.Signed()
		p.Ran, p.Held = time.Duration(r.Signed()), migration.MBMillis(r.Signed())
	}
	if flags&codeReported != 0 {
		m.Reported = Reported{Of: r.Signed(), Missing: r.Signed()}
	}
	if flags&codeDistributions != 0 {
		m.Duration = distribution[time.Duration](r)
		m.StartUp = distribution[time.Duration](r)
		m.PeakMemory = distribution[migration.Bytes](r)
	}
	for range r.Count(mostHosts) {
		h := PodUsage{Host: pick(r, r.hosts)}
		h.PodSeconds, h.ShortOfMinute, h.UsageSeconds = r.Signed(), r.Signed(), r.Signed()
		h.CPU, h.Memory, h.AddedNodeSeconds = migration.MilliCPUSeconds(r.Signed()), migration.KiBSeconds(r.Signed()), r.Signed()
		h.UsedCPU, h.UsedMemory = optional[migration.MilliCPUSeconds](r), optional[migration.KiBSeconds](r)
		if r.Bad {
			return m
		}
		m.Usage = append(m.Usage, h)
	}
	return m
}

func distribution[T ~int64](r *bucketReader) migration.Distribution[T] {
	d, rest, err := migration.ReadDistribution[T](r.Rest)
	if r.Rest = rest; err != nil {
		r.Bad = true
	}
	return d
}

func optional[T ~int64](r *bucketReader) migration.Opt[T] {
	if n := r.Count(mostCount); n > 0 {
		return migration.Some(T(n - 1))
	}
	return migration.None[T]()
}
