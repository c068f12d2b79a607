package migration

import (
	"encoding/json"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// nearestRank is the textbook quantile that bounds are checked against.
func nearestRank[T ~int64](sorted []T, q float64) T {
	return sorted[max(int(math.Ceil(q*float64(len(sorted))))-1, 0)]
}

func summarize[T ~int64](values []T) Points[T] {
	s := slices.Sorted(slices.Values(values))
	p := Points[T]{
		Count: int64(len(s)), P50: nearestRank(s, 0.5), P95: nearestRank(s, 0.95),
		P99: nearestRank(s, 0.99), Max: s[len(s)-1],
	}
	for _, v := range s {
		p.Sum += v
	}
	return p
}

// CloudWatch's percentiles cannot be averaged over minutes; what Merge makes of
// them must enclose the true percentile of all values, whatever the minutes were.
func TestMergeEnclosesQuantiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []Bytes
		var parts []Distribution[Bytes]
		for range rapid.IntRange(1, 8).Draw(t, "periods") {
			values := rapid.SliceOfN(rapid.Map(rapid.Int64Range(1, 1<<40), func(v int64) Bytes { return Bytes(v) }), 1, 60).Draw(t, "values")
			all = append(all, values...)
			if rapid.Bool().Draw(t, "summarized") {
				parts = append(parts, Summarized(summarize(values)))
			} else {
				parts = append(parts, Sample(values...))
			}
		}
		// Merging in any grouping is allowed: fold some first, as the store does.
		if cut := rapid.IntRange(0, len(parts)).Draw(t, "cut"); cut > 0 {
			parts = append([]Distribution[Bytes]{Merge(parts[:cut]...)}, parts[cut:]...)
		}
		d := Merge(parts...)
		slices.Sort(all)
		if d.Count() != int64(len(all)) {
			t.Fatalf("count %d, want %d", d.Count(), len(all))
		}
		if m, _ := d.Max().Get(); m != all[len(all)-1] {
			t.Fatalf("max %d, want %d", m, all[len(all)-1])
		}
		for _, q := range []float64{0, 0.1, 0.5, 0.9, 0.95, 0.99, 1} {
			b, ok := d.Quantile(q).Get()
			if !ok {
				t.Fatalf("q%v unknown", q)
			}
			want := float64(nearestRank(all, q))
			if low := float64(b.Low) * (1 - SketchError); low > want+1 {
				t.Fatalf("q%v: low bound %v is over the true %v", q, b.Low, want)
			}
			if high := float64(b.High) * (1 + 2*SketchError); high < want-1 {
				t.Fatalf("q%v: high bound %v is under the true %v", q, b.High, want)
			}
			if b.Low > b.High {
				t.Fatalf("q%v: bounds %v are crossed", q, b)
			}
		}
	})
}

func TestMergeOfFewValuesIsExact(t *testing.T) {
	d := Merge(Sample(3*time.Second), Sample(2*time.Hour, time.Minute), Distribution[time.Duration]{})
	for q, want := range map[float64]time.Duration{0: 3 * time.Second, 0.5: time.Minute, 0.95: 2 * time.Hour} {
		if got, _ := d.Quantile(q).Get(); got != (Bounds[time.Duration]{want, want}) {
			t.Errorf("q%v = %v, want exactly %v", q, got, want)
		}
	}
	if got, _ := d.Mean().Get(); got != (2*time.Hour+time.Minute+3*time.Second)/3 {
		t.Errorf("mean = %v", got)
	}
}

func TestSketchesStayWithinOnePercent(t *testing.T) {
	var values []time.Duration
	for i := 1; i <= 1000; i++ {
		values = append(values, time.Duration(i)*time.Second)
	}
	d := Sample(values...)
	for q, want := range map[float64]time.Duration{0.5: 500 * time.Second, 0.95: 950 * time.Second, 0.99: 990 * time.Second} {
		b, _ := d.Quantile(q).Get()
		if b.Low != b.High || math.Abs(b.High.Seconds()/want.Seconds()-1) > SketchError {
			t.Errorf("q%v = %v, want %v within 1 %%", q, b, want)
		}
	}
}

func TestDistributionUnknown(t *testing.T) {
	for name, d := range map[string]Distribution[time.Duration]{
		"zero":             {},
		"no values":        Sample[time.Duration](),
		"negative values":  Sample(-time.Second),
		"no count":         Summarized(Points[time.Duration]{P50: 1, P95: 1, P99: 1, Max: 1}),
		"points unordered": Summarized(Points[time.Duration]{Count: 2, P50: 5, P95: 1, P99: 1, Max: 1}),
		"merged nothing":   Merge[time.Duration](),
	} {
		if d.Quantile(0.5).Known() || d.Max().Known() || d.Mean().Known() || d.Sum().Known() {
			t.Errorf("%s: something is known", name)
		}
		if b, err := json.Marshal(d); err != nil || string(b) != "null" {
			t.Errorf("%s: encodes as %s, %v; want null", name, b, err)
		}
	}
}

// A Snapshot is read by the screen, an export and the engine at once; under the
// race detector this fails if a reader writes.
func TestDistributionsAreReadAtOnce(t *testing.T) {
	var parts []Distribution[time.Duration]
	for i := range 45 { // at large intervals and descending: unsorted, and on several pages
		parts = append(parts, Sample(time.Duration(1<<(50-i))))
	}
	d := Merge(parts...)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 100 {
				if !d.Quantile(0.95).Known() || Merge(d, d).Count() != 90 {
					t.Error("a reader got nothing")
				}
			}
		})
	}
	wg.Wait()
}

