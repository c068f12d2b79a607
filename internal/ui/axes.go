package ui

import (
	"math"
	"strconv"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// labels of axes.

func axisMoney(u unit) func([]byte, float64) []byte {
	return func(b []byte, v float64) []byte {
		v *= float64(u.hours())
		if v < 0 {
			b, v = append(b, '-'), -v
		}
		b = append(b, '$')
		switch {
		case v == 0:
			return append(b, '0')
		case v >= 10000:
			return append(strconv.AppendFloat(b, v/1000, 'f', 0, 64), 'k')
		case v >= 1000:
			return append(strconv.AppendFloat(b, v/1000, 'f', 1, 64), 'k')
		case v >= 10:
			return strconv.AppendFloat(b, v, 'f', 0, 64)
		case v >= 0.1:
			return strconv.AppendFloat(b, v, 'f', 2, 64)
		}
		return strconv.AppendFloat(b, v, 'f', 4, 64)
	}
}

func axisPercent(b []byte, v float64) []byte {
	return append(strconv.AppendFloat(b, v*100, 'f', 0, 64), " %"...)
}

func axisCount(b []byte, v float64) []byte {
	if v < 10 && v != math.Trunc(v) {
		return strconv.AppendFloat(b, v, 'f', 1, 64)
	}
	return appendCount(b, int64(math.Round(v)))
}

func axisSeconds(b []byte, v float64) []byte {
	if v == 0 {
		return append(b, '0')
	}
	return appendDuration(b, time.Duration(v*float64(time.Second)))
}

func axisBytes(b []byte, v float64) []byte {
	if v == 0 {
		return append(b, '0')
	}
	gib := v / float64(migration.GiB)
	if gib >= 1 {
		return append(strconv.AppendFloat(b, math.Round(gib*10)/10, 'f', -1, 64), " Gi"...)
	}
	return append(strconv.AppendFloat(b, v/float64(migration.MiB), 'f', 0, 64), " Mi"...)
}
