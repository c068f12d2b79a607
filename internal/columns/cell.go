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

// Cell is one value: as a plain decimal in base units for CSV ([Cell.Exact]), and shortened for people
// ([Cell.Short]). Each is made when it is asked for: to round a decimal takes more than all else of a table.
type Cell struct {
	kind kind
	// The value by its kind; the texts of a text.
	amount       migration.USD
	number       float64
	count        int64
	exact, short string
	// atLeast and provisional mark what people read.
	atLeast, provisional bool
}

// kind says what a cell holds.
type kind uint8

const (
	plain   kind = iota // exact and short; both "" where the value is unknown
	percent             // number
	change              // number, with its sign
	figure              // number
	dollars             // amount
	tiny                // amount of one run
	seconds             // count, a time.Duration
	size                // count, in bytes
)

// Exact is the value for CSV, "" where it is unknown.
func (c *Cell) Exact() string {
	switch c.kind {
	case percent, change, figure:
		return Number(c.number)
	case dollars, tiny:
		return USD(c.amount)
	case seconds:
		return Seconds(time.Duration(c.count))
	case size:
		return Count(c.count)
	}
	return c.exact
}

// Short is the value for people, "" where it is unknown. It shows that a figure is a lower bound, and that late data may
// still change it.
func (c *Cell) Short() string {
	out := c.shortest()
	if out != "" && c.atLeast {
		out = ">=" + out
	}
	if out != "" && c.provisional {
		out += "~"
	}
	return out
}

func (c *Cell) shortest() string {
	switch c.kind {
	case percent:
		return strconv.FormatFloat(100*c.number, 'f', 1, 64) + "%"
	case change:
		return fmt.Sprintf("%+.0f%%", 100*c.number)
	case figure:
		return strconv.FormatFloat(c.number, 'f', 0, 64)
	case dollars:
		// To a hundredth of a cent. What is less and not nothing is not shown as nothing.
		short := c.amount.Fixed(4)
		if c.amount.Sign() > 0 && strings.Trim(short, "0.") == "" {
			return "<0.0001"
		}
		return short
	case tiny:
		return rounded(c.amount.Decimal(), 2)
	case seconds:
		return shortSpan(time.Duration(c.count))
	case size:
		b := migration.Bytes(c.count)
		if b >= migration.GiB {
			return strconv.FormatFloat(float64(b)/float64(migration.GiB), 'f', 1, 64) + "Gi"
		}
		return strconv.FormatFloat(float64(b)/float64(migration.MiB), 'f', 0, 64) + "Mi"
	}
	return c.short
}

// Decimal places that an exported number has at least; a smaller number has as many significant digits.
const (
	amountDigits  = 6 // of USD: a ten-thousandth of a cent
	measureDigits = 4 // of ratios, seconds and rates
)

// rounded rounds to a number of decimal places, and to as many significant digits below 0.1: no value becomes 0.
func rounded(d decimal.Decimal, digits int32) string {
	return d.Round(max(digits, migration.SignificantPlaces(d, digits))).String()
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

func same(s string) Cell { return Cell{exact: s, short: s} }

func count(v migration.Opt[int64]) Cell {
	return known(v, func(n int64) Cell { return same(Count(n)) })
}

func ratio(v migration.Opt[migration.Ratio]) Cell {
	return known(v, func(r migration.Ratio) Cell { return Cell{kind: percent, number: float64(r)} })
}

func signed(v migration.Opt[migration.Ratio]) Cell {
	return known(v, func(r migration.Ratio) Cell { return Cell{kind: change, number: float64(r)} })
}

func number(v migration.Opt[float64]) Cell {
	return known(v, func(f float64) Cell { return Cell{kind: figure, number: f} })
}

// money is the cost of a figure.
func money(f *migration.Figure[migration.USD]) Cell { return amountOf(dollars, f) }

// small is money of one run, which may be far below a cent: two digits at least are shown.
func small(f *migration.Figure[migration.USD]) Cell { return amountOf(tiny, f) }

func amountOf(k kind, f *migration.Figure[migration.USD]) Cell {
	c := known(f.Value, func(u migration.USD) Cell { return Cell{kind: k, amount: u} })
	c.atLeast = f.Evidence.LowerBound
	return provisional(c, f.Evidence)
}

// provisional shows people that late data may still change a figure.
func provisional(c Cell, e migration.Provenance) Cell {
	c.provisional = c.provisional || e.Provisional
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
	return Cell{exact: strings.Join(exact, " "), short: strings.Join(short, " ")}
}

// high and low are the bounds of a quantile. The upper one is the careful one to size or to promise by.
func high(d migration.Distribution[time.Duration], q float64) Cell {
	return span(migration.Map(d.Quantile(q), func(b migration.Bounds[time.Duration]) time.Duration { return b.High }))
}

func low(d migration.Distribution[time.Duration], q float64) Cell {
	return span(migration.Map(d.Quantile(q), func(b migration.Bounds[time.Duration]) time.Duration { return b.Low }))
}

func span(v migration.Opt[time.Duration]) Cell {
	return known(v, func(d time.Duration) Cell { return Cell{kind: seconds, count: int64(d)} })
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
	return known(v, func(b migration.Bytes) Cell { return Cell{kind: size, count: int64(b)} })
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
