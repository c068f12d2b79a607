package migration

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// anyDistribution draws few values, many, a period of CloudWatch, a part of one, and what is merged of them.
func anyDistribution(r *rapid.T) Distribution[time.Duration] {
	one := func() Distribution[time.Duration] {
		switch rapid.IntRange(0, 3).Draw(r, "kind") {
		case 0:
			return Distribution[time.Duration]{}
		case 1:
			values := rapid.SliceOfN(rapid.Int64Range(0, int64(time.Hour)), 1, 60).Draw(r, "values")
			d := make([]time.Duration, len(values))
			for i, v := range values {
				d[i] = time.Duration(v)
			}
			return Sample(d...)
		}
		p := Points[time.Duration]{Count: rapid.Int64Range(1, 5000).Draw(r, "count")}
		step := rapid.Int64Range(0, int64(time.Minute))
		p.P50 = time.Duration(step.Draw(r, "p50"))
		p.P95 = p.P50 + time.Duration(step.Draw(r, "p95"))
		p.P99 = p.P95 + time.Duration(step.Draw(r, "p99"))
		p.Max = p.P99 + time.Duration(step.Draw(r, "max"))
		p.Sum = time.Duration(p.Count) * p.P50
		if rapid.Bool().Draw(r, "part") {
			p.Part = &Part{Of: p.Count + 3, Share: rapid.SampledFrom([]float64{0, 0.25, 0.3}).Draw(r, "share")}
		}
		return Summarized(p)
	}
	ds := make([]Distribution[time.Duration], rapid.IntRange(1, 5).Draw(r, "parts"))
	for i := range ds {
		ds[i] = one()
	}
	return Merge(ds...)
}

func TestStoredDistributionsAreTheSame(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		d := anyDistribution(r)
		stored := AppendDistribution([]byte("x"), d)
		got, rest, err := ReadDistribution[time.Duration](append(stored[1:len(stored):len(stored)], "rest"...))
		if err != nil || string(rest) != "rest" {
			r.Fatalf("%v, rest %q", err, rest)
		}
		if got.Summary() != d.Summary() || got.Sum() != d.Sum() {
			r.Fatalf("%+v, want %+v", got.Summary(), d.Summary())
		}
		other := anyDistribution(r)
		if a, b := Merge(d, other).Summary(), Merge(got, other).Summary(); a != b {
			r.Fatalf("merged %+v, want %+v", b, a)
		}
		if again := AppendDistribution(nil, got); !bytes.Equal(again, stored[1:]) {
			r.Fatal("other bytes")
		}
	})
}

func FuzzReadDistribution(f *testing.F) {
	f.Add(AppendDistribution(nil, Sample[time.Duration](1, 5, 9)))
	f.Add(AppendDistribution(nil, Summarized(Points[time.Duration]{Count: 9, Sum: 90, P50: 9, P95: 12, P99: 13, Max: 14})))
	many := make([]time.Duration, 100)
	for i := range many {
		many[i] = time.Duration(i) * time.Second
	}
	f.Add(AppendDistribution(nil, Sample(many...)))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, _, err := ReadDistribution[time.Duration](b)
		if err != nil {
			return
		}
		_ = Merge(d, Sample[time.Duration](7)).Summary()
		_ = d.Above(3)
	})
}
