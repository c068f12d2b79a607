package migration

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// rules are how the quantile of sorted values may be defined.
var rules = map[string]func(sorted []float64, q float64) float64{
	"nearest rank": func(s []float64, q float64) float64 { return s[max(int(math.Ceil(q*float64(len(s))-1e-9))-1, 0)] },
	"linear":       func(s []float64, q float64) float64 { return between(s, q*float64(len(s)-1)) },
	"exclusive":    func(s []float64, q float64) float64 { return between(s, q*float64(len(s)+1)-1) },
	"lower":        func(s []float64, q float64) float64 { return s[int(q*float64(len(s)-1)+1e-9)] },
	"higher":       func(s []float64, q float64) float64 { return s[int(math.Ceil(q*float64(len(s)-1)-1e-9))] },
}

var ruleNames = []string{"exclusive", "higher", "linear", "lower", "nearest rank"}

// between interpolates between the neighbours of a place, from 0 on.
func between(s []float64, at float64) float64 {
	at = min(max(at, 0), float64(len(s)-1))
	low := int(at)
	return s[low] + (s[min(low+1, len(s)-1)]-s[low])*(at-float64(low))
}

// summarizedBy returns the statistics of values from a source that uses a rule for percentiles.
func summarizedBy(rule string, values []float64) Points[Bytes] {
	s := slices.Sorted(slices.Values(values))
	at := func(q float64) Bytes { return Bytes(math.Round(rules[rule](s, q))) }
	p := Points[Bytes]{Count: int64(len(s)), P50: at(0.5), P95: at(0.95), P99: at(0.99), Max: Bytes(s[len(s)-1])}
	for _, v := range s {
		p.Sum += Bytes(v)
	}
	return p
}

// encloses checks the bounds of a distribution against the true quantiles of its values.
func encloses(t *rapid.T, d Distribution[Bytes], values []float64) {
	t.Helper()
	s := slices.Sorted(slices.Values(values))
	for _, q := range []float64{0, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 1} {
		b, ok := d.Quantile(q).Get()
		if !ok {
			t.Fatalf("q%v is unknown", q)
		}
		for _, rule := range ruleNames {
			if truth := rules[rule](s, q); float64(b.Low) > truth+1 || float64(b.High) < truth-1 {
				t.Fatalf("q%v by %s is %v, outside %v", q, rule, truth, b)
			}
		}
	}
}

// someValues draws the values of a period: few or many, similar or widely spread.
func someValues(t *rapid.T) []float64 {
	sizes := rapid.SampledFrom([]*rapid.Generator[int64]{
		rapid.Int64Range(1, 1<<40), rapid.SampledFrom([]int64{100, 10_000}),
		rapid.Int64Range(1, 30),
	}).Draw(t, "sizes")
	n := rapid.SampledFrom([]int{1, 2, 3, 18, 19, 20, 21, 99, 100, 101, 250}).Draw(t, "n")
	return rapid.SliceOfN(rapid.Map(sizes, func(v int64) float64 { return float64(v) }), n, n).Draw(t, "values")
}

// How CloudWatch interpolates between few values is not documented. Whatever usual rule it
// follows, and whatever rule the reader has in mind, the bounds enclose the truth.
func TestBoundsHoldWhateverThePercentileRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := rapid.SampledFrom(ruleNames).Draw(t, "rule")
		var all []float64
		var parts []Distribution[Bytes]
		for range rapid.IntRange(1, 12).Draw(t, "periods") {
			values := someValues(t)
			all = append(all, values...)
			parts = append(parts, Summarized(summarizedBy(rule, values)))
		}
		// Of values that are all known it is the nearest rank, exactly.
		if d := Merge(parts...); slices.ContainsFunc(parts, func(p Distribution[Bytes]) bool { return p.Points() != nil }) {
			encloses(t, d, all)
			encloses(t, d.Pack(), all)
		}
	})
}

