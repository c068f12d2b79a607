package columns

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// Cell is one value, as a plain decimal in base units for CSV and shortened for people. Both are "" where the value
// is unknown.
type Cell struct{ Exact, Short string }

// Decimal places that an exported number has at least; a smaller number has as many significant digits.
const (
	amountDigits  = 6 // of USD: a ten-thousandth of a cent
	measureDigits = 4 // of ratios, seconds and rates
)

// rounded rounds to a number of decimal places, and to as many significant digits below 0.1: no value becomes 0.
func rounded(d decimal.Decimal, digits int32) string {
	whole := int32(d.NumDigits()) + d.Exponent()
	return d.Round(max(digits, digits-whole)).String()
}

// USD formats an amount for CSV: to 0.0001 cent, and to 6 significant digits below 10 cents.
func USD(u migration.USD) string { return rounded(u.Decimal(), amountDigits) }

// Number writes a ratio or a rate for CSV: to 4 decimal places, or 4 significant digits below 0.1. A number that is
// not finite is unknown.
func Number[F ~float64](v F) string {
	if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
		return ""
	}
	return rounded(decimal.NewFromFloat(float64(v)), measureDigits)
}

// Seconds writes a duration for CSV, rounded as [Number] is.
func Seconds(d time.Duration) string { return rounded(decimal.New(int64(d), -9), measureDigits) }

// Count writes a whole number for CSV.
func Count[N text.Integer](n N) string { return strconv.FormatInt(int64(n), 10) }

// Time writes a moment for CSV, RFC 3339 in UTC; the zero time is unknown.
func Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Opt writes a value if it is known, "" if not.
func Opt[T any](v migration.Opt[T], write func(T) string) string {
	if x, ok := v.Get(); ok {
		return write(x)
	}
	return ""
}

// perSide makes the value of a sided column from the value of one side. A side without activity has no value.
func perSide(value func(*migration.Side) Cell) func(*Row, int) Cell {
	return func(r *Row, side int) Cell {
		if s := r.Sides[side]; s != nil && s.Present {
			return value(s)
		}
		return Cell{}
	}
}

// perTenant makes the value of a column that only rows of tenants have.
func perTenant(value func(*migration.TenantView) Cell) func(*Row, int) Cell {
	return func(r *Row, _ int) Cell {
		if r.Tenant == nil {
			return Cell{}
		}
		return value(r.Tenant)
	}
}

func known[T any](v migration.Opt[T], form func(T) Cell) Cell {
	x, ok := v.Get()
	if !ok {
		return Cell{}
	}
	return form(x)
}

func same(s string) Cell { return Cell{s, s} }

func count(v migration.Opt[int64]) Cell {
	return known(v, func(n int64) Cell { return same(Count(n)) })
}

func ratio(v migration.Opt[migration.Ratio]) Cell {
	return known(v, func(r migration.Ratio) Cell {
		return Cell{Number(r), strconv.FormatFloat(100*float64(r), 'f', 1, 64) + "%"}
	})
}

func signed(v migration.Opt[migration.Ratio]) Cell {
	return known(v, func(r migration.Ratio) Cell { return Cell{Number(r), fmt.Sprintf("%+.0f%%", 100*float64(r))} })
}

func number(v migration.Opt[float64]) Cell {
	return known(v, func(f float64) Cell { return Cell{Number(f), strconv.FormatFloat(f, 'f', 0, 64)} })
}

// money is rounded for people to a hundredth of a cent. What is less and not nothing is not shown as nothing.
func money(f *migration.Figure[migration.USD]) Cell {
	return marked(known(f.Value, func(u migration.USD) Cell {
		short := u.Fixed(4)
		if u.Sign() > 0 && strings.Trim(short, "0.") == "" {
			short = "<0.0001"
		}
		return Cell{USD(u), short}
	}), f.Evidence)
}

