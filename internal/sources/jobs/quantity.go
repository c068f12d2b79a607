package jobs

import (
	"math"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
)

// scaled is a quantity in units of 10^scale, rounded up as Kubernetes rounds. What
// does not fit is the greatest value, where [resource.Quantity.ScaledValue] wraps or
// answers 0: a greater quantity never gives less than a smaller one.
func scaled(q *resource.Quantity, scale resource.Scale) int64 {
	most := resource.NewScaledQuantity(math.MaxInt64, scale)
	least := resource.NewScaledQuantity(-math.MaxInt64, scale)
	switch {
	case q.Cmp(*most) >= 0:
		return math.MaxInt64
	case q.Cmp(*least) <= 0:
		return -math.MaxInt64
	}
	return q.ScaledValue(scale)
}

// saturatingAdd adds two amounts. A sum that does not fit is the greatest value.
func saturatingAdd(a, b int64) int64 {
	switch {
	case b > 0 && a > math.MaxInt64-b:
		return math.MaxInt64
	case b < 0 && a < math.MinInt64-b:
		return math.MinInt64
	}
	return a + b
}

// inSeconds is a number of seconds as a duration, capped at the greatest duration (some
// 292 years). activeDeadlineSeconds of a Job has no upper bound.
func inSeconds(n int64) time.Duration {
	const most = int64(math.MaxInt64 / time.Second)
	switch {
	case n > most:
		return math.MaxInt64
	case n < -most:
		return -math.MaxInt64
	}
	return time.Duration(n) * time.Second
}