// A subset of a period's values with unknown members has their sum and none of their percentiles. Its bounds enclose
// every possible subset.
func TestBoundsOfAPartHoldForAnyPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := rapid.SampledFrom(ruleNames).Draw(t, "rule")
		var all []float64
		var parts []Distribution[Bytes]
		var sum Bytes
		for range rapid.IntRange(1, 8).Draw(t, "periods") {
			values := someValues(t)
			p := summarizedBy(rule, values)
			m := rapid.IntRange(1, len(values)).Draw(t, "of them")
			mine := rapid.Permutation(values).Draw(t, "order")[:m]
			p.Part = &Part{Of: p.Count}
			p.Count, p.Sum = int64(m), 0
			for _, v := range mine {
				p.Sum += Bytes(v)
			}
			sum += p.Sum
			all = append(all, mine...)
			parts = append(parts, Summarized(p))
		}
		d := Merge(parts...)
		if d.Count() != int64(len(all)) || d.Sum() != Some(sum) {
			t.Fatalf("%d values that sum up to %v, want %d and %d", d.Count(), d.Sum(), len(all), sum)
		}
		if d.values == nil {
			encloses(t, d, all)
		}
	})
}

// A tenant's share by weight is known no better than the whole, in whatever periods it was
// given its runs.
func TestBoundsOfAShareAreNoNarrower(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := rapid.SampledFrom(ruleNames).Draw(t, "rule")
		share := rapid.Float64Range(0.001, 1).Draw(t, "share")
		var whole, parts []Distribution[Bytes]
		for range rapid.IntRange(1, 12).Draw(t, "periods") {
			p := summarizedBy(rule, someValues(t))
			whole = append(whole, Summarized(p))
			p.Part = &Part{Of: p.Count, Share: share}
			p.Count = rapid.Int64Range(0, p.Count).Draw(t, "dealt")
			parts = append(parts, Summarized(p))
		}
		w, d := Merge(whole...), Merge(parts...)
		for _, q := range []float64{0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1} {
			want, got := w.Quantile(q).Or(Bounds[Bytes]{}), d.Quantile(q).Or(Bounds[Bytes]{High: -1})
			// Where all is exact it was read without a sketch, or with one.
			if slack := SketchError * float64(want.Low) * 2; float64(got.Low) > float64(want.Low)+slack+1 ||
				float64(got.High) < float64(want.High)*(1-2*SketchError)-1 {
				t.Fatalf("q%v of the share is %v, of the whole %v", q, got, want)
			}
		}
	})
}

// Of one run of two nothing is known but the sum: the maximum is neither its mean nor its
// percentiles.
func TestOneOfTwoIsNotTheMaximum(t *testing.T) {
	p := Points[time.Duration]{
		Count: 1, Sum: 5050 * time.Millisecond, P50: 5050 * time.Millisecond, P95: 9505 * time.Millisecond,
		P99: 9901 * time.Millisecond, Max: 10 * time.Second,
	}
	for name, part := range map[string]Part{"any": {Of: 2}, "by weight": {Of: 2, Share: 0.5}} {
		p.Part = &part
		d := Merge(Summarized(p), Summarized(p), Summarized(p))
		if d.Mean() != Some(5050*time.Millisecond) || d.Count() != 3 {
			t.Errorf("%s: %d with a mean of %v", name, d.Count(), d.Mean())
		}
		if b := d.Quantile(0.5).Or(Bounds[time.Duration]{}); b.Low > 100*time.Millisecond || b.High < 5050*time.Millisecond {
			t.Errorf("%s: p50 %v", name, b)
		}
		if b := d.Quantile(0.95).Or(Bounds[time.Duration]{}); b.High != 10*time.Second {
			t.Errorf("%s: p95 %v", name, b)
		}
	}
}

// Parts that cannot be are unknown.
func TestPartsThatCannotBe(t *testing.T) {
	for _, p := range []Points[time.Duration]{
		{Count: 3, Part: &Part{Of: 2}},
		{Count: 0, Part: &Part{Of: 2}},
		{Count: 1, Part: &Part{Share: 0.5}},
		{Count: 1, Part: &Part{Of: 2, Share: 1.5}},
		{Count: -1, Part: &Part{Of: 2, Share: 0.5}},
	} {
		p.P50, p.P95, p.P99, p.Max = 1, 1, 1, 1
		if d := Summarized(p); d.Quantile(0.5).Known() || d.Mean().Known() {
			t.Errorf("%+v: something is known", p)
		}
	}
}