// small is money of one run, which may be far below a cent: two digits at least are shown.
func small(f *migration.Figure[migration.USD]) Cell {
	return marked(known(f.Value, func(u migration.USD) Cell {
		return Cell{USD(u), rounded(u.Decimal(), 2)}
	}), f.Evidence)
}

// marked shows people that late data may still change a figure, and that it is a lower bound.
func marked(c Cell, e migration.Provenance) Cell {
	if c.Short != "" && e.LowerBound {
		c.Short = ">=" + c.Short
	}
	return provisional(c, e)
}

// provisional shows people that late data may still change a figure.
func provisional(c Cell, e migration.Provenance) Cell {
	if c.Short != "" && e.Provisional {
		c.Short += "~"
	}
	return c
}

// late is provisional for what is counted or measured of a side's runs.
func late(c Cell, s *migration.Side) Cell { return provisional(c, s.Activity) }

// truth is a statement about a cost, unknown where the cost is.
func truth(f *migration.Figure[migration.USD], is bool) Cell {
	if !f.Value.Known() {
		return Cell{}
	}
	return same(strconv.FormatBool(is))
}

func notices(t *migration.TenantView) Cell {
	codes := make([]string, len(t.Notices))
	for i := range t.Notices {
		codes[i] = t.Notices[i].Code
	}
	return same(strings.Join(codes, " "))
}

// noticesSince is when each notice's condition became true, in the order of the notices; "-" where that is unknown.
func noticesSince(t *migration.TenantView) Cell {
	exact, short := make([]string, len(t.Notices)), make([]string, len(t.Notices))
	for i := range t.Notices {
		exact[i], short[i] = "-", "-"
		if at, ok := t.Notices[i].Since.Get(); ok {
			exact[i], short[i] = Time(at), at.UTC().Format("01-02T15:04Z")
		}
	}
	return Cell{strings.Join(exact, " "), strings.Join(short, " ")}
}

// high and low are the bounds of a quantile. The upper one is the careful one to size or to promise by.
func high(d migration.Distribution[time.Duration], q float64) Cell {
	return span(migration.Map(d.Quantile(q), func(b migration.Bounds[time.Duration]) time.Duration { return b.High }))
}

func low(d migration.Distribution[time.Duration], q float64) Cell {
	return span(migration.Map(d.Quantile(q), func(b migration.Bounds[time.Duration]) time.Duration { return b.Low }))
}

func span(v migration.Opt[time.Duration]) Cell {
	return known(v, func(d time.Duration) Cell { return Cell{Seconds(d), shortSpan(d)} })
}

// shortSpan writes a time with two units at most: 340ms, 3.2s, 12m04s, 1h58m.
func shortSpan(d time.Duration) string {
	switch {
	case d < time.Second:
		return strconv.FormatInt(d.Round(time.Millisecond).Milliseconds(), 10) + "ms"
	case d < time.Minute-50*time.Millisecond:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	case d < time.Hour-500*time.Millisecond:
		s := int64(d.Round(time.Second) / time.Second)
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	}
	m := int64(d.Round(time.Minute) / time.Minute)
	return fmt.Sprintf("%dh%02dm", m/60, m%60)
}

func memory(v migration.Opt[migration.Bytes]) Cell {
	return known(v, func(b migration.Bytes) Cell {
		short := strconv.FormatFloat(float64(b)/float64(migration.MiB), 'f', 0, 64) + "Mi"
		if b >= migration.GiB {
			short = strconv.FormatFloat(float64(b)/float64(migration.GiB), 'f', 1, 64) + "Gi"
		}
		return Cell{Count(b), short}
	})
}

// logs counts the lines of a tenant's runs that arrived on a side, or the runs without any.
func logs(silent bool) func(*Row, int) Cell {
	return func(r *Row, side int) Cell {
		if r.Tenant == nil {
			return Cell{}
		}
		lines, lost := r.Tenant.LogTotals(r.Move.Sides()[side])
		if silent {
			return count(lost)
		}
		return count(lines)
	}
}
