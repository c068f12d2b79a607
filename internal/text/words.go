package text

import (
	"math"
	"strconv"
	"strings"
)

// Integer is any type that counts.
type Integer interface{ ~int | ~int32 | ~int64 }

// Plural returns a count with its noun: "1 run", "3 runs", "2 retries", "4 classes". It knows regular English
// plurals only; use [PluralOf] for others.
func Plural[N Integer](n N, noun string) string { return PluralOf(n, noun, plural(noun)) }

// PluralOf returns a count with one of two words: "1 price changes", "2 prices change".
func PluralOf[N Integer](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(int64(n), 10) + " " + many
}

func plural(noun string) string {
	head, isY := strings.CutSuffix(noun, "y")
	switch {
	case isY && head != "" && !strings.ContainsRune("aeiou", rune(head[len(head)-1])):
		return head + "ies"
	case strings.HasSuffix(noun, "s"), strings.HasSuffix(noun, "x"), strings.HasSuffix(noun, "ch"):
		return noun + "es"
	}
	return noun + "s"
}

// Percent returns a share (1 is 100 %) with two significant digits below 10 % and in whole percent from there:
// "0.42 %", "4.2 %", "87 %", "187 %". A share above 0 never becomes "0 %".
func Percent[R ~float64](share R) string {
	p := float64(share) * 100
	switch {
	case math.IsNaN(p) || math.IsInf(p, 0):
		return "an unknown share"
	case p > 0 && p < 0.01:
		return "under 0.01 %"
	case p >= 10 || p <= -10:
		return strconv.FormatFloat(p, 'f', 0, 64) + " %"
	}
	return strconv.FormatFloat(p, 'g', 2, 64) + " %"
}

// Grouped returns a count with commas between thousands: "1,234,567".
func Grouped[N Integer](n N) string { return GroupDigits(strconv.FormatInt(int64(n), 10)) }

// GroupDigits returns a decimal number, without an exponent, with commas between thousands: "-1,234,567.8901".
func GroupDigits(number string) string {
	sign := ""
	if strings.HasPrefix(number, "-") {
		sign, number = "-", number[1:]
	}
	whole, fraction, point := strings.Cut(number, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		whole += "." + fraction
	}
	return sign + whole
}

// OneLine returns s with every run of white space replaced by one blank.
func OneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Cut cuts s to most characters and ends a cut text with "...". See [Shorten] for names that must stay
// different.
func Cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
