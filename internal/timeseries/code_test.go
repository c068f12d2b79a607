package timeseries

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// anyActivity draws what either side brings of one minute.
func anyActivity(r *rapid.T, start time.Time) migration.Activity {
	n := func(what string) int64 { return rapid.Int64Range(0, 5000).Draw(r, what) }
	a := migration.Activity{
		Key: migration.Key{Platform: migration.Lambda, Workload: "w", Tenant: "acme"}, Start: start, Span: time.Minute,
		Final: rapid.Bool().Draw(r, "final"), Runs: n("runs"), Failures: n("failures"),
		Evidence: migration.Provenance{
			Source: "cloudwatch", Method: migration.Measured, Coverage: 1, LowerBound: rapid.Bool().Draw(r, "bound"),
			Note: rapid.SampledFrom([]string{"", "a note"}).Draw(r, "note"),
		},
	}
	if rapid.Bool().Draw(r, "lambda") {
		a.Throttled, a.MaxConcurrency, a.Attempts = migration.Some(n("throttled")), migration.Some(n("most")), migration.Some(a.Runs)
		a.Duration = migration.Summarized(migration.Points[time.Duration]{
			Count: a.Runs, Sum: time.Duration(a.Runs) * time.Second, P50: time.Second, P95: 2 * time.Second, P99: 3 * time.Second,
			Max: time.Duration(3000+n("max")) * time.Millisecond,
		})
		a.Invoked = &migration.LambdaUsage{
			Place: migration.RegionArch{Region: "eu-west-1", Arch: "arm64"}, Requests: a.Runs, Billed: migration.MBMillis(n("billed")),
			Logs: migration.Bytes(n("logs")), Provisioned: migration.MBMillis(n("provisioned")),
		}
		return a
	}
	a.Platform = migration.Jobs
	a.Attempts, a.OOMKilled = migration.Some(a.Runs+n("attempts")), migration.Some(n("killed"))
	for range rapid.IntRange(0, 3).Draw(r, "jobs") {
		a.Duration = migration.Merge(a.Duration, migration.Sample(time.Duration(n("took"))*time.Millisecond))
		a.PeakMemory = migration.Merge(a.PeakMemory, migration.Sample(migration.Bytes(n("peak"))*migration.MiB))
	}
	a.Processor = migration.ProcessorTime{Runs: n("measured"), Used: time.Duration(n("used"))}
	for _, kind := range []string{"m6i.large", "c7g.large"} {
		if rapid.Bool().Draw(r, kind) {
			a.Usage = append(a.Usage, migration.ResourceUsage{
				Host:       migration.Host{Kind: migration.HostEC2, InstanceType: kind, OS: migration.Linux, NodeCPU: 2000, Note: "n"},
				PodSeconds: n("pod"), CPU: migration.MilliCPUSeconds(n("cpu")), Memory: migration.KiBSeconds(n("memory")),
				UsedCPU: migration.Some(migration.MilliCPUSeconds(n("used cpu"))),
			})
		}
	}
	return a
}

func anyBuckets(r *rapid.T, p *Packer, minutes int) []Bucket {
	var list []Bucket
	for m := range minutes {
		if rapid.IntRange(0, 3).Draw(r, "there") == 0 {
			continue
		}
		a := anyActivity(r, noon.Add(time.Duration(m)*time.Minute))
		list = append(list, p.Pack(&a))
	}
	return list
}

func TestStoredBucketsAreTheSame(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := NewPacker()
		list := anyBuckets(r, p, 20)
		stored := AppendBuckets(nil, list)
		got, err := ReadBuckets(stored, p)
		if err != nil {
			r.Fatal(err)
		}
		if again := AppendBuckets(nil, got); !bytes.Equal(again, stored) {
			r.Fatal("other bytes")
		}
		for i := range list {
			a, b := list[i].Activity(Stream{}), got[i].Activity(Stream{})
			p1, p2 := p.Pack(&a), p.Pack(&b)
			one, two := AppendBuckets(nil, []Bucket{p1}), AppendBuckets(nil, []Bucket{p2})
			if !bytes.Equal(one, two) || a.Runs != b.Runs || a.Duration.Summary() != b.Duration.Summary() || a.Evidence != b.Evidence ||
				a.OOMKilled != b.OOMKilled || len(a.Usage) != len(b.Usage) {
				r.Fatalf("%+v, want %+v", b, a)
			}
		}
	})
}

func TestFoldingWhatWasStoredKeepsSums(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := NewPacker()
		list := anyBuckets(r, p, 30)
		stored := AppendBuckets(nil, Fold(list, 5*time.Minute))
		five, err := ReadBuckets(stored, p)
		if err != nil {
			r.Fatal(err)
		}
		for name, folded := range map[string][]Bucket{"5 min": five, "an hour": Fold(five, time.Hour)} {
			if a, b := countsOf(list), countsOf(folded); a != b {
				r.Fatalf("%s: %+v, want %+v", name, b, a)
			}
		}
	})
}

// counts is what folding must keep exactly.
type counts struct {
	runs, failures, throttled, killed, requests, values, pods int64
	took                                                      time.Duration
	billed                                                    migration.MBMillis
	cpu                                                       migration.MilliCPUSeconds
}

func countsOf(list []Bucket) (s counts) {
	for i := range list {
		c := &list[i]
		s.runs, s.failures, s.throttled = s.runs+c.Runs, s.failures+c.Failures, s.throttled+c.Throttled
		s.killed += c.Rest().OOMKilled.Or(0)
		s.values += c.Duration().Count()
		s.took += c.Duration().Sum().Or(0)
		for _, in := range c.Invoked {
			s.requests, s.billed = s.requests+in.Requests, s.billed+in.Billed
		}
		for _, h := range c.Usage() {
			s.pods, s.cpu = s.pods+h.PodSeconds, s.cpu+h.CPU
		}
	}
	return s
}

func TestTheBetterOfTwoIsTheSameInAnyOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := NewPacker()
		var list []Bucket
		for range rapid.IntRange(2, 5).Draw(r, "copies") {
			a := anyActivity(r, noon)
			list = append(list, p.Pack(&a))
		}
		best := func(list []Bucket) []byte {
			at := 0
			for i := range list {
				if Better(&list[at], &list[i]) {
					at = i
				}
			}
			return AppendBuckets(nil, list[at:at+1])
		}
		want := best(list)
		other := rapid.Permutation(slices.Clone(list)).Draw(r, "order")
		if !bytes.Equal(best(other), want) {
			r.Fatal("another one")
		}
	})
}

func FuzzReadBuckets(f *testing.F) {
	p := NewPacker()
	gen := rapid.Custom(func(r *rapid.T) []Bucket { return anyBuckets(r, p, 6) })
	for seed := range 4 {
		f.Add(AppendBuckets(nil, gen.Example(seed)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p := NewPacker()
		list, err := ReadBuckets(b, p)
		if err != nil {
			return
		}
		_ = Fold(list, time.Hour)
	})
}
