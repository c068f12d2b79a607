package migration

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestCountsSpreadAsTheirValuesDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, 1<<40), 1, 300).Draw(t, "values")
		var c, left, right Counts[Bytes]
		for i, v := range values {
			c.Add(Bytes(v))
			if i%2 == 0 {
				left.Add(Bytes(v))
			} else {
				right.Add(Bytes(v))
			}
		}
		left.Merge(right)
		slices.Sort(values)
		for name, d := range map[string]Distribution[Bytes]{"added": c.Distribution(), "merged": left.Distribution()} {
			if d.Count() != int64(len(values)) {
				t.Fatalf("%s: %d of %d values", name, d.Count(), len(values))
			}
			for _, q := range []float64{0.01, 0.5, 0.95, 1} {
				want := values[max(int(math.Ceil(q*float64(len(values))))-1, 0)]
				got, ok := d.Quantile(q).Get()
				if !ok || math.Abs(float64(int64(got.High)-want)) > 0.03*float64(want)+1 {
					t.Fatalf("%s: quantile %v is %v, want %d", name, q, got, want)
				}
			}
		}
	})
}

func TestFewCountsStayExact(t *testing.T) {
	var c Counts[Bytes]
	for _, v := range []Bytes{5 << 30, 3, 5 << 30, -1} {
		c.Add(v)
	}
	if want := (Counts[Bytes]{{3, 1}, {5 << 30, 2}}); !slices.Equal(c, want) {
		t.Errorf("%v, want %v", c, want)
	}
	if got := (Counts[Bytes]{}).Distribution(); got.Count() != 0 {
		t.Errorf("nothing has %d values", got.Count())
	}
}

func TestManyCountsStayFew(t *testing.T) {
	var c Counts[Bytes]
	for v := range Bytes(1_000_000) {
		c.Add(v * 1000)
	}
	if len(c) > 2000 || c.Total() != 1_000_000 {
		t.Errorf("%d entries for %d values", len(c), c.Total())
	}
	c.Add(math.MaxInt64)
	if top := c[len(c)-1].Value; top != math.MaxInt64 {
		t.Errorf("the greatest is %d", top)
	}
}
