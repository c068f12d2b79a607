package ui

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// appendDuration writes a run time in at most six characters: 340ms, 3.2s, 41s,
// 12m04, 1h58, 5d03.
func appendDuration(b []byte, d time.Duration) []byte {
	two := func(b []byte, n int64) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }
	switch {
	case d < 0:
		return append(b, '-')
	case d > 0 && d < 500*time.Microsecond:
		return append(b, "<1ms"...)
	case d < 999500*time.Microsecond:
		return append(strconv.AppendInt(b, int64(d.Round(time.Millisecond)/time.Millisecond), 10), "ms"...)
	case d < 9950*time.Millisecond:
		return append(strconv.AppendFloat(b, d.Seconds(), 'f', 1, 64), 's')
	case d < 59500*time.Millisecond:
		return append(strconv.AppendInt(b, int64(d.Round(time.Second)/time.Second), 10), 's')
	case d < time.Hour-500*time.Millisecond:
		s := int64(d.Round(time.Second) / time.Second)
		return two(append(strconv.AppendInt(b, s/60, 10), 'm'), s%60)
	case d < 24*time.Hour-30*time.Second:
		m := int64(d.Round(time.Minute) / time.Minute)
		return two(append(strconv.AppendInt(b, m/60, 10), 'h'), m%60)
	}
	h := int64(d.Round(time.Hour) / time.Hour)
	return two(append(strconv.AppendInt(b, h/24, 10), 'd'), h%24)
}

func formatDuration(d time.Duration) string { return string(appendDuration(nil, d)) }

// formatSpan writes a stretch of time that people choose: 6 h, 90 min.
func formatSpan(d time.Duration) string {
	if d >= time.Hour && d%time.Hour == 0 {
		return strconv.FormatInt(int64(d/time.Hour), 10) + " h"
	}
	return strconv.FormatInt(int64(d.Round(time.Minute)/time.Minute), 10) + " min"
}

// appendAge writes how long ago something was, as it is drawn: the seconds of a
// minute, then minutes, hours, days.
func appendAge(b []byte, d time.Duration) []byte {
	n, unit := ageOf(d)
	return append(strconv.AppendInt(b, n, 10), unit...)
}

func ageOf(d time.Duration) (int64, string) {
	switch {
	case d < time.Minute:
		return int64(max(d, 0) / time.Second), " s"
	case d < time.Hour:
		return int64(d / time.Minute), " min"
	case d < 48*time.Hour:
		return int64(d / time.Hour), " h"
	}
	return int64(d / (24 * time.Hour)), " d"
}

// appendPercent writes a share: tenths below ten percent, whole ones above.
func appendPercent(b []byte, r migration.Ratio) []byte {
	p := float64(r) * 100
	switch a := math.Abs(p); {
	case math.IsNaN(p):
		return append(b, '-')
	case p == 0:
		return append(b, '0')
	case a < 0.05:
		return append(b, "<0.1"...)
	case a < 9.95:
		return strconv.AppendFloat(b, p, 'f', 1, 64)
	case p < 100 && p >= 99.5: // 99.9 is not all of it
		return append(b, "99"...)
	}
	return strconv.AppendFloat(b, p, 'f', 0, 64)
}

// appendCount writes a number of events in at most seven characters.
func appendCount(b []byte, n int64) []byte {
	switch {
	case n < 0:
		return strconv.AppendInt(b, n, 10)
	case n < 1_000_000:
		return appendThousands(b, uint64(n))
	case n < 9_950_000:
		return append(strconv.AppendFloat(b, float64(n)/1e6, 'f', 2, 64), 'M')
	case n < 999_500_000:
		return append(strconv.AppendFloat(b, float64(n)/1e6, 'f', 0, 64), 'M')
	}
	return append(strconv.AppendFloat(b, float64(n)/1e9, 'f', 1, 64), 'G')
}

func formatCount(n int64) string { return string(appendCount(nil, n)) }

// appendBytes writes memory: 512 MiB, 1.5 GiB.
func appendBytes(b []byte, n migration.Bytes) []byte {
	f, unit := float64(n), " B"
	for _, u := range [...]string{" KiB", " MiB", " GiB", " TiB"} {
		if math.Abs(f) < 999.5 && unit != " B" || math.Abs(f) < 1024 && unit == " B" {
			break
		}
		f, unit = f/1024, u
	}
	places := 0
	if f < 9.95 && f != math.Trunc(f) {
		places = 1
	}
	return append(strconv.AppendFloat(b, f, 'f', places, 64), unit...)
}

// appendGiBHours writes memory held for a time with three digits that count.
func appendGiBHours(b []byte, k migration.KiBSeconds) []byte {
	const unit = " GiB h"
	switch v := float64(k) / (1 << 20) / 3600; {
	case v > 0 && v < 0.001:
		return append(append(b, "<0.001"...), unit...)
	case v < 99.95:
		return append(strconv.AppendFloat(b, v, 'g', 3, 64), unit...)
	default:
		return append(appendThousands(b, uint64(v+0.5)), unit...)
	}
}

// appendCPU writes processor: 250m, 1.5, 16.
func appendCPU(b []byte, c migration.CPU) []byte {
	if c < migration.Core {
		return append(strconv.AppendInt(b, c.Milli(), 10), 'm')
	}
	return strconv.AppendFloat(b, math.Round(c.Cores()*100)/100, 'f', -1, 64)
}

// appendRate writes a number of runs a day.
func appendRate(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return append(b, '-')
	case f > 0 && f < 0.095:
		return append(b, "<0.1"...)
	case f < 9.95:
		return strconv.AppendFloat(b, f, 'f', 1, 64)
	}
	return appendCount(b, int64(math.Round(f)))
}

// appendBound writes the upper end of what encloses a value, marked where the
// lower one is far from it.
func appendBound(b []byte, v migration.Bounds[time.Duration], g *canvas.Glyphs) []byte {
	if !v.Tight() {
		b = append(b, g.AtMost...)
	}
	return appendDuration(b, v.High)
}

func appendGlyph(b []byte, r rune) []byte { return utf8.AppendRune(b, r) }

// appendChange writes a change: its arrow says the direction, the text the
// size. Beyond tenfold it is a factor.
func appendChange(b []byte, r migration.Ratio, g *canvas.Glyphs) []byte {
	p := math.Abs(float64(r) * 100)
	switch {
	case p >= 999.5:
		b = appendThousands(b, uint64(min(float64(r)+1, 1e12)+0.5))
		return appendGlyph(b, g.Times)
	case p < 0.5:
		return append(b, "0%"...)
	}
	return append(strconv.AppendFloat(b, p, 'f', 0, 64), '%')
}
