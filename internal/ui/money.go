package ui

import (
	"math"
	"math/bits"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// unit is the time that money is shown for.
type unit uint8

const (
	perHour unit = iota
	perDay
	perMonth
	numUnits
)

// hours in the unit. A month is 730 h: a year of 8,760 h in twelve parts.
func (u unit) hours() int64 { return [...]int64{1, 24, 730}[u] }

func (u unit) String() string { return [...]string{"hour", "day", "month"}[u] }

// short is the suffix of an amount.
func (u unit) short() string { return [...]string{"/h", "/day", "/mo"}[u] }

// long is the unit as the tab bar spells it.
func (u unit) long() string { return [...]string{"$ per hour", "$ per day", "$ per month (730 h)"}[u] }

// smallest is the least amount that is spelled out; less than it is "<0.0001".
const smallest = 0.00005

// appendMoney writes an amount times a number, rounded half away from zero only
// here, to a precision that fits its size: cents from one dollar on, hundredths
// of a cent below.
func appendMoney(b []byte, v migration.USD, times int64) []byte {
	f := v.Float() * float64(times)
	switch {
	case v.Sign() == 0:
		return append(b, '0')
	case f > 0 && f < smallest:
		return append(b, "<0.0001"...)
	case f < 0 && f > -smallest:
		return append(b, ">-0.0001"...)
	case f < 0.99995 && f > -0.99995:
		return appendFixed(b, v.Decimal(), times, 4)
	}
	return appendFixed(b, v.Decimal(), times, 2)
}

// appendRound writes an amount with as many places as its size leaves sense in:
// at most five digits.
func appendRound(b []byte, v migration.USD, times int64) []byte {
	f := v.Float() * float64(times)
	if f < 0 {
		f = -f
	}
	places := 2
	switch {
	case v.Sign() == 0:
		return append(b, '0')
	case f < smallest:
		return appendMoney(b, v, times)
	case f >= 99.995:
		places = 0
	case f < 0.00995:
		places = 4
	case f < 0.9995:
		places = 3
	}
	return appendFixed(b, v.Decimal(), times, places)
}

// appendShort writes an amount in at most five characters, for where there is no
// room: 999, 7.8k, 293k, 1.2M.
func appendShort(b []byte, v migration.USD, times int64) []byte {
	f := v.Float() * float64(times)
	size, places := max(f, -f), 1
	for _, u := range [...]struct {
		from float64
		unit byte
		of   int32
	}{{999_950_000, 'G', -9}, {999_950, 'M', -6}, {999.5, 'k', -3}} {
		if size < u.from {
			continue
		}
		scaled := size * math.Pow10(int(u.of))
		switch {
		case scaled >= 99.95:
			places = 0
		case scaled < 0.9995 || u.of <= -6 && scaled < 9.995:
			places = 2
		}
		return append(appendFixed(b, v.Decimal().Shift(u.of), times, places), u.unit)
	}
	return appendRound(b, v, times)
}

// dollars writes an amount with its sign before the dollar's: -$20.93, <$0.0001.
func dollars(b []byte, v migration.USD, times int64, write func([]byte, migration.USD, int64) []byte) []byte {
	at := len(b)
	b = write(b, v, times)
	for at < len(b) && (b[at] == '<' || b[at] == '>' || b[at] == '-') {
		at++
	}
	b = append(b, 0)
	copy(b[at+1:], b[at:])
	b[at] = '$'
	return b
}

// appendFixed writes d*times with a number of places and thousands apart. It is
// exact, and allocates nothing but a copy of the coefficient while 38 digits are
// enough.
func appendFixed(b []byte, d decimal.Decimal, times int64, places int) []byte {
	coefficient := d.Coefficient()
	negative := coefficient.Sign() < 0
	drop := -int(d.Exponent()) - places // digits to round away
	var hi, lo uint64
	switch words := coefficient.Bits(); {
	case bits.UintSize != 64 || len(words) > 2 || drop > 37:
		return appendSlow(b, d, times, places)
	case len(words) == 2:
		hi, lo = uint64(words[1]), uint64(words[0])
	case len(words) == 1:
		lo = uint64(words[0])
	}
	over, hi2 := bits.Mul64(hi, uint64(times))
	carry, lo := bits.Mul64(lo, uint64(times))
	hi, c := bits.Add64(hi2, carry, 0)
	if over != 0 || c != 0 {
		return appendSlow(b, d, times, places)
	}
	for ; drop < 0; drop++ {
		over, h := bits.Mul64(hi, 10)
		carry, l := bits.Mul64(lo, 10)
		if hi, c = bits.Add64(h, carry, 0); over != 0 || c != 0 {
			return appendSlow(b, d, times, places)
		}
		lo = l
	}
	roundUp := false
	for ; drop > 0; drop-- { // the last digit taken away decides, half away from zero
		var digit uint64
		q := hi / 10
		lo, digit = bits.Div64(hi%10, lo, 10)
		hi = q
		roundUp = digit >= 5
	}
	if roundUp {
		lo, c = bits.Add64(lo, 1, 0)
		hi += c
	}
	if hi != 0 {
		return appendSlow(b, d, times, places)
	}
	if negative && lo != 0 {
		b = append(b, '-')
	}
	unit := uint64(1)
	for range places {
		unit *= 10
	}
	b = appendThousands(b, lo/unit)
	if places > 0 {
		b = append(b, '.')
		for unit /= 10; unit > 0; unit /= 10 {
			b = append(b, byte('0'+lo/unit%10))
		}
	}
	return b
}

// appendSlow is appendFixed for amounts beyond any bill, and for quotients with more
// digits than it holds.
func appendSlow(b []byte, d decimal.Decimal, times int64, places int) []byte {
	s := d.Mul(decimal.NewFromInt(times)).StringFixed(int32(places))
	if s[0] == '-' {
		b, s = append(b, '-'), s[1:]
	}
	whole := len(s)
	if places > 0 {
		whole -= places + 1
	}
	for i := range whole {
		if i > 0 && (whole-i)%3 == 0 {
			b = append(b, ',')
		}
		b = append(b, s[i])
	}
	return append(b, s[whole:]...)
}

func appendThousands(b []byte, n uint64) []byte {
	if n < 1000 {
		return strconv.AppendUint(b, n, 10)
	}
	b = appendThousands(b, n/1000)
	return append(b, ',', byte('0'+n/100%10), byte('0'+n/10%10), byte('0'+n%10))
}