// Packing saves memory and changes nothing: neither what is read nor what more is
// merged to. Merging one by one is merging all at once.
func TestPackAndMergerChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var parts []Distribution[Bytes]
		for range rapid.IntRange(1, 6).Draw(t, "parts") {
			values := rapid.SliceOfN(rapid.Map(rapid.Int64Range(0, 1<<40), func(v int64) Bytes { return Bytes(v) }), 1, 80).Draw(t, "values")
			if rapid.Bool().Draw(t, "summarized") {
				parts = append(parts, Summarized(summarize(values)))
			} else {
				parts = append(parts, Sample(values...))
			}
		}
		cut := rapid.IntRange(0, len(parts)).Draw(t, "cut")
		first, rest := Merge(parts[:cut]...), parts[cut:]
		want := Merge(append([]Distribution[Bytes]{first}, rest...)...)
		var m Merger[Bytes]
		m.Add(first.Pack())
		for _, d := range rest {
			m.Add(d)
		}
		for name, got := range map[string]Distribution[Bytes]{
			"packed first": Merge(append([]Distribution[Bytes]{first.Pack()}, rest...)...),
			"packed twice": want.Pack().Pack(), "merger": m.Distribution(),
		} {
			if got.Count() != want.Count() || got.Max() != want.Max() || got.Sum() != want.Sum() {
				t.Fatalf("%s: count, max, sum = %d, %v, %v; want %d, %v, %v", name, got.Count(), got.Max(), got.Sum(), want.Count(), want.Max(),
					want.Sum())
			}
			for _, q := range []float64{0, 0.01, 0.3, 0.5, 0.9, 0.95, 0.99, 1} {
				// Weights are floats: if a quantile is exactly between two values, the order of addition decides which of them it is.
				const hair = 1e-6
				near := []Opt[Bounds[Bytes]]{want.Quantile(q * (1 - hair)), want.Quantile(q), want.Quantile(min(q*(1+hair), 1))}
				// Above the last whole rank a sketch's own count, a sum of floats, decides
				// which of the two last values is the lower end.
				last := q*float64(want.Count()) > float64(want.Count()-1)
				if g, ok := got.Quantile(q).Get(); !ok || !last && !enclosed(g.Low, near, low) || !enclosed(g.High, near, high) {
					t.Fatalf("%s: q%v = %v, want %v", name, q, got.Quantile(q), near)
				}
			}
		}
	})
}

func low(b Bounds[Bytes]) Bytes  { return b.Low }
func high(b Bounds[Bytes]) Bytes { return b.High }

// enclosed reports whether the end of a bound is the same end of one of several bounds.
func enclosed(end Bytes, of []Opt[Bounds[Bytes]], which func(Bounds[Bytes]) Bytes) bool {
	return slices.ContainsFunc(of, func(b Opt[Bounds[Bytes]]) bool { return which(b.Or(Bounds[Bytes]{})) == end })
}

// A Merger stores a limited number of parts and loses none.
func TestMergerOfMany(t *testing.T) {
	var m Merger[time.Duration]
	const n = 3*mergedAtOnce + 7
	for i := range n {
		m.Add(Summarized(Points[time.Duration]{
			Count: 10, Sum: 10 * time.Second, P50: time.Second, P95: time.Second, P99: time.Second,
			Max: time.Duration(i+1) * time.Second,
		}))
	}
	if len(m.held) > mergedAtOnce {
		t.Errorf("%d parts are held, want at most %d", len(m.held), mergedAtOnce)
	}
	d := m.Distribution()
	if d.Count() != 10*n || d.Max() != Some(n*time.Second) || d.Sum() != Some(10*n*time.Second) {
		t.Errorf("count, max, sum = %d, %v, %v", d.Count(), d.Max(), d.Sum())
	}
}

// Above encloses the true number, however the values are stored.
func TestAbove(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, 1_000_000), 1, 200).Draw(t, "values")
		limit := rapid.Int64Range(0, 1_000_000).Draw(t, "limit")
		var want int64
		for _, v := range values {
			if v > limit {
				want++
			}
		}
		sorted := slices.Sorted(slices.Values(values))
		rank := func(q float64) int64 { return sorted[int(math.Ceil(q*float64(len(sorted))))-1] }
		points := Points[int64]{Count: int64(len(values)), P50: rank(0.5), P95: rank(0.95), P99: rank(0.99), Max: sorted[len(sorted)-1]}
		for name, d := range map[string]Distribution[int64]{
			"values": Sample(values...), "packed": Sample(values...).Pack(), "points": Summarized(points),
			"merged": Merge(Sample(values[:len(values)/2]...), Sample(values[len(values)/2:]...)),
		} {
			b, ok := d.Above(limit).Get()
			if !ok || b.Low > want || b.High < want || b.High > int64(len(values)) {
				t.Errorf("%s: %+v, want %d of %d", name, b, want, len(values))
			}
		}
	})
	if _, ok := (Distribution[int64]{}).Above(1).Get(); ok {
		t.Error("something is known of nothing")
	}
}
