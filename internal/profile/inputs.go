package profile

import (
	"math"

	"github.com/migtop/migtop/internal/migration"
)

// inputs remembers the latest runs with the size of their input.
type inputs struct {
	ring [64]inputRun
	next int
	n    int
}

type inputRun struct{ input, peak, seconds float32 }

// similarity is how much two input sizes may differ to count as similar, in ln: by half.
var similarity = math.Log(1.5)

func (in *inputs) add(size migration.Bytes, peak, seconds float64) {
	in.ring[in.next] = inputRun{float32(size), float32(peak), float32(seconds)}
	in.next = (in.next + 1) % len(in.ring)
	in.n = min(in.n+1, len(in.ring))
}

// appendPoints appends the runs with a similar input, sorted.
func (in *inputs) appendPoints(to []point, size migration.Bytes) []point {
	for _, r := range in.ring[:in.n] {
		if math.Abs(math.Log(float64(max(size, 1)))-math.Log(max(float64(r.input), 1))) <= similarity {
			x := float64(r.peak)
			to = append(to, point{x: x, ln: math.Log(x), w: 1, wt: max(float64(r.seconds), 1)})
		}
	}
	sortPoints(to)
	return to
}
